#include "server/settlement/settlement_service.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/cases/case_store.h"
#include "server/settlement/settlement_store.h"

namespace aftersales {
namespace {

constexpr char kReadCosts[] = "costs.read";

}  // namespace

void SettlementService::Bind(rpc::Methods& methods) {
  methods.Unary("ProposeResponsibility", this, &SettlementService::ProposeResponsibility);
  methods.Unary("GetResponsibility", this, &SettlementService::GetResponsibility);
  methods.Unary("ListResponsibilities", this, &SettlementService::ListResponsibilities);
  methods.Unary("ReportResponsibility", this, &SettlementService::ReportResponsibility);
  methods.Unary("DecideResponsibility", this, &SettlementService::DecideResponsibility);
  methods.Unary("RejectResponsibility", this, &SettlementService::RejectResponsibility);
  methods.Unary("CreateCost", this, &SettlementService::CreateCost);
  methods.Unary("GetCost", this, &SettlementService::GetCost);
  methods.Unary("ListCosts", this, &SettlementService::ListCosts);
  methods.Unary("AgreeCost", this, &SettlementService::AgreeCost);
  methods.Unary("VetCost", this, &SettlementService::VetCost);
  methods.Unary("RejectCost", this, &SettlementService::RejectCost);
  methods.Unary("ReverseCost", this, &SettlementService::ReverseCost);
  methods.Unary("AllocateCosts", this, &SettlementService::AllocateCosts);
  methods.Unary("GetAllocation", this, &SettlementService::GetAllocation);
  methods.Unary("ListAllocations", this, &SettlementService::ListAllocations);
}

absl::StatusOr<v1::Responsibility> SettlementService::GetResponsibility(Call& call,
                                                                        const v1::GetResponsibilityRequest& request) {
  return db_.Read<v1::Responsibility>(call,
                                      [&](Reader& reader) { return Responsibilities().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListResponsibilitiesResponse> SettlementService::ListResponsibilities(
    Call& call, const v1::ListResponsibilitiesRequest& request) {
  return db_.Read<v1::ListResponsibilitiesResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListResponsibilitiesResponse> {
        v1::ListResponsibilitiesResponse response;
        RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
        RETURN_IF_ERROR(Responsibilities().List(reader, OfCaseOldestFirst(request.parent()), request, &response));
        return response;
      });
}

std::string SettlementService::OnlySubmitter(const Call& call) const {
  return authenticator_.Grants(call.caller, kReadCosts) ? "" : call.caller.principal;
}

absl::StatusOr<v1::Cost> SettlementService::GetCost(Call& call, const v1::GetCostRequest& request) {
  const std::string submitter = OnlySubmitter(call);
  return db_.Read<v1::Cost>(call, [&](Reader& reader) -> absl::StatusOr<v1::Cost> {
    absl::StatusOr<v1::Cost> cost = Costs().Get(reader, request.name());
    // Whether there is such a cost is no secret from those who read the case, and who asks for a wrong one is told so.
    if (!cost.ok() || submitter.empty() || cost->submitted_by() == submitter) return cost;
    const std::string roles = absl::StrJoin(authenticator_.RolesGranting(kReadCosts), ",");
    return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
                 absl::StrCat(submitter, " lacks the permission ", kReadCosts,
                              " and reads only the costs that they submitted themselves. These roles read all: ", roles,
                              "."))
        .With("permission", kReadCosts)
        .With("roles", roles);
  });
}

absl::StatusOr<v1::ListCostsResponse> SettlementService::ListCosts(Call& call, const v1::ListCostsRequest& request) {
  const std::string submitter = OnlySubmitter(call);
  return db_.Read<v1::ListCostsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListCostsResponse> {
    v1::ListCostsResponse response;
    RETURN_IF_ERROR(Costs().List(reader, CostQuery(request.filter(), submitter), request, &response));
    return response;
  });
}

absl::StatusOr<v1::Allocation> SettlementService::GetAllocation(Call& call, const v1::GetAllocationRequest& request) {
  return db_.Read<v1::Allocation>(call, [&](Reader& reader) { return Allocations().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListAllocationsResponse> SettlementService::ListAllocations(
    Call& call, const v1::ListAllocationsRequest& request) {
  return db_.Read<v1::ListAllocationsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListAllocationsResponse> {
        v1::ListAllocationsResponse response;
        RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
        RETURN_IF_ERROR(Allocations().List(reader, OfCaseOldestFirst(request.parent()), request, &response));
        return response;
      });
}

}  // namespace aftersales
