// Fires what is due: warnings, breaches and escalations of obligations, each once, never early; and records that
// versions of policies and calendars have come in force at their time.
//
// One server does it at a time, under a lease. What is due is found by an index on the next time to fire, so the work
// grows with what is due and not with what is open. A batch is one transaction: it locks the roots in the order of
// their names, as everybody does who changes what they owe, and judges each obligation again under that lock. So a
// pause or an end that was committed before wins, and a batch that runs twice fires once.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_DUE_SCAN_H_
#define AFTERSALES_SERVER_OBLIGATIONS_DUE_SCAN_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"
#include "server/base/call.h"
#include "server/obligations/background_job.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"
#include "server/storage/lease.h"

namespace aftersales {

struct DueScanOptions {
  absl::Duration poll = absl::Milliseconds(500);   // between two looks, in real time
  absl::Duration patience = absl::Seconds(3);      // how long another's beat may stand still before this one takes over
  int batch = 50;                                  // obligations per transaction
  absl::Duration rest = absl::Minutes(1);          // how long what could not be fired is left alone
  absl::Duration count_every = absl::Seconds(15);  // how often the backlog is counted
  // Told of each firing after its commit: what fired, and how long after it was due. Must be quick.
  std::function<void(v1::EventType type, absl::Duration lateness)> on_fired;
};

// Start() runs one thread. Stop() ends it and hands the lease on. RunOnce is for that thread, or for one other while
// none runs.
class DueScan {
 public:
  // Both must outlive it.
  DueScan(Database& db, Obligations& obligations, DueScanOptions options = {});
  ~DueScan();  // stops
  DueScan(const DueScan&) = delete;
  DueScan& operator=(const DueScan&) = delete;

  struct Run {
    bool holds_lease = false;
    int fired = 0;   // warnings, breaches and escalations
    int turns = 0;   // versions that came in force
    int failed = 0;  // roots whose obligations could not be handled
    int statements = 0;
  };
  // Fires everything that is due now.
  absl::StatusOr<Run> RunOnce();

  void Start();
  void Stop();

  // For metrics: as the last count found them, 10,000 at most; 0 where another server holds the lease.
  int64_t backlog() const { return backlog_.load(std::memory_order_relaxed); }  // due to fire
  int64_t overdue() const { return overdue_.load(std::memory_order_relaxed); }  // open and late

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Fired {
    v1::EventType type;
    absl::Duration lateness;
  };
  // What one transaction did.
  struct Batch {
    std::vector<Fired> fired;
    std::set<std::string> handled;              // obligations that fired
    std::map<std::string, std::string> failed;  // root -> why
  };

  absl::Status FireAll(Run* run);
  // One batch; where it fails as a whole, one by one.
  absl::Status FireBatch(const std::vector<DueObligation>& due, Run* run);
  absl::Status TryBatch(const std::vector<DueObligation>& due, absl::Duration allowed, Run* run);
  absl::Status FireRoots(Tx& tx, const std::vector<DueObligation>& due, Batch* batch);
  absl::Status FireRoot(Tx& tx, const std::string& name, std::vector<std::pair<absl::Time, v1::Event>>* events);
  // What did not fire is left alone as long as it stands as it does.
  void LeaveAlone(const std::vector<DueObligation>& due, const Batch& batch);
  absl::Status TakeTurnsAndBeat(Run* run);
  absl::Status CountSometimes();

  Database& db_;
  Obligations& obligations_;
  const DueScanOptions options_;
  Lease lease_;
  // What could not be fired, as it stood, and until when it is left alone.
  std::map<std::pair<std::string, int64_t>, SteadyTime> resting_;
  SteadyTime next_count_;
  std::atomic<int64_t> backlog_{0};
  std::atomic<int64_t> overdue_{0};
  BackgroundJob job_;  // last: it stops first
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_DUE_SCAN_H_
