#include "server/storage/migrations.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/embedded_files.h"
#include "server/storage/session.h"
#include "server/storage/session_pool.h"

namespace aftersales {
namespace {

constexpr absl::Duration kLookAgain = absl::Milliseconds(100);

absl::Status NotReady(const std::string& text) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_NOT_READY, text);
}

std::string Command(const DatabaseAddress& address) {
  return absl::StrCat("aftersalesd migrate --database '", address.text, "'");
}

absl::Status TooNew(const DatabaseAddress& address, int64_t is, int64_t newest) {
  return NotReady(absl::StrCat("The schema of ", address.text, " is at version ", is,
                               ", newer than this program (version ", newest,
                               "). Install the newer program on this machine too; nothing was changed."));
}

// Does the migrating. One connection changes the schema; on MySQL another holds the lock, a row locked by an open
// transaction: when this server dies, its connections do, and the lock is free.
class Migrator {
 public:
  Migrator(Call& call, const DatabaseAddress& address, const DatabaseOptions& options, const Clock& clock,
           const std::vector<Migration>& migrations)
      : call_(call),
        address_(address),
        clock_(clock),
        migrations_(migrations),
        session_(address, {options.lock_wait, absl::InfiniteDuration()}) {
    if (!address.sqlite) lock_session_.emplace(address, SessionLimits{absl::Seconds(1), options.statement_time});
  }

  absl::Status Run() {
    CreateOwnTables();
    if (address_.sqlite) return RunOnSqlite();
    TakeLock();
    ASSIGN_OR_RETURN(const int64_t at, CheckedVersion());
    for (const Migration& migration : migrations_) {
      if (migration.version > at) RETURN_IF_ERROR(ApplyStepwise(migration));
    }
    lock_session_->Rollback();
    return absl::OkStatus();
  }

 private:
  void CreateOwnTables() {
    session_.Run(
        absl::StrCat("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, "
                     "name VARCHAR(200) NOT NULL, statements_done BIGINT NOT NULL, finish_time BIGINT NULL) ",
                     *ExpandMacros(session_.engine(), "@table_options")));
    if (address_.sqlite) return;
    session_.Run(absl::StrCat("CREATE TABLE IF NOT EXISTS schema_lock (id BIGINT NOT NULL PRIMARY KEY) ",
                              *ExpandMacros(session_.engine(), "@table_options")));
    try {
      session_.Execute("INSERT INTO schema_lock (id) VALUES (1)", {});
    } catch (const Fault& fault) {
      if (fault.kind() != FaultKind::kDuplicate) throw;
    }
  }

  void TakeLock() {
    while (true) {
      CheckCall(call_);
      try {
        lock_session_->Begin();
        lock_session_->Select("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE", {}, "i");
        return;
      } catch (const Fault& fault) {
        if (fault.kind() != FaultKind::kLockTimeout && fault.kind() != FaultKind::kDeadlock) throw;
        lock_session_->Rollback();
        absl::SleepFor(kLookAgain);
      }
    }
  }

  absl::StatusOr<int64_t> CheckedVersion() {
    const auto row =
        session_.Select("SELECT COALESCE(MAX(version), 0) FROM schema_version WHERE finish_time IS NOT NULL", {}, "i");
    const int64_t at = row.front().Int(0);
    const int64_t newest = migrations_.empty() ? 0 : migrations_.back().version;
    if (at > newest) return TooNew(address_, at, newest);
    return at;
  }

  absl::Status RunOnSqlite() {
    session_.Begin();
    ASSIGN_OR_RETURN(const int64_t at, CheckedVersion());
    for (const Migration& migration : migrations_) {
      if (migration.version <= at) continue;
      ASSIGN_OR_RETURN(const std::vector<std::string> statements, MigrationStatements(migration, session_.engine()));
      for (const std::string& statement : statements) session_.Run(statement);
      session_.Execute("INSERT INTO schema_version (version, name, statements_done, finish_time) VALUES (?, ?, ?, ?)",
                       {migration.version, migration.name, static_cast<int64_t>(statements.size()), clock_.Now()});
    }
    session_.Commit();
    return absl::OkStatus();
  }

