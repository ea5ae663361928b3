// The calendar against an oracle that looks at the clock on the wall minute by minute and knows nothing of intervals.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/policy/calendar.h"

namespace aftersales::policy {
namespace {

using Random = std::mt19937;

int Pick(Random& random, int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); }
bool Chance(Random& random, int percent) { return Pick(random, 1, 100) <= percent; }

// Where and when the clocks are looked at: some weeks in one zone.
struct Period {
  const char* zone;
  absl::CivilDay first;
  int days;
};

// What the clock on the wall shows, one entry a minute, from some days before the period on.
struct Wall {
  absl::TimeZone zone;
  absl::Time start;
  std::vector<absl::CivilMinute> shows;
};

constexpr int kDaysBefore = 3;

Wall Watch(const Period& period) {
  Wall wall;
  EXPECT_TRUE(absl::LoadTimeZone(period.zone, &wall.zone)) << period.zone;
  wall.start = absl::FromCivil(absl::CivilSecond(period.first - kDaysBefore), wall.zone);
  const int minutes = (period.days + 2 * kDaysBefore) * 24 * 60;
  for (int i = 0; i < minutes; ++i) wall.shows.push_back(absl::ToCivilMinute(wall.start + absl::Minutes(i), wall.zone));
  return wall;
}

class Oracle {
 public:
  Oracle(const CalendarSpec& spec, const Wall& wall) : spec_(spec), wall_(wall) {
    for (absl::CivilDay day(wall.shows.front()); day <= absl::CivilDay(wall.shows.back()); ++day) AddShifts(day);
    Walk();
  }

  bool Knows(absl::Time time) const { return time >= FirstKnown() && time <= End(); }
  absl::Time FirstKnown() const { return wall_.start + absl::Hours(24 * kDaysBefore); }
  absl::Time End() const { return wall_.start + absl::Minutes(static_cast<int64_t>(minutes_.size())); }

  // Infinite where the period ends before.
  absl::Time Add(absl::Time start, absl::Duration work) const {
    absl::Duration left = work;
    for (size_t i = Index(start); i < minutes_.size(); ++i) {
      const absl::Time from = std::max(start, Begin(i));
      if (!minutes_[i].counted) continue;
      if (Begin(i + 1) - from >= left) return from + left;
      left -= Begin(i + 1) - from;
    }
    return absl::InfiniteFuture();
  }

  absl::Duration Between(absl::Time start, absl::Time end) const {
    absl::Duration work;
    for (size_t i = Index(start); i < minutes_.size() && Begin(i) < end; ++i) {
      if (minutes_[i].counted) work += std::min(end, Begin(i + 1)) - std::max(start, Begin(i));
    }
    return work;
  }

  absl::Time AddDays(absl::Time start, int days) const {
    const absl::CivilDay from = minutes_[Index(start)].lies_on;
    for (absl::CivilDay day = from + 1; day < absl::CivilDay(wall_.shows.back()) - 1; ++day) {
      absl::Time end = absl::InfinitePast();
      for (const Shift& shift : shifts_) {
        if (shift.day == day && !shift.taken && shift.minutes > 0) end = std::max(end, shift.ended);
      }
      if (end != absl::InfinitePast() && --days == 0) return end;
    }
    return absl::InfiniteFuture();
  }

  // What is wrong with these segments; empty where nothing is.
  std::string Wrong(const std::vector<TimeSegment>& segments, absl::Time start, absl::Time end) const {
    absl::Time at = start;
    for (size_t i = 0; i < segments.size(); ++i) {
      const TimeSegment& segment = segments[i];
      if (segment.start != at || segment.end <= at) return absl::StrCat("segment ", i, " leaves a gap or goes back");
      if (i > 0 && segment.cause == segments[i - 1].cause)
        return absl::StrCat("segment ", i, " goes on as the one before");
      for (size_t m = Index(at); m < minutes_.size() && Begin(m) < segment.end; ++m) {
        const bool as_before = m > Index(at) && minutes_[m].SameAs(minutes_[m - 1]);
        if (!as_before && (minutes_[m].counted != segment.counted || Text(minutes_[m]) != segment.cause)) {
          return absl::StrCat("segment ", i, " (", segment.cause, ") covers ", absl::FormatTime(Begin(m), wall_.zone),
                              ", ", Text(minutes_[m]));
        }
      }
      at = segment.end;
    }
    return at == end ? "" : "the end is missing";
  }

