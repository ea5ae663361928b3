// What customers say, and the calls by which we ask them, on both engines.
#include "server/feedback/feedback_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/access/permissions.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/cases/case_store.h"
#include "server/dispatch/dispatch_service.h"
#include "server/feedback/feedback_store.h"
#include "server/rpc/mask.h"
#include "tests/service/callback_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Person kAccused{"principals/accused", {v1::ROLE_FIELD_ENGINEER, v1::ROLE_SERVICE_MANAGER}};

class FeedbackServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  FeedbackServiceTest() : dispatch_(*office_.db, office_.obligations) {
    v1::CreateEngineerRequest request;
    request.mutable_engineer()->set_display_name("Engineer One");
    request.mutable_engineer()->set_principal(kAccused.principal);
    Call call = office_.By(kManager);
    engineer_ = Must(dispatch_.CreateEngineer(call, request)).name();
  }

  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (FeedbackService::*method)(Call&, const Request&),
                           const Request& request, const Person& person = kTelephone) {
    return office_.Do(method, request, person);
  }
  // The same call once more, and only as a trial: the first answers what it answered, the second leaves nothing.
  template <typename Request, typename Reply>
  Reply Twice(absl::StatusOr<Reply> (FeedbackService::*method)(Call&, const Request&), Request request,
              const Person& person = kTelephone) {
    const int64_t before = office_.Number("SELECT COUNT(*) FROM event");
    Call trial = office_.By(person);
    trial.validate_only = true;
    Request validating = request;
    validating.set_validate_only(true);
    Must((*office_.feedback.*method)(trial, validating));
    EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM event"), before) << "a trial left something";
    Call call = office_.By(person);
    Call again = call;
    const Reply reply = Must((*office_.feedback.*method)(call, request));
    EXPECT_LE(call.statements, 20);
    const int64_t after = office_.Number("SELECT COUNT(*) FROM event");
    EXPECT_EQ(Must((*office_.feedback.*method)(again, request)).SerializeAsString(), reply.SerializeAsString());
    EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM event"), after) << "a repeat did something";
    return reply;
  }

  v1::CreateFeedbackRequest Saying(v1::FeedbackKind kind, const std::string& service_case = "") {
    v1::CreateFeedbackRequest request;
    v1::Feedback& feedback = *request.mutable_feedback();
    feedback.set_kind(kind);
    feedback.set_customer(office_.customer.name());
    feedback.set_service_case(service_case);
    feedback.set_person("Frau Li");
    feedback.set_text("The pump is louder than before.");
    return request;
  }
  v1::CreateFeedbackRequest Complaining(const std::string& service_case = "") {
    v1::CreateFeedbackRequest request = Saying(v1::FEEDBACK_KIND_COMPLAINT, service_case);
    request.mutable_feedback()->set_conduct_type("attitude");
    request.mutable_feedback()->set_engineer(engineer_);
    return request;
  }
  v1::Feedback Recorded(const v1::CreateFeedbackRequest& request) {
    return Must(Do(&FeedbackService::CreateFeedback, request));
  }
  v1::Feedback Complaint() { return Recorded(Complaining()); }

  static v1::VerifyFeedbackRequest Verifying(const std::string& name, bool confirmed = true,
                                             v1::Role role = v1::ROLE_QUALITY) {
    auto request = On<v1::VerifyFeedbackRequest>(name);
    request.set_role(role);
    request.set_confirmed(confirmed);
    request.mutable_evidence()->set_text("Two colleagues saw it.");
    return request;
  }
  static v1::ReportFeedbackRequest Reporting(const std::string& name, v1::Role to = v1::ROLE_QUALITY) {
    auto request = On<v1::ReportFeedbackRequest>(name);
    request.set_to(to);
    request.set_text("Please have a look.");
    return request;
  }
  static v1::HandleFeedbackRequest Handling(const std::string& name) {
    auto request = On<v1::HandleFeedbackRequest>(name);
    request.set_result("Apologized, and exchanged the bearing.");
    return request;
  }
  static v1::WithdrawVerificationRequest Withdrawing(const std::string& name) {
    auto request = On<v1::WithdrawVerificationRequest>(name);
    request.set_reason("They saw somebody else.");
    return request;
  }
  v1::Feedback Verified(bool confirmed = true) {
    return Must(Do(&FeedbackService::VerifyFeedback, Verifying(Complaint().name(), confirmed), kQuality));
  }

  void SetState(const std::string& service_case, v1::CaseState state) {
    Call call = office_.By(kManager);
    ASSERT_TRUE(office_.db
                    ->WriteOwn(call,
                               [&](Tx& tx) -> absl::Status {
                                 ASSIGN_OR_RETURN(v1::Case changed, Cases().Lock(tx, service_case));
                                 changed.set_state(state);
                                 return Cases().Update(tx, changed);
                               })
                    .ok());
  }

  // Refused for a reason, in a field where one is named; and nothing came of it.
  template <typename Reply>
  void ExpectRefused(const absl::StatusOr<Reply>& result, v1::ErrorReason reason, const std::string& word = "") {
    EXPECT_EQ(ReasonOf(result.status()), reason) << result.status();
    EXPECT_THAT(std::string(result.status().message()), HasSubstr(word));
  }

  CallbackOffice office_{GetParam()};
  DispatchService dispatch_;
  std::string engineer_;
};

