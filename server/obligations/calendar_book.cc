#include "server/obligations/calendar_book.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/obligations/obligation_store.h"

namespace aftersales {
namespace {

// Two centuries of windows take some megabytes each; a company has a few calendars and a version of each a year.
constexpr size_t kMostCompiled = 24;

// v1::CalendarHours count weekdays from Monday, 1, to Sunday, 7.
constexpr absl::Weekday kWeek[] = {absl::Weekday::monday,   absl::Weekday::tuesday, absl::Weekday::wednesday,
                                   absl::Weekday::thursday, absl::Weekday::friday,  absl::Weekday::saturday,
                                   absl::Weekday::sunday};

absl::CivilDay DayOf(const v1::Date& date) { return absl::CivilDay(date.year(), date.month(), date.day()); }

// What is in force while one transaction runs; read when it is first asked for.
struct InForceNow {
  std::optional<std::map<std::string, InForce>> calendars;

  const std::string& VersionOf(Reader& reader, const std::string& calendar) {
    static const std::string none;
    if (!calendars.has_value()) calendars = CalendarsInForce(reader);
    const auto found = calendars->find(calendar);
    return found == calendars->end() ? none : found->second.At(reader.now());
  }
};

}  // namespace

policy::CalendarLookup CalendarBook::For(Reader& reader, std::shared_ptr<const policy::Pack> pack,
                                         std::string policy_version) {
  return [this, &reader, pack = std::move(pack), policy_version = std::move(policy_version),
          now = std::make_shared<InForceNow>()](const std::string& calendar,
                                                const std::string& version) -> policy::CalendarInForce {
    if (pack->calendars.count(calendar) == 0) return {};
    if (version != policy_version) {
      const std::string wanted = version.empty() ? now->VersionOf(reader, calendar) : version;
      if (!wanted.empty()) {
        if (Compiled found = OfVersion(reader, wanted)) return {wanted, std::move(found)};
      }
    }
    return {"", OfPack(*pack, policy_version, calendar)};
  };
}

CalendarBook::Compiled CalendarBook::OfPack(const policy::Pack& pack, const std::string& policy_version,
                                            const std::string& calendar) {
  const std::string key = absl::StrCat(policy_version, " ", calendar);
  if (Compiled found = Find(key)) return found;
  return Keep(key, pack.calendars.at(calendar));
}

CalendarBook::Compiled CalendarBook::OfVersion(Reader& reader, const std::string& version) {
  if (Compiled found = Find(version)) return found;
  const absl::StatusOr<v1::CalendarVersion> stored = CalendarVersions().Get(reader, version);
  if (!stored.ok()) return nullptr;
  return Keep(version, SpecOf(*stored));
}

CalendarBook::Compiled CalendarBook::Find(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto found = compiled_.find(key);
  return found == compiled_.end() ? nullptr : found->second;
}

CalendarBook::Compiled CalendarBook::Keep(const std::string& key, policy::CalendarSpec spec) {
  // Compiled outside the lock: it takes a while, and those who use other calendars need not wait.
  Compiled made = std::make_shared<const policy::Calendar>(std::move(spec));
  absl::MutexLock lock(&mutex_);
  if (compiled_.size() >= kMostCompiled) compiled_.clear();
  return compiled_.emplace(key, std::move(made)).first->second;
}

policy::CalendarSpec SpecOf(const v1::CalendarVersion& version) {
  policy::CalendarSpec spec;
  spec.name = version.calendar();
  // It was copied from a pack whose zone had been looked up.
  if (!absl::LoadTimeZone(version.time_zone(), &spec.time_zone)) spec.time_zone = absl::UTCTimeZone();
  for (const v1::CalendarHours& hours : version.hours()) {
    if (hours.weekday() < 1 || hours.weekday() > 7) continue;
    spec.week.push_back({kWeek[hours.weekday() - 1], hours.start_minute(), hours.end_minute()});
  }
  for (const v1::Date& day : version.holidays()) spec.holidays.push_back(DayOf(day));
  for (const v1::Date& day : version.working_days()) spec.working_days.push_back(DayOf(day));
  return spec;
}

void SetWeek(const policy::CalendarSpec& spec, v1::CalendarVersion* version) {
  version->set_time_zone(spec.time_zone.name());
  version->clear_hours();
  for (const policy::WorkingWindow& window : spec.week) {
    v1::CalendarHours* hours = version->add_hours();
    for (int day = 0; day < 7; ++day) {
      if (kWeek[day] == window.weekday) hours->set_weekday(day + 1);
    }
    hours->set_start_minute(window.start_minute);
    hours->set_end_minute(window.end_minute);
  }
}

}  // namespace aftersales
