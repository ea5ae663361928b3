// The first installation makes a customer a user, who is owed a call for it: once, when it was, and with a reason where
// that turns out to be otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/obligations/periodic.h"
#include "tests/service/callback_office.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kSettled = absl::Minutes(3);

class FirstInstallationTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  CallbackOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, FirstInstallationTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(FirstInstallationTest, MakesAUserOnce) {
  const std::string customer = office_.AddCustomer();
  EXPECT_FALSE(office_.ReadCustomer(customer).has_first_install_time());
  const v1::Equipment first = office_.Install(customer, office_.clock.Now());
  EXPECT_EQ(FromProto(office_.ReadCustomer(customer).first_install_time()), office_.clock.Now());
  const v1::Obligation owed = office_.Owed(customer, "first-call");
  EXPECT_EQ(owed.subject(), customer);
  EXPECT_EQ(FromProto(owed.due_time()), office_.clock.Now() + absl::Hours(24 * 30));
  const std::vector<v1::Event> events = office_.Events(customer, "first-installation");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].equipment().name(), first.name());
  EXPECT_EQ(events[0].subject(), customer);
  EXPECT_EQ(absl::StrCat(events[0].root_version()), office_.ReadCustomer(customer).etag());
  office_.clock.Advance(absl::Hours(1));
  office_.Install(customer, office_.clock.Now());
  EXPECT_EQ(office_.Events(customer, "first-installation").size(), 1u);
  EXPECT_THAT(office_.StatesOf(customer, "first-call"), ElementsAre("open"));
}

TEST_P(FirstInstallationTest, WhatTurnsOutToHaveComeFirstIsNoSecondOne) {
  const absl::Time now = office_.clock.Now();
  office_.clock.Advance(absl::Hours(48));
  const std::string customer = office_.AddUser(now + absl::Hours(40));
  office_.Install(customer, now + absl::Hours(20));
  EXPECT_EQ(FromProto(office_.ReadCustomer(customer).first_install_time()), now + absl::Hours(20));
  EXPECT_EQ(office_.Events(customer, "first-installation").size(), 2u) << "the first one, and that it moved";
  const std::vector<v1::Event> moved = office_.Events(customer, "first-installation-moved");
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(FromProto(moved[0].time()), now + absl::Hours(20));
  const v1::Obligation owed = office_.Owed(customer, "first-call");
  EXPECT_EQ(FromProto(owed.since_time()), now + absl::Hours(20));
  EXPECT_EQ(FromProto(owed.due_time()), now + absl::Hours(20 + 24 * 30));
  EXPECT_THAT(office_.StatesOf(customer, "first-call"), ElementsAre("open"));
}

TEST_P(FirstInstallationTest, WhoseTimeIsToComeIsAUserWhenItHasCome) {
  const std::string customer = office_.AddCustomer();
  const absl::Time installed = office_.clock.Now() + absl::Hours(5);
  office_.Install(customer, installed);
  office_.MakeDuties();
  EXPECT_FALSE(office_.ReadCustomer(customer).has_first_install_time());
  office_.clock.Advance(absl::Hours(5) + kSettled);
  office_.MakeDuties();
  EXPECT_EQ(FromProto(office_.ReadCustomer(customer).first_install_time()), installed);
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
  EXPECT_EQ(FromProto(office_.Owed(customer, "first-call").since_time()), installed);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM installation_to_come"), 0);
  office_.MakeDuties();
  EXPECT_EQ(office_.Events(customer, "first-installation").size(), 1u);
}

TEST_P(FirstInstallationTest, WhatIsPutOffBeforeItsTimeIsWaitedForAnew) {
  const std::string customer = office_.AddCustomer();
  v1::Equipment equipment = office_.Install(customer, office_.clock.Now() + absl::Hours(5));
  *equipment.mutable_install_time() = At(office_.clock.Now() + absl::Hours(50));
  Must(office_.Change(equipment));
  office_.clock.Advance(absl::Hours(6));
  office_.MakeDuties();
  EXPECT_FALSE(office_.ReadCustomer(customer).has_first_install_time());
  office_.clock.Advance(absl::Hours(45));
  office_.MakeDuties();
  EXPECT_TRUE(office_.ReadCustomer(customer).has_first_install_time());
}

