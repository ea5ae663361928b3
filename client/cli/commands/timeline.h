// `aftersales case timeline NAME`: who did what when, and what was owed.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_TIMELINE_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_TIMELINE_H_

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

int RunTimeline(const Words& words, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_TIMELINE_H_
