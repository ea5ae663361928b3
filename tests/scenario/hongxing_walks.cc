// Hongxing: sections 2 to 5 of its after-sales service management system.
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

void WalkScope(Company& company) {
  company.For("HX-2");
  const v1::Contact contact = company.Register(absl::Minutes(5));
  company.Need(company.Answer(company.As(v1::ROLE_QUALITY), contact.name()));
  company.Need(company.EndContact(company.As(v1::ROLE_QUALITY), contact.name(), "not-our-product"));
  company.Shown("HX-2", "holds", contact.policy_version().find("hongxing") != std::string::npos,
                contact.ShortDebugString());

  if (company.sink().trial()) return;
  Company without(company.engine(), "");
  const absl::Status refused =
      without.TryRegister(without.As(v1::ROLE_QUALITY), without.Contacting(absl::Minutes(5))).status();
  company.Shown("HX-2", "not", ErrorReasonOf(refused) == v1::ERROR_REASON_NO_POLICY, std::string(refused.message()));
}

void WalkWhoSpeaksWithTheCustomer(Company& company) {
  company.For("HX-3.1");
  const v1::Contact contact = company.Register(absl::Minutes(10));
  Client& other = company.As(v1::ROLE_SERVICE_MANAGER);
  company.Refused("HX-3.1", company.Answer(other, contact.name()), v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("HX-3.1", company.TryRegister(other, company.Contacting(absl::Minutes(10))).status(),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("HX-3.1", company.EndContact(other, contact.name(), "not-our-product"),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("HX-3.1", company.Answer(company.As(v1::ROLE_QUALITY), contact.name()));
}

void WalkEvidence(Company& company) {
  company.For("HX-3.2c");
  const std::string measured = company.CheckedIn("A").service_case.name();
  v1::AcceptAttachmentRequest accept;
  accept.set_name(
      company.Attach(company.As(v1::ROLE_FIELD_ENGINEER), measured, "Brake force at the wheel: 3.1 kN\n").name());
  accept.set_note("The brake force before the repair.");
  company.Refused("HX-3.2c", company.As(v1::ROLE_SERVICE_MANAGER).attachments().AcceptAttachment(accept).status(),
                  v1::ERROR_REASON_ROLE_MISSING);
  const auto accepted = company.As(v1::ROLE_QUALITY).attachments().AcceptAttachment(accept);
  company.Allowed("HX-3.2c", accepted.status());
  company.Expect(accepted.ok() && accepted->accepted_by() == company.PrincipalOf(v1::ROLE_QUALITY),
                 "it is not told who took it into the evidence");
}

void WalkDocuments(Company& company) {
  company.For("HX-3.2d");
  v1::CreateDocumentRequest file;
  file.set_parent(company.CheckedIn("A").service_case.name());
  file.mutable_document()->set_kind("verification-list");
  file.mutable_document()->set_title("Verification list");
  file.mutable_document()->set_text("Of another vehicle, filed here by mistake.");
  v1::VoidDocumentRequest void_document;
  void_document.set_name(company.Need(company.As(v1::ROLE_FIELD_ENGINEER).cases().CreateDocument(file)).name());
  void_document.set_reason("It belongs to another vehicle.");
  company.Refused("HX-3.2d", company.As(v1::ROLE_SERVICE_MANAGER).cases().VoidDocument(void_document).status(),
                  v1::ERROR_REASON_ROLE_MISSING);
  const auto voided = company.As(v1::ROLE_QUALITY).cases().VoidDocument(void_document);
  company.Allowed("HX-3.2d", voided.status());
  company.Expect(voided.ok() && voided->void_reason() == void_document.reason(), "the reason is not kept");
}

void WalkParticulars(Company& company) {
  company.For("HX-5.1b");
  v1::GetContactRequest request;
  request.set_name(company.Register(absl::Minutes(30)).name());
  company.Restart();
  const v1::Contact read = company.Need(company.As(v1::ROLE_QUALITY).cases().GetContact(request));
  company.Shown("HX-5.1b", "read-back",
                read.company() == "Example Tramway Works" && read.telephone() == "+86 431 0000 0000" &&
                    read.product_type() == "Brake unit BU-7" && read.nonconforming_items_size() == 1 &&
                    read.nonconforming_items(0) == "release valve" && read.person() == "Workshop",
                read.DebugString());
}

void WalkReply(Company& company) {
  ProveClock(company, {{"HX-5.1a"},
                       "first-reply",
                       absl::Hours(2),
                       /*stated=*/true,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}, {absl::Minutes(120), v1::ROLE_EXECUTIVE}},
                       [&](absl::Duration ago) {
                         return company.Register(ago, [](v1::Contact& contact) { contact.set_type("fault"); }).name();
                       }});
  // Whenever it was entered: a call of three hours ago is late, one of just under two hours is not.
  Client& quality = company.As(v1::ROLE_QUALITY);
  const v1::Contact late = company.Register(absl::Hours(3));
  const v1::Obligation owed = company.OwedOfKind(late.name(), "first-reply");
  company.Expect(owed.owner() == v1::ROLE_QUALITY, "quality assurance does not owe the reply");
  company.Expect(FromProto(owed.warn_time()) == FromProto(late.notice_time()) + absl::Minutes(90),
                 "no warning at 75 %");
  company.Need(company.Answer(quality, late.name()));
  company.Expect(company.OwedOfKind(late.name(), "first-reply").state() == v1::OBLIGATION_STATE_LATE_MET, "not late");
  const v1::Contact timely = company.Register(absl::Minutes(118));
  company.Need(company.Answer(quality, timely.name()));
  company.Expect(company.OwedOfKind(timely.name(), "first-reply").state() == v1::OBLIGATION_STATE_MET, "late");

  company.Need(company.EndContact(quality, timely.name(), "settled-by-reply"));
}

// Pauses and resumes a case; the clock stands still in between, however long that is.
void PauseFor(Company& company, const std::string& service_case, absl::Duration length) {
  const absl::Time start = FromProto(ToProto(company.Now()));
  // Not for a cause that the rule does not name.
  company.Pause(service_case, v1::PAUSE_CAUSE_OTHER, start);
  company.Expect(!company.OwedOfKind(service_case, "on-site-handling").paused(),
                 "the clock stands still for any cause");
  company.Resume(service_case, start);
  company.Pause(service_case, v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER, start);
  company.PassTimeUntil(start + length);
  // While the case is paused nothing of it fires: what else is due does.
  const v1::Obligation other = company.OwedOfKind(company.Register(absl::Hours(3)).name(), "first-reply");
  company.Need(company.Await(other, v1::EVENT_TYPE_OBLIGATION_BREACHED).status());
  const v1::Obligation paused = company.OwedOfKind(service_case, "on-site-handling");
  company.Expect(paused.paused() && company.CountEvents(paused, v1::EVENT_TYPE_OBLIGATION_BREACHED) == 0,
                 "the clock of a paused case runs on");
  company.Resume(service_case, start + length);
}

void WalkArrival(Company& company) {
  ProveClock(company, {{"HX-5.1c"},
                       "on-site-handling",
                       absl::Hours(24),
                       /*stated=*/true,
                       {{absl::ZeroDuration(), v1::ROLE_QUALITY}},
                       [&](absl::Duration ago) {
                         const std::string name = company.OpenCase(ago).name();
                         company.Need(company.Accept(name));
                         return name;
                       }});
  // The customer's own deadline comes first.
  const absl::Time deadline = FromProto(ToProto(company.Now() + absl::Hours(6)));
  const v1::Case urgent = company.OpenCase(
      absl::Hours(1), [&](v1::Case& service_case) { *service_case.mutable_customer_deadline() = ToProto(deadline); });
  company.Need(company.Accept(urgent.name()));
  company.Expect(FromProto(company.OwedOfKind(urgent.name(), "on-site-handling").due_time()) == deadline,
                 "not due by the customer's deadline");
  // A pause is added to the time, exactly.
  const v1::Case paused = company.OpenCase(absl::Hours(23));
  company.Need(company.Accept(paused.name()));
  PauseFor(company, paused.name(), absl::Hours(5));
  company.Expect(FromProto(company.OwedOfKind(paused.name(), "on-site-handling").due_time()) ==
                     FromProto(paused.notice_time()) + absl::Hours(29),
                 "a pause of five hours moves the due time by something else");
  // Met by the arrival, not by the promise to come.
  const v1::Visit visit = company.AssignedVisit(paused.name());
  company.Expect(company.OwedOfKind(paused.name(), "on-site-handling").state() == v1::OBLIGATION_STATE_OPEN,
                 "met by sending somebody");
  company.Need(company.CheckIn(visit.name()).status());
  company.Expect(company.OwedOfKind(paused.name(), "on-site-handling").state() == v1::OBLIGATION_STATE_MET,
                 "not met by the arrival");
}

void WalkLeaving(Company& company) {
  const std::vector<std::string> clauses = {"HX-4.A", "HX-5.1e", "HX-5.2d"};
  company.For("HX-4.A");
  const Company::OnSite on_site = company.CheckedIn("A");
  const std::string& visit = on_site.visit.name();
  const absl::Status at_once = company.CheckOut(visit);
  for (const std::string& clause : clauses) company.Skipped(clause, at_once);
  company.For("HX-5.1e");
  company.Expect(PreconditionViolations(at_once).size() == 2, TextOf(at_once));

  company.Need(company.StartWork(visit));
  company.Need(company.RecordWork(visit));
  company.Need(company.CompleteWork(visit));
  company.Need(company.Satisfied(visit, false));
  const absl::Status unsatisfied = company.CheckOut(visit);
  for (const std::string& clause : clauses) company.Refused(clause, unsatisfied);
  company.Expect(PreconditionViolations(unsatisfied).size() == 1, TextOf(unsatisfied));

  company.Need(company.Satisfied(visit, true));
  const absl::Status left = company.CheckOut(visit);
  for (const std::string& clause : clauses) company.Allowed(clause, left);
}

void WalkClassB(Company& company) {
  ProveClock(company, {{"HX-4.B1"},
                       "notify-quality",
                       absl::Minutes(30),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_QUALITY}},
                       [&](absl::Duration) { return company.AcceptedCase("B").name(); },
                       /*from_notice=*/false});
  const v1::Case service_case = company.CheckedIn("B").service_case;
  company.Need(
      company.AskForHelp(company.As(v1::ROLE_FIELD_ENGINEER), service_case.name(), v1::ROLE_TECHNOLOGY).status());
  company.Expect(company.OwedOfKind(service_case.name(), "notify-quality").state() == v1::OBLIGATION_STATE_OPEN,
                 "another department's help counts as telling quality assurance");
  company.Need(company.AskForHelp(company.As(v1::ROLE_FIELD_ENGINEER), service_case.name(), v1::ROLE_QUALITY).status());
  company.Expect(company.OwedOfKind(service_case.name(), "notify-quality").state() == v1::OBLIGATION_STATE_MET,
                 "telling quality assurance does not count");
}

