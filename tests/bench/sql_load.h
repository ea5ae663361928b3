// A plain client of the database: no SOCI, no server, just libmariadb. It says what the database alone can do.
#ifndef AFTERSALES_TESTS_BENCH_SQL_LOAD_H_
#define AFTERSALES_TESTS_BENCH_SQL_LOAD_H_

#include <mysql.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/rounds.h"

namespace aftersales::bench {

// One connection, with the session settings of the server's own. Used by one thread at a time.
class SqlConnection {
 public:
  // `database` may be empty.
  static absl::StatusOr<SqlConnection> Connect(const std::string& socket, const std::string& database);

  // Sends it and reads the whole answer.
  absl::Status Run(std::string_view sql);
  // The first column of the answer.
  absl::StatusOr<std::vector<std::string>> Ask(std::string_view sql);

 private:
  struct Close {
    void operator()(MYSQL* connection) const { mysql_close(connection); }
  };
  std::unique_ptr<MYSQL, Close> connection_;
};

// Used by one thread; runs threads of its own during a round.
class SqlLoad {
 public:
  // Fills in the statements to send next, in order: one "call". Called on several threads at once.
  using Statements = std::function<void(std::vector<std::string>&)>;

  SqlLoad(std::string socket, std::string database) : socket_(std::move(socket)), database_(std::move(database)) {}

  // So many clients, each on a connection and a thread of its own.
  absl::StatusOr<Round> Run(const Statements& statements, int clients, absl::Duration length, const Watch& watch);

 private:
  const std::string socket_;
  const std::string database_;
  std::vector<SqlConnection> connections_;
};

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_SQL_LOAD_H_
