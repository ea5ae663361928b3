// The rows of an import as files hold them: JSON lines, or CSV with one kind of entry per file. A row at a time, so
// that files of any length can be read.
#ifndef AFTERSALES_CLIENT_CLI_IMPORT_SOURCE_H_
#define AFTERSALES_CLIENT_CLI_IMPORT_SOURCE_H_

#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/directory.pb.h"
#include "client/cli/csv.h"

namespace aftersales::cli {

// The kinds of entries, in words: "customer", "staff" ...
std::vector<std::string> ImportKinds();

enum class ImportFormat { kByName, kJsonLines, kCsv };

struct ImportFiles {
  std::vector<std::string> paths;  // "-" is standard input
  std::string kind;                // of CSV files; empty: by their names
  ImportFormat format = ImportFormat::kByName;
  absl::Time now;       // what times such as -1d count from
  absl::TimeZone zone;  // of times that name none
};

// Where a row stands.
struct RowPlace {
  size_t file = 0;
  int64_t line = 0;
};

// Used by one thread.
class ImportSource {
 public:
  // Looks at every file's name and presence before the first row is read.
  static absl::StatusOr<std::unique_ptr<ImportSource>> Open(ImportFiles files);

  // The next row; nothing after the last. INVALID_ARGUMENT: the row at place() cannot be read, the next may be. Any
  // other error is final and names the file.
  absl::StatusOr<std::optional<v1::DirectoryRow>> Next();
  RowPlace place() const { return place_; }
  // "customers.csv:17", harmless to a terminal.
  std::string Text(RowPlace place) const;

  int64_t bytes_read();
  int64_t bytes() const { return bytes_; }  // of all files; 0 where that is not known

 private:
  // One column of a CSV file.
  struct Column {
    const google::protobuf::FieldDescriptor* field;
    bool external_id;  // the cells are external ids of what the field points at
  };

  explicit ImportSource(ImportFiles files) : files_(std::move(files)) {}
  absl::Status OpenNext();
  bool IsCsv(const std::string& path) const;
  // The entry of a row that the rows of a CSV file hold; null where neither flag nor name says it.
  const google::protobuf::FieldDescriptor* KindOf(const std::string& path) const;
  absl::Status ReadHeader();
  absl::StatusOr<std::optional<v1::DirectoryRow>> NextJson();
  absl::StatusOr<std::optional<v1::DirectoryRow>> NextCsv();
  absl::Status FillIn(const Column& column, const std::string& cell, google::protobuf::Message& entry) const;

  const ImportFiles files_;
  int64_t bytes_ = 0;
  int64_t bytes_before_ = 0;  // of the files read to their ends
  size_t next_file_ = 0;
  RowPlace place_;
  std::ifstream file_;
  std::istream* in_ = nullptr;  // null between files
  std::unique_ptr<CsvReader> csv_;
  const google::protobuf::FieldDescriptor* kind_ = nullptr;
  std::vector<Column> columns_;
};

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_IMPORT_SOURCE_H_
