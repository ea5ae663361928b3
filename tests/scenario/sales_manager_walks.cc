// The sales-manager company: sections 3 to 9 of its after-sales service management system.
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

const char kOption[] = "Exchange the release valve at our cost.";

template <typename Request>
Request On(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// What the departments of this company do, each in its role.
class Office {
 public:
  explicit Office(Company& company) : company_(company) {}

  Client& sales() { return company_.As(v1::ROLE_CUSTOMER_SERVICE); }
  Client& manager() { return company_.As(v1::ROLE_SERVICE_MANAGER); }
  Client& technology() { return company_.As(v1::ROLE_TECHNOLOGY); }
  Client& finance() { return company_.As(v1::ROLE_FINANCE); }
  Client& chairman() { return company_.As(v1::ROLE_EXECUTIVE); }

  v1::Case Open(const std::string& type) {
    return company_.OpenCase(absl::Minutes(5), [&](v1::Case& service_case) { service_case.set_type(type); });
  }
  // Of a complaint with its form, where there must be one.
  std::string Accepted(const std::string& type = "non-quality") {
    const std::string name = Open(type).name();
    if (type == "quality") FileForm(name);
    company_.Need(company_.Accept(name, v1::SERVICE_MODE_TELEPHONE));
    return name;
  }
  void FileForm(const std::string& name) {
    company_.Need(company_.FileDocument(name, "customer-feedback-form", v1::ROLE_CUSTOMER_SERVICE));
  }
  absl::Status Close(Client& client, const std::string& name) {
    auto request = On<v1::CloseCaseRequest>(name);
    request.set_resolution("Valve exchanged.");
    return client.cases().CloseCase(request).status();
  }
  absl::Status Close(const std::string& name) { return Close(sales(), name); }

  absl::StatusOr<v1::Investigation> Investigate(Client& client, const std::string& name) {
    v1::CreateInvestigationRequest request;
    request.set_parent(name);
    request.mutable_investigation()->set_analysis("The seat of the valve was ground askew.");
    request.mutable_investigation()->set_countermeasures("A gauge for the seat.");
    request.mutable_investigation()->add_treatment_options(kOption);
    request.mutable_investigation()->add_treatment_options("Grind the seat on site.");
    return client.improvement().CreateInvestigation(request);
  }
  v1::Investigation Investigate(const std::string& name) { return company_.Need(Investigate(technology(), name)); }
  absl::StatusOr<v1::Investigation> Consult(Client& client, const std::string& investigation, v1::Role department) {
    auto request = On<v1::RecordConsultationRequest>(investigation);
    request.set_department(department);
    request.set_text("The customer wants no work on site.");
    return client.improvement().RecordConsultation(request);
  }
  void Consult(const std::string& investigation, v1::Role department = v1::ROLE_SERVICE_MANAGER) {
    company_.Need(Consult(technology(), investigation, department));
  }
  absl::Status Determine(Client& client, const std::string& investigation, v1::Role role = v1::ROLE_TECHNOLOGY) {
    auto request = On<v1::DetermineTreatmentRequest>(investigation);
    request.set_role(role);
    request.set_treatment(kOption);
    return client.improvement().DetermineTreatment(request).status();
  }
  // By another than whoever analysed.
  absl::Status Determine(const std::string& investigation) {
    return Determine(company_.As(v1::ROLE_TECHNOLOGY, /*head=*/true), investigation);
  }

  absl::StatusOr<v1::Responsibility> Propose(Client& client, const std::string& name,
                                             const std::vector<std::pair<v1::Role, int>>& shares) {
    v1::ProposeResponsibilityRequest request;
    request.set_parent(name);
    request.mutable_responsibility()->set_text("Ground by production; supply bought the gauge that was used.");
    for (const auto& [department, points] : shares) {
      v1::ResponsibilityShare& share = *request.mutable_responsibility()->add_shares();
      share.set_department(department);
      share.set_basis_points(points);
    }
    return client.settlement().ProposeResponsibility(request);
  }
  std::string Propose(const std::string& name) {
    return company_.Need(Propose(sales(), name, {{v1::ROLE_PRODUCTION, 6667}, {v1::ROLE_SUPPLY, 3333}})).name();
  }
  absl::Status Report(Client& client, const std::string& responsibility, v1::Role to) {
    auto request = On<v1::ReportResponsibilityRequest>(responsibility);
    request.set_to(to);
    request.set_text("Two thirds production, one third supply.");
    return client.settlement().ReportResponsibility(request).status();
  }
  void Report(const std::string& responsibility) { company_.Need(Report(sales(), responsibility, v1::ROLE_EXECUTIVE)); }
  absl::Status Decide(Client& client, const std::string& responsibility, v1::Role role) {
    auto request = On<v1::DecideResponsibilityRequest>(responsibility);
    request.set_role(role);
    return client.settlement().DecideResponsibility(request).status();
  }
  absl::Status Decide(const std::string& responsibility) {
    return Decide(chairman(), responsibility, v1::ROLE_EXECUTIVE);
  }
  absl::Status Reject(Client& client, const std::string& responsibility, v1::Role role) {
    auto request = On<v1::RejectResponsibilityRequest>(responsibility);
    request.set_role(role);
    request.set_reason("Nobody asked the maker of the gauge.");
    return client.settlement().RejectResponsibility(request).status();
  }

  absl::StatusOr<v1::Case> Remedy(Client& client, const std::string& name, v1::Role role) {
    auto request = On<v1::DecideRemedyRequest>(name);
    request.set_remedy(v1::REMEDY_REPLACE);
    request.set_role(role);
    request.mutable_evidence()->set_text("By the findings.");
    return client.cases().DecideRemedy(request);
  }
  void Remedy(const std::string& name) { company_.Need(Remedy(manager(), name, v1::ROLE_SERVICE_MANAGER).status()); }

  // Everything before the responsibility, with the manager's decision; the investigation.
  std::string Treated(const std::string& name) {
    company_.Need(company_.DetermineCause(name, v1::CAUSE_MANUFACTURE).status());
    Remedy(name);
    const std::string investigation = Investigate(name).name();
    Consult(investigation);
    company_.Need(Determine(investigation));
    return investigation;
  }
  // The chairman's decision as well; what was decided.
  std::string Answered(const std::string& name) {
    const std::string responsibility = Propose(name);
    Report(responsibility);
    company_.Need(Decide(responsibility));
    return responsibility;
  }

  v1::Cost Record(const std::string& name, v1::CostCategory category, int64_t amount, bool customer_pays = false) {
    v1::CreateCostRequest request;
    request.set_parent(name);
    request.mutable_cost()->set_category(category);
    request.mutable_cost()->mutable_amount()->set_currency_code("CNY");
    request.mutable_cost()->mutable_amount()->set_minor_units(amount);
    request.mutable_cost()->set_text("By the receipt.");
    request.mutable_cost()->set_customer_pays(customer_pays);
    return company_.Need(sales().settlement().CreateCost(request));
  }
  absl::Status Agree(const std::string& cost) {
    auto request = On<v1::AgreeCostRequest>(cost);
    request.mutable_evidence()->set_text("Agreed by letter.");
    return sales().settlement().AgreeCost(request).status();
  }
  absl::Status Vet(Client& client, const std::string& cost, v1::Role role) {
    auto request = On<v1::VetCostRequest>(cost);
    request.set_role(role);
    return client.settlement().VetCost(request).status();
  }
  absl::Status Vet(const std::string& cost) { return Vet(finance(), cost, v1::ROLE_FINANCE); }
  std::string Vetted(const std::string& name, v1::CostCategory category, int64_t amount) {
    const std::string cost = Record(name, category, amount).name();
    company_.Need(Vet(cost));
    return cost;
  }
  absl::Status TurnDown(Client& client, const std::string& cost, v1::Role role) {
    auto request = On<v1::RejectCostRequest>(cost);
    request.set_role(role);
    request.set_reason("No receipt.");
    return client.settlement().RejectCost(request).status();
  }
  absl::StatusOr<v1::Allocation> Allocate(Client& client, const std::string& name, v1::Role role) {
    v1::AllocateCostsRequest request;
    request.set_parent(name);
    request.set_role(role);
    return client.settlement().AllocateCosts(request);
  }
  absl::StatusOr<v1::Allocation> Allocate(const std::string& name) {
    return Allocate(finance(), name, v1::ROLE_FINANCE);
  }

 private:
  Company& company_;
};

// How much each bears, in all lines of an allocation.
std::map<std::string, int64_t> Borne(const v1::Allocation& allocation) {
  std::map<std::string, int64_t> borne;
  for (const v1::AllocationLine& line : allocation.lines()) borne[line.bearer()] += line.amount().minor_units();
  return borne;
}

bool IsMet(Company& company, const std::string& root, const std::string& kind) {
  return company.OwedOfKind(root, kind).state() == v1::OBLIGATION_STATE_MET;
}

// --- 3 Responsibility
// ----------------------------------------------------------------------------------------------------

void WalkManagerIsResponsible(Company& company) {
  Office office(company);
  company.ForAll({"SM-3a", "SM-6.1b"});
  Client& chairman = office.chairman();
  const std::string name = office.Open("non-quality").name();
  auto refuse = On<v1::RefuseCaseRequest>(name);
  refuse.set_reason("Nobody has time.");
  auto accept = On<v1::AcceptCaseRequest>(name);
  accept.set_service_mode(v1::SERVICE_MODE_TELEPHONE);
  for (const absl::Status& status :
       {chairman.cases().RefuseCase(refuse).status(), chairman.cases().AcceptCase(accept).status()}) {
    company.Refused("SM-3a", status, v1::ERROR_REASON_ROLE_MISSING);
    company.Refused("SM-6.1b", status, v1::ERROR_REASON_ROLE_MISSING);
  }
  const absl::Status accepted = office.manager().cases().AcceptCase(accept).status();
  company.Allowed("SM-3a", accepted);
  company.Allowed("SM-6.1b", accepted);
  refuse.set_name(office.Open("non-quality").name());
  company.Allowed("SM-3a", office.manager().cases().RefuseCase(refuse).status());

  // How to deal with it is decided by the manager too, and before the case ends.
  company.For("SM-6.1b");
  company.Skipped("SM-6.1b", office.Close(name));
  company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE).status());
  company.Refused("SM-6.1b", office.Remedy(chairman, name, v1::ROLE_EXECUTIVE).status(), v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("SM-6.1b", office.Close(name));
  company.Allowed("SM-6.1b", office.Remedy(office.manager(), name, v1::ROLE_SERVICE_MANAGER).status());
  company.Expect(IsMet(company, name, "handling-decided"), "the manager's decision does not count");
  // Another cause has to be decided on anew.
  company.Need(company.DetermineCause(name, v1::CAUSE_DESIGN).status());
  company.ExpectRefused(office.Close(name), v1::ERROR_REASON_OBLIGATION_OPEN);
}

