#include "server/rpc/validate.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <re2/re2.h>

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/options/v1/options.pb.h"
#include "server/base/currency.h"
#include "server/base/names.h"
#include "server/base/text.h"

namespace aftersales::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using options::v1::FieldRule;

constexpr int kLongestText = 1000;
constexpr int kLongestMapKey = 200;
constexpr int kMostItems = 100;
constexpr int kDeepest = 32;
constexpr int kLongestIdPart = 80;
constexpr int64_t kLatestSeconds = 7258118400;             // the year 2200
constexpr int64_t kLongestDurationSeconds = 315576000000;  // 10,000 years, as duration.proto has it

enum class Check { kNothing, kText, kBytes, kEnum, kInteger, kFloat, kTimestamp, kDuration, kMessage };

struct FieldPlan {
  const FieldDescriptor* field = nullptr;
  Check check = Check::kNothing;
  bool required = false;
  bool uuid = false;
  bool currency = false;
  bool checked_by_service = false;  // the inside of a message
  int max_length = kLongestText;
  int min_length = 0;
  int max_items = kMostItems;
  std::optional<int64_t> min;
  std::optional<int64_t> max;
  std::unique_ptr<RE2> pattern;
  std::vector<std::string> references;
  const MessagePlan* message = nullptr;  // of kMessage
  std::unique_ptr<FieldPlan> key;        // of a map
  std::unique_ptr<FieldPlan> value;
};

}  // namespace

class MessagePlan {
 public:
  std::vector<FieldPlan> fields;                    // in the order of the proto
  std::vector<const FieldDescriptor*> output_only;  // cleared, not checked
};

namespace {

std::string NameOf(const FieldDescriptor* field) { return field->full_name(); }

Check CheckOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? Check::kBytes : Check::kText;
    case FieldDescriptor::CPPTYPE_ENUM: return Check::kEnum;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64: return Check::kInteger;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE: return Check::kFloat;
    case FieldDescriptor::CPPTYPE_BOOL: return Check::kNothing;
    case FieldDescriptor::CPPTYPE_MESSAGE: break;
  }
  if (field->message_type() == google::protobuf::Timestamp::descriptor()) return Check::kTimestamp;
  if (field->message_type() == google::protobuf::Duration::descriptor()) return Check::kDuration;
  return Check::kMessage;
}

// Rules that cannot be kept are mistakes of ours: they stop the start.
void CheckRule(const FieldDescriptor* field, Check check, const FieldRule& rule, std::vector<std::string>* mistakes) {
  const auto wrong = [&](const char* text) { mistakes->push_back(absl::StrCat(NameOf(field), text)); };
  const bool text = check == Check::kText;
  if ((rule.max_length() != 0 || rule.min_length() != 0) && !text && check != Check::kBytes) {
    wrong(" limits the length of what is no text");
  }
  if (rule.max_length() < 0 || rule.min_length() < 0 || rule.max_items() < 0) wrong(" has a negative limit");
  if (rule.max_length() != 0 && rule.min_length() > rule.max_length()) wrong(" demands more than it allows");
  if ((!rule.pattern().empty() || rule.uuid() || rule.currency() || rule.reference_size() > 0) && !text) {
    wrong(" has a rule for text and is no text");
  }
  if ((rule.has_min() || rule.has_max()) && check != Check::kInteger && check != Check::kFloat) {
    wrong(" limits the size of what is no number");
  }
  if (rule.has_min() && rule.has_max() && rule.min() > rule.max()) wrong(" demands more than it allows");
  if (rule.checked_by_service() && check != Check::kMessage) wrong(" leaves to the service what is no message");
  if (rule.max_items() != 0 && !field->is_repeated()) wrong(" limits the entries of what is no list");
  if (rule.required() && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL && !field->is_repeated() &&
      !field->has_presence()) {
    wrong(" is required, but false cannot be told from missing");
  }
}

