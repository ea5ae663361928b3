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

absl::StatusOr<PrivateFile> PrivateFile::Open(const std::string& path, bool fresh) {
  std::string written = fresh ? path : path + ".XXXXXX";
  const int file = fresh ? ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
                         : ::mkstemp(written.data());  // mode 0600
  if (file >= 0) return PrivateFile(path, std::move(written), file);
  if (errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat("'", Printable(path), "' exists already; --force replaces it"));
  }
  return Failed(path, errno);
}

PrivateFile::PrivateFile(PrivateFile&& other) noexcept
    : path_(std::move(other.path_)), written_(std::move(other.written_)), file_(std::exchange(other.file_, -1)) {}

PrivateFile::~PrivateFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(written_.c_str());
}

absl::Status PrivateFile::Finish(const std::string& content) {
  if (!WriteAll(file_, content)) return Failed(path_, errno);
  if (written_ != path_ && ::rename(written_.c_str(), path_.c_str()) != 0) return Failed(path_, errno);
  ::close(std::exchange(file_, -1));
  return absl::OkStatus();
}

absl::Status WritePrivateFile(const std::string& path, const std::string& content) {
  absl::StatusOr<PrivateFile> file = PrivateFile::Open(path, /*fresh=*/false);
  return file.ok() ? file->Finish(content) : file.status();
}

bool OthersMayRead(const std::string& path) {
  struct stat about = {};
  return ::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace aftersales::cli
