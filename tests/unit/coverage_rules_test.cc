#include "server/cases/coverage_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/cases/case_facts.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::TimeZone kShanghai = [] {
  absl::TimeZone zone;
  absl::LoadTimeZone("Asia/Shanghai", &zone);
  return zone;
}();

absl::Time Day(int year, int month, int day, int hour = 0) {
  return absl::FromCivil(absl::CivilHour(year, month, day, hour), kShanghai);
}

v1::Equipment Sold() {
  v1::Equipment equipment;
  equipment.set_name("equipment/1");
  *equipment.mutable_delivery_time() = ToProto(Day(2024, 8, 31));
  *equipment.mutable_install_time() = ToProto(Day(2024, 10, 1));
  *equipment.mutable_commission_time() = ToProto(Day(2024, 12, 1));
  return equipment;
}

v1::Contract Agreed(int months, v1::WarrantyStart start) {
  v1::Contract contract;
  contract.set_name("contracts/1");
  contract.set_number("HR-7");
  contract.set_warranty_months(months);
  contract.set_warranty_start(start);
  contract.set_warranty_provision("8.2");
  *contract.mutable_sign_time() = ToProto(Day(2024, 5, 1));
  return contract;
}

TEST(CoverageRulesTest, MonthsAreCalendarMonthsOfTheCompanysZone) {
  // Six months from 31 August end with the last day of February.
  const v1::Contract contract = Agreed(6, v1::WARRANTY_START_DELIVERY);
  const v1::Coverage coverage = WarrantyAt(Day(2025, 2, 27, 23), Sold(), contract, kShanghai);
  EXPECT_EQ(FromProto(coverage.start_time()), Day(2024, 8, 31));
  EXPECT_EQ(FromProto(coverage.end_time()), Day(2025, 2, 28));
  EXPECT_EQ(coverage.warranty(), v1::WARRANTY_STATE_RUNNING);
  EXPECT_EQ(coverage.contract(), "contracts/1");
  EXPECT_EQ(coverage.provision(), "8.2");
  const absl::Time end = Day(2025, 2, 28);
  EXPECT_EQ(WarrantyAt(end - absl::Microseconds(1), Sold(), contract, kShanghai).warranty(),
            v1::WARRANTY_STATE_RUNNING);
  EXPECT_EQ(WarrantyAt(end, Sold(), contract, kShanghai).warranty(), v1::WARRANTY_STATE_ENDED);
}

TEST(CoverageRulesTest, AWarrantyIsCountedFromWhatTheContractSays) {
  const struct {
    v1::WarrantyStart start;
    absl::Time time;
  } kStarts[] = {{v1::WARRANTY_START_UNSPECIFIED, Day(2024, 8, 31)},
                 {v1::WARRANTY_START_DELIVERY, Day(2024, 8, 31)},
                 {v1::WARRANTY_START_INSTALLATION, Day(2024, 10, 1)},
                 {v1::WARRANTY_START_COMMISSIONING, Day(2024, 12, 1)},
                 {v1::WARRANTY_START_SIGNING, Day(2024, 5, 1)}};
  for (const auto& [start, time] : kStarts) {
    EXPECT_EQ(FromProto(WarrantyAt(Day(2025, 1, 1), Sold(), Agreed(12, start), kShanghai).start_time()), time) << start;
  }
}

TEST(CoverageRulesTest, ADateThatIsMissingIsNamed) {
  v1::Equipment equipment = Sold();
  equipment.clear_commission_time();
  v1::Coverage coverage =
      WarrantyAt(Day(2025, 1, 1), equipment, Agreed(12, v1::WARRANTY_START_COMMISSIONING), kShanghai);
  EXPECT_EQ(coverage.warranty(), v1::WARRANTY_STATE_UNKNOWN);
  EXPECT_THAT(coverage.text(), HasSubstr("from commissioning; the directory does not say when"));
  EXPECT_FALSE(coverage.has_end_time());
  v1::Contract unsigned_contract = Agreed(12, v1::WARRANTY_START_SIGNING);
  unsigned_contract.clear_sign_time();
  coverage = WarrantyAt(Day(2025, 1, 1), equipment, unsigned_contract, kShanghai);
  EXPECT_EQ(coverage.warranty(), v1::WARRANTY_STATE_UNKNOWN);
  EXPECT_THAT(coverage.text(), HasSubstr("the signing of the contract"));
}

