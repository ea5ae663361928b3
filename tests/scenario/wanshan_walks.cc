// Wanshan: its after-sales service management procedure, from the main jobs to the four don'ts.
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/return_visits.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

std::function<void(v1::Case&)> OfType(const std::string& type) {
  return [type](v1::Case& service_case) { service_case.set_type(type); };
}

v1::Contact ReadContact(Company& company, const std::string& name) {
  v1::GetContactRequest request;
  request.set_name(name);
  return company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().GetContact(request));
}

// --- I Main jobs
// -----------------------------------------------------------------------------------------------------------

void WalkInquiries(Company& company) {
  company.For("WS-I.1");
  const auto inquiry = [](v1::Contact& contact) {
    contact.set_type("inquiry");
    contact.set_channel(v1::CHANNEL_LETTER);
    contact.set_text("Does the chassis take the longer crane?");
  };
  const v1::Contact answered = company.Register(absl::Minutes(5), inquiry);
  const v1::Contact foreign = company.Register(absl::Minutes(5), inquiry);
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), answered.name()));
  company.Need(company.EndContact(company.As(v1::ROLE_CUSTOMER_SERVICE), answered.name(), "answered"));
  company.Need(company.EndContact(company.As(v1::ROLE_CUSTOMER_SERVICE), foreign.name(), "not-our-product"));
  company.Restart();
  const v1::Contact read = ReadContact(company, answered.name());
  company.Shown("WS-I.1", "read-back",
                read.type() == "inquiry" && read.text() == answered.text() && !read.answer().empty() &&
                    read.answered_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE) &&
                    read.outcome() == "answered" && ReadContact(company, foreign.name()).outcome() == "not-our-product",
                read.ShortDebugString());
}

void WalkComplaints(Company& company) {
  const auto complaint = [](v1::Contact& contact) {
    contact.set_type("complaint");
    contact.set_channel(v1::CHANNEL_LETTER);
  };
  ProveClock(company, {{"WS-I.2"},
                       "complaint-feedback",
                       absl::Hours(2),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration ago) { return company.Register(ago, complaint).name(); }});
  // What turns out to be a complaint has the same time from its notice.
  const v1::Contact turned =
      company.Register(absl::Minutes(5), [](v1::Contact& contact) { contact.set_channel(v1::CHANNEL_LETTER); });
  company.Expect(!company.FindOwed(turned.name(), "complaint-feedback").has_value(), "owed for what is no complaint");
  company.Change(turned, [](v1::Contact& contact) { contact.set_type("complaint"); });
  company.Expect(FromProto(company.OwedOfKind(turned.name(), "complaint-feedback").due_time()) ==
                     FromProto(turned.notice_time()) + absl::Hours(2),
                 "not judged by the entry as it is now");
}

absl::StatusOr<v1::TelephoneAttempt> Telephone(Company& company, const std::string& name, bool solved) {
  v1::CreateTelephoneAttemptRequest request;
  request.set_parent(name);
  request.mutable_telephone_attempt()->set_reached(true);
  request.mutable_telephone_attempt()->set_solved(solved);
  request.mutable_telephone_attempt()->set_text("Had the driver switch the pump off and on.");
  return company.As(v1::ROLE_CUSTOMER_SERVICE).cases().CreateTelephoneAttempt(request);
}

