// Customers, products and equipment on both engines.
#include "server/directory/directory_service.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/directory/directory_store.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using testing::TestEngine;

class DirectoryServiceTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  Call New() { return testing::TestCall(RandomUuid(), "aftersales.v1.DirectoryService/Test"); }

  absl::StatusOr<v1::Customer> AddCustomer(const std::string& external_id = "", const std::string& region = "") {
    v1::CreateCustomerRequest request;
    request.mutable_customer()->set_display_name("\xe9\x95\xbf\xe6\x98\xa5'; --");
    request.mutable_customer()->set_external_id(external_id);
    request.mutable_customer()->set_region(region);
    Call call = New();
    return service_.CreateCustomer(call, request);
  }

  absl::StatusOr<v1::Product> AddProduct(const std::string& external_id = "") {
    v1::CreateProductRequest request;
    request.mutable_product()->set_display_name("Brake unit");
    request.mutable_product()->set_external_id(external_id);
    request.mutable_product()->add_required_certificates("brake-systems");
    request.mutable_product()->add_required_certificates("welding");
    Call call = New();
    return service_.CreateProduct(call, request);
  }

  absl::StatusOr<v1::Equipment> AddEquipment(const std::string& serial, const std::string& product,
                                             const std::string& customer) {
    v1::CreateEquipmentRequest request;
    request.mutable_equipment()->set_serial_number(serial);
    request.mutable_equipment()->set_product(product);
    request.mutable_equipment()->set_customer(customer);
    Call call = New();
    return service_.CreateEquipment(call, request);
  }

  absl::StatusOr<v1::Customer> Update(const v1::Customer& customer, const std::string& etag) {
    v1::UpdateCustomerRequest request;
    request.set_name(customer.name());
    request.set_etag(etag);
    *request.mutable_customer() = customer;
    Call call = New();
    return service_.UpdateCustomer(call, request);
  }

  std::vector<std::string> NamesOf(const v1::ListCustomersRequest& request, std::string* next = nullptr) {
    Call call = New();
    call.reads_personal = true;
    const auto response = service_.ListCustomers(call, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    for (const v1::Customer& customer : response->customers()) names.push_back(customer.name());
    if (next != nullptr) *next = response->next_page_token();
    return names;
  }

  testing::ManualClock clock_;
  testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Database> db_ = database_.Open(clock_);
  Obligations obligations_;
  DirectoryService service_{*db_, obligations_};
};

