// DirectoryClient::ImportDirectory: many rows in one call.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aftersales/services/directory.h"

namespace aftersales {
namespace {

constexpr char kImport[] = "/aftersales.v1.DirectoryService/ImportDirectory";
// Rows are sent together until there are so many, or so many bytes of them.
constexpr int kMostRows = 200;
constexpr size_t kMostBytes = 512 * 1024;

// Puts the next rows into the message; false where there is none left. The end of the rows is met once.
absl::StatusOr<bool> FillIn(const RowSource& rows, v1::ImportDirectoryRequest& request, bool& ended) {
  size_t bytes = 0;
  while (!ended && request.rows_size() < kMostRows && bytes < kMostBytes) {
    absl::StatusOr<std::optional<v1::DirectoryRow>> row = rows();
    if (!row.ok()) return row.status();
    ended = !row->has_value();
    if (ended) break;
    bytes += (*row)->ByteSizeLong();
    *request.add_rows() = *std::move(*row);
  }
  return request.rows_size() > 0;
}

}  // namespace

absl::StatusOr<v1::ImportSummary> DirectoryClient::ImportDirectory(v1::ImportOptions import, const RowSource& rows,
                                                                   const ReportSink& reports,
                                                                   const TransferOptions& options) const {
  EnsureRequestId(import);
  v1::ImportDirectoryRequest request;
  v1::ImportDirectoryResponse reply;
  std::optional<v1::ImportSummary> summary;
  bool started = false;
  bool ended = false;
  int64_t reported = 0;
  const auto next = [&]() -> absl::StatusOr<bool> {
    if (started) return FillIn(rows, request, ended);
    started = true;
    *request.mutable_options() = import;
    return true;
  };
  const auto take = [&]() -> absl::Status {
    for (const v1::RowReport& report : reply.reports()) {
      ++reported;
      if (!reports) continue;
      if (absl::Status taken = reports(report); !taken.ok()) return taken;
    }
    if (options.progress) options.progress(reported, 0);
    if (reply.has_summary()) summary = reply.summary();
    return absl::OkStatus();
  };
  CallOptions call;
  call.timeout = options.timeout;
  call.idle_timeout = options.idle_timeout;
  const absl::Status status = connection()->Exchange(kImport, request, next, reply, take, call);
  if (!status.ok()) return status;
  if (!summary.has_value()) return absl::InternalError("the server ended the import without its sum");
  return *std::move(summary);
}

}  // namespace aftersales
