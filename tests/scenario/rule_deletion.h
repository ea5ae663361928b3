// A pack without one of its rules, for each of its rules: every obligation, escalation, "only" line, coverage rule,
// remedy, cost rule, file section, class, type, outcome, type of conduct, region tier and calendar is one.
#ifndef AFTERSALES_TESTS_SCENARIO_RULE_DELETION_H_
#define AFTERSALES_TESTS_SCENARIO_RULE_DELETION_H_

#include <set>
#include <string>
#include <vector>

#include "tests/scenario/proofs.h"

namespace aftersales::testing {

struct PackWithoutRule {
  std::string rule;               // what is missing, in words
  std::set<std::string> clauses;  // that it follows from
  std::string text;               // the pack without it
};

std::vector<PackWithoutRule> PacksWithoutEachRule(const std::string& text);

// Listens for a failure of one of some clauses and ends the walk at the first.
class Trial : public ProofSink {
 public:
  explicit Trial(std::set<std::string> clauses) : clauses_(std::move(clauses)) {}

  void Record(const std::string& clause, const std::string& engine, const std::string& proof, bool ok,
              const std::string& what) override;
  bool trial() const override { return true; }

  // What failed, with its clause; empty where nothing did.
  const std::string& failure() const { return failure_; }

 private:
  const std::set<std::string> clauses_;
  std::string failure_;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_RULE_DELETION_H_
