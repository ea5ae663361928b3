// What the Hongxing pack shows beyond its walks: waivers, explanations, approvals and races.
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

class Hongxing : public ::testing::TestWithParam<const char*> {
 protected:
  using Companies = std::map<std::string, std::unique_ptr<Company>>;
  static Companies& All() {
    static Companies companies;
    return companies;
  }
  // Before the databases they use are stopped.
  static void TearDownTestSuite() { All().clear(); }

  // One for each engine, shared by the tests.
  static Company& company() {
    std::unique_ptr<Company>& company = All()[GetParam()];
    if (company == nullptr) company = std::make_unique<Company>(GetParam(), PackText("hongxing"));
    return *company;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Hongxing, ::testing::Values("sqlite", "mysql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Hongxing, WhatNoRuleLetsAnybodyWaiveIsNotWaived) {
  v1::WaiveObligationRequest waive;
  waive.set_name(company().OwedOfKind(company().Register(absl::Minutes(1)).name(), "first-reply").name());
  waive.set_reason("Busy.");
  waive.set_role(v1::ROLE_QUALITY);
  const absl::Status refused = company().As(v1::ROLE_QUALITY).policy().WaiveObligation(waive).status();
  EXPECT_EQ(ErrorReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_NE(refused.message().find("cannot be waived"), absl::string_view::npos) << refused;
}

TEST_P(Hongxing, EveryObligationExplainsItself) {
  const v1::Contact contact = company().Register(absl::Minutes(20));
  v1::ExplainObligationRequest request;
  request.set_name(company().OwedOfKind(contact.name(), "first-reply").name());
  const auto explained = company().As(v1::ROLE_QUALITY).policy().ExplainObligation(request);
  ASSERT_TRUE(explained.ok()) << explained.status();
  std::string text;
  for (const std::string& line : explained->lines()) absl::StrAppend(&text, line, "\n");
  EXPECT_NE(text.find("HX-5.1a"), std::string::npos) << text;
  EXPECT_NE(text.find("2 h of elapsed time"), std::string::npos) << text;
  EXPECT_NE(text.find("the procedure states it"), std::string::npos) << text;
  ASSERT_EQ(explained->segments_size(), 1);
  EXPECT_TRUE(explained->segments(0).counted());
}

TEST_P(Hongxing, NobodyApprovesTheirOwnProposal) {
  const v1::Case service_case = company().AcceptedCase("C");
  v1::ProposeSolutionRequest propose;
  propose.set_parent(service_case.name());
  propose.mutable_solution()->set_text("Weld it.");
  const auto solution = company().As(v1::ROLE_TECHNOLOGY).cases().ProposeSolution(propose);
  ASSERT_TRUE(solution.ok()) << solution.status();
  v1::ApproveSolutionRequest approve;
  approve.set_name(solution->name());
  approve.set_role(v1::ROLE_TECHNOLOGY);
  EXPECT_EQ(ErrorReasonOf(company().As(v1::ROLE_TECHNOLOGY).cases().ApproveSolution(approve).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_TRUE(company().As(v1::ROLE_TECHNOLOGY, /*head=*/true).cases().ApproveSolution(approve).ok());
}

TEST_P(Hongxing, AWaiverOpensTheLeaveGateForARoleThatTheRuleNames) {
  const Company::OnSite on_site = company().CheckedIn("A");
  ASSERT_TRUE(company().StartWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().CompleteWork(on_site.visit.name()).ok());
  v1::WaiveObligationRequest waive;
  waive.set_name(company().OwedOfKind(on_site.service_case.name(), "customer-satisfied").name());
  waive.set_reason("The customer's staff has left for the holidays; agreed by telephone.");
  waive.set_role(v1::ROLE_SERVICE_MANAGER);
  EXPECT_EQ(ErrorReasonOf(company().As(v1::ROLE_SERVICE_MANAGER).policy().WaiveObligation(waive).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_FALSE(company().CheckOut(on_site.visit.name()).ok());
  waive.set_role(v1::ROLE_QUALITY);
  const auto waived = company().As(v1::ROLE_QUALITY).policy().WaiveObligation(waive);
  ASSERT_TRUE(waived.ok()) << waived.status();
  EXPECT_EQ(waived->state(), v1::OBLIGATION_STATE_WAIVED);
  EXPECT_TRUE(company().CheckOut(on_site.visit.name()).ok());
  EXPECT_FALSE(company().As(v1::ROLE_QUALITY).policy().WaiveObligation(waive).ok()) << "waived twice";
}

// A case that closes and a case that comes to owe something exclude each other, whoever is first.
TEST_P(Hongxing, ClosingDoesNotRaceWhatComesToBeOwed) {
  Client& quality = company().As(v1::ROLE_QUALITY);
  Client& technology = company().As(v1::ROLE_TECHNOLOGY);
  for (int round = 0; round < 15; ++round) {
    const std::string name = company().OpenCase().name();
    v1::AcceptCaseRequest accept;
    accept.set_name(name);
    accept.set_service_mode(v1::SERVICE_MODE_TELEPHONE);
    ASSERT_TRUE(quality.cases().AcceptCase(accept).ok());
    v1::ClassifyCaseRequest classify;
    classify.set_name(name);
    classify.set_classification("C");
    classify.mutable_evidence()->set_text("By telephone.");
    ASSERT_TRUE(quality.cases().ClassifyCase(classify).ok());
    v1::CloseCaseRequest close;
    close.set_name(name);
    close.set_resolution("Solved by telephone.");
    v1::ProposeSolutionRequest propose;
    propose.set_parent(name);
    propose.mutable_solution()->set_text("Exchange it.");
    absl::Status closed;
    absl::Status proposed;
    std::thread closer([&] { closed = quality.cases().CloseCase(close).status(); });
    std::thread proposer([&] { proposed = technology.cases().ProposeSolution(propose).status(); });
    closer.join();
    proposer.join();
    EXPECT_NE(closed.ok(), proposed.ok()) << "close: " << closed << "; propose: " << proposed;
    if (closed.ok()) {
      EXPECT_EQ(ErrorReasonOf(proposed), v1::ERROR_REASON_STATE_FORBIDS) << proposed;
    } else {
      EXPECT_EQ(ErrorReasonOf(closed), v1::ERROR_REASON_OBLIGATION_OPEN) << closed;
    }
  }
}

}  // namespace
}  // namespace aftersales::testing
