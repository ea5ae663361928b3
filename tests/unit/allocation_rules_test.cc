// Who bears what: exact to the last unit, whatever the costs, the shares and the order in which they stand.
#include "server/settlement/allocation_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/settlement/settlement_rules.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;

v1::Cost CostOf(int number, v1::CostCategory category, int64_t amount, const std::string& currency = "CNY") {
  v1::Cost cost;
  cost.set_name(absl::StrCat("cases/C1/costs/", number));
  cost.set_state(v1::COST_STATE_VETTED);
  cost.set_category(category);
  cost.mutable_amount()->set_currency_code(currency);
  cost.mutable_amount()->set_minor_units(amount);
  return cost;
}

v1::Cost TakingBack(int number, const v1::Cost& original) {
  v1::Cost cost = ReversalOf(original, "Entered twice.", absl::UnixEpoch());
  cost.set_state(v1::COST_STATE_VETTED);
  cost.set_name(absl::StrCat("cases/C1/costs/", number));
  return cost;
}

void AddShare(v1::Role department, int points, v1::Responsibility* decided, const std::string& person = "") {
  v1::ResponsibilityShare& share = *decided->add_shares();
  share.set_department(department);
  share.set_staff_member(person);
  share.set_basis_points(points);
}

policy::CostRule Rule(const std::string& name, std::vector<v1::CostCategory> categories, const std::string& borne_by) {
  policy::CostRule rule;
  rule.name = name;
  rule.clauses = {"X-8"};
  rule.categories = std::move(categories);
  rule.borne_by = borne_by;
  return rule;
}

// "production 34", "production/staff/1 33": who bears how much of the costs, line by line.
std::vector<std::string> Borne(const std::vector<v1::AllocationLine>& lines) {
  std::vector<std::string> texts;
  for (const v1::AllocationLine& line : lines) {
    texts.push_back(absl::StrCat(line.bearer(), line.staff_member().empty() ? "" : "/", line.staff_member(), " ",
                                 line.amount().minor_units()));
  }
  return texts;
}

// "1 not_decided": which costs are left, and why.
std::vector<std::string> Left(const Allocated& allocated) {
  std::vector<std::string> texts;
  for (const v1::LeftCost& left : allocated.left) {
    texts.push_back(absl::StrCat(left.cost().substr(left.cost().rfind('/') + 1), " ", Word(left.reason())));
  }
  return texts;
}

class AllocationRulesTest : public ::testing::Test {
 protected:
  AllocationRulesTest() { basis_.rules = &rules_; }

  absl::StatusOr<Allocated> Run(const std::vector<v1::Cost>& costs) {
    basis_.decided = decided_.shares().empty() ? nullptr : &decided_;
    return Allocate(costs, basis_);
  }

  std::vector<policy::CostRule> rules_;
  v1::Responsibility decided_;
  AllocationBasis basis_;
};

TEST_F(AllocationRulesTest, FixedRulesComeFirstThenShares) {
  rules_.push_back(Rule("staff", {v1::COST_CATEGORY_TRAVEL, v1::COST_CATEGORY_LODGING}, "company"));
  rules_.push_back(Rule("other-travel", {v1::COST_CATEGORY_TRAVEL}, "nobody"));
  AddShare(v1::ROLE_PRODUCTION, 10000, &decided_);
  const auto allocated = Run({CostOf(1, v1::COST_CATEGORY_PARTS, 7), CostOf(2, v1::COST_CATEGORY_TRAVEL, 5)});
  ASSERT_TRUE(allocated.ok()) << allocated.status();
  EXPECT_THAT(Borne(allocated->lines), ElementsAre("production 7", "company 5"));
  EXPECT_TRUE(allocated->by_shares);
  EXPECT_EQ(allocated->lines[0].rule(), "share");
  EXPECT_EQ(allocated->lines[0].basis_points(), 10000);
  EXPECT_EQ(allocated->lines[1].rule(), "cost-rule staff");
  EXPECT_THAT(allocated->lines[1].clauses(), ElementsAre("X-8"));
  EXPECT_EQ(allocated->lines[1].basis_points(), 0);
}

TEST_F(AllocationRulesTest, ARuleAsksForFactsOfTheCase) {
  rules_.push_back(Rule("ours", {}, "company"));
  rules_.back().where = {{{"covered", {"true"}}}};
  const std::vector<v1::Cost> costs = {CostOf(1, v1::COST_CATEGORY_OTHER, 5)};
  basis_.facts = {{"covered", "true"}};
  EXPECT_THAT(Borne(Run(costs)->lines), ElementsAre("company 5"));
  EXPECT_FALSE(Run(costs)->by_shares);
  basis_.facts = {{"covered", "false"}};
  EXPECT_THAT(Left(*Run(costs)), ElementsAre("1 not_decided"));
  AddShare(v1::ROLE_SUPPLY, 10000, &decided_);
  EXPECT_THAT(Borne(Run(costs)->lines), ElementsAre("supply 5"));
}

