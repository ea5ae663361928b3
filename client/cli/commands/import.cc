#include "client/cli/commands/import.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aftersales/client.h"
#include "client/cli/progress.h"
#include "client/cli/refusal.h"
#include "client/cli/render.h"
#include "client/cli/settings.h"
#include "client/cli/text.h"
#include "nlohmann/json.hpp"

namespace aftersales::cli {
namespace {

// What the words asked for.
struct Asked {
  GlobalFlags globals;
  ImportFiles files;
  bool atomic = false;
  bool dry_run = false;
  Format format = Format::kTable;
};

absl::Status ParseAsked(const Words& words, const Terminal& terminal, Asked& asked) {
  std::vector<std::string> kind;
  std::vector<std::string> format;
  CLI::App app;
  app.set_help_flag();
  asked.globals.AddTo(app);
  AddValueFlag(app, "--kind", kind, false);
  AddValueFlag(app, "--format", format, false);
  app.add_flag("--atomic", asked.atomic);
  app.add_flag("--dry-run", asked.dry_run);
  app.add_option("file", asked.files.paths);
  absl::Status parsed = Parse(app, words);
  if (!parsed.ok()) return parsed;
  if (asked.files.paths.empty()) return absl::InvalidArgumentError("'import' needs FILE");
  if (!kind.empty()) asked.files.kind = kind[0];
  if (!format.empty()) {
    if (format[0] != "csv" && format[0] != "jsonl") {
      return absl::InvalidArgumentError(absl::StrCat("--format '", Printable(format[0]), "' is none of: csv, jsonl"));
    }
    asked.files.format = format[0] == "csv" ? ImportFormat::kCsv : ImportFormat::kJsonLines;
  }
  asked.files.now = terminal.now();
  asked.files.zone = terminal.zone;
  absl::StatusOr<Format> output = ParseFormat(asked.globals.output);
  if (!output.ok()) return output.status();
  asked.format = *output;
  return absl::OkStatus();
}

std::string Rows(int64_t count) { return absl::StrCat(Grouped(count), count == 1 ? " row" : " rows"); }

// One import: feeds rows to the client and tells what becomes of them.
class Import {
 public:
  Import(const Asked& asked, ImportSource& source, const Terminal& terminal)
      : asked_(asked), source_(source), terminal_(terminal), progress_(terminal, "rows") {}

  int Run(const Client& client) {
    v1::ImportOptions options;
    options.set_mode(asked_.atomic ? v1::IMPORT_MODE_ATOMIC : v1::IMPORT_MODE_BEST_EFFORT);
    options.set_validate_only(asked_.dry_run);
    TransferOptions transfer;
    if (!asked_.globals.timeout.empty()) absl::ParseDuration(asked_.globals.timeout, &transfer.timeout);
    absl::StatusOr<v1::ImportSummary> summary = client.directory().ImportDirectory(
        options, [this] { return NextRow(); }, [this](const v1::RowReport& report) { return Take(report); }, transfer);
    progress_.Clear();
    if (!summary.ok()) return Failed(summary.status());
    summary->set_rows(summary->rows() + unreadable_);
    summary->set_failed(summary->failed() + unreadable_);
    Print(*summary);
    return summary->failed() > 0 ? kExitFailed : kExitOk;
  }

 private:
  absl::StatusOr<std::optional<v1::DirectoryRow>> NextRow() {
    while (true) {
      absl::StatusOr<std::optional<v1::DirectoryRow>> row = source_.Next();
      if (absl::IsInvalidArgument(row.status())) {
        ++unreadable_;
        TellWrong(source_.place(), std::string(row.status().message()), nullptr);
        continue;
      }
      if (!row.ok()) return local_ = row.status();
      if (row->has_value()) {
        sent_.push_back(source_.place());
        progress_.Show(reported_, source_.bytes_read(), source_.bytes());
        return row;
      }
      if (!asked_.atomic || asked_.dry_run || unreadable_ == 0) return row;
      return local_ = absl::FailedPreconditionError(absl::StrCat(
                 Rows(unreadable_), " cannot be read, so nothing was kept; correct them and import again"));
    }
  }

  absl::Status Take(const v1::RowReport& report) {
    if (sent_.empty()) return absl::InternalError("the server reports on more rows than were sent");
    last_ = sent_.front();
    sent_.pop_front();
    ++reported_;
    progress_.Show(reported_, source_.bytes_read(), source_.bytes());
    if (report.result() == v1::ROW_RESULT_FAILED) {
      TellWrong(*last_, absl::StrCat(report.field(), report.field().empty() ? "" : ": ", report.error()), &report);
    } else if (asked_.format == Format::kName && !report.name().empty()) {
      terminal_.out << Printable(report.name()) << "\n";
    } else if (asked_.dry_run) {
      TellChange(*last_, report);
    }
    return absl::OkStatus();
  }