void WalkLackOfCapacity(Company& company) {
  ProveClock(company,
             {{"HX-5.6E"},
              "quality-answers",
              absl::Hours(1),
              /*stated=*/false,
              {{absl::ZeroDuration(), v1::ROLE_EXECUTIVE}},
              [&](absl::Duration) {
                const std::string name = company.CheckedIn("A").service_case.name();
                company.Need(company.AskForHelp(company.As(v1::ROLE_FIELD_ENGINEER), name, v1::ROLE_QUALITY).status());
                return name;
              },
              /*from_notice=*/false});
  company.Expect(company.Owed(company.AcceptedCase("A").name()).size() == 1, "owed though nobody asked for help");
}

void WalkClassC(Company& company) {
  company.For("HX-4.C1");
  const Company::OnSite on_site = company.CheckedIn("C");
  const std::string& name = on_site.service_case.name();
  const std::string& visit = on_site.visit.name();
  const std::vector<v1::Role> departments = {v1::ROLE_TECHNOLOGY, v1::ROLE_QUALITY, v1::ROLE_PRODUCTION};
  const absl::Status no_solution = company.StartWork(visit);
  company.Skipped("HX-4.C1", no_solution);
  company.Skipped("HX-4.C2", no_solution);
  // Each department's approval counts, and none stands for another's.
  for (const v1::Role missing : departments) {
    std::vector<v1::Role> two;
    for (const v1::Role department : departments) {
      if (department != missing) two.push_back(department);
    }
    company.ApprovedSolution(name, two, /*confirmed=*/true);
    const absl::Status two_approvals = company.StartWork(visit);
    company.Refused("HX-4.C1", two_approvals);
    company.Expect(PreconditionViolations(two_approvals).size() == 1, TextOf(two_approvals));
  }
  // Somebody who belongs to two departments speaks for one.
  const v1::Solution proposed = company.ApprovedSolution(name, {}, /*confirmed=*/false);
  v1::ApproveSolutionRequest approve;
  approve.set_name(proposed.name());
  approve.set_role(v1::ROLE_TECHNOLOGY);
  Client& both = company.AsBoth(v1::ROLE_TECHNOLOGY, v1::ROLE_QUALITY);
  company.Allowed("HX-4.C1", both.cases().ApproveSolution(approve).status());
  approve.set_role(v1::ROLE_QUALITY);
  company.Refused("HX-4.C1", both.cases().ApproveSolution(approve).status(), v1::ERROR_REASON_SAME_PERSON);
  // A new proposal starts anew: what was approved before does not count for it.
  company.ApprovedSolution(name, departments, /*confirmed=*/false);
  company.Refused("HX-4.C2", company.StartWork(visit));
  company.ApprovedSolution(name, departments, /*confirmed=*/true);
  const absl::Status started = company.StartWork(visit);
  company.Allowed("HX-4.C1", started);
  company.Allowed("HX-4.C2", started);
}

