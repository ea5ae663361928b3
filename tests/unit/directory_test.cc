// What makes an entry of the directory sound.
#include "server/directory/directory_rules.h"

#include <string>

#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

google::protobuf::Timestamp At(int64_t seconds) { return ToProto(absl::FromUnixSeconds(seconds)); }

TEST(DirectoryRules, TextsMustBeVisible) {
  EXPECT_TRUE(CheckVisible("f", "Acme").ok());
  EXPECT_TRUE(CheckVisible("f", "\xe3\x80\x80\xe6\xb8\xa9").ok());
  for (const char* blank : {"", " ", "\t\n ", "\xe3\x80\x80", " \xe3\x80\x80 "}) {
    const absl::Status status = CheckVisible("customer.display_name", blank);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID);
    EXPECT_NE(status.message().find("customer.display_name"), absl::string_view::npos);
  }
}

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

TEST(DirectoryRules, CertificatesAreNamedOnce) {
  v1::Product product;
  EXPECT_TRUE(CheckCertificates(product).ok());
  product.add_required_certificates("brake-systems");
  product.add_required_certificates("welding");
  EXPECT_TRUE(CheckCertificates(product).ok());
  product.add_required_certificates("welding");
  EXPECT_NE(CheckCertificates(product).message().find("product.required_certificates[2]"), absl::string_view::npos);
  product.set_required_certificates(2, " ");
  EXPECT_FALSE(CheckCertificates(product).ok());
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
