#include "server/policy/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"

namespace aftersales::policy {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1800000000);

std::shared_ptr<const Pack> PackOf(const std::string& rules) {
  const ParsedPack parsed = ParsePack(
      "name: 'sample' title: 'Sample' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
      "class { name: 'C' title: 'C' clauses: 'X' }\n" +
      rules);
  for (const Mistake& mistake : parsed.mistakes)
    ADD_FAILURE() << mistake.line << " " << mistake.field << " " << mistake.text;
  return parsed.pack;
}

Happening Happens(v1::EventType type, const std::string& subject, absl::Time time = kNoon) {
  Happening happening{.type = type, .root = "cases/1", .subject = subject};
  happening.time = time;
  happening.record_time = time;
  happening.notice_time = kNoon - absl::Hours(1);
  return happening;
}

// A book with the pack's own calendars.
Book BookOf(const Pack& pack) {
  Book book{.pack = &pack, .policy_version = "policyVersions/1", .calendars = {}};
  book.calendars = [&pack](const std::string& name, const std::string&) {
    const auto found = pack.calendars.find(name);
    return CalendarInForce{"",
                           found == pack.calendars.end() ? nullptr : std::make_shared<const Calendar>(found->second)};
  };
  return book;
}

Outcome Apply(const Pack& pack, const std::vector<v1::Obligation>& known, const Happening& happening,
              const std::optional<RunningPause>& pause = std::nullopt) {
  return policy::Apply(BookOf(pack), known, happening, pause);
}

// Named as the store would name them.
std::vector<v1::Obligation> Opened(const Pack& pack, const Happening& happening,
                                   std::vector<v1::Obligation> before = {}) {
  std::vector<v1::Obligation> opened = Apply(pack, before, happening).opened;
  for (v1::Obligation& owed : opened) owed.set_name("obligations/" + owed.kind() + owed.subject());
  return opened;
}

constexpr char kReply[] =
    "obligation { kind: 'reply' clauses: 'X-1' on: 'case-opened' by: 'quality' from: NOTICE_TIME within { hours: 2 } "
    "stated: true met_by { event: 'case-accepted' } }";

