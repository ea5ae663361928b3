// Responsibility, costs and their allocation, and the investigations before them, on both engines.
#include "server/settlement/settlement_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/access/token_authenticator.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/cases/case_store.h"
#include "server/improvement/improvement_service.h"
#include "server/settlement/settlement_store.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPack[] = R"(
  name: "settling" title: "Settling" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
  only { action: "vet-cost" roles: "finance" clauses: "S-1" }
  only { action: "decide-responsibility" roles: "executive" clauses: "S-2" }
  obligation {
    kind: "agreement" clauses: "S-3" on: "cost-recorded" where { customer_pays: "true" reversal: "false" }
    by: "customer_service" met_by { event: "cost-agreed" } required_for: "vet-cost"
  }
  obligation {
    kind: "allocation" clauses: "S-4" on: "cost-vetted" by: "finance"
    met_by { event: "costs-allocated" role: "finance" where { complete: "true" } } survives_close: true
  }
  obligation {
    kind: "report" clauses: "S-5" on: "responsibility-proposed" by: "customer_service"
    met_by { event: "responsibility-reported" where { addressee: "executive" } }
    superseded_on: "responsibility-proposed"
  }
  obligation {
    kind: "consulted" clauses: "S-6" on: "investigation-recorded" by: "technology"
    met_by { event: "department-consulted" where { addressee: "supply" } } superseded_on: "investigation-recorded"
  }
  cost_rule { name: "staff" title: "The company" clauses: "S-7" categories: ["travel", "lodging"] borne_by: "company" }
)";

const Person kSales{"principals/sales", {v1::ROLE_CUSTOMER_SERVICE}};
const Person kOtherSales{"principals/other-sales", {v1::ROLE_CUSTOMER_SERVICE}};
const Person kFinance{"principals/finance", {v1::ROLE_FINANCE}};
const Person kChairman{"principals/chairman", {v1::ROLE_EXECUTIVE}, /*heads=*/true};

// A read of one resource; reads have no etag.
template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

class SettlementServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  Call By(const Person& person) const { return shop_.As(person.principal, person.roles, person.heads); }
  template <typename Service, typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (Service::*method)(Call&, const Request&), const Request& request,
                           const Person& person) {
    Call call = By(person);
    return (The(static_cast<Service*>(nullptr)).*method)(call, request);
  }
  SettlementService& The(SettlementService*) { return settlement_; }
  ImprovementService& The(ImprovementService*) { return improvement_; }

  v1::ProposeResponsibilityRequest Proposing(const std::vector<std::pair<v1::Role, int>>& shares) {
    v1::ProposeResponsibilityRequest request;
    request.set_parent(case_.name());
    request.mutable_responsibility()->set_text("The seat was ground askew.");
    for (const auto& [department, points] : shares) {
      v1::ResponsibilityShare& share = *request.mutable_responsibility()->add_shares();
      share.set_department(department);
      share.set_basis_points(points);
    }
    return request;
  }
  v1::Responsibility Propose(const std::vector<std::pair<v1::Role, int>>& shares = {{v1::ROLE_PRODUCTION, 6000},
                                                                                    {v1::ROLE_SUPPLY, 4000}}) {
    return Must(Do(&SettlementService::ProposeResponsibility, Proposing(shares), kSales));
  }
  static v1::ReportResponsibilityRequest Reporting(const std::string& name, v1::Role to = v1::ROLE_EXECUTIVE) {
    auto request = On<v1::ReportResponsibilityRequest>(name);
    request.set_to(to);
    request.set_text("Production and supply.");
    return request;
  }
  static v1::DecideResponsibilityRequest Deciding(const std::string& name) {
    auto request = On<v1::DecideResponsibilityRequest>(name);
    request.set_role(v1::ROLE_EXECUTIVE);
    request.set_comment("So be it.");
    return request;
  }
  static v1::RejectResponsibilityRequest Rejecting(const std::string& name) {
    auto request = On<v1::RejectResponsibilityRequest>(name);
    request.set_role(v1::ROLE_EXECUTIVE);
    request.set_reason("Ask the maker.");
    return request;
  }
  v1::Responsibility Decided(const std::vector<std::pair<v1::Role, int>>& shares) {
    return Must(Do(&SettlementService::DecideResponsibility, Deciding(Propose(shares).name()), kChairman));
  }

  v1::CreateCostRequest Costing(v1::CostCategory category, int64_t amount, bool customer_pays = false) {
    v1::CreateCostRequest request;
    request.set_parent(case_.name());
    request.mutable_cost()->set_category(category);
    request.mutable_cost()->mutable_amount()->set_currency_code("CNY");
    request.mutable_cost()->mutable_amount()->set_minor_units(amount);
    request.mutable_cost()->set_text("By the receipt.");
    request.mutable_cost()->set_customer_pays(customer_pays);
    return request;
  }
  v1::Cost Record(v1::CostCategory category, int64_t amount, bool customer_pays = false) {
    return Must(Do(&SettlementService::CreateCost, Costing(category, amount, customer_pays), kSales));
  }
  static v1::AgreeCostRequest Agreeing(const std::string& name) {
    auto request = On<v1::AgreeCostRequest>(name);
    request.mutable_evidence()->set_text("By letter.");
    return request;
  }
  static v1::VetCostRequest Vetting(const std::string& name, v1::Role role = v1::ROLE_FINANCE) {
    auto request = On<v1::VetCostRequest>(name);
    request.set_role(role);
    return request;
  }
  static v1::RejectCostRequest TurningDown(const std::string& name) {
    auto request = On<v1::RejectCostRequest>(name);
    request.set_role(v1::ROLE_FINANCE);
    request.set_reason("No receipt.");
    return request;
  }
  static v1::ReverseCostRequest Reversing(const std::string& name) {
    auto request = On<v1::ReverseCostRequest>(name);
    request.set_reason("Entered twice.");
    return request;
  }
  v1::Cost Vetted(v1::CostCategory category, int64_t amount) {
    return Must(Do(&SettlementService::VetCost, Vetting(Record(category, amount).name()), kFinance));
  }
  v1::AllocateCostsRequest Allocating() {
    v1::AllocateCostsRequest request;
    request.set_parent(case_.name());
    request.set_role(v1::ROLE_FINANCE);
    return request;
  }
  absl::StatusOr<v1::Allocation> Allocate() { return Do(&SettlementService::AllocateCosts, Allocating(), kFinance); }
  v1::Cost Get(const std::string& name) {
    return Must(Do(&SettlementService::GetCost, Named<v1::GetCostRequest>(name), kSales));
  }

  v1::CreateInvestigationRequest Investigating() {
    v1::CreateInvestigationRequest request;
    request.set_parent(case_.name());
    request.mutable_investigation()->set_analysis("Ground askew.");
    request.mutable_investigation()->set_countermeasures("A gauge.");
    request.mutable_investigation()->add_treatment_options("Exchange");
    request.mutable_investigation()->add_treatment_options("Grind");
    return request;
  }
  v1::Investigation Investigate() {
    return Must(Do(&ImprovementService::CreateInvestigation, Investigating(), kDesigner));
  }
  static v1::RecordConsultationRequest Consulting(const std::string& name, v1::Role department = v1::ROLE_SUPPLY) {
    auto request = On<v1::RecordConsultationRequest>(name);
    request.set_department(department);
    request.set_text("There are three in stock.");
    return request;
  }
  static v1::DetermineTreatmentRequest Determining(const std::string& name, const std::string& treatment = "Exchange") {
    auto request = On<v1::DetermineTreatmentRequest>(name);
    request.set_role(v1::ROLE_TECHNOLOGY);
    request.set_treatment(treatment);
    return request;
  }

  // Puts the case into a state, as its own service would.
  void SetState(v1::CaseState state) {
    Call call = shop_.AsManager();
    ASSERT_TRUE(shop_.db
                    ->WriteOwn(call,
                               [&](Tx& tx) -> absl::Status {
                                 ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, case_.name()));
                                 service_case.set_state(state);
                                 return Cases().Update(tx, service_case);
                               })
                    .ok());
  }
  int64_t Recorded() {
    int64_t count = 0;
    Call call = shop_.AsManager();
    EXPECT_TRUE(shop_.db
                    ->WriteOwn(call,
                               [&](Tx& tx) {
                                 count = tx.SelectOne("SELECT COUNT(*) FROM event", {}, "i")->Int(0);
                                 return absl::OkStatus();
                               })
                    .ok());
    return count;
  }
  // How much each bears by the totals.
  static std::map<std::string, int64_t> Totals(const v1::Allocation& allocation) {
    std::map<std::string, int64_t> totals;
    for (const v1::BearerTotal& total : allocation.totals()) totals[total.bearer()] = total.amount().minor_units();
    return totals;
  }

  Workshop shop_{GetParam(), kPack};
  TokenAuthenticator authenticator_{*shop_.db};
  SettlementService settlement_{*shop_.db, *shop_.obligations, authenticator_};
  ImprovementService improvement_{*shop_.db, *shop_.obligations};
  v1::Case case_ = shop_.AcceptedCase();
};

