#include "server/storage/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "soci/mysql/soci-mysql.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace aftersales {
namespace {

constexpr size_t kMostKept = 256;        // statements per session
constexpr size_t kMostKeptValues = 200;  // statements with more values are multi-row inserts of varying length
constexpr absl::Duration kConnectTime = absl::Seconds(5);
// How much later than the database itself the client gives up on an answer: then the connection is lost.
constexpr absl::Duration kAnswerMargin = absl::Seconds(5);

soci::mysql_session_backend* MySqlBackend(soci::session& sql) {
  return static_cast<soci::mysql_session_backend*>(sql.get_backend());
}

sqlite_api::sqlite3* SqliteHandle(soci::session& sql) {
  return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

// A value of the MySQL backend's connection string.
std::string Quoted(const std::string& value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// Makes the file where there is none. It holds personal data: made by us, it is for the owner only; its companions
// inherit that. One that is there is not opened here: closing it again would drop every lock that this process has on
// it (POSIX knows no others), and the next program to look at the database would think itself alone and throw its log
// away.
void MakeSqliteFile(const std::string& path) {
  static absl::Mutex one_at_a_time(absl::kConstInit);
  absl::MutexLock lock(&one_at_a_time);
  bool usable = access(path.c_str(), R_OK | W_OK) == 0;
  if (!usable && errno == ENOENT) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    usable = file >= 0 && close(file) == 0;
  }
  if (usable) return;
  throw Fault(FaultKind::kRefused, errno, absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
}

int64_t WholeSeconds(absl::Duration duration) {
  return std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1))));
}

}  // namespace

template <typename Work>
auto Session::Guarded(std::string_view sql, const Work& work) {
  if (engine_ == Engine::kSqlite) {
    stop_ = statement_time_ == absl::InfiniteDuration() ? absl::InfiniteFuture() : absl::Now() + statement_time_;
  }
  try {
    return work();
  } catch (...) {
    // What a statement holds after an error is not defined.
    Drop(sql);
    Rethrow(sql);
  }
}

Session::Session(const DatabaseAddress& address, const SessionLimits& limits) : limits_(limits) {
  if (address.sqlite) {
    ConnectSqlite(address);
  } else {
    ConnectMySql(address);
  }
}

Session::~Session() {
  // Statements refer to the connection.
  passing_.reset();
  index_.clear();
  kept_.clear();
}

void Session::ConnectSqlite(const DatabaseAddress& address) {
  engine_ = Engine::kSqlite;
  MakeSqliteFile(address.path);
  Guarded("connect", [&] {
    sql_ = std::make_unique<soci::session>(*soci::factory_sqlite3(), absl::StrCat("dbname=\"", address.path, "\""));
    return 0;
  });
  sqlite_api::sqlite3_extended_result_codes(SqliteHandle(*sql_), 1);
  SetSqliteLimits(limits_.lock_wait, limits_.statement_time);
  sqlite_api::sqlite3_progress_handler(
      SqliteHandle(*sql_), 20000,
      [](void* stop) { return absl::Now() > *static_cast<const absl::Time*>(stop) ? 1 : 0; }, &stop_);
  if (Ask("PRAGMA journal_mode = WAL") != "wal") {
    throw Fault(FaultKind::kSettings, 0,
                absl::StrCat(address.path, " cannot be put in WAL mode; is it on a network disk?"));
  }
  // FULL: what was acknowledged survives a power cut.
  Run("PRAGMA synchronous = FULL");
  // Rows changed all over a large database are pages all over it: what a session changes and reads again stays in
  // memory, 16 MiB for each session. SQLite's own 2 MiB do not hold the upper levels of the indexes of a large
  // database.
  Run("PRAGMA cache_size = -16384");
  Run("PRAGMA foreign_keys = ON");
  if (Ask("PRAGMA synchronous") != "2" || Ask("PRAGMA foreign_keys") != "1" || Ask("PRAGMA encoding") != "UTF-8") {
    throw Fault(FaultKind::kSettings, 0, absl::StrCat("SQLite does not take the settings needed for ", address.path));
  }
}

