// A company's policy pack: its text, checked against the vocabulary of the API, as a model that rules.h judges by.
#ifndef AFTERSALES_SERVER_POLICY_PACK_H_
#define AFTERSALES_SERVER_POLICY_PACK_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "aftersales/v1/common.pb.h"
#include "aftersales/v1/event.pb.h"

namespace aftersales::policy {

// What is known of a case and of what just happened: fact name -> value, named as the fields of aftersales.pack.v1.Facts.
using Facts = std::map<std::string, std::string>;

// One conjunction: each fact with the values it may have.
using FactSet = std::map<std::string, std::vector<std::string>>;

struct Meeting {
  v1::EventType event;
  v1::Role role = v1::ROLE_UNSPECIFIED;  // any
  bool head = false;
  std::vector<FactSet> where;
};

struct Limit {
  bool customer_deadline = false;
  absl::Duration time = absl::InfiniteDuration();  // infinite: no limit
};

struct ObligationRule {
  std::string kind;
  std::string title;
  std::vector<std::string> clauses;
  v1::EventType on;
  std::vector<FactSet> where;  // any of them; none means always
  v1::Role by = v1::ROLE_UNSPECIFIED;
  bool head = false;
  bool from_notice = false;
  Limit within;
  bool stated = false;
  std::vector<Meeting> met_by;
  std::vector<std::string> required_for;
  std::vector<std::string> blocks;
  std::vector<v1::Role> waivable_by;
  std::vector<v1::EventType> superseded_on;
  bool survives_close = false;
  int warn_percent = 75;
};

struct OnlyRule {
  std::string action;
  std::vector<v1::Role> roles;
  bool head = false;
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
  std::vector<std::string> classes;
  std::vector<ObligationRule> obligations;
  std::vector<OnlyRule> only;
};

struct ParsedPack {
  std::shared_ptr<const Pack> pack;  // null when there are mistakes
  std::vector<Mistake> mistakes;     // all that were found, at most 100
  int rules = 0;
};

// Never fails otherwise than by mistakes, whatever the text.
ParsedPack ParsePack(const std::string& text);

// The steps that packs can name: the methods that change what belongs to a case or contact, "check-out-visit".
const std::vector<std::string>& Steps();

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_PACK_H_