  // What a dry run says of one row, where more than the sum is asked for.
  void TellChange(RowPlace place, const v1::RowReport& report) {
    const bool added = report.result() == v1::ROW_RESULT_CREATED;
    if (!added && report.result() != v1::ROW_RESULT_UPDATED) return;
    if (asked_.format != Format::kWide && asked_.format != Format::kJson) return;
    progress_.Clear();
    if (asked_.format == Format::kWide) {
      // What is added has no name that lasts.
      const std::string& entry = added ? report.external_id() : report.name();
      terminal_.out << source_.Text(place) << ": " << (added ? "added" : "changed") << (entry.empty() ? "" : ", ")
                    << Printable(entry) << "\n";
      return;
    }
    nlohmann::ordered_json line;
    line["file"] = Printable(asked_.files.paths[place.file]);
    line["line"] = place.line;
    line["result"] = added ? "added" : "changed";
    line["external_id"] = Printable(report.external_id());
    if (!added) line["name"] = Printable(report.name());
    terminal_.out << PrintableJson(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) << "\n";
  }

  void TellWrong(RowPlace place, const std::string& text, const v1::RowReport* report) {
    progress_.Clear();
    if (asked_.format != Format::kJson) {
      terminal_.err << source_.Text(place) << ": " << Printable(text) << "\n";
      return;
    }
    nlohmann::json line;
    line["file"] = Printable(asked_.files.paths[place.file]);
    line["line"] = place.line;
    line["error"] = Printable(report == nullptr ? text : report->error());
    if (report != nullptr) {
      line["field"] = Printable(report->field());
      line["reason"] = v1::ErrorReason_Name(report->reason());
    }
    terminal_.err << PrintableJson(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) << "\n";
  }

  void Print(const v1::ImportSummary& summary) {
    if (asked_.format == Format::kName) return;
    if (asked_.format == Format::kJson) {
      terminal_.out << Json(summary, /*pretty=*/false) << "\n";
      return;
    }
    if (asked_.dry_run) {
      terminal_.out << "Dry run: nothing was kept. ";
    } else if (summary.nothing_kept()) {
      terminal_.out << "Nothing was kept, since not every row is right. ";
    }
    terminal_.out << Rows(summary.rows()) << ": " << Grouped(summary.created()) << " added, "
                  << Grouped(summary.updated()) << " changed, " << Grouped(summary.unchanged()) << " as they were, "
                  << Grouped(summary.failed()) << " wrong.\n";
  }

  int Failed(const absl::Status& status) {
    const int exit_code = local_.ok() ? ReportRefusal(status, nullptr, asked_.format, terminal_)
                                      : ReportFailure(local_, asked_.format, terminal_);
    if (asked_.format != Format::kJson && last_.has_value() && !asked_.atomic && !asked_.dry_run) {
      terminal_.err << "Rows up to " << source_.Text(*last_)
                    << " were dealt with. Import again: what was kept changes nothing more.\n";
    }
    return exit_code;
  }

  const Asked& asked_;
  ImportSource& source_;
  const Terminal& terminal_;
  Progress progress_;
  std::deque<RowPlace> sent_;  // of rows that are not reported yet: what is under way is bounded
  std::optional<RowPlace> last_;
  int64_t reported_ = 0;
  int64_t unreadable_ = 0;
  absl::Status local_;  // what went wrong on this machine
};

}  // namespace

int RunImport(const Words& words, const Terminal& terminal) {
  Asked asked;
  absl::Status parsed = ParseAsked(words, terminal, asked);
  if (!parsed.ok()) return ReportUsage(parsed, PeekFormat(words), terminal);
  absl::StatusOr<std::unique_ptr<ImportSource>> source = ImportSource::Open(asked.files);
  if (!source.ok()) return ReportUsage(source.status(), asked.format, terminal);
  absl::StatusOr<ClientOptions> options = ResolveServer(asked.globals, terminal);
  if (!options.ok()) return ReportUsage(options.status(), asked.format, terminal);
  absl::StatusOr<Client> client = Client::Create(*options);
  if (!client.ok()) return ReportUsage(client.status(), asked.format, terminal);
  return Import(asked, **source, terminal).Run(*client);
}

}  // namespace aftersales::cli
