#include "server/reports/report_rules.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/transitions.h"
#include "server/cases/case_rules.h"

namespace aftersales {

std::string Participle(ReportStep step) {
  switch (step) {
    case ReportStep::kUpdate: return "changed";
    case ReportStep::kSubmit: return "submitted";
    case ReportStep::kWithdraw: return "taken back";
    case ReportStep::kApprove: return "approved";
    case ReportStep::kReturn: return "given back";
  }
  return "changed";
}

absl::Status TakeStep(ReportStep step, v1::ManagementReport& report) {
  return TakeStepOf(kReportTransitions, step, report);
}

absl::StatusOr<ReportPeriod> ReadPeriod(const std::string& prefix, const google::protobuf::Timestamp& start,
                                        const google::protobuf::Timestamp& end) {
  const ReportPeriod period{FromProto(start), FromProto(end)};
  if (period.end <= period.start) {
    return FieldError(absl::StrCat(prefix, "end_time"), "must lie after start_time");
  }
  if (period.end - period.start > kLongestPeriod) {
    return FieldError(absl::StrCat(prefix, "end_time"),
                      "lies more than 366 days after start_time; ask for a year at a time");
  }
  return period;
}

absl::Status CheckPast(const std::string& prefix, const ReportPeriod& period, absl::Time now) {
  if (period.end <= now + kClockSkew) return absl::OkStatus();
  return FieldError(absl::StrCat(prefix, "end_time"),
                    absl::StrCat("lies in the future (it is ", ForPeople(now), " now); report on what has happened"));
}

absl::Status CheckProposals(const v1::ManagementReport& report) {
  if (report.proposals_size() > 0) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(report.name(),
                            " proposes nothing and cannot be submitted: write what should be improved "
                            "(UpdateManagementReport)."))
      .With("resource", report.name())
      .With("state", "without proposals")
      .With("allowed", "with proposals");
}

absl::Status CheckReportedTo(v1::Role to, const std::vector<std::string>& approving) {
  if (absl::c_linear_search(approving, Word(to))) return absl::OkStatus();
  return FieldError("to",
                    absl::StrCat(Word(to), " approves no reports; these roles do: ", absl::StrJoin(approving, ", ")));
}

bool IsAuthor(const v1::ManagementReport& report, const std::string& principal) {
  return absl::c_linear_search(report.authors(), principal);
}

absl::Status AddAuthor(const std::string& principal, v1::ManagementReport& report) {
  if (!IsAuthor(report, principal)) {
    if (report.authors_size() >= kMostAuthors) {
      return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
                   absl::StrCat(report.name(), " has ", kMostAuthors,
                                " authors already, which is the most. Have one of them change it."))
          .With("resource", report.name())
          .With("most", absl::StrCat(kMostAuthors));
    }
    report.add_authors(principal);
  }
  report.set_author(principal);
  return absl::OkStatus();
}

absl::Status CheckWithdrawer(const v1::ManagementReport& report, const std::string& principal) {
  if (IsAuthor(report, principal) || principal == report.submitted_by()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
               absl::StrCat(report.name(), " is taken back by those who wrote it (",
                            absl::StrJoin(report.authors(), ", "), ") or submitted it (", report.submitted_by(),
                            "). Ask one of them, or have it given back (ReturnManagementReport)."))
      .With("resource", report.name());
}

v1::Downtime DowntimeOf(const v1::Case& service_case, const VisitTimes& visits, absl::Time now) {
  v1::Downtime downtime;
  downtime.set_service_case(service_case.name());
  downtime.set_customer(service_case.customer());
  downtime.set_equipment(service_case.equipment());
  downtime.set_product(service_case.product());
  const absl::Time fault =
      FromProto(service_case.has_fault_time() ? service_case.fault_time() : service_case.notice_time());
  std::optional<absl::Time> restored = visits.completed;
  const bool ended = service_case.state() != v1::CASE_STATE_OPEN && service_case.state() != v1::CASE_STATE_ACCEPTED;
  if (!restored.has_value() && ended && service_case.has_close_time()) restored = FromProto(service_case.close_time());
  // Work that is planned or under way tells that the user cannot work yet, whatever was finished before.
  if (visits.working && !ended) restored.reset();
  *downtime.mutable_fault_time() = ToProto(fault);
  if (visits.arrived.has_value()) *downtime.mutable_arrival_time() = ToProto(*visits.arrived);
  if (restored.has_value()) *downtime.mutable_restore_time() = ToProto(*restored);
  downtime.set_downtime_seconds(absl::ToInt64Seconds(std::max(absl::ZeroDuration(), restored.value_or(now) - fault)));
  return downtime;
}

}  // namespace aftersales
