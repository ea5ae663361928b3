#include "tests/testing/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace aftersales::testing {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

ServerProcess::ServerProcess(std::string database, std::vector<std::string> flags)
    : database_(std::move(database)), flags_(std::move(flags)) {
  std::string folder = (std::filesystem::temp_directory_path() / "aftersales-server.XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Fail("cannot make a temporary folder");
  folder_ = folder;
  MoveClock(absl::ZeroDuration());
  if (!database_.empty()) {
    const std::string command = absl::StrCat("'", AFTERSALES_BUILD_DIR, "/bin/aftersalesd' migrate --data '", folder_,
                                             "' --database '", database_, "' >'", folder_, "/server.log' 2>&1");
    if (system(command.c_str()) != 0) Fail("migrate failed");
  }
  Start();
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::filesystem::remove_all(folder_);
}

void ServerProcess::Start() {
  std::filesystem::remove(folder_ + "/port");
  std::vector<std::string> words = {absl::StrCat(AFTERSALES_BUILD_DIR, "/bin/aftersalesd"),
                                    "serve",
                                    "--data",
                                    folder_,
                                    "--listen",
                                    "127.0.0.1:0",
                                    "--port-file",
                                    folder_ + "/port",
                                    "--admin-token-file",
                                    folder_ + "/admin.token",
                                    "--test-clock",
                                    folder_ + "/clock"};
  if (!database_.empty()) words.insert(words.end(), {"--database", database_});
  words.insert(words.end(), flags_.begin(), flags_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    const int log = open((folder_ + "/server.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    execv(argv[0], argv.data());
    _exit(127);
  }
  Await();
}

std::string ServerProcess::database() const {
  return database_.empty() ? absl::StrCat("sqlite:", folder_, "/aftersales.db") : database_;
}

ServerProcess::Said ServerProcess::Run(const std::string& verb) const {
  const std::string said = folder_ + "/said";
  const std::string command = absl::StrCat("'", AFTERSALES_BUILD_DIR, "/bin/aftersalesd' ", verb, " --data '", folder_,
                                           "' --database '", database(), "' >'", said, "' 2>&1");
  const int status = system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(said)};
}

void ServerProcess::Await() {
  // There is no event to wait for but the file that the program writes once it listens.
  const absl::Time give_up = absl::Now() + absl::Seconds(120);
  while (!std::filesystem::exists(folder_ + "/port")) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      Fail("the server ended at its start");
    }
    if (absl::Now() > give_up) Fail("the server does not come up");
    absl::SleepFor(absl::Milliseconds(10));
  }
}

void ServerProcess::Fail(const std::string& what) {
  std::cerr << what << "\n" << ReadFile(folder_ + "/server.log") << std::endl;
  abort();
}

void ServerProcess::Restart() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  Start();
}

void ServerProcess::Kill() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string ServerProcess::endpoint() const {
  return absl::StrCat("127.0.0.1:", absl::StripAsciiWhitespace(ReadFile(folder_ + "/port")));
}

std::string ServerProcess::admin_token() const {
  return std::string(absl::StripAsciiWhitespace(ReadFile(folder_ + "/admin.token")));
}

Client ServerProcess::Connect(const std::string& token) const {
  ClientOptions options;
  options.endpoint = endpoint();
  options.token = token.empty() ? admin_token() : token;
  absl::StatusOr<Client> client = Client::Create(options);
  if (!client.ok()) {
    std::cerr << client.status() << std::endl;
    abort();
  }
  return *std::move(client);
}

void ServerProcess::MoveClock(absl::Duration offset) {
  offset_ = offset;
  const std::string aside = folder_ + "/clock.new";
  // All digits: the server's time is to be the test's.
  std::ofstream(aside) << absl::StrFormat("%.6f", absl::ToDoubleSeconds(offset)) << "\n";
  std::filesystem::rename(aside, folder_ + "/clock");
}

}  // namespace aftersales::testing
