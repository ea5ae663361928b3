// Pure decisions about reports: which periods they cover, the states of those to management, and how long users waited.
#ifndef AFTERSALES_SERVER_REPORTS_REPORT_RULES_H_
#define AFTERSALES_SERVER_REPORTS_REPORT_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/report.pb.h"

namespace aftersales {

enum class ReportStep { kUpdate, kSubmit, kWithdraw, kApprove, kReturn };

inline constexpr ReportStep kReportSteps[] = {ReportStep::kUpdate, ReportStep::kSubmit, ReportStep::kWithdraw,
                                              ReportStep::kApprove, ReportStep::kReturn};

struct ReportTransition {
  v1::ManagementReportState from;
  ReportStep step;
  v1::ManagementReportState to;
};

// Every step that is possible; all others are refused.
inline constexpr ReportTransition kReportTransitions[] = {
    {v1::MANAGEMENT_REPORT_STATE_DRAFT, ReportStep::kUpdate, v1::MANAGEMENT_REPORT_STATE_DRAFT},
    {v1::MANAGEMENT_REPORT_STATE_RETURNED, ReportStep::kUpdate, v1::MANAGEMENT_REPORT_STATE_DRAFT},
    {v1::MANAGEMENT_REPORT_STATE_DRAFT, ReportStep::kSubmit, v1::MANAGEMENT_REPORT_STATE_SUBMITTED},
    {v1::MANAGEMENT_REPORT_STATE_SUBMITTED, ReportStep::kWithdraw, v1::MANAGEMENT_REPORT_STATE_DRAFT},
    {v1::MANAGEMENT_REPORT_STATE_SUBMITTED, ReportStep::kApprove, v1::MANAGEMENT_REPORT_STATE_APPROVED},
    {v1::MANAGEMENT_REPORT_STATE_SUBMITTED, ReportStep::kReturn, v1::MANAGEMENT_REPORT_STATE_RETURNED},
};

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(ReportStep step, v1::ManagementReport& report);
// What a report cannot be when the step is refused: "approved".
std::string Participle(ReportStep step);

// From `start` on, up to `end`.
struct ReportPeriod {
  absl::Time start;
  absl::Time end;
};

inline constexpr absl::Duration kLongestPeriod = absl::Hours(24 * 366);

// The period is none where it ends before it begins, and too long beyond 366 days. `prefix` comes before the fields'
// names: "report." or nothing.
absl::StatusOr<ReportPeriod> ReadPeriod(const std::string& prefix, const google::protobuf::Timestamp& start,
                                        const google::protobuf::Timestamp& end);
// A report to management tells of what has happened.
absl::Status CheckPast(const std::string& prefix, const ReportPeriod& period, absl::Time now);

// A report that goes before the management proposes something.
absl::Status CheckProposals(const v1::ManagementReport& report);
// The role can be reported to: it is one of these, which may approve reports.
absl::Status CheckReportedTo(v1::Role to, const std::vector<std::string>& approving);

inline constexpr int kMostAuthors = 50;
// Makes somebody who writes an author; refused beyond kMostAuthors.
absl::Status AddAuthor(const std::string& principal, v1::ManagementReport& report);
// Has written the report or ever changed it.
bool IsAuthor(const v1::ManagementReport& report, const std::string& principal);
// Who wrote a report or submitted it takes it back; nobody else.
absl::Status CheckWithdrawer(const v1::ManagementReport& report, const std::string& principal);

// What a case's visits say about whether the user can work.
struct VisitTimes {
  std::optional<absl::Time> arrived;    // first
  std::optional<absl::Time> completed;  // last
  bool working = false;                 // work is planned or under way
};

// Since when and until when a user could not work: from the fault (or the notice, where the fault's time is not known)
// to the end of the last work. A case whose work is not done stands still; a case without work stands until its close.
v1::Downtime DowntimeOf(const v1::Case& service_case, const VisitTimes& visits, absl::Time now);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_REPORTS_REPORT_RULES_H_
