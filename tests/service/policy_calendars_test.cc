// Versions of calendars: a year's holidays loaded, put in force, and counted in, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/clock.h"
#include "server/obligations/calendar_book.h"
#include "tests/service/policy_service_fixture.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class PolicyCalendarsTest : public PolicyServiceTest {};

INSTANTIATE_TEST_SUITE_P(Engines, PolicyCalendarsTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(PolicyCalendarsTest, AYearsDaysAreAddedToThoseOfOtherYears) {
  OfficeInForce();
  v1::CreateCalendarVersionRequest request = Office(2026);
  *request.mutable_calendar_version()->add_holidays() = DateOf(2026, 10, 2);
  *request.mutable_calendar_version()->add_holidays() = DateOf(2026, 10, 1);
  *request.mutable_calendar_version()->add_working_days() = DateOf(2026, 10, 10);
  request.mutable_calendar_version()->set_source("Notice 7/2025");
  const auto loaded = Load(request);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->name(), "calendarVersions/office-1");
  EXPECT_EQ(loaded->state(), v1::POLICY_VERSION_STATE_LOADED);
  EXPECT_EQ(loaded->loaded_by(), "principals/issuer");
  EXPECT_EQ(loaded->source(), "Notice 7/2025");
  EXPECT_EQ(loaded->time_zone(), "UTC");
  ASSERT_EQ(loaded->hours_size(), 5);
  EXPECT_EQ(loaded->hours(0).weekday(), 1);
  EXPECT_EQ(loaded->hours(4).weekday(), 5);
  EXPECT_EQ(loaded->hours(0).start_minute(), 480);
  EXPECT_EQ(loaded->hours(0).end_minute(), 960);
  EXPECT_THAT(Days(loaded->holidays()), ElementsAre("2026-10-1", "2026-10-2", "2027-1-1")) << "the pack's, for 2027";
  EXPECT_THAT(Days(loaded->working_days()), ElementsAre("2026-10-10"));
  EXPECT_THAT(desk_.Events(loaded->name(), "calendar-loaded"), SizeIs(1));

  // The next takes over from what is then in force, not from the pack.
  ASSERT_TRUE(Activate(loaded->name()).ok());
  request = Office(2027);
  *request.mutable_calendar_version()->add_holidays() = DateOf(2027, 5, 1);
  EXPECT_THAT(Days(Load(request)->holidays()), ElementsAre("2026-10-1", "2026-10-2", "2027-5-1"));
  // All days given: none taken over.
  request = Office();
  *request.mutable_calendar_version()->add_holidays() = DateOf(2028, 2, 29);
  EXPECT_THAT(Days(Load(request)->holidays()), ElementsAre("2028-2-29"));
}

TEST_P(PolicyCalendarsTest, WrongDaysAreRefusedByTheirPlace) {
  OfficeInForce();
  const auto refused = [&](const v1::CreateCalendarVersionRequest& request, const std::string& field) {
    const absl::Status status = Load(request).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("calendar_version." + field));
  };
  v1::CreateCalendarVersionRequest request = Office();
  *request.mutable_calendar_version()->add_holidays() = DateOf(2026, 2, 28);
  *request.mutable_calendar_version()->add_holidays() = DateOf(2026, 2, 29);
  refused(request, "holidays[1]");
  request = Office(2026);
  *request.mutable_calendar_version()->add_working_days() = DateOf(2027, 2, 27);
  refused(request, "working_days[0]");
  request = Office();
  for (int i = 0; i < 2; ++i) *request.mutable_calendar_version()->add_working_days() = DateOf(2027, 2, 27);
  refused(request, "working_days[1]");
  *request.mutable_calendar_version()->add_holidays() = DateOf(2027, 2, 27);
  request.mutable_calendar_version()->mutable_working_days()->RemoveLast();
  refused(request, "working_days");
  refused(Office(1969), "year");
  request = Office();
  request.mutable_calendar_version()->set_calendar("workshop");
  refused(request, "calendar");
  EXPECT_EQ(desk_.Number("SELECT COUNT(*) FROM calendar_version"), 0);
}

TEST_P(PolicyCalendarsTest, TooManyDaysAreRefused) {
  OfficeInForce();
  v1::CreateCalendarVersionRequest request = Office();
  absl::CivilDay day(2020, 1, 1);
  for (int i = 0; i < 2000; ++i, ++day) {
    *request.mutable_calendar_version()->add_holidays() = DateOf(static_cast<int>(day.year()), day.month(), day.day());
  }
  const auto most = Load(request);
  ASSERT_TRUE(most.ok()) << most.status();
  ASSERT_TRUE(Activate(most->name()).ok());
  request = Office(2030);
  *request.mutable_calendar_version()->add_holidays() = DateOf(2030, 1, 1);
  EXPECT_THAT(std::string(Load(request).status().message()), HasSubstr("more than 2000"));
}