void WalkClassD(Company& company) {
  company.For("HX-4.D1");
  company.Expect(company.AcceptedCase("D").classification() == "D", "the class is not kept");
}

void WalkVerificationList(Company& company) {
  company.For("HX-5.4a");
  const Company::OnSite on_site = company.CheckedIn("A");
  const std::string& name = on_site.service_case.name();
  company.Skipped("HX-5.4a", company.Close(name));
  company.Need(company.StartWork(on_site.visit.name()));
  company.Need(company.CompleteWork(on_site.visit.name()));
  company.Need(company.Satisfied(on_site.visit.name(), true));
  company.Need(company.CheckOut(on_site.visit.name()));
  company.Refused("HX-5.4a", company.Close(name));
  company.Need(company.FileDocument(name, "letter"));
  company.Expect(!company.Close(name).ok(), "any document opens the gate");
  company.Need(company.FileDocument(name, "verification-list"));
  company.Allowed("HX-5.4a", company.Close(name));
  company.Expect(!company.Close(name).ok(), "closed twice");

  // Taken up again, somebody must be on site again, within a day of that.
  company.For("HX-5.1c");
  company.Need(company.Reopen(name));
  const v1::Obligation anew = company.OwedOfKind(name, "on-site-handling");
  company.Expect(anew.state() == v1::OBLIGATION_STATE_OPEN &&
                     FromProto(anew.since_time()) > FromProto(on_site.service_case.create_time()) &&
                     FromProto(anew.due_time()) == FromProto(anew.since_time()) + absl::Hours(24),
                 anew.ShortDebugString());
}

