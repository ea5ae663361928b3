// Refusals as the server sends them.
#ifndef AFTERSALES_TESTS_CLIENT_REFUSALS_H_
#define AFTERSALES_TESTS_CLIENT_REFUSALS_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "server/base/error.h"

namespace aftersales {

// What the server's own error becomes on the wire.
inline grpc::Status Wire(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          ToRpcStatus(status).SerializeAsString()};
}

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_CLIENT_REFUSALS_H_
