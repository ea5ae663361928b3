#include "server/policy/rules.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/policy/clock.h"
#include "server/policy/periods.h"

namespace aftersales::policy {
namespace {

bool HoldsAll(const FactSet& set, const Facts& facts) {
  return std::all_of(set.begin(), set.end(), [&](const auto& fact) {
    const auto found = facts.find(fact.first);
    return found != facts.end() &&
           std::find(fact.second.begin(), fact.second.end(), found->second) != fact.second.end();
  });
}

// Empty where it is not known.
template <typename Map>
std::string FactOf(const Map& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() ? "" : found->second;
}

template <typename Item>
bool Has(const std::vector<Item>& items, const Item& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

const ObligationRule* FindRule(const Pack& pack, const std::string& kind) {
  for (const ObligationRule& rule : pack.obligations) {
    if (rule.kind == kind) return &rule;
  }
  return nullptr;
}

// The root's facts as they are now, with those of the event that the obligation arose with.
ClockFacts FactsFor(const v1::Obligation& owed, const Happening& happening) {
  ClockFacts facts{happening.facts, happening.customer_deadline};
  for (auto fact = facts.facts.begin(); fact != facts.facts.end();) {
    fact = IsEventFact(fact->first) ? facts.facts.erase(fact) : std::next(fact);
  }
  for (const auto& [name, value] : owed.facts()) facts.facts[name] = value;
  return facts;
}

bool Meets(const MeetingEvent& part, const Happening& happening) {
  return part.event == happening.type && (part.role == v1::ROLE_UNSPECIFIED || part.role == happening.role) &&
         (!part.head || happening.head) && Holds(part.where, happening.facts);
}

absl::Time TimeOf(const MeetingEvent& part, const Happening& happening) {
  return part.at_entry ? happening.record_time : happening.time;
}

std::string PartPrefix(size_t way, size_t part) { return absl::StrCat(way, "/", part, "@"); }

// "1/0@1700000000000000@visits/7": the first event of the second way to meet it, with its time in microseconds and its
// subject.
std::string PartMet(size_t way, size_t part, absl::Time time, const std::string& subject) {
  return absl::StrCat(PartPrefix(way, part), absl::ToUnixMicros(time), "@", subject);
}

bool IsPartOf(const std::string& met, const std::string& subject) {
  return absl::EndsWith(met, absl::StrCat("@", subject));
}

// What the subject had met counts no more. False where it had met nothing.
bool ForgetParts(const std::string& subject, v1::Obligation* owed) {
  auto& parts = *owed->mutable_met_parts();
  const int before = parts.size();
  parts.erase(
      std::remove_if(parts.begin(), parts.end(), [&](const std::string& met) { return IsPartOf(met, subject); }),
      parts.end());
  return parts.size() != before;
}

// When the part was met, where it was.
std::optional<absl::Time> PartTime(const v1::Obligation& owed, size_t way, size_t part) {
  const std::string prefix = PartPrefix(way, part);
  for (const std::string& met : owed.met_parts()) {
    if (!absl::StartsWith(met, prefix)) continue;
    int64_t micros = 0;
    const std::string rest = met.substr(prefix.size());
    if (absl::SimpleAtoi(rest.substr(0, rest.find('@')), &micros)) return absl::FromUnixMicros(micros);
  }
  return std::nullopt;
}

// Notes the parts that this event meets. Answers when the obligation was met: once all parts of one way are.
std::optional<absl::Time> Meet(const ObligationRule& rule, const Happening& happening, v1::Obligation* owed) {
  for (size_t way = 0; way < rule.met_by.size(); ++way) {
    const Meeting& meeting = rule.met_by[way];
    std::optional<absl::Time> last;
    size_t met = 0;
    for (size_t part = 0; part < meeting.size(); ++part) {
      std::optional<absl::Time> time = PartTime(*owed, way, part);
      if (!time.has_value() && Meets(meeting[part], happening)) {
        time = TimeOf(meeting[part], happening);
        if (meeting.size() > 1) owed->add_met_parts(PartMet(way, part, *time, happening.subject));
      }
      if (!time.has_value()) continue;
      ++met;
      last = std::max(last.value_or(*time), *time);
    }
    if (met == meeting.size()) return last;
  }
  return std::nullopt;
}

std::string What(const Happening& happening) {
  return absl::StrCat(Word(happening.type, '-'), " of ", happening.subject);
}

// The event is about what is owed: about the same matter, and a visit's document about that visit only.
bool IsAbout(const Happening& happening, const v1::Obligation& owed) {
  return SameMatter(owed.subject(), happening.subject) &&
         (happening.about.empty() || SameMatter(owed.subject(), happening.about));
}

// What a first installation alone gives rise to; it is owed since then, and to users only.
bool BeginsWithInstallation(const ObligationRule& rule) {
  return rule.on.size() == 1 && rule.on.front() == v1::EVENT_TYPE_FIRST_INSTALLATION;
}

// What is owed for a period, or for a first installation, is not met by what happened before it, however late that is
// entered.
bool IsInItsTime(const ObligationRule& rule, const Happening& happening, const v1::Obligation& owed) {
  const bool bound = rule.every != pack::v1::PERIOD_UNSPECIFIED || BeginsWithInstallation(rule);
  return !bound || happening.time >= FromProto(owed.since_time());
}

// Since when it is owed by what is known now of the user; none where they were no user yet in its period.
std::optional<absl::Time> SinceNow(const Book& book, const ObligationRule& rule, const Facts& facts,
                                   const v1::Obligation& owed) {
  const absl::Time since = FromProto(owed.since_time());
  absl::Time user_since;
  if (!absl::ParseTime(absl::RFC3339_full, FactOf(facts, kUserSince), &user_since, nullptr)) return since;
  if (BeginsWithInstallation(rule)) return user_since;
  if (rule.every == pack::v1::PERIOD_UNSPECIFIED) return since;
  const CalendarPeriod period = PeriodOf(since, rule.every, book.pack->time_zone);
  if (user_since >= period.end) return std::nullopt;
  return std::max(period.start, user_since);
}

void End(v1::ObligationState state, v1::ObligationEnd why, absl::Time time, std::string note, v1::Obligation* owed) {
  EndPause(time, owed);
  owed->set_state(state);
  owed->set_ended_by(why);
  *owed->mutable_close_time() = ToProto(time);
  owed->set_close_note(std::move(note));
  SetFireTime(owed);
}

// What an obligation was met by, and when.
struct Met {
  absl::Time time;
  std::string note;
  std::string by;  // the subject
};

Met MetBy(absl::Time time, const Happening& happening) {
  return {time, absl::StrCat("met by ", What(happening)), happening.subject};
}

// Ends it as met, late or not; a breach that nobody has announced yet is announced by it, one that turns out to have
// been none is corrected.
void EndAsMet(const Met& met, absl::Time record_time, v1::Obligation* owed, Outcome* outcome) {
  const absl::Time time = met.time;
  const bool late = owed->has_due_time() && time > FromProto(owed->due_time());
  if (late && !owed->has_breached_time()) {
    *owed->mutable_breached_time() = ToProto(record_time);
    outcome->announcements.push_back(
        {v1::EVENT_TYPE_OBLIGATION_BREACHED, owed->owner(), FromProto(owed->due_time()), *owed});
  }
  End(late ? v1::OBLIGATION_STATE_LATE_MET : v1::OBLIGATION_STATE_MET, v1::OBLIGATION_END_MET, time, met.note, owed);
  owed->set_met_by(met.by);
  if (!late && owed->has_breached_time()) {
    outcome->announcements.push_back({v1::EVENT_TYPE_OBLIGATION_CORRECTED, owed->owner(), time, *owed});
  }
}

// The root is done with: what it owes falls away, but for what survives.
bool EndsRoot(v1::EventType type) {
  return type == v1::EVENT_TYPE_CASE_REFUSED || type == v1::EVENT_TYPE_CONTACT_CLOSED;
}

bool SameClock(const v1::Obligation& a, const v1::Obligation& b) {
  return a.due_time().SerializeAsString() == b.due_time().SerializeAsString() &&
         a.since_time().SerializeAsString() == b.since_time().SerializeAsString() && a.paused() == b.paused() &&
         a.limit_index() == b.limit_index() && a.pauses_size() == b.pauses_size() &&
         a.met_parts_size() == b.met_parts_size();
}

// Tells of what is due later now, or never; and where its lateness was announced before that time, that it is not late
// after all: what was announced stays in the feed, and the marks start anew for the new time.
void TellIfPutOff(const v1::Obligation& before, const Happening& happening, v1::Obligation* after, Outcome* outcome) {
  if (!before.has_due_time()) return;
  const absl::Time due = after->has_due_time() ? FromProto(after->due_time()) : absl::InfiniteFuture();
  if (due <= FromProto(before.due_time())) return;
  outcome->put_off.insert({after->kind(), after->subject()});
  if (!after->has_breached_time() || !after->has_due_time() || due <= happening.record_time) return;
  ForgetMarks(after);
  outcome->announcements.push_back({v1::EVENT_TYPE_OBLIGATION_CORRECTED, after->owner(), happening.time, *after});
}

// A notice that reached us before the root's, of a contact that joined it, is where a clock starts that runs from the
// notice; unless it began anew when the case was reopened.
bool StartsEarlier(const ObligationRule& rule, const Happening& happening, v1::Obligation* owed) {
  if (!rule.from_notice || happening.notice_time >= FromProto(owed->since_time())) return false;
  const std::string reopened = absl::StrCat(Word(v1::EVENT_TYPE_CASE_REOPENED, '-'), " of ");
  if (rule.on_reopen == pack::v1::ANEW && absl::StartsWith(owed->cause_event(), reopened)) return false;
  *owed->mutable_since_time() = ToProto(happening.notice_time);
  return true;
}

// What was done after this first installation was done whatever was taken for the first before.
bool IsDoneSince(const ObligationRule& rule, const std::vector<v1::Obligation>& known, absl::Time since) {
  return BeginsWithInstallation(rule) && std::any_of(known.begin(), known.end(), [&](const v1::Obligation& owed) {
           const bool done =
               owed.state() != v1::OBLIGATION_STATE_OPEN && owed.state() != v1::OBLIGATION_STATE_CANCELLED;
           return owed.kind() == rule.kind && done && FromProto(owed.close_time()) >= since;
         });
}

// What the event makes of one open obligation.
void Judge(const Book& book, const ObligationRule& rule, const std::vector<v1::Obligation>& known,
           const Happening& happening, const v1::Obligation& owed, Outcome* outcome) {
  v1::Obligation after = owed;
  if (Has(rule.superseded_on, happening.type)) {
    End(v1::OBLIGATION_STATE_CANCELLED, v1::OBLIGATION_END_SUPERSEDED, happening.time,
        absl::StrCat("superseded by ", What(happening)), &after);
    outcome->ended.push_back(std::move(after));
    return;
  }
  const bool counts = IsAbout(happening, owed) && IsInItsTime(rule, happening, owed);
  const std::optional<absl::Time> met = counts ? Meet(rule, happening, &after) : std::nullopt;
  if (met.has_value()) {
    EndAsMet(MetBy(*met, happening), happening.record_time, &after, outcome);
    outcome->ended.push_back(std::move(after));
    return;
  }
  const ClockFacts facts = FactsFor(owed, happening);
  if (EndsRoot(happening.type) && !rule.survives_close) {
    End(v1::OBLIGATION_STATE_CANCELLED, v1::OBLIGATION_END_ROOT_ENDED, happening.time,
        absl::StrCat("fell away with ", What(happening)), &after);
    outcome->ended.push_back(std::move(after));
    return;
  }
  const bool moves = happening.type == v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED;
  const std::optional<absl::Time> since =
      moves ? SinceNow(book, rule, facts.facts, owed) : std::make_optional(FromProto(owed.since_time()));
  const bool done = moves && since.has_value() && IsDoneSince(rule, known, *since);
  if (!IsCalledFor(rule, facts.facts) || !since.has_value() || done) {
    // Whatever time the event tells of, it falls away now.
    const absl::Time time = moves ? happening.record_time : happening.time;
    End(v1::OBLIGATION_STATE_CANCELLED, v1::OBLIGATION_END_FACTS_CHANGED, time,
        absl::StrCat("not owed any more after ", What(happening),
                     done ? ": it was done since" : ": the facts have changed"),
        &after);
    outcome->ended.push_back(std::move(after));
    return;
  }
  bool paused = false;
  if (happening.type == v1::EVENT_TYPE_CASE_RESUMED) paused = EndPause(happening.time, &after);
  if (happening.type == v1::EVENT_TYPE_CASE_PAUSED && happening.pause.has_value()) {
    paused = AddPause(rule, *happening.pause, &after);
  }
  bool moved = StartsEarlier(rule, happening, &after);
  if (moves && *since != FromProto(owed.since_time())) {
    *after.mutable_since_time() = ToProto(*since);
    moved = true;
  }
  if (paused || moved || ClockMayChange(rule, facts, after)) SetClock(book, rule, facts, /*arising=*/false, &after);
  if (happening.type == v1::EVENT_TYPE_DOCUMENT_VOIDED) ForgetParts(happening.subject, &after);
  if (SameClock(owed, after)) return;
  TellIfPutOff(owed, happening, &after, outcome);
  outcome->changed.push_back(std::move(after));
}

v1::Obligation Arise(const Book& book, const ObligationRule& rule, const Happening& happening,
                     const std::string& subject, absl::Time since, const std::optional<RunningPause>& pause) {
  v1::Obligation owed;
  owed.set_state(v1::OBLIGATION_STATE_OPEN);
  owed.set_kind(rule.kind);
  owed.set_title(rule.title);
  for (const std::string& clause : rule.clauses) owed.add_clauses(clause);
  owed.set_root(happening.root);
  owed.set_subject(subject);
  owed.set_owner(rule.by);
  if (rule.by_addressee) {
    owed.set_owner(happening.addressee == v1::ROLE_UNSPECIFIED ? book.pack->owner : happening.addressee);
  }
  owed.set_owner_head(rule.head);
  owed.set_policy_version(book.policy_version);
  owed.set_cause_event(What(happening));
  *owed.mutable_arise_time() = ToProto(happening.time);
  *owed.mutable_since_time() = ToProto(since);
  for (const auto& [name, value] : happening.facts) {
    if (IsEventFact(name)) (*owed.mutable_facts())[name] = value;
  }
  if (happening.promised_time.has_value()) *owed.mutable_promised_time() = ToProto(*happening.promised_time);
  owed.set_stated(rule.stated);
  owed.set_survives_close(rule.survives_close);
  for (const v1::Role role : rule.waivable_by) owed.add_waivable_by(role);
  for (const std::string& step : rule.blocks) owed.add_blocks(step);
  for (const std::string& step : rule.required_for) owed.add_required_for(step);
  if (pause.has_value()) AddPause(rule, *pause, &owed);
  SetClock(book, rule, {happening.facts, happening.customer_deadline}, /*arising=*/true, &owed);
  return owed;
}

// The obligations of this rule that stand after what was ended: whether one is open for the subject, whether there ever
// was one that counted.
struct Before {
  bool open = false;
  bool counted = false;
};

// `ended` tells the new state of those that this event has ended, by their place in `known`.
Before BeforeOf(const std::vector<v1::Obligation>& known, const std::map<size_t, v1::ObligationState>& ended,
                const ObligationRule& rule, const Happening& happening) {
  Before before;
  for (size_t i = 0; i < known.size(); ++i) {
    if (known[i].kind() != rule.kind || known[i].subject() != happening.subject) continue;
    // What is still owed for a period that has passed is not what is owed for this one.
    if (rule.every != pack::v1::PERIOD_UNSPECIFIED &&
        FactOf(known[i].facts(), kPeriod) != FactOf(happening.facts, kPeriod)) {
      continue;
    }
    const auto end = ended.find(i);
    const v1::ObligationState state = end == ended.end() ? known[i].state() : end->second;
    before.open = before.open || state == v1::OBLIGATION_STATE_OPEN;
    before.counted = before.counted || state != v1::OBLIGATION_STATE_CANCELLED;
  }
  return before;
}

// The subject of an obligation, and of one that is owed for a period that too: what is owed for another is another.
std::string MatterOf(const v1::Obligation& owed) {
  const std::string period = FactOf(owed.facts(), kPeriod);
  return period.empty() ? owed.subject() : absl::StrCat(owed.subject(), " ", period);
}

// Of each matter the newest obligation of a rule, as it stands after this event, which may have ended it; without those
// in whose place the rule has brought up another, whatever that was about: the approval of a solution that gave way.
std::map<std::string, const v1::Obligation*> NewestOf(const std::vector<v1::Obligation>& known, const Outcome& outcome,
                                                      const ObligationRule& rule) {
  std::map<std::string, const v1::Obligation*> newest;
  std::string last;
  for (const v1::Obligation& owed : known) {
    if (owed.kind() != rule.kind) continue;
    newest[MatterOf(owed)] = &owed;
    last = owed.name();
  }
  for (const v1::Obligation& ended : outcome.ended) {
    const auto found = newest.find(MatterOf(ended));
    if (found != newest.end() && found->second->name() == ended.name()) found->second = &ended;
  }
  for (auto it = newest.begin(); it != newest.end();) {
    const bool gave_way = it->second->ended_by() == v1::OBLIGATION_END_SUPERSEDED && it->second->name() != last;
    it = gave_way ? newest.erase(it) : std::next(it);
  }
  return newest;
}

// The root's facts may be others after this event, and call for what they did not call for before.
bool ChangesFacts(v1::EventType type) {
  switch (type) {
    case v1::EVENT_TYPE_CASE_CHANGED:
    case v1::EVENT_TYPE_CONTACT_CHANGED:
    case v1::EVENT_TYPE_DIRECTORY_CHANGED:  // of a customer: rules look at nothing else of the directory
    case v1::EVENT_TYPE_FIRST_INSTALLATION:
    case v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED:
    case v1::EVENT_TYPE_FIRST_INSTALLATION_WITHDRAWN:
    case v1::EVENT_TYPE_CONTACT_JOINED:
    case v1::EVENT_TYPE_CASE_CLASSIFIED:
    case v1::EVENT_TYPE_CAUSE_DETERMINED:
    case v1::EVENT_TYPE_REMEDY_DECIDED: return true;
    default: return false;
  }
}

// Why obligations ended that this event may call for again.
std::optional<v1::ObligationEnd> CalledForAgain(v1::EventType type) {
  if (type == v1::EVENT_TYPE_CASE_REOPENED) return v1::OBLIGATION_END_ROOT_ENDED;
  if (ChangesFacts(type)) return v1::OBLIGATION_END_FACTS_CHANGED;
  return std::nullopt;
}

// An event that may come many times over and brings up only what was not owed before.
bool BringsOnlyNew(v1::EventType type) {
  return type == v1::EVENT_TYPE_CASE_CHANGED || type == v1::EVENT_TYPE_CONTACT_CHANGED ||
         type == v1::EVENT_TYPE_DIRECTORY_CHANGED || type == v1::EVENT_TYPE_CASE_CLASSIFIED;
}

// The event as if it brought up once more what `owed` was: with the facts, the promise and the addressee of that.
Happening AsOnceMore(const ObligationRule& rule, const v1::Obligation& owed, const Happening& happening) {
  Happening again = happening;
  again.facts = FactsFor(owed, happening).facts;
  again.promised_time.reset();
  if (owed.has_promised_time()) again.promised_time = FromProto(owed.promised_time());
  if (rule.by_addressee) again.addressee = owed.owner();
  return again;
}

// Another in the place of one that ended, which goes on where that stood: its clock never interrupted, its marks kept,
// on the terms that the rule has now.
v1::Obligation GoOn(const Book& book, const ObligationRule& rule, const Happening& again, const v1::Obligation& owed,
                    const std::optional<RunningPause>& pause, Outcome* outcome) {
  v1::Obligation after = Arise(book, rule, again, owed.subject(), FromProto(owed.since_time()), std::nullopt);
  *after.mutable_pauses() = owed.pauses();
  *after.mutable_met_parts() = owed.met_parts();
  KeepMarks(owed, &after);
  const bool same_version = owed.policy_version() == book.policy_version;
  if (same_version) {
    after.set_limit_index(owed.limit_index());
    after.set_calendar_version(owed.calendar_version());
  }
  if (pause.has_value()) AddPause(rule, *pause, &after);
  SetClock(book, rule, {again.facts, again.customer_deadline}, /*arising=*/!same_version, &after);
  TellIfPutOff(owed, again, &after, outcome);
  return after;
}

// What it was met by while it was not owed; nothing while a part is missing.
std::optional<Met> MetMeanwhile(const ObligationRule& rule, const v1::Obligation& owed) {
  for (size_t way = 0; way < rule.met_by.size(); ++way) {
    std::optional<absl::Time> last;
    size_t met = 0;
    for (size_t part = 0; part < rule.met_by[way].size(); ++part) {
      const std::optional<absl::Time> time = PartTime(owed, way, part);
      if (!time.has_value()) break;
      ++met;
      last = std::max(last.value_or(*time), *time);
    }
    if (met == rule.met_by[way].size() && last.has_value()) {
      return Met{*last, "met by what was done while the facts did not call for it", ""};
    }
  }
  return std::nullopt;
}

// What fell away with the facts is met by what is done meanwhile, in case it is called for again: many a step is taken
// once only, so that otherwise it would wait for what nobody can do any more.
void NoteMeanwhile(const ObligationRule& rule, const Happening& happening, const v1::Obligation& owed,
                   Outcome* outcome) {
  v1::Obligation after = owed;
  bool noted = happening.type == v1::EVENT_TYPE_DOCUMENT_VOIDED && ForgetParts(happening.subject, &after);
  if (IsAbout(happening, owed) && IsInItsTime(rule, happening, owed)) {
    for (size_t way = 0; way < rule.met_by.size(); ++way) {
      for (size_t part = 0; part < rule.met_by[way].size(); ++part) {
        const MeetingEvent& wanted = rule.met_by[way][part];
        if (PartTime(after, way, part).has_value() || !Meets(wanted, happening)) continue;
        after.add_met_parts(PartMet(way, part, TimeOf(wanted, happening), happening.subject));
        noted = true;
      }
    }
  }
  if (noted) outcome->noted.push_back(std::move(after));
}

// Nothing of its kind about the same subject came after it.
bool IsNewest(const std::vector<v1::Obligation>& known, size_t place) {
  return std::none_of(known.begin() + place + 1, known.end(), [&](const v1::Obligation& later) {
    return later.kind() == known[place].kind() && MatterOf(later) == MatterOf(known[place]);
  });
}

// The parts that were met before it began count no more.
void ForgetPartsBefore(const ObligationRule& rule, absl::Time since, v1::Obligation* owed) {
  for (size_t way = 0; way < rule.met_by.size(); ++way) {
    for (size_t part = 0; part < rule.met_by[way].size(); ++part) {
      if (PartTime(*owed, way, part).value_or(since) >= since) continue;
      const std::string prefix = PartPrefix(way, part);
      auto& parts = *owed->mutable_met_parts();
      parts.erase(std::remove_if(parts.begin(), parts.end(),
                                 [&](const std::string& met) { return absl::StartsWith(met, prefix); }),
                  parts.end());
    }
  }
}

// It was owed for a period, and its time ended while it was not called for: nobody can do it in time any more. What was
// late already when it fell away is none of these.
bool EndedMeanwhile(const ObligationRule& rule, const v1::Obligation& owed, const Happening& happening) {
  return rule.every != pack::v1::PERIOD_UNSPECIFIED && owed.has_due_time() &&
         FromProto(owed.due_time()) >= FromProto(owed.close_time()) &&
         FromProto(owed.due_time()) < happening.record_time;
}

// What fell away and is called for again goes on: nobody gets rid of a duty, or of a breach, by changing facts to and
// fro, or by refusing a case and reopening it.
void TakeUpAgain(const Book& book, const ObligationRule& rule, const std::vector<v1::Obligation>& known,
                 const Happening& happening, const std::optional<RunningPause>& pause, Outcome* outcome) {
  const std::optional<v1::ObligationEnd> why = CalledForAgain(happening.type);
  if (!why.has_value()) return;
  const std::map<std::string, const v1::Obligation*> newest = NewestOf(known, Outcome(), rule);
  for (const auto& [matter, owed] : newest) {
    if (owed->ended_by() != *why || IsOfAFormerSolution(*owed, happening.facts)) continue;
    if (EndedMeanwhile(rule, *owed, happening)) continue;
    const Happening again = AsOnceMore(rule, *owed, happening);
    if (!IsCalledFor(rule, again.facts)) continue;
    const std::optional<absl::Time> since = SinceNow(book, rule, again.facts, *owed);
    if (!since.has_value()) continue;
    v1::Obligation before = *owed;
    if (*since != FromProto(owed->since_time())) {
      *before.mutable_since_time() = ToProto(*since);
      ForgetPartsBefore(rule, *since, &before);
    }
    v1::Obligation after = GoOn(book, rule, again, before, pause, outcome);
    std::optional<Met> met = MetMeanwhile(rule, after);
    if (!met.has_value() && IsAbout(happening, after)) {
      if (const auto now = Meet(rule, happening, &after); now.has_value()) met = MetBy(*now, happening);
    }
    if (met.has_value()) EndAsMet(*met, happening.record_time, &after, outcome);
    outcome->opened.push_back(std::move(after));
  }
}

// What was owed before and, by its rule, is owed again when the case is reopened.
void Revive(const Book& book, const ObligationRule& rule, const std::vector<v1::Obligation>& known,
            const Happening& happening, Outcome* outcome) {
  const std::map<std::string, const v1::Obligation*> newest = NewestOf(known, *outcome, rule);
  for (const auto& [matter, owed] : newest) {
    // What fell away with the refusal has been taken up again already.
    if (owed->ended_by() == v1::OBLIGATION_END_ROOT_ENDED) continue;
    if (owed->state() == v1::OBLIGATION_STATE_OPEN) continue;
    const Happening again = AsOnceMore(rule, *owed, happening);
    if (!Holds(rule.where, again.facts)) continue;
    if (rule.on_reopen == pack::v1::ANEW) {
      outcome->opened.push_back(Arise(book, rule, again, owed->subject(), happening.time, std::nullopt));
      continue;
    }
    v1::Obligation revived = Arise(book, rule, again, owed->subject(), FromProto(owed->since_time()), std::nullopt);
    *revived.mutable_pauses() = owed->pauses();
    // It may have been met by what happened before its clock began, or in a pause that was over when that was entered.
    absl::Time stopped = std::max(FromProto(owed->close_time()), FromProto(owed->since_time()));
    for (const v1::ObligationPause& before : owed->pauses()) stopped = std::max(stopped, FromProto(before.end_time()));
    v1::ObligationPause* closed = revived.add_pauses();
    *closed->mutable_start_time() = ToProto(stopped);
    *closed->mutable_end_time() = ToProto(std::max(happening.time, stopped));
    closed->set_cause(kEnded);
    closed->set_reason(absl::StrCat("it had ended: ", owed->close_note()));
    SetClock(book, rule, {again.facts, again.customer_deadline}, /*arising=*/true, &revived);
    outcome->opened.push_back(std::move(revived));
  }
}

// The one that the same owner owed about the same subject before another took its place, where there is one: passed to
// and fro, a duty goes on where it stood with each who has it.
const v1::Obligation* OwedBeforeBy(const std::vector<v1::Obligation>& known, const ObligationRule& rule,
                                   const Happening& happening) {
  if (!rule.by_addressee || happening.type != v1::EVENT_TYPE_CONTACT_TRANSFERRED) return nullptr;
  const v1::Obligation* before = nullptr;
  for (const v1::Obligation& owed : known) {
    const bool same =
        owed.kind() == rule.kind && owed.subject() == happening.subject && owed.owner() == happening.addressee;
    if (same && owed.ended_by() == v1::OBLIGATION_END_SUPERSEDED) before = &owed;
  }
  return before;
}

v1::Obligation AriseOrGoOn(const Book& book, const ObligationRule& rule, const std::vector<v1::Obligation>& known,
                           const Happening& happening, const std::optional<RunningPause>& pause, Outcome* outcome) {
  const v1::Obligation* before = OwedBeforeBy(known, rule, happening);
  if (before == nullptr) {
    return Arise(book, rule, happening, happening.subject, rule.from_notice ? happening.notice_time : happening.time,
                 pause);
  }
  Happening again = AsOnceMore(rule, *before, happening);
  // A new promise makes it sooner, never later.
  const bool sooner = happening.promised_time.has_value() && before->has_due_time() &&
                      *happening.promised_time < FromProto(before->due_time());
  if (sooner) again.promised_time = happening.promised_time;
  return GoOn(book, rule, again, *before, pause, outcome);
}

// A document was declared void: what it met, alone or with others, is owed again, by a new obligation in the place of
// the one that it met; what else had met it counts. Where the facts do not call for it now, it waits until they do.
void ReplaceWhatItMet(const Book& book, const ObligationRule& rule, const std::vector<v1::Obligation>& known,
                      const Happening& happening, const std::optional<RunningPause>& pause, Outcome* outcome) {
  for (const v1::Obligation& owed : known) {
    if (owed.kind() != rule.kind || owed.ended_by() != v1::OBLIGATION_END_MET) continue;
    v1::Obligation left = owed;
    if (!ForgetParts(happening.subject, &left) && owed.met_by() != happening.subject) continue;
    const bool another = std::any_of(known.begin(), known.end(), [&](const v1::Obligation& one) {
      return one.kind() == rule.kind && one.subject() == owed.subject() && one.state() == v1::OBLIGATION_STATE_OPEN;
    });
    if (another) continue;
    const Happening again = AsOnceMore(rule, owed, happening);
    v1::Obligation after = Arise(book, rule, again, owed.subject(), happening.time, pause);
    *after.mutable_met_parts() = left.met_parts();
    if (!Holds(rule.where, again.facts)) {
      End(v1::OBLIGATION_STATE_CANCELLED, v1::OBLIGATION_END_FACTS_CHANGED, happening.time,
          absl::StrCat("not owed after ", What(happening), ": the facts do not call for it now"), &after);
    }
    outcome->opened.push_back(std::move(after));
  }
}

// The remedy that was decided does not stand on the facts as they are now: what the decision met is owed again.
void ReplaceWhatTheDecisionMet(const Book& book, const ObligationRule& rule, const std::vector<v1::Obligation>& known,
                               const Happening& happening, const std::optional<RunningPause>& pause, Outcome* outcome) {
  const bool may = ChangesFacts(happening.type) || happening.type == v1::EVENT_TYPE_CASE_MIGRATED;
  if (!may || happening.facts.count("remedy") != 0) return;
  const std::string by_decision = absl::StrCat("met by ", Word(v1::EVENT_TYPE_REMEDY_DECIDED, '-'), " of ");
  for (const auto& [matter, owed] : NewestOf(known, *outcome, rule)) {
    if (owed->ended_by() != v1::OBLIGATION_END_MET || !absl::StartsWith(owed->close_note(), by_decision)) continue;
    const Happening again = AsOnceMore(rule, *owed, happening);
    if (!Holds(rule.where, again.facts)) continue;
    outcome->opened.push_back(Arise(book, rule, again, owed->subject(), happening.time, pause));
  }
}

// A first installation that turns out to be another brings up what none did so far.
bool BringsUp(const ObligationRule& rule, v1::EventType type) {
  return Has(rule.on, type) || (type == v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED && BeginsWithInstallation(rule));
}

}  // namespace

bool IsCalledFor(const ObligationRule& rule, const Facts& facts) {
  if (rule.every != pack::v1::PERIOD_UNSPECIFIED && facts.count(kUserSince) == 0) return false;
  if (BeginsWithInstallation(rule) && facts.count(kUserUnderProcedure) == 0) return false;
  return Holds(rule.where, facts);
}

bool Holds(const std::vector<FactSet>& where, const Facts& facts) {
  return where.empty() ||
         std::any_of(where.begin(), where.end(), [&](const FactSet& set) { return HoldsAll(set, facts); });
}

bool SameMatter(const std::string& one, const std::string& other) {
  return one == other || CollectionOf(one) != CollectionOf(other);
}

bool NeedsHistory(const Pack& pack, v1::EventType type) {
  if (ChangesFacts(type) || type == v1::EVENT_TYPE_CASE_REOPENED || type == v1::EVENT_TYPE_DOCUMENT_VOIDED ||
      type == v1::EVENT_TYPE_CONTACT_TRANSFERRED || type == v1::EVENT_TYPE_CASE_MIGRATED) {
    return true;
  }
  return std::any_of(pack.obligations.begin(), pack.obligations.end(), [&](const ObligationRule& rule) {
    return !rule.where.empty() && std::any_of(rule.met_by.begin(), rule.met_by.end(), [&](const Meeting& meeting) {
      return std::any_of(meeting.begin(), meeting.end(), [&](const MeetingEvent& part) { return part.event == type; });
    });
  });
}

Outcome Apply(const Book& book, const std::vector<v1::Obligation>& known, const Happening& happening,
              const std::optional<RunningPause>& pause, bool arising) {
  Outcome outcome;
  std::map<size_t, v1::ObligationState> ended;
  for (size_t i = 0; i < known.size(); ++i) {
    if (known[i].policy_version() != book.policy_version) continue;
    const bool fell_away = known[i].ended_by() == v1::OBLIGATION_END_FACTS_CHANGED;
    if (known[i].state() != v1::OBLIGATION_STATE_OPEN && !fell_away) continue;
    const ObligationRule* rule = FindRule(*book.pack, known[i].kind());
    if (rule == nullptr) continue;
    if (fell_away) {
      if (IsNewest(known, i)) NoteMeanwhile(*rule, happening, known[i], &outcome);
      continue;
    }
    const size_t before = outcome.ended.size();
    Judge(book, *rule, known, happening, known[i], &outcome);
    if (outcome.ended.size() > before) ended[i] = outcome.ended.back().state();
  }
  if (!arising) return outcome;
  for (const ObligationRule& rule : book.pack->obligations) {
    TakeUpAgain(book, rule, known, happening, pause, &outcome);
    if (happening.type == v1::EVENT_TYPE_CASE_REOPENED && rule.on_reopen != pack::v1::REOPENING_UNSPECIFIED) {
      Revive(book, rule, known, happening, &outcome);
      continue;
    }
    ReplaceWhatTheDecisionMet(book, rule, known, happening, pause, &outcome);
    if (happening.type == v1::EVENT_TYPE_DOCUMENT_VOIDED) {
      ReplaceWhatItMet(book, rule, known, happening, pause, &outcome);
    }
    if (!BringsUp(rule, happening.type) || !IsCalledFor(rule, happening.facts)) continue;
    if (IsDoneSince(rule, known, happening.time)) continue;
    // Each period begins for one duty, whatever others the pack has.
    if (rule.every != pack::v1::PERIOD_UNSPECIFIED && FactOf(happening.facts, kDuty) != rule.kind) continue;
    const Before before = BeforeOf(known, ended, rule, happening);
    const bool taken_up = std::any_of(outcome.opened.begin(), outcome.opened.end(), [&](const v1::Obligation& one) {
      return one.kind() == rule.kind && one.subject() == happening.subject;
    });
    if (before.open || taken_up || (BringsOnlyNew(happening.type) && before.counted)) continue;
    v1::Obligation owed = AriseOrGoOn(book, rule, known, happening, pause, &outcome);
    const std::optional<absl::Time> met = Meet(rule, happening, &owed);
    if (met.has_value()) EndAsMet(MetBy(*met, happening), happening.record_time, &owed, &outcome);
    outcome.opened.push_back(std::move(owed));
  }
  return outcome;
}

void Append(Outcome more, Outcome* outcome) {
  const auto add = [](auto& from, auto* to) {
    to->insert(to->end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  add(more.opened, &outcome->opened);
  add(more.ended, &outcome->ended);
  add(more.changed, &outcome->changed);
  add(more.noted, &outcome->noted);
  outcome->put_off.merge(more.put_off);
  add(more.announcements, &outcome->announcements);
}

Happening HappeningOf(const v1::Event& event) {
  Happening happening;
  happening.type = event.type();
  happening.root = event.root();
  happening.subject = event.subject();
  happening.role = event.role();
  happening.head = event.head();
  happening.addressee = event.addressee();
  happening.time = FromProto(event.time());
  happening.record_time = event.has_record_time() ? FromProto(event.record_time()) : happening.time;
  happening.facts.insert(event.facts().begin(), event.facts().end());
  happening.notice_time = event.has_notice_time() ? FromProto(event.notice_time()) : happening.time;
  if (event.has_customer_deadline()) happening.customer_deadline = FromProto(event.customer_deadline());
  if (event.has_promised_time()) happening.promised_time = FromProto(event.promised_time());
  if (event.type() == v1::EVENT_TYPE_CASE_PAUSED) {
    RunningPause pause;
    pause.cause = event.service_case().pause().cause();
    pause.reason = event.service_case().pause().reason();
    pause.start = happening.time;
    happening.pause = std::move(pause);
  }
  if (event.type() == v1::EVENT_TYPE_DOCUMENT_FILED) happening.about = event.document().visit();
  return happening;
}

bool IsOfAFormerSolution(const v1::Obligation& owed, const Facts& facts) {
  const auto current = facts.find(kCurrentSolution);
  return current != facts.end() && owed.subject() != current->second &&
         CollectionOf(owed.subject()) == CollectionOf(current->second);
}

const RegionTier* TierOf(const Pack& pack, const std::string& region) {
  const RegionTier* rest = nullptr;
  for (const RegionTier& tier : pack.tiers) {
    if (tier.regions.empty()) rest = &tier;
    if (!region.empty() && Has(tier.regions, region)) return &tier;
  }
  return rest;
}

const CoverageRule* CoverageOf(const Pack& pack, const Facts& facts) {
  for (const CoverageRule& rule : pack.coverage) {
    if (Holds(rule.where, facts)) return &rule;
  }
  return nullptr;
}

const RemedyRule* RemedyAllowed(const Pack& pack, v1::Remedy remedy, const Facts& facts) {
  for (const RemedyRule& rule : pack.remedies) {
    if (rule.remedy == remedy && Holds(rule.where, facts)) return &rule;
  }
  return nullptr;
}

std::vector<const RemedyRule*> RulesOfRemedy(const Pack& pack, v1::Remedy remedy) {
  std::vector<const RemedyRule*> rules;
  for (const RemedyRule& rule : pack.remedies) {
    if (rule.remedy == remedy) rules.push_back(&rule);
  }
  return rules;
}

}  // namespace aftersales::policy