void WalkOrder(Company& company) {
  company.For("HX-5.1d");
  const v1::Visit visit = company.AssignedVisit(company.AcceptedCase("A").name());
  company.Restart();
  v1::GetVisitRequest request;
  request.set_name(visit.name());
  const v1::Visit read = company.Need(company.As(v1::ROLE_QUALITY).dispatch().GetVisit(request));
  company.Shown("HX-5.1d", "read-back",
                read.engineer() == company.engineer() &&
                    read.plan() == "Exchange the release valve, as the customer asks." &&
                    read.plan_start_time().seconds() == visit.plan_start_time().seconds(),
                read.DebugString());
}

// The documents of a kind on a case's file and who filed them, as they are read after a restart.
std::string FiledBy(Company& company, const std::string& service_case, const std::string& kind) {
  v1::ListDocumentsRequest request;
  request.set_parent(service_case);
  const v1::ListDocumentsResponse listed = company.Need(company.As(v1::ROLE_QUALITY).cases().ListDocuments(request));
  for (const v1::Document& document : listed.documents()) {
    if (document.kind() == kind) return document.filed_by();
  }
  return "nobody";
}

void WalkGuidance(Company& company) {
  company.For("HX-5.2a");
  const std::string name = company.CheckedIn("A").service_case.name();
  company.Expect(!company.FindOwed(name, "maintenance-solution").has_value(), "owed though nobody needs guidance");
  company.Need(company.AskForHelp(company.As(v1::ROLE_FIELD_ENGINEER), name, v1::ROLE_TECHNOLOGY).status());
  company.Expect(company.OwedOfKind(name, "maintenance-solution").owner() == v1::ROLE_TECHNOLOGY,
                 "technology does not owe it");
  company.For("HX-5.2b");
  company.Expect(company.OwedOfKind(name, "quality-requirements").owner() == v1::ROLE_QUALITY,
                 "quality does not owe it");
  company.Need(company.FileDocument(name, "quality-requirements", v1::ROLE_QUALITY));
  company.Expect(company.OwedOfKind(name, "quality-requirements").state() == v1::OBLIGATION_STATE_MET, "not met");
  company.For("HX-5.2a");
  company.Expect(company.OwedOfKind(name, "maintenance-solution").state() == v1::OBLIGATION_STATE_OPEN,
                 "met by the other department's document");
  company.Need(company.FileDocument(name, "maintenance-solution", v1::ROLE_TECHNOLOGY));
  company.Expect(company.OwedOfKind(name, "maintenance-solution").state() == v1::OBLIGATION_STATE_MET, "not met");
  company.Restart();
  const std::string solution = FiledBy(company, name, "maintenance-solution");
  company.Shown("HX-5.2a", "read-back", solution == company.PrincipalOf(v1::ROLE_TECHNOLOGY), solution);
  const std::string requirements = FiledBy(company, name, "quality-requirements");
  company.Shown("HX-5.2b", "read-back", requirements == company.PrincipalOf(v1::ROLE_QUALITY), requirements);
}

