#include "client/cli/call.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aftersales/errors.h"
#include "client/cli/commands/explain.h"
#include "client/cli/commands/policy_check.h"
#include "client/cli/commands/volume_audit.h"
#include "client/cli/commands/watch.h"
#include "client/cli/files.h"
#include "client/cli/refusal.h"
#include "client/cli/render.h"
#include "client/cli/request_flags.h"
#include "client/cli/settings.h"
#include "client/cli/stop_signals.h"
#include "client/cli/text.h"
#include "client/cli/update.h"
#include "client/cli/words.h"

namespace aftersales::cli {
namespace {

using google::protobuf::Message;

constexpr int kLargestPage = 1000;

// Everything that the words said.
struct Asked {
  GlobalFlags globals;
  FlagValues values;
  std::vector<std::string> request;
  std::vector<std::string> count;
  std::vector<std::string> secret_file;
  std::vector<std::string> clear;
  std::vector<Flag> cleared;  // what --clear names
  bool all = false;
  bool force = false;
  Format format = Format::kTable;
};

// Lists of some things take the case as a word, others, which are of more than one case, by a flag.
absl::Status WithTheCasesFlag(const Command& command, const absl::Status& mistake) {
  if (!absl::StartsWith(mistake.message(), kTooManyWords)) return mistake;
  for (const Flag& flag : FlagsOf(command)) {
    if (flag.name != "service-case" || flag.positional) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(mistake.message()), "; a case is given by --service-case"));
  }
  return mistake;
}

absl::Status ParseAsked(const Command& command, const Words& words, Asked& asked) {
  CLI::App app;
  app.set_help_flag();
  asked.globals.AddTo(app);
  std::map<std::string, CLI::Option*> switches;
  for (const Flag& flag : FlagsOf(command)) {
    const std::string names = absl::StrCat(flag.positional ? flag.name + "," : "", "--", flag.name);
    if (flag.IsSwitch()) {
      switches[flag.name] = app.add_flag(absl::StrCat(names, ",!--no-", flag.name));
    } else {
      AddValueFlag(app, names, asked.values[flag.name], flag.field()->is_repeated());
    }
  }
  AddValueFlag(app, "--request", asked.request, false);
  if (UpdateOf(command)) AddValueFlag(app, "--clear", asked.clear, true);
  if (IsPaged(command.method->output_type())) app.add_flag("--all", asked.all);
  if (command.method->server_streaming()) AddValueFlag(app, "--count", asked.count, false);
  if (command.rule->issues_secret()) {
    AddValueFlag(app, "--secret-file", asked.secret_file, false);
    app.add_flag("--force", asked.force);
  }
  absl::Status parsed = Parse(app, words);
  if (!parsed.ok()) return WithTheCasesFlag(command, parsed);
  for (const auto& [name, option] : switches) {
    if (option->count() > 0) asked.values[name] = {option->as<bool>() ? "true" : "false"};
  }
  absl::StatusOr<std::vector<Flag>> cleared = ReadClear(command, asked.clear, asked.values);
  if (!cleared.ok()) return cleared.status();
  asked.cleared = *std::move(cleared);
  absl::StatusOr<Format> format = ParseFormat(asked.globals.output);
  if (!format.ok()) return format.status();
  if (*format == Format::kSecret && !command.rule->issues_secret()) {
    return absl::InvalidArgumentError("-o secret goes with commands that make a token only");
  }
  asked.format = *format;
  return absl::OkStatus();
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string TextField(const Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

void SetTextField(Message& message, const char* name, const std::string& value) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field != nullptr) message.GetReflection()->SetString(&message, field, value);
}

// What an answer counts of its page: of all pages it is the sum.
int64_t Counted(const Message& reply) {
  const auto* audited = dynamic_cast<const v1::AuditVolumeResponse*>(&reply);
  return audited == nullptr ? 0 : audited->entries();
}

