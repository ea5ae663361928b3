// Telephone attempts, help from departments, disputes and void documents, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CaseHelpTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  v1::CreateTelephoneAttemptRequest Calling(const std::string& service_case, bool reached, bool solved) {
    v1::CreateTelephoneAttemptRequest request;
    request.set_parent(service_case);
    request.mutable_telephone_attempt()->set_reached(reached);
    request.mutable_telephone_attempt()->set_solved(solved);
    request.mutable_telephone_attempt()->set_text("Restarted the controller.");
    return request;
  }
  v1::CreateHelpRequestRequest Asking(const std::string& service_case, v1::Role department = v1::ROLE_TECHNOLOGY) {
    v1::CreateHelpRequestRequest request;
    request.set_parent(service_case);
    request.mutable_help_request()->set_department(department);
    request.mutable_help_request()->set_form(v1::HELP_FORM_ORAL);
    request.mutable_help_request()->set_text("A drawing of the valve.");
    return request;
  }
  absl::StatusOr<v1::HelpRequest> Answer(const std::string& name, const Person& person) {
    auto request = On<v1::AnswerHelpRequestRequest>(name);
    request.set_answer("Sent.");
    return office_.Do(&CaseService::AnswerHelpRequest, request, person);
  }
  v1::CreateDisputeRequest Disputing(const std::string& service_case) {
    v1::CreateDisputeRequest request;
    request.set_parent(service_case);
    request.mutable_dispute()->add_provisions("8.2");
    request.mutable_dispute()->set_text("They say that it is under warranty.");
    return request;
  }
  absl::StatusOr<v1::Dispute> Resolve(const std::string& name, const Person& person) {
    auto request = On<v1::ResolveDisputeRequest>(name);
    request.set_resolution("Half each.");
    request.mutable_evidence()->set_reference("letter 9");
    return office_.Do(&CaseService::ResolveDispute, request, person);
  }
  std::vector<std::string> Listed(const v1::HelpRequestFilter& filter, int page_size = 0) {
    v1::ListHelpRequestsRequest request;
    *request.mutable_filter() = filter;
    request.set_page_size(page_size);
    std::vector<std::string> names;
    do {
      const v1::ListHelpRequestsResponse page = Must(office_.Do(&CaseService::ListHelpRequests, request));
      for (const v1::HelpRequest& help : page.help_requests()) names.push_back(help.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  CaseOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, CaseHelpTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(CaseHelpTest, TelephoneAttemptsAreRecordedWithWhatCameOfThem) {
  const std::string name = office_.Open().name();
  auto request = Calling(name, true, false);
  *request.mutable_telephone_attempt()->mutable_time() = At(office_.clock.Now() - absl::Minutes(30));
  const v1::TelephoneAttempt first = Must(office_.Do(&CaseService::CreateTelephoneAttempt, request, kTelephone));
  EXPECT_TRUE(absl::StartsWith(first.name(), name + "/telephoneAttempts/"));
  EXPECT_EQ(first.called_by(), "principals/telephone");
  const v1::Event event = office_.Newest(name, v1::EVENT_TYPE_TELEPHONE_ATTEMPTED);
  EXPECT_EQ(FromProto(event.time()), office_.clock.Now() - absl::Minutes(30));
  EXPECT_EQ(event.subject(), first.name());
  EXPECT_EQ(event.facts().at("reached"), "true");
  EXPECT_EQ(event.facts().at("solved"), "false");
  office_.clock.Advance(absl::Minutes(1));
  const v1::TelephoneAttempt second =
      Must(office_.Do(&CaseService::CreateTelephoneAttempt, Calling(name, true, true), kTelephone));
  EXPECT_EQ(FromProto(second.time()), office_.clock.Now());
  v1::ListTelephoneAttemptsRequest list;
  list.set_parent(name);
  const v1::ListTelephoneAttemptsResponse listed = Must(office_.Do(&CaseService::ListTelephoneAttempts, list));
  ASSERT_EQ(listed.telephone_attempts_size(), 2);
  EXPECT_EQ(listed.telephone_attempts(0).SerializeAsString(), first.SerializeAsString());

  const auto refused = [&](const v1::CreateTelephoneAttemptRequest& spoilt) {
    return ReasonOf(office_.Do(&CaseService::CreateTelephoneAttempt, spoilt, kTelephone).status());
  };
  EXPECT_EQ(refused(Calling(name, false, true)), v1::ERROR_REASON_FIELD_INVALID) << "solved with nobody";
  *request.mutable_telephone_attempt()->mutable_time() = At(office_.clock.Now() + absl::Hours(1));
  EXPECT_EQ(refused(request), v1::ERROR_REASON_FIELD_INVALID) << "in the future";
  *request.mutable_telephone_attempt()->mutable_time() = At(office_.clock.Now() - absl::Hours(3));
  EXPECT_EQ(refused(request), v1::ERROR_REASON_FIELD_INVALID) << "before the notice";
  EXPECT_EQ(refused(Calling("cases/C2026-999999", true, true)), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  const std::string closed = office_.Accepted().name();
  office_.Close(closed);
  EXPECT_EQ(refused(Calling(closed, true, true)), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseHelpTest, ADepartmentIsAskedAndItsHeadAnswers) {
  const std::string name = office_.Accepted().name();
  auto asking = Asking(name);
  *asking.mutable_help_request()->mutable_answer_by_time() = At(office_.clock.Now() + absl::Hours(24 * 367));
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::CreateHelpRequest, asking).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "more than a year ahead";
  *asking.mutable_help_request()->mutable_answer_by_time() = At(office_.clock.Now() + absl::Hours(2));
  const v1::HelpRequest help = Must(office_.Do(&CaseService::CreateHelpRequest, asking));
  EXPECT_EQ(help.state(), v1::HELP_STATE_OPEN);
  EXPECT_EQ(help.priority(), v1::PRIORITY_NORMAL);
  EXPECT_EQ(help.requester(), "principals/manager");
  const v1::Obligation owed = office_.Owed(name, "help");
  EXPECT_EQ(owed.owner(), v1::ROLE_TECHNOLOGY);
  EXPECT_EQ(FromProto(owed.due_time()), office_.clock.Now() + absl::Hours(2));
  const v1::Event event = office_.Newest(name, v1::EVENT_TYPE_HELP_REQUESTED);
  EXPECT_EQ(event.facts().at("priority"), "normal");
  EXPECT_EQ(event.facts().at("form"), "oral");
  EXPECT_EQ(event.facts().at("addressee"), "technology");

  for (const Person& person : {kQuality, kDesigner, Person{"principals/foreman", {v1::ROLE_PRODUCTION}, true}}) {
    const absl::Status status = Answer(help.name(), person).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROLE_MISSING) << person.principal;
    EXPECT_EQ(MetadataOf(status)["clauses"], "T-11") << person.principal;
  }
  const Person both{"principals/manager", {v1::ROLE_TECHNOLOGY}, true};
  EXPECT_EQ(ReasonOf(Answer(help.name(), both).status()), v1::ERROR_REASON_OWN_SUBMISSION);
  const v1::HelpRequest answered = Must(Answer(help.name(), kChiefDesigner));
  EXPECT_EQ(answered.state(), v1::HELP_STATE_ANSWERED);
  EXPECT_EQ(answered.answered_by(), "principals/chief-designer");
  const v1::Event told = office_.Newest(name, v1::EVENT_TYPE_HELP_ANSWERED);
  EXPECT_EQ(told.role(), v1::ROLE_TECHNOLOGY);
  EXPECT_TRUE(told.head());
  EXPECT_THAT(office_.OpenKinds(name), IsEmpty());
  EXPECT_EQ(ReasonOf(Answer(help.name(), kChiefDesigner).status()), v1::ERROR_REASON_STATE_FORBIDS);
  v1::GetHelpRequestRequest get;
  get.set_name(help.name());
  EXPECT_EQ(Must(office_.Do(&CaseService::GetHelpRequest, get)).SerializeAsString(), answered.SerializeAsString());
}

TEST_P(CaseHelpTest, HelpIsAskedOfDepartmentsOnlyAndForATimeToCome) {
  const std::string name = office_.Open().name();
  for (const v1::Role role : {v1::ROLE_CUSTOMER, v1::ROLE_ADMIN, v1::ROLE_AUDITOR, v1::ROLE_INTEGRATION,
                              v1::ROLE_FIELD_ENGINEER, v1::ROLE_CUSTOMER_SERVICE}) {
    EXPECT_EQ(ReasonOf(office_.Do(&CaseService::CreateHelpRequest, Asking(name, role)).status()),
              v1::ERROR_REASON_FIELD_INVALID)
        << role;
  }
  auto asking = Asking(name);
  *asking.mutable_help_request()->mutable_answer_by_time() = At(office_.clock.Now());
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::CreateHelpRequest, asking).status()), v1::ERROR_REASON_FIELD_INVALID);
  const std::string closed = office_.Accepted().name();
  office_.Close(closed);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::CreateHelpRequest, Asking(closed)).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseHelpTest, TheMostUrgentIsListedFirstThenTheOldest) {
  const std::string name = office_.Open().name();
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_emergency(true);
  const std::string emergency = office_.Open(opening).name();
  const auto ask = [&](const std::string& service_case, v1::Priority priority,
                       v1::Role department = v1::ROLE_TECHNOLOGY) {
    office_.clock.Advance(absl::Seconds(1));
    auto asking = Asking(service_case, department);
    asking.mutable_help_request()->set_priority(priority);
    return Must(office_.Do(&CaseService::CreateHelpRequest, asking)).name();
  };
  const std::string normal = ask(name, v1::PRIORITY_UNSPECIFIED), high = ask(name, v1::PRIORITY_HIGH),
                    urgent = ask(emergency, v1::PRIORITY_UNSPECIFIED), later = ask(name, v1::PRIORITY_HIGH),
                    elsewhere = ask(name, v1::PRIORITY_URGENT, v1::ROLE_PRODUCTION);
  v1::HelpRequestFilter filter;
  for (const int page_size : {1, 2, 50}) {
    EXPECT_THAT(Listed(filter, page_size), ElementsAre(urgent, elsewhere, high, later, normal)) << page_size;
  }
  filter.set_department(v1::ROLE_TECHNOLOGY);
  EXPECT_THAT(Listed(filter), ElementsAre(urgent, high, later, normal));
  ASSERT_TRUE(Answer(high, kChiefDesigner).ok());
  filter.set_state(v1::HELP_STATE_OPEN);
  EXPECT_THAT(Listed(filter), ElementsAre(urgent, later, normal));
  filter.set_service_case(name);
  EXPECT_THAT(Listed(filter), ElementsAre(later, normal));
}

