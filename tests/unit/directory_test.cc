// What makes an entry of the directory sound.
#include "server/directory/directory_rules.h"

#include <string>

#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

google::protobuf::Timestamp At(int64_t seconds) { return ToProto(absl::FromUnixSeconds(seconds)); }

TEST(DirectoryRules, EquipmentIsInstalledBeforeItRunsAndItsWarrantyEndsLast) {
  v1::Equipment equipment;
  EXPECT_TRUE(CheckEquipmentTimes(equipment).ok());
  *equipment.mutable_install_time() = At(100);
  *equipment.mutable_commission_time() = At(100);
  *equipment.mutable_warranty_end_time() = At(100);
  EXPECT_TRUE(CheckEquipmentTimes(equipment).ok());
  *equipment.mutable_commission_time() = At(99);
  EXPECT_NE(CheckEquipmentTimes(equipment).message().find("equipment.commission_time"), absl::string_view::npos);
  *equipment.mutable_commission_time() = At(200);
  EXPECT_NE(CheckEquipmentTimes(equipment).message().find("equipment.warranty_end_time"), absl::string_view::npos);
  equipment.clear_install_time();
  EXPECT_FALSE(CheckEquipmentTimes(equipment).ok());
  equipment.clear_commission_time();
  EXPECT_TRUE(CheckEquipmentTimes(equipment).ok());
  *equipment.mutable_install_time() = At(101);
  EXPECT_FALSE(CheckEquipmentTimes(equipment).ok());
}

TEST(DirectoryRules, EquipmentIsDeliveredFirst) {
  v1::Equipment equipment;
  *equipment.mutable_delivery_time() = At(100);
  *equipment.mutable_commission_time() = At(99);
  EXPECT_NE(CheckEquipmentTimes(equipment).message().find("before equipment.delivery_time"), absl::string_view::npos);
  *equipment.mutable_commission_time() = At(100);
  EXPECT_TRUE(CheckEquipmentTimes(equipment).ok());
  equipment.clear_commission_time();
  *equipment.mutable_warranty_end_time() = At(1);
  EXPECT_FALSE(CheckEquipmentTimes(equipment).ok());
}

TEST(DirectoryRules, ProvisionsAreNumberedAndTheWarrantysIsAmongThem) {
  v1::Contract contract;
  contract.set_number("17");
  EXPECT_TRUE(CheckEntry(contract).ok());
  contract.set_warranty_provision("8.2");
  EXPECT_NE(CheckEntry(contract).message().find("contract.warranty_provision"), absl::string_view::npos);
  contract.add_provisions()->set_number("8.2");
  contract.mutable_provisions(0)->set_text("The seller warrants the goods.");
  EXPECT_TRUE(CheckEntry(contract).ok());
  *contract.add_provisions() = contract.provisions(0);
  EXPECT_NE(CheckEntry(contract).message().find("contract.provisions[1].number"), absl::string_view::npos);
  contract.mutable_provisions(1)->set_number("8.3");
  EXPECT_TRUE(CheckEntry(contract).ok());
}

TEST(DirectoryRules, AWarrantyFromTheSigningNeedsItsTime) {
  v1::Contract contract;
  contract.set_number("17");
  contract.set_warranty_start(v1::WARRANTY_START_SIGNING);
  EXPECT_TRUE(CheckEntry(contract).ok()) << "no warranty was agreed";
  contract.set_warranty_months(12);
  EXPECT_NE(CheckEntry(contract).message().find("contract.sign_time"), absl::string_view::npos);
  *contract.mutable_sign_time() = At(100);
  EXPECT_TRUE(CheckEntry(contract).ok());
}

TEST(DirectoryRules, EveryKindWithRulesOfItsOwnIsChecked) {
  v1::Product product;
  product.add_required_certificates("welding");
  EXPECT_TRUE(CheckEntry(product).ok());
  product.add_required_certificates("welding");
  EXPECT_FALSE(CheckEntry(product).ok());
  v1::Equipment equipment;
  *equipment.mutable_delivery_time() = At(200);
  EXPECT_TRUE(CheckEntry(equipment).ok());
  *equipment.mutable_install_time() = At(100);
  EXPECT_FALSE(CheckEntry(equipment).ok());
  v1::Department department;
  department.set_role(v1::ROLE_FINANCE);
  EXPECT_TRUE(CheckEntry(department).ok());
  department.set_role(v1::ROLE_CUSTOMER);
  EXPECT_FALSE(CheckEntry(department).ok());
  EXPECT_TRUE(CheckEntry(v1::Customer()).ok());
}

TEST(DirectoryRules, SitesAndContractsStayWithTheirCustomer) {
  v1::Site site;
  site.set_customer("customers/1");
  v1::Site moved;
  moved.set_customer("customers/2");
  EXPECT_TRUE(CheckStaysWithCustomer(site, site).ok());
  EXPECT_NE(CheckStaysWithCustomer(site, moved).message().find("customers/1"), absl::string_view::npos);
  v1::Equipment equipment;
  equipment.set_customer("customers/1");
  EXPECT_TRUE(CheckStaysWithCustomer(equipment, v1::Equipment()).ok()) << "machines are sold on";
}

TEST(DirectoryRules, CertificatesAreNamedOnce) {
  v1::Product product;
  EXPECT_TRUE(CheckCertificates(product).ok());
  product.add_required_certificates("brake-systems");
  product.add_required_certificates("welding");
  EXPECT_TRUE(CheckCertificates(product).ok());
  product.add_required_certificates("welding");
  EXPECT_NE(CheckCertificates(product).message().find("product.required_certificates[2]"), absl::string_view::npos);
}

TEST(DirectoryRules, ReplacingACustomerKeepsWhatIsTheServers) {
  v1::Customer current;
  current.set_name("customers/1");
  current.set_etag("4");
  current.set_address("old");
  *current.mutable_create_time() = At(100);
  v1::Customer wanted;
  wanted.set_name("customers/2");
  wanted.set_etag("7");
  wanted.set_display_name("new");
  *wanted.mutable_create_time() = At(200);
  const v1::Customer replaced = Replaced(current, wanted);
  EXPECT_EQ(replaced.name(), "customers/1");
  EXPECT_EQ(replaced.etag(), "4");
  EXPECT_EQ(replaced.display_name(), "new");
  EXPECT_EQ(replaced.address(), "");
  EXPECT_EQ(replaced.create_time().seconds(), 100);
}

}  // namespace
}  // namespace aftersales
