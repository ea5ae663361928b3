#include "server/access/own_work_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "aftersales/options/v1/options.pb.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void AddNamedIn(const Message& message, const std::string& path, std::vector<NamedResource>* found) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const bool names = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
                       field->options().GetExtension(options::v1::field).reference_size() > 0;
    if (!is_message && !names) continue;
    const int entries = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < entries; ++i) {
      std::string inside = absl::StrCat(path, path.empty() ? "" : ".", field->name());
      if (field->is_repeated()) absl::StrAppend(&inside, "[", i, "]");
      if (is_message) {
        AddNamedIn(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                        : reflection->GetMessage(message, field),
                   inside, found);
        continue;
      }
      std::string name = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                              : reflection->GetString(message, field);
      if (name.empty() || IsEverybodys(CollectionOf(name))) continue;
      found->push_back({std::move(inside), std::move(name), field->name() == "name" || field->name() == "parent"});
    }
  }
}

}  // namespace

bool SeesOwnWorkOnly(const Caller& caller) {
  return !caller.roles.empty() && std::all_of(caller.roles.begin(), caller.roles.end(), [](const v1::RoleGrant& grant) {
    return grant.role() == v1::ROLE_FIELD_ENGINEER;
  });
}

bool IsEverybodys(std::string_view collection) {
  static const std::set<std::string_view> everybodys = {
      "customers", "sites", "products",   "equipment",      "contracts",      "departments",      "staff",
      "engineers", "parts", "warehouses", "stockMovements", "policyVersions", "calendarVersions", "principals"};
  return everybodys.count(collection) > 0;
}

std::vector<NamedResource> NamedIn(const Message& request) {
  std::vector<NamedResource> found;
  AddNamedIn(request, "", &found);
  return found;
}

absl::Status NotOwnError(const NamedResource& named) {
  if (named.asked_for) return NotFoundError(named.name);
  return ReferenceError(named.field, named.name, absl::StrCat(named.name, " does not exist. Check the name."));
}

}  // namespace aftersales