INSTANTIATE_TEST_SUITE_P(Engines, SettlementServiceTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

// --- Responsibility
// ------------------------------------------------------------------------------------------------------

TEST_P(SettlementServiceTest, AProposalIsReportedAndDecided) {
  const v1::Responsibility proposed = Propose();
  EXPECT_TRUE(absl::StartsWith(proposed.name(), case_.name() + "/responsibilities/"));
  EXPECT_EQ(proposed.state(), v1::RESPONSIBILITY_STATE_PROPOSED);
  EXPECT_EQ(proposed.proposed_by(), "principals/sales");
  EXPECT_EQ(proposed.service_case(), case_.name());
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("report"));
  const v1::Responsibility elsewhere =
      Must(Do(&SettlementService::ReportResponsibility, Reporting(proposed.name(), v1::ROLE_QUALITY), kSales));
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("report")) << "reported to another";
  const v1::Responsibility reported =
      Must(Do(&SettlementService::ReportResponsibility, Reporting(proposed.name()), kSales));
  EXPECT_THAT(shop_.Owed(case_.name()), IsEmpty());
  ASSERT_EQ(reported.reports_size(), 2);
  EXPECT_EQ(reported.reports(1).to(), v1::ROLE_EXECUTIVE);
  EXPECT_EQ(reported.reports(1).reported_by(), "principals/sales");
  EXPECT_EQ(FromProto(reported.reports(1).time()), shop_.clock.Now());
  const v1::Responsibility decided =
      Must(Do(&SettlementService::DecideResponsibility, Deciding(proposed.name()), kChairman));
  EXPECT_EQ(decided.state(), v1::RESPONSIBILITY_STATE_DECIDED);
  EXPECT_EQ(decided.decided_by(), "principals/chairman");
  EXPECT_EQ(decided.decision().role(), v1::ROLE_EXECUTIVE);
  EXPECT_TRUE(decided.decision().head());
  EXPECT_EQ(decided.decision().comment(), "So be it.");
  EXPECT_THAT(shop_.EventsAbout(proposed.name()), ElementsAre("responsibility-proposed", "responsibility-reported",
                                                              "responsibility-reported", "responsibility-decided"));
  const v1::Responsibility read =
      Must(Do(&SettlementService::GetResponsibility, Named<v1::GetResponsibilityRequest>(proposed.name()), kSales));
  EXPECT_EQ(read.SerializeAsString(), decided.SerializeAsString());
}

