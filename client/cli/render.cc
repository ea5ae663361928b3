#include "client/cli/render.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "client/cli/values.h"
#include "google/protobuf/util/json_util.h"

namespace aftersales::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsMessage(const FieldDescriptor* field) { return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

std::string MessageCell(const Message& message, absl::TimeZone zone) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message)) return FormatTime(*time, zone);
  if (const auto* money = dynamic_cast<const v1::Money*>(&message)) return Printable(FormatMoney(*money));
  if (const auto* grant = dynamic_cast<const v1::RoleGrant*>(&message)) {
    return absl::StrCat(Cell(message, "role", zone), grant->head() ? ":head" : "");
  }
  if (const auto* date = dynamic_cast<const v1::Date*>(&message)) {
    return absl::StrFormat("%04d-%02d-%02d", date->year(), date->month(), date->day());
  }
  if (message.GetDescriptor()->options().map_entry()) {
    return absl::StrCat(Cell(message, "key", zone), "=", Cell(message, "value", zone));
  }
  std::vector<std::string> parts;
  for (const auto& [name, value] : Record(message, zone)) parts.push_back(absl::StrCat(name, "=", value));
  return absl::StrJoin(parts, ", ");
}

// One value of a field; `index` counts in lists and is -1 elsewhere.
std::string ValueCell(const Message& message, const FieldDescriptor* field, int index, absl::TimeZone zone) {
  const auto* reflection = message.GetReflection();
  const auto read = [&](auto one, auto listed) {
    return index < 0 ? (reflection->*one)(message, field) : (reflection->*listed)(message, field, index);
  };
  using R = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return Printable(read(&R::GetString, &R::GetRepeatedString));
    case FieldDescriptor::CPPTYPE_INT32: return absl::StrCat(read(&R::GetInt32, &R::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64: return absl::StrCat(read(&R::GetInt64, &R::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_UINT32: return absl::StrCat(read(&R::GetUInt32, &R::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64: return absl::StrCat(read(&R::GetUInt64, &R::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE: return absl::StrCat(read(&R::GetDouble, &R::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_FLOAT: return absl::StrCat(read(&R::GetFloat, &R::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_BOOL: return read(&R::GetBool, &R::GetRepeatedBool) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_ENUM: {
      // A number that this program does not know yet shows as itself.
      const int number = read(&R::GetEnumValue, &R::GetRepeatedEnumValue);
      const auto* value = field->enum_type()->FindValueByNumber(number);
      return value == nullptr ? absl::StrCat(number) : EnumWord(value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageCell(
          index < 0 ? reflection->GetMessage(message, field) : reflection->GetRepeatedMessage(message, field, index),
          zone);
  }
  return "";
}

bool HasValue(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) > 0
                              : message.GetReflection()->HasField(message, field);
}

void AppendRecord(const Message& message, const std::string& prefix, absl::TimeZone zone,
                  std::vector<std::pair<std::string, std::string>>& lines) {
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) fields.push_back(message.GetDescriptor()->field(i));
  for (const FieldDescriptor* field : fields) {
    if (!HasValue(message, field)) continue;
    const std::string name = prefix + field->name();
    const auto* reflection = message.GetReflection();
    if (IsMessage(field) && !field->is_repeated() && !IsTimestamp(field) && !IsMoney(field) && !IsDate(field)) {
      AppendRecord(reflection->GetMessage(message, field), name + ".", zone, lines);
    } else if (IsMessage(field) && field->is_repeated() && !field->is_map() && !IsDate(field)) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        lines.emplace_back(i == 0 ? name : "", ValueCell(message, field, i, zone));
      }
    } else {
      lines.emplace_back(name, Cell(message, field, zone));
    }
  }
}

// The resource name of a message, or of the first message in it: a new token's answer holds the token.
std::string NameOf(const Message& message) {
  const auto* type = message.GetDescriptor();
  if (const FieldDescriptor* field = type->FindFieldByName("name")) return Cell(message, field, absl::UTCTimeZone());
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!IsMessage(field) || field->is_repeated()) continue;
    return NameOf(message.GetReflection()->GetMessage(message, field));
  }
  return "";
}

std::vector<std::string> ColumnsOf(const Command& command, const google::protobuf::Descriptor* type, Format format) {
  std::vector<std::string> columns(command.line().columns().begin(), command.line().columns().end());
  if (!columns.empty() && format != Format::kWide) return columns;
  for (int i = 0; i < type->field_count(); ++i) {
    const std::string& name = type->field(i)->name();
    if (std::find(columns.begin(), columns.end(), name) == columns.end() && name != "etag") columns.push_back(name);
  }
  return columns;
}

void PrintTable(const Command& command, const std::vector<const Message*>& messages, Format format,
                const Terminal& terminal) {
  const std::vector<std::string> columns = ColumnsOf(command, messages[0]->GetDescriptor(), format);
  std::vector<std::string> headings;
  for (const std::string& column : columns) headings.push_back(Heading(column));
  Table table(std::move(headings));
  for (const Message* message : messages) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(Cell(*message, column, terminal.zone));
    table.Add(std::move(cells));
  }
  table.Print(terminal.out, format == Format::kWide ? 0 : terminal.width);
}

void PrintList(const Command& command, const Message& reply, const FieldDescriptor* items, Format format,
               const Terminal& terminal) {
  const int count = reply.GetReflection()->FieldSize(reply, items);
  if (count == 0) {
    terminal.err << "Nothing found.\n";
    return;
  }
  std::vector<const Message*> messages;
  for (int i = 0; i < count; ++i) messages.push_back(&reply.GetReflection()->GetRepeatedMessage(reply, items, i));
  if (format == Format::kName) {
    for (const Message* message : messages) terminal.out << NameOf(*message) << "\n";
  } else {
    PrintTable(command, messages, format, terminal);
  }
}

}  // namespace

std::string FormatTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M", ToTime(time), zone);
}

std::string Cell(const Message& message, const FieldDescriptor* field, absl::TimeZone zone) {
  if (!field->is_repeated()) {
    const bool shown = field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || HasValue(message, field);
    return shown ? ValueCell(message, field, -1, zone) : "";
  }
  std::vector<std::string> values;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    values.push_back(ValueCell(message, field, i, zone));
  }
  if (field->is_map()) std::sort(values.begin(), values.end());
  const bool nested = std::any_of(values.begin(), values.end(),
                                  [](const std::string& value) { return value.find(", ") != std::string::npos; });
  return absl::StrJoin(values, nested ? "; " : ", ");
}

std::string Cell(const Message& message, const std::string& path, absl::TimeZone zone) {
  const Message* at = &message;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field = at->GetDescriptor()->FindFieldByName(names[i]);
    if (field == nullptr) return "";
    if (i + 1 == names.size()) return Cell(*at, field, zone);
    if (!IsMessage(field) || field->is_repeated()) return "";
    at = &at->GetReflection()->GetMessage(*at, field);
  }
  return "";
}

std::string Heading(const std::string& column) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(column, {{"_", " "}, {".", " "}}));
}

std::vector<std::pair<std::string, std::string>> Record(const Message& message, absl::TimeZone zone) {
  std::vector<std::pair<std::string, std::string>> lines;
  AppendRecord(message, "", zone, lines);
  return lines;
}

std::string Json(const Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto written = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!written.ok()) return "{}";
  if (!json.empty() && json.back() == '\n') json.pop_back();
  return PrintableJson(json);
}

void PrintReply(const Command& command, const Message& reply, Format format, const Terminal& terminal) {
  if (format == Format::kJson) {
    terminal.out << Json(reply, true) << "\n";
    return;
  }
  if (const FieldDescriptor* items = ItemsField(command.method->output_type())) {
    PrintList(command, reply, items, format, terminal);
  } else if (format == Format::kName && !NameOf(reply).empty()) {
    terminal.out << NameOf(reply) << "\n";
  } else if (format == Format::kTable && command.line().columns_size() > 0 && command.verb != "get") {
    PrintTable(command, {&reply}, format, terminal);
  } else {
    PrintRecord(terminal.out, Record(reply, terminal.zone));
  }
}

}  // namespace aftersales::cli
