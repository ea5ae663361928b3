#include "server/cases/case_rules.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

TEST(CaseRulesTest, EveryPairOfStateAndStepIsAllowedOrRefusedAsTheTableSays) {
  const std::set<std::pair<int, int>> allowed = [] {
    std::set<std::pair<int, int>> pairs;
    for (const CaseTransition& t : kCaseTransitions) pairs.insert({t.from, static_cast<int>(t.step)});
    return pairs;
  }();
  EXPECT_EQ(allowed.size(), std::size(kCaseTransitions)) << "a pair stands twice";
  int taken = 0;
  for (int state = v1::CaseState_MIN; state <= v1::CaseState_MAX; ++state) {
    for (const CaseStep step : kCaseSteps) {
      v1::Case service_case;
      service_case.set_state(static_cast<v1::CaseState>(state));
      const absl::Status status = TakeStep(step, service_case);
      EXPECT_EQ(status.ok(), allowed.count({state, static_cast<int>(step)}) == 1);
      taken += status.ok() ? 1 : 0;
      if (!status.ok()) {
        EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
        EXPECT_EQ(service_case.state(), state) << "a refused step changed the state";
      }
    }
  }
  EXPECT_EQ(taken, static_cast<int>(std::size(kCaseTransitions)));
}

TEST(CaseRulesTest, TheDeadlineComesAfterTheNotice) {
  v1::Case service_case;
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(1));
  *service_case.mutable_customer_deadline() = ToProto(kNow - absl::Hours(2));
  EXPECT_FALSE(SettleCaseTimes(service_case, kNow).ok());
  *service_case.mutable_customer_deadline() = ToProto(kNow + absl::Hours(2));
  EXPECT_TRUE(SettleCaseTimes(service_case, kNow).ok());
  *service_case.mutable_customer_deadline() = ToProto(kNow + kLongestDeadline);
  EXPECT_TRUE(SettleCaseTimes(service_case, kNow).ok());
  *service_case.mutable_customer_deadline() = ToProto(kNow + kLongestDeadline + absl::Microseconds(1));
  EXPECT_EQ(ReasonOf(SettleCaseTimes(service_case, kNow)), v1::ERROR_REASON_FIELD_INVALID);
}

TEST(CaseRulesTest, ADeadlineStaysOnceItHasPassed) {
  v1::Case before, wanted;
  EXPECT_TRUE(CheckDeadlineStays(before, wanted, kNow).ok());
  *before.mutable_customer_deadline() = ToProto(kNow + absl::Microseconds(1));
  EXPECT_TRUE(CheckDeadlineStays(before, wanted, kNow).ok()) << "not passed yet";
  *before.mutable_customer_deadline() = ToProto(kNow);
  EXPECT_EQ(ReasonOf(CheckDeadlineStays(before, wanted, kNow)), v1::ERROR_REASON_FIELD_INVALID) << "cleared";
  *wanted.mutable_customer_deadline() = ToProto(kNow + absl::Microseconds(1));
  EXPECT_EQ(ReasonOf(CheckDeadlineStays(before, wanted, kNow)), v1::ERROR_REASON_FIELD_INVALID) << "later";
  *wanted.mutable_customer_deadline() = ToProto(kNow);
  EXPECT_TRUE(CheckDeadlineStays(before, wanted, kNow).ok());
  *wanted.mutable_customer_deadline() = ToProto(kNow - absl::Hours(1));
  EXPECT_TRUE(CheckDeadlineStays(before, wanted, kNow).ok()) << "earlier";
}

