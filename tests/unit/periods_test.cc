#include "server/policy/periods.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/policy/calendar.h"

namespace aftersales::policy {
namespace {

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

absl::Time Local(const std::string& text, absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, zone, &time, &error)) << text << ": " << error;
  return time;
}

std::string Named(const std::string& text, pack::v1::Period every, const std::string& zone = "Asia/Shanghai") {
  return PeriodOf(Local(text, Zone(zone)), every, Zone(zone)).name;
}

constexpr pack::v1::Period kEach[] = {pack::v1::MONTH, pack::v1::QUARTER, pack::v1::YEAR};

TEST(PeriodsTest, EachDayLiesInOneMonthQuarterAndYear) {
  EXPECT_EQ(Named("2026-07-01 00:00:00", pack::v1::MONTH), "2026-07");
  EXPECT_EQ(Named("2026-07-31 23:59:59", pack::v1::MONTH), "2026-07");
  EXPECT_EQ(Named("2026-08-01 00:00:00", pack::v1::MONTH), "2026-08");
  EXPECT_EQ(Named("2026-03-31 23:59:59", pack::v1::QUARTER), "2026-Q1");
  EXPECT_EQ(Named("2026-04-01 00:00:00", pack::v1::QUARTER), "2026-Q2");
  EXPECT_EQ(Named("2026-09-30 12:00:00", pack::v1::QUARTER), "2026-Q3");
  EXPECT_EQ(Named("2026-12-31 23:59:59", pack::v1::YEAR), "2026");
}

TEST(PeriodsTest, AYearsEndIsNothingSpecial) {
  const absl::TimeZone zone = Zone("Asia/Shanghai");
  const absl::Time new_year = Local("2027-01-01 00:00:00", zone);
  for (const pack::v1::Period every : kEach) {
    const CalendarPeriod before = PeriodOf(new_year - absl::Microseconds(1), every, zone);
    const CalendarPeriod after = PeriodOf(new_year, every, zone);
    EXPECT_EQ(before.end, new_year) << before.name;
    EXPECT_EQ(after.start, new_year) << after.name;
    EXPECT_NE(before.name, after.name);
  }
  EXPECT_EQ(Named("2026-12-31 23:59:59", pack::v1::QUARTER), "2026-Q4");
  EXPECT_EQ(Named("2027-01-01 00:00:00", pack::v1::QUARTER), "2027-Q1");
}

TEST(PeriodsTest, ADayBeginsWhereTheCompanyIs) {
  // Eight in the evening of 30 September in London is 1 October in Shanghai, and still September in New York.
  const absl::Time time = Local("2026-09-30 20:00:00", Zone("Europe/London"));
  EXPECT_EQ(PeriodOf(time, pack::v1::QUARTER, Zone("Europe/London")).name, "2026-Q3");
  EXPECT_EQ(PeriodOf(time, pack::v1::QUARTER, Zone("Asia/Shanghai")).name, "2026-Q4");
  EXPECT_EQ(PeriodOf(time, pack::v1::QUARTER, Zone("America/New_York")).name, "2026-Q3");
}

TEST(PeriodsTest, ClocksThatAreSetForwardAtMidnightSkipNoPeriod) {
  // There was no midnight at the beginning of that day: clocks went from 24:00 to 01:00.
  const absl::TimeZone zone = Zone("America/Sao_Paulo");
  const CalendarPeriod month = PeriodOf(Local("2018-11-03 12:00:00", zone), pack::v1::MONTH, zone);
  EXPECT_EQ(month.end - month.start, absl::Hours(24 * 30 - 1));
}

// Over years and time zones: periods join without gap or overlap, hold the time that was asked for, and end where the
// clock of what is owed until the period's end does.
TEST(PeriodsTest, PeriodsJoin) {
  std::mt19937_64 random(20260701);
  for (const char* name :
       {"Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Beirut"}) {
    const absl::TimeZone zone = Zone(name);
    for (int i = 0; i < 300; ++i) {
      const absl::Time time = absl::FromUnixSeconds(static_cast<int64_t>(random() % 3'000'000'000));
      for (const pack::v1::Period every : kEach) {
        const CalendarPeriod period = PeriodOf(time, every, zone);
        ASSERT_LE(period.start, time) << name << " " << period.name;
        ASSERT_GT(period.end, time) << name << " " << period.name;
        const CalendarPeriod next = PeriodOf(period.end, every, zone);
        ASSERT_EQ(next.start, period.end) << name << " " << period.name << " " << next.name;
        ASSERT_NE(next.name, period.name);
        ASSERT_EQ(PeriodOf(period.start, every, zone).name, period.name);
        const absl::Time end = every == pack::v1::MONTH     ? EndOfMonth(time, zone)
                               : every == pack::v1::QUARTER ? EndOfQuarter(time, zone)
                                                            : EndOfYear(time, zone);
        ASSERT_EQ(period.end, end) << name << " " << period.name;
      }
    }
  }
}

// The names of the periods and the days since when in each.
std::vector<std::string> InForce(const std::vector<Stretch>& stretches, const std::string& from,
                                 const std::string& until) {
  const absl::TimeZone zone = Zone("UTC");
  std::vector<std::string> texts;
  for (const PeriodInForce& owed : PeriodsInForce(stretches, Local(from + " 12:00:00", zone),
                                                  Local(until + " 12:00:00", zone), pack::v1::QUARTER, zone)) {
    texts.push_back(absl::StrCat(owed.period.name, " ", absl::FormatTime("%m-%d", owed.since, zone)));
  }
  return texts;
}

TEST(PeriodsTest, WhatPassedIsOwedForAllPeriodsInWhichTheRuleWasInForce) {
  const auto day = [](const std::string& text) { return Local(text + " 00:00:00", Zone("UTC")); };
  const std::vector<Stretch> all = {{day("2025-05-05"), absl::InfiniteFuture()}};
  EXPECT_EQ(InForce(all, "2026-08-01", "2027-02-03"),
            (std::vector<std::string>{"2026-Q3 07-01", "2026-Q4 10-01", "2027-Q1 01-01"}));
  EXPECT_TRUE(InForce(all, "2027-02-03", "2026-08-01").empty());
  EXPECT_TRUE(InForce({}, "2026-08-01", "2027-02-03").empty());
  // Away for two quarters, and back in the middle of one; newest first, as versions are read.
  const std::vector<Stretch> twice = {{day("2027-02-10"), absl::InfiniteFuture()},
                                      {day("2026-01-01"), day("2026-07-09")}};
  EXPECT_EQ(InForce(twice, "2026-08-01", "2027-03-03"), (std::vector<std::string>{"2026-Q3 07-01", "2027-Q1 02-10"}));
  // Until the quarter's first instant is not in it.
  EXPECT_TRUE(InForce({{day("2026-01-01"), day("2026-07-01")}}, "2026-08-01", "2026-08-02").empty());
  EXPECT_EQ(InForce({{day("2026-09-30"), absl::InfiniteFuture()}}, "2026-08-01", "2026-10-02"),
            (std::vector<std::string>{"2026-Q3 09-30", "2026-Q4 10-01"}));
}

}  // namespace
}  // namespace aftersales::policy
