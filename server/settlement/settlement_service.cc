#include "server/settlement/settlement_service.h"

#include "server/cases/case_store.h"
#include "server/settlement/settlement_store.h"

namespace aftersales {

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

absl::StatusOr<v1::Cost> SettlementService::GetCost(Call& call, const v1::GetCostRequest& request) {
  return db_.Read<v1::Cost>(call, [&](Reader& reader) { return Costs().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListCostsResponse> SettlementService::ListCosts(Call& call, const v1::ListCostsRequest& request) {
  return db_.Read<v1::ListCostsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListCostsResponse> {
    v1::ListCostsResponse response;
    RETURN_IF_ERROR(Costs().List(reader, CostQuery(request.filter()), request, &response));
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
