#include "server/policy/rules.h"

#include <gtest/gtest.h>

#include "server/base/clock.h"

namespace aftersales::policy {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1800000000);

std::shared_ptr<const Pack> PackOf(const std::string& rules) {
  const ParsedPack parsed = ParsePack(
      "name: 'sample' title: 'Sample' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
      "class { name: 'C' title: 'C' clauses: 'X' }\n" + rules);
  for (const Mistake& mistake : parsed.mistakes) ADD_FAILURE() << mistake.line << " " << mistake.field << " " << mistake.text;
  return parsed.pack;
}

Happening Happens(v1::EventType type, const std::string& subject, absl::Time time = kNoon) {
  Happening happening{.type = type, .event = "event", .root = "cases/1", .subject = subject};
  happening.time = time;
  happening.notice_time = kNoon - absl::Hours(1);
  return happening;
}

// Named as the store would name them.
std::vector<v1::Obligation> Opened(const Pack& pack, const Happening& happening, std::vector<v1::Obligation> before = {}) {
  std::vector<v1::Obligation> opened = Apply(pack, "policyVersions/1", before, happening).opened;
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
  EXPECT_EQ(Apply(*pack, "v", open, Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1", due)).ended.at(0).state(),
            v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(Apply(*pack, "v", open, Happens(v1::EVENT_TYPE_CASE_ACCEPTED, "cases/1", due + absl::Microseconds(1)))
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
    "obligation { kind: 'approval' clauses: 'X-4' on: 'solution-proposed' where { classification: 'C' } by: 'technology' "
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
  approved.role = v1::ROLE_QUALITY;
  approved.head = true;
  EXPECT_TRUE(Apply(*pack, "v", open, approved).ended.empty());
  approved.role = v1::ROLE_TECHNOLOGY;
  approved.head = false;
  EXPECT_TRUE(Apply(*pack, "v", open, approved).ended.empty());
  approved.head = true;
  EXPECT_EQ(Apply(*pack, "v", open, approved).ended.size(), 1u);
  approved.subject = "cases/1/solutions/2";
  EXPECT_TRUE(Apply(*pack, "v", open, approved).ended.empty()) << "another solution's approval met it";
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
  const Outcome second = Apply(*pack, "v", first, Proposed("cases/1/solutions/2"));
  ASSERT_EQ(second.ended.size(), 1u);
  EXPECT_EQ(second.ended[0].state(), v1::OBLIGATION_STATE_CANCELLED);
  ASSERT_EQ(second.opened.size(), 1u);
  EXPECT_EQ(second.opened[0].subject(), "cases/1/solutions/2");
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
  const auto once = Apply(*pack, "v", {}, Proposed("cases/1/solutions/1"));
  const auto again = Apply(*pack, "v", {}, Proposed("cases/1/solutions/1"));
  ASSERT_EQ(once.opened.size(), again.opened.size());
  for (size_t i = 0; i < once.opened.size(); ++i) {
    EXPECT_EQ(once.opened[i].SerializeAsString(), again.opened[i].SerializeAsString());
  }
}

TEST(RulesTest, AnExplanationTellsWhySinceWhenAndUntilWhen) {
  const auto pack = PackOf(kReply);
  v1::Obligation owed = Opened(*pack, Happens(v1::EVENT_TYPE_CASE_OPENED, "cases/1")).at(0);
  std::string text;
  const v1::Explanation explanation = Explain(owed, *pack, kNoon + absl::Hours(3));
  for (const std::string& line : explanation.lines()) text += line + "\n";
  for (const char* part : {"X-1", "2 h of elapsed time", "the procedure states it", "late by 2 h", "case-opened"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is missing in\n" << text;
  }
}

}  // namespace
}  // namespace aftersales::policy