void WalkAdministrationDelivers(Company& company) {
  Office office(company);
  company.For("SM-3b");
  company.Refused("SM-3b", company.TryRegister(office.manager(), company.Contacting(absl::Minutes(5))).status(),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("SM-3b", company.TryRegister(office.sales(), company.Contacting(absl::Minutes(5))).status());
  const std::string name = office.Accepted();
  office.Treated(name);
  const std::string responsibility = office.Propose(name);
  const absl::Status by_manager = office.Report(office.manager(), responsibility, v1::ROLE_EXECUTIVE);
  company.Refused("SM-3b", by_manager, v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("SM-3b", office.Report(office.sales(), responsibility, v1::ROLE_EXECUTIVE));
}

void WalkSalesAndTechnologyCoordinate(Company& company) {
  Office office(company);
  company.For("SM-3c");
  const std::string name = office.Accepted();
  Client& production = company.As(v1::ROLE_PRODUCTION);
  company.Refused("SM-3c", office.Investigate(production, name).status(), v1::ERROR_REASON_ROLE_MISSING);
  const auto investigation = office.Investigate(office.technology(), name);
  company.Allowed("SM-3c", investigation.status());
  company.Need(investigation.status());
  company.Refused("SM-3c", office.Consult(production, investigation->name(), v1::ROLE_SERVICE_MANAGER).status(),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("SM-3c",
                  office.Consult(office.technology(), investigation->name(), v1::ROLE_SERVICE_MANAGER).status());
}

// --- 4 The flowchart: no step before the one that it follows from
// ---------------------------------------------------------

void WalkFlowchart(Company& company) {
  Office office(company);
  company.For("SM-4");
  const std::string name = office.Accepted();
  const auto propose = [&] { return office.Propose(office.sales(), name, {{v1::ROLE_PRODUCTION, 10000}}).status(); };
  company.Skipped("SM-4", propose());
  company.Skipped("SM-4", office.Close(name));
  const std::string investigation = office.Investigate(name).name();
  company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE).status());
  office.Remedy(name);
  company.Refused("SM-4", propose());
  office.Consult(investigation);
  company.Need(office.Determine(investigation));
  company.Skipped("SM-4", office.Close(name));
  const std::string responsibility = office.Propose(name);
  company.Refused("SM-4", office.Close(name));
  office.Report(responsibility);
  company.Refused("SM-4", office.Close(name));
  company.Need(office.Decide(responsibility));
  company.Allowed("SM-4", office.Close(name));
}

// --- 5.1 Quality complaints
// ----------------------------------------------------------------------------------------------

void WalkForm(Company& company) {
  Office office(company);
  company.For("SM-5.1a");
  const std::string name = office.Open("quality").name();
  company.Skipped("SM-5.1a", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.Need(company.FileDocument(name, "letter", v1::ROLE_CUSTOMER_SERVICE));
  company.Refused("SM-5.1a", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  office.FileForm(name);
  company.Allowed("SM-5.1a", company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  // What turns out to be about quality needs the form before its end.
  const std::string turned = office.Accepted();
  company.Change(turned, [](v1::Case& service_case) { service_case.set_type("quality"); });
  company.ExpectRefused(office.Close(turned), v1::ERROR_REASON_OBLIGATION_OPEN);
  company.Expect(company.OwedOfKind(turned, "feedback-form").owner() == v1::ROLE_CUSTOMER_SERVICE,
                 "the sales administration does not owe it");
}

void WalkTrackingNumber(Company& company) {
  Office office(company);
  company.For("SM-5.1b");
  const v1::Case first = office.Open("quality");
  const v1::Case second = office.Open("quality");
  company.Restart();
  const v1::Case read = company.Read(first.name());
  company.Shown("SM-5.1b", "read-back",
                absl::StartsWith(read.name(), "cases/C20") && read.name() != second.name() &&
                    read.type() == "quality" && read.description() == first.description() &&
                    read.opened_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE),
                read.ShortDebugString());
}

void WalkTrackingTable(Company& company) {
  Office office(company);
  company.For("SM-5.1c");
  const std::string open = office.Open("quality").name();
  const std::string closed = office.Accepted("quality");
  office.Treated(closed);
  office.Answered(closed);
  company.Need(office.Close(closed));
  v1::GetCustomerRequest get;
  get.set_name(company.customer());
  const std::string customer_name = company.Need(office.manager().directory().GetCustomer(get)).display_name();
  std::map<std::string, v1::TrackedCase> table;
  auto pages = office.sales().reports().ListTrackedCasesAll(v1::ListTrackedCasesRequest());
  for (const auto& row : pages) table[company.Need(row).service_case()] = *row;
  size_t cases = 0;
  std::string wrong;
  auto all = office.manager().cases().ListCasesAll(v1::ListCasesRequest());
  for (const auto& one : all) {
    const v1::Case service_case = company.Need(one);
    ++cases;
    const v1::TrackedCase& row = table[service_case.name()];
    int owed = 0;
    for (const v1::Obligation& duty : company.Owed(service_case.name())) {
      owed += duty.state() == v1::OBLIGATION_STATE_OPEN ? 1 : 0;
    }
    const bool same = row.state() == service_case.state() && row.type() == service_case.type() &&
                      row.customer() == service_case.customer() && row.cause() == service_case.cause() &&
                      row.remedy() == service_case.remedy() && row.owed() == owed &&
                      row.has_close_time() == service_case.has_close_time();
    if (!same) wrong = absl::StrCat(row.ShortDebugString(), ", owed: ", owed);
  }
  company.Shown("SM-5.1c", "counted",
                wrong.empty() && table.size() == cases && table[open].customer_name() == customer_name &&
                    table[closed].responsible_size() == 2 && table[closed].resolution() == "Valve exchanged.",
                absl::StrCat(table.size(), " rows for ", cases, " cases; ", wrong));
}

void WalkReportToTheManagement(Company& company) {
  Office office(company);
  company.For("SM-5.1e");
  const absl::Time start = FromProto(ToProto(company.Now()));
  company.PassTime(absl::Minutes(1));
  company.Register(absl::ZeroDuration());
  const std::string closed = office.Accepted("quality");
  office.Open("non-quality");
  office.Treated(closed);
  office.Answered(closed);
  office.Vetted(closed, v1::COST_CATEGORY_PARTS, 123);
  company.Need(office.Close(closed));
  v1::CreateManagementReportRequest request;
  v1::ManagementReport& report = *request.mutable_report();
  report.set_title("What came of the complaint about the release valve");
  *report.mutable_start_time() = ToProto(start);
  *report.mutable_end_time() = ToProto(company.Now());
  report.set_analysis("The seat was ground askew.");
  report.add_proposals("Check each seat with a gauge.");
  report.add_cases(closed);
  auto submit = On<v1::SubmitManagementReportRequest>(
      company.Need(office.sales().reports().CreateManagementReport(request)).name());
  submit.set_to(v1::ROLE_EXECUTIVE);
  company.Need(office.sales().reports().SubmitManagementReport(submit).status());
  int opened = 0, ended = 0, contacts = 0;
  auto cases = office.manager().cases().ListCasesAll(v1::ListCasesRequest());
  for (const auto& one : cases) {
    const v1::Case service_case = company.Need(one);
    opened += FromProto(service_case.create_time()) >= start ? 1 : 0;
    ended += service_case.has_close_time() && FromProto(service_case.close_time()) >= start ? 1 : 0;
  }
  auto register_of = office.manager().cases().ListContactsAll(v1::ListContactsRequest());
  for (const auto& one : register_of) contacts += FromProto(company.Need(one).notice_time()) >= start ? 1 : 0;
  const v1::ManagementReport read =
      company.Need(office.chairman().reports().GetManagementReport(On<v1::GetManagementReportRequest>(submit.name())));
  company.Shown("SM-5.1e", "counted",
                read.state() == v1::MANAGEMENT_REPORT_STATE_SUBMITTED && read.submitted_to() == v1::ROLE_EXECUTIVE &&
                    read.cases_size() == 1 && read.cases(0) == closed && read.figures().cases() == opened &&
                    opened == 2 && read.figures().cases_closed() == ended && ended == 1 &&
                    read.figures().contacts() == contacts && contacts == 1 && read.figures().costs_size() == 1 &&
                    read.figures().costs(0).minor_units() == 123,
                read.figures().ShortDebugString());
}

void WalkAdministrationEndsTheCase(Company& company) {
  Office office(company);
  company.For("SM-5.1d");
  const std::string name = office.Accepted("quality");
  office.Treated(name);
  office.Answered(name);
  company.Refused("SM-5.1d", office.Close(office.manager(), name), v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("SM-5.1d", office.Close(office.sales(), name));
}

// --- 5.2 Damage by the customer
// ------------------------------------------------------------------------------------------

void WalkNonQuality(Company& company) {
  Office office(company);
  company.For("SM-5.2c");
  // The same is owed for both, but for the form.
  const auto kinds = [&](const std::string& type) {
    const std::string name = office.Accepted(type);
    office.Treated(name);
    office.Answered(name);
    office.Vetted(name, v1::COST_CATEGORY_PARTS, 100);
    std::set<std::string> owed;
    for (const v1::Obligation& one : company.Owed(name)) owed.insert(one.kind());
    return owed;
  };
  const std::set<std::string> of_quality = kinds("quality");
  std::set<std::string> of_damage = kinds("non-quality");
  company.Shown("SM-5.2c", "not", of_quality.count("feedback-form") == 1 && of_damage.count("feedback-form") == 0,
                "the form is not for complaints about quality alone");
  of_damage.insert("feedback-form");
  company.Shown("SM-5.2c", "holds", of_damage == of_quality && of_quality.size() > 8,
                absl::StrCat(of_damage.size(), " kinds are owed for damage, ", of_quality.size(), " for quality"));
}

void WalkCostsAgreed(Company& company) {
  Office office(company);
  company.For("SM-5.2d");
  const std::string name = office.Accepted();
  const std::string cost = office.Record(name, v1::COST_CATEGORY_PARTS, 90000, /*customer_pays=*/true).name();
  const std::string other = office.Record(name, v1::COST_CATEGORY_PACKING, 700, /*customer_pays=*/true).name();
  company.Skipped("SM-5.2d", office.Vet(cost));
  company.Need(office.Agree(other));
  company.Refused("SM-5.2d", office.Vet(cost));  // the customer agreed to another
  company.Expect(company.OwedOfKind(name, "cost-agreement").owner() == v1::ROLE_CUSTOMER_SERVICE, "nobody has to ask");
  company.Need(office.Agree(cost));
  company.Allowed("SM-5.2d", office.Vet(cost));
  company.Need(office.Vet(other));
  const v1::Allocation allocated = company.Need(office.Allocate(name));
  company.Expect(Borne(allocated) == std::map<std::string, int64_t>{{"customer", 90700}}, allocated.ShortDebugString());
  // What we bear ourselves, the customer is not asked.
  company.Need(office.Vet(office.Record(name, v1::COST_CATEGORY_PARTS, 5).name()));
}

// --- 5.3 Cause, approach, responsibility, costs
// --------------------------------------------------------------------------

void WalkAnalysis(Company& company) {
  Office office(company);
  company.For("SM-5.3a");
  const std::string name = office.Accepted();
  auto cause = On<v1::DetermineCauseRequest>(name);
  cause.set_cause(v1::CAUSE_MANUFACTURE);
  cause.mutable_findings()->mutable_evidence()->set_text("Taken apart and measured.");
  company.ExpectRefused(office.manager().cases().DetermineCause(cause).status(), v1::ERROR_REASON_ROLE_MISSING);
  company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE).status());
  company.ExpectRefused(office.Close(name), v1::ERROR_REASON_OBLIGATION_OPEN);
  const v1::Investigation made = office.Investigate(name);
  company.Expect(IsMet(company, name, "cause-analysed"), "cause and countermeasures do not count");
  company.Restart();
  const v1::Investigation read =
      company.Need(office.manager().improvement().GetInvestigation(On<v1::GetInvestigationRequest>(made.name())));
  company.Shown("SM-5.3a", "read-back",
                company.Read(name).cause() == v1::CAUSE_MANUFACTURE && read.analysis() == made.analysis() &&
                    read.countermeasures() == made.countermeasures() && read.treatment_options_size() == 2 &&
                    read.analysed_by() == company.PrincipalOf(v1::ROLE_TECHNOLOGY),
                read.ShortDebugString());

  company.For("SM-5.3b");
  company.ExpectRefused(office.Determine(made.name()), v1::ERROR_REASON_OBLIGATION_OPEN);
  office.Consult(made.name(), v1::ROLE_PRODUCTION);  // not the sales department
  company.ExpectRefused(office.Determine(made.name()), v1::ERROR_REASON_OBLIGATION_OPEN);
  office.Consult(made.name(), v1::ROLE_CUSTOMER_SERVICE);
  company.Restart();
  const v1::Investigation consulted =
      company.Need(office.manager().improvement().GetInvestigation(On<v1::GetInvestigationRequest>(made.name())));
  company.Shown("SM-5.3b", "read-back",
                consulted.consultations_size() == 2 &&
                    consulted.consultations(1).department() == v1::ROLE_CUSTOMER_SERVICE &&
                    consulted.consultations(1).text() == "The customer wants no work on site." &&
                    IsMet(company, name, "sales-consulted"),
                consulted.ShortDebugString());
}

void WalkTreatment(Company& company) {
  Office office(company);
  company.For("SM-5.3c");
  const std::string name = office.Accepted();
  const auto propose = [&] { return office.Propose(office.sales(), name, {{v1::ROLE_PRODUCTION, 10000}}).status(); };
  company.Skipped("SM-5.3c", propose());
  const std::string first = office.Investigate(name).name();
  office.Consult(first);
  company.Refused("SM-5.3c", propose());
  company.Refused("SM-5.3c", office.Determine(office.manager(), first, v1::ROLE_SERVICE_MANAGER),
                  v1::ERROR_REASON_ROLE_MISSING);
  const absl::Status own = office.Determine(office.technology(), first);
  company.Expect(ErrorReasonOf(own) == v1::ERROR_REASON_OWN_SUBMISSION, TextOf(own));
  company.Need(office.Determine(first));
  // Another investigation takes the place of the first, and is consulted on and determined anew.
  const std::string second = office.Investigate(name).name();
  company.Refused("SM-5.3c", propose());
  company.ExpectRefused(office.Close(name), v1::ERROR_REASON_OBLIGATION_OPEN);
  office.Consult(second);
  company.Allowed("SM-5.3c", office.Determine(second));
  company.Allowed("SM-5.3c", propose());
}

void WalkResponsibility(Company& company) {
  Office office(company);
  company.For("SM-5.3d");
  const std::string name = office.Accepted();
  office.Treated(name);
  company.ExpectRefused(office.Close(name), v1::ERROR_REASON_OBLIGATION_OPEN);
  company.ExpectRefused(office.Propose(office.manager(), name, {{v1::ROLE_PRODUCTION, 10000}}).status(),
                        v1::ERROR_REASON_ROLE_MISSING);
  v1::CreateStaffMemberRequest person;
  person.mutable_staff_member()->set_display_name("Foreman of the grinders");
  v1::ProposeResponsibilityRequest request;
  request.set_parent(name);
  request.mutable_responsibility()->set_text("Ground by production; supply bought the gauge that was used.");
  v1::ResponsibilityShare& individual = *request.mutable_responsibility()->add_shares();
  individual.set_department(v1::ROLE_PRODUCTION);
  individual.set_staff_member(company.Need(company.As(v1::ROLE_ADMIN).directory().CreateStaffMember(person)).name());
  individual.set_basis_points(6000);
  v1::ResponsibilityShare& department = *request.mutable_responsibility()->add_shares();
  department.set_department(v1::ROLE_SUPPLY);
  department.set_basis_points(3999);
  const absl::Status short_of_all = office.sales().settlement().ProposeResponsibility(request).status();
  company.Expect(ErrorReasonOf(short_of_all) == v1::ERROR_REASON_FIELD_INVALID, TextOf(short_of_all));
  department.set_basis_points(4000);
  const v1::Responsibility made = company.Need(office.sales().settlement().ProposeResponsibility(request));
  company.Expect(IsMet(company, name, "responsibility-traced"), "the proposal does not count");
  company.Restart();
  const v1::Responsibility read =
      company.Need(office.manager().settlement().GetResponsibility(On<v1::GetResponsibilityRequest>(made.name())));
  company.Shown("SM-5.3d", "read-back",
                read.shares_size() == 2 && read.shares(0).staff_member() == individual.staff_member() &&
                    read.shares(0).basis_points() == 6000 && read.shares(1).department() == v1::ROLE_SUPPLY &&
                    read.shares(1).basis_points() == 4000 && read.text() == made.text() &&
                    read.proposed_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE),
                read.ShortDebugString());
  // Turned down, it is traced anew.
  office.Report(made.name());
  company.Need(office.Reject(office.chairman(), made.name(), v1::ROLE_EXECUTIVE));
  const v1::Obligation anew = company.OwedOfKind(name, "responsibility-traced-anew");
  company.Expect(anew.state() == v1::OBLIGATION_STATE_OPEN && anew.owner() == v1::ROLE_CUSTOMER_SERVICE,
                 anew.ShortDebugString());
  office.Propose(name);
  company.Expect(company.OwedOfKind(name, "responsibility-traced-anew").state() != v1::OBLIGATION_STATE_OPEN,
                 "still owed after the next proposal");
}

void WalkReport(Company& company) {
  Office office(company);
  company.For("SM-5.3e");
  const std::string name = office.Accepted();
  office.Treated(name);
  const std::string responsibility = office.Propose(name);
  company.Skipped("SM-5.3e", office.Decide(responsibility));
  company.ExpectRefused(office.Reject(office.chairman(), responsibility, v1::ROLE_EXECUTIVE),
                        v1::ERROR_REASON_OBLIGATION_OPEN);
  company.ExpectRefused(office.Report(office.manager(), responsibility, v1::ROLE_EXECUTIVE),
                        v1::ERROR_REASON_ROLE_MISSING);
  company.Need(office.Report(office.sales(), responsibility, v1::ROLE_SERVICE_MANAGER));
  company.Refused("SM-5.3e", office.Decide(responsibility));  // reported, and not to the chairman
  office.Report(responsibility);
  company.Allowed("SM-5.3e", office.Decide(responsibility));
  company.Expect(IsMet(company, name, "responsibility-reported"), "the report does not count");
}

void WalkFinalDecision(Company& company) {
  Office office(company);
  company.For("SM-5.3f");
  const std::string name = office.Accepted();
  office.Treated(name);
  company.Skipped("SM-5.3f", office.Close(name));
  const std::string first = office.Propose(name);
  office.Report(first);
  company.Refused("SM-5.3f", office.Decide(office.manager(), first, v1::ROLE_SERVICE_MANAGER),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("SM-5.3f", office.Reject(office.manager(), first, v1::ROLE_SERVICE_MANAGER),
                  v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("SM-5.3f", office.Close(name));
  company.Expect(company.OwedOfKind(name, "responsibility-decided").owner() == v1::ROLE_EXECUTIVE,
                 "the chairman does not owe it");
  // Turned down, the case has no decision and does not end.
  company.Need(office.Reject(office.chairman(), first, v1::ROLE_EXECUTIVE));
  company.Refused("SM-5.3f", office.Close(name));
  const std::string second = office.Propose(name);
  office.Report(second);
  company.Allowed("SM-5.3f", office.Decide(second));
  company.Allowed("SM-5.3f", office.Close(name));
}

void WalkVetting(Company& company) {
  Office office(company);
  company.For("SM-5.3g");
  const std::string name = office.Accepted();
  office.Treated(name);
  office.Answered(name);
  const std::string cost = office.Record(name, v1::COST_CATEGORY_TRAVEL, 12345).name();
  const std::string wrong = office.Record(name, v1::COST_CATEGORY_LODGING, 1).name();
  company.Expect(company.OwedOfKind(name, "cost-vetted").owner() == v1::ROLE_FINANCE, "finance does not owe it");
  company.Skipped("SM-5.3g", office.Close(name));
  // Whoever is of finance too does not vet it as somebody else.
  Client& both = company.AsBoth(v1::ROLE_FINANCE, v1::ROLE_SERVICE_MANAGER);
  company.Refused("SM-5.3g", office.Vet(both, cost, v1::ROLE_SERVICE_MANAGER), v1::ERROR_REASON_ROLE_MISSING);
  company.Refused("SM-5.3g", office.TurnDown(both, wrong, v1::ROLE_SERVICE_MANAGER), v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("SM-5.3g", office.Vet(cost));
  company.Refused("SM-5.3g", office.Close(name));  // one is not vetted
  company.Need(office.TurnDown(office.finance(), wrong, v1::ROLE_FINANCE));
  company.Allowed("SM-5.3g", office.Close(name));
  // Nobody vets what they submitted.
  v1::CreateCostRequest own;
  own.set_parent(name);
  own.mutable_cost()->set_category(v1::COST_CATEGORY_OTHER);
  own.mutable_cost()->mutable_amount()->set_currency_code("CNY");
  own.mutable_cost()->mutable_amount()->set_minor_units(5);
  own.mutable_cost()->set_text("Fee of the bank.");
  const std::string of_finance = company.Need(office.finance().settlement().CreateCost(own)).name();
  const absl::Status vetted = office.Vet(of_finance);
  company.Expect(ErrorReasonOf(vetted) == v1::ERROR_REASON_OWN_SUBMISSION, TextOf(vetted));
}

void WalkAmortization(Company& company) {
  Office office(company);
  company.For("SM-5.3h");
  const std::string name = office.Accepted();
  const std::string cost = office.Vetted(name, v1::COST_CATEGORY_COMPENSATION, 100001);
  const absl::Status undecided = office.Allocate(name).status();
  company.Expect(ErrorReasonOf(undecided) == v1::ERROR_REASON_STATE_FORBIDS, TextOf(undecided));
  office.Treated(name);
  office.Answered(name);  // production 66.67 %, supply 33.33 %
  company.Expect(company.OwedOfKind(name, "costs-allocated").owner() == v1::ROLE_FINANCE, "finance does not owe it");
  company.ExpectRefused(
      office.Allocate(company.AsBoth(v1::ROLE_FINANCE, v1::ROLE_SERVICE_MANAGER), name, v1::ROLE_SERVICE_MANAGER)
          .status(),
      v1::ERROR_REASON_ROLE_MISSING);
  const std::string wrong = office.Record(name, v1::COST_CATEGORY_PARTS, 900).name();
  company.Need(office.TurnDown(office.finance(), wrong, v1::ROLE_FINANCE));
  // It does not hold up the end of the case, and is owed after it.
  company.Need(office.Close(name));
  const v1::Allocation allocated = company.Need(office.Allocate(name));
  company.Shown("SM-5.3h", "holds",
                Borne(allocated) == std::map<std::string, int64_t>{{"production", 66671}, {"supply", 33330}} &&
                    IsMet(company, name, "costs-allocated"),
                allocated.ShortDebugString());
  bool of_the_other = false;
  for (const v1::AllocationLine& line : allocated.lines()) of_the_other = of_the_other || line.cost() == wrong;
  company.Shown("SM-5.3h", "not", !of_the_other, "what finance turned down is allocated");
  // What was wrong is taken back from the same.
  auto reverse = On<v1::ReverseCostRequest>(cost);
  reverse.set_reason("The customer sent it back.");
  const std::string reversal = company.Need(office.sales().settlement().ReverseCost(reverse)).name();
  company.Need(office.Vet(reversal));
  const v1::Allocation taken_back = company.Need(office.Allocate(name));
  company.Expect(Borne(taken_back) == std::map<std::string, int64_t>{{"production", -66671}, {"supply", -33330}},
                 taken_back.ShortDebugString());
}

// --- 6 General principles
// ------------------------------------------------------------------------------------------------

void WalkResponding(Company& company) {
  Office office(company);
  company.For("SM-6.1a");
  const std::string name = company.Register(absl::Minutes(5)).name();
  company.Need(company.Answer(office.sales(), name));
  company.Need(company.EndContact(office.sales(), name, "answered"));
  company.Restart();
  const v1::Contact read = company.Need(office.sales().cases().GetContact(On<v1::GetContactRequest>(name)));
  company.Shown("SM-6.1a", "read-back",
                !read.answer().empty() && read.answered_by() == company.PrincipalOf(v1::ROLE_CUSTOMER_SERVICE) &&
                    read.has_answer_time() && read.outcome() == "answered",
                read.ShortDebugString());
}

void WalkFirstAnswer(Company& company) {
  ProveClock(company, {{"SM-6.2"},
                       "first-answer",
                       absl::Hours(2),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration ago) { return company.Register(ago).name(); }});
  const std::string answered = company.Register(absl::Minutes(5)).name();
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), answered));
  company.Expect(IsMet(company, answered, "first-answer"), "the answer does not count");
}