void WalkRepairReports(Company& company) {
  ProveClock(company, {{"WS-I.3"},
                       "repair-arranged",
                       absl::Hours(8),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_EXECUTIVE}},
                       [&](absl::Duration ago) { return company.OpenCase(ago, OfType("repair")).name(); }});
  // No repair report is refused.
  v1::RefuseCaseRequest refuse;
  refuse.set_name(company.OpenCase(absl::Minutes(5), OfType("repair")).name());
  refuse.set_reason("Nobody has time.");
  company.ExpectRefused(company.Lead().cases().RefuseCase(refuse).status(), v1::ERROR_REASON_OBLIGATION_OPEN);
  // Somebody technical on the telephone who solves it, or who is sent.
  company.Need(Telephone(company, refuse.name(), /*solved=*/true).status());
  company.Expect(company.OwedOfKind(refuse.name(), "repair-arranged").state() == v1::OBLIGATION_STATE_MET,
                 "help does not count");
  const std::string sent = company.OpenCase(absl::Minutes(5), OfType("repair")).name();
  company.Need(company.Accept(sent));
  company.Need(Telephone(company, sent, /*solved=*/false).status());
  company.Expect(company.OwedOfKind(sent, "repair-arranged").state() == v1::OBLIGATION_STATE_OPEN,
                 "an attempt is enough");
  company.AssignedVisit(sent);
  company.Expect(company.OwedOfKind(sent, "repair-arranged").state() == v1::OBLIGATION_STATE_MET,
                 "sending does not count");
}

void WalkFiles(Company& company) {
  company.For("WS-I.5");
  // Before the sale: what was agreed; after it: what was done.
  Client& service = company.As(v1::ROLE_CUSTOMER_SERVICE);
  const std::string before =
      company.Attach(service, company.AddContract(company.customer(), 12), "The offer, as discussed.\n").name();
  const std::string name = company.OpenCase().name();
  company.Need(company.Accept(name));
  company.AssignedVisit(name);
  company.Need(company.FileDocument(name, "service-form"));
  const std::string after = company.Attach(service, name, "Oil pressure 4.1 bar.\n").name();
  company.Restart();
  v1::ListDocumentsRequest documents;
  documents.set_parent(name);
  const v1::ListDocumentsResponse filed = company.Need(company.Lead().cases().ListDocuments(documents));
  bool kept = filed.documents_size() == 1 && filed.documents(0).kind() == "service-form";
  for (const auto& [file, text] : {std::pair<std::string, std::string>{before, "The offer, as discussed.\n"},
                                   {after, "Oil pressure 4.1 bar.\n"}}) {
    v1::DownloadAttachmentRequest download;
    download.set_name(file);
    std::string bytes;
    const ByteSink sink = [&](absl::string_view part) {
      bytes.append(part.data(), part.size());
      return absl::OkStatus();
    };
    company.Need(company.Lead().attachments().Download(download, sink).status());
    kept = kept && bytes == text;
  }
  company.Shown("WS-I.5", "read-back", kept, "a file is not as it was filed");
}

void WalkFollowUp(Company& company) {
  ProveQuarterlyCalls(company, {"WS-I.6", "follow-up", /*stated=*/false, v1::ROLE_SERVICE_MANAGER, [&] {
                                  const std::string late = company.Register(absl::Hours(3)).name();
                                  return company.OwedOfKind(late, "call-back");
                                }});
  // Who was visited need not be called.
  const std::string customer = AddUser(company);
  company.Need(Say(company, v1::FEEDBACK_KIND_OPINION, customer).status());
  company.Expect(company.OwedOfKind(customer, "follow-up").state() == v1::OBLIGATION_STATE_OPEN,
                 "an opinion is enough");
  company.Need(Say(company, v1::FEEDBACK_KIND_VISIT, customer).status());
  company.Expect(company.OwedOfKind(customer, "follow-up").state() == v1::OBLIGATION_STATE_MET,
                 "a visit does not count");
}

// --- II Service procedures
// ---------------------------------------------------------------------------------------------------

