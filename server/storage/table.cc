#include "server/storage/table.h"

#include <algorithm>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/reflection.h"
#include "server/base/error.h"
#include "server/storage/by_names.h"
#include "server/storage/fault.h"
#include "server/storage/table_layout.h"

namespace aftersales {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

constexpr size_t kValuesPerInsert = 1000;
// A statement goes to the database in one packet, whose size is limited (16 MiB on MariaDB).
constexpr size_t kBytesPerInsert = size_t{1} << 20;

void SetTime(Message& resource, const FieldDescriptor* field, absl::Time time) {
  if (field == nullptr) return;
  *static_cast<Timestamp*>(resource.GetReflection()->MutableMessage(&resource, field)) = ToProto(time);
}

bool IsOperator(const std::string& op) {
  return op == "=" || op == "<" || op == "<=" || op == ">" || op == ">=" || op == "<>";
}

// The sort keys with the name last.
std::vector<ListQuery::Order> Keys(const ListQuery& query) {
  std::vector<ListQuery::Order> keys = query.order;
  if (keys.empty() || keys.back().column != "name") {
    keys.push_back({.column = "name", .descending = !keys.empty() && keys.back().descending});
  }
  return keys;
}

const FieldDescriptor* RepeatedField(const Message& response) {
  const auto* descriptor = response.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return field;
  }
  return nullptr;
}

}  // namespace

TableCore::TableCore(const Message& prototype) : layout_(std::make_unique<Layout>(prototype)) {}
TableCore::~TableCore() = default;

const std::string& TableCore::table() const { return layout_->table; }

std::vector<std::string> TableCore::columns() const {
  std::vector<std::string> names;
  for (const Column& column : layout_->columns) names.push_back(column.name);
  return names;
}

absl::Status TableCore::Insert(Tx& tx, Message& resource) const { return InsertMany(tx, {&resource}); }

absl::Status TableCore::InsertMany(Tx& tx, const std::vector<Message*>& resources) const {
  const size_t rows_at_once = std::max<size_t>(1, kValuesPerInsert / layout_->columns.size());
  for (size_t begin = 0, end = 0; begin < resources.size(); begin = end) {
    Values values;
    size_t bytes = 0;
    for (; end < resources.size() && end - begin < rows_at_once && bytes < kBytesPerInsert; ++end) {
      Message& resource = *resources[end];
      if (layout_->etag_field != nullptr) resource.GetReflection()->SetString(&resource, layout_->etag_field, "1");
      SetTime(resource, layout_->create_time_field, tx.now());
      SetTime(resource, layout_->update_time_field, tx.now());
      for (Value& value : layout_->ToValues(resource)) {
        bytes += value.text().size();
        values.push_back(std::move(value));
      }
    }
    const std::string places = absl::StrJoin(std::vector<std::string>(end - begin, layout_->row_of_places), ", ");
    if (!tx.Insert(layout_->insert + places, values)) {
      return ExistsStatus(tx,
                          {resources.begin() + static_cast<long>(begin), resources.begin() + static_cast<long>(end)});
    }
  }
  return absl::OkStatus();
}

absl::Status TableCore::ExistsStatus(Reader& reader, const std::vector<Message*>& resources) const {
  for (const Message* resource : resources) {
    for (const char* unique : {"name", "external_id", "serial_number", "principal"}) {
      const Column* column = layout_->Find(unique);
      if (column == nullptr || (std::string_view(unique) == "principal" && !column->empty_is_null)) continue;
      const Value value = layout_->ToValue(*resource, *column);
      if (value.is_null()) continue;
      const auto row = reader.SelectOne(
          absl::StrCat("SELECT name FROM ", layout_->table, " WHERE ", column->name, " = ?"), {value}, "t");
      if (row.has_value()) {
        return ExistsError(row->Text(0), absl::StrCat(row->Text(0), " exists already with the ", column->name, " \"",
                                                      value.text(), "\". Use it, or choose another."));
      }
    }
  }
  // Two of the rows sent have the same key.
  return ExistsError(layout_->table, absl::StrCat("Two of the resources to be added as ", layout_->table,
                                                  " have the same key. Send each once."));
}

