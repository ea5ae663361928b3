// What the program says about itself.
#ifndef AFTERSALES_CLIENT_CLI_HELP_H_
#define AFTERSALES_CLIENT_CLI_HELP_H_

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/catalog.h"
#include "client/cli/composed.h"

namespace aftersales::cli {

// A command or flag and what it does.
using HelpLine = std::pair<std::string, std::string>;

// Two columns, the second wrapped.
void PrintHelpLines(std::ostream& out, const std::vector<HelpLine>& lines);

void PrintOverview(std::ostream& out);
// All verbs of a noun; false where there is no such noun.
bool PrintNounHelp(std::ostream& out, const std::string& noun);
void PrintCommandHelp(std::ostream& out, const Command& command);
void PrintComposedHelp(std::ostream& out, const ComposedCommand& command);
// Words that are no command of the API: completion, help, version; false for any other.
bool PrintOwnHelp(std::ostream& out, const std::string& word);
// Topics such as "environment"; false where there is no such topic.
bool PrintTopic(std::ostream& out, const std::string& topic);
std::vector<std::string> Topics();

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_HELP_H_
