// What every writing call of CaseService has in common: a trial changes nothing, a repeat is answered as before and
// done once, a stale etag is refused. Walked through the life of a case, on both engines.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "aftersales/v1/case.pb.h"
#include "server/base/clock.h"
#include "tests/service/case_office.h"

namespace aftersales {
namespace {

class CaseRepeatsTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  using Take = std::function<absl::StatusOr<std::string>(Call&)>;
  struct Step {
    std::string rpc;
    Person person;
    Take take;
  };

  int64_t Recorded() { return office_.Number("SELECT COUNT(*) FROM event"); }

  // A call of one RPC with a request that is made when the step's turn comes; keeps the name of what it answers.
  template <typename Request, typename Reply>
  Step Calls(const std::string& rpc, absl::StatusOr<Reply> (CaseService::*method)(Call&, const Request&),
             std::function<Request()> request, const Person& person = kManager, std::string* name = nullptr) {
    auto made = std::make_shared<std::optional<Request>>();  // a repeat says the same as the first
    return {rpc, person, [this, method, request, name, made](Call& call) -> absl::StatusOr<std::string> {
              if (!made->has_value()) *made = request();
              ASSIGN_OR_RETURN(const Reply reply, (*office_.cases.*method)(call, **made));
              if (name != nullptr && !call.validate_only) *name = reply.name();
              return reply.SerializeAsString();
            }};
  }
  template <typename Request, typename Reply>
  Step Changes(const std::string& rpc, absl::StatusOr<Reply> (CaseService::*method)(Call&, const Request&),
               const std::string* name, std::function<void(Request&)> fill, const Person& person = kManager) {
    return Calls<Request, Reply>(
        rpc, method,
        [name, fill] {
          Request request = On<Request>(*name);
          fill(request);
          return request;
        },
        person);
  }
  std::vector<Step> Steps();
  std::vector<Step> ContactSteps();
  std::vector<Step> DecisionSteps();
  std::vector<Step> ChildSteps();

