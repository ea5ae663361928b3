#include "server/directory/directory_rules.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace aftersales {
namespace {

using google::protobuf::Message;

struct NamedTime {
  std::string field;
  bool set;
  const google::protobuf::Timestamp& time;
};

absl::Status CheckContract(const v1::Contract& contract) {
  if (contract.warranty_start() == v1::WARRANTY_START_SIGNING && contract.warranty_months() > 0 &&
      !contract.has_sign_time()) {
    return FieldError("contract.sign_time", "is required, since the warranty is counted from the signing");
  }
  return CheckProvisions(contract);
}

absl::Status CheckDepartment(const v1::Department& department) {
  if (department.role() != v1::ROLE_CUSTOMER) return absl::OkStatus();
  return FieldError("department.role",
                    "the customer is a party, not a department of the company; choose the role that its "
                    "members hold, or none");
}

}  // namespace

absl::Status CheckEquipmentTimes(const v1::Equipment& e) {
  const NamedTime times[] = {
      {"equipment.delivery_time", e.has_delivery_time(), e.delivery_time()},
      {"equipment.install_time", e.has_install_time(), e.install_time()},
      {"equipment.commission_time", e.has_commission_time(), e.commission_time()},
      {"equipment.warranty_end_time", e.has_warranty_end_time(), e.warranty_end_time()},
  };
  const NamedTime* before = nullptr;
  for (const NamedTime& time : times) {
    if (!time.set) continue;
    if (before != nullptr && FromProto(time.time) < FromProto(before->time)) {
      return FieldError(time.field, absl::StrCat("lies before ", before->field, " (",
                                                 ForPeople(FromProto(before->time)), "); correct one of the two"));
    }
    before = &time;
  }
  return absl::OkStatus();
}

absl::Status CheckCertificates(const v1::Product& product) {
  std::set<std::string> seen;
  for (int i = 0; i < product.required_certificates_size(); ++i) {
    const std::string& certificate = product.required_certificates(i);
    const std::string field = absl::StrCat("product.required_certificates[", i, "]");
    if (!seen.insert(certificate).second) {
      return FieldError(field, absl::StrCat(certificate, " is named twice; name each certificate once"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckProvisions(const v1::Contract& contract) {
  std::set<std::string> numbers;
  for (int i = 0; i < contract.provisions_size(); ++i) {
    const std::string& number = contract.provisions(i).number();
    const std::string field = absl::StrCat("contract.provisions[", i, "]");
    if (!numbers.insert(number).second) {
      return FieldError(field + ".number", absl::StrCat("\"", number, "\" stands twice; number each provision once"));
    }
  }
  const std::string& warranty = contract.warranty_provision();
  if (warranty.empty() || numbers.count(warranty) > 0) return absl::OkStatus();
  return FieldError("contract.warranty_provision",
                    absl::StrCat("\"", warranty,
                                 "\" is not the number of a provision; add that provision, or name one of "
                                 "contract.provisions"));
}

absl::Status CheckEntry(const Message& entry) {
  const auto* type = entry.GetDescriptor();
  if (type == v1::Product::descriptor()) return CheckCertificates(static_cast<const v1::Product&>(entry));
  if (type == v1::Equipment::descriptor()) return CheckEquipmentTimes(static_cast<const v1::Equipment&>(entry));
  if (type == v1::Contract::descriptor()) return CheckContract(static_cast<const v1::Contract&>(entry));
  if (type == v1::Department::descriptor()) return CheckDepartment(static_cast<const v1::Department&>(entry));
  return absl::OkStatus();
}

absl::Status CheckStaysWithCustomer(const Message& current, const Message& wanted) {
  const auto* type = current.GetDescriptor();
  if (type != v1::Site::descriptor() && type != v1::Contract::descriptor()) return absl::OkStatus();
  const auto* customer = type->FindFieldByName("customer");
  const std::string before = current.GetReflection()->GetString(current, customer);
  if (before == wanted.GetReflection()->GetString(wanted, customer)) return absl::OkStatus();
  const std::string word = type == v1::Site::descriptor() ? "site" : "contract";
  return FieldError(word + ".customer", absl::StrCat("is ", before,
                                                     " and stays so, since equipment and cases rely on it; "
                                                     "add a new ",
                                                     word, " for another customer"));
}

absl::Status CheckSameCustomer(const std::string& field, const std::string& name, const std::string& holder,
                               const std::string& customer) {
  if (holder == customer) return absl::OkStatus();
  return ReferenceError(field, name,
                        absl::StrCat(name, " belongs to ", holder, ", not to ", customer,
                                     ". Name one of that customer's, or correct the customer."));
}

void KeepServersFields(const Message& current, Message& wanted) {
  const auto* reflection = wanted.GetReflection();
  for (const char* text : {"name", "etag"}) {
    const auto* field = wanted.GetDescriptor()->FindFieldByName(text);
    reflection->SetString(&wanted, field, reflection->GetString(current, field));
  }
  for (const char* time : {"create_time", "update_time", "first_install_time"}) {
    const auto* field = wanted.GetDescriptor()->FindFieldByName(time);
    if (field == nullptr) continue;
    reflection->ClearField(&wanted, field);
    if (!reflection->HasField(current, field)) continue;
    reflection->MutableMessage(&wanted, field)->CopyFrom(reflection->GetMessage(current, field));
  }
}

}  // namespace aftersales
