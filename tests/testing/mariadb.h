// A private MariaDB on a unix socket in a directory of its own, for tests: started and stopped by the test program.
#ifndef AFTERSALES_TESTS_TESTING_MARIADB_H_
#define AFTERSALES_TESTS_TESTING_MARIADB_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace aftersales::testing {

// Used by one thread at a time. Everything that cannot be done ends the test program with a message.
class MariaDb {
 public:
  // The one that all tests of this program share; started at the first call, stopped at exit.
  static MariaDb& Shared();

  // Makes a data directory below `parent` (empty: a fast temporary place) and starts the server on it. `settings` are
  // further arguments, such as "--innodb-lock-wait-timeout=2".
  explicit MariaDb(const std::string& parent = "", std::vector<std::string> settings = {});
  ~MariaDb();  // kills the server, removes the directory
  MariaDb(const MariaDb&) = delete;
  MariaDb& operator=(const MariaDb&) = delete;

  const std::string& socket() const { return socket_; }
  std::string data_directory() const { return directory_ + "/data"; }
  pid_t pid() const { return pid_; }

  void Kill();   // as a power cut does
  void Start();  // again after Kill, on the same data
  void Pause();  // answers nothing until Resume
  void Resume();

  // Runs statements as the database's administrator.
  void Execute(const std::string& sql);
  // As Execute; false when the server refuses, as it does to kill a session that has ended.
  bool TryExecute(const std::string& sql);
  // The first column of the first row; "" where there is none.
  std::string Ask(const std::string& sql);

 private:
  std::string directory_;
  std::string socket_;
  std::vector<std::string> settings_;
  pid_t pid_ = -1;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_TESTING_MARIADB_H_
