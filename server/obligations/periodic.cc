#include "server/obligations/periodic.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "nlohmann/json.hpp"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/obligations/obligation_store.h"
#include "server/rpc/log.h"

namespace aftersales {
namespace {

constexpr absl::Duration kBatchTime = absl::Seconds(10);
// Whoever was not served for longer than a year gets no calls for the years before.
constexpr absl::Duration kFurthestBack = absl::Hours(24 * 366);

bool IsPeriodic(const policy::ObligationRule& rule) { return rule.every != pack::v1::PERIOD_UNSPECIFIED; }

bool HasRule(const policy::Pack& pack, const policy::ObligationRule& wanted) {
  return std::any_of(pack.obligations.begin(), pack.obligations.end(), [&](const policy::ObligationRule& rule) {
    return rule.kind == wanted.kind && rule.every == wanted.every;
  });
}

absl::Status MakeDuty(Tx& tx, Obligations& obligations, const Root& root, const policy::ObligationRule& rule,
                      const policy::CalendarPeriod& period, absl::Time user_since) {
  if (!NoteDuty(tx, rule.kind, root.name, period.name)) return absl::OkStatus();
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_PERIOD_BEGAN);
  event.set_subject(root.name);
  *event.mutable_time() = ToProto(std::max(period.start, user_since));
  (*event.mutable_facts())[policy::kDuty] = rule.kind;
  (*event.mutable_facts())[policy::kPeriod] = period.name;
  return obligations.Record(tx, root, std::move(event));
}

absl::Status AnotherVersion() {
  return absl::AbortedError("another policy version has come in force; the next turn follows it");
}

}  // namespace

absl::Status MakeDutiesUnderWay(Tx& tx, Obligations& obligations, const Root& root, absl::Time user_since) {
  if (root.policy_version.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations.Version(tx, root.policy_version));
  for (const policy::ObligationRule& rule : pack->obligations) {
    if (!IsPeriodic(rule)) continue;
    const policy::CalendarPeriod current = policy::PeriodOf(tx.now(), rule.every, pack->time_zone);
    for (const PeriodicRun& run : UnfinishedRuns(tx, RunKey(rule))) {
      if (run.period.name == current.name || user_since >= run.period.end) continue;
      RETURN_IF_ERROR(MakeDuty(tx, obligations, root, rule, run.period, user_since));
    }
    RETURN_IF_ERROR(MakeDuty(tx, obligations, root, rule, current, user_since));
  }
  return absl::OkStatus();
}

PeriodicDuties::PeriodicDuties(Database& db, Obligations& obligations, PeriodicDutiesOptions options)
    : db_(db),
      obligations_(obligations),
      options_(options),
      lease_("periodic-duties", options_.patience),
      batch_(options_.batch),
      job_(
          "periodic duties", [this] { return RunOnce().status(); }, options_.poll) {}

PeriodicDuties::~PeriodicDuties() { Stop(); }

void PeriodicDuties::Start() { job_.Start(); }

void PeriodicDuties::Stop() {
  job_.Stop();
  Call call = job_.OwnCall(absl::Seconds(2));
  // When the database cannot be reached, others take over once their patience ends.
  lease_.Release(db_, call).IgnoreError();
}

absl::StatusOr<PeriodicDuties::Run> PeriodicDuties::RunOnce(int most) {
  Run run;
  Call call = job_.OwnCall(kBatchTime);
  ASSIGN_OR_RETURN(run.holds_lease, lease_.Hold(db_, call));
  run.statements += call.statements;
  if (run.holds_lease) {
    Plan plan;
    absl::Status status = ReadPlan(&plan, &run);
    if (status.ok()) status = MakeAll(plan, most, &run);
    if (status.ok()) status = BeatSometimes(&run);
    // Another server has taken over, or another version has come in force, which the next turn follows: nothing is
    // wrong.
    if (absl::IsAborted(status)) status = absl::OkStatus();
    run.holds_lease = lease_.held();
    RETURN_IF_ERROR(status);
  }
  if (!run.holds_lease) backlog_ = 0;
  return run;
}

absl::Status PeriodicDuties::ReadPlan(Plan* plan, Run* run) {
  Call call = job_.OwnCall(kBatchTime);
  const absl::StatusOr<bool> read = db_.Read<bool>(call, [&](Reader& reader) -> absl::StatusOr<bool> {
    *plan = Plan();
    plan->version = ActivePolicyVersion(reader);
    if (plan->version.empty()) return true;
    ASSIGN_OR_RETURN(plan->pack, obligations_.Version(reader, plan->version));
    for (const policy::ObligationRule& rule : plan->pack->obligations) {
      if (!IsPeriodic(rule)) continue;
      const std::optional<PeriodicRun> newest = NewestRun(reader, RunKey(rule));
      const bool done = newest.has_value() && newest->finished && newest->period.end + options_.settle > reader.now();
      if (!done) plan->rules.push_back(&rule);
    }
    return true;
  });
  run->statements += call.statements;
  return read.status();
}

