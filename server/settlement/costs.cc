// SettlementService: costs, agreed to by the customer, vetted and taken back.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/settlement/settlement_service.h"
#include "server/settlement/settlement_store.h"

namespace aftersales {
namespace {

v1::Event CostEvent(v1::EventType type, const v1::Cost& cost) {
  v1::Event event = EventOf(type);
  event.set_subject(cost.name());
  const bool reversal = !cost.reversal_of().empty();
  (*event.mutable_facts())["cost"] = Word(cost.category());
  // The customer agrees to what is paid, not to getting it back.
  (*event.mutable_facts())["customer_pays"] = Truth(cost.customer_pays() && !reversal);
  (*event.mutable_facts())["reversal"] = Truth(reversal);
  *event.mutable_cost() = cost;
  return event;
}

// Stores a new cost of a case.
absl::Status Submit(Tx& tx, v1::Cost& cost) {
  cost.set_name(absl::StrCat(cost.service_case(), "/costs/", tx.NewId()));
  cost.set_state(v1::COST_STATE_SUBMITTED);
  cost.set_submitted_by(tx.call().caller.principal);
  return Costs().Insert(tx, cost);
}

// With a reversal turned down the cost that it was to take back stands, and can be taken back by another.
absl::Status LetStand(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Cost original, Costs().Lock(tx, name));
  original.clear_reversed_by();
  original.clear_reject_reason();
  return Costs().UpdateOnly(tx, original, {"reversed_by", "reject_reason"});
}

}  // namespace

absl::StatusOr<v1::Cost> SettlementService::CreateCost(Call& call, const v1::CreateCostRequest& request) {
  return db_.Write<v1::Cost>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Cost> {
    v1::Cost cost = request.cost();
    RETURN_IF_ERROR(SettleCost(cost, tx.now()));
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, request.parent(), kAccepted, "charged with costs"));
    const std::string& service_case = locked.service_case.name();
    RETURN_IF_ERROR(CheckMoreCosts(service_case, CountCosts(tx, service_case, /*reversals=*/false)));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-cost", ""));
    if (!cost.visit().empty() && CaseOfVisit(tx, cost.visit()) != service_case) {
      return ReferenceError("cost.visit", cost.visit(), absl::StrCat("is no visit of ", service_case));
    }
    cost.set_service_case(service_case);
    RETURN_IF_ERROR(Submit(tx, cost));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, CostEvent(v1::EVENT_TYPE_COST_RECORDED, cost)));
    return cost;
  });
}

absl::StatusOr<v1::Cost> SettlementService::AgreeCost(Call& call, const v1::AgreeCostRequest& request) {
  RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows that the customer agreed?"));
  return db_.Write<v1::Cost>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Cost> {
    std::optional<absl::Time> told;
    if (request.has_time()) told = FromProto(request.time());
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kAccepted, "settled"));
    ASSIGN_OR_RETURN(const absl::Time agreed, TimeAfterNotice("time", told, tx.now(), locked.service_case));
    ASSIGN_OR_RETURN(v1::Cost cost, Costs().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CostStep::kAgree, cost));
    RETURN_IF_ERROR(CheckAgreeable(cost));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "agree-cost", cost.name()));
    *cost.mutable_agreement() = request.evidence();
    cost.set_agreement_recorded_by(call.caller.principal);
    *cost.mutable_agree_time() = ToProto(agreed);
    RETURN_IF_ERROR(Costs().Update(tx, cost));
    v1::Event event = CostEvent(v1::EVENT_TYPE_COST_AGREED, cost);
    *event.mutable_time() = cost.agree_time();
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return cost;
  });
}

template <typename Request>
absl::StatusOr<v1::Cost> SettlementService::DecideOnCost(Call& call, const Request& request,
                                                         const Decision<CostStep>& decision,
                                                         absl::FunctionRef<absl::Status(Tx&, v1::Cost&)> change) {
  return db_.Write<v1::Cost>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Cost> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kAccepted, "settled"));
    ASSIGN_OR_RETURN(v1::Cost cost, Costs().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(decision.step, cost));
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, locked.root, decision.action, decision.role));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, decision.action, cost.name()));
    if (cost.submitted_by() == call.caller.principal) {
      return OwnSubmissionError(cost.name(), cost.submitted_by(), "submitted", decision.verb);
    }
    RETURN_IF_ERROR(change(tx, cost));
    *cost.mutable_decision() = ActOf(tx, decision.role, head, decision.comment);
    cost.set_decided_by(call.caller.principal);
    *cost.mutable_decide_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Costs().Update(tx, cost));
    v1::Event event = CostEvent(decision.event, cost);
    event.set_role(decision.role);
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return cost;
  });
}

absl::StatusOr<v1::Cost> SettlementService::VetCost(Call& call, const v1::VetCostRequest& request) {
  return DecideOnCost(
      call, request, {CostStep::kVet, "vet-cost", v1::EVENT_TYPE_COST_VETTED, "vet", request.role(), request.comment()},
      [](Tx&, v1::Cost&) { return absl::OkStatus(); });
}

absl::StatusOr<v1::Cost> SettlementService::RejectCost(Call& call, const v1::RejectCostRequest& request) {
  return DecideOnCost(call, request,
                      {CostStep::kReject, "reject-cost", v1::EVENT_TYPE_COST_REJECTED, "turn down", request.role(), ""},
                      [&](Tx& tx, v1::Cost& cost) -> absl::Status {
                        if (!cost.reversal_of().empty()) RETURN_IF_ERROR(LetStand(tx, cost.reversal_of()));
                        cost.set_reject_reason(request.reason());
                        return absl::OkStatus();
                      });
}

absl::StatusOr<v1::Cost> SettlementService::ReverseCost(Call& call, const v1::ReverseCostRequest& request) {
  return db_.Write<v1::Cost>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Cost> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kAccepted, "settled"));
    ASSIGN_OR_RETURN(v1::Cost original, Costs().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CostStep::kReverse, original));
    RETURN_IF_ERROR(CheckReversible(original));
    const std::string& service_case = locked.service_case.name();
    RETURN_IF_ERROR(CheckMoreCosts(service_case, CountCosts(tx, service_case, /*reversals=*/true)));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "reverse-cost", original.name()));
    v1::Cost reversal = ReversalOf(original, request.reason(), tx.now());
    RETURN_IF_ERROR(Submit(tx, reversal));
    original.set_reversed_by(reversal.name());
    original.set_reject_reason(request.reason());
    RETURN_IF_ERROR(Costs().UpdateOnly(tx, original, {"reversed_by", "reject_reason"}));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, CostEvent(v1::EVENT_TYPE_COST_REVERSED, original)));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, CostEvent(v1::EVENT_TYPE_COST_RECORDED, reversal)));
    return reversal;
  });
}

}  // namespace aftersales
