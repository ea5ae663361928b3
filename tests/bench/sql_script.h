// The statements of one call as the server really sent them, written down by the database's own log, and made ready to
// be sent again with fresh keys.
#ifndef AFTERSALES_TESTS_BENCH_SQL_SCRIPT_H_
#define AFTERSALES_TESTS_BENCH_SQL_SCRIPT_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/sql_load.h"

namespace aftersales::bench {

// A statement out of the database's log.
struct LoggedStatement {
  int64_t connection = 0;
  std::string sql;
};

// What the database receives from anybody while `work` runs. `folder` must be one that the database can write to.
absl::StatusOr<std::vector<LoggedStatement>> Capture(SqlConnection& root, const std::string& folder,
                                                     absl::FunctionRef<absl::Status()> work);

// Thread-safe once made.
class SqlScript {
 public:
  // The select that reads this case by its name.
  static absl::StatusOr<SqlScript> OfGet(const std::vector<LoggedStatement>& log, const std::string& case_name);
  // The transaction that made this case, from BEGIN to COMMIT.
  static absl::StatusOr<SqlScript> OfCreate(const std::vector<LoggedStatement>& log, const std::string& case_name,
                                            const std::string& request_id);

  // The statements about the case of this name; request id and row ids are fresh each time.
  void Write(const std::string& case_name, std::vector<std::string>& statements) const;

  size_t size() const { return statements_.size(); }
  size_t bytes() const;

 private:
  enum class Slot { kText, kNumber, kRequest, kId };
  struct Piece {
    Slot slot = Slot::kText;
    std::string text;  // kText
    size_t id = 0;     // kId: which of the ids of the script
  };
  struct Token {
    std::string text;
    Slot slot = Slot::kText;
    size_t id = 0;
  };
  static std::vector<Piece> Cut(const std::string& sql, const std::vector<Token>& tokens);

  std::vector<std::vector<Piece>> statements_;
  size_t ids_ = 0;
};

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_SQL_SCRIPT_H_
