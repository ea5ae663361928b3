# The libraries that everything is built on; third_party/README.md says why each. All come from the distribution.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)  # CMake's own module: must come before gRPC
find_package(absl CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)

find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
mark_as_advanced(GRPC_CPP_PLUGIN)

# Standard protos that the distribution packages ship as sources.
find_path(GOOGLEAPIS_PROTO_DIR google/rpc/error_details.proto
  PATHS /usr/share/gocode/src/github.com/gogo/googleapis REQUIRED
  DOC "Directory that holds google/rpc/*.proto (package golang-github-gogo-googleapis-dev)")
find_path(GRPC_PROTO_DIR grpc/health/v1/health.proto
  PATHS /usr/share/grpc-proto REQUIRED
  DOC "Directory that holds grpc/health/v1/health.proto (package grpc-proto)")

if(AFTERSALES_SERVER)
  find_package(SQLite3 REQUIRED)
  find_package(spdlog CONFIG REQUIRED)
  find_package(prometheus-cpp CONFIG REQUIRED)
  pkg_check_modules(MariaDB REQUIRED IMPORTED_TARGET libmariadb)
  pkg_check_modules(Re2 REQUIRED IMPORTED_TARGET re2)
  pkg_check_modules(Utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
  find_package(SOCI REQUIRED COMPONENTS mysql sqlite3)
endif()
