// Keeps resources in tables: each scalar field of the proto in a column of its own name, so that people and reports can
// query it; what is nested or repeated, serialized, in the column `nested`. One implementation for all resources.
//
// Two columns hold something else for "not set", so that they can be unique or sorted by: external_id NULL, and
// due_time and fire_time INT64_MAX (so that `due_time <= now` needs no further condition). Nobody outside notices.
//
// Columns by field type: string -> text, bytes -> blob, numbers, bools and enums -> BIGINT, Timestamp -> BIGINT
// microseconds UTC, nullable (a field that is not set is NULL). `name` is the primary key; `etag` is the column
// `version`, a counter from 1 on. Every table has name, version, nested, create_time and update_time (the last two only
// if the proto has the field).
#ifndef AFTERSALES_SERVER_STORAGE_TABLE_H_
#define AFTERSALES_SERVER_STORAGE_TABLE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "google/protobuf/message.h"
#include "server/storage/database.h"
#include "server/storage/sight.h"

namespace aftersales {

// column op value; op is one of = < <= > >= <>
struct Condition {
  std::string column;
  std::string op;
  Value value;
};

// What a list asks for. The key columns of `order` must be NOT NULL or nullable with NULL last (the table does that);
// `name` is always the last key, in the direction of the last order column (ascending where there is none).
struct ListQuery {
  struct Order {
    std::string column;
    bool descending = false;
  };
  std::vector<Condition> where;
  std::vector<Order> order;
  std::optional<SqlText> also = {};  // holds for every row besides; List puts the call's sight here
};

// The untyped work; Table<> below is what stores use. Immutable and thread-safe once made.
class TableCore {
 public:
  explicit TableCore(const google::protobuf::Message& prototype);
  ~TableCore();

  // Sets name's version to 1, create_time and update_time to tx.now(). ALREADY_EXISTS when a unique key is taken.
  absl::Status Insert(Tx& tx, google::protobuf::Message& resource) const;
  absl::Status InsertMany(Tx& tx, const std::vector<google::protobuf::Message*>& resources) const;
  absl::Status Get(Reader& reader, const std::string& name, google::protobuf::Message* resource, bool lock) const;
  // Writes all columns where name and etag are the resource's; sets the next etag and update_time. ABORTED when another
  // change came between.
  absl::Status Update(Tx& tx, google::protobuf::Message& resource) const;
  // As Update, but writes only these columns besides etag and update_time. SQLite writes each index anew whose columns
  // are written, changed or not; the fewer, the cheaper.
  absl::Status UpdateOnly(Tx& tx, google::protobuf::Message& resource, const std::vector<std::string>& columns) const;
  // Asks for `limit` rows after the place `after` (values of the order columns and the name; empty for the first page).
  std::vector<std::unique_ptr<google::protobuf::Message>> Select(Reader& reader, const ListQuery& query,
                                                                 const Values& after, int limit) const;
  // Calls `read` for those of these names that there are, in no order.
  void SelectNamed(Reader& reader, const std::vector<std::string>& names,
                   absl::FunctionRef<void(const google::protobuf::Message&)> read) const;
  // One page of a List request: reads page_size and page_token from `request`, appends to its answer's one repeated
  // field, sets next_page_token. The token is bound to the request's other fields (damaged, or of another request:
  // refused). Holds what the caller sees (sight.h).
  absl::Status List(Reader& reader, const ListQuery& query, const google::protobuf::Message& request,
                    google::protobuf::Message* response) const;
  // The SELECT that List sends, for the tests that explain it.
  std::string SelectSql(const ListQuery& query, bool with_after) const;
  const std::string& table() const;
  // The table's columns in their order, for the test that compares them with the database's.
  std::vector<std::string> columns() const;

 private:
  struct Layout;
  // Writes these columns, or all where null.
  absl::Status Write(Tx& tx, google::protobuf::Message& resource, const std::vector<std::string>* columns) const;
  // Which unique key of these resources is taken.
  absl::Status ExistsStatus(Reader& reader, const std::vector<google::protobuf::Message*>& resources) const;

  std::unique_ptr<Layout> layout_;
};

// A resource's table. Make one per resource, `const` and static in its store.
template <typename Resource>
class Table {
 public:
  Table() : core_(Resource::default_instance()) {}

  absl::Status Insert(Tx& tx, Resource& resource) const { return core_.Insert(tx, resource); }
  absl::StatusOr<Resource> Get(Reader& reader, const std::string& name) const {
    Resource resource;
    RETURN_IF_ERROR(core_.Get(reader, name, &resource, /*lock=*/false));
    return resource;
  }
  // Locks the row until the transaction ends. A non-empty etag must be the resource's.
  absl::StatusOr<Resource> Lock(Tx& tx, const std::string& name, const std::string& etag = "") const {
    Resource resource;
    RETURN_IF_ERROR(core_.Get(tx, name, &resource, /*lock=*/true));
    if (!etag.empty() && etag != resource.etag()) return EtagMismatch(name, resource.etag());
    return resource;
  }
  absl::Status Update(Tx& tx, Resource& resource) const { return core_.Update(tx, resource); }
  absl::Status UpdateOnly(Tx& tx, Resource& resource, const std::vector<std::string>& columns) const {
    return core_.UpdateOnly(tx, resource, columns);
  }
  // Gives it its next etag and changes nothing else.
  absl::Status Touch(Tx& tx, Resource& resource) const { return core_.UpdateOnly(tx, resource, {}); }
  template <typename Request, typename Response>
  absl::Status List(Reader& reader, const ListQuery& query, const Request& request, Response* response) const {
    return core_.List(reader, query, request, response);
  }
  // At most `limit` resources, for the server's own use.
  std::vector<Resource> Select(Reader& reader, const ListQuery& query, int limit) const {
    std::vector<Resource> found;
    for (const auto& message : core_.Select(reader, query, {}, limit)) {
      found.push_back(static_cast<const Resource&>(*message));
    }
    return found;
  }
  const TableCore& core() const { return core_; }

 private:
  static absl::Status EtagMismatch(const std::string& name, const std::string& current);
  TableCore core_;
};

absl::Status EtagMismatchError(const std::string& name, const std::string& current);

template <typename Resource>
absl::Status Table<Resource>::EtagMismatch(const std::string& name, const std::string& current) {
  return EtagMismatchError(name, current);
}

// Page size asked for, within bounds: 0 means 50, more than 1,000 means 1,000.
int PageSize(int asked);
// Page tokens for lists that are no resource's table: `keys` are the order values of the last row sent.
std::string MakePageToken(const google::protobuf::Message& request, const Values& keys);
// Empty on the first page. Refuses a token whose keys are not of these kinds ('i' number, 't' text): callers can make
// up tokens, so what comes back fits or is refused.
absl::StatusOr<Values> ReadPageToken(const google::protobuf::Message& request, std::string_view kinds);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_TABLE_H_
