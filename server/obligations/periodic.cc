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

// Makes the duty of a period unless it was made already or the facts do not call for it. Answers whether it did.
absl::StatusOr<bool> MakeDuty(Tx& tx, Obligations& obligations, const Root& root, const policy::ObligationRule& rule,
                              const policy::CalendarPeriod& period, absl::Time user_since) {
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_PERIOD_BEGAN);
  event.set_subject(root.name);
  *event.mutable_time() = ToProto(std::max(period.start, user_since));
  (*event.mutable_facts())[policy::kDuty] = rule.kind;
  (*event.mutable_facts())[policy::kPeriod] = period.name;
  policy::Facts facts = root.facts;
  facts.insert(event.facts().begin(), event.facts().end());
  // What is not called for now may be before the period is over: it is not noted as made.
  if (!policy::IsCalledFor(rule, facts) || !NoteDuty(tx, rule.kind, root.name, period.name)) return false;
  const absl::Status recorded = obligations.Record(tx, root, std::move(event));
  if (recorded.ok() || !absl::IsFailedPrecondition(recorded)) {
    RETURN_IF_ERROR(recorded);
    return true;
  }
  // One who owes as much as can be owed keeps neither the others waiting, nor what is recorded about themselves. It
  // stays noted: what was ever owed counts, so that there will never be room for it.
  rpc::Log(rpc::LogLevel::kError, "a customer's duty of a period cannot be made",
           {{"customer", root.name}, {"duty", rule.kind}, {"status", std::string(recorded.message())}});
  return false;
}

absl::Time SinceOf(const std::vector<VersionInForce>& versions, const std::string& name) {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const VersionInForce& version) { return version.name == name; });
  return found == versions.end() ? absl::InfiniteFuture() : found->since;
}

// Another version than that by which the run was made last, or the same once more, is in force since before the
// period's end: it goes through all users again, since it may call for what that one did not, or it has the rule again
// after a time without it, in which users came.
bool MustGoThroughAgain(const PeriodicRun& run, const std::string& version,
                        const std::vector<VersionInForce>& versions) {
  const absl::Time since = SinceOf(versions, version);
  return (run.policy_version != version || run.in_force != since) && since < run.period.end;
}

// From its beginning, by this version.
void StartOver(const policy::CalendarPeriod& period, const std::string& version,
               const std::vector<VersionInForce>& versions, PeriodicRun* run) {
  run->period = period;  // of the same name: in another time zone it has other ends
  run->reached_time = std::numeric_limits<int64_t>::min();
  run->reached.clear();
  run->finished = false;
  run->policy_version = version;
  run->in_force = SinceOf(versions, version);
}

// When the rule was in force, the newest time first. A version of former days that this server cannot read counts as
// one without it.
std::vector<policy::Stretch> InForceTimes(Reader& reader, Obligations& obligations,
                                          const std::vector<VersionInForce>& versions,
                                          const policy::ObligationRule& rule) {
  std::vector<policy::Stretch> stretches;
  absl::Time until = absl::InfiniteFuture();
  for (const VersionInForce& version : versions) {
    const absl::StatusOr<std::shared_ptr<const policy::Pack>> pack = obligations.Version(reader, version.name);
    if (pack.ok() && HasRule(**pack, rule)) stretches.push_back({version.since, until});
    until = version.since;
  }
  return stretches;
}

// The periods for which duties of the rule are to be made as far as is known, from the one that `newest` is about, if
// that is not done, or the one after it, to the current one: what passed while nothing ran is made as if it had run.
// `from` is the first that is asked about even if it is done.
std::vector<policy::PeriodInForce> PeriodsToMake(Reader& reader, Obligations& obligations,
                                                 const std::vector<VersionInForce>& versions,
                                                 const std::string& version, const policy::Pack& pack,
                                                 const policy::ObligationRule& rule,
                                                 const std::optional<PeriodicRun>& newest,
                                                 absl::Time from = absl::InfiniteFuture()) {
  absl::Time start = reader.now() - kFurthestBack;
  if (newest.has_value()) {
    const bool done = newest->finished && !MustGoThroughAgain(*newest, version, versions);
    start = std::max(start, done ? newest->period.end : newest->period.start);
  }
  return policy::PeriodsInForce(InForceTimes(reader, obligations, versions, rule), std::min(start, from), reader.now(),
                                rule.every, pack.time_zone);
}

absl::Status AnotherVersion() {
  return absl::AbortedError("another policy version has come in force; the next turn follows it");
}

}  // namespace