TEST_F(AllocationRulesTest, WhatTheCustomerPaysGoesToTheCustomerBeforeAnyRule) {
  rules_.push_back(Rule("all", {}, "company"));
  v1::Cost cost = CostOf(1, v1::COST_CATEGORY_TRAVEL, 5);
  cost.set_customer_pays(true);
  const auto allocated = Run({cost});
  EXPECT_THAT(Borne(allocated->lines), ElementsAre("customer 5"));
  EXPECT_EQ(allocated->lines[0].rule(), "customer-pays");
}

TEST_F(AllocationRulesTest, LeftOverUnitsGoToTheLargestShareThenByName) {
  AddShare(v1::ROLE_SUPPLY, 3333, &decided_);
  AddShare(v1::ROLE_PRODUCTION, 3334, &decided_);
  AddShare(v1::ROLE_FINANCE, 3333, &decided_);
  EXPECT_THAT(Borne(Run({CostOf(1, v1::COST_CATEGORY_PARTS, 100)})->lines),
              ElementsAre("production 34", "finance 33", "supply 33"));
  decided_.Clear();
  for (const char* person : {"staff/9", "staff/10"}) AddShare(v1::ROLE_SUPPLY, 2500, &decided_, person);
  AddShare(v1::ROLE_SUPPLY, 2500, &decided_);
  AddShare(v1::ROLE_PURCHASING, 2500, &decided_);
  EXPECT_THAT(Borne(Run({CostOf(1, v1::COST_CATEGORY_PARTS, 7)})->lines),
              ElementsAre("purchasing 4", "supply 1", "supply/staff/10 1", "supply/staff/9 1"));
  EXPECT_THAT(Borne(Run({CostOf(1, v1::COST_CATEGORY_PARTS, 1)})->lines), ElementsAre("purchasing 1"));
}

TEST_F(AllocationRulesTest, TheLargestCostFits) {
  AddShare(v1::ROLE_SUPPLY, 9999, &decided_);
  AddShare(v1::ROLE_PRODUCTION, 1, &decided_);
  EXPECT_THAT(Borne(Run({CostOf(1, v1::COST_CATEGORY_PARTS, kLargestCost)})->lines),
              ElementsAre("supply 999900000000", "production 100000000"));
}

TEST_F(AllocationRulesTest, AReversalTakesBackWhatItsOriginalWasAllocatedThen) {
  AddShare(v1::ROLE_SUPPLY, 6000, &decided_);
  AddShare(v1::ROLE_PRODUCTION, 4000, &decided_);
  const v1::Cost cost = CostOf(9, v1::COST_CATEGORY_PARTS, 11);
  const Allocated first = *Run({cost});
  EXPECT_THAT(Borne(first.lines), ElementsAre("supply 7", "production 4"));
  // Since then another decision was made, which is not asked.
  decided_.Clear();
  basis_.allocated[cost.name()] = first.lines;
  const auto taken_back = Run({TakingBack(10, cost)});
  ASSERT_TRUE(taken_back.ok()) << taken_back.status();
  EXPECT_THAT(Borne(taken_back->lines), ElementsAre("supply -7", "production -4"));
  EXPECT_FALSE(taken_back->by_shares);
  for (const v1::AllocationLine& line : taken_back->lines) {
    EXPECT_EQ(line.cost(), "cases/C1/costs/10");
    EXPECT_EQ(line.rule(), "reversal");
    EXPECT_NE(line.basis_points(), 0);
  }
}

TEST_F(AllocationRulesTest, ACostAndItsReversalInOneRunAreNothing) {
  AddShare(v1::ROLE_SUPPLY, 10000, &decided_);
  const v1::Cost cost = CostOf(9, v1::COST_CATEGORY_PARTS, 11);
  // Recorded within the same moment they are told by name: the reversal stands first.
  const auto allocated = Run({TakingBack(10, cost), cost});
  ASSERT_TRUE(allocated.ok()) << allocated.status();
  EXPECT_THAT(Borne(allocated->lines), ElementsAre("supply -11", "supply 11"));
  const std::vector<v1::BearerTotal> totals = TotalsOf(allocated->lines);
  ASSERT_EQ(totals.size(), 1u);
  EXPECT_EQ(totals[0].amount().minor_units(), 0);
}

TEST_F(AllocationRulesTest, AReversalOfWhatIsNotAllocatedIsADefect) {
  EXPECT_EQ(Run({TakingBack(10, CostOf(9, v1::COST_CATEGORY_PARTS, 11))}).status().code(), absl::StatusCode::kInternal);
}

