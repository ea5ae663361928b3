// The `aftersales` command without its main(), so that tests can call it.
#ifndef AFTERSALES_CLIENT_CLI_CLI_H_
#define AFTERSALES_CLIENT_CLI_CLI_H_

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

// Carries out one command line, given without the program's name; answers the exit code.
int Run(const Words& words, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_CLI_H_
