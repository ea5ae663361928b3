// Comma-separated values as RFC 4180 has them, read a record at a time.
#ifndef AFTERSALES_CLIENT_CLI_CSV_H_
#define AFTERSALES_CLIENT_CLI_CSV_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace aftersales::cli {

// Records and lines longer than this are refused.
inline constexpr size_t kLongestRecord = 1 << 20;

// The next line without its end; nothing at the end of the stream. RESOURCE_EXHAUSTED where it is too long, DATA_LOSS
// where reading fails.
absl::StatusOr<std::optional<std::string>> ReadLine(std::istream& in);

// The stream must outlive it. Cells may be quoted, hold line ends then, and are not trimmed; empty lines are passed
// over.
class CsvReader {
 public:
  explicit CsvReader(std::istream& in) : in_(in) {}

  // The next record; nothing at the end. INVALID_ARGUMENT: this record is wrong, the next can be read. Any other error
  // is final.
  absl::StatusOr<std::optional<std::vector<std::string>>> Next();
  // Where the last record began, from 1.
  int64_t line() const { return line_; }

 private:
  // Takes the cells of one line; true while a quoted cell goes on in the next.
  absl::StatusOr<bool> TakeLine(const std::string& line, bool inside, std::vector<std::string>& cells);

  std::istream& in_;
  int64_t line_ = 0;
  int64_t read_ = 0;
};

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_CSV_H_
