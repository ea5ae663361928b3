// A company's policy pack: its text, checked against the vocabulary of the API, as a model that rules.h judges by.
#ifndef AFTERSALES_SERVER_POLICY_PACK_H_
#define AFTERSALES_SERVER_POLICY_PACK_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "aftersales/v1/common.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/policy/calendar.h"

namespace aftersales::policy {

// What is known of a case and of what just happened: fact name -> value, named as the fields of
// aftersales.pack.v1.Facts.
using Facts = std::map<std::string, std::string>;

// One conjunction: each fact with the values it may have.
using FactSet = std::map<std::string, std::vector<std::string>>;

// One event that meets an obligation, or a part of meeting it.
struct MeetingEvent {
  v1::EventType event = v1::EVENT_TYPE_UNSPECIFIED;
  v1::Role role = v1::ROLE_UNSPECIFIED;  // any
  bool head = false;
  bool at_entry = false;  // counts when it was entered
  std::vector<FactSet> where;
};

// All of these must happen, in any order; mostly there is one.
using Meeting = std::vector<MeetingEvent>;

// How long an obligation has. At most one of time, months and end_of is set; without any, and without the customer's
// deadline or a promise, there is no limit.
struct Limit {
  std::vector<FactSet> where;  // it is the one when any of them holds; none: always
  bool customer_deadline = false;
  bool promised_time = false;
  absl::Duration time = absl::ZeroDuration();  // elapsed, or in the calendar's working hours where one is named
  int working_days = 0;                        // with a calendar: so many of its working days, then `time`
  std::string calendar;
  int months = 0;
  pack::v1::Period end_of = pack::v1::PERIOD_UNSPECIFIED;
};

struct Escalation {
  absl::Duration overdue;
  v1::Role to = v1::ROLE_UNSPECIFIED;
};

struct ObligationRule {
  std::string kind;
  std::string title;
  std::vector<std::string> clauses;
  std::vector<v1::EventType> on;
  std::vector<FactSet> where;  // any of them; none means always
  v1::Role by = v1::ROLE_UNSPECIFIED;
  bool by_addressee = false;  // owed by whom the event is addressed to; `by` is not set then
  bool head = false;
  bool from_notice = false;
  std::vector<Limit> within;  // the first that holds
  bool stated = false;
  std::vector<Meeting> met_by;
  std::vector<std::string> required_for;
  std::vector<std::string> blocks;
  std::vector<v1::Role> waivable_by;
  std::vector<v1::EventType> superseded_on;
  bool survives_close = false;
  int warn_percent = 75;
  std::vector<Escalation> escalate;
  std::vector<v1::PauseCause> pause_on;
  absl::Duration pause_at_most = absl::Hours(24 * 30);  // all pauses together
  pack::v1::Reopening on_reopen = pack::v1::REOPENING_UNSPECIFIED;
  // Owed anew in every such period, for each customer; its only event is period-began then.
  pack::v1::Period every = pack::v1::PERIOD_UNSPECIFIED;
};

// A word of the pack with its meaning: a class, type, outcome or type of conduct.
struct Named {
  std::string name;
  std::string title;
  std::vector<std::string> clauses;
};

struct RegionTier {
  std::string name;
  std::string title;
  std::vector<std::string> regions;  // empty: all that no other tier names
  std::vector<std::string> clauses;
};

struct CoverageRule {
  std::string name;
  std::string title;
  std::vector<std::string> clauses;
  std::vector<FactSet> where;
  bool covered = false;
};

struct RemedyRule {
  v1::Remedy remedy = v1::REMEDY_UNSPECIFIED;
  std::string title;
  std::vector<std::string> clauses;
  std::vector<FactSet> where;
  bool charged = false;
};

struct CostRule {
  std::string name;
  std::string title;
  std::vector<std::string> clauses;
  std::vector<v1::CostCategory> categories;  // any of them; none means all
  std::vector<FactSet> where;
  std::string borne_by;
};

// A section of a case's file.
struct FileSection {
  std::string name;
  std::string title;
  std::vector<std::string> clauses;
  std::vector<std::string> documents;  // their kinds
  std::vector<std::string> holds;      // what else: "contacts", "visits" ...
};

// What a case's file holds besides documents.
inline constexpr const char* kFileHolds[] = {"contacts", "visits",    "shipments", "attachments",
                                             "costs",    "feedbacks", "actions"};

// The steps that end the work on a case, and on its file.
inline constexpr char kCloseCase[] = "close-case";
inline constexpr char kArchiveCase[] = "archive-case";
// The step in which several departments each have their say.
inline constexpr char kApproveSolution[] = "approve-solution";

struct OnlyRule {
  std::string action;
  std::vector<v1::Role> roles;
  bool head = false;
  bool different_persons = false;  // whoever has taken it in one role does not take it in the next
  std::vector<std::string> clauses;
};

// A mistake in a pack's text: where, and what would be right.
struct Mistake {
  int line = 0;       // from 1; 0 where no line can be named
  std::string field;  // "obligation[3].met_by[0].event"
  std::string text;
};

// Immutable once parsed; shared between threads.
struct Pack {
  std::string name;
  std::string title;
  absl::TimeZone time_zone;
  v1::Role owner = v1::ROLE_UNSPECIFIED;
  v1::Role issued_by = v1::ROLE_ADMIN;
  std::vector<Named> classes;
  std::vector<Named> types;
  std::vector<Named> outcomes;
  std::vector<Named> conducts;  // what a complaint about conduct can be about
  std::vector<RegionTier> tiers;
  std::map<std::string, CalendarSpec> calendars;  // as the pack has them; a version in force replaces one
  std::vector<ObligationRule> obligations;
  std::vector<OnlyRule> only;
  std::vector<CoverageRule> coverage;
  std::vector<RemedyRule> remedies;
  std::vector<CostRule> cost_rules;
  std::vector<FileSection> file_sections;
};

struct ParsedPack {
  std::shared_ptr<const Pack> pack;  // null when there are mistakes
  std::vector<Mistake> mistakes;     // all that were found, at most 100
  int rules = 0;
};

// Never fails otherwise than by mistakes, whatever the text.
ParsedPack ParsePack(const std::string& text);

// The kinds of documents that the pack's rules ask for or that its file sections hold.
std::set<std::string> DocumentKinds(const Pack& pack);

// The one with this name; null where there is none.
template <typename Item>
const Item* FindNamed(const std::vector<Item>& items, const std::string& name) {
  for (const Item& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

// The steps that packs can name: the methods that change what belongs to a case or contact, "check-out-visit".
const std::vector<std::string>& Steps();

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_PACK_H_
