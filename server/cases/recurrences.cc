#include "server/cases/recurrences.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/cases/recurrence_rules.h"

namespace aftersales {
namespace {

// Measures against the same looked at, more than any product has, and of these locked, the newest: so much work and no
// more is one case.
constexpr int kLookedAt = 1000;
constexpr size_t kMostLocked = 100;

bool IsOurs(const v1::CaseLink& link) { return !link.corrective_action().empty(); }

std::set<std::string> ActionsLike(Reader& reader, const v1::Case& service_case) {
  const std::vector<std::string> items = SearchItems(service_case);
  if (items.empty() || service_case.product().empty()) return {};
  Values values{service_case.product()};
  for (const std::string& item : items) values.emplace_back(item);
  values.emplace_back(kLookedAt);
  std::set<std::string, std::greater<>> newest;
  for (const Row& row : reader.Select(ActionsByItemSql(items.size()), values, "tt")) {
    if (row.Text(1) != service_case.name()) newest.insert(row.Text(0));
  }
  if (newest.size() > kMostLocked) newest.erase(std::next(newest.begin(), kMostLocked), newest.end());
  return {newest.begin(), newest.end()};
}

// Actions that the case is a recurrence of.
std::set<std::string> RecurrencesOf(Reader& reader, const std::string& service_case) {
  std::set<std::string> actions;
  for (const Row& row : reader.Select(kRecurrencesOfSql, {service_case, kLookedAt}, "t")) actions.insert(row.Text(0));
  return actions;
}

void KeepRecurrence(Tx& tx, const std::string& action, const std::string& service_case) {
  tx.Execute("INSERT INTO corrective_action_recurrence (action, service_case, create_time) VALUES (?, ?, ?)",
             {action, service_case, ToMicros(tx.now())});
}

void ForgetRecurrence(Tx& tx, const std::string& action, const std::string& service_case) {
  tx.Execute("DELETE FROM corrective_action_recurrence WHERE action = ? AND service_case = ?", {action, service_case});
}

bool CanLink(const v1::Case& one, const v1::Case& other) {
  const auto links = absl::c_count_if(one.links(), [](const v1::CaseLink& link) { return IsOurs(link); });
  return links < kMostRecurrenceLinks &&
         absl::c_none_of(one.links(), [&](const v1::CaseLink& link) { return link.service_case() == other.name(); });
}

void AddLink(Tx& tx, const v1::CorrectiveAction& action, const v1::Case& other, v1::Case& one) {
  v1::CaseLink& link = *one.add_links();
  link.set_service_case(other.name());
  link.set_reason(RecurrenceReason(action));
  link.set_linked_by(tx.call().caller.principal);
  link.set_corrective_action(action.name());
}

// A link more is a help to people; where there is no room for it, they are not linked.
bool LinkBoth(Tx& tx, const v1::CorrectiveAction& action, v1::Case& one, v1::Case& other) {
  if (!CanLink(one, other) || !CanLink(other, one)) return false;
  AddLink(tx, action, other, one);
  AddLink(tx, action, one, other);
  return true;
}

// Takes away the link to the other case that was made for one of these actions.
bool Unlink(const std::vector<v1::CorrectiveAction>& actions, const std::string& other, v1::Case& one) {
  auto& links = *one.mutable_links();
  const auto gone = std::remove_if(links.begin(), links.end(), [&](const v1::CaseLink& link) {
    return link.service_case() == other && absl::c_any_of(actions, [&](const v1::CorrectiveAction& action) {
             return action.name() == link.corrective_action();
           });
  });
  if (gone == links.end()) return false;
  links.erase(gone, links.end());
  return true;
}

v1::Event RecurrenceEvent(v1::EventType type, const v1::CorrectiveAction& action) {
  v1::Event event = EventOf(type);
  event.set_subject(action.name());
  event.set_addressee(action.owner());
  (*event.mutable_facts())["addressee"] = Word(action.owner());
  (*event.mutable_facts())["action"] = Word(action.kind());
  *event.mutable_corrective_action() = action;
  return event;
}

v1::Event WithdrawnEvent(const v1::CorrectiveAction& action, const v1::Case& service_case) {
  v1::Event event = RecurrenceEvent(v1::EVENT_TYPE_RECURRENCE_WITHDRAWN, action);
  (*event.mutable_facts())["effective"] = Truth(action.state() == v1::CORRECTIVE_ACTION_STATE_EFFECTIVE);
  event.set_reason(absl::StrCat(service_case.name(), service_case.state() == v1::CASE_STATE_REFUSED
                                                         ? " was refused"
                                                         : " turned out to be about something else"));
  return event;
}

// Takes back those of these actions of one case that the case is no longer a recurrence of; `unlinked` says whether a
// link of it went.
absl::Status WithdrawFrom(Tx& tx, Obligations& obligations, const std::string& name,
                          const std::vector<std::string>& actions, v1::Case& service_case, bool* unlinked) {
  ASSIGN_OR_RETURN(v1::Case older, Cases().Lock(tx, name));
  std::vector<v1::CorrectiveAction> standing, withdrawn;
  for (const std::string& action : actions) {
    ASSIGN_OR_RETURN(v1::CorrectiveAction locked, CorrectiveActions().Lock(tx, action));
    (IsSameTrouble(locked, service_case) ? standing : withdrawn).push_back(std::move(locked));
  }
  if (withdrawn.empty()) return absl::OkStatus();
  const bool here = Unlink(withdrawn, name, service_case);
  const bool there = Unlink(withdrawn, service_case.name(), older);
  if ((here || there) && !standing.empty()) LinkBoth(tx, standing.front(), older, service_case);
  RETURN_IF_ERROR(Cases().UpdateOnly(tx, older, {"nested"}));
  for (v1::CorrectiveAction& action : withdrawn) {
    RETURN_IF_ERROR(WithdrawRecurrence(service_case, action));
    RETURN_IF_ERROR(CorrectiveActions().Update(tx, action));
    ForgetRecurrence(tx, action.name(), service_case.name());
    RETURN_IF_ERROR(obligations.Record(tx, RootOf(older), WithdrawnEvent(action, service_case)));
  }
  if (there) {
    RETURN_IF_ERROR(obligations.Record(tx, RootOf(older), CaseEvent(v1::EVENT_TYPE_CASE_UNLINKED, older)));
  }
  *unlinked = *unlinked || here;
  return absl::OkStatus();
}

}  // namespace

const char kRecurrencesOfSql[] =
    "SELECT action FROM corrective_action_recurrence WHERE service_case = ? ORDER BY action LIMIT ?";

const Table<v1::CorrectiveAction>& CorrectiveActions() {
  static const Table<v1::CorrectiveAction> table;
  return table;
}

void KeepActionItem(Tx& tx, const v1::CorrectiveAction& action) {
  const std::string item = SearchItem(action.nonconforming_item());
  if (item.empty() || action.product().empty()) return;
  tx.Execute("INSERT INTO corrective_action_item (action, product, item, service_case) VALUES (?, ?, ?, ?)",
             {action.name(), action.product(), item, action.service_case()});
}

void ForgetActionItem(Tx& tx, const v1::CorrectiveAction& action) {
  tx.Execute("DELETE FROM corrective_action_item WHERE action = ?", {action.name()});
}

std::string ActionsByItemSql(size_t items) {
  return absl::StrCat("SELECT action, service_case FROM corrective_action_item WHERE product = ? AND item IN (",
                      absl::StrJoin(std::vector<std::string>(items, "?"), ", "), ") LIMIT ?");
}

absl::StatusOr<Recurrences> Recurrences::Lock(Tx& tx, const v1::Case& service_case, bool exists) {
  Recurrences found;
  found.exists_ = exists;
  const std::set<std::string> actions = ActionsLike(tx, service_case);
  if (actions.empty()) return found;
  std::set<std::string> cases;
  for (const std::string& action : actions) cases.insert(ParentOf(action));
  if (exists) cases.insert(service_case.name());
  for (const std::string& name : cases) {
    ASSIGN_OR_RETURN(v1::Case locked, Cases().Lock(tx, name));
    if (name != service_case.name()) found.cases_.emplace(name, Found{std::move(locked), {}});
  }
  for (const std::string& action : actions) found.cases_.at(ParentOf(action)).actions.push_back(action);
  return found;
}

absl::Status Recurrences::Record(Tx& tx, Obligations& obligations, v1::Case& service_case) {
  bool linked = false;
  // Now that nobody else can change the case. One that is new was none before.
  std::set<std::string> known;
  if (exists_ && !cases_.empty()) known = RecurrencesOf(tx, service_case.name());
  for (auto& [name, found] : cases_) {
    std::vector<v1::CorrectiveAction> again;
    for (const std::string& action : found.actions) {
      if (known.count(action) > 0) continue;
      // As it is now that nobody else can change it.
      ASSIGN_OR_RETURN(v1::CorrectiveAction locked, CorrectiveActions().Lock(tx, action));
      if (IsRecurrence(locked, service_case)) again.push_back(std::move(locked));
    }
    if (again.empty()) continue;
    const bool link = LinkBoth(tx, again.front(), found.service_case, service_case);
    linked = linked || link;
    RETURN_IF_ERROR(Cases().UpdateOnly(tx, found.service_case, {"nested"}));
    for (v1::CorrectiveAction& action : again) {
      RETURN_IF_ERROR(AddRecurrence(service_case, tx.now(), action));
      RETURN_IF_ERROR(CorrectiveActions().Update(tx, action));
      KeepRecurrence(tx, action.name(), service_case.name());
      RETURN_IF_ERROR(
          obligations.Record(tx, RootOf(found.service_case), RecurrenceEvent(v1::EVENT_TYPE_RECURRENCE_FOUND, action)));
    }
    if (!link) continue;
    RETURN_IF_ERROR(
        obligations.Record(tx, RootOf(found.service_case), CaseEvent(v1::EVENT_TYPE_CASE_LINKED, found.service_case)));
  }
  if (!linked) return absl::OkStatus();
  RETURN_IF_ERROR(Cases().UpdateOnly(tx, service_case, {"nested"}));
  return obligations.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_LINKED, service_case));
}

absl::Status WithdrawRecurrences(Tx& tx, Obligations& obligations, v1::Case& service_case) {
  std::map<std::string, std::vector<std::string>> by_case;
  for (const std::string& action : RecurrencesOf(tx, service_case.name())) by_case[ParentOf(action)].push_back(action);
  bool unlinked = false;
  for (const auto& [name, actions] : by_case) {
    RETURN_IF_ERROR(WithdrawFrom(tx, obligations, name, actions, service_case, &unlinked));
  }
  if (!unlinked) return absl::OkStatus();
  RETURN_IF_ERROR(Cases().UpdateOnly(tx, service_case, {"nested"}));
  return obligations.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_UNLINKED, service_case));
}

}  // namespace aftersales