absl::Status TableCore::Get(Reader& reader, const std::string& name, Message* resource, bool lock) const {
  const std::string sql = absl::StrCat(layout_->select, " WHERE name = ?", lock ? std::string(reader.ForUpdate()) : "");
  const auto row = reader.SelectOne(sql, {name}, layout_->types);
  if (!row.has_value()) return NotFoundError(name);
  layout_->FromRow(*row, resource);
  return absl::OkStatus();
}

absl::Status TableCore::Update(Tx& tx, Message& resource) const { return Write(tx, resource, nullptr); }

absl::Status TableCore::UpdateOnly(Tx& tx, Message& resource, const std::vector<std::string>& columns) const {
  for (const std::string& column : columns) {
    if (layout_->Find(column) == nullptr) throw Fault(FaultKind::kDefect, 0, absl::StrCat("no column ", column));
  }
  return Write(tx, resource, &columns);
}

absl::Status TableCore::Write(Tx& tx, Message& resource, const std::vector<std::string>* columns) const {
  const auto* reflection = resource.GetReflection();
  const std::string name = reflection->GetString(resource, layout_->name_field);
  int64_t version = 0;
  if (!absl::SimpleAtoi(reflection->GetString(resource, layout_->etag_field), &version)) return EtagError(name, "");
  SetTime(resource, layout_->update_time_field, tx.now());
  reflection->SetString(&resource, layout_->etag_field, absl::StrCat(version + 1));
  Values values;
  std::string settings;
  for (const Column& column : layout_->columns) {
    if (column.kind == ColumnKind::kName) continue;
    const bool always =
        column.kind == ColumnKind::kVersion || (column.field != nullptr && column.field == layout_->update_time_field);
    if (columns != nullptr && !always && std::find(columns->begin(), columns->end(), column.name) == columns->end()) {
      continue;
    }
    values.push_back(layout_->ToValue(resource, column));
    if (columns != nullptr) absl::StrAppend(&settings, settings.empty() ? "" : ", ", column.name, " = ?");
  }
  values.push_back(name);
  values.push_back(version);
  try {
    const std::string sql = columns == nullptr ? layout_->update
                                               : absl::StrCat("UPDATE ", layout_->table, " SET ", settings,
                                                              " WHERE name = ? AND version = ?");
    if (tx.Execute(sql, values) == 1) return absl::OkStatus();
  } catch (const Fault& fault) {
    // The statement alone is undone; the refusal ends the transaction.
    if (fault.kind() == FaultKind::kDuplicate) return ExistsStatus(tx, {&resource});
    throw;
  }
  const auto row = tx.SelectOne(absl::StrCat("SELECT version FROM ", layout_->table, " WHERE name = ?"), {name}, "i");
  return row.has_value() ? EtagError(name, absl::StrCat(row->Int(0))) : NotFoundError(name);
}

std::string TableCore::SelectSql(const ListQuery& query, bool with_after) const {
  std::vector<std::string> conditions;
  for (const Condition& condition : query.where) {
    const Column* column = layout_->Find(condition.column);
    if (column == nullptr || !IsOperator(condition.op)) {
      throw Fault(FaultKind::kDefect, 0, absl::StrCat("no condition ", condition.column, " ", condition.op));
    }
    const bool asks_for_null = column->empty_is_null && condition.op == "=" && condition.value.text().empty();
    conditions.push_back(asks_for_null ? absl::StrCat(column->name, " IS NULL")
                                       : absl::StrCat(column->name, " ", condition.op, " ?"));
  }
  const std::vector<ListQuery::Order> keys = Keys(query);
  std::vector<std::string> order;
  for (const ListQuery::Order& key : keys) {
    if (layout_->Find(key.column) == nullptr)
      throw Fault(FaultKind::kDefect, 0, absl::StrCat("no column ", key.column));
    order.push_back(absl::StrCat(key.column, key.descending ? " DESC" : ""));
  }
  // k1 <= ? AND (k1 < ? OR (k2 <= ? AND (k2 < ? OR name < ?))): each key's first condition is a range on the index,
  // which neither engine makes of a comparison of rows joined by OR.
  if (with_after) {
    std::string after;
    for (size_t i = keys.size(); i-- > 0;) {
      const std::string sign = keys[i].descending ? " <" : " >";
      after = after.empty()
                  ? absl::StrCat(keys[i].column, sign, " ?")
                  : absl::StrCat(keys[i].column, sign, "= ? AND (", keys[i].column, sign, " ? OR (", after, "))");
    }
    conditions.push_back(after);
  }
  if (query.also.has_value()) conditions.push_back(absl::StrCat("(", query.also->sql, ")"));
  return absl::StrCat(layout_->select, conditions.empty() ? "" : " WHERE ", absl::StrJoin(conditions, " AND "),
                      " ORDER BY ", absl::StrJoin(order, ", "), " LIMIT ?");
}

