// The RPCs about calendars: versions loaded, such as a year's holidays, and put in force.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/activation.h"
#include "server/obligations/calendar_book.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/policy_service.h"

namespace aftersales {
namespace {

using Days = google::protobuf::RepeatedPtrField<v1::Date>;

// A century of holidays is more than anybody plans; what is stored stays small enough to be sent.
constexpr int kMostDays = 2000;

void Put(const std::set<absl::CivilDay>& days, Days* list) {
  list->Clear();
  for (const absl::CivilDay& day : days) {
    v1::Date* date = list->Add();
    date->set_year(static_cast<int>(day.year()));
    date->set_month(day.month());
    date->set_day(day.day());
  }
}

// The days as they are given: each a day of the calendar, in `year` unless that is 0, and given once.
absl::StatusOr<std::set<absl::CivilDay>> DaysGiven(const Days& dates, int year, const std::string& field) {
  std::set<absl::CivilDay> days;
  for (int i = 0; i < dates.size(); ++i) {
    const v1::Date& date = dates[i];
    const std::string path = absl::StrCat("calendar_version.", field, "[", i, "]");
    const absl::CivilDay day(date.year(), date.month(), date.day());
    if (day.year() != date.year() || day.month() != date.month() || day.day() != date.day()) {
      return FieldError(path, absl::StrCat(date.year(), "-", date.month(), "-", date.day(),
                                           " is no day of the calendar; correct its year, month or day"));
    }
    if (year != 0 && date.year() != year) {
      return FieldError(path, absl::StrCat(absl::FormatCivilTime(day), " is not in ", year,
                                           ", the year that is given here; leave it out, or give year 0 and all days"));
    }
    if (!days.insert(day).second) {
      return FieldError(path, absl::StrCat(absl::FormatCivilTime(day), " is given twice; give it once"));
    }
  }
  return days;
}

// Those of other years.
void TakeOver(const std::vector<absl::CivilDay>& before, int year, std::set<absl::CivilDay>* days) {
  for (const absl::CivilDay& day : before) {
    if (day.year() != year) days->insert(day);
  }
}

// Checks the days of the request and adds those that it takes over from what is in force now.
absl::Status FillDays(const v1::CalendarVersion& given, const policy::CalendarSpec& before,
                      v1::CalendarVersion* version) {
  ASSIGN_OR_RETURN(std::set<absl::CivilDay> holidays, DaysGiven(given.holidays(), given.year(), "holidays"));
  ASSIGN_OR_RETURN(std::set<absl::CivilDay> worked, DaysGiven(given.working_days(), given.year(), "working_days"));
  for (const absl::CivilDay& day : worked) {
    if (holidays.count(day) != 0) {
      return FieldError("calendar_version.working_days",
                        absl::StrCat(absl::FormatCivilTime(day), " is given as a holiday too; it is one or the other"));
    }
  }
  if (given.year() != 0) {
    TakeOver(before.holidays, given.year(), &holidays);
    TakeOver(before.working_days, given.year(), &worked);
  }
  if (holidays.size() > kMostDays || worked.size() > kMostDays) {
    return FieldError(holidays.size() > kMostDays ? "calendar_version.holidays" : "calendar_version.working_days",
                      absl::StrCat("with those taken over from other years there are more than ", kMostDays,
                                   "; give year 0 and only the days that still matter"));
  }
  Put(holidays, version->mutable_holidays());
  Put(worked, version->mutable_working_days());
  return absl::OkStatus();
}

absl::StatusOr<policy::CalendarSpec> CalendarOf(const policy::Pack& pack, const std::string& calendar) {
  const auto found = pack.calendars.find(calendar);
  if (found != pack.calendars.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, spec] : pack.calendars) names.push_back(name);
  return FieldError(
      "calendar_version.calendar",
      absl::StrCat("\"", calendar, "\" is no calendar of the pack in force, ", pack.title, "; ",
                   names.empty() ? "it has none" : absl::StrCat("its calendars are ", absl::StrJoin(names, ", "))));
}

}  // namespace

