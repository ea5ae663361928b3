// What people at a company do, each by whoever may do it.
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/company.h"

namespace aftersales::testing {
namespace {

template <typename Request>
Request On(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

}  // namespace

v1::Contact Company::Contacting(absl::Duration notice_ago, const std::function<void(v1::Contact&)>& with) {
  v1::Contact contact;
  contact.set_channel(v1::CHANNEL_TELEPHONE);
  contact.set_company("Example Tramway Works");
  contact.set_person("Workshop");
  contact.set_telephone("+86 431 0000 0000");
  contact.set_product_type("Brake unit BU-7");
  contact.add_nonconforming_items("release valve");
  contact.set_text("The brake does not release.");
  *contact.mutable_notice_time() = ToProto(Now() - notice_ago);
  if (with) with(contact);
  return contact;
}

absl::StatusOr<v1::Contact> Company::TryRegister(Client& client, const v1::Contact& contact) {
  v1::CreateContactRequest request;
  *request.mutable_contact() = contact;
  return client.cases().CreateContact(request);
}

v1::Contact Company::Register(absl::Duration notice_ago, const std::function<void(v1::Contact&)>& with) {
  return Need(TryRegister(As(v1::ROLE_CUSTOMER_SERVICE), Contacting(notice_ago, with)));
}

absl::Status Company::Answer(Client& client, const std::string& contact) {
  auto request = On<v1::AnswerContactRequest>(contact);
  request.set_answer("An engineer will be with you tomorrow morning.");
  return client.cases().AnswerContact(request).status();
}

absl::Status Company::EndContact(Client& client, const std::string& contact, const std::string& outcome) {
  auto request = On<v1::CloseContactRequest>(contact);
  request.set_outcome(outcome);
  return client.cases().CloseContact(request).status();
}

v1::Contact Company::Change(const v1::Contact& contact, const std::function<void(v1::Contact&)>& with) {
  auto request = On<v1::UpdateContactRequest>(contact.name());
  request.set_etag(contact.etag());
  request.set_reason("The customer called again.");
  *request.mutable_contact() = contact;
  with(*request.mutable_contact());
  return Need(As(v1::ROLE_CUSTOMER_SERVICE).cases().UpdateContact(request));
}

v1::Case Company::OpenCase(absl::Duration notice_ago, const std::function<void(v1::Case&)>& with) {
  v1::CreateCaseRequest request;
  v1::Case& service_case = *request.mutable_service_case();
  service_case.set_subject(v1::CASE_SUBJECT_PRODUCT);
  service_case.set_customer(customer());
  service_case.set_equipment(equipment());
  service_case.set_description("The brake does not release.");
  service_case.add_nonconforming_items("release valve");
  *service_case.mutable_notice_time() = ToProto(Now() - notice_ago);
  if (with) with(service_case);
  return Need(As(v1::ROLE_CUSTOMER_SERVICE).cases().CreateCase(request));
}

absl::Status Company::Accept(const std::string& service_case, v1::ServiceMode mode) {
  auto request = On<v1::AcceptCaseRequest>(service_case);
  request.set_service_mode(mode);
  return Lead().cases().AcceptCase(request).status();
}

absl::StatusOr<v1::Case> Company::Classify(const std::string& service_case, const std::string& classification) {
  auto request = On<v1::ClassifyCaseRequest>(service_case);
  request.set_classification(classification);
  request.mutable_evidence()->set_text("As described by the customer.");
  return Lead().cases().ClassifyCase(request);
}

v1::Case Company::AcceptedCase(const std::string& classification, absl::Duration notice_ago) {
  const v1::Case opened = OpenCase(notice_ago);
  Need(Accept(opened.name()));
  return Need(Classify(opened.name(), classification));
}

v1::Case Company::Change(const std::string& service_case, const std::function<void(v1::Case&)>& with) {
  auto request = On<v1::UpdateCaseRequest>(service_case);
  *request.mutable_service_case() = Read(service_case);
  request.set_etag(request.service_case().etag());
  request.set_reason("The customer called again.");
  with(*request.mutable_service_case());
  return Need(As(v1::ROLE_CUSTOMER_SERVICE).cases().UpdateCase(request));
}

v1::Case Company::Read(const std::string& service_case) {
  return Need(Lead().cases().GetCase(On<v1::GetCaseRequest>(service_case)));
}

absl::Status Company::Close(const std::string& service_case) {
  auto request = On<v1::CloseCaseRequest>(service_case);
  request.set_resolution("Valve exchanged.");
  return Lead().cases().CloseCase(request).status();
}

absl::Status Company::Reopen(const std::string& service_case) {
  auto request = On<v1::ReopenCaseRequest>(service_case);
  request.set_reason("The brake drags again.");
  return Lead().cases().ReopenCase(request).status();
}

void Company::Pause(const std::string& service_case, v1::PauseCause cause, absl::Time since) {
  auto request = On<v1::PauseCaseRequest>(service_case);
  request.set_cause(cause);
  request.set_reason("The gate is locked.");
  request.mutable_evidence()->set_text("The engineer's photograph.");
  *request.mutable_start_time() = ToProto(since);
  Need(Lead().cases().PauseCase(request).status());
}

void Company::Resume(const std::string& service_case, absl::Time since) {
  auto request = On<v1::ResumeCaseRequest>(service_case);
  *request.mutable_resume_time() = ToProto(since);
  Need(Lead().cases().ResumeCase(request).status());
}

absl::Status Company::FileDocument(const std::string& service_case, const std::string& kind, v1::Role role) {
  v1::CreateDocumentRequest request;
  request.set_parent(service_case);
  request.mutable_document()->set_kind(kind);
  request.mutable_document()->set_title("After-sales service and verification list");
  request.mutable_document()->set_text("Valve exchanged; brake force verified.");
  return As(role).cases().CreateDocument(request).status();
}

v1::Attachment Company::Attach(Client& client, const std::string& parent, const std::string& text) {
  v1::UploadStart start;
  start.mutable_attachment()->set_parent(parent);
  start.mutable_attachment()->set_filename("record.txt");
  start.mutable_attachment()->set_media_type("text/plain");
  bool given = false;
  const ByteSource source = [&](size_t) -> absl::StatusOr<std::string> {
    const std::string bytes = given ? "" : text;
    given = true;
    return bytes;
  };
  return Need(client.attachments().Upload(start, source));
}

absl::StatusOr<v1::HelpRequest> Company::AskForHelp(Client& client, const std::string& service_case,
                                                    v1::Role department,
                                                    const std::function<void(v1::HelpRequest&)>& with) {
  v1::CreateHelpRequestRequest request;
  request.set_parent(service_case);
  v1::HelpRequest& help = *request.mutable_help_request();
  help.set_department(department);
  help.set_form(v1::HELP_FORM_WRITTEN);
  help.set_text("The seat of the valve must be welded on site.");
  if (with) with(help);
  return client.cases().CreateHelpRequest(request);
}

absl::Status Company::AnswerHelp(Client& client, const std::string& request) {
  auto answer = On<v1::AnswerHelpRequestRequest>(request);
  answer.set_answer("A welder comes with the next train.");
  return client.cases().AnswerHelpRequest(answer).status();
}

absl::StatusOr<v1::Case> Company::DetermineCause(const std::string& service_case, v1::Cause cause,
                                                 const std::function<void(v1::Findings&)>& findings) {
  auto request = On<v1::DetermineCauseRequest>(service_case);
  request.set_cause(cause);
  request.mutable_findings()->mutable_evidence()->set_text("Taken apart and measured.");
  if (findings) findings(*request.mutable_findings());
  return As(v1::ROLE_TECHNOLOGY).cases().DetermineCause(request);
}

absl::StatusOr<v1::Case> Company::DecideRemedy(const std::string& service_case, v1::Remedy remedy) {
  auto request = On<v1::DecideRemedyRequest>(service_case);
  request.set_remedy(remedy);
  request.set_role(lead_);
  request.mutable_evidence()->set_text("By the findings.");
  return Lead().cases().DecideRemedy(request);
}

v1::Solution Company::ApprovedSolution(const std::string& service_case, const std::vector<v1::Role>& departments,
                                       bool confirmed) {
  v1::ProposeSolutionRequest propose;
  propose.set_parent(service_case);
  propose.mutable_solution()->set_text("Exchange the valve and test under load.");
  v1::Solution solution = Need(As(v1::ROLE_FIELD_ENGINEER).cases().ProposeSolution(propose));
  for (const v1::Role department : departments) {
    auto approve = On<v1::ApproveSolutionRequest>(solution.name());
    approve.set_role(department);
    solution = Need(As(department).cases().ApproveSolution(approve));
  }
  if (confirmed) {
    auto confirm = On<v1::ConfirmSolutionRequest>(solution.name());
    confirm.mutable_evidence()->set_text("Confirmed by letter.");
    solution = Need(Lead().cases().ConfirmSolution(confirm));
  }
  return solution;
}

absl::StatusOr<v1::Visit> Company::PlanVisit(const std::string& service_case) {
  v1::CreateVisitRequest create;
  create.mutable_visit()->set_service_case(service_case);
  const absl::Time start = Now() + absl::Hours(10) * ++visits_;
  *create.mutable_visit()->mutable_plan_start_time() = ToProto(start);
  *create.mutable_visit()->mutable_plan_end_time() = ToProto(start + absl::Hours(4));
  create.mutable_visit()->set_plan("Exchange the release valve, as the customer asks.");
  return Lead().dispatch().CreateVisit(create);
}

v1::Visit Company::AssignedVisit(const std::string& service_case) {
  auto assign = On<v1::AssignEngineerRequest>(Need(PlanVisit(service_case)).name());
  assign.set_engineer(engineer());
  return Need(Lead().dispatch().AssignEngineer(assign));
}

absl::StatusOr<v1::Visit> Company::CheckIn(const std::string& visit) {
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().CheckInVisit(On<v1::CheckInVisitRequest>(visit));
}

Company::OnSite Company::CheckedIn(const std::string& classification) {
  OnSite on_site;
  on_site.service_case = AcceptedCase(classification);
  on_site.visit = Need(CheckIn(AssignedVisit(on_site.service_case.name()).name()));
  return on_site;
}

absl::Status Company::StartWork(const std::string& visit) {
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().StartWork(On<v1::StartWorkRequest>(visit)).status();
}

absl::Status Company::RecordWork(const std::string& visit) {
  auto request = On<v1::RecordWorkRequest>(visit);
  request.mutable_work()->set_text("Valve exchanged.");
  request.mutable_work()->set_quantity(1);
  request.mutable_work()->set_place("Bogie 2");
  request.mutable_work()->set_completed(true);
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().RecordWork(request).status();
}

absl::Status Company::CompleteWork(const std::string& visit) {
  auto request = On<v1::CompleteWorkRequest>(visit);
  request.set_summary("Valve exchanged, brake tested.");
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().CompleteWork(request).status();
}

absl::Status Company::Satisfied(const std::string& visit, bool satisfied) {
  auto request = On<v1::RecordSatisfactionRequest>(visit);
  request.set_satisfied(satisfied);
  request.mutable_evidence()->set_text(satisfied ? "Signed by the workshop." : "The brake still drags.");
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().RecordSatisfaction(request).status();
}

absl::Status Company::CheckOut(const std::string& visit) {
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().CheckOutVisit(On<v1::CheckOutVisitRequest>(visit)).status();
}

}  // namespace aftersales::testing
