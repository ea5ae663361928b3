// Completion of words in shells; made from the same descriptors as the commands, without asking a server.
#ifndef AFTERSALES_CLIENT_CLI_COMPLETION_H_
#define AFTERSALES_CLIENT_CLI_COMPLETION_H_

#include <string>
#include <vector>

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

// What the last word, which may be empty or half written, could become. The one candidate ":files" stands for file
// names.
std::vector<std::string> Complete(const Words& words, const Terminal& terminal);

// The script for "bash", "zsh" or "fish", which asks `aftersales __complete`; empty for other shells.
std::string CompletionScript(const std::string& shell);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMPLETION_H_