// What the rule demands of one value.
void FillValue(const FieldDescriptor* field, const FieldRule& rule, FieldPlan* plan,
               std::vector<std::string>* mistakes) {
  plan->field = field;
  plan->check = CheckOf(field);
  if (rule.max_length() > 0) plan->max_length = rule.max_length();
  plan->min_length = rule.min_length();
  plan->uuid = rule.uuid();
  plan->currency = rule.currency();
  plan->checked_by_service = rule.checked_by_service();
  if (rule.has_min()) plan->min = rule.min();
  if (rule.has_max()) plan->max = rule.max();
  plan->references.assign(rule.reference().begin(), rule.reference().end());
  if (!rule.pattern().empty()) {
    plan->pattern = std::make_unique<RE2>(rule.pattern(), RE2::Quiet);
    if (!plan->pattern->ok()) {
      mistakes->push_back(absl::StrCat(NameOf(field), " has a pattern that cannot be read: ", plan->pattern->error()));
    }
  }
}

// Where a value stands in the request; the text is only made when something is wrong.
struct Path {
  const Path* parent;
  const FieldDescriptor* field;
  int index = -1;
  const std::string* key = nullptr;

  std::string Text() const {
    std::string text = parent == nullptr ? "" : absl::StrCat(parent->Text(), ".");
    absl::StrAppend(&text, field->name());
    if (key != nullptr) return absl::StrCat(text, "[\"", key->substr(0, 40), "\"]");
    return index < 0 ? text : absl::StrCat(text, "[", index, "]");
  }
};

class Checker {
 public:
  std::vector<FieldMistake> mistakes;

  void CheckMessage(const MessagePlan& plan, const Message& message, const Path* parent, int depth) {
    for (const FieldPlan& field : plan.fields) {
      if (full()) return;
      const Path path{parent, field.field};
      if (field.value != nullptr) {
        CheckMap(field, message, path, depth);
      } else if (field.field->is_repeated()) {
        CheckList(field, message, path, depth);
      } else {
        CheckSingle(field, message, path, depth);
      }
    }
  }

 private:
  bool full() const { return mistakes.size() >= kMostMistakes; }

  void Wrong(const Path& path, std::string text) {
    if (!full()) mistakes.push_back({path.Text(), std::move(text)});
  }

  void CheckSingle(const FieldPlan& plan, const Message& message, const Path& path, int depth) {
    const auto* reflection = message.GetReflection();
    const bool set = reflection->HasField(message, plan.field);
    if (!set && plan.required) return Wrong(path, "is required");
    // A number without presence is never missing: 0 is a value like any other.
    const bool number = plan.check == Check::kInteger || plan.check == Check::kFloat;
    if (set || (number && !plan.field->has_presence())) CheckValue(plan, message, path, depth);
  }

  bool CheckCount(const FieldPlan& plan, int count, const Path& path) {
    if (count == 0 && plan.required) Wrong(path, "is required: give at least one entry");
    if (count <= plan.max_items) return count > 0;
    Wrong(path, absl::StrCat("has ", count, " entries; at most ", plan.max_items, " are allowed"));
    return false;
  }

  void CheckList(const FieldPlan& plan, const Message& message, const Path& path, int depth) {
    const int count = message.GetReflection()->FieldSize(message, plan.field);
    if (!CheckCount(plan, count, path)) return;
    for (int i = 0; i < count && !full(); ++i) CheckValue(plan, message, Path{path.parent, path.field, i}, depth);
  }

