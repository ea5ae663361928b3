# How everything is compiled: language, build type, warnings, sanitizers, compiler cache, precompiled headers.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# Optimised, with line numbers in stack traces and assertions on; Release turns the assertions off.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
foreach(language C CXX)
  set(CMAKE_${language}_FLAGS_RELWITHDEBINFO "-O2 -g1")
  set(CMAKE_${language}_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
endforeach()

# One kind of object code for programs and libraries alike, since all share the precompiled headers.
add_compile_options(-fPIC -fno-semantic-interposition)

# The same sources give the same binaries wherever they lie, and the compiler cache is shared by all clones.
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -fdiagnostics-color=auto)

find_program(CCACHE_PROGRAM ccache)
mark_as_advanced(CCACHE_PROGRAM)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What ccache must overlook to be of use together with precompiled headers.
  set(launcher ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# Warnings for our own code; generated code is compiled without.
add_library(aftersales_warnings INTERFACE)
target_compile_options(aftersales_warnings INTERFACE
  -Wall -Wextra
  -Wno-missing-field-initializers  # designated initialisers leave members to their defaults
  -Wno-restrict)                   # false alarms of g++ 12 in std::string
if(AFTERSALES_WERROR)
  target_compile_options(aftersales_warnings INTERFACE -Werror)
endif()

if(AFTERSALES_SANITIZE STREQUAL "address")
  # SOCI keeps its type information to itself, which the check of virtual tables would link against.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined)
elseif(AFTERSALES_SANITIZE STREQUAL "thread")
  # Under __SANITIZE_THREAD__ protobuf's maps have another layout than in the distribution's library.
  set(sanitizers -fsanitize=thread -U__SANITIZE_THREAD__)
elseif(AFTERSALES_SANITIZE)
  message(FATAL_ERROR "AFTERSALES_SANITIZE is '${AFTERSALES_SANITIZE}'; it must be empty, address or thread")
endif()
set(AFTERSALES_SANITIZER_FLAGS ${sanitizers})
if(sanitizers)
  add_compile_options(${sanitizers} -fno-omit-frame-pointer -O1)
  add_link_options(${sanitizers})
  # The instrumentation makes g++ see uninitialised and overflowing values that are none.
  target_compile_options(aftersales_warnings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-tsan)
endif()

# aftersales_precompiled(TARGET light|heavy): compiles TARGET on top of a shared precompiled header. `light` holds the
# standard library and Abseil's most used parts, `heavy` also protobuf, our API and gRPC. Sources must still include what
# they use: the option AFTERSALES_PCH=OFF builds without.
function(aftersales_precompiled target kind)
  if(NOT AFTERSALES_PCH)
    return()
  endif()
  if(NOT TARGET aftersales_pch_${kind})
    file(WRITE ${CMAKE_BINARY_DIR}/pch/${kind}.cc.new "// The translation unit that precompiles the ${kind} headers.\n")
    file(COPY_FILE ${CMAKE_BINARY_DIR}/pch/${kind}.cc.new ${CMAKE_BINARY_DIR}/pch/${kind}.cc ONLY_IF_DIFFERENT)
    add_library(aftersales_pch_${kind} OBJECT ${CMAKE_BINARY_DIR}/pch/${kind}.cc)
    target_precompile_headers(aftersales_pch_${kind} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${kind}.h)
    target_include_directories(aftersales_pch_${kind} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(aftersales_pch_${kind} PRIVATE aftersales_warnings absl::status absl::statusor absl::strings)
    target_compile_options(aftersales_pch_${kind} PRIVATE -fpch-preprocess)
    if(kind STREQUAL "heavy")
      target_link_libraries(aftersales_pch_${kind} PRIVATE aftersales_api gRPC::grpc++)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM aftersales_pch_${kind})
  target_compile_options(${target} PRIVATE -fpch-preprocess)
endfunction()
