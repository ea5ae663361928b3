// Cause, warranty, remedy, price and improper use, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CaseRemediesTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  absl::StatusOr<v1::Case> Quote(const std::string& name, int64_t amount = 120000) {
    auto request = On<v1::QuotePriceRequest>(name);
    request.mutable_price()->set_currency_code("CNY");
    request.mutable_price()->set_minor_units(amount);
    request.set_text("Two pads and an hour.");
    return office_.Do(&CaseService::QuotePrice, request);
  }
  absl::StatusOr<v1::Case> Agree(const std::string& name) {
    auto request = On<v1::AgreePriceRequest>(name);
    request.mutable_evidence()->set_text("By letter.");
    return office_.Do(&CaseService::AgreePrice, request);
  }
  absl::StatusOr<v1::Case> Explain(const std::string& name) {
    auto request = On<v1::ExplainImproperUseRequest>(name);
    request.set_explanation("The lever was forced.");
    request.set_guidance("Release it first.");
    return office_.Do(&CaseService::ExplainImproperUse, request, kDesigner);
  }
  absl::StatusOr<v1::Case> Reply(const std::string& name, bool accepted) {
    auto request = On<v1::RecordExplanationReplyRequest>(name);
    request.set_accepted(accepted);
    request.mutable_evidence()->set_text("On the telephone.");
    return office_.Do(&CaseService::RecordExplanationReply, request, kTelephone);
  }
  // Accepted, about equipment whose warranty has ended; its cause is wear.
  v1::Case OutOfWarranty() {
    EndWarranty();
    return office_.WithCause(v1::CAUSE_WEAR);
  }
  // The directory says now that the equipment was delivered long ago.
  void EndWarranty() {
    auto change = On<v1::UpdateEquipmentRequest>(office_.equipment.name(), office_.equipment.etag());
    *change.mutable_equipment() = office_.equipment;
    *change.mutable_equipment()->mutable_delivery_time() = At(office_.clock.Now() - absl::Hours(24 * 800));
    Call call = office_.By(kManager);
    office_.equipment = Must(office_.directory->UpdateEquipment(call, change));
  }
  v1::Case Update(const std::string& name) {
    const v1::Case service_case = office_.Get(name);
    auto request = On<v1::UpdateCaseRequest>(name, service_case.etag());
    *request.mutable_service_case() = service_case;
    return Must(office_.Do(&CaseService::UpdateCase, request, kTelephone));
  }

  CaseOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, CaseRemediesTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(CaseRemediesTest, TheCauseDecidesTheCoverage) {
  const v1::Case found = office_.WithCause(v1::CAUSE_MANUFACTURE);
  EXPECT_EQ(found.cause(), v1::CAUSE_MANUFACTURE);
  EXPECT_EQ(found.findings().determined_by(), "principals/quality");
  EXPECT_EQ(FromProto(found.findings().time()), office_.clock.Now());
  EXPECT_EQ(found.coverage().decision(), v1::COVERAGE_DECISION_COVERED);
  EXPECT_EQ(found.coverage().rule(), "own-fault");
  EXPECT_THAT(found.coverage().clauses(), ElementsAre("T-12"));
  EXPECT_THAT(found.coverage().text(), AllOf(HasSubstr("HR-2025-7"), HasSubstr("8.2"), HasSubstr("24 months"),
                                             HasSubstr("manufacture"), HasSubstr("The company bears it.")));
  EXPECT_THAT(found.coverage().remedies(), ElementsAre(v1::REMEDY_REPAIR, v1::REMEDY_GUIDANCE));
  const v1::Event event = office_.Newest(found.name(), v1::EVENT_TYPE_CAUSE_DETERMINED);
  EXPECT_EQ(event.facts().at("cause"), "manufacture");
  EXPECT_EQ(event.facts().at("covered"), "true");
  EXPECT_EQ(event.facts().at("in_warranty"), "true");
  EXPECT_EQ(event.facts().at("irreparable"), "false");

  auto request = On<v1::DetermineCauseRequest>(found.name());
  request.set_cause(v1::CAUSE_WEAR);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::DetermineCause, request, kQuality).status()),
            v1::ERROR_REASON_FIELD_INVALID)
      << "without evidence";
  request.mutable_findings()->mutable_evidence()->set_reference("photo 3");
  const v1::Case worn = Must(office_.Do(&CaseService::DetermineCause, request, kQuality));
  EXPECT_EQ(worn.coverage().decision(), v1::COVERAGE_DECISION_NOT_COVERED);
  EXPECT_EQ(worn.coverage().rule(), "");
  request.set_name(office_.Open().name());
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::DetermineCause, request, kQuality).status()),
            v1::ERROR_REASON_STATE_FORBIDS)
      << "not accepted";
}

