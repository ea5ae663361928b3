// CaseService: what becomes of a case besides its decisions: changed, reopened, paused, resumed, escalated.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"
#include "server/directory/directory_store.h"

namespace aftersales {

absl::Status CaseService::ChangeMode(Tx& tx, v1::ServiceMode mode, v1::Case& service_case) {
  if (mode == service_case.service_mode()) return absl::OkStatus();
  if (service_case.state() != v1::CASE_STATE_ACCEPTED) {
    return StateError(service_case.name(), Word(service_case.state()), "given another service mode",
                      {Word(v1::CASE_STATE_ACCEPTED)});
  }
  constexpr char kPermission[] = "cases.accept";  // AcceptCase's, which decided the mode
  if (const Caller& caller = tx.call().caller; !authenticator_.Grants(caller, kPermission)) {
    const std::string roles = absl::StrJoin(authenticator_.RolesGranting(kPermission), ",");
    return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
                 absl::StrCat(caller.principal, " lacks the permission ", kPermission, " and cannot give ",
                              service_case.name(), " another service mode. These roles can: ", roles,
                              ". Leave service_mode empty to change the rest."))
        .With("permission", kPermission)
        .With("roles", roles);
  }
  RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "accept-case", ""));
  service_case.set_service_mode(mode);
  return absl::OkStatus();
}

absl::StatusOr<Recurrences> CaseService::LockRecurrences(Tx& tx, const v1::UpdateCaseRequest& request) {
  // Other cases may have to be locked before this one, so what it will be is found out before it is locked.
  ASSIGN_OR_RETURN(const v1::Case before, Cases().Get(tx, request.name()));
  absl::StatusOr<v1::Case> after = ChangedCase(before, request.service_case());
  if (!after.ok()) return Recurrences();  // refused below, where it is locked
  if (before.equipment().empty() && !after->equipment().empty()) {
    const auto equipment = EquipmentTable().Get(tx, after->equipment());
    if (equipment.ok()) after->set_product(equipment->product());
  }
  const bool same = after->product() == before.product() && SearchItems(*after) == SearchItems(before);
  return same ? Recurrences() : Recurrences::Lock(tx, *after, /*exists=*/true);
}

absl::StatusOr<v1::Case> CaseService::UpdateCase(Call& call, const v1::UpdateCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kChange, "update-case"};
  bool other_trouble = false;
  const auto change = [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    const std::vector<std::string> items = SearchItems(service_case);
    const std::string product = service_case.product();
    if (request.service_mode() != v1::SERVICE_MODE_UNSPECIFIED) {
      RETURN_IF_ERROR(ChangeMode(tx, request.service_mode(), service_case));
    }
    RETURN_IF_ERROR(CheckDeadlineStays(service_case, request.service_case(), tx.now()));
    ASSIGN_OR_RETURN(service_case, ChangedCase(service_case, request.service_case()));
    RETURN_IF_ERROR(SettleCaseTimes(service_case, tx.now()));
    RETURN_IF_ERROR(SettleCase(tx, service_case));
    const std::vector<std::string> now = SearchItems(service_case);
    other_trouble = now != items || product != service_case.product();
    if (other_trouble) KeepItems(tx, service_case, now, /*before=*/!items.empty());
    v1::Event event = EventOf(v1::EVENT_TYPE_CASE_CHANGED);
    event.set_reason(request.reason());
    return event;
  };
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(Recurrences recurrences, LockRecurrences(tx, request));
    ASSIGN_OR_RETURN(v1::Case service_case, ChangeCaseIn(tx, on, change));
    RETURN_IF_ERROR(recurrences.Record(tx, obligations_, service_case));
    if (other_trouble) RETURN_IF_ERROR(WithdrawRecurrences(tx, obligations_, service_case));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::ReopenCase(Call& call, const v1::ReopenCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kReopen, "reopen-case"};
  const auto change = [&](Tx&, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    // How it ended before stays in the feed; it has not ended any more.
    service_case.clear_close_time();
    service_case.clear_refuse_reason();
    service_case.clear_resolution();
    service_case.set_reopen_reason(request.reason());
    return EventOf(v1::EVENT_TYPE_CASE_REOPENED);
  };
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    // A refused case that is none any more may be a recurrence again. Other cases may have to be locked before this
    // one.
    ASSIGN_OR_RETURN(const v1::Case before, Cases().Get(tx, request.name()));
    Recurrences recurrences;
    if (before.state() == v1::CASE_STATE_REFUSED) {
      ASSIGN_OR_RETURN(recurrences, Recurrences::Lock(tx, before, /*exists=*/true));
    }
    ASSIGN_OR_RETURN(v1::Case service_case, ChangeCaseIn(tx, on, change));
    RETURN_IF_ERROR(recurrences.Record(tx, obligations_, service_case));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::PauseCase(Call& call, const v1::PauseCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kPause, "pause-case"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    std::optional<absl::Time> told;
    if (request.has_start_time()) told = FromProto(request.start_time());
    ASSIGN_OR_RETURN(const absl::Time start, PauseStart(service_case, told, tx.now()));
    if (start < tx.now() || request.cause() == v1::PAUSE_CAUSE_FORCE_MAJEURE) {
      RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows that work stood still since then?"));
    }
    v1::CasePause& pause = *service_case.mutable_pause();
    pause.set_cause(request.cause());
    pause.set_reason(request.reason());
    *pause.mutable_evidence() = request.evidence();
    *pause.mutable_start_time() = ToProto(start);
    pause.set_paused_by(call.caller.principal);
    v1::Event event = EventOf(v1::EVENT_TYPE_CASE_PAUSED);
    *event.mutable_time() = pause.start_time();
    (*event.mutable_facts())["pause_cause"] = Word(request.cause());
    return event;
  });
}

absl::StatusOr<v1::Case> CaseService::ResumeCase(Call& call, const v1::ResumeCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kResume, "resume-case"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    std::optional<absl::Time> told;
    if (request.has_resume_time()) told = FromProto(request.resume_time());
    ASSIGN_OR_RETURN(const absl::Time end, PauseEnd(service_case, told, tx.now()));
    v1::Event event = EventOf(v1::EVENT_TYPE_CASE_RESUMED);
    *event.mutable_time() = ToProto(end);
    (*event.mutable_facts())["pause_cause"] = Word(service_case.pause().cause());
    service_case.clear_pause();
    *service_case.mutable_facts()->mutable_pause_end_time() = ToProto(end);
    return event;
  });
}

absl::StatusOr<v1::Case> CaseService::EscalateCase(Call& call, const v1::EscalateCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kEscalate, "escalate-case"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckDepartment("to", request.to()));
    RETURN_IF_ERROR(CheckEscalation(service_case, request.to(), call.caller.principal, tx.now()));
    v1::CaseEscalation& escalation = *service_case.add_escalations();
    escalation.set_to(request.to());
    escalation.set_reason(request.reason());
    escalation.mutable_act()->set_principal(call.caller.principal);
    *escalation.mutable_act()->mutable_time() = ToProto(tx.now());
    v1::Event event = EventOf(v1::EVENT_TYPE_CASE_ESCALATED);
    event.set_addressee(request.to());
    (*event.mutable_facts())["addressee"] = Word(request.to());
    return event;
  });
}

}  // namespace aftersales
