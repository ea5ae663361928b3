// Sites, contracts, departments and staff, and what updates of the directory may change, on both engines.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/directory/directory_service.h"
#include "server/directory/directory_store.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using testing::TestEngine;

google::protobuf::Timestamp At(int64_t seconds) { return ToProto(absl::FromUnixSeconds(seconds)); }

bool Mentions(const absl::Status& status, const std::string& text) {
  return std::string(status.message()).find(text) != std::string::npos;
}

class DirectoryEntriesTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  Call New() { return testing::TestCall(RandomUuid(), "aftersales.v1.DirectoryService/Test"); }

  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (DirectoryService::*method)(Call&, const Request&),
                           const Request& request) {
    Call call = New();
    return (service_.*method)(call, request);
  }

  std::string Customer(const std::string& external_id = "") {
    v1::CreateCustomerRequest request;
    request.mutable_customer()->set_display_name("Harbour Railways");
    request.mutable_customer()->set_external_id(external_id);
    return Do(&DirectoryService::CreateCustomer, request)->name();
  }
  std::string Product() {
    v1::CreateProductRequest request;
    request.mutable_product()->set_display_name("Brake unit");
    return Do(&DirectoryService::CreateProduct, request)->name();
  }
  absl::StatusOr<v1::Site> AddSite(const std::string& customer, const std::string& external_id = "") {
    v1::CreateSiteRequest request;
    request.mutable_site()->set_display_name("Depot");
    request.mutable_site()->set_customer(customer);
    request.mutable_site()->set_external_id(external_id);
    return Do(&DirectoryService::CreateSite, request);
  }
  absl::StatusOr<v1::Contract> AddContract(const std::string& customer, const std::string& external_id = "") {
    v1::CreateContractRequest request;
    request.mutable_contract()->set_number("HX-2026-17");
    request.mutable_contract()->set_customer(customer);
    request.mutable_contract()->set_external_id(external_id);
    return AddContract(request);
  }
  absl::StatusOr<v1::Contract> AddContract(const v1::CreateContractRequest& request) {
    return Do(&DirectoryService::CreateContract, request);
  }
  absl::StatusOr<v1::Department> AddDepartment(v1::Role role = v1::ROLE_QUALITY) {
    v1::CreateDepartmentRequest request;
    request.mutable_department()->set_display_name("Quality assurance");
    request.mutable_department()->set_role(role);
    return Do(&DirectoryService::CreateDepartment, request);
  }
  absl::StatusOr<v1::StaffMember> AddMember(const std::string& department, const std::string& principal = "") {
    v1::CreateStaffMemberRequest request;
    request.mutable_staff_member()->set_display_name("Inspector");
    request.mutable_staff_member()->set_department(department);
    request.mutable_staff_member()->set_principal(principal);
    return Do(&DirectoryService::CreateStaffMember, request);
  }
  absl::StatusOr<v1::Equipment> AddEquipment(const v1::Equipment& equipment) {
    v1::CreateEquipmentRequest request;
    *request.mutable_equipment() = equipment;
    return Do(&DirectoryService::CreateEquipment, request);
  }

  int64_t Events() {
    Call call = New();
    return *db_->Read<int64_t>(call, [](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne("SELECT COUNT(*) FROM event WHERE type = 'directory-changed'", {}, "i")->Int(0);
    });
  }

  testing::ManualClock clock_;
  testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Database> db_ = database_.Open(clock_);
  Obligations obligations_;
  DirectoryService service_{*db_, obligations_};
};

