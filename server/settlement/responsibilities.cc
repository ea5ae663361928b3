// SettlementService: who answers for a case, proposed, reported and decided.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/contact_rules.h"
#include "server/directory/directory_store.h"
#include "server/settlement/settlement_service.h"
#include "server/settlement/settlement_store.h"

namespace aftersales {
namespace {

v1::Event ResponsibilityEvent(v1::EventType type, const v1::Responsibility& responsibility) {
  v1::Event event = EventOf(type);
  event.set_subject(responsibility.name());
  *event.mutable_responsibility() = responsibility;
  return event;
}

// The persons exist, and the investigation is one of the case.
absl::Status CheckReferences(Reader& reader, const std::string& service_case,
                             const v1::Responsibility& responsibility) {
  for (int i = 0; i < responsibility.shares_size(); ++i) {
    const std::string& person = responsibility.shares(i).staff_member();
    if (person.empty()) continue;
    const std::string field = absl::StrCat("responsibility.shares[", i, "].staff_member");
    RETURN_IF_ERROR(Referenced(reader, StaffMembers(), field, person).status());
  }
  const std::string& investigation = responsibility.investigation();
  if (investigation.empty() ||
      (ParentOf(investigation) == service_case && InvestigationExists(reader, investigation))) {
    return absl::OkStatus();
  }
  return ReferenceError("responsibility.investigation", investigation,
                        absl::StrCat("is no investigation of ", service_case));
}

// Another takes the place of the one in this state, where there is one.
absl::Status Supersede(Tx& tx, const std::string& service_case, v1::ResponsibilityState state) {
  std::optional<v1::Responsibility> before = ResponsibilityIn(tx, service_case, state);
  if (!before.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(TakeStep(ResponsibilityStep::kSupersede, *before));
  return Responsibilities().Update(tx, *before);
}

}  // namespace

absl::StatusOr<v1::Responsibility> SettlementService::ProposeResponsibility(
    Call& call, const v1::ProposeResponsibilityRequest& request) {
  RETURN_IF_ERROR(CheckShares(request.responsibility()));
  return db_.Write<v1::Responsibility>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Responsibility> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, request.parent(), kAccepted, "answered for"));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "propose-responsibility", ""));
    v1::Responsibility responsibility = request.responsibility();
    RETURN_IF_ERROR(CheckReferences(tx, locked.service_case.name(), responsibility));
    RETURN_IF_ERROR(Supersede(tx, locked.service_case.name(), v1::RESPONSIBILITY_STATE_PROPOSED));
    responsibility.set_name(absl::StrCat(locked.service_case.name(), "/responsibilities/", tx.NewId()));
    responsibility.set_state(v1::RESPONSIBILITY_STATE_PROPOSED);
    responsibility.set_service_case(locked.service_case.name());
    responsibility.set_proposed_by(call.caller.principal);
    RETURN_IF_ERROR(Responsibilities().Insert(tx, responsibility));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root,
                                        ResponsibilityEvent(v1::EVENT_TYPE_RESPONSIBILITY_PROPOSED, responsibility)));
    return responsibility;
  });
}

absl::StatusOr<v1::Responsibility> SettlementService::ReportResponsibility(
    Call& call, const v1::ReportResponsibilityRequest& request) {
  RETURN_IF_ERROR(CheckDepartment("to", request.to()));
  return db_.Write<v1::Responsibility>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Responsibility> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kAccepted, "reported on"));
    ASSIGN_OR_RETURN(v1::Responsibility responsibility, Responsibilities().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(ResponsibilityStep::kReport, responsibility));
    RETURN_IF_ERROR(CheckMoreReports(responsibility));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "report-responsibility", responsibility.name()));
    v1::ResponsibilityReport& report = *responsibility.add_reports();
    report.set_to(request.to());
    report.set_text(request.text());
    report.set_reported_by(call.caller.principal);
    *report.mutable_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Responsibilities().Update(tx, responsibility));
    v1::Event event = ResponsibilityEvent(v1::EVENT_TYPE_RESPONSIBILITY_REPORTED, responsibility);
    event.set_addressee(request.to());
    (*event.mutable_facts())["addressee"] = Word(request.to());
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return responsibility;
  });
}

template <typename Request>
absl::StatusOr<v1::Responsibility> SettlementService::DecideProposal(
    Call& call, const Request& request, const Decision<ResponsibilityStep>& decision,
    absl::FunctionRef<absl::Status(Tx&, v1::Responsibility&)> change) {
  return db_.Write<v1::Responsibility>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Responsibility> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kAccepted, "decided on"));
    ASSIGN_OR_RETURN(v1::Responsibility responsibility, Responsibilities().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(decision.step, responsibility));
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, locked.root, decision.action, decision.role));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, decision.action, responsibility.name()));
    if (responsibility.proposed_by() == call.caller.principal) {
      return OwnSubmissionError(responsibility.name(), responsibility.proposed_by(), "proposed", decision.verb);
    }
    RETURN_IF_ERROR(change(tx, responsibility));
    *responsibility.mutable_decision() = ActOf(tx, decision.role, head, decision.comment);
    responsibility.set_decided_by(call.caller.principal);
    RETURN_IF_ERROR(Responsibilities().Update(tx, responsibility));
    v1::Event event = ResponsibilityEvent(decision.event, responsibility);
    event.set_role(decision.role);
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return responsibility;
  });
}

absl::StatusOr<v1::Responsibility> SettlementService::DecideResponsibility(
    Call& call, const v1::DecideResponsibilityRequest& request) {
  return DecideProposal(call, request,
                        {ResponsibilityStep::kDecide, "decide-responsibility", v1::EVENT_TYPE_RESPONSIBILITY_DECIDED,
                         "decide", request.role(), request.comment()},
                        [](Tx& tx, v1::Responsibility& responsibility) {
                          return Supersede(tx, responsibility.service_case(), v1::RESPONSIBILITY_STATE_DECIDED);
                        });
}

absl::StatusOr<v1::Responsibility> SettlementService::RejectResponsibility(
    Call& call, const v1::RejectResponsibilityRequest& request) {
  return DecideProposal(call, request,
                        {ResponsibilityStep::kReject, "reject-responsibility", v1::EVENT_TYPE_RESPONSIBILITY_REJECTED,
                         "turn down", request.role(), ""},
                        [&](Tx&, v1::Responsibility& responsibility) {
                          responsibility.set_reject_reason(request.reason());
                          return absl::OkStatus();
                        });
}

}  // namespace aftersales
