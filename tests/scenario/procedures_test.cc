// Every walk through every company's procedure, on every engine, against the server process.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

struct Trip {
  const Procedure* procedure;
  const Walk* walk;
  std::string engine;
};

std::ostream& operator<<(std::ostream& out, const Trip& one) { return out << one.walk->name << " on " << one.engine; }

std::vector<Trip> Trips() {
  std::vector<Trip> trips;
  for (const Procedure& procedure : Procedures()) {
    for (const char* engine : {"sqlite", "mysql"}) {
      for (const Walk& walk : procedure.walks) trips.push_back({&procedure, &walk, engine});
    }
  }
  return trips;
}

class ProcedureTest : public ::testing::TestWithParam<Trip> {
 protected:
  // Before the databases they use are stopped.
  static void TearDownTestSuite() { All().clear(); }

  // One company for each procedure and engine, shared by its walks.
  static Company& company() {
    const Trip& one = GetParam();
    std::unique_ptr<Company>& company = All()[{one.procedure->pack, one.engine}];
    if (company == nullptr) {
      company = std::make_unique<Company>(one.engine, PackText(one.procedure->pack), one.procedure->lead);
    }
    return *company;
  }

 private:
  static std::map<std::pair<std::string, std::string>, std::unique_ptr<Company>>& All() {
    static std::map<std::pair<std::string, std::string>, std::unique_ptr<Company>> companies;
    return companies;
  }
};

TEST_P(ProcedureTest, Holds) {
  const Walk& walk = *GetParam().walk;
  RunWalk(walk, company());
  for (const std::string& clause : walk.clauses) {
    EXPECT_TRUE(Proofs::Instance().IsWhole(clause, GetParam().engine)) << clause << " is proved in part only";
  }
}

INSTANTIATE_TEST_SUITE_P(All, ProcedureTest, ::testing::ValuesIn(Trips()),
                         [](const ::testing::TestParamInfo<Trip>& info) {
                           return absl::StrCat(NameInTests(*info.param.procedure), "_", info.param.walk->name, "_",
                                               info.param.engine);
                         });

}  // namespace
}  // namespace aftersales::testing
