// What an endpoint says about where calls go.
#ifndef AFTERSALES_CLIENT_SRC_ENDPOINT_H_
#define AFTERSALES_CLIENT_SRC_ENDPOINT_H_

#include <string>

#include "absl/status/statusor.h"

namespace aftersales {

struct Endpoint {
  std::string target;  // as gRPC takes it
  bool local = false;  // loopback or a unix socket: nobody else can listen in
};

// Understands "host:port", "[ip6]:port", "unix:/path"; anything else is an INVALID_ARGUMENT that shows the forms.
absl::StatusOr<Endpoint> ParseEndpoint(const std::string& text);

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_SRC_ENDPOINT_H_