void WalkDispute(Company& company) {
  Office office(company);
  company.For("SM-6.3");
  const std::string name = office.Accepted();
  v1::CreateDisputeRequest open;
  open.set_parent(name);
  open.mutable_dispute()->set_contract(company.AddContract(company.customer(), 12));
  open.mutable_dispute()->add_provisions("8.2");
  open.mutable_dispute()->set_text("They say that the valve is under warranty.");
  const v1::Dispute made = company.Need(office.sales().cases().CreateDispute(open));
  company.Expect(company.OwedOfKind(name, "dispute-coordinated").owner() == v1::ROLE_SERVICE_MANAGER,
                 "nobody coordinates");
  auto resolve = On<v1::ResolveDisputeRequest>(made.name());
  resolve.set_resolution("By 8.2 the seller bears it.");
  resolve.mutable_evidence()->set_reference("contract, provision 8.2");
  company.Need(office.manager().cases().ResolveDispute(resolve).status());
  company.Expect(IsMet(company, name, "dispute-coordinated"), "the settlement does not count");
  company.Restart();
  const v1::Dispute read = company.Need(office.manager().cases().GetDispute(On<v1::GetDisputeRequest>(made.name())));
  company.Shown("SM-6.3", "read-back",
                read.contract() == made.contract() && read.provisions_size() == 1 && read.provisions(0) == "8.2" &&
                    read.resolution() == resolve.resolution() &&
                    read.resolved_by() == company.PrincipalOf(v1::ROLE_SERVICE_MANAGER),
                read.ShortDebugString());
}

