#include "server/policy/clock.h"

#include <algorithm>
#include <set>
#include <vector>

#include "server/base/clock.h"
#include "server/base/names.h"

namespace aftersales::policy {
namespace {

// `amount` of time after `start`, leaving out the pauses; in the calendar's working hours where there is one.
absl::Time After(absl::Time start, absl::Duration amount, const v1::Obligation& obligation, const Calendar* calendar) {
  const auto add = [&](absl::Time from, absl::Duration time) {
    return calendar == nullptr ? from + time : calendar->Add(from, time);
  };
  if (amount <= absl::ZeroDuration()) return start + amount;  // it had passed before any pause began
  absl::Time at = start;
  for (const v1::ObligationPause& pause : obligation.pauses()) {
    const absl::Time stops = FromProto(pause.start_time());
    const absl::Time goes_on = FromProto(pause.end_time());
    if (goes_on <= at) continue;
    if (stops > at) {
      const absl::Duration counted = calendar == nullptr ? stops - at : calendar->Between(at, stops);
      if (amount <= counted) return add(at, amount);
      amount -= counted;
    }
    at = goes_on;
  }
  return add(at, amount);
}

// The limit's end without pauses; none where it has none.
std::optional<absl::Time> PlainEnd(const Pack& pack, const Limit& limit, absl::Time since, const ClockFacts& facts,
                                   const v1::Obligation& obligation, const Calendar* calendar) {
  std::optional<absl::Time> told;
  if (limit.customer_deadline) told = facts.customer_deadline;
  if (limit.promised_time && obligation.has_promised_time()) {
    const absl::Time promised = FromProto(obligation.promised_time());
    if (!told.has_value() || promised < *told) told = promised;
  }
  std::optional<absl::Time> end;
  if (calendar != nullptr) {
    end = calendar->Add(limit.working_days > 0 ? calendar->AddDays(since, limit.working_days) : since, limit.time);
  } else if (limit.time > absl::ZeroDuration()) {
    end = since + limit.time;
  } else if (limit.months > 0) {
    end = AddMonths(since, limit.months, pack.time_zone);
  } else if (limit.end_of == pack::v1::DAY) {
    end = EndOfDay(since, pack.time_zone);
  } else if (limit.end_of == pack::v1::MONTH) {
    end = EndOfMonth(since, pack.time_zone);
  } else if (limit.end_of == pack::v1::QUARTER) {
    end = EndOfQuarter(since, pack.time_zone);
  } else if (limit.end_of == pack::v1::YEAR) {
    end = EndOfYear(since, pack.time_zone);
  }
  // A deadline that had passed before the clock started leaves the procedure's own time, where it has one.
  if (told.has_value() && (*told > since || !end.has_value())) return told;
  return end;
}

void SetEscalations(const ObligationRule& rule, absl::Time due, v1::Obligation* obligation) {
  google::protobuf::RepeatedPtrField<v1::ObligationEscalation> levels;
  for (const Escalation& level : rule.escalate) {
    v1::ObligationEscalation* told = levels.Add();
    told->set_to(level.to);
    told->set_overdue_minutes(static_cast<int32_t>(absl::ToInt64Minutes(level.overdue)));
    *told->mutable_time() = ToProto(due + level.overdue);
    const int place = levels.size() - 1;
    if (place < obligation->escalations_size() && obligation->escalations(place).has_fired_time()) {
      *told->mutable_fired_time() = obligation->escalations(place).fired_time();
    }
  }
  obligation->mutable_escalations()->Swap(&levels);
}

}  // namespace

bool IsEventFact(const std::string& name) {
  static const std::set<std::string> kOfEvents = {
      "satisfied", "document", "source",      "transport", "reached",  "solved",        "accepted", "outcome",
      "addressee", "priority", "pause_cause", "form",      "cost",     "customer_pays", "reversal", "action",
      "effective", "feedback", "conduct",     "confirmed", "complete", "duty",          "period"};
  return kOfEvents.count(name) > 0;
}

const Limit* LimitFor(const ObligationRule& rule, const Facts& facts, int* index) {
  for (size_t i = 0; i < rule.within.size(); ++i) {
    if (!Holds(rule.within[i].where, facts)) continue;
    *index = static_cast<int>(i) + 1;
    return &rule.within[i];
  }
  *index = 0;
  return nullptr;
}

std::shared_ptr<const Calendar> CalendarOf(const Book& book, const Limit& limit, const v1::Obligation& obligation) {
  if (limit.calendar.empty()) return nullptr;
  // The policy version's name asks for the pack's own, whatever is in force.
  return book
      .calendars(limit.calendar,
                 obligation.calendar_version().empty() ? book.policy_version : obligation.calendar_version())
      .calendar;
}

void SetClock(const Book& book, const ObligationRule& rule, const ClockFacts& facts, bool arising,
              v1::Obligation* obligation) {
  int index = 0;
  const Limit* limit = LimitFor(rule, facts.facts, &index);
  std::shared_ptr<const Calendar> calendar;
  if (limit != nullptr && !limit->calendar.empty()) {
    if (arising || obligation->limit_index() != index) {
      CalendarInForce in_force = book.calendars(limit->calendar, "");
      obligation->set_calendar_version(in_force.version);
      calendar = std::move(in_force.calendar);
    } else {
      calendar = CalendarOf(book, *limit, *obligation);
    }
  } else {
    obligation->clear_calendar_version();
  }
  obligation->set_limit_index(index);
  const absl::Time since = FromProto(obligation->since_time());
  std::optional<absl::Time> plain;
  if (limit != nullptr) plain = PlainEnd(*book.pack, *limit, since, facts, *obligation, calendar.get());
  if (!plain.has_value() || *plain == absl::InfiniteFuture()) {
    obligation->clear_due_time();
    obligation->clear_warn_time();
    // Who has been told is not told again when there is a limit once more.
    for (v1::ObligationEscalation& level : *obligation->mutable_escalations()) level.clear_time();
  } else {
    // A deadline that somebody named is a point in time; only what the procedure counts is counted in working hours.
    const bool counted = calendar != nullptr &&
                         plain == PlainEnd(*book.pack, *limit, since, ClockFacts{}, v1::Obligation(), calendar.get());
    const Calendar* counting = counted ? calendar.get() : nullptr;
    const absl::Duration amount = counting == nullptr ? *plain - since : counting->Between(since, *plain);
    const absl::Time due = After(since, amount, *obligation, counting);
    *obligation->mutable_due_time() = ToProto(due);
    const absl::Time warn = After(since, amount * rule.warn_percent / 100, *obligation, counting);
    *obligation->mutable_warn_time() = ToProto(std::min(warn, due));
    SetEscalations(rule, due, obligation);
  }
  SetFireTime(obligation);
}

bool ClockMayChange(const ObligationRule& rule, const ClockFacts& facts, const v1::Obligation& obligation) {
  int index = 0;
  const Limit* limit = LimitFor(rule, facts.facts, &index);
  return index != obligation.limit_index() || (limit != nullptr && limit->customer_deadline);
}

bool AddPause(const ObligationRule& rule, const RunningPause& pause, v1::Obligation* obligation) {
  if (std::find(rule.pause_on.begin(), rule.pause_on.end(), pause.cause) == rule.pause_on.end()) return false;
  absl::Duration left = rule.pause_at_most;
  absl::Time start = std::max(pause.start, FromProto(obligation->since_time()));
  for (const v1::ObligationPause& before : obligation->pauses()) {
    if (before.lasting()) return false;
    // That it had ended until the case was reopened was no pause.
    if (before.cause() != kEnded) left -= FromProto(before.end_time()) - FromProto(before.start_time());
    start = std::max(start, FromProto(before.end_time()));
  }
  if (left <= absl::ZeroDuration()) return false;
  v1::ObligationPause* added = obligation->add_pauses();
  *added->mutable_start_time() = ToProto(start);
  *added->mutable_end_time() = ToProto(start + left);
  added->set_cause(Word(pause.cause));
  added->set_reason(pause.reason);
  added->set_lasting(true);
  obligation->set_paused(true);
  return true;
}

bool EndPause(absl::Time end, v1::Obligation* obligation) {
  if (!obligation->paused()) return false;
  obligation->set_paused(false);
  auto* pauses = obligation->mutable_pauses();
  v1::ObligationPause* last = pauses->Mutable(pauses->size() - 1);
  last->set_lasting(false);
  if (end < FromProto(last->end_time())) *last->mutable_end_time() = ToProto(end);
  if (FromProto(last->end_time()) <= FromProto(last->start_time())) pauses->RemoveLast();
  return true;
}

void KeepMarks(const v1::Obligation& from, v1::Obligation* to) {
  if (from.has_warned_time()) *to->mutable_warned_time() = from.warned_time();
  if (from.has_breached_time()) *to->mutable_breached_time() = from.breached_time();
  for (v1::ObligationEscalation& level : *to->mutable_escalations()) {
    for (const v1::ObligationEscalation& told : from.escalations()) {
      const bool same = told.to() == level.to() && told.overdue_minutes() == level.overdue_minutes();
      if (same && told.has_fired_time()) *level.mutable_fired_time() = told.fired_time();
    }
  }
  SetFireTime(to);
}

void ForgetMarks(v1::Obligation* obligation) {
  obligation->clear_warned_time();
  obligation->clear_breached_time();
  for (v1::ObligationEscalation& level : *obligation->mutable_escalations()) level.clear_fired_time();
  SetFireTime(obligation);
}

void SetFireTime(v1::Obligation* obligation) {
  absl::Time next = absl::InfiniteFuture();
  if (obligation->state() == v1::OBLIGATION_STATE_OPEN && obligation->has_due_time()) {
    if (!obligation->has_breached_time()) {
      next = FromProto(obligation->due_time());
      if (!obligation->has_warned_time()) next = std::min(next, FromProto(obligation->warn_time()));
    }
    for (const v1::ObligationEscalation& level : obligation->escalations()) {
      if (!level.has_fired_time()) next = std::min(next, FromProto(level.time()));
    }
  }
  if (next == absl::InfiniteFuture()) {
    obligation->clear_fire_time();
  } else {
    *obligation->mutable_fire_time() = ToProto(next);
  }
}

std::vector<Firing> Fire(v1::Obligation& obligation, absl::Time now) {
  std::vector<Firing> fired;
  if (obligation.state() != v1::OBLIGATION_STATE_OPEN || !obligation.has_due_time()) return fired;
  const bool breached = obligation.has_breached_time();
  if (!breached && !obligation.has_warned_time() && FromProto(obligation.warn_time()) <= now) {
    fired.push_back({v1::EVENT_TYPE_OBLIGATION_WARNED, obligation.owner(), FromProto(obligation.warn_time())});
    *obligation.mutable_warned_time() = ToProto(now);
  }
  if (!breached && FromProto(obligation.due_time()) <= now) {
    fired.push_back({v1::EVENT_TYPE_OBLIGATION_BREACHED, obligation.owner(), FromProto(obligation.due_time())});
    *obligation.mutable_breached_time() = ToProto(now);
  }
  for (v1::ObligationEscalation& level : *obligation.mutable_escalations()) {
    if (level.has_fired_time() || FromProto(level.time()) > now) continue;
    fired.push_back({v1::EVENT_TYPE_OBLIGATION_ESCALATED, level.to(), FromProto(level.time())});
    *level.mutable_fired_time() = ToProto(now);
  }
  SetFireTime(&obligation);
  return fired;
}

}  // namespace aftersales::policy