  void CheckMap(const FieldPlan& plan, const Message& message, const Path& path, int depth) {
    const auto* reflection = message.GetReflection();
    const int count = reflection->FieldSize(message, plan.field);
    if (!CheckCount(plan, count, path)) return;
    for (int i = 0; i < count && !full(); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, plan.field, i);
      Path place{path.parent, path.field, i};
      std::string key;
      if (plan.key->check == Check::kText) {
        const size_t before = mistakes.size();
        CheckText(*plan.key, entry.GetReflection()->GetString(entry, plan.key->field), place);
        if (mistakes.size() > before) continue;
        key = entry.GetReflection()->GetString(entry, plan.key->field);
        place.key = &key;
      }
      CheckValue(*plan.value, entry, place, depth);
    }
  }

  // The value of a singular field, or the entry of a list that the path points at.
  void CheckValue(const FieldPlan& plan, const Message& message, const Path& path, int depth) {
    const auto* reflection = message.GetReflection();
    const int index = plan.field->is_repeated() ? path.index : -1;
    std::string scratch;
    switch (plan.check) {
      case Check::kNothing: return;
      case Check::kText:
        return CheckText(plan,
                         index < 0 ? reflection->GetStringReference(message, plan.field, &scratch)
                                   : reflection->GetRepeatedStringReference(message, plan.field, index, &scratch),
                         path);
      case Check::kBytes:
        return CheckBytes(plan,
                          index < 0 ? reflection->GetStringReference(message, plan.field, &scratch)
                                    : reflection->GetRepeatedStringReference(message, plan.field, index, &scratch),
                          path);
      case Check::kEnum:
        return CheckEnum(plan,
                         index < 0 ? reflection->GetEnumValue(message, plan.field)
                                   : reflection->GetRepeatedEnumValue(message, plan.field, index),
                         path);
      case Check::kInteger: return CheckInteger(plan, message, index, path);
      case Check::kFloat: return CheckFloat(plan, message, index, path);
      default: break;
    }
    const Message& inner = index < 0 ? reflection->GetMessage(message, plan.field)
                                     : reflection->GetRepeatedMessage(message, plan.field, index);
    if (plan.check == Check::kTimestamp) {
      CheckTimestamp(static_cast<const google::protobuf::Timestamp&>(inner), path);
    } else if (plan.check == Check::kDuration) {
      CheckDuration(static_cast<const google::protobuf::Duration&>(inner), path);
    } else if (depth >= kDeepest) {
      Wrong(path, absl::StrCat("lies deeper than ", kDeepest, " messages"));
    } else if (!plan.checked_by_service) {
      CheckMessage(*plan.message, inner, &path, depth + 1);
    }
  }

  void CheckText(const FieldPlan& plan, const std::string& text, const Path& path) {
    int characters = 0;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 || byte == 0x7f) && c != '\n' && c != '\r' && c != '\t') {
        return Wrong(path, "contains a control character; only tab, line feed and carriage return are allowed");
      }
      if ((byte & 0xc0) != 0x80) ++characters;
    }
    if (HasDeceivingCharacter(text)) {
      return Wrong(
          path,
          "contains a control character or one that makes text look other than it is (U+0080 to U+009F, U+2028 to "
          "U+202E, U+2066 to U+2069); leave it out");
    }
    if (!plan.references.empty()) return CheckReference(plan, text, path);
    // What is required would be there and say nothing. An entry of a list is there even where it is empty.
    if (IsBlank(text) && (!text.empty() || path.index >= 0)) {
      return Wrong(path, "is blank: write what people can read, or leave it out");
    }
    if (characters > plan.max_length) {
      return Wrong(path, absl::StrCat("has ", characters, " characters; at most ", plan.max_length, " are allowed"));
    }
    if (characters < plan.min_length) {
      return Wrong(path, absl::StrCat("has ", characters, " characters; at least ", plan.min_length, " are needed"));
    }
    if (plan.uuid && !IsUuid(text)) {
      return Wrong(path, "must be a UUID such as 6fa459ea-ee8a-4ca4-894e-db77e160355e");
    }
    if (plan.currency && !IsCurrency(text)) {
      return Wrong(path, "must be the code of a currency in use (ISO 4217) such as CNY");
    }
    if (plan.pattern != nullptr && !RE2::FullMatch(text, *plan.pattern)) {
      Wrong(path, absl::StrCat("must match ", plan.pattern->pattern()));
    }
  }

  static bool IsUuid(const std::string& text) {
    if (text.size() != 36) return false;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
    }
    return true;
  }

  // Names alternate collections and ids: "cases/C2026-000123/documents/7".
  static bool HasGoodIds(const std::string& name) {
    size_t segment = 0;
    int length = 0;
    for (const char c : name) {
      if (c == '/') {
        ++segment;
        length = 0;
        continue;
      }
      if (segment % 2 == 0) continue;
      const bool allowed = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '~' || c == '-';
      if (!allowed || ++length > kLongestIdPart) return false;
    }
    return true;
  }

  void CheckReference(const FieldPlan& plan, const std::string& name, const Path& path) {
    const std::string collection = HasGoodIds(name) ? CollectionOf(name) : "";
    for (const std::string& allowed : plan.references) {
      if (collection == allowed) return;
    }
    std::vector<std::string> shapes;
    for (const std::string& allowed : plan.references) shapes.push_back(absl::StrCat(allowed, "/*"));
    Wrong(path, absl::StrCat("must be a resource name of the form ", absl::StrJoin(shapes, " or "),
                             ", each * an id of 1 to ", kLongestIdPart, " letters, digits, '.', '_', '~' or '-'"));
  }

  void CheckBytes(const FieldPlan& plan, const std::string& bytes, const Path& path) {
    if (bytes.size() > static_cast<size_t>(plan.max_length)) {
      Wrong(path, absl::StrCat("has ", bytes.size(), " bytes; at most ", plan.max_length, " are allowed"));
    } else if (bytes.size() < static_cast<size_t>(plan.min_length)) {
      Wrong(path, absl::StrCat("has ", bytes.size(), " bytes; at least ", plan.min_length, " are needed"));
    }
  }

  void CheckEnum(const FieldPlan& plan, int number, const Path& path) {
    const auto* type = plan.field->enum_type();
    if (type->FindValueByNumber(number) == nullptr) {
      Wrong(path, absl::StrCat("has the value ", number, ", which ", type->name(), " does not know"));
    } else if (plan.required && number == 0) {  // in a list
      Wrong(path, absl::StrCat("must not be ", type->FindValueByNumber(0)->name()));
    }
  }

  template <typename Number>
  void CheckRange(const FieldPlan& plan, Number value, const Path& path) {
    if (plan.min.has_value() && std::cmp_less(value, *plan.min)) {
      Wrong(path, absl::StrCat("must be at least ", *plan.min));
    } else if (plan.max.has_value() && std::cmp_greater(value, *plan.max)) {
      Wrong(path, absl::StrCat("must be at most ", *plan.max));
    }
  }

  void CheckInteger(const FieldPlan& plan, const Message& message, int index, const Path& path) {
    if (!plan.min.has_value() && !plan.max.has_value()) return;
    const auto* r = message.GetReflection();
    const auto* field = plan.field;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return CheckRange(plan, index < 0 ? r->GetInt32(message, field) : r->GetRepeatedInt32(message, field, index),
                          path);
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckRange(plan, index < 0 ? r->GetInt64(message, field) : r->GetRepeatedInt64(message, field, index),
                          path);
      case FieldDescriptor::CPPTYPE_UINT32:
        return CheckRange(plan, index < 0 ? r->GetUInt32(message, field) : r->GetRepeatedUInt32(message, field, index),
                          path);
      default:
        return CheckRange(plan, index < 0 ? r->GetUInt64(message, field) : r->GetRepeatedUInt64(message, field, index),
                          path);
    }
  }

  void CheckFloat(const FieldPlan& plan, const Message& message, int index, const Path& path) {
    const auto* r = message.GetReflection();
    const auto* field = plan.field;
    double value = 0;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
      value = index < 0 ? r->GetFloat(message, field) : r->GetRepeatedFloat(message, field, index);
    } else {
      value = index < 0 ? r->GetDouble(message, field) : r->GetRepeatedDouble(message, field, index);
    }
    if (!std::isfinite(value)) return Wrong(path, "must be a finite number");
    if (plan.min.has_value() && value < static_cast<double>(*plan.min)) {
      Wrong(path, absl::StrCat("must be at least ", *plan.min));
    } else if (plan.max.has_value() && value > static_cast<double>(*plan.max)) {
      Wrong(path, absl::StrCat("must be at most ", *plan.max));
    }
  }

  void CheckTimestamp(const google::protobuf::Timestamp& time, const Path& path) {
    if (time.nanos() < 0 || time.nanos() > 999999999) {
      Wrong(path, "has nanoseconds outside 0 to 999,999,999");
    } else if (time.seconds() < 0 || time.seconds() >= kLatestSeconds) {
      Wrong(path, "must lie in the years 1970 to 2199");
    }
  }

  void CheckDuration(const google::protobuf::Duration& duration, const Path& path) {
    const int64_t seconds = duration.seconds();
    const int32_t nanos = duration.nanos();
    const bool signs_differ = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
    const bool too_long = seconds > kLongestDurationSeconds || seconds < -kLongestDurationSeconds;
    if (too_long || nanos <= -1000000000 || nanos >= 1000000000 || signs_differ) {
      Wrong(path, "is no valid duration");
    }
  }
};

}  // namespace

