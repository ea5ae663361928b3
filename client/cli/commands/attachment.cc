#include "client/cli/commands/attachment.h"

#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/client.h"
#include "client/cli/catalog.h"
#include "client/cli/progress.h"
#include "client/cli/refusal.h"
#include "client/cli/render.h"
#include "client/cli/settings.h"
#include "client/cli/text.h"
#include "client/cli/values.h"

namespace aftersales::cli {
namespace {

// What both commands are told.
struct Asked {
  GlobalFlags globals;
  std::vector<std::string> positional;
  Format format = Format::kTable;
};

// The client, or nothing after a report; `exit_code` tells how to end then.
std::unique_ptr<Client> Prepare(CLI::App& app, const Words& words, const std::string& missing, size_t wanted,
                                const Terminal& terminal, Asked& asked, int& exit_code) {
  app.set_help_flag();
  asked.globals.AddTo(app);
  app.add_option("words", asked.positional);
  absl::Status parsed = Parse(app, words);
  if (parsed.ok() && asked.positional.size() < wanted) parsed = absl::InvalidArgumentError(missing);
  if (parsed.ok()) parsed = ParseFormat(asked.globals.output).status();
  if (!parsed.ok()) {
    exit_code = ReportUsage(parsed, PeekFormat(words), terminal);
    return nullptr;
  }
  asked.format = *ParseFormat(asked.globals.output);
  absl::StatusOr<ClientOptions> options = ResolveServer(asked.globals, terminal);
  absl::StatusOr<Client> client = options.ok() ? Client::Create(*options) : options.status();
  if (client.ok()) return std::make_unique<Client>(*std::move(client));
  exit_code = ReportUsage(client.status(), asked.format, terminal);
  return nullptr;
}

TransferOptions Transfer(const Asked& asked, Progress& progress) {
  TransferOptions transfer;
  if (!asked.globals.timeout.empty()) absl::ParseDuration(asked.globals.timeout, &transfer.timeout);
  transfer.progress = [&progress](int64_t done, int64_t all) { progress.Show(done, done, all); };
  return transfer;
}

// A failure of the call; what went wrong on this machine has no details of a server.
int ReportTransfer(const absl::Status& status, Format format, const Terminal& terminal) {
  const bool here =
      status.code() == absl::StatusCode::kFailedPrecondition && !status.GetPayload(kRpcStatusPayload).has_value();
  static const FieldWords& words = *new FieldWords{
      {"start.attachment.parent", "PARENT"},
      {"start.attachment.title", "--title"},
      {"start.attachment.filename", "FILE"},
      {"start.attachment.size", "FILE"},
      {"start.attachment.sha256", "FILE"},
      {"chunk", "FILE"},
      {"start.attachment.media_type", "--media-type"},
  };
  return here ? ReportFailure(status, format, terminal) : ReportRefusal(status, nullptr, format, terminal, words);
}

// The name to save it under in this folder, whatever a server calls it.
std::string LocalName(const v1::Attachment& attachment) {
  const std::string& name = attachment.filename();
  const bool harmless = !name.empty() && name[0] != '.' && name[0] != '-' &&
                        name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos &&
                        Printable(name) == name;
  return harmless ? name : absl::StrCat("attachment-", attachment.name().substr(attachment.name().rfind('/') + 1));
}

absl::Status CheckFree(const std::string& path, bool force) {
  struct stat about = {};
  if (force || ::lstat(path.c_str(), &about) != 0) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat("'", Printable(path), "' exists already; --force replaces it"));
}

int DownloadToOutput(const Client& client, const std::string& name, const Asked& asked, const Terminal& terminal) {
  // Written between the bytes, progress would spoil them where both go to the same terminal.
  TransferOptions transfer;
  if (!asked.globals.timeout.empty()) absl::ParseDuration(asked.globals.timeout, &transfer.timeout);
  v1::DownloadAttachmentRequest request;
  request.set_name(name);
  const auto sink = [&terminal](absl::string_view bytes) {
    terminal.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return terminal.out ? absl::OkStatus() : absl::FailedPreconditionError("the output cannot be written");
  };
  const absl::Status status = client.attachments().Download(request, sink, transfer).status();
  return status.ok() ? kExitOk : ReportTransfer(status, asked.format, terminal);
}

// The files after the one that failed were not tried.
void TellUnsent(const Asked& asked, size_t failed, const Terminal& terminal) {
  const std::vector<std::string> unsent(asked.positional.begin() + static_cast<std::ptrdiff_t>(failed) + 1,
                                        asked.positional.end());
  if (unsent.empty() || asked.format == Format::kJson) return;
  terminal.err << "Not sent: " << Printable(absl::StrJoin(unsent, ", ")) << "\n";
}

}  // namespace

