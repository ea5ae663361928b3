// How the verdict on a volume of the archive is printed.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_VOLUME_AUDIT_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_VOLUME_AUDIT_H_

#include "aftersales/v1/archive.pb.h"
#include "client/cli/catalog.h"
#include "client/cli/render.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

// `audited`: all pages as one. Answers the exit code: 1 where something is not as it was bound, so that a script can
// tell.
int PrintVolumeAudit(const Command& command, const v1::AuditVolumeResponse& audited, Format format,
                     const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_VOLUME_AUDIT_H_