TEST_P(FirstInstallationTest, AnotherTimeMovesTheCallAndNoneEndsItWithAReason) {
  const std::string customer = office_.AddCustomer();
  office_.clock.Advance(absl::Hours(100));
  const absl::Time now = office_.clock.Now();
  v1::Equipment equipment = office_.Install(customer, now - absl::Hours(90));
  *equipment.mutable_install_time() = At(now - absl::Hours(10));
  const absl::Status put_off = office_.Change(equipment).status();
  EXPECT_EQ(ReasonOf(put_off), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(put_off.message()), HasSubstr("put off"));
  Must(office_.Change(equipment, "The form says so."));
  EXPECT_EQ(FromProto(office_.ReadCustomer(customer).first_install_time()), now - absl::Hours(10));
  EXPECT_EQ(FromProto(office_.Owed(customer, "first-call").since_time()), now - absl::Hours(10));
  EXPECT_EQ(office_.Events(customer, "first-installation-moved").back().reason(), "The form says so.");
  equipment.clear_install_time();
  EXPECT_EQ(ReasonOf(office_.Change(equipment).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_TRUE(office_.ReadCustomer(customer).has_first_install_time());
  Must(office_.Change(equipment, "Nothing is installed there yet."));
  EXPECT_FALSE(office_.ReadCustomer(customer).has_first_install_time());
  EXPECT_THAT(office_.OpenKinds(customer), IsEmpty());
  EXPECT_EQ(office_.Events(customer, "first-installation-withdrawn").back().reason(),
            "Nothing is installed there yet.");
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  EXPECT_THAT(office_.OpenKinds(customer), IsEmpty());
  *equipment.mutable_install_time() = At(office_.clock.Now());
  Must(office_.Change(equipment));
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
  EXPECT_EQ(office_.MakeDuties(), 0);
}

// Put later than the first call and back again: that call counts again, and no second one stays.
TEST_P(FirstInstallationTest, ACallThatWasMadeSinceCountsWhenTheTimeIsPutBack) {
  const std::string customer = office_.AddCustomer();
  office_.clock.Advance(absl::Hours(100));
  const absl::Time now = office_.clock.Now();
  v1::Equipment equipment = office_.Install(customer, now - absl::Hours(90));
  office_.CallBack(customer);
  EXPECT_THAT(office_.StatesOf(customer, "first-call"), ElementsAre("met"));
  office_.clock.Advance(absl::Hours(10));
  *equipment.mutable_install_time() = At(now + absl::Hours(5));
  Must(office_.Change(equipment, "The form says so."));
  EXPECT_THAT(office_.StatesOf(customer, "first-call"), ElementsAre("met", "open"));
  *equipment.mutable_install_time() = At(now - absl::Hours(90));
  Must(office_.Change(equipment, "It was right before."));
  EXPECT_THAT(office_.StatesOf(customer, "first-call"), ElementsAre("met", "cancelled"));
}

TEST_P(FirstInstallationTest, WhatIsSoldOnMakesAUserOfWhoHasIt) {
  office_.clock.Advance(absl::Hours(100));
  const std::string first = office_.AddCustomer();
  const std::string second = office_.AddCustomer();
  v1::Equipment equipment = office_.Install(first, office_.clock.Now() - absl::Hours(90));
  equipment.set_customer(second);
  EXPECT_EQ(ReasonOf(office_.Change(equipment).status()), v1::ERROR_REASON_FIELD_INVALID);
  Must(office_.Change(equipment, "Sold on."));
  EXPECT_THAT(office_.OpenKinds(first), IsEmpty());
  EXPECT_FALSE(office_.ReadCustomer(first).has_first_install_time());
  EXPECT_THAT(office_.OpenKinds(second), UnorderedElementsAre("first-call", "quarterly-call"));
  // Of a customer who has more, the next one was the first.
  v1::Equipment more = office_.Install(second, office_.clock.Now() - absl::Hours(20));
  equipment.set_customer(first);
  Must(office_.Change(equipment, "Given back."));
  EXPECT_EQ(FromProto(office_.ReadCustomer(second).first_install_time()), office_.clock.Now() - absl::Hours(20));
  EXPECT_EQ(FromProto(office_.Owed(second, "first-call").since_time()), FromProto(more.install_time()));
  EXPECT_THAT(office_.OpenKinds(first), UnorderedElementsAre("first-call", "quarterly-call"));
}

TEST_P(FirstInstallationTest, ATypingErrorBeforeAnyProcedureEndsTheCall) {
  const std::string customer = office_.AddCustomer();
  v1::Equipment equipment = office_.Install(customer, office_.clock.Now());
  *equipment.mutable_install_time() = At(office_.clock.Now() - absl::Hours(24 * 500));
  Must(office_.Change(equipment, "The year was wrong."));
  EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("quarterly-call"));
  *equipment.mutable_install_time() = At(office_.clock.Now());
  Must(office_.Change(equipment, "It was not."));
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
}

TEST_P(FirstInstallationTest, ACallBeforeItIsNotTheFirstOne) {
  const std::string customer = office_.AddCustomer();
  office_.clock.Advance(absl::Hours(2));
  office_.Install(customer, office_.clock.Now());
  v1::CreateCallbackRequest request = office_.Calling(customer, true);
  *request.mutable_callback()->mutable_call_time() = At(office_.clock.Now() - absl::Hours(1));
  Must(office_.Do(&FeedbackService::CreateCallback, request));
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
  office_.CallBack(customer);
  EXPECT_THAT(office_.OpenKinds(customer), IsEmpty());
}

TEST_P(FirstInstallationTest, CountsOnceItsTimeHasCome) {
  const std::string customer = office_.AddCustomer();
  v1::Equipment equipment = office_.Install(customer, office_.clock.Now() + absl::Hours(5));
  EXPECT_FALSE(office_.ReadCustomer(customer).has_first_install_time());
  office_.clock.Advance(absl::Hours(6));
  v1::UpdateEquipmentRequest request;
  request.set_name(equipment.name());
  request.set_etag(equipment.etag());
  *request.mutable_equipment() = equipment;
  Call call = office_.By(kManager);
  Must(office_.directory->UpdateEquipment(call, request));
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
}

TEST_P(FirstInstallationTest, BeforeThereWasAnyProcedureIsHistory) {
  const std::string customer = office_.AddUser(office_.clock.Now() - absl::Hours(24 * 500));
  EXPECT_TRUE(office_.ReadCustomer(customer).has_first_install_time());
  EXPECT_EQ(office_.Events(customer, "first-installation").size(), 1u);
  EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("quarterly-call")) << "but a user is called every quarter";
}