TEST_P(CaseRemediesTest, AfterTheWarrantyTheCustomerPays) {
  const v1::Case worn = OutOfWarranty();
  EXPECT_EQ(worn.coverage().warranty(), v1::WARRANTY_STATE_ENDED);
  EXPECT_EQ(worn.coverage().rule(), "after-warranty");
  EXPECT_THAT(worn.coverage().remedies(), ElementsAre(v1::REMEDY_REPAIR, v1::REMEDY_PAID_SERVICE, v1::REMEDY_GUIDANCE));
  const v1::Case decided = Must(office_.Decide(worn.name(), v1::REMEDY_PAID_SERVICE));
  EXPECT_TRUE(decided.charged());
  EXPECT_THAT(office_.OpenKinds(worn.name()), ElementsAre("price-agreed"));
  // Nothing is done for money before the customer agrees to the price.
  v1::ProposeSolutionRequest propose;
  propose.set_parent(worn.name());
  propose.mutable_solution()->set_text("Exchange the pads.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ProposeSolution, propose).status()), v1::ERROR_REASON_OBLIGATION_OPEN);
  ASSERT_TRUE(Quote(worn.name()).ok());
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ProposeSolution, propose).status()), v1::ERROR_REASON_OBLIGATION_OPEN);
  ASSERT_TRUE(Agree(worn.name()).ok());
  EXPECT_TRUE(office_.Do(&CaseService::ProposeSolution, propose).ok());
}

