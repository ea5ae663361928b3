#include "server/directory/first_installations.h"

#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/directory/customer_root.h"
#include "server/directory/directory_store.h"
#include "server/directory/entry.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/periodic.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

bool IsLater(const v1::Customer& customer, absl::Time than) {
  return !customer.has_first_install_time() || FromProto(customer.first_install_time()) > than;
}

// When these customers became users, of those that are.
std::map<std::string, absl::Time> UserTimes(Reader& reader, const std::vector<std::string>& customers) {
  static const auto& sql = *new std::string(ByNamesSql("SELECT name, first_install_time FROM customer WHERE name"));
  std::map<std::string, absl::Time> times;
  SelectByNames(reader, sql, {}, Values(customers.begin(), customers.end()), "ti", [&](const Row& row) {
    if (!row.IsNull(1)) times[row.Text(0)] = row.Time(1);
  });
  return times;
}

}  // namespace

void FirstInstallations::Note(const google::protobuf::Message& entry) {
  if (entry.GetDescriptor() != v1::Equipment::descriptor()) return;
  const auto& equipment = static_cast<const v1::Equipment&>(entry);
  if (!equipment.has_install_time()) return;
  const auto [found, added] = first_.emplace(equipment.customer(), equipment);
  if (!added && FromProto(equipment.install_time()) < FromProto(found->second.install_time()))
    found->second = equipment;
}

absl::Status FirstInstallations::Record(Tx& tx) {
  std::vector<std::string> customers;
  for (const auto& [customer, equipment] : first_) {
    if (FromProto(equipment.install_time()) <= tx.now()) customers.push_back(customer);
  }
  // Mostly they are users already, and nobody is locked out.
  const std::map<std::string, absl::Time> users = UserTimes(tx, customers);
  for (const std::string& customer : customers) {
    const v1::Equipment& equipment = first_.at(customer);
    const auto user = users.find(customer);
    if (user != users.end() && user->second <= FromProto(equipment.install_time())) continue;
    RETURN_IF_ERROR(RecordFirst(tx, customer, equipment));
  }
  return absl::OkStatus();
}

absl::Status FirstInstallations::RecordFirst(Tx& tx, const std::string& name, const v1::Equipment& equipment) {
  ASSIGN_OR_RETURN(v1::Customer customer, Customers().Lock(tx, name));
  const absl::Time installed = FromProto(equipment.install_time());
  if (!IsLater(customer, installed)) return absl::OkStatus();
  const bool first = !customer.has_first_install_time();
  *customer.mutable_first_install_time() = equipment.install_time();
  RETURN_IF_ERROR(Customers().UpdateOnly(tx, customer, {"first_install_time"}));
  const Root root = RootOf(tx, customer);
  if (first) {
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_FIRST_INSTALLATION);
    event.set_subject(name);
    *event.mutable_time() = equipment.install_time();
    *event.mutable_equipment() = equipment;
    Root told = root;
    // What was installed before there was any procedure here is history: nobody is late with it.
    if (installed < FirstPolicyTime(tx)) told.policy_version.clear();
    RETURN_IF_ERROR(obligations_.Record(tx, told, std::move(event)));
  } else {
    RecordChange(tx, customer);
  }
  return MakeDutiesUnderWay(tx, obligations_, root, installed);
}

}  // namespace aftersales
