// How the command line reports what went wrong, and with which exit code it ends.
#ifndef AFTERSALES_CLIENT_CLI_REFUSAL_H_
#define AFTERSALES_CLIENT_CLI_REFUSAL_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "client/cli/catalog.h"
#include "client/cli/render.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;    // something on this machine: a file, the output
inline constexpr int kExitUsage = 2;     // the command line is wrong
inline constexpr int kExitRefused = 64;  // plus the gRPC code: the server refused, or cannot be reached

// Reports what the server answered, and answers the exit code. `command` may be null; then `fields` says what people
// give for a field of the API, where they know it by another name.
using FieldWords = std::map<std::string, std::string>;
int ReportRefusal(const absl::Status& status, const Command* command, Format format, const Terminal& terminal,
                  const FieldWords& fields = {});

// Reports a mistake in the command line.
int ReportUsage(const absl::Status& status, Format format, const Terminal& terminal);

// Reports a failure on this machine.
int ReportFailure(const absl::Status& status, Format format, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_REFUSAL_H_
