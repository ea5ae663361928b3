// Carries out one command that the API made.
#ifndef AFTERSALES_CLIENT_CLI_CALL_H_
#define AFTERSALES_CLIENT_CLI_CALL_H_

#include "client/cli/catalog.h"
#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

// Takes the words after noun and verb; answers the exit code.
int RunCall(const Command& command, const Words& words, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_CALL_H_
