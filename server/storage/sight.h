// What a caller sees where that is not everything. Storage knows nobody's work: it asks the call's sight about each
// list, so that no list can forget it.
#ifndef AFTERSALES_SERVER_STORAGE_SIGHT_H_
#define AFTERSALES_SERVER_STORAGE_SIGHT_H_

#include <optional>
#include <string>

#include "google/protobuf/descriptor.h"
#include "server/storage/database.h"

namespace aftersales {

// A condition that no column comparison expresses; whoever makes it vouches for the text. `?` for each value.
struct SqlText {
  std::string sql;
  Values values;
};

// Stateless and thread-safe.
class Sight {
 public:
  virtual ~Sight() = default;
  // Which rows of the resource's table the caller sees, the table being called by its own name; nothing where they see
  // all of them.
  virtual std::optional<SqlText> Rows(const Caller& caller, const google::protobuf::Descriptor& resource) const = 0;
  // Which rows of a table the caller sees that names a case in `column`.
  virtual SqlText RowsOfCases(const Caller& caller, const std::string& column) const = 0;
};

// What the call's sight answers; nothing where the caller sees everything.
inline std::optional<SqlText> SeenRows(Reader& reader, const google::protobuf::Descriptor& resource) {
  const Call& call = reader.call();
  return call.sight == nullptr ? std::nullopt : call.sight->Rows(call.caller, resource);
}
inline std::optional<SqlText> SeenCases(Reader& reader, const std::string& column) {
  const Call& call = reader.call();
  if (call.sight == nullptr) return std::nullopt;
  return call.sight->RowsOfCases(call.caller, column);
}

// " AND (...)" for a statement's WHERE, its values appended to `values`; nothing where there is no such condition.
std::string AndAlso(const std::optional<SqlText>& also, Values* values);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_SIGHT_H_