TEST(RulesTest, AClockStartsAtTheNoticeAndWarnsAtThreeQuarters) {
  const auto opened = Opened(*PackOf(kReply), Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(FromProto(opened[0].since_time()), kNoon - absl::Hours(1));
  EXPECT_EQ(FromProto(opened[0].due_time()), kNoon + absl::Hours(1));
  EXPECT_EQ(FromProto(opened[0].warn_time()), kNoon + absl::Minutes(30));
}

TEST(RulesTest, MetAtTheVeryMomentIsInTimeAndAMicrosecondLaterIsNot) {
  const auto pack = PackOf(kReply);
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  const absl::Time due = kNoon + absl::Hours(1);
  EXPECT_EQ(Apply(*pack, open, Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1", due)).ended.at(0).state(),
            v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(Apply(*pack, open, Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1", due + absl::Microseconds(1)))
                .ended.at(0)
                .state(),
            v1::OBLIGATION_STATE_LATE_MET);
}

TEST(RulesTest, TheCustomersDeadlineGoesBeforeTheHours) {
  const auto pack = PackOf(
      "obligation { kind: 'arrive' clauses: 'X' on: 'case-accepted' by: 'field_engineer' from: NOTICE_TIME within { "
      "customer_deadline: true hours: 24 } met_by { event: 'visit-checked-in' } }");
  Happening happening = Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1");
  EXPECT_EQ(FromProto(Opened(*pack, happening).at(0).due_time()), kNoon + absl::Hours(23));
  happening.customer_deadline = kNoon + absl::Hours(3);
  EXPECT_EQ(FromProto(Opened(*pack, happening).at(0).due_time()), kNoon + absl::Hours(3));
}

TEST(RulesTest, SeveralWheresAreAlternativesAndFactsOfOneMustAllHold) {
  const auto pack = PackOf(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' }\n"
      "where { emergency: 'true' subject: 'product' } where { type: 'warranty' } }");
  Happening happening = Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1");
  happening.facts = {{"emergency", "true"}, {"subject", "service"}};
  EXPECT_TRUE(Opened(*pack, happening).empty());
  happening.facts["subject"] = "product";
  EXPECT_EQ(Opened(*pack, happening).size(), 1u);
  happening.facts = {{"type", "warranty"}};
  EXPECT_EQ(Opened(*pack, happening).size(), 1u);
}

constexpr char kApproval[] =
    "obligation { kind: 'approval' clauses: 'X-4' on: 'solution-proposed' where { classification: 'C' } by: "
    "'technology' "
    "met_by { event: 'solution-approved' role: 'technology' head: true } required_for: 'start-work' "
    "superseded_on: 'solution-proposed' }";

Happening Proposed(const std::string& solution) {
  Happening happening = Happens(v1::EVENT_TYPE_SOLUTION_PROPOSED, solution);
  happening.facts = {{"classification", "C"}};
  return happening;
}

TEST(RulesTest, OnlyTheRoleAsHeadMeets) {
  const auto pack = PackOf(kApproval);
  const auto open = Opened(*pack, Proposed("cases/1/solutions/1"));
  Happening approved = Happens(v1::EVENT_TYPE_SOLUTION_APPROVED, "cases/1/solutions/1");
  approved.facts = {{"classification", "C"}};
  approved.role = v1::ROLE_QUALITY;
  approved.head = true;
  EXPECT_TRUE(Apply(*pack, open, approved).ended.empty());
  approved.role = v1::ROLE_TECHNOLOGY;
  approved.head = false;
  EXPECT_TRUE(Apply(*pack, open, approved).ended.empty());
  approved.head = true;
  EXPECT_EQ(Apply(*pack, open, approved).ended.size(), 1u);
  approved.subject = "cases/1/solutions/2";
  EXPECT_TRUE(Apply(*pack, open, approved).ended.empty()) << "another solution's approval met it";
}

TEST(RulesTest, AStepThatRequiresIsRefusedAlsoWhenTheStepBeforeWasSkipped) {
  const auto pack = PackOf(kApproval);
  const Facts c = {{"classification", "C"}};
  const auto skipped = Obstacles(*pack, "start-work", "visits/1", c, {});
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0].obligation, "");
  EXPECT_TRUE(Obstacles(*pack, "start-work", "visits/1", {{"classification", "A"}}, {}).empty());

  auto owed = Opened(*pack, Proposed("cases/1/solutions/1"));
  EXPECT_EQ(Obstacles(*pack, "start-work", "visits/1", c, owed).at(0).obligation, owed[0].name());
  owed[0].set_state(v1::OBLIGATION_STATE_MET);
  EXPECT_TRUE(Obstacles(*pack, "start-work", "visits/1", c, owed).empty());
  owed[0].set_state(v1::OBLIGATION_STATE_WAIVED);
  EXPECT_TRUE(Obstacles(*pack, "start-work", "visits/1", c, owed).empty());
  owed[0].set_state(v1::OBLIGATION_STATE_CANCELLED);
  EXPECT_EQ(Obstacles(*pack, "start-work", "visits/1", c, owed).size(), 1u);
}

TEST(RulesTest, SupersededFallsAwayAndTheNewOneCounts) {
  const auto pack = PackOf(kApproval);
  const auto first = Opened(*pack, Proposed("cases/1/solutions/1"));
  const Outcome second = Apply(*pack, first, Proposed("cases/1/solutions/2"));
  ASSERT_EQ(second.ended.size(), 1u);
  EXPECT_EQ(second.ended[0].state(), v1::OBLIGATION_STATE_CANCELLED);
  ASSERT_EQ(second.opened.size(), 1u);
  EXPECT_EQ(second.opened[0].subject(), "cases/1/solutions/2");
}

// Facts changed to and fro: an approval is given once only, so that what was given meanwhile must count.
TEST(RulesTest, WhatIsMetWhileTheFactsDoNotCallForItIsMetWhenTheyDoAgain) {
  const auto pack = PackOf(
      "class { name: 'B' title: 'B' clauses: 'X' }\n" + std::string(kApproval) +
      "\nobligation { kind: 'both' clauses: 'X-5' on: 'solution-proposed' where { classification: 'C' } by: 'customer' "
      "met_by { all { event: 'solution-confirmed' } all { event: 'document-filed' document: 'form' } } }");
  const auto keep = [](const Outcome& outcome, std::vector<v1::Obligation>* known) {
    for (const auto* group : {&outcome.ended, &outcome.changed, &outcome.noted}) {
      for (const v1::Obligation& after : *group) {
        for (v1::Obligation& one : *known) {
          if (one.name() == after.name()) one = after;
        }
      }
    }
    for (v1::Obligation opened : outcome.opened) {
      opened.set_name("obligations/" + std::to_string(known->size()));
      known->push_back(std::move(opened));
    }
  };
  const auto of_class = [](v1::EventType type, const std::string& subject, const char* name, absl::Time time) {
    Happening happening = Happens(type, subject, time);
    happening.facts = {{"classification", name}};
    return happening;
  };
  const std::string solution = "cases/1/solutions/1";
  std::vector<v1::Obligation> known;
  keep(Apply(*pack, known, Proposed(solution)), &known);
  ASSERT_EQ(known.size(), 2u);
  keep(Apply(*pack, known, of_class(v1::EVENT_TYPE_CASE_CLASSIFIED, "cases/1", "B", kNoon + absl::Minutes(1))), &known);
  EXPECT_EQ(known[0].ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  Happening approved = of_class(v1::EVENT_TYPE_SOLUTION_APPROVED, solution, "B", kNoon + absl::Minutes(2));
  approved.role = v1::ROLE_TECHNOLOGY;
  approved.head = true;
  EXPECT_TRUE(NeedsHistory(*pack, approved.type));
  const Outcome noted = Apply(*pack, known, approved);
  EXPECT_TRUE(noted.ended.empty() && noted.changed.empty() && noted.opened.empty());
  EXPECT_EQ(noted.noted.size(), 1u);
  keep(noted, &known);
  keep(Apply(*pack, known, of_class(v1::EVENT_TYPE_SOLUTION_CONFIRMED, solution, "B", kNoon + absl::Minutes(3))),
       &known);
  const Outcome again =
      Apply(*pack, known, of_class(v1::EVENT_TYPE_CASE_CLASSIFIED, "cases/1", "C", kNoon + absl::Minutes(4)));
  ASSERT_EQ(again.opened.size(), 2u);
  EXPECT_EQ(again.opened[0].kind(), "approval");
  EXPECT_EQ(again.opened[0].state(), v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(FromProto(again.opened[0].close_time()), kNoon + absl::Minutes(2)) << "when it was given";
  EXPECT_EQ(again.opened[1].state(), v1::OBLIGATION_STATE_OPEN) << "the form is missing";
  EXPECT_EQ(again.opened[1].met_parts_size(), 1);
  // Not met meanwhile, it is owed as it was.
  known.resize(2);
  known[0].clear_met_parts();
  const Outcome owed =
      Apply(*pack, known, of_class(v1::EVENT_TYPE_CASE_CLASSIFIED, "cases/1", "C", kNoon + absl::Minutes(4)));
  EXPECT_EQ(owed.opened.at(0).state(), v1::OBLIGATION_STATE_OPEN);
}

TEST(RulesTest, AnEarlierNoticeMovesTheClocksThatRunFromIt) {
  const auto pack = PackOf(kReply);
  auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1");
  EXPECT_TRUE(Apply(*pack, open, changed).changed.empty());
  changed.notice_time -= absl::Minutes(30);
  const Outcome moved = Apply(*pack, open, changed);
  ASSERT_EQ(moved.changed.size(), 1u);
  EXPECT_EQ(FromProto(moved.changed[0].since_time()), changed.notice_time);
  EXPECT_EQ(FromProto(moved.changed[0].due_time()), kNoon + absl::Minutes(30));
  EXPECT_TRUE(moved.put_off.empty());
}

TEST(RulesTest, WhatIsOwedAlreadyIsNotOwedTwice) {
  const auto pack = PackOf(kReply);
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  EXPECT_TRUE(Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"), open).empty());
}

TEST(RulesTest, EverythingOpenHoldsUpTheCloseUnlessItSurvives) {
  const auto pack = PackOf(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } }\n"
      "obligation { kind: 'survey' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'document-filed' } "
      "survives_close: true }");
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  ASSERT_EQ(open.size(), 2u);
  const auto obstacles = Obstacles(*pack, "close-case", "cases/1", {}, open);
  ASSERT_EQ(obstacles.size(), 1u);
  EXPECT_EQ(obstacles[0].kind, "a");
}

TEST(RulesTest, ABlockedStepOpensWhenTheDutyIsMet) {
  const auto pack = PackOf(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } blocks: "
      "'create-visit' }");
  auto owed = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  EXPECT_EQ(Obstacles(*pack, "create-visit", "cases/1", {}, owed).size(), 1u);
  EXPECT_TRUE(Obstacles(*pack, "create-visit", "cases/1", {}, {}).empty()) << "what never arose blocks nothing";
  owed[0].set_state(v1::OBLIGATION_STATE_MET);
  EXPECT_TRUE(Obstacles(*pack, "create-visit", "cases/1", {}, owed).empty());
}

TEST(RulesTest, TheSameInputGivesTheSameAnswer) {
  const auto pack = PackOf(std::string(kReply) + kApproval);
  const auto once = Apply(*pack, {}, Proposed("cases/1/solutions/1"));
  const auto again = Apply(*pack, {}, Proposed("cases/1/solutions/1"));
  ASSERT_EQ(once.opened.size(), again.opened.size());
  for (size_t i = 0; i < once.opened.size(); ++i) {
    EXPECT_EQ(once.opened[i].SerializeAsString(), again.opened[i].SerializeAsString());
  }
}

TEST(RulesTest, AnExplanationTellsWhySinceWhenAndUntilWhen) {
  const auto pack = PackOf(kReply);
  v1::Obligation owed = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1")).at(0);
  std::string text;
  const v1::Explanation explanation = Explain(owed, BookOf(*pack), kNoon + absl::Hours(3));
  for (const std::string& line : explanation.lines()) text += line + "\n";
  for (const char* part : {"X-1", "2 h of elapsed time", "the procedure states it", "late by 2 h", "case-opened",
                           "Met by: case-accepted."}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is missing in\n" << text;
  }
}

TEST(RulesTest, AnExplanationTellsWhatWouldMeetIt) {
  const auto pack = PackOf(
      "obligation { kind: 'paper' clauses: 'X-1' on: 'case-opened' by: 'quality' stated: true "
      "met_by { event: 'document-filed' document: 'form' } "
      "met_by { event: 'solution-approved' role: 'technology' head: true } }");
  const v1::Obligation owed = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1")).at(0);
  const v1::Explanation explanation = Explain(owed, BookOf(*pack), kNoon);
  EXPECT_THAT(explanation.lines(), ::testing::Contains("Met by: document-filed with document form; or "
                                                       "solution-approved by technology (head)."));
}

TEST(RulesTest, AnExplanationGivesTimesByTheOffsetOfTheCompanysZone) {
  const ParsedPack parsed = ParsePack(absl::StrCat(
      "name: 'sample' title: 'Sample' effective_from: '2026-01-01' time_zone: 'Asia/Shanghai' owner: 'quality'\n",
      kReply));
  const v1::Obligation owed = Opened(*parsed.pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1")).at(0);
  const v1::Explanation explanation = Explain(owed, BookOf(*parsed.pack), kNoon);
  EXPECT_EQ(explanation.time_zone(), "Asia/Shanghai");
  std::string text;
  for (const std::string& line : explanation.lines()) text += line + "\n";
  EXPECT_NE(text.find("+08:00"), std::string::npos) << text;
  EXPECT_EQ(text.find("CST"), std::string::npos) << text;
}

// --- Clocks
// -------------------------------------------------------------------------------------------------------------

constexpr char kArrival[] =
    "region_tier { name: 'near' regions: ['a', 'b'] clauses: 'X' }\n"
    "region_tier { name: 'far' clauses: 'X' }\n"
    "obligation { kind: 'arrive' clauses: 'X-9' on: 'case-accepted' by: 'field_engineer'\n"
    "  within { where { tier: 'near' } hours: 4 } within { hours: 24 }\n"
    "  escalate { overdue_minutes: 0 to: 'service_manager' } escalate { overdue_minutes: 60 to: 'executive' }\n"
    "  pause_on: ['waiting_for_customer'] pause_at_most { hours: 10 } met_by { event: 'visit-checked-in' } }\n";

Happening Accepted(const std::string& tier) {
  Happening happening = Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1");
  happening.facts = {{"tier", tier}};
  return happening;
}

Happening Changed(const std::string& tier, absl::Time time) {
  Happening happening = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1", time);
  happening.facts = {{"tier", tier}};
  return happening;
}

Happening Paused(absl::Time time, v1::PauseCause cause = v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER) {
  Happening happening = Happens(v1::EVENT_TYPE_CASE_PAUSED, "cases/1", time);
  happening.facts = {{"tier", "near"}};
  happening.pause = RunningPause{cause, "the customer has no crane", time};
  return happening;
}

Happening Resumed(absl::Time time) {
  Happening happening = Happens(v1::EVENT_TYPE_CASE_RESUMED, "cases/1", time);
  happening.facts = {{"tier", "near"}};
  return happening;
}

v1::Obligation OnlyChanged(const Outcome& outcome) {
  EXPECT_EQ(outcome.changed.size(), 1u);
  return outcome.changed.empty() ? v1::Obligation() : outcome.changed[0];
}

TEST(ClockTest, TheFirstLimitThatHoldsCountsAndAChangedFactIsJudgedAgain) {
  const auto pack = PackOf(kArrival);
  const auto open = Opened(*pack, Accepted("near"));
  EXPECT_EQ(FromProto(open.at(0).due_time()), kNoon + absl::Hours(4));
  const v1::Obligation far = OnlyChanged(Apply(*pack, open, Changed("far", kNoon + absl::Hours(1))));
  EXPECT_EQ(FromProto(far.due_time()), kNoon + absl::Hours(24));
  EXPECT_EQ(FromProto(far.since_time()), kNoon);
  EXPECT_TRUE(Apply(*pack, open, Changed("near", kNoon + absl::Hours(1))).changed.empty());
}

TEST(ClockTest, APauseShiftsByItsLengthSeveralAddUpAndNoneGoesBeyondTheMost) {
  const auto pack = PackOf(kArrival);
  auto open = Opened(*pack, Accepted("near"));
  open = {OnlyChanged(Apply(*pack, open, Paused(kNoon + absl::Hours(1))))};
  EXPECT_TRUE(open[0].paused());
  EXPECT_EQ(FromProto(open[0].due_time()), kNoon + absl::Hours(14)) << "as if the pause took the ten hours that it may";
  open = {OnlyChanged(Apply(*pack, open, Resumed(kNoon + absl::Hours(3))))};
  EXPECT_EQ(FromProto(open[0].due_time()), kNoon + absl::Hours(6));
  open = {OnlyChanged(Apply(*pack, open, Paused(kNoon + absl::Hours(5))))};
  EXPECT_EQ(FromProto(open[0].due_time()), kNoon + absl::Hours(14)) << "eight of the ten hours are left";
  open = {OnlyChanged(Apply(*pack, open, Resumed(kNoon + absl::Hours(20))))};
  EXPECT_EQ(FromProto(open[0].due_time()), kNoon + absl::Hours(14));
  EXPECT_TRUE(Apply(*pack, open, Paused(kNoon + absl::Hours(21))).changed.empty()) << "nothing is left of what it may";
  const v1::Obligation far = OnlyChanged(Apply(*pack, open, Changed("far", kNoon + absl::Hours(22))));
  EXPECT_EQ(FromProto(far.due_time()), kNoon + absl::Hours(34)) << "pauses are not forgotten";
}

TEST(ClockTest, OnlyTheCausesOfTheRulePause) {
  const auto pack = PackOf(kArrival);
  const auto open = Opened(*pack, Accepted("near"));
  EXPECT_TRUE(Apply(*pack, open, Paused(kNoon, v1::PAUSE_CAUSE_FORCE_MAJEURE)).changed.empty());
}

TEST(ClockTest, WhatArisesDuringAPauseStandsStillFromTheBeginning) {
  const auto pack = PackOf(kArrival);
  const RunningPause pause{v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER, "no crane", kNoon - absl::Hours(2)};
  auto opened = Apply(*pack, {}, Accepted("near"), pause).opened;
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(FromProto(opened[0].due_time()), kNoon + absl::Hours(14));
  opened[0].set_name("obligations/1");
  const v1::Obligation going = OnlyChanged(Apply(*pack, opened, Resumed(kNoon + absl::Minutes(30))));
  EXPECT_EQ(FromProto(going.due_time()), kNoon + absl::Minutes(30) + absl::Hours(4));
}

TEST(ClockTest, EachMarkFiresOnceInItsOrderAndNeverEarly) {
  v1::Obligation owed = Opened(*PackOf(kArrival), Accepted("near")).at(0);
  EXPECT_EQ(FromProto(owed.fire_time()), kNoon + absl::Hours(3));
  EXPECT_TRUE(Fire(owed, kNoon + absl::Hours(3) - absl::Microseconds(1)).empty());
  EXPECT_EQ(Fire(owed, kNoon + absl::Hours(3)).at(0).type, v1::EVENT_TYPE_OBLIGATION_WARNED);
  EXPECT_TRUE(Fire(owed, kNoon + absl::Hours(3)).empty());
  // After a downtime everything that was missed comes at once, in order.
  const auto late = Fire(owed, kNoon + absl::Hours(9));
  ASSERT_EQ(late.size(), 3u);
  EXPECT_EQ(late[0].type, v1::EVENT_TYPE_OBLIGATION_BREACHED);
  EXPECT_EQ(late[0].time, kNoon + absl::Hours(4));
  EXPECT_EQ(late[1].to, v1::ROLE_SERVICE_MANAGER);
  EXPECT_EQ(late[2].to, v1::ROLE_EXECUTIVE);
  EXPECT_TRUE(Fire(owed, kNoon + absl::Hours(99)).empty());
  EXPECT_FALSE(owed.has_fire_time());
}

TEST(ClockTest, ABreachThatNobodyAnnouncedIsAnnouncedByTheLateMeeting) {
  const auto pack = PackOf(kArrival);
  const auto open = Opened(*pack, Accepted("near"));
  Happening arrived = Happens(v1::EVENT_TYPE_VISIT_CHECKED_IN, "visits/1", kNoon + absl::Hours(5));
  arrived.facts = {{"tier", "near"}};
  const Outcome outcome = Apply(*pack, open, arrived);
  ASSERT_EQ(outcome.announcements.size(), 1u);
  EXPECT_EQ(outcome.announcements[0].type, v1::EVENT_TYPE_OBLIGATION_BREACHED);
  EXPECT_EQ(outcome.ended.at(0).state(), v1::OBLIGATION_STATE_LATE_MET);
}

TEST(ClockTest, ABreachThatWasNoneIsCorrectedAndStaysAnnounced) {
  const auto pack = PackOf(kArrival);
  auto open = Opened(*pack, Accepted("near"));
  ASSERT_EQ(Fire(open[0], kNoon + absl::Hours(4)).size(), 3u);
  Happening arrived = Happens(v1::EVENT_TYPE_VISIT_CHECKED_IN, "visits/1", kNoon + absl::Hours(3));
  arrived.facts = {{"tier", "near"}};
  arrived.record_time = kNoon + absl::Hours(6);  // entered when the engineer had a signal again
  const Outcome outcome = Apply(*pack, open, arrived);
  EXPECT_EQ(outcome.ended.at(0).state(), v1::OBLIGATION_STATE_MET);
  EXPECT_TRUE(outcome.ended[0].has_breached_time());
  ASSERT_EQ(outcome.announcements.size(), 1u);
  EXPECT_EQ(outcome.announcements[0].type, v1::EVENT_TYPE_OBLIGATION_CORRECTED);
}

TEST(ClockTest, WorkingHoursAndDaysCalendarMonthsAndEndsOfPeriods) {
  const auto pack = PackOf(
      "calendar { name: 'office' hours { days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] from: '08:00' "
      "to: "
      "'16:00' } }\n"
      "obligation { kind: 'hours' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 9 calendar: 'office' } "
      "met_by "
      "{ event: 'case-accepted' } }\n"
      "obligation { kind: 'days' clauses: 'X' on: 'case-opened' by: 'quality' within { days: 2 calendar: 'office' } "
      "met_by { "
      "event: 'case-accepted' } }\n"
      "obligation { kind: 'month' clauses: 'X' on: 'case-opened' by: 'quality' within { calendar_months: 1 } met_by { "
      "event: "
      "'case-accepted' } }\n"
      "obligation { kind: 'quarter' clauses: 'X' on: 'case-opened' by: 'quality' within { end_of: QUARTER } met_by { "
      "event: "
      "'case-accepted' } }");
  // A Friday, 10:00.
  const absl::Time friday = absl::FromCivil(absl::CivilSecond(2026, 1, 30, 10, 0, 0), absl::UTCTimeZone());
  std::map<std::string, absl::Time> due;
  for (const v1::Obligation& owed : Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1", friday))) {
    due[owed.kind()] = FromProto(owed.due_time());
  }
  const auto at = [](int month, int day, int hour) {
    return absl::FromCivil(absl::CivilSecond(2026, month, day, hour, 0, 0), absl::UTCTimeZone());
  };
  EXPECT_EQ(due["hours"], at(2, 2, 11));
  EXPECT_EQ(due["days"], at(2, 3, 16));
  EXPECT_EQ(due["month"], at(2, 28, 10));
  EXPECT_EQ(due["quarter"], at(4, 1, 0));
}

TEST(ClockTest, APromiseGoesBeforeTheHours) {
  const auto pack = PackOf(
      "obligation { kind: 'help' clauses: 'X' on: 'help-requested' by: 'addressee' within { promised_time: true hours: "
      "8 } "
      "met_by { event: 'help-answered' } }");
  Happening asked = Happens(v1::EVENT_TYPE_HELP_REQUESTED, "cases/1/helpRequests/1");
  asked.addressee = v1::ROLE_TECHNOLOGY;
  EXPECT_EQ(FromProto(Opened(*pack, asked).at(0).due_time()), kNoon + absl::Hours(8));
  EXPECT_EQ(Opened(*pack, asked).at(0).owner(), v1::ROLE_TECHNOLOGY);
  asked.promised_time = kNoon + absl::Hours(2);
  EXPECT_EQ(FromProto(Opened(*pack, asked).at(0).due_time()), kNoon + absl::Hours(2));
}

// --- Meeting, changing, reopening
// ---------------------------------------------------------------------------------------

TEST(RulesTest, AConjunctionIsMetWhenTheLastOfItsEventsHappened) {
  const auto pack = PackOf(
      "obligation { kind: 'done' clauses: 'X' on: 'visit-checked-in' by: 'field_engineer' within { hours: 5 } met_by { "
      "all { event: 'work-completed' } all { event: 'satisfaction-recorded' where { satisfied: 'true' } } } }");
  auto open = Opened(*pack, Happens(v1::EVENT_TYPE_VISIT_CHECKED_IN, "visits/1"));
  Happening satisfied = Happens(v1::EVENT_TYPE_SATISFACTION_RECORDED, "visits/1", kNoon + absl::Hours(3));
  satisfied.facts = {{"satisfied", "true"}};
  open = {OnlyChanged(Apply(*pack, open, satisfied))};
  EXPECT_EQ(open[0].met_parts_size(), 1);
  const Outcome outcome =
      Apply(*pack, open, Happens(v1::EVENT_TYPE_WORK_COMPLETED, "visits/1", kNoon + absl::Hours(2)));
  ASSERT_EQ(outcome.ended.size(), 1u);
  EXPECT_EQ(FromProto(outcome.ended[0].close_time()), kNoon + absl::Hours(3))
      << "the later of the two, in whatever order";
}

TEST(RulesTest, WhatItsOwnCauseMeetsIsMetAtOnceAndLateWhenEnteredLate) {
  const auto pack = PackOf(
      "obligation { kind: 'register' clauses: 'X' on: 'contact-registered' by: 'customer_service' from: NOTICE_TIME "
      "within "
      "{ minutes: 30 } met_by { event: 'contact-registered' at_entry: true } }");
  Happening registered = Happens(v1::EVENT_TYPE_CONTACT_REGISTERED, "contacts/1", kNoon - absl::Hours(1));
  registered.record_time = kNoon - absl::Minutes(45);
  EXPECT_EQ(Opened(*pack, registered).at(0).state(), v1::OBLIGATION_STATE_MET);
  registered.record_time = kNoon;
  const Outcome late = Apply(*pack, {}, registered);
  EXPECT_EQ(late.opened.at(0).state(), v1::OBLIGATION_STATE_LATE_MET);
  ASSERT_EQ(late.announcements.size(), 1u);
}

TEST(RulesTest, WhatTheFactsNoLongerCallForFallsAwayAndWhatTheyCallForNowArisesOnce) {
  const auto pack = PackOf(
      "obligation { kind: 'visit' clauses: 'X' on: ['case-opened', 'case-changed'] where { severity: 'critical' } by: "
      "'field_engineer' within { hours: 4 } met_by { event: 'visit-checked-in' } }");
  Happening opened = Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1");
  opened.facts = {{"severity", "minor"}};
  EXPECT_TRUE(Opened(*pack, opened).empty());
  Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1");
  changed.facts = {{"severity", "critical"}};
  auto owed = Opened(*pack, changed);
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_TRUE(Opened(*pack, changed, owed).empty());
  owed[0].set_state(v1::OBLIGATION_STATE_MET);
  EXPECT_TRUE(Opened(*pack, changed, owed).empty()) << "met once, it is not owed again for another change";
  owed[0].set_state(v1::OBLIGATION_STATE_OPEN);
  changed.facts["severity"] = "minor";
  EXPECT_EQ(Apply(*pack, owed, changed).ended.at(0).state(), v1::OBLIGATION_STATE_CANCELLED);
}

// Nobody gets rid of a duty, or of its lateness, by changing the facts to and fro.
TEST(RulesTest, FactsChangedToAndFroNeitherRestartAClockNorDropWhatWasAnnounced) {
  const auto pack = PackOf(
      "obligation { kind: 'visit' clauses: 'X' on: ['case-opened', 'case-changed'] where { severity: 'critical' } by: "
      "'field_engineer' within { hours: 4 } met_by { event: 'visit-checked-in' } escalate { overdue_minutes: 0 to: "
      "'executive' } pause_on: 'force_majeure' }");
  Happening opened = Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1");
  opened.facts = {{"severity", "critical"}};
  auto owed = Opened(*pack, opened);
  EXPECT_EQ(Fire(owed[0], kNoon + absl::Hours(5)).size(), 3u) << "warned, breached, escalated";
  const auto change = [&](const char* severity, absl::Time time) {
    Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1", time);
    changed.facts = {{"severity", severity}};
    return changed;
  };
  owed = Apply(*pack, owed, change("minor", kNoon + absl::Hours(6))).ended;
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_EQ(owed[0].ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  EXPECT_TRUE(Opened(*pack, change("major", kNoon + absl::Hours(7)), owed).empty());
  const auto again = Opened(*pack, change("critical", kNoon + absl::Hours(8)), owed);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].state(), v1::OBLIGATION_STATE_OPEN);
  EXPECT_EQ(again[0].ended_by(), v1::OBLIGATION_END_UNSPECIFIED);
  EXPECT_FALSE(again[0].has_close_time());
  EXPECT_EQ(FromProto(again[0].since_time()), kNoon);
  EXPECT_EQ(FromProto(again[0].due_time()), kNoon + absl::Hours(4));
  EXPECT_TRUE(again[0].has_breached_time());
  v1::Obligation fires = again[0];
  EXPECT_TRUE(Fire(fires, kNoon + absl::Hours(9)).empty()) << "all of it was told already";
}

TEST(RulesTest, ACaseRefusedAndReopenedOwesWhatItOwedFromTheBeginning) {
  const auto pack = PackOf(
      "obligation { kind: 'plain' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 4 } met_by { event: "
      "'case-accepted' } }\n"
      "obligation { kind: 'anew' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 4 } met_by { event: "
      "'case-accepted' } on_reopen: ANEW }");
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  const auto refused =
      Apply(*pack, open, Happens(v1::EVENT_TYPE_CASE_REFUSED, "cases/1", kNoon + absl::Hours(1))).ended;
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].ended_by(), v1::OBLIGATION_END_ROOT_ENDED);
  const auto again = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_REOPENED, "cases/1", kNoon + absl::Hours(9)), refused);
  ASSERT_EQ(again.size(), 2u);
  for (const v1::Obligation& owed : again) {
    EXPECT_EQ(FromProto(owed.due_time()), kNoon + absl::Hours(4)) << owed.kind() << ": a refusal wins no time";
  }
}

