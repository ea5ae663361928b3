#include "server/policy/calendar.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

namespace aftersales::policy {
namespace {

constexpr int kDayMinutes = 24 * 60;

// When the clocks show a local time: for one that is skipped, the change; of two, the first. Ascending local times have
// ascending instants.
absl::Time AtLocal(absl::CivilSecond local, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo at = zone.At(local);
  return at.kind == absl::TimeZone::TimeInfo::SKIPPED ? at.trans : at.pre;
}

// The first instant of a day that comes after `start`. Where clocks go back over midnight a day begins twice.
absl::Time StartOfDayAfter(absl::CivilDay day, absl::Time start, absl::TimeZone zone) {
  const absl::Time first = AtLocal(absl::CivilSecond(day), zone);
  return first > start ? first : zone.At(absl::CivilSecond(day)).post;
}

bool IsFinite(absl::Time time) { return time != absl::InfiniteFuture() && time != absl::InfinitePast(); }

bool Has(const std::vector<absl::CivilDay>& days, absl::CivilDay day) {
  return std::binary_search(days.begin(), days.end(), day);
}

std::vector<absl::CivilDay> Sorted(std::vector<absl::CivilDay> days) {
  std::sort(days.begin(), days.end());
  return days;
}

}  // namespace

Calendar::Calendar(CalendarSpec spec)
    : spec_(std::move(spec)), holidays_(Sorted(spec_.holidays)), make_up_days_(Sorted(spec_.working_days)) {
  std::vector<WorkingWindow> windows = spec_.week;
  std::sort(windows.begin(), windows.end(),
            [](const WorkingWindow& a, const WorkingWindow& b) { return a.start_minute < b.start_minute; });
  for (const WorkingWindow& window : windows) {
    if (window.start_minute < 0 || window.start_minute >= kDayMinutes || window.end_minute <= window.start_minute ||
        window.end_minute >= 2 * kDayMinutes) {
      continue;
    }
    std::vector<Hours>& day = week_[static_cast<size_t>(window.weekday)];
    if (!day.empty() && window.start_minute <= day.back().end_minute) {
      day.back().end_minute = std::max(day.back().end_minute, window.end_minute);
    } else {
      day.push_back({window.start_minute, window.end_minute});
    }
  }
  const auto first = std::find_if(week_.begin(), week_.end(), [](const auto& day) { return !day.empty(); });
  if (first != week_.end()) make_up_ = *first;
  for (size_t i = 0; i <= kYears; ++i) {
    starts_[i] = AtLocal(absl::CivilSecond(kFirstYear + static_cast<int>(i)), spec_.time_zone);
  }
}

Calendar::~Calendar() = default;

bool Calendar::IsHoliday(absl::CivilDay day) const { return Has(holidays_, day); }

bool Calendar::IsMakeUpDay(absl::CivilDay day) const { return Has(make_up_days_, day); }

const std::vector<Calendar::Hours>& Calendar::HoursOf(absl::CivilDay day, bool planned) const {
  static const auto& kNone = *new std::vector<Hours>;
  if (!planned && IsHoliday(day)) return kNone;
  return IsMakeUpDay(day) ? make_up_ : week_[static_cast<size_t>(absl::GetWeekday(day))];
}

absl::Time Calendar::Local(absl::CivilDay day, int minute) const {
  return AtLocal(absl::CivilSecond(day) + int64_t{60} * minute, spec_.time_zone);
}

size_t Calendar::YearOf(absl::Time time) const {
  if (time < starts_.front()) return 0;
  if (time >= starts_.back()) return kYears;
  // Guessed by the mean length of a year, which is off by one at most.
  constexpr absl::Duration kMeanYear = absl::Seconds(31556952);
  size_t index = std::min<size_t>((time - starts_.front()) / kMeanYear, kYears - 1);
  if (time < starts_[index]) --index;
  if (time >= starts_[index + 1]) ++index;
  return index;
}

const Calendar::Year& Calendar::CompiledYear(size_t index) const {
  Year& year = years_[index];
  std::call_once(year.compiled, [&] { Compile(index, year); });
  return year;
}

void Calendar::Compile(size_t index, Year& year) const {
  const int number = kFirstYear + static_cast<int>(index);
  // A night shift of the day before reaches into the year, one of its last day beyond.
  for (absl::CivilDay day = absl::CivilDay(number) - 1; day.year() <= number; ++day) {
    absl::Time day_end = absl::InfinitePast();
    for (const Hours& hours : HoursOf(day, /*planned=*/false)) {
      const absl::Time start = Local(day, hours.start_minute);
      const absl::Time end = Local(day, hours.end_minute);
      if (end <= start) continue;  // skipped by a change of the clocks
      day_end = end;
      const absl::Time from = std::max(start, starts_[index]);
      const absl::Time to = std::min(end, starts_[index + 1]);
      if (to <= from) continue;
      if (!year.intervals.empty() && from <= year.intervals.back().end) {
        year.intervals.back().end = std::max(year.intervals.back().end, to);
      } else {
        year.intervals.push_back({from, to, absl::ZeroDuration()});
      }
    }
    if (day.year() == number && day_end != absl::InfinitePast()) year.days.push_back({day, day_end});
  }
  for (Interval& interval : year.intervals) {
    interval.before = year.work;
    year.work += interval.end - interval.start;
  }
}

absl::Time Calendar::Add(absl::Time start, absl::Duration work) const {
  if (work <= absl::ZeroDuration()) return start;
  if (work == absl::InfiniteDuration() || make_up_.empty()) return absl::InfiniteFuture();  // a week without any hours
  size_t index = YearOf(start);
  absl::Duration left = work + WorkedUntil(index, start);
  for (; index < kYears; ++index) {
    const Year& year = CompiledYear(index);
    if (left <= year.work) {
      // The last interval before which less was worked.
      const auto next = std::partition_point(year.intervals.begin(), year.intervals.end(),
                                             [&](const Interval& interval) { return interval.before < left; });
      const Interval& last = *std::prev(next);
      return last.start + (left - last.before);
    }
    left -= year.work;
  }
  return absl::InfiniteFuture();
}

absl::Duration Calendar::WorkedUntil(size_t index, absl::Time time) const {
  if (index >= kYears) return absl::ZeroDuration();
  const std::vector<Interval>& intervals = CompiledYear(index).intervals;
  const auto after = std::upper_bound(intervals.begin(), intervals.end(), time,
                                      [](absl::Time t, const Interval& interval) { return t < interval.start; });
  if (after == intervals.begin()) return absl::ZeroDuration();
  const Interval& last = *std::prev(after);
  return last.before + (std::min(time, last.end) - last.start);
}

absl::Duration Calendar::Between(absl::Time start, absl::Time end) const {
  if (end <= start || make_up_.empty()) return absl::ZeroDuration();
  const size_t last = YearOf(end);
  absl::Duration work = WorkedUntil(last, end);
  size_t index = YearOf(start);
  work -= WorkedUntil(index, start);
  for (; index < last; ++index) work += CompiledYear(index).work;
  return work;
}

absl::CivilDay Calendar::DayOf(absl::Time time) const {
  const absl::CivilDay day = absl::ToCivilDay(time, spec_.time_zone);
  const std::vector<Hours>& today = HoursOf(day, /*planned=*/false);
  if (!today.empty() && Local(day, today.front().start_minute) <= time) return day;
  const std::vector<Hours>& yesterday = HoursOf(day - 1, /*planned=*/false);
  const bool on_shift = std::any_of(yesterday.begin(), yesterday.end(), [&](const Hours& hours) {
    return hours.end_minute > kDayMinutes && Local(day - 1, hours.start_minute) <= time &&
           time < Local(day - 1, hours.end_minute);
  });
  return on_shift ? day - 1 : day;
}

absl::Time Calendar::AddDays(absl::Time start, int days) const {
  if (days <= 0) return start;
  if (start >= starts_.back() || make_up_.empty()) return absl::InfiniteFuture();
  const absl::CivilDay day = DayOf(std::max(start, starts_.front()));
  size_t left = static_cast<size_t>(days);
  for (size_t index = static_cast<size_t>(std::max<int64_t>(day.year() - kFirstYear, 0)); index < kYears; ++index) {
    const std::vector<WorkingDay>& working = CompiledYear(index).days;
    const auto next = std::upper_bound(working.begin(), working.end(), day,
                                       [](absl::CivilDay d, const WorkingDay& w) { return d < w.day; });
    const size_t here = static_cast<size_t>(working.end() - next);
    if (left <= here) return (next + static_cast<std::ptrdiff_t>(left) - 1)->end;
    left -= here;
  }
  return absl::InfiniteFuture();
}

TimeSegment Calendar::Stretch(absl::CivilDay day, absl::Time at, absl::Time limit) const {
  TimeSegment stretch{at, limit, false, ""};
  bool ordinary = false;
  std::string make_up;
  std::string taken;
  for (const absl::CivilDay belongs : {day - 1, day}) {
    for (const Hours& hours : HoursOf(belongs, /*planned=*/true)) {
      const absl::Time start = Local(belongs, hours.start_minute);
      const absl::Time end = Local(belongs, hours.end_minute);
      if (start > at) stretch.end = std::min(stretch.end, start);
      if (start > at || end <= at) continue;
      stretch.end = std::min(stretch.end, end);
      if (IsHoliday(belongs)) {
        taken = absl::StrCat("holiday ", absl::FormatCivilTime(belongs));
      } else if (IsMakeUpDay(belongs)) {
        make_up = absl::StrCat("make-up working day ", absl::FormatCivilTime(belongs));
      } else {
        ordinary = true;
      }
    }
  }
  stretch.counted = ordinary || !make_up.empty();
  if (ordinary) {
    stretch.cause = "working hours";
  } else if (stretch.counted) {
    stretch.cause = make_up;
  } else if (IsHoliday(day)) {
    stretch.cause = absl::StrCat("holiday ", absl::FormatCivilTime(day));
  } else {
    stretch.cause = taken.empty() ? "outside working hours" : taken;
  }
  return stretch;
}

std::vector<TimeSegment> Calendar::Segments(absl::Time start, absl::Time end, int most) const {
  std::vector<TimeSegment> segments;
  if (end <= start || most <= 0) return segments;
  // False when it is one too many: then the last takes all that is left.
  const auto append = [&](TimeSegment stretch) {
    if (stretch.end <= stretch.start) return true;
    if (!segments.empty() && segments.back().counted == stretch.counted && segments.back().cause == stretch.cause) {
      segments.back().end = stretch.end;
    } else if (segments.size() < static_cast<size_t>(most)) {
      segments.push_back(std::move(stretch));
    } else {
      TimeSegment& last = segments.back();
      const int64_t minutes = absl::ToInt64Minutes(Between(last.start, end));
      last.end = end;
      last.counted = Between(last.start, end) > absl::ZeroDuration();
      last.cause = absl::StrCat("the rest, of which ", minutes / 60, " h ", minutes % 60, " min are working hours");
      return false;
    }
    return true;
  };
  const std::string unknown = absl::StrCat("outside the years ", kFirstYear, " to ", kFirstYear + kYears - 1);
  absl::Time at = std::max(start, std::min(starts_.front(), end));
  if (!append({start, at, false, unknown})) return segments;
  const absl::Time known_end = std::max(at, std::min(end, starts_.back()));
  for (absl::CivilDay day = absl::ToCivilDay(at, spec_.time_zone); at < known_end; ++day) {
    const absl::Time limit = std::min(known_end, Local(day + 1, 0));
    while (at < limit) {
      TimeSegment stretch = Stretch(day, at, limit);
      at = stretch.end;
      if (!append(std::move(stretch))) return segments;
    }
  }
  append({at, end, false, unknown});
  return segments;
}

absl::Time AddMonths(absl::Time start, int months, absl::TimeZone zone) {
  if (months == 0 || !IsFinite(start)) return start;
  const absl::TimeZone::CivilInfo local = zone.At(start);
  const absl::CivilMonth month = absl::CivilMonth(local.cs) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  const absl::CivilSecond same(month.year(), month.month(), std::min(local.cs.day(), last.day()), local.cs.hour(),
                               local.cs.minute(), local.cs.second());
  const absl::TimeZone::TimeInfo at = zone.At(same);
  return at.kind == absl::TimeZone::TimeInfo::SKIPPED ? at.trans : at.pre + local.subsecond;
}

absl::Time EndOfDay(absl::Time start, absl::TimeZone zone) {
  if (!IsFinite(start)) return start;
  return StartOfDayAfter(absl::ToCivilDay(start, zone) + 1, start, zone);
}

absl::Time EndOfMonth(absl::Time start, absl::TimeZone zone) {
  if (!IsFinite(start)) return start;
  return StartOfDayAfter(absl::CivilDay(absl::ToCivilMonth(start, zone) + 1), start, zone);
}

absl::Time EndOfQuarter(absl::Time start, absl::TimeZone zone) {
  if (!IsFinite(start)) return start;
  const absl::CivilMonth month = absl::ToCivilMonth(start, zone);
  return StartOfDayAfter(absl::CivilDay(month + (3 - (month.month() - 1) % 3)), start, zone);
}

absl::Time EndOfYear(absl::Time start, absl::TimeZone zone) {
  if (!IsFinite(start)) return start;
  return StartOfDayAfter(absl::CivilDay(absl::ToCivilYear(start, zone) + 1), start, zone);
}

}  // namespace aftersales::policy
