// Files that hold what others must not read.
#ifndef AFTERSALES_CLIENT_CLI_FILES_H_
#define AFTERSALES_CLIENT_CLI_FILES_H_

#include <string>

#include "absl/status/status.h"

namespace aftersales::cli {

// Writes a new file with mode 0600 in place of any of that name, in one step. With `fresh`, a file of that name is an
// error and stays as it is.
absl::Status WritePrivateFile(const std::string& path, const std::string& content, bool fresh);

// Others than its owner may read the file.
bool OthersMayRead(const std::string& path);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_FILES_H_