TEST(CaseRulesTest, NobodyBringsACaseBeforeTheSameRoleTwiceWithinAnHour) {
  v1::Case service_case;
  v1::CaseEscalation escalation;
  escalation.set_to(v1::ROLE_EXECUTIVE);
  escalation.mutable_act()->set_principal("principals/a");
  *escalation.mutable_act()->mutable_time() = ToProto(kNow - kEscalationPause + absl::Microseconds(1));
  *service_case.add_escalations() = escalation;
  EXPECT_EQ(ReasonOf(CheckEscalation(service_case, v1::ROLE_EXECUTIVE, "principals/a", kNow)),
            v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_TRUE(CheckEscalation(service_case, v1::ROLE_QUALITY, "principals/a", kNow).ok());
  EXPECT_TRUE(CheckEscalation(service_case, v1::ROLE_EXECUTIVE, "principals/b", kNow).ok());
  EXPECT_TRUE(CheckEscalation(service_case, v1::ROLE_EXECUTIVE, "principals/a", kNow + absl::Microseconds(1)).ok());
  while (service_case.escalations_size() < kMostEscalations) *service_case.add_escalations() = escalation;
  EXPECT_EQ(ReasonOf(CheckEscalation(service_case, v1::ROLE_QUALITY, "principals/a", kNow)),
            v1::ERROR_REASON_FIELD_INVALID);
}

TEST(CaseRulesTest, WhatHappenedDoesNotLieInTheFuture) {
  v1::Case service_case;
  EXPECT_TRUE(SettleCaseTimes(service_case, kNow).ok());
  EXPECT_EQ(FromProto(service_case.notice_time()), kNow);
  *service_case.mutable_notice_time() = ToProto(kNow + kClockSkew + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(SettleCaseTimes(service_case, kNow)), v1::ERROR_REASON_FIELD_INVALID);
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(1));
  *service_case.mutable_fault_time() = ToProto(kNow);
  EXPECT_FALSE(SettleCaseTimes(service_case, kNow).ok()) << "reported before it happened";
}

TEST(CaseRulesTest, AChangeKeepsWhoseItIsAndItsEquipmentOnceNamed) {
  v1::Case before;
  before.set_customer("customers/1");
  before.set_contact("contacts/1");
  before.set_opened_by("principals/telephone");
  *before.mutable_notice_time() = ToProto(kNow);
  v1::Case wanted;
  wanted.set_customer("customers/1");
  wanted.set_equipment("equipment/1");
  wanted.set_opened_by("principals/somebody");
  wanted.set_classification("Z");
  const auto named = ChangedCase(before, wanted);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->equipment(), "equipment/1");
  EXPECT_EQ(named->contact(), "contacts/1") << "left out, it stays";
  EXPECT_EQ(named->opened_by(), "principals/telephone");
  EXPECT_EQ(named->classification(), "");
  wanted.set_equipment("equipment/2");
  EXPECT_EQ(ReasonOf(ChangedCase(*named, wanted).status()), v1::ERROR_REASON_FIELD_INVALID);
  wanted.clear_equipment();
  EXPECT_EQ(ChangedCase(*named, wanted)->equipment(), "equipment/1");
  wanted.set_customer("customers/2");
  EXPECT_EQ(ReasonOf(ChangedCase(before, wanted).status()), v1::ERROR_REASON_FIELD_INVALID);
}