absl::Status PeriodicDuties::BeatSometimes(Run* run) {
  if (lease_.SinceBeat() < options_.patience / 3) return absl::OkStatus();
  Call call = job_.OwnCall(kBatchTime);
  const absl::Status status = db_.WriteOwn(call, [&](Tx& tx) { return lease_.Beat(tx); });
  run->statements += call.statements;
  return status;
}

absl::Status PeriodicDuties::MakeAll(const Plan& plan, int most, Run* run) {
  backlog_ = static_cast<int64_t>(plan.rules.size());
  for (const policy::ObligationRule* rule : plan.rules) {
    bool more = true;
    while (more) {
      if (job_.stopping() || (most > 0 && run->batches == most)) return absl::OkStatus();
      ASSIGN_OR_RETURN(more, MakeBatch(plan, *rule, run));
    }
    --backlog_;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PeriodicDuties::MakeBatch(const Plan& plan, const policy::ObligationRule& rule, Run* run) {
  Call call = job_.OwnCall(kBatchTime);
  bool more = false;
  int made = 0;
  const absl::Status status = db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    made = 0;
    ASSIGN_OR_RETURN(more, TryBatch(tx, plan, rule, &made));
    return absl::OkStatus();
  });
  run->statements += call.statements;
  // A database that is too slow for a batch may manage a smaller one.
  batch_ = status.ok() ? options_.batch : std::max(1, batch_ / 4);
  RETURN_IF_ERROR(status);
  if (more) ++run->batches;
  run->made += made;
  return more;
}

absl::StatusOr<bool> PeriodicDuties::TryBatch(Tx& tx, const Plan& plan, const policy::ObligationRule& rule, int* made) {
  RETURN_IF_ERROR(lease_.Beat(tx));
  if (ActivePolicyVersion(tx) != plan.version) return AnotherVersion();
  ASSIGN_OR_RETURN(std::optional<PeriodicRun> run, RunToGoOn(tx, plan, rule));
  if (!run.has_value()) return false;
  const std::vector<User> users = UsersAfter(tx, *run, batch_);
  const std::set<std::string> with = WithDuty(tx, rule.kind, run->period.name, users);
  std::map<std::string, absl::Time> without;  // in the order in which roots are locked
  for (const User& user : users) {
    if (with.count(user.name) == 0) without[user.name] = user.since;
  }
  for (const auto& [name, since] : without) {
    ASSIGN_OR_RETURN(const Root root, obligations_.LockRoot(tx, name));
    if (root.policy_version != plan.version) return AnotherVersion();
    const absl::Status made_one = MakeDuty(tx, obligations_, root, rule, run->period, since);
    if (!absl::IsFailedPrecondition(made_one)) RETURN_IF_ERROR(made_one);
    if (made_one.ok()) continue;
    // One who owes as much as can be owed does not keep the others waiting.
    rpc::Log(rpc::LogLevel::kError, "a customer's duty of a period cannot be made",
             {{"customer", name}, {"duty", rule.kind}, {"status", std::string(made_one.message())}});
  }
  if (!users.empty()) {
    run->reached_time = ToMicros(users.back().since);
    run->reached = users.back().name;
  }
  run->finished = static_cast<int>(users.size()) < batch_;
  KeepRun(tx, *run);
  *made = static_cast<int>(without.size());
  return true;
}

absl::StatusOr<std::optional<PeriodicRun>> PeriodicDuties::RunToGoOn(Tx& tx, const Plan& plan,
                                                                     const policy::ObligationRule& rule) {
  const std::string key = RunKey(rule);
  std::optional<PeriodicRun> newest = NewestRun(tx, key);
  if (newest.has_value() && !newest->finished) {
    ASSIGN_OR_RETURN(const absl::Time since, HasRuleSince(tx, rule, newest->period.start));
    if (since < newest->period.end) return newest;
    // A version without the rule broke it off: whom it had not reached by then is owed nothing for that period.
    newest->finished = true;
    KeepRun(tx, *newest);
  }
  // One after another: what passed while nothing ran is made as if it had run.
  const absl::Time furthest = tx.now() - kFurthestBack;
  const absl::Time floor = newest.has_value() ? std::max(newest->period.end, furthest) : furthest;
  ASSIGN_OR_RETURN(const absl::Time since, HasRuleSince(tx, rule, floor));
  PeriodicRun next;
  next.kind = key;
  next.period = policy::PeriodOf(std::max(floor, since), rule.every, plan.pack->time_zone);
  next.reached_time = std::numeric_limits<int64_t>::min();
  if (std::max(next.period.start, since) + options_.settle > tx.now()) return std::nullopt;
  if (!BeginRun(tx, next)) return absl::AbortedError("another server has begun this period");
  return next;
}

absl::StatusOr<absl::Time> PeriodicDuties::HasRuleSince(Tx& tx, const policy::ObligationRule& rule, absl::Time enough) {
  absl::Time since = tx.now();
  for (const VersionInForce& version : VersionsInForce(tx)) {
    const absl::StatusOr<std::shared_ptr<const policy::Pack>> pack = obligations_.Version(tx, version.name);
    // One of former days that this server cannot read: what it had is not known.
    if (!pack.ok() || !HasRule(**pack, rule)) break;
    since = version.since;
    if (since <= enough) break;
  }
  return since;
}

}  // namespace aftersales