INSTANTIATE_TEST_SUITE_P(Engines, DirectoryEntriesTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(DirectoryEntriesTest, EveryKindIsReadBackAsItWasAdded) {
  const v1::Site site = *AddSite(Customer(), "S-1");
  EXPECT_EQ(site.name().rfind("sites/", 0), 0u);
  v1::GetSiteRequest get_site;
  get_site.set_name(site.name());
  EXPECT_EQ(Do(&DirectoryService::GetSite, get_site)->DebugString(), site.DebugString());

  v1::CreateContractRequest contract;
  contract.mutable_contract()->set_number("HX-2026-17");
  contract.mutable_contract()->set_customer(Customer());
  contract.mutable_contract()->set_warranty_months(18);
  contract.mutable_contract()->set_warranty_provision("8.2");
  for (const char* number : {"8.1", "8.2"}) {
    v1::ContractProvision& provision = *contract.mutable_contract()->add_provisions();
    provision.set_number(number);
    provision.set_text("The seller warrants the goods.");
  }
  const v1::Contract kept = *AddContract(contract);
  v1::GetContractRequest get_contract;
  get_contract.set_name(kept.name());
  EXPECT_EQ(Do(&DirectoryService::GetContract, get_contract)->DebugString(), kept.DebugString());
  EXPECT_EQ(kept.provisions(1).number(), "8.2");

  const v1::Department department = *AddDepartment();
  v1::GetDepartmentRequest get_department;
  get_department.set_name(department.name());
  EXPECT_EQ(Do(&DirectoryService::GetDepartment, get_department)->DebugString(), department.DebugString());

  const v1::StaffMember member = *AddMember(department.name(), "principals/inspector");
  EXPECT_EQ(member.name().rfind("staff/", 0), 0u);
  v1::GetStaffMemberRequest get_member;
  get_member.set_name(member.name());
  EXPECT_EQ(Do(&DirectoryService::GetStaffMember, get_member)->DebugString(), member.DebugString());
  EXPECT_EQ(Events(), 6);

  get_site.set_name("sites/99");
  EXPECT_EQ(ReasonOf(Do(&DirectoryService::GetSite, get_site).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(DirectoryEntriesTest, WhatEntriesPointAtExists) {
  const absl::Status site = AddSite("customers/99").status();
  EXPECT_EQ(ReasonOf(site), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_TRUE(Mentions(site, "site.customer: customers/99")) << site;
  const absl::Status contract = AddContract("customers/99").status();
  EXPECT_TRUE(Mentions(contract, "contract.customer")) << contract;
  const absl::Status member = AddMember("departments/99").status();
  EXPECT_TRUE(Mentions(member, "staff_member.department")) << member;
  EXPECT_TRUE(AddMember("").ok()) << "a department is not demanded";
  EXPECT_EQ(Events(), 1);
}

TEST_P(DirectoryEntriesTest, RolesOfDepartmentsAreTheCompanys) {
  EXPECT_TRUE(Mentions(AddDepartment(v1::ROLE_CUSTOMER).status(), "department.role"));
  EXPECT_TRUE(AddDepartment(v1::ROLE_FINANCE).ok());
}

TEST_P(DirectoryEntriesTest, ExternalIdsAreUniqueWithinTheirKind) {
  const std::string customer = Customer("K-1");
  const v1::Site site = *AddSite(customer, "K-1");
  const absl::Status taken = AddSite(customer, "K-1").status();
  EXPECT_EQ(ReasonOf(taken), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_TRUE(Mentions(taken, "site.external_id") && Mentions(taken, site.name())) << taken;
  EXPECT_TRUE(AddContract(customer, "K-1").ok());
  EXPECT_EQ(ReasonOf(AddContract(customer, "K-1").status()), v1::ERROR_REASON_RESOURCE_EXISTS);
}

TEST_P(DirectoryEntriesTest, APrincipalSignsInAsOneMemberOfStaff) {
  const v1::StaffMember first = *AddMember("", "principals/inspector");
  const absl::Status second = AddMember("", "principals/inspector").status();
  EXPECT_EQ(ReasonOf(second), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_TRUE(Mentions(second, "staff_member.principal") && Mentions(second, first.name())) << second;
  EXPECT_TRUE(AddMember("").ok());
  EXPECT_TRUE(AddMember("").ok()) << "many sign in to nothing";
}

TEST_P(DirectoryEntriesTest, EquipmentStandsUnderAContractAndOnASiteOfItsCustomer) {
  const std::string mine = Customer();
  const std::string other = Customer();
  v1::Equipment equipment;
  equipment.set_serial_number("SN-1");
  equipment.set_external_id("E-1");
  equipment.set_product(Product());
  equipment.set_customer(mine);
  equipment.set_contract(AddContract(other)->name());
  absl::Status refused = AddEquipment(equipment).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_TRUE(Mentions(refused, "equipment.contract") && Mentions(refused, other)) << refused;
  equipment.set_contract("contracts/99");
  EXPECT_TRUE(Mentions(AddEquipment(equipment).status(), "contracts/99 does not exist"));
  equipment.set_contract(AddContract(mine)->name());
  equipment.set_site(AddSite(other)->name());
  refused = AddEquipment(equipment).status();
  EXPECT_TRUE(Mentions(refused, "equipment.site")) << refused;
  equipment.set_site(AddSite(mine)->name());
  *equipment.mutable_delivery_time() = At(2000);
  *equipment.mutable_install_time() = At(1000);
  EXPECT_TRUE(Mentions(AddEquipment(equipment).status(), "equipment.install_time"));
  *equipment.mutable_install_time() = At(3000);
  const v1::Equipment kept = *AddEquipment(equipment);
  v1::GetEquipmentRequest get;
  get.set_name(kept.name());
  EXPECT_EQ(Do(&DirectoryService::GetEquipment, get)->DebugString(), kept.DebugString());
  equipment.set_serial_number("SN-2");
  EXPECT_TRUE(Mentions(AddEquipment(equipment).status(), "equipment.external_id"));
}

TEST_P(DirectoryEntriesTest, UpdatesReplaceUnderTheirEtag) {
  const std::string customer = Customer();
  v1::UpdateSiteRequest site;
  *site.mutable_site() = *AddSite(customer, "S-1");
  site.set_name(site.site().name());
  site.set_etag("1");
  site.mutable_site()->set_display_name("North depot");
  site.mutable_site()->clear_external_id();
  site.mutable_site()->set_name("sites/other");
  const v1::Site updated = *Do(&DirectoryService::UpdateSite, site);
  EXPECT_EQ(updated.name(), site.name());
  EXPECT_EQ(updated.etag(), "2");
  EXPECT_EQ(updated.display_name(), "North depot");
  EXPECT_EQ(updated.external_id(), "");
  EXPECT_EQ(ReasonOf(Do(&DirectoryService::UpdateSite, site).status()), v1::ERROR_REASON_ETAG_MISMATCH);

  v1::UpdateProductRequest product;
  product.set_name(Product());
  product.set_etag("1");
  product.mutable_product()->set_display_name("Brake unit 2");
  product.mutable_product()->add_required_certificates("welding");
  EXPECT_EQ(Do(&DirectoryService::UpdateProduct, product)->required_certificates_size(), 1);
  product.set_etag("2");
  product.mutable_product()->add_required_certificates("welding");
  EXPECT_TRUE(Mentions(Do(&DirectoryService::UpdateProduct, product).status(), "product.required_certificates[1]"));

  v1::UpdateDepartmentRequest department;
  department.set_name(AddDepartment()->name());
  department.set_etag("1");
  department.mutable_department()->set_display_name("Supply");
  department.mutable_department()->set_role(v1::ROLE_SUPPLY);
  EXPECT_EQ(Do(&DirectoryService::UpdateDepartment, department)->role(), v1::ROLE_SUPPLY);

  v1::UpdateStaffMemberRequest member;
  member.set_name(AddMember(department.name(), "principals/one")->name());
  member.set_etag("1");
  member.mutable_staff_member()->set_display_name("Inspector");
  member.mutable_staff_member()->set_former(true);
  const v1::StaffMember former = *Do(&DirectoryService::UpdateStaffMember, member);
  EXPECT_TRUE(former.former());
  EXPECT_EQ(former.principal(), "");
  EXPECT_TRUE(AddMember("", "principals/one").ok()) << "the principal is free again";
  member.set_name("staff/99");
  EXPECT_EQ(ReasonOf(Do(&DirectoryService::UpdateStaffMember, member).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(DirectoryEntriesTest, SitesAndContractsStayWithTheirCustomer) {
  const std::string mine = Customer();
  const std::string other = Customer();
  v1::UpdateSiteRequest site;
  *site.mutable_site() = *AddSite(mine);
  site.set_name(site.site().name());
  site.set_etag("1");
  site.mutable_site()->set_customer(other);
  const absl::Status moved = Do(&DirectoryService::UpdateSite, site).status();
  EXPECT_EQ(ReasonOf(moved), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_TRUE(Mentions(moved, "site.customer") && Mentions(moved, mine)) << moved;

  v1::UpdateContractRequest contract;
  *contract.mutable_contract() = *AddContract(mine);
  contract.set_name(contract.contract().name());
  contract.set_etag("1");
  contract.mutable_contract()->set_warranty_months(24);
  EXPECT_EQ(Do(&DirectoryService::UpdateContract, contract)->warranty_months(), 24);
  contract.set_etag("2");
  contract.mutable_contract()->set_customer(other);
  EXPECT_TRUE(Mentions(Do(&DirectoryService::UpdateContract, contract).status(), "contract.customer"));
}

TEST_P(DirectoryEntriesTest, EquipmentGoesToAnotherCustomerWithoutTheOldContract) {
  const std::string mine = Customer();
  const std::string other = Customer();
  v1::UpdateEquipmentRequest request;
  request.mutable_equipment()->set_serial_number("SN-1");
  request.mutable_equipment()->set_product(Product());
  request.mutable_equipment()->set_customer(mine);
  request.mutable_equipment()->set_contract(AddContract(mine)->name());
  request.set_name(AddEquipment(request.equipment())->name());
  request.set_etag("1");
  request.mutable_equipment()->set_customer(other);
  EXPECT_TRUE(Mentions(Do(&DirectoryService::UpdateEquipment, request).status(), "equipment.contract"));
  request.mutable_equipment()->clear_contract();
  EXPECT_EQ(Do(&DirectoryService::UpdateEquipment, request)->customer(), other);
  v1::Equipment another = request.equipment();
  another.set_serial_number("SN-2");
  ASSERT_TRUE(AddEquipment(another).ok());
  request.set_etag("2");
  request.mutable_equipment()->set_serial_number("SN-2");
  EXPECT_TRUE(Mentions(Do(&DirectoryService::UpdateEquipment, request).status(), "equipment.serial_number"));
}

TEST_P(DirectoryEntriesTest, ARepeatAnswersTheSameAndATrialLeavesNothing) {
  v1::CreateDepartmentRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_department()->set_display_name("Supply");
  Call call = testing::TestCall(request.request_id());
  const std::string name = service_.CreateDepartment(call, request)->name();
  EXPECT_EQ(service_.CreateDepartment(call, request)->name(), name);
  request.mutable_department()->set_display_name("Production");
  EXPECT_EQ(ReasonOf(service_.CreateDepartment(call, request).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
  Call trial = New();
  trial.validate_only = true;
  EXPECT_TRUE(service_.CreateDepartment(trial, request).ok());
  EXPECT_EQ(Do(&DirectoryService::ListDepartments, v1::ListDepartmentsRequest())->departments_size(), 1);
  EXPECT_EQ(Events(), 1);
}

TEST_P(DirectoryEntriesTest, ListsAreFilteredAndPaged) {
  const std::string mine = Customer();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AddSite(mine, absl::StrCat("S-", i)).ok());
  ASSERT_TRUE(AddSite(Customer(), "S-9").ok());
  v1::ListSitesRequest sites;
  sites.mutable_filter()->set_customer(mine);
  sites.set_page_size(2);
  v1::ListSitesResponse page = *Do(&DirectoryService::ListSites, sites);
  EXPECT_EQ(page.sites_size(), 2);
  sites.set_page_token(page.next_page_token());
  page = *Do(&DirectoryService::ListSites, sites);
  EXPECT_EQ(page.sites_size(), 1);
  EXPECT_EQ(page.next_page_token(), "");

  ASSERT_TRUE(AddContract(mine, "C-1").ok());
  ASSERT_TRUE(AddContract(mine, "C-2").ok());
  v1::ListContractsRequest contracts;
  contracts.mutable_filter()->set_external_id("C-2");
  EXPECT_EQ(Do(&DirectoryService::ListContracts, contracts)->contracts_size(), 1);
  const std::string department = AddDepartment()->name();
  ASSERT_TRUE(AddMember(department).ok());
  ASSERT_TRUE(AddMember("").ok());
  v1::ListStaffMembersRequest staff;
  EXPECT_EQ(Do(&DirectoryService::ListStaffMembers, staff)->staff_members_size(), 2);
  staff.mutable_filter()->set_department(department);
  EXPECT_EQ(Do(&DirectoryService::ListStaffMembers, staff)->staff_members_size(), 1);
}

TEST_P(DirectoryEntriesTest, EveryFilterFindsItsRowsByAnIndex) {
  v1::SiteFilter site_customer;
  site_customer.set_customer("x");
  v1::SiteFilter site_id;
  site_id.set_external_id("x");
  v1::ContractFilter contract_customer;
  contract_customer.set_customer("x");
  v1::ContractFilter contract_id;
  contract_id.set_external_id("x");
  v1::DepartmentFilter department_id;
  department_id.set_external_id("x");
  v1::StaffMemberFilter staff_department;
  staff_department.set_department("x");
  v1::StaffMemberFilter staff_id;
  staff_id.set_external_id("x");
  const std::vector<std::pair<std::string, std::string>> queries = {
      {Sites().core().SelectSql(ListingOf(site_customer), false), "site_by_customer"},
      {Sites().core().SelectSql(ListingOf(site_id), false), "site_by_external_id"},
      {Contracts().core().SelectSql(ListingOf(contract_customer), false), "contract_by_customer"},
      {Contracts().core().SelectSql(ListingOf(contract_id), false), "contract_by_external_id"},
      {Departments().core().SelectSql(ListingOf(department_id), false), "department_by_external_id"},
      {StaffMembers().core().SelectSql(ListingOf(staff_department), false), "staff_member_by_department"},
      {StaffMembers().core().SelectSql(ListingOf(staff_id), false), "staff_member_by_external_id"},
  };
  for (const auto& [sql, index] : queries) {
    Call call = New();
    const auto plan = db_->Explain(call, sql, {"x", 10}, "");
    ASSERT_TRUE(plan.ok()) << plan.status();
    // An empty table with a unique key that matches nothing needs no plan on MySQL.
    EXPECT_TRUE(plan->find(index) != std::string::npos || plan->find("Impossible WHERE") != std::string::npos ||
                plan->find("no matching row") != std::string::npos)
        << sql << "\n"
        << *plan;
  }
}

}  // namespace
}  // namespace aftersales
