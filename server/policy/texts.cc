#include "server/policy/texts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/names.h"

namespace aftersales::policy {
namespace {

// What a limit gives where nobody named a time.
std::string LengthText(const Limit& limit) {
  if (!limit.calendar.empty()) {
    std::vector<std::string> parts;
    if (limit.working_days > 0)
      parts.push_back(absl::StrCat(limit.working_days, limit.working_days == 1 ? " working day" : " working days"));
    if (limit.time > absl::ZeroDuration()) parts.push_back(absl::StrCat(SpanText(limit.time), " of working time"));
    return absl::StrCat(absl::StrJoin(parts, " and "), " by the calendar \"", limit.calendar, "\"");
  }
  if (limit.time > absl::ZeroDuration()) return absl::StrCat(SpanText(limit.time), " of elapsed time");
  if (limit.months > 0) return absl::StrCat(limit.months, limit.months == 1 ? " calendar month" : " calendar months");
  switch (limit.end_of) {
    case pack::v1::DAY: return "until the end of the day";
    case pack::v1::MONTH: return "until the end of the month";
    case pack::v1::QUARTER: return "until the end of the quarter";
    case pack::v1::YEAR: return "until the end of the year";
    default: return "";
  }
}

}  // namespace

std::string OwnerText(v1::Role role, bool head) { return absl::StrCat(Word(role), head ? " (head)" : ""); }

std::string EventsText(const std::vector<v1::EventType>& events) {
  std::vector<std::string> words;
  for (const v1::EventType event : events) words.push_back(Word(event, '-'));
  return absl::StrJoin(words, " or ");
}

std::string SpanText(absl::Duration time) {
  const int64_t minutes = absl::ToInt64Minutes(time);
  const int64_t days = minutes / (24 * 60), hours = minutes / 60 % 24;
  std::vector<std::string> words;
  if (days > 2) {
    words.push_back(absl::StrCat(days, " days"));
    if (hours != 0) words.push_back(absl::StrCat(hours, " h"));
  } else if (minutes / 60 != 0) {
    words.push_back(absl::StrCat(minutes / 60, " h"));
  }
  if (minutes % 60 != 0 || words.empty()) words.push_back(absl::StrCat(minutes % 60, " min"));
  return absl::StrJoin(words, " ");
}

std::string LimitText(const Limit& limit) {
  std::vector<std::string> ways;
  if (limit.promised_time) ways.push_back("the time that was promised");
  if (limit.customer_deadline) ways.push_back("the customer's own deadline");
  const std::string length = LengthText(limit);
  if (!length.empty()) ways.push_back(length);
  return absl::StrJoin(ways, ", else ");
}

}  // namespace aftersales::policy