void Session::ConnectMySql(const DatabaseAddress& address) {
  engine_ = Engine::kMySql;
  std::string parameters = absl::StrCat("db=", Quoted(address.database), " user=", Quoted(address.user),
                                        " charset=utf8mb4 local_infile=0 connect_timeout=", WholeSeconds(kConnectTime));
  if (!address.password.empty()) absl::StrAppend(&parameters, " password=", Quoted(address.password));
  if (address.socket.empty()) {
    absl::StrAppend(&parameters, " host=", Quoted(address.host), " port=", address.port);
  } else {
    absl::StrAppend(&parameters, " unix_socket=", Quoted(address.socket));
  }
  if (!address.tls_ca.empty()) absl::StrAppend(&parameters, " sslca=", Quoted(address.tls_ca));
  // A migration may take its time; anything else that brings no answer for so long is lost.
  if (limits_.statement_time < absl::InfiniteDuration()) {
    const int64_t patience = WholeSeconds(std::max(limits_.statement_time, limits_.lock_wait) + kAnswerMargin);
    absl::StrAppend(&parameters, " read_timeout=", patience, " write_timeout=", patience);
  }
  Guarded("connect", [&] {
    sql_ = std::make_unique<soci::session>(*soci::factory_mysql(), parameters);
    return 0;
  });
  const unsigned int off = 0;
  mysql_options(MySqlBackend(*sql_)->conn_, MYSQL_OPT_LOCAL_INFILE, &off);
  if (absl::StrContains(Ask("SELECT VERSION()"), "MariaDB")) engine_ = Engine::kMariaDb;
  Run("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
      "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', time_zone = '+00:00', autocommit = 1");
  Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  SetMySqlLimits(static_cast<int>(WholeSeconds(limits_.lock_wait)), limits_.statement_time);
  AssertMySqlSettings(!address.tls_ca.empty());
}

void Session::AssertMySqlSettings(bool tls) {
  const auto require = [this](const std::string& sql, const std::string& wanted) {
    if (const std::string is = Ask(sql); !absl::StrContains(is, wanted)) {
      throw Fault(FaultKind::kSettings, 0,
                  absl::StrCat("The database does not take a setting that is needed: ", sql, " gives \"", is,
                               "\", not \"", wanted, "\"."));
    }
  };
  const bool mariadb = engine_ == Engine::kMariaDb;
  require("SELECT @@session.sql_mode", "STRICT_ALL_TABLES");
  // Without backslash escapes a NUL byte in a bound value would break out of its quotes.
  if (absl::StrContains(Ask("SELECT @@session.sql_mode"), "NO_BACKSLASH_ESCAPES")) {
    throw Fault(FaultKind::kSettings, 0, "The database insists on sql_mode NO_BACKSLASH_ESCAPES; take it out.");
  }
  require(mariadb ? "SELECT @@session.tx_isolation" : "SELECT @@session.transaction_isolation", "READ-COMMITTED");
  require("SELECT @@session.character_set_client", "utf8mb4");
  require("SELECT @@session.character_set_connection", "utf8mb4");
  require("SELECT @@session.time_zone", "+00:00");
  require("SELECT IF(@@session.autocommit, '1', '0')", "1");
  require("SELECT CAST(@@session.innodb_lock_wait_timeout AS CHAR)", absl::StrCat(lock_wait_seconds_));
  require(mariadb ? "SELECT CAST(CAST(@@session.max_statement_time * 1000 AS SIGNED) AS CHAR)"
                  : "SELECT CAST(@@session.max_execution_time AS CHAR)",
          absl::StrCat(statement_time_ == absl::InfiniteDuration() ? 0 : absl::ToInt64Milliseconds(statement_time_)));
  if (std::strcmp(mysql_character_set_name(MySqlBackend(*sql_)->conn_), "utf8mb4") != 0) {
    throw Fault(FaultKind::kSettings, 0, "The client library does not escape values as utf8mb4.");
  }
  if (tls && mysql_get_ssl_cipher(MySqlBackend(*sql_)->conn_) == nullptr) {
    throw Fault(FaultKind::kSettings, 0, "tls_ca is given, but the database offers no encryption; switch it on there.");
  }
}

std::string Session::Ask(const std::string& sql) {
  return Guarded(sql, [&] {
    std::string answer;
    soci::indicator indicator = soci::i_null;
    sql_->once << sql, soci::into(answer, indicator);
    return answer;
  });
}

void Session::SetMySqlLimits(int lock_wait_seconds, absl::Duration statement_time) {
  if (lock_wait_seconds == lock_wait_seconds_ && statement_time == statement_time_) return;
  const int64_t millis = statement_time == absl::InfiniteDuration() ? 0 : absl::ToInt64Milliseconds(statement_time);
  // MySQL limits selects only; its other statements are limited by their lock waits and the client's patience.
  Run(absl::StrCat("SET SESSION innodb_lock_wait_timeout = ", lock_wait_seconds,
                   engine_ == Engine::kMariaDb ? ", max_statement_time = " : ", max_execution_time = ",
                   engine_ == Engine::kMariaDb ? static_cast<double>(millis) / 1000 : static_cast<double>(millis)));
  lock_wait_seconds_ = lock_wait_seconds;
  statement_time_ = statement_time;
}

void Session::SetSqliteLimits(absl::Duration lock_wait, absl::Duration statement_time) {
  sqlite_api::sqlite3_busy_timeout(SqliteHandle(*sql_), static_cast<int>(absl::ToInt64Milliseconds(lock_wait)));
  statement_time_ = statement_time;
}

