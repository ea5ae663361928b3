// A clerk who keeps the book of what a case owes by hand: an independent reading of the rules that are drawn, which
// walks every minute of a clock. Slow and simple; for comparison with what rules.h answers.
#ifndef AFTERSALES_TESTS_UNIT_NAIVE_CLERK_H_
#define AFTERSALES_TESTS_UNIT_NAIVE_CLERK_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"
#include "tests/unit/random_history.h"

namespace aftersales::policy {

// Whole minutes since 1970.
using Minutes = int64_t;

class NaiveClerk {
 public:
  // A stretch in which a clock stands still.
  struct Stop {
    Minutes from = 0;
    Minutes to = 0;
    bool lasting = false;
    bool closed = false;  // between an end and the reopening
  };
  // Why a duty fell away for the time being.
  enum class FellAway { kNot, kFacts, kRefusal };
  struct Duty {
    const DrawnRule* rule = nullptr;
    FellAway fell_away = FellAway::kNot;
    std::string subject;
    v1::ObligationState state = v1::OBLIGATION_STATE_OPEN;
    Minutes since = 0;
    std::optional<Minutes> due;
    std::optional<Minutes> warn;  // the minute in which it is, or at whose beginning
    std::optional<Minutes> ended;
    std::vector<Stop> stops;
    std::optional<Minutes> promised;
    std::map<std::string, std::string> own_facts;
    std::map<std::pair<size_t, size_t>, Minutes> parts;  // way and part -> when it happened
  };

  explicit NaiveClerk(const std::vector<DrawnRule>& rules) : rules_(rules) {}

  void Take(const v1::Event& event);
  // Oldest first.
  const std::vector<Duty>& duties() const { return duties_; }

 private:
  using Facts = std::map<std::string, std::string>;

  void Judge(Duty& duty, const v1::Event& event);
  static Facts FactsAbout(const Duty& duty, const v1::Event& event);
  bool IsLastOfItsSubject(size_t place) const;
  void NoteParts(Duty& duty, const v1::Event& event);
  std::optional<Minutes> MetAt(const Duty& duty) const;
  void EndAsMet(Duty& duty, Minutes time);
  static void End(Duty& duty, v1::ObligationState state, Minutes time);
  static void Pause(Duty& duty, v1::PauseCause cause, Minutes from);
  static void Resume(Duty& duty, Minutes at);
  void Bring(const DrawnRule& rule, const v1::Event& event);
  void Reopen(const DrawnRule& rule, const v1::Event& event);
  void TakeUpAgain(const DrawnRule& rule, const v1::Event& event);
  // The places of the newest duty of each subject, without those that gave way to another of their rule.
  std::vector<size_t> Newest(const DrawnRule& rule) const;
  Duty NewDuty(const DrawnRule& rule, const v1::Event& event, const std::string& subject) const;
  static void SetDue(Duty& duty, const Facts& facts, const v1::Event& event);

  const std::vector<DrawnRule>& rules_;
  std::vector<Duty> duties_;
  std::optional<v1::PauseCause> paused_;
  Minutes paused_since_ = 0;
};

// "08:00 to 12:00 and 13:00 to 17:30" of the calendar of PackText, minute by minute.
bool OfficeIsOpen(Minutes minute);

}  // namespace aftersales::policy

#endif  // AFTERSALES_TESTS_UNIT_NAIVE_CLERK_H_
