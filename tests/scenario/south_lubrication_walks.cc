// South Lubrication: service by voice, the comprehensive specifications, return visits, and what users may complain of.
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/return_visits.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

v1::Contact ReadContact(Client& client, Company& company, const std::string& name) {
  v1::GetContactRequest request;
  request.set_name(name);
  return company.Need(client.cases().GetContact(request));
}

v1::Contact ReadContact(Company& company, const std::string& name) {
  return ReadContact(company.As(v1::ROLE_CUSTOMER_SERVICE), company, name);
}

void ByLetter(v1::Contact& contact) { contact.set_channel(v1::CHANNEL_LETTER); }

// Guidance on the telephone, recorded.
v1::TelephoneAttempt Guide(Company& company, const std::string& service_case, bool solved = false) {
  v1::CreateTelephoneAttemptRequest request;
  request.set_parent(service_case);
  request.mutable_telephone_attempt()->set_reached(true);
  request.mutable_telephone_attempt()->set_solved(solved);
  request.mutable_telephone_attempt()->set_text("Asked the user to bleed the pump; explained how.");
  return company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().CreateTelephoneAttempt(request));
}

// A case taken on after guidance on the telephone that did not help.
std::string TakenOn(Company& company, v1::ServiceMode mode) {
  const std::string name = company.OpenCase().name();
  Guide(company, name);
  company.Need(company.Accept(name, mode));
  return name;
}

// --- 3 (1) Service by voice ---

void WalkGuidance(Company& company) {
  company.For("SL-3.1.1");
  const std::string name = company.OpenCase().name();
  const v1::TelephoneAttempt given = Guide(company, name, /*solved=*/true);
  const std::string contact = company.Register(absl::Minutes(5)).name();
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), contact));
  company.Need(company.EndContact(company.As(v1::ROLE_CUSTOMER_SERVICE), contact, "answered"));
  company.Restart();
  v1::ListTelephoneAttemptsRequest list;
  list.set_parent(name);
  const v1::ListTelephoneAttemptsResponse read = company.Need(company.Lead().cases().ListTelephoneAttempts(list));
  company.Shown("SL-3.1.1", "read-back",
                read.telephone_attempts_size() == 1 && read.telephone_attempts(0).text() == given.text() &&
                    read.telephone_attempts(0).solved() &&
                    read.telephone_attempts(0).called_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE) &&
                    ReadContact(company, contact).outcome() == "answered",
                read.ShortDebugString());
}

void WalkApology(Company& company) {
  company.For("SL-3.1.5");
  const std::string contact = company.Register(absl::Minutes(5)).name();
  company.Need(company.EndContact(company.As(v1::ROLE_CUSTOMER_SERVICE), contact, "not-our-product"));
  company.Restart();
  company.Shown("SL-3.1.5", "read-back", ReadContact(company, contact).outcome() == "not-our-product",
                "the outcome is not kept");
}

void WalkGeneralEquipment(Company& company) {
  company.For("SL-4.3.10");
  const std::string contact = company.Register(absl::Minutes(5)).name();
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), contact));
  company.Need(company.EndContact(company.As(v1::ROLE_CUSTOMER_SERVICE), contact, "general-equipment"));
  company.Restart();
  const v1::Contact read = ReadContact(company, contact);
  company.Shown("SL-4.3.10", "read-back", read.outcome() == "general-equipment" && !read.answer().empty(),
                read.ShortDebugString());
}

void WalkReply(Company& company) {
  ProveClock(company, {{"SL-3.1.6"},
                       "reply",
                       absl::Hours(4),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration ago) { return company.Register(ago).name(); }});
  // Whom to reply to is recorded with it.
  const v1::Contact contact = company.Register(absl::Minutes(5));
  company.Expect(contact.person() == "Workshop" && !contact.telephone().empty(), contact.ShortDebugString());
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), contact.name()));
  company.Expect(company.OwedOfKind(contact.name(), "reply").state() == v1::OBLIGATION_STATE_MET,
                 "a reply does not count");
}

