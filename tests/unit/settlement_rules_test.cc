#include "server/settlement/settlement_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <tuple>
#include <utility>

#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

v1::Responsibility WithShares(const std::vector<std::tuple<v1::Role, std::string, int>>& shares) {
  v1::Responsibility responsibility;
  responsibility.set_name("cases/C1/responsibilities/1");
  for (const auto& [department, person, points] : shares) {
    v1::ResponsibilityShare& share = *responsibility.add_shares();
    share.set_department(department);
    share.set_staff_member(person);
    share.set_basis_points(points);
  }
  return responsibility;
}

v1::Cost CostOf(int64_t amount) {
  v1::Cost cost;
  cost.set_name("cases/C1/costs/1");
  cost.set_state(v1::COST_STATE_SUBMITTED);
  cost.set_service_case("cases/C1");
  cost.set_category(v1::COST_CATEGORY_TRAVEL);
  cost.set_text("Train");
  cost.mutable_amount()->set_currency_code("CNY");
  cost.mutable_amount()->set_minor_units(amount);
  return cost;
}

TEST(SettlementRulesTest, SharesAreTheWhole) {
  EXPECT_TRUE(CheckShares(WithShares({{v1::ROLE_PRODUCTION, "", 10000}})).ok());
  EXPECT_TRUE(CheckShares(WithShares({{v1::ROLE_PRODUCTION, "", 3333}, {v1::ROLE_SUPPLY, "", 6667}})).ok());
  const absl::Status less = CheckShares(WithShares({{v1::ROLE_PRODUCTION, "", 3333}, {v1::ROLE_SUPPLY, "", 6666}}));
  EXPECT_EQ(ReasonOf(less), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(less.message()), HasSubstr("9999"));
  EXPECT_FALSE(CheckShares(WithShares({{v1::ROLE_PRODUCTION, "", 10000}, {v1::ROLE_SUPPLY, "", 1}})).ok());
  EXPECT_FALSE(CheckShares(v1::Responsibility()).ok());
}

TEST(SettlementRulesTest, EachDepartmentAndPersonAnswersOnce) {
  EXPECT_TRUE(CheckShares(WithShares({{v1::ROLE_PRODUCTION, "", 5000}, {v1::ROLE_PRODUCTION, "staff/1", 5000}})).ok())
      << "a department, and somebody of it";
  EXPECT_EQ(ReasonOf(CheckShares(
                WithShares({{v1::ROLE_PRODUCTION, "staff/1", 5000}, {v1::ROLE_PRODUCTION, "staff/1", 5000}}))),
            v1::ERROR_REASON_FIELD_INVALID);
  for (const v1::Role nobody :
       {v1::ROLE_CUSTOMER, v1::ROLE_AUDITOR, v1::ROLE_INTEGRATION, v1::ROLE_ADMIN, v1::ROLE_UNSPECIFIED}) {
    EXPECT_EQ(ReasonOf(CheckShares(WithShares({{nobody, "", 10000}}))), v1::ERROR_REASON_FIELD_INVALID) << nobody;
  }
}

