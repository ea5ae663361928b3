// Where customers, products and equipment are kept, and the look-ups that other capabilities share.
#ifndef AFTERSALES_SERVER_DIRECTORY_DIRECTORY_STORE_H_
#define AFTERSALES_SERVER_DIRECTORY_DIRECTORY_STORE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/directory.pb.h"
#include "server/base/error.h"
#include "server/storage/database.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Customer>& Customers();
const Table<v1::Product>& Products();
const Table<v1::Equipment>& EquipmentTable();

// The resource that `field` of a request points at; a name that leads nowhere is the caller's mistake in that field.
template <typename Resource>
absl::StatusOr<Resource> Referenced(Reader& reader, const Table<Resource>& table, const std::string& field,
                                    const std::string& name) {
  absl::StatusOr<Resource> found = table.Get(reader, name);
  if (absl::IsNotFound(found.status())) {
    return ReferenceError(field, name, absl::StrCat(name, " does not exist. Check the name, or create it first."));
  }
  return found;
}

// Names of who holds a key already; empty where nobody does. An empty key is nobody's.
std::string CustomerWithExternalId(Reader& reader, const std::string& external_id);
std::string ProductWithExternalId(Reader& reader, const std::string& external_id);
std::string EquipmentWithSerialNumber(Reader& reader, const std::string& serial_number);

// What the List calls ask for, by their filters; in the order of names.
ListQuery ListingOf(const v1::CustomerFilter& filter);
ListQuery ListingOf(const v1::ProductFilter& filter);
ListQuery ListingOf(const v1::EquipmentFilter& filter);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_STORE_H_
