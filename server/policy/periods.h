// Periods of the calendar in which something is owed anew: months, quarters, years. Pure.
#ifndef AFTERSALES_SERVER_POLICY_PERIODS_H_
#define AFTERSALES_SERVER_POLICY_PERIODS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/pack/v1/pack.pb.h"

namespace aftersales::policy {

// One period, in a company's time zone.
struct CalendarPeriod {
  std::string name;  // "2026-07", "2026-Q3", "2026": the same for the same period, whatever asks
  absl::Time start;
  absl::Time end;  // the first instant of the next
};

// The month, quarter or year in which `time` lies. The one that follows is PeriodOf(end).
CalendarPeriod PeriodOf(absl::Time time, pack::v1::Period every, absl::TimeZone zone);

// A time in which a rule was in force, until `to`.
struct Stretch {
  absl::Time from;
  absl::Time to;
};

// A period in which a rule was in force, and since when in it.
struct PeriodInForce {
  CalendarPeriod period;
  absl::Time since;
};

// The periods, from that of `from` to that of `until`, in which a rule was in force for some time: in their order.
std::vector<PeriodInForce> PeriodsInForce(const std::vector<Stretch>& stretches, absl::Time from, absl::Time until,
                                          pack::v1::Period every, absl::TimeZone zone);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_PERIODS_H_
