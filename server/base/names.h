// Names: of resources ("cases/C2026-000123") and of enum values as people write them ("field-engineer").
#ifndef AFTERSALES_SERVER_BASE_NAMES_H_
#define AFTERSALES_SERVER_BASE_NAMES_H_

#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace aftersales {

// The enum value without its type's prefix, lower case, words joined by `joint`: EVENT_TYPE_CASE_OPENED ->
// "case-opened".
std::string EnumWord(const google::protobuf::EnumValueDescriptor* value, char joint);

// EnumWord(ROLE_FIELD_ENGINEER, '_') for generated enums; unknown numbers give their digits.
template <typename Enum>
std::string Word(Enum value, char joint = '_') {
  const auto* descriptor = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
  return descriptor == nullptr ? std::to_string(static_cast<int>(value)) : EnumWord(descriptor, joint);
}

// The value whose word (with '_' or '-' as joint) is `word`; false where there is none. The zero value has no word.
template <typename Enum>
bool ParseWord(std::string_view word, Enum* value);

bool ParseEnumWord(const google::protobuf::EnumDescriptor* type, std::string_view word, int* number);

template <typename Enum>
bool ParseWord(std::string_view word, Enum* value) {
  int number = 0;
  if (!ParseEnumWord(google::protobuf::GetEnumDescriptor<Enum>(), word, &number)) return false;
  *value = static_cast<Enum>(number);
  return true;
}

// "CheckOutVisit" -> "check-out-visit": how packs and errors name a step.
std::string StepName(std::string_view method);

// "cases/C2026-000123/documents/7" -> "cases/*/documents"; "" for what is no resource name.
std::string CollectionOf(std::string_view name);
// "cases/C2026-000123/documents/7" -> "cases/C2026-000123"; "" where there is no parent.
std::string ParentOf(std::string_view name);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_NAMES_H_
