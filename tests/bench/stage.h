// Everything that is measured, set up: a private MariaDB with durable commits, the real server on it, the Hongxing
// pack, a small directory and some cases; beside it the empty server and a second database for replayed SQL, holding
// the same rows.
#ifndef AFTERSALES_TESTS_BENCH_STAGE_H_
#define AFTERSALES_TESTS_BENCH_STAGE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/client.h"
#include "tests/bench/empty_server.h"
#include "tests/bench/processes.h"
#include "tests/bench/sql_script.h"
#include "tests/testing/mariadb.h"

namespace aftersales::bench {

// Counters of one RPC, as the server tells them to Prometheus.
struct StatementCount {
  double calls = 0;
  double statements = 0;
};

// Used by one thread.
class Stage {
 public:
  // Works in `folder`, which must be on a disk that keeps what it is told to. `program` is the aftersalesd to measure,
  // `workers` its --workers.
  static absl::StatusOr<std::unique_ptr<Stage>> SetUp(const std::string& folder, const std::string& program,
                                                      int workers, int cases);
  // Only the server and its database, with so many cases: those that a client opened, multiplied in the database
  // together with what they owe, their items and their events. The database has a buffer pool of `pool_mib` MiB.
  static absl::StatusOr<std::unique_ptr<Stage>> SetUpForSize(const std::string& folder, const std::string& program,
                                                             int workers, int64_t cases, int pool_mib);
  ~Stage();

  const std::string& endpoint() const { return endpoint_; }
  const std::string& token() const { return token_; }
  pid_t server_pid() const { return server_.pid(); }
  pid_t database_pid() const { return database_->pid(); }
  const EmptyServer& empty() const { return *empty_; }
  const std::string& socket() const { return database_->socket(); }

  // The cases there are to read.
  const std::vector<std::string>& cases() const { return cases_; }
  // A CreateCase request; each one used must get a request_id of its own.
  const v1::CreateCaseRequest& create_request() const { return create_request_; }
  const SqlScript& get_script() const { return *get_script_; }
  const SqlScript& create_script() const { return *create_script_; }
  const std::string& database_version() const { return database_version_; }

  // What the product's tables and their indexes take, in MiB, as the database estimates it.
  absl::StatusOr<int64_t> SizeInMib();

  absl::StatusOr<StatementCount> Statements(const std::string& method) const;
  // Waits until the feed has taken in all events, so that this work does not go on during the next measurement.
  absl::Status AwaitFeed() const;

 private:
  Stage(std::string folder, std::string program, int workers)
      : folder_(std::move(folder)), program_(std::move(program)), workers_(workers) {}
  absl::Status StartDatabase(int pool_mib);
  absl::Status StartServer();
  absl::Status SignIn();
  absl::Status Furnish();
  absl::Status OpenCases(int count);
  absl::Status LearnSql();
  absl::Status CopyDatabase();
  absl::Status TryScripts();
  absl::Status AcceptCases();
  absl::Status Multiply(int64_t times);
  absl::Status MigrateDatabase(const std::string& name);
  absl::StatusOr<std::string> Metrics() const;

  const std::string folder_;
  const std::string program_;
  const int workers_;
  std::unique_ptr<testing::MariaDb> database_;
  std::string database_version_;
  std::optional<SqlConnection> root_;
  ChildProcess server_;
  int metrics_port_ = 0;
  std::string endpoint_;
  std::string token_;
  std::unique_ptr<Client> client_;
  v1::CreateCaseRequest create_request_;
  std::vector<std::string> cases_;
  std::optional<SqlScript> get_script_;
  std::optional<SqlScript> create_script_;
  std::optional<EmptyServer> empty_;
};

// The database that the replayed SQL goes to.
inline constexpr char kReplayDatabase[] = "replay";

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_STAGE_H_
