// Pure decisions about contacts: which step is possible in which state, what changes, and which departments can be
// asked. Values in, values out; no I/O and no clock of their own.
#ifndef AFTERSALES_SERVER_CASES_CONTACT_RULES_H_
#define AFTERSALES_SERVER_CASES_CONTACT_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {

enum class ContactStep { kChange, kAnswer, kTransfer, kJoin, kClose };

inline constexpr ContactStep kContactSteps[] = {ContactStep::kChange, ContactStep::kAnswer, ContactStep::kTransfer,
                                                ContactStep::kJoin, ContactStep::kClose};

struct ContactTransition {
  v1::ContactState from;
  ContactStep step;
  v1::ContactState to;
};

// Every step that is possible; all others are refused.
inline constexpr ContactTransition kContactTransitions[] = {
    {v1::CONTACT_STATE_OPEN, ContactStep::kChange, v1::CONTACT_STATE_OPEN},
    {v1::CONTACT_STATE_OPEN, ContactStep::kAnswer, v1::CONTACT_STATE_ANSWERED},
    {v1::CONTACT_STATE_OPEN, ContactStep::kTransfer, v1::CONTACT_STATE_TRANSFERRED},
    {v1::CONTACT_STATE_OPEN, ContactStep::kJoin, v1::CONTACT_STATE_OPEN},
    {v1::CONTACT_STATE_OPEN, ContactStep::kClose, v1::CONTACT_STATE_CLOSED},
    {v1::CONTACT_STATE_TRANSFERRED, ContactStep::kChange, v1::CONTACT_STATE_TRANSFERRED},
    {v1::CONTACT_STATE_TRANSFERRED, ContactStep::kAnswer, v1::CONTACT_STATE_ANSWERED},
    {v1::CONTACT_STATE_TRANSFERRED, ContactStep::kTransfer, v1::CONTACT_STATE_TRANSFERRED},
    {v1::CONTACT_STATE_TRANSFERRED, ContactStep::kJoin, v1::CONTACT_STATE_TRANSFERRED},
    {v1::CONTACT_STATE_TRANSFERRED, ContactStep::kClose, v1::CONTACT_STATE_CLOSED},
    {v1::CONTACT_STATE_ANSWERED, ContactStep::kChange, v1::CONTACT_STATE_ANSWERED},
    {v1::CONTACT_STATE_ANSWERED, ContactStep::kAnswer, v1::CONTACT_STATE_ANSWERED},  // more was owed, or asked
    {v1::CONTACT_STATE_ANSWERED, ContactStep::kJoin, v1::CONTACT_STATE_ANSWERED},
    {v1::CONTACT_STATE_ANSWERED, ContactStep::kClose, v1::CONTACT_STATE_CLOSED},
};

// Takes the step: sets the state and `unanswered`, or says in which states it is possible.
absl::Status TakeStep(ContactStep step, v1::Contact& contact);

// What follows "cannot be" when the step is refused: "answered".
std::string Participle(ContactStep step);

// Settles when the notice came: now where it is not said. The notice does not lie in the future, nor the fault after
// it.
absl::Status SettleContactTimes(v1::Contact& contact, absl::Time now);

// What the contact becomes when `wanted` replaces it: what was registered of the notice itself, and what only the
// server sets, stay as they are. Refused where the caller tries to change what stays.
absl::StatusOr<v1::Contact> ChangedContact(const v1::Contact& before, const v1::Contact& wanted);

// How far ahead an answer is asked for at most.
inline constexpr absl::Duration kLongestAnswer = absl::Hours(24 * 366);

// A time in the future, not too far ahead, by which somebody is to answer; nothing where none is given.
absl::Status CheckAnswerBy(const std::string& field, const google::protobuf::Timestamp* answer_by, absl::Time now);

// The roles that answer for a department, and so can have something passed on to them or brought before them; refused
// with their names otherwise.
absl::Status CheckDepartment(const std::string& field, v1::Role role);
// Those of them that other departments can ask for help with a case.
absl::Status CheckHelpingDepartment(const std::string& field, v1::Role role);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CONTACT_RULES_H_
