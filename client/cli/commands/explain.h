// How an obligation's explanation is printed.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_EXPLAIN_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_EXPLAIN_H_

#include "aftersales/v1/policy.pb.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

void PrintExplanation(const v1::Explanation& explanation, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_EXPLAIN_H_
