// A real server for the tests of programs that use the client library: the installed aftersalesd as a process of its
// own, on SQLite in a temporary folder, on a free loopback port.
#ifndef AFTERSALES_TESTING_TEST_SERVER_H_
#define AFTERSALES_TESTING_TEST_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/client.h"

namespace aftersales::testing {

struct TestServerOptions {
  // The server's program. Empty: the environment variable AFTERSALESD, else "aftersalesd" on the PATH.
  std::string program;
  // More flags for it, such as "--test-clock=FILE".
  std::vector<std::string> flags;
  // How long it may take until it serves.
  absl::Duration start_timeout = absl::Seconds(30);
};

// Runs until it is destroyed or stopped; its folder goes with it. Not thread-safe.
class TestServer {
 public:
  // Starts a server and waits until it serves. A failure tells the end of what the server wrote.
  static absl::StatusOr<std::unique_ptr<TestServer>> Start(const TestServerOptions& options = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  const std::string& endpoint() const { return endpoint_; }      // "127.0.0.1:43121"
  std::string token_file() const { return folder_ + "/token"; }  // the administrator's
  const std::string& folder() const { return folder_; }
  pid_t process() const { return process_; }

  // A client who signs in as the administrator.
  absl::StatusOr<Client> Connect() const;

  // Ends the server and answers its exit status as waitpid() gives it; -1 where it had ended before.
  int Stop();
  // Ends it at once, as a crash would.
  void Kill();
  // Starts it again on the same data and the same port.
  absl::Status Restart();

 private:
  explicit TestServer(TestServerOptions options) : options_(std::move(options)) {}

  absl::Status Launch(const std::string& listen);
  absl::Status WaitUntilServing();
  std::string LogTail() const;

  TestServerOptions options_;
  std::string folder_;
  std::string endpoint_;
  pid_t process_ = -1;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTING_TEST_SERVER_H_
