// `aftersales import`: many entries of the directory from files.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_IMPORT_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_IMPORT_H_

#include "client/cli/import_source.h"
#include "client/cli/terminal.h"
#include "client/cli/words.h"

namespace aftersales::cli {

inline constexpr char kImportHelp[] =
    "A file holds JSON lines, one entry a line:\n\n"
    "  {\"customer\":{\"external_id\":\"K-1\",\"display_name\":\"Harbour Railways\"}}\n"
    "  {\"site\":{\"external_id\":\"S-1\",\"display_name\":\"Depot\",\"customer\":\"ext:K-1\"}}\n\n"
    "or CSV (customers.csv, sites.csv ...) with the names of the fields in its first line; the column\n"
    "customer.external_id holds what ext: stands for. - is standard input. An entry is found by its\n"
    "external id, equipment without one by its serial number; a row replaces the whole entry. Rows may\n"
    "point at rows before them. Repeating an import changes nothing more.\n\n"
    "Wrong rows are listed on standard error as FILE:LINE: FIELD: ERROR, and the exit code is 1.\n";

int RunImport(const Words& words, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_IMPORT_H_