TEST_P(CaseHelpTest, ADisputeIsAboutProvisionsOfTheContract) {
  const std::string name = office_.Open().name();
  const v1::Dispute dispute = Must(office_.Do(&CaseService::CreateDispute, Disputing(name), kTelephone));
  EXPECT_EQ(dispute.contract(), office_.contract.name()) << "the equipment's";
  EXPECT_EQ(dispute.state(), v1::DISPUTE_STATE_OPEN);
  EXPECT_EQ(office_.Newest(name, v1::EVENT_TYPE_DISPUTE_OPENED).subject(), dispute.name());

  const auto refused = [&](auto spoil) {
    auto request = Disputing(name);
    spoil(request);
    return office_.Do(&CaseService::CreateDispute, request, kTelephone).status();
  };
  const absl::Status unknown = refused([](auto& r) { r.mutable_dispute()->add_provisions("8.3"); });
  EXPECT_EQ(ReasonOf(unknown), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("8.1, 8.2"));
  EXPECT_EQ(ReasonOf(refused([](auto& r) { r.mutable_dispute()->set_contract("contracts/0"); })),
            v1::ERROR_REASON_REFERENCE_INVALID);
  auto opening = office_.Opening();
  opening.mutable_service_case()->clear_equipment();
  const std::string bare = office_.Open(opening).name();
  EXPECT_EQ(ReasonOf(refused([&](auto& r) { r.set_parent(bare); })), v1::ERROR_REASON_FIELD_INVALID);
  opening.mutable_service_case()->set_customer(office_.stranger.name());
  const std::string foreign = office_.Open(opening).name();
  EXPECT_EQ(ReasonOf(refused([&](auto& r) {
              r.set_parent(foreign);
              r.mutable_dispute()->set_contract(office_.contract.name());
            })),
            v1::ERROR_REASON_REFERENCE_INVALID);
  // A refusal can be disputed too.
  auto refuse = On<v1::RefuseCaseRequest>(name);
  refuse.set_reason("Not ours.");
  ASSERT_TRUE(office_.Do(&CaseService::RefuseCase, refuse).ok());
  EXPECT_TRUE(office_.Do(&CaseService::CreateDispute, Disputing(name), kTelephone).ok());
  v1::ListDisputesRequest list;
  list.set_parent(name);
  EXPECT_EQ(Must(office_.Do(&CaseService::ListDisputes, list)).disputes_size(), 2);
}

