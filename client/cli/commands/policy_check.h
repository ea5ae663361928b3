// How the check of a policy pack is printed.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_POLICY_CHECK_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_POLICY_CHECK_H_

#include "aftersales/v1/policy.pb.h"
#include "client/cli/catalog.h"
#include "client/cli/render.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

// Answers the exit code: 1 where the pack has mistakes, so that a script can tell.
int PrintPolicyCheck(const Command& command, const v1::ValidatePolicyResponse& checked, Format format,
                     const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_POLICY_CHECK_H_