absl::StatusOr<v1::CalendarVersion> PolicyService::CreateCalendarVersion(
    Call& call, const v1::CreateCalendarVersionRequest& request) {
  const v1::CalendarVersion& given = request.calendar_version();
  if (given.year() != 0 && given.year() < 1970) {
    return FieldError("calendar_version.year", "must be a year from 1970 to 2199, or 0 where all days are given");
  }
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "calendar-version"));
  return db_.Write<v1::CalendarVersion>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::CalendarVersion> {
    ASSIGN_OR_RETURN(const std::string policy_version, obligations_.ActiveVersion(tx));
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(tx, policy_version));
    ASSIGN_OR_RETURN(policy::CalendarSpec spec, CalendarOf(*pack, given.calendar()));
    v1::CalendarVersion version;
    version.set_name(absl::StrCat("calendarVersions/", given.calendar(), "-", number));
    version.set_state(v1::POLICY_VERSION_STATE_LOADED);
    version.set_calendar(given.calendar());
    version.set_year(given.year());
    version.set_source(given.source());
    version.set_loaded_by(call.caller.principal);
    SetWeek(spec, &version);
    const std::string current = CalendarsInForce(tx)[given.calendar()].At(tx.now());
    if (!current.empty()) {
      ASSIGN_OR_RETURN(const v1::CalendarVersion before, CalendarVersions().Get(tx, current));
      spec = SpecOf(before);
    }
    RETURN_IF_ERROR(FillDays(given, spec, &version));
    RETURN_IF_ERROR(CalendarVersions().Insert(tx, version));
    RecordVersion(tx, v1::EVENT_TYPE_CALENDAR_LOADED, tx.now(), version);
    return version;
  });
}

absl::StatusOr<v1::CalendarVersion> PolicyService::GetCalendarVersion(Call& call,
                                                                      const v1::GetCalendarVersionRequest& request) {
  return db_.Read<v1::CalendarVersion>(call,
                                       [&](Reader& reader) { return CalendarVersions().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListCalendarVersionsResponse> PolicyService::ListCalendarVersions(
    Call& call, const v1::ListCalendarVersionsRequest& request) {
  return db_.Read<v1::ListCalendarVersionsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListCalendarVersionsResponse> {
        v1::ListCalendarVersionsResponse response;
        ListQuery query;
        if (!request.filter().calendar().empty()) query.where.push_back({"calendar", "=", request.filter().calendar()});
        query.order.push_back({"create_time", /*descending=*/true});
        RETURN_IF_ERROR(CalendarVersions().List(reader, query, request, &response));
        return response;
      });
}

absl::StatusOr<v1::CalendarVersion> PolicyService::ActivateCalendarVersion(
    Call& call, const v1::ActivateCalendarVersionRequest& request) {
  return db_.Write<v1::CalendarVersion>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::CalendarVersion> {
    ASSIGN_OR_RETURN(const std::string policy_version, obligations_.ActiveVersion(tx));
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(tx, policy_version));
    ASSIGN_OR_RETURN(const std::string by, Issuer(call, *pack, absl::StrCat("put ", request.name(), " in force")));
    ASSIGN_OR_RETURN(const absl::Time effective, EffectiveTime(request, tx.now()));
    // Read to learn which calendar's row to lock first; that never changes.
    ASSIGN_OR_RETURN(const v1::CalendarVersion stored, CalendarVersions().Get(tx, request.name()));
    if (pack->calendars.count(stored.calendar()) == 0) {
      return StateError(
          stored.name(),
          absl::StrCat("of the calendar \"", stored.calendar(), "\", which ", policy_version, " does not have"),
          "activated", {"of a calendar of the pack in force"});
    }
    InForce in_force = LockCalendarInForce(tx, stored.calendar());
    RETURN_IF_ERROR(TakeCalendarTurn(tx, stored.calendar(), in_force));
    ASSIGN_OR_RETURN(v1::CalendarVersion version, CalendarVersions().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(PutInForce(tx, CalendarVersions(), by, effective, version, in_force));
    SetCalendarInForce(tx, version.calendar(), in_force);
    RecordVersion(tx, v1::EVENT_TYPE_CALENDAR_ACTIVATED, tx.now(), version);
    return version;
  });
}

}  // namespace aftersales
