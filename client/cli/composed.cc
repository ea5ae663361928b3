#include "client/cli/composed.h"

#include "client/cli/commands/context.h"
#include "client/cli/commands/timeline.h"

namespace aftersales::cli {

const std::vector<ComposedCommand>& ComposedCommands() {
  static const auto& commands = *new std::vector<ComposedCommand>{
      {"case", "timeline", "Who did what when, and what was owed.", "aftersales case timeline NAME", {}, RunTimeline},
      {"context",
       "set",
       "Name a server, or change what is known of it.",
       "aftersales context set NAME --endpoint ADDRESS [--token-file FILE] [--ca-file FILE]",
       {},
       RunContextSet},
      {"context", "use", "Work with this server from now on.", "aftersales context use NAME", {}, RunContextUse},
      {"context",
       "list",
       "The servers that have a name; * marks the one in use.",
       "aftersales context list",
       {},
       RunContextList},
      {"context", "show", "The server in use.", "aftersales context show", {}, RunContextShow},
      {"context", "remove", "Forget a server.", "aftersales context remove NAME", {}, RunContextRemove},
  };
  return commands;
}

const ComposedCommand* FindComposed(const std::string& noun, const std::string& verb) {
  for (const ComposedCommand& command : ComposedCommands()) {
    if (command.noun == noun && command.verb == verb) return &command;
  }
  return nullptr;
}

}  // namespace aftersales::cli
