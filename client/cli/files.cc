#include "client/cli/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

absl::Status Failed(const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("'", Printable(path), "' cannot be written: ", std::strerror(error)));
}

bool WriteAll(int file, const std::string& content) {
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = ::write(file, content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    written += static_cast<size_t>(count);
  }
  return ::fsync(file) == 0;
}

}  // namespace

absl::Status WritePrivateFile(const std::string& path, const std::string& content, bool fresh) {
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());  // mode 0600
  if (file < 0) return Failed(path, errno);
  bool done = WriteAll(file, content);
  int error = errno;
  ::close(file);
  if (done) {
    // link() refuses to replace, rename() replaces.
    done = (fresh ? ::link(temporary.c_str(), path.c_str()) : ::rename(temporary.c_str(), path.c_str())) == 0;
    error = errno;
  }
  if (!done || fresh) ::unlink(temporary.c_str());
  if (done) return absl::OkStatus();
  if (fresh && error == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat("'", Printable(path), "' exists already; --force replaces it"));
  }
  return Failed(path, error);
}

bool OthersMayRead(const std::string& path) {
  struct stat about = {};
  return ::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace aftersales::cli