TEST(RulesTest, WhatIsPutOffIsToldApart) {
  const auto pack = PackOf(
      "obligation { kind: 'visit' clauses: 'X' on: 'case-opened' by: 'field_engineer' within { hours: 4 where { "
      "severity: "
      "'critical' } } within { hours: 24 } met_by { event: 'visit-checked-in' } }");
  Happening opened = Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1");
  opened.facts = {{"severity", "critical"}};
  const auto owed = Opened(*pack, opened);
  Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1");
  changed.facts = {{"severity", "minor"}};
  const Outcome later = Apply(*pack, owed, changed);
  ASSERT_EQ(later.changed.size(), 1u);
  EXPECT_EQ(later.put_off.count({"visit", "cases/1"}), 1u);
  changed.facts = {{"severity", "critical"}};
  const Outcome sooner = Apply(*pack, later.changed, changed);
  ASSERT_EQ(sooner.changed.size(), 1u);
  EXPECT_TRUE(sooner.put_off.empty());
}

// By way of falling away first.
TEST(RulesTest, WhatIsTakenUpAgainForALaterTimeIsPutOffAndNoLongerLate) {
  const auto pack = PackOf(
      "obligation { kind: 'visit' clauses: 'X' on: 'case-opened' where { service_mode: 'on_site' } by: "
      "'field_engineer' "
      "within { customer_deadline: true hours: 4 } met_by { event: 'visit-checked-in' } }");
  Happening opened = Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1");
  opened.facts = {{"service_mode", "on_site"}};
  auto owed = Opened(*pack, opened);
  ASSERT_EQ(Fire(owed[0], kNoon + absl::Hours(5)).size(), 2u);
  Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1", kNoon + absl::Hours(6));
  changed.facts = {{"service_mode", "telephone"}};
  owed = Apply(*pack, owed, changed).ended;
  changed.facts = {{"service_mode", "on_site"}};
  changed.customer_deadline = kNoon + absl::Hours(1000);
  const Outcome outcome = Apply(*pack, owed, changed);
  ASSERT_EQ(outcome.opened.size(), 1u);
  EXPECT_EQ(outcome.put_off.count({"visit", "cases/1"}), 1u);
  ASSERT_EQ(outcome.announcements.size(), 1u);
  EXPECT_EQ(outcome.announcements[0].type, v1::EVENT_TYPE_OBLIGATION_CORRECTED);
  v1::Obligation again = outcome.opened[0];
  EXPECT_FALSE(again.has_breached_time());
  EXPECT_EQ(Fire(again, kNoon + absl::Hours(1001)).size(), 2u) << "it comes to be late anew, and is told anew";
}