TEST_P(CaseRemediesTest, ARemedyIsDecidedUnderTheConditionsOfThePack) {
  const v1::Case found = office_.WithCause(v1::CAUSE_MANUFACTURE);
  const absl::Status refused = office_.Decide(found.name(), v1::REMEDY_REPLACE).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REMEDY_NOT_ALLOWED);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("irreparable is true"), HasSubstr("T-17"), HasSubstr("repair, guidance")));
  EXPECT_EQ(MetadataOf(refused)["allowed"], "repair,guidance");
  EXPECT_EQ(MetadataOf(refused)["clauses"], "T-17");
  EXPECT_EQ(MetadataOf(refused)["remedy"], "replace");
  const absl::Status unknown = office_.Decide(found.name(), v1::REMEDY_COMPENSATE).status();
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("no rule that gives it"));

  const v1::Case decided = Must(office_.Decide(found.name(), v1::REMEDY_REPAIR));
  EXPECT_EQ(decided.remedy(), v1::REMEDY_REPAIR);
  EXPECT_FALSE(decided.charged()) << "the first rule that holds";
  EXPECT_EQ(decided.remedy_decision().act().principal(), "principals/manager");
  EXPECT_EQ(decided.remedy_decision().act().role(), v1::ROLE_SERVICE_MANAGER);
  EXPECT_EQ(decided.remedy_decision().rule(), "Repair at our cost");
  EXPECT_THAT(decided.remedy_decision().clauses(), ElementsAre("T-15"));
  const v1::Event event = office_.Newest(found.name(), v1::EVENT_TYPE_REMEDY_DECIDED);
  EXPECT_EQ(event.role(), v1::ROLE_SERVICE_MANAGER);
  EXPECT_EQ(event.facts().at("remedy"), "repair");
  EXPECT_EQ(event.facts().at("charged"), "false");
  EXPECT_TRUE(office_.Decide(found.name(), v1::REMEDY_GUIDANCE).ok()) << "deciding anew";
  office_.Close(found.name());
  EXPECT_EQ(ReasonOf(office_.Decide(found.name(), v1::REMEDY_REPAIR).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseRemediesTest, AFaultFoundBeforeCommissioningGivesAReplacement) {
  auto change = On<v1::UpdateEquipmentRequest>(office_.equipment.name(), office_.equipment.etag());
  *change.mutable_equipment() = office_.equipment;
  change.mutable_equipment()->clear_commission_time();
  Call call = office_.By(kManager);
  ASSERT_TRUE(office_.directory->UpdateEquipment(call, change).ok());
  v1::DetermineCauseRequest findings;
  findings.set_cause(v1::CAUSE_MANUFACTURE);
  const v1::Case reparable = office_.DetermineCause(office_.Accepted().name(), findings);
  EXPECT_EQ(ReasonOf(office_.Decide(reparable.name(), v1::REMEDY_REPLACE).status()),
            v1::ERROR_REASON_REMEDY_NOT_ALLOWED);
  findings.mutable_findings()->set_irreparable(true);
  office_.DetermineCause(reparable.name(), findings);
  EXPECT_TRUE(office_.Decide(reparable.name(), v1::REMEDY_REPLACE).ok());
}

TEST_P(CaseRemediesTest, OnlyTheRolesOfThePackDecideAndNobodyOnTheirOwnFindings) {
  const v1::Case found = office_.WithCause(v1::CAUSE_MANUFACTURE);
  const absl::Status role = office_.Decide(found.name(), v1::REMEDY_REPAIR, kDesigner).status();
  EXPECT_EQ(ReasonOf(role), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(MetadataOf(role)["clauses"], "T-10");
  auto pretended = On<v1::DecideRemedyRequest>(found.name());
  pretended.set_remedy(v1::REMEDY_REPAIR);
  pretended.set_role(v1::ROLE_SERVICE_MANAGER);
  pretended.mutable_evidence()->set_text("I say so.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::DecideRemedy, pretended, kDesigner).status()),
            v1::ERROR_REASON_ROLE_MISSING);
  pretended.clear_evidence();
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::DecideRemedy, pretended).status()), v1::ERROR_REASON_FIELD_INVALID);
  const Person finder{"principals/quality", {v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY}};
  const absl::Status own = office_.Decide(found.name(), v1::REMEDY_REPAIR, finder).status();
  EXPECT_EQ(ReasonOf(own), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_THAT(std::string(own.message()), HasSubstr("was given its cause by principals/quality"));
  ASSERT_TRUE(office_.Decide(found.name(), v1::REMEDY_REPAIR).ok());
  // Whoever decided cannot put findings of their own below the decision either: it falls with the old ones.
  auto again = On<v1::DetermineCauseRequest>(found.name());
  again.set_cause(v1::CAUSE_DESIGN);
  again.mutable_findings()->mutable_evidence()->set_text("Calculated.");
  const v1::Case anew = Must(office_.Do(&CaseService::DetermineCause, again, kManager));
  EXPECT_EQ(anew.remedy(), v1::REMEDY_UNSPECIFIED);
  EXPECT_FALSE(anew.has_remedy_decision());
  EXPECT_EQ(ReasonOf(office_.Decide(found.name(), v1::REMEDY_REPAIR).status()), v1::ERROR_REASON_OWN_SUBMISSION);
}

