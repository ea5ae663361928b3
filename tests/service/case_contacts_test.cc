// The service register: contacts changed, passed on, joined to cases and ended, and the audit of the queue, on both
// engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/cases/case_store.h"
#include "server/cases/contact_rules.h"
#include "server/obligations/due_scan.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CaseContactsTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  absl::StatusOr<v1::Contact> Transfer(const std::string& name, v1::Role department,
                                       absl::Duration within = absl::Hours(4)) {
    auto request = On<v1::TransferContactRequest>(name);
    request.set_department(department);
    request.set_reason("A question of design.");
    *request.mutable_answer_by_time() = At(office_.clock.Now() + within);
    return office_.Do(&CaseService::TransferContact, request, kTelephone);
  }
  absl::StatusOr<v1::Contact> Answer(const std::string& name, const Person& person = kTelephone) {
    auto request = On<v1::AnswerContactRequest>(name);
    request.set_answer("Tomorrow at eight.");
    return office_.Do(&CaseService::AnswerContact, request, person);
  }
  absl::StatusOr<v1::Contact> Join(const std::string& name, const std::string& service_case) {
    auto request = On<v1::JoinContactRequest>(name);
    request.set_service_case(service_case);
    return office_.Do(&CaseService::JoinContact, request, kTelephone);
  }
  absl::StatusOr<v1::Contact> Close(const std::string& name, const std::string& outcome = "not-our-product") {
    auto request = On<v1::CloseContactRequest>(name);
    request.set_outcome(outcome);
    request.set_note("Another maker's.");
    return office_.Do(&CaseService::CloseContact, request, kTelephone);
  }
  std::vector<std::string> Listed(const v1::ContactFilter& filter) {
    v1::ListContactsRequest request;
    *request.mutable_filter() = filter;
    std::vector<std::string> names;
    const v1::ListContactsResponse response = Must(office_.Do(&CaseService::ListContacts, request));
    for (const v1::Contact& contact : response.contacts()) names.push_back(contact.name());
    return names;
  }
  std::vector<std::string> Unanswered() {
    v1::ContactFilter filter;
    filter.set_unanswered(true);
    return Listed(filter);
  }

  CaseOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, CaseContactsTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(CaseContactsTest, WhatIsUnansweredIsFoundByOneQueryInEveryState) {
  const v1::Contact open = office_.Contact(), passed_on = office_.Contact(), answered = office_.Contact(),
                    closed = office_.Contact();
  ASSERT_TRUE(Transfer(passed_on.name(), v1::ROLE_TECHNOLOGY).ok());
  ASSERT_TRUE(Answer(answered.name()).ok());
  ASSERT_TRUE(Close(closed.name()).ok());
  EXPECT_THAT(Unanswered(), UnorderedElementsAre(open.name(), passed_on.name()));
  EXPECT_FALSE(office_.GetContact(answered.name()).unanswered());
  EXPECT_FALSE(office_.GetContact(closed.name()).unanswered());
  v1::ContactFilter filter;
  filter.set_department(v1::ROLE_TECHNOLOGY);
  EXPECT_THAT(Listed(filter), ElementsAre(passed_on.name()));
  // One that belongs to a case waits for its answer all the same.
  ASSERT_TRUE(Join(open.name(), office_.Open().name()).ok());
  EXPECT_THAT(Unanswered(), UnorderedElementsAre(open.name(), passed_on.name()));
  ASSERT_TRUE(Answer(passed_on.name(), kDesigner).ok());
  EXPECT_THAT(Unanswered(), ElementsAre(open.name()));
}