TEST(CaseRulesTest, APauseLiesBetweenTheNoticeAndNowAndAfterTheLast) {
  v1::Case service_case;
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(5));
  EXPECT_EQ(*PauseStart(service_case, std::nullopt, kNow), kNow);
  EXPECT_TRUE(PauseStart(service_case, kNow - absl::Hours(5), kNow).ok());
  EXPECT_FALSE(PauseStart(service_case, kNow - absl::Hours(5) - absl::Microseconds(1), kNow).ok());
  EXPECT_FALSE(PauseStart(service_case, kNow + absl::Hours(1), kNow).ok());
  *service_case.mutable_facts()->mutable_pause_end_time() = ToProto(kNow - absl::Hours(2));
  EXPECT_TRUE(PauseStart(service_case, kNow - absl::Hours(2), kNow).ok());
  EXPECT_FALSE(PauseStart(service_case, kNow - absl::Hours(3), kNow).ok());
  EXPECT_EQ(ReasonOf(PauseEnd(service_case, kNow, kNow).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(CheckNotPaused(service_case, "closed").ok());
  *service_case.mutable_pause()->mutable_start_time() = ToProto(kNow - absl::Hours(1));
  EXPECT_EQ(ReasonOf(CheckNotPaused(service_case, "closed")), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(PauseStart(service_case, kNow, kNow).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(*PauseEnd(service_case, kNow - absl::Hours(1), kNow), kNow - absl::Hours(1)) << "a pause of no length";
  EXPECT_FALSE(PauseEnd(service_case, kNow - absl::Hours(2), kNow).ok());
  EXPECT_FALSE(PauseEnd(service_case, kNow + absl::Hours(1), kNow).ok());
}

TEST(CaseRulesTest, WhatWasSolvedWasSaidToSomebodyAfterTheNotice) {
  v1::Case service_case;
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(1));
  v1::TelephoneAttempt attempt;
  attempt.set_solved(true);
  EXPECT_FALSE(SettleAttempt(service_case, attempt, kNow).ok());
  attempt.set_reached(true);
  EXPECT_TRUE(SettleAttempt(service_case, attempt, kNow).ok());
  EXPECT_EQ(FromProto(attempt.time()), kNow);
  *attempt.mutable_time() = ToProto(kNow - absl::Hours(2));
  EXPECT_FALSE(SettleAttempt(service_case, attempt, kNow).ok());
}

TEST(CaseRulesTest, LinksAreBoundedAndEachStandsOnce) {
  v1::Case service_case;
  service_case.set_name("cases/C1");
  EXPECT_EQ(ReasonOf(Link(service_case, "cases/C1", "r", "p")), v1::ERROR_REASON_REFERENCE_INVALID);
  for (int i = 0; i < kMostLinks; ++i) {
    ASSERT_TRUE(Link(service_case, absl::StrCat("cases/D", i), "r", "p").ok()) << i;
  }
  EXPECT_EQ(ReasonOf(Link(service_case, "cases/D7", "r", "p")), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(ReasonOf(Link(service_case, "cases/E", "r", "p")), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(service_case.links_size(), kMostLinks);
  // Those that the server made for recurrences take nobody's place.
  service_case.mutable_links(0)->set_corrective_action("cases/D0/correctiveActions/1");
  EXPECT_TRUE(Link(service_case, "cases/E", "r", "p").ok());
  EXPECT_EQ(ReasonOf(Link(service_case, "cases/F", "r", "p")), v1::ERROR_REASON_REFERENCE_INVALID);
}

TEST(CaseRulesTest, WhatHappenedLiesBetweenWhatCameBeforeItAndNow) {
  const absl::Time now = absl::FromUnixSeconds(1790000000), first = now - absl::Hours(3);
  const auto time = [&](std::optional<absl::Time> told) { return PastTimeAfter("held_time", told, now, first, "X"); };
  EXPECT_EQ(*time(std::nullopt), now);
  EXPECT_EQ(*time(first), first);
  EXPECT_EQ(*time(now + absl::Minutes(1)), now);
  EXPECT_EQ(ReasonOf(time(now + absl::Hours(1)).status()), v1::ERROR_REASON_FIELD_INVALID);
  const absl::Status before = time(first - absl::Microseconds(1)).status();
  EXPECT_EQ(ReasonOf(before), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_NE(before.message().find("held_time: lies before X"), std::string::npos) << before;
}

TEST(CaseRulesTest, ItemsAreSearchedForAsTheyAreComparedEachOnce) {
  v1::Case service_case;
  service_case.add_nonconforming_items("ＢＲＡＫＥ\u3000ｐａｄ");
  service_case.add_nonconforming_items("制\u200b动 阀");
  for (const char* item : {" Brake Pad", "brake pad\t", "VALVE", "  ", "制动阀"})
    service_case.add_nonconforming_items(item);
  EXPECT_EQ(SearchItems(service_case), (std::vector<std::string>{"brake pad", "valve", "制动阀"}));
}

}  // namespace
}  // namespace aftersales
