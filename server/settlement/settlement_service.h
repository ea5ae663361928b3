// SettlementService: who answers for a case, what it cost, and who bears that.
#ifndef AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_SERVICE_H_
#define AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_SERVICE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/base/call.h"
#include "server/cases/case_root.h"
#include "server/obligations/obligations.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/methods.h"
#include "server/settlement/settlement_rules.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database, the obligations and the authenticator must outlive it.
class SettlementService {
 public:
  SettlementService(Database& db, Obligations& obligations, const rpc::Authenticator& authenticator)
      : db_(db), obligations_(obligations), authenticator_(authenticator) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Responsibility> ProposeResponsibility(Call& call, const v1::ProposeResponsibilityRequest& request);
  absl::StatusOr<v1::Responsibility> GetResponsibility(Call& call, const v1::GetResponsibilityRequest& request);
  absl::StatusOr<v1::ListResponsibilitiesResponse> ListResponsibilities(Call& call,
                                                                        const v1::ListResponsibilitiesRequest& request);
  absl::StatusOr<v1::Responsibility> ReportResponsibility(Call& call, const v1::ReportResponsibilityRequest& request);
  absl::StatusOr<v1::Responsibility> DecideResponsibility(Call& call, const v1::DecideResponsibilityRequest& request);
  absl::StatusOr<v1::Responsibility> RejectResponsibility(Call& call, const v1::RejectResponsibilityRequest& request);

  absl::StatusOr<v1::Cost> CreateCost(Call& call, const v1::CreateCostRequest& request);
  absl::StatusOr<v1::Cost> GetCost(Call& call, const v1::GetCostRequest& request);
  absl::StatusOr<v1::ListCostsResponse> ListCosts(Call& call, const v1::ListCostsRequest& request);
  absl::StatusOr<v1::Cost> AgreeCost(Call& call, const v1::AgreeCostRequest& request);
  absl::StatusOr<v1::Cost> VetCost(Call& call, const v1::VetCostRequest& request);
  absl::StatusOr<v1::Cost> RejectCost(Call& call, const v1::RejectCostRequest& request);
  absl::StatusOr<v1::Cost> ReverseCost(Call& call, const v1::ReverseCostRequest& request);

  absl::StatusOr<v1::Allocation> AllocateCosts(Call& call, const v1::AllocateCostsRequest& request);
  absl::StatusOr<v1::Allocation> GetAllocation(Call& call, const v1::GetAllocationRequest& request);
  absl::StatusOr<v1::ListAllocationsResponse> ListAllocations(Call& call, const v1::ListAllocationsRequest& request);

 private:
  // A decision about one proposal or cost in a role. Locks the case and it, and checks state, role, gates and that
  // nobody decides on their own submission; `change` sets what else follows from it.
  template <typename Step>
  struct Decision {
    Step step;
    const char* action;  // "vet-cost"
    v1::EventType event;
    const char* verb;  // "vet"
    v1::Role role;
    std::string comment;
  };
  template <typename Request>
  absl::StatusOr<v1::Responsibility> DecideProposal(Call& call, const Request& request,
                                                    const Decision<ResponsibilityStep>& decision,
                                                    absl::FunctionRef<absl::Status(Tx&, v1::Responsibility&)> change);
  template <typename Request>
  absl::StatusOr<v1::Cost> DecideOnCost(Call& call, const Request& request, const Decision<CostStep>& decision,
                                        absl::FunctionRef<absl::Status(Tx&, v1::Cost&)> change);

  // The caller whose own costs are all that they may read; empty for those who may read every cost.
  std::string OnlySubmitter(const Call& call) const;

  Database& db_;
  Obligations& obligations_;
  const rpc::Authenticator& authenticator_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_SERVICE_H_
