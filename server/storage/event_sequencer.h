// Gives committed events their positions in the feed: 1, 2, 3 ... without gaps, in an order that keeps the events of
// each root in the order of the root's versions. Commit order is not id order, so this happens after the commit, in a
// short transaction of the lease holder.
#ifndef AFTERSALES_SERVER_STORAGE_EVENT_SEQUENCER_H_
#define AFTERSALES_SERVER_STORAGE_EVENT_SEQUENCER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/storage/database.h"
#include "server/storage/lease.h"

namespace aftersales {

// Used by one thread at a time.
class EventSequencer {
 public:
  EventSequencer(Database& db, absl::Duration patience);

  struct Run {
    bool holds_lease = false;
    int64_t waiting = 0;  // events found without a position, 1,000 at most
    int64_t placed = 0;   // events that got theirs
    bool more = false;    // there were more than fit in one transaction: run again at once
  };
  // One round: takes or keeps the lease, places a batch. Cheap when there is nothing to do.
  absl::StatusOr<Run> RunOnce(Call& call);
  absl::Status Release(Call& call) { return lease_.Release(db_, call); }

 private:
  struct Pending {
    int64_t id = 0;
    std::string root;
    int64_t root_version = 0;
  };
  static std::vector<Pending> SelectBatch(Tx& tx, bool* more);
  static void Place(Tx& tx, const std::vector<Pending>& batch, int64_t position);

  Database& db_;
  const absl::Duration patience_;
  Lease lease_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_EVENT_SEQUENCER_H_