void WalkRecord(Company& company) {
  company.For("SL-3.1.7");
  const std::string name = company.OpenCase().name();
  company.Skipped("SL-3.1.7", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.Need(company.FileDocument(name, "letter", v1::ROLE_CUSTOMER_SERVICE));
  company.Refused("SL-3.1.7", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  v1::RefuseCaseRequest refuse;
  refuse.set_name(name);
  refuse.set_reason("It is not ours.");
  company.Refused("SL-3.1.7", company.Lead().cases().RefuseCase(refuse).status());
  Guide(company, name);
  company.Allowed("SL-3.1.7", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  // A record on paper is one.
  const std::string on_paper = company.OpenCase().name();
  company.Need(company.FileDocument(on_paper, "telephone-record", v1::ROLE_CUSTOMER_SERVICE));
  company.Need(company.Accept(on_paper, v1::SERVICE_MODE_TELEPHONE));
}

void WalkOnSiteRegistration(Company& company) {
  company.For("SL-3.1.9a");
  const std::string name = TakenOn(company, v1::SERVICE_MODE_ON_SITE);
  company.Skipped("SL-3.1.9a", company.PlanVisit(name).status());
  company.Need(company.FileDocument(name, "letter", v1::ROLE_CUSTOMER_SERVICE));
  company.Refused("SL-3.1.9a", company.PlanVisit(name).status());
  company.Need(company.FileDocument(name, "on-site-service-registration", v1::ROLE_CUSTOMER_SERVICE));
  company.Allowed("SL-3.1.9a", company.PlanVisit(name).status());
  company.Expect(!company.FindOwed(TakenOn(company, v1::SERVICE_MODE_TELEPHONE), "on-site-registration").has_value(),
                 "owed for what is solved on the telephone");
}

// What users may complain of: disputes, and the words, behaviour, attitude and method of those who serve them.
void WalkConduct(Company& company) {
  company.ForAll({"SL-3.1.8", "SL-5.2"});
  const auto about = [&](const std::string& conduct) {
    return [&company, conduct](v1::Feedback& feedback) {
      feedback.set_conduct_type(conduct);
      feedback.set_engineer(company.engineer());
    };
  };
  std::map<std::string, std::string> complaints;
  for (const char* conduct : {"dispute-with-user", "words", "behaviour", "attitude", "method"}) {
    complaints[conduct] =
        company.Need(Say(company, v1::FEEDBACK_KIND_COMPLAINT, company.customer(), about(conduct))).name();
  }
  company.Expect(!Say(company, v1::FEEDBACK_KIND_COMPLAINT, company.customer(), about("haircut")).ok(),
                 "any word is taken");
  company.Restart();
  bool kept = true;
  for (const auto& [conduct, name] : complaints) {
    v1::GetFeedbackRequest request;
    request.set_name(name);
    const v1::Feedback read = company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().GetFeedback(request));
    kept = kept && read.conduct_type() == conduct && read.engineer() == company.engineer() &&
           read.recorded_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE);
  }
  company.Shown("SL-3.1.8", "read-back", kept, "a complaint is not as it was recorded");
}

// --- 4 (3) Comprehensive specifications ---

void WalkDayAndNight(Company& company) {
  company.For("SL-4.3.2");
  const v1::Contact call = company.Register(absl::Minutes(5));
  const v1::Obligation owed = company.OwedOfKind(call.name(), "reply");
  v1::ExplainObligationRequest request;
  request.set_name(owed.name());
  const v1::Explanation explained =
      company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).policy().ExplainObligation(request));
  bool counted = explained.segments_size() > 0;
  for (const v1::ExplanationSegment& segment : explained.segments()) {
    counted = counted && segment.counted() && absl::StrContains(segment.cause(), "working hours");
  }
  company.Shown("SL-4.3.2", "holds",
                counted && FromProto(owed.due_time()) == FromProto(call.notice_time()) + absl::Hours(4),
                explained.ShortDebugString());
  // At any hour of a day and night.
  for (int i = 0; i < 4; ++i) {
    company.PassTime(absl::Hours(6));
    const v1::Contact other = company.Register(absl::Minutes(1));
    company.Expect(FromProto(company.OwedOfKind(other.name(), "reply").due_time()) ==
                       FromProto(other.notice_time()) + absl::Hours(4),
                   "the telephone is not served at every hour");
  }
  const v1::Contact letter = company.Register(absl::Minutes(5), ByLetter);
  company.Shown("SL-4.3.2", "not",
                FromProto(company.OwedOfKind(letter.name(), "reply").due_time()) ==
                    FromProto(letter.notice_time()) + absl::Hours(24),
                "a letter is answered like a call");
}

