#include "server/improvement/improvement_rules.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/base/transitions.h"
#include "server/cases/case_rules.h"
#include "server/cases/contact_rules.h"

namespace aftersales {
namespace {

// Who answer for all corrective actions, whoever owes them.
constexpr v1::Role kAnswerForAll[] = {v1::ROLE_QUALITY, v1::ROLE_SERVICE_MANAGER};

}  // namespace

std::string Participle(MeetingStep step) {
  switch (step) {
    case MeetingStep::kHold: return "held";
    case MeetingStep::kCancel: return "called off";
  }
  return "changed";
}

absl::Status TakeStep(MeetingStep step, v1::Meeting& meeting) { return TakeStepOf(kMeetingTransitions, step, meeting); }

absl::Status FullError(const std::string& resource, int most, const std::string& what) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(resource, " has ", most, " ", what, " already, which is the most."))
      .With("resource", resource)
      .With("most", absl::StrCat(most));
}

absl::Status CheckMeeting(const v1::Meeting& meeting, absl::Time now) {
  std::set<int> invited;
  for (int i = 0; i < meeting.departments_size(); ++i) {
    const std::string field = absl::StrCat("meeting.departments[", i, "]");
    RETURN_IF_ERROR(CheckDepartment(field, meeting.departments(i)));
    if (!invited.insert(meeting.departments(i)).second) {
      return FieldError(field, absl::StrCat(Word(meeting.departments(i)), " is invited twice; name it once"));
    }
  }
  if (FromProto(meeting.meeting_time()) > now + kLongestDeadline) {
    return FieldError("meeting.meeting_time", "lies more than ten years ahead; give the time at which they meet");
  }
  return absl::OkStatus();
}

absl::Status CheckAttendance(const v1::HoldMeetingRequest& request) {
  for (int i = 0; i < request.attendance_size(); ++i) {
    RETURN_IF_ERROR(
        CheckDepartment(absl::StrCat("attendance[", i, "].department"), request.attendance(i).department()));
  }
  return absl::OkStatus();
}

absl::Status SettleAction(const v1::Case& service_case, absl::Time now, v1::CorrectiveAction& action) {
  RETURN_IF_ERROR(CheckDepartment("corrective_action.owner", action.owner()));
  const absl::Time due = FromProto(action.due_time());
  if (due <= now) {
    return FieldError("corrective_action.due_time",
                      absl::StrCat("lies in the past (", ForPeople(due), "; it is ", ForPeople(now),
                                   " now); give the time by which it is to be done"));
  }
  if (due > now + kLongestDeadline) {
    return FieldError("corrective_action.due_time",
                      "lies more than ten years ahead; give the time by which it is to be done");
  }
  if (action.product().empty()) action.set_product(service_case.product());
  if (action.nonconforming_item().empty() && service_case.nonconforming_items_size() == 1) {
    action.set_nonconforming_item(service_case.nonconforming_items(0));
  }
  return absl::OkStatus();
}

absl::Status CheckCompleter(const v1::CorrectiveAction& action, const Caller& caller) {
  const bool named = !action.owner_principal().empty() && caller.principal == action.owner_principal();
  if (named || caller.Holds(action.owner())) return absl::OkStatus();
  std::string roles = Word(action.owner());
  for (const v1::Role role : kAnswerForAll) {
    if (caller.Holds(role)) return absl::OkStatus();
    if (role != action.owner()) absl::StrAppend(&roles, " or ", Word(role));
  }
  return RoleMissingError(roles, /*head=*/false, "complete-corrective-action", {});
}

absl::StatusOr<absl::Time> DoneTime(const v1::Case& service_case, const v1::CorrectiveAction& action,
                                    std::optional<absl::Time> told, absl::Time now) {
  if (action.checks().empty()) return TimeAfterNotice("time", told, now, service_case);
  return PastTimeAfter("time", told, now, FromProto(action.checks().rbegin()->act().time()),
                       "the check that found it not effective");
}

void SetDoneBy(const std::string& principal, v1::CorrectiveAction& action) {
  action.set_done_by(principal);
  if (!absl::c_linear_search(action.completers(), principal)) action.add_completers(principal);
}

absl::Status CheckChecker(const v1::CorrectiveAction& action, const std::string& principal) {
  if (principal != action.owner_principal() && !absl::c_linear_search(action.completers(), principal)) {
    return absl::OkStatus();
  }
  return OwnSubmissionError(action.name(), principal, "worked on", "check the effect of");
}

}  // namespace aftersales