TEST_P(CaseRemediesTest, ARemedyThatIsNotGivenAnyMoreOnTheNewCoverageIsDecidedAnew) {
  const std::string repaired = office_.WithCause(v1::CAUSE_MANUFACTURE).name();
  const std::string guided = office_.WithCause(v1::CAUSE_MANUFACTURE).name();
  ASSERT_FALSE(Must(office_.Decide(repaired, v1::REMEDY_REPAIR)).charged());
  ASSERT_TRUE(office_.Decide(guided, v1::REMEDY_GUIDANCE).ok());
  EXPECT_EQ(Update(repaired).remedy(), v1::REMEDY_REPAIR) << "as it was decided";
  EndWarranty();
  const v1::Case uncovered = Update(repaired);
  EXPECT_EQ(uncovered.coverage().decision(), v1::COVERAGE_DECISION_NOT_COVERED);
  EXPECT_EQ(uncovered.remedy(), v1::REMEDY_UNSPECIFIED) << "repair is paid for now";
  EXPECT_FALSE(uncovered.has_remedy_decision());
  EXPECT_EQ(office_.Newest(repaired, v1::EVENT_TYPE_CASE_CHANGED).facts().count("remedy"), 0u);
  EXPECT_EQ(Update(guided).remedy(), v1::REMEDY_GUIDANCE) << "given all the same";
  ASSERT_TRUE(Must(office_.Decide(repaired, v1::REMEDY_REPAIR)).charged());
  ASSERT_TRUE(Quote(repaired).ok());
  EXPECT_TRUE(Update(repaired).has_quote());
}

TEST_P(CaseRemediesTest, ARemedyThatAnotherPackDoesNotGiveIsDecidedAnewUnderIt) {
  const std::string repaired = OutOfWarranty().name(), guided = office_.WithCause(v1::CAUSE_WEAR).name();
  ASSERT_TRUE(office_.Decide(repaired, v1::REMEDY_PAID_SERVICE).ok());
  ASSERT_TRUE(Quote(repaired).ok());
  ASSERT_TRUE(office_.Decide(guided, v1::REMEDY_GUIDANCE).ok());
  v1::MigrateCasesRequest request;
  request.set_name(office_.PutInForce(
      "name: 'office' title: 'Office' effective_from: '2026-06-01' time_zone: 'UTC' owner: 'service_manager' "
      "remedy { remedy: 'guidance' title: 'Guidance' clauses: 'T-19' }"));
  request.add_service_cases(repaired);
  request.add_service_cases(guided);
  request.set_reason("No more work for money.");
  Call call = office_.As();
  ASSERT_TRUE(office_.policy->MigrateCases(call, request).ok());
  const v1::Case after = office_.Get(repaired);
  EXPECT_EQ(after.remedy(), v1::REMEDY_UNSPECIFIED);
  EXPECT_FALSE(after.charged());
  EXPECT_FALSE(after.has_remedy_decision());
  EXPECT_FALSE(after.has_quote());
  EXPECT_EQ(office_.Get(guided).remedy(), v1::REMEDY_GUIDANCE);
}

