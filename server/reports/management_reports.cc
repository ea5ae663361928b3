// ReportService: reports to the management, written by one, approved by another.
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_store.h"
#include "server/directory/directory_store.h"
#include "server/reports/report_service.h"
#include "server/reports/report_store.h"

namespace aftersales {
namespace {

// What the server sets stays; whoever writes is an author now.
absl::Status Write(Tx& tx, const v1::ManagementReport& wanted, const v1::ManagementFigures& figures,
                   v1::ManagementReport& report) {
  for (int i = 0; i < wanted.cases_size(); ++i) {
    RETURN_IF_ERROR(Referenced(tx, Cases(), absl::StrCat("report.cases[", i, "]"), wanted.cases(i)).status());
  }
  report.set_title(wanted.title());
  *report.mutable_start_time() = wanted.start_time();
  *report.mutable_end_time() = wanted.end_time();
  *report.mutable_figures() = figures;
  report.set_analysis(wanted.analysis());
  *report.mutable_proposals() = wanted.proposals();
  *report.mutable_cases() = wanted.cases();
  return AddAuthor(tx.call().caller.principal, report);
}

Root RootOf(const v1::ManagementReport& report) {
  Root root;
  root.name = report.name();
  if (!absl::SimpleAtoi(report.etag(), &root.version)) root.version = 0;
  root.policy_version = report.policy_version();
  root.notice_time = FromProto(report.create_time());
  return root;
}

v1::Event ReportEvent(v1::EventType type, const v1::ManagementReport& report) {
  v1::Event event = EventOf(type);
  event.set_subject(report.name());
  *event.mutable_management_report() = report;
  return event;
}

}  // namespace

absl::StatusOr<Root> LockReportRoot(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(v1::ManagementReport report, ManagementReports().Lock(tx, name));
  RETURN_IF_ERROR(ManagementReports().Touch(tx, report));
  return RootOf(report);
}

absl::StatusOr<v1::ManagementFigures> ReportService::Reckon(Call& call, const v1::ManagementReport& report) {
  ASSIGN_OR_RETURN(const ReportPeriod period, ReadPeriod("report.", report.start_time(), report.end_time()));
  RETURN_IF_ERROR(CheckPast("report.", period, db_.clock().Now()));
  return db_.Read<v1::ManagementFigures>(call, [&](Reader& reader) { return FiguresOf(reader, period); });
}

absl::StatusOr<v1::ManagementReport> ReportService::CreateManagementReport(
    Call& call, const v1::CreateManagementReportRequest& request) {
  ASSIGN_OR_RETURN(const v1::ManagementFigures figures, Reckon(call, request.report()));
  return db_.Write<v1::ManagementReport>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::ManagementReport> {
    v1::ManagementReport report;
    report.set_name(absl::StrCat("managementReports/", tx.NewId()));
    report.set_state(v1::MANAGEMENT_REPORT_STATE_DRAFT);
    ASSIGN_OR_RETURN(*report.mutable_policy_version(), obligations_.ActiveVersion(tx));
    RETURN_IF_ERROR(Write(tx, request.report(), figures, report));
    RETURN_IF_ERROR(ManagementReports().Insert(tx, report));
    const Root root = RootOf(report);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-management-report", ""));
    RETURN_IF_ERROR(obligations_.Record(tx, root, ReportEvent(v1::EVENT_TYPE_MANAGEMENT_REPORT_WRITTEN, report)));
    return report;
  });
}

absl::StatusOr<v1::ManagementReport> ReportService::GetManagementReport(Call& call,
                                                                        const v1::GetManagementReportRequest& request) {
  return db_.Read<v1::ManagementReport>(
      call, [&](Reader& reader) { return ManagementReports().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListManagementReportsResponse> ReportService::ListManagementReports(
    Call& call, const v1::ListManagementReportsRequest& request) {
  return db_.Read<v1::ListManagementReportsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListManagementReportsResponse> {
        v1::ListManagementReportsResponse response;
        RETURN_IF_ERROR(ManagementReports().List(reader, ManagementReportQuery(request.filter()), request, &response));
        return response;
      });
}

absl::StatusOr<v1::ManagementReport> ReportService::UpdateManagementReport(
    Call& call, const v1::UpdateManagementReportRequest& request) {
  ASSIGN_OR_RETURN(const v1::ManagementFigures figures, Reckon(call, request.report()));
  return db_.Write<v1::ManagementReport>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::ManagementReport> {
    ASSIGN_OR_RETURN(v1::ManagementReport report, ManagementReports().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(ReportStep::kUpdate, report));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(report), "update-management-report", ""));
    RETURN_IF_ERROR(Write(tx, request.report(), figures, report));
    RETURN_IF_ERROR(ManagementReports().Update(tx, report));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(report), ReportEvent(v1::EVENT_TYPE_MANAGEMENT_REPORT_WRITTEN, report)));
    return report;
  });
}

