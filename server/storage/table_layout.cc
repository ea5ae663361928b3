#include "server/storage/table_layout.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "aftersales/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/reflection.h"

namespace aftersales {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

constexpr int64_t kSortsLast = std::numeric_limits<int64_t>::max();

bool IsTime(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->full_name() == Timestamp::descriptor()->full_name();
}

// A column for the field, unless it is nested or repeated.
bool ColumnOf(const FieldDescriptor* field, Column* column) {
  if (field->is_repeated()) return false;
  column->name = field->name();
  column->field = field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: column->kind = ColumnKind::kText; break;
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64: column->kind = ColumnKind::kNumber; break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!IsTime(field)) return false;
      column->kind = ColumnKind::kTime;
      break;
    default: return false;
  }
  if (field->name() == "name") column->kind = ColumnKind::kName;
  if (field->name() == "etag") {
    column->kind = ColumnKind::kVersion;
    column->name = "version";
  }
  column->empty_is_null = field->name() == "external_id" || field->full_name() == "aftersales.v1.Engineer.principal" ||
                          field->full_name() == "aftersales.v1.StaffMember.principal";
  column->unset_sorts_last = field->name() == "due_time" || field->name() == "fire_time";
  return true;
}

Value NumberOf(const Message& resource, const FieldDescriptor* field) {
  const auto* reflection = resource.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: return Value(reflection->GetBool(resource, field));
    case FieldDescriptor::CPPTYPE_ENUM: return Value(reflection->GetEnumValue(resource, field));
    case FieldDescriptor::CPPTYPE_INT32: return Value(static_cast<int64_t>(reflection->GetInt32(resource, field)));
    default: return Value(reflection->GetInt64(resource, field));
  }
}

void SetNumber(Message* resource, const FieldDescriptor* field, int64_t number) {
  const auto* reflection = resource->GetReflection();
  if (number == 0) return;  // as it is in a message just made
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: reflection->SetBool(resource, field, number != 0); break;
    case FieldDescriptor::CPPTYPE_ENUM: reflection->SetEnumValue(resource, field, static_cast<int>(number)); break;
    case FieldDescriptor::CPPTYPE_INT32: reflection->SetInt32(resource, field, static_cast<int32_t>(number)); break;
    default: reflection->SetInt64(resource, field, number); break;
  }
}

}  // namespace

TableCore::Layout::Layout(const Message& prototype_) : prototype(prototype_) {
  const auto* descriptor = prototype.GetDescriptor();
  table = descriptor->options().GetExtension(options::v1::resource).table();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    Column column;
    if (!ColumnOf(descriptor->field(i), &column)) continue;
    columns.push_back(column);
  }
  columns.push_back({.name = "nested", .kind = ColumnKind::kNested});
  name_field = descriptor->FindFieldByName("name");
  etag_field = descriptor->FindFieldByName("etag");
  create_time_field = descriptor->FindFieldByName("create_time");
  update_time_field = descriptor->FindFieldByName("update_time");

  std::string names, places, settings;
  for (const Column& column : columns) {
    const char* comma = names.empty() ? "" : ", ";
    absl::StrAppend(&names, comma, column.name);
    absl::StrAppend(&places, comma, "?");
    types += column.is_text() ? 't' : 'i';
    if (column.kind != ColumnKind::kName) absl::StrAppend(&settings, settings.empty() ? "" : ", ", column.name, " = ?");
  }
  select = absl::StrCat("SELECT ", names, " FROM ", table);
  insert = absl::StrCat("INSERT INTO ", table, " (", names, ") VALUES ");
  row_of_places = absl::StrCat("(", places, ")");
  update = absl::StrCat("UPDATE ", table, " SET ", settings, " WHERE name = ? AND version = ?");
}

const Column* TableCore::Layout::Find(const std::string& name) const {
  for (const Column& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

Value TableCore::Layout::ToValue(const Message& resource, const Column& column) const {
  const auto* reflection = resource.GetReflection();
  switch (column.kind) {
    case ColumnKind::kName:
    case ColumnKind::kText: {
      std::string text = reflection->GetString(resource, column.field);
      return column.empty_is_null && text.empty() ? Value::Null() : Value(std::move(text));
    }
    case ColumnKind::kVersion: {
      int64_t version = 0;
      return absl::SimpleAtoi(reflection->GetString(resource, column.field), &version) ? Value(version) : Value(0);
    }
    case ColumnKind::kNumber: return NumberOf(resource, column.field);
    case ColumnKind::kTime:
      if (!reflection->HasField(resource, column.field)) {
        return column.unset_sorts_last ? Value(kSortsLast) : Value::Null();
      }
      return Value(FromProto(static_cast<const Timestamp&>(reflection->GetMessage(resource, column.field))));
    case ColumnKind::kNested: break;
  }
  // What has no column of its own.
  std::unique_ptr<Message> rest(resource.New());
  rest->CopyFrom(resource);
  for (const Column& other : columns) {
    if (other.field != nullptr) rest->GetReflection()->ClearField(rest.get(), other.field);
  }
  return Value(rest->SerializeAsString());
}

Values TableCore::Layout::ToValues(const Message& resource) const {
  Values values;
  values.reserve(columns.size());
  for (const Column& column : columns) values.push_back(ToValue(resource, column));
  return values;
}

void TableCore::Layout::FromRow(const Row& row, Message* resource) const {
  const auto* reflection = resource->GetReflection();
  // `nested` is the last column; parsing replaces the whole message.
  resource->ParseFromString(row.Text(columns.size() - 1));
  for (size_t i = 0; i + 1 < columns.size(); ++i) {
    const Column& column = columns[i];
    // What a column holds is said by it alone: a value that somebody put into `nested` beside a column emptied would be
    // read, and found by no query.
    if (column.kind != ColumnKind::kNested) reflection->ClearField(resource, column.field);
    switch (column.kind) {
      case ColumnKind::kName:
      case ColumnKind::kText:
        if (!row.Text(i).empty()) reflection->SetString(resource, column.field, row.Text(i));
        break;
      case ColumnKind::kVersion: reflection->SetString(resource, column.field, absl::StrCat(row.Int(i))); break;
      case ColumnKind::kNumber: SetNumber(resource, column.field, row.Int(i)); break;
      case ColumnKind::kTime:
        if (row.IsNull(i) || (column.unset_sorts_last && row.Int(i) == kSortsLast)) break;
        *static_cast<Timestamp*>(reflection->MutableMessage(resource, column.field)) = ToProto(row.Time(i));
        break;
      case ColumnKind::kNested: break;
    }
  }
}

}  // namespace aftersales
