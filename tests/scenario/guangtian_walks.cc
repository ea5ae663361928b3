// Guangtian: sections 2 to 4 of its after-sales service management system.
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "tests/scenario/guangtian_steps.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

std::function<void(v1::Contact&)> OfSeverity(v1::Severity severity) {
  return [severity](v1::Contact& contact) { contact.set_severity(severity); };
}

// A case of a new customer in this region, with equipment of its own.
v1::Case OpenIn(Company& company, const std::string& region, absl::Duration ago,
                const std::function<void(v1::Case&)>& with, const std::string& customer_tier = "",
                const std::function<void(v1::Product&)>& product = {}) {
  const std::string customer = company.AddCustomer(region, customer_tier);
  const std::string equipment = company.AddEquipment(customer, {}, product).name();
  return company.OpenCase(ago, [&](v1::Case& service_case) {
    service_case.set_customer(customer);
    service_case.set_equipment(equipment);
    with(service_case);
  });
}

void WalkScope(Company& company) {
  company.For("GT-2");
  const v1::Contact contact = company.Register(absl::Minutes(5));
  company.Need(company.EndContact(company.Lead(), contact.name(), "not-our-product"));

  const auto unnamed = [](v1::Case& service_case) { service_case.clear_equipment(); };
  const std::string name = company.OpenCase(absl::Minutes(5), unnamed).name();
  company.Skipped("GT-2", company.Accept(name));
  company.Change(name,
                 [](v1::Case& service_case) { service_case.set_description("The brake of the third car drags."); });
  company.Refused("GT-2", company.Accept(name));
  // Another's equipment and what is in no directory were not sold to this customer.
  const std::string others = company.AddEquipment(company.AddCustomer("jilin")).name();
  for (const std::string& wrong : {others, std::string("equipment/unknown")}) {
    v1::UpdateCaseRequest change;
    change.set_name(name);
    *change.mutable_service_case() = company.Read(name);
    change.set_etag(change.service_case().etag());
    change.mutable_service_case()->set_equipment(wrong);
    const absl::Status refused = company.As(v1::ROLE_CUSTOMER_SERVICE).cases().UpdateCase(change).status();
    company.Expect(ErrorReasonOf(refused) == v1::ERROR_REASON_REFERENCE_INVALID, TextOf(refused));
  }
  company.Change(name, [&](v1::Case& service_case) { service_case.set_equipment(company.equipment()); });
  company.Allowed("GT-2", company.Accept(name));
  // One that names it from the beginning, and a matter that is about no product, need nothing more.
  company.Expect(company.Accept(company.OpenCase().name()).ok(), "refused though the equipment is named");
  const v1::Case service = company.OpenCase(absl::Minutes(5), [&](v1::Case& service_case) {
    unnamed(service_case);
    service_case.set_subject(v1::CASE_SUBJECT_SERVICE);
  });
  company.Expect(company.Accept(service.name()).ok(), "a service has no equipment to name");
}

void WalkSalesIsResponsible(Company& company) {
  company.For("GT-3.1");
  Client& quality = company.As(v1::ROLE_QUALITY);
  const auto refused = [&](const absl::Status& status) {
    company.Refused("GT-3.1", status, v1::ERROR_REASON_ROLE_MISSING);
  };
  const std::string contact = company.Register(absl::Minutes(5)).name();
  refused(company.Answer(quality, contact));
  refused(company.EndContact(quality, contact, "answered"));
  const std::string name = company.OpenCase().name();
  v1::RefuseCaseRequest refuse;
  refuse.set_name(name);
  refuse.set_reason("Not our product.");
  refused(quality.cases().RefuseCase(refuse).status());
  v1::AcceptCaseRequest accept;
  accept.set_name(name);
  accept.set_service_mode(v1::SERVICE_MODE_TELEPHONE);
  refused(quality.cases().AcceptCase(accept).status());
  company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.Need(company.DetermineCause(name, v1::CAUSE_IMPROPER_USE).status());
  v1::DecideRemedyRequest decide;
  decide.set_name(name);
  decide.set_remedy(v1::REMEDY_GUIDANCE);
  decide.set_role(v1::ROLE_QUALITY);
  decide.mutable_evidence()->set_text("By the findings.");
  refused(quality.cases().DecideRemedy(decide).status());
  v1::CloseCaseRequest close;
  close.set_name(name);
  close.set_resolution("Guided by telephone.");
  refused(quality.cases().CloseCase(close).status());
  company.Allowed("GT-3.1", company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), contact));
  company.Allowed("GT-3.1", company.DecideRemedy(name, v1::REMEDY_GUIDANCE).status());
  company.Allowed("GT-3.1", company.Close(name));
}

