// Rules about customers: what is owed anew in every period, once for each, and what is met by one call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"
#include "tests/unit/rule_desk.h"

namespace aftersales::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kHead[] =
    "name: 'calls' title: 'Calls' effective_from: '2026-01-01' time_zone: 'Asia/Shanghai' owner: 'customer_service' ";

constexpr char kCalls[] = R"(
  obligation {
    kind: "quarterly-call" clauses: "C-1" every: QUARTER for_each: "customer" by: "customer_service" stated: true
    met_by { event: "callback-held" where { reached: "true" } }
    escalate { overdue_minutes: 0 to: "service_manager" }
  }
  obligation {
    kind: "monthly-visit" clauses: "C-2" every: MONTH for_each: "customer" where { customer_tier: "key" }
    by: "customer_service" within { days: 10 } met_by { event: "feedback-recorded" where { feedback: "visit" } }
  }
  obligation {
    kind: "first-call" clauses: "C-3" on: "first-installation" by: "customer_service" within { calendar_months: 1 }
    met_by { event: "callback-held" where { reached: "true" } }
  }
)";

std::string PackOf(const std::string& rules) { return absl::StrCat(kHead, rules); }

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Asia/Shanghai", &zone));
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, zone, &time, &error)) << error;
  return time;
}

// A user since then, under the procedure that there was.
v1::Event UserSince(const std::string& time, v1::Event event) {
  (*event.mutable_facts())[kUserSince] = absl::FormatTime(absl::RFC3339_full, At(time), absl::UTCTimeZone());
  (*event.mutable_facts())[kUserUnderProcedure] = "true";
  return event;
}

v1::Event Of(v1::EventType type, absl::Time time, const std::map<std::string, std::string>& facts = {}) {
  v1::Event event = EventAt(type, time);
  event.set_root("customers/1");
  event.set_subject("customers/1");
  event.mutable_facts()->insert(facts.begin(), facts.end());
  if (facts.count(kUserSince) == 0) return UserSince("2026-06-01 08:00", event);
  return event;
}

v1::Event Begins(const std::string& duty, const std::string& period, absl::Time time) {
  return Of(v1::EVENT_TYPE_PERIOD_BEGAN, time, {{"duty", duty}, {"period", period}});
}

v1::Event Calls(absl::Time time, bool reached, absl::Time entered) {
  v1::Event event = Of(v1::EVENT_TYPE_CALLBACK_HELD, time, {{"reached", reached ? "true" : "false"}});
  event.set_subject("callbacks/1");
  *event.mutable_record_time() = ToProto(entered);
  return event;
}
v1::Event Calls(absl::Time time, bool reached = true) { return Calls(time, reached, time); }

class PeriodicRulesTest : public ::testing::Test {
 protected:
  v1::ObligationState StateOf(const std::string& kind, const std::string& period = "") {
    for (const v1::Obligation& owed : desk_.owed()) {
      const auto found = owed.facts().find("period");
      if (owed.kind() == kind && (period.empty() || (found != owed.facts().end() && found->second == period))) {
        return owed.state();
      }
    }
    return v1::OBLIGATION_STATE_UNSPECIFIED;
  }

  const std::shared_ptr<const Pack> pack_ = Parsed(PackOf(kCalls));
  const Book book_ = BookOf(*pack_);
  Desk desk_{book_};
};

TEST_F(PeriodicRulesTest, APeriodBringsUpItsOwnDutyAloneUntilItsEnd) {
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-07-01 00:00")));
  ASSERT_EQ(desk_.owed().size(), 1u);
  const v1::Obligation& owed = desk_.owed()[0];
  EXPECT_EQ(owed.kind(), "quarterly-call");
  EXPECT_EQ(FromProto(owed.since_time()), At("2026-07-01 00:00"));
  EXPECT_EQ(FromProto(owed.due_time()), At("2026-10-01 00:00"));
  EXPECT_EQ(owed.facts().at("period"), "2026-Q3");
  EXPECT_EQ(owed.escalations_size(), 1);
}

TEST_F(PeriodicRulesTest, OneWhoBecomesAUserOnTheWayHasTheRestOfThePeriod) {
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-08-20 10:00")));
  EXPECT_EQ(FromProto(desk_.owed()[0].since_time()), At("2026-08-20 10:00"));
  EXPECT_EQ(FromProto(desk_.owed()[0].due_time()), At("2026-10-01 00:00"));
}

