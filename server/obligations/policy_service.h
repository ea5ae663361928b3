// PolicyService: packs loaded, checked and put in force; obligations listed, explained and waived.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_POLICY_SERVICE_H_
#define AFTERSALES_SERVER_OBLIGATIONS_POLICY_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "aftersales/v1/policy.pb.h"
#include "server/obligations/obligations.h"
#include "server/obligations/policy_changes.h"
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

  // policy_migration.cc
  absl::StatusOr<v1::DryRunPolicyVersionResponse> DryRunPolicyVersion(Call& call,
                                                                      const v1::DryRunPolicyVersionRequest& request);
  absl::StatusOr<v1::MigrateCasesResponse> MigrateCases(Call& call, const v1::MigrateCasesRequest& request);

  // calendar_versions.cc
  absl::StatusOr<v1::CalendarVersion> CreateCalendarVersion(Call& call,
                                                            const v1::CreateCalendarVersionRequest& request);
  absl::StatusOr<v1::CalendarVersion> GetCalendarVersion(Call& call, const v1::GetCalendarVersionRequest& request);
  absl::StatusOr<v1::ListCalendarVersionsResponse> ListCalendarVersions(Call& call,
                                                                        const v1::ListCalendarVersionsRequest& request);
  absl::StatusOr<v1::CalendarVersion> ActivateCalendarVersion(Call& call,
                                                              const v1::ActivateCalendarVersionRequest& request);

 private:
  // The caller as whoever issues this pack's versions and calendars (SM-9): "principals/… as admin". Refused where they
  // do not hold the role that the pack names.
  static absl::StatusOr<std::string> Issuer(const Call& call, const policy::Pack& pack, const std::string& step);
  // What the case owes, and what it would owe under the version.
  absl::StatusOr<PolicyChanges> Compare(Reader& reader, const policy::Book& book, const std::string& service_case,
                                        const std::string& follows);
  absl::Status Migrate(Tx& tx, const policy::Book& book, const std::string& service_case, const std::string& reason,
                       v1::MigrateCasesResponse* response);

  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_POLICY_SERVICE_H_