// --- 8 Costs
// -------------------------------------------------------------------------------------------------------------

void WalkFixedAccounts(Company& company) {
  Office office(company);
  company.ForAll({"SM-8.1", "SM-8.2"});
  const std::string name = office.Accepted();
  for (const v1::CostCategory category :
       {v1::COST_CATEGORY_TRAVEL, v1::COST_CATEGORY_LODGING, v1::COST_CATEGORY_ALLOWANCE}) {
    office.Vetted(name, category, 101);
  }
  company.For("SM-8.1");
  // Without anybody's responsibility decided: fixed accounts bear it whoever answers.
  const v1::Allocation staff = company.Need(office.Allocate(name));
  company.Shown("SM-8.1", "holds",
                Borne(staff) == std::map<std::string, int64_t>{{"company", 303}} && staff.responsibility().empty() &&
                    staff.lines(0).rule() == "cost-rule staff-expenses" && staff.lines(0).clauses(0) == "SM-8.1",
                staff.ShortDebugString());

  company.For("SM-8.2");
  for (const v1::CostCategory category :
       {v1::COST_CATEGORY_EXCHANGE, v1::COST_CATEGORY_TRANSPORT, v1::COST_CATEGORY_PACKING, v1::COST_CATEGORY_OTHER}) {
    office.Vetted(name, category, 1001);
  }
  const v1::Allocation exchange = company.Need(office.Allocate(name));
  company.Shown("SM-8.2", "holds",
                Borne(exchange) == std::map<std::string, int64_t>{{"manufacturing-cost", 4004}} &&
                    exchange.lines(0).clauses(0) == "SM-8.2",
                exchange.ShortDebugString());

  // Parts and compensation are no such costs: who answers for the case bears them.
  company.ForAll({"SM-8.1", "SM-8.2"});
  office.Treated(name);
  office.Answered(name);
  office.Vetted(name, v1::COST_CATEGORY_PARTS, 9);
  office.Vetted(name, v1::COST_CATEGORY_COMPENSATION, 10000);
  const v1::Allocation shared = company.Need(office.Allocate(name));
  for (const char* clause : {"SM-8.1", "SM-8.2"}) {
    company.Shown(clause, "not",
                  Borne(shared) == std::map<std::string, int64_t>{{"production", 6674}, {"supply", 3335}} &&
                      !shared.responsibility().empty(),
                  shared.ShortDebugString());
  }
}

