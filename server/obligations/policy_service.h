// PolicyService: packs loaded, checked and put in force; obligations listed, explained and waived.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_POLICY_SERVICE_H_
#define AFTERSALES_SERVER_OBLIGATIONS_POLICY_SERVICE_H_

#include "absl/status/statusor.h"
#include "aftersales/v1/policy.pb.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database and the obligations must outlive it.
class PolicyService {
 public:
  PolicyService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(Call& call, const v1::ValidatePolicyRequest& request);
  absl::StatusOr<v1::PolicyVersion> CreatePolicyVersion(Call& call, const v1::CreatePolicyVersionRequest& request);
  absl::StatusOr<v1::PolicyVersion> GetPolicyVersion(Call& call, const v1::GetPolicyVersionRequest& request);
  absl::StatusOr<v1::ListPolicyVersionsResponse> ListPolicyVersions(Call& call,
                                                                    const v1::ListPolicyVersionsRequest& request);
  absl::StatusOr<v1::PolicyVersion> ActivatePolicyVersion(Call& call, const v1::ActivatePolicyVersionRequest& request);
  absl::StatusOr<v1::Obligation> GetObligation(Call& call, const v1::GetObligationRequest& request);
  absl::StatusOr<v1::ListObligationsResponse> ListObligations(Call& call, const v1::ListObligationsRequest& request);
  absl::StatusOr<v1::Explanation> ExplainObligation(Call& call, const v1::ExplainObligationRequest& request);
  absl::StatusOr<v1::Obligation> WaiveObligation(Call& call, const v1::WaiveObligationRequest& request);

 private:
  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_POLICY_SERVICE_H_
