// How a resource lies in its table: made from the proto's descriptor. Private to storage/.
#ifndef AFTERSALES_SERVER_STORAGE_TABLE_LAYOUT_H_
#define AFTERSALES_SERVER_STORAGE_TABLE_LAYOUT_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "server/storage/database.h"
#include "server/storage/table.h"

namespace aftersales {

enum class ColumnKind { kName, kVersion, kText, kNumber, kTime, kNested };

struct Column {
  std::string name;
  ColumnKind kind;
  const google::protobuf::FieldDescriptor* field = nullptr;  // null for kNested
  bool empty_is_null = false;                                // text that is not set is stored as NULL
  bool unset_sorts_last = false;                             // a time that is not set is stored as INT64_MAX

  bool is_text() const { return kind == ColumnKind::kName || kind == ColumnKind::kText || kind == ColumnKind::kNested; }
};

// Immutable.
struct TableCore::Layout {
  explicit Layout(const google::protobuf::Message& prototype);

  const Column* Find(const std::string& column) const;
  // The value of the resource's field as its column holds it.
  Value ToValue(const google::protobuf::Message& resource, const Column& column) const;
  // One value per column, in their order.
  Values ToValues(const google::protobuf::Message& resource) const;
  void FromRow(const Row& row, google::protobuf::Message* resource) const;

  const google::protobuf::Message& prototype;
  const google::protobuf::FieldDescriptor* name_field = nullptr;
  const google::protobuf::FieldDescriptor* etag_field = nullptr;
  const google::protobuf::FieldDescriptor* create_time_field = nullptr;
  const google::protobuf::FieldDescriptor* update_time_field = nullptr;
  std::string table;
  std::vector<Column> columns;
  std::string types;          // of the columns, as Reader::Select takes them
  std::string select;         // "SELECT name, version, ... FROM table"
  std::string insert;         // "INSERT INTO table (name, ...) VALUES "
  std::string row_of_places;  // "(?, ?, ...)"
  std::string update;         // "UPDATE table SET ... WHERE name = ? AND version = ?"
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_TABLE_LAYOUT_H_
