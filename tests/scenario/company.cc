#include "tests/scenario/company.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "google/protobuf/text_format.h"
#include "server/base/clock.h"
#include "server/base/names.h"

namespace aftersales::testing {
namespace {

// How long an event that must come is waited for; far longer than it ever takes.
constexpr absl::Duration kLongestWait = absl::Seconds(60);

void AddRole(v1::Principal& principal, v1::Role role, bool head) {
  v1::RoleGrant* grant = principal.add_roles();
  grant->set_role(role);
  grant->set_head(head);
}

// The role that puts a pack in force.
v1::Role IssuerOf(const std::string& pack_text) {
  pack::v1::Pack pack;
  v1::Role issuer = v1::ROLE_UNSPECIFIED;
  google::protobuf::TextFormat::ParseFromString(pack_text, &pack);
  return ParseWord(pack.issued_by(), &issuer) ? issuer : v1::ROLE_ADMIN;
}

}  // namespace

Company::Company(std::string engine, const std::string& pack_text, v1::Role lead)
    : engine_(std::move(engine)), lead_(lead), sink_(&Proofs::Instance()) {
  if (engine_ == "mysql") database_ = std::make_unique<TestDatabase>(TestEngine::kMySql, /*migrated=*/false);
  server_ = std::make_unique<ServerProcess>(database_ == nullptr ? "" : database_->address());
  admin_ = std::make_unique<Client>(server_->Connect());
  if (!pack_text.empty()) UsePack(pack_text);
}

Company::Staff& Company::StaffOf(v1::Role role, bool head) {
  Staff& staff = staff_[{role, head}];
  if (!staff.token.empty()) return staff;
  v1::Principal principal;
  principal.set_display_name(absl::StrCat(Word(role), head ? " (head)" : ""));
  AddRole(principal, role, head);
  return staff = SignIn(std::move(principal));
}

Company::Staff Company::SignIn(v1::Principal principal) {
  Staff staff;
  v1::CreatePrincipalRequest create;
  *create.mutable_principal() = std::move(principal);
  staff.principal = Need(admin_->access().CreatePrincipal(create)).name();
  v1::CreateTokenRequest token;
  token.mutable_token()->set_principal(staff.principal);
  // Walks go over quarters.
  *token.mutable_token()->mutable_expire_time() = ToProto(Now() + absl::Hours(24 * 360));
  staff.token = Need(admin_->access().CreateToken(token)).secret();
  staff.client = std::make_unique<Client>(server_->Connect(staff.token));
  return staff;
}

Client& Company::As(v1::Role role, bool head) { return role == v1::ROLE_ADMIN ? *admin_ : *StaffOf(role, head).client; }

Client& Company::AsBoth(v1::Role one, v1::Role other) {
  Staff& staff = holders_of_two_[{one, other}];
  if (staff.token.empty()) {
    v1::Principal principal;
    principal.set_display_name(absl::StrCat(Word(one), " and ", Word(other)));
    AddRole(principal, one, /*head=*/false);
    AddRole(principal, other, /*head=*/false);
    staff = SignIn(std::move(principal));
  }
  return *staff.client;
}

std::string Company::PrincipalOf(v1::Role role, bool head) { return StaffOf(role, head).principal; }

void Company::Restart() {
  if (sink_->trial()) return;
  server_->Restart();
  admin_ = std::make_unique<Client>(server_->Connect());
  const auto connect = [this](Staff& staff) { staff.client = std::make_unique<Client>(server_->Connect(staff.token)); };
  for (auto& [role, staff] : staff_) connect(staff);
  for (auto& [roles, staff] : holders_of_two_) connect(staff);
}

void Company::PassTime(absl::Duration by) {
  if (by > absl::ZeroDuration()) server_->MoveClock(server_->Now() - absl::Now() + by);
}

std::string Company::UsePack(const std::string& text) {
  v1::CreatePolicyVersionRequest load;
  load.mutable_policy_version()->set_text(text);
  v1::ActivatePolicyVersionRequest activate;
  activate.set_name(Need(admin_->policy().CreatePolicyVersion(load)).name());
  return Need(As(IssuerOf(text)).policy().ActivatePolicyVersion(activate)).name();
}

void Company::Need(const absl::Status& status) {
  if (status.ok()) return;
  const std::string what = TextOf(status);
  Expect(false, what);
  throw WalkEnds(what);
}

void Company::Expect(bool ok, const std::string& what) {
  for (const std::string& clause : clauses_) sink_->Record(clause, engine_, "", ok, what);
}

void Company::Insist(bool ok, const std::string& what) {
  Expect(ok, what);
  if (!ok) throw WalkEnds(what);
}

void Company::ExpectRefused(const absl::Status& status, v1::ErrorReason reason) {
  const std::set<std::string> named = ClausesOf(status);
  for (const std::string& clause : clauses_) {
    sink_->Record(
        clause, engine_, "", ErrorReasonOf(status) == reason && named.count(clause) == 1,
        absl::StrCat("expected ", v1::ErrorReason_Name(reason), " that names the clause, got ", TextOf(status)));
  }
}

const std::string& Company::customer() {
  if (customer_.empty()) customer_ = AddCustomer("jilin");
  return customer_;
}

std::string Company::AddCustomer(const std::string& region, const std::string& tier) {
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_display_name("Example Tramway Works");
  request.mutable_customer()->set_region(region);
  request.mutable_customer()->set_tier(tier);
  return Need(admin_->directory().CreateCustomer(request)).name();
}

const std::string& Company::equipment() {
  if (equipment_.empty()) {
    equipment_ = AddEquipment(customer(), {}, [](v1::Product& product) {
                   product.add_required_certificates("brake-systems");
                 }).name();
  }
  return equipment_;
}

v1::Equipment Company::AddEquipment(const std::string& customer, const std::function<void(v1::Equipment&)>& with,
                                    const std::function<void(v1::Product&)>& product_with) {
  v1::CreateProductRequest product;
  product.mutable_product()->set_display_name("Brake unit BU-7");
  if (product_with) product_with(*product.mutable_product());
  v1::CreateEquipmentRequest request;
  request.mutable_equipment()->set_serial_number(absl::StrCat("BU7-", ++made_));
  request.mutable_equipment()->set_product(Need(admin_->directory().CreateProduct(product)).name());
  request.mutable_equipment()->set_customer(customer);
  if (with) with(*request.mutable_equipment());
  return Need(admin_->directory().CreateEquipment(request));
}

std::string Company::AddContract(const std::string& customer, int warranty_months) {
  v1::CreateContractRequest request;
  v1::Contract& contract = *request.mutable_contract();
  contract.set_number(absl::StrCat("K-", ++made_));
  contract.set_customer(customer);
  contract.set_warranty_months(warranty_months);
  contract.set_warranty_start(v1::WARRANTY_START_COMMISSIONING);
  contract.set_warranty_provision("8.2");
  v1::ContractProvision& provision = *contract.add_provisions();
  provision.set_number("8.2");
  provision.set_text("The seller bears defects of design, manufacture and procurement.");
  return Need(admin_->directory().CreateContract(request)).name();
}

std::string Company::AddEngineer(const std::string& display_name, bool certified, const std::string& principal) {
  v1::CreateEngineerRequest request;
  request.mutable_engineer()->set_display_name(display_name);
  request.mutable_engineer()->set_principal(principal);
  if (certified) {
    v1::Certificate* certificate = request.mutable_engineer()->add_certificates();
    certificate->set_skill("brake-systems");
    certificate->set_number("BS-1");
    *certificate->mutable_expire_time() = ToProto(Now() + absl::Hours(24 * 365 * 3));
  }
  return Need(admin_->dispatch().CreateEngineer(request)).name();
}

const std::string& Company::engineer() {
  if (engineer_.empty()) engineer_ = AddEngineer("Engineer One", true, PrincipalOf(v1::ROLE_FIELD_ENGINEER));
  return engineer_;
}

std::vector<v1::Obligation> Company::Owed(const std::string& root) {
  v1::ListObligationsRequest request;
  request.mutable_filter()->set_root(root);
  request.set_page_size(1000);
  const v1::ListObligationsResponse listed = Need(admin_->policy().ListObligations(request));
  return {listed.obligations().begin(), listed.obligations().end()};
}

std::optional<v1::Obligation> Company::FindOwed(const std::string& root, const std::string& kind) {
  std::optional<v1::Obligation> newest;
  for (v1::Obligation& owed : Owed(root)) {
    if (owed.kind() != kind) continue;
    if (!newest.has_value() || FromProto(newest->create_time()) <= FromProto(owed.create_time()))
      newest = std::move(owed);
  }
  return newest;
}

v1::Obligation Company::OwedOfKind(const std::string& root, const std::string& kind) {
  const std::optional<v1::Obligation> owed = FindOwed(root, kind);
  Insist(owed.has_value(), absl::StrCat("nothing of kind ", kind, " is owed for ", root));
  return *owed;
}

absl::StatusOr<v1::Event> Company::Await(const v1::Obligation& obligation, v1::EventType type, v1::Role addressee) {
  SubscriptionOptions options;
  options.root = obligation.root();
  const std::unique_ptr<EventSubscription> feed = admin_->events().Subscribe(options);
  absl::Notification seen;
  std::thread patience([&] {
    if (!seen.WaitForNotificationWithTimeout(kLongestWait)) feed->Stop();
  });
  absl::StatusOr<v1::Event> event = feed->Next();
  while (event.ok() && !(event->type() == type && event->obligation().name() == obligation.name() &&
                         (addressee == v1::ROLE_UNSPECIFIED || event->addressee() == addressee))) {
    event = feed->Next();
  }
  seen.Notify();
  patience.join();
  return event;
}

int Company::CountEvents(const v1::Obligation& obligation, v1::EventType type) {
  v1::ListEventsRequest request;
  request.set_root(obligation.root());
  request.set_page_size(1000);
  const v1::ListEventsResponse listed = Need(admin_->events().ListEvents(request));
  int count = 0;
  for (const v1::Event& event : listed.events()) {
    count += event.type() == type && event.obligation().name() == obligation.name() ? 1 : 0;
  }
  return count;
}

void Company::Refused(const std::string& clause, const absl::Status& status, v1::ErrorReason reason,
                      const std::string& proof) {
  const bool ok = !status.ok() && ErrorReasonOf(status) == reason && ClausesOf(status).count(clause) == 1;
  Shown(clause, proof, ok,
        absl::StrCat("expected ", v1::ErrorReason_Name(reason), " that names the clause, got ", TextOf(status)));
}

void Company::Allowed(const std::string& clause, const absl::Status& status, const std::string& proof) {
  Shown(clause, proof, status.ok(), TextOf(status));
}

void Company::Shown(const std::string& clause, const std::string& proof, bool ok, const std::string& what) {
  sink_->Record(clause, engine_, proof, ok, what);
}

}  // namespace aftersales::testing