std::vector<std::unique_ptr<Message>> TableCore::Select(Reader& reader, const ListQuery& query, const Values& after,
                                                        int limit) const {
  Values values;
  for (const Condition& condition : query.where) {
    const Column* column = layout_->Find(condition.column);
    const bool asks_for_null =
        column != nullptr && column->empty_is_null && condition.op == "=" && condition.value.text().empty();
    if (!asks_for_null) values.push_back(condition.value);
  }
  // Every key but the last stands twice.
  for (size_t i = 0; i < after.size(); ++i) {
    values.push_back(after[i]);
    if (i + 1 < after.size()) values.push_back(after[i]);
  }
  if (query.also.has_value()) values.insert(values.end(), query.also->values.begin(), query.also->values.end());
  values.push_back(limit);
  std::vector<std::unique_ptr<Message>> found;
  for (const Row& row : reader.Select(SelectSql(query, !after.empty()), values, layout_->types)) {
    found.emplace_back(layout_->prototype.New());
    layout_->FromRow(row, found.back().get());
  }
  return found;
}

void TableCore::SelectNamed(Reader& reader, const std::vector<std::string>& names,
                            absl::FunctionRef<void(const Message&)> read) const {
  SelectByNames(reader, ByNamesSql(absl::StrCat(layout_->select, " WHERE name")), {}, {names.begin(), names.end()},
                layout_->types, [&](const Row& row) {
                  const std::unique_ptr<Message> message(layout_->prototype.New());
                  layout_->FromRow(row, message.get());
                  read(*message);
                });
}

absl::Status TableCore::List(Reader& reader, const ListQuery& query, const Message& request, Message* response) const {
  const std::vector<ListQuery::Order> keys = Keys(query);
  std::string kinds;
  for (const ListQuery::Order& key : keys) {
    const Column* column = layout_->Find(key.column);
    kinds += column != nullptr && column->is_text() ? 't' : 'i';
  }
  ASSIGN_OR_RETURN(const Values after, ReadPageToken(request, kinds));
  const auto* size_field = request.GetDescriptor()->FindFieldByName("page_size");
  const int size = PageSize(size_field == nullptr ? 0 : request.GetReflection()->GetInt32(request, size_field));
  ListQuery seen = query;
  seen.also = SeenRows(reader, *layout_->prototype.GetDescriptor());
  // One more than asked for tells whether there is a next page.
  std::vector<std::unique_ptr<Message>> found = Select(reader, seen, after, size + 1);
  const bool more = found.size() > static_cast<size_t>(size);
  if (more) found.pop_back();
  const auto* reflection = response->GetReflection();
  const FieldDescriptor* list = RepeatedField(*response);
  if (more) {
    Values last;
    for (const ListQuery::Order& key : keys)
      last.push_back(layout_->ToValue(*found.back(), *layout_->Find(key.column)));
    reflection->SetString(response, response->GetDescriptor()->FindFieldByName("next_page_token"),
                          MakePageToken(request, last));
  }
  for (std::unique_ptr<Message>& message : found) reflection->AddAllocatedMessage(response, list, message.release());
  return absl::OkStatus();
}

std::string AndAlso(const std::optional<SqlText>& also, Values* values) {
  if (!also.has_value()) return "";
  values->insert(values->end(), also->values.begin(), also->values.end());
  return absl::StrCat(" AND (", also->sql, ")");
}

absl::Status EtagMismatchError(const std::string& name, const std::string& current) { return EtagError(name, current); }

}  // namespace aftersales
