// What a pack's rules make of what happens: pure decisions, the same answer for the same input at any time.
#ifndef AFTERSALES_SERVER_POLICY_RULES_H_
#define AFTERSALES_SERVER_POLICY_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/policy.pb.h"
#include "server/policy/pack.h"

namespace aftersales::policy {

// Something that happened to a root or to what belongs to it.
struct Happening {
  v1::EventType type;
  std::string event;    // its id
  std::string root;
  std::string subject;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  bool head = false;
  absl::Time time;
  Facts facts;          // the root's and the event's together
  absl::Time notice_time;
  std::optional<absl::Time> customer_deadline;
};

// What becomes of obligations.
struct Outcome {
  std::vector<v1::Obligation> opened;  // without name
  std::vector<v1::Obligation> ended;   // with their new state, close_time and close_note
};

// `open` are the root's open obligations. Superseding comes first, then meeting, then what newly arises.
Outcome Apply(const Pack& pack, const std::string& policy_version, const std::vector<v1::Obligation>& open,
              const Happening& happening);

// Something that holds a step shut.
struct Obstacle {
  std::string kind;
  std::string title;
  std::string obligation;  // its name; empty where it never came up
  std::vector<std::string> clauses;
  std::string text;        // what is missing and who owes it
};

// What stands in the way of `step` on `subject`. `all` are the root's obligations in every state, oldest first.
std::vector<Obstacle> Obstacles(const Pack& pack, const std::string& step, const std::string& subject, const Facts& facts,
                                const std::vector<v1::Obligation>& all);

// The step has a gate in this pack.
bool HasGate(const Pack& pack, const std::string& step);

// Any of the sets holds; no sets hold always.
bool Holds(const std::vector<FactSet>& where, const Facts& facts);

// The two are about the same thing: the same resource, or of different kinds (their root is the same).
bool SameMatter(const std::string& one, const std::string& other);

// Why it is owed, since when, and how its due time came about.
v1::Explanation Explain(const v1::Obligation& obligation, const Pack& pack, absl::Time now);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_RULES_H_
