#include "server/cases/case_rules.h"

#include <gtest/gtest.h>

#include <set>

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

TEST(CaseRulesTest, WhatHappenedDoesNotLieInTheFuture) {
  v1::Contact contact;
  EXPECT_TRUE(SettleContactTimes(contact, kNow).ok());
  EXPECT_EQ(FromProto(contact.notice_time()), kNow);
  *contact.mutable_notice_time() = ToProto(kNow + kClockSkew);
  EXPECT_TRUE(SettleContactTimes(contact, kNow).ok());
  EXPECT_EQ(FromProto(contact.notice_time()), kNow) << "nothing happens after it was entered";
  *contact.mutable_notice_time() = ToProto(kNow + kClockSkew + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(SettleContactTimes(contact, kNow)), v1::ERROR_REASON_FIELD_INVALID);
  *contact.mutable_notice_time() = ToProto(kNow - absl::Hours(1));
  *contact.mutable_fault_time() = ToProto(kNow);
  EXPECT_FALSE(SettleContactTimes(contact, kNow).ok()) << "reported before it happened";
}

TEST(CaseRulesTest, TheDeadlineComesAfterTheNotice) {
  v1::Case service_case;
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(1));
  *service_case.mutable_customer_deadline() = ToProto(kNow - absl::Hours(2));
  EXPECT_FALSE(SettleCaseTimes(service_case, kNow).ok());
  *service_case.mutable_customer_deadline() = ToProto(kNow + absl::Hours(2));
  EXPECT_TRUE(SettleCaseTimes(service_case, kNow).ok());
}

}  // namespace
}  // namespace aftersales