int RunAttachmentUpload(const Words& words, const Terminal& terminal) {
  Asked asked;
  std::vector<std::string> title;
  std::vector<std::string> media_type;
  CLI::App app;
  AddValueFlag(app, "--title", title, false);
  AddValueFlag(app, "--media-type", media_type, false);
  int exit_code = kExitOk;
  const std::unique_ptr<Client> client =
      Prepare(app, words, "'attachment upload' needs PARENT and FILE", 2, terminal, asked, exit_code);
  if (client == nullptr) return exit_code;
  const std::string parent = WholeName(
      v1::Attachment::descriptor()->FindFieldByNumber(v1::Attachment::kParentFieldNumber), asked.positional[0]);
  v1::ListAttachmentsResponse uploaded;
  for (size_t i = 1; i < asked.positional.size(); ++i) {
    v1::UploadStart start;
    start.mutable_attachment()->set_parent(parent);
    if (!title.empty()) start.mutable_attachment()->set_title(title[0]);
    if (!media_type.empty()) start.mutable_attachment()->set_media_type(media_type[0]);
    Progress progress(terminal, "bytes");
    const absl::StatusOr<v1::Attachment> attachment =
        client->attachments().UploadFile(start, asked.positional[i], Transfer(asked, progress));
    progress.Clear();
    if (attachment.ok()) {
      *uploaded.add_attachments() = *attachment;
      continue;
    }
    if (absl::IsInvalidArgument(attachment.status()) && !attachment.status().GetPayload(kRpcStatusPayload)) {
      // The library's own words speak to programs.
      exit_code = ReportUsage(
          absl::InvalidArgumentError(absl::StrCat("the name of '", Printable(asked.positional[i]),
                                                  "' does not tell what type it is of; give --media-type TYPE, such as "
                                                  "image/jpeg")),
          asked.format, terminal);
      TellUnsent(asked, i, terminal);
      break;
    }
    if (asked.format != Format::kJson) terminal.err << Printable(asked.positional[i]) << ":\n";
    exit_code = ReportTransfer(attachment.status(), asked.format, terminal);
    const bool open_outcome = absl::IsUnavailable(attachment.status()) || absl::IsDeadlineExceeded(attachment.status());
    if (open_outcome && asked.format != Format::kJson) {
      terminal.err << "'aftersales attachment list " << Printable(parent) << "' tells what has arrived.\n";
    }
    TellUnsent(asked, i, terminal);
    break;
  }
  if (uploaded.attachments_size() > 0) {
    PrintReply(*FindCommand("attachment", "list"), uploaded, asked.format, terminal);
  }
  return exit_code;
}

int RunAttachmentDownload(const Words& words, const Terminal& terminal) {
  Asked asked;
  std::vector<std::string> file;
  bool force = false;
  CLI::App app;
  AddValueFlag(app, "-O,--file", file, false);
  app.add_flag("--force", force);
  int exit_code = kExitOk;
  const std::unique_ptr<Client> client =
      Prepare(app, words, "'attachment download' needs NAME", 1, terminal, asked, exit_code);
  if (client == nullptr) return exit_code;
  if (asked.positional.size() > 1) {
    return ReportUsage(absl::InvalidArgumentError("'attachment download' takes one NAME"), asked.format, terminal);
  }
  const std::string name =
      absl::StrContains(asked.positional[0], "/") ? asked.positional[0] : "attachments/" + asked.positional[0];
  if (!file.empty() && file[0] == "-") return DownloadToOutput(*client, name, asked, terminal);
  std::string path = file.empty() ? "" : file[0];
  if (path.empty()) {
    v1::GetAttachmentRequest get;
    get.set_name(name);
    const absl::StatusOr<v1::Attachment> attachment = client->attachments().GetAttachment(get);
    if (!attachment.ok()) return ReportRefusal(attachment.status(), nullptr, asked.format, terminal);
    path = LocalName(*attachment);
  }
  if (absl::Status free = CheckFree(path, force); !free.ok()) return ReportUsage(free, asked.format, terminal);
  Progress progress(terminal, "bytes");
  const absl::StatusOr<v1::Attachment> attachment =
      client->attachments().DownloadFile(name, path, Transfer(asked, progress));
  progress.Clear();
  if (!attachment.ok()) return ReportTransfer(attachment.status(), asked.format, terminal);
  if (asked.format == Format::kJson || asked.format == Format::kName) {
    PrintReply(*FindCommand("attachment", "get"), *attachment, asked.format, terminal);
  } else {
    terminal.err << Printable(path) << ": " << Grouped(attachment->size()) << " bytes.\n";
  }
  return kExitOk;
}

}  // namespace aftersales::cli
