// Commands that are more than one call of the API; client/cli/commands/ holds them.
#ifndef AFTERSALES_CLIENT_CLI_COMPOSED_H_
#define AFTERSALES_CLIENT_CLI_COMPOSED_H_

#include <string>
#include <vector>

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

struct ComposedCommand {
  std::string noun;
  std::string verb;
  std::string summary;
  std::string usage;               // "aftersales case timeline NAME"
  std::vector<std::string> flags;  // of its own, with dashes
  // Takes the words after noun and verb; answers the exit code.
  int (*run)(const Words& words, const Terminal& terminal);
};

const std::vector<ComposedCommand>& ComposedCommands();
const ComposedCommand* FindComposed(const std::string& noun, const std::string& verb);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMPOSED_H_