absl::StatusOr<v1::ManagementReport> ReportService::SubmitManagementReport(
    Call& call, const v1::SubmitManagementReportRequest& request) {
  return db_.Write<v1::ManagementReport>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::ManagementReport> {
    RETURN_IF_ERROR(CheckReportedTo(request.to(), authenticator_.RolesGranting("reports.approve")));
    ASSIGN_OR_RETURN(v1::ManagementReport report, ManagementReports().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(ReportStep::kSubmit, report));
    RETURN_IF_ERROR(CheckProposals(report));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(report), "submit-management-report", ""));
    report.set_submitted_to(request.to());
    report.set_submitted_by(call.caller.principal);
    *report.mutable_submit_time() = ToProto(tx.now());
    RETURN_IF_ERROR(ManagementReports().Update(tx, report));
    v1::Event event = ReportEvent(v1::EVENT_TYPE_MANAGEMENT_REPORT_SUBMITTED, report);
    event.set_addressee(request.to());
    (*event.mutable_facts())["addressee"] = Word(request.to());
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(report), std::move(event)));
    return report;
  });
}

absl::StatusOr<v1::ManagementReport> ReportService::WithdrawManagementReport(
    Call& call, const v1::WithdrawManagementReportRequest& request) {
  return db_.Write<v1::ManagementReport>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::ManagementReport> {
    ASSIGN_OR_RETURN(v1::ManagementReport report, ManagementReports().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(ReportStep::kWithdraw, report));
    RETURN_IF_ERROR(CheckWithdrawer(report, call.caller.principal));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(report), "withdraw-management-report", ""));
    // To whom it went stays in the feed; it is with nobody any more.
    report.clear_submitted_to();
    report.clear_submitted_by();
    report.clear_submit_time();
    RETURN_IF_ERROR(ManagementReports().Update(tx, report));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(report), ReportEvent(v1::EVENT_TYPE_MANAGEMENT_REPORT_WITHDRAWN, report)));
    return report;
  });
}

template <typename Request>
absl::StatusOr<v1::ManagementReport> ReportService::Decide(
    Call& call, const Request& request, const Decision& decision,
    absl::FunctionRef<void(Tx&, v1::ManagementReport&, bool)> change) {
  return db_.Write<v1::ManagementReport>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::ManagementReport> {
    ASSIGN_OR_RETURN(v1::ManagementReport report, ManagementReports().Lock(tx, request.name(), request.etag()));
    const Root before = RootOf(report);
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, before, decision.action, request.role()));
    // Before the state: who decides on what was never submitted is told by which clause it has to be.
    RETURN_IF_ERROR(obligations_.CheckStep(tx, before, decision.action, ""));
    RETURN_IF_ERROR(TakeStep(decision.step, report));
    if (request.role() != report.submitted_to()) {
      return FieldError(
          "role", absl::StrCat("must be ", Word(report.submitted_to()), ", whom ", report.name(), " was submitted to"));
    }
    if (const std::string& principal = call.caller.principal;
        IsAuthor(report, principal) || principal == report.submitted_by()) {
      return OwnSubmissionError(report.name(), principal, "worked on", decision.verb);
    }
    report.set_decided_by(call.caller.principal);
    change(tx, report, head);
    RETURN_IF_ERROR(ManagementReports().Update(tx, report));
    v1::Event event = ReportEvent(decision.event, report);
    event.set_role(request.role());
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(report), std::move(event), head));
    return report;
  });
}

absl::StatusOr<v1::ManagementReport> ReportService::ApproveManagementReport(
    Call& call, const v1::ApproveManagementReportRequest& request) {
  return Decide(
      call, request,
      {ReportStep::kApprove, "approve-management-report", v1::EVENT_TYPE_MANAGEMENT_REPORT_APPROVED, "approve"},
      [&](Tx& tx, v1::ManagementReport& report, bool head) {
        *report.mutable_decision() = ActOf(tx, request.role(), head, request.comment());
        report.clear_return_reason();
      });
}

absl::StatusOr<v1::ManagementReport> ReportService::ReturnManagementReport(
    Call& call, const v1::ReturnManagementReportRequest& request) {
  return Decide(
      call, request,
      {ReportStep::kReturn, "return-management-report", v1::EVENT_TYPE_MANAGEMENT_REPORT_RETURNED, "give back"},
      [&](Tx& tx, v1::ManagementReport& report, bool head) {
        *report.mutable_decision() = ActOf(tx, request.role(), head, request.reason());
        report.set_return_reason(request.reason());
      });
}

}  // namespace aftersales