TEST_F(AllocationRulesTest, WhatCannotBeAllocatedYetIsLeftAndTheRestIsAllocated) {
  rules_.push_back(Rule("staff", {v1::COST_CATEGORY_TRAVEL}, "company"));
  v1::Cost unvetted = CostOf(1, v1::COST_CATEGORY_TRAVEL, 3);
  unvetted.set_state(v1::COST_STATE_SUBMITTED);
  const v1::Cost travel = CostOf(2, v1::COST_CATEGORY_TRAVEL, 5), parts = CostOf(3, v1::COST_CATEGORY_PARTS, 7);
  const std::vector<v1::Cost> costs = {unvetted, travel, parts, TakingBack(4, parts)};
  const Allocated undecided = *Run(costs);
  EXPECT_THAT(Borne(undecided.lines), ElementsAre("company 5"));
  EXPECT_THAT(undecided.costs, ElementsAre(travel.name()));
  EXPECT_THAT(Left(undecided), ElementsAre("1 not_vetted", "3 not_decided", "4 original_left"));
  EXPECT_FALSE(undecided.complete);
  EXPECT_TRUE(CheckAllocated("cases/C1", undecided).ok());
  AddShare(v1::ROLE_SUPPLY, 10000, &decided_);
  const Allocated decided = *Run(costs);
  EXPECT_THAT(Borne(decided.lines), ElementsAre("company 5", "supply 7", "supply -7"));
  EXPECT_THAT(Left(decided), ElementsAre("1 not_vetted"));
  EXPECT_TRUE(decided.complete) << "nothing that is vetted is left";
}

TEST_F(AllocationRulesTest, NothingButWhatIsLeftIsRefused) {
  const absl::Status undecided = CheckAllocated("cases/C1", *Run({CostOf(1, v1::COST_CATEGORY_PARTS, 7)}));
  EXPECT_EQ(ReasonOf(undecided), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(undecided.message()), ::testing::HasSubstr("cases/C1/costs/1 goes by the shares"));
  v1::Cost unvetted = CostOf(1, v1::COST_CATEGORY_PARTS, 7);
  unvetted.set_state(v1::COST_STATE_SUBMITTED);
  for (const std::vector<v1::Cost>& costs : {std::vector<v1::Cost>{}, {unvetted}}) {
    const absl::Status nothing = CheckAllocated("cases/C1", *Run(costs));
    EXPECT_EQ(ReasonOf(nothing), v1::ERROR_REASON_STATE_FORBIDS);
    EXPECT_THAT(std::string(nothing.message()), ::testing::HasSubstr("no vetted costs"));
  }
}

TEST(TotalsTest, EachBearerHasOneForEachCurrency) {
  AllocationBasis basis;
  std::vector<policy::CostRule> rules = {Rule("all", {}, "company")};
  basis.rules = &rules;
  const auto allocated = Allocate({CostOf(1, v1::COST_CATEGORY_PARTS, 5), CostOf(2, v1::COST_CATEGORY_PARTS, 7, "EUR"),
                                   CostOf(3, v1::COST_CATEGORY_OTHER, 11)},
                                  basis);
  const std::vector<v1::BearerTotal> totals = TotalsOf(allocated->lines);
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0].amount().currency_code(), "CNY");
  EXPECT_EQ(totals[0].amount().minor_units(), 16);
  EXPECT_EQ(totals[1].amount().currency_code(), "EUR");
  EXPECT_EQ(totals[1].amount().minor_units(), 7);
}

// --- Random cases: costs are recorded, decided anew, taken back and allocated, in several runs
// ---------------------------

class Books {
 public:
  explicit Books(unsigned seed) : random_(seed) {
    for (const v1::CostCategory category : {v1::COST_CATEGORY_TRAVEL, v1::COST_CATEGORY_TRANSPORT}) {
      if (Pick(0, 1) == 1) rules_.push_back(Rule(Word(category), {category}, Word(category) + "-account"));
    }
    basis_.rules = &rules_;
  }

