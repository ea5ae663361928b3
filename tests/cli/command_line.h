// Runs the built `aftersales` program as a person would: words in, output and exit code out.
#ifndef AFTERSALES_TESTS_CLI_COMMAND_LINE_H_
#define AFTERSALES_TESTS_CLI_COMMAND_LINE_H_

#include <map>
#include <string>
#include <vector>

namespace aftersales {

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// The program with an environment of its own: none of the caller's settings, and a folder for contexts that goes with
// it.
class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  std::map<std::string, std::string>& environment() { return environment_; }
  const std::string& folder() const { return folder_; }

  // Words given one by one.
  Outcome Run(const std::vector<std::string>& words, const std::string& input = "") const;
  // A line as in a shell: words at blanks, quoted by '...'.
  Outcome Run(const std::string& line, const std::string& input = "") const;

 private:
  std::map<std::string, std::string> environment_;
  std::string folder_;
};

// Collects commands with what they answered, and compares all with tests/cli/golden/NAME.txt. With
// AFTERSALES_UPDATE_GOLDEN=1 in the environment the file is written instead.
class Transcript {
 public:
  explicit Transcript(const CommandLine& command_line) : command_line_(command_line) {}

  Outcome Run(const std::string& line, const std::string& input = "");
  void ExpectGolden(const std::string& name) const;

 private:
  const CommandLine& command_line_;
  std::string text_;
};

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_CLI_COMMAND_LINE_H_
