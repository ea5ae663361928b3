#include "server/rpc/mask.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aftersales/options/v1/options.pb.h"

namespace aftersales::rpc {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class MaskPlan {
 public:
  struct Guarded {
    const FieldDescriptor* field;
    std::string permission;
    std::string key;  // of a map: the entry; empty for the whole field
  };
  std::vector<const FieldDescriptor*> personal;
  std::vector<Guarded> guarded;
  std::vector<std::pair<const FieldDescriptor*, const MaskPlan*>> inner;  // of lists and maps: of an entry's message
  std::set<std::string> permissions;  // all that are asked for in a message, however deep
};

namespace {

const options::v1::FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field);
}

const Descriptor* MessageIn(const FieldDescriptor* field) {
  const FieldDescriptor* value = field->is_map() ? field->message_type()->map_value() : field;
  return value->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? value->message_type() : nullptr;
}

// What reading all that can be reached from `type` takes.
void AddPermissions(const Descriptor* type, std::set<const Descriptor*>* seen, std::set<std::string>* permissions) {
  if (!seen->insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const options::v1::FieldRule& rule = RuleOf(type->field(i));
    if (rule.personal()) permissions->insert(kPersonalPermission);
    if (!rule.permission().empty()) permissions->insert(rule.permission());
    for (const auto& [key, permission] : rule.entry_permissions()) permissions->insert(permission);
    if (const Descriptor* inner = MessageIn(type->field(i)); inner != nullptr) AddPermissions(inner, seen, permissions);
  }
}

void MaskEntry(Message* message, const FieldDescriptor* field) {
  const auto* reflection = message->GetReflection();
  if (field->type() != FieldDescriptor::TYPE_STRING) {
    reflection->ClearField(message, field);
  } else if (!reflection->GetString(*message, field).empty()) {
    reflection->SetString(message, field, kMasked);
  }
}

void MaskField(Message* message, const FieldDescriptor* field) {
  const auto* reflection = message->GetReflection();
  if (field->is_map()) {
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      MaskEntry(reflection->MutableRepeatedMessage(message, field, i), field->message_type()->map_value());
    }
  } else if (!field->is_repeated()) {
    MaskEntry(message, field);
  } else if (field->type() != FieldDescriptor::TYPE_STRING) {
    reflection->ClearField(message, field);
  } else {
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      reflection->SetRepeatedString(message, field, i, kMasked);
    }
  }
}

void RemoveEntry(Message* message, const FieldDescriptor* field, const std::string& key) {
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
    const Message& entry = reflection->GetRepeatedMessage(*message, field, i);
    if (entry.GetReflection()->GetString(entry, field->message_type()->map_key()) != key) continue;
    reflection->SwapElements(message, field, i, reflection->FieldSize(*message, field) - 1);
    reflection->RemoveLast(message, field);
    return;
  }
}

// Hides what takes any of the permissions that are `missing`.
void Hide(const MaskPlan& plan, const std::set<std::string>& missing, Message* message) {
  const auto* reflection = message->GetReflection();
  if (missing.count(kPersonalPermission) > 0) {
    for (const FieldDescriptor* field : plan.personal) MaskField(message, field);
  }
  for (const MaskPlan::Guarded& guarded : plan.guarded) {
    if (missing.count(guarded.permission) == 0) continue;
    if (guarded.key.empty()) {
      reflection->ClearField(message, guarded.field);
    } else {
      RemoveEntry(message, guarded.field, guarded.key);
    }
  }
  for (const auto& [field, inner] : plan.inner) {
    if (!field->is_repeated()) {
      if (reflection->HasField(*message, field)) Hide(*inner, missing, reflection->MutableMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      Message* entry = reflection->MutableRepeatedMessage(message, field, i);
      if (field->is_map()) entry = entry->GetReflection()->MutableMessage(entry, field->message_type()->map_value());
      Hide(*inner, missing, entry);
    }
  }
}

}  // namespace

Masking::Masking() = default;
Masking::~Masking() = default;

const MaskPlan* Masking::PlanFor(const Descriptor* type) {
  auto found = plans_.find(type);
  if (found != plans_.end()) return found->second.get();
  std::set<const Descriptor*> seen;
  std::set<std::string> permissions;
  AddPermissions(type, &seen, &permissions);
  if (permissions.empty()) return nullptr;
  // In the map before its fields are looked at, so that types may contain themselves.
  MaskPlan* plan = (plans_[type] = std::make_unique<MaskPlan>()).get();
  plan->permissions = std::move(permissions);
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const options::v1::FieldRule& rule = RuleOf(field);
    if (rule.personal()) plan->personal.push_back(field);
    if (!rule.permission().empty()) plan->guarded.push_back({field, rule.permission(), ""});
    for (const auto& [key, permission] : rule.entry_permissions()) plan->guarded.push_back({field, permission, key});
    if (const Descriptor* inner = MessageIn(field); inner != nullptr && !rule.personal()) {
      if (const MaskPlan* inner_plan = PlanFor(inner)) plan->inner.emplace_back(field, inner_plan);
    }
  }
  return plan;
}

void Mask(const MaskPlan& plan, absl::FunctionRef<bool(const std::string& permission)> grants, Message* message) {
  std::set<std::string> missing;
  for (const std::string& permission : plan.permissions) {
    if (!grants(permission)) missing.insert(permission);
  }
  if (!missing.empty()) Hide(plan, missing, message);
}

}  // namespace aftersales::rpc