TEST(RulesTest, FactsToAndFroBringBackEverySubjectOfARuleThatIsSuperseded) {
  const auto pack = PackOf(
      "obligation { kind: 'help' clauses: 'X' on: 'help-requested' where { emergency: 'true' } by: 'quality' within { "
      "hours: 4 } met_by { event: 'help-answered' } superseded_on: 'solution-proposed' }");
  std::vector<v1::Obligation> known;
  for (const char* request : {"cases/1/helpRequests/1", "cases/1/helpRequests/2"}) {
    Happening asked = Happens(v1::EVENT_TYPE_HELP_REQUESTED, request);
    asked.facts = {{"emergency", "true"}};
    known.push_back(Opened(*pack, asked).at(0));
  }
  Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1", kNoon + absl::Hours(1));
  changed.facts = {{"emergency", "false"}};
  known = Apply(*pack, known, changed).ended;
  ASSERT_EQ(known.size(), 2u);
  changed.facts = {{"emergency", "true"}};
  EXPECT_EQ(Apply(*pack, known, changed).opened.size(), 2u);
}

TEST(RulesTest, ARemedyTakenBackOwesAnewWhatItsDecisionMet) {
  const auto pack = PackOf(
      "obligation { kind: 'decide' clauses: 'X' on: 'cause-determined' where { covered: 'false' } by: "
      "'service_manager' "
      "met_by { event: 'remedy-decided' } blocks: 'start-work' }");
  Happening cause = Happens(v1::EVENT_TYPE_CAUSE_DETERMINED, "cases/1");
  cause.facts = {{"covered", "false"}};
  auto owed = Opened(*pack, cause);
  Happening decided = Happens(v1::EVENT_TYPE_REMEDY_DECIDED, "cases/1", kNoon + absl::Hours(1));
  decided.facts = {{"covered", "false"}, {"remedy", "paid_service"}};
  owed = Apply(*pack, owed, decided).ended;
  ASSERT_EQ(owed.size(), 1u);
  Happening changed = Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1", kNoon + absl::Hours(2));
  changed.facts = decided.facts;
  EXPECT_TRUE(Apply(*pack, owed, changed).opened.empty()) << "the decision stands";
  changed.facts.erase("remedy");
  EXPECT_EQ(Apply(*pack, owed, changed).opened.size(), 1u);
}

