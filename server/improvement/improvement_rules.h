// What meetings and corrective actions must satisfy, and which step of a meeting is possible when. (Those of an action:
// server/cases/recurrence_rules.h.) Pure.
#ifndef AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_RULES_H_
#define AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_RULES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "server/base/call.h"

namespace aftersales {

enum class MeetingStep { kHold, kCancel };

struct MeetingTransition {
  v1::MeetingState from;
  MeetingStep step;
  v1::MeetingState to;
};

// Everything that is possible; a meeting that fell through is convened anew.
inline constexpr MeetingTransition kMeetingTransitions[] = {
    {v1::MEETING_STATE_CONVENED, MeetingStep::kHold, v1::MEETING_STATE_HELD},
    {v1::MEETING_STATE_CONVENED, MeetingStep::kCancel, v1::MEETING_STATE_CANCELLED},
};

// What follows "cannot be" when the step is refused: "held".
std::string Participle(MeetingStep step);

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(MeetingStep step, v1::Meeting& meeting);

// Bounds of what one case, and one action, holds.
inline constexpr int kMostMeetings = 100;
inline constexpr int kMostActions = 100;
inline constexpr int kMostChecks = 100;
// It holds that many `what` already ("meetings").
absl::Status FullError(const std::string& resource, int most, const std::string& what);

// Departments can be invited, each once. The time may have passed (what was called together on the telephone is entered
// afterwards), and lies at most ten years ahead.
absl::Status CheckMeeting(const v1::Meeting& meeting, absl::Time now);

// Who attended are departments.
absl::Status CheckAttendance(const v1::HoldMeetingRequest& request);

// Takes over from the case what the action leaves open: its product, and its non-conforming item where it has just one.
// Owed by a department, by a time in the next ten years.
absl::Status SettleAction(const v1::Case& service_case, absl::Time now, v1::CorrectiveAction& action);

// Whoever owes the action completes it, or those who answer for all of them.
absl::Status CheckCompleter(const v1::CorrectiveAction& action, const Caller& caller);

// When the action was carried out: now where it is not said; after the notice of its case, and after the check that
// found it not effective the last time.
absl::StatusOr<absl::Time> DoneTime(const v1::Case& service_case, const v1::CorrectiveAction& action,
                                    std::optional<absl::Time> told, absl::Time now);
// Keeps who carried it out, beside those who did before.
void SetDoneBy(const std::string& principal, v1::CorrectiveAction& action);

// Nobody checks what they ever did, or owed, themselves.
absl::Status CheckChecker(const v1::CorrectiveAction& action, const std::string& principal);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_RULES_H_
