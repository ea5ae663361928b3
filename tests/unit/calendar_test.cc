#include "server/policy/calendar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace aftersales::policy {
namespace {

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

// "2026-11-20 17:00", or with seconds.
absl::Time At(const std::string& text, absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  const bool parsed =
      absl::ParseTime(text.size() > 16 ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", text, zone, &time, &error);
  EXPECT_TRUE(parsed) << text << ": " << error;
  return time;
}

std::string Text(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E*S %Ez", time, zone);
}

absl::CivilDay Day(const std::string& text) {
  absl::CivilDay day;
  EXPECT_TRUE(absl::ParseCivilTime(text, &day)) << text;
  return day;
}

constexpr absl::Weekday kWorkdays[] = {absl::Weekday::monday, absl::Weekday::tuesday, absl::Weekday::wednesday,
                                       absl::Weekday::thursday, absl::Weekday::friday};
constexpr absl::Weekday kAllDays[] = {absl::Weekday::monday,   absl::Weekday::tuesday, absl::Weekday::wednesday,
                                      absl::Weekday::thursday, absl::Weekday::friday,  absl::Weekday::saturday,
                                      absl::Weekday::sunday};

// Monday to Friday, 08:00 to 12:00 and 13:00 to 17:30.
CalendarSpec Office(const std::string& zone = "Asia/Shanghai") {
  CalendarSpec spec{.name = "office", .time_zone = Zone(zone)};
  for (const absl::Weekday day : kWorkdays) {
    spec.week.push_back({day, 8 * 60, 12 * 60});
    spec.week.push_back({day, 13 * 60, 17 * 60 + 30});
  }
  return spec;
}

// Every day from 22:00 to 06:00.
CalendarSpec Nights(const std::string& zone = "Asia/Shanghai") {
  CalendarSpec spec{.name = "nights", .time_zone = Zone(zone)};
  for (const absl::Weekday day : kAllDays) spec.week.push_back({day, 22 * 60, 30 * 60});
  return spec;
}

struct AddCase {
  const char* name;
  const char* start;
  absl::Duration work;
  const char* end;
};

void ExpectAdds(const CalendarSpec& spec, const std::vector<AddCase>& cases) {
  const Calendar calendar(spec);
  for (const AddCase& c : cases) {
    EXPECT_EQ(Text(calendar.Add(At(c.start, spec.time_zone), c.work), spec.time_zone),
              Text(At(c.end, spec.time_zone), spec.time_zone))
        << c.name;
  }
}

// 2026-11-20 is a Friday.
TEST(CalendarTest, WorkCountsInTheWindowsOnly) {
  ExpectAdds(Office(), {
                           {"within a window", "2026-11-20 09:00", absl::Hours(2), "2026-11-20 11:00"},
                           {"over the lunch break", "2026-11-20 11:00", absl::Hours(2), "2026-11-20 14:00"},
                           {"from the break", "2026-11-20 12:30", absl::Hours(1), "2026-11-20 14:00"},
                           {"to the very end of a window", "2026-11-20 11:00", absl::Hours(1), "2026-11-20 12:00"},
                           {"from the end of a window", "2026-11-20 12:00", absl::Minutes(1), "2026-11-20 13:01"},
                           {"from the beginning of a window", "2026-11-20 13:00", absl::Minutes(1), "2026-11-20 13:01"},
                           {"over the night", "2026-11-19 17:00", absl::Hours(1), "2026-11-20 08:30"},
                           {"over the weekend", "2026-11-20 17:00", absl::Hours(1), "2026-11-23 08:30"},
                           {"from the weekend", "2026-11-21 10:00", absl::Hours(1), "2026-11-23 09:00"},
                           {"a week's work", "2026-11-20 09:00", absl::Minutes(5 * 510), "2026-11-27 09:00"},
                           {"over the year's end", "2026-12-31 17:00", absl::Hours(1), "2027-01-01 08:30"},
                           {"over a leap day", "2028-02-28 17:00", absl::Hours(9), "2028-02-29 17:30"},
                           {"no leap day", "2027-02-26 17:00", absl::Hours(9), "2027-03-01 17:30"},
                           {"to the second", "2026-11-20 11:59:30", absl::Seconds(45), "2026-11-20 13:00:15"},
                           {"a year's work", "2026-01-01 00:00", absl::Minutes(261 * 510), "2026-12-31 17:30"},
                       });
}

TEST(CalendarTest, NoWorkOrLessEndsWhereItBegan) {
  const Calendar calendar(Office());
  const absl::Time sunday = At("2026-11-22 10:00", Zone("Asia/Shanghai"));
  EXPECT_EQ(calendar.Add(sunday, absl::ZeroDuration()), sunday);
  EXPECT_EQ(calendar.Add(sunday, -absl::Hours(1)), sunday);
  EXPECT_EQ(calendar.Between(sunday, sunday), absl::ZeroDuration());
  EXPECT_EQ(calendar.Between(sunday + absl::Hours(48), sunday), absl::ZeroDuration());
}

TEST(CalendarTest, OverlappingWindowsCountOnce) {
  CalendarSpec spec{.name = "shifts", .time_zone = absl::UTCTimeZone()};
  spec.week = {{absl::Weekday::friday, 13 * 60, 18 * 60},
               {absl::Weekday::friday, 8 * 60, 14 * 60},
               {absl::Weekday::friday, 9 * 60, 10 * 60},
               {absl::Weekday::friday, 18 * 60, 19 * 60}};
  const Calendar calendar(spec);
  const absl::Time morning = At("2026-11-20 00:00", spec.time_zone);
  EXPECT_EQ(calendar.Between(morning, morning + absl::Hours(24)), absl::Hours(11));
  EXPECT_EQ(calendar.Add(morning, absl::Hours(11)), morning + absl::Hours(19));
  ASSERT_EQ(calendar.Segments(morning, morning + absl::Hours(24), 10).size(), 3u);
}

TEST(CalendarTest, HolidaysAreSkippedAndMakeUpDaysHaveTheHoursOfMonday) {
  CalendarSpec spec = Office();
  spec.week.push_back({absl::Weekday::saturday, 9 * 60, 10 * 60});
  for (int day = 1; day <= 7; ++day) spec.holidays.push_back(absl::CivilDay(2026, 10, day));
  spec.working_days = {Day("2026-09-27"), Day("2026-10-10"), Day("2026-10-05")};  // a Sunday, a Saturday, a holiday
  ExpectAdds(spec, {
                       {"over the holidays", "2026-09-30 17:00", absl::Hours(1), "2026-10-08 08:30"},
                       {"on the Sunday worked", "2026-09-27 07:00", absl::Minutes(510), "2026-09-27 17:30"},
                       {"on the Saturday worked, in Monday's hours instead of its own", "2026-10-10 07:00",
                        absl::Hours(6), "2026-10-10 15:00"},
                       {"a Saturday as always", "2026-10-17 07:00", absl::Hours(1), "2026-10-17 10:00"},
                   });
  const Calendar calendar(spec);
  EXPECT_EQ(calendar.Between(At("2026-10-05 00:00", spec.time_zone), At("2026-10-06 00:00", spec.time_zone)),
            absl::ZeroDuration())
      << "a holiday stays one though it is a make-up day too";
}

TEST(CalendarTest, MakeUpDaysTakeTheFirstDayOfTheWeekThatHasHours) {
  CalendarSpec spec{.name = "late week", .time_zone = absl::UTCTimeZone()};
  spec.week = {{absl::Weekday::saturday, 600, 660}, {absl::Weekday::wednesday, 480, 720}};
  spec.working_days = {Day("2026-11-22")};
  const Calendar calendar(spec);
  EXPECT_EQ(calendar.Add(At("2026-11-22 00:00", spec.time_zone), absl::Hours(4)),
            At("2026-11-22 12:00", spec.time_zone));
}

TEST(CalendarTest, AShiftOverMidnightBelongsToTheDayItBeginsOn) {
  CalendarSpec spec = Nights();
  const auto night_of = [&](const char* day) {  // what counts between the noons around a midnight
    const Calendar calendar(spec);
    const absl::Time noon = At(absl::StrCat(day, " 12:00"), spec.time_zone);
    return calendar.Between(noon, noon + absl::Hours(24));
  };
  EXPECT_EQ(night_of("2026-11-20"), absl::Hours(8));
  spec.holidays = {Day("2026-11-20")};
  EXPECT_EQ(night_of("2026-11-20"), absl::ZeroDuration())
      << "the holiday takes the shift away whole, until the next morning";
  EXPECT_EQ(night_of("2026-11-19"), absl::Hours(8)) << "the shift that began before the holiday goes on into it";
  spec.holidays = {Day("2026-11-21")};
  EXPECT_EQ(night_of("2026-11-20"), absl::Hours(8));
  EXPECT_EQ(night_of("2026-11-21"), absl::ZeroDuration());
}

TEST(CalendarTest, ANightShiftOverTheYearsEndCountsOnceAndWhole) {
  CalendarSpec spec = Nights();
  spec.week.push_back({absl::Weekday::friday, 0, 8 * 60});  // 2027-01-01 is one: overlaps the shift from Thursday
  const Calendar calendar(spec);
  const absl::Time noon = At("2026-12-31 12:00", spec.time_zone);
  EXPECT_EQ(calendar.Between(noon, noon + absl::Hours(24)), absl::Hours(10));
  EXPECT_EQ(calendar.Add(noon, absl::Hours(2)), At("2027-01-01 00:00", spec.time_zone));
  EXPECT_EQ(calendar.Add(noon, absl::Hours(10)), At("2027-01-01 08:00", spec.time_zone));
  const auto segments = calendar.Segments(noon, noon + absl::Hours(24), 10);
  ASSERT_EQ(segments.size(), 3u) << "the year's end cut a shift in two";
  EXPECT_EQ(segments[1].end - segments[1].start, absl::Hours(10));
}

TEST(CalendarTest, ACalendarWithoutHoursNeverEnds) {
  CalendarSpec spec{.name = "none", .time_zone = absl::UTCTimeZone()};
  spec.working_days = {Day("2026-11-22")};
  const Calendar calendar(spec);
  const absl::Time start = At("2026-11-20 08:00", spec.time_zone);
  EXPECT_EQ(calendar.Add(start, absl::Minutes(1)), absl::InfiniteFuture());
  EXPECT_EQ(calendar.AddDays(start, 1), absl::InfiniteFuture());
  EXPECT_EQ(calendar.Between(start, start + absl::Hours(1000)), absl::ZeroDuration());
  ASSERT_EQ(calendar.Segments(start, start + absl::Hours(1000), 10).size(), 1u);
}

TEST(CalendarTest, WindowsOutOfBoundsAreLeftOut) {
  CalendarSpec spec{.name = "wrong", .time_zone = absl::UTCTimeZone()};
  for (const auto& [from, to] :
       std::vector<std::pair<int, int>>{{-1, 60}, {1440, 1500}, {600, 600}, {600, 599}, {600, 2880}}) {
    spec.week.push_back({absl::Weekday::friday, from, to});
  }
  const absl::Time start = At("2026-11-20 08:00", spec.time_zone);
  EXPECT_EQ(Calendar(spec).Add(start, absl::Nanoseconds(1)), absl::InfiniteFuture());
}

TEST(CalendarTest, TimesFarOffAreNoTrouble) {
  const Calendar calendar(Office());
  const absl::TimeZone zone = calendar.spec().time_zone;
  EXPECT_EQ(calendar.Add(absl::InfiniteFuture(), absl::Hours(1)), absl::InfiniteFuture());
  EXPECT_EQ(calendar.Add(absl::FromUnixSeconds(0), absl::InfiniteDuration()), absl::InfiniteFuture());
  EXPECT_EQ(calendar.Add(At("2199-12-31 17:00", zone), absl::Hours(1)), absl::InfiniteFuture());
  EXPECT_EQ(calendar.Add(absl::InfinitePast(), absl::Minutes(1)), At("1970-01-01 08:01", zone));
  EXPECT_EQ(calendar.AddDays(absl::InfinitePast(), 1), At("1970-01-02 17:30", zone));
  EXPECT_EQ(calendar.AddDays(absl::InfiniteFuture(), 1), absl::InfiniteFuture());
  EXPECT_EQ(calendar.AddDays(At("2199-12-30 17:00", zone), 2), absl::InfiniteFuture());
  EXPECT_EQ(calendar.AddDays(At("2026-11-20 17:00", zone), 1000000), absl::InfiniteFuture());
  // 230 years have 60,004 ordinary working days.
  EXPECT_EQ(calendar.Between(absl::InfinitePast(), absl::InfiniteFuture()), absl::Minutes(510) * 60004);
  const auto segments = calendar.Segments(At("1969-12-30 00:00", zone), At("1970-01-01 09:00", zone), 10);
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[0].cause, "outside the years 1970 to 2199");
  EXPECT_FALSE(segments[0].counted);
  EXPECT_EQ(segments[0].end, At("1970-01-01 00:00", zone));
}

TEST(CalendarTest, WorkingDaysEndWithTheirLastWindow) {
  CalendarSpec spec = Office();
  spec.holidays = {Day("2026-11-25")};
  spec.working_days = {Day("2026-11-29")};
  const Calendar calendar(spec);
  const std::vector<std::tuple<const char*, int, const char*>> cases = {
      {"2026-11-13 10:00", 3, "2026-11-18 17:30"},  // from a Friday to Wednesday evening
      {"2026-11-13 23:59", 3, "2026-11-18 17:30"},
      {"2026-11-13 00:00", 3, "2026-11-18 17:30"},
      {"2026-11-14 10:00", 3, "2026-11-18 17:30"},  // Saturday and Sunday count to Friday
      {"2026-11-15 10:00", 3, "2026-11-18 17:30"},
      {"2026-11-16 00:00", 3, "2026-11-19 17:30"},
      {"2026-11-24 10:00", 1, "2026-11-26 17:30"},  // over the holiday
      {"2026-11-25 10:00", 1, "2026-11-26 17:30"},
      {"2026-11-27 10:00", 1, "2026-11-29 17:30"},  // the make-up Sunday is a working day
      {"2026-12-31 10:00", 1, "2027-01-01 17:30"},
      {"2026-12-30 10:00", 262, "2027-12-31 17:30"},
  };
  for (const auto& [start, days, end] : cases) {
    EXPECT_EQ(Text(calendar.AddDays(At(start, spec.time_zone), days), spec.time_zone),
              Text(At(end, spec.time_zone), spec.time_zone))
        << start << " and " << days << " days";
  }
  const absl::Time start = At("2026-11-14 10:00", spec.time_zone);
  EXPECT_EQ(calendar.AddDays(start, 0), start);
  EXPECT_EQ(calendar.AddDays(start, -3), start);
}

TEST(CalendarTest, AStartWithinANightShiftLiesOnTheDayTheShiftBegan) {
  const CalendarSpec spec = Nights();
  const Calendar calendar(spec);
  EXPECT_EQ(calendar.AddDays(At("2026-11-20 23:00", spec.time_zone), 1), At("2026-11-22 06:00", spec.time_zone));
  EXPECT_EQ(calendar.AddDays(At("2026-11-21 05:59", spec.time_zone), 1), At("2026-11-22 06:00", spec.time_zone));
  EXPECT_EQ(calendar.AddDays(At("2026-11-21 06:00", spec.time_zone), 1), At("2026-11-23 06:00", spec.time_zone));
}

TEST(CalendarTest, SegmentsNameTheirCause) {
  CalendarSpec spec = Office();
  spec.holidays = {Day("2026-10-01"), Day("2026-10-02")};
  spec.working_days = {Day("2026-10-03")};
  const Calendar calendar(spec);
  const absl::Time start = At("2026-09-30 17:00", spec.time_zone);
  const absl::Time end = At("2026-10-03 09:00", spec.time_zone);
  std::vector<std::string> told;
  for (const TimeSegment& s : calendar.Segments(start, end, 20)) {
    told.push_back(absl::StrCat(absl::FormatTime("%d %H:%M", s.start, spec.time_zone), " - ",
                                absl::FormatTime("%d %H:%M", s.end, spec.time_zone), s.counted ? " + " : " - ",
                                s.cause));
  }
  EXPECT_EQ(told, (std::vector<std::string>{
                      "30 17:00 - 30 17:30 + working hours", "30 17:30 - 01 00:00 - outside working hours",
                      "01 00:00 - 02 00:00 - holiday 2026-10-01", "02 00:00 - 03 00:00 - holiday 2026-10-02",
                      "03 00:00 - 03 08:00 - outside working hours",
                      "03 08:00 - 03 09:00 + make-up working day 2026-10-03"}));
}

TEST(CalendarTest, TheNightThatAHolidayTookIsNamedAfterIt) {
  CalendarSpec spec = Nights();
  spec.holidays = {Day("2026-10-01")};
  const auto segments =
      Calendar(spec).Segments(At("2026-10-01 05:00", spec.time_zone), At("2026-10-02 23:00", spec.time_zone), 9);
  ASSERT_EQ(segments.size(), 4u);
  EXPECT_EQ(segments[0].cause, "working hours") << "of the shift that began before the holiday";
  EXPECT_EQ(segments[1].cause, "holiday 2026-10-01");
  EXPECT_EQ(segments[1].end, At("2026-10-02 06:00", spec.time_zone));
  EXPECT_EQ(segments[2].cause, "outside working hours");
  EXPECT_EQ(segments[3].cause, "working hours");
}

TEST(CalendarTest, TooManySegmentsAreMergedIntoTheLast) {
  const CalendarSpec spec = Office();
  const Calendar calendar(spec);
  const absl::Time start = At("2026-11-16 00:00", spec.time_zone);
  const absl::Time end = start + absl::Hours(24 * 365);
  for (const int most : {1, 2, 7, 100}) {
    const auto segments = calendar.Segments(start, end, most);
    ASSERT_EQ(segments.size(), static_cast<size_t>(most));
    EXPECT_EQ(segments.front().start, start);
    EXPECT_EQ(segments.back().end, end);
    EXPECT_TRUE(segments.back().counted);
  }
  EXPECT_EQ(calendar.Segments(start, start + absl::Hours(24), 2).back().cause,
            "the rest, of which 8 h 30 min are working hours");
  EXPECT_TRUE(calendar.Segments(start, end, 0).empty());
  EXPECT_TRUE(calendar.Segments(end, start, 5).empty());
  EXPECT_TRUE(calendar.Segments(start, start, 5).empty());
}

TEST(CalendarTest, TimeInAWindowCountsAsItReallyPassesWhereClocksChange) {
  CalendarSpec spec{.name = "all day", .time_zone = Zone("Europe/Berlin")};
  for (const absl::Weekday day : kAllDays) spec.week.push_back({day, 60, 4 * 60});
  const Calendar berlin(spec);
  const auto on = [&](const Calendar& calendar, const char* day) {
    const absl::Time start = At(absl::StrCat(day, " 12:00"), calendar.spec().time_zone) - absl::Hours(18);
    return calendar.Between(start, start + absl::Hours(18));
  };
  EXPECT_EQ(on(berlin, "2026-03-28"), absl::Hours(3));
  EXPECT_EQ(on(berlin, "2026-03-29"), absl::Hours(2));  // 02:00 became 03:00
  EXPECT_EQ(on(berlin, "2026-10-25"), absl::Hours(4));  // 03:00 became 02:00
  spec.time_zone = Zone("Australia/Lord_Howe");         // half an hour, at 02:00
  const Calendar lord_howe(spec);
  EXPECT_EQ(on(lord_howe, "2026-10-04"), absl::Minutes(150));
  EXPECT_EQ(on(lord_howe, "2026-04-05"), absl::Minutes(210));
}

TEST(CalendarTest, AWindowThatClocksSkipIsNoWork) {
  CalendarSpec spec{.name = "skipped", .time_zone = Zone("Europe/Berlin")};
  spec.week = {{absl::Weekday::sunday, 130, 170}};
  const Calendar calendar(spec);
  const absl::Time saturday = At("2026-03-28 12:00", spec.time_zone);
  EXPECT_EQ(calendar.Add(saturday, absl::Minutes(40)), At("2026-04-05 02:50", spec.time_zone));
  EXPECT_EQ(calendar.AddDays(saturday, 1), At("2026-04-05 02:50", spec.time_zone));
}

TEST(CalendarTest, MonthsKeepTheLocalTime) {
  struct MonthCase {
    const char* zone;
    const char* start;
    int months;
    const char* end;
  };
  for (const MonthCase& c : std::vector<MonthCase>{
           {"Asia/Shanghai", "2026-11-20 14:05", 1, "2026-12-20 14:05"},
           {"Asia/Shanghai", "2026-11-20 14:05", 2, "2027-01-20 14:05"},
           {"Asia/Shanghai", "2026-01-31 14:05", 1, "2026-02-28 14:05"},
           {"Asia/Shanghai", "2028-01-31 14:05", 1, "2028-02-29 14:05"},
           {"Asia/Shanghai", "2026-01-30 14:05", 13, "2027-02-28 14:05"},
           {"Asia/Shanghai", "2024-02-29 14:05", 12, "2025-02-28 14:05"},
           {"Asia/Shanghai", "2024-02-29 14:05", 48, "2028-02-29 14:05"},
           {"Asia/Shanghai", "2026-02-28 14:05", 1, "2026-03-28 14:05"},
           {"Asia/Shanghai", "2026-05-31 23:59", 1, "2026-06-30 23:59"},
           {"Asia/Shanghai", "2026-12-31 00:00", 2, "2027-02-28 00:00"},
           {"Asia/Shanghai", "2026-03-31 14:05", -1, "2026-02-28 14:05"},
           {"Asia/Shanghai", "2026-03-31 14:05", 0, "2026-03-31 14:05"},
           {"Europe/Berlin", "2026-02-28 12:00", 2, "2026-04-28 12:00"},  // an hour less of real time
           {"Europe/Berlin", "2026-02-28 02:30", 1, "2026-03-28 02:30"},
           {"Europe/Berlin", "2026-03-01 02:30", 1, "2026-04-01 02:30"},
           {"Europe/Berlin", "2026-01-29 02:30", 2, "2026-03-29 03:00"},  // skipped: at the change
           {"America/Havana", "2026-02-08 00:15", 1, "2026-03-08 01:00"},
           {"Pacific/Apia", "2011-11-30 10:00", 1, "2011-12-31 00:00"},  // the whole day was skipped
       }) {
    const absl::TimeZone zone = Zone(c.zone);
    EXPECT_EQ(Text(AddMonths(At(c.start, zone), c.months, zone), zone), Text(At(c.end, zone), zone))
        << c.zone << " " << c.start << " and " << c.months << " months";
  }
  const absl::TimeZone berlin = Zone("Europe/Berlin");
  const absl::Time start = At("2026-09-25 02:30", berlin) + absl::Microseconds(7);
  EXPECT_EQ(AddMonths(start, 1, berlin), absl::FromUnixSeconds(1792888200) + absl::Microseconds(7))
      << "02:30 comes twice";
  EXPECT_EQ(AddMonths(absl::InfiniteFuture(), 1, berlin), absl::InfiniteFuture());
}

TEST(CalendarTest, PeriodsEndWithTheFirstInstantOfTheNext) {
  const absl::TimeZone zone = Zone("Asia/Shanghai");
  const auto at = [&](const char* text) { return At(text, zone); };
  EXPECT_EQ(EndOfDay(at("2026-11-20 00:00"), zone), at("2026-11-21 00:00"));
  EXPECT_EQ(EndOfDay(at("2026-11-20 23:59:59"), zone), at("2026-11-21 00:00"));
  EXPECT_EQ(EndOfDay(at("2028-02-28 12:00"), zone), at("2028-02-29 00:00"));
  EXPECT_EQ(EndOfMonth(at("2026-11-01 00:00"), zone), at("2026-12-01 00:00"));
  EXPECT_EQ(EndOfMonth(at("2026-12-31 23:59"), zone), at("2027-01-01 00:00"));
  EXPECT_EQ(EndOfMonth(at("2028-02-29 12:00"), zone), at("2028-03-01 00:00"));
  for (int month = 1; month <= 12; ++month) {
    const absl::Time in = absl::FromCivil(absl::CivilSecond(2026, month, 15, 12, 0, 0), zone);
    const absl::CivilMonth next = absl::CivilMonth(2026, 1) + (month + 2) / 3 * 3;
    EXPECT_EQ(EndOfQuarter(in, zone), absl::FromCivil(absl::CivilSecond(next), zone)) << month;
  }
  EXPECT_EQ(EndOfQuarter(at("2026-03-31 23:59:59"), zone), at("2026-04-01 00:00"));
  EXPECT_EQ(EndOfQuarter(at("2026-04-01 00:00"), zone), at("2026-07-01 00:00"));
  EXPECT_EQ(EndOfYear(at("2026-01-01 00:00"), zone), at("2027-01-01 00:00"));
  EXPECT_EQ(EndOfYear(at("2026-12-31 23:59:59"), zone), at("2027-01-01 00:00"));
  for (const auto end : {EndOfDay, EndOfMonth, EndOfQuarter, EndOfYear}) {
    EXPECT_EQ(end(absl::InfiniteFuture(), zone), absl::InfiniteFuture());
  }
}

TEST(CalendarTest, ADayEndsAlsoWhereMidnightIsMissingOrComesTwice) {
  const absl::TimeZone havana = Zone("America/Havana");
  const absl::Time before = At("2026-03-07 12:00", havana);
  EXPECT_EQ(Text(EndOfDay(before, havana), havana), "2026-03-08 01:00:00 -04:00");
  const absl::TimeZone sao_paulo = Zone("America/Sao_Paulo");
  EXPECT_EQ(Text(EndOfDay(At("2018-11-03 12:00", sao_paulo), sao_paulo), sao_paulo), "2018-11-04 01:00:00 -02:00");
  // 23:00 to 24:00 comes twice: the day is 25 hours long.
  EXPECT_EQ(EndOfDay(At("2018-02-17 00:00", sao_paulo), sao_paulo) - At("2018-02-17 00:00", sao_paulo),
            absl::Hours(25));
  // One minute after midnight the clocks went back to 23:01: the day ends twice.
  const absl::TimeZone st_johns = Zone("America/St_Johns");
  const absl::Time first_end = EndOfDay(At("2010-11-06 12:00", st_johns), st_johns);
  EXPECT_EQ(Text(first_end, st_johns), "2010-11-07 00:00:00 -02:30");
  const absl::Time again = first_end + absl::Minutes(10);
  ASSERT_EQ(Text(again, st_johns), "2010-11-06 23:10:00 -03:30");
  EXPECT_EQ(Text(EndOfDay(again, st_johns), st_johns), "2010-11-07 00:00:00 -03:30");
}

TEST(CalendarTest, ManyThreadsThatAskFirstAtOnceGetTheSameAnswers) {
  const absl::Time start = At("2026-11-20 08:00", Zone("Asia/Shanghai"));
  const auto answers = [&](const Calendar& calendar) {
    std::vector<absl::Time> ends;
    for (int year = 0; year < 40; ++year) {
      ends.push_back(calendar.Add(start + absl::Hours(24 * 365) * year, absl::Hours(3000)));
      ends.push_back(calendar.AddDays(start + absl::Hours(24 * 365) * year, 250));
    }
    return ends;
  };
  const std::vector<absl::Time> expected = answers(Calendar(Office()));
  const Calendar shared(Office());
  std::vector<std::vector<absl::Time>> got(8);
  std::vector<std::thread> threads;
  for (auto& ends : got) threads.emplace_back([&] { ends = answers(shared); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& ends : got) EXPECT_EQ(ends, expected);
}

}  // namespace
}  // namespace aftersales::policy