void WalkCallBack(Company& company) {
  ProveClock(company, {{"WS-II.1a"},
                       "call-back",
                       absl::Hours(2),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration ago) { return company.Register(ago).name(); }});
  company.Expect(
      !company
           .FindOwed(
               company.Register(absl::Minutes(5), [](v1::Contact& contact) { contact.set_channel(v1::CHANNEL_LETTER); })
                   .name(),
               "call-back")
           .has_value(),
      "a letter is called back");
  // Passed on, a technician owes the answer.
  v1::TransferContactRequest transfer;
  transfer.set_name(company.Register(absl::Minutes(5)).name());
  transfer.set_department(v1::ROLE_TECHNOLOGY);
  transfer.set_reason("About the control of the crane.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().TransferContact(transfer).status());
  const v1::Obligation owed = company.OwedOfKind(transfer.name(), "technician-answers");
  company.Expect(owed.owner() == v1::ROLE_TECHNOLOGY &&
                     FromProto(owed.due_time()) == FromProto(owed.since_time()) + absl::Hours(2),
                 owed.ShortDebugString());
  // Passed on once more with a time agreed, the next department owes it by then.
  const absl::Time agreed = FromProto(ToProto(company.Now() + absl::Hours(5)));
  transfer.set_department(v1::ROLE_PRODUCTION);
  *transfer.mutable_answer_by_time() = ToProto(agreed);
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().TransferContact(transfer).status());
  const v1::Obligation next = company.OwedOfKind(transfer.name(), "technician-answers");
  company.Expect(next.owner() == v1::ROLE_PRODUCTION && FromProto(next.due_time()) == agreed, next.ShortDebugString());
  company.Need(company.Answer(company.As(v1::ROLE_PRODUCTION), transfer.name()));
  company.Expect(company.OwedOfKind(transfer.name(), "technician-answers").state() == v1::OBLIGATION_STATE_MET &&
                     company.OwedOfKind(transfer.name(), "call-back").state() == v1::OBLIGATION_STATE_MET,
                 "the technician's answer does not count");
}

void WalkTelephoneFirst(Company& company) {
  company.For("WS-II.1b");
  const std::string name = company.OpenCase(absl::Minutes(5), OfType("repair")).name();
  company.Need(company.Accept(name));
  company.Skipped("WS-II.1b", company.PlanVisit(name).status());
  company.Need(company.FileDocument(name, "letter", v1::ROLE_CUSTOMER_SERVICE));
  company.Refused("WS-II.1b", company.PlanVisit(name).status());
  company.Need(Telephone(company, name, /*solved=*/false).status());
  company.Allowed("WS-II.1b", company.PlanVisit(name).status());
}

void WalkServiceForm(Company& company) {
  company.For("WS-II.2b");
  const std::string name = company.OpenCase().name();
  company.Need(company.Accept(name));
  company.Skipped("WS-II.2b", company.Close(name));
  const std::string visit = company.Need(company.CheckIn(company.AssignedVisit(name).name())).name();
  company.Need(company.StartWork(visit));
  company.Need(company.CompleteWork(visit));
  company.Refused("WS-II.2b", company.Close(name));
  company.Need(company.Satisfied(visit, true));
  company.Refused("WS-II.2b", company.Close(name));  // signed, and not in the department's file
  company.Need(company.FileDocument(name, "service-form"));
  company.Allowed("WS-II.2b", company.Close(name));
}

enum class Warranty { kRunning, kEnded, kUnknown };

// An accepted case about equipment whose contract says so of the warranty.
std::string AcceptedUnder(Company& company, Warranty warranty, v1::ServiceMode mode = v1::SERVICE_MODE_TELEPHONE) {
  const std::string contract = company.AddContract(company.customer(), 12);
  const std::string equipment =
      company
          .AddEquipment(company.customer(),
                        [&](v1::Equipment& equipment) {
                          if (warranty == Warranty::kUnknown) return;
                          equipment.set_contract(contract);
                          *equipment.mutable_commission_time() =
                              ToProto(company.Now() - absl::Hours(24) * (warranty == Warranty::kRunning ? 100 : 1000));
                        })
          .name();
  const std::string name =
      company.OpenCase(absl::Minutes(5), [&](v1::Case& service_case) { service_case.set_equipment(equipment); }).name();
  company.Need(company.Accept(name, mode));
  return name;
}

