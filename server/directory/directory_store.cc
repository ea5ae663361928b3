#include "server/directory/directory_store.h"

#include <vector>

namespace aftersales {
namespace {

template <typename Resource>
std::string HolderOf(Reader& reader, const Table<Resource>& table, const std::string& column, const std::string& key) {
  if (key.empty()) return "";
  const std::vector<Resource> found = table.Select(reader, ListQuery{{{column, "=", key}}, {}}, 1);
  return found.empty() ? "" : found[0].name();
}

void WhereSet(ListQuery& query, const std::string& column, const std::string& value) {
  if (!value.empty()) query.where.push_back({column, "=", value});
}

}  // namespace

const Table<v1::Customer>& Customers() {
  static const Table<v1::Customer> table;
  return table;
}

const Table<v1::Product>& Products() {
  static const Table<v1::Product> table;
  return table;
}

const Table<v1::Equipment>& EquipmentTable() {
  static const Table<v1::Equipment> table;
  return table;
}

std::string CustomerWithExternalId(Reader& reader, const std::string& external_id) {
  return HolderOf(reader, Customers(), "external_id", external_id);
}

std::string ProductWithExternalId(Reader& reader, const std::string& external_id) {
  return HolderOf(reader, Products(), "external_id", external_id);
}

std::string EquipmentWithSerialNumber(Reader& reader, const std::string& serial_number) {
  return HolderOf(reader, EquipmentTable(), "serial_number", serial_number);
}

ListQuery ListingOf(const v1::CustomerFilter& filter) {
  ListQuery query;
  WhereSet(query, "region", filter.region());
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::ProductFilter& filter) {
  ListQuery query;
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::EquipmentFilter& filter) {
  ListQuery query;
  WhereSet(query, "customer", filter.customer());
  WhereSet(query, "serial_number", filter.serial_number());
  return query;
}

}  // namespace aftersales
