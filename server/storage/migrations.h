// Numbered changes of the schema, server/migrations/NNNN_name.sql, and the check that the database has them all.
#ifndef AFTERSALES_SERVER_STORAGE_MIGRATIONS_H_
#define AFTERSALES_SERVER_STORAGE_MIGRATIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/call.h"
#include "server/base/clock.h"
#include "server/storage/address.h"
#include "server/storage/database.h"
#include "server/storage/dialect.h"

namespace aftersales {

struct Migration {
  int64_t version = 0;
  std::string name;  // "0001_initial.sql"
  std::string text;  // with macros
};

// The migrations that are part of this program, by version from 1 on.
const std::vector<Migration>& NewestSchema();

// Statements of a migration, in the engine's words: the text is cut at each `;` at the end of a line, comments are left
// out.
absl::StatusOr<std::vector<std::string>> MigrationStatements(const Migration& migration, Engine engine);

// Brings the database to the last of `migrations`. One server does it, others wait for it until the call's deadline. On
// SQLite a migration happens wholly or not at all; on MySQL, where changes of the schema commit one by one, one that
// was broken off goes on where it stopped. Refuses a database that is newer than `migrations`.
absl::Status MigrateSchema(Call& call, const DatabaseAddress& address, const DatabaseOptions& options,
                           const Clock& clock, const std::vector<Migration>& migrations);

// FAILED_PRECONDITION unless the schema is at `newest`; the text says which command to run.
absl::Status CheckSchemaVersion(Reader& reader, const DatabaseAddress& address, int64_t newest);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_MIGRATIONS_H_