// By the engineer, who has the case since somebody is sent on it.
void Explain(Company& company, const std::string& name, bool accepted) {
  v1::ExplainImproperUseRequest explain;
  explain.set_name(name);
  explain.set_explanation("The crane was used beyond its load.");
  explain.set_guidance("Read the load from the display before lifting.");
  company.Need(company.As(v1::ROLE_FIELD_ENGINEER).cases().ExplainImproperUse(explain).status());
  v1::RecordExplanationReplyRequest reply;
  reply.set_name(name);
  reply.set_accepted(accepted);
  reply.mutable_evidence()->set_text(accepted ? "Accepted by letter." : "The user says that the display was dark.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().RecordExplanationReply(reply).status());
}

void WalkImproperUse(Company& company) {
  company.For("WS-II.3a");
  const std::string name = AcceptedUnder(company, Warranty::kRunning);
  company.AssignedVisit(name);
  const v1::Case judged = company.Need(company.DetermineCause(name, v1::CAUSE_IMPROPER_USE));
  company.Expect(
      judged.coverage().decision() == v1::COVERAGE_DECISION_NOT_COVERED && judged.coverage().rule() == "improper-use",
      judged.coverage().ShortDebugString());
  const std::optional<v1::Obligation> owed = company.FindOwed(name, "improper-use-explained");
  company.Shown("WS-II.3a", "holds", owed.has_value() && owed->state() == v1::OBLIGATION_STATE_OPEN,
                "nobody owes the user an explanation");
  const std::string own_fault = AcceptedUnder(company, Warranty::kRunning);
  company.Need(company.DetermineCause(own_fault, v1::CAUSE_MANUFACTURE).status());
  company.Shown("WS-II.3a", "not", !company.FindOwed(own_fault, "improper-use-explained").has_value(),
                "owed for a fault of manufacture");

  company.For("WS-II.3b");
  company.Skipped("WS-II.3b", company.DecideRemedy(name, v1::REMEDY_PAID_SERVICE).status());
  Explain(company, name, /*accepted=*/false);
  company.Refused("WS-II.3b", company.DecideRemedy(name, v1::REMEDY_PAID_SERVICE).status());
  company.Refused("WS-II.3b", company.Close(name));
  Explain(company, name, /*accepted=*/true);
  company.For("WS-II.3a");
  company.Expect(company.OwedOfKind(name, "improper-use-explained").state() == v1::OBLIGATION_STATE_MET,
                 "explaining does not count");
  const auto decided = company.DecideRemedy(name, v1::REMEDY_PAID_SERVICE);
  company.Allowed("WS-II.3b", decided.status());
  company.Expect(decided.ok() && decided->charged(), TextOf(decided.status()));
}

void WalkNoBlame(Company& company) {
  company.For("WS-IV.dont3");
  const std::string misused = AcceptedUnder(company, Warranty::kRunning);
  company.AssignedVisit(misused);
  company.Need(company.DetermineCause(misused, v1::CAUSE_IMPROPER_USE).status());
  company.ExpectRefused(company.Close(misused), v1::ERROR_REASON_OBLIGATION_OPEN);
  Explain(company, misused, /*accepted=*/true);
  const auto guided = company.DecideRemedy(misused, v1::REMEDY_GUIDANCE);
  company.Shown(
      "WS-IV.dont3", "holds",
      guided.ok() && !guided->charged() && !guided->improper_use().guidance().empty() && company.Close(misused).ok(),
      TextOf(guided.status()));
  const std::string own_fault = AcceptedUnder(company, Warranty::kRunning);
  company.Need(company.DetermineCause(own_fault, v1::CAUSE_DESIGN).status());
  company.Refused("WS-IV.dont3", company.DecideRemedy(own_fault, v1::REMEDY_PAID_SERVICE).status(),
                  v1::ERROR_REASON_REMEDY_NOT_ALLOWED, "not");
}

// --- III Service commitment
// --------------------------------------------------------------------------------------------------

void WalkWarrantyByContract(Company& company) {
  company.For("WS-III.1");
  const std::string name = AcceptedUnder(company, Warranty::kUnknown);
  company.Skipped("WS-III.1", company.DecideRemedy(name, v1::REMEDY_REPAIR).status());
  const v1::Case unknown = company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE));
  company.Expect(unknown.coverage().warranty() == v1::WARRANTY_STATE_UNKNOWN, unknown.coverage().ShortDebugString());
  company.Refused("WS-III.1", company.DecideRemedy(name, v1::REMEDY_REPAIR).status());

  v1::GetEquipmentRequest get;
  get.set_name(unknown.equipment());
  v1::UpdateEquipmentRequest update;
  *update.mutable_equipment() = company.Need(company.As(v1::ROLE_ADMIN).directory().GetEquipment(get));
  update.set_name(unknown.equipment());
  update.set_etag(update.equipment().etag());
  const std::string contract = company.AddContract(company.customer(), 24);
  update.mutable_equipment()->set_contract(contract);
  *update.mutable_equipment()->mutable_commission_time() = ToProto(company.Now() - absl::Hours(24 * 400));
  company.Need(company.As(v1::ROLE_ADMIN).directory().UpdateEquipment(update).status());
  const v1::Case known = company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE));
  company.Expect(known.coverage().contract() == contract && known.coverage().provision() == "8.2" &&
                     known.coverage().decision() == v1::COVERAGE_DECISION_COVERED &&
                     known.coverage().rule() == "defect-in-warranty",
                 known.coverage().ShortDebugString());
  const auto decided = company.DecideRemedy(name, v1::REMEDY_REPAIR);
  company.Allowed("WS-III.1", decided.status());
  company.Expect(decided.ok() && !decided->charged(), "the user pays for it");
}