 private:
  struct Shift {
    absl::CivilDay day;
    absl::CivilMinute from;
    absl::CivilMinute to;
    bool taken = false;  // by a holiday
    bool make_up = false;
    bool over = false;
    int minutes = 0;
    absl::Time ended;
  };
  enum class Cause { kOutside, kHoliday, kMakeUp, kOrdinary };
  struct Minute {
    bool counted = false;
    Cause cause = Cause::kOutside;
    absl::CivilDay of;  // the holiday or make-up day
    absl::CivilDay lies_on;

    bool SameAs(const Minute& other) const {
      return counted == other.counted && cause == other.cause && of == other.of;
    }
  };

  void AddShifts(absl::CivilDay day) {
    const bool make_up = std::count(spec_.working_days.begin(), spec_.working_days.end(), day) > 0;
    absl::Weekday like = absl::GetWeekday(day);
    if (make_up) {
      int first = 7;
      for (const WorkingWindow& window : spec_.week) first = std::min(first, static_cast<int>(window.weekday));
      if (first < 7) like = static_cast<absl::Weekday>(first);
    }
    for (const WorkingWindow& window : spec_.week) {
      if (window.weekday != like) continue;
      Shift shift;
      shift.day = day;
      shift.from = absl::CivilMinute(day) + window.start_minute;
      shift.to = absl::CivilMinute(day) + window.end_minute;
      shift.taken = IsHoliday(day);
      shift.make_up = make_up;
      shifts_.push_back(shift);
    }
  }

  bool IsHoliday(absl::CivilDay day) const { return std::count(spec_.holidays.begin(), spec_.holidays.end(), day) > 0; }

  // A shift begins when the clock shows its time or a later one for the first time, and ends likewise.
  void Walk() {
    std::sort(shifts_.begin(), shifts_.end(), [](const Shift& a, const Shift& b) { return a.from < b.from; });
    absl::CivilMinute latest = wall_.shows.front();
    absl::CivilDay begun;
    size_t oldest = 0;
    for (size_t i = 0; i < wall_.shows.size(); ++i) {
      latest = std::max(latest, wall_.shows[i]);
      Minute minute;
      absl::CivilDay on_shift(wall_.shows[i]);
      while (oldest < shifts_.size() && shifts_[oldest].over) ++oldest;
      for (size_t s = oldest; s < shifts_.size() && shifts_[s].from <= latest; ++s) {
        Shift& shift = shifts_[s];
        if (shift.over) continue;
        if (!shift.taken) begun = std::max(begun, shift.day);
        if (shift.to <= latest) {
          shift.over = true;
          shift.ended = Begin(i);
          continue;
        }
        ++shift.minutes;
        Count(shift, minute);
        if (!shift.taken) on_shift = shift.day;
      }
      const absl::CivilDay today(wall_.shows[i]);
      minute.lies_on = begun == today ? today : on_shift;
      if (!minute.counted && IsHoliday(today)) {
        minute.cause = Cause::kHoliday;
        minute.of = today;
      }
      minutes_.push_back(minute);
    }
  }

  static void Count(const Shift& shift, Minute& minute) {
    const Cause cause = shift.taken ? Cause::kHoliday : shift.make_up ? Cause::kMakeUp : Cause::kOrdinary;
    minute.counted |= !shift.taken;
    if (cause < minute.cause) return;
    minute.cause = cause;
    minute.of = shift.day;
  }

  static std::string Text(const Minute& minute) {
    switch (minute.cause) {
      case Cause::kHoliday: return absl::StrCat("holiday ", absl::FormatCivilTime(minute.of));
      case Cause::kMakeUp: return absl::StrCat("make-up working day ", absl::FormatCivilTime(minute.of));
      case Cause::kOrdinary: return "working hours";
      default: return "outside working hours";
    }
  }

  absl::Time Begin(size_t minute) const { return wall_.start + absl::Minutes(static_cast<int64_t>(minute)); }
  size_t Index(absl::Time time) const { return static_cast<size_t>((time - wall_.start) / absl::Minutes(1)); }