TEST_P(FirstInstallationTest, AnUpdateOfTheCustomerKeepsIt) {
  const std::string customer = office_.AddUser();
  v1::UpdateCustomerRequest request;
  request.set_name(customer);
  *request.mutable_customer() = office_.ReadCustomer(customer);
  request.set_etag(request.customer().etag());
  request.mutable_customer()->set_display_name("Canal Works Ltd.");
  request.mutable_customer()->clear_first_install_time();
  Call call = office_.By(kManager);
  EXPECT_TRUE(Must(office_.directory->UpdateCustomer(call, request)).has_first_install_time());
}

TEST_P(FirstInstallationTest, OnlyValidatingLeavesNothing) {
  const std::string customer = office_.AddCustomer();
  v1::CreateEquipmentRequest request;
  request.mutable_equipment()->set_serial_number("V-1");
  request.mutable_equipment()->set_product(office_.product.name());
  request.mutable_equipment()->set_customer(customer);
  *request.mutable_equipment()->mutable_install_time() = At(office_.clock.Now());
  Call call = office_.By(kManager);
  call.validate_only = true;
  request.set_validate_only(true);
  Must(office_.directory->CreateEquipment(call, request));
  EXPECT_FALSE(office_.ReadCustomer(customer).has_first_install_time());
  EXPECT_TRUE(office_.Owed(customer).empty());
}