void WalkFreeReplacement(Company& company) {
  company.For("WS-III.2a");
  for (const v1::Cause cause : {v1::CAUSE_DESIGN, v1::CAUSE_MANUFACTURE, v1::CAUSE_PROCUREMENT}) {
    const std::string name = AcceptedUnder(company, Warranty::kRunning);
    const v1::Case judged = company.Need(company.DetermineCause(name, cause));
    company.Expect(judged.coverage().decision() == v1::COVERAGE_DECISION_COVERED &&
                       judged.coverage().rule() == "defect-in-warranty",
                   judged.coverage().ShortDebugString());
    const v1::Case replaced = company.Need(company.DecideRemedy(name, v1::REMEDY_REPLACE));
    company.Expect(!replaced.charged() && replaced.remedy_decision().clauses(0) == "WS-III.2a", "it is not free");
  }
  const std::string worn = AcceptedUnder(company, Warranty::kRunning);
  company.Need(company.DetermineCause(worn, v1::CAUSE_WEAR).status());
  company.ExpectRefused(company.DecideRemedy(worn, v1::REMEDY_REPLACE).status(), v1::ERROR_REASON_REMEDY_NOT_ALLOWED);
}

void Quote(Company& company, const std::string& name, int64_t fen) {
  v1::QuotePriceRequest request;
  request.set_name(name);
  request.mutable_price()->set_currency_code("CNY");
  request.mutable_price()->set_minor_units(fen);
  request.set_text("Exchange of the valve, with the way there and back.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().QuotePrice(request).status());
}

void Agree(Company& company, const std::string& name) {
  v1::AgreePriceRequest request;
  request.set_name(name);
  request.mutable_evidence()->set_text("Agreed by letter.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).cases().AgreePrice(request).status());
}

void WalkPaidService(Company& company) {
  company.For("WS-III.2b");
  const std::string name = AcceptedUnder(company, Warranty::kEnded, v1::SERVICE_MODE_ON_SITE);
  const v1::Case judged = company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE));
  company.Expect(
      judged.coverage().decision() == v1::COVERAGE_DECISION_NOT_COVERED && judged.coverage().rule() == "after-warranty",
      judged.coverage().ShortDebugString());
  company.Expect(!company.DecideRemedy(name, v1::REMEDY_REPAIR).ok(), "repaired for nothing after the warranty");
  const std::string visit = company.Need(company.CheckIn(company.AssignedVisit(name).name())).name();
  company.Refused("WS-III.2b", company.StartWork(visit));  // before anybody has decided that it is paid for
  const v1::Case decided = company.Need(company.DecideRemedy(name, v1::REMEDY_PAID_SERVICE));
  company.Expect(decided.charged(), "the user does not pay for it");
  company.Skipped("WS-III.2b", company.StartWork(visit));
  Quote(company, name, 120000);
  company.Refused("WS-III.2b", company.StartWork(visit));
  company.Refused("WS-III.2b", company.Close(name));
  Agree(company, name);
  Quote(company, name, 150000);  // another price needs another agreement
  company.Refused("WS-III.2b", company.StartWork(visit));
  Agree(company, name);
  company.Allowed("WS-III.2b", company.StartWork(visit));
  Quote(company, name, 180000);  // nor does the work go on at a price that was raised meanwhile
  company.Refused("WS-III.2b", company.CompleteWork(visit));
  Agree(company, name);
  company.Allowed("WS-III.2b", company.CompleteWork(visit));
}

