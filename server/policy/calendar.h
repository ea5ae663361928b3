// Working time: which hours of which days count, compiled so that a due time is found by two searches.
//
// A window belongs to the local day it begins on, also where it ends on the next (a night shift): a holiday takes it
// away whole. A make-up day has, in place of its own, the hours of the first weekday from Monday on that has any. Local
// times that a change of the clocks skips are taken at the change; of those that come twice the first counts. Every
// instant between a window's two ends counts as it really passes.
#ifndef AFTERSALES_SERVER_POLICY_CALENDAR_H_
#define AFTERSALES_SERVER_POLICY_CALENDAR_H_

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace aftersales::policy {

// Work on one day of the week.
struct WorkingWindow {
  absl::Weekday weekday = absl::Weekday::monday;
  int start_minute = 0;  // 0 to 1439
  int end_minute = 0;    // after start_minute, up to 2879: more than 1440 is on the next day
};

// A calendar as it is written down.
struct CalendarSpec {
  std::string name;
  absl::TimeZone time_zone;
  std::vector<WorkingWindow> week;  // windows may overlap; they count once
  std::vector<absl::CivilDay> holidays;
  std::vector<absl::CivilDay> working_days;  // make-up days; one that is a holiday too is a holiday
};

// A stretch of time that counts, or does not.
struct TimeSegment {
  absl::Time start;
  absl::Time end;
  bool counted = false;
  std::string
      cause;  // "working hours", "outside working hours", "holiday 2026-10-01", "make-up working day 2026-10-10"
};

// Thread-safe. Knows the years 1970 to 2199; work before or after is not counted. Answers never change: a year is
// compiled to intervals when it is first asked about (about a tenth of a millisecond), by one thread while others wait,
// and kept. An answer takes two searches and one step for each year between.
class Calendar {
 public:
  // Windows whose minutes are out of bounds are left out.
  explicit Calendar(CalendarSpec spec);
  ~Calendar();

  const CalendarSpec& spec() const { return spec_; }

  // The first instant at which `work` of working time has passed since `start`; `start` itself for none (or less).
  // InfiniteFuture where the calendar has not so much work left.
  absl::Time Add(absl::Time start, absl::Duration work) const;
  // The working time between two instants; zero where end <= start.
  absl::Duration Between(absl::Time start, absl::Time end) const;
  // The end of the last window of the `days`th working day after the one on which `start` lies (a start outside working
  // days counts to the working day before it), so that "3 working days" from a Friday end on Wednesday evening. A start
  // within a night shift lies on the day that the shift began on. `start` itself for no days (or less); InfiniteFuture
  // where there are not so many left.
  absl::Time AddDays(absl::Time start, int days) const;
  // What lies between two instants, in order and without gaps; at most `most` segments, the rest merged into the last,
  // which counts when any of it does and says how much.
  std::vector<TimeSegment> Segments(absl::Time start, absl::Time end, int most) const;

 private:
  static constexpr int kFirstYear = 1970;
  static constexpr size_t kYears = 230;

  // A window with its day known.
  struct Hours {
    int start_minute = 0;
    int end_minute = 0;
  };
  struct Interval {
    absl::Time start;
    absl::Time end;
    absl::Duration before;  // working time of all of the year's intervals before
  };
  // A local day with any working time.
  struct WorkingDay {
    absl::CivilDay day;
    absl::Time end;  // of its last window
  };
  struct Year {
    std::once_flag compiled;
    std::vector<Interval> intervals;  // disjoint, ascending; cut at the year's ends
    std::vector<WorkingDay> days;     // ascending
    absl::Duration work;
  };

  bool IsHoliday(absl::CivilDay day) const;
  bool IsMakeUpDay(absl::CivilDay day) const;
  // What is worked on a day; `planned`: were it no holiday.
  const std::vector<Hours>& HoursOf(absl::CivilDay day, bool planned) const;
  absl::Time Local(absl::CivilDay day, int minute) const;

  size_t YearOf(absl::Time time) const;
  const Year& CompiledYear(size_t index) const;
  void Compile(size_t index, Year& year) const;
  // The working time of a year until `time`.
  absl::Duration WorkedUntil(size_t index, absl::Time time) const;
  // The day whose work is going on, or else the local day.
  absl::CivilDay DayOf(absl::Time time) const;
  // The stretch from `at` on over which the same holds, at most until `limit`; `at` lies on `day`.
  TimeSegment Stretch(absl::CivilDay day, absl::Time at, absl::Time limit) const;

  CalendarSpec spec_;
  std::array<std::vector<Hours>, 7> week_;  // from Monday on; ascending and disjoint within a day
  std::vector<Hours> make_up_;
  std::vector<absl::CivilDay> holidays_;  // ascending
  std::vector<absl::CivilDay> make_up_days_;
  std::array<absl::Time, kYears + 1> starts_;  // of the years; the last one is the end
  mutable std::array<Year, kYears> years_;
};

// So many calendar months later, at the same local time; on the last day of a month that is too short.
absl::Time AddMonths(absl::Time start, int months, absl::TimeZone zone);
// The end of the day, month, quarter or year in which `start` lies: the first instant of the next.
absl::Time EndOfDay(absl::Time start, absl::TimeZone zone);
absl::Time EndOfMonth(absl::Time start, absl::TimeZone zone);
absl::Time EndOfQuarter(absl::Time start, absl::TimeZone zone);
absl::Time EndOfYear(absl::Time start, absl::TimeZone zone);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_CALENDAR_H_
