#include "tests/service/case_office.h"

#include <gtest/gtest.h>

#include <utility>

#include "aftersales/v1/event.pb.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/cases/case_store.h"
#include "server/obligations/obligation_store.h"

namespace aftersales {

const char kOfficePack[] = R"(
  name: "office" title: "Office" effective_from: "2026-01-01" time_zone: "UTC" owner: "service_manager"
  class { name: "A" title: "On site" clauses: "T-4" }
  type { name: "complaint" title: "Complaint" clauses: "T-5" }
  type { name: "inquiry" title: "Inquiry" clauses: "T-5" }
  outcome { name: "not-our-product" title: "Not our product" clauses: "T-6" }
  region_tier { name: "near" title: "Near" regions: "jilin" clauses: "T-7" }
  region_tier { name: "far" title: "Elsewhere" clauses: "T-7" }
  obligation {
    kind: "answer" clauses: "T-1" on: "contact-registered" by: "customer_service" from: NOTICE_TIME within { hours: 2 }
    met_by { event: "contact-answered" } met_by { event: "contact-closed" }
  }
  obligation {
    kind: "department-answers" clauses: "T-2" on: "contact-transferred" by: "addressee"
    within { promised_time: true hours: 24 } met_by { event: "contact-answered" } superseded_on: "contact-transferred"
  }
  obligation {
    kind: "price-agreed" title: "The customer agrees to the price" clauses: "T-8" on: "remedy-decided" on: "price-quoted"
    where { charged: "true" } by: "customer" met_by { event: "price-agreed" } superseded_on: "price-quoted"
    superseded_on: "remedy-decided" required_for: "propose-solution"
  }
  obligation {
    kind: "help" clauses: "T-9" on: "help-requested" by: "addressee" within { promised_time: true hours: 8 }
    met_by { event: "help-answered" }
  }
  obligation {
    kind: "explained" clauses: "T-14" on: "cause-determined" where { cause: "improper_use" } by: "technology"
    met_by { event: "explanation-replied" where { accepted: "true" } } superseded_on: "cause-determined"
  }
  only { action: "decide-remedy" roles: "service_manager" roles: "executive" clauses: "T-10" }
  only { action: "answer-help-request" roles: "technology" roles: "production" head: true clauses: "T-11" }
  coverage {
    name: "own-fault" title: "The maker's own fault within the warranty" clauses: "T-12"
    where { in_warranty: "true" cause: "design" cause: "manufacture" cause: "procurement" } covered: true
  }
  coverage { name: "after-warranty" title: "The warranty has ended" clauses: "T-13" where { in_warranty: "false" } }
  remedy { remedy: "repair" title: "Repair at our cost" clauses: "T-15" where { covered: "true" } }
  remedy { remedy: "repair" title: "Paid repair" clauses: "T-16" where { covered: "false" } charged: true }
  remedy {
    remedy: "replace" title: "Replacement before commissioning" clauses: "T-17"
    where { covered: "true" irreparable: "true" commissioned: "false" }
  }
  remedy {
    remedy: "paid_service" title: "Paid service" clauses: "T-18" where { in_warranty: "false" } charged: true
  }
  remedy { remedy: "guidance" title: "Guidance" clauses: "T-19" }
)";

google::protobuf::Timestamp At(absl::Time time) { return ToProto(time); }

CaseOffice::CaseOffice(testing::TestEngine engine, const char* pack) : PolicyDesk(engine) {
  PutInForce(pack);
  directory = std::make_unique<DirectoryService>(*db, obligations);
  authenticator = std::make_unique<TokenAuthenticator>(*db);
  cases = std::make_unique<CaseService>(*db, obligations, *authenticator);
  const auto add = [this](auto method, auto request) {
    Call call = By(kManager);
    return Must((*directory.*method)(call, request));
  };
  v1::CreateCustomerRequest buyer;
  buyer.mutable_customer()->set_display_name("Harbour Railways");
  buyer.mutable_customer()->set_tier("key");
  buyer.mutable_customer()->set_region("hainan");
  customer = add(&DirectoryService::CreateCustomer, buyer);
  buyer.mutable_customer()->set_display_name("Hill Tramways");
  buyer.mutable_customer()->clear_tier();
  stranger = add(&DirectoryService::CreateCustomer, buyer);
  v1::CreateProductRequest sold;
  sold.mutable_product()->set_display_name("Brake unit");
  sold.mutable_product()->set_key_product(true);
  product = add(&DirectoryService::CreateProduct, sold);
  sold.mutable_product()->set_display_name("Coupler");
  sold.mutable_product()->set_key_product(false);
  other_product = add(&DirectoryService::CreateProduct, sold);
  v1::CreateContractRequest agreed;
  agreed.mutable_contract()->set_number("HR-2025-7");
  agreed.mutable_contract()->set_customer(customer.name());
  agreed.mutable_contract()->set_warranty_months(24);
  agreed.mutable_contract()->set_warranty_start(v1::WARRANTY_START_DELIVERY);
  agreed.mutable_contract()->set_warranty_provision("8.2");
  for (const char* number : {"8.1", "8.2"}) {
    v1::ContractProvision& provision = *agreed.mutable_contract()->add_provisions();
    provision.set_number(number);
    provision.set_text("What the parties agreed.");
  }
  contract = add(&DirectoryService::CreateContract, agreed);
  v1::CreateSiteRequest place;
  place.mutable_site()->set_display_name("Northern depot");
  place.mutable_site()->set_customer(customer.name());
  place.mutable_site()->set_region("jilin");
  site = add(&DirectoryService::CreateSite, place);
  v1::CreateEquipmentRequest machine;
  machine.mutable_equipment()->set_serial_number("BU-1");
  machine.mutable_equipment()->set_product(product.name());
  machine.mutable_equipment()->set_customer(customer.name());
  machine.mutable_equipment()->set_contract(contract.name());
  *machine.mutable_equipment()->mutable_delivery_time() = At(clock.Now() - absl::Hours(24 * 365));
  *machine.mutable_equipment()->mutable_commission_time() = At(clock.Now() - absl::Hours(24 * 300));
  equipment = add(&DirectoryService::CreateEquipment, machine);
  machine.mutable_equipment()->set_serial_number("CO-1");
  machine.mutable_equipment()->set_product(other_product.name());
  other_equipment = add(&DirectoryService::CreateEquipment, machine);
}