void WalkComplaints(Company& company) {
  company.For("HX-5.7a");
  std::vector<std::string> names;
  for (const char* type : {"complaint", "suggestion"}) {
    names.push_back(company
                        .Register(absl::Minutes(5),
                                  [&](v1::Contact& contact) {
                                    contact.set_type(type);
                                    contact.set_channel(v1::CHANNEL_LETTER);
                                  })
                        .name());
    const v1::Obligation owed = company.OwedOfKind(names.back(), "complaint-reply");
    company.Expect(FromProto(owed.due_time()) == FromProto(owed.since_time()) + absl::Hours(24) && !owed.stated() &&
                       owed.owner() == v1::ROLE_QUALITY,
                   owed.ShortDebugString());
    company.Expect(owed.escalations_size() == 1 && owed.escalations(0).to() == v1::ROLE_SERVICE_MANAGER,
                   "nobody is told when it is late");
  }
  const v1::Contact plain = company.Register(absl::Minutes(5), [](v1::Contact& contact) { contact.set_type("fault"); });
  company.Expect(!company.FindOwed(plain.name(), "complaint-reply").has_value(), "owed for what is no complaint");
  company.Restart();
  bool kept = true;
  for (size_t i = 0; i < names.size(); ++i) {
    v1::GetContactRequest request;
    request.set_name(names[i]);
    const v1::Contact read = company.Need(company.As(v1::ROLE_QUALITY).cases().GetContact(request));
    kept = kept && read.type() == (i == 0 ? "complaint" : "suggestion");
  }
  company.Shown("HX-5.7a", "read-back", kept, "the kind of matter is not kept");
}

}  // namespace

std::vector<Walk> HongxingWalks() {
  return {
      {"OnePackServesTheCompany", {"HX-2"}, WalkScope},
      {"OnlyQualityAndSalesSpeakWithTheCustomer", {"HX-3.1"}, WalkWhoSpeaksWithTheCustomer},
      {"QualityTakesInTheEvidence", {"HX-3.2c"}, WalkEvidence},
      {"QualityManagesTheDocuments", {"HX-3.2d"}, WalkDocuments},
      {"NobodyLeavesBeforeTheWorkIsFinishedAndTheCustomerSatisfied", {"HX-4.A", "HX-5.1e", "HX-5.2d"}, WalkLeaving},
      {"QualityIsToldWhatCannotBeSolvedOnSite", {"HX-4.B1"}, WalkClassB},
      {"ClassCStartsWithThreeApprovalsOfASolutionThatTheCustomerConfirmed", {"HX-4.C1", "HX-4.C2"}, WalkClassC},
      {"ClassDIsKnown", {"HX-4.D1"}, WalkClassD},
      {"TheReplyIsDueTwoHoursAfterTheCall", {"HX-5.1a"}, WalkReply},
      {"TheContactIsRecordedWithAllItsParticulars", {"HX-5.1b"}, WalkParticulars},
      {"ArrivalIsDueByTheCustomersDeadlineOrAfterADay", {"HX-5.1c"}, WalkArrival},
      {"TheOrderToHandleOnSiteIsKept", {"HX-5.1d"}, WalkOrder},
      {"GuidanceComesFromTechnologyAndQuality", {"HX-5.2a", "HX-5.2b"}, WalkGuidance},
      {"TheVerificationListIsFiledBeforeTheCaseIsClosed", {"HX-5.4a", "HX-5.1c"}, WalkVerificationList},
      {"LeadersOfQualityAnswerLackOfCapacity", {"HX-5.6E"}, WalkLackOfCapacity},
      {"ComplaintsAndSuggestionsGetSpecialAttention", {"HX-5.7a"}, WalkComplaints},
  };
}

}  // namespace aftersales::testing
