// Policy versions in force from a time on, and lists of what is owed, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/clock.h"
#include "tests/service/policy_service_fixture.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Engines, PolicyServiceTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(PolicyServiceTest, AVersionComesInForceAtItsTimeWhoeverLooks) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string second = desk_.Load(kStricterPack);
  const absl::Time effective = desk_.clock.Now() + absl::Hours(24);
  const auto scheduled = desk_.Activate(second, effective);
  ASSERT_TRUE(scheduled.ok()) << scheduled.status();
  EXPECT_EQ(scheduled->state(), v1::POLICY_VERSION_STATE_SCHEDULED);
  EXPECT_EQ(FromProto(scheduled->effective_time()), effective);
  EXPECT_FALSE(scheduled->has_activate_time());
  EXPECT_EQ(scheduled->activated_by(), "principals/issuer as admin");
  EXPECT_THAT(desk_.Events(second, "policy-scheduled"), SizeIs(1));
  EXPECT_THAT(desk_.Events(second, "policy-activated"), IsEmpty());
  EXPECT_EQ(StateOf(first), v1::POLICY_VERSION_STATE_ACTIVE);
  desk_.clock.Set(effective - absl::Microseconds(1));
  EXPECT_EQ(InForceNow(), first);
  desk_.clock.Set(effective);
  EXPECT_EQ(InForceNow(), second) << "though nobody has recorded it yet";
  // Whoever activates next records it first.
  const std::string third = desk_.PutInForce(kDeskPack);
  EXPECT_EQ(InForceNow(), third);
  EXPECT_EQ(StateOf(first), v1::POLICY_VERSION_STATE_RETIRED);
  EXPECT_EQ(StateOf(second), v1::POLICY_VERSION_STATE_RETIRED);
  const auto events = desk_.Events(second, "policy-activated");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(FromProto(events[0].time()), effective);
}

TEST_P(PolicyServiceTest, NoTimeOrOneJustPastIsNowAndThePastIsRefused) {
  const std::string version = desk_.Load(kDeskPack);
  const absl::Time now = desk_.clock.Now();
  const auto past = desk_.Activate(version, now - absl::Minutes(5) - absl::Microseconds(1));
  EXPECT_EQ(ReasonOf(past.status()), v1::ERROR_REASON_FIELD_INVALID) << past.status();
  EXPECT_THAT(std::string(past.status().message()), HasSubstr("effective_time"));
  const auto skewed = desk_.Activate(version, now - absl::Minutes(5));
  ASSERT_TRUE(skewed.ok()) << skewed.status();
  EXPECT_EQ(skewed->state(), v1::POLICY_VERSION_STATE_ACTIVE);
  EXPECT_EQ(FromProto(skewed->effective_time()), now);
  EXPECT_EQ(FromProto(skewed->activate_time()), now);
}

TEST_P(PolicyServiceTest, WhatWaitsGivesWay) {
  const std::string old = desk_.PutInForce(kDeskPack);
  const std::string active = desk_.PutInForce(kDeskPack);
  const std::string fresh = desk_.Load(kStricterPack);
  const absl::Time later = desk_.clock.Now() + absl::Hours(1);
  ASSERT_TRUE(desk_.Activate(fresh, later).ok());
  // A version that was in force before: waits, and is retired again when it gives way.
  const auto again = desk_.Activate(old, later);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), v1::POLICY_VERSION_STATE_SCHEDULED);
  EXPECT_EQ(StateOf(fresh), v1::POLICY_VERSION_STATE_LOADED);
  ASSERT_TRUE(desk_.Activate(fresh, later + absl::Hours(1)).ok());
  EXPECT_EQ(StateOf(old), v1::POLICY_VERSION_STATE_RETIRED);
  desk_.clock.Set(later);
  EXPECT_EQ(InForceNow(), active);
  // Another time for the one that waits; and now.
  ASSERT_TRUE(desk_.Activate(fresh, later + absl::Hours(3)).ok());
  desk_.clock.Set(later + absl::Hours(2));
  EXPECT_EQ(InForceNow(), active);
  ASSERT_TRUE(desk_.Activate(fresh).ok());
  EXPECT_EQ(InForceNow(), fresh);
  desk_.clock.Set(later + absl::Hours(30));
  EXPECT_EQ(InForceNow(), fresh);
  EXPECT_EQ(StateOf(active), v1::POLICY_VERSION_STATE_RETIRED);
}

TEST_P(PolicyServiceTest, ActivatingWhatIsInForceCallsOffWhatWaits) {
  const std::string active = desk_.PutInForce(kDeskPack);
  const auto twice = desk_.Activate(active);
  EXPECT_EQ(ReasonOf(twice.status()), v1::ERROR_REASON_STATE_FORBIDS) << twice.status();
  const std::string next = desk_.Load(kStricterPack);
  const absl::Time later = desk_.clock.Now() + absl::Hours(1);
  ASSERT_TRUE(desk_.Activate(next, later).ok());
  EXPECT_EQ(ReasonOf(desk_.Activate(active, later).status()), v1::ERROR_REASON_STATE_FORBIDS);
  ASSERT_TRUE(desk_.Activate(active).ok());
  EXPECT_EQ(StateOf(next), v1::POLICY_VERSION_STATE_LOADED);
  desk_.clock.Set(later);
  EXPECT_EQ(InForceNow(), active);
}

