#include "tests/service/callback_office.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/directory/directory_store.h"
#include "server/directory/first_installations.h"

namespace aftersales {

const char kCallbackPack[] = R"(
  name: "callbacks" title: "Callbacks" effective_from: "2026-01-01" time_zone: "UTC" owner: "customer_service"
  conduct { name: "attitude" title: "Attitude" clauses: "B-1" }
  conduct { name: "words" title: "Words" clauses: "B-1" }
  only { action: "verify-feedback" roles: ["quality", "service_manager"] clauses: "B-2" }
  obligation {
    kind: "first-call" clauses: "B-3" on: "first-installation" by: "customer_service" within { calendar_months: 1 }
    stated: true met_by { event: "callback-held" where { reached: "true" } } waivable_by: "service_manager"
  }
  obligation {
    kind: "quarterly-call" clauses: "B-4" every: QUARTER for_each: "customer" by: "customer_service" stated: true
    met_by { event: "callback-held" where { reached: "true" } } waivable_by: "service_manager"
  }
  obligation {
    kind: "make-good" clauses: "B-5" on: ["feedback-recorded", "callback-held"] where { satisfied: "false" }
    by: "service_manager" within { days: 7 } met_by { event: "feedback-handled" } survives_close: true
  }
  obligation {
    kind: "survey" clauses: "B-6" on: "case-closed" by: "customer_service" within { days: 7 }
    met_by { event: "feedback-recorded" where { feedback: "survey" } } survives_close: true
  }
  obligation {
    kind: "tell-quality" clauses: "B-7" on: "feedback-recorded" where { feedback: "complaint" } by: "customer_service"
    met_by { event: "feedback-reported" where { addressee: "quality" } } required_for: "handle-feedback"
    survives_close: true
  }
)";

CallbackOffice::CallbackOffice(testing::TestEngine engine, const char* pack) : CaseOffice(engine, pack) {
  feedback = std::make_unique<FeedbackService>(*db, obligations);
  PeriodicDutiesOptions options;
  options.look_at_installations = [this](Tx& tx, const std::vector<std::string>& customers) {
    return LookAtInstallations(tx, obligations, customers);
  };
  duties = std::make_unique<PeriodicDuties>(*db, obligations, std::move(options));
}

std::string CallbackOffice::AddCustomer(const std::string& tier) {
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_display_name("Canal Works");
  request.mutable_customer()->set_telephone("+86 513 0000 0000");
  request.mutable_customer()->set_tier(tier);
  Call call = By(kManager);
  return Must(directory->CreateCustomer(call, request)).name();
}

std::string CallbackOffice::AddUser(absl::Time installed) {
  const std::string customer = AddCustomer();
  Install(customer, installed);
  return customer;
}

v1::Equipment CallbackOffice::Install(const std::string& customer, absl::Time installed) {
  v1::CreateEquipmentRequest request;
  request.mutable_equipment()->set_serial_number(RandomUuid());
  request.mutable_equipment()->set_product(product.name());
  request.mutable_equipment()->set_customer(customer);
  *request.mutable_equipment()->mutable_install_time() = At(installed);
  Call call = By(kManager);
  return Must(directory->CreateEquipment(call, request));
}

absl::StatusOr<v1::Equipment> CallbackOffice::Change(v1::Equipment equipment, const std::string& reason) {
  v1::UpdateEquipmentRequest request;
  v1::GetEquipmentRequest get;
  get.set_name(equipment.name());
  Call read = By(kManager);
  request.set_etag(Must(directory->GetEquipment(read, get)).etag());
  request.set_name(equipment.name());
  request.set_reason(reason);
  *request.mutable_equipment() = std::move(equipment);
  Call call = By(kManager);
  return directory->UpdateEquipment(call, request);
}

absl::StatusOr<v1::Customer> CallbackOffice::SetTier(const std::string& customer, const std::string& tier,
                                                     const std::string& reason) {
  v1::UpdateCustomerRequest request;
  request.set_name(customer);
  request.set_reason(reason);
  *request.mutable_customer() = ReadCustomer(customer);
  request.set_etag(request.customer().etag());
  request.mutable_customer()->set_tier(tier);
  Call call = By(kManager);
  return directory->UpdateCustomer(call, request);
}

v1::Customer CallbackOffice::ReadCustomer(const std::string& name) {
  v1::GetCustomerRequest request;
  request.set_name(name);
  Call call = By(kManager);
  return Must(directory->GetCustomer(call, request));
}

v1::CreateCallbackRequest CallbackOffice::Calling(const std::string& customer, bool reached) const {
  v1::CreateCallbackRequest request;
  request.mutable_callback()->set_customer(customer);
  request.mutable_callback()->set_reached(reached);
  request.mutable_callback()->set_text(reached ? "All is well." : "Nobody answered.");
  return request;
}

v1::Callback CallbackOffice::CallBack(const std::string& customer, bool reached) {
  return Must(Do(&FeedbackService::CreateCallback, Calling(customer, reached)));
}

std::vector<std::string> CallbackOffice::StatesOf(const std::string& customer, const std::string& kind) {
  std::vector<v1::Obligation> owed = Owed(customer);
  std::stable_sort(owed.begin(), owed.end(), [](const v1::Obligation& one, const v1::Obligation& other) {
    return FromProto(one.since_time()) < FromProto(other.since_time());
  });
  std::vector<std::string> states;
  for (const v1::Obligation& one : owed) {
    if (one.kind() == kind) states.push_back(Word(one.state()));
  }
  return states;
}

int CallbackOffice::MakeDuties() {
  const absl::StatusOr<PeriodicDuties::Run> run = duties->RunOnce();
  EXPECT_TRUE(run.ok()) << run.status();
  return run.ok() ? run->made : -1;
}

absl::Time NoonOf(const std::string& day) {
  absl::CivilDay civil;
  EXPECT_TRUE(absl::ParseCivilTime(day, &civil)) << day;
  return absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Hours(12);
}

}  // namespace aftersales
