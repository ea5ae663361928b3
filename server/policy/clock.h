// The clock of one obligation: its limit, its pauses, when it warns, is due and escalates. Pure.
#ifndef AFTERSALES_SERVER_POLICY_CLOCK_H_
#define AFTERSALES_SERVER_POLICY_CLOCK_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "aftersales/v1/policy.pb.h"
#include "server/policy/rules.h"

namespace aftersales::policy {

// Facts that belong to an event alone, such as `satisfied`; all others are the root's and hold until they change.
bool IsEventFact(const std::string& name);

// What a clock is set by, besides its rule.
struct ClockFacts {
  Facts facts;  // the root's as they are now, with those of the event that gave rise to the obligation
  std::optional<absl::Time> customer_deadline;
};

// Works out limit, due time, warning, escalations and the next fire time from since_time, pauses and these facts. An
// obligation that has just arisen counts in the calendar in force; one judged again keeps its own.
void SetClock(const Book& book, const ObligationRule& rule, const ClockFacts& facts, bool arising,
              v1::Obligation* obligation);
// SetClock may give another answer than before: the limit's condition or the customer's deadline changed.
bool ClockMayChange(const ObligationRule& rule, const ClockFacts& facts, const v1::Obligation& obligation);

// The limit that holds; null where none does. `index` counts from 1.
const Limit* LimitFor(const ObligationRule& rule, const Facts& facts, int* index);

// Cause of the pause between an obligation's end and the reopening that it goes on from; no word of PauseCause.
inline constexpr char kEnded[] = "closed";

// The clock stands still from `start` on, for no longer than the rule allows, all pauses together. False when the rule
// does not allow it, or nothing is left of what it allows.
bool AddPause(const ObligationRule& rule, const RunningPause& pause, v1::Obligation* obligation);
// The pause that lasts ends. False when none does.
bool EndPause(absl::Time end, v1::Obligation* obligation);

// What was announced of one counts for the other, which goes on in its place: warning, breach, and each level of
// escalation that both have.
void KeepMarks(const v1::Obligation& from, v1::Obligation* to);
// What was announced is announced anew when it comes to be so again.
void ForgetMarks(v1::Obligation* obligation);

// When the next mark fires, as its fire_time; none for what is not open.
void SetFireTime(v1::Obligation* obligation);

// The calendar an obligation counts in; null where its limit names none.
std::shared_ptr<const Calendar> CalendarOf(const Book& book, const Limit& limit, const v1::Obligation& obligation);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_CLOCK_H_
