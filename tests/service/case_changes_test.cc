// Cases from opening to close: what the directory tells of them, changes, pauses, escalations and reopening, on both
// engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CaseChangesTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  v1::UpdateCaseRequest Updating(const v1::Case& service_case) {
    auto request = On<v1::UpdateCaseRequest>(service_case.name(), service_case.etag());
    *request.mutable_service_case() = service_case;
    return request;
  }
  absl::StatusOr<v1::Case> Pause(const std::string& name, std::optional<absl::Time> start = std::nullopt) {
    auto request = On<v1::PauseCaseRequest>(name);
    request.set_cause(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
    request.set_reason("The depot is closed.");
    request.mutable_evidence()->set_reference("letter 7");
    if (start.has_value()) *request.mutable_start_time() = At(*start);
    return office_.Do(&CaseService::PauseCase, request);
  }
  absl::StatusOr<v1::Case> Resume(const std::string& name, std::optional<absl::Time> time = std::nullopt) {
    auto request = On<v1::ResumeCaseRequest>(name);
    if (time.has_value()) *request.mutable_resume_time() = At(*time);
    return office_.Do(&CaseService::ResumeCase, request);
  }
  absl::StatusOr<v1::Case> Reopen(const std::string& name) {
    auto request = On<v1::ReopenCaseRequest>(name);
    request.set_reason("It squeals again.");
    return office_.Do(&CaseService::ReopenCase, request);
  }
  absl::StatusOr<v1::Case> Escalate(const std::string& name, v1::Role to = v1::ROLE_EXECUTIVE) {
    auto request = On<v1::EscalateCaseRequest>(name);
    request.set_to(to);
    request.set_reason("The customer threatens to leave.");
    return office_.Do(&CaseService::EscalateCase, request, kDesigner);
  }
  absl::StatusOr<v1::Case> CloseIt(const std::string& name) {
    auto request = On<v1::CloseCaseRequest>(name);
    request.set_resolution("Done.");
    return office_.Do(&CaseService::CloseCase, request);
  }

  static v1::GetCaseRequest GetOf(const std::string& name) {
    v1::GetCaseRequest request;
    request.set_name(name);
    return request;
  }

  CaseOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, CaseChangesTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(CaseChangesTest, ACaseTakesOverWhatTheDirectoryKnowsOfItsParties) {
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_type("complaint");
  opening.mutable_service_case()->set_severity(v1::SEVERITY_CRITICAL);
  v1::Case service_case = office_.Open(opening);
  EXPECT_EQ(service_case.product(), office_.product.name());
  EXPECT_EQ(service_case.tier(), "far") << "the customer's main region";
  EXPECT_EQ(service_case.facts().customer_tier(), "key");
  EXPECT_TRUE(service_case.facts().key_product());
  EXPECT_FALSE(service_case.facts().large_scale());
  EXPECT_TRUE(service_case.facts().commissioned());
  EXPECT_EQ(service_case.coverage().warranty(), v1::WARRANTY_STATE_RUNNING);
  EXPECT_EQ(service_case.coverage().contract(), office_.contract.name());
  EXPECT_EQ(service_case.coverage().provision(), "8.2");
  EXPECT_EQ(service_case.coverage().decision(), v1::COVERAGE_DECISION_NOT_COVERED) << "the cause is not known yet";
  const v1::Event event = office_.Newest(service_case.name(), v1::EVENT_TYPE_CASE_OPENED);
  for (const auto& [fact, value] : std::map<std::string, std::string>{{"subject", "product"},
                                                                      {"type", "complaint"},
                                                                      {"severity", "critical"},
                                                                      {"emergency", "false"},
                                                                      {"tier", "far"},
                                                                      {"customer_tier", "key"},
                                                                      {"key_product", "true"},
                                                                      {"large_scale", "false"},
                                                                      {"equipment_known", "true"},
                                                                      {"commissioned", "true"},
                                                                      {"in_warranty", "true"},
                                                                      {"covered", "false"}}) {
    ASSERT_EQ(event.facts().count(fact), 1u) << fact;
    EXPECT_EQ(event.facts().at(fact), value) << fact;
  }
  opening.mutable_service_case()->set_site(office_.site.name());
  EXPECT_EQ(office_.Open(opening).tier(), "near") << "its own site's region";

  opening.mutable_service_case()->clear_equipment();
  service_case = office_.Open(opening);
  EXPECT_EQ(service_case.product(), "");
  EXPECT_EQ(service_case.coverage().warranty(), v1::WARRANTY_STATE_UNKNOWN);
  EXPECT_EQ(office_.Newest(service_case.name(), v1::EVENT_TYPE_CASE_OPENED).facts().at("equipment_known"), "false");
}

TEST_P(CaseChangesTest, ACaseOfPartiesThatDoNotBelongTogetherIsNotOpened) {
  const auto refused = [&](auto spoil) {
    auto opening = office_.Opening();
    spoil(*opening.mutable_service_case());
    return ReasonOf(office_.Do(&CaseService::CreateCase, opening, kTelephone).status());
  };
  EXPECT_EQ(refused([](v1::Case& c) { c.set_customer("customers/0"); }), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(refused([](v1::Case& c) { c.set_equipment("equipment/0"); }), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(refused([&](v1::Case& c) { c.set_customer(office_.stranger.name()); }), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(refused([](v1::Case& c) { c.set_site("sites/0"); }), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(refused([&](v1::Case& c) {
              c.set_customer(office_.stranger.name());
              c.clear_equipment();
              c.set_site(office_.site.name());
            }),
            v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(refused([](v1::Case& c) { c.set_type("gossip"); }), v1::ERROR_REASON_FIELD_INVALID);
  auto foreign = office_.Contacting();
  foreign.mutable_contact()->set_customer(office_.stranger.name());
  const std::string contact = office_.Contact(foreign).name();
  EXPECT_EQ(refused([&](v1::Case& c) { c.set_contact(contact); }), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(refused([&](v1::Case& c) { *c.mutable_notice_time() = At(office_.clock.Now() + absl::Hours(1)); }),
            v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(CaseChangesTest, ACaseIsReplacedAndJudgedAgain) {
  auto opening = office_.Opening();
  opening.mutable_service_case()->clear_equipment();
  const v1::Case before = office_.Open(opening);
  v1::UpdateCaseRequest request = Updating(before);
  v1::Case& wanted = *request.mutable_service_case();
  wanted.set_type("complaint");
  wanted.set_severity(v1::SEVERITY_MAJOR);
  wanted.set_emergency(true);
  wanted.set_site(office_.site.name());
  wanted.set_equipment(office_.equipment.name());
  wanted.set_description("It smokes.");
  wanted.clear_nonconforming_items();
  wanted.add_nonconforming_items("Caliper");
  *wanted.mutable_customer_deadline() = At(office_.clock.Now() + absl::Hours(6));
  // What only the server sets is not taken over.
  wanted.set_charged(true);
  wanted.set_remedy(v1::REMEDY_GOODWILL);
  const v1::Case after = Must(office_.Do(&CaseService::UpdateCase, request, kTelephone));
  EXPECT_EQ(after.description(), "It smokes.");
  EXPECT_TRUE(after.emergency());
  EXPECT_EQ(after.tier(), "near");
  EXPECT_EQ(after.product(), office_.product.name());
  EXPECT_EQ(after.coverage().warranty(), v1::WARRANTY_STATE_RUNNING);
  EXPECT_FALSE(after.charged());
  EXPECT_EQ(after.remedy(), v1::REMEDY_UNSPECIFIED);
  EXPECT_EQ(FromProto(after.notice_time()), FromProto(before.notice_time()));
  const v1::Event event = office_.Newest(after.name(), v1::EVENT_TYPE_CASE_CHANGED);
  EXPECT_EQ(event.facts().at("emergency"), "true");
  EXPECT_EQ(event.facts().at("tier"), "near");
  EXPECT_EQ(FromProto(event.customer_deadline()), office_.clock.Now() + absl::Hours(6));

  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::UpdateCase, request, kTelephone).status()),
            v1::ERROR_REASON_ETAG_MISMATCH);
  const auto refused = [&](auto spoil) {
    v1::UpdateCaseRequest spoilt = Updating(after);
    spoil(*spoilt.mutable_service_case());
    return ReasonOf(office_.Do(&CaseService::UpdateCase, spoilt, kTelephone).status());
  };
  EXPECT_EQ(refused([&](v1::Case& c) { c.set_customer(office_.stranger.name()); }), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([&](v1::Case& c) { c.set_equipment(office_.other_equipment.name()); }),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([](v1::Case& c) { c.set_contact("contacts/1"); }), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([&](v1::Case& c) { *c.mutable_notice_time() = At(office_.clock.Now()); }),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([](v1::Case& c) { *c.mutable_customer_deadline() = c.notice_time(); }),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([](v1::Case& c) { c.set_type("gossip"); }), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(office_.Get(after.name()).SerializeAsString(), after.SerializeAsString()) << "a refusal changed it";
}

constexpr char kVisitRule[] = R"(
  obligation {
    kind: "visit" title: "Be there" clauses: "T-20" on: ["case-opened", "case-changed"]
    where { severity: ["major", "critical"] } by: "field_engineer"
    within { customer_deadline: true hours: 4 where { severity: "critical" } } within { customer_deadline: true hours: 48 }
    met_by { event: "visit-checked-in" } escalate { overdue_minutes: 0 to: "service_manager" }
    escalate { overdue_minutes: 60 to: "executive" } escalate { overdue_minutes: 90 to: "executive" }
  })";

TEST_P(CaseChangesTest, AChangeByWhichSomethingFallsAwayOrIsPutOffNeedsAReasonAndIsTold) {
  CaseOffice office(GetParam(), absl::StrCat(kOfficePack, kVisitRule).c_str());
  auto opening = office.Opening();
  opening.mutable_service_case()->set_severity(v1::SEVERITY_CRITICAL);
  const std::string name = office.Open(opening).name();
  const auto change = [&](v1::Severity severity, const std::string& reason) {
    v1::UpdateCaseRequest request = Updating(office.Get(name));
    request.mutable_service_case()->set_severity(severity);
    request.set_reason(reason);
    return office.Do(&CaseService::UpdateCase, request, kTelephone).status();
  };
  for (const v1::Severity severity : {v1::SEVERITY_MAJOR, v1::SEVERITY_MINOR}) {
    const absl::Status status = change(severity, "");
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID);
    EXPECT_THAT(std::string(status.message()), HasSubstr("reason"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("\"Be there\""));
    EXPECT_EQ(office.Get(name).severity(), v1::SEVERITY_CRITICAL);
  }
  ASSERT_TRUE(change(v1::SEVERITY_MAJOR, "The line runs again.").ok());
  EXPECT_EQ(office.Newest(name, v1::EVENT_TYPE_CASE_CHANGED).reason(), "The line runs again.");
  const v1::Event put_off = office.Newest(name, v1::EVENT_TYPE_OBLIGATION_CHANGED);
  EXPECT_EQ(put_off.addressee(), v1::ROLE_FIELD_ENGINEER);
  EXPECT_THAT(put_off.copies(), ElementsAre(v1::ROLE_SERVICE_MANAGER, v1::ROLE_EXECUTIVE));
  EXPECT_TRUE(change(v1::SEVERITY_CRITICAL, "").ok()) << "more haste needs no reason";
  EXPECT_EQ(office.Newest(name, v1::EVENT_TYPE_OBLIGATION_CHANGED).copies_size(), 0);
  ASSERT_TRUE(change(v1::SEVERITY_MINOR, "A scratch.").ok());
  EXPECT_THAT(office.Newest(name, v1::EVENT_TYPE_OBLIGATION_ENDED).copies(),
              ElementsAre(v1::ROLE_SERVICE_MANAGER, v1::ROLE_EXECUTIVE));
  EXPECT_TRUE(change(v1::SEVERITY_CRITICAL, "").ok());
  EXPECT_THAT(office.OpenKinds(name), ElementsAre("visit"));
  EXPECT_EQ(FromProto(office.Owed(name, "visit").due_time()),
            FromProto(office.Owed(name, "visit").since_time()) + absl::Hours(4))
      << "the clock was not interrupted";
}

// What is read of a case is bounded, so what it owes is, too: nothing hides behind so much that it is not read.
TEST_P(CaseChangesTest, ACaseOwesNoMoreThanIsReadOfIt) {
  std::string pack = kOfficePack;
  for (int i = 0; i < 250; ++i) {
    absl::StrAppend(&pack, "obligation { kind: 'many-", i,
                    "' clauses: 'T-30' on: 'case-opened' where { emergency: 'true' } ",
                    "by: 'quality' met_by { event: 'case-closed' } }\n");
  }
  CaseOffice office(GetParam(), pack.c_str());
  auto opening = office.Opening();
  opening.mutable_service_case()->set_emergency(true);
  const std::string name = office.Open(opening).name();
  absl::Status status;
  int changes = 0;
  for (; status.ok() && changes < 100; ++changes) {
    v1::UpdateCaseRequest request = Updating(office.Get(name));
    request.mutable_service_case()->set_emergency(!request.service_case().emergency());
    request.set_reason("To and fro.");
    status = office.Do(&CaseService::UpdateCase, request, kTelephone).status();
  }
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(status.message()), HasSubstr("4000 things"));
  EXPECT_EQ(changes, 32) << "sixteen times 250 are the most";
  EXPECT_FALSE(office.Get(name).emergency()) << "a refusal changed it";
}

TEST_P(CaseChangesTest, ATrialUsesUpNoTrackingNumber) {
  const std::string before = office_.Open().name();
  for (int i = 0; i < 3; ++i) {
    Call trial = office_.By(kTelephone);
    trial.validate_only = true;
    EXPECT_THAT(Must(office_.cases->CreateCase(trial, office_.Opening())).name(), ::testing::EndsWith("-000000"));
  }
  const std::string after = office_.Open().name();
  EXPECT_EQ(std::stoi(after.substr(after.size() - 6)), std::stoi(before.substr(before.size() - 6)) + 1);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::GetCase, GetOf("cases/C2026-000000")).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(CaseChangesTest, HowItIsServedChangesOnlyOnceAccepted) {
  v1::Case service_case = office_.Open();
  v1::UpdateCaseRequest request = Updating(service_case);
  request.set_service_mode(v1::SERVICE_MODE_RETURN);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::UpdateCase, request).status()), v1::ERROR_REASON_STATE_FORBIDS);
  service_case = office_.Accept(service_case);
  request = Updating(service_case);
  EXPECT_EQ(Must(office_.Do(&CaseService::UpdateCase, request)).service_mode(), v1::SERVICE_MODE_ON_SITE)
      << "left as it is";
  request.set_service_mode(v1::SERVICE_MODE_RETURN);
  request.set_etag(office_.Get(service_case.name()).etag());
  EXPECT_EQ(Must(office_.Do(&CaseService::UpdateCase, request)).service_mode(), v1::SERVICE_MODE_RETURN);
  EXPECT_EQ(office_.Newest(service_case.name(), v1::EVENT_TYPE_CASE_CHANGED).facts().at("service_mode"), "return");
}

TEST_P(CaseChangesTest, HowItIsServedIsChangedOnlyByWhoCouldAcceptIt) {
  const v1::Case service_case = office_.Accepted();
  v1::UpdateCaseRequest request = Updating(service_case);
  request.set_service_mode(v1::SERVICE_MODE_RETURN);
  const Person erp{"principals/erp", {v1::ROLE_INTEGRATION}};
  for (const Person& person : {kTelephone, erp}) {
    const absl::Status status = office_.Do(&CaseService::UpdateCase, request, person).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << person.principal;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_PERMISSION_MISSING);
    EXPECT_EQ(MetadataOf(status)["permission"], "cases.accept");
    EXPECT_THAT(MetadataOf(status)["roles"], HasSubstr("service_manager"));
  }
  EXPECT_EQ(office_.Get(service_case.name()).SerializeAsString(), service_case.SerializeAsString());
  request.set_service_mode(v1::SERVICE_MODE_ON_SITE);
  EXPECT_TRUE(office_.Do(&CaseService::UpdateCase, request, kTelephone).ok()) << "as it is served already";

  // The pack names who accepts.
  CaseOffice strict(
      GetParam(),
      absl::StrCat(kOfficePack, "only { action: 'accept-case' roles: 'service_manager' clauses: 'T-20' }").c_str());
  const v1::Case accepted = strict.Accepted();
  request = Updating(accepted);
  request.set_service_mode(v1::SERVICE_MODE_RETURN);
  EXPECT_EQ(ReasonOf(strict.Do(&CaseService::UpdateCase, request, kQuality).status()), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(Must(strict.Do(&CaseService::UpdateCase, request)).service_mode(), v1::SERVICE_MODE_RETURN);
}

TEST_P(CaseChangesTest, ACaseIsNotReportedLaterThanTheContactThatItIsOpenedFrom) {
  const v1::Contact contact = office_.Contact();
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_contact(contact.name());
  *opening.mutable_service_case()->mutable_notice_time() = At(FromProto(contact.notice_time()) + absl::Microseconds(1));
  const absl::Status status = office_.Do(&CaseService::CreateCase, opening, kTelephone).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(status.message()), HasSubstr(contact.name()));
  *opening.mutable_service_case()->mutable_notice_time() = contact.notice_time();
  EXPECT_EQ(FromProto(office_.Open(opening).notice_time()), FromProto(contact.notice_time()));
}

TEST_P(CaseChangesTest, APassedDeadlineOfTheCustomerStays) {
  auto opening = office_.Opening();
  *opening.mutable_service_case()->mutable_customer_deadline() = At(office_.clock.Now() + absl::Hours(6));
  v1::Case service_case = office_.Open(opening);
  const auto move = [&](std::optional<absl::Time> deadline) {
    v1::UpdateCaseRequest request = Updating(office_.Get(service_case.name()));
    request.mutable_service_case()->clear_customer_deadline();
    if (deadline.has_value()) *request.mutable_service_case()->mutable_customer_deadline() = At(*deadline);
    return office_.Do(&CaseService::UpdateCase, request, kTelephone);
  };
  const absl::Time deadline = office_.clock.Now() + absl::Hours(7);
  ASSERT_TRUE(move(deadline).ok()) << "agreed on in time";
  office_.clock.Advance(absl::Hours(7));
  for (const std::optional<absl::Time>& later :
       {std::optional<absl::Time>(), std::optional<absl::Time>(deadline + absl::Microseconds(1))}) {
    const absl::Status status = move(later).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID);
    EXPECT_THAT(std::string(status.message()), HasSubstr("as a pause"));
  }
  EXPECT_TRUE(move(deadline).ok()) << "what else there is to change";
  EXPECT_TRUE(move(deadline - absl::Hours(1)).ok());
}

