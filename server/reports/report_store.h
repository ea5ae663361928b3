// What reports read: counts over a period, made by the database along an index, and the details of a page of cases.
// (Reports call neither dispatch nor improvement; a few columns of theirs are all they ask.)
#ifndef AFTERSALES_SERVER_REPORTS_REPORT_STORE_H_
#define AFTERSALES_SERVER_REPORTS_REPORT_STORE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/v1/report.pb.h"
#include "server/reports/report_rules.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::ManagementReport>& ManagementReports();

// The lists that are answered, each on an index.
ListQuery ManagementReportQuery(const v1::ManagementReportFilter& filter);
ListQuery TrackedCaseQuery(const v1::TrackedCaseFilter& filter);
ListQuery DowntimeQuery(const v1::DowntimeFilter& filter);

// What the tracking table says of each case beside what stands in it. By name of the case.
struct TrackedDetails {
  int owed = 0;
  int overdue = 0;
  std::vector<v1::Role> responsible;
};
std::map<std::string, TrackedDetails> TrackedDetailsOf(Reader& reader, const Values& cases);
std::map<std::string, VisitTimes> VisitTimesOf(Reader& reader, const Values& cases);
// What customers are called.
std::map<std::string, std::string> CustomerNames(Reader& reader, const Values& customers);

v1::FeedbackDigest DigestOf(Reader& reader, const ReportPeriod& period);
v1::ResponseReport ResponsesOf(Reader& reader, const ReportPeriod& period);
// The figures of a report to management. Refused where more costs were recorded than are added up.
absl::StatusOr<v1::ManagementFigures> FiguresOf(Reader& reader, const ReportPeriod& period);

// The statements of all that, for the test that explains them. What stands in their places: start and end of the
// period, a number, or a text.
struct ReportStatement {
  const char* sql;
  const char* places;   // "s", "e", "i", "t" for each
  bool by_create_time;  // the period is of the entry, otherwise of what happened
};
std::vector<ReportStatement> ReportStatements();

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_REPORTS_REPORT_STORE_H_