void WalkRegister(Company& company) {
  company.For("GT-4.1a");
  const std::string kind = "register-in-time";
  const v1::Obligation punctual = company.OwedOfKind(company.Register(absl::Minutes(29)).name(), kind);
  company.Expect(punctual.state() == v1::OBLIGATION_STATE_MET && !punctual.stated(), punctual.ShortDebugString());
  const v1::Obligation late = company.OwedOfKind(company.Register(absl::Minutes(31)).name(), kind);
  company.Expect(late.state() == v1::OBLIGATION_STATE_LATE_MET &&
                     FromProto(late.due_time()) == FromProto(late.since_time()) + absl::Minutes(30),
                 late.ShortDebugString());
  company.Need(company.Await(late, v1::EVENT_TYPE_OBLIGATION_BREACHED).status());
  company.Shown("GT-4.1a", "fires", true, "");
  company.Shown("GT-4.1a", "silent", company.CountEvents(punctual, v1::EVENT_TYPE_OBLIGATION_BREACHED) == 0,
                "announced though it was entered in time");
  // After a restart, and once the server has looked at what is due.
  company.Restart();
  const v1::Obligation other = company.OwedOfKind(company.Register(absl::Hours(1)).name(), "answer-at-once");
  company.Need(company.Await(other, v1::EVENT_TYPE_OBLIGATION_BREACHED).status());
  company.Shown("GT-4.1a", "once", company.CountEvents(late, v1::EVENT_TYPE_OBLIGATION_BREACHED) == 1,
                "announced more than once");
}

void WalkComplaint(Company& company) {
  company.For("GT-4.1b");
  const std::string name =
      company.OpenCase(absl::Minutes(5), [](v1::Case& service_case) { service_case.set_type("complaint"); }).name();
  company.Skipped("GT-4.1b", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.Need(company.FileDocument(name, "letter", v1::ROLE_CUSTOMER_SERVICE));
  company.Refused("GT-4.1b", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.Need(company.FileDocument(name, "customer-opinion", v1::ROLE_CUSTOMER_SERVICE));
  company.Allowed("GT-4.1b", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  // What turns out to be a complaint needs the form before its close.
  const std::string turned = company.OpenCase().name();
  company.Need(company.Accept(turned, v1::SERVICE_MODE_TELEPHONE));
  company.Change(turned, [](v1::Case& service_case) { service_case.set_type("complaint"); });
  company.ExpectRefused(company.Close(turned), v1::ERROR_REASON_OBLIGATION_OPEN);
}

void WalkAnswer(Company& company) {
  ProveClock(company,
             {{"GT-4.1c"},
              "answer-at-once",
              absl::Minutes(30),
              /*stated=*/false,
              {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
              [&](absl::Duration ago) {
                return company.Register(ago, [](v1::Contact& contact) { contact.set_type("question"); }).name();
              }});
  const std::string answered = company.Register(absl::Minutes(5)).name();
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), answered));
  company.Expect(company.OwedOfKind(answered, "answer-at-once").state() == v1::OBLIGATION_STATE_MET,
                 "the answer does not count");
  company.Need(company.EndContact(company.Lead(), answered, "answered"));
}

void WalkMajorQuestion(Company& company) {
  ProveClock(company,
             {{"GT-4.1d"},
              "answer-major-question",
              absl::Hours(4),
              /*stated=*/true,
              {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}, {absl::Minutes(120), v1::ROLE_EXECUTIVE}},
              [&](absl::Duration ago) { return company.Register(ago, OfSeverity(v1::SEVERITY_MAJOR)).name(); }});
  // One that turns out to be difficult when it has been entered has four hours from the notice, too.
  const v1::Contact contact = company.Register(absl::Minutes(20), OfSeverity(v1::SEVERITY_MINOR));
  const absl::Time notice = FromProto(contact.notice_time());
  company.Expect(!company.FindOwed(contact.name(), "answer-major-question").has_value(), "owed for a minor question");
  const v1::Contact harder = company.Change(contact, OfSeverity(v1::SEVERITY_CRITICAL));
  company.Expect(
      FromProto(company.OwedOfKind(contact.name(), "answer-major-question").due_time()) == notice + absl::Hours(4),
      "not judged by the entry as it is now");
  company.Expect(FromProto(company.OwedOfKind(contact.name(), "answer-at-once").due_time()) == notice + absl::Hours(4),
                 "still to be answered at once");
  company.Change(harder, OfSeverity(v1::SEVERITY_MINOR));
  company.Expect(
      company.OwedOfKind(contact.name(), "answer-major-question").state() == v1::OBLIGATION_STATE_CANCELLED &&
          FromProto(company.OwedOfKind(contact.name(), "answer-at-once").due_time()) == notice + absl::Minutes(30),
      "not judged by the entry as it is now");
}

