#include "server/rpc/rate_limit.h"

#include <algorithm>

namespace aftersales::rpc {

RateLimit::RateLimit(double per_second, int burst) : per_second_(per_second), burst_(std::max(burst, 1)) {}

absl::Duration RateLimit::Take(const std::string& principal, absl::Time now) {
  if (per_second_ <= 0) return absl::ZeroDuration();
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= forget_at_) Forget(now);
  Bucket& bucket = buckets_.try_emplace(principal, Bucket{burst_, now}).first->second;
  const double passed = std::max(absl::ToDoubleSeconds(now - bucket.filled), 0.0);
  bucket.calls = std::min(burst_, bucket.calls + passed * per_second_);
  bucket.filled = now;
  if (bucket.calls < 1) return absl::Seconds((1 - bucket.calls) / per_second_);
  bucket.calls -= 1;
  return absl::ZeroDuration();
}

void RateLimit::Forget(absl::Time now) {
  absl::erase_if(buckets_, [&](const auto& entry) {
    return entry.second.calls + absl::ToDoubleSeconds(now - entry.second.filled) * per_second_ >= burst_;
  });
  forget_at_ = std::max<size_t>(1024, buckets_.size() * 2);
}

}  // namespace aftersales::rpc