TEST(RulesTest, PassedToAndFroADutyGoesOnWhereItStoodWithEachWhoHasIt) {
  const auto pack = PackOf(
      "obligation { kind: 'answer' clauses: 'X' on: 'contact-transferred' by: 'addressee' within { promised_time: true "
      "hours: 2 } met_by { event: 'contact-answered' } superseded_on: 'contact-transferred' }");
  const auto pass = [&](v1::Role to, absl::Time time) {
    Happening passed = Happens(v1::EVENT_TYPE_CONTACT_TRANSFERRED, "contacts/1", time);
    passed.addressee = to;
    return passed;
  };
  std::vector<v1::Obligation> known = Opened(*pack, pass(v1::ROLE_TECHNOLOGY, kNoon));
  Outcome outcome = Apply(*pack, known, pass(v1::ROLE_QUALITY, kNoon + absl::Hours(3)));
  known = {outcome.ended.at(0), outcome.opened.at(0)};
  known[1].set_name("obligations/2");
  EXPECT_EQ(FromProto(known[1].due_time()), kNoon + absl::Hours(5)) << "another department begins anew";
  Happening back = pass(v1::ROLE_TECHNOLOGY, kNoon + absl::Hours(4));
  back.promised_time = kNoon + absl::Hours(8000);
  outcome = Apply(*pack, known, back);
  ASSERT_EQ(outcome.opened.size(), 1u);
  EXPECT_EQ(FromProto(outcome.opened[0].due_time()), kNoon + absl::Hours(2));
}

