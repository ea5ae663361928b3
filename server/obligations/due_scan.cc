#include "server/obligations/due_scan.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/activation.h"
#include "server/policy/rules.h"
#include "server/rpc/log.h"

namespace aftersales {
namespace {

constexpr absl::Duration kBatchTime = absl::Seconds(10);
constexpr absl::Duration kSingleTime = absl::Seconds(3);
// So many failures in a row are not a matter of single rows.
constexpr int kFailuresInARow = 3;
constexpr size_t kMostResting = 10000;
constexpr int kMostCounted = 10000;

}  // namespace

DueScan::DueScan(Database& db, Obligations& obligations, DueScanOptions options)
    : db_(db),
      obligations_(obligations),
      options_(std::move(options)),
      lease_("due-scan", options_.patience),
      job_(
          "due scan", [this] { return RunOnce().status(); }, options_.poll) {}

DueScan::~DueScan() { Stop(); }

absl::StatusOr<DueScan::Run> DueScan::RunOnce() {
  Run run;
  Call call = job_.OwnCall(kBatchTime);
  ASSIGN_OR_RETURN(run.holds_lease, lease_.Hold(db_, call));
  run.statements += call.statements;
  if (run.holds_lease) {
    absl::Status status = TakeTurnsAndBeat(&run);
    if (status.ok()) status = FireAll(&run);
    if (status.ok()) status = CountSometimes();
    // Another has taken over: nothing is wrong.
    if (!lease_.held()) {
      run.holds_lease = false;
      status = absl::OkStatus();
    }
    RETURN_IF_ERROR(status);
  }
  if (!run.holds_lease) {
    backlog_ = 0;
    overdue_ = 0;
  }
  return run;
}

absl::Status DueScan::TakeTurnsAndBeat(Run* run) {
  Call call = job_.OwnCall(kBatchTime);
  bool waits = false;
  RETURN_IF_ERROR(db_.Read<bool>(call,
                                 [&](Reader& reader) -> absl::StatusOr<bool> {
                                   waits = TurnWaits(reader);
                                   return true;
                                 })
                      .status());
  // A holder with nothing to do shows that it is there, well before anybody loses patience.
  if (waits || lease_.SinceBeat() >= options_.patience / 3) {
    RETURN_IF_ERROR(db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
      RETURN_IF_ERROR(lease_.Beat(tx));
      if (!waits) return absl::OkStatus();
      ASSIGN_OR_RETURN(run->turns, TakeTurns(tx));
      return absl::OkStatus();
    }));
  }
  run->statements += call.statements;
  return absl::OkStatus();
}

absl::Status DueScan::FireAll(Run* run) {
  DueObligation last;
  const auto now = std::chrono::steady_clock::now();
  for (auto it = resting_.begin(); it != resting_.end();) it = it->second <= now ? resting_.erase(it) : std::next(it);
  while (true) {
    Call call = job_.OwnCall(kBatchTime);
    std::vector<DueObligation> due;
    RETURN_IF_ERROR(db_.Read<bool>(call,
                                   [&](Reader& reader) -> absl::StatusOr<bool> {
                                     due = DueAfter(reader, last, options_.batch);
                                     return true;
                                   })
                        .status());
    run->statements += call.statements;
    if (due.empty()) return absl::OkStatus();
    last = due.back();
    const bool more = static_cast<int>(due.size()) == options_.batch;
    due.erase(std::remove_if(due.begin(), due.end(),
                             [&](const DueObligation& one) {
                               return resting_.count({one.name, one.fire_time}) != 0;
                             }),
              due.end());
    if (!due.empty()) RETURN_IF_ERROR(FireBatch(due, run));
    if (!more) return absl::OkStatus();
    if (job_.stopping()) return absl::OkStatus();
  }
}

absl::Status DueScan::FireBatch(const std::vector<DueObligation>& due, Run* run) {
  const absl::Status together = TryBatch(due, kBatchTime, run);
  if (together.ok() || !lease_.held()) return together;
  int in_a_row = 0;
  for (const DueObligation& one : due) {
    const absl::Status alone = TryBatch({one}, kSingleTime, run);
    if (!lease_.held()) return alone;
    in_a_row = alone.ok() ? 0 : in_a_row + 1;
    if (in_a_row == kFailuresInARow) return alone;
    if (alone.ok()) continue;
    ++run->failed;
    Batch failed;
    failed.failed[one.root] = std::string(alone.message());
    LeaveAlone({one}, failed);
  }
  return absl::OkStatus();
}