void Emergency(v1::Case& service_case) { service_case.set_emergency(true); }
void Repair(v1::Case& service_case) { service_case.set_type("emergency-repair"); }
void Question(v1::Case& service_case) { service_case.set_type("question"); }

void WalkArrivalApplies(Company& company) {
  company.ForAll({"GT-4.2a", "GT-4.2b"});
  const auto key = [](v1::Product& product) { product.set_key_product(true); };
  const auto large = [](v1::Product& product) { product.set_large_scale(true); };
  const auto arrival = [&](const v1::Case& service_case) {
    return company.FindOwed(service_case.name(), "arrival").has_value();
  };
  const absl::Duration ago = absl::Minutes(5);
  company.Shown("GT-4.2a", "holds", arrival(OpenIn(company, "jilin", ago, Emergency)), "not for emergencies");
  company.Shown("GT-4.2a", "holds", arrival(OpenIn(company, "jilin", ago, Repair, "", key)), "not for key products");
  company.Shown("GT-4.2a", "holds", arrival(OpenIn(company, "jilin", ago, Repair, "key")), "not for key customers");
  company.Shown("GT-4.2a", "holds", arrival(OpenIn(company, "jilin", ago, Repair, "", large)),
                "not for large-scale products");
  company.Shown("GT-4.2a", "not", !arrival(OpenIn(company, "jilin", ago, Repair)), "for everything");
  company.Shown("GT-4.2a", "not", !arrival(OpenIn(company, "jilin", ago, Question, "key", key)), "for every question");
  // A case may turn out to be an emergency.
  const v1::Case turned = OpenIn(company, "jilin", ago, Question);
  company.Change(turned.name(), Emergency);
  company.Expect(
      FromProto(company.OwedOfKind(turned.name(), "arrival").since_time()) == FromProto(turned.notice_time()),
      "the time does not run from the notice");
  // Roads that are closed stop the clock.
  company.Need(company.Accept(turned.name()));
  const absl::Time closed = FromProto(ToProto(company.Now()));
  company.Pause(turned.name(), v1::PAUSE_CAUSE_FORCE_MAJEURE, closed);
  company.PassTime(absl::Hours(2));
  company.Resume(turned.name(), closed + absl::Hours(2));
  company.Expect(FromProto(company.OwedOfKind(turned.name(), "arrival").due_time()) ==
                     FromProto(turned.notice_time()) + absl::Hours(26),
                 "the pause is not added to the time");
  // Reaching the scene meets it.
  company.Need(company.CheckIn(company.AssignedVisit(turned.name()).name()).status());
  company.Expect(company.OwedOfKind(turned.name(), "arrival").state() == v1::OBLIGATION_STATE_MET,
                 "arriving does not count");
}