TEST(RulesTest, AReopenedCaseOwesAnewOrGoesOnAsTheRuleSays) {
  const auto pack = PackOf(
      "obligation { kind: 'anew' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 4 } met_by { event: "
      "'case-accepted' } on_reopen: ANEW }\n"
      "obligation { kind: 'on' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 4 } met_by { event: "
      "'case-accepted' } on_reopen: GO_ON }\n"
      "obligation { kind: 'never' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 4 } met_by { event: "
      "'case-accepted' } }");
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  const auto met = Apply(*pack, open, Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1", kNoon + absl::Hours(1))).ended;
  ASSERT_EQ(met.size(), 3u);
  std::map<std::string, v1::Obligation> again;
  for (const v1::Obligation& owed :
       Opened(*pack, Happens(v1::EVENT_TYPE_CASE_REOPENED, "cases/1", kNoon + absl::Hours(100)), met)) {
    again[owed.kind()] = owed;
  }
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(FromProto(again["anew"].due_time()), kNoon + absl::Hours(104));
  EXPECT_EQ(FromProto(again["on"].due_time()), kNoon + absl::Hours(103)) << "one of its four hours was used";
}

TEST(RulesTest, WhatGaveWayToAnotherIsNotRevived) {
  const auto pack = PackOf(
      "obligation { kind: 'approval' clauses: 'X' on: 'solution-proposed' by: 'technology' met_by { event: "
      "'solution-approved' } superseded_on: 'solution-proposed' on_reopen: ANEW }");
  std::vector<v1::Obligation> known = Opened(*pack, Happens(v1::EVENT_TYPE_SOLUTION_PROPOSED, "cases/1/solutions/1"));
  const Outcome second = Apply(*pack, known, Happens(v1::EVENT_TYPE_SOLUTION_PROPOSED, "cases/1/solutions/2"));
  known = {second.ended.at(0), second.opened.at(0)};
  known[1].set_name("obligations/2");
  known[1] = Apply(*pack, known, Happens(v1::EVENT_TYPE_SOLUTION_APPROVED, "cases/1/solutions/2")).ended.at(0);
  known = {second.ended.at(0), known[1]};
  const auto again = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_REOPENED, "cases/1", kNoon + absl::Hours(9)), known);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].subject(), "cases/1/solutions/2");
}