// --- 9 In force from the chairman's issue
// --------------------------------------------------------------------------------

void WalkIssue(Company& company) {
  Office office(company);
  company.For("SM-9");
  v1::CreatePolicyVersionRequest load;
  load.mutable_policy_version()->set_text(PackText("sales-manager"));
  auto activate = On<v1::ActivatePolicyVersionRequest>(
      company.Need(company.As(v1::ROLE_ADMIN).policy().CreatePolicyVersion(load)).name());
  for (const v1::Role role : {v1::ROLE_SERVICE_MANAGER, v1::ROLE_ADMIN}) {
    const absl::Status refused = company.As(role).policy().ActivatePolicyVersion(activate).status();
    company.Expect(ErrorReasonOf(refused) == v1::ERROR_REASON_ROLE_MISSING, TextOf(refused));
  }
  const v1::Contact before = company.Register(absl::Minutes(5));
  company.Shown("SM-9", "not", before.policy_version() != activate.name(), "in force before it was issued");
  const v1::PolicyVersion issued = company.Need(office.chairman().policy().ActivatePolicyVersion(activate));
  const v1::Contact after = company.Register(absl::Minutes(5));
  company.Shown("SM-9", "holds",
                issued.activated_by() == absl::StrCat(company.PrincipalOf(v1::ROLE_EXECUTIVE), " as executive") &&
                    issued.has_activate_time() && after.policy_version() == issued.name() &&
                    FromProto(after.create_time()) >= FromProto(issued.activate_time()),
                absl::StrCat(issued.name(), " by ", issued.activated_by(), ", then ", after.policy_version()));
}

}  // namespace