TEST_P(CaseChangesTest, APauseInThePastOrByForceMajeureNeedsEvidence) {
  const std::string name = office_.Accepted().name();
  auto request = On<v1::PauseCaseRequest>(name);
  request.set_cause(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
  request.set_reason("The depot is closed.");
  *request.mutable_start_time() = At(office_.clock.Now() - absl::Minutes(1));
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::PauseCase, request).status()), v1::ERROR_REASON_FIELD_INVALID);
  request.mutable_evidence()->set_person("Ms Chen");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::PauseCase, request).status()), v1::ERROR_REASON_FIELD_INVALID);
  request.clear_evidence();
  request.clear_start_time();
  request.set_cause(v1::PAUSE_CAUSE_FORCE_MAJEURE);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::PauseCase, request).status()), v1::ERROR_REASON_FIELD_INVALID);
  request.set_cause(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
  EXPECT_TRUE(office_.Do(&CaseService::PauseCase, request).ok()) << "from now on";
  ASSERT_TRUE(Resume(name).ok());
  request.set_cause(v1::PAUSE_CAUSE_FORCE_MAJEURE);
  request.mutable_evidence()->set_text("The road is closed.");
  EXPECT_TRUE(office_.Do(&CaseService::PauseCase, request).ok());
}

TEST_P(CaseChangesTest, APauseBeginsAndEndsWhenItDidNotWhenItWasEntered) {
  const std::string name = office_.Accepted().name();
  const absl::Time now = office_.clock.Now();
  EXPECT_EQ(ReasonOf(Pause(name, now - absl::Hours(2)).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "before the notice";
  EXPECT_EQ(ReasonOf(Pause(name, now + absl::Hours(1)).status()), v1::ERROR_REASON_FIELD_INVALID) << "in the future";
  EXPECT_EQ(ReasonOf(Resume(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "not paused";
  const v1::Case paused = Must(Pause(name, now - absl::Minutes(40)));
  EXPECT_EQ(FromProto(paused.pause().start_time()), now - absl::Minutes(40));
  EXPECT_EQ(paused.pause().paused_by(), "principals/manager");
  EXPECT_EQ(paused.pause().evidence().reference(), "letter 7");
  const v1::Event began = office_.Newest(name, v1::EVENT_TYPE_CASE_PAUSED);
  EXPECT_EQ(FromProto(began.time()), now - absl::Minutes(40));
  EXPECT_EQ(began.facts().at("pause_cause"), "waiting_for_customer");
  EXPECT_EQ(ReasonOf(Pause(name).status()), v1::ERROR_REASON_STATE_FORBIDS) << "twice";

  EXPECT_EQ(ReasonOf(Resume(name, now - absl::Minutes(41)).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Resume(name, now + absl::Hours(1)).status()), v1::ERROR_REASON_FIELD_INVALID);
  const v1::Case resumed = Must(Resume(name, now - absl::Minutes(10)));
  EXPECT_FALSE(resumed.has_pause());
  EXPECT_EQ(FromProto(office_.Newest(name, v1::EVENT_TYPE_CASE_RESUMED).time()), now - absl::Minutes(10));
  EXPECT_EQ(ReasonOf(Pause(name, now - absl::Minutes(11)).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "before the last pause ended";
  EXPECT_TRUE(Pause(name, now - absl::Minutes(10)).ok());
}

TEST_P(CaseChangesTest, APausedCaseCannotEnd) {
  const std::string accepted = office_.Accepted().name(), open = office_.Open().name();
  for (const std::string& name : {accepted, open}) ASSERT_TRUE(Pause(name).ok());
  const absl::Status status = CloseIt(accepted).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(status.message()), HasSubstr("resume it first"));
  auto refuse = On<v1::RefuseCaseRequest>(open);
  refuse.set_reason("Not ours.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::RefuseCase, refuse).status()), v1::ERROR_REASON_STATE_FORBIDS);
  ASSERT_TRUE(Resume(accepted).ok());
  ASSERT_TRUE(Resume(open).ok());
  EXPECT_TRUE(CloseIt(accepted).ok());
  EXPECT_TRUE(office_.Do(&CaseService::RefuseCase, refuse).ok());
  EXPECT_EQ(ReasonOf(Pause(accepted).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseChangesTest, AClosedOrRefusedCaseIsTakenUpAgain) {
  const std::string closed = office_.Accepted().name(), refused = office_.Open().name();
  EXPECT_EQ(ReasonOf(Reopen(closed).status()), v1::ERROR_REASON_STATE_FORBIDS) << "it is open";
  ASSERT_TRUE(CloseIt(closed).ok());
  const v1::Case again = Must(Reopen(closed));
  EXPECT_EQ(again.state(), v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(again.reopen_reason(), "It squeals again.");
  EXPECT_FALSE(again.has_close_time());
  EXPECT_TRUE(again.resolution().empty());
  EXPECT_THAT(office_.Happened(closed), ElementsAre("case-opened", "case-accepted", "case-closed", "case-reopened"));
  auto refuse = On<v1::RefuseCaseRequest>(refused);
  refuse.set_reason("Not ours.");
  ASSERT_TRUE(office_.Do(&CaseService::RefuseCase, refuse).ok());
  const v1::Case open = Must(Reopen(refused));
  EXPECT_EQ(open.state(), v1::CASE_STATE_OPEN);
  EXPECT_TRUE(open.refuse_reason().empty());
  EXPECT_EQ(office_.Accept(open).state(), v1::CASE_STATE_ACCEPTED);
}

TEST_P(CaseChangesTest, AnybodyBringsACaseBeforeAHigherRoleWhileItIsOpen) {
  const std::string name = office_.Open().name();
  EXPECT_EQ(ReasonOf(Escalate(name, v1::ROLE_CUSTOMER).status()), v1::ERROR_REASON_FIELD_INVALID);
  const v1::Case escalated = Must(Escalate(name));
  ASSERT_EQ(escalated.escalations_size(), 1);
  EXPECT_EQ(escalated.escalations(0).to(), v1::ROLE_EXECUTIVE);
  EXPECT_EQ(escalated.escalations(0).act().principal(), "principals/designer");
  EXPECT_EQ(office_.Newest(name, v1::EVENT_TYPE_CASE_ESCALATED).addressee(), v1::ROLE_EXECUTIVE);
  EXPECT_EQ(ReasonOf(Escalate(name).status()), v1::ERROR_REASON_RESOURCE_EXISTS) << "again at once";
  for (int i = 1; i < kMostEscalations; ++i) {
    office_.clock.Advance(kEscalationPause);
    ASSERT_TRUE(Escalate(name).ok()) << i;
  }
  office_.clock.Advance(kEscalationPause);
  EXPECT_EQ(ReasonOf(Escalate(name).status()), v1::ERROR_REASON_FIELD_INVALID) << "a bound";
  const std::string closed = office_.Accepted().name();
  ASSERT_TRUE(CloseIt(closed).ok());
  EXPECT_EQ(ReasonOf(Escalate(closed).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseChangesTest, ADepartmentApprovesASolutionThatTheCustomerHasConfirmed) {
  v1::ProposeSolutionRequest propose;
  propose.set_parent(office_.Accepted().name());
  propose.mutable_solution()->set_text("Exchange the pads.");
  const v1::Solution solution = Must(office_.Do(&CaseService::ProposeSolution, propose));
  auto confirm = On<v1::ConfirmSolutionRequest>(solution.name());
  confirm.mutable_evidence()->set_text("By letter.");
  ASSERT_TRUE(office_.Do(&CaseService::ConfirmSolution, confirm).ok());
  auto approve = On<v1::ApproveSolutionRequest>(solution.name());
  approve.set_role(v1::ROLE_TECHNOLOGY);
  const v1::Solution approved = Must(office_.Do(&CaseService::ApproveSolution, approve, kDesigner));
  EXPECT_EQ(approved.state(), v1::SOLUTION_STATE_CONFIRMED);
  EXPECT_EQ(approved.approvals_size(), 1);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ConfirmSolution, confirm).status()), v1::ERROR_REASON_STATE_FORBIDS);
  ASSERT_TRUE(office_.Do(&CaseService::ProposeSolution, propose).ok());
  approve.set_role(v1::ROLE_QUALITY);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ApproveSolution, approve, kQuality).status()),
            v1::ERROR_REASON_STATE_FORBIDS)
      << "superseded";
}

TEST_P(CaseChangesTest, RepeatsStaleEtagsAndTrialsChangeNothing) {
  const v1::Case service_case = office_.Accepted();
  auto request = On<v1::EscalateCaseRequest>(service_case.name());
  request.set_to(v1::ROLE_QUALITY);
  request.set_reason("A doubt.");
  Call trial = office_.By(kManager);
  trial.validate_only = true;
  EXPECT_EQ(Must(office_.cases->EscalateCase(trial, request)).escalations_size(), 1);
  EXPECT_EQ(office_.Get(service_case.name()).escalations_size(), 0);
  const Call call = office_.By(kManager);
  for (int i = 0; i < 2; ++i) {
    Call repeat = call;
    EXPECT_EQ(Must(office_.cases->EscalateCase(repeat, request)).escalations_size(), 1);
  }
  EXPECT_EQ(office_.Get(service_case.name()).escalations_size(), 1);
  request.set_etag(service_case.etag());
  const absl::Status stale = office_.Do(&CaseService::EscalateCase, request).status();
  EXPECT_EQ(ReasonOf(stale), v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(MetadataOf(stale)["etag"], office_.Get(service_case.name()).etag());
  EXPECT_EQ(ReasonOf(Escalate("cases/C2026-999999").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(CaseChangesTest, UnderAVersionThatDoesNotGiveTheRemedyItsDecisionIsOwedAgain) {
  const std::string decided =
      "obligation { kind: 'decided' clauses: 'T-20' on: 'cause-determined' by: 'service_manager' "
      "met_by { event: 'remedy-decided' } }";
  CaseOffice office(GetParam(), absl::StrCat(kOfficePack, decided).c_str());
  const std::string lost = office.WithCause(v1::CAUSE_DESIGN).name(), kept = office.WithCause(v1::CAUSE_DESIGN).name();
  ASSERT_TRUE(office.Decide(lost, v1::REMEDY_REPAIR).ok());
  ASSERT_TRUE(office.Decide(kept, v1::REMEDY_GUIDANCE).ok());
  for (const std::string& name : {lost, kept}) {
    EXPECT_EQ(office.Owed(name, "decided").state(), v1::OBLIGATION_STATE_MET);
  }
  v1::MigrateCasesRequest request;
  request.set_name(office.PutInForce(absl::StrCat(
      "name: 'office' title: 'Office' effective_from: '2026-06-01' time_zone: 'UTC' owner: 'service_manager' "
      "remedy { remedy: 'guidance' title: 'Guidance' clauses: 'T-19' }",
      decided)));
  request.add_service_cases(lost);
  request.add_service_cases(kept);
  request.set_reason("Repairs are given to a partner.");
  Call call = office.As();
  ASSERT_TRUE(office.policy->MigrateCases(call, request).ok());
  EXPECT_EQ(office.Get(lost).remedy(), v1::REMEDY_UNSPECIFIED);
  EXPECT_EQ(office.Owed(lost, "decided").state(), v1::OBLIGATION_STATE_OPEN);
  EXPECT_EQ(office.Get(kept).remedy(), v1::REMEDY_GUIDANCE);
  EXPECT_EQ(office.Owed(kept, "decided").state(), v1::OBLIGATION_STATE_MET);
}

TEST_P(CaseChangesTest, UnderAnotherPolicyVersionTierAndCoverageAreThoseOfItsPack) {
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_site(office_.site.name());
  const v1::Case before = office_.Open(opening);
  EXPECT_EQ(before.tier(), "near");
  EXPECT_EQ(before.coverage().rule(), "");
  const std::string version = office_.PutInForce(
      "name: 'office' title: 'Office' effective_from: '2026-06-01' time_zone: 'UTC' owner: 'service_manager' "
      "region_tier { name: 'north' title: 'North' regions: 'jilin' clauses: 'T-7' } "
      "coverage { name: 'all' title: 'All is covered' clauses: 'T-12' covered: true }");
  v1::MigrateCasesRequest request;
  request.set_name(version);
  request.add_service_cases(before.name());
  request.set_reason("The new procedure helps the customer.");
  Call call = office_.As();
  ASSERT_TRUE(office_.policy->MigrateCases(call, request).ok());
  const v1::Case after = office_.Get(before.name());
  EXPECT_EQ(after.policy_version(), version);
  EXPECT_EQ(after.tier(), "north");
  EXPECT_EQ(after.coverage().rule(), "all");
  EXPECT_EQ(after.coverage().decision(), v1::COVERAGE_DECISION_COVERED);
}

}  // namespace
}  // namespace aftersales
