#include "server/base/names.h"

#include <cctype>

namespace aftersales {
namespace {

// "EventType" -> "EVENT_TYPE_"
std::string PrefixOf(const std::string& type) {
  std::string prefix;
  for (size_t i = 0; i < type.size(); ++i) {
    if (i > 0 && std::isupper(static_cast<unsigned char>(type[i]))) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(type[i])));
  }
  return prefix + '_';
}

}  // namespace

std::string EnumWord(const google::protobuf::EnumValueDescriptor* value, char joint) {
  const std::string prefix = PrefixOf(value->type()->name());
  std::string word = value->name();
  if (word.rfind(prefix, 0) == 0) word = word.substr(prefix.size());
  for (char& c : word) c = c == '_' ? joint : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

bool ParseEnumWord(const google::protobuf::EnumDescriptor* type, std::string_view word, int* number) {
  for (int i = 0; i < type->value_count(); ++i) {
    const auto* value = type->value(i);
    if (value->number() != 0 && (EnumWord(value, '_') == word || EnumWord(value, '-') == word)) {
      *number = value->number();
      return true;
    }
  }
  return false;
}

std::string StepName(std::string_view method) {
  std::string step;
  for (size_t i = 0; i < method.size(); ++i) {
    const auto c = static_cast<unsigned char>(method[i]);
    if (std::isupper(c) && i > 0) step += '-';
    step += static_cast<char>(std::tolower(c));
  }
  return step;
}

std::string CollectionOf(std::string_view name) {
  std::string collection;
  bool is_id = false;
  size_t start = 0;
  while (start <= name.size()) {
    size_t end = name.find('/', start);
    if (end == std::string_view::npos) end = name.size();
    if (end == start) return "";
    if (is_id) {
      if (end != name.size()) collection += "/*/";
    } else {
      collection += name.substr(start, end - start);
    }
    is_id = !is_id;
    start = end + 1;
    if (end == name.size()) break;
  }
  return is_id ? "" : collection;
}

std::string ParentOf(std::string_view name) {
  size_t slash = name.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "";
  slash = name.rfind('/', slash - 1);
  return slash == std::string_view::npos ? "" : std::string(name.substr(0, slash));
}

}  // namespace aftersales