ClockProof ArrivalIn(Company& company, std::vector<std::string> clauses, const std::string& region,
                     absl::Duration limit) {
  return {std::move(clauses),
          "arrival",
          limit,
          /*stated=*/true,
          {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}, {absl::Minutes(120), v1::ROLE_EXECUTIVE}},
          [&company, region](absl::Duration ago) { return OpenIn(company, region, ago, Emergency).name(); }};
}

void WalkArrivalNear(Company& company) {
  ProveClock(company, ArrivalIn(company, {"GT-4.2b", "GT-4.2c"}, "taizhou", absl::Hours(4)));
}

void WalkArrivalInTheCountry(Company& company) {
  company.For("GT-4.2d");
  const std::string province = OpenIn(company, "hangzhou", absl::Minutes(5), Emergency).name();
  const v1::Obligation owed = company.OwedOfKind(province, "arrival");
  company.Insist(FromProto(owed.due_time()) == FromProto(owed.since_time()) + absl::Hours(12), owed.ShortDebugString());
  company.Expect(company.Read(province).tier() == "province", "not in the province");
  ProveClock(company, ArrivalIn(company, {"GT-4.2d"}, "jilin", absl::Hours(24)));
}

void WalkArrivalInRemoteAreas(Company& company) {
  ProveClock(company, ArrivalIn(company, {"GT-4.2e"}, "tibet", absl::Hours(5 * 24)));
}

void WalkTechnicalService(Company& company) {
  company.For("GT-4.3");
  std::string last;
  for (const char* type : {"technical-service", "installation"}) {
    const std::string name =
        company.OpenCase(absl::Minutes(5), [&](v1::Case& service_case) { service_case.set_type(type); }).name();
    company.Need(company.Accept(name));
    last = company.AssignedVisit(name).name();
  }
  company.Restart();
  v1::GetVisitRequest request;
  request.set_name(last);
  const v1::Visit visit = company.Need(company.Lead().dispatch().GetVisit(request));
  company.Shown("GT-4.3", "read-back",
                company.Read(visit.service_case()).type() == "installation" && visit.engineer() == company.engineer(),
                visit.ShortDebugString());
}

void WalkService(Company& company) {
  const std::vector<std::string> clauses = {"GT-4.4Da", "GT-4.4Db", "GT-4.4E"};
  company.ForAll(clauses);
  const std::string name = company.OpenCase().name();
  company.Need(company.Accept(name));
  const absl::Status at_once = company.Close(name);
  for (const std::string& clause : clauses) company.Skipped(clause, at_once);

  const std::string first = company.Need(company.CheckIn(company.AssignedVisit(name).name())).name();
  company.Skipped("GT-4.2f", company.CheckOut(first));
  company.Need(company.StartWork(first));
  company.Refused("GT-4.2f", company.CheckOut(first));
  company.Need(company.CompleteWork(first));
  const absl::Status nothing_filed = company.Close(name);
  for (const std::string& clause : clauses) company.Refused(clause, nothing_filed);
  company.Allowed("GT-4.2f", company.CheckOut(first));
  company.Need(company.FileDocument(name, "service-report"));
  company.Need(company.Satisfied(first, false));

  // Not satisfied: the report and the opinion are there, and further service is still owed.
  const absl::Status dissatisfied = company.Close(name);
  company.Refused("GT-4.4E", dissatisfied);
  company.For("GT-4.4E");
  company.Expect(PreconditionViolations(dissatisfied).size() == 1, TextOf(dissatisfied));
  const std::string second = company.Need(company.CheckIn(company.AssignedVisit(name).name())).name();
  company.Need(company.StartWork(second));
  company.Need(company.CompleteWork(second));
  company.Need(company.Satisfied(second, true));
  company.Need(company.CheckOut(second));
  company.Need(company.FileDocument(name, "service-report"));
  const absl::Status closed = company.Close(name);
  for (const std::string& clause : clauses) company.Allowed(clause, closed);
  // Reopened, it goes on until the customer is satisfied anew.
  company.Need(company.Reopen(name));
  company.ExpectRefused(company.Close(name), v1::ERROR_REASON_OBLIGATION_OPEN);
}