constexpr char kList[] =
    "obligation { kind: 'list' clauses: 'X' on: 'work-completed' by: 'field_engineer' met_by { event: 'document-filed' "
    "document: 'list' } required_for: 'close-case' }";

Happening Filed(const std::string& visit) {
  Happening filed = Happens(v1::EVENT_TYPE_DOCUMENT_FILED, "cases/1/documents/7");
  filed.facts = {{"document", "list"}};
  filed.about = visit;
  return filed;
}

TEST(RulesTest, AVisitsDocumentMeetsWhatIsOwedForThatVisitOnly) {
  const auto pack = PackOf(kList);
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_WORK_COMPLETED, "visits/1"));
  EXPECT_TRUE(Apply(*pack, open, Filed("visits/2")).ended.empty());
  EXPECT_EQ(Apply(*pack, open, Filed("visits/1")).ended.size(), 1u);
  EXPECT_EQ(Apply(*pack, open, Filed("")).ended.size(), 1u) << "one that names no visit is about the case";
}

TEST(RulesTest, WhatAVoidDocumentMetIsOwedAgain) {
  const auto pack = PackOf(kList);
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_WORK_COMPLETED, "visits/1"));
  const auto met = Apply(*pack, open, Filed("visits/1")).ended;
  EXPECT_TRUE(Obstacles(*pack, "close-case", "cases/1", {}, met).empty());
  const auto again = Opened(*pack, Happens(v1::EVENT_TYPE_DOCUMENT_VOIDED, "cases/1/documents/7"), met);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].subject(), "visits/1");
  EXPECT_EQ(Obstacles(*pack, "close-case", "cases/1", {}, {met[0], again[0]}).size(), 1u);
  EXPECT_TRUE(Opened(*pack, Happens(v1::EVENT_TYPE_DOCUMENT_VOIDED, "cases/1/documents/8"), met).empty());
}

