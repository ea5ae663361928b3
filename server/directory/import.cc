#include "server/directory/import.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/directory/directory_service.h"

namespace aftersales {
namespace {

constexpr size_t kMostRowsCollected = 10000;
constexpr size_t kMostBytesCollected = size_t{16} << 20;
// So many may be under way at once, since what they collect stays in memory.
constexpr int kMostCollecting = 8;
constexpr size_t kReportsAtOnce = 500;
// Each try sees what the others have kept in the meantime, so few are needed.
constexpr int kMostTries = 8;

bool HasFailed(const v1::RowReport& report) { return report.result() == v1::ROW_RESULT_FAILED; }

// Says that of an atomic import nothing was kept; never leaves this file.
absl::Status NothingKept() { return absl::CancelledError("a row is wrong"); }

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse>>>
DirectoryService::ImportDirectory(Call&) {
  return std::make_unique<DirectoryImport>(db_, obligations_, collecting_imports_);
}

absl::Status DirectoryImport::ReadOptions(const v1::ImportDirectoryRequest& request) {
  if (options_.has_value()) {
    if (!request.has_options()) return absl::OkStatus();
    return FieldError("options", "stand in the first message only; an import cannot change them on its way");
  }
  if (!request.has_options()) return FieldError("options", "are required in the first message of an import");
  options_ = request.options();
  return collects() ? BeginToCollect() : absl::OkStatus();
}

absl::Status DirectoryImport::BeginToCollect() {
  counted_ = true;
  if (++collecting_ <= kMostCollecting) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_OVERLOADED,
               absl::StrCat("The server has ", kMostCollecting,
                            " atomic or trial imports under way, as many as it takes "
                            "on. Repeat the import when one of them has ended, or import as best effort."))
      .RetryAfter(absl::Seconds(5));
}

DirectoryImport::~DirectoryImport() {
  if (counted_) --collecting_;
}

absl::StatusOr<rpc::Next> DirectoryImport::Take(Call& call, const v1::ImportDirectoryRequest& request,
                                                v1::ImportDirectoryResponse& reply) {
  RETURN_IF_ERROR(ReadOptions(request));
  call.request_id = options_->request_id();
  call.validate_only = options_->validate_only();
  if (request.rows().empty()) return rpc::Next::kWait;
  std::vector<ImportRow> rows;
  for (const v1::DirectoryRow& row : request.rows()) {
    summary_.set_rows(summary_.rows() + 1);
    rows.push_back({summary_.rows(), row, CheckRow(row)});
  }
  if (collects()) {
    RETURN_IF_ERROR(Collect(std::move(rows)));
    return rpc::Next::kWait;
  }
  ASSIGN_OR_RETURN(std::vector<v1::RowReport> reports, Apply(call, rows));
  Count(reports);
  for (v1::RowReport& report : reports) *reply.add_reports() = std::move(report);
  return rpc::Next::kSend;
}

absl::StatusOr<rpc::Next> DirectoryImport::Finish(Call& call, v1::ImportDirectoryResponse& reply) {
  if (summed_up_) return rpc::Next::kEnd;
  if (!options_.has_value()) return FieldError("options", "are required in the first message of an import");
  call.request_id = options_->request_id();
  call.validate_only = options_->validate_only();
  if (collects() && !applied_) {
    ASSIGN_OR_RETURN(reports_, Apply(call, collected_));
    collected_ = {};
    Count(reports_);
    applied_ = true;
  }
  const size_t end = std::min(reports_.size(), reported_ + kReportsAtOnce);
  for (; reported_ < end; ++reported_) *reply.add_reports() = std::move(reports_[reported_]);
  if (reported_ == reports_.size()) {
    summary_.set_nothing_kept(options_->validate_only() || (atomic() && summary_.failed() > 0));
    *reply.mutable_summary() = summary_;
    summed_up_ = true;
  }
  return rpc::Next::kSend;
}

absl::Status DirectoryImport::Collect(std::vector<ImportRow> rows) {
  for (ImportRow& row : rows) {
    collected_bytes_ += row.row.ByteSizeLong();
    collected_.push_back(std::move(row));
  }
  if (collected_.size() <= kMostRowsCollected && collected_bytes_ <= kMostBytesCollected) return absl::OkStatus();
  return FieldError("rows",
                    absl::StrCat("an atomic import or a trial takes at most ", kMostRowsCollected,
                                 " rows and 16 MiB; send it in several, those that others point at first, or import "
                                 "as best effort"));
}

absl::StatusOr<std::vector<v1::RowReport>> DirectoryImport::Apply(Call& call, const std::vector<ImportRow>& rows) {
  for (int tries = 1;; ++tries) {
    std::vector<v1::RowReport> reports;
    const absl::Status applied = TryApply(call, rows, &reports);
    if (applied.ok()) return reports;
    if (!absl::IsAborted(applied) && !absl::IsAlreadyExists(applied)) return applied;
    // Another caller has just added one of these entries. Its number may be among those at hand.
    numbers_.Drop();
    if (tries < kMostTries) continue;
    return Error(absl::StatusCode::kUnavailable, v1::ERROR_REASON_STORAGE_UNAVAILABLE,
                 "Others are adding the same entries at the same time. Repeat the import: rows that were kept change "
                 "nothing.")
        .RetryAfter(absl::Seconds(1));
  }
}

absl::Status DirectoryImport::TryApply(Call& call, const std::vector<ImportRow>& rows,
                                       std::vector<v1::RowReport>* reports) {
  const bool trial = options_->validate_only();
  if (!trial) RETURN_IF_ERROR(numbers_.Stock(db_, call, rows));
  const absl::Status written = db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    numbers_.Rewind();
    ImportBatch batch(tx, trial ? nullptr : &numbers_, obligations_);
    ASSIGN_OR_RETURN(*reports, batch.Apply(rows));
    const bool all_or_nothing = atomic() && std::any_of(reports->begin(), reports->end(), HasFailed);
    return all_or_nothing ? NothingKept() : absl::OkStatus();
  });
  if (written.ok()) {
    numbers_.Keep();
    return written;
  }
  numbers_.Rewind();
  if (written != NothingKept()) return written;
  for (v1::RowReport& report : *reports) {
    if (HasFailed(report)) continue;
    report.set_result(v1::ROW_RESULT_ROLLED_BACK);
    report.clear_name();
  }
  return absl::OkStatus();
}

void DirectoryImport::Count(const std::vector<v1::RowReport>& reports) {
  for (const v1::RowReport& report : reports) {
    switch (report.result()) {
      case v1::ROW_RESULT_CREATED: summary_.set_created(summary_.created() + 1); break;
      case v1::ROW_RESULT_UPDATED: summary_.set_updated(summary_.updated() + 1); break;
      case v1::ROW_RESULT_UNCHANGED: summary_.set_unchanged(summary_.unchanged() + 1); break;
      case v1::ROW_RESULT_FAILED: summary_.set_failed(summary_.failed() + 1); break;
      default: break;
    }
  }
}

}  // namespace aftersales
