#include "server/cases/recurrences.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/names.h"
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

bool CanLink(const v1::Case& one, const v1::Case& other) {
  return one.links_size() < kMostLinks &&
         absl::c_none_of(one.links(), [&](const v1::CaseLink& link) { return link.service_case() == other.name(); });
}

absl::Status LinkBoth(Tx& tx, const std::string& reason, v1::Case& one, v1::Case& other) {
  const std::string& principal = tx.call().caller.principal;
  RETURN_IF_ERROR(Link(one, other.name(), reason, principal));
  return Link(other, one.name(), reason, principal);
}

absl::Status RecordLinked(Tx& tx, Obligations& obligations, const v1::Case& service_case) {
  return obligations.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_LINKED, service_case));
}

v1::Event RecurrenceEvent(const v1::CorrectiveAction& action) {
  v1::Event event = EventOf(v1::EVENT_TYPE_RECURRENCE_FOUND);
  event.set_subject(action.name());
  event.set_addressee(action.owner());
  (*event.mutable_facts())["addressee"] = Word(action.owner());
  (*event.mutable_facts())["action"] = Word(action.kind());
  *event.mutable_corrective_action() = action;
  return event;
}

}  // namespace

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
  for (auto& [name, found] : cases_) {
    std::vector<v1::CorrectiveAction> again;
    for (const std::string& action : found.actions) {
      // As it is now that nobody else can change it.
      ASSIGN_OR_RETURN(v1::CorrectiveAction locked, CorrectiveActions().Lock(tx, action));
      if (IsRecurrence(locked, service_case)) again.push_back(std::move(locked));
    }
    if (again.empty()) continue;
    // A link more is a help to people; where there is no room for it, the check is reopened all the same.
    const bool link = CanLink(found.service_case, service_case) && CanLink(service_case, found.service_case);
    if (link) RETURN_IF_ERROR(LinkBoth(tx, RecurrenceReason(again.front()), found.service_case, service_case));
    linked = linked || link;
    RETURN_IF_ERROR(Cases().UpdateOnly(tx, found.service_case, {"nested"}));
    for (v1::CorrectiveAction& action : again) {
      RETURN_IF_ERROR(AddRecurrence(service_case, tx.now(), action));
      RETURN_IF_ERROR(CorrectiveActions().Update(tx, action));
      RETURN_IF_ERROR(obligations.Record(tx, RootOf(found.service_case), RecurrenceEvent(action)));
    }
    if (link) RETURN_IF_ERROR(RecordLinked(tx, obligations, found.service_case));
  }
  if (!linked) return absl::OkStatus();
  RETURN_IF_ERROR(Cases().UpdateOnly(tx, service_case, {"nested"}));
  return RecordLinked(tx, obligations, service_case);
}

}  // namespace aftersales
