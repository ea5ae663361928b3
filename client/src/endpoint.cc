#include "client/src/endpoint.h"

#include <arpa/inet.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace aftersales {
namespace {

absl::Status Malformed(const std::string& text, const std::string& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("the endpoint '", text, "' ", why, "; it must read HOST:PORT, [IPV6]:PORT or unix:/PATH"));
}

bool IsLoopback(const std::string& host) {
  in_addr ip4 = {};
  if (inet_pton(AF_INET, host.c_str(), &ip4) == 1) return (ntohl(ip4.s_addr) >> 24) == 127;
  in6_addr ip6 = {};
  if (inet_pton(AF_INET6, host.c_str(), &ip6) == 1) return IN6_IS_ADDR_LOOPBACK(&ip6);
  // By RFC 6761, 6.3, this name always means the machine itself.
  return absl::EqualsIgnoreCase(host, "localhost");
}

}  // namespace

absl::StatusOr<Endpoint> ParseEndpoint(const std::string& text) {
  if (text.empty()) return Malformed(text, "is empty");
  for (const char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return Malformed(absl::StrCat(text.substr(0, text.find(c)), "..."), "holds a blank or control character");
    }
  }
  if (absl::StartsWith(text, "unix:")) {
    if (text.size() < sizeof("unix:/") || text[sizeof("unix:") - 1] != '/') return Malformed(text, "names no path");
    return Endpoint{text, true};
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return Malformed(text, "has no port");
  std::string host = text.substr(0, colon);
  int32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 1 || port > 65535) {
    return Malformed(text, "has no port between 1 and 65535");
  }
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":/[]") != std::string::npos) {
    return Malformed(text, "is neither a host with a port nor a socket");
  }
  // "dns:///" keeps gRPC from taking a host's name for one of its own schemes.
  return Endpoint{absl::StrCat("dns:///", text), IsLoopback(host)};
}

}  // namespace aftersales