TEST_P(SettlementServiceTest, ACaseHasOneProposalAndOneDecision) {
  const auto states = [&] {
    v1::ListResponsibilitiesRequest request;
    request.set_parent(case_.name());
    std::vector<v1::ResponsibilityState> found;
    const auto listed = Must(Do(&SettlementService::ListResponsibilities, request, kSales));
    for (const v1::Responsibility& one : listed.responsibilities()) found.push_back(one.state());
    return found;
  };
  const v1::Responsibility first = Propose();
  shop_.clock.Advance(absl::Minutes(1));
  const v1::Responsibility second = Propose();
  EXPECT_THAT(states(), ElementsAre(v1::RESPONSIBILITY_STATE_SUPERSEDED, v1::RESPONSIBILITY_STATE_PROPOSED));
  Must(Do(&SettlementService::DecideResponsibility, Deciding(second.name()), kChairman));
  shop_.clock.Advance(absl::Minutes(1));
  const v1::Responsibility third = Propose();
  const v1::Responsibility rejected =
      Must(Do(&SettlementService::RejectResponsibility, Rejecting(third.name()), kChairman));
  EXPECT_EQ(rejected.reject_reason(), "Ask the maker.");
  EXPECT_EQ(rejected.decided_by(), "principals/chairman");
  shop_.clock.Advance(absl::Minutes(1));
  Must(Do(&SettlementService::DecideResponsibility, Deciding(Propose().name()), kChairman));
  EXPECT_THAT(states(), ElementsAre(v1::RESPONSIBILITY_STATE_SUPERSEDED, v1::RESPONSIBILITY_STATE_SUPERSEDED,
                                    v1::RESPONSIBILITY_STATE_REJECTED, v1::RESPONSIBILITY_STATE_DECIDED));
  v1::ListResponsibilitiesRequest nowhere;
  nowhere.set_parent("cases/C2026-999999");
  EXPECT_EQ(ReasonOf(Do(&SettlementService::ListResponsibilities, nowhere, kSales).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(SettlementServiceTest, WhatIsWrongWithAProposalIsNamed) {
  const auto refused = [&](const v1::ProposeResponsibilityRequest& request) {
    return ReasonOf(Do(&SettlementService::ProposeResponsibility, request, kSales).status());
  };
  EXPECT_EQ(refused(Proposing({{v1::ROLE_PRODUCTION, 9999}})), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused(Proposing({{v1::ROLE_CUSTOMER, 10000}})), v1::ERROR_REASON_FIELD_INVALID);
  auto request = Proposing({{v1::ROLE_PRODUCTION, 10000}});
  request.mutable_responsibility()->mutable_shares(0)->set_staff_member("staff/77");
  EXPECT_EQ(refused(request), v1::ERROR_REASON_REFERENCE_INVALID);
  request = Proposing({{v1::ROLE_PRODUCTION, 10000}});
  request.mutable_responsibility()->set_investigation(case_.name() + "/investigations/7");
  EXPECT_EQ(refused(request), v1::ERROR_REASON_REFERENCE_INVALID);
  const std::string investigation = Investigate().name();
  request.mutable_responsibility()->set_investigation(investigation);
  EXPECT_TRUE(Do(&SettlementService::ProposeResponsibility, request, kSales).ok());
  request.set_parent(shop_.AcceptedCase().name());
  EXPECT_EQ(refused(request), v1::ERROR_REASON_REFERENCE_INVALID) << "an investigation of another case";
  request.set_parent("cases/C2026-999999");
  EXPECT_EQ(refused(request), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(SettlementServiceTest, NobodyDecidesWhatTheyProposedOrInAnothersRole) {
  const std::string name = Propose().name();
  const Person both{"principals/sales", {v1::ROLE_EXECUTIVE}};
  EXPECT_EQ(ReasonOf(Do(&SettlementService::DecideResponsibility, Deciding(name), both).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Do(&SettlementService::RejectResponsibility, Rejecting(name), both).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Do(&SettlementService::DecideResponsibility, Deciding(name), kManager).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  auto as_manager = Deciding(name);
  as_manager.set_role(v1::ROLE_SERVICE_MANAGER);
  const absl::Status named = Do(&SettlementService::DecideResponsibility, as_manager, kManager).status();
  EXPECT_EQ(ReasonOf(named), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(MetadataOf(named)["clauses"], "S-2");
  for (int i = 0; i < kMostReports; ++i) {
    Must(Do(&SettlementService::ReportResponsibility, Reporting(name), kSales));
  }
  EXPECT_EQ(ReasonOf(Do(&SettlementService::ReportResponsibility, Reporting(name), kSales).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(Do(&SettlementService::ReportResponsibility, Reporting(name, v1::ROLE_AUDITOR), kSales).status()),
            v1::ERROR_REASON_FIELD_INVALID);
}

// --- Costs
// ---------------------------------------------------------------------------------------------------------------

TEST_P(SettlementServiceTest, ACostIsRecordedAndVetted) {
  auto request = Costing(v1::COST_CATEGORY_TRAVEL, 12345);
  *request.mutable_cost()->mutable_incur_time() = ToProto(shop_.clock.Now() - absl::Hours(3));
  request.mutable_cost()->set_visit(shop_.PlanVisit(case_).name());
  const v1::Cost cost = Must(Do(&SettlementService::CreateCost, request, kSales));
  EXPECT_EQ(cost.state(), v1::COST_STATE_SUBMITTED);
  EXPECT_EQ(cost.submitted_by(), "principals/sales");
  EXPECT_EQ(FromProto(cost.incur_time()), shop_.clock.Now() - absl::Hours(3));
  auto vetting = Vetting(cost.name());
  vetting.set_comment("Seen.");
  const v1::Cost vetted = Must(Do(&SettlementService::VetCost, vetting, kFinance));
  EXPECT_EQ(vetted.state(), v1::COST_STATE_VETTED);
  EXPECT_EQ(vetted.decided_by(), "principals/finance");
  EXPECT_EQ(vetted.decision().comment(), "Seen.");
  EXPECT_EQ(Get(cost.name()).SerializeAsString(), vetted.SerializeAsString());
  EXPECT_THAT(shop_.EventsAbout(cost.name()), ElementsAre("cost-recorded", "cost-vetted"));
  EXPECT_EQ(ReasonOf(Do(&SettlementService::RejectCost, TurningDown(cost.name()), kFinance).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
  const v1::Cost wrong = Record(v1::COST_CATEGORY_LODGING, 1);
  const v1::Cost rejected = Must(Do(&SettlementService::RejectCost, TurningDown(wrong.name()), kFinance));
  EXPECT_EQ(rejected.state(), v1::COST_STATE_REJECTED);
  EXPECT_EQ(rejected.reject_reason(), "No receipt.");
  EXPECT_EQ(ReasonOf(Do(&SettlementService::VetCost, Vetting(wrong.name()), kFinance).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(SettlementServiceTest, WhatIsWrongWithACostIsNamed) {
  const auto refused = [&](const v1::CreateCostRequest& request) {
    return ReasonOf(Do(&SettlementService::CreateCost, request, kSales).status());
  };
  for (const int64_t amount : {int64_t{0}, int64_t{-5}, kLargestCost + 1}) {
    EXPECT_EQ(refused(Costing(v1::COST_CATEGORY_PARTS, amount)), v1::ERROR_REASON_FIELD_INVALID) << amount;
  }
  auto request = Costing(v1::COST_CATEGORY_PARTS, 1);
  *request.mutable_cost()->mutable_incur_time() = ToProto(shop_.clock.Now() + absl::Hours(1));
  EXPECT_EQ(refused(request), v1::ERROR_REASON_FIELD_INVALID);
  request = Costing(v1::COST_CATEGORY_PARTS, 1);
  request.mutable_cost()->set_visit("visits/77");
  EXPECT_EQ(refused(request), v1::ERROR_REASON_REFERENCE_INVALID);
  request.mutable_cost()->set_visit(shop_.PlanVisit(shop_.AcceptedCase()).name());
  EXPECT_EQ(refused(request), v1::ERROR_REASON_REFERENCE_INVALID) << "a visit of another case";
  // What only the server sets is set by the server.
  request = Costing(v1::COST_CATEGORY_PARTS, 1);
  request.mutable_cost()->set_name("cases/C1/costs/1");
  request.mutable_cost()->set_state(v1::COST_STATE_VETTED);
  request.mutable_cost()->set_submitted_by("principals/finance");
  const v1::Cost cost = Must(Do(&SettlementService::CreateCost, request, kSales));
  EXPECT_TRUE(absl::StartsWith(cost.name(), case_.name() + "/costs/"));
  EXPECT_EQ(cost.state(), v1::COST_STATE_SUBMITTED);
  EXPECT_EQ(cost.submitted_by(), "principals/sales");
}

TEST_P(SettlementServiceTest, NobodyVetsWhatTheySubmittedOrInAnothersRole) {
  const std::string name = Record(v1::COST_CATEGORY_PARTS, 1).name();
  const Person both{"principals/sales", {v1::ROLE_FINANCE}};
  EXPECT_EQ(ReasonOf(Do(&SettlementService::VetCost, Vetting(name), both).status()), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Do(&SettlementService::RejectCost, TurningDown(name), both).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  const absl::Status named =
      Do(&SettlementService::VetCost, Vetting(name, v1::ROLE_SERVICE_MANAGER), kManager).status();
  EXPECT_EQ(ReasonOf(named), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(MetadataOf(named)["clauses"], "S-1");
  EXPECT_EQ(ReasonOf(Do(&SettlementService::RejectCost, TurningDown(name), kManager).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(Get(name).state(), v1::COST_STATE_SUBMITTED);
}

TEST_P(SettlementServiceTest, TheCustomerAgreesToTheCostItself) {
  const std::string name = Record(v1::COST_CATEGORY_PARTS, 90000, /*customer_pays=*/true).name();
  const std::string other = Record(v1::COST_CATEGORY_PARTS, 1, /*customer_pays=*/true).name();
  Must(Do(&SettlementService::AgreeCost, Agreeing(other), kSales));
  const absl::Status unasked = Do(&SettlementService::VetCost, Vetting(name), kFinance).status();
  EXPECT_EQ(ReasonOf(unasked), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_THAT(ViolationsOf(unasked), ElementsAre("agreement"));
  EXPECT_TRUE(Do(&SettlementService::VetCost, Vetting(other), kFinance).ok());
  EXPECT_EQ(ReasonOf(Do(&SettlementService::AgreeCost, On<v1::AgreeCostRequest>(name), kSales).status()),
            v1::ERROR_REASON_FIELD_INVALID)
      << "nothing shows it";
  auto later = Agreeing(name);
  *later.mutable_time() = ToProto(shop_.clock.Now() + absl::Hours(1));
  EXPECT_EQ(ReasonOf(Do(&SettlementService::AgreeCost, later, kSales).status()), v1::ERROR_REASON_FIELD_INVALID);
  auto before = Agreeing(name);
  *before.mutable_time() = ToProto(FromProto(case_.notice_time()) - absl::Seconds(1));
  EXPECT_EQ(ReasonOf(Do(&SettlementService::AgreeCost, before, kSales).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "before anybody had told us anything";
  auto agreeing = Agreeing(name);
  *agreeing.mutable_time() = ToProto(shop_.clock.Now() - absl::Minutes(30));
  const v1::Cost agreed = Must(Do(&SettlementService::AgreeCost, agreeing, kSales));
  EXPECT_EQ(agreed.agreement().text(), "By letter.");
  EXPECT_EQ(agreed.agreement_recorded_by(), "principals/sales");
  EXPECT_EQ(FromProto(agreed.agree_time()), shop_.clock.Now() - absl::Minutes(30));
  EXPECT_EQ(ReasonOf(Do(&SettlementService::AgreeCost, Agreeing(name), kSales).status()),
            v1::ERROR_REASON_STATE_FORBIDS)
      << "agreed already";
  EXPECT_TRUE(Do(&SettlementService::VetCost, Vetting(name), kFinance).ok());
  const std::string ours = Record(v1::COST_CATEGORY_PARTS, 1).name();
  EXPECT_EQ(ReasonOf(Do(&SettlementService::AgreeCost, Agreeing(ours), kSales).status()),
            v1::ERROR_REASON_STATE_FORBIDS)
      << "not the customer's";
  EXPECT_EQ(Totals(Must(Allocate())), (std::map<std::string, int64_t>{{"customer", 90001}}));
}

TEST_P(SettlementServiceTest, AVettedCostIsTakenBackByItsOpposite) {
  const v1::Cost cost = Vetted(v1::COST_CATEGORY_TRAVEL, 500);
  const v1::Cost reversal = Must(Do(&SettlementService::ReverseCost, Reversing(cost.name()), kSales));
  EXPECT_EQ(reversal.amount().minor_units(), -500);
  EXPECT_EQ(reversal.state(), v1::COST_STATE_SUBMITTED);
  EXPECT_EQ(reversal.reversal_of(), cost.name());
  EXPECT_EQ(reversal.submitted_by(), "principals/sales");
  EXPECT_EQ(Get(cost.name()).reversed_by(), reversal.name());
  EXPECT_EQ(Get(cost.name()).reject_reason(), "Entered twice.");
  EXPECT_THAT(shop_.EventsAbout(cost.name()), ElementsAre("cost-recorded", "cost-vetted", "cost-reversed"));
  EXPECT_THAT(shop_.EventsAbout(reversal.name()), ElementsAre("cost-recorded"));
  const auto refused = [&](const std::string& name) {
    return ReasonOf(Do(&SettlementService::ReverseCost, Reversing(name), kSales).status());
  };
  EXPECT_EQ(refused(cost.name()), v1::ERROR_REASON_STATE_FORBIDS) << "twice";
  EXPECT_EQ(refused(reversal.name()), v1::ERROR_REASON_STATE_FORBIDS) << "not vetted";
  EXPECT_EQ(refused(Record(v1::COST_CATEGORY_TRAVEL, 1).name()), v1::ERROR_REASON_STATE_FORBIDS) << "not vetted";
  // Turned down, it leaves the cost as it was, for another to take back.
  Must(Do(&SettlementService::RejectCost, TurningDown(reversal.name()), kFinance));
  EXPECT_EQ(Get(cost.name()).reversed_by(), "");
  EXPECT_EQ(Get(cost.name()).reject_reason(), "");
  const v1::Cost again = Must(Do(&SettlementService::ReverseCost, Reversing(cost.name()), kSales));
  const Person both{"principals/sales", {v1::ROLE_FINANCE}};
  EXPECT_EQ(ReasonOf(Do(&SettlementService::VetCost, Vetting(again.name()), both).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  Must(Do(&SettlementService::VetCost, Vetting(again.name()), kFinance));
  EXPECT_EQ(refused(again.name()), v1::ERROR_REASON_STATE_FORBIDS) << "a reversal";
}

TEST_P(SettlementServiceTest, CostsAreListedNewestFirst) {
  const std::string travel = Record(v1::COST_CATEGORY_TRAVEL, 1).name();
  shop_.clock.Advance(absl::Minutes(1));
  const std::string parts = Vetted(v1::COST_CATEGORY_PARTS, 2).name();
  shop_.clock.Advance(absl::Minutes(1));
  const std::string here = case_.name();
  case_ = shop_.AcceptedCase();
  const std::string elsewhere = Record(v1::COST_CATEGORY_TRAVEL, 3).name();
  const auto listed = [&](const std::function<void(v1::CostFilter&)>& with) {
    v1::ListCostsRequest request;
    request.set_page_size(1);
    with(*request.mutable_filter());
    std::vector<std::string> names;
    do {
      const v1::ListCostsResponse page = Must(Do(&SettlementService::ListCosts, request, kFinance));
      for (const v1::Cost& cost : page.costs()) names.push_back(cost.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_THAT(listed([](v1::CostFilter&) {}), ElementsAre(elsewhere, parts, travel));
  EXPECT_THAT(listed([](v1::CostFilter& filter) { filter.set_state(v1::COST_STATE_SUBMITTED); }),
              ElementsAre(elsewhere, travel));
  EXPECT_THAT(listed([&](v1::CostFilter& filter) { filter.set_service_case(here); }), ElementsAre(parts, travel));
  EXPECT_THAT(listed([](v1::CostFilter& filter) { filter.set_category(v1::COST_CATEGORY_TRAVEL); }),
              ElementsAre(elsewhere, travel));
  EXPECT_THAT(listed([&](v1::CostFilter& filter) {
                filter.set_service_case(here);
                filter.set_state(v1::COST_STATE_VETTED);
                filter.set_category(v1::COST_CATEGORY_TRAVEL);
              }),
              IsEmpty());
}

TEST_P(SettlementServiceTest, ACaseTakesSoManyCostsAndAllocatesThemAll) {
  // As many as there can be, each with its reversal, and all of them vetted.
  Call call = shop_.AsManager();
  ASSERT_TRUE(shop_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) -> absl::Status {
                               std::vector<v1::Cost> costs(kMostAllocated);
                               std::vector<google::protobuf::Message*> rows;
                               for (int i = 0; i < kMostAllocated; ++i) {
                                 v1::Cost& cost = costs[i];
                                 const bool reversal = i >= kMostCosts;
                                 cost = Costing(v1::COST_CATEGORY_PARTS, reversal ? -7 : 7).cost();
                                 cost.set_name(absl::StrCat(case_.name(), "/costs/n", i));
                                 cost.set_service_case(case_.name());
                                 cost.set_state(v1::COST_STATE_VETTED);
                                 if (reversal) {
                                   cost.set_reversal_of(absl::StrCat(case_.name(), "/costs/n", i - kMostCosts));
                                 }
                                 rows.push_back(&cost);
                               }
                               return Costs().core().InsertMany(tx, rows);
                             })
                  .ok());
  const absl::Status more = Do(&SettlementService::CreateCost, Costing(v1::COST_CATEGORY_PARTS, 1), kSales).status();
  EXPECT_EQ(ReasonOf(more), v1::ERROR_REASON_STATE_FORBIDS);
  // What was turned down takes nobody's place.
  call = shop_.AsManager();
  ASSERT_TRUE(shop_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) {
                               tx.Execute("UPDATE cost SET state = ? WHERE name = ?",
                                          {static_cast<int>(v1::COST_STATE_REJECTED), case_.name() + "/costs/n0"});
                               tx.Execute("UPDATE cost SET state = ? WHERE name = ?",
                                          {static_cast<int>(v1::COST_STATE_REJECTED),
                                           absl::StrCat(case_.name(), "/costs/n", kMostCosts)});
                               return absl::OkStatus();
                             })
                  .ok());
  Must(Do(&SettlementService::VetCost, Vetting(Record(v1::COST_CATEGORY_PARTS, 7).name()), kFinance));
  Decided({{v1::ROLE_PRODUCTION, 5000}, {v1::ROLE_SUPPLY, 5000}});
  const v1::Allocation allocation = Must(Allocate());
  EXPECT_EQ(allocation.lines_size(), 2 * (kMostAllocated - 1));
  EXPECT_EQ(Totals(allocation), (std::map<std::string, int64_t>{{"production", 4}, {"supply", 3}}));
}

TEST_P(SettlementServiceTest, OnesOwnCostsAreReadByAllAndOthersByThoseWhoMay) {
  const Person engineer{"principals/engineer", {v1::ROLE_FIELD_ENGINEER}};
  const std::string own =
      Must(Do(&SettlementService::CreateCost, Costing(v1::COST_CATEGORY_TRAVEL, 1), engineer)).name();
  shop_.clock.Advance(absl::Minutes(1));
  const std::string others = Record(v1::COST_CATEGORY_TRAVEL, 2).name();
  const auto read = [&](const std::string& name, const Person& person) {
    return Do(&SettlementService::GetCost, Named<v1::GetCostRequest>(name), person).status();
  };
  const auto listed = [&](const Person& person) {
    std::vector<std::string> names;
    v1::ListCostsRequest request;
    request.mutable_filter()->set_service_case(case_.name());
    const v1::ListCostsResponse page = Must(Do(&SettlementService::ListCosts, request, person));
    for (const v1::Cost& cost : page.costs()) names.push_back(cost.name());
    return names;
  };
  EXPECT_TRUE(read(own, engineer).ok());
  const absl::Status refused = read(others, engineer);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_PERMISSION_MISSING);
  EXPECT_EQ(MetadataOf(refused)["permission"], "costs.read");
  EXPECT_THAT(listed(engineer), ElementsAre(own));
  for (const v1::Role role : {v1::ROLE_FINANCE, v1::ROLE_CUSTOMER_SERVICE, v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY,
                              v1::ROLE_EXECUTIVE, v1::ROLE_AUDITOR, v1::ROLE_INTEGRATION}) {
    const Person reader{"principals/reader", {role}};
    EXPECT_TRUE(read(own, reader).ok()) << role;
    EXPECT_THAT(listed(reader), ElementsAre(others, own)) << role;
  }
  for (const v1::Role role : {v1::ROLE_TECHNOLOGY, v1::ROLE_SUPPLY, v1::ROLE_WAREHOUSE}) {
    EXPECT_THAT(listed({"principals/reader", {role}}), IsEmpty()) << role;
  }
}

// --- Allocation
// ----------------------------------------------------------------------------------------------------------

TEST_P(SettlementServiceTest, CostsAreAllocatedByRulesThenByShares) {
  const v1::Cost travel = Vetted(v1::COST_CATEGORY_TRAVEL, 1001);
  shop_.clock.Advance(absl::Minutes(1));
  const v1::Cost parts = Vetted(v1::COST_CATEGORY_PARTS, 101);
  Record(v1::COST_CATEGORY_PARTS, 7);  // not vetted
  Must(Do(&SettlementService::RejectCost, TurningDown(Record(v1::COST_CATEGORY_PARTS, 9).name()), kFinance));
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("allocation"));
  const std::string decided = Decided({{v1::ROLE_PRODUCTION, 6667}, {v1::ROLE_SUPPLY, 3333}}).name();
  const v1::Allocation allocation = Must(Allocate());
  EXPECT_TRUE(absl::StartsWith(allocation.name(), case_.name() + "/allocations/"));
  EXPECT_EQ(allocation.responsibility(), decided);
  EXPECT_EQ(allocation.allocated_by(), "principals/finance");
  EXPECT_EQ(allocation.act().role(), v1::ROLE_FINANCE);
  EXPECT_EQ(Totals(allocation),
            (std::map<std::string, int64_t>{{"company", 1001}, {"production", 68}, {"supply", 33}}));
  ASSERT_EQ(allocation.lines_size(), 3);
  EXPECT_EQ(allocation.lines(0).cost(), travel.name());
  EXPECT_EQ(allocation.lines(0).rule(), "cost-rule staff");
  EXPECT_THAT(allocation.lines(0).clauses(), ElementsAre("S-7"));
  EXPECT_EQ(allocation.lines(1).cost(), parts.name());
  for (const v1::Cost& cost : {travel, parts}) {
    EXPECT_EQ(Get(cost.name()).allocation(), allocation.name());
    EXPECT_NE(Get(cost.name()).etag(), cost.etag());
  }
  EXPECT_THAT(shop_.EventsAbout(allocation.name()), ElementsAre("costs-allocated"));
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("report")) << "still to be allocated";
  EXPECT_EQ(ReasonOf(Allocate().status()), v1::ERROR_REASON_STATE_FORBIDS) << "nothing is left";

  // Another decision counts for what is vetted from then on; what is taken back is taken from who bore it.
  Decided({{v1::ROLE_FINANCE, 10000}});
  shop_.clock.Advance(absl::Minutes(1));
  const v1::Cost reversal = Must(Do(&SettlementService::ReverseCost, Reversing(parts.name()), kSales));
  Must(Do(&SettlementService::VetCost, Vetting(reversal.name()), kFinance));
  Vetted(v1::COST_CATEGORY_PARTS, 11);
  const v1::Allocation second = Must(Allocate());
  EXPECT_EQ(Totals(second), (std::map<std::string, int64_t>{{"finance", 11}, {"production", -68}, {"supply", -33}}));
  v1::ListAllocationsRequest list;
  list.set_parent(case_.name());
  const v1::ListAllocationsResponse listed = Must(Do(&SettlementService::ListAllocations, list, kSales));
  ASSERT_EQ(listed.allocations_size(), 2);
  EXPECT_EQ(listed.allocations(0).SerializeAsString(), allocation.SerializeAsString());
  EXPECT_EQ(Must(Do(&SettlementService::GetAllocation, Named<v1::GetAllocationRequest>(second.name()), kSales))
                .SerializeAsString(),
            second.SerializeAsString());
  list.set_parent("cases/C2026-999999");
  EXPECT_EQ(ReasonOf(Do(&SettlementService::ListAllocations, list, kSales).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(SettlementServiceTest, WhatCannotBeAllocatedYetKeepsNothingElseWaiting) {
  const v1::Cost parts = Vetted(v1::COST_CATEGORY_PARTS, 101);
  EXPECT_EQ(ReasonOf(Allocate().status()), v1::ERROR_REASON_STATE_FORBIDS) << "nobody's responsibility is decided";
  EXPECT_EQ(Get(parts.name()).allocation(), "");
  shop_.clock.Advance(absl::Minutes(1));
  const v1::Cost travel = Vetted(v1::COST_CATEGORY_TRAVEL, 1001);
  shop_.clock.Advance(absl::Minutes(1));
  const v1::Cost unvetted = Record(v1::COST_CATEGORY_TRAVEL, 7);
  const v1::Allocation first = Must(Allocate());
  EXPECT_EQ(Totals(first), (std::map<std::string, int64_t>{{"company", 1001}}));
  EXPECT_EQ(first.responsibility(), "");
  ASSERT_EQ(first.left_size(), 2);
  EXPECT_EQ(first.left(0).cost(), parts.name());
  EXPECT_EQ(first.left(0).reason(), v1::LEFT_REASON_NOT_DECIDED);
  EXPECT_EQ(first.left(1).cost(), unvetted.name());
  EXPECT_EQ(first.left(1).reason(), v1::LEFT_REASON_NOT_VETTED);
  EXPECT_EQ(Get(travel.name()).allocation(), first.name());
  EXPECT_EQ(Get(parts.name()).SerializeAsString(), parts.SerializeAsString()) << "as it was";
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("allocation")) << "something vetted is left";
  Decided({{v1::ROLE_SUPPLY, 10000}});
  const v1::Allocation second = Must(Allocate());
  EXPECT_EQ(Totals(second), (std::map<std::string, int64_t>{{"supply", 101}}));
  EXPECT_EQ(second.left_size(), 1);
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("report")) << "nothing vetted is left";
}

TEST_P(SettlementServiceTest, WhatIsTakenBackBeforeItIsAllocatedCostsNobodyAnything) {
  const v1::Cost parts = Vetted(v1::COST_CATEGORY_TRAVEL, 101);
  const v1::Cost reversal = Must(Do(&SettlementService::ReverseCost, Reversing(parts.name()), kSales));
  Must(Do(&SettlementService::VetCost, Vetting(reversal.name()), kFinance));
  EXPECT_EQ(Totals(Must(Allocate())), (std::map<std::string, int64_t>{{"company", 0}}));
}

TEST_P(SettlementServiceTest, AllocatingTakesTheRoleThatIsNamed) {
  Vetted(v1::COST_CATEGORY_TRAVEL, 1);
  EXPECT_EQ(ReasonOf(Do(&SettlementService::AllocateCosts, Allocating(), kManager).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_TRUE(Allocate().ok());
}

// --- Investigations
// ------------------------------------------------------------------------------------------------------

TEST_P(SettlementServiceTest, AnInvestigationIsDiscussedAndATreatmentChosen) {
  const v1::Investigation made = Investigate();
  EXPECT_TRUE(absl::StartsWith(made.name(), case_.name() + "/investigations/"));
  EXPECT_EQ(made.state(), v1::INVESTIGATION_STATE_OPEN);
  EXPECT_EQ(made.analysed_by(), "principals/designer");
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("consulted"));
  auto consulting = Consulting(made.name());
  consulting.set_person("Head of the store");
  *consulting.mutable_time() = ToProto(shop_.clock.Now() - absl::Minutes(30));
  const v1::Investigation discussed = Must(Do(&ImprovementService::RecordConsultation, consulting, kDesigner));
  EXPECT_THAT(shop_.Owed(case_.name()), IsEmpty());
  ASSERT_EQ(discussed.consultations_size(), 1);
  EXPECT_EQ(discussed.consultations(0).department(), v1::ROLE_SUPPLY);
  EXPECT_EQ(discussed.consultations(0).person(), "Head of the store");
  EXPECT_EQ(discussed.consultations(0).recorded_by(), "principals/designer");
  EXPECT_EQ(FromProto(discussed.consultations(0).time()), shop_.clock.Now() - absl::Minutes(30));
  const v1::Investigation determined =
      Must(Do(&ImprovementService::DetermineTreatment, Determining(made.name()), kChiefDesigner));
  EXPECT_EQ(determined.state(), v1::INVESTIGATION_STATE_DETERMINED);
  EXPECT_EQ(determined.treatment(), "Exchange");
  EXPECT_EQ(determined.decided_by(), "principals/chief-designer");
  EXPECT_TRUE(determined.decision().head());
  EXPECT_THAT(shop_.EventsAbout(made.name()),
              ElementsAre("investigation-recorded", "department-consulted", "treatment-determined"));
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::RecordConsultation, Consulting(made.name()), kDesigner).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
  // Another takes its place, whether or not that is determined.
  shop_.clock.Advance(absl::Minutes(1));
  const std::string second = Investigate().name();
  shop_.clock.Advance(absl::Minutes(1));
  Investigate();
  v1::ListInvestigationsRequest list;
  list.set_parent(case_.name());
  const v1::ListInvestigationsResponse listed = Must(Do(&ImprovementService::ListInvestigations, list, kSales));
  ASSERT_EQ(listed.investigations_size(), 3);
  EXPECT_EQ(listed.investigations(0).state(), v1::INVESTIGATION_STATE_SUPERSEDED);
  EXPECT_EQ(listed.investigations(1).name(), second);
  EXPECT_EQ(listed.investigations(1).state(), v1::INVESTIGATION_STATE_SUPERSEDED);
  EXPECT_EQ(listed.investigations(2).state(), v1::INVESTIGATION_STATE_OPEN);
  EXPECT_EQ(Must(Do(&ImprovementService::GetInvestigation, Named<v1::GetInvestigationRequest>(second), kSales)).state(),
            v1::INVESTIGATION_STATE_SUPERSEDED);
  EXPECT_THAT(shop_.Owed(case_.name()), ElementsAre("consulted"));
}

TEST_P(SettlementServiceTest, WhatIsWrongWithAnInvestigationIsNamed) {
  auto twice = Investigating();
  twice.mutable_investigation()->add_treatment_options("Grind");
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::CreateInvestigation, twice, kDesigner).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  const std::string name = Investigate().name();
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::DetermineTreatment, Determining(name), kDesigner).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::DetermineTreatment, Determining(name), kManager).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::DetermineTreatment, Determining(name, "Ignore"), kChiefDesigner).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  auto before = Consulting(name);
  *before.mutable_time() = ToProto(FromProto(case_.notice_time()) - absl::Seconds(1));
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::RecordConsultation, before, kDesigner).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  auto later = Consulting(name);
  *later.mutable_time() = ToProto(shop_.clock.Now() + absl::Hours(1));
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::RecordConsultation, later, kDesigner).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(
      ReasonOf(Do(&ImprovementService::RecordConsultation, Consulting(name, v1::ROLE_CUSTOMER), kDesigner).status()),
      v1::ERROR_REASON_FIELD_INVALID);
  v1::ListInvestigationsRequest nowhere;
  nowhere.set_parent("cases/C2026-999999");
  EXPECT_EQ(ReasonOf(Do(&ImprovementService::ListInvestigations, nowhere, kSales).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

// --- What all writing calls have in common
// -------------------------------------------------------------------------------

// One call of each RPC, made with the resource that it is about.
struct WritingCall {
  std::string rpc;
  std::function<std::string()> prepare;  // what it is about; may do nothing
  std::function<absl::StatusOr<std::string>(Call&, const std::string&, const std::string& etag)> take;
  Person person;
  bool after_close = true;  // possible on a closed case
};

class SettlementCallsTest : public SettlementServiceTest {
 protected:
  template <typename Service, typename Request, typename Reply>
  WritingCall Writes(const std::string& rpc, absl::StatusOr<Reply> (Service::*method)(Call&, const Request&),
                     std::function<std::string()> prepare, std::function<Request(const std::string&)> make,
                     const Person& person) {
    return {rpc, std::move(prepare),
            [this, method, make](Call& call, const std::string& name,
                                 const std::string& etag) -> absl::StatusOr<std::string> {
              Request request = make(name);
              const auto* field = Request::descriptor()->FindFieldByName("etag");
              if (field != nullptr) request.GetReflection()->SetString(&request, field, etag);
              ASSIGN_OR_RETURN(const Reply reply, (The(static_cast<Service*>(nullptr)).*method)(call, request));
              return reply.SerializeAsString();
            },
            person};
  }

  std::vector<WritingCall> Calls() {
    const auto nothing = [] { return std::string(); };
    const auto proposal = [this] { return Propose().name(); };
    const auto cost = [this] { return Record(v1::COST_CATEGORY_TRAVEL, 5).name(); };
    const auto of_customer = [this] { return Record(v1::COST_CATEGORY_TRAVEL, 5, true).name(); };
    const auto vetted = [this] { return Vetted(v1::COST_CATEGORY_TRAVEL, 5).name(); };
    const auto investigation = [this] { return Investigate().name(); };
    using S = SettlementService;
    using I = ImprovementService;
    using Name = const std::string&;
    std::vector<WritingCall> calls = {
        Writes<S, v1::ProposeResponsibilityRequest, v1::Responsibility>(
            "ProposeResponsibility", &S::ProposeResponsibility, nothing,
            [this](Name) {
              return Proposing({{v1::ROLE_SUPPLY, 10000}});
            },
            kSales),
        Writes<S, v1::ReportResponsibilityRequest, v1::Responsibility>(
            "ReportResponsibility", &S::ReportResponsibility, proposal, [](Name name) { return Reporting(name); },
            kSales),
        Writes<S, v1::DecideResponsibilityRequest, v1::Responsibility>(
            "DecideResponsibility", &S::DecideResponsibility, proposal, [](Name name) { return Deciding(name); },
            kChairman),
        Writes<S, v1::RejectResponsibilityRequest, v1::Responsibility>(
            "RejectResponsibility", &S::RejectResponsibility, proposal, [](Name name) { return Rejecting(name); },
            kChairman),
        Writes<S, v1::CreateCostRequest, v1::Cost>(
            "CreateCost", &S::CreateCost, nothing, [this](Name) { return Costing(v1::COST_CATEGORY_TRAVEL, 1); },
            kSales),
        Writes<S, v1::AgreeCostRequest, v1::Cost>(
            "AgreeCost", &S::AgreeCost, of_customer, [](Name name) { return Agreeing(name); }, kSales),
        Writes<S, v1::VetCostRequest, v1::Cost>(
            "VetCost", &S::VetCost, cost, [](Name name) { return Vetting(name); }, kFinance),
        Writes<S, v1::RejectCostRequest, v1::Cost>(
            "RejectCost", &S::RejectCost, cost, [](Name name) { return TurningDown(name); }, kFinance),
        Writes<S, v1::ReverseCostRequest, v1::Cost>(
            "ReverseCost", &S::ReverseCost, vetted, [](Name name) { return Reversing(name); }, kSales),
        Writes<S, v1::AllocateCostsRequest, v1::Allocation>(
            "AllocateCosts", &S::AllocateCosts, vetted, [this](Name) { return Allocating(); }, kFinance),
        Writes<I, v1::CreateInvestigationRequest, v1::Investigation>(
            "CreateInvestigation", &I::CreateInvestigation, nothing, [this](Name) { return Investigating(); },
            kDesigner),
        Writes<I, v1::RecordConsultationRequest, v1::Investigation>(
            "RecordConsultation", &I::RecordConsultation, investigation, [](Name name) { return Consulting(name); },
            kDesigner),
        Writes<I, v1::DetermineTreatmentRequest, v1::Investigation>(
            "DetermineTreatment", &I::DetermineTreatment, investigation, [](Name name) { return Determining(name); },
            kChiefDesigner),
    };
    for (size_t i = calls.size() - 3; i < calls.size(); ++i) calls[i].after_close = false;
    return calls;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, SettlementCallsTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(SettlementCallsTest, ATrialChangesNothingAndARepeatIsDoneOnce) {
  for (const WritingCall& one : Calls()) {
    SCOPED_TRACE(one.rpc);
    const std::string name = one.prepare();
    const int64_t before = Recorded();
    Call trial = By(one.person);
    trial.validate_only = true;
    const auto tried = one.take(trial, name, "");
    EXPECT_TRUE(tried.ok()) << tried.status();
    EXPECT_EQ(Recorded(), before) << "a trial is recorded";

    Call call = By(one.person), repeat = call;
    const auto first = one.take(call, name, "");
    ASSERT_TRUE(first.ok()) << first.status();
    const int64_t after = Recorded();
    EXPECT_GT(after, before);
    const auto second = one.take(repeat, name, "");
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(*first, *second);
    EXPECT_EQ(Recorded(), after) << "a repeat is recorded";
  }
}

TEST_P(SettlementCallsTest, StaleEtagsAndOtherStatesAreRefused) {
  for (const WritingCall& one : Calls()) {
    SCOPED_TRACE(one.rpc);
    const std::string name = one.prepare();
    if (!name.empty() && one.rpc != "AllocateCosts") {
      Call stale = By(one.person);
      EXPECT_EQ(ReasonOf(one.take(stale, name, "77").status()), v1::ERROR_REASON_ETAG_MISMATCH);
      Call unknown = By(one.person);
      EXPECT_EQ(ReasonOf(one.take(unknown, name + "7777", "").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
    }
    for (const v1::CaseState state : {v1::CASE_STATE_OPEN, v1::CASE_STATE_REFUSED, v1::CASE_STATE_ARCHIVED}) {
      SetState(state);
      Call call = By(one.person);
      EXPECT_EQ(ReasonOf(one.take(call, name, "").status()), v1::ERROR_REASON_STATE_FORBIDS) << state;
    }
    SetState(v1::CASE_STATE_CLOSED);
    Call closed = By(one.person);
    const absl::Status status = one.take(closed, name, "").status();
    EXPECT_EQ(status.ok(), one.after_close) << status;
    if (!one.after_close) EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
    SetState(v1::CASE_STATE_ACCEPTED);
  }
}

TEST_P(SettlementCallsTest, OfTwoAtOnceOneIsDone) {
  const auto at_once = [&](const std::function<absl::Status(int)>& take) {
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const absl::Status status = take(i);
        if (status.ok()) {
          ++done;
        } else {
          EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS) << status;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return done.load();
  };
  const std::string cost = Record(v1::COST_CATEGORY_TRAVEL, 5).name();
  EXPECT_EQ(at_once([&](int i) {
              return i % 2 == 0 ? Do(&SettlementService::VetCost, Vetting(cost), kFinance).status()
                                : Do(&SettlementService::RejectCost, TurningDown(cost), kFinance).status();
            }),
            1);
  const std::string vetted = Vetted(v1::COST_CATEGORY_LODGING, 7).name();
  EXPECT_EQ(at_once([&](int) { return Do(&SettlementService::ReverseCost, Reversing(vetted), kOtherSales).status(); }),
            1);
  EXPECT_EQ(at_once([&](int) { return Allocate().status(); }), 1);
  const std::string proposal = Propose().name();
  EXPECT_EQ(at_once([&](int i) {
              return i % 2 == 0 ? Do(&SettlementService::DecideResponsibility, Deciding(proposal), kChairman).status()
                                : Do(&SettlementService::RejectResponsibility, Rejecting(proposal), kChairman).status();
            }),
            1);
  // Proposals do not refuse each other: one stands, whichever came last.
  EXPECT_EQ(
      at_once([&](int) {
        return Do(&SettlementService::ProposeResponsibility, Proposing({{v1::ROLE_SUPPLY, 10000}}), kSales).status();
      }),
      4);
  v1::ListResponsibilitiesRequest list;
  list.set_parent(case_.name());
  int standing = 0;
  const auto listed = Must(Do(&SettlementService::ListResponsibilities, list, kSales));
  for (const v1::Responsibility& one : listed.responsibilities()) {
    standing += one.state() == v1::RESPONSIBILITY_STATE_PROPOSED ? 1 : 0;
  }
  EXPECT_EQ(standing, 1);
}

}  // namespace
}  // namespace aftersales
