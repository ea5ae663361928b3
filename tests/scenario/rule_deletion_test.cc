// No rule of a pack can be missing without its procedure noticing: under the pack without it, a walk fails at a step of
// one of the rule's clauses.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "tests/scenario/rule_deletion.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

class RuleDeletion : public ::testing::TestWithParam<Procedure> {};

bool Touches(const Walk& walk, const std::set<std::string>& clauses) {
  return std::any_of(walk.clauses.begin(), walk.clauses.end(),
                     [&](const std::string& clause) { return clauses.count(clause) > 0; });
}

// Runs the walks that touch these clauses under the pack that is in force, up to the first failure of one of them.
std::string FirstFailure(const Procedure& procedure, const std::set<std::string>& clauses, Company& company) {
  Trial trial(clauses);
  company.ReportTo(&trial);
  for (const Walk& walk : procedure.walks) {
    if (trial.failure().empty() && Touches(walk, clauses)) RunWalk(walk, company);
  }
  company.ReportTo(&Proofs::Instance());
  return trial.failure();
}

TEST_P(RuleDeletion, EveryRuleIsMissed) {
  const Procedure& procedure = GetParam();
  Company company("sqlite", PackText(procedure.pack), procedure.lead);
  std::set<std::string> all;
  for (const PackWithoutRule& without : PacksWithoutEachRule(PackText(procedure.pack))) {
    all.insert(without.clauses.begin(), without.clauses.end());
    company.ForAll({without.clauses.begin(), without.clauses.end()});
    company.UsePack(without.text);
    const std::string failure = FirstFailure(procedure, without.clauses, company);
    EXPECT_FALSE(failure.empty()) << procedure.pack << " works as well without " << without.rule;
    std::cout << "without " << without.rule << ": " << failure.substr(0, failure.find('\n')) << std::endl;
  }
  // The same walks have nothing to say against the whole pack.
  company.UsePack(PackText(procedure.pack));
  EXPECT_EQ(FirstFailure(procedure, all, company), "");
}

INSTANTIATE_TEST_SUITE_P(All, RuleDeletion, ::testing::ValuesIn(Procedures()),
                         [](const ::testing::TestParamInfo<Procedure>& info) { return NameInTests(info.param); });

}  // namespace

}  // namespace aftersales::testing
