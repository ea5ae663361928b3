#include "server/rpc/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace aftersales::rpc {
namespace {

constexpr char kField[] = "listen";

absl::Status NoAddress(const std::string& text) {
  return FieldError(kField, absl::StrCat("'", text,
                                         "' is no address; write HOST:PORT, such as 127.0.0.1:50051, or "
                                         "unix:PATH"));
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  if (host.rfind("127.", 0) != 0) return false;
  // "127.example.org" is a name, not an address.
  return host.find_first_not_of("0123456789.") == std::string::npos;
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  ListenAddress address;
  address.text = text;
  if (text.rfind("unix:", 0) == 0) {
    address.unix_path = text.substr(5);
    address.local_only = true;
    if (address.unix_path.empty()) return NoAddress(text);
    if (address.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
      return FieldError(kField,
                        absl::StrCat("the path of a unix socket has at most ", sizeof(sockaddr_un::sun_path) - 1,
                                     " bytes; this one has ", address.unix_path.size()));
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return NoAddress(text);
  address.host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) {
    return NoAddress(text);
  }
  address.port = std::stoi(port);
  if (address.port > 65535) return FieldError(kField, absl::StrCat(port, " is no port; the highest is 65535"));
  const bool bracketed = address.host.front() == '[' && address.host.back() == ']';
  if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
  if (!bracketed && address.host.find(':') != std::string::npos) {
    return FieldError(kField, absl::StrCat("write an IPv6 address in brackets: [", address.host, "]:", port));
  }
  if (address.host.empty() || address.host.find_first_of("/ []%") != std::string::npos) return NoAddress(text);
  address.local_only = IsLoopback(address.host);
  return address;
}

absl::Status CheckSocketPath(const ListenAddress& address) {
  if (address.unix_path.empty()) return absl::OkStatus();
  struct stat entry {};
  if (lstat(address.unix_path.c_str(), &entry) != 0) return absl::OkStatus();
  if (!S_ISSOCK(entry.st_mode)) {
    return FieldError(kField, absl::StrCat(address.unix_path, " exists and is no socket; choose another path"));
  }
  const Socket probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un name = UnixAddress(address.unix_path);
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) {
    return FieldError(kField, absl::StrCat("another server listens on ", address.unix_path));
  }
  return absl::OkStatus();
}

std::string WhyNotBound(const ListenAddress& address) {
  if (!address.unix_path.empty()) {
    const Socket probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un name = UnixAddress(address.unix_path);
    const int result = bind(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name));
    const int why = errno;
    if (result == 0) unlink(address.unix_path.c_str());
    return result == 0 ? "" : std::strerror(why);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) {
    return "the host name is not known";
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> release(found, freeaddrinfo);
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const Socket probe(socket(entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC, entry->ai_protocol));
    const int yes = 1;
    setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(probe.get(), entry->ai_addr, entry->ai_addrlen) != 0) return std::strerror(errno);
  }
  return "";
}

}  // namespace aftersales::rpc
