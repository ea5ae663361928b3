// The real server program as a process of its own, with a data folder, a free port and a clock that the test moves.
#ifndef AFTERSALES_TESTS_TESTING_SERVER_PROCESS_H_
#define AFTERSALES_TESTS_TESTING_SERVER_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/client.h"

namespace aftersales::testing {

// Used by one thread. Ends the process when destroyed and removes its folder.
class ServerProcess {
 public:
  // Starts on `database` (a --database value; empty: SQLite in the folder) with more flags; aborts the test program
  // with the server's log when it does not come up.
  explicit ServerProcess(std::string database = "", std::vector<std::string> flags = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& folder() const { return folder_; }
  std::string endpoint() const;
  std::string admin_token() const;
  pid_t pid() const { return pid_; }

  // Connected with this token (empty: the first administrator's).
  Client Connect(const std::string& token = "") const;

  // Moves the server's clock by so much from the real time.
  void MoveClock(absl::Duration offset);
  absl::Time Now() const { return absl::Now() + offset_; }

  // Ends it as an operator does (SIGTERM) or as a fault does (SIGKILL), and starts it again on the same data.
  void Restart();
  void Kill();
  void Start();

  // The value of --database that it works on.
  std::string database() const;
  // Runs the program once more on the same data, as "aftersalesd VERB": its exit code, and what it said on both
  // streams.
  struct Said {
    int code = -1;
    std::string text;
  };
  Said Run(const std::string& verb) const;

 private:
  void Await();
  void Fail(const std::string& what);

  std::string folder_;
  std::string database_;
  std::vector<std::string> flags_;
  absl::Duration offset_ = absl::ZeroDuration();
  pid_t pid_ = -1;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_TESTING_SERVER_PROCESS_H_