void WalkPassingOn(Company& company) {
  ProveClock(company, {{"SL-4.3.4"},
                       "answer-or-pass-on",
                       absl::Hours(1),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration ago) { return company.Register(ago).name(); }});
  company.Expect(
      !company.FindOwed(company.Register(absl::Minutes(5), ByLetter).name(), "answer-or-pass-on").has_value(),
      "a letter is passed on within the hour");
  v1::TransferContactRequest transfer;
  transfer.set_name(company.Register(absl::Minutes(5)).name());
  transfer.set_department(v1::ROLE_TECHNOLOGY);
  transfer.set_reason("About the control of the pump.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().TransferContact(transfer).status());
  company.Expect(company.OwedOfKind(transfer.name(), "answer-or-pass-on").state() == v1::OBLIGATION_STATE_MET,
                 "passing on does not count");
  const v1::Obligation owed = company.OwedOfKind(transfer.name(), "department-answers");
  company.Expect(owed.owner() == v1::ROLE_TECHNOLOGY &&
                     FromProto(owed.due_time()) == FromProto(owed.since_time()) + absl::Hours(4),
                 owed.ShortDebugString());
  company.Need(company.Answer(company.As(v1::ROLE_TECHNOLOGY), transfer.name()));
  company.Expect(company.OwedOfKind(transfer.name(), "department-answers").state() == v1::OBLIGATION_STATE_MET,
                 "the department's answer does not count");
}

void WalkAnswers(Company& company) {
  company.For("SL-4.3.7");
  const std::string name = company.Register(absl::Minutes(5)).name();
  v1::AnswerContactRequest answer;
  answer.set_name(name);
  company.Expect(!company.As(v1::ROLE_CUSTOMER_SERVICE).cases().AnswerContact(answer).ok(),
                 "answered without saying anything");
  answer.set_answer("The valve opens at 4 bar; a colleague will tell you the torque tomorrow.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().AnswerContact(answer).status());
  company.Restart();
  const v1::Contact read = ReadContact(company, name);
  company.Shown("SL-4.3.7", "read-back",
                read.answer() == answer.answer() &&
                    read.answered_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE) && read.has_answer_time(),
                read.ShortDebugString());
}

absl::Time AMonthLater(absl::Time since) {
  absl::TimeZone shanghai;
  absl::LoadTimeZone("Asia/Shanghai", &shanghai);
  const absl::TimeZone::CivilInfo local = shanghai.At(since);
  const absl::CivilMonth next = absl::CivilMonth(local.cs) + 1;
  const int last = (absl::CivilDay(next + 1) - 1).day();
  return absl::FromCivil(absl::CivilSecond(next.year(), next.month(), std::min(local.cs.day(), last), local.cs.hour(),
                                           local.cs.minute(), local.cs.second()),
                         shanghai) +
         local.subsecond;
}