absl::Status DueScan::TryBatch(const std::vector<DueObligation>& due, absl::Duration allowed, Run* run) {
  Call call = job_.OwnCall(allowed);
  Batch batch;
  const absl::Status status = db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    batch = Batch();
    RETURN_IF_ERROR(lease_.Beat(tx));
    return FireRoots(tx, due, &batch);
  });
  run->statements += call.statements;
  RETURN_IF_ERROR(status);
  run->fired += static_cast<int>(batch.fired.size());
  run->failed += static_cast<int>(batch.failed.size());
  LeaveAlone(due, batch);
  if (options_.on_fired) {
    for (const Fired& fired : batch.fired) options_.on_fired(fired.type, fired.lateness);
  }
  return absl::OkStatus();
}

absl::Status DueScan::FireRoots(Tx& tx, const std::vector<DueObligation>& due, Batch* batch) {
  std::set<std::string> roots;
  for (const DueObligation& one : due) roots.insert(one.root);
  std::vector<std::pair<absl::Time, v1::Event>> events;
  for (const std::string& root : roots) {
    if (const absl::Status status = FireRoot(tx, root, &events); !status.ok()) {
      batch->failed[root] = std::string(status.message());
    }
  }
  // As they were due, whichever root they belong to.
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [time, event] : events) {
    batch->fired.push_back({event.type(), tx.now() - time});
    batch->handled.insert(event.subject());
    Obligations::RecordPlain(tx, std::move(event));
  }
  return absl::OkStatus();
}

absl::Status DueScan::FireRoot(Tx& tx, const std::string& name, std::vector<std::pair<absl::Time, v1::Event>>* events) {
  ASSIGN_OR_RETURN(const Root root, obligations_.LockRoot(tx, name));
  // As they stand under the lock: what was ended or put off meanwhile is not among them.
  for (v1::Obligation& owed : OpenAndDue(tx, name)) {
    const std::vector<policy::Firing> firings = policy::Fire(owed, tx.now());
    if (firings.empty()) continue;
    // What Fire sets; `nested` has the escalations.
    RETURN_IF_ERROR(ObligationTable().UpdateOnly(tx, owed, {"fire_time", "warned_time", "breached_time", "nested"}));
    for (const policy::Firing& firing : firings) {
      v1::Event event = Obligations::ObligationEvent(root, firing.type, owed);
      event.set_addressee(firing.to);
      *event.mutable_time() = ToProto(firing.time);
      events->emplace_back(firing.time, std::move(event));
    }
  }
  return absl::OkStatus();
}

void DueScan::LeaveAlone(const std::vector<DueObligation>& due, const Batch& batch) {
  const SteadyTime until = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.rest);
  for (const DueObligation& one : due) {
    if (batch.handled.count(one.name) != 0) continue;
    if (resting_.size() < kMostResting) resting_[{one.name, one.fire_time}] = until;
    const auto why = batch.failed.find(one.root);
    if (why == batch.failed.end()) continue;  // ended or put off since it was found
    rpc::Log(rpc::LogLevel::kError, "an obligation that is due cannot be handled; it is tried again later",
             {{"obligation", one.name}, {"root", one.root}, {"status", why->second}});
  }
}

absl::Status DueScan::CountSometimes() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_count_) return absl::OkStatus();
  Call call = job_.OwnCall(kBatchTime);
  RETURN_IF_ERROR(db_.Read<bool>(call,
                                 [&](Reader& reader) -> absl::StatusOr<bool> {
                                   backlog_ = CountDue(reader, kMostCounted);
                                   overdue_ = CountOverdue(reader, kMostCounted);
                                   return true;
                                 })
                      .status());
  next_count_ = now + absl::ToChronoNanoseconds(options_.count_every);
  return absl::OkStatus();
}

void DueScan::Start() { job_.Start(); }

void DueScan::Stop() {
  job_.Stop();
  Call call = job_.OwnCall(absl::Seconds(2));
  // When the database cannot be reached, others take over once their patience ends.
  lease_.Release(db_, call).IgnoreError();
}

}  // namespace aftersales