TEST_P(CaseContactsTest, ADepartmentThatAContactIsPassedOnToOwesTheAnswer) {
  const v1::Contact contact = office_.Contact();
  const v1::Contact passed_on = Must(Transfer(contact.name(), v1::ROLE_TECHNOLOGY, absl::Hours(3)));
  EXPECT_EQ(passed_on.state(), v1::CONTACT_STATE_TRANSFERRED);
  EXPECT_EQ(passed_on.department(), v1::ROLE_TECHNOLOGY);
  EXPECT_EQ(passed_on.transfer_reason(), "A question of design.");
  v1::Obligation owed = office_.Owed(contact.name(), "department-answers");
  EXPECT_EQ(owed.owner(), v1::ROLE_TECHNOLOGY);
  EXPECT_EQ(FromProto(owed.due_time()), office_.clock.Now() + absl::Hours(3)) << "what was promised";
  const v1::Event event = office_.Newest(contact.name(), v1::EVENT_TYPE_CONTACT_TRANSFERRED);
  EXPECT_EQ(event.addressee(), v1::ROLE_TECHNOLOGY);
  EXPECT_EQ(FromProto(event.promised_time()), office_.clock.Now() + absl::Hours(3));

  // On to another department: now that one owes it.
  ASSERT_TRUE(Transfer(contact.name(), v1::ROLE_PRODUCTION).ok());
  owed = office_.Owed(contact.name(), "department-answers");
  EXPECT_EQ(owed.owner(), v1::ROLE_PRODUCTION);
  EXPECT_THAT(office_.OpenKinds(contact.name()), UnorderedElementsAre("answer", "department-answers"));
  ASSERT_TRUE(Answer(contact.name(), kDesigner).ok());
  EXPECT_THAT(office_.OpenKinds(contact.name()), IsEmpty());
  EXPECT_EQ(ReasonOf(Transfer(contact.name(), v1::ROLE_QUALITY).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseContactsTest, PassingOnIsRefusedToWhoIsNoDepartmentAndForATimePast) {
  const std::string name = office_.Contact().name();
  for (const v1::Role role : {v1::ROLE_CUSTOMER, v1::ROLE_ADMIN, v1::ROLE_AUDITOR, v1::ROLE_INTEGRATION}) {
    const absl::Status status = Transfer(name, role).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID) << role;
    EXPECT_THAT(std::string(status.message()), HasSubstr("technology"));
  }
  EXPECT_EQ(ReasonOf(Transfer(name, v1::ROLE_QUALITY, absl::ZeroDuration()).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Transfer(name, v1::ROLE_QUALITY, kLongestAnswer + absl::Microseconds(1)).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_TRUE(Transfer(name, v1::ROLE_QUALITY, absl::Microseconds(1)).ok());
  const absl::Status again = Transfer(name, v1::ROLE_QUALITY).status();
  EXPECT_EQ(ReasonOf(again), v1::ERROR_REASON_FIELD_INVALID) << "would only put its time off";
  EXPECT_THAT(std::string(again.message()), HasSubstr("quality has contacts/"));
  EXPECT_TRUE(Transfer(name, v1::ROLE_TECHNOLOGY).ok());
}

TEST_P(CaseContactsTest, WhatComesToBeOwedAfterAnAnswerIsMetByAFurtherOne) {
  CaseOffice office(GetParam(), absl::StrCat(kOfficePack, R"(
    obligation {
      kind: "answer-critical" clauses: "T-20" on: "contact-changed" where { severity: "critical" } by: "customer_service"
      within { hours: 1 } met_by { event: "contact-answered" }
    })")
                                    .c_str());
  const v1::Contact contact = office.Contact();
  const auto answer = [&](const std::string& text, absl::Time time) {
    auto request = On<v1::AnswerContactRequest>(contact.name());
    request.set_answer(text);
    *request.mutable_answer_time() = At(time);
    return office.Do(&CaseService::AnswerContact, request, kManager);
  };
  const v1::Contact answered = Must(answer("Tomorrow at eight.", office.clock.Now()));
  auto change = On<v1::UpdateContactRequest>(contact.name(), answered.etag());
  *change.mutable_contact() = answered;
  change.mutable_contact()->set_severity(v1::SEVERITY_CRITICAL);
  ASSERT_TRUE(office.Do(&CaseService::UpdateContact, change, kTelephone).ok());
  EXPECT_THAT(office.OpenKinds(contact.name()), ElementsAre("answer-critical"));
  office.clock.Advance(absl::Minutes(10));
  EXPECT_EQ(ReasonOf(answer("Now.", office.clock.Now() - absl::Minutes(11)).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "before the answer that it has";
  const v1::Contact again = Must(answer("Now.", office.clock.Now()));
  EXPECT_EQ(again.state(), v1::CONTACT_STATE_ANSWERED);
  EXPECT_FALSE(again.unanswered());
  EXPECT_EQ(again.answer(), "Now.");
  EXPECT_EQ(FromProto(again.answer_time()), FromProto(answered.answer_time())) << "who waited how long stays";
  EXPECT_EQ(again.answered_by(), answered.answered_by());
  EXPECT_EQ(FromProto(office.Newest(contact.name(), v1::EVENT_TYPE_CONTACT_ANSWERED).time()), office.clock.Now());
  EXPECT_THAT(office.OpenKinds(contact.name()), IsEmpty());
  EXPECT_THAT(office.Happened(contact.name()),
              ElementsAre("contact-registered", "contact-answered", "contact-changed", "contact-answered"));
}

TEST_P(CaseContactsTest, AContactIsReplacedButNotWhatWasRegisteredOfItsNotice) {
  const v1::Contact contact = office_.Contact();
  auto request = On<v1::UpdateContactRequest>(contact.name(), contact.etag());
  *request.mutable_contact() = office_.Contacting().contact();
  request.mutable_contact()->set_text("It squeals and smokes.");
  request.mutable_contact()->set_severity(v1::SEVERITY_MAJOR);
  request.mutable_contact()->set_type("complaint");
  request.mutable_contact()->set_customer(office_.customer.name());
  *request.mutable_contact()->mutable_fault_time() = At(office_.clock.Now() - absl::Hours(5));
  const v1::Contact changed = Must(office_.Do(&CaseService::UpdateContact, request, kTelephone));
  EXPECT_EQ(changed.text(), "It squeals and smokes.");
  EXPECT_EQ(changed.facts().customer_tier(), "key");
  EXPECT_EQ(FromProto(changed.notice_time()), FromProto(contact.notice_time()));
  const v1::Event event = office_.Newest(contact.name(), v1::EVENT_TYPE_CONTACT_CHANGED);
  EXPECT_EQ(event.facts().at("severity"), "major");
  EXPECT_EQ(event.facts().at("type"), "complaint");
  EXPECT_EQ(event.facts().at("customer_tier"), "key");

  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::UpdateContact, request, kTelephone).status()),
            v1::ERROR_REASON_ETAG_MISMATCH);
  request.set_etag(changed.etag());
  const auto refused = [&](auto spoil) {
    v1::UpdateContactRequest spoilt = request;
    spoil(*spoilt.mutable_contact());
    return ReasonOf(office_.Do(&CaseService::UpdateContact, spoilt, kTelephone).status());
  };
  EXPECT_EQ(refused([](v1::Contact& c) { c.set_channel(v1::CHANNEL_FAX); }), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([&](v1::Contact& c) { *c.mutable_notice_time() = At(office_.clock.Now()); }),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([&](v1::Contact& c) { *c.mutable_fault_time() = At(office_.clock.Now()); }),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([](v1::Contact& c) { c.set_type("gossip"); }), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(refused([](v1::Contact& c) { c.set_customer("customers/0"); }), v1::ERROR_REASON_REFERENCE_INVALID);
  request.mutable_contact()->clear_notice_time();
  request.mutable_contact()->clear_customer();
  const v1::Contact again = Must(office_.Do(&CaseService::UpdateContact, request, kTelephone));
  EXPECT_FALSE(again.has_facts()) << "whose it is, is not known any more";
}

TEST_P(CaseContactsTest, AContactJoinsAnOpenCaseOfItsCustomer) {
  const v1::Case service_case = office_.Open();
  const v1::Contact contact = office_.Contact();
  const v1::Contact joined = Must(Join(contact.name(), service_case.name()));
  EXPECT_EQ(joined.service_case(), service_case.name());
  EXPECT_EQ(joined.customer(), office_.customer.name()) << "now it is known";
  EXPECT_EQ(joined.facts().customer_tier(), "key");
  EXPECT_THAT(office_.Happened(contact.name()), ElementsAre("contact-registered", "contact-joined"));
  EXPECT_EQ(ReasonOf(Join(contact.name(), service_case.name()).status()), v1::ERROR_REASON_RESOURCE_EXISTS);

  auto foreign = office_.Contacting();
  foreign.mutable_contact()->set_customer(office_.stranger.name());
  EXPECT_EQ(ReasonOf(Join(office_.Contact(foreign).name(), service_case.name()).status()),
            v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(ReasonOf(Join(office_.Contact().name(), "cases/C2026-999999").status()),
            v1::ERROR_REASON_REFERENCE_INVALID);
  auto refuse = On<v1::RefuseCaseRequest>(office_.Open().name());
  refuse.set_reason("Not ours.");
  ASSERT_TRUE(office_.Do(&CaseService::RefuseCase, refuse).ok());
  EXPECT_EQ(ReasonOf(Join(office_.Contact().name(), refuse.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(CaseContactsTest, ACaseRunsFromTheEarliestNoticeOfItsContacts) {
  CaseOffice office(GetParam(), absl::StrCat(kOfficePack, R"(
    obligation {
      kind: "on-site" clauses: "T-20" on: "case-accepted" by: "field_engineer" from: NOTICE_TIME within { hours: 24 }
      met_by { event: "visit-checked-in" }
    }
    obligation {
      kind: "plan" clauses: "T-21" on: "case-accepted" by: "service_manager" within { hours: 24 }
      met_by { event: "visit-planned" }
    })")
                                    .c_str());
  const v1::Case service_case = office.Accepted();
  const absl::Time notice = FromProto(service_case.notice_time());
  const v1::Obligation plan = office.Owed(service_case.name(), "plan");
  const auto told = [&](absl::Time time) {
    auto contacting = office.Contacting();
    *contacting.mutable_contact()->mutable_notice_time() = At(time);
    return office.Contact(contacting).name();
  };
  const auto join = [&](const std::string& contact) {
    auto request = On<v1::JoinContactRequest>(contact);
    request.set_service_case(service_case.name());
    return office.Do(&CaseService::JoinContact, request, kTelephone).status();
  };
  ASSERT_TRUE(join(told(notice + absl::Minutes(30))).ok());
  EXPECT_EQ(FromProto(office.Get(service_case.name()).notice_time()), notice) << "a later one changes nothing";
  const std::string first = told(notice - absl::Hours(20));
  ASSERT_TRUE(join(first).ok());
  EXPECT_EQ(FromProto(office.Get(service_case.name()).notice_time()), notice - absl::Hours(20));
  const v1::Obligation on_site = office.Owed(service_case.name(), "on-site");
  EXPECT_EQ(FromProto(on_site.since_time()), notice - absl::Hours(20));
  EXPECT_EQ(FromProto(on_site.due_time()), notice + absl::Hours(4));
  EXPECT_EQ(FromProto(office.Owed(service_case.name(), "plan").due_time()), FromProto(plan.due_time()))
      << "it runs from what happened";
  const v1::Event event = office.Newest(service_case.name(), v1::EVENT_TYPE_CASE_CHANGED);
  EXPECT_THAT(event.reason(), HasSubstr(first));
  EXPECT_EQ(FromProto(event.notice_time()), notice - absl::Hours(20));

  // One that came before the fault is about something else.
  auto change = On<v1::UpdateCaseRequest>(service_case.name(), office.Get(service_case.name()).etag());
  *change.mutable_service_case() = office.Get(service_case.name());
  *change.mutable_service_case()->mutable_fault_time() = At(notice - absl::Hours(30));
  ASSERT_TRUE(office.Do(&CaseService::UpdateCase, change).ok());
  const absl::Status refused = join(told(notice - absl::Hours(31)));
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("time of the fault"));
}

TEST_P(CaseContactsTest, NobodyAnswersInTimeAfterwardsWithoutSayingWhatShowsIt) {
  const v1::Contact contact = office_.Contact();  // its notice came an hour ago, and two are given
  const absl::Time in_time = office_.clock.Now() + absl::Minutes(30);
  office_.clock.Advance(absl::Hours(3));
  DueScan scan(*office_.db, office_.obligations);
  ASSERT_TRUE(scan.RunOnce().ok());
  ASSERT_TRUE(office_.Owed(contact.name(), "answer").has_breached_time());
  auto request = On<v1::AnswerContactRequest>(contact.name());
  request.set_answer("Tomorrow at eight.");
  *request.mutable_answer_time() = At(in_time);
  for (const char* nothing : {"", " "}) {
    request.set_reason(nothing);
    const absl::Status refused = office_.Do(&CaseService::AnswerContact, request, kTelephone).status();
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("reason: is missing"));
  }
  request.set_reason("The network was down; the exchange's list of calls has it.");
  ASSERT_TRUE(office_.Do(&CaseService::AnswerContact, request, kTelephone).ok());
  EXPECT_EQ(office_.Newest(contact.name(), v1::EVENT_TYPE_CONTACT_ANSWERED).reason(), request.reason());
  EXPECT_EQ(office_.Owed(contact.name(), "answer").state(), v1::OBLIGATION_STATE_MET);
  EXPECT_TRUE(office_.Owed(contact.name(), "answer").has_breached_time()) << "what was announced stays";
  EXPECT_EQ(office_.Newest(contact.name(), v1::EVENT_TYPE_OBLIGATION_CORRECTED).obligation().kind(), "answer");

  // Late or not yet announced, it needs no reason.
  const v1::Contact late = office_.Contact();
  office_.clock.Advance(absl::Hours(3));
  ASSERT_TRUE(scan.RunOnce().ok());
  ASSERT_TRUE(Answer(late.name()).ok());
  EXPECT_EQ(office_.Owed(late.name(), "answer").state(), v1::OBLIGATION_STATE_LATE_MET);
  const v1::Contact prompt = office_.Contact();
  request = On<v1::AnswerContactRequest>(prompt.name());
  request.set_answer("Tomorrow at eight.");
  *request.mutable_answer_time() = At(office_.clock.Now() - absl::Minutes(30));
  EXPECT_TRUE(office_.Do(&CaseService::AnswerContact, request, kTelephone).ok());
}

TEST_P(CaseContactsTest, AContactIsPassedOnOnlyToThoseWhoMayAnswer) {
  const std::string name = office_.Contact().name();
  for (const v1::Role role :
       {v1::ROLE_WAREHOUSE, v1::ROLE_SUPPLY, v1::ROLE_PURCHASING, v1::ROLE_FINANCE, v1::ROLE_EXECUTIVE}) {
    const absl::Status refused = Transfer(name, role).status();
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID) << role;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("technology, production"));
  }
  for (const v1::Role role : {v1::ROLE_CUSTOMER_SERVICE, v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY,
                              v1::ROLE_TECHNOLOGY, v1::ROLE_PRODUCTION, v1::ROLE_FIELD_ENGINEER}) {
    EXPECT_TRUE(Transfer(name, role).ok()) << role;
  }
}

TEST_P(CaseContactsTest, WhatAnyContactOfACaseOwesHoldsUpItsClose) {
  const v1::Contact first = office_.Contact(), second = office_.Contact();
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_contact(first.name());
  const v1::Case service_case = office_.Accept(office_.Open(opening));
  EXPECT_THAT(office_.Happened(first.name()), ElementsAre("contact-registered", "contact-joined"));
  ASSERT_TRUE(Join(second.name(), service_case.name()).ok());
  auto close = On<v1::CloseCaseRequest>(service_case.name());
  close.set_resolution("Done.");
  for (const v1::Contact& contact : {first, second}) {
    const absl::Status status = office_.Do(&CaseService::CloseCase, close).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_OBLIGATION_OPEN);
    EXPECT_THAT(ViolationsOf(status), ElementsAre("answer"));
    ASSERT_TRUE(Answer(contact.name()).ok());
  }
  EXPECT_TRUE(office_.Do(&CaseService::CloseCase, close).ok());
}

TEST_P(CaseContactsTest, AContactEndsWithAnOutcomeOfThePack) {
  const v1::Contact contact = office_.Contact();
  EXPECT_EQ(ReasonOf(Close(contact.name(), "lost").status()), v1::ERROR_REASON_FIELD_INVALID);
  const v1::Contact closed = Must(Close(contact.name()));
  EXPECT_EQ(closed.state(), v1::CONTACT_STATE_CLOSED);
  EXPECT_EQ(closed.outcome(), "not-our-product");
  EXPECT_EQ(FromProto(closed.close_time()), office_.clock.Now());
  EXPECT_EQ(office_.Newest(contact.name(), v1::EVENT_TYPE_CONTACT_CLOSED).facts().at("outcome"), "not-our-product");
  EXPECT_THAT(office_.OpenKinds(contact.name()), IsEmpty());
  for (const absl::Status& status :
       {Close(contact.name()).status(), Answer(contact.name()).status(),
        Transfer(contact.name(), v1::ROLE_QUALITY).status(), Join(contact.name(), office_.Open().name()).status()}) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS) << status;
  }
  // One that led to a case ends with the case.
  const v1::Contact joined = office_.Contact();
  ASSERT_TRUE(Join(joined.name(), office_.Open().name()).ok());
  const absl::Status status = Close(joined.name()).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(status.message()), HasSubstr("close the case"));
}

