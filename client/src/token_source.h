// Where the bearer token comes from.
#ifndef AFTERSALES_CLIENT_SRC_TOKEN_SOURCE_H_
#define AFTERSALES_CLIENT_SRC_TOKEN_SOURCE_H_

#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace aftersales {

// Hands out the token, which a file may change while the program runs. Thread-safe.
class TokenSource {
 public:
  // Always this token; an empty one means none.
  static absl::StatusOr<std::unique_ptr<TokenSource>> Fixed(const std::string& token);
  // The token in this file, read now and whenever the file has changed.
  static absl::StatusOr<std::unique_ptr<TokenSource>> File(const std::string& path);

  // Empty where calls carry no token. A file that has become unreadable leaves the token read last.
  std::string Token();
  bool IsEmpty();

 private:
  TokenSource() = default;

  absl::Status Reread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::string path_;
  absl::Mutex mutex_;
  std::string token_ ABSL_GUARDED_BY(mutex_);
  struct stat seen_ ABSL_GUARDED_BY(mutex_) = {};
};

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_SRC_TOKEN_SOURCE_H_
