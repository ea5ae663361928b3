// What stands in the way of a step: obligations that are open, and those that should have come up and have not.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/policy/clock.h"
#include "server/policy/rules.h"
#include "server/policy/texts.h"

namespace aftersales::policy {
namespace {

bool Has(const std::vector<std::string>& steps, const std::string& step) {
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

Obstacle OpenObstacle(const v1::Obligation& owed) {
  Obstacle obstacle{owed.kind(), owed.title(), owed.name(), {owed.clauses().begin(), owed.clauses().end()}, ""};
  obstacle.text = absl::StrCat("\"", owed.title(), "\" is owed by ", OwnerText(owed.owner(), owed.owner_head()),
                               owed.has_due_time() ? absl::StrCat(", due ", ForPeople(FromProto(owed.due_time()))) : "",
                               " (", absl::StrJoin(obstacle.clauses, ", "), ")");
  return obstacle;
}

Obstacle MissingObstacle(const ObligationRule& rule, const Pack& pack) {
  Obstacle missing{rule.kind, rule.title, "", rule.clauses, ""};
  missing.text = absl::StrCat("\"", rule.title, "\" is required (", absl::StrJoin(rule.clauses, ", "),
                              ") and has not even come up: it arises with ", EventsText(rule.on), " and is owed by ",
                              OwnerText(rule.by_addressee ? pack.owner : rule.by, rule.head));
  return missing;
}

// The rule applies on the facts as they are. Facts that only its event could tell are settled once it has arisen, and
// are left out before.
bool Applies(const ObligationRule& rule, const Facts& facts, const v1::Obligation* newest) {
  if (rule.where.empty()) return true;
  Facts known = facts;
  if (newest != nullptr) known.insert(newest->facts().begin(), newest->facts().end());
  return std::any_of(rule.where.begin(), rule.where.end(), [&](const FactSet& set) {
    FactSet settled;
    for (const auto& [name, values] : set) {
      if (newest != nullptr || !IsEventFact(name)) settled[name] = values;
    }
    return settled.empty() ? newest != nullptr : Holds({settled}, known);
  });
}

void AddEverythingOpen(const std::vector<v1::Obligation>& all, bool surviving, std::vector<Obstacle>& obstacles) {
  for (const v1::Obligation& owed : all) {
    const bool listed =
        std::any_of(obstacles.begin(), obstacles.end(), [&](const Obstacle& o) { return o.obligation == owed.name(); });
    if (owed.state() == v1::OBLIGATION_STATE_OPEN && (surviving || !owed.survives_close()) && !listed) {
      obstacles.push_back(OpenObstacle(owed));
    }
  }
}

}  // namespace

std::vector<Obstacle> Obstacles(const Pack& pack, const std::string& step, const std::string& subject,
                                const Facts& facts, const std::vector<v1::Obligation>& all) {
  std::vector<Obstacle> obstacles;
  for (const ObligationRule& rule : pack.obligations) {
    const bool blocks = Has(rule.blocks, step), required = Has(rule.required_for, step);
    if (!blocks && !required) continue;
    const v1::Obligation* newest = nullptr;
    for (const v1::Obligation& owed : all) {
      if (owed.kind() != rule.kind || owed.state() == v1::OBLIGATION_STATE_CANCELLED ||
          !SameMatter(owed.subject(), subject) || IsOfAFormerSolution(owed, facts)) {
        continue;
      }
      if (owed.state() == v1::OBLIGATION_STATE_OPEN && blocks) obstacles.push_back(OpenObstacle(owed));
      newest = &owed;
    }
    if (!required || !Applies(rule, facts, newest)) continue;
    if (newest == nullptr) {
      obstacles.push_back(MissingObstacle(rule, pack));
    } else if (newest->state() == v1::OBLIGATION_STATE_OPEN && !blocks) {
      obstacles.push_back(OpenObstacle(*newest));
    }
  }
  // Everything owed holds up the close, whatever its rule says of gates, unless the rule lets it survive; and the
  // archive.
  if (NeedsAllDone(step)) AddEverythingOpen(all, step == kArchiveCase, obstacles);
  return obstacles;
}

bool NeedsAllDone(const std::string& step) { return step == kCloseCase || step == kArchiveCase; }

bool IsRequired(const ObligationRule& rule, const std::string& step, const Facts& facts) {
  return Has(rule.required_for, step) && Applies(rule, facts, nullptr);
}

bool HasGate(const Pack& pack, const std::string& step) {
  return NeedsAllDone(step) ||
         std::any_of(pack.obligations.begin(), pack.obligations.end(), [&](const ObligationRule& rule) {
           return Has(rule.required_for, step) || Has(rule.blocks, step);
         });
}

}  // namespace aftersales::policy
