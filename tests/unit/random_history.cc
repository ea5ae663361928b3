#include "tests/unit/random_history.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"

namespace aftersales::policy {
namespace {

const std::vector<Condition>& RootConditions() {
  static const auto& kConditions = *new std::vector<Condition>{
      {"classification", "A"}, {"classification", "C"}, {"severity", "major"}, {"severity", "critical"},
      {"tier", "near"},        {"emergency", "true"},   {"emergency", "false"}};
  return kConditions;
}

// The events that rules are drawn from, and those that meet what they bring up.
struct Subject {
  std::vector<v1::EventType> on;
  std::vector<DrawnPart> met_by;
};

const std::vector<Subject>& Subjects() {
  static const auto& kSubjects = *new std::vector<Subject>{
      {{v1::EVENT_TYPE_CASE_OPENED, v1::EVENT_TYPE_CASE_ACCEPTED, v1::EVENT_TYPE_CASE_CLASSIFIED,
        v1::EVENT_TYPE_CASE_CHANGED},
       {{v1::EVENT_TYPE_CASE_ACCEPTED},
        {v1::EVENT_TYPE_VISIT_CHECKED_IN},
        {v1::EVENT_TYPE_SOLUTION_CONFIRMED},
        {v1::EVENT_TYPE_DOCUMENT_FILED},
        {v1::EVENT_TYPE_SATISFACTION_RECORDED}}},
      {{v1::EVENT_TYPE_SOLUTION_PROPOSED},
       {{v1::EVENT_TYPE_SOLUTION_APPROVED, v1::ROLE_QUALITY},
        {v1::EVENT_TYPE_SOLUTION_APPROVED, v1::ROLE_TECHNOLOGY, true},
        {v1::EVENT_TYPE_SOLUTION_CONFIRMED}}},
      {{v1::EVENT_TYPE_VISIT_PLANNED},
       {{v1::EVENT_TYPE_VISIT_CHECKED_IN}, {v1::EVENT_TYPE_SATISFACTION_RECORDED}, {v1::EVENT_TYPE_DOCUMENT_FILED}}},
      {{v1::EVENT_TYPE_HELP_REQUESTED}, {{v1::EVENT_TYPE_HELP_ANSWERED}}},
      {{v1::EVENT_TYPE_SATISFACTION_RECORDED, v1::EVENT_TYPE_CASE_CLOSED},
       {{v1::EVENT_TYPE_DOCUMENT_FILED}, {v1::EVENT_TYPE_VISIT_PLANNED}, {v1::EVENT_TYPE_SATISFACTION_RECORDED}}},
  };
  return kSubjects;
}

DrawnPart DrawPart(Random& random, const Subject& subject) {
  DrawnPart part = OneOf(random, subject.met_by);
  part.at_entry = Chance(random, 20);
  if (part.event == v1::EVENT_TYPE_DOCUMENT_FILED)
    part.where = {"document", OneOf<std::string>(random, {"report", "form"})};
  if (part.event == v1::EVENT_TYPE_SATISFACTION_RECORDED && Chance(random, 60)) part.where = {"satisfied", "true"};
  return part;
}

DrawnLimit DrawLimit(Random& random) {
  DrawnLimit limit;
  limit.customer_deadline = Chance(random, 20);
  limit.promised_time = Chance(random, 20);
  switch (Pick(random, limit.customer_deadline || limit.promised_time ? 0 : 1, 6)) {
    case 0: break;  // nothing but what was told
    case 1:
    case 2: limit.minutes = OneOf<int>(random, {30, 120, 240, 1440, 2880, 4321}); break;
    case 3:
      limit.office = true;
      limit.minutes = OneOf<int>(random, {90, 510, 1000, 2551});
      break;
    case 4:
      limit.office = true;
      limit.days = Pick(random, 1, 6);
      limit.minutes = Chance(random, 30) ? 75 : 0;
      break;
    case 5: limit.months = Pick(random, 1, 3); break;
    default: limit.end_of = OneOf<std::string>(random, {"DAY", "MONTH", "QUARTER", "YEAR"});
  }
  return limit;
}

DrawnRule DrawRule(Random& random, int number) {
  const Subject& subject = OneOf(random, Subjects());
  DrawnRule rule;
  rule.kind = absl::StrCat("duty-", number);
  rule.on = {OneOf(random, subject.on)};
  if (Chance(random, 25) && subject.on.front() != rule.on.front()) rule.on.push_back(subject.on.front());
  if (Chance(random, 40)) rule.where = OneOf(random, RootConditions());
  if (rule.on == std::vector<v1::EventType>{v1::EVENT_TYPE_SATISFACTION_RECORDED} && Chance(random, 60)) {
    rule.where = {"satisfied", "false"};
  }
  rule.from_notice = Chance(random, 25);
  for (int i = Pick(random, 0, 2); i > 0; --i) {
    rule.within.push_back(DrawLimit(random));
    rule.within.back().where = OneOf(random, RootConditions());
  }
  if (Chance(random, 75)) rule.within.push_back(DrawLimit(random));
  for (int ways = Chance(random, 25) ? 2 : 1; ways > 0; --ways) {
    rule.met_by.emplace_back();
    for (int parts = Chance(random, 30) ? 2 : 1; parts > 0; --parts)
      rule.met_by.back().push_back(DrawPart(random, subject));
  }
  if (Chance(random, 25)) rule.superseded_on = {OneOf(random, subject.on)};
  if (Chance(random, 10)) rule.superseded_on.push_back(v1::EVENT_TYPE_CASE_REOPENED);
  rule.survives_close = Chance(random, 30);
  rule.warn_percent = OneOf<int>(random, {1, 50, 75, 99});
  if (!rule.within.empty() && Chance(random, 50)) rule.escalate = {Chance(random, 50) ? 0 : 60, 1440};
  if (Chance(random, 60)) rule.pause_on.push_back(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
  if (Chance(random, 30)) rule.pause_on.push_back(v1::PAUSE_CAUSE_FORCE_MAJEURE);
  rule.pause_hours = rule.pause_on.empty() ? 0 : OneOf<int>(random, {1, 30, 100, 480});
  rule.on_reopen = OneOf<std::string>(random, {"", "ANEW", "GO_ON"});
  return rule;
}

std::string Where(const Condition& condition) {
  return condition.first.empty() ? "" : absl::StrCat(" where { ", condition.first, ": '", condition.second, "' }");
}

std::string TextOf(const DrawnLimit& limit) {
  std::string text = absl::StrCat(" within {", Where(limit.where));
  if (limit.customer_deadline) absl::StrAppend(&text, " customer_deadline: true");
  if (limit.promised_time) absl::StrAppend(&text, " promised_time: true");
  if (limit.office) absl::StrAppend(&text, " calendar: 'office'");
  if (limit.days != 0) absl::StrAppend(&text, " days: ", limit.days);
  if (limit.minutes != 0) absl::StrAppend(&text, " minutes: ", limit.minutes);
  if (limit.months != 0) absl::StrAppend(&text, " calendar_months: ", limit.months);
  if (!limit.end_of.empty()) absl::StrAppend(&text, " end_of: ", limit.end_of);
  return text + " }";
}

std::string TextOf(const DrawnPart& part) {
  std::string text = absl::StrCat("event: '", Word(part.event, '-'), "'");
  if (part.role != v1::ROLE_UNSPECIFIED) absl::StrAppend(&text, " role: '", Word(part.role), "'");
  if (part.head) absl::StrAppend(&text, " head: true");
  if (part.at_entry) absl::StrAppend(&text, " at_entry: true");
  return text + Where(part.where);
}

// A case as its events are drawn.
struct Story {
  absl::Time entered;  // the last event
  absl::Time opened;
  absl::Time notice;
  std::optional<absl::Time> deadline;
  std::vector<Condition> facts;
  std::optional<absl::Time> paused;  // since when
  absl::Time last_pause_end;
  bool closed = false;
  int solutions = 0;
  int visits = 0;
  int requests = 0;
};

void SetFact(Story& story, const std::string& name, const std::string& value) {
  for (Condition& fact : story.facts) {
    if (fact.first == name) {
      fact.second = value;
      return;
    }
  }
  story.facts.push_back({name, value});
}

// What can be entered now.
std::vector<v1::EventType> Possible(const Story& story) {
  if (story.closed) {
    return {v1::EVENT_TYPE_CASE_REOPENED, v1::EVENT_TYPE_SATISFACTION_RECORDED, v1::EVENT_TYPE_DOCUMENT_FILED};
  }
  std::vector<v1::EventType> types = {
      v1::EVENT_TYPE_CASE_ACCEPTED,  v1::EVENT_TYPE_CASE_CLASSIFIED,   v1::EVENT_TYPE_CASE_CHANGED,
      v1::EVENT_TYPE_CASE_CHANGED,   v1::EVENT_TYPE_SOLUTION_PROPOSED, v1::EVENT_TYPE_VISIT_PLANNED,
      v1::EVENT_TYPE_HELP_REQUESTED, v1::EVENT_TYPE_DOCUMENT_FILED,    v1::EVENT_TYPE_SATISFACTION_RECORDED};
  if (story.solutions > 0) {
    types.insert(types.end(), {v1::EVENT_TYPE_SOLUTION_APPROVED, v1::EVENT_TYPE_SOLUTION_APPROVED,
                               v1::EVENT_TYPE_SOLUTION_CONFIRMED});
  }
  if (story.visits > 0) types.push_back(v1::EVENT_TYPE_VISIT_CHECKED_IN);
  if (story.requests > 0) types.push_back(v1::EVENT_TYPE_HELP_ANSWERED);
  if (story.paused.has_value()) {
    types.insert(types.end(), 4, v1::EVENT_TYPE_CASE_RESUMED);
  } else {
    types.insert(types.end(), {v1::EVENT_TYPE_CASE_PAUSED, v1::EVENT_TYPE_CASE_PAUSED, v1::EVENT_TYPE_CASE_CLOSED,
                               v1::EVENT_TYPE_CASE_REFUSED});
  }
  return types;
}

void ChangeFacts(Random& random, Story& story) {
  SetFact(story, "severity", OneOf<std::string>(random, {"minor", "major", "critical"}));
  if (Chance(random, 50)) SetFact(story, "tier", OneOf<std::string>(random, {"near", "far"}));
  if (Chance(random, 50)) SetFact(story, "emergency", OneOf<std::string>(random, {"true", "false"}));
  if (Chance(random, 30)) story.deadline = story.entered + absl::Minutes(Pick(random, -2000, 6000));
  if (Chance(random, 10)) story.deadline.reset();
}

std::string Numbered(const char* collection, int number) { return absl::StrCat("cases/1/", collection, "/", number); }

// What is special to each kind of event; what was known of the case may change with it.
void Tell(Random& random, Story& story, v1::Event& event) {
  auto& facts = *event.mutable_facts();
  event.set_subject("cases/1");
  const auto promise = [&] {
    if (Chance(random, 60))
      *event.mutable_promised_time() = ToProto(story.entered + absl::Minutes(Pick(random, -300, 4000)));
  };
  switch (event.type()) {
    case v1::EVENT_TYPE_CASE_CHANGED: ChangeFacts(random, story); break;
    case v1::EVENT_TYPE_CASE_CLASSIFIED:
      SetFact(story, "classification", OneOf<std::string>(random, {"A", "B", "C"}));
      break;
    case v1::EVENT_TYPE_SOLUTION_PROPOSED: event.set_subject(Numbered("solutions", ++story.solutions)); break;
    case v1::EVENT_TYPE_SOLUTION_APPROVED:
      event.set_subject(Numbered("solutions", Pick(random, 1, story.solutions)));
      event.set_role(OneOf<v1::Role>(random, {v1::ROLE_QUALITY, v1::ROLE_TECHNOLOGY}));
      event.set_head(Chance(random, 70));
      break;
    case v1::EVENT_TYPE_SOLUTION_CONFIRMED:
      event.set_subject(Numbered("solutions", Pick(random, 1, story.solutions)));
      facts["accepted"] = Chance(random, 50) ? "true" : "false";
      break;
    case v1::EVENT_TYPE_VISIT_PLANNED:
      event.set_subject(absl::StrCat("visits/", ++story.visits));
      promise();
      break;
    case v1::EVENT_TYPE_VISIT_CHECKED_IN:
      event.set_subject(absl::StrCat("visits/", Pick(random, 1, story.visits)));
      break;
    case v1::EVENT_TYPE_HELP_REQUESTED:
      event.set_subject(Numbered("helpRequests", ++story.requests));
      event.set_addressee(v1::ROLE_PRODUCTION);
      facts["addressee"] = "production";
      facts["priority"] = Chance(random, 50) ? "high" : "normal";
      promise();
      break;
    case v1::EVENT_TYPE_HELP_ANSWERED:
      event.set_subject(Numbered("helpRequests", Pick(random, 1, story.requests)));
      break;
    case v1::EVENT_TYPE_SATISFACTION_RECORDED:
      if (story.visits > 0 && Chance(random, 50))
        event.set_subject(absl::StrCat("visits/", Pick(random, 1, story.visits)));
      facts["satisfied"] = Chance(random, 50) ? "true" : "false";
      break;
    case v1::EVENT_TYPE_DOCUMENT_FILED:
      event.set_subject(Numbered("documents", Pick(random, 1, 1000)));
      facts["document"] = Chance(random, 50) ? "report" : "form";
      break;
    default: break;
  }
}

void TellOfState(Random& random, Story& story, v1::Event& event) {
  absl::Time time = FromProto(event.time());
  switch (event.type()) {
    case v1::EVENT_TYPE_CASE_PAUSED: {
      time = std::max(time, story.last_pause_end);
      story.paused = time;
      v1::CasePause* pause = event.mutable_service_case()->mutable_pause();
      pause->set_cause(
          OneOf<v1::PauseCause>(random, {v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER, v1::PAUSE_CAUSE_FORCE_MAJEURE}));
      pause->set_reason("the customer is asked");
      *pause->mutable_start_time() = ToProto(time);
      break;
    }
    case v1::EVENT_TYPE_CASE_RESUMED:
      time = std::max(time, *story.paused);
      story.paused.reset();
      story.last_pause_end = time;
      break;
    case v1::EVENT_TYPE_CASE_CLOSED:
    case v1::EVENT_TYPE_CASE_REFUSED:
      story.closed = true;
      time = story.entered;
      break;
    case v1::EVENT_TYPE_CASE_REOPENED:
      story.closed = false;
      time = story.entered;
      break;
    default: break;
  }
  *event.mutable_time() = ToProto(time);
}

}  // namespace

int Pick(Random& random, int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); }

bool Chance(Random& random, int percent) { return Pick(random, 1, 100) <= percent; }

const std::vector<std::string>& FactsOfEvents() {
  static const auto& kFacts =
      *new std::vector<std::string>{"satisfied", "accepted", "addressee", "priority", "document"};
  return kFacts;
}

std::string DrawnRule::Text() const {
  std::string text = absl::StrCat("obligation { kind: '", kind, "' clauses: 'X' by: '",
                                  on.front() == v1::EVENT_TYPE_HELP_REQUESTED ? "addressee" : "quality", "'");
  for (const v1::EventType event : on) absl::StrAppend(&text, " on: '", Word(event, '-'), "'");
  absl::StrAppend(&text, Where(where), from_notice ? " from: NOTICE_TIME" : "");
  for (const DrawnLimit& limit : within) absl::StrAppend(&text, TextOf(limit));
  for (const std::vector<DrawnPart>& way : met_by) {
    absl::StrAppend(&text, " met_by {");
    if (way.size() == 1) absl::StrAppend(&text, " ", TextOf(way.front()));
    for (size_t i = 0; way.size() > 1 && i < way.size(); ++i) absl::StrAppend(&text, " all { ", TextOf(way[i]), " }");
    absl::StrAppend(&text, " }");
  }
  for (const v1::EventType event : superseded_on) absl::StrAppend(&text, " superseded_on: '", Word(event, '-'), "'");
  if (survives_close) absl::StrAppend(&text, " survives_close: true");
  absl::StrAppend(&text, " warn_percent: ", warn_percent);
  for (const int minutes : escalate)
    absl::StrAppend(&text, " escalate { overdue_minutes: ", minutes, " to: 'executive' }");
  for (const v1::PauseCause cause : pause_on) absl::StrAppend(&text, " pause_on: '", Word(cause), "'");
  if (!pause_on.empty()) absl::StrAppend(&text, " pause_at_most { hours: ", pause_hours, " }");
  if (!on_reopen.empty()) absl::StrAppend(&text, " on_reopen: ", on_reopen);
  return text + " }\n";
}

std::vector<DrawnRule> DrawRules(Random& random) {
  std::vector<DrawnRule> rules;
  for (int number = Pick(random, 3, 7); number > 0; --number) rules.push_back(DrawRule(random, number));
  return rules;
}

std::string PackText(const std::vector<DrawnRule>& rules) {
  std::string text =
      "name: 'drawn' title: 'Drawn' effective_from: '2026-01-01' time_zone: 'Asia/Shanghai' owner: 'quality'\n"
      "class { name: 'A' title: 'A' clauses: 'X' } class { name: 'B' title: 'B' clauses: 'X' }\n"
      "class { name: 'C' title: 'C' clauses: 'X' }\n"
      "region_tier { name: 'near' title: 'near' regions: 'here' clauses: 'X' }\n"
      "region_tier { name: 'far' title: 'far' clauses: 'X' }\n"
      "calendar { name: 'office'\n"
      "  hours { days: 'monday' days: 'tuesday' days: 'wednesday' days: 'thursday' days: 'friday' from: '08:00' to: "
      "'12:00' }\n"
      "  hours { days: 'monday' days: 'tuesday' days: 'wednesday' days: 'thursday' days: 'friday' from: '13:00' to: "
      "'17:30' }\n"
      "  holidays: '2026-10-01' holidays: '2026-10-02' holidays: '2026-10-05' holidays: '2026-10-06'\n"
      "  working_days: '2026-09-27' working_days: '2026-10-10' }\n";
  for (const DrawnRule& rule : rules) text += rule.Text();
  return text;
}

std::vector<v1::Event> DrawEvents(Random& random, int count) {
  Story story;
  story.entered = absl::FromUnixSeconds(1788220800) + absl::Minutes(Pick(random, 0, 30 * 1440));  // from 2026-09-01 on
  story.opened = story.entered;
  story.notice = story.opened - absl::Minutes(Chance(random, 50) ? Pick(random, 1, 300) : 0);
  story.last_pause_end = story.notice;
  ChangeFacts(random, story);
  std::vector<v1::Event> events;
  for (int i = 0; i < count; ++i) {
    v1::Event event;
    event.set_root("cases/1");
    event.set_type(i == 0 ? v1::EVENT_TYPE_CASE_OPENED : OneOf(random, Possible(story)));
    if (i > 0) story.entered += absl::Minutes(Chance(random, 50) ? Pick(random, 0, 240) : Pick(random, 0, 6000));
    const absl::Time late = story.entered - absl::Minutes(Chance(random, 25) ? Pick(random, 1, 600) : 0);
    *event.mutable_time() = ToProto(std::max(late, story.opened));
    *event.mutable_record_time() = ToProto(story.entered);
    Tell(random, story, event);
    TellOfState(random, story, event);
    for (const auto& [name, value] : story.facts) event.mutable_facts()->insert({name, value});
    *event.mutable_notice_time() = ToProto(story.notice);
    if (story.deadline.has_value()) *event.mutable_customer_deadline() = ToProto(*story.deadline);
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace aftersales::policy
