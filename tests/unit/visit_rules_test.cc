#include "server/dispatch/visit_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

v1::Visit VisitIn(v1::VisitState state) {
  v1::Visit visit;
  visit.set_name("visits/V2026-000001");
  visit.set_state(state);
  return visit;
}

v1::Visit Planned(absl::Time start, absl::Time end) {
  v1::Visit visit;
  *visit.mutable_plan_start_time() = ToProto(start);
  *visit.mutable_plan_end_time() = ToProto(end);
  return visit;
}

Caller Having(std::initializer_list<v1::Role> roles) {
  Caller caller;
  caller.principal = "principals/7";
  for (v1::Role role : roles) {
    v1::RoleGrant grant;
    grant.set_role(role);
    caller.roles.push_back(grant);
  }
  return caller;
}

// Written out independently of the table: what each step does, and from where. Everything else is refused.
TEST(VisitStates, EveryPairOfStateAndStep) {
  using S = v1::VisitState;
  const S planned = v1::VISIT_STATE_PLANNED, assigned = v1::VISIT_STATE_ASSIGNED, on_site = v1::VISIT_STATE_ON_SITE,
          working = v1::VISIT_STATE_WORKING, done = v1::VISIT_STATE_WORK_DONE, left = v1::VISIT_STATE_LEFT;
  const std::map<VisitStep, std::map<S, S>> expected = {
      {VisitStep::kAssign, {{planned, assigned}, {assigned, assigned}}},
      {VisitStep::kCheckIn, {{assigned, on_site}}},
      {VisitStep::kStartWork, {{on_site, working}}},
      {VisitStep::kRecordWork, {{working, working}, {done, done}}},
      {VisitStep::kCompleteWork, {{working, done}}},
      {VisitStep::kRecordSatisfaction, {{on_site, on_site}, {working, working}, {done, done}, {left, left}}},
      {VisitStep::kCheckOut, {{on_site, left}, {working, left}, {done, left}}},
  };
  int possible = 0;
  for (VisitStep step : kVisitSteps) {
    for (int number = v1::VisitState_MIN; number <= v1::VisitState_MAX; ++number) {
      const S from = static_cast<S>(number);
      const absl::StatusOr<S> to = StateAfter(VisitIn(from), step);
      const auto& row = expected.at(step);
      if (const auto allowed = row.find(from); allowed != row.end()) {
        ++possible;
        ASSERT_TRUE(to.ok()) << Participle(step) << " from " << number << ": " << to.status();
        EXPECT_EQ(*to, allowed->second) << Participle(step) << " from " << number;
      } else {
        EXPECT_EQ(to.status().code(), absl::StatusCode::kFailedPrecondition) << Participle(step) << " from " << number;
        EXPECT_EQ(ReasonOf(to.status()), v1::ERROR_REASON_STATE_FORBIDS);
      }
    }
  }
  EXPECT_EQ(possible, static_cast<int>(std::size(kVisitTransitions))) << "a transition is in the table twice";
}

TEST(VisitStates, RefusalNamesVisitStateAndWhereItIsPossible) {
  const absl::Status status = StateAfter(VisitIn(v1::VISIT_STATE_LEFT), VisitStep::kCheckOut).status();
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(HasSubstr("visits/V2026-000001 is left and cannot be checked out"),
                               HasSubstr("on_site or working or work_done")));
}

TEST(VisitPlan, EndsAfterItStartsAndWithin90Days) {
  EXPECT_TRUE(CheckPlan(Planned(kNow, kNow + absl::Microseconds(1))).ok());
  EXPECT_TRUE(CheckPlan(Planned(kNow, kNow + kLongestVisit)).ok());
  EXPECT_EQ(ReasonOf(CheckPlan(Planned(kNow, kNow))), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(CheckPlan(Planned(kNow, kNow - absl::Hours(1)))), v1::ERROR_REASON_FIELD_INVALID);
  const absl::Status status = CheckPlan(Planned(kNow, kNow + kLongestVisit + absl::Microseconds(1)));
  EXPECT_THAT(std::string(status.message()), HasSubstr("visit.plan_end_time"));
}

TEST(Arrival, NowWhereTheDeviceSaysNothing) {
  EXPECT_EQ(*ArrivalTime(std::nullopt, kNow, kNow - absl::Hours(1)), kNow);
}

