#include "server/cases/case_rules.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"

namespace aftersales {

std::string Participle(CaseStep step) {
  switch (step) {
    case CaseStep::kAccept: return "accepted";
    case CaseStep::kRefuse: return "refused";
    case CaseStep::kClassify: return "classified";
    case CaseStep::kPropose: return "given a solution";
    case CaseStep::kFile: return "given a document";
    case CaseStep::kClose: return "closed";
  }
  return "changed";
}

absl::Status TakeStep(CaseStep step, v1::Case& service_case) {
  std::vector<std::string> allowed;
  for (const CaseTransition& transition : kCaseTransitions) {
    if (transition.step != step) continue;
    if (transition.from == service_case.state()) {
      service_case.set_state(transition.to);
      return absl::OkStatus();
    }
    allowed.push_back(Word(transition.from));
  }
  return StateError(service_case.name(), Word(service_case.state()), Participle(step), allowed);
}

absl::StatusOr<absl::Time> PastTime(const std::string& what, std::optional<absl::Time> told, absl::Time now) {
  if (!told.has_value()) return now;
  if (*told <= now + kClockSkew) return std::min(*told, now);
  return FieldError(what, absl::StrCat("lies in the future (", ForPeople(*told), "; it is ", ForPeople(now),
                                       " now). Give the time at which it happened; left empty it means now."));
}

absl::Status SettleContactTimes(v1::Contact& contact, absl::Time now) {
  std::optional<absl::Time> told;
  if (contact.has_notice_time()) told = FromProto(contact.notice_time());
  ASSIGN_OR_RETURN(const absl::Time notice, PastTime("contact.notice_time", told, now));
  *contact.mutable_notice_time() = ToProto(notice);
  if (contact.has_fault_time() && FromProto(contact.fault_time()) > notice) {
    return FieldError("contact.fault_time", "lies after the notice; a fault is reported after it happened");
  }
  return absl::OkStatus();
}

absl::Status SettleCaseTimes(v1::Case& service_case, absl::Time now) {
  std::optional<absl::Time> told;
  if (service_case.has_notice_time()) told = FromProto(service_case.notice_time());
  ASSIGN_OR_RETURN(const absl::Time notice, PastTime("service_case.notice_time", told, now));
  *service_case.mutable_notice_time() = ToProto(notice);
  if (service_case.has_fault_time() && FromProto(service_case.fault_time()) > notice) {
    return FieldError("service_case.fault_time", "lies after the notice; a fault is reported after it happened");
  }
  if (service_case.has_customer_deadline() && FromProto(service_case.customer_deadline()) <= notice) {
    return FieldError("service_case.customer_deadline", "lies before the notice; give the time by which we must be there");
  }
  return absl::OkStatus();
}

}  // namespace aftersales