void WalkSeriousFaultResponse(Company& company) {
  ProveClock(
      company,
      {{"WS-III.3a"},
       "serious-fault-response",
       absl::Hours(8),
       /*stated=*/true,
       {{absl::ZeroDuration(), v1::ROLE_EXECUTIVE}},
       [&](absl::Duration ago) {
         return company.Register(ago, [](v1::Contact& contact) { contact.set_severity(v1::SEVERITY_CRITICAL); }).name();
       }});
  const std::string called =
      company.Register(absl::Minutes(5), [](v1::Contact& contact) { contact.set_severity(v1::SEVERITY_CRITICAL); })
          .name();
  const v1::Obligation call_back = company.OwedOfKind(called, "call-back");
  company.Expect(FromProto(call_back.due_time()) == FromProto(call_back.since_time()) + absl::Hours(8),
                 "the call is to be answered before the eight hours are over");
  company.Expect(!company.FindOwed(company.Register(absl::Minutes(5)).name(), "serious-fault-response").has_value(),
                 "owed for every fault");
}

void WalkSeriousFaultOnSite(Company& company) {
  const auto serious = [](v1::Case& service_case) { service_case.set_severity(v1::SEVERITY_CRITICAL); };
  ProveClock(company, {{"WS-III.3b"},
                       "serious-fault-on-site",
                       absl::Hours(48),
                       /*stated=*/true,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration ago) { return company.OpenCase(ago, serious).name(); }});
  const std::string name = company.OpenCase(absl::Hours(1), serious).name();
  company.Need(company.Accept(name));
  company.Pause(name, v1::PAUSE_CAUSE_FORCE_MAJEURE, company.Now());
  company.Expect(company.OwedOfKind(name, "serious-fault-on-site").paused(), "force majeure does not stop the clock");
  company.Resume(name, company.Now());
  company.Need(company.CheckIn(company.AssignedVisit(name).name()).status());
  company.Expect(company.OwedOfKind(name, "serious-fault-on-site").state() == v1::OBLIGATION_STATE_MET,
                 "arriving does not count");
}

void WalkTimes(Company& company) {
  company.For("WS-III.3c");
  const v1::Contact contact = company.Register(absl::Minutes(10), [&](v1::Contact& contact) {
    *contact.mutable_fault_time() = ToProto(company.Now() - absl::Hours(7));
  });
  company.Restart();
  const v1::Contact read = ReadContact(company, contact.name());
  const absl::Duration waited = FromProto(read.notice_time()) - FromProto(read.fault_time());
  company.Shown("WS-III.3c", "read-back",
                read.has_fault_time() && FromProto(read.notice_time()) == FromProto(contact.notice_time()) &&
                    waited > absl::Hours(6) && waited < absl::Hours(7),
                read.ShortDebugString());
}

// --- IV Guidelines of behaviour
// ------------------------------------------------------------------------------------------------

