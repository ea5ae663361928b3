// ImprovementService: corrective actions. A recurrence reopens their checks: server/cases/recurrences.h.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/access.pb.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/recurrence_rules.h"
#include "server/cases/recurrences.h"
#include "server/directory/directory_store.h"
#include "server/improvement/improvement_rules.h"
#include "server/improvement/improvement_service.h"
#include "server/improvement/improvement_store.h"

namespace aftersales {
namespace {

constexpr char kCheck[] = "check-corrective-action";

absl::Status CheckNamed(Reader& reader, const v1::CorrectiveAction& action, const std::string& service_case) {
  if (!action.owner_principal().empty()) {
    RETURN_IF_ERROR(
        Referenced(reader, TableOf<v1::Principal>(), "corrective_action.owner_principal", action.owner_principal())
            .status());
  }
  if (!action.product().empty()) {
    RETURN_IF_ERROR(Referenced(reader, Products(), "corrective_action.product", action.product()).status());
  }
  if (action.meeting().empty()) return absl::OkStatus();
  if (ParentOf(action.meeting()) != service_case) {
    return ReferenceError("corrective_action.meeting", action.meeting(),
                          absl::StrCat("is no meeting about ", service_case, "; name one of this case"));
  }
  return Referenced(reader, Meetings(), "corrective_action.meeting", action.meeting()).status();
}

v1::Event ActionEvent(v1::EventType type, const v1::CorrectiveAction& action) {
  v1::Event event = EventOf(type);
  event.set_subject(action.name());
  (*event.mutable_facts())["action"] = Word(action.kind());
  *event.mutable_corrective_action() = action;
  return event;
}

}  // namespace

absl::StatusOr<v1::CorrectiveAction> ImprovementService::CreateCorrectiveAction(
    Call& call, const v1::CreateCorrectiveActionRequest& request) {
  return db_.Write<v1::CorrectiveAction>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::CorrectiveAction> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, request.parent(), kNotEnded, "given a corrective action"));
    const std::string& service_case = locked.service_case.name();
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-corrective-action", ""));
    v1::CorrectiveAction action = request.corrective_action();
    RETURN_IF_ERROR(CheckNamed(tx, action, service_case));
    RETURN_IF_ERROR(SettleAction(locked.service_case, tx.now(), action));
    if (CountCorrectiveActions(tx, service_case, kMostActions) >= kMostActions) {
      return FullError(service_case, kMostActions, "corrective actions");
    }
    action.set_name(absl::StrCat(service_case, "/correctiveActions/", tx.NewId()));
    action.set_state(v1::CORRECTIVE_ACTION_STATE_OPEN);
    action.set_service_case(service_case);
    action.set_set_by(call.caller.principal);
    RETURN_IF_ERROR(CorrectiveActions().Insert(tx, action));
    v1::Event event = ActionEvent(v1::EVENT_TYPE_CORRECTIVE_ACTION_PLANNED, action);
    event.set_addressee(action.owner());
    (*event.mutable_facts())["addressee"] = Word(action.owner());
    *event.mutable_promised_time() = action.due_time();
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return action;
  });
}