TEST_P(CaseContactsTest, ARepeatedRequestIsAnsweredAsBeforeAndValidateOnlyChangesNothing) {
  const v1::Contact contact = office_.Contact();
  auto request = On<v1::TransferContactRequest>(contact.name());
  request.set_department(v1::ROLE_QUALITY);
  request.set_reason("Measure it.");
  Call trial = office_.By(kTelephone);
  trial.validate_only = true;
  EXPECT_TRUE(office_.cases->TransferContact(trial, request).ok());
  EXPECT_EQ(office_.GetContact(contact.name()).etag(), contact.etag());
  const Call call = office_.By(kTelephone);
  Call first = call, second = call, third = call;
  const v1::Contact moved = Must(office_.cases->TransferContact(first, request));
  EXPECT_EQ(Must(office_.cases->TransferContact(second, request)).SerializeAsString(), moved.SerializeAsString());
  EXPECT_EQ(office_.GetContact(contact.name()).etag(), moved.etag()) << "done once";
  request.set_reason("Something else.");
  EXPECT_EQ(ReasonOf(office_.cases->TransferContact(third, request).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_P(CaseContactsTest, TheAuditOfTheQueueTellsWhoWasAnsweredOutOfTurn) {
  const absl::Time start = office_.clock.Now() - absl::Hours(10);
  const auto contact = [&](int hour, v1::Severity severity) {
    auto request = office_.Contacting();
    request.mutable_contact()->set_severity(severity);
    request.mutable_contact()->set_customer(office_.customer.name());
    *request.mutable_contact()->mutable_notice_time() = At(start + absl::Hours(hour));
    return office_.Contact(request).name();
  };
  const std::string first = contact(1, v1::SEVERITY_MAJOR), second = contact(2, v1::SEVERITY_MINOR),
                    third = contact(3, v1::SEVERITY_MINOR), worst = contact(4, v1::SEVERITY_CRITICAL);
  ASSERT_TRUE(Answer(worst).ok()) << "worse, so in turn";
  ASSERT_TRUE(Answer(third, kManager).ok());
  v1::AuditContactQueueRequest request;
  *request.mutable_start_time() = At(start);
  *request.mutable_end_time() = At(office_.clock.Now());
  v1::AuditContactQueueResponse audit = Must(office_.Do(&CaseService::AuditContactQueue, request));
  EXPECT_EQ(audit.contacts(), 4);
  ASSERT_EQ(audit.jumps_size(), 1);
  EXPECT_EQ(audit.total_jumps(), 1);
  EXPECT_EQ(audit.jumps(0).contact(), third);
  EXPECT_EQ(audit.jumps(0).customer(), office_.customer.name());
  EXPECT_EQ(audit.jumps(0).answered_by(), "principals/manager");
  EXPECT_EQ(FromProto(audit.jumps(0).answer_time()), office_.clock.Now());
  EXPECT_EQ(audit.jumps(0).overtaken(), 2);
  EXPECT_EQ(audit.jumps(0).oldest_overtaken(), first);
  // Only notices of the period count.
  *request.mutable_start_time() = At(start + absl::Hours(2));
  audit = Must(office_.Do(&CaseService::AuditContactQueue, request));
  ASSERT_EQ(audit.jumps_size(), 1);
  EXPECT_EQ(audit.jumps(0).oldest_overtaken(), second);
  *request.mutable_end_time() = At(start + absl::Hours(3));
  EXPECT_EQ(Must(office_.Do(&CaseService::AuditContactQueue, request)).jumps_size(), 0);

  *request.mutable_end_time() = request.start_time();
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::AuditContactQueue, request).status()), v1::ERROR_REASON_FIELD_INVALID);
  *request.mutable_end_time() = At(FromProto(request.start_time()) + absl::Hours(24 * 92));
  EXPECT_TRUE(office_.Do(&CaseService::AuditContactQueue, request).ok());
  *request.mutable_end_time() = At(FromProto(request.start_time()) + absl::Hours(24 * 92) + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::AuditContactQueue, request).status()), v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(CaseContactsTest, TheAuditLooksAtABoundedNumberOfContacts) {
  // One notice a second, the last answered first: as the register would hold them.
  constexpr int kMost = 20000;
  const absl::Time start = office_.clock.Now() - absl::Hours(12);
  std::vector<v1::Contact> contacts(kMost + 1);
  std::vector<google::protobuf::Message*> rows;
  for (int i = 0; i <= kMost; ++i) {
    contacts[i].set_name(absl::StrCat("contacts/", 1000000 + i));
    contacts[i].set_state(v1::CONTACT_STATE_ANSWERED);
    *contacts[i].mutable_notice_time() = At(start + absl::Seconds(i));
    *contacts[i].mutable_answer_time() = At(office_.clock.Now() - absl::Seconds(i));
    rows.push_back(&contacts[i]);
  }
  Call call = office_.By(kManager);
  const auto insert = [&](Tx& tx) { return Contacts().core().InsertMany(tx, rows); };
  ASSERT_TRUE(office_.db->WriteOwn(call, insert).ok());
  v1::AuditContactQueueRequest request;
  *request.mutable_start_time() = At(start);
  *request.mutable_end_time() = At(start + absl::Seconds(kMost + 1));
  const absl::Status refused = office_.Do(&CaseService::AuditContactQueue, request).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("shorter"));
  *request.mutable_end_time() = At(start + absl::Seconds(kMost));
  const v1::AuditContactQueueResponse audit = Must(office_.Do(&CaseService::AuditContactQueue, request));
  EXPECT_EQ(audit.contacts(), kMost);
  EXPECT_EQ(audit.total_jumps(), kMost - 1);
  ASSERT_EQ(audit.jumps_size(), 1000) << "the first thousand";
  EXPECT_EQ(audit.jumps(0).contact(), absl::StrCat("contacts/", 1000000 + kMost - 1));
  EXPECT_EQ(audit.jumps(0).overtaken(), kMost - 1);
  EXPECT_EQ(audit.jumps(0).oldest_overtaken(), "contacts/1000000");
}