std::vector<Walk> SalesManagerWalks() {
  return {
      {"TheSalesManagerDecides", {"SM-3a", "SM-6.1b"}, WalkManagerIsResponsible},
      {"TheAdministrationDeliversInformation", {"SM-3b"}, WalkAdministrationDelivers},
      {"SalesAndTechnologyCoordinate", {"SM-3c"}, WalkSalesAndTechnologyCoordinate},
      {"TheFlowchartIsFollowed", {"SM-4"}, WalkFlowchart},
      {"QualityComplaintsNeedTheForm", {"SM-5.1a"}, WalkForm},
      {"EachComplaintHasATrackingNumber", {"SM-5.1b"}, WalkTrackingNumber},
      {"EachComplaintStandsInTheTrackingTable", {"SM-5.1c"}, WalkTrackingTable},
      {"TheManagementIsReportedTo", {"SM-5.1e"}, WalkReportToTheManagement},
      {"TheAdministrationBringsTheCaseToItsEnd", {"SM-5.1d"}, WalkAdministrationEndsTheCase},
      {"DamageIsProcessedLikeAQualityProblem", {"SM-5.2c"}, WalkNonQuality},
      {"TheCustomerAgreesToCosts", {"SM-5.2d"}, WalkCostsAgreed},
      {"TechnologyAnalysesAndConsultsSales", {"SM-5.3a", "SM-5.3b"}, WalkAnalysis},
      {"TechnologyDeterminesTheTreatment", {"SM-5.3c"}, WalkTreatment},
      {"TheAdministrationTracesResponsibility", {"SM-5.3d"}, WalkResponsibility},
      {"ResponsibilityIsReportedToTheChairman", {"SM-5.3e"}, WalkReport},
      {"TheChairmanDecides", {"SM-5.3f"}, WalkFinalDecision},
      {"FinanceVetsCosts", {"SM-5.3g"}, WalkVetting},
      {"FinanceAllocatesCosts", {"SM-5.3h"}, WalkAmortization},
      {"CustomersAreRespondedTo", {"SM-6.1a"}, WalkResponding},
      {"TheCustomerIsAnsweredAtTheFirstTime", {"SM-6.2"}, WalkFirstAnswer},
      {"DisputesFollowTheContract", {"SM-6.3"}, WalkDispute},
      {"FixedAccountsBearCosts", {"SM-8.1", "SM-8.2"}, WalkFixedAccounts},
      {"TheChairmanIssuesTheSystem", {"SM-9"}, WalkIssue},
  };
}

}  // namespace aftersales::testing
