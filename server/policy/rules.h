// What a pack's rules make of what happens: pure decisions, the same answer for the same input at any time.
#ifndef AFTERSALES_SERVER_POLICY_RULES_H_
#define AFTERSALES_SERVER_POLICY_RULES_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/policy.pb.h"
#include "server/policy/calendar.h"
#include "server/policy/pack.h"

namespace aftersales::policy {

// A pause of the root, while it lasts.
struct RunningPause {
  v1::PauseCause cause = v1::PAUSE_CAUSE_UNSPECIFIED;
  std::string reason;
  absl::Time start;
};

// Something that happened to a root or to what belongs to it.
struct Happening {
  v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;
  std::string root;
  std::string subject;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  bool head = false;
  v1::Role addressee = v1::ROLE_UNSPECIFIED;
  absl::Time time;         // when it happened
  absl::Time record_time;  // when it was entered
  Facts facts;             // the root's and the event's together
  absl::Time notice_time;
  std::optional<absl::Time> customer_deadline;
  std::optional<absl::Time> promised_time;
  std::optional<RunningPause> pause;  // of the event case-paused: the pause that begins
  std::string about;                  // of a filed document: the visit it reports on, where it names one
};

// The calendar of a pack by its name: with an empty version what is in force, else the one named; the policy version's
// own name stands for the pack's own calendar.
struct CalendarInForce {
  std::string version;  // "calendarVersions/…"; empty for the pack's own
  std::shared_ptr<const Calendar> calendar;
};
using CalendarLookup = std::function<CalendarInForce(const std::string& calendar, const std::string& version)>;

// What rules are judged under.
struct Book {
  const Pack* pack = nullptr;
  std::string policy_version;
  // Asked with an empty version when something arises, with the obligation's own when it is judged again.
  CalendarLookup calendars;
};

// Something to be told about an obligation besides its opening and end.
struct Announcement {
  v1::EventType type;  // OBLIGATION_BREACHED or OBLIGATION_CORRECTED
  v1::Role to;
  absl::Time time;  // when it came to be so
  v1::Obligation obligation;
};

// What becomes of obligations.
struct Outcome {
  std::vector<v1::Obligation> opened;   // without name; MET at once where what gives rise to it meets it too
  std::vector<v1::Obligation> ended;    // with their new state, close_time and close_note
  std::vector<v1::Obligation> changed;  // open still, with another due time, pause or part met
  // Those that fell away when the facts changed, with the parts met since: what was done meanwhile counts if they are
  // called for again. Nobody is told of that.
  std::vector<v1::Obligation> noted;
  // Kind and subject of those that are due later now than they were, or never; opened where another goes on in the
  // place of one.
  std::set<std::pair<std::string, std::string>> put_off;
  std::vector<Announcement> announcements;
};

// `known` are the root's obligations, oldest first: the open ones, and all of them for events that NeedsHistory()
// names. Superseding comes first, then meeting, then what the changed facts make of the rest, then what newly arises.
// Only what arose under the book's version is judged by it. Without `arising` nothing comes up: what a root owes by a
// version that it does not follow any more is judged to its end.
Outcome Apply(const Book& book, const std::vector<v1::Obligation>& known, const Happening& happening,
              const std::optional<RunningPause>& pause, bool arising = true);

// Adds what became of others by the same event.
void Append(Outcome more, Outcome* outcome);

// What this event brings up depends on what was owed before: it may change the facts, or meet what had fallen away with
// them, so Apply must know all.
bool NeedsHistory(const Pack& pack, v1::EventType type);

// What a case would owe under a book had it followed it from the beginning: its events in order, replayed.
// `recorded` are the case's events (with facts, notice_time and customer_deadline as Record writes them).
std::vector<v1::Obligation> Replay(const Book& book, const std::string& root, const std::vector<v1::Event>& recorded);

// The happening that an event of the feed tells of.
Happening HappeningOf(const v1::Event& event);

// A warning, breach or escalation that is due by `now`. Sets the obligation's marks and its next fire time.
struct Firing {
  v1::EventType type;  // OBLIGATION_WARNED, _BREACHED or _ESCALATED
  v1::Role to;
  absl::Time time;  // when it was due
};
std::vector<Firing> Fire(v1::Obligation& obligation, absl::Time now);

// Something that holds a step shut.
struct Obstacle {
  std::string kind;
  std::string title;
  std::string obligation;  // its name; empty where it never came up
  std::vector<std::string> clauses;
  std::string text;  // what is missing and who owes it
};

// The fact that names a case's current solution; no pack asks for it, gates do.
inline constexpr char kCurrentSolution[] = "current_solution";
// About a solution in whose place the case has another: what was approved then says nothing of this one.
bool IsOfAFormerSolution(const v1::Obligation& owed, const Facts& facts);

// What stands in the way of `step` on `subject`. `all` are the root's obligations in every state, oldest first.
std::vector<Obstacle> Obstacles(const Pack& pack, const std::string& step, const std::string& subject,
                                const Facts& facts, const std::vector<v1::Obligation>& all);

// The step ends the work on a case or its file, so that everything that is open stands in its way: for the close all
// but what survives it, for the archive that too.
bool NeedsAllDone(const std::string& step);

// The rule asks something of a case with these facts before the step can be taken, whether or not it has come up yet.
bool IsRequired(const ObligationRule& rule, const std::string& step, const Facts& facts);

// The step has a gate in this pack.
bool HasGate(const Pack& pack, const std::string& step);

// Any of the sets holds; no sets hold always.
bool Holds(const std::vector<FactSet>& where, const Facts& facts);

// The rule asks something of a root with these facts: its `where` holds, and where it is about users, the root is one.
bool IsCalledFor(const ObligationRule& rule, const Facts& facts);

// Facts of a customer at whom equipment is installed: since when (RFC 3339), and that there was a procedure then. No
// pack asks for them; what is owed in every period is owed to the first, what is owed for a first installation to the
// second.
inline constexpr char kUserSince[] = "user_since";
inline constexpr char kUserUnderProcedure[] = "user_under_procedure";

// Facts of the event by which a period begins in which something is owed: the kind of what is owed, and the period's
// name.
inline constexpr char kDuty[] = "duty";
inline constexpr char kPeriod[] = "period";

// The two are about the same thing: the same resource, or of different kinds (their root is the same).
bool SameMatter(const std::string& one, const std::string& other);

// The tier of a region; null where the pack has none for it.
const RegionTier* TierOf(const Pack& pack, const std::string& region);
// The first coverage rule that holds; null where none does.
const CoverageRule* CoverageOf(const Pack& pack, const Facts& facts);
// The first rule that allows this remedy on these facts; null where none does.
const RemedyRule* RemedyAllowed(const Pack& pack, v1::Remedy remedy, const Facts& facts);
// All rules that give the remedy, whether they hold or not.
std::vector<const RemedyRule*> RulesOfRemedy(const Pack& pack, v1::Remedy remedy);

// Why it is owed, since when, and how its due time came about.
v1::Explanation Explain(const v1::Obligation& obligation, const Book& book, absl::Time now);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_RULES_H_
