# proto_library(TARGET PROTOS file... [IMPORT_DIR dir...] [GRPC]): an object library of the C++ code that protoc makes of
# the given files, one translation unit each. Paths are relative to one of the import directories and stay the include
# paths: aftersales/v1/case.proto gives "aftersales/v1/case.pb.h". With GRPC, the library holds the service stubs
# (case.grpc.pb.h) instead of the messages.

set(PROTO_OUTPUT_DIR ${CMAKE_BINARY_DIR}/gen)
file(MAKE_DIRECTORY ${PROTO_OUTPUT_DIR})

function(proto_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "GRPC" "" "PROTOS;IMPORT_DIRS")
  set(imports ${arg_IMPORT_DIRS})
  list(TRANSFORM imports PREPEND "--proto_path=")
  set(sources)
  foreach(proto IN LISTS arg_PROTOS)
    set(file)
    foreach(dir IN LISTS arg_IMPORT_DIRS)
      if(EXISTS ${dir}/${proto})
        set(file ${dir}/${proto})
        break()
      endif()
    endforeach()
    if(NOT file)
      message(FATAL_ERROR "${proto} is in none of: ${arg_IMPORT_DIRS}")
    endif()
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    if(arg_GRPC)
      set(outputs ${PROTO_OUTPUT_DIR}/${stem}.grpc.pb.cc ${PROTO_OUTPUT_DIR}/${stem}.grpc.pb.h)
      set(generate --grpc_out=${PROTO_OUTPUT_DIR} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
      set(depfile ${PROTO_OUTPUT_DIR}/${stem}.grpc.d)
    else()
      set(outputs ${PROTO_OUTPUT_DIR}/${stem}.pb.cc ${PROTO_OUTPUT_DIR}/${stem}.pb.h)
      set(generate --cpp_out=${PROTO_OUTPUT_DIR})
      set(depfile ${PROTO_OUTPUT_DIR}/${stem}.d)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc ${generate} ${imports} --dependency_out=${depfile} ${proto}
      DEPENDS ${file}
      DEPFILE ${depfile}
      COMMENT "Generating ${stem}"
      VERBATIM)
    list(APPEND sources ${outputs})
  endforeach()
  add_library(${target} OBJECT ${sources})
  target_compile_options(${target} PRIVATE -w)
  set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "")
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${PROTO_OUTPUT_DIR}>)
endfunction()
