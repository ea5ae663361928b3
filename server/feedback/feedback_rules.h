// Decisions about feedback and callbacks: which step is possible when, and what they must satisfy. Pure: values in,
// values out.
#ifndef AFTERSALES_SERVER_FEEDBACK_FEEDBACK_RULES_H_
#define AFTERSALES_SERVER_FEEDBACK_FEEDBACK_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/feedback.pb.h"

namespace aftersales {

enum class FeedbackStep { kConfirm, kRefute, kWithdraw };

struct FeedbackTransition {
  v1::FeedbackState from;
  FeedbackStep step;
  v1::FeedbackState to;
};

// Everything that is possible: whether a complaint about conduct is true is said once, and is open again when that is
// taken back.
inline constexpr FeedbackTransition kFeedbackTransitions[] = {
    {v1::FEEDBACK_STATE_RECORDED, FeedbackStep::kConfirm, v1::FEEDBACK_STATE_CONFIRMED},
    {v1::FEEDBACK_STATE_RECORDED, FeedbackStep::kRefute, v1::FEEDBACK_STATE_UNFOUNDED},
    {v1::FEEDBACK_STATE_CONFIRMED, FeedbackStep::kWithdraw, v1::FEEDBACK_STATE_RECORDED},
    {v1::FEEDBACK_STATE_UNFOUNDED, FeedbackStep::kWithdraw, v1::FEEDBACK_STATE_RECORDED},
};

// What follows "cannot be" when the step is refused: "verified".
std::string Participle(FeedbackStep step);

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(FeedbackStep step, v1::Feedback& feedback);

inline constexpr int kMostFeedbackReports = 20;  // to one role

// Settles when it was said (now where that is not told; not the future), and checks what it must have by its kind: a
// survey its answer, a complaint about conduct its type and the one it is about, together; each topic once.
absl::Status SettleFeedback(v1::Feedback& feedback, absl::Time now);
// It is about conduct: the only feedback that can be true or not.
absl::Status CheckVerifiable(const v1::Feedback& feedback);
absl::Status CheckMoreReports(const v1::Feedback& feedback, v1::Role to);
// Nothing came of it yet: a result is recorded once.
absl::Status CheckUnhandled(const v1::Feedback& feedback);
// The feedback, which is about `engineer`, is not about `principal`: neither whom that entry led to when it was
// recorded, nor `accused`, whom it leads to now (empty: nobody that could sign in).
absl::Status CheckNotTheAccused(const v1::Feedback& feedback, const std::string& engineer, const std::string& accused,
                                const std::string& principal, const std::string& verb);

// Settles when the call was made, and refuses what only somebody who was reached could have said.
absl::Status SettleCallback(v1::Callback& callback, absl::Time now);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_FEEDBACK_FEEDBACK_RULES_H_
