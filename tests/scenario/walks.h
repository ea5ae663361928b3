// The procedures of the companies that a pack ships for, walked step by step. Each walk proves some clauses against a
// running server; the same walks show that no rule of a pack can be missing (rule_deletion_test.cc).
//
// A walk proves with Company::Shown, Refused, Allowed ..., says with Company::For which clause the steps between are
// for, and never ends the program: whatever goes wrong is reported under a clause.
#ifndef AFTERSALES_TESTS_SCENARIO_WALKS_H_
#define AFTERSALES_TESTS_SCENARIO_WALKS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/scenario/company.h"

namespace aftersales::testing {

struct Walk {
  std::string name;
  std::vector<std::string> clauses;  // all that it reports on
  void (*run)(Company&);
};

// A company's pack with the walks through it.
struct Procedure {
  std::string pack;
  v1::Role lead;  // who decides about cases there
  std::vector<Walk> walks;
};

std::ostream& operator<<(std::ostream& out, const Procedure& procedure);
// The pack's name as a part of a test's: "sales_manager".
std::string NameInTests(const Procedure& procedure);

std::vector<Walk> HongxingWalks();
std::vector<Walk> HongxingImprovementWalks();
std::vector<Walk> HongxingFeedbackWalks();
std::vector<Walk> GuangtianWalks();
std::vector<Walk> GuangtianArchiveWalks();
std::vector<Walk> WanshanWalks();
std::vector<Walk> SouthLubricationWalks();
std::vector<Walk> SalesManagerWalks();

const std::vector<Procedure>& Procedures();

// Runs a walk to its end, or to the step that failed.
void RunWalk(const Walk& walk, Company& company);

// The text of a pack that ships with the server.
std::string PackText(const std::string& name);

// The clock of some clauses: an obligation of `kind` that is due a certain time after it comes up.
struct ClockProof {
  std::vector<std::string> clauses;
  std::string kind;
  absl::Duration limit = absl::ZeroDuration();
  bool stated = false;
  // Who is told how long after the breach.
  std::vector<std::pair<absl::Duration, v1::Role>> escalations;
  // Brings it up, its clock having started so long ago, for a root of its own; the root. Where the clock starts with an
  // event that cannot be told of later, `ago` is always zero.
  std::function<std::string(absl::Duration ago)> arise;
  bool from_notice = true;
  // Where the limit is no length of time: when what began at a time is due.
  std::function<absl::Time(absl::Time since)> due;
};

// Shows that it is silent just before, fires, and fires once, after more scans and a restart of the server too.
void ProveClock(Company& company, const ClockProof& proof);

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_WALKS_H_
