// What differs between the engines: error numbers, row locks, and the words of the migrations.
#ifndef AFTERSALES_SERVER_STORAGE_DIALECT_H_
#define AFTERSALES_SERVER_STORAGE_DIALECT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/storage/fault.h"

namespace aftersales {

enum class Engine { kSqlite, kMariaDb, kMySql };

// What an error number of MySQL's protocol means.
FaultKind ClassifyMySql(unsigned int number);
// What an (extended) result code of SQLite means.
FaultKind ClassifySqlite(int code);

// " FOR UPDATE" or nothing.
std::string_view LockClause(Engine engine);

// A migration's text in the engine's words. Macros stand as @name or @name(argument); 0001_initial.sql lists them. An
// unknown one is an error.
absl::StatusOr<std::string> ExpandMacros(Engine engine, std::string_view text);

// `sql` with its `?` replaced by the names that SOCI wants (:v0, :v1 ...), but not inside '...'. Throws kDefect for
// what SOCI would misread: double quotes, backticks, comments and colons.
std::string WithNames(std::string_view sql, size_t* parameters);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_DIALECT_H_
