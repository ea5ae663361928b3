// Pure decisions about contacts, cases and solutions: which step is possible in which state, and what a new entry must
// satisfy. Values in, values out; no I/O and no clock of their own.
#ifndef AFTERSALES_SERVER_CASES_CASE_RULES_H_
#define AFTERSALES_SERVER_CASES_CASE_RULES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {

enum class CaseStep { kAccept, kRefuse, kClassify, kPropose, kFile, kClose };

inline constexpr CaseStep kCaseSteps[] = {CaseStep::kAccept,  CaseStep::kRefuse, CaseStep::kClassify,
                                          CaseStep::kPropose, CaseStep::kFile,   CaseStep::kClose};

struct CaseTransition {
  v1::CaseState from;
  CaseStep step;
  v1::CaseState to;
};

// Every step that is possible; all others are refused.
inline constexpr CaseTransition kCaseTransitions[] = {
    {v1::CASE_STATE_OPEN, CaseStep::kAccept, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_OPEN, CaseStep::kRefuse, v1::CASE_STATE_REFUSED},
    {v1::CASE_STATE_OPEN, CaseStep::kClassify, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_OPEN, CaseStep::kFile, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kClassify, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kPropose, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kFile, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kClose, v1::CASE_STATE_CLOSED},
    {v1::CASE_STATE_CLOSED, CaseStep::kFile, v1::CASE_STATE_CLOSED},  // what survives the close is filed after it
};

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(CaseStep step, v1::Case& service_case);

// What follows "cannot be" when the step is refused: "accepted".
std::string Participle(CaseStep step);

// How far a caller's clock may run ahead of ours.
inline constexpr absl::Duration kClockSkew = absl::Minutes(5);

// Settles when the notice came: now where it is not said. What already happened must not lie in the future; the fault not
// after its notice; the deadline not before it.
absl::Status SettleContactTimes(v1::Contact& contact, absl::Time now);
absl::Status SettleCaseTimes(v1::Case& service_case, absl::Time now);
// When something happened that is told in the field `what`: `told`, or now where it is not said. A clock that runs slightly
// ahead of ours means now, so that nothing happens after it was entered.
absl::StatusOr<absl::Time> PastTime(const std::string& what, std::optional<absl::Time> told, absl::Time now);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_RULES_H_
