// Reading a pack's rules: what is owed, who may act, what the warranty covers, what may be done.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/policy/clock.h"
#include "server/policy/pack_text.h"

namespace aftersales::policy {
namespace {

constexpr int kMostYears = 10;

void CheckAmounts(const Place& place, const pack::v1::Limit& limit) {
  const int days = 366 * kMostYears;
  if (limit.hours() < 0 || limit.minutes() < 0 || limit.days() < 0 || limit.calendar_months() < 0 ||
      limit.hours() > 24 * days || limit.minutes() > 60 * 24 * days || limit.days() > days ||
      limit.calendar_months() > 12 * kMostYears) {
    place.Wrong("hours", "a limit must lie between nothing and ten years");
  }
  const bool timed = limit.hours() != 0 || limit.minutes() != 0 || limit.days() != 0;
  const int kinds = (timed ? 1 : 0) + (limit.calendar_months() != 0 ? 1 : 0) + (limit.end_of() != 0 ? 1 : 0);
  if (kinds > 1)
    place.Wrong("hours",
                "a limit is hours, minutes and days, or calendar months, or the end of a period; not several of these");
  if (kinds == 0 && !limit.customer_deadline() && !limit.promised_time()) {
    place.Wrong("hours",
                "a limit needs hours, minutes, days, calendar_months, end_of, customer_deadline or promised_time");
  }
  if (!limit.calendar().empty() && !timed) place.Wrong("calendar", "goes with hours, minutes or days only");
}

Limit ReadLimit(const Place& place, const pack::v1::Limit& limit, const Vocabulary& words) {
  CheckAmounts(place, limit);
  Limit read;
  read.where = ReadWhere(place, limit, words);
  read.customer_deadline = limit.customer_deadline();
  read.promised_time = limit.promised_time();
  read.time = absl::Hours(limit.hours()) + absl::Minutes(limit.minutes());
  read.calendar = limit.calendar();
  if (read.calendar.empty()) {
    read.time += absl::Hours(24) * limit.days();
  } else {
    read.working_days = limit.days();
    const std::set<std::string>& calendars = words.at("calendar");
    if (calendars.count(read.calendar) == 0) {
      place.Wrong("calendar",
                  absl::StrCat("the pack has no calendar \"", read.calendar, "\"; it has ", SomeOf(calendars)));
    }
  }
  read.months = limit.calendar_months();
  if (limit.end_of() < 0 || limit.end_of() > pack::v1::YEAR)
    place.Wrong("end_of", "must be DAY, MONTH, QUARTER or YEAR");
  read.end_of = limit.end_of();
  return read;
}

// `part` says that it is one of several events of a meeting.
MeetingEvent ReadMeetingEvent(const Place& place, const pack::v1::Meeting& meeting, const Vocabulary& words,
                              bool part) {
  MeetingEvent read;
  read.event = ReadEvent(place, "event", meeting.event());
  if (!meeting.role().empty()) read.role = ReadRole(place, "role", meeting.role());
  read.head = meeting.head();
  if (meeting.head() && meeting.role().empty()) place.Wrong("head", "names no role to be held as head; set role");
  read.at_entry = meeting.at_entry();
  read.where = ReadWhere(place, meeting, words);
  if (!meeting.document().empty()) {
    if (read.event != v1::EVENT_TYPE_DOCUMENT_FILED) {
      place.Wrong("document", "goes with the event document-filed only");
    }
    CheckWord(place, "document", meeting.document(), "verification-list");
    if (read.where.empty()) read.where.emplace_back();
    for (FactSet& set : read.where) set["document"] = {meeting.document()};
  }
  if (part && !meeting.all().empty()) place.Wrong("all", "a part has no parts of its own");
  return read;
}

Meeting ReadMeeting(const Place& place, const pack::v1::Meeting& meeting, const Vocabulary& words) {
  if (meeting.all().empty()) return {ReadMeetingEvent(place, meeting, words, /*part=*/false)};
  if (!meeting.event().empty() || !meeting.role().empty() || !meeting.where().empty() || !meeting.document().empty() ||
      meeting.head() || meeting.at_entry()) {
    place.Wrong("all", "stands instead of the event and its conditions; give them in its entries");
  }
  if (meeting.all_size() > 10) place.Wrong("all", "has at most 10 entries");
  Meeting read;
  for (int i = 0; i < meeting.all_size(); ++i) {
    read.push_back(ReadMeetingEvent(place.In("all", meeting.all(i), i), meeting.all(i), words, /*part=*/true));
  }
  return read;
}

// Who owes it and who may waive it, when and by what.
void ReadOwner(const Place& place, const pack::v1::ObligationRule& rule, ObligationRule* read) {
  read->by_addressee = rule.by() == "addressee";
  if (!read->by_addressee) read->by = ReadRole(place, "by", rule.by());
  read->head = rule.head();
  for (int i = 0; i < rule.waivable_by_size() && !place.full(); ++i) {
    read->waivable_by.push_back(ReadRole(place, "waivable_by", rule.waivable_by(i), i));
  }
}

void ReadClock(const Place& place, const pack::v1::ObligationRule& rule, const Vocabulary& words,
               ObligationRule* read) {
  read->from_notice = rule.from() == pack::v1::NOTICE_TIME;
  for (int i = 0; i < rule.within_size() && !place.full(); ++i) {
    const Place at = place.In("within", rule.within(i), i);
    read->within.push_back(ReadLimit(at, rule.within(i), words));
    if (i > 0 && rule.within(i - 1).where().empty())
      at.Wrong("where", "is never reached: the limit before it always holds");
  }
  read->stated = rule.stated();
  if (rule.warn_percent() < 0 || rule.warn_percent() > 99) place.Wrong("warn_percent", "must lie between 1 and 99");
  if (rule.warn_percent() > 0) read->warn_percent = rule.warn_percent();
  absl::Duration before = -absl::Minutes(1);
  for (int i = 0; i < rule.escalate_size() && !place.full(); ++i) {
    const Place at = place.In("escalate", rule.escalate(i), i);
    const absl::Duration overdue = absl::Minutes(rule.escalate(i).overdue_minutes());
    if (overdue < absl::ZeroDuration() || overdue > absl::Hours(24 * 3660)) {
      at.Wrong("overdue_minutes", "must lie between nothing and ten years");
    }
    if (overdue <= before) at.Wrong("overdue_minutes", "must be more than that of the level before");
    before = overdue;
    read->escalate.push_back({overdue, ReadRole(at, "to", rule.escalate(i).to())});
  }
  if (rule.within().empty() && !rule.escalate().empty() && read->every == pack::v1::PERIOD_UNSPECIFIED)
    place.Wrong("escalate", "goes with a time limit only", 0);
  for (int i = 0; i < rule.pause_on_size() && !place.full(); ++i) {
    v1::PauseCause cause = v1::PAUSE_CAUSE_UNSPECIFIED;
    if (!ParseWord(rule.pause_on(i), &cause)) {
      place.Wrong("pause_on", NoSuch(rule.pause_on(i), "cause of a pause", "causes", AllWords<v1::PauseCause>('_')), i);
    }
    read->pause_on.push_back(cause);
  }
  if (rule.has_pause_at_most()) {
    const pack::v1::Pause& pause = rule.pause_at_most();
    read->pause_at_most = absl::Hours(pause.hours()) + absl::Hours(24) * pause.days();
    if (pause.hours() < 0 || pause.days() < 0 || read->pause_at_most <= absl::ZeroDuration() ||
        read->pause_at_most > absl::Hours(24 * 3660)) {
      place.In("pause_at_most", pause).Wrong("days", "must be more than nothing and at most ten years");
    }
    if (rule.pause_on().empty()) place.Wrong("pause_at_most", "goes with pause_on only");
  }
}

void ReadSteps(const Place& place, const pack::v1::ObligationRule& rule, ObligationRule* read) {
  for (int i = 0; i < rule.required_for_size() && !place.full(); ++i) {
    read->required_for.push_back(ReadStep(place, "required_for", rule.required_for(i), i));
  }
  for (int i = 0; i < rule.blocks_size() && !place.full(); ++i)
    read->blocks.push_back(ReadStep(place, "blocks", rule.blocks(i), i));
}

// What gives rise to it: events, or the beginning of each period.
void ReadOccasions(const Place& place, const pack::v1::ObligationRule& rule, ObligationRule* read) {
  if (rule.every() != pack::v1::PERIOD_UNSPECIFIED || !rule.for_each().empty()) {
    if (rule.every() != pack::v1::MONTH && rule.every() != pack::v1::QUARTER && rule.every() != pack::v1::YEAR) {
      place.Wrong("every", "must be MONTH, QUARTER or YEAR");
    }
    if (rule.for_each() != "customer")
      place.Wrong("for_each", "must be \"customer\": for whom it is owed in every period");
    if (!rule.on().empty()) place.Wrong("on", "does not go with every: each period gives rise to it", 0);
    read->every = rule.every();
    read->on = {v1::EVENT_TYPE_PERIOD_BEGAN};
    return;
  }
  if (rule.on().empty())
    place.Wrong("on",
                absl::StrCat("names no event; the events are ", absl::StrJoin(AllWords<v1::EventType>('-'), ", ")));
  for (int i = 0; i < rule.on_size() && !place.full(); ++i) {
    read->on.push_back(ReadEvent(place, "on", rule.on(i), i));
    if (read->on.back() == v1::EVENT_TYPE_PERIOD_BEGAN) {
      place.Wrong("on", "period-began is the event of rules with every alone; set every and for_each instead", i);
    }
  }
}

// What is owed in every period is owed until the period's end, where the rule says nothing else.
void LimitToPeriod(const Place& place, const pack::v1::ObligationRule& rule, ObligationRule* read) {
  if (read->from_notice) place.Wrong("from", "does not go with every: its clock starts with the period");
  if (rule.on_reopen() != pack::v1::REOPENING_UNSPECIFIED) {
    place.Wrong("on_reopen", "does not go with every: it is owed for a customer, and no case of it is reopened");
  }
  if (!read->within.empty()) return;
  Limit limit;
  limit.end_of = read->every;
  read->within.push_back(std::move(limit));
}

// A rule that is judged by what the case is like cannot ask for what only an event tells: it would never hold.
void CheckOfTheCase(const Place& place, const std::vector<FactSet>& where) {
  for (size_t i = 0; i < where.size(); ++i) {
    for (const auto& [fact, values] : where[i]) {
      if (IsEventFact(fact)) {
        place.Wrong("where", absl::StrCat("asks for ", fact, ", which is told of an event, not of a case"),
                    static_cast<int>(i));
      }
    }
  }
}

}  // namespace

ObligationRule ReadObligation(const Place& place, const pack::v1::ObligationRule& rule, const Vocabulary& words) {
  ObligationRule read;
  CheckWord(place, "kind", rule.kind(), "first-reply");
  read.kind = rule.kind();
  read.title = rule.title();
  if (read.title.empty()) {
    read.title = rule.kind();
    std::replace(read.title.begin(), read.title.end(), '-', ' ');
  }
  if (read.title.size() > 200) place.Wrong("title", "must have at most 200 bytes");
  read.clauses = ReadClauses(place, rule.clauses());
  ReadOccasions(place, rule, &read);
  read.where = ReadWhere(place, rule, words);
  ReadOwner(place, rule, &read);
  ReadClock(place, rule, words, &read);
  if (read.every != pack::v1::PERIOD_UNSPECIFIED) LimitToPeriod(place, rule, &read);
  if (rule.met_by().empty()) place.Wrong("met_by", "nothing ever meets it; name the event that does");
  for (int i = 0; i < rule.met_by_size() && !place.full(); ++i) {
    read.met_by.push_back(ReadMeeting(place.In("met_by", rule.met_by(i), i), rule.met_by(i), words));
  }
  ReadSteps(place, rule, &read);
  for (int i = 0; i < rule.superseded_on_size() && !place.full(); ++i) {
    read.superseded_on.push_back(ReadEvent(place, "superseded_on", rule.superseded_on(i), i));
  }
  read.survives_close = rule.survives_close();
  read.on_reopen = rule.on_reopen();
  if (rule.on_reopen() != pack::v1::REOPENING_UNSPECIFIED &&
      std::find(read.on.begin(), read.on.end(), v1::EVENT_TYPE_CASE_REOPENED) != read.on.end()) {
    place.Wrong("on_reopen",
                "goes with other events than case-reopened: what arises with every reopening needs no on_reopen");
  }
  return read;
}

OnlyRule ReadOnly(const Place& place, const pack::v1::OnlyRule& rule) {
  OnlyRule read;
  read.action = ReadStep(place, "action", rule.action());
  if (rule.roles().empty()) place.Wrong("roles", "names nobody; nobody could ever take the step");
  for (int i = 0; i < rule.roles_size() && !place.full(); ++i)
    read.roles.push_back(ReadRole(place, "roles", rule.roles(i), i));
  read.head = rule.head();
  read.different_persons = rule.different_persons();
  if (read.different_persons && rule.action() != kApproveSolution) {
    place.Wrong("different_persons", absl::StrCat("goes with the action ", kApproveSolution, " only"));
  }
  read.clauses = ReadClauses(place, rule.clauses());
  return read;
}

std::vector<CoverageRule> ReadCoverage(const Place& place, const pack::v1::Pack& pack, const Vocabulary& words) {
  std::vector<CoverageRule> read;
  std::set<std::string> names;
  for (int i = 0; i < pack.coverage_size() && !place.full(); ++i) {
    const pack::v1::CoverageRule& rule = pack.coverage(i);
    const Place at = place.In("coverage", rule, i);
    CheckWord(at, "name", rule.name(), "manufacturer-fault");
    if (!names.insert(rule.name()).second) at.Wrong("name", "stands for another rule already");
    read.push_back(
        {rule.name(), rule.title(), ReadClauses(at, rule.clauses()), ReadWhere(at, rule, words), rule.covered()});
  }
  return read;
}

std::vector<RemedyRule> ReadRemedies(const Place& place, const pack::v1::Pack& pack, const Vocabulary& words) {
  std::vector<RemedyRule> read;
  for (int i = 0; i < pack.remedy_size() && !place.full(); ++i) {
    const pack::v1::RemedyRule& rule = pack.remedy(i);
    const Place at = place.In("remedy", rule, i);
    v1::Remedy remedy = v1::REMEDY_UNSPECIFIED;
    if (!ParseWord(rule.remedy(), &remedy)) {
      at.Wrong("remedy", NoSuch(rule.remedy(), "remedy", "remedies", AllWords<v1::Remedy>('_')));
    }
    if (rule.title().empty() || rule.title().size() > 300) at.Wrong("title", "must have 1 to 300 bytes");
    read.push_back({remedy, rule.title(), ReadClauses(at, rule.clauses()), ReadWhere(at, rule, words), rule.charged()});
  }
  return read;
}

std::vector<FileSection> ReadFileSections(const Place& place, const pack::v1::Pack& pack) {
  std::vector<FileSection> read;
  std::set<std::string> names, documents, holds;
  for (int i = 0; i < pack.file_section_size() && !place.full(); ++i) {
    const pack::v1::FileSection& section = pack.file_section(i);
    const Place at = place.In("file_section", section, i);
    if (section.name().empty() || section.name().size() > 50)
      at.Wrong("name", "must have 1 to 50 bytes, such as \"B\"");
    if (!names.insert(section.name()).second) at.Wrong("name", "stands for another section already");
    if (section.title().size() > 300) at.Wrong("title", "must have at most 300 bytes");
    for (int d = 0; d < section.documents_size() && !place.full(); ++d) {
      CheckWord(at, "documents", section.documents(d), "service-report");
      if (!documents.insert(section.documents(d)).second) at.Wrong("documents", "belongs to a section already", d);
    }
    for (int h = 0; h < section.holds_size() && !place.full(); ++h) {
      const std::string& word = section.holds(h);
      if (std::find(std::begin(kFileHolds), std::end(kFileHolds), word) == std::end(kFileHolds)) {
        at.Wrong("holds",
                 absl::StrCat("\"", word, "\" is nothing that a file holds; it holds ", absl::StrJoin(kFileHolds, ", "),
                              ", and documents by their kinds"),
                 h);
      } else if (!holds.insert(word).second) {
        at.Wrong("holds", "belongs to a section already", h);
      }
    }
    read.push_back({section.name(),
                    section.title(),
                    ReadClauses(at, section.clauses()),
                    {section.documents().begin(), section.documents().end()},
                    {section.holds().begin(), section.holds().end()}});
  }
  return read;
}

std::vector<CostRule> ReadCostRules(const Place& place, const pack::v1::Pack& pack, const Vocabulary& words) {
  std::vector<CostRule> read;
  std::set<std::string> names;
  for (int i = 0; i < pack.cost_rule_size() && !place.full(); ++i) {
    const pack::v1::CostRule& rule = pack.cost_rule(i);
    const Place at = place.In("cost_rule", rule, i);
    CheckWord(at, "name", rule.name(), "staff-expenses");
    if (!names.insert(rule.name()).second) at.Wrong("name", "stands for another rule already");
    if (rule.title().size() > 300) at.Wrong("title", "must have at most 300 bytes");
    CostRule one{rule.name(),    rule.title(), ReadClauses(at, rule.clauses()), {}, ReadWhere(at, rule, words),
                 rule.borne_by()};
    for (int c = 0; c < rule.categories_size() && !place.full(); ++c) {
      v1::CostCategory category = v1::COST_CATEGORY_UNSPECIFIED;
      if (!ParseWord(rule.categories(c), &category)) {
        at.Wrong("categories",
                 NoSuch(rule.categories(c), "category of cost", "categories", AllWords<v1::CostCategory>('_')), c);
      }
      one.categories.push_back(category);
    }
    v1::Role role = v1::ROLE_UNSPECIFIED;
    if (!ParseWord(one.borne_by, &role)) CheckWord(at, "borne_by", one.borne_by, "manufacturing-cost");
    // What the customer is to pay is said of the cost itself, so that the customer can agree to it.
    if (role == v1::ROLE_CUSTOMER)
      at.Wrong("borne_by", "the customer bears what is recorded as customer_pays, by no rule");
    CheckOfTheCase(at, one.where);
    read.push_back(std::move(one));
  }
  return read;
}

}  // namespace aftersales::policy