TEST_P(CaseRemediesTest, ANewPriceAsksForANewAgreement) {
  const std::string name = OutOfWarranty().name();
  EXPECT_EQ(ReasonOf(Quote(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "no remedy yet";
  ASSERT_TRUE(office_.Decide(name, v1::REMEDY_GUIDANCE).ok());
  EXPECT_EQ(ReasonOf(Quote(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "free of charge";
  ASSERT_TRUE(office_.Decide(name, v1::REMEDY_PAID_SERVICE).ok());
  EXPECT_EQ(ReasonOf(Agree(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "no price yet";
  for (const int64_t nothing : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(ReasonOf(Quote(name, nothing).status()), v1::ERROR_REASON_FIELD_INVALID) << nothing;
  }
  ASSERT_TRUE(Quote(name, std::numeric_limits<int64_t>::max()).ok());
  auto bare = On<v1::AgreePriceRequest>(name);
  bare.mutable_evidence()->set_person("Ms Chen");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::AgreePrice, bare).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "no evidence";
  v1::Case agreed = Must(Agree(name));
  EXPECT_EQ(FromProto(agreed.quote().agree_time()), office_.clock.Now());
  EXPECT_EQ(agreed.quote().price().minor_units(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ReasonOf(Agree(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "agreed already";
  const v1::Case quoted = Must(Quote(name, 90000));
  EXPECT_FALSE(quoted.quote().has_agree_time());
  EXPECT_FALSE(quoted.quote().has_agreement());
  EXPECT_THAT(office_.OpenKinds(name), ElementsAre("price-agreed"));
  ASSERT_TRUE(Agree(name).ok());
  // Another remedy is other work, and so another price.
  EXPECT_FALSE(Must(office_.Decide(name, v1::REMEDY_REPAIR)).has_quote());
  EXPECT_FALSE(Must(office_.Decide(name, v1::REMEDY_GUIDANCE)).has_quote());
}

TEST_P(CaseRemediesTest, AnAgreementAndANewPriceAtOnceLeaveNoAgreementToAPriceThatWasNotNamed) {
  const std::string name = OutOfWarranty().name();
  ASSERT_TRUE(office_.Decide(name, v1::REMEDY_PAID_SERVICE).ok());
  const v1::Case quoted = Must(Quote(name, 100));
  absl::Status agreed, raised;
  std::thread customer([&] {
    auto request = On<v1::AgreePriceRequest>(name, quoted.etag());
    request.mutable_evidence()->set_text("By letter.");
    agreed = office_.Do(&CaseService::AgreePrice, request).status();
  });
  std::thread seller([&] { raised = Quote(name, 200).status(); });
  customer.join();
  seller.join();
  EXPECT_TRUE(raised.ok()) << raised;
  const v1::Case after = office_.Get(name);
  EXPECT_EQ(after.quote().price().minor_units(), 200);
  EXPECT_FALSE(after.quote().has_agree_time()) << "the customer knows of 100 only";
  if (!agreed.ok()) EXPECT_EQ(ReasonOf(agreed), v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_P(CaseRemediesTest, ImproperUseIsExplainedUntilTheUserAccepts) {
  const std::string worn = office_.WithCause(v1::CAUSE_WEAR).name();
  EXPECT_EQ(ReasonOf(Explain(worn).status()), v1::ERROR_REASON_STATE_FORBIDS);
  const std::string name = office_.WithCause(v1::CAUSE_IMPROPER_USE).name();
  EXPECT_THAT(office_.OpenKinds(name), ElementsAre("explained"));
  EXPECT_EQ(ReasonOf(Reply(name, true).status()), v1::ERROR_REASON_STATE_FORBIDS) << "nothing was explained";
  ASSERT_TRUE(Explain(name).ok());
  v1::Case replied = Must(Reply(name, false));
  EXPECT_FALSE(replied.improper_use().accepted());
  EXPECT_TRUE(replied.improper_use().has_reply_time());
  EXPECT_EQ(office_.Newest(name, v1::EVENT_TYPE_EXPLANATION_REPLIED).facts().at("accepted"), "false");
  EXPECT_EQ(ReasonOf(Reply(name, true).status()), v1::ERROR_REASON_STATE_FORBIDS) << "to nothing new";
  EXPECT_THAT(office_.OpenKinds(name), ElementsAre("explained"));
  const v1::Case explained = Must(Explain(name));
  EXPECT_FALSE(explained.improper_use().has_reply_time()) << "the reply was to the one before";
  EXPECT_EQ(explained.improper_use().explained().principal(), "principals/designer");
  replied = Must(Reply(name, true));
  EXPECT_TRUE(replied.improper_use().accepted());
  EXPECT_EQ(replied.improper_use().reply_recorded_by(), "principals/telephone");
  EXPECT_THAT(office_.OpenKinds(name), IsEmpty());
  EXPECT_EQ(ReasonOf(Explain(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "accepted";
  // Another cause: there was no improper use.
  v1::DetermineCauseRequest other;
  other.set_cause(v1::CAUSE_DESIGN);
  EXPECT_FALSE(office_.DetermineCause(name, other).has_improper_use());
}

TEST_P(CaseRemediesTest, APackWithoutRulesOnRemediesAllowsAll) {
  CaseOffice lawless(GetParam(), kLawlessPack);
  const std::string name = lawless.WithCause(v1::CAUSE_OTHER).name();
  EXPECT_EQ(lawless.Get(name).coverage().remedies_size(), v1::Remedy_MAX);
  for (int remedy = 1; remedy <= v1::Remedy_MAX; ++remedy) {
    const v1::Case decided = Must(lawless.Decide(name, static_cast<v1::Remedy>(remedy)));
    EXPECT_EQ(decided.charged(), remedy == v1::REMEDY_PAID_SERVICE);
  }
}

}  // namespace
}  // namespace aftersales