void WalkMajorProblem(Company& company) {
  company.For("GT-4.4Bb");
  const std::string name = company.OpenCase().name();
  company.Need(company.Accept(name));
  company.Need(company.CheckIn(company.AssignedVisit(name).name()).status());
  for (const v1::Role role : {v1::ROLE_SERVICE_MANAGER, v1::ROLE_EXECUTIVE}) {
    v1::EscalateCaseRequest request;
    request.set_name(name);
    request.set_to(role);
    request.set_reason("The frame is cracked: may the car go on running?");
    company.Need(company.As(v1::ROLE_FIELD_ENGINEER).cases().EscalateCase(request).status());
  }
  company.Restart();
  const v1::Case read = company.Read(name);
  company.Shown("GT-4.4Bb", "read-back",
                read.escalations_size() == 2 && read.escalations(0).to() == v1::ROLE_SERVICE_MANAGER &&
                    read.escalations(1).to() == v1::ROLE_EXECUTIVE &&
                    read.escalations(0).act().principal() == company.PrincipalOf(v1::ROLE_FIELD_ENGINEER),
                read.ShortDebugString());
}

void WalkDepartmentsCooperate(Company& company) {
  company.For("GT-3.2");
  const std::string name = company.OpenCase().name();
  const std::string help =
      company.Need(company.AskForHelp(company.As(v1::ROLE_CUSTOMER_SERVICE), name, v1::ROLE_PRODUCTION)).name();
  company.Refused("GT-3.2", company.AnswerHelp(company.As(v1::ROLE_SERVICE_MANAGER), help),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("GT-3.2", company.AnswerHelp(company.As(v1::ROLE_TECHNOLOGY), help), v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("GT-3.2", company.AnswerHelp(company.As(v1::ROLE_PRODUCTION), help));
}

void WalkHelp(Company& company) {
  company.For("GT-4.5a");
  Client& service = company.As(v1::ROLE_CUSTOMER_SERVICE);
  const std::string ordinary = company.OpenCase().name();
  company.ExpectRefused(company.AskForHelp(company.As(v1::ROLE_QUALITY), ordinary, v1::ROLE_PURCHASING).status(),
                        v1::ERROR_REASON_ROLE_MISSING);
  const v1::HelpRequest written = company.Need(company.AskForHelp(service, ordinary, v1::ROLE_PURCHASING));
  const v1::HelpRequest oral =
      company.Need(company.AskForHelp(service, ordinary, v1::ROLE_PURCHASING, [](v1::HelpRequest& help) {
        help.set_form(v1::HELP_FORM_ORAL);
        help.set_person("Head of purchasing");
        help.set_priority(v1::PRIORITY_HIGH);
      }));
  company.Restart();
  v1::GetHelpRequestRequest get;
  get.set_name(oral.name());
  const v1::HelpRequest read = company.Need(company.Lead().cases().GetHelpRequest(get));
  company.Shown("GT-4.5a", "read-back",
                written.form() == v1::HELP_FORM_WRITTEN && read.form() == v1::HELP_FORM_ORAL &&
                    read.person() == "Head of purchasing" && read.text() == oral.text() &&
                    read.requester() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE),
                read.ShortDebugString());

  company.For("GT-4.5b");
  const std::string emergency = company.OpenCase(absl::Minutes(5), Emergency).name();
  const v1::HelpRequest urgent =
      company.Need(company.AskForHelp(company.As(v1::ROLE_CUSTOMER_SERVICE), emergency, v1::ROLE_PURCHASING));
  const auto time_for = [&](const v1::HelpRequest& help) {
    for (const v1::Obligation& owed : company.Owed(help.service_case())) {
      if (owed.subject() != help.name() || owed.kind() != "help") continue;
      company.Expect(owed.owner() == v1::ROLE_PURCHASING && owed.owner_head(), "the competent leader does not owe it");
      company.Expect(owed.escalations_size() == 1 && owed.escalations(0).to() == v1::ROLE_SERVICE_MANAGER,
                     "nobody is told when it is late");
      return FromProto(owed.due_time()) - FromProto(owed.since_time());
    }
    return absl::InfiniteDuration();
  };
  v1::ListHelpRequestsRequest list;
  list.mutable_filter()->set_department(v1::ROLE_PURCHASING);
  list.mutable_filter()->set_state(v1::HELP_STATE_OPEN);
  const v1::ListHelpRequestsResponse listed =
      company.Need(company.As(v1::ROLE_PURCHASING).cases().ListHelpRequests(list));
  bool first = listed.help_requests_size() > 0;
  for (const v1::HelpRequest& help : listed.help_requests()) {
    if (help.name() == urgent.name()) break;
    first = first && help.priority() == v1::PRIORITY_URGENT;
  }
  company.Shown("GT-4.5b", "holds",
                first && urgent.priority() == v1::PRIORITY_URGENT && time_for(urgent) == absl::Hours(1) &&
                    time_for(oral) == absl::Hours(4),
                "what is urgent does not come first");
  company.Shown("GT-4.5b", "not", written.priority() == v1::PRIORITY_NORMAL && time_for(written) == absl::Hours(24),
                "an ordinary request is as urgent");
  const absl::Time agreed = FromProto(ToProto(company.Now() + absl::Hours(9)));
  const v1::HelpRequest promised = company.Need(
      company.AskForHelp(company.As(v1::ROLE_CUSTOMER_SERVICE), ordinary, v1::ROLE_PURCHASING,
                         [&](v1::HelpRequest& help) { *help.mutable_answer_by_time() = ToProto(agreed); }));
  company.Expect(FromProto(company.OwedOfKind(ordinary, "help").due_time()) == agreed, promised.ShortDebugString());
}

// An accepted case about equipment that is in operation, or not yet.
std::string AcceptedAbout(Company& company, bool commissioned) {
  const std::string equipment = company
                                    .AddEquipment(company.customer(),
                                                  [&](v1::Equipment& equipment) {
                                                    if (commissioned)
                                                      *equipment.mutable_commission_time() =
                                                          ToProto(company.Now() - absl::Hours(24 * 30));
                                                  })
                                    .name();
  const std::string name =
      company.OpenCase(absl::Minutes(5), [&](v1::Case& service_case) { service_case.set_equipment(equipment); }).name();
  company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  return name;
}

// Shows that a remedy is given on these findings, and not when one of its conditions does not hold.
void ProveRemedy(Company& company, const std::string& clause, v1::Remedy remedy, const std::string& coverage,
                 bool commissioned, v1::Cause cause, const std::function<void(v1::Findings&)>& findings) {
  company.For(clause);
  const std::string name = AcceptedAbout(company, commissioned);
  const v1::Case judged = company.Need(company.DetermineCause(name, cause, findings));
  company.Expect(judged.coverage().decision() == v1::COVERAGE_DECISION_COVERED && judged.coverage().rule() == coverage,
                 judged.coverage().ShortDebugString());
  const auto decided = company.DecideRemedy(name, remedy);
  company.Allowed(clause, decided.status(), "holds");
  company.Expect(decided.ok() && !decided->charged(), "the customer pays for it");
  const std::string without = AcceptedAbout(company, commissioned);
  company.Need(company.DetermineCause(without, cause).status());
  company.Refused(clause, company.DecideRemedy(without, remedy).status(), v1::ERROR_REASON_REMEDY_NOT_ALLOWED, "not");
}

void WalkGuarantees(Company& company) {
  const auto dangerous = [](v1::Findings& findings) { findings.set_endangers_safety(true); };
  const auto irreparable = [](v1::Findings& findings) { findings.set_irreparable(true); };
  const auto loss = [](v1::Findings& findings) { findings.set_large_loss(true); };
  const auto otherwise = [](v1::Findings& findings) { findings.set_not_as_contract(true); };
  for (const bool commissioned : {false, true}) {
    ProveRemedy(company, "GT-4.6a", v1::REMEDY_REPAIR, "manufacturing-fault", commissioned, v1::CAUSE_MANUFACTURE,
                dangerous);
  }
  ProveRemedy(company, "GT-4.6b", v1::REMEDY_RETURN, "not-as-contract", true, v1::CAUSE_DESIGN, otherwise);
  ProveRemedy(company, "GT-4.6c", v1::REMEDY_REPLACE, "manufacturing-fault", false, v1::CAUSE_MANUFACTURE, irreparable);
  ProveRemedy(company, "GT-4.6d", v1::REMEDY_COMPENSATE, "manufacturing-fault", true, v1::CAUSE_MANUFACTURE, loss);

  // The user's own doing is no manufacturing cause, and replacement is for what was not in operation yet.
  const std::string misused = AcceptedAbout(company, true);
  company.Need(company.DetermineCause(misused, v1::CAUSE_IMPROPER_USE, dangerous).status());
  company.Refused("GT-4.6a", company.DecideRemedy(misused, v1::REMEDY_REPAIR).status(),
                  v1::ERROR_REASON_REMEDY_NOT_ALLOWED, "not");
  company.For("GT-4.7");
  company.Need(company.DecideRemedy(misused, v1::REMEDY_GUIDANCE).status());
  const std::string in_operation = AcceptedAbout(company, true);
  company.Need(company.DetermineCause(in_operation, v1::CAUSE_MANUFACTURE, irreparable).status());
  company.Refused("GT-4.6c", company.DecideRemedy(in_operation, v1::REMEDY_REPLACE).status(),
                  v1::ERROR_REASON_REMEDY_NOT_ALLOWED, "not");
}

}  // namespace