// Fetches every page into one reply.
absl::Status FetchAll(const Command& command, Connection& connection, Message& request, Message& reply) {
  const auto* page_size = request.GetDescriptor()->FindFieldByName("page_size");
  if (page_size != nullptr && request.GetReflection()->GetInt32(request, page_size) == 0) {
    request.GetReflection()->SetInt32(&request, page_size, kLargestPage);
  }
  while (true) {
    std::unique_ptr<Message> page(reply.New());
    absl::Status status = connection.Unary(command.Path(), request, *page, {});
    if (!status.ok()) return status;
    const std::string next = TextField(*page, "next_page_token");
    SetTextField(*page, "next_page_token", "");
    const int64_t counted = Counted(reply) + Counted(*page);
    reply.MergeFrom(*page);
    if (auto* audited = dynamic_cast<v1::AuditVolumeResponse*>(&reply)) audited->set_entries(counted);
    if (next.empty()) return absl::OkStatus();
    if (next == TextField(request, "page_token"))
      return absl::InternalError("the server sent the same page token twice");
    SetTextField(request, "page_token", next);
  }
}

// Everything is checked and nothing done.
bool IsTrial(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
  return field != nullptr && request.GetReflection()->GetBool(request, field);
}

// Keeps a new token's secret in a file and takes it out of what is printed.
absl::Status KeepSecret(PrivateFile& file, Message& reply) {
  if (TextField(reply, "secret").empty()) {
    return absl::FailedPreconditionError(
        "the answer holds no secret, and the file is left as it is: this request id was used before, and a secret is "
        "told once");
  }
  absl::Status written = file.Finish(TextField(reply, "secret") + "\n");
  if (!written.ok()) {
    return absl::Status(written.code(),
                        absl::StrCat(std::string(written.message()),
                                     "; the token was made all the same: revoke it ('aftersales token list')"));
  }
  SetTextField(reply, "secret", "");
  return absl::OkStatus();
}

// A call whose outcome is open is repeated under the same request id, so that it is done once.
int ReportCall(const absl::Status& status, const Command& command, const Message& request, Format format,
               const Terminal& terminal) {
  const int exit_code = ReportRefusal(status, &command, format, terminal);
  std::string request_id = TextField(request, "request_id");
  // What is read anew has another etag, and would make it another request.
  if (UpdateOf(command)) absl::StrAppend(&request_id, " --etag ", TextField(request, "etag"));
  const bool open_outcome =
      status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kDeadlineExceeded;
  if (open_outcome && !request_id.empty() && format != Format::kJson) {
    terminal.err << "Repeat it with --request-id " << Printable(request_id) << ", and it is done once only.\n";
  }
  if (UpdateOf(command) && ErrorReasonOf(status) == v1::ERROR_REASON_ETAG_MISMATCH && format != Format::kJson) {
    terminal.err
        << "Somebody changed it in between, and nothing was overwritten. Run this again to change what is there "
           "now.\n";
  }
  return exit_code;
}

// Says what an update needs before anything is sent.
absl::Status CheckUpdate(const Command& command, const Asked& asked) {
  if (!asked.cleared.empty()) return absl::OkStatus();
  for (const Flag& flag : FlagsOf(command)) {
    const auto given = asked.values.find(flag.name);
    if (given == asked.values.end() || given->second.empty()) continue;
    const std::string path = flag.FieldPath();
    if (path != "name" && path != "etag" && path != "request_id" && path != "validate_only") return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", command.noun, " ", command.verb, "' needs something to change: a flag, or --clear FIELD"));
}

// Reads what there is and completes the request of an update with it; the exit code, or kExitOk to go on.
int ReadFirst(const Command& command, const Asked& asked, Connection& connection, Message& request,
              const Terminal& terminal) {
  const Update update = *UpdateOf(command);
  std::unique_ptr<Message> get = NewMessage(update.get->input_type());
  SetTextField(*get, "name", TextField(request, "name"));
  std::unique_ptr<Message> read = NewMessage(update.get->output_type());
  absl::Status status = connection.Unary(update.GetPath(), *get, *read, {});
  if (!status.ok()) {
    const int exit_code = ReportRefusal(status, &command, asked.format, terminal);
    if (status.code() == absl::StatusCode::kPermissionDenied && asked.format != Format::kJson) {
      terminal.err
          << "An update reads first what there is; with --request JSON, which gives everything, it does not.\n";
    }
    return exit_code;
  }
  absl::Status kept = KeepTheRest(command, update, asked.values, asked.cleared, *read, request);
  return kept.ok() ? kExitOk : ReportUsage(kept, asked.format, terminal);
}

int PrintAnswer(const Command& command, const Asked& asked, bool trial, PrivateFile* secret_file, Message& reply,
                const Terminal& terminal) {
  if (trial) {
    if (asked.format != Format::kJson) terminal.err << "Checked only; nothing was changed.\n";
  } else if (secret_file != nullptr) {
    absl::Status kept = KeepSecret(*secret_file, reply);
    if (!kept.ok()) return ReportFailure(kept, asked.format, terminal);
    terminal.err << "The secret is in " << Printable(asked.secret_file[0]) << ".\n";
  } else if (asked.format == Format::kTable && command.rule->issues_secret()) {
    terminal.err << "Keep the secret: it is not shown again.\n";
  } else if (asked.format == Format::kName && command.rule->issues_secret()) {
    terminal.err << "Nobody has its secret: revoke it, and make one with --secret-file FILE.\n";
  }
  if (asked.format == Format::kSecret) {
    terminal.out << Printable(TextField(reply, "secret")) << "\n";
    return kExitOk;
  }
  if (const auto* explanation = dynamic_cast<const v1::Explanation*>(&reply);
      explanation && asked.format == Format::kTable) {
    PrintExplanation(*explanation, terminal);
    return kExitOk;
  }
  if (const auto* checked = dynamic_cast<const v1::ValidatePolicyResponse*>(&reply)) {
    return PrintPolicyCheck(command, *checked, asked.format, terminal);
  }
  if (const auto* audited = dynamic_cast<const v1::AuditVolumeResponse*>(&reply)) {
    return PrintVolumeAudit(command, *audited, asked.format, terminal);
  }
  PrintReply(command, reply, asked.format, terminal);
  if (asked.format != Format::kJson && !TextField(reply, "next_page_token").empty()) {
    terminal.err << "There is more: --all prints everything, --page-token "
                 << Printable(TextField(reply, "next_page_token")) << " the next page.\n";
  }
  return kExitOk;
}

}  // namespace

