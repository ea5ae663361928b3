// `aftersales context ...`: the servers that have a name.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_CONTEXT_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_CONTEXT_H_

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

int RunContextSet(const Words& words, const Terminal& terminal);
int RunContextUse(const Words& words, const Terminal& terminal);
int RunContextList(const Words& words, const Terminal& terminal);
int RunContextShow(const Words& words, const Terminal& terminal);
int RunContextRemove(const Words& words, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_CONTEXT_H_
