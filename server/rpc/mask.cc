#include "server/rpc/mask.h"

#include <set>
#include <utility>
#include <vector>

#include "aftersales/options/v1/options.pb.h"

namespace aftersales::rpc {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class MaskPlan {
 public:
  std::vector<const FieldDescriptor*> personal;
  std::vector<std::pair<const FieldDescriptor*, const MaskPlan*>> inner;  // of lists and maps: of an entry's message
};

namespace {

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field).personal();
}

const Descriptor* MessageIn(const FieldDescriptor* field) {
  const FieldDescriptor* value = field->is_map() ? field->message_type()->map_value() : field;
  return value->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? value->message_type() : nullptr;
}

// A personal field can be reached from `type`.
bool Reaches(const Descriptor* type, std::set<const Descriptor*>* seen) {
  if (!seen->insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    if (IsPersonal(type->field(i))) return true;
    const Descriptor* inner = MessageIn(type->field(i));
    if (inner != nullptr && Reaches(inner, seen)) return true;
  }
  return false;
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

}  // namespace

Masking::Masking() = default;
Masking::~Masking() = default;

const MaskPlan* Masking::PlanFor(const Descriptor* type) {
  auto found = plans_.find(type);
  if (found != plans_.end()) return found->second.get();
  std::set<const Descriptor*> seen;
  if (!Reaches(type, &seen)) return nullptr;
  // In the map before its fields are looked at, so that types may contain themselves.
  MaskPlan* plan = (plans_[type] = std::make_unique<MaskPlan>()).get();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (IsPersonal(field)) {
      plan->personal.push_back(field);
    } else if (const Descriptor* inner = MessageIn(field); inner != nullptr) {
      if (const MaskPlan* inner_plan = PlanFor(inner)) plan->inner.emplace_back(field, inner_plan);
    }
  }
  return plan;
}

void MaskPersonal(const MaskPlan& plan, Message* message) {
  const auto* reflection = message->GetReflection();
  for (const FieldDescriptor* field : plan.personal) MaskField(message, field);
  for (const auto& [field, inner] : plan.inner) {
    if (!field->is_repeated()) {
      if (reflection->HasField(*message, field)) MaskPersonal(*inner, reflection->MutableMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      Message* entry = reflection->MutableRepeatedMessage(message, field, i);
      if (field->is_map()) entry = entry->GetReflection()->MutableMessage(entry, field->message_type()->map_value());
      MaskPersonal(*inner, entry);
    }
  }
}

}  // namespace aftersales::rpc