Validation::Validation() = default;
Validation::~Validation() = default;

absl::StatusOr<const MessagePlan*> Validation::PlanFor(const Descriptor* type) {
  std::vector<std::string> mistakes;
  const MessagePlan* plan = PlanOf(type, &mistakes);
  if (mistakes.empty()) return plan;
  return InternalError(absl::StrCat("The API's field rules cannot be kept: ", absl::StrJoin(mistakes, "; "), "."));
}

MessagePlan* Validation::PlanOf(const Descriptor* type, std::vector<std::string>* mistakes) {
  auto [entry, fresh] = plans_.try_emplace(type);
  if (!fresh) return entry->second.get();
  // In the map before its fields are looked at, so that types may contain themselves.
  MessagePlan* plan = (entry->second = std::make_unique<MessagePlan>()).get();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const FieldRule& rule = field->options().GetExtension(options::v1::field);
    if (rule.output_only()) {
      plan->output_only.push_back(field);
      continue;
    }
    FieldPlan made;
    const FieldDescriptor* value = field->is_map() ? field->message_type()->map_value() : field;
    CheckRule(field, CheckOf(value), rule, mistakes);
    made.field = field;
    made.required = rule.required();
    if (rule.max_items() > 0) made.max_items = rule.max_items();
    FieldPlan* filled = &made;
    if (field->is_map()) {
      made.key = std::make_unique<FieldPlan>();
      FillValue(field->message_type()->map_key(), FieldRule(), made.key.get(), mistakes);
      made.key->max_length = kLongestMapKey;
      made.value = std::make_unique<FieldPlan>();
      filled = made.value.get();
    }
    FillValue(value, rule, filled, mistakes);
    if (filled->check == Check::kMessage) filled->message = PlanOf(value->message_type(), mistakes);
    if (filled->check != Check::kNothing || made.required || field->is_repeated())
      plan->fields.push_back(std::move(made));
  }
  return plan;
}

