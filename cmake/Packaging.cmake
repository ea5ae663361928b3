# What `cmake --install` puts where. Components: `client` (the library for C++ programs, with all it needs to be used),
# `cli` (the command) and `server` (the program, its packs, its systemd unit).
include(CMakePackageConfigHelpers)

# -- the client library: API and client in one archive (or one shared library with BUILD_SHARED_LIBS)
get_target_property(client_type aftersales_client TYPE)
get_target_property(testing_type aftersales_client_testing TYPE)
if(NOT client_type STREQUAL "INTERFACE_LIBRARY")
  add_library(aftersales_sdk
    $<TARGET_OBJECTS:aftersales_api> $<TARGET_OBJECTS:aftersales_api_grpc> $<TARGET_OBJECTS:aftersales_client>)
  set_target_properties(aftersales_sdk PROPERTIES
    OUTPUT_NAME aftersales EXPORT_NAME client LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_features(aftersales_sdk INTERFACE cxx_std_20)
  target_include_directories(aftersales_sdk INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(aftersales_sdk PUBLIC
    gRPC::grpc++ protobuf::libprotobuf absl::status absl::statusor absl::cord absl::strings absl::str_format absl::time
    absl::synchronization OpenSSL::Crypto Threads::Threads)
  add_library(aftersales::client ALIAS aftersales_sdk)
  set(sdk_targets aftersales_sdk)

  if(NOT testing_type STREQUAL "INTERFACE_LIBRARY")
    add_library(aftersales_sdk_testing $<TARGET_OBJECTS:aftersales_client_testing>)
    set_target_properties(aftersales_sdk_testing PROPERTIES
      OUTPUT_NAME aftersales_testing EXPORT_NAME testing LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
    # In a folder of its own: the tests' fixtures have a library of this name, too.
    set_target_properties(aftersales_sdk_testing PROPERTIES ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/sdk
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/sdk)
    target_include_directories(aftersales_sdk_testing INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(aftersales_sdk_testing PUBLIC aftersales_sdk)
    list(APPEND sdk_targets aftersales_sdk_testing)
  endif()

  install(TARGETS ${sdk_targets} EXPORT aftersalesTargets COMPONENT client
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY client/include/ client/mocks/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client
    FILES_MATCHING PATTERN "*.h")
  # The generated headers: the API's, and those of the standard messages that errors are made of.
  install(DIRECTORY ${PROTO_OUTPUT_DIR}/aftersales DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client
    FILES_MATCHING PATTERN "*.pb.h")
  install(DIRECTORY ${PROTO_OUTPUT_DIR}/google/rpc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/google COMPONENT client
    FILES_MATCHING PATTERN "*.pb.h")

  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/aftersales)
  install(EXPORT aftersalesTargets NAMESPACE aftersales:: DESTINATION ${package_dir} COMPONENT client)
  configure_package_config_file(cmake/package/aftersalesConfig.cmake.in ${CMAKE_BINARY_DIR}/package/aftersalesConfig.cmake
    INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/aftersalesConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/package/aftersalesConfig.cmake ${CMAKE_BINARY_DIR}/package/aftersalesConfigVersion.cmake
    DESTINATION ${package_dir} COMPONENT client)

  # pkg-config finds the prefix from where the .pc file lies, so that the installation can be moved.
  file(RELATIVE_PATH pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  foreach(package aftersales aftersales-testing)
    configure_file(cmake/package/${package}.pc.in ${CMAKE_BINARY_DIR}/package/${package}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/package/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client)
  endforeach()
endif()

# -- the API for other languages: the protos, and a descriptor set with their comments
set(share ${CMAKE_INSTALL_DATADIR}/aftersales)
file(GLOB_RECURSE api_protos CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/api api/aftersales/*.proto)
set(descriptor_set ${CMAKE_BINARY_DIR}/share/aftersales.binpb)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share)
set(api_proto_files ${api_protos})
list(TRANSFORM api_proto_files PREPEND ${PROJECT_SOURCE_DIR}/api/)
add_custom_command(
  OUTPUT ${descriptor_set}
  COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR}/api --proto_path=${GOOGLEAPIS_PROTO_DIR}
          --proto_path=${GRPC_PROTO_DIR} --include_imports --include_source_info --descriptor_set_out=${descriptor_set}
          ${api_protos} google/rpc/error_details.proto google/rpc/status.proto grpc/health/v1/health.proto
  DEPENDS ${api_proto_files}
  COMMENT "Describing the API"
  VERBATIM)
add_custom_target(aftersales_descriptors ALL DEPENDS ${descriptor_set})
install(FILES ${descriptor_set} DESTINATION ${share} COMPONENT client)
install(DIRECTORY api/aftersales DESTINATION ${share}/proto COMPONENT client FILES_MATCHING PATTERN "*.proto")
install(FILES ${GOOGLEAPIS_PROTO_DIR}/google/rpc/code.proto ${GOOGLEAPIS_PROTO_DIR}/google/rpc/error_details.proto
  ${GOOGLEAPIS_PROTO_DIR}/google/rpc/status.proto DESTINATION ${share}/proto/google/rpc COMPONENT client)

# -- the programs
if(TARGET aftersales)
  install(TARGETS aftersales RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT cli)
endif()
if(TARGET aftersalesd)
  install(TARGETS aftersalesd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
  install(DIRECTORY server/packs DESTINATION ${share} COMPONENT server FILES_MATCHING PATTERN "*.textproto")
  # The unit names the program's path, which is known only when it is installed.
  install(CODE "
    set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    configure_file(\"${PROJECT_SOURCE_DIR}/packaging/aftersalesd@.service.in\"
      \"${CMAKE_BINARY_DIR}/package/aftersalesd@.service\" @ONLY)
    " COMPONENT server)
  install(FILES ${CMAKE_BINARY_DIR}/package/aftersalesd@.service DESTINATION lib/systemd/system COMPONENT server)
endif()

# The test of the installation needs all of it built.
get_property(install_test GLOBAL PROPERTY aftersales_install_test)
if(install_test)
  foreach(target ${sdk_targets} aftersales_descriptors aftersales aftersalesd)
    if(TARGET ${target})
      add_dependencies(${install_test} ${target})
    endif()
  endforeach()
endif()
