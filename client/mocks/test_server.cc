#include "aftersales/testing/test_server.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

extern char** environ;

namespace aftersales::testing {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(10);
constexpr absl::Duration kPause = absl::Milliseconds(10);
constexpr size_t kLogTail = 2000;

std::string Program(const TestServerOptions& options) {
  if (!options.program.empty()) return options.program;
  const char* named = std::getenv("AFTERSALESD");
  return named != nullptr && *named != '\0' ? named : "aftersalesd";
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TestServer>> TestServer::Start(const TestServerOptions& options) {
  std::error_code error;
  std::string folder = (std::filesystem::temp_directory_path(error) / "aftersales-test-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return absl::InternalError(absl::StrCat("no temporary folder can be made: ", std::strerror(errno)));
  }
  auto server = std::unique_ptr<TestServer>(new TestServer(options));
  server->folder_ = folder;
  absl::Status launched = server->Launch("127.0.0.1:0");
  if (!launched.ok()) return launched;
  return server;
}

TestServer::~TestServer() {
  Stop();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

absl::Status TestServer::Launch(const std::string& listen) {
  std::filesystem::remove(folder_ + "/port");
  std::vector<std::string> words = {Program(options_),
                                    "serve",
                                    "--data=" + folder_,
                                    "--database=sqlite:" + folder_ + "/aftersales.db",
                                    "--listen=" + listen,
                                    "--port-file=" + folder_ + "/port",
                                    "--admin-token-file=" + token_file()};
  words.insert(words.end(), options_.flags.begin(), options_.flags.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const std::string log = folder_ + "/log";
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  const int failed = ::posix_spawnp(&process_, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    process_ = -1;
    return absl::NotFoundError(absl::StrCat("'", words[0], "' cannot be started: ", std::strerror(failed),
                                            "; AFTERSALESD or the PATH must lead to it"));
  }
  return WaitUntilServing();
}

absl::Status TestServer::WaitUntilServing() {
  const absl::Time deadline = absl::Now() + options_.start_timeout;
  while (absl::Now() < deadline) {
    if (int status = 0; ::waitpid(process_, &status, WNOHANG) == process_) {
      process_ = -1;
      return absl::InternalError(absl::StrCat("the server ended at once:\n", LogTail()));
    }
    const std::string port = ReadWhole(folder_ + "/port");
    if (const size_t end = port.find_first_not_of("0123456789"); !port.empty() && end != 0) {
      endpoint_ = absl::StrCat("127.0.0.1:", port.substr(0, end));
      absl::StatusOr<Client> client = Connect();
      if (client.ok() && client->access().GetCaller({}, {.timeout = absl::Seconds(5)}).ok()) return absl::OkStatus();
    }
    absl::SleepFor(kPause);
  }
  return absl::DeadlineExceededError(absl::StrCat("the server does not serve:\n", LogTail()));
}

std::string TestServer::LogTail() const {
  const std::string log = ReadWhole(folder_ + "/log");
  return log.size() > kLogTail ? log.substr(log.size() - kLogTail) : log;
}

absl::StatusOr<Client> TestServer::Connect() const {
  return Client::Create({.endpoint = endpoint_, .token_file = token_file()});
}

int TestServer::Stop() {
  if (process_ <= 0) return -1;
  int status = -1;
  ::kill(process_, SIGTERM);
  const absl::Time deadline = absl::Now() + kGrace;
  while (::waitpid(process_, &status, WNOHANG) == 0) {
    if (absl::Now() > deadline) ::kill(process_, SIGKILL);
    absl::SleepFor(kPause);
  }
  process_ = -1;
  return status;
}

void TestServer::Kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

absl::Status TestServer::Restart() {
  Stop();
  return Launch(endpoint_);
}

}  // namespace aftersales::testing
