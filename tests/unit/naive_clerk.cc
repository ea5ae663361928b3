#include "tests/unit/naive_clerk.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "server/base/clock.h"

namespace aftersales::policy {
namespace {

// Shanghai is eight hours ahead of UTC the whole year, so that its civil time is plain arithmetic.
constexpr Minutes kAhead = 8 * 60;
constexpr Minutes kDay = 24 * 60;

Minutes ToMinutes(const google::protobuf::Timestamp& time) { return absl::ToUnixSeconds(FromProto(time)) / 60; }

absl::CivilMinute Local(Minutes minute) { return absl::CivilMinute(1970, 1, 1) + (minute + kAhead); }
Minutes FromLocal(absl::CivilMinute local) { return (local - absl::CivilMinute(1970, 1, 1)) - kAhead; }

bool IsWorkingDay(absl::CivilDay day) {
  if (day.year() == 2026 && day.month() == 10 &&
      (day.day() == 1 || day.day() == 2 || day.day() == 5 || day.day() == 6)) {
    return false;
  }
  if (day == absl::CivilDay(2026, 9, 27) || day == absl::CivilDay(2026, 10, 10)) return true;
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday;
}

Minutes EndOf(const std::string& period, Minutes since) {
  const absl::CivilDay day(Local(since));
  if (period == "DAY") return FromLocal(absl::CivilMinute(day + 1));
  if (period == "MONTH") return FromLocal(absl::CivilMinute(absl::CivilMonth(day) + 1));
  if (period == "YEAR") return FromLocal(absl::CivilMinute(absl::CivilYear(day) + 1));
  absl::CivilMonth month(day);
  do {
    ++month;
  } while (month.month() != 1 && month.month() != 4 && month.month() != 7 && month.month() != 10);
  return FromLocal(absl::CivilMinute(month));
}

Minutes MonthsLater(Minutes since, int months) {
  const absl::CivilMinute local = Local(since);
  const absl::CivilMonth month = absl::CivilMonth(local) + months;
  int day = local.day();
  // A day that its month has not becomes one of the next month.
  while (absl::CivilMonth(absl::CivilDay(month.year(), month.month(), day)) != month) --day;
  return FromLocal(absl::CivilMinute(month.year(), month.month(), day, local.hour(), local.minute()));
}

Minutes OfficeTime(Minutes since, int days, int minutes) {
  Minutes at = since;
  if (days > 0) {
    absl::CivilDay day(Local(since));
    while (days > 0) {
      ++day;
      if (IsWorkingDay(day)) --days;
    }
    at = FromLocal(absl::CivilMinute(day)) + 17 * 60 + 30;
  }
  for (; minutes > 0; ++at) minutes -= OfficeIsOpen(at) ? 1 : 0;
  return at;
}

// The procedure's own end; none where the limit is only what somebody told.
std::optional<Minutes> OwnEnd(const DrawnLimit& limit, Minutes since) {
  if (limit.office) return OfficeTime(since, limit.days, limit.minutes);
  if (limit.minutes > 0) return since + limit.minutes;
  if (limit.months > 0) return MonthsLater(since, limit.months);
  if (!limit.end_of.empty()) return EndOf(limit.end_of, since);
  return std::nullopt;
}

bool Holds(const Condition& condition, const std::map<std::string, std::string>& facts) {
  if (condition.first.empty()) return true;
  const auto found = facts.find(condition.first);
  return found != facts.end() && found->second == condition.second;
}

std::map<std::string, std::string> FactsOf(const v1::Event& event) {
  return {event.facts().begin(), event.facts().end()};
}

bool IsEventsFact(const std::string& name) {
  return std::count(FactsOfEvents().begin(), FactsOfEvents().end(), name) > 0;
}

// "cases/1/solutions/2" -> "cases solutions".
std::string SortOf(const std::string& name) {
  std::string sort;
  bool is_id = false;
  std::string word;
  for (const char c : name + "/") {
    if (c != '/') {
      word += c;
      continue;
    }
    if (!is_id) sort += word + " ";
    is_id = !is_id;
    word.clear();
  }
  return sort;
}

bool Stopped(const NaiveClerk::Duty& duty, Minutes minute) {
  return std::any_of(duty.stops.begin(), duty.stops.end(),
                     [&](const NaiveClerk::Stop& stop) { return stop.from <= minute && minute < stop.to; });
}

template <typename Item>
bool Contains(const std::vector<Item>& items, const Item& item) {
  return std::count(items.begin(), items.end(), item) > 0;
}

}  // namespace

bool OfficeIsOpen(Minutes minute) {
  const Minutes of_day = ((minute + kAhead) % kDay + kDay) % kDay;
  if ((of_day < 8 * 60 || of_day >= 12 * 60) && (of_day < 13 * 60 || of_day >= 17 * 60 + 30)) return false;
  // Asked for millions of minutes; each day is looked at once.
  static auto& seen = *new std::map<Minutes, bool>;
  const Minutes day = (minute + kAhead - of_day) / kDay;
  const auto found = seen.find(day);
  if (found != seen.end()) return found->second;
  return seen[day] = IsWorkingDay(absl::CivilDay(1970, 1, 1) + day);
}

void NaiveClerk::Take(const v1::Event& event) {
  if (event.type() == v1::EVENT_TYPE_CASE_PAUSED) {
    paused_ = event.service_case().pause().cause();
    paused_since_ = ToMinutes(event.time());
  }
  if (event.type() == v1::EVENT_TYPE_CASE_RESUMED) paused_.reset();
  const size_t before = duties_.size();
  for (size_t i = 0; i < before; ++i) {
    if (duties_[i].state == v1::OBLIGATION_STATE_OPEN) {
      Judge(duties_[i], event);
    } else if (duties_[i].fell_away == FellAway::kFacts && IsLastOfItsSubject(i)) {
      NoteParts(duties_[i], event);  // it may be called for again, and has been done then
    }
  }
  for (const DrawnRule& rule : rules_) {
    TakeUpAgain(rule, event);
    if (event.type() == v1::EVENT_TYPE_CASE_REOPENED && !rule.on_reopen.empty()) {
      Reopen(rule, event);
    } else if (Contains(rule.on, event.type()) && Holds(rule.where, FactsOf(event))) {
      Bring(rule, event);
    }
  }
}

bool NaiveClerk::IsLastOfItsSubject(size_t place) const {
  for (size_t i = place + 1; i < duties_.size(); ++i) {
    if (duties_[i].rule == duties_[place].rule && duties_[i].subject == duties_[place].subject) return false;
  }
  return true;
}

void NaiveClerk::Judge(Duty& duty, const v1::Event& event) {
  const Minutes now = ToMinutes(event.time());
  if (Contains(duty.rule->superseded_on, event.type())) return End(duty, v1::OBLIGATION_STATE_CANCELLED, now);
  NoteParts(duty, event);
  if (const std::optional<Minutes> met = MetAt(duty)) return EndAsMet(duty, *met);
  if (event.type() == v1::EVENT_TYPE_CASE_REFUSED && !duty.rule->survives_close) {
    duty.fell_away = FellAway::kRefusal;
    return End(duty, v1::OBLIGATION_STATE_CANCELLED, now);
  }
  const Facts facts = FactsAbout(duty, event);
  if (!Holds(duty.rule->where, facts)) {
    duty.fell_away = FellAway::kFacts;
    return End(duty, v1::OBLIGATION_STATE_CANCELLED, now);
  }
  if (event.type() == v1::EVENT_TYPE_CASE_PAUSED) Pause(duty, *paused_, now);
  if (event.type() == v1::EVENT_TYPE_CASE_RESUMED) Resume(duty, now);
  SetDue(duty, facts, event);
}

// The case's facts as they are now, with those that the duty arose with.
NaiveClerk::Facts NaiveClerk::FactsAbout(const Duty& duty, const v1::Event& event) {
  Facts facts;
  for (const auto& [name, value] : event.facts()) {
    if (!IsEventsFact(name)) facts[name] = value;
  }
  for (const auto& [name, value] : duty.own_facts) facts[name] = value;
  return facts;
}

void NaiveClerk::NoteParts(Duty& duty, const v1::Event& event) {
  if (duty.subject != event.subject() && SortOf(duty.subject) == SortOf(event.subject())) return;
  for (size_t way = 0; way < duty.rule->met_by.size(); ++way) {
    for (size_t i = 0; i < duty.rule->met_by[way].size(); ++i) {
      const DrawnPart& part = duty.rule->met_by[way][i];
      const bool meets = part.event == event.type() &&
                         (part.role == v1::ROLE_UNSPECIFIED || part.role == event.role()) &&
                         (!part.head || event.head()) && Holds(part.where, FactsOf(event));
      // The first time counts.
      if (meets) duty.parts.insert({{way, i}, ToMinutes(part.at_entry ? event.record_time() : event.time())});
    }
  }
}

std::optional<Minutes> NaiveClerk::MetAt(const Duty& duty) const {
  for (size_t way = 0; way < duty.rule->met_by.size(); ++way) {
    std::optional<Minutes> last = 0;
    for (size_t i = 0; i < duty.rule->met_by[way].size() && last.has_value(); ++i) {
      const auto met = duty.parts.find({way, i});
      last = met == duty.parts.end() ? std::nullopt : std::optional<Minutes>(std::max(*last, met->second));
    }
    if (last.has_value()) return last;
  }
  return std::nullopt;
}

void NaiveClerk::EndAsMet(Duty& duty, Minutes time) {
  End(duty, duty.due.has_value() && time > *duty.due ? v1::OBLIGATION_STATE_LATE_MET : v1::OBLIGATION_STATE_MET, time);
}

void NaiveClerk::End(Duty& duty, v1::ObligationState state, Minutes time) {
  Resume(duty, time);
  duty.state = state;
  duty.ended = time;
}

void NaiveClerk::Pause(Duty& duty, v1::PauseCause cause, Minutes from) {
  if (!Contains(duty.rule->pause_on, cause)) return;
  Minutes left = duty.rule->pause_hours * 60;
  from = std::max(from, duty.since);
  for (const Stop& stop : duty.stops) {
    if (!stop.closed) left -= stop.to - stop.from;
    from = std::max(from, stop.to);
  }
  if (left > 0) duty.stops.push_back({from, from + left, /*lasting=*/true, /*closed=*/false});
}

void NaiveClerk::Resume(Duty& duty, Minutes at) {
  if (duty.stops.empty() || !duty.stops.back().lasting) return;
  duty.stops.back().lasting = false;
  duty.stops.back().to = std::min(duty.stops.back().to, at);
  if (duty.stops.back().to <= duty.stops.back().from) duty.stops.pop_back();
}

NaiveClerk::Duty NaiveClerk::NewDuty(const DrawnRule& rule, const v1::Event& event, const std::string& subject) const {
  Duty duty;
  duty.rule = &rule;
  duty.subject = subject;
  duty.since = ToMinutes(rule.from_notice ? event.notice_time() : event.time());
  if (event.has_promised_time()) duty.promised = ToMinutes(event.promised_time());
  for (const auto& [name, value] : event.facts()) {
    if (IsEventsFact(name)) duty.own_facts[name] = value;
  }
  return duty;
}

void NaiveClerk::Bring(const DrawnRule& rule, const v1::Event& event) {
  const bool only_new = event.type() == v1::EVENT_TYPE_CASE_CHANGED || event.type() == v1::EVENT_TYPE_CASE_CLASSIFIED;
  for (const Duty& duty : duties_) {
    if (duty.rule != &rule || duty.subject != event.subject()) continue;
    if (duty.state == v1::OBLIGATION_STATE_OPEN) return;
    if (only_new && duty.state != v1::OBLIGATION_STATE_CANCELLED) return;
  }
  Duty duty = NewDuty(rule, event, event.subject());
  if (paused_.has_value()) Pause(duty, *paused_, paused_since_);
  SetDue(duty, FactsOf(event), event);
  NoteParts(duty, event);
  if (const std::optional<Minutes> met = MetAt(duty)) EndAsMet(duty, *met);
  duties_.push_back(std::move(duty));
}

std::vector<size_t> NaiveClerk::Newest(const DrawnRule& rule) const {
  std::map<std::string, size_t> newest;
  size_t last = 0;
  for (size_t i = 0; i < duties_.size(); ++i) {
    if (duties_[i].rule == &rule) newest[duties_[i].subject] = last = i;
  }
  std::vector<size_t> places;
  for (const auto& [subject, i] : newest) {
    // It gave way to another that was brought up after it, whatever that was about.
    const bool gave_way =
        duties_[i].state == v1::OBLIGATION_STATE_CANCELLED && duties_[i].fell_away == FellAway::kNot && i != last;
    if (!gave_way) places.push_back(i);
  }
  return places;
}

void NaiveClerk::TakeUpAgain(const DrawnRule& rule, const v1::Event& event) {
  const bool of_case = event.type() == v1::EVENT_TYPE_CASE_CHANGED || event.type() == v1::EVENT_TYPE_CASE_CLASSIFIED;
  const bool reopened = event.type() == v1::EVENT_TYPE_CASE_REOPENED;
  if (!of_case && !reopened) return;
  for (const size_t i : Newest(rule)) {
    if (duties_[i].fell_away != (reopened ? FellAway::kRefusal : FellAway::kFacts)) continue;
    const Facts facts = FactsAbout(duties_[i], event);
    if (!Holds(rule.where, facts)) continue;
    Duty again = duties_[i];
    again.state = v1::OBLIGATION_STATE_OPEN;
    again.fell_away = FellAway::kNot;
    again.ended.reset();
    if (paused_.has_value()) Pause(again, *paused_, paused_since_);
    SetDue(again, facts, event);
    std::optional<Minutes> met = MetAt(again);  // meanwhile
    if (!met.has_value()) {
      NoteParts(again, event);
      met = MetAt(again);
    }
    if (met.has_value()) EndAsMet(again, *met);
    duties_.push_back(std::move(again));
  }
}

void NaiveClerk::Reopen(const DrawnRule& rule, const v1::Event& event) {
  for (const size_t i : Newest(rule)) {
    const Duty old = duties_[i];
    const Facts facts = [&] {
      Facts all = FactsOf(event);
      for (const auto& [name, value] : old.own_facts) all[name] = value;
      return all;
    }();
    // What fell away with the refusal has been taken up already.
    if (old.state == v1::OBLIGATION_STATE_OPEN || old.fell_away == FellAway::kRefusal || !Holds(rule.where, facts))
      continue;
    Duty again = NewDuty(rule, event, old.subject);
    again.own_facts = old.own_facts;
    again.promised = old.promised;
    again.since = ToMinutes(event.time());
    if (rule.on_reopen == "GO_ON") {
      again.since = old.since;
      again.stops = old.stops;
      Minutes from = std::max(*old.ended, old.since);
      if (!old.stops.empty()) from = std::max(from, old.stops.back().to);
      again.stops.push_back({from, std::max(from, ToMinutes(event.time())), /*lasting=*/false, /*closed=*/true});
    }
    SetDue(again, facts, event);
    duties_.push_back(std::move(again));
  }
}

void NaiveClerk::SetDue(Duty& duty, const Facts& facts, const v1::Event& event) {
  duty.due.reset();
  duty.warn.reset();
  const DrawnLimit* limit = nullptr;
  for (const DrawnLimit& one : duty.rule->within) {
    if (limit == nullptr && Holds(one.where, facts)) limit = &one;
  }
  if (limit == nullptr) return;
  std::optional<Minutes> told;
  if (limit->customer_deadline && event.has_customer_deadline()) told = ToMinutes(event.customer_deadline());
  if (limit->promised_time && duty.promised.has_value()) told = std::min(told.value_or(*duty.promised), *duty.promised);
  const std::optional<Minutes> own = OwnEnd(*limit, duty.since);
  const bool as_told = told.has_value() && (*told > duty.since || !own.has_value());
  if (!as_told && !own.has_value()) return;
  const bool office = !as_told && limit->office;
  const Minutes end = as_told ? *told : *own;
  if (end <= duty.since) {  // it had passed before the clock began
    duty.due = end;
    duty.warn = end;
    return;
  }
  const auto counts = [&](Minutes m) { return !office || OfficeIsOpen(m); };
  // All minutes that count until the plain end must pass while the clock runs.
  Minutes most = 0;
  for (Minutes m = duty.since; m < end; ++m) most += counts(m) ? 1 : 0;
  const Minutes share = most * duty.rule->warn_percent;  // in hundredths
  duty.due = duty.since;
  for (Minutes passed = 0; passed < most; ++*duty.due) {
    if (!counts(*duty.due) || Stopped(duty, *duty.due)) continue;
    ++passed;
    // The minute in which the share is reached after which a warning is due; where it is at its end, the next.
    if (share > (passed - 1) * 100 && share < passed * 100) duty.warn = *duty.due;
    if (share == passed * 100) duty.warn = *duty.due + 1;
  }
}

}  // namespace aftersales::policy