TEST_P(PolicyCalendarsTest, CalendarsNeedAPackThatHasThem) {
  EXPECT_EQ(ReasonOf(Load(Office()).status()), v1::ERROR_REASON_NO_POLICY);
  OfficeInForce();
  const auto loaded = Load(Office());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  desk_.PutInForce(kDeskPack);
  EXPECT_THAT(std::string(Load(Office()).status().message()), HasSubstr("it has none"));
  const auto gone = Activate(loaded->name());
  EXPECT_EQ(ReasonOf(gone.status()), v1::ERROR_REASON_ROLE_MISSING)
      << "the pack in force is issued by an administrator";
  EXPECT_EQ(ReasonOf(Activate(loaded->name(), absl::InfinitePast(), v1::ROLE_ADMIN).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(PolicyCalendarsTest, CalendarsAreReadAndListedNewestFirst) {
  OfficeInForce();
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    names.push_back(Load(Office())->name());
    desk_.clock.Advance(absl::Seconds(1));
  }
  v1::ListCalendarVersionsRequest list;
  list.set_page_size(2);
  list.mutable_filter()->set_calendar("office");
  Call call = desk_.As();
  auto page = desk_.policy->ListCalendarVersions(call, list);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->calendar_versions_size(), 2);
  EXPECT_EQ(page->calendar_versions(0).name(), names[2]);
  list.set_page_token(page->next_page_token());
  call = desk_.As();
  page = desk_.policy->ListCalendarVersions(call, list);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->calendar_versions_size(), 1);
  EXPECT_EQ(page->calendar_versions(0).name(), names[0]);
  EXPECT_EQ(page->next_page_token(), "");
  list.clear_page_token();
  list.mutable_filter()->set_calendar("workshop");
  call = desk_.As();
  EXPECT_EQ(desk_.policy->ListCalendarVersions(call, list)->calendar_versions_size(), 0);
  v1::GetCalendarVersionRequest get;
  get.set_name(names[1]);
  call = desk_.As();
  EXPECT_EQ(desk_.policy->GetCalendarVersion(call, get)->name(), names[1]);
  get.set_name("calendarVersions/office-99");
  call = desk_.As();
  EXPECT_EQ(ReasonOf(desk_.policy->GetCalendarVersion(call, get).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(PolicyCalendarsTest, LoadingACalendarTriedAndRepeated) {
  OfficeInForce();
  Call trial = desk_.As();
  trial.validate_only = true;
  EXPECT_TRUE(desk_.policy->CreateCalendarVersion(trial, Office()).ok());
  EXPECT_EQ(desk_.Number("SELECT COUNT(*) FROM calendar_version"), 0);
  Call first = desk_.As();
  Call repeat = first;
  const std::string name = desk_.policy->CreateCalendarVersion(first, Office())->name();
  EXPECT_EQ(desk_.policy->CreateCalendarVersion(repeat, Office())->name(), name);
  EXPECT_EQ(desk_.Number("SELECT COUNT(*) FROM calendar_version"), 1);
}

// Monday 14:13:20: an hour and 46:40 are left of Monday's eight, Tuesday is a holiday of the pack.
TEST_P(PolicyCalendarsTest, LimitsCountInTheCalendarInForceWhenTheyArise) {
  const std::string version = OfficeInForce();
  const absl::Time wednesday = absl::FromCivil(absl::CivilSecond(2026, 9, 23, 14, 13, 20), absl::UTCTimeZone());
  const auto due = [&](const std::string& service_case) {
    return FromProto(desk_.Owed(service_case, "plan").due_time());
  };
  const std::string by_pack = desk_.OpenCase(version);
  EXPECT_EQ(due(by_pack), wednesday);
  EXPECT_EQ(desk_.Owed(by_pack, "plan").calendar_version(), "");

  // Tuesday is worked after all; from ten minutes on.
  const std::string worked = Load(Office())->name();
  const absl::Time effective = desk_.clock.Now() + absl::Minutes(10);
  ASSERT_TRUE(Activate(worked, effective).ok());
  EXPECT_EQ(due(desk_.OpenCase(version)), wednesday);
  desk_.clock.Set(effective);
  const std::string by_version = desk_.OpenCase(version);
  EXPECT_EQ(due(by_version), wednesday - absl::Hours(24) + absl::Minutes(10));
  EXPECT_EQ(desk_.Owed(by_version, "plan").calendar_version(), worked);

  // What is owed keeps its own calendar, in its explanation too.
  v1::CreateCalendarVersionRequest closed = Office();
  *closed.mutable_calendar_version()->add_holidays() = DateOf(2026, 9, 22);
  *closed.mutable_calendar_version()->add_holidays() = DateOf(2026, 9, 23);
  ASSERT_TRUE(Activate(Load(closed)->name()).ok());
  EXPECT_EQ(due(by_pack), wednesday);
  v1::ExplainObligationRequest explain;
  explain.set_name(desk_.Owed(by_version, "plan").name());
  Call call = desk_.As();
  const auto explanation = desk_.policy->ExplainObligation(call, explain);
  ASSERT_TRUE(explanation.ok()) << explanation.status();
  absl::Duration counted;
  for (const v1::ExplanationSegment& segment : explanation->segments()) {
    if (segment.counted()) counted += FromProto(segment.end_time()) - FromProto(segment.start_time());
    EXPECT_THAT(segment.cause(), ::testing::Not(HasSubstr("2026-09-22"))) << "Tuesday is no holiday of this version";
  }
  EXPECT_EQ(counted, absl::Hours(8));

  // Migrated to the version that it follows, a case takes what is in force now.
  const auto dry = DryRun(version);
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_THAT(Words(dry->changes()), ElementsAre("plan due", "plan due", "plan due"));
  Call executive = desk_.As({v1::ROLE_EXECUTIVE});
  const auto migrated = desk_.policy->MigrateCases(executive, To(version, {by_pack}));
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  EXPECT_EQ(due(by_pack), wednesday + absl::Hours(24));
  EXPECT_EQ(due(by_version), wednesday - absl::Hours(24) + absl::Minutes(10));
}

TEST_P(PolicyCalendarsTest, CalendarActivationLikewise) {
  OfficeInForce();
  const std::string first = Load(Office())->name();
  const std::string second = Load(Office())->name();
  EXPECT_EQ(ReasonOf(Activate(first, absl::InfinitePast(), v1::ROLE_ADMIN).status()), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(ReasonOf(Activate("calendarVersions/office-99").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Activate(first, desk_.clock.Now() - absl::Hours(1)).status()), v1::ERROR_REASON_FIELD_INVALID);
  const auto active = Activate(first);
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->state(), v1::POLICY_VERSION_STATE_ACTIVE);
  EXPECT_EQ(active->activated_by(), "principals/issuer as executive");
  EXPECT_EQ(ReasonOf(Activate(first).status()), v1::ERROR_REASON_STATE_FORBIDS);
  const auto later = Activate(second, desk_.clock.Now() + absl::Hours(1));
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->state(), v1::POLICY_VERSION_STATE_SCHEDULED);
  EXPECT_THAT(desk_.Events(second, "calendar-activated"), SizeIs(1));
  desk_.clock.Advance(absl::Hours(2));
  const std::string third = Load(Office())->name();
  ASSERT_TRUE(Activate(third).ok());
  const auto events = desk_.Events(second, "calendar-activated");
  ASSERT_THAT(events, SizeIs(2)) << "it was in force for an hour";
  EXPECT_EQ(events[1].calendar_version().state(), v1::POLICY_VERSION_STATE_ACTIVE);
  v1::ActivateCalendarVersionRequest stale;
  stale.set_name(second);
  stale.set_etag("1");
  Call call = desk_.As({v1::ROLE_EXECUTIVE});
  EXPECT_EQ(ReasonOf(desk_.policy->ActivateCalendarVersion(call, stale).status()), v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_P(PolicyCalendarsTest, TheBookGivesWhatIsInForceWhatIsNamedAndThePacksOwn) {
  const std::string version = OfficeInForce();
  const std::string loaded = Load(Office())->name();
  CalendarBook book;
  const auto look = [&](const std::string& calendar, const std::string& named, int* statements) {
    Call call = desk_.As();
    policy::CalendarInForce found;
    EXPECT_TRUE(desk_.db
                    ->Read<bool>(call,
                                 [&](Reader& reader) -> absl::StatusOr<bool> {
                                   auto pack = *desk_.obligations.Version(reader, version);
                                   const int before = call.statements;
                                   const policy::CalendarLookup lookup = book.For(reader, std::move(pack), version);
                                   found = lookup(calendar, named);
                                   EXPECT_EQ(lookup(calendar, named).version, found.version);
                                   *statements = call.statements - before;
                                   return true;
                                 })
                    .ok());
    return found;
  };
  int statements = 0;
  EXPECT_EQ(look("office", "", &statements).version, "");
  EXPECT_EQ(statements, 1) << "what is in force is read once for a transaction";
  EXPECT_EQ(look("office", loaded, &statements).version, loaded) << "in force or not";
  EXPECT_EQ(statements, 1);
  ASSERT_TRUE(Activate(loaded).ok());
  EXPECT_EQ(look("office", "", &statements).version, loaded);
  EXPECT_EQ(statements, 1) << "its text is known from before";
  const policy::CalendarInForce own = look("office", version, &statements);
  EXPECT_EQ(own.version, "");
  EXPECT_THAT(own.calendar->spec().holidays, SizeIs(2));
  EXPECT_EQ(statements, 0);
  EXPECT_EQ(look("workshop", "", &statements).calendar, nullptr);
  EXPECT_EQ(statements, 0);
}

}  // namespace
}  // namespace aftersales
