// Numbers taken from series in the database, reserved in blocks: no two servers ever give out the same one, and most
// calls touch no row.
#ifndef AFTERSALES_SERVER_STORAGE_NUMBER_SERIES_H_
#define AFTERSALES_SERVER_STORAGE_NUMBER_SERIES_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/call.h"

namespace aftersales {

// One series. Thread-safe.
class NumberSeries {
 public:
  // Reserves `count` numbers in the database and answers the first. Called in no transaction.
  using Reserve = std::function<absl::StatusOr<int64_t>(Call&, int64_t count)>;

  NumberSeries(int64_t block, Reserve reserve) : block_(block), reserve_(std::move(reserve)) {}

  // Sees to it that at least `wanted` numbers are at hand (others may take them all the same).
  absl::Status Stock(Call& call, int64_t wanted);
  // The next number at hand; none where the stock is used up.
  std::optional<int64_t> TryTake();
  // Stock and TryTake.
  absl::StatusOr<int64_t> Take(Call& call);

  // What is reserved and not used at the end of the newest block: [first, last). For giving it back.
  std::optional<std::pair<int64_t, int64_t>> Rest() const;

 private:
  struct Range {
    int64_t next;
    int64_t end;
  };
  int64_t AtHand() const;  // mutex_ is held

  const int64_t block_;
  const Reserve reserve_;
  std::mutex reserving_;      // one thread asks the database, the others go on with what is there
  mutable std::mutex mutex_;  // guards ranges_
  std::deque<Range> ranges_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_NUMBER_SERIES_H_