TEST(RulesTest, AVoidDocumentMeetsNothingEvenAsOneOfSeveralParts) {
  const auto pack = PackOf(
      "obligation { kind: 'form' clauses: 'X' on: 'visit-checked-in' where { service_mode: 'on_site' } by: "
      "'field_engineer' "
      "met_by { all { event: 'satisfaction-recorded' } all { event: 'document-filed' document: 'list' } } }");
  const auto of_site = [](Happening happening) {
    happening.facts["service_mode"] = "on_site";
    return happening;
  };
  const Happening voided = of_site(Happens(v1::EVENT_TYPE_DOCUMENT_VOIDED, "cases/1/documents/7"));
  const auto open = Opened(*pack, of_site(Happens(v1::EVENT_TYPE_VISIT_CHECKED_IN, "cases/1")));
  const Happening satisfied = of_site(Happens(v1::EVENT_TYPE_SATISFACTION_RECORDED, "cases/1"));
  // Filed, then void: the part is gone.
  const auto half = Apply(*pack, open, of_site(Filed(""))).changed;
  ASSERT_EQ(half.size(), 1u);
  const auto none = Apply(*pack, half, voided).changed;
  ASSERT_EQ(none.size(), 1u);
  EXPECT_TRUE(Apply(*pack, none, satisfied).ended.empty());
  // Met by it and another part, then void: owed again, and only the document is missing.
  const auto met = Apply(*pack, half, satisfied).ended;
  ASSERT_EQ(met.size(), 1u);
  auto again = Apply(*pack, met, voided).opened;
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].state(), v1::OBLIGATION_STATE_OPEN);
  again[0].set_name("obligations/2");
  Happening filed = of_site(Filed(""));
  filed.subject = "cases/1/documents/8";
  EXPECT_EQ(Apply(*pack, again, filed).ended.size(), 1u);
  // Void while the facts do not call for it: owed once they do.
  Happening by_telephone = voided;
  by_telephone.facts["service_mode"] = "telephone";
  auto waits = Apply(*pack, met, by_telephone).opened;
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_EQ(waits[0].ended_by(), v1::OBLIGATION_END_FACTS_CHANGED);
  waits[0].set_name("obligations/3");
  std::vector<v1::Obligation> known = met;
  known.push_back(waits[0]);
  EXPECT_EQ(Apply(*pack, known, of_site(Happens(v1::EVENT_TYPE_CASE_CHANGED, "cases/1"))).opened.size(), 1u);
}

TEST(RulesTest, TheApprovalOfAFormerSolutionOpensNoGate) {
  const auto pack = PackOf(kApproval);
  std::vector<v1::Obligation> owed = Opened(*pack, Proposed("cases/1/solutions/1"));
  owed[0].set_state(v1::OBLIGATION_STATE_MET);
  Facts facts = {{"classification", "C"}, {kCurrentSolution, "cases/1/solutions/1"}};
  EXPECT_TRUE(Obstacles(*pack, "start-work", "visits/1", facts, owed).empty());
  facts[kCurrentSolution] = "cases/1/solutions/2";  // proposed while the case was in a class that needs no approval
  EXPECT_EQ(Obstacles(*pack, "start-work", "visits/1", facts, owed).size(), 1u);
}

TEST(RulesTest, ARefusedCaseOwesNothingMoreButForWhatSurvives) {
  const auto pack = PackOf(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } }\n"
      "obligation { kind: 'b' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'document-filed' } "
      "survives_close: true }");
  const auto open = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1"));
  const auto ended = Apply(*pack, open, Happens(v1::EVENT_TYPE_CASE_REFUSED, "cases/1")).ended;
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].kind(), "a");
}

TEST(RulesTest, AGateOnAnEventsFactIsSettledByWhatArose) {
  const auto pack = PackOf(
      "obligation { kind: 'signed' clauses: 'X' on: 'picking-list-submitted' where { source: 'customer_request' } by: "
      "'production' met_by { event: 'picking-list-signed' } required_for: 'issue-picking-list' }");
  EXPECT_TRUE(Obstacles(*pack, "issue-picking-list", "pickingLists/1", {}, {}).empty());
  Happening submitted = Happens(v1::EVENT_TYPE_PICKING_LIST_SUBMITTED, "pickingLists/1");
  submitted.facts = {{"source", "customer_request"}};
  const auto owed = Opened(*pack, submitted);
  EXPECT_EQ(Obstacles(*pack, "issue-picking-list", "pickingLists/1", {}, owed).size(), 1u);
}

TEST(ReplayTest, ReplayedEventsGiveWhatStepByStepGave) {
  const auto pack = PackOf(kArrival);
  std::vector<v1::Event> events;
  const auto record = [&](v1::EventType type, absl::Time time, const std::string& tier) {
    v1::Event event;
    event.set_type(type);
    event.set_root("cases/1");
    event.set_subject("cases/1");
    *event.mutable_time() = ToProto(time);
    (*event.mutable_facts())["tier"] = tier;
    if (type == v1::EVENT_TYPE_CASE_PAUSED) {
      event.mutable_service_case()->mutable_pause()->set_cause(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
    }
    events.push_back(event);
  };
  record(v1::EVENT_TYPE_CASE_ACCEPTED, kNoon, "far");
  record(v1::EVENT_TYPE_CASE_PAUSED, kNoon + absl::Hours(1), "far");
  record(v1::EVENT_TYPE_CASE_RESUMED, kNoon + absl::Hours(3), "far");
  record(v1::EVENT_TYPE_CASE_CHANGED, kNoon + absl::Hours(4), "near");
  const auto owed = Replay(BookOf(*pack), "cases/1", events);
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_EQ(FromProto(owed[0].due_time()), kNoon + absl::Hours(6));
  EXPECT_EQ(owed[0].pauses_size(), 1);
}

}  // namespace
}  // namespace aftersales::policy