TEST_P(FirstInstallationTest, AnImportMakesUsersToo) {
  Call call = office_.By(kManager);
  auto sink = Must(office_.directory->ImportDirectory(call));
  v1::ImportDirectoryRequest request;
  request.mutable_options()->set_request_id(RandomUuid());
  request.mutable_options()->set_mode(v1::IMPORT_MODE_BEST_EFFORT);
  for (const char* id : {"I-2", "I-1"}) {
    v1::Customer& customer = *request.add_rows()->mutable_customer();
    customer.set_external_id(id);
    customer.set_display_name("Imported");
    for (const int hours : {1, 3}) {
      v1::Equipment& equipment = *request.add_rows()->mutable_equipment();
      equipment.set_external_id(absl::StrCat(id, "-", hours));
      equipment.set_serial_number(absl::StrCat(id, "-", hours));
      equipment.set_product(office_.product.name());
      equipment.set_customer(absl::StrCat("ext:", id));
      *equipment.mutable_install_time() = At(office_.clock.Now() + absl::Hours(4) - absl::Hours(hours));
    }
  }
  office_.clock.Advance(absl::Hours(4));
  v1::ImportDirectoryResponse reply;
  ASSERT_TRUE(sink->Take(call, request, reply).ok());
  for (const v1::RowReport& report : reply.reports()) {
    ASSERT_EQ(report.result(), v1::ROW_RESULT_CREATED) << report.ShortDebugString();
    if (!absl::StartsWith(report.name(), "customers/")) continue;
    EXPECT_EQ(FromProto(office_.ReadCustomer(report.name()).first_install_time()),
              office_.clock.Now() - absl::Hours(3));
    EXPECT_THAT(office_.OpenKinds(report.name()), UnorderedElementsAre("first-call", "quarterly-call"));
  }
}

TEST_P(FirstInstallationTest, AnImportMovesAndEndsWhatIsOwed) {
  office_.clock.Advance(absl::Hours(100));
  const std::string first = office_.AddCustomer();
  const std::string second = office_.AddCustomer();
  v1::Equipment equipment = office_.Install(first, office_.clock.Now() - absl::Hours(90));
  const auto import = [&] {
    Call call = office_.By(kManager);
    auto sink = Must(office_.directory->ImportDirectory(call));
    v1::ImportDirectoryRequest request;
    request.mutable_options()->set_request_id(RandomUuid());
    request.mutable_options()->set_mode(v1::IMPORT_MODE_BEST_EFFORT);
    *request.add_rows()->mutable_equipment() = equipment;
    v1::ImportDirectoryResponse reply;
    ASSERT_TRUE(sink->Take(call, request, reply).ok());
    ASSERT_EQ(reply.reports(0).result(), v1::ROW_RESULT_UPDATED) << reply.ShortDebugString();
  };
  equipment.set_customer(second);
  *equipment.mutable_install_time() = At(office_.clock.Now() - absl::Hours(80));
  import();
  EXPECT_THAT(office_.OpenKinds(first), IsEmpty());
  EXPECT_EQ(office_.Events(first, "first-installation-withdrawn").back().reason(), "imported by principals/manager");
  EXPECT_THAT(office_.OpenKinds(second), UnorderedElementsAre("first-call", "quarterly-call"));
  *equipment.mutable_install_time() = At(office_.clock.Now() - absl::Hours(70));
  import();
  EXPECT_EQ(FromProto(office_.Owed(second, "first-call").since_time()), office_.clock.Now() - absl::Hours(70));
  equipment.clear_install_time();
  import();
  EXPECT_THAT(office_.OpenKinds(second), IsEmpty());
}

TEST_P(FirstInstallationTest, WithoutAPackNothingIsOwedUntilThereIsOne) {
  testing::TestDatabase database(GetParam());
  DeskClock clock;
  const std::unique_ptr<Database> db = database.Open(clock);
  Obligations obligations;
  AddRootKinds(obligations);
  DirectoryService directory(*db, obligations);
  FeedbackService feedback(*db, obligations);
  PeriodicDuties duties(*db, obligations);
  Call call = office_.By(kManager);
  v1::CreateCustomerRequest customer;
  customer.mutable_customer()->set_display_name("Canal Works");
  const std::string name = Must(directory.CreateCustomer(call, customer)).name();
  v1::CreateProductRequest product;
  product.mutable_product()->set_display_name("Pump");
  call = office_.By(kManager);
  v1::CreateEquipmentRequest equipment;
  equipment.mutable_equipment()->set_product(Must(directory.CreateProduct(call, product)).name());
  equipment.mutable_equipment()->set_customer(name);
  equipment.mutable_equipment()->set_serial_number("P-1");
  *equipment.mutable_equipment()->mutable_install_time() = At(clock.Now());
  call = office_.By(kManager);
  Must(directory.CreateEquipment(call, equipment));
  call = office_.By(kTelephone);
  Must(feedback.CreateCallback(call, office_.Calling(name, true)));
  EXPECT_EQ(Must(duties.RunOnce()).made, 0);
}

}  // namespace
}  // namespace aftersales