  int Pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  // New costs, some of the old ones taken back.
  std::vector<v1::Cost> Record() {
    std::vector<v1::Cost> costs;
    const int own = Pick(1, 12);
    for (int i = 0; i < own; ++i) {
      const int64_t amount = Pick(0, 9) == 0 ? kLargestCost - Pick(0, 5) : Pick(1, Pick(0, 1) == 0 ? 20 : 2'000'000);
      v1::Cost cost = CostOf(++number_, static_cast<v1::CostCategory>(Pick(1, 9)), amount, Pick(0, 1) ? "CNY" : "EUR");
      cost.set_customer_pays(Pick(0, 5) == 0);
      costs.push_back(cost);
      standing_.push_back(std::move(cost));
    }
    while (!standing_.empty() && Pick(0, 2) != 0) {
      const size_t which = static_cast<size_t>(Pick(0, static_cast<int>(standing_.size()) - 1));
      costs.push_back(TakingBack(++number_, standing_[which]));
      standing_.erase(standing_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    return costs;
  }

  // Shares that sum to the whole.
  v1::Responsibility Decide() {
    v1::Responsibility decided;
    const int parts = Pick(1, 10);
    int left = kWholeShare;
    for (int i = 0; i < parts; ++i) {
      const int points = i == parts - 1 ? left : Pick(1, left - (parts - 1 - i));
      left -= points;
      AddShare(static_cast<v1::Role>(1 + i % 5), points, &decided, i < 5 ? "" : "staff/1");
    }
    return decided;
  }

  Allocated Run(const std::vector<v1::Cost>& costs, const v1::Responsibility& decided) {
    basis_.decided = &decided;
    absl::StatusOr<Allocated> allocated = Allocate(costs, basis_);
    EXPECT_TRUE(allocated.ok()) << allocated.status();
    return *std::move(allocated);
  }
  void Keep(const Allocated& allocated) {
    for (const v1::AllocationLine& line : allocated.lines) basis_.allocated[line.cost()].push_back(line);
  }

  std::mt19937& random() { return random_; }

 private:
  std::mt19937 random_;
  std::vector<policy::CostRule> rules_;
  AllocationBasis basis_;
  std::vector<v1::Cost> standing_;
  int number_ = 0;
};

std::string TextOf(const Allocated& allocated) {
  std::string text;
  for (const v1::AllocationLine& line : allocated.lines) text += line.SerializeAsString();
  return text;
}

void ExpectExact(const std::vector<v1::Cost>& costs, const v1::Responsibility& decided, const Allocated& allocated) {
  for (const v1::Cost& cost : costs) {
    int64_t sum = 0;
    std::set<std::pair<std::string, std::string>> bearers;
    for (const v1::AllocationLine& line : allocated.lines) {
      if (line.cost() != cost.name()) continue;
      EXPECT_EQ(line.amount().currency_code(), cost.amount().currency_code());
      EXPECT_EQ(line.category(), cost.category());
      EXPECT_NE(line.amount().minor_units(), 0);
      EXPECT_EQ(line.amount().minor_units() > 0, cost.reversal_of().empty());
      EXPECT_TRUE(bearers.insert({line.bearer(), line.staff_member()}).second) << "twice for one cost";
      sum += line.amount().minor_units();
      if (line.rule() == "share") {
        // Rounded down, but for the largest, which has what is left over: less than a unit for each share.
        const int64_t exact = cost.amount().minor_units() * line.basis_points() / kWholeShare;
        EXPECT_GE(line.amount().minor_units(), exact);
        EXPECT_LT(line.amount().minor_units(), exact + decided.shares_size());
      }
    }
    EXPECT_EQ(sum, cost.amount().minor_units()) << cost.name();
  }
}

TEST(AllocationPropertyTest, NothingIsCreatedOrLost) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Books books(seed);
    std::map<std::string, int64_t> recorded, borne;
    std::vector<v1::Cost> all;
    std::vector<v1::AllocationLine> lines;
    for (int run = 0; run < 4; ++run) {
      const std::vector<v1::Cost> costs = books.Record();
      const v1::Responsibility decided = books.Decide();
      ASSERT_TRUE(CheckShares(decided).ok());
      const Allocated allocated = books.Run(costs, decided);
      ExpectExact(costs, decided, allocated);
      // In another order the shares make the same lines.
      v1::Responsibility shuffled = decided;
      std::shuffle(shuffled.mutable_shares()->begin(), shuffled.mutable_shares()->end(), books.random());
      EXPECT_EQ(TextOf(books.Run(costs, shuffled)), TextOf(allocated));
      books.Keep(allocated);
      for (const v1::Cost& cost : costs) recorded[cost.amount().currency_code()] += cost.amount().minor_units();
      for (const v1::BearerTotal& total : TotalsOf(allocated.lines)) {
        borne[total.amount().currency_code()] += total.amount().minor_units();
      }
      all.insert(all.end(), costs.begin(), costs.end());
      lines.insert(lines.end(), allocated.lines.begin(), allocated.lines.end());
    }
    EXPECT_EQ(borne, recorded);
    // What was taken back cost nobody anything.
    for (const v1::Cost& reversal : all) {
      if (reversal.reversal_of().empty()) continue;
      std::map<std::pair<std::string, std::string>, int64_t> of_bearer;
      for (const v1::AllocationLine& line : lines) {
        if (line.cost() != reversal.name() && line.cost() != reversal.reversal_of()) continue;
        of_bearer[{line.bearer(), line.staff_member()}] += line.amount().minor_units();
      }
      for (const auto& [bearer, sum] : of_bearer) EXPECT_EQ(sum, 0) << bearer.first;
    }
  }
}

}  // namespace
}  // namespace aftersales
