#include "client/src/token_source.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace aftersales {
namespace {

constexpr size_t kLongestToken = 4096;

// A token travels as an HTTP/2 header, which takes visible ASCII only. The token itself never goes into a text.
absl::Status CheckToken(const std::string& token, const std::string& origin) {
  if (token.size() > kLongestToken) {
    return absl::InvalidArgumentError(
        absl::StrCat(origin, " is longer than ", kLongestToken, " bytes; is it a token?"));
  }
  for (const char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError(absl::StrCat(
          origin, " holds a blank or a character that no token has; it must be one line of visible ASCII"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  const int error = errno;
  std::string content(kLongestToken + 2, '\0');
  if (file) file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.is_open() || file.bad()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the token file ", path, " cannot be read: ", error == 0 ? "read error" : std::strerror(error)));
  }
  content.resize(static_cast<size_t>(file.gcount()));
  std::string token(absl::StripAsciiWhitespace(content));
  if (token.empty()) return absl::FailedPreconditionError(absl::StrCat("the token file ", path, " is empty"));
  absl::Status sound = CheckToken(token, absl::StrCat("the token file ", path));
  if (!sound.ok()) return sound;
  return token;
}

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenSource>> TokenSource::Fixed(const std::string& token) {
  absl::Status sound = CheckToken(token, "the token");
  if (!sound.ok()) return sound;
  auto source = std::unique_ptr<TokenSource>(new TokenSource());
  absl::MutexLock lock(&source->mutex_);
  source->token_ = token;
  return source;
}

absl::StatusOr<std::unique_ptr<TokenSource>> TokenSource::File(const std::string& path) {
  auto source = std::unique_ptr<TokenSource>(new TokenSource());
  source->path_ = path;
  absl::MutexLock lock(&source->mutex_);
  absl::Status read = source->Reread();
  if (!read.ok()) return read;
  return source;
}

absl::Status TokenSource::Reread() {
  struct stat now = {};
  if (::stat(path_.c_str(), &now) == 0 && !token_.empty() && SameFile(now, seen_)) return absl::OkStatus();
  absl::StatusOr<std::string> token = ReadToken(path_);
  if (!token.ok()) return token.status();
  token_ = *std::move(token);
  seen_ = now;
  return absl::OkStatus();
}

std::string TokenSource::Token() {
  absl::MutexLock lock(&mutex_);
  if (!path_.empty()) Reread().IgnoreError();
  return token_;
}

bool TokenSource::IsEmpty() {
  absl::MutexLock lock(&mutex_);
  return token_.empty();
}

}  // namespace aftersales