void WalkFirstReturnVisit(Company& company) {
  ProveClock(company, {.clauses = {"SL-4.3.8a"},
                       .kind = "first-return-visit",
                       .stated = true,
                       .escalations = {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       .arise = [&](absl::Duration) { return AddUser(company); },
                       .from_notice = false,
                       .due = AMonthLater});
  const std::string customer = AddUser(company);
  company.Expect(company.OwedOfKind(customer, "first-return-visit").owner() == v1::ROLE_CUSTOMER_SERVICE,
                 "customer service does not owe it");
  CallCustomer(company, customer, /*reached=*/false);
  company.Expect(company.OwedOfKind(customer, "first-return-visit").state() == v1::OBLIGATION_STATE_OPEN,
                 "an attempt is enough");
  // One call does for the first visit and the quarter's.
  CallCustomer(company, customer, /*reached=*/true);
  for (const char* kind : {"first-return-visit", "quarterly-return-visit"}) {
    if (!company.FindOwed(customer, kind).has_value()) continue;
    company.Expect(company.OwedOfKind(customer, kind).state() == v1::OBLIGATION_STATE_MET,
                   absl::StrCat("a call does not meet ", kind));
  }
  // The next pump is no first installation.
  company.AddEquipment(customer,
                       [&](v1::Equipment& equipment) { *equipment.mutable_install_time() = ToProto(company.Now()); });
  company.Expect(AllOfKind(company, customer, "first-return-visit").size() == 1, "owed for every installation");
}

void WalkQuarterlyReturnVisit(Company& company) {
  ProveQuarterlyCalls(company, {"SL-4.3.8b", "quarterly-return-visit", /*stated=*/true, v1::ROLE_SERVICE_MANAGER, [&] {
                                  const std::string late = company.Register(absl::Hours(5)).name();
                                  return company.OwedOfKind(late, "reply");
                                }});
}

void WalkConfidentiality(Company& company) {
  company.For("SL-4.4.7b");
  const v1::Contact contact = company.Register(absl::Minutes(5));
  const v1::Contact seen = ReadContact(company.As(v1::ROLE_AUDITOR), company, contact.name());
  company.Shown(
      "SL-4.4.7b", "refused",
      seen.name() == contact.name() && seen.telephone() != contact.telephone() && seen.person() != contact.person(),
      seen.ShortDebugString());
  const v1::Contact whole = ReadContact(company, contact.name());
  company.Shown("SL-4.4.7b", "allowed", whole.telephone() == contact.telephone() && whole.person() == contact.person(),
                whole.ShortDebugString());
}

// --- Reports ---

// Every question, counted one by one.
void WalkUnanswered(Company& company) {
  company.ForAll({"SL-3.1.4", "SL-4.3.3"});
  company.PassTime(absl::Hours(2));  // what others registered lies before the period
  const absl::Time start = company.Now();
  company.PassTime(absl::Minutes(30));
  Client& service = company.As(v1::ROLE_CUSTOMER_SERVICE);
  const std::string waiting = company.Register(absl::Minutes(25)).name();
  company.Need(company.Answer(service, company.Register(absl::Minutes(20)).name()));
  company.Need(company.Answer(service, company.Register(absl::Minutes(10), ByLetter).name()));
  company.Register(absl::Minutes(9), ByLetter);
  company.Need(company.EndContact(service, company.Register(absl::Minutes(8)).name(), "not-our-product"));

  int contacts = 0, answered = 0, unanswered = 0;
  int64_t longest = 0;
  std::set<std::string> ignored;
  auto pages = service.cases().ListContactsAll(v1::ListContactsRequest());
  for (const auto& contact : pages) {
    company.Need(contact.status());
    if (FromProto(contact->notice_time()) < start) continue;
    ++contacts;
    if (contact->has_answer_time()) {
      ++answered;
      longest = std::max(longest,
                         absl::ToInt64Seconds(FromProto(contact->answer_time()) - FromProto(contact->notice_time())));
    } else if (contact->state() == v1::CONTACT_STATE_OPEN || contact->state() == v1::CONTACT_STATE_TRANSFERRED) {
      ++unanswered;
      ignored.insert(contact->name());
    }
  }
  v1::GetResponseReportRequest request;
  *request.mutable_start_time() = ToProto(start);
  *request.mutable_end_time() = ToProto(company.Now());
  const v1::ResponseReport report = company.Need(company.Lead().reports().GetResponseReport(request));
  const bool same = report.contacts() == contacts && report.answered() == answered &&
                    report.unanswered() == unanswered && report.ended_unanswered() == 1 &&
                    report.longest_seconds() == longest && report.longest_waiting() == waiting;
  v1::ListContactsRequest open;
  open.mutable_filter()->set_unanswered(true);
  std::set<std::string> listed;
  auto open_pages = service.cases().ListContactsAll(open);
  for (const auto& contact : open_pages) {
    company.Need(contact.status());
    if (FromProto(contact->notice_time()) >= start) listed.insert(contact->name());
  }
  company.Shown("SL-3.1.4", "counted", same && listed == ignored && ignored.size() == 2,
                absl::StrCat("counted ", ignored.size(), ", listed ", listed.size(), ": ", report.ShortDebugString()));
  int by_channel = 0;
  for (const v1::ChannelResponse& channel : report.channels()) by_channel += channel.answered();
  company.Shown("SL-4.3.3", "counted", same && by_channel == answered && answered == 2, report.ShortDebugString());
}

// Nobody's work is to be delayed: how long each could not work.
void WalkDowntime(Company& company) {
  company.For("SL-4.3.1");
  const absl::Time start = company.Now();
  std::map<std::string, int64_t> stood;
  for (const int hours : {3, 7}) {
    const std::string name = company
                                 .OpenCase(absl::Hours(1),
                                           [&](v1::Case& service_case) {
                                             *service_case.mutable_fault_time() =
                                                 ToProto(company.Now() - absl::Hours(hours));
                                           })
                                 .name();
    Guide(company, name, /*solved=*/true);
    company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
    company.PassTime(absl::Minutes(10));
    company.Need(company.Close(name));
    const v1::Case closed = company.Read(name);
    stood[name] = absl::ToInt64Seconds(FromProto(closed.close_time()) - FromProto(closed.fault_time()));
  }
  v1::ListDowntimesRequest request;
  *request.mutable_filter()->mutable_start_time() = ToProto(start);
  const v1::ListDowntimesResponse listed = company.Need(company.Lead().reports().ListDowntimes(request));
  std::map<std::string, int64_t> told;
  for (const v1::Downtime& downtime : listed.downtimes()) told[downtime.service_case()] = downtime.downtime_seconds();
  company.Shown("SL-4.3.1", "counted", told == stood, listed.ShortDebugString());
}

}  // namespace

