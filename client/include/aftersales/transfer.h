// What uploads, downloads and imports have in common: where bytes and rows come from and go to, and how long to wait.
#ifndef AFTERSALES_TRANSFER_H_
#define AFTERSALES_TRANSFER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "aftersales/v1/directory.pb.h"

namespace aftersales {

// The next bytes, at most `most` of them; empty at the end. An error ends the upload, which keeps nothing then.
using ByteSource = std::function<absl::StatusOr<std::string>(size_t most)>;
// Takes the next bytes. An error ends the download.
using ByteSink = std::function<absl::Status(absl::string_view bytes)>;

// The next row of an import; nothing at the end. An error ends the import.
using RowSource = std::function<absl::StatusOr<std::optional<v1::DirectoryRow>>()>;
// Takes what became of a row; rows are reported in their order. An error ends the import.
using ReportSink = std::function<absl::Status(const v1::RowReport& report)>;

// All functions here are called on the thread that made the call.
struct TransferOptions {
  // How long all of it may take, repeats included. Zero: no limit.
  absl::Duration timeout = absl::ZeroDuration();
  // The longest time in which nothing moves before the call counts as broken (DEADLINE_EXCEEDED). Zero: no limit.
  absl::Duration idle_timeout = absl::Minutes(1);
  // Told what is done so far (bytes, or rows that were reported) of how much; 0 where that is not known.
  std::function<void(int64_t done, int64_t all)> progress;
  // How often a transfer that broke off (UNAVAILABLE) is taken up again: an upload of a file from its beginning with
  // the same request id, a download where it stopped. What comes from a ByteSource or RowSource cannot be sent again.
  int repeats = 3;
  // How to wait before a repeat; tests put in their own. Empty: sleeps.
  std::function<void(absl::Duration)> sleep;
};

}  // namespace aftersales

#endif  // AFTERSALES_TRANSFER_H_
