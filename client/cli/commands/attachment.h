// `aftersales attachment upload` and `aftersales attachment download`: files to and from the server.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_ATTACHMENT_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_ATTACHMENT_H_

#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

inline constexpr char kUploadHelp[] =
    "PARENT is what the files belong to: cases/C2026-000123, cases/C2026-000123/documents/7, visits/12,\n"
    "customers/3 ... A file arrives whole and unchanged or not at all.\n";
inline constexpr char kDownloadHelp[] =
    "A download that broke off leaves FILE.HASH.part and goes on with it the next time. -O - writes to standard\n"
    "output.\n";

int RunAttachmentUpload(const Words& words, const Terminal& terminal);
int RunAttachmentDownload(const Words& words, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_ATTACHMENT_H_