  const CalendarSpec& spec_;
  const Wall& wall_;
  std::vector<Shift> shifts_;
  std::vector<Minute> minutes_;
};

WorkingWindow RandomWindow(Random& random, int weekday) {
  // Often around the hours at which clocks change.
  const int start = Chance(random, 30)   ? Pick(random, 0, 200)
                    : Chance(random, 10) ? Pick(random, 1300, 1439)
                                         : Pick(random, 0, 1439);
  const int length = Chance(random, 20) ? Pick(random, 1, 60) : Pick(random, 1, 720);
  return {static_cast<absl::Weekday>(weekday), start, start + length};
}

CalendarSpec RandomSpec(Random& random, const Period& period, absl::TimeZone zone) {
  CalendarSpec spec{.name = "random", .time_zone = zone};
  for (int weekday = 0; weekday < 7; ++weekday) {
    if (Chance(random, 25)) continue;
    for (int windows = Pick(random, 1, 3); windows > 0; --windows) spec.week.push_back(RandomWindow(random, weekday));
  }
  std::shuffle(spec.week.begin(), spec.week.end(), random);
  const auto day = [&] { return period.first + Pick(random, -2, period.days); };
  for (int holidays = Pick(random, 0, 8); holidays > 0; --holidays) spec.holidays.push_back(day());
  for (int make_up = Pick(random, 0, 5); make_up > 0; --make_up) spec.working_days.push_back(day());
  return spec;
}

std::string Describe(const CalendarSpec& spec) {
  std::vector<std::string> words = {spec.time_zone.name()};
  for (const WorkingWindow& w : spec.week) {
    words.push_back(absl::StrCat("day ", static_cast<int>(w.weekday) + 1, ": ", w.start_minute, "-", w.end_minute));
  }
  for (const absl::CivilDay day : spec.holidays) words.push_back(absl::StrCat("holiday ", absl::FormatCivilTime(day)));
  for (const absl::CivilDay day : spec.working_days)
    words.push_back(absl::StrCat("make-up ", absl::FormatCivilTime(day)));
  return absl::StrJoin(words, ", ");
}

// An instant of the period: on a minute, a second, or between.
absl::Time RandomTime(Random& random, const Wall& wall, int days) {
  absl::Time time = wall.start + absl::Hours(24 * kDaysBefore) + absl::Minutes(Pick(random, 0, days * 24 * 60 - 1));
  if (Chance(random, 50)) time += absl::Microseconds(Pick(random, 0, 59999999));
  return time;
}

const Period kPeriods[] = {
    {"Asia/Shanghai", absl::CivilDay(2026, 9, 20), 28},
    {"Asia/Shanghai", absl::CivilDay(1986, 4, 27), 14},  // had summer time then
    {"Australia/Lord_Howe", absl::CivilDay(2026, 3, 28), 14},
    {"Australia/Lord_Howe", absl::CivilDay(2026, 9, 27), 14},
    {"America/Sao_Paulo", absl::CivilDay(2018, 10, 28), 14},  // no midnight
    {"America/Sao_Paulo", absl::CivilDay(2018, 2, 10), 14},   // the hour before midnight twice
    {"Asia/Beirut", absl::CivilDay(2022, 3, 20), 14},         // no midnight
    {"Asia/Beirut", absl::CivilDay(2022, 10, 22), 14},
    {"America/Havana", absl::CivilDay(2026, 3, 1), 14},    // no midnight
    {"America/Havana", absl::CivilDay(2026, 10, 25), 14},  // midnight twice
    {"Africa/Cairo", absl::CivilDay(2014, 5, 10), 14},     // no midnight
    {"Africa/Cairo", absl::CivilDay(2014, 9, 20), 14},
    {"Pacific/Apia", absl::CivilDay(2011, 12, 24), 14},  // a day is missing
    {"Europe/Berlin", absl::CivilDay(2026, 3, 22), 14},
    {"Europe/Berlin", absl::CivilDay(2026, 10, 18), 14},
    {"Europe/Berlin", absl::CivilDay(2027, 12, 24), 16},  // the year's end
    {"UTC", absl::CivilDay(2028, 2, 22), 14},             // a leap day
};

// One question of each kind, compared with the oracle.
void Compare(Random& random, const Calendar& calendar, const Oracle& oracle, const Wall& wall, int days) {
  const absl::Time a = RandomTime(random, wall, days);
  const absl::Time b = RandomTime(random, wall, days);
  EXPECT_EQ(calendar.Between(a, b), oracle.Between(a, b));
  const absl::Duration work =
      absl::Minutes(Pick(random, 0, 3000)) + absl::Microseconds(Chance(random, 50) ? Pick(random, 1, 59999999) : 1);
  if (const absl::Time end = oracle.Add(a, work); end <= oracle.End()) {
    EXPECT_EQ(calendar.Add(a, work), end);
  }
  const int number = Pick(random, 1, 10);
  if (const absl::Time end = oracle.AddDays(a, number); end <= oracle.End()) {
    EXPECT_EQ(calendar.AddDays(a, number), end) << number << " working days";
  }
  const std::vector<TimeSegment> segments = calendar.Segments(std::min(a, b), std::max(a, b), 10000);
  EXPECT_EQ(oracle.Wrong(segments, std::min(a, b), std::max(a, b)), "");
}

TEST(CalendarOracleTest, TheCalendarCountsAsAClockOnTheWallWould) {
  for (const Period& period : kPeriods) {
    const Wall wall = Watch(period);
    for (unsigned seed = 1; seed <= 12; ++seed) {
      Random random(seed);
      const CalendarSpec spec = RandomSpec(random, period, wall.zone);
      const Calendar calendar(spec);
      const Oracle oracle(spec, wall);
      for (int question = 0; question < 20; ++question) {
        Compare(random, calendar, oracle, wall, period.days);
        ASSERT_FALSE(::testing::Test::HasFailure())
            << "seed " << seed << ", question " << question << ": " << Describe(spec);
      }
    }
  }
}

// Over years: what holds between the answers, whatever they are.
TEST(CalendarOracleTest, AddAndBetweenAreInversesAndBetweenIsAdditive) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    const Period& period = kPeriods[seed % std::size(kPeriods)];
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(period.zone, &zone));
    const CalendarSpec spec = RandomSpec(random, period, zone);
    SCOPED_TRACE(absl::StrCat("seed ", seed, ": ", Describe(spec)));
    const Calendar calendar(spec);
    const auto instant = [&] {
      return absl::FromCivil(absl::CivilSecond(Pick(random, 1995, 2035), 1, Pick(random, 1, 365)), zone) +
             absl::Microseconds(std::uniform_int_distribution<int64_t>(0, int64_t{86400} * 1000000)(random));
    };
    for (int question = 0; question < 200; ++question) {
      absl::Time t[3] = {instant(), instant(), instant()};
      std::sort(std::begin(t), std::end(t));
      ASSERT_EQ(calendar.Between(t[0], t[1]) + calendar.Between(t[1], t[2]), calendar.Between(t[0], t[2]));
      const absl::Duration work = calendar.Between(t[0], t[1]);
      const absl::Time end = calendar.Add(t[0], work);
      ASSERT_LE(end, t[1]) << "Add found the first instant at which the work is done";
      ASSERT_EQ(calendar.Between(t[0], end), work);
      ASSERT_EQ(calendar.Between(t[0], end - absl::Microseconds(1)) < work, work > absl::ZeroDuration());
      ASSERT_EQ(calendar.Add(calendar.Add(t[0], work / 3), work - work / 3), end);
    }
  }
}

