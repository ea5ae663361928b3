#include "server/directory/first_installations.h"

#include <map>
#include <optional>
#include <utility>

#include "aftersales/v1/directory.pb.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/directory/customer_root.h"
#include "server/directory/directory_store.h"
#include "server/obligations/periodic.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

// When a customer became a user as far as is known, and when the first of all its equipment is or will be installed.
struct Times {
  std::optional<absl::Time> known;
  std::optional<absl::Time> first;
};

std::optional<absl::Time> TimeAt(const Row& row, size_t column) {
  return row.IsNull(column) ? std::nullopt : std::make_optional(row.Time(column));
}

std::map<std::string, Times> TimesOf(Reader& reader, const std::set<std::string>& customers) {
  std::map<std::string, Times> times;
  SelectByNames(reader, InstallationTimesSql(), {}, Values(customers.begin(), customers.end()), "tii",
                [&](const Row& row) {
                  times[row.Text(0)] = {TimeAt(row, 1), TimeAt(row, 2)};
                });
  return times;
}

void NoteToCome(Tx& tx, const std::string& customer, absl::Time time) {
  tx.Insert("INSERT INTO installation_to_come (customer, install_time) VALUES (?, ?)", {customer, time});
}

// What the customer has that was installed first; none where nothing is.
absl::StatusOr<std::optional<v1::Equipment>> FirstInstalled(Tx& tx, const std::string& customer) {
  const auto row = tx.SelectOne(kFirstInstalledSql, {customer, tx.now()}, "t");
  if (!row.has_value()) return std::optional<v1::Equipment>();
  ASSIGN_OR_RETURN(v1::Equipment first, EquipmentTable().Get(tx, row->Text(0)));
  return std::make_optional(std::move(first));
}

v1::Event EventOfInstallation(v1::EventType type, const v1::Customer& customer, const std::string& reason) {
  v1::Event event;
  event.set_type(type);
  event.set_subject(customer.name());
  event.set_reason(reason);
  return event;
}

}  // namespace

const char kFirstInstalledSql[] =
    "SELECT name FROM equipment WHERE customer = ? AND install_time <= ? ORDER BY install_time LIMIT 1";

const std::string& InstallationTimesSql() {
  static const auto& sql = *new std::string(ByNamesSql(
      "SELECT name, first_install_time, (SELECT MIN(e.install_time) FROM equipment e WHERE e.customer = customer.name) "
      "FROM customer WHERE name"));
  return sql;
}

void FirstInstallations::Note(const google::protobuf::Message& entry) {
  if (entry.GetDescriptor() != v1::Equipment::descriptor()) return;
  const auto& equipment = static_cast<const v1::Equipment&>(entry);
  if (equipment.has_install_time()) customers_.insert(equipment.customer());
}

absl::Status FirstInstallations::Record(Tx& tx, const std::string& reason) {
  // Mostly it stays as it is, and nobody is locked out.
  for (auto& [customer, times] : TimesOf(tx, customers_)) {
    if (times.first.has_value() && *times.first > tx.now()) {
      NoteToCome(tx, customer, *times.first);
      times.first.reset();
    }
    if (times.first != times.known) RETURN_IF_ERROR(RecordOf(tx, customer, reason));
  }
  return absl::OkStatus();
}

absl::Status FirstInstallations::RecordOf(Tx& tx, const std::string& name, const std::string& reason) {
  ASSIGN_OR_RETURN(v1::Customer customer, Customers().Lock(tx, name));
  ASSIGN_OR_RETURN(const std::optional<v1::Equipment> first, FirstInstalled(tx, name));
  const bool was_user = customer.has_first_install_time();
  if (!first.has_value()) {
    if (!was_user) return absl::OkStatus();
    customer.clear_first_install_time();
    RETURN_IF_ERROR(Customers().UpdateOnly(tx, customer, {"first_install_time"}));
    // Others may just be writing equipment for which nothing seemed to change.
    NoteToCome(tx, name, tx.now());
    v1::Event event = EventOfInstallation(v1::EVENT_TYPE_FIRST_INSTALLATION_WITHDRAWN, customer, reason);
    *event.mutable_customer() = customer;
    return RecordOfCustomer(tx, obligations_, RootOf(tx, customer), event);
  }
  const absl::Time installed = FromProto(first->install_time());
  const absl::Time before = was_user ? FromProto(customer.first_install_time()) : absl::InfiniteFuture();
  if (installed == before) return absl::OkStatus();
  if (was_user && installed > before) NoteToCome(tx, name, tx.now());
  *customer.mutable_first_install_time() = first->install_time();
  RETURN_IF_ERROR(Customers().UpdateOnly(tx, customer, {"first_install_time"}));
  const Root root = RootOf(tx, customer);
  v1::Event event = EventOfInstallation(
      was_user ? v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED : v1::EVENT_TYPE_FIRST_INSTALLATION, customer, reason);
  *event.mutable_time() = first->install_time();
  *event.mutable_equipment() = *first;
  RETURN_IF_ERROR(RecordOfCustomer(tx, obligations_, root, event));
  return MakeDutiesUnderWay(tx, obligations_, root, installed);
}

absl::Status LookAtInstallations(Tx& tx, Obligations& obligations, const std::vector<std::string>& customers) {
  FirstInstallations installations(obligations);
  for (const std::string& customer : customers) installations.NoteCustomer(customer);
  return installations.Record(tx, "looked at again when the time of an installation had come");
}

}  // namespace aftersales