// Until when a contact waited for its answer, or for its end without one.
absl::Time WaitedUntil(const v1::Contact& contact) {
  if (contact.has_answer_time()) return FromProto(contact.answer_time());
  return contact.has_close_time() ? FromProto(contact.close_time()) : absl::InfiniteFuture();
}

void WalkEqualTreatment(Company& company) {
  company.For("WS-IV.I.1");
  Client& service = company.As(v1::ROLE_CUSTOMER_SERVICE);
  const auto serious = [](v1::Contact& contact) { contact.set_severity(v1::SEVERITY_MAJOR); };
  company.PassTime(absl::Hours(2));  // what others registered lies before the period
  const std::string first = company.Register(absl::Minutes(50)).name();
  const std::string urgent = company.Register(absl::Minutes(40), serious).name();
  const std::string third = company.Register(absl::Minutes(30)).name();
  const std::string ended = company.Register(absl::Minutes(25)).name();
  const std::string last = company.Register(absl::Minutes(20), serious).name();
  company.Need(company.Answer(service, urgent));  // worse than what came before it
  company.Need(company.EndContact(service, ended, "not-our-product"));
  company.Need(company.Answer(service, last));   // nobody as bad is waiting
  company.Need(company.Answer(service, third));  // before the first one
  company.Need(company.Answer(service, first));

  v1::AuditContactQueueRequest request;
  *request.mutable_start_time() = ToProto(company.Now() - absl::Hours(1));
  *request.mutable_end_time() = ToProto(company.Now());
  const v1::AuditContactQueueResponse audit =
      company.Need(company.As(v1::ROLE_AUDITOR).cases().AuditContactQueue(request));
  // Counted by comparing every contact with every other.
  std::vector<v1::Contact> contacts;
  auto pages = service.cases().ListContactsAll(v1::ListContactsRequest());
  for (const auto& contact : pages) {
    company.Need(contact.status());
    if (FromProto(contact->notice_time()) >= FromProto(request.start_time())) contacts.push_back(*contact);
  }
  std::map<std::string, int> overtaken;
  for (const v1::Contact& one : contacts) {
    if (!one.has_answer_time()) continue;
    for (const v1::Contact& other : contacts) {
      if (FromProto(other.notice_time()) < FromProto(one.notice_time()) && other.severity() >= one.severity() &&
          WaitedUntil(other) > FromProto(one.answer_time())) {
        ++overtaken[one.name()];
      }
    }
  }
  bool same = audit.contacts() == static_cast<int>(contacts.size()) &&
              audit.total_jumps() == static_cast<int>(overtaken.size()) && overtaken.size() == 1 &&
              overtaken.count(third) == 1;
  for (const v1::QueueJump& jump : audit.jumps()) same = same && overtaken[jump.contact()] == jump.overtaken();
  company.Shown(
      "WS-IV.I.1", "counted", same,
      absl::StrCat("counted ", overtaken.size(), " among ", contacts.size(), ", told ", audit.ShortDebugString()));
}