Call CaseOffice::By(const Person& person) const {
  Call call = testing::TestCall(RandomUuid(), "aftersales.v1.CaseService/Test");
  call.caller.principal = person.principal;
  for (const v1::Role role : person.roles) {
    v1::RoleGrant grant;
    grant.set_role(role);
    grant.set_head(person.heads);
    call.caller.roles.push_back(grant);
  }
  return call;
}

v1::CreateContactRequest CaseOffice::Contacting() const {
  v1::CreateContactRequest request;
  v1::Contact& contact = *request.mutable_contact();
  contact.set_channel(v1::CHANNEL_TELEPHONE);
  contact.set_company("Harbour Railways");
  contact.set_text("The brake squeals.");
  *contact.mutable_notice_time() = At(clock.Now() - absl::Hours(1));
  return request;
}

v1::CreateCaseRequest CaseOffice::Opening() const {
  v1::CreateCaseRequest request;
  v1::Case& opened = *request.mutable_service_case();
  opened.set_subject(v1::CASE_SUBJECT_PRODUCT);
  opened.set_customer(customer.name());
  opened.set_equipment(equipment.name());
  opened.set_description("The brake squeals.");
  opened.add_nonconforming_items("Brake pad");
  *opened.mutable_notice_time() = At(clock.Now() - absl::Hours(1));
  return request;
}

v1::Contact CaseOffice::Contact(const v1::CreateContactRequest& request) {
  return Must(Do(&CaseService::CreateContact, request, kTelephone));
}

v1::Case CaseOffice::Open(const v1::CreateCaseRequest& request) {
  return Must(Do(&CaseService::CreateCase, request, kTelephone));
}

v1::Case CaseOffice::Accept(const v1::Case& service_case, v1::ServiceMode mode) {
  auto request = On<v1::AcceptCaseRequest>(service_case.name());
  request.set_service_mode(mode);
  return Must(Do(&CaseService::AcceptCase, request));
}

v1::Case CaseOffice::Get(const std::string& name) {
  v1::GetCaseRequest request;
  request.set_name(name);
  return Must(Do(&CaseService::GetCase, request));
}

v1::Contact CaseOffice::GetContact(const std::string& name) {
  v1::GetContactRequest request;
  request.set_name(name);
  return Must(Do(&CaseService::GetContact, request));
}

v1::Case CaseOffice::DetermineCause(const std::string& name, const v1::DetermineCauseRequest& findings) {
  v1::DetermineCauseRequest request = findings;
  request.set_name(name);
  request.mutable_findings()->mutable_evidence()->set_text("Measured on the bench.");
  return Must(Do(&CaseService::DetermineCause, request, kQuality));
}

v1::Case CaseOffice::WithCause(v1::Cause cause) {
  v1::DetermineCauseRequest request;
  request.set_cause(cause);
  return DetermineCause(Accepted().name(), request);
}

absl::StatusOr<v1::Case> CaseOffice::Decide(const std::string& name, v1::Remedy remedy, const Person& person) {
  auto request = On<v1::DecideRemedyRequest>(name);
  request.set_remedy(remedy);
  request.set_role(person.roles.front());
  request.mutable_evidence()->set_reference("report 12");
  return Do(&CaseService::DecideRemedy, request, person);
}

v1::Case CaseOffice::Close(const std::string& name) {
  auto request = On<v1::CloseCaseRequest>(name);
  request.set_resolution("Pads exchanged.");
  return Must(Do(&CaseService::CloseCase, request));
}

std::vector<std::string> CaseOffice::Happened(const std::string& root, const std::string& subject) {
  std::vector<std::string> types;
  for (const v1::Event& event : Events(root)) {
    const std::string type = Word(event.type(), '-');
    if (type.rfind("obligation-", 0) == 0) continue;
    if (subject.empty() || event.subject() == subject) types.push_back(type);
  }
  return types;
}

v1::Event CaseOffice::Newest(const std::string& root, v1::EventType type) {
  v1::Event newest;
  for (const v1::Event& event : Events(root)) {
    if (event.type() == type) newest = event;
  }
  EXPECT_EQ(newest.type(), type) << root << " has no such event";
  return newest;
}

std::vector<std::string> CaseOffice::OpenKinds(const std::string& root) {
  std::vector<std::string> kinds;
  for (const v1::Obligation& owed : Owed(root)) {
    if (owed.state() == v1::OBLIGATION_STATE_OPEN) kinds.push_back(owed.kind());
  }
  return kinds;
}

}  // namespace aftersales