absl::StatusOr<v1::CorrectiveAction> ImprovementService::GetCorrectiveAction(
    Call& call, const v1::GetCorrectiveActionRequest& request) {
  return db_.Read<v1::CorrectiveAction>(
      call, [&](Reader& reader) { return CorrectiveActions().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListCorrectiveActionsResponse> ImprovementService::ListCorrectiveActions(
    Call& call, const v1::ListCorrectiveActionsRequest& request) {
  const ListQuery query = CorrectiveActionQuery(request.filter());
  return db_.Read<v1::ListCorrectiveActionsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListCorrectiveActionsResponse> {
        v1::ListCorrectiveActionsResponse response;
        RETURN_IF_ERROR(CorrectiveActions().List(reader, query, request, &response));
        return response;
      });
}

absl::StatusOr<v1::CorrectiveAction> ImprovementService::CompleteCorrectiveAction(
    Call& call, const v1::CompleteCorrectiveActionRequest& request) {
  return db_.Write<v1::CorrectiveAction>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::CorrectiveAction> {
    std::optional<absl::Time> told;
    if (request.has_time()) told = FromProto(request.time());
    // What prevents the next case is often carried out long after this one was closed, or filed.
    ASSIGN_OR_RETURN(const LockedCase locked,
                     LockCaseIn(tx, ParentOf(request.name()), kNotRefused, "told of a corrective action"));
    ASSIGN_OR_RETURN(v1::CorrectiveAction action, CorrectiveActions().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(ActionStep::kComplete, action));
    RETURN_IF_ERROR(CheckCompleter(action, call.caller));
    ASSIGN_OR_RETURN(const absl::Time done, DoneTime(locked.service_case, action, told, tx.now()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "complete-corrective-action", action.name()));
    action.set_result(request.result());
    if (request.has_evidence()) *action.mutable_evidence() = request.evidence();
    SetDoneBy(call.caller.principal, action);
    *action.mutable_done_time() = ToProto(done);
    RETURN_IF_ERROR(CorrectiveActions().Update(tx, action));
    KeepActionItem(tx, action);
    v1::Event event = ActionEvent(v1::EVENT_TYPE_CORRECTIVE_ACTION_DONE, action);
    *event.mutable_time() = action.done_time();
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return action;
  });
}

absl::StatusOr<v1::CorrectiveAction> ImprovementService::CheckCorrectiveAction(
    Call& call, const v1::CheckCorrectiveActionRequest& request) {
  return db_.Write<v1::CorrectiveAction>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::CorrectiveAction> {
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows whether it is effective?"));
    // In any state: what was carried out may come back, which reopens its check, even when its case was refused since.
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), {}, "changed"));
    ASSIGN_OR_RETURN(v1::CorrectiveAction action, CorrectiveActions().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(request.effective() ? ActionStep::kFindEffective : ActionStep::kFindNotEffective, action));
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, locked.root, kCheck, request.role()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, kCheck, action.name()));
    RETURN_IF_ERROR(CheckChecker(action, call.caller.principal));
    if (action.checks_size() >= kMostChecks) return FullError(action.name(), kMostChecks, "checks");
    v1::EffectivenessCheck& check = *action.add_checks();
    check.set_effective(request.effective());
    *check.mutable_act() = ActOf(tx, request.role(), head, request.comment());
    *check.mutable_evidence() = request.evidence();
    action.set_checked_by(call.caller.principal);
    if (!request.effective()) {
      // How it was done stays in the feed; it is to be done again, and nothing recurs meanwhile.
      action.clear_result();
      action.clear_evidence();
      action.clear_done_by();
      action.clear_done_time();
      ForgetActionItem(tx, action);
    }
    RETURN_IF_ERROR(CorrectiveActions().Update(tx, action));
    v1::Event event = ActionEvent(v1::EVENT_TYPE_CORRECTIVE_ACTION_CHECKED, action);
    (*event.mutable_facts())["effective"] = Truth(request.effective());
    event.set_role(request.role());
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return action;
  });
}

absl::StatusOr<v1::CorrectiveAction> ImprovementService::CancelCorrectiveAction(
    Call& call, const v1::CancelCorrectiveActionRequest& request) {
  return db_.Write<v1::CorrectiveAction>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::CorrectiveAction> {
    // Of a refused case too, where it can no longer be carried out.
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kNotArchived, "changed"));
    ASSIGN_OR_RETURN(v1::CorrectiveAction action, CorrectiveActions().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(ActionStep::kCancel, action));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "cancel-corrective-action", action.name()));
    action.set_cancel_reason(request.reason());
    RETURN_IF_ERROR(CorrectiveActions().Update(tx, action));
    RETURN_IF_ERROR(
        obligations_.Record(tx, locked.root, ActionEvent(v1::EVENT_TYPE_CORRECTIVE_ACTION_CANCELLED, action)));
    return action;
  });
}

}  // namespace aftersales
