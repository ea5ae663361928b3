#include "server/storage/number_series.h"

#include <algorithm>

#include "server/base/status_macros.h"

namespace aftersales {

int64_t NumberSeries::AtHand() const {
  int64_t count = 0;
  for (const Range& range : ranges_) count += range.end - range.next;
  return count;
}

absl::Status NumberSeries::Stock(Call& call, int64_t wanted) {
  {
    const std::lock_guard lock(mutex_);
    if (AtHand() >= wanted) return absl::OkStatus();
  }
  const std::lock_guard reserving(reserving_);
  {
    const std::lock_guard lock(mutex_);  // somebody may have reserved in the meantime
    if (AtHand() >= wanted) return absl::OkStatus();
  }
  const int64_t count = std::max(block_, wanted);
  ASSIGN_OR_RETURN(const int64_t first, reserve_(call, count));
  const std::lock_guard lock(mutex_);
  ranges_.push_back({first, first + count});
  return absl::OkStatus();
}

std::optional<int64_t> NumberSeries::TryTake() {
  const std::lock_guard lock(mutex_);
  if (ranges_.empty()) return std::nullopt;
  const int64_t number = ranges_.front().next++;
  if (ranges_.front().next == ranges_.front().end) ranges_.pop_front();
  return number;
}

absl::StatusOr<int64_t> NumberSeries::Take(Call& call) {
  while (true) {
    if (std::optional<int64_t> number = TryTake()) return *number;
    RETURN_IF_ERROR(Stock(call, 1));
  }
}

std::optional<std::pair<int64_t, int64_t>> NumberSeries::Rest() const {
  const std::lock_guard lock(mutex_);
  if (ranges_.empty()) return std::nullopt;
  return std::make_pair(ranges_.back().next, ranges_.back().end);
}

}  // namespace aftersales