TEST(SettlementRulesTest, AProposalIsDecidedOrTurnedDownOnce) {
  v1::Responsibility responsibility = WithShares({});
  responsibility.set_state(v1::RESPONSIBILITY_STATE_PROPOSED);
  EXPECT_TRUE(TakeStep(ResponsibilityStep::kReport, responsibility).ok());
  EXPECT_TRUE(TakeStep(ResponsibilityStep::kDecide, responsibility).ok());
  EXPECT_EQ(responsibility.state(), v1::RESPONSIBILITY_STATE_DECIDED);
  for (const ResponsibilityStep step :
       {ResponsibilityStep::kReport, ResponsibilityStep::kDecide, ResponsibilityStep::kReject}) {
    EXPECT_EQ(ReasonOf(TakeStep(step, responsibility)), v1::ERROR_REASON_STATE_FORBIDS);
  }
  EXPECT_TRUE(TakeStep(ResponsibilityStep::kSupersede, responsibility).ok());
  EXPECT_FALSE(TakeStep(ResponsibilityStep::kSupersede, responsibility).ok());
  for (int i = 0; i < kMostReports; ++i) {
    EXPECT_TRUE(CheckMoreReports(responsibility).ok());
    responsibility.add_reports();
  }
  EXPECT_EQ(ReasonOf(CheckMoreReports(responsibility)), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST(SettlementRulesTest, ACostIsVettedOrTurnedDownOnce) {
  for (const auto& [step, state] :
       {std::pair{CostStep::kVet, v1::COST_STATE_VETTED}, std::pair{CostStep::kReject, v1::COST_STATE_REJECTED}}) {
    v1::Cost cost = CostOf(1);
    EXPECT_TRUE(TakeStep(CostStep::kAgree, cost).ok());
    EXPECT_FALSE(TakeStep(CostStep::kReverse, cost).ok());
    EXPECT_TRUE(TakeStep(step, cost).ok());
    EXPECT_EQ(cost.state(), state);
    for (const CostStep again : {CostStep::kAgree, CostStep::kVet, CostStep::kReject}) {
      EXPECT_EQ(ReasonOf(TakeStep(again, cost)), v1::ERROR_REASON_STATE_FORBIDS);
    }
  }
}

TEST(SettlementRulesTest, AmountsAreMoreThanNothingAndWithinBounds) {
  for (const int64_t sound : {int64_t{1}, kLargestCost}) {
    v1::Cost cost = CostOf(sound);
    EXPECT_TRUE(SettleCost(cost, kNow).ok()) << sound;
    EXPECT_EQ(FromProto(cost.incur_time()), kNow);
  }
  for (const int64_t wrong : {int64_t{0}, int64_t{-1}, kLargestCost + 1, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()}) {
    v1::Cost cost = CostOf(wrong);
    EXPECT_EQ(ReasonOf(SettleCost(cost, kNow)), v1::ERROR_REASON_FIELD_INVALID) << wrong;
  }
  v1::Cost later = CostOf(1);
  *later.mutable_incur_time() = ToProto(kNow + absl::Hours(1));
  EXPECT_EQ(ReasonOf(SettleCost(later, kNow)), v1::ERROR_REASON_FIELD_INVALID);
  v1::Cost before = CostOf(1);
  *before.mutable_incur_time() = ToProto(kNow - absl::Hours(1));
  EXPECT_TRUE(SettleCost(before, kNow).ok());
  EXPECT_EQ(FromProto(before.incur_time()), kNow - absl::Hours(1));
}

TEST(SettlementRulesTest, ACaseTakesSoManyCosts) {
  EXPECT_TRUE(CheckMoreCosts("cases/C1", {kMostCosts - 1, kMostCosts - 1}).ok());
  EXPECT_EQ(ReasonOf(CheckMoreCosts("cases/C1", {kMostCosts, kMostCosts})), v1::ERROR_REASON_STATE_FORBIDS);
  // Those turned down take nobody's place, and are bounded all the same.
  EXPECT_TRUE(CheckMoreCosts("cases/C1", {0, kMostCosts}).ok());
  EXPECT_TRUE(CheckMoreCosts("cases/C1", {0, kMostCostsEver - 1}).ok());
  EXPECT_EQ(ReasonOf(CheckMoreCosts("cases/C1", {0, kMostCostsEver})), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST(SettlementRulesTest, TheCustomerAgreesOnceToWhatTheCustomerPays) {
  v1::Cost cost = CostOf(1);
  EXPECT_EQ(ReasonOf(CheckAgreeable(cost)), v1::ERROR_REASON_STATE_FORBIDS);
  cost.set_customer_pays(true);
  EXPECT_TRUE(CheckAgreeable(cost).ok());
  EXPECT_FALSE(CheckAgreeable(ReversalOf(cost, "Entered twice.", kNow)).ok());
  cost.mutable_agreement()->set_text("By letter.");
  EXPECT_EQ(ReasonOf(CheckAgreeable(cost)), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST(SettlementRulesTest, AReversalIsTheOpposite) {
  v1::Cost cost = CostOf(1234);
  cost.set_visit("visits/1");
  cost.set_customer_pays(true);
  cost.set_allocation("cases/C1/allocations/1");
  EXPECT_TRUE(CheckReversible(cost).ok());
  const v1::Cost reversal = ReversalOf(cost, "Entered twice.", kNow);
  EXPECT_EQ(reversal.amount().minor_units(), -1234);
  EXPECT_EQ(reversal.amount().currency_code(), "CNY");
  EXPECT_EQ(reversal.category(), cost.category());
  EXPECT_EQ(reversal.visit(), "visits/1");
  EXPECT_TRUE(reversal.customer_pays());
  EXPECT_EQ(reversal.text(), "Entered twice.");
  EXPECT_EQ(reversal.reversal_of(), cost.name());
  EXPECT_EQ(reversal.state(), v1::COST_STATE_SUBMITTED);
  EXPECT_EQ(reversal.allocation(), "");
  EXPECT_EQ(ReasonOf(CheckReversible(reversal)), v1::ERROR_REASON_STATE_FORBIDS);
  cost.set_reversed_by("cases/C1/costs/2");
  EXPECT_EQ(ReasonOf(CheckReversible(cost)), v1::ERROR_REASON_STATE_FORBIDS);
}

}  // namespace
}  // namespace aftersales
