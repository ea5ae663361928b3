#include "server/obligations/activation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/obligations.h"

namespace aftersales {
namespace {

// How far the clocks of callers and servers may differ.
constexpr absl::Duration kClockSkew = absl::Minutes(5);

template <typename Version>
v1::Event EventOf(v1::EventType type, absl::Time time, const Version& version) {
  v1::Event event;
  event.set_type(type);
  event.set_root(version.name());
  int64_t number = 1;
  if (absl::SimpleAtoi(version.etag(), &number)) event.set_root_version(number);
  event.set_subject(version.name());
  *event.mutable_time() = ToProto(time);
  return event;
}

template <typename Version>
absl::Status Retire(Tx& tx, const Table<Version>& table, const std::string& name) {
  if (name.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Version before, table.Lock(tx, name));
  before.set_state(v1::POLICY_VERSION_STATE_RETIRED);
  return table.Update(tx, before);
}

// It is again what it was before it was set to come in force.
template <typename Version>
absl::Status GiveWay(Tx& tx, const Table<Version>& table, const std::string& name) {
  ASSIGN_OR_RETURN(Version waiting, table.Lock(tx, name));
  if (waiting.has_activate_time()) {
    waiting.set_state(v1::POLICY_VERSION_STATE_RETIRED);
    *waiting.mutable_effective_time() = waiting.activate_time();
  } else {
    waiting.set_state(v1::POLICY_VERSION_STATE_LOADED);
    waiting.clear_effective_time();
    waiting.clear_activated_by();
  }
  return table.Update(tx, waiting);
}

// Answers false where nothing's turn has come.
template <typename Version>
absl::StatusOr<bool> TakeTurn(Tx& tx, const Table<Version>& table, v1::EventType type, InForce& in_force) {
  if (in_force.next.empty() || in_force.next_time > tx.now()) return false;
  RETURN_IF_ERROR(Retire(tx, table, in_force.version));
  ASSIGN_OR_RETURN(Version next, table.Lock(tx, in_force.next));
  next.set_state(v1::POLICY_VERSION_STATE_ACTIVE);
  *next.mutable_activate_time() = ToProto(in_force.next_time);
  RETURN_IF_ERROR(table.Update(tx, next));
  RecordVersion(tx, type, in_force.next_time, std::move(next));
  in_force = {in_force.next, "", absl::UnixEpoch()};
  return true;
}

}  // namespace

template <typename Request>
absl::StatusOr<absl::Time> EffectiveTime(const Request& request, absl::Time now) {
  if (!request.has_effective_time()) return now;
  const absl::Time asked = FromProto(request.effective_time());
  if (asked < now - kClockSkew) {
    return FieldError("effective_time",
                      absl::StrCat(ForPeople(asked),
                                   " is past; what was judged then cannot be judged anew. Give a time "
                                   "to come, or none to put it in force now"));
  }
  return std::max(asked, now);
}

template <typename Version>
absl::Status PutInForce(Tx& tx, const Table<Version>& table, const std::string& by, absl::Time effective,
                        Version& version, InForce& in_force) {
  const bool in_force_already = version.name() == in_force.version;
  if (in_force_already && (in_force.next.empty() || effective > tx.now())) {
    return StateError(version.name(), Word(version.state()), "activated", {"loaded", "scheduled", "retired"});
  }
  if (!in_force.next.empty() && in_force.next != version.name()) RETURN_IF_ERROR(GiveWay(tx, table, in_force.next));
  if (effective > tx.now()) {
    version.set_state(v1::POLICY_VERSION_STATE_SCHEDULED);
    in_force.next = version.name();
    in_force.next_time = effective;
  } else {
    if (!in_force_already) {
      RETURN_IF_ERROR(Retire(tx, table, in_force.version));
      version.set_state(v1::POLICY_VERSION_STATE_ACTIVE);
      *version.mutable_activate_time() = ToProto(effective);
    }
    in_force = {version.name(), "", absl::UnixEpoch()};
  }
  if (!in_force_already) {
    *version.mutable_effective_time() = ToProto(effective);
    version.set_activated_by(by);
  }
  return table.Update(tx, version);
}

absl::Status TakePolicyTurn(Tx& tx, InForce& in_force) {
  ASSIGN_OR_RETURN(const bool taken, TakeTurn(tx, PolicyVersions(), v1::EVENT_TYPE_POLICY_ACTIVATED, in_force));
  if (taken) SetPolicyInForce(tx, in_force);
  return absl::OkStatus();
}

absl::Status TakeCalendarTurn(Tx& tx, const std::string& calendar, InForce& in_force) {
  ASSIGN_OR_RETURN(const bool taken, TakeTurn(tx, CalendarVersions(), v1::EVENT_TYPE_CALENDAR_ACTIVATED, in_force));
  if (taken) SetCalendarInForce(tx, calendar, in_force);
  return absl::OkStatus();
}

absl::StatusOr<int> TakeTurns(Tx& tx) {
  int taken = 0;
  const auto waits = [&](const InForce& in_force) { return !in_force.next.empty() && in_force.next_time <= tx.now(); };
  if (waits(PolicyInForce(tx, /*lock=*/false))) {
    InForce in_force = PolicyInForce(tx, /*lock=*/true);
    if (waits(in_force)) ++taken;
    RETURN_IF_ERROR(TakePolicyTurn(tx, in_force));
  }
  const std::map<std::string, InForce> calendars = CalendarsInForce(tx);
  for (const auto& [calendar, seen] : calendars) {
    if (!waits(seen)) continue;
    InForce in_force = LockCalendarInForce(tx, calendar);
    if (waits(in_force)) ++taken;
    RETURN_IF_ERROR(TakeCalendarTurn(tx, calendar, in_force));
  }
  return taken;
}

void RecordVersion(Tx& tx, v1::EventType type, absl::Time time, v1::PolicyVersion version) {
  version.clear_text();
  v1::Event event = EventOf(type, time, version);
  *event.mutable_policy_version() = std::move(version);
  Obligations::RecordPlain(tx, std::move(event));
}

void RecordVersion(Tx& tx, v1::EventType type, absl::Time time, v1::CalendarVersion version) {
  v1::Event event = EventOf(type, time, version);
  *event.mutable_calendar_version() = std::move(version);
  Obligations::RecordPlain(tx, std::move(event));
}

template absl::StatusOr<absl::Time> EffectiveTime(const v1::ActivatePolicyVersionRequest&, absl::Time);
template absl::StatusOr<absl::Time> EffectiveTime(const v1::ActivateCalendarVersionRequest&, absl::Time);
template absl::Status PutInForce(Tx&, const Table<v1::PolicyVersion>&, const std::string&, absl::Time,
                                 v1::PolicyVersion&, InForce&);
template absl::Status PutInForce(Tx&, const Table<v1::CalendarVersion>&, const std::string&, absl::Time,
                                 v1::CalendarVersion&, InForce&);

}  // namespace aftersales
