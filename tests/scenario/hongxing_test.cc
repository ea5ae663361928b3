// The Hongxing procedure, clause by clause, against the server process.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/company.h"

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

  v1::Contact Register(absl::Duration ago) {
    v1::CreateContactRequest request;
    v1::Contact& contact = *request.mutable_contact();
    contact.set_channel(v1::CHANNEL_TELEPHONE);
    contact.set_company("Example Tramway Works");
    contact.set_person("Workshop");
    contact.set_telephone("+86 431 0000 0000");
    contact.set_product_type("Brake unit BU-7");
    contact.add_nonconforming_items("release valve");
    contact.set_text("The brake does not release.");
    *contact.mutable_notice_time() = ToProto(company().server().Now() - ago);
    auto created = company().As(v1::ROLE_CUSTOMER_SERVICE).cases().CreateContact(request);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Contact());
  }

  absl::Status Answer(Client& client, const std::string& contact) {
    v1::AnswerContactRequest request;
    request.set_name(contact);
    request.set_answer("An engineer will be with you tomorrow morning.");
    return client.cases().AnswerContact(request).status();
  }

  std::vector<v1::Obligation> Owed(const std::string& root) {
    v1::ListObligationsRequest request;
    request.mutable_filter()->set_root(root);
    auto listed = company().As(v1::ROLE_QUALITY).policy().ListObligations(request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return {};
    return {listed->obligations().begin(), listed->obligations().end()};
  }

  v1::Obligation OwedOfKind(const std::string& root, const std::string& kind) {
    for (const v1::Obligation& owed : Owed(root)) {
      if (owed.kind() == kind) return owed;
    }
    ADD_FAILURE() << "nothing of kind " << kind << " is owed for " << root;
    return {};
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Hongxing, ::testing::Values("sqlite", "mysql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Hongxing, OnePackServesTheCompany) {
  Company without(GetParam(), "");
  v1::CreateContactRequest request;
  request.mutable_contact()->set_channel(v1::CHANNEL_LETTER);
  request.mutable_contact()->set_company("Example Tramway Works");
  request.mutable_contact()->set_text("A question.");
  const absl::Status refused = without.As(v1::ROLE_QUALITY).cases().CreateContact(request).status();
  company().Shown("HX-2", "not", ErrorReasonOf(refused) == v1::ERROR_REASON_NO_POLICY, std::string(refused.message()));
  const auto created = company().As(v1::ROLE_QUALITY).cases().CreateContact(request);
  company().Shown("HX-2", "holds", created.ok() && created->policy_version().find("hongxing") != std::string::npos,
                  created.status().ToString());
}

TEST_P(Hongxing, OnlyQualityAndSalesSpeakWithTheCustomer) {
  const v1::Contact contact = Register(absl::Minutes(10));
  company().Refused("HX-3.1", Answer(company().As(v1::ROLE_SERVICE_MANAGER), contact.name()),
                    v1::ERROR_REASON_ROLE_MISSING);
  company().Allowed("HX-3.1", Answer(company().As(v1::ROLE_QUALITY), contact.name()));
}

TEST_P(Hongxing, TheContactIsRecordedWithAllItsParticulars) {
  const v1::Contact contact = Register(absl::Minutes(30));
  company().Restart();
  v1::GetContactRequest request;
  request.set_name(contact.name());
  const auto read = company().As(v1::ROLE_QUALITY).cases().GetContact(request);
  ASSERT_TRUE(read.ok()) << read.status();
  company().Shown("HX-5.1b", "read-back",
                  read->company() == "Example Tramway Works" && read->telephone() == "+86 431 0000 0000" &&
                      read->product_type() == "Brake unit BU-7" && read->nonconforming_items_size() == 1 &&
                      read->person() == "Workshop",
                  read->DebugString());
}

TEST_P(Hongxing, TheReplyIsDueTwoHoursAfterTheCallWhenEverItWasEntered) {
  const v1::Contact late = Register(absl::Hours(3));
  const v1::Obligation owed = OwedOfKind(late.name(), "first-reply");
  EXPECT_EQ(FromProto(owed.due_time()), FromProto(late.notice_time()) + absl::Hours(2));
  EXPECT_EQ(FromProto(owed.warn_time()), FromProto(late.notice_time()) + absl::Minutes(90));
  EXPECT_EQ(owed.owner(), v1::ROLE_QUALITY);
  EXPECT_TRUE(owed.stated());
  ASSERT_TRUE(Answer(company().As(v1::ROLE_QUALITY), late.name()).ok());
  EXPECT_EQ(OwedOfKind(late.name(), "first-reply").state(), v1::OBLIGATION_STATE_LATE_MET);

  const v1::Contact timely = Register(absl::Minutes(119));
  ASSERT_TRUE(Answer(company().As(v1::ROLE_QUALITY), timely.name()).ok());
  EXPECT_EQ(OwedOfKind(timely.name(), "first-reply").state(), v1::OBLIGATION_STATE_MET);
}

TEST_P(Hongxing, WhatNoRuleLetsAnybodyWaiveIsNotWaived) {
  v1::WaiveObligationRequest waive;
  waive.set_name(OwedOfKind(Register(absl::Minutes(1)).name(), "first-reply").name());
  waive.set_reason("Busy.");
  waive.set_role(v1::ROLE_QUALITY);
  const absl::Status refused = company().As(v1::ROLE_QUALITY).policy().WaiveObligation(waive).status();
  EXPECT_EQ(ErrorReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_NE(refused.message().find("cannot be waived"), absl::string_view::npos) << refused;
}

TEST_P(Hongxing, ArrivalIsDueByTheCustomersDeadlineOrAfterADay) {
  const v1::Case plain = company().AcceptedCase("A", absl::Hours(1));
  EXPECT_EQ(FromProto(OwedOfKind(plain.name(), "on-site-handling").due_time()),
            FromProto(plain.notice_time()) + absl::Hours(24));

  v1::CreateCaseRequest request;
  request.mutable_service_case()->set_subject(v1::CASE_SUBJECT_PRODUCT);
  request.mutable_service_case()->set_customer(company().customer());
  request.mutable_service_case()->set_description("Door stuck.");
  const absl::Time deadline = FromProto(ToProto(company().server().Now() + absl::Hours(6)));
  *request.mutable_service_case()->mutable_customer_deadline() = ToProto(deadline);
  const auto opened = company().As(v1::ROLE_CUSTOMER_SERVICE).cases().CreateCase(request);
  ASSERT_TRUE(opened.ok()) << opened.status();
  v1::AcceptCaseRequest accept;
  accept.set_name(opened->name());
  accept.set_service_mode(v1::SERVICE_MODE_ON_SITE);
  ASSERT_TRUE(company().As(v1::ROLE_QUALITY).cases().AcceptCase(accept).ok());
  EXPECT_EQ(FromProto(OwedOfKind(opened->name(), "on-site-handling").due_time()), deadline);

  const v1::Visit visit = company().AssignedVisit(plain.name());
  v1::CheckInVisitRequest check_in;
  check_in.set_name(visit.name());
  ASSERT_TRUE(company().As(v1::ROLE_FIELD_ENGINEER).dispatch().CheckInVisit(check_in).ok());
  EXPECT_EQ(OwedOfKind(plain.name(), "on-site-handling").state(), v1::OBLIGATION_STATE_MET);
}

TEST_P(Hongxing, EveryObligationExplainsItself) {
  const v1::Contact contact = Register(absl::Minutes(20));
  v1::ExplainObligationRequest request;
  request.set_name(OwedOfKind(contact.name(), "first-reply").name());
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

TEST_P(Hongxing, ClassCStartsWithThreeApprovalsOfASolutionThatTheCustomerConfirmed) {
  const Company::OnSite skipped = company().CheckedIn("C");
  const absl::Status no_solution = company().StartWork(skipped.visit.name());
  company().Skipped("HX-4.C1", no_solution);
  company().Skipped("HX-4.C2", no_solution);

  company().ApprovedSolution(skipped.service_case.name(), {v1::ROLE_TECHNOLOGY, v1::ROLE_QUALITY}, /*confirmed=*/true);
  const absl::Status two_approvals = company().StartWork(skipped.visit.name());
  company().Refused("HX-4.C1", two_approvals);
  EXPECT_EQ(PreconditionViolations(two_approvals).size(), 1u) << two_approvals;

  // A new proposal starts anew: the approvals of the one before do not count for it.
  company().ApprovedSolution(skipped.service_case.name(),
                             {v1::ROLE_TECHNOLOGY, v1::ROLE_QUALITY, v1::ROLE_PRODUCTION}, /*confirmed=*/false);
  company().Refused("HX-4.C2", company().StartWork(skipped.visit.name()));

  company().ApprovedSolution(skipped.service_case.name(),
                             {v1::ROLE_TECHNOLOGY, v1::ROLE_QUALITY, v1::ROLE_PRODUCTION}, /*confirmed=*/true);
  const absl::Status started = company().StartWork(skipped.visit.name());
  company().Allowed("HX-4.C1", started);
  company().Allowed("HX-4.C2", started);
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

TEST_P(Hongxing, NobodyLeavesBeforeTheWorkIsFinishedAndTheCustomerSatisfied) {
  const Company::OnSite on_site = company().CheckedIn("A");
  const absl::Status at_once = company().CheckOut(on_site.visit.name());
  for (const char* clause : {"HX-4.A", "HX-5.1e", "HX-5.2d"}) company().Skipped(clause, at_once);
  EXPECT_EQ(PreconditionViolations(at_once).size(), 2u) << at_once;

  ASSERT_TRUE(company().StartWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().RecordWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().CompleteWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().Satisfied(on_site.visit.name(), false).ok());
  const absl::Status unsatisfied = company().CheckOut(on_site.visit.name());
  for (const char* clause : {"HX-4.A", "HX-5.1e", "HX-5.2d"}) company().Refused(clause, unsatisfied);
  EXPECT_EQ(PreconditionViolations(unsatisfied).size(), 1u) << unsatisfied;

  ASSERT_TRUE(company().Satisfied(on_site.visit.name(), true).ok());
  const absl::Status left = company().CheckOut(on_site.visit.name());
  for (const char* clause : {"HX-4.A", "HX-5.1e", "HX-5.2d"}) company().Allowed(clause, left);
}

TEST_P(Hongxing, AWaiverOpensTheLeaveGateForARoleThatTheRuleNames) {
  const Company::OnSite on_site = company().CheckedIn("A");
  ASSERT_TRUE(company().StartWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().CompleteWork(on_site.visit.name()).ok());
  v1::WaiveObligationRequest waive;
  waive.set_name(OwedOfKind(on_site.service_case.name(), "customer-satisfied").name());
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

TEST_P(Hongxing, TheVerificationListIsFiledBeforeTheCaseIsClosed) {
  const Company::OnSite on_site = company().CheckedIn("A");
  company().Skipped("HX-5.4a", company().Close(on_site.service_case.name()));
  ASSERT_TRUE(company().StartWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().CompleteWork(on_site.visit.name()).ok());
  ASSERT_TRUE(company().Satisfied(on_site.visit.name(), true).ok());
  ASSERT_TRUE(company().CheckOut(on_site.visit.name()).ok());
  company().Refused("HX-5.4a", company().Close(on_site.service_case.name()));
  ASSERT_TRUE(company().FileDocument(on_site.service_case.name(), "letter").ok());
  EXPECT_FALSE(company().Close(on_site.service_case.name()).ok()) << "any document opened the gate";
  ASSERT_TRUE(company().FileDocument(on_site.service_case.name(), "verification-list").ok());
  company().Allowed("HX-5.4a", company().Close(on_site.service_case.name()));
  EXPECT_FALSE(company().Close(on_site.service_case.name()).ok()) << "closed twice";
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

TEST_P(Hongxing, TheOrderToHandleOnSiteIsKept) {
  const v1::Visit visit = company().AssignedVisit(company().AcceptedCase("A").name());
  company().Restart();
  v1::GetVisitRequest request;
  request.set_name(visit.name());
  const auto read = company().As(v1::ROLE_QUALITY).dispatch().GetVisit(request);
  ASSERT_TRUE(read.ok()) << read.status();
  company().Shown("HX-5.1d", "read-back",
                  read->engineer() == company().engineer() &&
                      read->plan() == "Exchange the release valve, as the customer asks." &&
                      read->plan_start_time().seconds() == visit.plan_start_time().seconds(),
                  read->DebugString());
}

// The kinds of obligations that hold a step shut.
std::set<std::string> KindsIn(const absl::Status& refusal) {
  std::set<std::string> kinds;
  for (const PreconditionViolation& violation : PreconditionViolations(refusal)) kinds.insert(violation.type);
  return kinds;
}

// No rule is hard-coded: without a rule exactly its refusals are gone.
TEST_P(Hongxing, DeletingOneRuleChangesWhatIsRefused) {
  // A class C case is walked through its gates; what each refuses is noted with the step.
  const auto refusals = [](Company& company) {
    std::set<std::string> found;
    const auto note = [&](const std::string& step, const absl::Status& status) {
      for (const std::string& kind : KindsIn(status)) found.insert(step + ": " + kind);
      if (ErrorReasonOf(status) == v1::ERROR_REASON_ROLE_MISSING) found.insert(step);
    };
    v1::CreateContactRequest contact;
    contact.mutable_contact()->set_channel(v1::CHANNEL_FAX);
    contact.mutable_contact()->set_company("Example Tramway Works");
    contact.mutable_contact()->set_text("The brake does not release.");
    note("create-contact", company.As(v1::ROLE_SERVICE_MANAGER).cases().CreateContact(contact).status());
    const auto registered = company.As(v1::ROLE_QUALITY).cases().CreateContact(contact);
    EXPECT_TRUE(registered.ok()) << registered.status();
    v1::AnswerContactRequest answer;
    answer.set_name(registered->name());
    answer.set_answer("Tomorrow.");
    note("answer-contact", company.As(v1::ROLE_SERVICE_MANAGER).cases().AnswerContact(answer).status());
    v1::ListObligationsRequest owed;
    owed.mutable_filter()->set_root(registered->name());
    const auto listed = company.As(v1::ROLE_QUALITY).policy().ListObligations(owed);
    for (const v1::Obligation& o : listed->obligations()) found.insert("owed: " + o.kind());

    const v1::Case accepted = company.AcceptedCase("C");
    note("close before arrival", company.Close(accepted.name()));
    v1::CheckInVisitRequest check_in;
    const v1::Visit visit = company.AssignedVisit(accepted.name());
    check_in.set_name(visit.name());
    EXPECT_TRUE(company.As(v1::ROLE_FIELD_ENGINEER).dispatch().CheckInVisit(check_in).ok());
    note("start-work", company.StartWork(visit.name()));
    note("check-out-visit", company.CheckOut(visit.name()));
    company.ApprovedSolution(accepted.name(), {v1::ROLE_TECHNOLOGY, v1::ROLE_QUALITY, v1::ROLE_PRODUCTION}, true);
    (void)company.StartWork(visit.name());
    EXPECT_TRUE(company.CompleteWork(visit.name()).ok());
    note("close-case", company.Close(accepted.name()));
    return found;
  };
  Company company(GetParam(), PackText("hongxing"));
  const std::set<std::string> all = refusals(company);
  std::string what;
  int rules = 0;
  for (int i = 0; !PackWithoutRule("hongxing", i, &what).empty(); ++i, ++rules) {
    company.UsePack(PackWithoutRule("hongxing", i, &what));
    const std::set<std::string> fewer = refusals(company);
    std::set<std::string> gone, come;
    std::set_difference(all.begin(), all.end(), fewer.begin(), fewer.end(), std::inserter(gone, gone.end()));
    std::set_difference(fewer.begin(), fewer.end(), all.begin(), all.end(), std::inserter(come, come.end()));
    EXPECT_FALSE(gone.empty()) << "without the rule " << what << " the same is refused";
    for (const std::string& refusal : gone) EXPECT_NE(refusal.find(what), std::string::npos) << refusal << " without " << what;
    EXPECT_TRUE(come.empty()) << *come.begin() << " is refused without " << what;
  }
  EXPECT_GE(rules, 11);
}

}  // namespace
}  // namespace aftersales::testing
