#include "client/cli/commands/policy_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/refusal.h"
#include "client/cli/table.h"
#include "client/cli/text.h"

namespace aftersales::cli {

int PrintPolicyCheck(const Command& command, const v1::ValidatePolicyResponse& checked, Format format,
                     const Terminal& terminal) {
  const int exit_code = checked.mistakes().empty() ? kExitOk : kExitFailed;
  if (format == Format::kJson) {
    PrintReply(command, checked, format, terminal);
    return exit_code;
  }
  if (checked.mistakes().empty()) {
    terminal.out << "The pack is sound; it has " << checked.rules() << " rules.\n";
    return exit_code;
  }
  Table table({"LINE", "FIELD", "MISTAKE"});
  for (const v1::PolicyMistake& mistake : checked.mistakes()) {
    table.Add({mistake.line() > 0 ? absl::StrCat(mistake.line()) : "", Printable(mistake.field()),
               Printable(mistake.text())});
  }
  table.Print(terminal.out, 0);
  terminal.err << checked.mistakes_size() << (checked.mistakes_size() == 1 ? " mistake" : " mistakes") << ".\n";
  return exit_code;
}

}  // namespace aftersales::cli