TEST_P(PolicyServiceTest, ActivationIsForTheRoleThatThePackNames) {
  const std::string version = desk_.Load(kWorkingHoursPack);
  v1::ActivatePolicyVersionRequest request;
  request.set_name(version);
  Call admin = desk_.As({v1::ROLE_ADMIN});
  EXPECT_EQ(ReasonOf(desk_.policy->ActivatePolicyVersion(admin, request).status()), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(StateOf(version), v1::POLICY_VERSION_STATE_LOADED);
  Call executive = desk_.As({v1::ROLE_EXECUTIVE});
  const auto active = desk_.policy->ActivatePolicyVersion(executive, request);
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->activated_by(), "principals/issuer as executive");
}

TEST_P(PolicyServiceTest, WhatIsInForceHasASayInWhoReplacesIt) {
  v1::ActivatePolicyVersionRequest request;
  request.set_name(desk_.Load(kWorkingHoursPack));  // issued by an executive
  Call executive = desk_.As({v1::ROLE_EXECUTIVE});
  ASSERT_TRUE(desk_.policy->ActivatePolicyVersion(executive, request).ok());
  const std::string other = desk_.Load(kDeskPack);  // names the administrator
  request.set_name(other);
  Call admin = desk_.As({v1::ROLE_ADMIN});
  const absl::Status refused = desk_.policy->ActivatePolicyVersion(admin, request).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("in place of"));
  Call executive_alone = desk_.As({v1::ROLE_EXECUTIVE});
  EXPECT_EQ(ReasonOf(desk_.policy->ActivatePolicyVersion(executive_alone, request).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  Call both = desk_.As({v1::ROLE_ADMIN, v1::ROLE_EXECUTIVE});
  EXPECT_TRUE(desk_.policy->ActivatePolicyVersion(both, request).ok());
  EXPECT_EQ(InForceNow(), other);
}

TEST_P(PolicyServiceTest, ActivationTriedRepeatedAndStale) {
  const std::string version = desk_.Load(kDeskPack);
  v1::ActivatePolicyVersionRequest request;
  request.set_name(version);
  *request.mutable_effective_time() = ToProto(desk_.clock.Now() + absl::Hours(1));
  Call trial = desk_.As();
  trial.validate_only = true;
  EXPECT_EQ(desk_.policy->ActivatePolicyVersion(trial, request)->state(), v1::POLICY_VERSION_STATE_SCHEDULED);
  EXPECT_EQ(StateOf(version), v1::POLICY_VERSION_STATE_LOADED);
  request.set_etag("7");
  Call stale = desk_.As();
  EXPECT_EQ(ReasonOf(desk_.policy->ActivatePolicyVersion(stale, request).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  request.set_etag("1");
  Call first = desk_.As();
  Call repeat = first;
  const auto once = desk_.policy->ActivatePolicyVersion(first, request);
  ASSERT_TRUE(once.ok()) << once.status();
  desk_.clock.Advance(absl::Hours(2));
  const auto twice = desk_.policy->ActivatePolicyVersion(repeat, request);
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ(twice->etag(), once->etag());
  EXPECT_THAT(desk_.Events(version, "policy-scheduled"), SizeIs(1));
  v1::ActivatePolicyVersionRequest unknown;
  unknown.set_name("policyVersions/none-1");
  Call call = desk_.As();
  EXPECT_EQ(ReasonOf(desk_.policy->ActivatePolicyVersion(call, unknown).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(PolicyServiceTest, ObligationsAreListedBetweenTwoTimes) {
  const std::string version = desk_.PutInForce(kDeskPack);
  std::vector<std::string> cases;
  for (int i = 0; i < 3; ++i) {
    cases.push_back(desk_.OpenCase(version));
    desk_.clock.Advance(absl::Hours(1));
  }
  const std::string undated = desk_.OpenCase(desk_.PutInForce(kStricterPack));  // "plan" and "look" have no limit
  const absl::Time second = FromProto(desk_.Owed(cases[1], "reply").due_time());
  v1::ListObligationsRequest list;
  *list.mutable_filter()->mutable_due_after() = ToProto(second);
  const auto roots = [&] {
    Call call = desk_.As();
    const auto page = desk_.policy->ListObligations(call, list);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> found;
    if (page.ok()) {
      for (const v1::Obligation& owed : page->obligations()) found.push_back(owed.root());
    }
    return found;
  };
  EXPECT_THAT(roots(), ElementsAre(cases[1], cases[2])) << "what has no due time is not due later";
  *list.mutable_filter()->mutable_due_before() = ToProto(second + absl::Microseconds(1));
  EXPECT_THAT(roots(), ElementsAre(cases[1]));
  *list.mutable_filter()->mutable_due_before() = ToProto(second);
  Call call = desk_.As();
  EXPECT_EQ(ReasonOf(desk_.policy->ListObligations(call, list).status()), v1::ERROR_REASON_FIELD_INVALID);
}

}  // namespace
}  // namespace aftersales
