// ReportService: what was asked over a period, answered from the database's indexes, and the reports to management.
#ifndef AFTERSALES_SERVER_REPORTS_REPORT_SERVICE_H_
#define AFTERSALES_SERVER_REPORTS_REPORT_SERVICE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/report.pb.h"
#include "server/base/call.h"
#include "server/obligations/obligations.h"
#include "server/reports/report_rules.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database, the obligations and the authenticator must outlive it.
class ReportService {
 public:
  ReportService(Database& db, Obligations& obligations, const rpc::Authenticator& authenticator)
      : db_(db), obligations_(obligations), authenticator_(authenticator) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::ListTrackedCasesResponse> ListTrackedCases(Call& call, const v1::ListTrackedCasesRequest& request);
  absl::StatusOr<v1::FeedbackDigest> GetFeedbackDigest(Call& call, const v1::GetFeedbackDigestRequest& request);
  absl::StatusOr<v1::ResponseReport> GetResponseReport(Call& call, const v1::GetResponseReportRequest& request);
  absl::StatusOr<v1::ListDowntimesResponse> ListDowntimes(Call& call, const v1::ListDowntimesRequest& request);

  absl::StatusOr<v1::ManagementReport> CreateManagementReport(Call& call,
                                                              const v1::CreateManagementReportRequest& request);
  absl::StatusOr<v1::ManagementReport> GetManagementReport(Call& call, const v1::GetManagementReportRequest& request);
  absl::StatusOr<v1::ListManagementReportsResponse> ListManagementReports(
      Call& call, const v1::ListManagementReportsRequest& request);
  absl::StatusOr<v1::ManagementReport> UpdateManagementReport(Call& call,
                                                              const v1::UpdateManagementReportRequest& request);
  absl::StatusOr<v1::ManagementReport> SubmitManagementReport(Call& call,
                                                              const v1::SubmitManagementReportRequest& request);
  absl::StatusOr<v1::ManagementReport> WithdrawManagementReport(Call& call,
                                                                const v1::WithdrawManagementReportRequest& request);
  absl::StatusOr<v1::ManagementReport> ApproveManagementReport(Call& call,
                                                               const v1::ApproveManagementReportRequest& request);
  absl::StatusOr<v1::ManagementReport> ReturnManagementReport(Call& call,
                                                              const v1::ReturnManagementReportRequest& request);

 private:
  // The figures of the period that the report is about. Read before it is written: a year's may take a while, in which
  // nobody should wait.
  absl::StatusOr<v1::ManagementFigures> Reckon(Call& call, const v1::ManagementReport& report);
  // A decision on a submitted report, in the role that it was submitted to, by somebody who has not written it.
  struct Decision {
    ReportStep step;
    const char* action;  // "approve-management-report"
    v1::EventType event;
    const char* verb;  // "approve"
  };
  template <typename Request>
  absl::StatusOr<v1::ManagementReport> Decide(Call& call, const Request& request, const Decision& decision,
                                              absl::FunctionRef<void(Tx&, v1::ManagementReport&, bool)> change);

  Database& db_;
  Obligations& obligations_;
  const rpc::Authenticator& authenticator_;
};

// For Obligations::AddRootKind: a report is a root of its own.
absl::StatusOr<Root> LockReportRoot(Tx& tx, const std::string& name);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_REPORTS_REPORT_SERVICE_H_
