#include "server/reports/report_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1790000000);

TEST(PeriodTest, BeginsBeforeItEndsAndTakesAYearAtMost) {
  const auto read = [](absl::Duration length) { return ReadPeriod("report.", ToProto(kNow), ToProto(kNow + length)); };
  const auto day = read(absl::Hours(24));
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(day->start, kNow);
  EXPECT_EQ(day->end, kNow + absl::Hours(24));
  EXPECT_TRUE(read(kLongestPeriod).ok());
  for (const absl::Duration wrong : {absl::ZeroDuration(), -absl::Hours(1), kLongestPeriod + absl::Microseconds(1)}) {
    EXPECT_EQ(ReasonOf(read(wrong).status()), v1::ERROR_REASON_FIELD_INVALID) << wrong;
  }
  EXPECT_TRUE(CheckPast("", {kNow - absl::Hours(1), kNow + absl::Minutes(5)}, kNow).ok());
  EXPECT_FALSE(CheckPast("", {kNow - absl::Hours(1), kNow + absl::Minutes(6)}, kNow).ok());
}

TEST(ManagementReportsTest, StepsLeadFromDraftToApproval) {
  v1::ManagementReport report;
  report.set_name("managementReports/1");
  report.set_state(v1::MANAGEMENT_REPORT_STATE_DRAFT);
  const auto take = [&](ReportStep step) { return TakeStep(step, report); };
  EXPECT_EQ(ReasonOf(take(ReportStep::kApprove)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(take(ReportStep::kUpdate).ok());
  EXPECT_EQ(ReasonOf(take(ReportStep::kWithdraw)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(take(ReportStep::kSubmit).ok());
  EXPECT_EQ(ReasonOf(take(ReportStep::kUpdate)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(take(ReportStep::kWithdraw).ok());
  EXPECT_TRUE(take(ReportStep::kUpdate).ok());
  EXPECT_TRUE(take(ReportStep::kSubmit).ok());
  EXPECT_TRUE(take(ReportStep::kReturn).ok());
  EXPECT_EQ(ReasonOf(take(ReportStep::kSubmit)), v1::ERROR_REASON_STATE_FORBIDS);  // mended first
  EXPECT_TRUE(take(ReportStep::kUpdate).ok());
  EXPECT_TRUE(take(ReportStep::kSubmit).ok());
  EXPECT_TRUE(take(ReportStep::kApprove).ok());
  for (const ReportStep step : kReportSteps) EXPECT_FALSE(take(step).ok()) << Participle(step);
}

TEST(ManagementReportsTest, SomethingIsProposedToSomebodyWhoDecides) {
  v1::ManagementReport report;
  EXPECT_EQ(ReasonOf(CheckProposals(report)), v1::ERROR_REASON_STATE_FORBIDS);
  report.add_proposals("Longer levers.");
  EXPECT_TRUE(CheckProposals(report).ok());
  EXPECT_TRUE(CheckReportedTo(v1::ROLE_EXECUTIVE, {"quality", "executive"}).ok());
  for (const v1::Role role : {v1::ROLE_CUSTOMER, v1::ROLE_ADMIN, v1::ROLE_QUALITY}) {
    const absl::Status refused = CheckReportedTo(role, {"executive"});
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID) << role;
    EXPECT_NE(refused.message().find("executive"), std::string::npos) << "says who does";
  }
}

TEST(ManagementReportsTest, AllWhoEverWroteItAreItsAuthors) {
  v1::ManagementReport report;
  report.set_submitted_by("principals/clerk");
  for (const char* writer : {"principals/a", "principals/b", "principals/a"}) {
    ASSERT_TRUE(AddAuthor(writer, report).ok());
  }
  EXPECT_EQ(report.authors_size(), 2);
  EXPECT_EQ(report.author(), "principals/a");
  EXPECT_TRUE(IsAuthor(report, "principals/b"));
  EXPECT_FALSE(IsAuthor(report, "principals/clerk"));
  for (const char* one : {"principals/a", "principals/b", "principals/clerk"}) {
    EXPECT_TRUE(CheckWithdrawer(report, one).ok()) << one;
  }
  EXPECT_EQ(ReasonOf(CheckWithdrawer(report, "principals/c")), v1::ERROR_REASON_PERMISSION_MISSING);
  for (int i = report.authors_size(); i < kMostAuthors; ++i) {
    ASSERT_TRUE(AddAuthor("principals/" + std::to_string(i), report).ok());
  }
  EXPECT_EQ(ReasonOf(AddAuthor("principals/more", report)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(AddAuthor("principals/b", report).ok()) << "one of them";
}

v1::Case Faulty(v1::CaseState state) {
  v1::Case service_case;
  service_case.set_name("cases/1");
  service_case.set_state(state);
  service_case.set_equipment("equipment/1");
  *service_case.mutable_fault_time() = ToProto(kNow - absl::Hours(10));
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(8));
  if (state == v1::CASE_STATE_CLOSED) *service_case.mutable_close_time() = ToProto(kNow - absl::Hours(1));
  return service_case;
}

TEST(DowntimeTest, LastsFromTheFaultToTheEndOfTheWork) {
  const absl::Time arrived = kNow - absl::Hours(5), done = kNow - absl::Hours(3);
  // Nobody has worked on it: it stands.
  v1::Downtime downtime = DowntimeOf(Faulty(v1::CASE_STATE_ACCEPTED), {}, kNow);
  EXPECT_FALSE(downtime.has_restore_time());
  EXPECT_EQ(downtime.downtime_seconds(), 10 * 3600);
  // Work is under way, and was finished once before: it stands still.
  downtime = DowntimeOf(Faulty(v1::CASE_STATE_ACCEPTED), {arrived, done, /*working=*/true}, kNow);
  EXPECT_FALSE(downtime.has_restore_time());
  EXPECT_EQ(FromProto(downtime.arrival_time()), arrived);
  // All work is done.
  downtime = DowntimeOf(Faulty(v1::CASE_STATE_ACCEPTED), {arrived, done, /*working=*/false}, kNow);
  EXPECT_EQ(FromProto(downtime.restore_time()), done);
  EXPECT_EQ(downtime.downtime_seconds(), 7 * 3600);
  // Closed with a visit that never took place.
  downtime = DowntimeOf(Faulty(v1::CASE_STATE_CLOSED), {arrived, done, /*working=*/true}, kNow);
  EXPECT_EQ(FromProto(downtime.restore_time()), done);
  // Settled by telephone.
  downtime = DowntimeOf(Faulty(v1::CASE_STATE_CLOSED), {}, kNow);
  EXPECT_EQ(downtime.downtime_seconds(), 9 * 3600);
  // Nobody knows when the fault came: from the notice.
  v1::Case unknown = Faulty(v1::CASE_STATE_CLOSED);
  unknown.clear_fault_time();
  EXPECT_EQ(DowntimeOf(unknown, {}, kNow).downtime_seconds(), 7 * 3600);
}

}  // namespace
}  // namespace aftersales
