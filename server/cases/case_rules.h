// Pure decisions about cases: which step is possible in which state, and what they hold must satisfy. Values in, values
// out; no I/O and no clock of their own.
#ifndef AFTERSALES_SERVER_CASES_CASE_RULES_H_
#define AFTERSALES_SERVER_CASES_CASE_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {

enum class CaseStep {
  kAccept,
  kRefuse,
  kClassify,
  kPropose,
  kFile,
  kClose,
  kChange,
  kReopen,
  kPause,
  kResume,
  kEscalate,
  kFindCause,
  kRemedy,
  kPrice,
  kExplain,
  kCall,
  kAskHelp,
  kArchive
};

inline constexpr CaseStep kCaseSteps[] = {
    CaseStep::kAccept,   CaseStep::kRefuse,    CaseStep::kClassify, CaseStep::kPropose, CaseStep::kFile,
    CaseStep::kClose,    CaseStep::kChange,    CaseStep::kReopen,   CaseStep::kPause,   CaseStep::kResume,
    CaseStep::kEscalate, CaseStep::kFindCause, CaseStep::kRemedy,   CaseStep::kPrice,   CaseStep::kExplain,
    CaseStep::kCall,     CaseStep::kAskHelp,   CaseStep::kArchive};

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
    {v1::CASE_STATE_OPEN, CaseStep::kChange, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_OPEN, CaseStep::kPause, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_OPEN, CaseStep::kResume, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_OPEN, CaseStep::kEscalate, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_OPEN, CaseStep::kCall, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_OPEN, CaseStep::kAskHelp, v1::CASE_STATE_OPEN},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kClassify, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kPropose, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kFile, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kChange, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kPause, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kResume, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kEscalate, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kFindCause, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kRemedy, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kPrice, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kExplain, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kCall, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kAskHelp, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_ACCEPTED, CaseStep::kClose, v1::CASE_STATE_CLOSED},
    {v1::CASE_STATE_CLOSED, CaseStep::kFile, v1::CASE_STATE_CLOSED},  // what survives the close is filed after it
    {v1::CASE_STATE_CLOSED, CaseStep::kReopen, v1::CASE_STATE_ACCEPTED},
    {v1::CASE_STATE_CLOSED, CaseStep::kArchive, v1::CASE_STATE_ARCHIVED},
    {v1::CASE_STATE_ARCHIVED, CaseStep::kReopen, v1::CASE_STATE_ACCEPTED},  // what was sealed stays sealed
    {v1::CASE_STATE_REFUSED, CaseStep::kReopen, v1::CASE_STATE_OPEN},
};

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(CaseStep step, v1::Case& service_case);

// What follows "cannot be" when the step is refused: "accepted".
std::string Participle(CaseStep step);

// How far a caller's clock may run ahead of ours.
inline constexpr absl::Duration kClockSkew = absl::Minutes(5);

// How far ahead a customer's deadline lies at most.
inline constexpr absl::Duration kLongestDeadline = absl::Hours(24 * 3653);

// Settles when the notice came: now where it is not said. What already happened must not lie in the future; the fault
// not after its notice; the deadline not before it, nor more than ten years ahead.
absl::Status SettleCaseTimes(v1::Case& service_case, absl::Time now);
// When something happened that is told in the field `what`: `told`, or now where it is not said. A clock that runs
// slightly ahead of ours means now, so that nothing happens after it was entered.
absl::StatusOr<absl::Time> PastTime(const std::string& what, std::optional<absl::Time> told, absl::Time now);
// The same for what cannot have happened before something else, `first` ("the notice of the case").
absl::StatusOr<absl::Time> PastTimeAfter(const std::string& what, std::optional<absl::Time> told, absl::Time now,
                                         absl::Time earliest, const std::string& first);
absl::StatusOr<absl::Time> TimeAfterNotice(const std::string& what, std::optional<absl::Time> told, absl::Time now,
                                           const v1::Case& service_case);

// The evidence says something: a text or a reference. `question` is what it must answer.
absl::Status CheckEvidence(const std::string& field, const v1::Evidence& evidence, const std::string& question);

// What the case becomes when `wanted` replaces it: whose it is, what it came from, its equipment once named and what
// only the server sets stay as they are. Refused where the caller tries to change what stays.
absl::StatusOr<v1::Case> ChangedCase(const v1::Case& before, const v1::Case& wanted);

// A deadline that has passed is not moved later or cleared when `wanted` replaces the case: what was due by then stays.
absl::Status CheckDeadlineStays(const v1::Case& before, const v1::Case& wanted, absl::Time now);

// A paused case cannot end: `step` ("closed") is refused until it goes on.
absl::Status CheckNotPaused(const v1::Case& service_case, const std::string& step);
// Since when the case is paused: not before its notice, nor before its last pause ended, nor while it is paused
// already.
absl::StatusOr<absl::Time> PauseStart(const v1::Case& service_case, std::optional<absl::Time> told, absl::Time now);
// Since when it goes on: not before it was paused.
absl::StatusOr<absl::Time> PauseEnd(const v1::Case& service_case, std::optional<absl::Time> told, absl::Time now);

// Settles when the attempt was made: now where it is not said; not before the notice. What was solved was said to
// somebody.
absl::Status SettleAttempt(const v1::Case& service_case, v1::TelephoneAttempt& attempt, absl::Time now);

// Bounds of what one case holds. Links that people made, and those that the server made for recurrences, do not take
// each other's room.
inline constexpr int kMostEscalations = 50;
inline constexpr int kMostLinks = 100;
inline constexpr int kMostRecurrenceLinks = 100;
inline constexpr int kMostContacts = 200;

// How long the same person waits before bringing a case before the same role again.
inline constexpr absl::Duration kEscalationPause = absl::Hours(1);
// The case can be brought before the role: not again by the same person at once, so that nobody uses up
// kMostEscalations.
absl::Status CheckEscalation(const v1::Case& service_case, v1::Role to, const std::string& principal, absl::Time now);

// Links a case to another, on its own side: refused to itself, twice, and beyond kMostLinks.
absl::Status Link(v1::Case& service_case, const std::string& other, const std::string& reason,
                  const std::string& principal);

// The items by which similar cases and recurrences are found: as they are compared, each once, in order.
std::vector<std::string> SearchItems(const v1::Case& service_case);
// An item as it is compared: Folded, of a bounded length.
std::string SearchItem(const std::string& item);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_RULES_H_
