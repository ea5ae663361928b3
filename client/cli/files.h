// Files that hold what others must not read.
#ifndef AFTERSALES_CLIENT_CLI_FILES_H_
#define AFTERSALES_CLIENT_CLI_FILES_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace aftersales::cli {

// A file with mode 0600 that is opened before there is anything to write: whether it can be written is known first.
// What is not finished is removed again.
class PrivateFile {
 public:
  // With `fresh`, a file of that name is an error and stays as it is; otherwise the new one takes its place when it is
  // finished, in one step.
  static absl::StatusOr<PrivateFile> Open(const std::string& path, bool fresh);
  ~PrivateFile();
  PrivateFile(PrivateFile&& other) noexcept;
  PrivateFile& operator=(PrivateFile&&) = delete;

  absl::Status Finish(const std::string& content);

 private:
  PrivateFile(std::string path, std::string written, int file)
      : path_(std::move(path)), written_(std::move(written)), file_(file) {}

  std::string path_;
  std::string written_;  // the name it has until it is finished
  int file_;             // -1 where there is nothing to remove
};

// Writes a file with mode 0600 in place of any of that name, in one step.
absl::Status WritePrivateFile(const std::string& path, const std::string& content);

// Others than its owner may read the file.
bool OthersMayRead(const std::string& path);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_FILES_H_
