// Policy versions, calendars and obligations.
#ifndef AFTERSALES_SERVICES_POLICY_H_
#define AFTERSALES_SERVICES_POLICY_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/policy.pb.h"

namespace aftersales {

class PolicyClient : public ServiceClient {
 public:
  explicit PolicyClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.PolicyService") {}

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(v1::ValidatePolicyRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::ValidatePolicyResponse>("ValidatePolicy", std::move(request), options);
  }
  absl::StatusOr<v1::PolicyVersion> CreatePolicyVersion(v1::CreatePolicyVersionRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::PolicyVersion>("CreatePolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::PolicyVersion> GetPolicyVersion(v1::GetPolicyVersionRequest request,
                                                     const CallOptions& options = {}) const {
    return Call<v1::PolicyVersion>("GetPolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::ListPolicyVersionsResponse> ListPolicyVersions(v1::ListPolicyVersionsRequest request,
                                                                    const CallOptions& options = {}) const {
    return Call<v1::ListPolicyVersionsResponse>("ListPolicyVersions", std::move(request), options);
  }
  PageRange<v1::PolicyVersion> ListPolicyVersionsAll(v1::ListPolicyVersionsRequest request,
                                                     const CallOptions& options = {}) const {
    return Pages<v1::PolicyVersion, v1::ListPolicyVersionsResponse>("ListPolicyVersions", std::move(request), options);
  }
  absl::StatusOr<v1::PolicyVersion> ActivatePolicyVersion(v1::ActivatePolicyVersionRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::PolicyVersion>("ActivatePolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::Obligation> GetObligation(v1::GetObligationRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Obligation>("GetObligation", std::move(request), options);
  }
  absl::StatusOr<v1::ListObligationsResponse> ListObligations(v1::ListObligationsRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ListObligationsResponse>("ListObligations", std::move(request), options);
  }
  PageRange<v1::Obligation> ListObligationsAll(v1::ListObligationsRequest request,
                                               const CallOptions& options = {}) const {
    return Pages<v1::Obligation, v1::ListObligationsResponse>("ListObligations", std::move(request), options);
  }
  absl::StatusOr<v1::Explanation> ExplainObligation(v1::ExplainObligationRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::Explanation>("ExplainObligation", std::move(request), options);
  }
  absl::StatusOr<v1::Obligation> WaiveObligation(v1::WaiveObligationRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::Obligation>("WaiveObligation", std::move(request), options);
  }
  absl::StatusOr<v1::DryRunPolicyVersionResponse> DryRunPolicyVersion(v1::DryRunPolicyVersionRequest request,
                                                                      const CallOptions& options = {}) const {
    return Call<v1::DryRunPolicyVersionResponse>("DryRunPolicyVersion", std::move(request), options);
  }
  PageRange<v1::CaseChange> DryRunPolicyVersionAll(v1::DryRunPolicyVersionRequest request,
                                                   const CallOptions& options = {}) const {
    return Pages<v1::CaseChange, v1::DryRunPolicyVersionResponse>("DryRunPolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::MigrateCasesResponse> MigrateCases(v1::MigrateCasesRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::MigrateCasesResponse>("MigrateCases", std::move(request), options);
  }
  absl::StatusOr<v1::CalendarVersion> CreateCalendarVersion(v1::CreateCalendarVersionRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::CalendarVersion>("CreateCalendarVersion", std::move(request), options);
  }
  absl::StatusOr<v1::CalendarVersion> GetCalendarVersion(v1::GetCalendarVersionRequest request,
                                                         const CallOptions& options = {}) const {
    return Call<v1::CalendarVersion>("GetCalendarVersion", std::move(request), options);
  }
  absl::StatusOr<v1::ListCalendarVersionsResponse> ListCalendarVersions(v1::ListCalendarVersionsRequest request,
                                                                        const CallOptions& options = {}) const {
    return Call<v1::ListCalendarVersionsResponse>("ListCalendarVersions", std::move(request), options);
  }
  PageRange<v1::CalendarVersion> ListCalendarVersionsAll(v1::ListCalendarVersionsRequest request,
                                                         const CallOptions& options = {}) const {
    return Pages<v1::CalendarVersion, v1::ListCalendarVersionsResponse>("ListCalendarVersions", std::move(request),
                                                                        options);
  }
  absl::StatusOr<v1::CalendarVersion> ActivateCalendarVersion(v1::ActivateCalendarVersionRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::CalendarVersion>("ActivateCalendarVersion", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_POLICY_H_