TEST(CoverageRulesTest, WithoutTermsTheDirectorysDateCountsAndWithoutThatNothingIsKnown) {
  v1::Equipment equipment = Sold();
  EXPECT_EQ(WarrantyAt(Day(2025, 1, 1), equipment, {}, kShanghai).warranty(), v1::WARRANTY_STATE_UNKNOWN);
  *equipment.mutable_warranty_end_time() = ToProto(Day(2025, 3, 1));
  EXPECT_EQ(WarrantyAt(Day(2025, 1, 1), equipment, {}, kShanghai).warranty(), v1::WARRANTY_STATE_RUNNING);
  EXPECT_EQ(WarrantyAt(Day(2025, 3, 1), equipment, {}, kShanghai).warranty(), v1::WARRANTY_STATE_ENDED);
  const v1::Coverage none = WarrantyAt(Day(2025, 1, 1), equipment, Agreed(0, v1::WARRANTY_START_DELIVERY), kShanghai);
  EXPECT_EQ(none.warranty(), v1::WARRANTY_STATE_RUNNING);
  EXPECT_THAT(none.text(), HasSubstr("agrees no warranty"));
  // The contract's term goes before the directory's date.
  EXPECT_EQ(WarrantyAt(Day(2025, 4, 1), equipment, Agreed(12, v1::WARRANTY_START_DELIVERY), kShanghai).warranty(),
            v1::WARRANTY_STATE_RUNNING);
  const v1::Coverage unknown = WarrantyAt(Day(2025, 1, 1), {}, {}, kShanghai);
  EXPECT_EQ(unknown.warranty(), v1::WARRANTY_STATE_UNKNOWN);
  EXPECT_THAT(unknown.text(), HasSubstr("No equipment is named"));
}

TEST(CoverageRulesTest, AWarrantyThatHasNotBegunHasNotEnded) {
  const v1::Coverage coverage =
      WarrantyAt(Day(2024, 9, 15), Sold(), Agreed(12, v1::WARRANTY_START_COMMISSIONING), kShanghai);
  EXPECT_EQ(coverage.warranty(), v1::WARRANTY_STATE_RUNNING);
  EXPECT_THAT(coverage.text(), HasSubstr("before it began"));
}

policy::Pack PackWithRules() {
  policy::Pack pack;
  pack.time_zone = kShanghai;
  pack.coverage.push_back(
      {"own-fault", "Our own fault", {"X-1"}, {{{"in_warranty", {"true"}}, {"cause", {"design"}}}}, true});
  pack.coverage.push_back({"ended", "The warranty has ended", {"X-2"}, {{{"in_warranty", {"false"}}}}, false});
  policy::RemedyRule repair;
  repair.remedy = v1::REMEDY_REPAIR;
  repair.clauses = {"X-3"};
  repair.where = {{{"covered", {"true"}}}};
  pack.remedies.push_back(repair);
  return pack;
}

v1::Case CaseAt(absl::Time notice, v1::Cause cause) {
  v1::Case service_case;
  service_case.set_equipment("equipment/1");
  service_case.set_cause(cause);
  *service_case.mutable_notice_time() = ToProto(notice);
  return service_case;
}

TEST(CoverageRulesTest, TheFirstRuleThatHoldsDecides) {
  const policy::Pack pack = PackWithRules();
  const v1::Contract contract = Agreed(12, v1::WARRANTY_START_DELIVERY);
  v1::Coverage coverage = CoverageOf(pack, CaseAt(Day(2025, 1, 1), v1::CAUSE_DESIGN), Sold(), contract);
  EXPECT_EQ(coverage.decision(), v1::COVERAGE_DECISION_COVERED);
  EXPECT_EQ(coverage.rule(), "own-fault");
  EXPECT_THAT(coverage.clauses(), ElementsAre("X-1"));
  EXPECT_THAT(coverage.remedies(), ElementsAre(v1::REMEDY_REPAIR));
  EXPECT_THAT(coverage.text(),
              HasSubstr("The cause is design. Rule \"own-fault\" (X-1): Our own fault. The company bears it."));
  coverage = CoverageOf(pack, CaseAt(Day(2026, 1, 1), v1::CAUSE_DESIGN), Sold(), contract);
  EXPECT_EQ(coverage.decision(), v1::COVERAGE_DECISION_NOT_COVERED);
  EXPECT_EQ(coverage.rule(), "ended");
  EXPECT_THAT(coverage.remedies(), ElementsAre());
  coverage = CoverageOf(pack, CaseAt(Day(2025, 1, 1), v1::CAUSE_UNSPECIFIED), Sold(), contract);
  EXPECT_EQ(coverage.decision(), v1::COVERAGE_DECISION_NOT_COVERED);
  EXPECT_EQ(coverage.rule(), "");
  EXPECT_THAT(coverage.text(), HasSubstr("not determined yet. No rule"));
  // A coverage that stood before is no ground for another.
  v1::Case covered = CaseAt(Day(2025, 1, 1), v1::CAUSE_WEAR);
  covered.mutable_coverage()->set_decision(v1::COVERAGE_DECISION_COVERED);
  EXPECT_EQ(CoverageOf(pack, covered, Sold(), contract).decision(), v1::COVERAGE_DECISION_NOT_COVERED);
}

