// What is owed anew in every month, quarter or year for each customer who has installed equipment.
//
// The duties of a period are made once it has begun, in batches of customers in the order of their first installation.
// How far a kind has come for a period is a row, so that whoever goes on (this server after a stop, another one that
// took over) begins where the last committed batch ended; periods that passed meanwhile are made one after another,
// each in which the rule was in force for some time. A new version goes through the customers of its first period
// again. Each duty has a row with the key (kind, customer, period), so that there are never two for one period, whoever
// makes it: the batch, or whoever writes about the customer before the batch has come there.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_PERIODIC_H_
#define AFTERSALES_SERVER_OBLIGATIONS_PERIODIC_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/obligations/background_job.h"
#include "server/obligations/obligations.h"
#include "server/obligations/periodic_store.h"
#include "server/policy/periods.h"
#include "server/storage/database.h"
#include "server/storage/lease.h"

namespace aftersales {

// Makes what is owed to a locked customer, a user since `user_since`, in the periods that are under way: those of now,
// and passed ones whose batches have not come to their end or have not begun. What was made already is left alone.
absl::Status MakeDutiesUnderWay(Tx& tx, Obligations& obligations, const Root& root, absl::Time user_since);

struct PeriodicDutiesOptions {
  absl::Duration poll = absl::Seconds(1);      // between two looks, in real time
  absl::Duration patience = absl::Seconds(5);  // how long another's beat may stand still before this one takes over
  int batch = 100;                             // customers per transaction
  // How long after its beginning a period's duties are made: whoever becomes a user at that moment has committed by
  // then, and servers' clocks differ by less.
  absl::Duration settle = absl::Minutes(2);
  // Finds out anew since when these customers are users: of equipment that they have, the time of installation has
  // come. Does nothing where it is empty.
  std::function<absl::Status(Tx& tx, const std::vector<std::string>& customers)> look_at_installations;
};

// Start() runs one thread. Stop() ends it and hands the lease on. RunOnce is for that thread, or for one other while
// none runs.
class PeriodicDuties {
 public:
  // Both must outlive it.
  PeriodicDuties(Database& db, Obligations& obligations, PeriodicDutiesOptions options = {});
  ~PeriodicDuties();  // stops
  PeriodicDuties(const PeriodicDuties&) = delete;
  PeriodicDuties& operator=(const PeriodicDuties&) = delete;

  struct Run {
    bool holds_lease = false;
    int made = 0;     // duties
    int batches = 0;  // transactions that made some, or found that there are no more to make
    int statements = 0;
  };
  // Makes everything that is to be made now; at most `most` batches, where that is more than nothing.
  absl::StatusOr<Run> RunOnce(int most = 0);

  void Start();
  void Stop();

  // For metrics: kinds whose duties of a period are not all made; 0 where another server holds the lease.
  int64_t backlog() const { return backlog_.load(std::memory_order_relaxed); }

 private:
  // The version that the batches of one turn follow, its pack, and those of its rules that may have duties to make.
  struct Plan {
    std::string version;
    std::shared_ptr<const policy::Pack> pack;
    std::vector<const policy::ObligationRule*> rules;
    std::vector<std::string> installed;  // customers of whom something was to be installed by now
  };
  absl::Status ReadPlan(Plan* plan, Run* run);
  bool IsDone(Reader& reader, const std::string& version, const std::vector<VersionInForce>& versions,
              const policy::ObligationRule& rule) const;
  absl::Status LookAtInstallations(const Plan& plan, Run* run);
  // A holder with nothing to do shows that it is there.
  absl::Status BeatSometimes(Run* run);
  absl::Status MakeAll(const Plan& plan, int most, Run* run);
  // One batch of one rule; answers whether there is more to do for it now.
  absl::StatusOr<bool> MakeBatch(const Plan& plan, const policy::ObligationRule& rule, Run* run);
  absl::StatusOr<bool> TryBatch(Tx& tx, const Plan& plan, const policy::ObligationRule& rule, int* made);
  // The run that has duties to make, begun now where its period is to begin; none where all is made.
  absl::StatusOr<std::optional<PeriodicRun>> RunToGoOn(Tx& tx, const Plan& plan, const policy::ObligationRule& rule);

  Database& db_;
  Obligations& obligations_;
  const PeriodicDutiesOptions options_;
  Lease lease_;
  int batch_;  // customers per transaction: fewer after one that failed
  std::atomic<int64_t> backlog_{0};
  BackgroundJob job_;  // last: it stops first
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_PERIODIC_H_
