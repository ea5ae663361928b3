// The tracking table, digests, and reports to management.
#ifndef AFTERSALES_SERVICES_REPORTS_H_
#define AFTERSALES_SERVICES_REPORTS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/report.pb.h"

namespace aftersales {

class ReportClient : public ServiceClient {
 public:
  explicit ReportClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.ReportService") {}

  absl::StatusOr<v1::ListTrackedCasesResponse> ListTrackedCases(v1::ListTrackedCasesRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ListTrackedCasesResponse>("ListTrackedCases", std::move(request), options);
  }
  PageRange<v1::TrackedCase> ListTrackedCasesAll(v1::ListTrackedCasesRequest request,
                                                 const CallOptions& options = {}) const {
    return Pages<v1::TrackedCase, v1::ListTrackedCasesResponse>("ListTrackedCases", std::move(request), options);
  }
  absl::StatusOr<v1::FeedbackDigest> GetFeedbackDigest(v1::GetFeedbackDigestRequest request,
                                                       const CallOptions& options = {}) const {
    return Call<v1::FeedbackDigest>("GetFeedbackDigest", std::move(request), options);
  }
  absl::StatusOr<v1::ResponseReport> GetResponseReport(v1::GetResponseReportRequest request,
                                                       const CallOptions& options = {}) const {
    return Call<v1::ResponseReport>("GetResponseReport", std::move(request), options);
  }
  absl::StatusOr<v1::ListDowntimesResponse> ListDowntimes(v1::ListDowntimesRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListDowntimesResponse>("ListDowntimes", std::move(request), options);
  }
  PageRange<v1::Downtime> ListDowntimesAll(v1::ListDowntimesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Downtime, v1::ListDowntimesResponse>("ListDowntimes", std::move(request), options);
  }
  absl::StatusOr<v1::ManagementReport> CreateManagementReport(v1::CreateManagementReportRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("CreateManagementReport", std::move(request), options);
  }
  absl::StatusOr<v1::ManagementReport> GetManagementReport(v1::GetManagementReportRequest request,
                                                           const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("GetManagementReport", std::move(request), options);
  }
  absl::StatusOr<v1::ListManagementReportsResponse> ListManagementReports(v1::ListManagementReportsRequest request,
                                                                          const CallOptions& options = {}) const {
    return Call<v1::ListManagementReportsResponse>("ListManagementReports", std::move(request), options);
  }
  PageRange<v1::ManagementReport> ListManagementReportsAll(v1::ListManagementReportsRequest request,
                                                           const CallOptions& options = {}) const {
    return Pages<v1::ManagementReport, v1::ListManagementReportsResponse>("ListManagementReports", std::move(request),
                                                                          options);
  }
  absl::StatusOr<v1::ManagementReport> UpdateManagementReport(v1::UpdateManagementReportRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("UpdateManagementReport", std::move(request), options);
  }
  absl::StatusOr<v1::ManagementReport> SubmitManagementReport(v1::SubmitManagementReportRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("SubmitManagementReport", std::move(request), options);
  }
  absl::StatusOr<v1::ManagementReport> WithdrawManagementReport(v1::WithdrawManagementReportRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("WithdrawManagementReport", std::move(request), options);
  }
  absl::StatusOr<v1::ManagementReport> ApproveManagementReport(v1::ApproveManagementReportRequest request,
                                                               const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("ApproveManagementReport", std::move(request), options);
  }
  absl::StatusOr<v1::ManagementReport> ReturnManagementReport(v1::ReturnManagementReportRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ManagementReport>("ReturnManagementReport", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_REPORTS_H_
