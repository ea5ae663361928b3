#include "server/cases/case_rules.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace aftersales {

std::string Participle(CaseStep step) {
  switch (step) {
    case CaseStep::kAccept: return "accepted";
    case CaseStep::kRefuse: return "refused";
    case CaseStep::kClassify: return "classified";
    case CaseStep::kPropose: return "given a solution";
    case CaseStep::kFile: return "given a document";
    case CaseStep::kClose: return "closed";
    case CaseStep::kChange: return "changed";
    case CaseStep::kReopen: return "reopened";
    case CaseStep::kPause: return "paused";
    case CaseStep::kResume: return "resumed";
    case CaseStep::kEscalate: return "escalated";
    case CaseStep::kFindCause: return "given a cause";
    case CaseStep::kRemedy: return "given a remedy";
    case CaseStep::kPrice: return "given a price";
    case CaseStep::kExplain: return "given an explanation";
    case CaseStep::kCall: return "given a telephone attempt";
    case CaseStep::kAskHelp: return "given a request for help";
    case CaseStep::kArchive: return "archived";
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

absl::StatusOr<absl::Time> PastTimeAfter(const std::string& what, std::optional<absl::Time> told, absl::Time now,
                                         absl::Time earliest, const std::string& first) {
  ASSIGN_OR_RETURN(const absl::Time time, PastTime(what, told, now));
  if (time >= earliest) return time;
  return FieldError(what, absl::StrCat("lies before ", first, " (", ForPeople(earliest),
                                       "). Give the time at which it happened; left empty it means now."));
}

absl::StatusOr<absl::Time> TimeAfterNotice(const std::string& what, std::optional<absl::Time> told, absl::Time now,
                                           const v1::Case& service_case) {
  return PastTimeAfter(what, told, now, FromProto(service_case.notice_time()),
                       absl::StrCat("the notice of ", service_case.name()));
}

absl::Status CheckEvidence(const std::string& field, const v1::Evidence& evidence, const std::string& question) {
  if (!evidence.text().empty() || !evidence.reference().empty()) return absl::OkStatus();
  return FieldError(field, absl::StrCat("needs a text or a reference: ", question));
}

absl::Status SettleCaseTimes(v1::Case& service_case, absl::Time now) {
  std::optional<absl::Time> told;
  if (service_case.has_notice_time()) told = FromProto(service_case.notice_time());
  ASSIGN_OR_RETURN(const absl::Time notice, PastTime("service_case.notice_time", told, now));
  *service_case.mutable_notice_time() = ToProto(notice);
  if (service_case.has_fault_time() && FromProto(service_case.fault_time()) > notice) {
    return FieldError("service_case.fault_time",
                      "lies after the notice; a fault is reported after it happened. Correct one of the two");
  }
  if (service_case.has_customer_deadline() && FromProto(service_case.customer_deadline()) <= notice) {
    return FieldError("service_case.customer_deadline",
                      "lies before the notice; give the time by which we must be there");
  }
  if (service_case.has_customer_deadline() && FromProto(service_case.customer_deadline()) > now + kLongestDeadline) {
    return FieldError("service_case.customer_deadline",
                      "lies more than ten years ahead; give the time by which we must be there, or leave it empty");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Case> ChangedCase(const v1::Case& before, const v1::Case& wanted) {
  const auto stays = [](const std::string& field, const std::string& value) {
    return FieldError(
        absl::StrCat("service_case.", field),
        absl::StrCat("stays as it is; ", value.empty() ? "leave it empty" : absl::StrCat("give ", value)));
  };
  if (wanted.customer() != before.customer()) return stays("customer", before.customer());
  if (!wanted.contact().empty() && wanted.contact() != before.contact()) return stays("contact", before.contact());
  if (!before.equipment().empty() && !wanted.equipment().empty() && wanted.equipment() != before.equipment()) {
    return stays("equipment", before.equipment());
  }
  if (wanted.has_notice_time() && FromProto(wanted.notice_time()) != FromProto(before.notice_time())) {
    return stays("notice_time", ForPeople(FromProto(before.notice_time())));
  }
  v1::Case after = before;
  after.set_subject(wanted.subject());
  after.set_type(wanted.type());
  after.set_severity(wanted.severity());
  after.set_emergency(wanted.emergency());
  if (before.equipment().empty()) after.set_equipment(wanted.equipment());
  after.set_site(wanted.site());
  *after.mutable_nonconforming_items() = wanted.nonconforming_items();
  after.set_description(wanted.description());
  after.clear_fault_time();
  if (wanted.has_fault_time()) *after.mutable_fault_time() = wanted.fault_time();
  after.clear_customer_deadline();
  if (wanted.has_customer_deadline()) *after.mutable_customer_deadline() = wanted.customer_deadline();
  return after;
}

absl::Status CheckDeadlineStays(const v1::Case& before, const v1::Case& wanted, absl::Time now) {
  if (!before.has_customer_deadline()) return absl::OkStatus();
  const absl::Time deadline = FromProto(before.customer_deadline());
  if (deadline > now) return absl::OkStatus();
  if (wanted.has_customer_deadline() && FromProto(wanted.customer_deadline()) <= deadline) return absl::OkStatus();
  return FieldError(
      "service_case.customer_deadline",
      absl::StrCat("has passed (", ForPeople(deadline), "), and what was promised by then stays; give it ",
                   "as it is, and record the customer's agreement as a pause (PauseCase)"));
}

absl::Status CheckNotPaused(const v1::Case& service_case, const std::string& step) {
  if (!service_case.has_pause()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(service_case.name(), " is paused since ",
                            ForPeople(FromProto(service_case.pause().start_time())), " (",
                            Word(service_case.pause().cause(), ' '), ") and cannot be ", step,
                            ": resume it first (ResumeCase)."))
      .With("resource", service_case.name())
      .With("state", "paused")
      .With("allowed", Word(service_case.state()));
}

absl::StatusOr<absl::Time> PauseStart(const v1::Case& service_case, std::optional<absl::Time> told, absl::Time now) {
  RETURN_IF_ERROR(CheckNotPaused(service_case, "paused again"));
  ASSIGN_OR_RETURN(const absl::Time start, PastTime("start_time", told, now));
  const absl::Time notice = FromProto(service_case.notice_time());
  if (start < notice) {
    return FieldError("start_time", absl::StrCat("lies before the customer's notice (", ForPeople(notice),
                                                 "); no clock ran then that could stand still. Give a time after it"));
  }
  if (service_case.facts().has_pause_end_time() && start < FromProto(service_case.facts().pause_end_time())) {
    return FieldError("start_time", absl::StrCat("lies before the end of the last pause (",
                                                 ForPeople(FromProto(service_case.facts().pause_end_time())), ")"));
  }
  return start;
}

absl::StatusOr<absl::Time> PauseEnd(const v1::Case& service_case, std::optional<absl::Time> told, absl::Time now) {
  if (!service_case.has_pause()) {
    return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
                 absl::StrCat(service_case.name(), " is not paused, so that there is nothing to resume."))
        .With("resource", service_case.name())
        .With("state", Word(service_case.state()))
        .With("allowed", "paused");
  }
  ASSIGN_OR_RETURN(const absl::Time end, PastTime("resume_time", told, now));
  const absl::Time start = FromProto(service_case.pause().start_time());
  if (end < start) {
    return FieldError("resume_time", absl::StrCat("lies before the pause began (", ForPeople(start), ")"));
  }
  return end;
}

absl::Status SettleAttempt(const v1::Case& service_case, v1::TelephoneAttempt& attempt, absl::Time now) {
  if (attempt.solved() && !attempt.reached()) {
    return FieldError("telephone_attempt.solved",
                      "cannot be where nobody was reached; set `reached` as well, or neither");
  }
  std::optional<absl::Time> told;
  if (attempt.has_time()) told = FromProto(attempt.time());
  ASSIGN_OR_RETURN(const absl::Time made, PastTime("telephone_attempt.time", told, now));
  if (made < FromProto(service_case.notice_time())) {
    return FieldError("telephone_attempt.time",
                      "lies before the customer's notice; give the time of a call after it, or leave it empty for now");
  }
  *attempt.mutable_time() = ToProto(made);
  return absl::OkStatus();
}

absl::Status CheckEscalation(const v1::Case& service_case, v1::Role to, const std::string& principal, absl::Time now) {
  for (const v1::CaseEscalation& before : service_case.escalations()) {
    const absl::Time time = FromProto(before.act().time());
    if (before.to() != to || before.act().principal() != principal || time + kEscalationPause <= now) continue;
    return ExistsError(service_case.name(),
                       absl::StrCat(service_case.name(), " was brought before ", Word(to), " by ", principal, " at ",
                                    ForPeople(time), " already; give them an hour, or bring it before another role."));
  }
  if (service_case.escalations_size() < kMostEscalations) return absl::OkStatus();
  return FieldError("name", absl::StrCat(service_case.name(), " was escalated ", kMostEscalations,
                                         " times already, which is the most; speak with those it was brought before"));
}

absl::Status Link(v1::Case& service_case, const std::string& other, const std::string& reason,
                  const std::string& principal) {
  if (other == service_case.name()) return ReferenceError("other", other, "is the case itself; name another one");
  int links = 0;
  for (const v1::CaseLink& link : service_case.links()) {
    links += link.corrective_action().empty() ? 1 : 0;
    if (link.service_case() == other) {
      return ExistsError(service_case.name(), absl::StrCat(service_case.name(), " is linked to ", other,
                                                           " already, by ", link.linked_by(), ": ", link.reason()));
    }
  }
  if (links >= kMostLinks) {
    return ReferenceError("other", service_case.name(),
                          absl::StrCat(service_case.name(), " has ", kMostLinks,
                                       " links already, which is the most; link the other cases among themselves"));
  }
  v1::CaseLink* link = service_case.add_links();
  link->set_service_case(other);
  link->set_reason(reason);
  link->set_linked_by(principal);
  return absl::OkStatus();
}

std::string SearchItem(const std::string& item) {
  constexpr size_t kMost = 200;  // characters, as the columns hold; folding can make a text longer
  return FirstCharacters(Folded(item), kMost);
}

std::vector<std::string> SearchItems(const v1::Case& service_case) {
  std::set<std::string> items;
  for (const std::string& item : service_case.nonconforming_items()) {
    if (std::string searched = SearchItem(item); !searched.empty()) items.insert(std::move(searched));
  }
  return {items.begin(), items.end()};
}

}  // namespace aftersales
