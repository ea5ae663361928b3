// How many calls each principal may make: a token bucket each.
#ifndef AFTERSALES_SERVER_RPC_RATE_LIMIT_H_
#define AFTERSALES_SERVER_RPC_RATE_LIMIT_H_

#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace aftersales::rpc {

// Thread-safe. Forgets principals whose bucket is full again.
class RateLimit {
 public:
  // `per_second` 0 means no limit. `burst` is how many calls a rested principal may make at once.
  RateLimit(double per_second, int burst);

  // Takes one call of the principal: zero when it may go on, otherwise how long to wait.
  absl::Duration Take(const std::string& principal, absl::Time now);

 private:
  struct Bucket {
    double calls;
    absl::Time filled;
  };

  void Forget(absl::Time now);

  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_;
  size_t forget_at_ = 1024;
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_RATE_LIMIT_H_
