// Responsibility, costs and their allocation.
#ifndef AFTERSALES_SERVICES_SETTLEMENT_H_
#define AFTERSALES_SERVICES_SETTLEMENT_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/settlement.pb.h"

namespace aftersales {

class SettlementClient : public ServiceClient {
 public:
  explicit SettlementClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.SettlementService") {}

  absl::StatusOr<v1::Responsibility> ProposeResponsibility(v1::ProposeResponsibilityRequest request,
                                                           const CallOptions& options = {}) const {
    return Call<v1::Responsibility>("ProposeResponsibility", std::move(request), options);
  }
  absl::StatusOr<v1::Responsibility> GetResponsibility(v1::GetResponsibilityRequest request,
                                                       const CallOptions& options = {}) const {
    return Call<v1::Responsibility>("GetResponsibility", std::move(request), options);
  }
  absl::StatusOr<v1::ListResponsibilitiesResponse> ListResponsibilities(v1::ListResponsibilitiesRequest request,
                                                                        const CallOptions& options = {}) const {
    return Call<v1::ListResponsibilitiesResponse>("ListResponsibilities", std::move(request), options);
  }
  PageRange<v1::Responsibility> ListResponsibilitiesAll(v1::ListResponsibilitiesRequest request,
                                                        const CallOptions& options = {}) const {
    return Pages<v1::Responsibility, v1::ListResponsibilitiesResponse>("ListResponsibilities", std::move(request),
                                                                       options);
  }
  absl::StatusOr<v1::Responsibility> ReportResponsibility(v1::ReportResponsibilityRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::Responsibility>("ReportResponsibility", std::move(request), options);
  }
  absl::StatusOr<v1::Responsibility> DecideResponsibility(v1::DecideResponsibilityRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::Responsibility>("DecideResponsibility", std::move(request), options);
  }
  absl::StatusOr<v1::Responsibility> RejectResponsibility(v1::RejectResponsibilityRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::Responsibility>("RejectResponsibility", std::move(request), options);
  }
  absl::StatusOr<v1::Cost> CreateCost(v1::CreateCostRequest request, const CallOptions& options = {}) const {
    return Call<v1::Cost>("CreateCost", std::move(request), options);
  }
  absl::StatusOr<v1::Cost> GetCost(v1::GetCostRequest request, const CallOptions& options = {}) const {
    return Call<v1::Cost>("GetCost", std::move(request), options);
  }
  absl::StatusOr<v1::ListCostsResponse> ListCosts(v1::ListCostsRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListCostsResponse>("ListCosts", std::move(request), options);
  }
  PageRange<v1::Cost> ListCostsAll(v1::ListCostsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Cost, v1::ListCostsResponse>("ListCosts", std::move(request), options);
  }
  absl::StatusOr<v1::Cost> AgreeCost(v1::AgreeCostRequest request, const CallOptions& options = {}) const {
    return Call<v1::Cost>("AgreeCost", std::move(request), options);
  }
  absl::StatusOr<v1::Cost> VetCost(v1::VetCostRequest request, const CallOptions& options = {}) const {
    return Call<v1::Cost>("VetCost", std::move(request), options);
  }
  absl::StatusOr<v1::Cost> RejectCost(v1::RejectCostRequest request, const CallOptions& options = {}) const {
    return Call<v1::Cost>("RejectCost", std::move(request), options);
  }
  absl::StatusOr<v1::Cost> ReverseCost(v1::ReverseCostRequest request, const CallOptions& options = {}) const {
    return Call<v1::Cost>("ReverseCost", std::move(request), options);
  }
  absl::StatusOr<v1::Allocation> AllocateCosts(v1::AllocateCostsRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Allocation>("AllocateCosts", std::move(request), options);
  }
  absl::StatusOr<v1::Allocation> GetAllocation(v1::GetAllocationRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Allocation>("GetAllocation", std::move(request), options);
  }
  absl::StatusOr<v1::ListAllocationsResponse> ListAllocations(v1::ListAllocationsRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ListAllocationsResponse>("ListAllocations", std::move(request), options);
  }
  PageRange<v1::Allocation> ListAllocationsAll(v1::ListAllocationsRequest request,
                                               const CallOptions& options = {}) const {
    return Pages<v1::Allocation, v1::ListAllocationsResponse>("ListAllocations", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_SETTLEMENT_H_