std::vector<Walk> SouthLubricationWalks() {
  return {
      {"GuidanceOnTheTelephoneIsRecorded", {"SL-3.1.1"}, WalkGuidance},
      {"WeApologizeForWhatIsNotOurs", {"SL-3.1.5"}, WalkApology},
      {"UsersAreRepliedToInTime", {"SL-3.1.6"}, WalkReply},
      {"RecordsOfTheTelephoneAreComplete", {"SL-3.1.7"}, WalkRecord},
      {"DisputesAndConductAreComplainedOf", {"SL-3.1.8", "SL-5.2"}, WalkConduct},
      {"NobodyIsSentWithoutTheRegistrationForm", {"SL-3.1.9a"}, WalkOnSiteRegistration},
      {"TheTelephoneIsServedDayAndNight", {"SL-4.3.2"}, WalkDayAndNight},
      {"WhatIsNotOursToAnswerIsPassedOn", {"SL-4.3.4"}, WalkPassingOn},
      {"EveryQuestionIsAnswered", {"SL-4.3.7"}, WalkAnswers},
      {"GeneralEquipmentIsExplained", {"SL-4.3.10"}, WalkGeneralEquipment},
      {"UserInformationIsConfidential", {"SL-4.4.7b"}, WalkConfidentiality},
      {"QuestionsAreNotIgnored", {"SL-3.1.4", "SL-4.3.3"}, WalkUnanswered},
      {"NoUserIsToDelayWork", {"SL-4.3.1"}, WalkDowntime},
      {"FirstInstallationsAreFollowedByACall", {"SL-4.3.8a"}, WalkFirstReturnVisit},
      {"EveryUserIsCalledEveryQuarter", {"SL-4.3.8b"}, WalkQuarterlyReturnVisit},
  };
}

}  // namespace aftersales::testing