TEST_P(CaseHelpTest, ADisputeIsSettledBySomebodyElseOnce) {
  const std::string name = office_.Open().name();
  const v1::Dispute dispute = Must(office_.Do(&CaseService::CreateDispute, Disputing(name)));
  EXPECT_EQ(ReasonOf(Resolve(dispute.name(), kManager).status()), v1::ERROR_REASON_OWN_SUBMISSION);
  auto bare = On<v1::ResolveDisputeRequest>(dispute.name());
  bare.set_resolution("Half each.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ResolveDispute, bare, kQuality).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  const v1::Dispute resolved = Must(Resolve(dispute.name(), kQuality));
  EXPECT_EQ(resolved.state(), v1::DISPUTE_STATE_RESOLVED);
  EXPECT_EQ(resolved.resolved_by(), "principals/quality");
  EXPECT_EQ(resolved.evidence().reference(), "letter 9");
  v1::GetDisputeRequest get;
  get.set_name(dispute.name());
  EXPECT_EQ(Must(office_.Do(&CaseService::GetDispute, get)).SerializeAsString(), resolved.SerializeAsString());
  EXPECT_EQ(ReasonOf(Resolve(dispute.name(), kQuality).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(office_.Happened(name, dispute.name()), ElementsAre("dispute-opened", "dispute-resolved"));
}

TEST_P(CaseHelpTest, ADocumentOfAKindThatThePackDoesNotKnowSaysSoAndASlipOfThePenIsRefused) {
  CaseOffice office(GetParam(), absl::StrCat(kOfficePack, R"(
    obligation {
      kind: "report" clauses: "T-20" on: "case-accepted" by: "field_engineer"
      met_by { event: "document-filed" document: "service-report" }
    })")
                                    .c_str());
  v1::CreateDocumentRequest file;
  file.set_parent(office.Accepted().name());
  file.mutable_document()->set_title("Report");
  file.mutable_document()->set_text("Done.");
  const auto filed = [&](const std::string& kind) {
    file.mutable_document()->set_kind(kind);
    return office.Do(&CaseService::CreateDocument, file, kTelephone);
  };
  const absl::Status slip = filed("servise-report").status();
  EXPECT_EQ(ReasonOf(slip), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(slip.message()), HasSubstr("did you mean \"service-report\"?"));
  EXPECT_TRUE(Must(filed("letter")).unknown_kind());
  EXPECT_THAT(office.OpenKinds(file.parent()), ElementsAre("report"));
  EXPECT_FALSE(Must(filed("service-report")).unknown_kind());
  EXPECT_THAT(office.OpenKinds(file.parent()), IsEmpty());
  // A pack without documents has nothing that it could mean.
  file.set_parent(office_.Accepted().name());
  EXPECT_FALSE(Must(office_.Do(&CaseService::CreateDocument, file, kTelephone)).unknown_kind());
}

// The class is changed to and fro, and approved and confirmed meanwhile: neither is given twice, so that both count.
TEST_P(CaseHelpTest, WhatWasApprovedWhileTheClassDidNotCallForItCountsWhenItDoesAgain) {
  CaseOffice office(GetParam(), absl::StrCat(kOfficePack, R"(
    class { name: "C" title: "By a solution" clauses: "T-4" }
    obligation {
      kind: "approval" clauses: "T-21" on: "solution-proposed" where { classification: "C" } by: "quality"
      met_by { event: "solution-approved" role: "quality" } required_for: "create-visit"
      superseded_on: "solution-proposed"
    }
    obligation {
      kind: "confirmation" clauses: "T-22" on: "solution-proposed" where { classification: "C" } by: "customer"
      met_by { event: "solution-confirmed" } required_for: "create-visit" superseded_on: "solution-proposed"
    })")
                                    .c_str());
  const std::string name = office.Accepted().name();
  const auto classify = [&](const std::string& classification) {
    auto request = On<v1::ClassifyCaseRequest>(name);
    request.set_classification(classification);
    request.mutable_evidence()->set_text("Seen.");
    return office.Do(&CaseService::ClassifyCase, request).status();
  };
  ASSERT_TRUE(classify("C").ok());
  v1::ProposeSolutionRequest propose;
  propose.set_parent(name);
  propose.mutable_solution()->set_text("Weld it.");
  const std::string solution = Must(office.Do(&CaseService::ProposeSolution, propose, kDesigner)).name();
  EXPECT_THAT(office.OpenKinds(name), ElementsAre("approval", "confirmation"));
  ASSERT_TRUE(classify("A").ok());
  EXPECT_THAT(office.OpenKinds(name), IsEmpty());
  auto approve = On<v1::ApproveSolutionRequest>(solution);
  approve.set_role(v1::ROLE_QUALITY);
  ASSERT_TRUE(office.Do(&CaseService::ApproveSolution, approve, kQuality).ok());
  office.clock.Advance(absl::Minutes(10));
  ASSERT_TRUE(classify("C").ok());
  EXPECT_THAT(office.OpenKinds(name), ElementsAre("confirmation")) << "the approval cannot be given again";
  EXPECT_EQ(office.Owed(name, "approval").state(), v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(FromProto(office.Owed(name, "approval").close_time()), office.clock.Now() - absl::Minutes(10));
  ASSERT_TRUE(classify("A").ok());
  auto confirm = On<v1::ConfirmSolutionRequest>(solution);
  confirm.mutable_evidence()->set_text("By letter.");
  ASSERT_TRUE(office.Do(&CaseService::ConfirmSolution, confirm, kTelephone).ok());
  ASSERT_TRUE(classify("C").ok());
  EXPECT_THAT(office.OpenKinds(name), IsEmpty());
}

TEST_P(CaseHelpTest, AVoidDocumentStaysReadable) {
  const std::string name = office_.Open().name();
  v1::CreateDocumentRequest file;
  file.set_parent(name);
  file.mutable_document()->set_kind("customer-opinion");
  file.mutable_document()->set_title("Opinion");
  file.mutable_document()->set_text("Bad.");
  const v1::Document document = Must(office_.Do(&CaseService::CreateDocument, file, kTelephone));
  auto request = On<v1::VoidDocumentRequest>(document.name());
  request.set_reason("Of another customer.");
  request.set_etag("7");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::VoidDocument, request, kQuality).status()),
            v1::ERROR_REASON_ETAG_MISMATCH);
  request.set_etag(document.etag());
  const v1::Document voided = Must(office_.Do(&CaseService::VoidDocument, request, kQuality));
  EXPECT_EQ(voided.void_reason(), "Of another customer.");
  EXPECT_EQ(voided.voided_by(), "principals/quality");
  EXPECT_EQ(voided.text(), "Bad.");
  EXPECT_EQ(office_.Newest(name, v1::EVENT_TYPE_DOCUMENT_VOIDED).facts().at("document"), "customer-opinion");
  v1::GetDocumentRequest get;
  get.set_name(document.name());
  EXPECT_EQ(Must(office_.Do(&CaseService::GetDocument, get)).SerializeAsString(), voided.SerializeAsString());
  request.set_etag("");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::VoidDocument, request, kQuality).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
}

}  // namespace
}  // namespace aftersales