TEST(Arrival, WhatTheDeviceSaysWhereThatWasBefore) {
  const absl::Time earlier = kNow - absl::Hours(3);
  EXPECT_EQ(*ArrivalTime(earlier, kNow, kNow - absl::Hours(4)), earlier);
  EXPECT_EQ(*ArrivalTime(earlier, kNow, earlier), earlier);
}

TEST(Arrival, ADeviceSlightlyAheadMeansNowAndOneFarAheadIsRefused) {
  EXPECT_EQ(*ArrivalTime(kNow + kDeviceClockSkew, kNow, kNow - absl::Hours(1)), kNow);
  const absl::Status status =
      ArrivalTime(kNow + kDeviceClockSkew + absl::Microseconds(1), kNow, kNow - absl::Hours(1)).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(status.message()), HasSubstr("device_time"));
}

TEST(Arrival, NobodyArrivesBeforeTheCustomerCalled) {
  EXPECT_EQ(ReasonOf(ArrivalTime(kNow - absl::Hours(2), kNow, kNow - absl::Hours(1)).status()),
            v1::ERROR_REASON_FIELD_INVALID);
}

TEST(WorkRecords, SayWhoAndWhenAndAreKeptInOrder) {
  v1::Visit visit;
  v1::WorkRecord work;
  work.set_text("first");
  work.set_recorded_by("principals/forged");
  ASSERT_TRUE(AddWork(work, "principals/7", kNow, visit).ok());
  work.set_text("second");
  ASSERT_TRUE(AddWork(work, "principals/7", kNow, visit).ok());
  ASSERT_EQ(visit.work_records_size(), 2);
  EXPECT_EQ(visit.work_records(0).text(), "first");
  EXPECT_EQ(visit.work_records(1).recorded_by(), "principals/7");
  EXPECT_EQ(FromProto(visit.work_records(1).record_time()), kNow);
}

TEST(WorkRecords, HaveABound) {
  v1::Visit visit;
  for (int i = 0; i < kMostWorkRecords; ++i) ASSERT_TRUE(AddWork({}, "principals/7", kNow, visit).ok());
  EXPECT_FALSE(AddWork({}, "principals/7", kNow, visit).ok());
  EXPECT_EQ(visit.work_records_size(), kMostWorkRecords);
}

TEST(Confirmation, MustSaySomething) {
  v1::Evidence evidence;
  EXPECT_EQ(ReasonOf(CheckConfirmation(evidence)), v1::ERROR_REASON_FIELD_INVALID);
  evidence.set_person("Ms Chen");
  EXPECT_TRUE(CheckConfirmation(evidence).ok());
}

TEST(OwnVisits, OnlyAFieldEngineerAndNothingMoreIsBoundToThem) {
  EXPECT_TRUE(SeesOwnVisitsOnly(Having({v1::ROLE_FIELD_ENGINEER})));
  EXPECT_TRUE(SeesOwnVisitsOnly(Having({v1::ROLE_FIELD_ENGINEER, v1::ROLE_WAREHOUSE})));
  EXPECT_FALSE(SeesOwnVisitsOnly(Having({v1::ROLE_WAREHOUSE})));
  for (v1::Role overseer :
       {v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY, v1::ROLE_ADMIN, v1::ROLE_EXECUTIVE, v1::ROLE_CUSTOMER_SERVICE}) {
    EXPECT_FALSE(SeesOwnVisitsOnly(Having({v1::ROLE_FIELD_ENGINEER, overseer}))) << overseer;
  }
}

TEST(OwnVisits, AreThoseWhoseEngineerSignsInAsTheCaller) {
  const Caller engineer = Having({v1::ROLE_FIELD_ENGINEER});
  EXPECT_TRUE(MayWorkOn(engineer, "principals/7"));
  EXPECT_FALSE(MayWorkOn(engineer, "principals/8"));
  EXPECT_FALSE(MayWorkOn(engineer, ""));
  Caller nameless = engineer;
  nameless.principal = "";
  EXPECT_FALSE(MayWorkOn(nameless, ""));
  EXPECT_TRUE(MayWorkOn(Having({v1::ROLE_SERVICE_MANAGER}), "principals/8"));
}

}  // namespace
}  // namespace aftersales
