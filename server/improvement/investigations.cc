// ImprovementService: the analysis of a cause, whom it was discussed with, and which treatment was chosen.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/cases/contact_rules.h"
#include "server/improvement/improvement_service.h"
#include "server/improvement/improvement_store.h"
#include "server/improvement/investigation_rules.h"

namespace aftersales {
namespace {

v1::Event InvestigationEvent(v1::EventType type, const v1::Investigation& investigation) {
  v1::Event event = EventOf(type);
  event.set_subject(investigation.name());
  *event.mutable_investigation() = investigation;
  return event;
}

// What stands is superseded by another, determined or not: at most one.
absl::Status Supersede(Tx& tx, const std::string& service_case) {
  for (const v1::InvestigationState state : {v1::INVESTIGATION_STATE_OPEN, v1::INVESTIGATION_STATE_DETERMINED}) {
    ListQuery query;
    query.where.push_back({"service_case", "=", service_case});
    query.where.push_back({"state", "=", static_cast<int>(state)});
    for (v1::Investigation& before : Investigations().Select(tx, query, 1)) {
      RETURN_IF_ERROR(TakeStep(InvestigationStep::kSupersede, before));
      RETURN_IF_ERROR(Investigations().Update(tx, before));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Investigation> ImprovementService::CreateInvestigation(
    Call& call, const v1::CreateInvestigationRequest& request) {
  RETURN_IF_ERROR(CheckOptions(request.investigation()));
  return db_.Write<v1::Investigation>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Investigation> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, request.parent(), kWorkedOn, "investigated"));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-investigation", ""));
    RETURN_IF_ERROR(Supersede(tx, locked.service_case.name()));
    v1::Investigation investigation = request.investigation();
    investigation.set_name(absl::StrCat(locked.service_case.name(), "/investigations/", tx.NewId()));
    investigation.set_state(v1::INVESTIGATION_STATE_OPEN);
    investigation.set_service_case(locked.service_case.name());
    investigation.set_analysed_by(call.caller.principal);
    RETURN_IF_ERROR(Investigations().Insert(tx, investigation));
    RETURN_IF_ERROR(
        obligations_.Record(tx, locked.root, InvestigationEvent(v1::EVENT_TYPE_INVESTIGATION_RECORDED, investigation)));
    return investigation;
  });
}

absl::StatusOr<v1::Investigation> ImprovementService::GetInvestigation(Call& call,
                                                                       const v1::GetInvestigationRequest& request) {
  return db_.Read<v1::Investigation>(call,
                                     [&](Reader& reader) { return Investigations().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListInvestigationsResponse> ImprovementService::ListInvestigations(
    Call& call, const v1::ListInvestigationsRequest& request) {
  ListQuery query;
  query.where.push_back({"service_case", "=", request.parent()});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListInvestigationsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListInvestigationsResponse> {
        v1::ListInvestigationsResponse response;
        RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
        RETURN_IF_ERROR(Investigations().List(reader, query, request, &response));
        return response;
      });
}

absl::StatusOr<v1::Investigation> ImprovementService::RecordConsultation(Call& call,
                                                                         const v1::RecordConsultationRequest& request) {
  RETURN_IF_ERROR(CheckDepartment("department", request.department()));
  return db_.Write<v1::Investigation>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Investigation> {
    std::optional<absl::Time> told;
    if (request.has_time()) told = FromProto(request.time());
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kWorkedOn, "consulted on"));
    ASSIGN_OR_RETURN(const absl::Time time, TimeAfterNotice("time", told, tx.now(), locked.service_case));
    ASSIGN_OR_RETURN(v1::Investigation investigation, Investigations().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(InvestigationStep::kConsult, investigation));
    RETURN_IF_ERROR(CheckMoreConsultations(investigation));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "record-consultation", investigation.name()));
    v1::Consultation& consultation = *investigation.add_consultations();
    consultation.set_department(request.department());
    consultation.set_person(request.person());
    consultation.set_text(request.text());
    consultation.set_recorded_by(call.caller.principal);
    *consultation.mutable_time() = ToProto(time);
    RETURN_IF_ERROR(Investigations().Update(tx, investigation));
    v1::Event event = InvestigationEvent(v1::EVENT_TYPE_DEPARTMENT_CONSULTED, investigation);
    event.set_addressee(request.department());
    *event.mutable_time() = consultation.time();
    (*event.mutable_facts())["addressee"] = Word(request.department());
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return investigation;
  });
}

absl::StatusOr<v1::Investigation> ImprovementService::DetermineTreatment(Call& call,
                                                                         const v1::DetermineTreatmentRequest& request) {
  return db_.Write<v1::Investigation>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Investigation> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kWorkedOn, "treated"));
    ASSIGN_OR_RETURN(v1::Investigation investigation, Investigations().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(InvestigationStep::kDetermine, investigation));
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, locked.root, "determine-treatment", request.role()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "determine-treatment", investigation.name()));
    if (investigation.analysed_by() == call.caller.principal) {
      return OwnSubmissionError(investigation.name(), investigation.analysed_by(), "analysed",
                                "determine the treatment of");
    }
    RETURN_IF_ERROR(CheckTreatment(investigation, request.treatment()));
    investigation.set_treatment(request.treatment());
    *investigation.mutable_decision() = ActOf(tx, request.role(), head, request.comment());
    investigation.set_decided_by(call.caller.principal);
    RETURN_IF_ERROR(Investigations().Update(tx, investigation));
    v1::Event event = InvestigationEvent(v1::EVENT_TYPE_TREATMENT_DETERMINED, investigation);
    event.set_role(request.role());
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return investigation;
  });
}

}  // namespace aftersales
