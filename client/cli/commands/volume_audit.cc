#include "client/cli/commands/volume_audit.h"

#include "client/cli/refusal.h"
#include "client/cli/text.h"

namespace aftersales::cli {

int PrintVolumeAudit(const Command& command, const v1::AuditVolumeResponse& audited, Format format,
                     const Terminal& terminal) {
  const bool sound = audited.faults().empty();
  if (format == Format::kName) {
    for (const v1::VolumeFault& fault : audited.faults()) terminal.out << Printable(fault.entry()) << "\n";
    return sound ? kExitOk : kExitFailed;
  }
  if (format == Format::kTable && sound) {
    terminal.out << audited.entries() << (audited.entries() == 1 ? " entry" : " entries")
                 << ": all is as it was bound.\n";
    return kExitOk;
  }
  PrintReply(command, audited, format, terminal);
  if (format == Format::kTable) {
    terminal.err << audited.faults_size() << (audited.faults_size() == 1 ? " fault" : " faults") << ".\n";
  }
  return sound ? kExitOk : kExitFailed;
}

}  // namespace aftersales::cli