INSTANTIATE_TEST_SUITE_P(Engines, FeedbackServiceTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

// --- CreateFeedback ---

TEST_P(FeedbackServiceTest, WhatIsSaidIsKept) {
  v1::CreateFeedbackRequest request = Saying(v1::FEEDBACK_KIND_SURVEY, office_.Accepted().name());
  request.mutable_feedback()->set_satisfied(v1::SATISFACTION_SATISFIED);
  *request.mutable_feedback()->mutable_feedback_time() = At(office_.clock.Now() - absl::Hours(2));
  const v1::Feedback made = Twice(&FeedbackService::CreateFeedback, request);
  EXPECT_TRUE(absl::StartsWith(made.name(), "feedbacks/"));
  EXPECT_EQ(made.state(), v1::FEEDBACK_STATE_RECORDED);
  EXPECT_EQ(made.recorded_by(), kTelephone.principal);
  EXPECT_EQ(made.root(), request.feedback().service_case());
  EXPECT_EQ(made.product(), office_.product.name()) << "the case's";
  v1::GetFeedbackRequest get;
  get.set_name(made.name());
  EXPECT_EQ(Must(Do(&FeedbackService::GetFeedback, get)).SerializeAsString(), made.SerializeAsString());
  const v1::Event event = office_.Newest(made.root(), v1::EVENT_TYPE_FEEDBACK_RECORDED);
  EXPECT_EQ(event.subject(), made.name());
  EXPECT_EQ(event.facts().at("feedback"), "survey");
  EXPECT_EQ(event.facts().at("satisfied"), "true");
  EXPECT_EQ(FromProto(event.time()), FromProto(made.feedback_time()));
}

TEST_P(FeedbackServiceTest, WhatNamesNoCaseCountsToItsCustomer) {
  const v1::Feedback made = Recorded(Saying(v1::FEEDBACK_KIND_OPINION));
  EXPECT_EQ(made.root(), office_.customer.name());
  EXPECT_EQ(office_.Newest(made.root(), v1::EVENT_TYPE_FEEDBACK_RECORDED).facts().at("customer_tier"), "key");
}

TEST_P(FeedbackServiceTest, ACaseThatIsArchivedLeavesItToTheCustomer) {
  const std::string service_case = office_.Accepted().name();
  const v1::Feedback before = Recorded(Complaining(service_case));
  EXPECT_EQ(before.root(), service_case);
  SetState(service_case, v1::CASE_STATE_ARCHIVED);
  EXPECT_EQ(Recorded(Saying(v1::FEEDBACK_KIND_OPINION, service_case)).root(), office_.customer.name());
  const v1::Feedback after = Must(Do(&FeedbackService::ReportFeedback, Reporting(before.name())));
  EXPECT_EQ(after.root(), office_.customer.name());
  EXPECT_EQ(office_.Events(office_.customer.name(), "feedback-reported").size(), 1u);
}

// What is owed for it is owed by the customer's side from then on, also when the case is opened again.
TEST_P(FeedbackServiceTest, WhatWasSaidOfAnArchivedCaseStaysWithTheCustomer) {
  const std::string service_case = office_.Accepted().name();
  SetState(service_case, v1::CASE_STATE_ARCHIVED);
  const v1::Feedback said = Recorded(Saying(v1::FEEDBACK_KIND_OPINION, service_case));
  SetState(service_case, v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(Must(Do(&FeedbackService::HandleFeedback, Handling(said.name()))).root(), office_.customer.name());
  EXPECT_EQ(office_.Events(office_.customer.name(), "feedback-handled").size(), 1u);
  EXPECT_EQ(Recorded(Saying(v1::FEEDBACK_KIND_OPINION, service_case)).root(), service_case);
}

TEST_P(FeedbackServiceTest, InAnyOtherStateTheCaseTakesIt) {
  const std::string service_case = office_.Open().name();
  for (const v1::CaseState state : {v1::CASE_STATE_OPEN, v1::CASE_STATE_REFUSED, v1::CASE_STATE_CLOSED}) {
    SetState(service_case, state);
    EXPECT_EQ(Recorded(Saying(v1::FEEDBACK_KIND_OPINION, service_case)).root(), service_case);
  }
}

TEST_P(FeedbackServiceTest, FeedbackPointsAtWhatBelongsTogether) {
  const auto wrong = [&](const std::function<void(v1::Feedback&)>& change, const std::string& field) {
    v1::CreateFeedbackRequest request = Complaining(office_.Accepted().name());
    change(*request.mutable_feedback());
    ExpectRefused(Do(&FeedbackService::CreateFeedback, request), v1::ERROR_REASON_REFERENCE_INVALID, field);
  };
  wrong([&](v1::Feedback& f) { f.set_customer(office_.stranger.name()); }, office_.customer.name());
  wrong([](v1::Feedback& f) { f.set_service_case("cases/C2026-999999"); }, "cases/C2026-999999");
  wrong([](v1::Feedback& f) { f.set_visit("visits/7"); }, "visits/7");
  wrong([](v1::Feedback& f) { f.set_product("products/999"); }, "products/999");
  wrong([](v1::Feedback& f) { f.set_engineer("engineers/999"); }, "engineers/999");
  v1::CreateFeedbackRequest nobody = Saying(v1::FEEDBACK_KIND_OPINION);
  nobody.mutable_feedback()->set_customer("customers/999999");
  ExpectRefused(Do(&FeedbackService::CreateFeedback, nobody), v1::ERROR_REASON_REFERENCE_INVALID, "customers/999999");
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM feedback"), 0);
}

TEST_P(FeedbackServiceTest, AVisitIsOneOfTheCase) {
  const v1::Case service_case = office_.Accepted();
  v1::CreateVisitRequest plan;
  plan.mutable_visit()->set_service_case(service_case.name());
  *plan.mutable_visit()->mutable_plan_start_time() = At(office_.clock.Now() + absl::Hours(1));
  *plan.mutable_visit()->mutable_plan_end_time() = At(office_.clock.Now() + absl::Hours(2));
  Call call = office_.By(kManager);
  v1::CreateFeedbackRequest request = Saying(v1::FEEDBACK_KIND_OPINION, service_case.name());
  request.mutable_feedback()->set_visit(Must(dispatch_.CreateVisit(call, plan)).name());
  Recorded(request);
  request.mutable_feedback()->set_service_case(office_.Accepted().name());
  ExpectRefused(Do(&FeedbackService::CreateFeedback, request), v1::ERROR_REASON_REFERENCE_INVALID, "no visit of");
}

TEST_P(FeedbackServiceTest, WhoWentThereDoesNotAnswerAComplaintAboutTheVisit) {
  const v1::Case service_case = office_.Accepted();
  v1::CreateVisitRequest plan;
  plan.mutable_visit()->set_service_case(service_case.name());
  *plan.mutable_visit()->mutable_plan_start_time() = At(office_.clock.Now() + absl::Hours(1));
  *plan.mutable_visit()->mutable_plan_end_time() = At(office_.clock.Now() + absl::Hours(2));
  Call planning = office_.By(kManager);
  auto assignment = On<v1::AssignEngineerRequest>(Must(dispatch_.CreateVisit(planning, plan)).name());
  assignment.set_engineer(engineer_);
  Call assigning = office_.By(kManager);
  Must(dispatch_.AssignEngineer(assigning, assignment));
  for (const auto kind : {v1::FEEDBACK_KIND_COMPLAINT, v1::FEEDBACK_KIND_OPINION}) {
    v1::CreateFeedbackRequest request = Saying(kind, service_case.name());
    request.mutable_feedback()->set_visit(assignment.name());
    const std::string said = Recorded(request).name();
    if (kind == v1::FEEDBACK_KIND_COMPLAINT) {
      Must(Do(&FeedbackService::ReportFeedback, Reporting(said)));
      ExpectRefused(Do(&FeedbackService::HandleFeedback, Handling(said), kAccused), v1::ERROR_REASON_OWN_SUBMISSION,
                    engineer_);
    }
    Must(Do(&FeedbackService::HandleFeedback, Handling(said),
            kind == v1::FEEDBACK_KIND_COMPLAINT ? kTelephone : kAccused));
  }
}

TEST_P(FeedbackServiceTest, TypesOfConductAreThePacks) {
  v1::CreateFeedbackRequest request = Complaining();
  request.mutable_feedback()->set_conduct_type("haircut");
  ExpectRefused(Do(&FeedbackService::CreateFeedback, request), v1::ERROR_REASON_FIELD_INVALID, "attitude, words");
  // Of a pack that lists none, any will do.
  office_.PutInForce(kLawlessPack);
  Recorded(request);
}

TEST_P(FeedbackServiceTest, WhoIsDissatisfiedIsMadeGood) {
  v1::CreateFeedbackRequest request = Saying(v1::FEEDBACK_KIND_OPINION);
  request.mutable_feedback()->set_satisfied(v1::SATISFACTION_DISSATISFIED);
  const v1::Feedback made = Recorded(request);
  const v1::Obligation owed = office_.Owed(office_.customer.name(), "make-good");
  EXPECT_EQ(owed.subject(), made.name());
  // What came of another is no answer to this one.
  Must(Do(&FeedbackService::HandleFeedback, Handling(Recorded(Saying(v1::FEEDBACK_KIND_OPINION)).name())));
  EXPECT_THAT(office_.StatesOf(office_.customer.name(), "make-good"), ElementsAre("open"));
  Must(Do(&FeedbackService::HandleFeedback, Handling(made.name())));
  EXPECT_THAT(office_.StatesOf(office_.customer.name(), "make-good"), ElementsAre("met"));
}

TEST_P(FeedbackServiceTest, WhatIsOwedForAClosedCaseIsMetByIt) {
  const std::string service_case = office_.Accepted().name();
  office_.Close(service_case);
  EXPECT_THAT(office_.OpenKinds(service_case), Contains("survey"));
  Recorded(Saying(v1::FEEDBACK_KIND_OPINION, service_case));
  EXPECT_THAT(office_.OpenKinds(service_case), Contains("survey"));
  v1::CreateFeedbackRequest survey = Saying(v1::FEEDBACK_KIND_SURVEY, service_case);
  survey.mutable_feedback()->set_satisfied(v1::SATISFACTION_SATISFIED);
  Recorded(survey);
  EXPECT_THAT(office_.OpenKinds(service_case), IsEmpty());
}

// --- ReportFeedback ---

TEST_P(FeedbackServiceTest, FeedbackIsReported) {
  const v1::Feedback complaint = Complaint();
  const v1::Feedback reported = Twice(&FeedbackService::ReportFeedback, Reporting(complaint.name()));
  ASSERT_EQ(reported.reports_size(), 1);
  EXPECT_EQ(reported.reports(0).to(), v1::ROLE_QUALITY);
  EXPECT_EQ(reported.reports(0).reported_by(), kTelephone.principal);
  const v1::Event event = office_.Newest(reported.root(), v1::EVENT_TYPE_FEEDBACK_REPORTED);
  EXPECT_EQ(event.addressee(), v1::ROLE_QUALITY);
  EXPECT_EQ(event.facts().at("addressee"), "quality");
  EXPECT_THAT(office_.StatesOf(reported.root(), "tell-quality"), ElementsAre("met"));
}

TEST_P(FeedbackServiceTest, ReportsHaveAnAddresseeABoundAndAnEtag) {
  const v1::Feedback complaint = Complaint();
  ExpectRefused(Do(&FeedbackService::ReportFeedback, Reporting(complaint.name(), v1::ROLE_CUSTOMER)),
                v1::ERROR_REASON_FIELD_INVALID, "to");
  v1::ReportFeedbackRequest stale = Reporting(complaint.name());
  stale.set_etag("77");
  ExpectRefused(Do(&FeedbackService::ReportFeedback, stale), v1::ERROR_REASON_ETAG_MISMATCH);
  ExpectRefused(Do(&FeedbackService::ReportFeedback, Reporting("feedbacks/1")), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  for (int i = 0; i < 20; ++i) Must(Do(&FeedbackService::ReportFeedback, Reporting(complaint.name())));
  ExpectRefused(Do(&FeedbackService::ReportFeedback, Reporting(complaint.name())), v1::ERROR_REASON_STATE_FORBIDS,
                "20");
  Must(Do(&FeedbackService::ReportFeedback, Reporting(complaint.name(), v1::ROLE_EXECUTIVE)));
}

// Whatever it is called: what names an engineer is not that engineer's to report or to answer.
TEST_P(FeedbackServiceTest, WhomItIsAboutKeepsOutOfAnyFeedback) {
  v1::CreateFeedbackRequest request = Saying(v1::FEEDBACK_KIND_OPINION);
  request.mutable_feedback()->set_engineer(engineer_);
  const v1::Feedback opinion = Recorded(request);
  EXPECT_EQ(opinion.accused(), kAccused.principal);
  ExpectRefused(Do(&FeedbackService::ReportFeedback, Reporting(opinion.name()), kAccused),
                v1::ERROR_REASON_OWN_SUBMISSION, "report");
  Call trial = office_.By(kAccused);
  trial.validate_only = true;
  v1::ReportFeedbackRequest validating = Reporting(opinion.name());
  validating.set_validate_only(true);
  ExpectRefused(office_.feedback->ReportFeedback(trial, validating), v1::ERROR_REASON_OWN_SUBMISSION);
  ExpectRefused(Do(&FeedbackService::HandleFeedback, Handling(opinion.name()), kAccused),
                v1::ERROR_REASON_OWN_SUBMISSION, "handle");
  Must(Do(&FeedbackService::ReportFeedback, Reporting(opinion.name())));
  Must(Do(&FeedbackService::HandleFeedback, Handling(opinion.name())));
}

TEST_P(FeedbackServiceTest, NobodyUnlinksThemselvesFromAComplaint) {
  const v1::Feedback complaint = Complaint();
  v1::UpdateEngineerRequest request;
  request.set_name(engineer_);
  Call read = office_.By(kManager);
  v1::GetEngineerRequest get;
  get.set_name(engineer_);
  *request.mutable_engineer() = Must(dispatch_.GetEngineer(read, get));
  request.set_etag(request.engineer().etag());
  request.mutable_engineer()->clear_principal();
  Call own = office_.By(kAccused);
  ExpectRefused(dispatch_.UpdateEngineer(own, request), v1::ERROR_REASON_OWN_SUBMISSION, engineer_);
  // When somebody else does, it was still about them.
  Call others = office_.By(kManager);
  Must(dispatch_.UpdateEngineer(others, request));
  ExpectRefused(
      Do(&FeedbackService::VerifyFeedback, Verifying(complaint.name(), false, v1::ROLE_SERVICE_MANAGER), kAccused),
      v1::ERROR_REASON_OWN_SUBMISSION);
  ExpectRefused(Do(&FeedbackService::ReportFeedback, Reporting(complaint.name()), kAccused),
                v1::ERROR_REASON_OWN_SUBMISSION);
}

// Somebody in the field records feedback and reads none: the answers do not show what others said.
TEST_P(FeedbackServiceTest, WhoReadsNoFeedbackIsNotToldByAnswers) {
  const Person engineer{"principals/other-engineer", {v1::ROLE_FIELD_ENGINEER}};
  v1::Feedback reported = Must(Do(&FeedbackService::ReportFeedback, Reporting(Complaint().name()), engineer));
  rpc::Masking masking;
  const auto grants = [](const std::string& permission) { return RoleGrants(v1::ROLE_FIELD_ENGINEER, permission); };
  rpc::Mask(*masking.PlanFor(reported.GetDescriptor()), grants, &reported);
  EXPECT_EQ(reported.text(), "");
  EXPECT_EQ(reported.conduct_type(), "");
  EXPECT_EQ(reported.engineer(), "");
  EXPECT_EQ(reported.person(), "");
  EXPECT_EQ(reported.reports_size(), 0);
  EXPECT_EQ(reported.kind(), v1::FEEDBACK_KIND_COMPLAINT);
}

// --- HandleFeedback ---

TEST_P(FeedbackServiceTest, WhatCameOfItIsSaidOnce) {
  const v1::Feedback opinion = Recorded(Saying(v1::FEEDBACK_KIND_OPINION));
  const v1::Feedback handled = Twice(&FeedbackService::HandleFeedback, Handling(opinion.name()));
  EXPECT_EQ(handled.handled_by(), kTelephone.principal);
  EXPECT_EQ(FromProto(handled.handle_time()), office_.clock.Now());
  ExpectRefused(Do(&FeedbackService::HandleFeedback, Handling(opinion.name())), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(FeedbackServiceTest, TheAccusedDoesNotHandleAndGatesHold) {
  const v1::Feedback complaint = Complaint();
  ExpectRefused(Do(&FeedbackService::HandleFeedback, Handling(complaint.name())), v1::ERROR_REASON_OBLIGATION_OPEN,
                "tell quality");
  Must(Do(&FeedbackService::ReportFeedback, Reporting(complaint.name())));
  ExpectRefused(Do(&FeedbackService::HandleFeedback, Handling(complaint.name()), kAccused),
                v1::ERROR_REASON_OWN_SUBMISSION, kAccused.principal);
  Must(Do(&FeedbackService::HandleFeedback, Handling(complaint.name())));
}

// --- VerifyFeedback and WithdrawVerification ---

TEST_P(FeedbackServiceTest, AComplaintIsConfirmedOrNot) {
  for (const bool confirmed : {true, false}) {
    const v1::Feedback verified =
        Twice(&FeedbackService::VerifyFeedback, Verifying(Complaint().name(), confirmed), kQuality);
    EXPECT_EQ(verified.state(), confirmed ? v1::FEEDBACK_STATE_CONFIRMED : v1::FEEDBACK_STATE_UNFOUNDED);
    EXPECT_EQ(verified.verified_by(), kQuality.principal);
    EXPECT_EQ(verified.verification().role(), v1::ROLE_QUALITY);
    const v1::Event event = office_.Newest(verified.root(), v1::EVENT_TYPE_FEEDBACK_VERIFIED);
    EXPECT_EQ(event.role(), v1::ROLE_QUALITY);
    EXPECT_EQ(event.facts().at("confirmed"), confirmed ? "true" : "false");
    EXPECT_EQ(event.facts().at("conduct"), "attitude");
    ExpectRefused(Do(&FeedbackService::VerifyFeedback, Verifying(verified.name()), kQuality),
                  v1::ERROR_REASON_STATE_FORBIDS, "recorded");
  }
}

TEST_P(FeedbackServiceTest, NobodyJudgesInTheirOwnMatter) {
  const v1::Feedback complaint = Complaint();
  ExpectRefused(
      Do(&FeedbackService::VerifyFeedback, Verifying(complaint.name(), true, v1::ROLE_SERVICE_MANAGER), kAccused),
      v1::ERROR_REASON_OWN_SUBMISSION, engineer_);
  const Person recorder{kTelephone.principal, {v1::ROLE_QUALITY}};
  ExpectRefused(Do(&FeedbackService::VerifyFeedback, Verifying(complaint.name()), recorder),
                v1::ERROR_REASON_OWN_SUBMISSION, "verify");
  // Nor in a role that is not theirs, or that the pack does not name.
  ExpectRefused(Do(&FeedbackService::VerifyFeedback, Verifying(complaint.name()), kManager),
                v1::ERROR_REASON_ROLE_MISSING, "quality");
  const Person technologist{"principals/technologist", {v1::ROLE_TECHNOLOGY}};
  ExpectRefused(
      Do(&FeedbackService::VerifyFeedback, Verifying(complaint.name(), true, v1::ROLE_TECHNOLOGY), technologist),
      v1::ERROR_REASON_ROLE_MISSING, "B-2");
  v1::VerifyFeedbackRequest empty = Verifying(complaint.name());
  empty.clear_evidence();
  ExpectRefused(Do(&FeedbackService::VerifyFeedback, empty, kQuality), v1::ERROR_REASON_FIELD_INVALID, "evidence");
  ExpectRefused(
      Do(&FeedbackService::VerifyFeedback, Verifying(Recorded(Saying(v1::FEEDBACK_KIND_OPINION)).name()), kQuality),
      v1::ERROR_REASON_STATE_FORBIDS, "no complaint about conduct");
}

TEST_P(FeedbackServiceTest, AVerificationIsTakenBack) {
  const v1::Feedback verified = Verified();
  ExpectRefused(Do(&FeedbackService::WithdrawVerification, Withdrawing(verified.name()), kAccused),
                v1::ERROR_REASON_OWN_SUBMISSION);
  const Person recorder{kTelephone.principal, {v1::ROLE_QUALITY}};
  ExpectRefused(Do(&FeedbackService::WithdrawVerification, Withdrawing(verified.name()), recorder),
                v1::ERROR_REASON_OWN_SUBMISSION, "recorded by");
  const v1::Feedback open = Twice(&FeedbackService::WithdrawVerification, Withdrawing(verified.name()), kManager);
  EXPECT_EQ(open.state(), v1::FEEDBACK_STATE_RECORDED);
  EXPECT_TRUE(open.verified_by().empty());
  EXPECT_FALSE(open.has_verification());
  EXPECT_EQ(open.withdrawn_by(), kManager.principal);
  const v1::Event event = office_.Newest(open.root(), v1::EVENT_TYPE_FEEDBACK_VERIFICATION_WITHDRAWN);
  EXPECT_EQ(event.facts().at("confirmed"), "true") << "what had been said";
  ExpectRefused(Do(&FeedbackService::WithdrawVerification, Withdrawing(verified.name()), kManager),
                v1::ERROR_REASON_STATE_FORBIDS, "confirmed");
  EXPECT_EQ(Must(Do(&FeedbackService::VerifyFeedback, Verifying(open.name(), false), kQuality)).state(),
            v1::FEEDBACK_STATE_UNFOUNDED);
}

TEST_P(FeedbackServiceTest, OfTwoWhoVerifyAtOnceOneDoes) {
  const std::string name = Complaint().name();
  absl::StatusOr<v1::Feedback> results[2];
  const Person judges[2] = {kQuality, {"principals/other", {v1::ROLE_QUALITY}}};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back(
        [&, i] { results[i] = Do(&FeedbackService::VerifyFeedback, Verifying(name, i == 0), judges[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_NE(results[0].ok(), results[1].ok());
}

// --- Lists ---

TEST_P(FeedbackServiceTest, FeedbackIsListedNewestFirst) {
  const std::string service_case = office_.Accepted().name();
  std::vector<std::string> names;
  for (const v1::FeedbackKind kind : {v1::FEEDBACK_KIND_OPINION, v1::FEEDBACK_KIND_VISIT, v1::FEEDBACK_KIND_OPINION}) {
    office_.clock.Advance(absl::Minutes(1));
    names.push_back(Recorded(Saying(kind, names.size() == 1 ? service_case : "")).name());
  }
  office_.clock.Advance(absl::Minutes(1));
  names.push_back(Verified().name());
  const auto listed = [&](const std::function<void(v1::FeedbackFilter&)>& with) {
    v1::ListFeedbacksRequest request;
    request.set_page_size(3);
    with(*request.mutable_filter());
    std::vector<std::string> all;
    do {
      const v1::ListFeedbacksResponse page = Must(Do(&FeedbackService::ListFeedbacks, request));
      for (const v1::Feedback& feedback : page.feedbacks()) all.push_back(feedback.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
  };
  EXPECT_THAT(listed([](v1::FeedbackFilter&) {}), ElementsAre(names[3], names[2], names[1], names[0]));
  EXPECT_THAT(listed([](v1::FeedbackFilter& f) { f.set_kind(v1::FEEDBACK_KIND_OPINION); }),
              ElementsAre(names[2], names[0]));
  EXPECT_THAT(listed([&](v1::FeedbackFilter& f) { f.set_service_case(service_case); }), ElementsAre(names[1]));
  EXPECT_THAT(listed([](v1::FeedbackFilter& f) { f.set_state(v1::FEEDBACK_STATE_CONFIRMED); }), ElementsAre(names[3]));
  EXPECT_THAT(listed([&](v1::FeedbackFilter& f) { f.set_engineer(engineer_); }), ElementsAre(names[3]));
  EXPECT_THAT(listed([&](v1::FeedbackFilter& f) { f.set_customer(office_.stranger.name()); }), IsEmpty());
}

// --- Callbacks ---

TEST_P(FeedbackServiceTest, ACallIsKept) {
  v1::CreateCallbackRequest request = office_.Calling(office_.customer.name(), true);
  request.mutable_callback()->set_person("Frau Li");
  request.mutable_callback()->set_satisfied(v1::SATISFACTION_DISSATISFIED);
  request.mutable_callback()->set_equipment(office_.equipment.name());
  *request.mutable_callback()->mutable_call_time() = At(office_.clock.Now() - absl::Hours(1));
  const v1::Callback made = Twice(&FeedbackService::CreateCallback, request);
  EXPECT_EQ(made.called_by(), kTelephone.principal);
  v1::GetCallbackRequest get;
  get.set_name(made.name());
  EXPECT_EQ(Must(Do(&FeedbackService::GetCallback, get)).SerializeAsString(), made.SerializeAsString());
  const v1::Event event = office_.Newest(office_.customer.name(), v1::EVENT_TYPE_CALLBACK_HELD);
  EXPECT_EQ(event.facts().at("reached"), "true");
  EXPECT_EQ(event.facts().at("satisfied"), "false");
  EXPECT_EQ(FromProto(event.time()), office_.clock.Now() - absl::Hours(1));
  EXPECT_THAT(office_.OpenKinds(office_.customer.name()), ElementsAre("make-good"));
}

TEST_P(FeedbackServiceTest, CallsAreChecked) {
  const auto wrong = [&](const std::function<void(v1::Callback&)>& change, v1::ErrorReason reason,
                         const std::string& field) {
    v1::CreateCallbackRequest request = office_.Calling(office_.customer.name(), false);
    change(*request.mutable_callback());
    ExpectRefused(Do(&FeedbackService::CreateCallback, request), reason, field);
  };
  const auto invalid = v1::ERROR_REASON_FIELD_INVALID;
  wrong([](v1::Callback& c) { c.set_person("Frau Li"); }, invalid, "callback.person");
  wrong([](v1::Callback& c) { c.set_satisfied(v1::SATISFACTION_SATISFIED); }, invalid, "callback.satisfied");
  wrong([&](v1::Callback& c) { *c.mutable_call_time() = At(office_.clock.Now() + absl::Hours(1)); }, invalid,
        "callback.call_time");
  const auto reference = v1::ERROR_REASON_REFERENCE_INVALID;
  wrong([](v1::Callback& c) { c.set_customer("customers/999999"); }, reference, "customers/999999");
  wrong([](v1::Callback& c) { c.set_equipment("equipment/999999"); }, reference, "equipment/999999");
  wrong(
      [&](v1::Callback& c) {
        c.set_customer(office_.stranger.name());
        c.set_equipment(office_.equipment.name());
      },
      reference, office_.stranger.name());
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM callback"), 0);
}

TEST_P(FeedbackServiceTest, APackMaySayWhoCalls) {
  office_.PutInForce(R"(
    name: "calls" title: "Calls" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
    only { action: "create-callback" roles: "quality" clauses: "B-9" })");
  ExpectRefused(Do(&FeedbackService::CreateCallback, office_.Calling(office_.customer.name(), true)),
                v1::ERROR_REASON_ROLE_MISSING, "B-9");
  Must(Do(&FeedbackService::CreateCallback, office_.Calling(office_.customer.name(), true), kQuality));
}

TEST_P(FeedbackServiceTest, CallsAreListedNewestFirst) {
  std::vector<std::string> names;
  for (const bool reached : {true, false, true}) {
    office_.clock.Advance(absl::Minutes(1));
    names.push_back(office_.CallBack(office_.customer.name(), reached).name());
  }
  v1::ListCallbacksRequest request;
  request.mutable_filter()->set_customer(office_.customer.name());
  v1::ListCallbacksResponse listed = Must(Do(&FeedbackService::ListCallbacks, request));
  ASSERT_EQ(listed.callbacks_size(), 3);
  EXPECT_EQ(listed.callbacks(0).name(), names[2]);
  request.mutable_filter()->set_unreached(true);
  listed = Must(Do(&FeedbackService::ListCallbacks, request));
  ASSERT_EQ(listed.callbacks_size(), 1);
  EXPECT_EQ(listed.callbacks(0).name(), names[1]);
}

// --- Calls that are due ---

TEST_P(FeedbackServiceTest, DueCallsComeInTheOrderInWhichTheyAreDue) {
  // The quarter ends on 1 October, before the month after the first installation does.
  const std::string one = office_.AddUser(), two = office_.AddUser();
  v1::ListDueCallsRequest request;
  request.set_page_size(3);
  std::vector<std::string> listed;
  do {
    const v1::ListDueCallsResponse page = Must(Do(&FeedbackService::ListDueCalls, request));
    for (const v1::DueCall& call : page.due_calls()) {
      listed.push_back(absl::StrCat(call.kind(), " of ", call.customer() == one ? "one" : "two"));
      EXPECT_EQ(call.customer_name(), "Canal Works");
      EXPECT_EQ(call.telephone(), "+86 513 0000 0000");
      EXPECT_TRUE(absl::StartsWith(call.obligation(), "obligations/"));
      EXPECT_TRUE(call.has_due_time());
      EXPECT_EQ(call.attempts(), 0);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(listed,
              ElementsAre("quarterly-call of one", "quarterly-call of two", "first-call of one", "first-call of two"));
  v1::ListDueCallsRequest soon;
  *soon.mutable_filter()->mutable_due_before_time() = At(NoonOf("2026-10-02"));
  EXPECT_EQ(Must(Do(&FeedbackService::ListDueCalls, soon)).due_calls_size(), 2);
  soon.mutable_filter()->set_customer(two);
  EXPECT_EQ(Must(Do(&FeedbackService::ListDueCalls, soon)).due_calls_size(), 1);
}

TEST_P(FeedbackServiceTest, AttemptsAreCountedSinceItIsOwed) {
  const std::string customer = office_.AddCustomer();
  office_.CallBack(customer, /*reached=*/false);  // before it was owed
  office_.clock.Advance(absl::Hours(1));
  office_.Install(customer, office_.clock.Now());
  office_.clock.Advance(absl::Hours(1));
  office_.CallBack(customer, /*reached=*/false);
  office_.clock.Advance(absl::Hours(1));
  const v1::Callback last = office_.CallBack(customer, /*reached=*/false);
  v1::ListDueCallsRequest request;
  request.mutable_filter()->set_customer(customer);
  const v1::ListDueCallsResponse due = Must(Do(&FeedbackService::ListDueCalls, request));
  ASSERT_EQ(due.due_calls_size(), 2);
  for (const v1::DueCall& call : due.due_calls()) {
    EXPECT_EQ(call.attempts(), 2) << call.kind();
    EXPECT_EQ(FromProto(call.last_attempt_time()), FromProto(last.call_time()));
  }
  office_.CallBack(customer);
  EXPECT_EQ(Must(Do(&FeedbackService::ListDueCalls, request)).due_calls_size(), 0);
}

TEST_P(FeedbackServiceTest, APageTokenThatWasMadeUpIsRefused) {
  v1::ListDueCallsRequest request;
  request.set_page_token("bm90IGEgdG9rZW4");
  EXPECT_FALSE(Do(&FeedbackService::ListDueCalls, request).ok());
}

// What is owed to a customer is waived like anything else, by whom its rule names.
TEST_P(FeedbackServiceTest, ACallIsWaived) {
  const std::string customer = office_.AddUser();
  v1::WaiveObligationRequest request;
  request.set_name(office_.Owed(customer, "first-call").name());
  request.set_role(v1::ROLE_SERVICE_MANAGER);
  request.set_reason("The customer wants no calls.");
  Call call = office_.By(kManager);
  Must(office_.policy->WaiveObligation(call, request));
  EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("quarterly-call"));
}

TEST_P(FeedbackServiceTest, PersonsAreMasked) {
  rpc::Masking masking;
  const auto masked = [&](auto message) {
    const rpc::MaskPlan* plan = masking.PlanFor(message.GetDescriptor());
    EXPECT_NE(plan, nullptr);
    const auto grants = [](const std::string& permission) { return permission != rpc::kPersonalPermission; };
    if (plan != nullptr) rpc::Mask(*plan, grants, &message);
    return message;
  };
  EXPECT_EQ(masked(Complaint()).person(), "***");
  const std::string customer = office_.AddUser();
  v1::CreateCallbackRequest request = office_.Calling(office_.customer.name(), true);
  request.mutable_callback()->set_person("Frau Li");
  EXPECT_EQ(masked(Must(Do(&FeedbackService::CreateCallback, request))).person(), "***");
  const auto due = masked(Must(Do(&FeedbackService::ListDueCalls, v1::ListDueCallsRequest())));
  ASSERT_GT(due.due_calls_size(), 0);
  EXPECT_EQ(due.due_calls(0).telephone(), "***");
  EXPECT_EQ(due.due_calls(0).customer_name(), "Canal Works");
}

}  // namespace
}  // namespace aftersales