TEST(CalendarOracleTest, SegmentsSumUpToTheWorkBetween) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    const Period& period = kPeriods[seed % std::size(kPeriods)];
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(period.zone, &zone));
    const CalendarSpec spec = RandomSpec(random, period, zone);
    SCOPED_TRACE(absl::StrCat("seed ", seed, ": ", Describe(spec)));
    const Calendar calendar(spec);
    const absl::Time start =
        absl::FromCivil(absl::CivilSecond(period.first), zone) + absl::Seconds(Pick(random, 0, 86400));
    const absl::Time end = start + absl::Hours(Pick(random, 1, 2000)) + absl::Microseconds(Pick(random, 0, 999999));
    const std::vector<TimeSegment> all = calendar.Segments(start, end, 100000);
    absl::Duration counted;
    for (const TimeSegment& segment : all)
      counted += segment.counted ? segment.end - segment.start : absl::ZeroDuration();
    EXPECT_EQ(counted, calendar.Between(start, end));
    const int most = Pick(random, 1, static_cast<int>(all.size()));
    const std::vector<TimeSegment> some = calendar.Segments(start, end, most);
    ASSERT_EQ(some.size(), static_cast<size_t>(most));
    EXPECT_EQ(some.front().start, start);
    EXPECT_EQ(some.back().end, end);
    for (size_t i = 0; i + 1 < some.size(); ++i) {
      EXPECT_EQ(some[i].end, all[i].end);
      EXPECT_EQ(some[i].cause, all[i].cause);
    }
  }
}

}  // namespace
}  // namespace aftersales::policy