  CaseOffice office_{GetParam(), R"(name: "loose" title: "Loose" effective_from: "2026-01-01" time_zone: "UTC"
      owner: "quality" class { name: "A" title: "A" clauses: "T-1" } outcome { name: "ended" title: "Ended" clauses: "T-1" })"};
  std::string contact_, other_contact_, case_, other_case_, refused_, help_, dispute_, document_;
};

INSTANTIATE_TEST_SUITE_P(Engines, CaseRepeatsTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

std::vector<CaseRepeatsTest::Step> CaseRepeatsTest::ContactSteps() {
  const auto contacting = [this] { return office_.Contacting(); };
  const auto opening = [this] { return office_.Opening(); };
  return {
      Calls<v1::CreateContactRequest, v1::Contact>("CreateContact", &CaseService::CreateContact, contacting, kTelephone,
                                                   &contact_),
      Calls<v1::CreateContactRequest, v1::Contact>("CreateContact", &CaseService::CreateContact, contacting, kTelephone,
                                                   &other_contact_),
      Calls<v1::UpdateContactRequest, v1::Contact>("UpdateContact", &CaseService::UpdateContact,
                                                   [this] {
                                                     auto request = On<v1::UpdateContactRequest>(
                                                         contact_, office_.GetContact(contact_).etag());
                                                     *request.mutable_contact() = office_.Contacting().contact();
                                                     return request;
                                                   }),
      Changes<v1::TransferContactRequest>("TransferContact", &CaseService::TransferContact, &contact_,
                                          std::function([](v1::TransferContactRequest& r) {
                                            r.set_department(v1::ROLE_QUALITY);
                                            r.set_reason("Measure it.");
                                          })),
      Changes<v1::AnswerContactRequest>("AnswerContact", &CaseService::AnswerContact, &contact_,
                                        std::function([](v1::AnswerContactRequest& r) { r.set_answer("Tomorrow."); })),
      Changes<v1::CloseContactRequest>("CloseContact", &CaseService::CloseContact, &other_contact_,
                                       std::function([](v1::CloseContactRequest& r) { r.set_outcome("ended"); })),
      Calls<v1::CreateCaseRequest, v1::Case>("CreateCase", &CaseService::CreateCase, opening, kTelephone, &case_),
      Calls<v1::CreateCaseRequest, v1::Case>("CreateCase", &CaseService::CreateCase, opening, kTelephone, &other_case_),
      Calls<v1::CreateCaseRequest, v1::Case>("CreateCase", &CaseService::CreateCase, opening, kTelephone, &refused_),
      Changes<v1::JoinContactRequest>("JoinContact", &CaseService::JoinContact, &contact_,
                                      std::function([this](v1::JoinContactRequest& r) { r.set_service_case(case_); })),
  };
}

std::vector<CaseRepeatsTest::Step> CaseRepeatsTest::DecisionSteps() {
  return {
      Changes<v1::RefuseCaseRequest>("RefuseCase", &CaseService::RefuseCase, &refused_,
                                     std::function([](v1::RefuseCaseRequest& r) { r.set_reason("Not ours."); })),
      Changes<v1::ReopenCaseRequest>("ReopenCase", &CaseService::ReopenCase, &refused_,
                                     std::function([](v1::ReopenCaseRequest& r) { r.set_reason("It is ours."); })),
      Changes<v1::AcceptCaseRequest>(
          "AcceptCase", &CaseService::AcceptCase, &case_,
          std::function([](v1::AcceptCaseRequest& r) { r.set_service_mode(v1::SERVICE_MODE_ON_SITE); })),
      Calls<v1::UpdateCaseRequest, v1::Case>("UpdateCase", &CaseService::UpdateCase,
                                             [this] {
                                               auto request =
                                                   On<v1::UpdateCaseRequest>(case_, office_.Get(case_).etag());
                                               *request.mutable_service_case() = office_.Opening().service_case();
                                               request.set_service_mode(v1::SERVICE_MODE_RETURN);
                                               return request;
                                             }),
      Changes<v1::ClassifyCaseRequest>("ClassifyCase", &CaseService::ClassifyCase, &case_,
                                       std::function([](v1::ClassifyCaseRequest& r) {
                                         r.set_classification("A");
                                         r.mutable_evidence()->set_text("Seen.");
                                       })),
      Changes<v1::PauseCaseRequest>("PauseCase", &CaseService::PauseCase, &case_,
                                    std::function([](v1::PauseCaseRequest& r) {
                                      r.set_cause(v1::PAUSE_CAUSE_FORCE_MAJEURE);
                                      r.set_reason("A flood.");
                                      r.mutable_evidence()->set_text("The road is closed.");
                                    })),
      Changes<v1::ResumeCaseRequest>("ResumeCase", &CaseService::ResumeCase, &case_,
                                     std::function([](v1::ResumeCaseRequest&) {})),
      Changes<v1::EscalateCaseRequest>("EscalateCase", &CaseService::EscalateCase, &case_,
                                       std::function([](v1::EscalateCaseRequest& r) {
                                         r.set_to(v1::ROLE_EXECUTIVE);
                                         r.set_reason("A doubt.");
                                       })),
      Changes<v1::LinkCasesRequest>("LinkCases", &CaseService::LinkCases, &case_,
                                    std::function([this](v1::LinkCasesRequest& r) {
                                      r.set_other(other_case_);
                                      r.set_reason("The same batch.");
                                    })),
      Changes<v1::DetermineCauseRequest>("DetermineCause", &CaseService::DetermineCause, &case_,
                                         std::function([](v1::DetermineCauseRequest& r) {
                                           r.set_cause(v1::CAUSE_IMPROPER_USE);
                                           r.mutable_findings()->mutable_evidence()->set_text("The lever is bent.");
                                         }),
                                         kQuality),
      Changes<v1::ExplainImproperUseRequest>("ExplainImproperUse", &CaseService::ExplainImproperUse, &case_,
                                             std::function([](v1::ExplainImproperUseRequest& r) {
                                               r.set_explanation("The lever was forced.");
                                               r.set_guidance("Release it first.");
                                             })),
      Changes<v1::RecordExplanationReplyRequest>("RecordExplanationReply", &CaseService::RecordExplanationReply, &case_,
                                                 std::function([](v1::RecordExplanationReplyRequest& r) {
                                                   r.set_accepted(true);
                                                   r.mutable_evidence()->set_text("By letter.");
                                                 })),
      Changes<v1::DecideRemedyRequest>("DecideRemedy", &CaseService::DecideRemedy, &case_,
                                       std::function([](v1::DecideRemedyRequest& r) {
                                         r.set_remedy(v1::REMEDY_PAID_SERVICE);
                                         r.set_role(v1::ROLE_SERVICE_MANAGER);
                                         r.mutable_evidence()->set_text("The report.");
                                       })),
      Changes<v1::QuotePriceRequest>("QuotePrice", &CaseService::QuotePrice, &case_,
                                     std::function([](v1::QuotePriceRequest& r) {
                                       r.mutable_price()->set_currency_code("CNY");
                                       r.mutable_price()->set_minor_units(90000);
                                       r.set_text("A lever.");
                                     })),
      Changes<v1::AgreePriceRequest>(
          "AgreePrice", &CaseService::AgreePrice, &case_,
          std::function([](v1::AgreePriceRequest& r) { r.mutable_evidence()->set_text("By letter."); })),
  };
}

std::vector<CaseRepeatsTest::Step> CaseRepeatsTest::ChildSteps() {
  return {
      Calls<v1::CreateTelephoneAttemptRequest, v1::TelephoneAttempt>(
          "CreateTelephoneAttempt", &CaseService::CreateTelephoneAttempt,
          [this] {
            v1::CreateTelephoneAttemptRequest request;
            request.set_parent(case_);
            request.mutable_telephone_attempt()->set_text("Nobody answered.");
            return request;
          }),
      Calls<v1::CreateHelpRequestRequest, v1::HelpRequest>(
          "CreateHelpRequest", &CaseService::CreateHelpRequest,
          [this] {
            v1::CreateHelpRequestRequest request;
            request.set_parent(case_);
            request.mutable_help_request()->set_department(v1::ROLE_TECHNOLOGY);
            request.mutable_help_request()->set_form(v1::HELP_FORM_ORAL);
            request.mutable_help_request()->set_text("A drawing.");
            return request;
          },
          kManager, &help_),
      Changes<v1::AnswerHelpRequestRequest>(
          "AnswerHelpRequest", &CaseService::AnswerHelpRequest, &help_,
          std::function([](v1::AnswerHelpRequestRequest& r) { r.set_answer("Sent."); }), kDesigner),
      Calls<v1::CreateDisputeRequest, v1::Dispute>(
          "CreateDispute", &CaseService::CreateDispute,
          [this] {
            v1::CreateDisputeRequest request;
            request.set_parent(case_);
            request.mutable_dispute()->add_provisions("8.2");
            request.mutable_dispute()->set_text("They say that it is under warranty.");
            return request;
          },
          kManager, &dispute_),
      Changes<v1::ResolveDisputeRequest>("ResolveDispute", &CaseService::ResolveDispute, &dispute_,
                                         std::function([](v1::ResolveDisputeRequest& r) {
                                           r.set_resolution("Half each.");
                                           r.mutable_evidence()->set_text("By letter.");
                                         }),
                                         kQuality),
      Calls<v1::CreateDocumentRequest, v1::Document>(
          "CreateDocument", &CaseService::CreateDocument,
          [this] {
            v1::CreateDocumentRequest request;
            request.set_parent(case_);
            request.mutable_document()->set_kind("letter");
            request.mutable_document()->set_title("Letter");
            request.mutable_document()->set_text("To the customer.");
            return request;
          },
          kManager, &document_),
      Changes<v1::VoidDocumentRequest>("VoidDocument", &CaseService::VoidDocument, &document_,
                                       std::function([](v1::VoidDocumentRequest& r) { r.set_reason("Of another."); })),
      Changes<v1::CloseCaseRequest>("CloseCase", &CaseService::CloseCase, &case_,
                                    std::function([](v1::CloseCaseRequest& r) { r.set_resolution("Done."); })),
  };
}

std::vector<CaseRepeatsTest::Step> CaseRepeatsTest::Steps() {
  std::vector<Step> all = ContactSteps();
  for (const std::vector<Step>& steps : {DecisionSteps(), ChildSteps()})
    all.insert(all.end(), steps.begin(), steps.end());
  return all;
}

TEST_P(CaseRepeatsTest, ATrialChangesNothingAndARepeatIsDoneOnce) {
  for (const Step& step : Steps()) {
    const int64_t before = Recorded();
    Call trial = office_.By(step.person);
    trial.validate_only = true;
    const auto tried = step.take(trial);
    ASSERT_TRUE(tried.ok()) << step.rpc << ": " << tried.status();
    EXPECT_EQ(Recorded(), before) << step.rpc << " changed something in a trial";
    const Call call = office_.By(step.person);
    Call first = call, second = call;
    const auto done = step.take(first);
    ASSERT_TRUE(done.ok()) << step.rpc << ": " << done.status();
    const int64_t after = Recorded();
    EXPECT_GT(after, before) << step.rpc << " recorded nothing";
    const auto repeated = step.take(second);
    ASSERT_TRUE(repeated.ok()) << step.rpc << ": " << repeated.status();
    EXPECT_EQ(*repeated, *done) << step.rpc;
    EXPECT_EQ(Recorded(), after) << step.rpc << " was done twice";
  }
}

TEST_P(CaseRepeatsTest, AStaleEtagIsRefusedEverywhere) {
  const v1::Case service_case = office_.Accepted();
  const auto refused = [&](auto method, auto request) {
    Call call = office_.By(kManager);
    return ReasonOf((*office_.cases.*method)(call, request).status()) == v1::ERROR_REASON_ETAG_MISMATCH;
  };
  const std::string& name = service_case.name();
  EXPECT_TRUE(refused(&CaseService::ReopenCase, On<v1::ReopenCaseRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::PauseCase, On<v1::PauseCaseRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::ResumeCase, On<v1::ResumeCaseRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::EscalateCase, On<v1::EscalateCaseRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::DetermineCause, On<v1::DetermineCauseRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::DecideRemedy, On<v1::DecideRemedyRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::QuotePrice, On<v1::QuotePriceRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::AgreePrice, On<v1::AgreePriceRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::ExplainImproperUse, On<v1::ExplainImproperUseRequest>(name, "99")));
  EXPECT_TRUE(refused(&CaseService::RecordExplanationReply, [&] {
    auto request = On<v1::RecordExplanationReplyRequest>(name, "99");
    request.mutable_evidence()->set_text("By letter.");
    return request;
  }()));
  const std::string contact = office_.Contact().name();
  EXPECT_TRUE(refused(&CaseService::TransferContact, On<v1::TransferContactRequest>(contact, "99")));
  EXPECT_TRUE(refused(&CaseService::CloseContact, On<v1::CloseContactRequest>(contact, "99")));
  EXPECT_TRUE(refused(&CaseService::UpdateContact, On<v1::UpdateContactRequest>(contact, "99")));
  auto join = On<v1::JoinContactRequest>(contact, "99");
  join.set_service_case(name);
  EXPECT_TRUE(refused(&CaseService::JoinContact, join));
}

TEST_P(CaseRepeatsTest, AClosingCaseAndAContactThatJoinsItDoNotMissOneAnother) {
  // Here an unanswered contact holds up the close.
  office_.PutInForce(kOfficePack);
  for (int round = 0; round < 5; ++round) {
    const std::string name = office_.Accepted().name(), contact = office_.Contact().name();
    absl::Status closed, joined;
    std::thread closing([&] {
      auto request = On<v1::CloseCaseRequest>(name);
      request.set_resolution("Done.");
      closed = office_.Do(&CaseService::CloseCase, request).status();
    });
    std::thread joining([&] {
      auto request = On<v1::JoinContactRequest>(contact);
      request.set_service_case(name);
      joined = office_.Do(&CaseService::JoinContact, request).status();
    });
    closing.join();
    joining.join();
    EXPECT_NE(closed.ok(), joined.ok()) << closed << " " << joined;
    EXPECT_EQ(ReasonOf(closed.ok() ? joined : closed),
              closed.ok() ? v1::ERROR_REASON_STATE_FORBIDS : v1::ERROR_REASON_OBLIGATION_OPEN);
  }
}

}  // namespace
}  // namespace aftersales
