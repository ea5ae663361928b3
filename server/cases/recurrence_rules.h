// Corrective actions from being planned to having proved effective, and when a case is the same trouble again. Pure.
#ifndef AFTERSALES_SERVER_CASES_RECURRENCE_RULES_H_
#define AFTERSALES_SERVER_CASES_RECURRENCE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/improvement.pb.h"

namespace aftersales {

enum class ActionStep { kComplete, kFindEffective, kFindNotEffective, kCancel, kRecur, kUnrecur, kUnrecurEffective };

struct ActionTransition {
  v1::CorrectiveActionState from;
  ActionStep step;
  v1::CorrectiveActionState to;
};

// Everything that is possible. What did not prove effective is open again; what comes back after it was done has its
// check reopened, whatever the check before said. Where that turns out not to be so, it is as the check before left it.
inline constexpr ActionTransition kActionTransitions[] = {
    {v1::CORRECTIVE_ACTION_STATE_OPEN, ActionStep::kComplete, v1::CORRECTIVE_ACTION_STATE_DONE},
    {v1::CORRECTIVE_ACTION_STATE_OPEN, ActionStep::kCancel, v1::CORRECTIVE_ACTION_STATE_CANCELLED},
    {v1::CORRECTIVE_ACTION_STATE_DONE, ActionStep::kFindEffective, v1::CORRECTIVE_ACTION_STATE_EFFECTIVE},
    {v1::CORRECTIVE_ACTION_STATE_DONE, ActionStep::kFindNotEffective, v1::CORRECTIVE_ACTION_STATE_OPEN},
    {v1::CORRECTIVE_ACTION_STATE_DONE, ActionStep::kRecur, v1::CORRECTIVE_ACTION_STATE_REOPENED},
    {v1::CORRECTIVE_ACTION_STATE_EFFECTIVE, ActionStep::kRecur, v1::CORRECTIVE_ACTION_STATE_REOPENED},
    {v1::CORRECTIVE_ACTION_STATE_REOPENED, ActionStep::kFindEffective, v1::CORRECTIVE_ACTION_STATE_EFFECTIVE},
    {v1::CORRECTIVE_ACTION_STATE_REOPENED, ActionStep::kFindNotEffective, v1::CORRECTIVE_ACTION_STATE_OPEN},
    {v1::CORRECTIVE_ACTION_STATE_REOPENED, ActionStep::kRecur, v1::CORRECTIVE_ACTION_STATE_REOPENED},
    {v1::CORRECTIVE_ACTION_STATE_REOPENED, ActionStep::kUnrecur, v1::CORRECTIVE_ACTION_STATE_DONE},
    {v1::CORRECTIVE_ACTION_STATE_REOPENED, ActionStep::kUnrecurEffective, v1::CORRECTIVE_ACTION_STATE_EFFECTIVE},
};

// What follows "cannot be" when the step is refused: "completed".
std::string Participle(ActionStep step);

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(ActionStep step, v1::CorrectiveAction& action);

// Recurrences that an action tells of; of more, the newest. It counts them all.
inline constexpr int kMostRecurrences = 100;

// Another case, not refused, has the product and the item of the action.
bool IsSameTrouble(const v1::CorrectiveAction& action, const v1::Case& service_case);

// The case is what the action was to keep from happening again: the same trouble, entered after the action was carried
// out. When it was entered and not when it is said to have begun: what somebody says about the past cannot be checked,
// and whoever checks the action says so where the trouble is older than the action.
bool IsRecurrence(const v1::CorrectiveAction& action, const v1::Case& service_case);

// Reopens the check of the action, of which IsRecurrence holds and which has no such recurrence.
absl::Status AddRecurrence(const v1::Case& service_case, absl::Time now, v1::CorrectiveAction& action);
// Takes a recurrence back. The check that it reopened is as it was before, unless another has come since.
absl::Status WithdrawRecurrence(const v1::Case& service_case, v1::CorrectiveAction& action);

// Why the two cases are linked.
std::string RecurrenceReason(const v1::CorrectiveAction& action);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_RECURRENCE_RULES_H_