TEST_F(PeriodicRulesTest, WhatTheRuleSaysGoesBeforeThePeriodsEnd) {
  v1::Event event = Begins("monthly-visit", "2026-07", At("2026-07-01 00:00"));
  desk_.Take(event);
  EXPECT_TRUE(desk_.owed().empty()) << "the customer is no key customer";
  (*event.mutable_facts())["customer_tier"] = "key";
  desk_.Take(event);
  ASSERT_EQ(desk_.owed().size(), 1u);
  EXPECT_EQ(FromProto(desk_.owed()[0].due_time()), At("2026-07-11 00:00"));
}

TEST_F(PeriodicRulesTest, NeverTwoForOnePeriodAndOneForEach) {
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-07-01 00:00")));
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-07-01 00:00")));
  EXPECT_EQ(desk_.owed().size(), 1u);
  // The one before is open still.
  desk_.Take(Begins("quarterly-call", "2026-Q4", At("2026-10-01 00:00")));
  EXPECT_EQ(desk_.owed().size(), 2u);
}

TEST_F(PeriodicRulesTest, OneCallMeetsAllThatItFits) {
  desk_.Take(Of(v1::EVENT_TYPE_FIRST_INSTALLATION, At("2026-09-15 10:00")));
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-09-15 10:00")));
  desk_.Take(Begins("quarterly-call", "2026-Q4", At("2026-10-01 00:00")));
  desk_.Take(Calls(At("2026-10-05 09:00"), /*reached=*/false));
  for (const v1::Obligation& owed : desk_.owed()) EXPECT_EQ(owed.state(), v1::OBLIGATION_STATE_OPEN) << owed.kind();
  desk_.Take(Calls(At("2026-10-06 09:00")));
  EXPECT_EQ(StateOf("first-call"), v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(StateOf("quarterly-call", "2026-Q3"), v1::OBLIGATION_STATE_LATE_MET);
  EXPECT_EQ(StateOf("quarterly-call", "2026-Q4"), v1::OBLIGATION_STATE_MET);
}

// A call on the last evening that is entered in the new year is of the old year.
TEST_F(PeriodicRulesTest, ACallCountsToThePeriodInWhichItWasHeld) {
  desk_.Take(Begins("quarterly-call", "2026-Q4", At("2026-10-01 00:00")));
  desk_.Take(Begins("quarterly-call", "2027-Q1", At("2027-01-01 00:00")));
  desk_.Take(Calls(At("2026-12-31 23:50"), /*reached=*/true, /*entered=*/At("2027-01-01 09:00")));
  EXPECT_EQ(StateOf("quarterly-call", "2026-Q4"), v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(StateOf("quarterly-call", "2027-Q1"), v1::OBLIGATION_STATE_OPEN);
}

TEST_F(PeriodicRulesTest, WhatAroseUnderAnotherVersionIsJudgedByItAlone) {
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-07-01 00:00")));
  Book later = book_;
  later.policy_version = "policyVersions/2";
  const Happening call = HappeningOf(Calls(At("2026-08-01 10:00")));
  EXPECT_TRUE(Apply(later, desk_.owed(), call, std::nullopt).ended.empty());
  EXPECT_EQ(Apply(book_, desk_.owed(), call, std::nullopt, /*arising=*/false).ended.size(), 1u);
  // Nothing comes up by a version that the customer does not follow any more.
  const Happening begun = HappeningOf(Begins("quarterly-call", "2026-Q4", At("2026-10-01 00:00")));
  EXPECT_TRUE(Apply(book_, desk_.owed(), begun, std::nullopt, /*arising=*/false).opened.empty());
  EXPECT_EQ(Apply(later, desk_.owed(), begun, std::nullopt).opened.size(), 1u);
  // What is owed for this period by the former version is not owed once more by this one.
  const Happening again = HappeningOf(Begins("quarterly-call", "2026-Q3", At("2026-08-01 00:00")));
  EXPECT_TRUE(Apply(later, desk_.owed(), again, std::nullopt).opened.empty());
}

v1::Event Installed(const std::string& time) {
  return UserSince(time, Of(v1::EVENT_TYPE_FIRST_INSTALLATION, At(time)));
}
v1::Event Moved(const std::string& time, const std::string& entered) {
  v1::Event event = UserSince(time, Of(v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED, At(time)));
  *event.mutable_record_time() = ToProto(At(entered));
  return event;
}
v1::Event Withdrawn(const std::string& time) {
  v1::Event event = Of(v1::EVENT_TYPE_FIRST_INSTALLATION_WITHDRAWN, At(time));
  event.mutable_facts()->erase(kUserSince);
  event.mutable_facts()->erase(kUserUnderProcedure);
  return event;
}
v1::Event Becomes(const std::string& tier, const std::string& time) {
  return Of(v1::EVENT_TYPE_DIRECTORY_CHANGED, At(time), {{"customer_tier", tier}});
}

TEST_F(PeriodicRulesTest, ACallBeforeTheInstallationIsNotTheFirstOne) {
  desk_.Take(Installed("2026-09-15 10:00"));
  desk_.Take(Calls(At("2026-09-15 09:59"), /*reached=*/true, /*entered=*/At("2026-09-16 09:00")));
  EXPECT_EQ(StateOf("first-call"), v1::OBLIGATION_STATE_OPEN);
  desk_.Take(Calls(At("2026-09-15 10:00")));
  EXPECT_EQ(StateOf("first-call"), v1::OBLIGATION_STATE_MET);
}

TEST_F(PeriodicRulesTest, TheFirstCallMovesWithTheInstallation) {
  desk_.Take(Installed("2026-09-15 10:00"));
  desk_.Take(Moved("2026-09-01 08:00", "2026-09-16 08:00"));
  ASSERT_EQ(desk_.owed().size(), 1u);
  EXPECT_EQ(FromProto(desk_.owed()[0].since_time()), At("2026-09-01 08:00"));
  EXPECT_EQ(FromProto(desk_.owed()[0].due_time()), At("2026-10-01 08:00"));
  desk_.Take(Moved("2026-09-20 08:00", "2026-09-21 08:00"));
  EXPECT_EQ(FromProto(desk_.owed()[0].due_time()), At("2026-10-20 08:00"));
}

TEST_F(PeriodicRulesTest, AnInstallationThatWasLaterThanTheCallIsCalledAboutAnew) {
  desk_.Take(Installed("2026-09-15 10:00"));
  desk_.Take(Calls(At("2026-09-17 10:00")));
  desk_.Take(Moved("2026-09-16 10:00", "2026-09-18 08:00"));
  ASSERT_EQ(desk_.owed().size(), 1u) << "the call came after that too";
  desk_.Take(Moved("2026-09-18 10:00", "2026-09-19 08:00"));
  ASSERT_EQ(desk_.owed().size(), 2u);
  EXPECT_EQ(FromProto(desk_.owed()[1].since_time()), At("2026-09-18 10:00"));
}

TEST_F(PeriodicRulesTest, WhatWasBeforeTheProcedureBringsUpNothing) {
  desk_.Take(Installed("2026-09-15 10:00"));
  v1::Event moved = Moved("2020-01-01 10:00", "2026-09-18 08:00");
  moved.mutable_facts()->erase(kUserUnderProcedure);
  desk_.Take(moved);
  EXPECT_EQ(desk_.owed()[0].ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  EXPECT_EQ(FromProto(desk_.owed()[0].close_time()), At("2026-09-18 08:00"));
}

TEST_F(PeriodicRulesTest, WithNothingInstalledNothingIsOwedUntilSomethingIs) {
  desk_.Take(Installed("2026-09-15 10:00"));
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-09-15 10:00")));
  desk_.Take(Withdrawn("2026-09-20 10:00"));
  for (const v1::Obligation& owed : desk_.owed()) EXPECT_EQ(owed.ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  // Another tier makes no user.
  v1::Event tier = Becomes("key", "2026-09-20 11:00");
  tier.mutable_facts()->erase(kUserSince);
  tier.mutable_facts()->erase(kUserUnderProcedure);
  desk_.Take(tier);
  EXPECT_EQ(desk_.owed().size(), 2u);
  desk_.Take(Installed("2026-09-22 10:00"));
  ASSERT_EQ(desk_.owed().size(), 4u);
  for (int i = 2; i < 4; ++i) {
    EXPECT_EQ(desk_.owed()[i].state(), v1::OBLIGATION_STATE_OPEN) << desk_.owed()[i].kind();
    EXPECT_EQ(FromProto(desk_.owed()[i].since_time()), At("2026-09-22 10:00")) << desk_.owed()[i].kind();
  }
}

TEST_F(PeriodicRulesTest, WhoBecomesAUserInALaterPeriodOwesTheFormerNothing) {
  desk_.Take(Begins("quarterly-call", "2026-Q3", At("2026-09-15 10:00")));
  desk_.Take(Moved("2026-10-02 10:00", "2026-10-03 10:00"));
  EXPECT_EQ(desk_.owed()[0].ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  desk_.Take(Moved("2026-09-30 10:00", "2026-10-04 10:00"));
  ASSERT_EQ(desk_.owed().size(), 3u) << "the first call came up with the other time";
  EXPECT_EQ(desk_.owed()[2].kind(), "quarterly-call");
  EXPECT_EQ(FromProto(desk_.owed()[2].since_time()), At("2026-09-30 10:00"));
  EXPECT_EQ(FromProto(desk_.owed()[2].due_time()), At("2026-10-01 00:00"));
}

// The duty of each period goes on, not only the newest one's.
TEST_F(PeriodicRulesTest, ATierChangedToAndFroShedsNothing) {
  for (const char* month : {"2026-07", "2026-08"}) {
    v1::Event event = Begins("monthly-visit", month, At(absl::StrCat(month, "-01 00:00")));
    (*event.mutable_facts())["customer_tier"] = "key";
    desk_.Take(event);
  }
  desk_.Take(Becomes("plain", "2026-08-05 10:00"));
  for (const v1::Obligation& owed : desk_.owed()) EXPECT_EQ(owed.ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  desk_.Take(Becomes("key", "2026-08-06 10:00"));
  ASSERT_EQ(desk_.owed().size(), 4u);
  EXPECT_EQ(FromProto(desk_.owed()[2].due_time()), At("2026-07-11 00:00"));
  EXPECT_EQ(FromProto(desk_.owed()[3].due_time()), At("2026-08-11 00:00"));
  for (int i = 2; i < 4; ++i) EXPECT_EQ(desk_.owed()[i].state(), v1::OBLIGATION_STATE_OPEN);
  desk_.Take(Becomes("key", "2026-08-07 10:00"));
  EXPECT_EQ(desk_.owed().size(), 4u);
}

// The only mistake of a rule with these lines.
std::string MistakeOf(const std::string& lines) {
  const ParsedPack parsed = ParsePack(PackOf(absl::StrCat(
      "obligation { kind: 'a' clauses: 'X-1' by: 'quality' met_by { event: 'callback-held' } ", lines, " }")));
  EXPECT_EQ(parsed.mistakes.size(), 1u) << lines;
  return parsed.mistakes.empty() ? "" : absl::StrCat(parsed.mistakes[0].field, ": ", parsed.mistakes[0].text);
}

TEST(PeriodicPackTest, PeriodsAreChecked) {
  EXPECT_THAT(MistakeOf("every: DAY for_each: 'customer'"), HasSubstr("obligation[0].every"));
  EXPECT_THAT(MistakeOf("every: MONTH"), HasSubstr("obligation[0].for_each"));
  EXPECT_THAT(MistakeOf("every: MONTH for_each: 'case'"), HasSubstr("obligation[0].for_each"));
  EXPECT_THAT(MistakeOf("for_each: 'customer'"), HasSubstr("obligation[0].every"));
  EXPECT_THAT(MistakeOf("every: YEAR for_each: 'customer' on: 'case-opened'"), HasSubstr("obligation[0].on[0]"));
  EXPECT_THAT(MistakeOf("every: YEAR for_each: 'customer' from: NOTICE_TIME"), HasSubstr("obligation[0].from"));
  EXPECT_THAT(MistakeOf("every: YEAR for_each: 'customer' on_reopen: ANEW"), HasSubstr("obligation[0].on_reopen"));
  EXPECT_THAT(MistakeOf("on: 'period-began'"), HasSubstr("set every and for_each"));
}

TEST(PeriodicPackTest, TypesOfConductAreRead) {
  const std::shared_ptr<const Pack> pack = Parsed(PackOf(
      "conduct { name: 'attitude' title: 'Attitude' clauses: 'X-5' } obligation { kind: 'a' clauses: 'X-5' on: "
      "'feedback-recorded' where { conduct: 'attitude' } by: 'quality' met_by { event: 'feedback-verified' } }"));
  ASSERT_EQ(pack->conducts.size(), 1u);
  EXPECT_EQ(pack->conducts[0].name, "attitude");
  const ParsedPack wrong = ParsePack(
      PackOf("conduct { name: 'attitude' title: 'Attitude' clauses: 'X-5' } obligation { kind: 'a' clauses: 'X-5' on: "
             "'feedback-recorded' where { conduct: 'atitude' } by: 'quality' met_by { event: 'feedback-verified' } }"));
  ASSERT_EQ(wrong.mistakes.size(), 1u);
  EXPECT_THAT(wrong.mistakes[0].text, HasSubstr("attitude"));
  // Where the pack lists none, any will do.
  Parsed(PackOf(
      "obligation { kind: 'a' clauses: 'X-5' on: 'feedback-recorded' where { conduct: 'any' } by: 'quality' met_by "
      "{ event: 'feedback-verified' } }"));
}

}  // namespace
}  // namespace aftersales::policy