INSTANTIATE_TEST_SUITE_P(Engines, DirectoryServiceTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(DirectoryServiceTest, WhatWasAddedIsReadBack) {
  const v1::Customer customer = *AddCustomer("ERP-1", "jilin");
  EXPECT_EQ(customer.name().rfind("customers/", 0), 0u);
  EXPECT_EQ(customer.etag(), "1");
  v1::GetCustomerRequest get;
  get.set_name(customer.name());
  Call call = New();
  EXPECT_EQ(service_.GetCustomer(call, get)->DebugString(), customer.DebugString());

  const v1::Product product = *AddProduct();
  v1::GetProductRequest get_product;
  get_product.set_name(product.name());
  EXPECT_EQ(service_.GetProduct(call, get_product)->DebugString(), product.DebugString());
  EXPECT_EQ(product.required_certificates(1), "welding");

  const v1::Equipment equipment = *AddEquipment("SN-1", product.name(), customer.name());
  v1::GetEquipmentRequest get_equipment;
  get_equipment.set_name(equipment.name());
  EXPECT_EQ(service_.GetEquipment(call, get_equipment)->DebugString(), equipment.DebugString());
}

TEST_P(DirectoryServiceTest, NamesComeFromTheServer) {
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_name("customers/mine");
  request.mutable_customer()->set_etag("77");
  request.mutable_customer()->set_display_name("Acme");
  Call call = New();
  const v1::Customer customer = *service_.CreateCustomer(call, request);
  EXPECT_NE(customer.name(), "customers/mine");
  EXPECT_EQ(customer.etag(), "1");
}

TEST_P(DirectoryServiceTest, WhatDoesNotExistIsNotFound) {
  Call call = New();
  v1::GetCustomerRequest get;
  for (const char* name : {"customers/99", "customers/' OR 1=1", "products/1"}) {
    get.set_name(name);
    EXPECT_EQ(ReasonOf(service_.GetCustomer(call, get).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND) << name;
  }
  v1::Customer nobody;
  nobody.set_name("customers/99");
  nobody.set_display_name("x");
  EXPECT_EQ(ReasonOf(Update(nobody, "1").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(DirectoryServiceTest, ExternalIdsAndSerialNumbersAreUnique) {
  const v1::Customer customer = *AddCustomer("ERP-1");
  const absl::Status taken = AddCustomer("ERP-1").status();
  EXPECT_EQ(ReasonOf(taken), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_NE(taken.message().find("customer.external_id"), absl::string_view::npos) << taken;
  EXPECT_NE(taken.message().find(customer.name()), absl::string_view::npos) << taken;
  EXPECT_TRUE(AddCustomer("erp-1").ok()) << "keys are compared byte by byte";
  EXPECT_TRUE(AddCustomer("").ok());
  EXPECT_TRUE(AddCustomer("").ok()) << "none is no key";

  const v1::Product product = *AddProduct("P-1");
  EXPECT_EQ(ReasonOf(AddProduct("P-1").status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  ASSERT_TRUE(AddEquipment("SN-1", product.name(), customer.name()).ok());
  const absl::Status serial = AddEquipment("SN-1", product.name(), customer.name()).status();
  EXPECT_EQ(ReasonOf(serial), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_NE(serial.message().find("equipment.serial_number"), absl::string_view::npos) << serial;
}

TEST_P(DirectoryServiceTest, OfManyAddingOneExternalIdAtOnceOneSucceeds) {
  std::vector<absl::Status> results(6);
  std::vector<std::thread> callers;
  for (absl::Status& result : results) callers.emplace_back([&] { result = AddCustomer("ERP-9").status(); });
  for (std::thread& caller : callers) caller.join();
  int added = 0;
  for (const absl::Status& result : results) {
    added += result.ok();
    EXPECT_TRUE(result.ok() || ReasonOf(result) == v1::ERROR_REASON_RESOURCE_EXISTS) << result;
  }
  EXPECT_EQ(added, 1);
}

TEST_P(DirectoryServiceTest, EquipmentPointsAtWhatExists) {
  const v1::Customer customer = *AddCustomer();
  const v1::Product product = *AddProduct();
  const absl::Status no_product = AddEquipment("SN-1", "products/99", customer.name()).status();
  EXPECT_EQ(ReasonOf(no_product), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_NE(no_product.message().find("equipment.product"), absl::string_view::npos) << no_product;
  const absl::Status no_customer = AddEquipment("SN-1", product.name(), "customers/99").status();
  EXPECT_EQ(ReasonOf(no_customer), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_NE(no_customer.message().find("equipment.customer"), absl::string_view::npos) << no_customer;
}

TEST_P(DirectoryServiceTest, AnUpdateReplacesUnderItsEtag) {
  v1::Customer customer = *AddCustomer("ERP-1", "jilin");
  clock_.Advance(absl::Seconds(5));
  v1::Customer wanted = customer;
  wanted.set_display_name("Renamed");
  wanted.clear_region();
  const v1::Customer updated = *Update(wanted, customer.etag());
  EXPECT_EQ(updated.display_name(), "Renamed");
  EXPECT_EQ(updated.region(), "");
  EXPECT_EQ(updated.etag(), "2");
  EXPECT_EQ(updated.create_time().seconds(), customer.create_time().seconds());
  EXPECT_EQ(updated.update_time().seconds(), customer.create_time().seconds() + 5);
  EXPECT_EQ(ReasonOf(Update(wanted, customer.etag()).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(ReasonOf(Update(wanted, "nonsense").status()), v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_P(DirectoryServiceTest, AnUpdateCannotTakeAnothersExternalId) {
  const v1::Customer first = *AddCustomer("ERP-1");
  v1::Customer second = *AddCustomer("ERP-2");
  second.set_external_id("ERP-1");
  const absl::Status taken = Update(second, second.etag()).status();
  EXPECT_EQ(ReasonOf(taken), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_NE(taken.message().find(first.name()), absl::string_view::npos) << taken;
  second.set_external_id("ERP-2");
  EXPECT_TRUE(Update(second, second.etag()).ok()) << "its own is not taken";
}

TEST_P(DirectoryServiceTest, OfManyUpdatingAtOnceUnderOneEtagOneSucceeds) {
  const v1::Customer customer = *AddCustomer();
  std::vector<absl::Status> results(6);
  std::vector<std::thread> callers;
  for (absl::Status& result : results) callers.emplace_back([&] { result = Update(customer, "1").status(); });
  for (std::thread& caller : callers) caller.join();
  int updated = 0;
  for (const absl::Status& result : results) {
    updated += result.ok();
    EXPECT_TRUE(result.ok() || ReasonOf(result) == v1::ERROR_REASON_ETAG_MISMATCH) << result;
  }
  EXPECT_EQ(updated, 1);
}

TEST_P(DirectoryServiceTest, ListsAreFilteredAndPaged) {
  std::set<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    const v1::Customer customer = *AddCustomer(absl::StrCat("ERP-", i), i % 2 == 0 ? "jilin" : "hebei");
    if (i % 2 == 0) expected.insert(customer.name());
  }
  v1::ListCustomersRequest request;
  request.mutable_filter()->set_region("jilin");
  request.set_page_size(3);
  std::string next;
  std::vector<std::string> names = NamesOf(request, &next);
  EXPECT_EQ(names.size(), 3u);
  ASSERT_NE(next, "");
  request.set_page_token(next);
  for (const std::string& name : NamesOf(request, &next)) names.push_back(name);
  EXPECT_EQ(next, "");
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected);
  EXPECT_EQ(names.size(), expected.size());

  v1::ListCustomersRequest by_id;
  by_id.mutable_filter()->set_external_id("ERP-5");
  EXPECT_EQ(NamesOf(by_id).size(), 1u);
  by_id.mutable_filter()->set_external_id("ERP-77");
  EXPECT_EQ(NamesOf(by_id).size(), 0u);
}

TEST_P(DirectoryServiceTest, CustomersAreFoundByTheirNameAndTelephone) {
  const auto add = [&](const std::string& name, const std::string& telephone, const std::string& region) {
    v1::CreateCustomerRequest request;
    request.mutable_customer()->set_display_name(name);
    request.mutable_customer()->set_telephone(telephone);
    request.mutable_customer()->set_region(region);
    Call call = New();
    const auto added = service_.CreateCustomer(call, request);
    EXPECT_TRUE(added.ok()) << added.status();
    return *added;
  };
  const auto found = [&](const std::string& query, const std::string& region = "", const std::string& telephone = "") {
    v1::ListCustomersRequest request;
    request.mutable_filter()->set_query(query);
    request.mutable_filter()->set_region(region);
    request.mutable_filter()->set_telephone(telephone);
    request.set_page_size(2);
    std::vector<std::string> names;
    std::string next;
    do {
      request.set_page_token(next);
      for (const std::string& name : NamesOf(request, &next)) names.push_back(name);
    } while (!next.empty());
    return names;
  };
  using Names = std::vector<std::string>;
  const v1::Customer changchun = add("长春轨道客车股份有限公司", "0431-8790 2114", "jilin");
  v1::Customer harbour = add("Harbour Railways Ltd.", "+44 20 7946 0018", "hainan");
  const v1::Customer harbin = add("哈尔滨车辆有限公司", "", "heilongjiang");
  EXPECT_EQ(found("轨道"), Names{changchun.name()});
  EXPECT_EQ(found("有限公司"), (Names{changchun.name(), harbin.name()}));
  EXPECT_EQ(found("有限公司", "jilin"), Names{changchun.name()});
  EXPECT_EQ(found("HARBOUR  rail"), Names{harbour.name()});
  EXPECT_EQ(found("ＨＡＲＢＯＵＲ"), Names{harbour.name()}) << "in full width";
  EXPECT_EQ(found("春长"), Names{});
  EXPECT_EQ(found("ways har"), Names{}) << "all its pairs but one stand in the name";
  EXPECT_EQ(found("", "", "043187902114"), Names{changchun.name()});
  EXPECT_EQ(found("长春", "", "(0431) 8790-2114"), Names{changchun.name()});
  EXPECT_EQ(found("", "", "87902114"), Names{}) << "a part of it is not the number";

  // What it was called before does not find it any more.
  harbour.set_display_name("Coast Railways");
  harbour.set_telephone("555 0100");
  ASSERT_TRUE(Update(harbour, harbour.etag()).ok());
  EXPECT_EQ(found("harbour"), Names{});
  EXPECT_EQ(found("coast"), Names{harbour.name()});
  EXPECT_EQ(found("", "", "5550100"), Names{harbour.name()});
  EXPECT_EQ(found("", "", "442079460018"), Names{});

  v1::ListCustomersRequest request;
  const auto refusal = [&](bool reads_personal) {
    Call call = New();
    call.reads_personal = reads_personal;
    return ReasonOf(service_.ListCustomers(call, request).status());
  };
  request.mutable_filter()->set_query("长 ");
  EXPECT_EQ(refusal(true), v1::ERROR_REASON_FIELD_INVALID);
  request.mutable_filter()->clear_query();
  request.mutable_filter()->set_telephone("+ 1");
  EXPECT_EQ(refusal(true), v1::ERROR_REASON_FIELD_INVALID);
  request.mutable_filter()->set_telephone("0431 8790 2114");
  EXPECT_EQ(refusal(false), v1::ERROR_REASON_PERMISSION_MISSING) << "nobody guesses what they are not shown";
  EXPECT_EQ(refusal(true), v1::ERROR_REASON_UNSPECIFIED);
}

TEST_P(DirectoryServiceTest, APageTokenIsBoundToItsList) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AddCustomer("", "jilin").ok());
  v1::ListCustomersRequest request;
  request.set_page_size(1);
  std::string next;
  NamesOf(request, &next);
  request.mutable_filter()->set_region("jilin");
  for (const std::string& token : {next, std::string("nonsense"), std::string(1000, 'A')}) {
    request.set_page_token(token);
    Call call = New();
    EXPECT_EQ(ReasonOf(service_.ListCustomers(call, request).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  }
}

TEST_P(DirectoryServiceTest, EquipmentIsFoundByCustomerAndBySerialNumber) {
  const v1::Customer one = *AddCustomer();
  const v1::Customer two = *AddCustomer();
  const v1::Product product = *AddProduct("P-1");
  ASSERT_TRUE(AddEquipment("SN-1", product.name(), one.name()).ok());
  const v1::Equipment equipment = *AddEquipment("SN-2", product.name(), two.name());
  v1::ListEquipmentRequest request;
  request.mutable_filter()->set_customer(two.name());
  Call call = New();
  auto found = service_.ListEquipment(call, request);
  ASSERT_EQ(found->equipment_size(), 1);
  EXPECT_EQ(found->equipment(0).name(), equipment.name());
  request.mutable_filter()->set_serial_number("SN-1");
  EXPECT_EQ(service_.ListEquipment(call, request)->equipment_size(), 0);
  v1::ListProductsRequest products;
  products.mutable_filter()->set_external_id("P-1");
  EXPECT_EQ(service_.ListProducts(call, products)->products_size(), 1);
}

TEST_P(DirectoryServiceTest, ARepeatedRequestAddsNothing) {
  v1::CreateCustomerRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_customer()->set_display_name("Acme");
  Call call = testing::TestCall(request.request_id());
  const v1::Customer first = *service_.CreateCustomer(call, request);
  EXPECT_EQ(service_.CreateCustomer(call, request)->name(), first.name());
  EXPECT_EQ(NamesOf({}).size(), 1u);
  request.mutable_customer()->set_display_name("Another");
  EXPECT_EQ(ReasonOf(service_.CreateCustomer(call, request).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_P(DirectoryServiceTest, WhatIsOnlyValidatedLeavesNothing) {
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_display_name("Acme");
  Call call = New();
  call.validate_only = true;
  EXPECT_TRUE(service_.CreateCustomer(call, request).ok());
  EXPECT_EQ(NamesOf({}).size(), 0u);
  ASSERT_TRUE(AddCustomer("K-1").ok());
  request.mutable_customer()->set_external_id("K-1");
  EXPECT_EQ(ReasonOf(service_.CreateCustomer(call, request).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(NamesOf({}).size(), 1u);
}

TEST_P(DirectoryServiceTest, EveryChangeIsAnEvent) {
  v1::Customer customer = *AddCustomer();
  ASSERT_TRUE(Update(customer, "1").ok());
  ASSERT_FALSE(Update(customer, "1").ok());
  const v1::Product product = *AddProduct();
  ASSERT_TRUE(AddEquipment("SN-1", product.name(), customer.name()).ok());
  Call call = New();
  const auto events = db_->Read<std::vector<Row>>(call, [](Reader& reader) -> absl::StatusOr<std::vector<Row>> {
    return reader.Select("SELECT root, root_version, type, body FROM event ORDER BY id LIMIT 100", {}, "titt");
  });
  ASSERT_EQ(events->size(), 4u);
  EXPECT_EQ((*events)[1].Text(0), customer.name());
  EXPECT_EQ((*events)[1].Int(1), 2);
  for (const Row& row : *events) EXPECT_EQ(row.Text(2), "directory-changed");
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString((*events)[3].Text(3)));
  EXPECT_EQ(event.equipment().serial_number(), "SN-1");
  EXPECT_EQ(event.actor(), "principals/tester");
}

TEST_P(DirectoryServiceTest, EveryFilterFindsItsRowsByAnIndex) {
  v1::CustomerFilter region;
  region.set_region("x");
  v1::CustomerFilter id;
  id.set_external_id("x");
  v1::ProductFilter product;
  product.set_external_id("x");
  v1::EquipmentFilter serial;
  serial.set_serial_number("x");
  v1::EquipmentFilter customer;
  customer.set_customer("x");
  const std::vector<std::pair<std::string, std::string>> queries = {
      {Customers().core().SelectSql(ListingOf(region), false), "customer_by_region"},
      {Customers().core().SelectSql(ListingOf(id), false), "customer_by_external_id"},
      {Products().core().SelectSql(ListingOf(product), false), "product_by_external_id"},
      {EquipmentTable().core().SelectSql(ListingOf(serial), false), "equipment_by_serial_number"},
      {EquipmentTable().core().SelectSql(ListingOf(customer), false), "equipment_by_customer"},
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
