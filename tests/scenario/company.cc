#include "tests/scenario/company.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "google/protobuf/text_format.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "tests/scenario/proofs.h"

namespace aftersales::testing {
namespace {

// Ends the test program's scenario at once when the set-up fails: nothing after it would mean anything.
template <typename T>
T Need(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(std::string(value.status().ToString()));
  return *std::move(value);
}

void AddRole(v1::Principal& principal, v1::Role role, bool head) {
  v1::RoleGrant* grant = principal.add_roles();
  grant->set_role(role);
  grant->set_head(head);
}

}  // namespace

Company::Company(std::string engine, const std::string& pack_text) : engine_(std::move(engine)) {
  if (engine_ == "mysql") database_ = std::make_unique<TestDatabase>(TestEngine::kMySql, /*migrated=*/false);
  server_ = std::make_unique<ServerProcess>(database_ == nullptr ? "" : database_->address());
  admin_ = std::make_unique<Client>(server_->Connect());
  if (!pack_text.empty()) UsePack(pack_text);
}

Company::Staff& Company::StaffOf(v1::Role role, bool head) {
  Staff& staff = staff_[{role, head}];
  if (!staff.token.empty()) return staff;
  v1::CreatePrincipalRequest principal;
  principal.mutable_principal()->set_display_name(absl::StrCat(Word(role), head ? " (head)" : ""));
  AddRole(*principal.mutable_principal(), role, head);
  staff.principal = Need(admin_->access().CreatePrincipal(principal)).name();
  v1::CreateTokenRequest token;
  token.mutable_token()->set_principal(staff.principal);
  staff.token = Need(admin_->access().CreateToken(token)).secret();
  staff.client = std::make_unique<Client>(server_->Connect(staff.token));
  return staff;
}

Client& Company::As(v1::Role role, bool head) {
  return role == v1::ROLE_ADMIN ? *admin_ : *StaffOf(role, head).client;
}

std::string Company::PrincipalOf(v1::Role role, bool head) { return StaffOf(role, head).principal; }

void Company::Restart() {
  server_->Restart();
  admin_ = std::make_unique<Client>(server_->Connect());
  for (auto& [role, staff] : staff_) staff.client = std::make_unique<Client>(server_->Connect(staff.token));
}

std::string Company::UsePack(const std::string& text) {
  v1::CreatePolicyVersionRequest load;
  load.mutable_policy_version()->set_text(text);
  v1::ActivatePolicyVersionRequest activate;
  activate.set_name(Need(admin_->policy().CreatePolicyVersion(load)).name());
  return Need(admin_->policy().ActivatePolicyVersion(activate)).name();
}

const std::string& Company::customer() {
  if (customer_.empty()) {
    v1::CreateCustomerRequest request;
    request.mutable_customer()->set_display_name("Example Tramway Works");
    request.mutable_customer()->set_region("jilin");
    customer_ = Need(admin_->directory().CreateCustomer(request)).name();
  }
  return customer_;
}

const std::string& Company::equipment() {
  if (equipment_.empty()) {
    v1::CreateProductRequest product;
    product.mutable_product()->set_display_name("Brake unit BU-7");
    product.mutable_product()->add_required_certificates("brake-systems");
    product_ = Need(admin_->directory().CreateProduct(product)).name();
    v1::CreateEquipmentRequest request;
    request.mutable_equipment()->set_serial_number("BU7-0001");
    request.mutable_equipment()->set_product(product_);
    request.mutable_equipment()->set_customer(customer());
    equipment_ = Need(admin_->directory().CreateEquipment(request)).name();
  }
  return equipment_;
}

std::string Company::AddEngineer(const std::string& display_name, bool certified, const std::string& principal) {
  v1::CreateEngineerRequest request;
  request.mutable_engineer()->set_display_name(display_name);
  request.mutable_engineer()->set_principal(principal);
  if (certified) {
    v1::Certificate* certificate = request.mutable_engineer()->add_certificates();
    certificate->set_skill("brake-systems");
    certificate->set_number("BS-1");
    *certificate->mutable_expire_time() = ToProto(server_->Now() + absl::Hours(24 * 365));
  }
  return Need(admin_->dispatch().CreateEngineer(request)).name();
}

const std::string& Company::engineer() {
  if (engineer_.empty()) engineer_ = AddEngineer("Engineer One", true, PrincipalOf(v1::ROLE_FIELD_ENGINEER));
  return engineer_;
}

v1::Case Company::OpenCase(absl::Duration notice_ago) {
  v1::CreateCaseRequest request;
  v1::Case& service_case = *request.mutable_service_case();
  service_case.set_subject(v1::CASE_SUBJECT_PRODUCT);
  service_case.set_customer(customer());
  service_case.set_equipment(equipment());
  service_case.set_description("The brake does not release.");
  service_case.add_nonconforming_items("release valve");
  *service_case.mutable_notice_time() = ToProto(server_->Now() - notice_ago);
  return Need(As(v1::ROLE_CUSTOMER_SERVICE).cases().CreateCase(request));
}

v1::Case Company::AcceptedCase(const std::string& classification, absl::Duration notice_ago) {
  const v1::Case opened = OpenCase(notice_ago);
  v1::AcceptCaseRequest accept;
  accept.set_name(opened.name());
  accept.set_service_mode(v1::SERVICE_MODE_ON_SITE);
  Need(As(v1::ROLE_QUALITY).cases().AcceptCase(accept));
  v1::ClassifyCaseRequest classify;
  classify.set_name(opened.name());
  classify.set_classification(classification);
  classify.mutable_evidence()->set_text("As described by the customer.");
  return Need(As(v1::ROLE_QUALITY).cases().ClassifyCase(classify));
}

v1::Visit Company::AssignedVisit(const std::string& service_case) {
  v1::CreateVisitRequest create;
  create.mutable_visit()->set_service_case(service_case);
  // Each visit has its own hours, so that one engineer can take them all.
  static int visits = 0;
  const absl::Time start = server_->Now() + absl::Hours(10) * ++visits;
  *create.mutable_visit()->mutable_plan_start_time() = ToProto(start);
  *create.mutable_visit()->mutable_plan_end_time() = ToProto(start + absl::Hours(4));
  create.mutable_visit()->set_plan("Exchange the release valve, as the customer asks.");
  v1::AssignEngineerRequest assign;
  assign.set_name(Need(As(v1::ROLE_QUALITY).dispatch().CreateVisit(create)).name());
  assign.set_engineer(engineer());
  return Need(As(v1::ROLE_QUALITY).dispatch().AssignEngineer(assign));
}

Company::OnSite Company::CheckedIn(const std::string& classification) {
  OnSite on_site;
  on_site.service_case = AcceptedCase(classification);
  v1::CheckInVisitRequest request;
  request.set_name(AssignedVisit(on_site.service_case.name()).name());
  on_site.visit = Need(As(v1::ROLE_FIELD_ENGINEER).dispatch().CheckInVisit(request));
  return on_site;
}

v1::Solution Company::ApprovedSolution(const std::string& service_case, const std::vector<v1::Role>& departments,
                                       bool confirmed) {
  v1::ProposeSolutionRequest propose;
  propose.set_parent(service_case);
  propose.mutable_solution()->set_text("Exchange the valve and test under load.");
  v1::Solution solution = Need(As(v1::ROLE_FIELD_ENGINEER).cases().ProposeSolution(propose));
  for (const v1::Role department : departments) {
    v1::ApproveSolutionRequest approve;
    approve.set_name(solution.name());
    approve.set_role(department);
    solution = Need(As(department).cases().ApproveSolution(approve));
  }
  if (confirmed) {
    v1::ConfirmSolutionRequest confirm;
    confirm.set_name(solution.name());
    confirm.mutable_evidence()->set_text("Confirmed by letter.");
    solution = Need(As(v1::ROLE_QUALITY).cases().ConfirmSolution(confirm));
  }
  return solution;
}

absl::Status Company::StartWork(const std::string& visit) {
  v1::StartWorkRequest request;
  request.set_name(visit);
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().StartWork(request).status();
}

absl::Status Company::RecordWork(const std::string& visit) {
  v1::RecordWorkRequest request;
  request.set_name(visit);
  request.mutable_work()->set_text("Valve exchanged.");
  request.mutable_work()->set_quantity(1);
  request.mutable_work()->set_place("Bogie 2");
  request.mutable_work()->set_completed(true);
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().RecordWork(request).status();
}

absl::Status Company::CompleteWork(const std::string& visit) {
  v1::CompleteWorkRequest request;
  request.set_name(visit);
  request.set_summary("Valve exchanged, brake tested.");
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().CompleteWork(request).status();
}

absl::Status Company::Satisfied(const std::string& visit, bool satisfied) {
  v1::RecordSatisfactionRequest request;
  request.set_name(visit);
  request.set_satisfied(satisfied);
  request.mutable_evidence()->set_text(satisfied ? "Signed by the workshop." : "The brake still drags.");
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().RecordSatisfaction(request).status();
}

absl::Status Company::CheckOut(const std::string& visit) {
  v1::CheckOutVisitRequest request;
  request.set_name(visit);
  return As(v1::ROLE_FIELD_ENGINEER).dispatch().CheckOutVisit(request).status();
}

absl::Status Company::FileDocument(const std::string& service_case, const std::string& kind) {
  v1::CreateDocumentRequest request;
  request.set_parent(service_case);
  request.mutable_document()->set_kind(kind);
  request.mutable_document()->set_title("After-sales service and verification list");
  request.mutable_document()->set_text("Valve exchanged; brake force verified.");
  return As(v1::ROLE_FIELD_ENGINEER).cases().CreateDocument(request).status();
}

absl::Status Company::Close(const std::string& service_case) {
  v1::CloseCaseRequest request;
  request.set_name(service_case);
  request.set_resolution("Valve exchanged.");
  return As(v1::ROLE_QUALITY).cases().CloseCase(request).status();
}

void Company::Refused(const std::string& clause, const absl::Status& status, v1::ErrorReason reason,
                      const std::string& proof) {
  const bool ok = !status.ok() && ErrorReasonOf(status) == reason && ClausesOf(status).count(clause) == 1;
  Shown(clause, proof, ok, absl::StrCat("expected ", v1::ErrorReason_Name(reason), " that names the clause, got ",
                                        std::string(status.ToString())));
}

void Company::Allowed(const std::string& clause, const absl::Status& status, const std::string& proof) {
  Shown(clause, proof, status.ok(), std::string(status.ToString()));
}

void Company::Shown(const std::string& clause, const std::string& proof, bool ok, const std::string& what) {
  Proofs::Instance().Record(clause, engine_, proof, ok, what);
}

std::string PackText(const std::string& name) {
  std::ifstream file(absl::StrCat(AFTERSALES_SOURCE_DIR, "/server/packs/", name, ".textproto"));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string PackWithoutRule(const std::string& name, int index, std::string* what) {
  pack::v1::Pack pack;
  if (!google::protobuf::TextFormat::ParseFromString(PackText(name), &pack)) return "";
  if (index < pack.obligation_size()) {
    *what = pack.obligation(index).kind();
    pack.mutable_obligation()->DeleteSubrange(index, 1);
  } else if (index - pack.obligation_size() < pack.only_size()) {
    *what = pack.only(index - pack.obligation_size()).action();
    pack.mutable_only()->DeleteSubrange(index - pack.obligation_size(), 1);
  } else {
    return "";
  }
  std::string text;
  google::protobuf::TextFormat::PrintToString(pack, &text);
  return text;
}

}  // namespace aftersales::testing