  absl::Status ApplyStepwise(const Migration& migration) {
    ASSIGN_OR_RETURN(const std::vector<std::string> statements, MigrationStatements(migration, session_.engine()));
    const auto row =
        session_.Select("SELECT statements_done FROM schema_version WHERE version = ?", {migration.version}, "i");
    if (row.empty()) {
      session_.Execute("INSERT INTO schema_version (version, name, statements_done) VALUES (?, ?, 0)",
                       {migration.version, migration.name});
    }
    const size_t done = row.empty() ? 0 : static_cast<size_t>(row.front().Int(0));
    for (size_t i = done; i < statements.size(); ++i) {
      CheckCall(call_);
      // Still holding the lock? Asking throws when the connection that holds it was lost.
      lock_session_->Select("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE", {}, "i");
      RunStep(statements[i], /*may_be_done=*/i == done && !row.empty());
      session_.Execute("UPDATE schema_version SET statements_done = ? WHERE version = ?",
                       {static_cast<int64_t>(i + 1), migration.version});
    }
    session_.Execute("UPDATE schema_version SET finish_time = ? WHERE version = ?", {clock_.Now(), migration.version});
    return absl::OkStatus();
  }

  // The step at which the last attempt broke off may have been carried out without being counted.
  void RunStep(const std::string& statement, bool may_be_done) {
    try {
      session_.Run(statement);
    } catch (const Fault& fault) {
      // Table, column, key name or row exists; nothing to drop.
      const bool done_already = fault.code() == 1050 || fault.code() == 1060 || fault.code() == 1061 ||
                                fault.code() == 1062 || fault.code() == 1091;
      if (!may_be_done || !done_already) throw;
    }
  }

  Call& call_;
  const DatabaseAddress& address_;
  const Clock& clock_;
  const std::vector<Migration>& migrations_;
  Session session_;
  std::optional<Session> lock_session_;
};

}  // namespace

const std::vector<Migration>& NewestSchema() {
  static const auto& migrations = *[] {
    auto* list = new std::vector<Migration>;
    for (const EmbeddedFile& file : Migrations()) {
      Migration migration;
      migration.name = std::string(file.name);
      migration.text = std::string(file.content);
      if (absl::SimpleAtoi(migration.name.substr(0, migration.name.find('_')), &migration.version)) {
        list->push_back(std::move(migration));
      }
    }
    std::sort(list->begin(), list->end(), [](const Migration& a, const Migration& b) { return a.version < b.version; });
    return list;
  }();
  return migrations;
}

absl::StatusOr<std::vector<std::string>> MigrationStatements(const Migration& migration, Engine engine) {
  std::vector<std::string> statements;
  std::string statement;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(migration.text, '\n'))) {
    // Whole-line comments only: a statement may hold -- in quotes.
    if (absl::StripLeadingAsciiWhitespace(line).substr(0, 2) == "--") continue;
    statement += line;
    const std::string trimmed(absl::StripAsciiWhitespace(statement));
    if (trimmed.empty()) {
      statement.clear();
    } else if (trimmed.back() == ';') {
      ASSIGN_OR_RETURN(std::string expanded, ExpandMacros(engine, trimmed.substr(0, trimmed.size() - 1)));
      statements.push_back(std::move(expanded));
      statement.clear();
    } else {
      statement += '\n';
    }
  }
  if (!statement.empty())
    return InternalError(absl::StrCat(migration.name, ": the last statement does not end with ;"));
  return statements;
}

absl::Status MigrateSchema(Call& call, const DatabaseAddress& address, const DatabaseOptions& options,
                           const Clock& clock, const std::vector<Migration>& migrations) {
  constexpr int kMostTries = 5;
  for (int tries = 1;; ++tries) {
    try {
      return Migrator(call, address, options, clock, migrations).Run();
    } catch (const Fault& fault) {
      // Two servers that start together can meet before there is a lock.
      const bool again = fault.kind() == FaultKind::kLockTimeout || fault.kind() == FaultKind::kDeadlock;
      if (!again || tries == kMostTries) return ToStatus(fault);
      absl::SleepFor(kLookAgain);
    }
  }
}

absl::Status CheckSchemaVersion(Reader& reader, const DatabaseAddress& address, int64_t newest) {
  int64_t at = 0;
  try {
    const auto row =
        reader.SelectOne("SELECT COALESCE(MAX(version), 0) FROM schema_version WHERE finish_time IS NOT NULL", {}, "i");
    at = row.has_value() ? row->Int(0) : 0;
  } catch (const Fault& fault) {
    if (fault.kind() != FaultKind::kSchema) throw;
  }
  if (at == newest) return absl::OkStatus();
  if (at > newest) return TooNew(address, at, newest);
  if (at == 0) {
    return NotReady(absl::StrCat(address.text, " has no schema yet. Run: ", Command(address)));
  }
  return NotReady(absl::StrCat("The schema of ", address.text, " is at version ", at, ", and this program needs ",
                               newest, ". Run: ", Command(address)));
}

}  // namespace aftersales
