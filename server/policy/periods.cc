#include "server/policy/periods.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "server/policy/calendar.h"

namespace aftersales::policy {
namespace {

int MonthsOf(pack::v1::Period every) {
  switch (every) {
    case pack::v1::MONTH: return 1;
    case pack::v1::QUARTER: return 3;
    default: return 12;
  }
}

std::string NameOf(absl::CivilMonth first, int months) {
  if (months == 12) return absl::StrCat(first.year());
  if (months == 3) return absl::StrCat(first.year(), "-Q", (first.month() + 2) / 3);
  return absl::StrFormat("%d-%02d", first.year(), first.month());
}

}  // namespace

CalendarPeriod PeriodOf(absl::Time time, pack::v1::Period every, absl::TimeZone zone) {
  const int months = MonthsOf(every);
  const absl::CivilMonth month = absl::ToCivilMonth(time, zone);
  const absl::CivilMonth first = month - (month.month() - 1) % months;
  CalendarPeriod period;
  period.name = NameOf(first, months);
  // Where one ends is where the clocks of what is owed until then end, and where the next begins.
  period.start = EndOfMonth(absl::FromCivil(absl::CivilDay(first) - 1, zone), zone);
  period.end = EndOfMonth(absl::FromCivil(absl::CivilDay(first + (months - 1)), zone), zone);
  return period;
}

std::vector<PeriodInForce> PeriodsInForce(const std::vector<Stretch>& stretches, absl::Time from, absl::Time until,
                                          pack::v1::Period every, absl::TimeZone zone) {
  std::vector<PeriodInForce> periods;
  for (CalendarPeriod period = PeriodOf(from, every, zone); period.start <= until;
       period = PeriodOf(period.end, every, zone)) {
    absl::Time since = period.end;
    for (const Stretch& stretch : stretches) {
      if (stretch.to > period.start) since = std::min(since, std::max(stretch.from, period.start));
    }
    if (since < period.end) periods.push_back({period, since});
  }
  return periods;
}

}  // namespace aftersales::policy
