#include "tests/bench/sql_load.h"

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"

namespace aftersales::bench {
namespace {

absl::Status ErrorOf(MYSQL* connection, std::string_view sql) {
  return absl::InternalError(absl::StrCat("MariaDB error ", mysql_errno(connection), " (", mysql_error(connection),
                                          ") in: ", std::string(sql.substr(0, 300))));
}

}  // namespace

absl::StatusOr<SqlConnection> SqlConnection::Connect(const std::string& socket, const std::string& database) {
  SqlConnection made;
  made.connection_.reset(mysql_init(nullptr));
  mysql_options(made.connection_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(made.connection_.get(), nullptr, "root", nullptr,
                         database.empty() ? nullptr : database.c_str(), 0, socket.c_str(), 0) == nullptr) {
    return ErrorOf(made.connection_.get(), "connect");
  }
  RETURN_IF_ERROR(made.Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  RETURN_IF_ERROR(made.Run("SET SESSION time_zone = '+00:00', max_statement_time = 20, innodb_lock_wait_timeout = 5"));
  return made;
}

absl::Status SqlConnection::Run(std::string_view sql) { return Ask(sql).status(); }

absl::StatusOr<std::vector<std::string>> SqlConnection::Ask(std::string_view sql) {
  MYSQL* connection = connection_.get();
  if (mysql_real_query(connection, sql.data(), sql.size()) != 0) return ErrorOf(connection, sql);
  std::vector<std::string> first;
  MYSQL_RES* answer = mysql_store_result(connection);
  if (answer == nullptr) {
    if (mysql_field_count(connection) != 0) return ErrorOf(connection, sql);
    return first;
  }
  while (MYSQL_ROW row = mysql_fetch_row(answer)) first.emplace_back(row[0] == nullptr ? "" : row[0]);
  mysql_free_result(answer);
  return first;
}

absl::StatusOr<Round> SqlLoad::Run(const Statements& statements, int clients, absl::Duration length,
                                   const Watch& watch) {
  while (static_cast<int>(connections_.size()) < clients) {
    ASSIGN_OR_RETURN(SqlConnection connection, SqlConnection::Connect(socket_, database_));
    connections_.push_back(std::move(connection));
  }
  return RunRound(clients, length, watch, [&](int thread, const Window& window, Tally& tally) {
    SqlConnection& connection = connections_[static_cast<size_t>(thread)];
    std::vector<std::string> texts;
    for (Ticks sent = std::chrono::steady_clock::now(); !window.Over(sent);) {
      statements(texts);
      absl::Status status;
      for (const std::string& text : texts) {
        status = connection.Run(text);
        if (!status.ok()) break;
      }
      const Ticks now = std::chrono::steady_clock::now();
      if (status.ok()) {
        tally.Answered(sent, now);
      } else {
        tally.Failed(std::string(status.message()));
        if (!connection.Run("ROLLBACK").ok()) return;  // the connection is gone
      }
      sent = now;
    }
  });
}

}  // namespace aftersales::bench
