#include "server/cases/queue_rules.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

namespace aftersales {
namespace {

constexpr size_t kNobody = std::numeric_limits<size_t>::max();
constexpr int kSeverities = v1::Severity_MAX + 1;

// Until when it waited.
absl::Time WaitedUntil(const Waiting& waiting) {
  const absl::Time answered = waiting.answered.value_or(absl::InfiniteFuture());
  return std::min(answered, waiting.ended.value_or(absl::InfiniteFuture()));
}

// Those that have come so far, by the time until which they wait: a Fenwick tree of how many, and of who came first.
class Crowd {
 public:
  explicit Crowd(size_t places) : count_(places + 1), first_(places + 1, kNobody) {}

  // Somebody comes who leaves at `place`; `order` grows from one to the next.
  void Add(size_t place, size_t order) {
    for (size_t i = Flipped(place); i < count_.size(); i += i & (~i + 1)) {
      ++count_[i];
      first_[i] = std::min(first_[i], order);
    }
  }
  // How many of them leave at `place` or later, and the order of the first of these to come.
  std::pair<int, size_t> From(size_t place) const {
    std::pair<int, size_t> found{0, kNobody};
    for (size_t i = Flipped(place); i > 0; i -= i & (~i + 1)) {
      found.first += count_[i];
      found.second = std::min(found.second, first_[i]);
    }
    return found;
  }

 private:
  // A tree sums from the front; we ask for the back.
  size_t Flipped(size_t place) const { return count_.size() - 1 - place; }

  std::vector<int> count_;
  std::vector<size_t> first_;
};

}  // namespace

std::vector<Jump> QueueJumps(const std::vector<Waiting>& queue) {
  std::vector<size_t> by_notice(queue.size());
  std::iota(by_notice.begin(), by_notice.end(), size_t{0});
  std::sort(by_notice.begin(), by_notice.end(), [&](size_t a, size_t b) {
    return std::tie(queue[a].notice, queue[a].contact) < std::tie(queue[b].notice, queue[b].contact);
  });
  std::vector<absl::Time> ends;
  for (const Waiting& waiting : queue) ends.push_back(WaitedUntil(waiting));
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  const auto place = [&](absl::Time end) {
    return static_cast<size_t>(std::lower_bound(ends.begin(), ends.end(), end) - ends.begin());
  };
  const auto place_after = [&](absl::Time time) {
    return static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), time) - ends.begin());
  };

  // crowds[s]: all that are at least as bad as s.
  std::vector<Crowd> crowds(kSeverities, Crowd(ends.size()));
  std::vector<Jump> jumps;
  for (size_t begin = 0, end = 0; begin < by_notice.size(); begin = end) {
    // Those that came at the same time did not come before one another.
    while (end < by_notice.size() && queue[by_notice[end]].notice == queue[by_notice[begin]].notice) ++end;
    for (size_t i = begin; i < end; ++i) {
      const Waiting& waiting = queue[by_notice[i]];
      if (!waiting.answered.has_value()) continue;
      const auto [overtaken, first] =
          crowds[static_cast<size_t>(waiting.severity)].From(place_after(*waiting.answered));
      if (overtaken > 0) jumps.push_back({by_notice[i], overtaken, by_notice[first]});
    }
    for (size_t i = begin; i < end; ++i) {
      const Waiting& waiting = queue[by_notice[i]];
      for (int s = 0; s <= waiting.severity; ++s) crowds[static_cast<size_t>(s)].Add(place(WaitedUntil(waiting)), i);
    }
  }
  std::sort(jumps.begin(), jumps.end(), [&](const Jump& a, const Jump& b) {
    return std::tie(*queue[a.contact].answered, queue[a.contact].contact) <
           std::tie(*queue[b.contact].answered, queue[b.contact].contact);
  });
  return jumps;
}

}  // namespace aftersales
