// One connection to the database, with its settings made sure of and its statements kept. The only place, with
// prepared_statement and dialect, that knows SOCI.
#ifndef AFTERSALES_SERVER_STORAGE_SESSION_H_
#define AFTERSALES_SERVER_STORAGE_SESSION_H_

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "server/storage/address.h"
#include "server/storage/database.h"
#include "server/storage/dialect.h"
#include "server/storage/prepared_statement.h"
#include "soci/soci.h"

namespace aftersales {

struct SessionLimits {
  absl::Duration lock_wait = absl::Seconds(5);
  absl::Duration statement_time = absl::Seconds(20);  // infinite: no limit, for migrations
};

// Used by one thread at a time. Everything throws Fault. After a fault other than kDuplicate or kData the state of the
// transaction is in doubt: roll back, and destroy the session if that fails.
class Session {
 public:
  Session(const DatabaseAddress& address, const SessionLimits& limits);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Engine engine() const { return engine_; }
  bool in_transaction() const { return in_transaction_; }

  // A write transaction; on SQLite it excludes every other.
  void Begin();
  void Commit();
  void Rollback();

  std::vector<Row> Select(std::string_view sql, const Values& values, std::string_view types);
  int64_t Execute(std::string_view sql, const Values& values);
  // A statement without values and without rows: of migrations.
  void Run(const std::string& sql);

  // On SQLite: `grown` is told after each commit of this session how many pages the log has, and answers whether to
  // write them back now. SQLite then does not do so by itself. It must be quick and throw nothing.
  void WatchLog(std::function<bool(int pages)> grown);

  // No statement after this waits or runs much longer than `remaining`. Costs a round trip only when that is less than
  // the limits of the session, or was before.
  void Expect(absl::Duration remaining);

 private:
  void ConnectSqlite(const DatabaseAddress& address);
  void ConnectMySql(const DatabaseAddress& address);
  void AssertMySqlSettings(bool tls);
  std::string Ask(const std::string& sql);  // one text value
  void SetMySqlLimits(int lock_wait_seconds, absl::Duration statement_time);
  void SetSqliteLimits(absl::Duration lock_wait, absl::Duration statement_time);
  PreparedStatement& Prepare(std::string_view sql, const Values& values, std::string_view types);
  void Drop(std::string_view sql);
  [[noreturn]] void Rethrow(std::string_view sql);
  template <typename Work>
  auto Guarded(std::string_view sql, const Work& work);

  struct Kept {
    std::string sql;
    std::unique_ptr<PreparedStatement> statement;
  };
  // Newest use first. The index's keys point into the list's texts.
  std::list<Kept> kept_;
  std::unordered_map<std::string_view, std::list<Kept>::iterator> index_;
  std::unique_ptr<PreparedStatement> passing_;  // the last statement that was not worth keeping

  SessionLimits limits_;
  Engine engine_ = Engine::kSqlite;
  bool in_transaction_ = false;
  std::function<bool(int pages)> log_grown_;
  int lock_wait_seconds_ = 0;
  absl::Duration statement_time_ = absl::ZeroDuration();
  absl::Time stop_ = absl::InfiniteFuture();  // when SQLite interrupts the running statement
  std::unique_ptr<soci::session> sql_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_SESSION_H_
