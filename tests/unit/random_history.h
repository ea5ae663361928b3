// Random packs of a few rules and random histories of a case, for tests of what rules make of any sequence of events.
#ifndef AFTERSALES_TESTS_UNIT_RANDOM_HISTORY_H_
#define AFTERSALES_TESTS_UNIT_RANDOM_HISTORY_H_

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"

namespace aftersales::policy {

using Random = std::mt19937;

int Pick(Random& random, int from, int to);
bool Chance(Random& random, int percent);
template <typename Item>
const Item& OneOf(Random& random, const std::vector<Item>& items) {
  return items[static_cast<size_t>(Pick(random, 0, static_cast<int>(items.size()) - 1))];
}

// One fact with the value it must have; no condition where the name is empty.
using Condition = std::pair<std::string, std::string>;

// Rules as they are drawn, apart from the model that the product parses their text to.
struct DrawnLimit {
  Condition where;
  bool customer_deadline = false;
  bool promised_time = false;
  bool office = false;  // in the working hours of the calendar "office"
  int days = 0;         // working days with `office`
  int minutes = 0;
  int months = 0;
  std::string end_of;
};

struct DrawnPart {
  v1::EventType event = v1::EVENT_TYPE_UNSPECIFIED;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  bool head = false;
  bool at_entry = false;
  Condition where;
};

struct DrawnRule {
  std::string kind;
  std::vector<v1::EventType> on;
  Condition where;
  bool from_notice = false;
  std::vector<DrawnLimit> within;
  std::vector<std::vector<DrawnPart>> met_by;
  std::vector<v1::EventType> superseded_on;
  bool survives_close = false;
  int warn_percent = 75;
  std::vector<int> escalate;  // minutes overdue
  std::vector<v1::PauseCause> pause_on;
  int pause_hours = 0;
  std::string on_reopen;

  std::string Text() const;
};

// Three to seven rules.
std::vector<DrawnRule> DrawRules(Random& random);
// The text of a pack with these rules: Shanghai's time, the calendar "office" (Monday to Friday, 08:00 to 12:00 and
// 13:00 to 17:30, with the holidays and make-up days of one week in October 2026), classes A, B and C, tiers near and
// far.
std::string PackText(const std::vector<DrawnRule>& rules);

// The events of cases/1 from September 2026 on, in the order in which they were entered, each on a full minute; some
// happened hours before they were entered. What a server would refuse (closing a paused case, pausing it twice) is left
// out.
std::vector<v1::Event> DrawEvents(Random& random, int count);

// Facts that only some events have.
const std::vector<std::string>& FactsOfEvents();

}  // namespace aftersales::policy

#endif  // AFTERSALES_TESTS_UNIT_RANDOM_HISTORY_H_