void WalkNothingHalfDone(Company& company) {
  company.For("WS-IV.I.3");
  const std::string forgotten = company.OpenCase().name();
  const std::string owing = company.OpenCase(absl::Minutes(5), OfType("repair")).name();
  std::set<std::string> counted, told;
  auto pages = company.Lead().cases().ListCasesAll(v1::ListCasesRequest());
  for (const auto& service_case : pages) {
    company.Need(service_case.status());
    if (service_case->state() != v1::CASE_STATE_OPEN && service_case->state() != v1::CASE_STATE_ACCEPTED) continue;
    bool owes = false;
    for (const v1::Obligation& owed : company.Owed(service_case->name())) {
      owes = owes || owed.state() == v1::OBLIGATION_STATE_OPEN;
    }
    if (!owes) counted.insert(service_case->name());
  }
  v1::ListIdleCasesRequest request;
  do {
    const v1::ListIdleCasesResponse page = company.Need(company.As(v1::ROLE_AUDITOR).cases().ListIdleCases(request));
    for (const v1::Case& idle : page.cases()) told.insert(idle.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  company.Shown("WS-IV.I.3", "counted", told == counted && told.count(forgotten) == 1 && told.count(owing) == 0,
                absl::StrCat("counted ", counted.size(), ", told ", told.size()));
}

void WalkSimilarCases(Company& company) {
  company.For("WS-IV.I.4");
  const auto about = [](const std::string& item) {
    return [item](v1::Case& service_case) {
      service_case.clear_nonconforming_items();
      service_case.add_nonconforming_items(item);
    };
  };
  const std::string before = company.OpenCase(absl::Hours(9), about("Slewing ring")).name();
  const std::string other = company.OpenCase(absl::Hours(9), about("cabin door")).name();
  const std::string now = company.OpenCase(absl::Minutes(5), about("slewing ring")).name();
  v1::ListSimilarCasesRequest list;
  list.set_name(now);
  const v1::ListSimilarCasesResponse offered = company.Need(company.Lead().cases().ListSimilarCases(list));
  company.Expect(offered.similar_cases_size() == 1 && offered.similar_cases(0).service_case() == before &&
                     offered.similar_cases(0).same_product(),
                 absl::StrCat(other, " or none is offered: ", offered.ShortDebugString()));
  v1::LinkCasesRequest link;
  link.set_name(now);
  link.set_other(before);
  link.set_reason("The same ring, the same sound.");
  company.Need(company.Lead().cases().LinkCases(link).status());
  company.Restart();
  const v1::Case one = company.Read(now);
  const v1::Case two = company.Read(before);
  company.Shown("WS-IV.I.4", "read-back",
                one.links_size() == 1 && one.links(0).service_case() == before && two.links_size() == 1 &&
                    two.links(0).service_case() == now && two.links(0).reason() == link.reason(),
                one.ShortDebugString());
}

}  // namespace

std::vector<Walk> WanshanWalks() {
  return {
      {"InquiriesAreAnswered", {"WS-I.1"}, WalkInquiries},
      {"ComplaintsGetAFirstFeedback", {"WS-I.2"}, WalkComplaints},
      {"EveryRepairReportIsAccepted", {"WS-I.3"}, WalkRepairReports},
      {"FilesAreKept", {"WS-I.5"}, WalkFiles},
      {"UsersAreFollowedUp", {"WS-I.6"}, WalkFollowUp},
      {"ATechnicianCallsBack", {"WS-II.1a"}, WalkCallBack},
      {"TheTelephoneComesFirst", {"WS-II.1b"}, WalkTelephoneFirst},
      {"TheServiceFormIsSignedAndFiled", {"WS-II.2b"}, WalkServiceForm},
      {"ImproperUseIsExplainedUntilItIsAccepted", {"WS-II.3a", "WS-II.3b"}, WalkImproperUse},
      {"WarrantyByTheContract", {"WS-III.1"}, WalkWarrantyByContract},
      {"FreeReplacementWithinTheWarranty", {"WS-III.2a"}, WalkFreeReplacement},
      {"PaidServiceAfterTheWarranty", {"WS-III.2b"}, WalkPaidService},
      {"SeriousFaultsAreAnsweredInEightHours", {"WS-III.3a"}, WalkSeriousFaultResponse},
      {"SeriousFaultsBringSomebodyInTwoDays", {"WS-III.3b"}, WalkSeriousFaultOnSite},
      {"TimesOfFaultAndReportAreApart", {"WS-III.3c"}, WalkTimes},
      {"UsersAreTreatedEqually", {"WS-IV.I.1"}, WalkEqualTreatment},
      {"NothingIsLeftHalfDone", {"WS-IV.I.3"}, WalkNothingHalfDone},
      {"OneProblemTeachesAboutAnother", {"WS-IV.I.4"}, WalkSimilarCases},
      {"OurFaultIsNotPassedOnToTheUser", {"WS-IV.dont3"}, WalkNoBlame},
  };
}

}  // namespace aftersales::testing
