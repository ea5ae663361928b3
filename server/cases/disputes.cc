// CaseService: disputes about a contract.
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"
#include "server/cases/dispute_rules.h"
#include "server/directory/directory_store.h"

namespace aftersales {
namespace {

// The contract in dispute: the one named, else the one under which the case's equipment was sold.
absl::StatusOr<v1::Contract> ContractInDispute(Reader& reader, const v1::Case& service_case,
                                               const v1::Dispute& dispute) {
  std::string name = dispute.contract();
  if (name.empty() && !service_case.equipment().empty()) {
    ASSIGN_OR_RETURN(const v1::Equipment equipment, EquipmentTable().Get(reader, service_case.equipment()));
    name = equipment.contract();
  }
  if (name.empty()) {
    return FieldError("dispute.contract",
                      absl::StrCat("is needed, because no contract is known of ", service_case.name(), "'s equipment"));
  }
  return Referenced(reader, Contracts(), "dispute.contract", name);
}

v1::Event DisputeEvent(v1::EventType type, const v1::Dispute& dispute) {
  v1::Event event = EventOf(type);
  event.set_subject(dispute.name());
  *event.mutable_dispute() = dispute;
  return event;
}

}  // namespace

absl::StatusOr<v1::Dispute> CaseService::CreateDispute(Call& call, const v1::CreateDisputeRequest& request) {
  return db_.Write<v1::Dispute>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Dispute> {
    // In any state: a refusal can be disputed, and what came of a case.
    ASSIGN_OR_RETURN(const LockedCase locked, LockCase(tx, request.parent(), /*working=*/false, "disputed"));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-dispute", ""));
    v1::Dispute dispute = request.dispute();
    ASSIGN_OR_RETURN(const v1::Contract contract, ContractInDispute(tx, locked.service_case, dispute));
    dispute.set_contract(contract.name());
    RETURN_IF_ERROR(CheckDispute(dispute, contract, locked.service_case.customer()));
    dispute.set_name(absl::StrCat(locked.service_case.name(), "/disputes/", tx.NewId()));
    dispute.set_state(v1::DISPUTE_STATE_OPEN);
    dispute.set_service_case(locked.service_case.name());
    dispute.set_opened_by(call.caller.principal);
    RETURN_IF_ERROR(Disputes().Insert(tx, dispute));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, DisputeEvent(v1::EVENT_TYPE_DISPUTE_OPENED, dispute)));
    return dispute;
  });
}

absl::StatusOr<v1::Dispute> CaseService::GetDispute(Call& call, const v1::GetDisputeRequest& request) {
  return db_.Read<v1::Dispute>(call, [&](Reader& reader) { return Disputes().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListDisputesResponse> CaseService::ListDisputes(Call& call, const v1::ListDisputesRequest& request) {
  ListQuery query;
  query.where.push_back({"service_case", "=", request.parent()});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListDisputesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListDisputesResponse> {
    v1::ListDisputesResponse response;
    RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
    RETURN_IF_ERROR(Disputes().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Dispute> CaseService::ResolveDispute(Call& call, const v1::ResolveDisputeRequest& request) {
  return db_.Write<v1::Dispute>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Dispute> {
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows that it was settled so?"));
    ASSIGN_OR_RETURN(const LockedCase locked, LockCase(tx, ParentOf(request.name()), /*working=*/false, "changed"));
    ASSIGN_OR_RETURN(v1::Dispute dispute, Disputes().Lock(tx, request.name(), request.etag()));
    if (dispute.state() != v1::DISPUTE_STATE_OPEN) {
      return StateError(dispute.name(), Word(dispute.state()), "settled", {Word(v1::DISPUTE_STATE_OPEN)});
    }
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "resolve-dispute", dispute.name()));
    if (dispute.opened_by() == call.caller.principal) {
      return OwnSubmissionError(dispute.name(), dispute.opened_by(), "opened", "settle");
    }
    dispute.set_state(v1::DISPUTE_STATE_RESOLVED);
    dispute.set_resolution(request.resolution());
    *dispute.mutable_evidence() = request.evidence();
    dispute.set_resolved_by(call.caller.principal);
    *dispute.mutable_resolve_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Disputes().Update(tx, dispute));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, DisputeEvent(v1::EVENT_TYPE_DISPUTE_RESOLVED, dispute)));
    return dispute;
  });
}

}  // namespace aftersales
