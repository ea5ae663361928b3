#include "server/dispatch/visit_rules.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

// Those who direct engineers or answer for them see every visit.
constexpr v1::Role kOverseers[] = {v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY, v1::ROLE_ADMIN, v1::ROLE_EXECUTIVE,
                                   v1::ROLE_CUSTOMER_SERVICE};

}  // namespace

std::string Participle(VisitStep step) {
  switch (step) {
    case VisitStep::kAssign: return "given an engineer";
    case VisitStep::kCheckIn: return "checked in";
    case VisitStep::kStartWork: return "started";
    case VisitStep::kRecordWork: return "given a record of work";
    case VisitStep::kCompleteWork: return "completed";
    case VisitStep::kRecordSatisfaction: return "given the customer's opinion";
    case VisitStep::kCheckOut: return "checked out";
  }
  return "changed";
}

absl::StatusOr<v1::VisitState> StateAfter(const v1::Visit& visit, VisitStep step) {
  std::vector<std::string> allowed;
  for (const VisitTransition& transition : kVisitTransitions) {
    if (transition.step != step) continue;
    if (transition.from == visit.state()) return transition.to;
    allowed.push_back(Word(transition.from));
  }
  return StateError(visit.name(), Word(visit.state()), Participle(step), allowed);
}

absl::Status CheckPlan(const v1::Visit& visit) {
  const absl::Time start = FromProto(visit.plan_start_time());
  const absl::Time end = FromProto(visit.plan_end_time());
  if (end <= start) {
    return FieldError("visit.plan_end_time", absl::StrCat("must be later than plan_start_time, ", ForPeople(start)));
  }
  if (end - start > kLongestVisit) {
    return FieldError("visit.plan_end_time", "a visit lasts at most 90 days; plan a further visit for the time after");
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> ArrivalTime(std::optional<absl::Time> device_time, absl::Time now, absl::Time notice_time) {
  if (!device_time.has_value()) return now;
  if (*device_time > now + kDeviceClockSkew) {
    return FieldError("device_time", absl::StrCat(ForPeople(*device_time), " lies in the future (it is ",
                                                  ForPeople(now), "); set the device's clock"));
  }
  if (*device_time < notice_time) {
    return FieldError("device_time", absl::StrCat(ForPeople(*device_time), " is before the customer's notice of ",
                                                  ForPeople(notice_time), "; set the device's clock"));
  }
  return std::min(*device_time, now);
}

absl::Status AddWork(const v1::WorkRecord& work, const std::string& principal, absl::Time now, v1::Visit& visit) {
  if (visit.work_records_size() >= kMostWorkRecords) {
    return FieldError("name", absl::StrCat(visit.name(), " holds ", kMostWorkRecords,
                                           " records of work, which is the most; plan a further visit"));
  }
  v1::WorkRecord& record = *visit.add_work_records();
  record = work;
  record.set_recorded_by(principal);
  *record.mutable_record_time() = ToProto(now);
  return absl::OkStatus();
}

absl::Status CheckConfirmation(const v1::Evidence& evidence) {
  if (!evidence.text().empty() || !evidence.reference().empty() || !evidence.person().empty()) return absl::OkStatus();
  return FieldError("evidence", "say in text, reference or person what shows the customer's opinion");
}

bool SeesOwnVisitsOnly(const Caller& caller) {
  if (!caller.Holds(v1::ROLE_FIELD_ENGINEER)) return false;
  for (v1::Role role : kOverseers) {
    if (caller.Holds(role)) return false;
  }
  return true;
}

bool MayWorkOn(const Caller& caller, const std::string& engineer_principal) {
  return !SeesOwnVisitsOnly(caller) || (!engineer_principal.empty() && engineer_principal == caller.principal);
}

}  // namespace aftersales
