#include "tests/cli/command_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace aftersales {
namespace {

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> SplitLine(const std::string& line) {
  std::vector<std::string> words;
  bool quoted = false;
  bool open = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
      if (!open) words.emplace_back();
      open = true;
    } else if (c == ' ' && !quoted) {
      open = false;
    } else {
      if (!open) words.emplace_back();
      open = true;
      words.back() += c;
    }
  }
  return words;
}

}  // namespace

CommandLine::CommandLine() {
  folder_ = ::testing::TempDir() + "/aftersales-cli-XXXXXX";
  if (::mkdtemp(folder_.data()) == nullptr) ADD_FAILURE() << "no folder " << folder_;
  environment_ = {{"HOME", folder_}, {"TZ", "Asia/Shanghai"}, {"PATH", "/usr/bin:/bin"}};
}

CommandLine::~CommandLine() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

Outcome CommandLine::Run(const std::vector<std::string>& words, const std::string& input) const {
  std::vector<std::string> arguments = {"aftersales"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment_) variables.push_back(absl::StrCat(name, "=", value));
  std::vector<char*> argv;
  std::vector<char*> envp;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  const std::string in = folder_ + "/stdin";
  const std::string out = folder_ + "/stdout";
  const std::string err = folder_ + "/stderr";
  std::ofstream(in, std::ios::binary) << input;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addchdir_np(&files, folder_.c_str());
  pid_t process = -1;
  const std::string program = AFTERSALES_BUILD_DIR "/bin/aftersales";
  const int failed = ::posix_spawn(&process, program.c_str(), &files, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    ADD_FAILURE() << program << " cannot be started";
    return {};
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by a signal: " << status;
  return {WEXITSTATUS(status), ReadWhole(out), ReadWhole(err)};
}

Outcome CommandLine::Run(const std::string& line, const std::string& input) const {
  return Run(SplitLine(line), input);
}

Outcome Transcript::Run(const std::string& line, const std::string& input) {
  Outcome outcome = command_line_.Run(line, input);
  absl::StrAppend(&text_, "$ aftersales ", line, "\n", outcome.out);
  if (!outcome.err.empty()) absl::StrAppend(&text_, "[standard error]\n", outcome.err);
  absl::StrAppend(&text_, "[exit ", outcome.exit_code, "]\n\n");
  return outcome;
}

void Transcript::ExpectGolden(const std::string& name) const {
  const std::string path = absl::StrCat(AFTERSALES_SOURCE_DIR, "/tests/cli/golden/", name, ".txt");
  const std::string text = absl::StrReplaceAll(text_, {{command_line_.folder(), "FOLDER"}});
  if (std::getenv("AFTERSALES_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, ReadWhole(path)) << path << " tells otherwise; AFTERSALES_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace aftersales