// A pack without rules on coverage does not say that the company bears nothing.
TEST(CoverageRulesTest, WithoutRulesNothingIsDecided) {
  policy::Pack pack = PackWithRules();
  pack.coverage.clear();
  v1::Case service_case = CaseAt(Day(2025, 1, 1), v1::CAUSE_DESIGN);
  *service_case.mutable_coverage() = CoverageOf(pack, service_case, Sold(), Agreed(12, v1::WARRANTY_START_DELIVERY));
  EXPECT_EQ(service_case.coverage().decision(), v1::COVERAGE_DECISION_NO_RULE);
  EXPECT_THAT(service_case.coverage().text(), HasSubstr("not decided who bears it"));
  EXPECT_THAT(service_case.coverage().remedies(), ElementsAre());
  EXPECT_EQ(FactsOf(service_case).count("covered"), 0u);
}

TEST(CoverageRulesTest, WhatIsNotKnownIsNoFact) {
  v1::Case service_case;
  policy::Facts facts = FactsOf(service_case);
  EXPECT_EQ(facts.count("covered"), 0u);
  for (const char* fact : {"cause", "irreparable", "endangers_safety", "commissioned", "remedy", "charged", "severity",
                           "type", "tier", "customer_tier", "service_mode", "classification"}) {
    EXPECT_EQ(facts.count(fact), 0u) << fact;
  }
  EXPECT_EQ(facts["equipment_known"], "false");
  EXPECT_EQ(facts["in_warranty"], "unknown");
  service_case.set_equipment("equipment/1");
  service_case.set_cause(v1::CAUSE_WEAR);
  service_case.mutable_findings()->set_irreparable(true);
  service_case.set_remedy(v1::REMEDY_PAID_SERVICE);
  service_case.set_charged(true);
  facts = FactsOf(service_case);
  EXPECT_EQ(facts["commissioned"], "false");
  EXPECT_EQ(facts["irreparable"], "true");
  EXPECT_EQ(facts["endangers_safety"], "false");
  EXPECT_EQ(facts["remedy"], "paid_service");
  EXPECT_EQ(facts["charged"], "true");
}

TEST(CoverageRulesTest, TheNearestKnownRegionGivesTheTier) {
  policy::Pack pack = PackWithRules();
  pack.tiers.push_back({"near", "", {"jilin"}, {}});
  pack.tiers.push_back({"far", "", {"hainan"}, {}});
  Parties parties;
  parties.customer.set_region("hainan");
  v1::Case service_case = CaseAt(Day(2025, 1, 1), v1::CAUSE_UNSPECIFIED);
  const auto tier = [&] {
    SettleParties(pack, parties, service_case);
    return service_case.tier();
  };
  EXPECT_EQ(tier(), "far");
  parties.equipment.set_region("jilin");
  EXPECT_EQ(tier(), "near");
  parties.equipment_region = "hainan";
  EXPECT_EQ(tier(), "far") << "where it stands goes before what it is said to be in";
  parties.site.set_region("jilin");
  EXPECT_EQ(tier(), "near");
  parties.site.set_region("tibet");
  EXPECT_EQ(tier(), "") << "the pack has no tier for it";
}

TEST(CoverageRulesTest, InOperationIsWhatWasCommissionedByTheNotice) {
  const policy::Pack pack = PackWithRules();
  Parties parties;
  parties.equipment = Sold();
  v1::Case service_case = CaseAt(Day(2024, 12, 1), v1::CAUSE_UNSPECIFIED);
  SettleParties(pack, parties, service_case);
  EXPECT_TRUE(service_case.facts().commissioned());
  *service_case.mutable_notice_time() = ToProto(Day(2024, 12, 1) - absl::Microseconds(1));
  SettleParties(pack, parties, service_case);
  EXPECT_FALSE(service_case.facts().commissioned());
}

}  // namespace
}  // namespace aftersales
