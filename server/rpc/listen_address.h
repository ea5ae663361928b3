// Where the server listens, and whether plaintext may be spoken there.
#ifndef AFTERSALES_SERVER_RPC_LISTEN_ADDRESS_H_
#define AFTERSALES_SERVER_RPC_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace aftersales::rpc {

struct ListenAddress {
  std::string text;       // as gRPC takes it
  std::string unix_path;  // of a unix socket
  std::string host;       // of a TCP address, without brackets
  int port = 0;
  bool local_only = false;  // nobody on another machine can reach it: a unix socket or a loopback address
};

// HOST:PORT, [IPV6]:PORT or unix:PATH.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

// Nobody serves this unix socket, and it is no other kind of file: gRPC would silently take the path over.
absl::Status CheckSocketPath(const ListenAddress& address);

// Why this address cannot be bound, asked of the operating system after gRPC failed to.
std::string WhyNotBound(const ListenAddress& address);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_LISTEN_ADDRESS_H_
