#include "client/cli/composed.h"

#include "aftersales/v1/common.pb.h"
#include "client/cli/commands/attachment.h"
#include "client/cli/commands/context.h"
#include "client/cli/commands/due.h"
#include "client/cli/commands/import.h"
#include "client/cli/commands/timeline.h"
#include "client/cli/values.h"

namespace aftersales::cli {

const std::vector<ComposedCommand>& ComposedCommands() {
  static const auto& commands = *new std::vector<ComposedCommand>{
      {"attachment",
       "upload",
       "Attach files to a case, a visit, a customer or what else they belong to.",
       "aftersales attachment upload PARENT FILE... [flags]",
       {{"--title", "TEXT", "What the files show."},
        {"--media-type", "TYPE", "What type they are of, such as image/jpeg; else their names say it."}},
       RunAttachmentUpload,
       /*takes_files=*/true,
       kUploadHelp},
      {"attachment",
       "download",
       "Save an attachment as a file.",
       "aftersales attachment download NAME [flags]",
       {{"--file", "FILE", "Where to save it, -O for short; under its own name in this folder unless given."},
        {"--force", "", "Replace that file where it exists."}},
       RunAttachmentDownload,
       /*takes_files=*/false,
       kDownloadHelp},
      {"case", "timeline", "Who did what when, and what was owed.", "aftersales case timeline NAME", {}, RunTimeline},
      {"context",
       "set",
       "Name a server, or change what is known of it.",
       "aftersales context set NAME --endpoint ADDRESS [--token-file FILE] [--ca-file FILE]",
       {},
       RunContextSet},
      {"context", "use", "Work with this server from now on.", "aftersales context use NAME", {}, RunContextUse},
      {"context",
       "list",
       "The servers that have a name; * marks the one in use.",
       "aftersales context list",
       {},
       RunContextList},
      {"context", "show", "The server in use.", "aftersales context show", {}, RunContextShow},
      {"context", "remove", "Forget a server.", "aftersales context remove NAME", {}, RunContextRemove},
      {"due",
       "",
       "What is overdue or soon due, the most urgent first.",
       "aftersales due [flags]",
       {{"--within", "DURATION", "How far ahead to look, such as 4h or 3d; 24h unless given."},
        {"--overdue", "", "Only what is late already."},
        {"--role", "ROLE", "Only what this role owes.", EnumWords(v1::Role_descriptor())},
        {"--watch", "",
         "Print it anew whenever something changes and every minute, until Ctrl-C; every 30s where you may not read "
         "events."},
        {"--count", "NUMBER", "With --watch: end after so many times."}},
       RunDue,
       /*takes_files=*/false,
       "What has no time by which it is due is not shown; 'aftersales obligation list --state open'\nlists it, too.\n"
       "The column OBLIGATION is what 'aftersales obligation explain' takes.\n"},
      {"import",
       "",
       "Add or change many entries of the directory, found by their external ids.",
       "aftersales import FILE... [flags]",
       {{"--kind", "KIND", "What the rows of CSV files are; else the file's name says it, as in customers.csv.",
         ImportKinds()},
        {"--format", "FORMAT", "jsonl or csv; else the file's name says it.", {"csv", "jsonl"}},
        {"--atomic", "", "Keep all rows or, when one is wrong, none. At most 10,000 rows."},
        {"--dry-run", "",
         "Say what would become of the rows, and keep nothing; -o wide and -o json list those that would be added or "
         "changed. At most 10,000 rows."}},
       RunImport,
       /*takes_files=*/true,
       kImportHelp},
  };
  return commands;
}

const ComposedCommand* FindComposed(const std::string& noun, const std::string& verb) {
  for (const ComposedCommand& command : ComposedCommands()) {
    if (command.noun == noun && command.verb == verb) return &command;
  }
  return nullptr;
}

std::vector<std::string> SingleWordCommands() {
  std::vector<std::string> words;
  for (const ComposedCommand& command : ComposedCommands()) {
    if (command.verb.empty()) words.push_back(command.noun);
  }
  return words;
}

}  // namespace aftersales::cli