void ClearOutputOnly(const MessagePlan& plan, Message* message) {
  const auto* reflection = message->GetReflection();
  for (const FieldDescriptor* field : plan.output_only) reflection->ClearField(message, field);
  for (const FieldPlan& field : plan.fields) {
    if (field.value != nullptr && field.value->message != nullptr) {
      for (int i = 0; i < reflection->FieldSize(*message, field.field); ++i) {
        Message* entry = reflection->MutableRepeatedMessage(message, field.field, i);
        ClearOutputOnly(*field.value->message, entry->GetReflection()->MutableMessage(entry, field.value->field));
      }
    } else if (field.message != nullptr && field.field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field.field); ++i) {
        ClearOutputOnly(*field.message, reflection->MutableRepeatedMessage(message, field.field, i));
      }
    } else if (field.message != nullptr && reflection->HasField(*message, field.field)) {
      ClearOutputOnly(*field.message, reflection->MutableMessage(message, field.field));
    }
  }
}

std::vector<FieldMistake> FindMistakes(const MessagePlan& plan, const Message& message) {
  Checker checker;
  checker.CheckMessage(plan, message, nullptr, 1);
  return std::move(checker.mistakes);
}

absl::Status MistakesError(std::vector<FieldMistake> mistakes) {
  std::string text;
  if (mistakes.size() == 1) {
    text = absl::StrCat(mistakes[0].field, ": ", mistakes[0].text);
  } else {
    text = absl::StrCat(mistakes.size() >= kMostMistakes ? "At least " : "", mistakes.size(), " fields are wrong: ");
    for (size_t i = 0; i < mistakes.size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "" : "; ", mistakes[i].field, " ", mistakes[i].text);
    }
  }
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID, std::move(text))
      .Fields(std::move(mistakes));
}

}  // namespace aftersales::rpc
