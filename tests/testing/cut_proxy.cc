#include "tests/testing/cut_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace aftersales::testing {
namespace {

constexpr int kLookMillis = 20;  // how soon a connection sees that it is to end
// How COMMIT looks on MySQL's wire: the command byte of a query and its text.
constexpr char kCommit[] =
    "\x03"
    "COMMIT";

bool Readable(int fd, int millis) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, millis) > 0;
}

// False when the other side has gone.
bool Read(int fd, std::string* bytes) {
  char buffer[65536];
  const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
  if (count <= 0) return false;
  bytes->assign(buffer, static_cast<size_t>(count));
  return true;
}

bool Write(int fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<size_t>(count);
  }
  return true;
}

int ConnectUnix(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof(address.sun_path), "%s", path.c_str());
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

CutProxy::CutProxy(const std::string& target_socket) : target_(target_socket) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("cut proxy");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

CutProxy::~CutProxy() {
  stopping_ = true;
  acceptor_.join();
  close(listener_);
  std::vector<std::thread> connections;
  {
    const std::lock_guard lock(mutex_);
    connections.swap(connections_);
  }
  for (std::thread& connection : connections) connection.join();
}

void CutProxy::CutCommits(Cut cut, int times) {
  const std::lock_guard lock(mutex_);
  cut_ = cut;
  cuts_left_ = times;
}

void CutProxy::Close() { closed_ = true; }
void CutProxy::Open() { closed_ = false; }

void CutProxy::Accept() {
  while (!stopping_) {
    if (!Readable(listener_, kLookMillis)) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (closed_) {
      close(client);
      continue;
    }
    const std::lock_guard lock(mutex_);
    connections_.emplace_back([this, client] { Serve(client); });
  }
}

bool CutProxy::ShouldCut(const std::string& bytes, Cut* cut) {
  if (bytes.find(kCommit) == std::string::npos) return false;
  const std::lock_guard lock(mutex_);
  if (cuts_left_ == 0) return false;
  --cuts_left_;
  ++cuts_made_;
  *cut = cut_;
  return true;
}

void CutProxy::Serve(int client) {
  const int server = ConnectUnix(target_);
  bool open = server >= 0;
  while (open && !stopping_ && !closed_) {
    pollfd both[2] = {{.fd = client, .events = POLLIN, .revents = 0}, {.fd = server, .events = POLLIN, .revents = 0}};
    if (poll(both, 2, kLookMillis) <= 0) continue;
    std::string bytes;
    if (both[0].revents != 0) {
      open = Read(client, &bytes);
      if (Cut cut; open && ShouldCut(bytes, &cut)) {
        // The database's answer shows that it has committed.
        if (cut == Cut::kAfterCommit && Write(server, bytes)) Read(server, &bytes);
        break;
      }
      open = open && Write(server, bytes);
    }
    if (open && both[1].revents != 0) open = Read(server, &bytes) && Write(client, bytes);
  }
  close(client);
  if (server >= 0) close(server);
}

}  // namespace aftersales::testing
