#include "tests/testing/mariadb.h"

#include <fcntl.h>
#include <mysql.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace aftersales::testing {
namespace {

[[noreturn]] void Fail(const std::string& text) {
  std::fprintf(stderr, "private MariaDB: %s\n", text.c_str());
  std::abort();
}

// A place in memory where there is one: these databases need not outlive anything.
std::string TemporaryPlace() {
  const char* given = std::getenv("TMPDIR");
  if (given != nullptr) return given;
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

// Starts a program that dies with this one; its output goes to `log`.
pid_t Spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(output, 1);
  dup2(output, 2);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

std::vector<std::string> AsRoot(std::vector<std::string> command) {
  if (geteuid() == 0) command.push_back("--user=root");
  return command;
}

using Connection = std::unique_ptr<MYSQL, void (*)(MYSQL*)>;

Connection Connect(const std::string& socket) {
  Connection connection(mysql_init(nullptr), mysql_close);
  if (mysql_real_connect(connection.get(), nullptr, "root", "", nullptr, 0, socket.c_str(), CLIENT_MULTI_STATEMENTS) ==
      nullptr) {
    connection.reset();
  }
  return connection;
}

}  // namespace

MariaDb& MariaDb::Shared() {
  static MariaDb shared;
  return shared;
}

MariaDb::MariaDb(const std::string& parent, std::vector<std::string> settings) : settings_(std::move(settings)) {
  std::string pattern = (parent.empty() ? TemporaryPlace() : parent) + "/mariadb-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) Fail("cannot make a directory at " + pattern);
  directory_ = pattern;
  socket_ = directory_ + "/socket";
  // A server that starts clears its folder for temporary tables, those of others included.
  std::filesystem::create_directory(directory_ + "/tmp");
  const pid_t install =
      Spawn(AsRoot({"mariadb-install-db", "--no-defaults", "--datadir=" + directory_ + "/data",
                    "--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=16M"}),
            directory_ + "/install.log");
  int result = 0;
  if (waitpid(install, &result, 0) != install || result != 0) {
    Fail("mariadb-install-db failed; is the package mariadb-server installed? See " + directory_ + "/install.log");
  }
  Start();
}

MariaDb::~MariaDb() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void MariaDb::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void MariaDb::Pause() { kill(pid_, SIGSTOP); }
void MariaDb::Resume() { kill(pid_, SIGCONT); }

void MariaDb::Start() {
  std::vector<std::string> command =
      AsRoot({"mariadbd", "--no-defaults", "--datadir=" + directory_ + "/data", "--socket=" + socket_,
              "--tmpdir=" + directory_ + "/tmp", "--skip-networking", "--pid-file=" + directory_ + "/pid",
              "--skip-log-bin", "--innodb-log-file-size=16M", "--innodb-buffer-pool-size=256M",
              "--innodb-doublewrite=0", "--performance-schema=0",
              // A server that is killed keeps what it was told to keep, as with 1. (But for commits of the very moment
              // where the folder is in memory and the log is mapped: tests that kill under load set 1.)
              "--innodb-flush-log-at-trx-commit=2"});
  command.insert(command.end(), settings_.begin(), settings_.end());
  pid_ = Spawn(command, directory_ + "/server.log");
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (Connect(socket_) == nullptr) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) Fail("mariadbd ended; see " + directory_ + "/server.log");
    if (absl::Now() > give_up) Fail("mariadbd does not answer; see " + directory_ + "/server.log");
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void MariaDb::Execute(const std::string& sql) { Ask(sql); }

bool MariaDb::TryExecute(const std::string& sql) {
  const Connection connection = Connect(socket_);
  return connection != nullptr && mysql_real_query(connection.get(), sql.data(), sql.size()) == 0;
}

std::string MariaDb::Ask(const std::string& sql) {
  const Connection connection = Connect(socket_);
  if (connection == nullptr) Fail("cannot connect");
  if (mysql_real_query(connection.get(), sql.data(), sql.size()) != 0) {
    Fail(std::string(mysql_error(connection.get())) + " in: " + sql);
  }
  std::string answer;
  do {
    MYSQL_RES* rows = mysql_store_result(connection.get());
    if (rows == nullptr) continue;
    if (MYSQL_ROW row = mysql_fetch_row(rows); row != nullptr && row[0] != nullptr) answer = row[0];
    mysql_free_result(rows);
  } while (mysql_next_result(connection.get()) == 0);
  return answer;
}

}  // namespace aftersales::testing
