// Corrective actions from being planned to having proved effective, and when a case is the same trouble again. Pure.
#ifndef AFTERSALES_SERVER_CASES_RECURRENCE_RULES_H_
#define AFTERSALES_SERVER_CASES_RECURRENCE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/improvement.pb.h"

namespace aftersales {

enum class ActionStep { kComplete, kFindEffective, kFindNotEffective, kCancel, kRecur };

struct ActionTransition {
  v1::CorrectiveActionState from;
  ActionStep step;
  v1::CorrectiveActionState to;
};

// Everything that is possible. What did not prove effective is open again; what comes back after it was done has its
// check reopened, whatever the check before said.
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
};

// What follows "cannot be" when the step is refused: "completed".
std::string Participle(ActionStep step);

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(ActionStep step, v1::CorrectiveAction& action);

// Recurrences that an action keeps; of more, the newest. It counts them all.
inline constexpr int kMostRecurrences = 100;

// When the trouble of a case began, as far as anybody knows: with the fault, else with the notice.
absl::Time TroubleTime(const v1::Case& service_case);

// The case is what the action was to keep from happening again: the same product and item, not before the action was
// carried out, and not known as a recurrence already.
bool IsRecurrence(const v1::CorrectiveAction& action, const v1::Case& service_case);

// Reopens the check of the action, of which IsRecurrence holds.
absl::Status AddRecurrence(const v1::Case& service_case, absl::Time now, v1::CorrectiveAction& action);

// Why the two cases are linked.
std::string RecurrenceReason(const v1::CorrectiveAction& action);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_RECURRENCE_RULES_H_