absl::Status MakeDutiesUnderWay(Tx& tx, Obligations& obligations, const Root& root, absl::Time user_since) {
  if (root.policy_version.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations.Version(tx, root.policy_version));
  std::optional<std::vector<VersionInForce>> versions;  // read once, and only where something may have been missed
  for (const policy::ObligationRule& rule : pack->obligations) {
    if (!IsPeriodic(rule)) continue;
    const std::optional<PeriodicRun> newest = NewestRun(tx, RunKey(rule));
    std::vector<policy::PeriodInForce> periods;
    if (newest.has_value() && newest->finished && newest->policy_version == root.policy_version &&
        newest->period.end > tx.now()) {
      periods.push_back({newest->period, newest->period.start});
    } else {
      if (!versions.has_value()) versions = VersionsInForce(tx);
      periods = PeriodsToMake(tx, obligations, *versions, root.policy_version, *pack, rule, newest, tx.now());
    }
    for (const policy::PeriodInForce& owed : periods) {
      if (user_since >= owed.period.end) continue;
      RETURN_IF_ERROR(MakeDuty(tx, obligations, root, rule, owed.period, user_since).status());
    }
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
    if (status.ok()) status = LookAtInstallations(plan, &run);
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
    if (options_.look_at_installations) {
      plan->installed = InstallationsToCome(reader, reader.now() - options_.settle, batch_);
    }
    if (plan->version.empty()) return true;
    ASSIGN_OR_RETURN(plan->pack, obligations_.Version(reader, plan->version));
    const std::vector<VersionInForce> versions = VersionsInForce(reader);
    for (const policy::ObligationRule& rule : plan->pack->obligations) {
      if (IsPeriodic(rule) && !IsDone(reader, plan->version, versions, rule)) plan->rules.push_back(&rule);
    }
    return true;
  });
  run->statements += call.statements;
  return read.status();
}

bool PeriodicDuties::IsDone(Reader& reader, const std::string& version, const std::vector<VersionInForce>& versions,
                            const policy::ObligationRule& rule) const {
  const std::optional<PeriodicRun> newest = NewestRun(reader, RunKey(rule));
  if (!newest.has_value() || !newest->finished || newest->period.end + options_.settle <= reader.now()) return false;
  return !MustGoThroughAgain(*newest, version, versions);
}

absl::Status PeriodicDuties::LookAtInstallations(const Plan& plan, Run* run) {
  if (plan.installed.empty()) return absl::OkStatus();
  Call call = job_.OwnCall(kBatchTime);
  const absl::Status status = db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(lease_.Beat(tx));
    for (const std::string& customer : plan.installed) ForgetInstallationsToCome(tx, customer, tx.now());
    return options_.look_at_installations(tx, plan.installed);
  });
  run->statements += call.statements;
  batch_ = status.ok() ? options_.batch : std::max(1, batch_ / 4);
  return status;
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
  *made = 0;
  std::map<std::string, absl::Time> without;  // in the order in which roots are locked
  for (const User& user : users) {
    if (with.count(user.name) == 0) without[user.name] = user.since;
  }
  for (const auto& [name, since] : without) {
    ASSIGN_OR_RETURN(const Root root, obligations_.LockRoot(tx, name));
    if (root.policy_version != plan.version) return AnotherVersion();
    ASSIGN_OR_RETURN(const bool made_one, MakeDuty(tx, obligations_, root, rule, run->period, since));
    if (made_one) ++*made;
  }
  if (!users.empty()) {
    run->reached_time = ToMicros(users.back().since);
    run->reached = users.back().name;
  }
  run->finished = static_cast<int>(users.size()) < batch_;
  KeepRun(tx, *run);
  return true;
}

absl::StatusOr<std::optional<PeriodicRun>> PeriodicDuties::RunToGoOn(Tx& tx, const Plan& plan,
                                                                     const policy::ObligationRule& rule) {
  const std::vector<VersionInForce> versions = VersionsInForce(tx);
  const std::vector<policy::PeriodInForce> periods =
      PeriodsToMake(tx, obligations_, versions, plan.version, *plan.pack, rule, NewestRun(tx, RunKey(rule)));
  for (const policy::PeriodInForce& owed : periods) {
    std::optional<PeriodicRun> run = RunOfPeriod(tx, RunKey(rule), owed.period.name);
    if (!run.has_value()) {
      if (owed.since + options_.settle > tx.now()) return std::nullopt;
      PeriodicRun next;
      next.kind = RunKey(rule);
      StartOver(owed.period, plan.version, versions, &next);
      if (!BeginRun(tx, next)) return absl::AbortedError("another server has begun this period");
      return next;
    }
    if (MustGoThroughAgain(*run, plan.version, versions)) {
      if (SinceOf(versions, plan.version) + options_.settle > tx.now()) return std::nullopt;
      StartOver(owed.period, plan.version, versions, &*run);
    }
    if (!run->finished) return run;
  }
  return std::nullopt;
}

}  // namespace aftersales
