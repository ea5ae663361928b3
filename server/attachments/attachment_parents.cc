#include "server/attachments/attachment_parents.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

// How a collection's resources lead to what they count to.
enum class Leads { kNowhere, kItself, kToCase };

struct Parent {
  const char* collection;
  const char* permission;  // that reads it
  const char* table;
  Leads leads;
};

constexpr Parent kParents[] = {
    {"contacts", "contacts.read", "contact", Leads::kItself},
    {"cases", "cases.read", "service_case", Leads::kItself},
    {"cases/*/solutions", "cases.read", "solution", Leads::kToCase},
    {"cases/*/documents", "cases.read", "document", Leads::kToCase},
    {"cases/*/disputes", "cases.read", "dispute", Leads::kToCase},
    {"visits", "visits.read", "visit", Leads::kToCase},
    {"pickingLists", "parts.read", "picking_list", Leads::kToCase},
    {"departurePermits", "parts.read", "departure_permit", Leads::kToCase},
    {"shipments", "parts.read", "shipment", Leads::kToCase},
    {"customers", "customers.read", "customer", Leads::kNowhere},
    {"sites", "customers.read", "site", Leads::kNowhere},
    {"equipment", "equipment.read", "equipment", Leads::kNowhere},
    {"contracts", "contracts.read", "contract", Leads::kNowhere},
};

const Parent* Find(const std::string& collection) {
  for (const Parent& parent : kParents) {
    if (parent.collection == collection) return &parent;
  }
  return nullptr;
}

}  // namespace

std::map<std::string, std::string> AttachmentParents::Permissions() {
  std::map<std::string, std::string> permissions;
  for (const Parent& parent : kParents) permissions[parent.collection] = parent.permission;
  return permissions;
}

absl::StatusOr<std::string> AttachmentParents::RootOf(Reader& reader, const Caller& caller,
                                                      const std::string& name) const {
  const std::string collection = CollectionOf(name);
  const Parent* parent = Find(collection);
  if (parent == nullptr) return FieldError("parent", absl::StrCat(name, " is nothing that files are attached to"));
  if (!authenticator_.Grants(caller, parent->permission)) {
    return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
                 absl::StrCat(caller.principal, " lacks the permission ", parent->permission,
                              ", so that what is attached to ", name, " stays closed."))
        .With("permission", parent->permission)
        .With("roles", absl::StrJoin(authenticator_.RolesGranting(parent->permission), ","));
  }
  const bool to_case = parent->leads == Leads::kToCase;
  const std::optional<Row> row = reader.SelectOne(
      absl::StrCat("SELECT ", to_case ? "service_case" : "name", " FROM ", parent->table, " WHERE name = ?"), {name},
      "t");
  if (!row.has_value()) return NotFoundError(name);
  if (const auto filter = filters_.find(collection); filter != filters_.end()) {
    RETURN_IF_ERROR(filter->second(reader, caller, name));
  }
  return parent->leads == Leads::kNowhere ? std::string() : row->Text(0);
}

}  // namespace aftersales
