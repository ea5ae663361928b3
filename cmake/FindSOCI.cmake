# Finds SOCI 4.0, which ships neither a CMake package nor a .pc file in Debian.
#
#   find_package(SOCI REQUIRED COMPONENTS mysql sqlite3)
#
# gives SOCI::core and one target per backend, SOCI::mysql and SOCI::sqlite3, each with the headers its client library
# needs. SOCI's headers include Boost's.

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
find_path(SOCI_BOOST_INCLUDE_DIR boost/optional.hpp)
if(SOCI_INCLUDE_DIR)
  file(STRINGS ${SOCI_INCLUDE_DIR}/soci/version.h version REGEX "define SOCI_LIB_VERSION")
  string(REGEX REPLACE ".*\"([0-9]+)_([0-9]+)(_([0-9]+))?\".*" "\\1.\\2.\\4" SOCI_VERSION "${version}")
endif()

foreach(component IN LISTS SOCI_FIND_COMPONENTS)
  find_library(SOCI_${component}_LIBRARY soci_${component})
  mark_as_advanced(SOCI_${component}_LIBRARY)
  if(SOCI_${component}_LIBRARY)
    set(SOCI_${component}_FOUND TRUE)
  endif()
endforeach()
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_core_LIBRARY SOCI_BOOST_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI
  REQUIRED_VARS SOCI_core_LIBRARY SOCI_INCLUDE_DIR SOCI_BOOST_INCLUDE_DIR
  VERSION_VAR SOCI_VERSION
  HANDLE_COMPONENTS)

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(SOCI::core PROPERTIES
    IMPORTED_LOCATION ${SOCI_core_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR};${SOCI_BOOST_INCLUDE_DIR}")
  foreach(component IN LISTS SOCI_FIND_COMPONENTS)
    add_library(SOCI::${component} UNKNOWN IMPORTED)
    set_target_properties(SOCI::${component} PROPERTIES
      IMPORTED_LOCATION ${SOCI_${component}_LIBRARY}
      INTERFACE_LINK_LIBRARIES SOCI::core)
  endforeach()
  if(TARGET SOCI::mysql AND TARGET PkgConfig::MariaDB)
    target_link_libraries(SOCI::mysql INTERFACE PkgConfig::MariaDB)
  endif()
  if(TARGET SOCI::sqlite3 AND TARGET SQLite::SQLite3)
    target_link_libraries(SOCI::sqlite3 INTERFACE SQLite::SQLite3)
  endif()
endif()