v1::PickingList SubmittedList(Company& company, const std::string& service_case) {
  v1::CreatePartRequest part;
  part.mutable_part()->set_display_name("Release valve");
  part.mutable_part()->set_category(v1::PART_CATEGORY_VULNERABLE);
  v1::CreateWarehouseRequest warehouse;
  warehouse.mutable_warehouse()->set_display_name("Main store");
  v1::ReceiveStockRequest stock;
  stock.set_part(company.Need(company.As(v1::ROLE_ADMIN).parts().CreatePart(part)).name());
  stock.set_warehouse(company.Need(company.As(v1::ROLE_ADMIN).parts().CreateWarehouse(warehouse)).name());
  stock.set_quantity(3);
  company.Need(company.As(v1::ROLE_WAREHOUSE).parts().ReceiveStock(stock).status());
  v1::CreatePickingListRequest request;
  request.mutable_picking_list()->set_service_case(service_case);
  request.mutable_picking_list()->set_source(v1::PICKING_SOURCE_CUSTOMER_REQUEST);
  v1::PickingLine& line = *request.mutable_picking_list()->add_lines();
  line.set_part(stock.part());
  line.set_warehouse(stock.warehouse());
  line.set_quantity(1);
  return company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).parts().CreatePickingList(request));
}

namespace {

void WalkParts(Company& company) {
  company.For("GT-4.6.3");
  const std::string name =
      company.OpenCase(absl::Minutes(5), [](v1::Case& service_case) { service_case.set_type("parts-supply"); }).name();
  company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.ForAll({"GT-4.6.1b", "GT-4.6.1c"});
  const std::string list = SubmittedList(company, name).name();
  const v1::Obligation owed = company.OwedOfKind(name, "picking-signature");
  company.Expect(owed.owner() == v1::ROLE_PRODUCTION && owed.owner_head(), "the head of production does not owe it");
  v1::IssuePickingListRequest issue;
  issue.set_name(list);
  company.Expect(!company.As(v1::ROLE_WAREHOUSE).parts().IssuePickingList(issue).ok(), "handed out unsigned");
  v1::SignPickingListRequest sign;
  sign.set_name(list);
  sign.set_role(v1::ROLE_PRODUCTION);
  company.For("GT-4.6.1b");
  company.ExpectRefused(company.As(v1::ROLE_PRODUCTION).parts().SignPickingList(sign).status(),
                        v1::ERROR_REASON_ROLE_MISSING);
  sign.set_role(v1::ROLE_SUPPLY);
  company.ExpectRefused(company.As(v1::ROLE_SUPPLY).parts().SignPickingList(sign).status(),
                        v1::ERROR_REASON_ROLE_MISSING);
  sign.set_role(v1::ROLE_PRODUCTION);
  company.Need(company.As(v1::ROLE_PRODUCTION, /*head=*/true).parts().SignPickingList(sign).status());
  company.For("GT-4.6.1c");
  company.Need(company.As(v1::ROLE_WAREHOUSE).parts().IssuePickingList(issue).status());
}

void WalkTraining(Company& company) {
  company.For("GT-4.7");
  const std::string name =
      company.OpenCase(absl::Minutes(5), [](v1::Case& service_case) { service_case.set_type("training"); }).name();
  company.Expect(company.Read(name).type() == "training", "the kind of matter is not kept");
}

}  // namespace

