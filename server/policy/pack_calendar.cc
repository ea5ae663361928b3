// Reading a pack's calendars.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/policy/pack_text.h"

namespace aftersales::policy {
namespace {

namespace pb = google::protobuf;

// Minutes of the day of "08:30"; -1 where it is no time of day. "24:00" is one.
int MinutesOf(const std::string& text) {
  int hour = 0, minute = 0;
  if (text.size() != 5 || text[2] != ':' || !absl::SimpleAtoi(text.substr(0, 2), &hour) ||
      !absl::SimpleAtoi(text.substr(3), &minute) || hour < 0 || minute < 0 || minute > 59 ||
      hour * 60 + minute > 24 * 60) {
    return -1;
  }
  return hour * 60 + minute;
}

bool ParseWeekday(const std::string& word, absl::Weekday* weekday) {
  static const std::map<std::string, absl::Weekday> kDays = {
      {"monday", absl::Weekday::monday},       {"tuesday", absl::Weekday::tuesday},
      {"wednesday", absl::Weekday::wednesday}, {"thursday", absl::Weekday::thursday},
      {"friday", absl::Weekday::friday},       {"saturday", absl::Weekday::saturday},
      {"sunday", absl::Weekday::sunday}};
  const auto found = kDays.find(word);
  if (found != kDays.end()) *weekday = found->second;
  return found != kDays.end();
}

void ReadHours(const Place& place, const pack::v1::WorkingHours& hours, CalendarSpec* calendar) {
  WorkingWindow window;
  window.start_minute = MinutesOf(hours.from());
  window.end_minute = MinutesOf(hours.to());
  if (window.start_minute < 0 || window.start_minute == 24 * 60)
    place.Wrong("from", "must be a time of day, such as \"08:00\"");
  if (window.end_minute < 0) place.Wrong("to", "must be a time of day up to \"24:00\", such as \"17:30\"");
  if (window.end_minute <= window.start_minute) window.end_minute += 24 * 60;  // ends on the next day
  if (hours.days().empty()) place.Wrong("days", "names no day; the days are monday to sunday");
  for (int i = 0; i < hours.days_size(); ++i) {
    if (!ParseWeekday(hours.days(i), &window.weekday)) {
      place.Wrong("days", absl::StrCat("\"", hours.days(i), "\" is no day of the week, such as \"monday\""), i);
    }
    calendar->week.push_back(window);
  }
}

std::vector<absl::CivilDay> ReadDates(const Place& place, const char* field,
                                      const pb::RepeatedPtrField<std::string>& dates) {
  std::vector<absl::CivilDay> read;
  for (int i = 0; i < dates.size(); ++i) {
    absl::CivilDay day;
    if (!ParseDate(dates[i], &day)) place.Wrong(field, "must be a day, such as \"2026-10-01\"", i);
    read.push_back(day);
  }
  return read;
}

// Like "Asia/Shanghai". The time zone library opens what it is given as a file, and remembers every name for good: no
// paths that lead out of its folder, nothing long, and not "localtime", which each machine reads differently.
bool IsZoneName(const std::string& name) {
  if (name.empty() || name.size() > 40 || name == "localtime" || name.front() == '/' || name.back() == '/')
    return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '+' || c == '-' || c == '/';
  });
}

}  // namespace

bool ParseDate(const std::string& text, absl::CivilDay* day) {
  return text.size() == 10 && absl::ParseCivilTime(text, day) && day->year() >= 1970 && day->year() < 2200;
}

bool LoadZone(const Place& place, const std::string& name, absl::TimeZone* zone) {
  if (IsZoneName(name) && absl::LoadTimeZone(name, zone)) return true;
  place.Wrong("time_zone", absl::StrCat("\"", name.substr(0, 60),
                                        "\" is no IANA time zone that this server knows, such as "
                                        "\"Asia/Shanghai\" (its machine needs tzdata)"));
  *zone = absl::UTCTimeZone();
  return false;
}

CalendarSpec ReadCalendar(const Place& place, const pack::v1::Calendar& calendar, absl::TimeZone zone) {
  CalendarSpec read;
  CheckWord(place, "name", calendar.name(), "office");
  read.name = calendar.name();
  read.time_zone = zone;
  if (!calendar.time_zone().empty()) LoadZone(place, calendar.time_zone(), &read.time_zone);
  if (calendar.hours().empty()) place.Wrong("hours", "has no working hours; nothing counted in it would ever be due");
  if (calendar.hours_size() > 50) place.Wrong("hours", "has at most 50 entries");
  for (int i = 0; i < calendar.hours_size(); ++i) {
    ReadHours(place.In("hours", calendar.hours(i), i), calendar.hours(i), &read);
  }
  read.holidays = ReadDates(place, "holidays", calendar.holidays());
  read.working_days = ReadDates(place, "working_days", calendar.working_days());
  if (calendar.holidays_size() > 2000 || calendar.working_days_size() > 2000)
    place.Wrong("holidays", "has at most 2,000 days");
  return read;
}

}  // namespace aftersales::policy
