// `aftersales due`: what is overdue or soon due.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_DUE_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_DUE_H_

#include <string>

#include "absl/time/time.h"
#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

int RunDue(const Words& words, const Terminal& terminal);

// "2h 30m late", "in 1d 4h", "now": how `due` lies to `now`.
std::string TimeLeft(absl::Time due, absl::Time now);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_DUE_H_
