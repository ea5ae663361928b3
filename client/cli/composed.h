// Commands that are more than one call of the API; client/cli/commands/ holds them.
#ifndef AFTERSALES_CLIENT_CLI_COMPOSED_H_
#define AFTERSALES_CLIENT_CLI_COMPOSED_H_

#include <string>
#include <vector>

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

// A flag of a composed command's own.
struct ComposedFlag {
  std::string name;   // with dashes
  std::string value;  // what stands for its value in help; empty for a switch
  std::string text;
  std::vector<std::string> words = {};  // what the value may be, where that is known
};

struct ComposedCommand {
  std::string noun;
  std::string verb;  // empty for a command of one word
  std::string summary;
  std::string usage;  // "aftersales case timeline NAME"
  std::vector<ComposedFlag> flags;
  // Takes the words after noun and verb; answers the exit code.
  int (*run)(const Words& words, const Terminal& terminal);
  bool takes_files = false;  // what stands by position are files
  std::string more = {};     // further help, in lines
};

const std::vector<ComposedCommand>& ComposedCommands();
const ComposedCommand* FindComposed(const std::string& noun, const std::string& verb);
// The composed commands of one word.
std::vector<std::string> SingleWordCommands();

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMPOSED_H_
