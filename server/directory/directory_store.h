// Where the directory's entries are kept, and the look-ups that other capabilities share.
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

// The table of one kind of entry.
template <typename Entry>
const Table<Entry>& TableOf() {
  static const Table<Entry> table;
  return table;
}

inline const Table<v1::Customer>& Customers() { return TableOf<v1::Customer>(); }
inline const Table<v1::Product>& Products() { return TableOf<v1::Product>(); }
inline const Table<v1::Equipment>& EquipmentTable() { return TableOf<v1::Equipment>(); }
inline const Table<v1::Site>& Sites() { return TableOf<v1::Site>(); }
inline const Table<v1::Contract>& Contracts() { return TableOf<v1::Contract>(); }
inline const Table<v1::Department>& Departments() { return TableOf<v1::Department>(); }
inline const Table<v1::StaffMember>& StaffMembers() { return TableOf<v1::StaffMember>(); }

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

// What an entry points at exists, and belongs to the same customer.
absl::Status CheckReferences(Reader& reader, const v1::Customer& customer);
absl::Status CheckReferences(Reader& reader, const v1::Product& product);
absl::Status CheckReferences(Reader& reader, const v1::Equipment& equipment);
absl::Status CheckReferences(Reader& reader, const v1::Site& site);
absl::Status CheckReferences(Reader& reader, const v1::Contract& contract);
absl::Status CheckReferences(Reader& reader, const v1::Department& department);
absl::Status CheckReferences(Reader& reader, const v1::StaffMember& member);

// What the List calls ask for, by their filters; in the order of names.
ListQuery ListingOf(const v1::CustomerFilter& filter);
ListQuery ListingOf(const v1::ProductFilter& filter);
ListQuery ListingOf(const v1::EquipmentFilter& filter);
ListQuery ListingOf(const v1::SiteFilter& filter);
ListQuery ListingOf(const v1::ContractFilter& filter);
ListQuery ListingOf(const v1::DepartmentFilter& filter);
ListQuery ListingOf(const v1::StaffMemberFilter& filter);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_STORE_H_
