// SettlementService: who bears the costs that are vetted.
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/cases/case_facts.h"
#include "server/settlement/allocation_rules.h"
#include "server/settlement/settlement_service.h"
#include "server/settlement/settlement_store.h"

namespace aftersales {
namespace {

// Only what takes back a cost from before needs to know how that was allocated.
bool TakesBackFromBefore(const std::vector<v1::Cost>& costs) {
  return absl::c_any_of(costs, [&](const v1::Cost& cost) {
    return !cost.reversal_of().empty() && cost.state() == v1::COST_STATE_VETTED &&
           absl::c_none_of(costs, [&](const v1::Cost& other) { return other.name() == cost.reversal_of(); });
  });
}

}  // namespace

absl::StatusOr<v1::Allocation> SettlementService::AllocateCosts(Call& call, const v1::AllocateCostsRequest& request) {
  return db_.Write<v1::Allocation>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Allocation> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, request.parent(), kAccepted, "settled"));
    const std::string& service_case = locked.service_case.name();
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, locked.root, "allocate-costs", request.role()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "allocate-costs", ""));
    const std::vector<v1::Cost> costs = CostsToAllocate(tx, service_case, kMostAllocated);
    const std::optional<v1::Responsibility> decided =
        ResponsibilityIn(tx, service_case, v1::RESPONSIBILITY_STATE_DECIDED);
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack,
                     obligations_.Version(tx, locked.root.policy_version));
    AllocationBasis basis;
    basis.rules = &pack->cost_rules;
    basis.facts = locked.root.facts;
    if (decided.has_value()) basis.decided = &*decided;
    if (TakesBackFromBefore(costs)) basis.allocated = AllocatedLines(tx, service_case, kMostAllocated);
    ASSIGN_OR_RETURN(const Allocated allocated, Allocate(costs, basis));
    RETURN_IF_ERROR(CheckAllocated(service_case, allocated));
    v1::Allocation allocation;
    allocation.set_name(absl::StrCat(service_case, "/allocations/", tx.NewId()));
    allocation.set_service_case(service_case);
    if (allocated.by_shares) allocation.set_responsibility(decided->name());
    *allocation.mutable_act() = ActOf(tx, request.role(), head, request.comment());
    allocation.set_allocated_by(call.caller.principal);
    for (const v1::AllocationLine& line : allocated.lines) *allocation.add_lines() = line;
    for (const v1::BearerTotal& total : TotalsOf(allocated.lines)) *allocation.add_totals() = total;
    for (const v1::LeftCost& left : allocated.left) *allocation.add_left() = left;
    RETURN_IF_ERROR(Allocations().Insert(tx, allocation));
    // The case's lock keeps its costs as they were read.
    if (PutIntoAllocation(tx, allocated.costs, allocation.name()) != static_cast<int64_t>(allocated.costs.size())) {
      return InternalError(absl::StrCat("The costs of ", service_case, " changed while they were allocated."));
    }
    v1::Event event = EventOf(v1::EVENT_TYPE_COSTS_ALLOCATED);
    event.set_subject(allocation.name());
    event.set_role(request.role());
    (*event.mutable_facts())["complete"] = Truth(allocated.complete);
    *event.mutable_allocation() = allocation;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return allocation;
  });
}

}  // namespace aftersales