TEST_P(CaseContactsTest, ACaseTakesABoundedNumberOfContacts) {
  const std::string name = office_.Open().name();
  std::vector<v1::Contact> contacts(kMostContacts - 1);
  std::vector<google::protobuf::Message*> rows;
  for (v1::Contact& contact : contacts) {
    contact.set_name(absl::StrCat("contacts/", 1000000 + rows.size()));
    contact.set_service_case(name);
    *contact.mutable_notice_time() = At(office_.clock.Now());
    rows.push_back(&contact);
  }
  Call call = office_.By(kManager);
  const auto insert = [&](Tx& tx) { return Contacts().core().InsertMany(tx, rows); };
  ASSERT_TRUE(office_.db->WriteOwn(call, insert).ok());
  EXPECT_TRUE(Join(office_.Contact().name(), name).ok());
  EXPECT_EQ(ReasonOf(Join(office_.Contact().name(), name).status()), v1::ERROR_REASON_REFERENCE_INVALID);
}

TEST_P(CaseContactsTest, TwoWhoJoinAContactToDifferentCasesAtOnceGiveItToOne) {
  const std::string one = office_.Open().name(), other = office_.Open().name();
  const std::string contact = office_.Contact().name();
  absl::Status joined[2];
  std::thread first([&] { joined[0] = Join(contact, one).status(); });
  std::thread second([&] { joined[1] = Join(contact, other).status(); });
  first.join();
  second.join();
  EXPECT_NE(joined[0].ok(), joined[1].ok()) << joined[0] << " " << joined[1];
  EXPECT_EQ(ReasonOf(joined[0].ok() ? joined[1] : joined[0]), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(office_.GetContact(contact).service_case(), joined[0].ok() ? one : other);
}

}  // namespace
}  // namespace aftersales