std::vector<Walk> GuangtianWalks() {
  return {
      {"OnlyProductsThatWeSold", {"GT-2"}, WalkScope},
      {"SalesIsResponsible", {"GT-3.1"}, WalkSalesIsResponsible},
      {"DepartmentsCooperate", {"GT-3.2"}, WalkDepartmentsCooperate},
      {"EveryContactIsRegisteredInTime", {"GT-4.1a"}, WalkRegister},
      {"AComplaintNeedsTheCustomersOpinion", {"GT-4.1b"}, WalkComplaint},
      {"QuestionsAreAnsweredAtOnce", {"GT-4.1c"}, WalkAnswer},
      {"MajorQuestionsAreAnsweredInFourHours", {"GT-4.1d"}, WalkMajorQuestion},
      {"ArrivalIsOwedForWhatIsImportant", {"GT-4.2a", "GT-4.2b"}, WalkArrivalApplies},
      {"ArrivalNearTaizhou", {"GT-4.2b", "GT-4.2c"}, WalkArrivalNear},
      {"ArrivalInTheCountry", {"GT-4.2d"}, WalkArrivalInTheCountry},
      {"ArrivalInRemoteAreas", {"GT-4.2e"}, WalkArrivalInRemoteAreas},
      {"TechnicalServiceIsSent", {"GT-4.3"}, WalkTechnicalService},
      {"ServiceUntilTheCustomerIsSatisfied", {"GT-4.2f", "GT-4.4Da", "GT-4.4Db", "GT-4.4E"}, WalkService},
      {"MajorProblemsGoToTheMinister", {"GT-4.4Bb"}, WalkMajorProblem},
      {"HelpIsAskedForAndGivenPriority", {"GT-4.5a", "GT-4.5b"}, WalkHelp},
      {"ThreeGuaranteesAndOneCompensation", {"GT-4.6a", "GT-4.6b", "GT-4.6c", "GT-4.6d", "GT-4.7"}, WalkGuarantees},
      {"ProductionSignsThePickingList", {"GT-4.6.1b", "GT-4.6.1c", "GT-4.6.3"}, WalkParts},
      {"TrainingOnRequest", {"GT-4.7"}, WalkTraining},
  };
}

}  // namespace aftersales::testing
