#include "server/policy/rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/names.h"

namespace aftersales::policy {
namespace {

bool HoldsAll(const FactSet& set, const Facts& facts) {
  return std::all_of(set.begin(), set.end(), [&](const auto& fact) {
    const auto found = facts.find(fact.first);
    return found != facts.end() &&
           std::find(fact.second.begin(), fact.second.end(), found->second) != fact.second.end();
  });
}

const ObligationRule* FindRule(const Pack& pack, const std::string& kind) {
  for (const ObligationRule& rule : pack.obligations) {
    if (rule.kind == kind) return &rule;
  }
  return nullptr;
}

bool Meets(const Meeting& meeting, const Happening& happening) {
  return meeting.event == happening.type &&
         (meeting.role == v1::ROLE_UNSPECIFIED || meeting.role == happening.role) &&
         (!meeting.head || happening.head) && Holds(meeting.where, happening.facts);
}

void End(v1::Obligation& obligation, v1::ObligationState state, absl::Time time, std::string note) {
  obligation.set_state(state);
  *obligation.mutable_close_time() = ToProto(time);
  obligation.set_close_note(std::move(note));
}

v1::Obligation Arise(const ObligationRule& rule, const std::string& policy_version, const Happening& happening) {
  v1::Obligation owed;
  owed.set_state(v1::OBLIGATION_STATE_OPEN);
  owed.set_kind(rule.kind);
  owed.set_title(rule.title);
  for (const std::string& clause : rule.clauses) owed.add_clauses(clause);
  owed.set_root(happening.root);
  owed.set_subject(happening.subject);
  owed.set_owner(rule.by);
  owed.set_owner_head(rule.head);
  owed.set_policy_version(policy_version);
  owed.set_cause_event(happening.event);
  const absl::Time since = rule.from_notice ? happening.notice_time : happening.time;
  *owed.mutable_since_time() = ToProto(since);
  std::optional<absl::Time> due;
  if (rule.within.customer_deadline && happening.customer_deadline.has_value()) {
    due = happening.customer_deadline;
  } else if (rule.within.time != absl::InfiniteDuration()) {
    due = since + rule.within.time;
  }
  if (due.has_value()) {
    *owed.mutable_due_time() = ToProto(*due);
    *owed.mutable_warn_time() = ToProto(since + (*due - since) * rule.warn_percent / 100);
  }
  owed.set_stated(rule.stated);
  owed.set_survives_close(rule.survives_close);
  for (const v1::Role role : rule.waivable_by) owed.add_waivable_by(role);
  for (const std::string& step : rule.blocks) owed.add_blocks(step);
  for (const std::string& step : rule.required_for) owed.add_required_for(step);
  return owed;
}

std::string OwnerOf(v1::Role role, bool head) { return absl::StrCat(Word(role), head ? " (head)" : ""); }

std::string Clauses(const std::vector<std::string>& clauses) { return absl::StrJoin(clauses, ", "); }

Obstacle OpenObstacle(const v1::Obligation& owed) {
  Obstacle obstacle{owed.kind(), owed.title(), owed.name(), {owed.clauses().begin(), owed.clauses().end()}, ""};
  obstacle.text = absl::StrCat("\"", owed.title(), "\" is owed by ", OwnerOf(owed.owner(), owed.owner_head()),
                               owed.has_due_time() ? absl::StrCat(", due ", ForPeople(FromProto(owed.due_time()))) : "",
                               " (", Clauses(obstacle.clauses), ")");
  return obstacle;
}

bool Has(const std::vector<std::string>& steps, const std::string& step) {
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

// Elapsed time in the words of a procedure: "2 h", "1 h 30 min".
std::string Span(absl::Duration time) {
  const int64_t minutes = absl::ToInt64Minutes(time);
  std::vector<std::string> words;
  if (minutes / 60 != 0) words.push_back(absl::StrCat(minutes / 60, " h"));
  if (minutes % 60 != 0 || words.empty()) words.push_back(absl::StrCat(minutes % 60, " min"));
  return absl::StrJoin(words, " ");
}

}  // namespace

bool Holds(const std::vector<FactSet>& where, const Facts& facts) {
  return where.empty() ||
         std::any_of(where.begin(), where.end(), [&](const FactSet& set) { return HoldsAll(set, facts); });
}

bool SameMatter(const std::string& one, const std::string& other) {
  return one == other || CollectionOf(one) != CollectionOf(other);
}

Outcome Apply(const Pack& pack, const std::string& policy_version, const std::vector<v1::Obligation>& open,
              const Happening& happening) {
  Outcome outcome;
  for (const v1::Obligation& owed : open) {
    const ObligationRule* rule = FindRule(pack, owed.kind());
    if (rule == nullptr || owed.state() != v1::OBLIGATION_STATE_OPEN) continue;
    v1::Obligation after = owed;
    if (std::find(rule->superseded_on.begin(), rule->superseded_on.end(), happening.type) != rule->superseded_on.end()) {
      End(after, v1::OBLIGATION_STATE_CANCELLED, happening.time,
          absl::StrCat("superseded by ", Word(happening.type, '-'), " of ", happening.subject));
      outcome.ended.push_back(std::move(after));
    } else if (SameMatter(owed.subject(), happening.subject) &&
               std::any_of(rule->met_by.begin(), rule->met_by.end(),
                           [&](const Meeting& meeting) { return Meets(meeting, happening); })) {
      const bool late = owed.has_due_time() && happening.time > FromProto(owed.due_time());
      End(after, late ? v1::OBLIGATION_STATE_LATE_MET : v1::OBLIGATION_STATE_MET, happening.time,
          absl::StrCat("met by ", Word(happening.type, '-'), " of ", happening.subject));
      outcome.ended.push_back(std::move(after));
    }
  }
  for (const ObligationRule& rule : pack.obligations) {
    if (rule.on != happening.type || !Holds(rule.where, happening.facts)) continue;
    // What is owed for this subject already is not owed twice.
    const bool owed_already = std::any_of(open.begin(), open.end(), [&](const v1::Obligation& owed) {
      const bool ended = std::any_of(outcome.ended.begin(), outcome.ended.end(),
                                     [&](const v1::Obligation& e) { return e.name() == owed.name(); });
      return owed.kind() == rule.kind && owed.subject() == happening.subject && !ended;
    });
    if (!owed_already) outcome.opened.push_back(Arise(rule, policy_version, happening));
  }
  return outcome;
}

std::vector<Obstacle> Obstacles(const Pack& pack, const std::string& step, const std::string& subject, const Facts& facts,
                                const std::vector<v1::Obligation>& all) {
  std::vector<Obstacle> obstacles;
  for (const ObligationRule& rule : pack.obligations) {
    const v1::Obligation* newest = nullptr;
    for (const v1::Obligation& owed : all) {
      if (owed.kind() != rule.kind || owed.state() == v1::OBLIGATION_STATE_CANCELLED ||
          !SameMatter(owed.subject(), subject)) {
        continue;
      }
      if (owed.state() == v1::OBLIGATION_STATE_OPEN && Has(rule.blocks, step)) obstacles.push_back(OpenObstacle(owed));
      newest = &owed;
    }
    if (!Has(rule.required_for, step) || !Holds(rule.where, facts)) continue;
    if (newest == nullptr) {
      Obstacle missing{rule.kind, rule.title, "", rule.clauses, ""};
      missing.text = absl::StrCat("\"", rule.title, "\" is required (", Clauses(rule.clauses), ") and has not even come up: ",
                                  "it arises with ", Word(rule.on, '-'), " and is owed by ", OwnerOf(rule.by, rule.head));
      obstacles.push_back(std::move(missing));
    } else if (newest->state() == v1::OBLIGATION_STATE_OPEN && !Has(rule.blocks, step)) {
      obstacles.push_back(OpenObstacle(*newest));
    }
  }
  if (step == "close-case") {
    // Everything owed holds up the close, whatever its rule says of gates, unless the rule lets it survive.
    for (const v1::Obligation& owed : all) {
      const bool listed = std::any_of(obstacles.begin(), obstacles.end(),
                                      [&](const Obstacle& o) { return o.obligation == owed.name(); });
      if (owed.state() == v1::OBLIGATION_STATE_OPEN && !owed.survives_close() && !listed) {
        obstacles.push_back(OpenObstacle(owed));
      }
    }
  }
  return obstacles;
}

bool HasGate(const Pack& pack, const std::string& step) {
  return step == "close-case" ||
         std::any_of(pack.obligations.begin(), pack.obligations.end(), [&](const ObligationRule& rule) {
           return Has(rule.required_for, step) || Has(rule.blocks, step);
         });
}

v1::Explanation Explain(const v1::Obligation& obligation, const Pack& pack, absl::Time now) {
  v1::Explanation explanation;
  *explanation.mutable_obligation() = obligation;
  const auto local = [&](const google::protobuf::Timestamp& time) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", FromProto(time), pack.time_zone);
  };
  const std::vector<std::string> clauses(obligation.clauses().begin(), obligation.clauses().end());
  explanation.add_lines(absl::StrCat("What: \"", obligation.title(), "\" for ", obligation.subject(), ", owed by ",
                                     OwnerOf(obligation.owner(), obligation.owner_head()), "."));
  const ObligationRule* rule = FindRule(pack, obligation.kind());
  explanation.add_lines(absl::StrCat("Why: rule \"", obligation.kind(), "\" of ", pack.title, " (",
                                     obligation.policy_version(), "), clauses ", Clauses(clauses),
                                     rule == nullptr ? "" : absl::StrCat("; it arises with ", Word(rule->on, '-')), "."));
  explanation.add_lines(absl::StrCat("Since: ", local(obligation.since_time()),
                                     rule != nullptr && rule->from_notice
                                         ? ", when the customer's notice reached us, whenever it was entered."
                                         : ", when the event happened that it arises with."));
  if (!obligation.has_due_time()) {
    explanation.add_lines("Due: no time is set; it is owed until it is met or waived.");
  } else {
    const absl::Duration limit = FromProto(obligation.due_time()) - FromProto(obligation.since_time());
    const bool by_customer = rule != nullptr && rule->within.customer_deadline && limit != rule->within.time;
    explanation.add_lines(absl::StrCat(
        "Due: ", local(obligation.due_time()), ", ",
        by_customer ? "the customer's own deadline" : absl::StrCat(Span(limit), " of elapsed time"),
        obligation.stated() ? "; the procedure states it." : "; the procedure gives no figure, this one is assumed."));
    auto* segment = explanation.add_segments();
    *segment->mutable_start_time() = obligation.since_time();
    *segment->mutable_end_time() = obligation.due_time();
    segment->set_counted(true);
    segment->set_cause(by_customer ? "until the customer's own deadline" : "elapsed time, day and night");
  }
  switch (obligation.state()) {
    case v1::OBLIGATION_STATE_OPEN:
      explanation.add_lines(obligation.has_due_time() && now > FromProto(obligation.due_time())
                                ? absl::StrCat("Now: open and late by ", Span(now - FromProto(obligation.due_time())), ".")
                                : "Now: open.");
      break;
    case v1::OBLIGATION_STATE_LATE_MET:
      explanation.add_lines(absl::StrCat("Now: ", obligation.close_note(), " at ", local(obligation.close_time()),
                                         ", late by ",
                                         Span(FromProto(obligation.close_time()) - FromProto(obligation.due_time())), "."));
      break;
    default:
      explanation.add_lines(absl::StrCat("Now: ", Word(obligation.state(), ' '), ", ", obligation.close_note(), " at ",
                                         local(obligation.close_time()), "."));
  }
  std::vector<std::string> shut(obligation.required_for().begin(), obligation.required_for().end());
  shut.insert(shut.end(), obligation.blocks().begin(), obligation.blocks().end());
  if (!shut.empty() && obligation.state() == v1::OBLIGATION_STATE_OPEN) {
    explanation.add_lines(absl::StrCat("Until then refused: ", absl::StrJoin(shut, ", "), "."));
  }
  if (!obligation.waivable_by().empty() && obligation.state() == v1::OBLIGATION_STATE_OPEN) {
    std::vector<std::string> roles;
    for (const int role : obligation.waivable_by()) roles.push_back(Word(static_cast<v1::Role>(role)));
    explanation.add_lines(absl::StrCat("May be waived by: ", absl::StrJoin(roles, ", "), "."));
  }
  return explanation;
}

}  // namespace aftersales::policy