void Session::Expect(absl::Duration remaining) {
  if (engine_ == Engine::kSqlite) {
    SetSqliteLimits(std::clamp(remaining, absl::Milliseconds(1), limits_.lock_wait),
                    std::clamp(remaining, absl::Milliseconds(1), limits_.statement_time));
    return;
  }
  if (limits_.statement_time == absl::InfiniteDuration()) return;
  // In steps, so that calls with somewhat different deadlines do not change the limits for each other all the time.
  absl::Duration limit = limits_.statement_time;
  for (const int step : {10, 5, 3, 2, 1}) {
    if (remaining <= absl::Seconds(step)) limit = std::min(limit, absl::Seconds(step));
  }
  SetMySqlLimits(static_cast<int>(WholeSeconds(std::min(limit, limits_.lock_wait))), limit);
}

void Session::WatchLog(std::function<bool(int pages)> grown) {
  if (engine_ != Engine::kSqlite) return;
  log_grown_ = std::move(grown);
  sqlite_api::sqlite3_wal_hook(
      SqliteHandle(*sql_),
      [](void* session, sqlite_api::sqlite3* handle, const char* database, int pages) {
        // What cannot be written back now can later.
        if (static_cast<Session*>(session)->log_grown_(pages)) {
          sqlite_api::sqlite3_wal_checkpoint_v2(handle, database, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        }
        return SQLITE_OK;
      },
      this);
}

void Session::Begin() {
  Execute(engine_ == Engine::kSqlite ? "BEGIN IMMEDIATE" : "BEGIN", {});
  in_transaction_ = true;
}

void Session::Commit() {
  Execute("COMMIT", {});
  in_transaction_ = false;
}

void Session::Rollback() {
  // SQLite has ended the transaction itself after some errors and calls it an error to end it again.
  if (engine_ != Engine::kSqlite || sqlite_api::sqlite3_get_autocommit(SqliteHandle(*sql_)) == 0)
    Execute("ROLLBACK", {});
  in_transaction_ = false;
}

std::vector<Row> Session::Select(std::string_view sql, const Values& values, std::string_view types) {
  return Guarded(sql, [&] { return Prepare(sql, values, types).Select(values); });
}

int64_t Session::Execute(std::string_view sql, const Values& values) {
  return Guarded(sql, [&] { return Prepare(sql, values, "").Execute(values); });
}

void Session::Run(const std::string& sql) {
  Guarded(sql, [&] {
    sql_->once << sql;
    return 0;
  });
}

PreparedStatement& Session::Prepare(std::string_view sql, const Values& values, std::string_view types) {
  if (values.size() > kMostKeptValues) {
    passing_ = std::make_unique<PreparedStatement>(*sql_, sql, values, types);
    return *passing_;
  }
  passing_.reset();
  if (auto found = index_.find(sql); found != index_.end()) {
    kept_.splice(kept_.begin(), kept_, found->second);
    Kept& kept = kept_.front();
    if (!kept.statement->Fits(values, types)) {
      kept.statement = std::make_unique<PreparedStatement>(*sql_, sql, values, types);
    }
    return *kept.statement;
  }
  if (kept_.size() >= kMostKept) {
    index_.erase(kept_.back().sql);
    kept_.pop_back();
  }
  kept_.push_front({std::string(sql), std::make_unique<PreparedStatement>(*sql_, sql, values, types)});
  index_.emplace(kept_.front().sql, kept_.begin());
  return *kept_.front().statement;
}

void Session::Drop(std::string_view sql) {
  passing_.reset();
  if (auto found = index_.find(sql); found != index_.end()) {
    const auto place = found->second;
    index_.erase(found);
    kept_.erase(place);
  }
}

void Session::Rethrow(std::string_view sql) {
  const auto text = [&](const char* engine, int code) {
    return absl::StrCat(engine, " error ", code, " in: ", std::string(sql.substr(0, 400)));
  };
  try {
    throw;
  } catch (const soci::mysql_soci_error& error) {
    FaultKind kind = ClassifyMySql(error.err_num_);
    // The engine's own error: only its message tells a full disk (errno 28).
    if (error.err_num_ == 1030 && absl::StrContains(error.get_error_message(), " 28 ")) kind = FaultKind::kFull;
    throw Fault(kind, static_cast<int>(error.err_num_), text("MySQL", static_cast<int>(error.err_num_)));
  } catch (const soci::soci_error& error) {
    const auto* numbered = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    int code = 0;  // mistakes found while preparing carry none
    if (numbered != nullptr) {
      code = numbered->result();
    } else if (sql_ != nullptr && engine_ == Engine::kSqlite) {
      code = sqlite_api::sqlite3_extended_errcode(SqliteHandle(*sql_));
    }
    if (engine_ != Engine::kSqlite) throw Fault(FaultKind::kDefect, 0, text("SOCI", 0));
    FaultKind kind = ClassifySqlite(code);
    // SQLite has one number for all mistakes in a statement: only its message tells a missing table.
    if (kind == FaultKind::kDefect && absl::StrContains(error.get_error_message(), "no such "))
      kind = FaultKind::kSchema;
    throw Fault(kind, code, text("SQLite", code));
  }
}

}  // namespace aftersales
