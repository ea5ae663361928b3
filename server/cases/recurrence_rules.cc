#include "server/cases/recurrence_rules.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/base/transitions.h"
#include "server/cases/case_rules.h"

namespace aftersales {
namespace {

// The item of the action as the case has it; null where it has none such.
const std::string* ItemIn(const v1::Case& service_case, const v1::CorrectiveAction& action) {
  const std::string searched = SearchItem(action.nonconforming_item());
  if (searched.empty()) return nullptr;
  const auto& items = service_case.nonconforming_items();
  const auto found = absl::c_find_if(items, [&](const std::string& item) { return SearchItem(item) == searched; });
  return found == items.end() ? nullptr : &*found;
}

bool WasDone(v1::CorrectiveActionState state) {
  return state == v1::CORRECTIVE_ACTION_STATE_DONE || state == v1::CORRECTIVE_ACTION_STATE_EFFECTIVE ||
         state == v1::CORRECTIVE_ACTION_STATE_REOPENED;
}

}  // namespace

std::string Participle(ActionStep step) {
  switch (step) {
    case ActionStep::kComplete: return "completed";
    case ActionStep::kFindEffective: return "found effective";
    case ActionStep::kFindNotEffective: return "found not effective";
    case ActionStep::kCancel: return "cancelled";
    case ActionStep::kRecur: return "reopened by a recurrence";
    case ActionStep::kUnrecur:
    case ActionStep::kUnrecurEffective: return "cleared of a recurrence";
  }
  return "changed";
}

absl::Status TakeStep(ActionStep step, v1::CorrectiveAction& action) {
  return TakeStepOf(kActionTransitions, step, action);
}

bool IsSameTrouble(const v1::CorrectiveAction& action, const v1::Case& service_case) {
  return action.service_case() != service_case.name() && service_case.state() != v1::CASE_STATE_REFUSED &&
         !action.product().empty() && action.product() == service_case.product() &&
         ItemIn(service_case, action) != nullptr;
}

bool IsRecurrence(const v1::CorrectiveAction& action, const v1::Case& service_case) {
  return WasDone(action.state()) && IsSameTrouble(action, service_case) &&
         FromProto(action.done_time()) <= FromProto(service_case.create_time());
}

absl::Status AddRecurrence(const v1::Case& service_case, absl::Time now, v1::CorrectiveAction& action) {
  RETURN_IF_ERROR(TakeStep(ActionStep::kRecur, action));
  auto& recurrences = *action.mutable_recurrences();
  if (recurrences.size() >= kMostRecurrences) {
    recurrences.DeleteSubrange(0, recurrences.size() - kMostRecurrences + 1);
  }
  v1::Recurrence& recurrence = *recurrences.Add();
  recurrence.set_service_case(service_case.name());
  if (const std::string* item = ItemIn(service_case, action); item != nullptr) recurrence.set_item(*item);
  *recurrence.mutable_time() = ToProto(now);
  action.set_recurrence_count(action.recurrence_count() + 1);
  return absl::OkStatus();
}

absl::Status WithdrawRecurrence(const v1::Case& service_case, v1::CorrectiveAction& action) {
  auto& recurrences = *action.mutable_recurrences();
  recurrences.erase(std::remove_if(recurrences.begin(), recurrences.end(),
                                   [&](const v1::Recurrence& recurrence) {
                                     return recurrence.service_case() == service_case.name();
                                   }),
                    recurrences.end());
  action.set_recurrence_count(std::max(0, action.recurrence_count() - 1));
  if (action.state() != v1::CORRECTIVE_ACTION_STATE_REOPENED) return absl::OkStatus();
  const v1::EffectivenessCheck* last = action.checks().empty() ? nullptr : &*action.checks().rbegin();
  const absl::Time checked = last == nullptr ? absl::InfinitePast() : FromProto(last->act().time());
  const bool others = absl::c_any_of(
      recurrences, [&](const v1::Recurrence& recurrence) { return FromProto(recurrence.time()) >= checked; });
  if (others) return absl::OkStatus();
  return TakeStep(last != nullptr && last->effective() ? ActionStep::kUnrecurEffective : ActionStep::kUnrecur, action);
}

std::string RecurrenceReason(const v1::CorrectiveAction& action) {
  return absl::StrCat("recurrence of ", action.nonconforming_item(), " after ", action.name());
}

}  // namespace aftersales