int RunCall(const Command& command, const Words& words, const Terminal& terminal) {
  Asked asked;
  absl::Status parsed = ParseAsked(command, words, asked);
  if (!parsed.ok()) return ReportUsage(parsed, PeekFormat(words), terminal);
  std::unique_ptr<Message> request = NewMessage(command.method->input_type());
  absl::Status filled = FillRequest(command, asked.request.empty() ? "" : asked.request[0], asked.values,
                                    terminal.now(), terminal.zone, *request);
  const bool reads_first = UpdateOf(command) && asked.request.empty();
  if (filled.ok() && reads_first) filled = CheckUpdate(command, asked);
  if (!filled.ok()) return ReportUsage(filled, asked.format, terminal);
  Clear(asked.cleared, *request);
  absl::StatusOr<ClientOptions> options = ResolveServer(asked.globals, terminal);
  if (!options.ok()) return ReportUsage(options.status(), asked.format, terminal);
  if (command.method->server_streaming()) HoldStopSignals();
  absl::StatusOr<std::shared_ptr<Connection>> connection = Connect(*options);
  if (!connection.ok()) return ReportUsage(connection.status(), asked.format, terminal);
  if (command.method->server_streaming()) {
    return RunWatch(command, *connection, static_cast<const v1::WatchEventsRequest&>(*request),
                    asked.count.empty() ? "" : asked.count[0], asked.format, terminal);
  }
  if (reads_first) {
    if (const int code = ReadFirst(command, asked, **connection, *request, terminal); code != kExitOk) return code;
  }
  EnsureRequestId(*request);
  // First the file, then the token: a secret that cannot be kept would be lost.
  std::optional<PrivateFile> secret_file;
  const bool trial = IsTrial(*request);
  if (!asked.secret_file.empty() && !trial) {
    absl::StatusOr<PrivateFile> opened = PrivateFile::Open(asked.secret_file[0], !asked.force);
    if (absl::IsAlreadyExists(opened.status())) return ReportUsage(opened.status(), asked.format, terminal);
    if (!opened.ok()) return ReportFailure(opened.status(), asked.format, terminal);
    secret_file.emplace(*std::move(opened));
  }
  std::unique_ptr<Message> reply = NewMessage(command.method->output_type());
  // A verdict on a part of a volume would be none.
  const bool all = asked.all || reply->GetDescriptor() == v1::AuditVolumeResponse::descriptor();
  absl::Status status = all ? FetchAll(command, **connection, *request, *reply)
                            : (*connection)->Unary(command.Path(), *request, *reply, {});
  if (!status.ok()) return ReportCall(status, command, *request, asked.format, terminal);
  return PrintAnswer(command, asked, trial, secret_file ? &*secret_file : nullptr, *reply, terminal);
}

}  // namespace aftersales::cli
