// The database itself fails: it is gone and comes back, hangs, or its disk is full.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/case.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/storage/event_feed.h"
#include "server/storage/session.h"
#include "tests/testing/databases.h"
#include "tests/testing/mariadb.h"

namespace aftersales::testing {
namespace {

// A server of our own, because it is killed.
class DatabaseFaultsTest : public ::testing::Test {
 protected:
  void Open(MariaDb& server, DatabaseOptions options = {}) {
    server.Execute("CREATE DATABASE IF NOT EXISTS faults");
    options.address = absl::StrCat("mysql:socket=", server.socket(), ",user=root,database=faults");
    db_ = *Database::Open(options, clock_);
    Call call = TestCall();
    const absl::Status migrated = db_->Migrate(call);
    ASSERT_TRUE(migrated.ok()) << migrated;
  }

  // Adds a row of its own and an event.
  absl::Status WriteOne(Call& call, const std::string& payload = "") {
    v1::CreateContactRequest request;
    return db_
        ->Write<v1::Contact>(call, request,
                             [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
                               tx.Execute("INSERT INTO number_series (name, next_value) VALUES (?, 1)",
                                          {absl::StrCat("w/", call.request_id)});
                               tx.Append({absl::StrCat("roots/", call.request_id), 1, "type", "subject", payload});
                               return v1::Contact();
                             })
        .status();
  }

  int64_t Number(const std::string& sql, const Values& values = {}) {
    Call call = TestCall();
    return db_
        ->Read<int64_t>(
            call, [&](Reader& reader) -> absl::StatusOr<int64_t> { return reader.SelectOne(sql, values, "i")->Int(0); })
        .value_or(-1);
  }

  SystemClock clock_;
  std::unique_ptr<Database> db_;
};

TEST_F(DatabaseFaultsTest, GoneAndBackItIsUsedAgain) {
  MariaDb server;
  Open(server);
  Call first = TestCall(RandomUuid());
  ASSERT_TRUE(WriteOne(first).ok());
  server.Kill();
  Call second = TestCall(RandomUuid());
  const absl::Time begin = absl::Now();
  const absl::Status gone = WriteOne(second);
  EXPECT_EQ(ReasonOf(gone), v1::ERROR_REASON_STORAGE_UNAVAILABLE) << gone;
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5)) << "a database that is not there is said at once";
  Call check = TestCall();
  EXPECT_FALSE(db_->CheckSchema(check).ok());
  server.Start();
  EXPECT_TRUE(db_->CheckSchema(check).ok());
  EXPECT_TRUE(WriteOne(second).ok());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM number_series WHERE name LIKE 'w/%'"), 2);
}

TEST_F(DatabaseFaultsTest, KilledAgainAndAgainUnderLoadEveryAcknowledgedWriteIsThereOnce) {
  // A log kept in memory files is mapped, and only with 1 does a commit wait for those before it to be whole.
  MariaDb server("", {"--innodb-flush-log-at-trx-commit=1"});
  Open(server);
  EventFeedOptions options;
  options.poll = absl::Milliseconds(10);
  options.patience = absl::Milliseconds(500);
  EventFeed feed(*db_, options);
  feed.Start();
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::vector<std::thread> writers;
  for (int i = 0; i < 6; ++i) {
    writers.emplace_back([&] {
      while (!stop) {
        const std::string id = RandomUuid();
        // As a client does: repeats with the same id until it is answered.
        while (true) {
          Call call = TestCall(id);
          const absl::Status status = WriteOne(call);
          if (status.ok()) break;
          ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
        }
        const std::lock_guard lock(mutex);
        acknowledged.insert(id);
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    absl::SleepFor(absl::Milliseconds(700));
    server.Kill();
    absl::SleepFor(absl::Milliseconds(200));
    server.Start();
  }
  absl::SleepFor(absl::Milliseconds(500));
  stop = true;
  for (std::thread& writer : writers) writer.join();
  const auto count = static_cast<int64_t>(acknowledged.size());
  EXPECT_GT(count, 100);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM number_series WHERE name LIKE 'w/%'"), count);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event"), count);
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  while (Number("SELECT COUNT(*) FROM event WHERE position IS NULL") != 0 && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  feed.Stop();
  EXPECT_EQ(Number("SELECT MAX(position) FROM event"), count);
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT position) FROM event"), count);
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT root) FROM event"), count);
}

TEST_F(DatabaseFaultsTest, HangingItHoldsUpNobodyForLong) {
  MariaDb server;
  DatabaseOptions options;
  options.lock_wait = absl::Seconds(1);
  options.statement_time = absl::Seconds(1);
  Open(server, options);
  Call first = TestCall(RandomUuid());
  ASSERT_TRUE(WriteOne(first).ok());
  server.Pause();
  Call second = TestCall(RandomUuid());
  second.deadline = absl::Now() + absl::Seconds(3);
  const absl::Time begin = absl::Now();
  EXPECT_FALSE(WriteOne(second).ok());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
  server.Resume();
  Call third = TestCall(second.request_id);
  EXPECT_TRUE(WriteOne(third).ok());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM number_series WHERE name LIKE 'w/%'"), 2);
}

TEST_F(DatabaseFaultsTest, AFullDiskIsSaidAndNothingIsHalfDone) {
  MariaDb server;
  server.Execute("CREATE DATABASE faults");
  // The tables of this database on a small disk of their own; with a full log disk, MariaDB would stop.
  const std::string tables = server.data_directory() + "/faults";
  if (mount("tmpfs", tables.c_str(), "tmpfs", 0, "size=16m") != 0)
    GTEST_SKIP() << "mounting takes rights not given here";
  Open(server);
  absl::Status full;
  Call call;
  // Rows that fit in their pages: MariaDB 10.11 ends itself when it finds no room for the pages of a long one.
  for (int i = 0; i < 20000 && full.ok(); ++i) {
    call = TestCall(RandomUuid());
    full = WriteOne(call, std::string(3000, 'x'));
  }
  EXPECT_EQ(ReasonOf(full), v1::ERROR_REASON_STORAGE_FULL) << full;
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM number_series WHERE name = ?", {absl::StrCat("w/", call.request_id)}), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM number_series WHERE name LIKE 'w/%'"), Number("SELECT COUNT(*) FROM event"));
  EXPECT_EQ(mount("tmpfs", tables.c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
  Call again = TestCall(call.request_id);
  const absl::Status with_room = WriteOne(again, "with room");
  EXPECT_TRUE(with_room.ok()) << with_room;
  db_.reset();
  server.Kill();
  umount(tables.c_str());
}

TEST(SqliteFaultsTest, AFullDiskIsSaidAndNothingIsHalfDone) {
  if (geteuid() != 0) GTEST_SKIP() << "takes the right to mount a small disk";
  TestDirectory directory;
  if (mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=4m") != 0)
    GTEST_SKIP() << "mounting is not allowed here";
  {
    SystemClock clock;
    auto db = *Database::Open({.address = absl::StrCat("sqlite:", directory.path(), "/small.db")}, clock);
    Call call = TestCall();
    ASSERT_TRUE(db->Migrate(call).ok());
    const auto write = [&](Call& made, const std::string& payload) {
      return db
          ->Write<v1::Contact>(made, v1::CreateContactRequest(),
                               [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
                                 tx.Append({"root", 1, "type", "subject", payload});
                                 return v1::Contact();
                               })
          .status();
    };
    absl::Status full;
    for (int i = 0; i < 50 && full.ok(); ++i) {
      call = TestCall(RandomUuid());
      full = write(call, std::string(200000, 'x'));
    }
    EXPECT_EQ(ReasonOf(full), v1::ERROR_REASON_STORAGE_FULL) << full;
    Call count = TestCall();
    const auto rows = db->Read<int64_t>(count, [&](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne("SELECT COUNT(*) FROM request_log", {}, "i")->Int(0) -
             reader.SelectOne("SELECT COUNT(*) FROM event", {}, "i")->Int(0);
    });
    EXPECT_EQ(*rows, 0);
    ASSERT_EQ(mount("tmpfs", directory.path().c_str(), "tmpfs", MS_REMOUNT, "size=16m"), 0);
    Call again = TestCall(call.request_id);
    const absl::Status with_room = write(again, "with room");
    EXPECT_TRUE(with_room.ok()) << with_room;
  }
  umount(directory.path().c_str());
}

TEST(SqliteFaultsTest, KilledAtAnyMomentEveryAcknowledgedWriteIsThereOnce) {
  TestDatabase database(TestEngine::kSqlite);
  SystemClock clock;
  int64_t acknowledged = 0;
  for (int round = 0; round < 5; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto db = database.Open(clock);
      while (true) {
        Call call = TestCall(RandomUuid());
        const auto reply =
            db->Write<v1::Contact>(call, v1::CreateContactRequest(), [](Tx& tx) -> absl::StatusOr<v1::Contact> {
              tx.Append({"root", 1, "type", "subject", "body"});
              return v1::Contact();
            });
        if (!reply.ok() || write(pipe_ends[1], "x", 1) != 1) _exit(1);
      }
    }
    close(pipe_ends[1]);
    char byte;
    for (int i = 0; i < 20 + round * 7; ++i) acknowledged += read(pipe_ends[0], &byte, 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ssize_t more = 0;
    while ((more = read(pipe_ends[0], &byte, 1)) == 1) ++acknowledged;
    close(pipe_ends[0]);
  }
  auto db = database.Open(clock);
  Call call = TestCall();
  const auto counts =
      db->Read<std::pair<int64_t, int64_t>>(call, [](Reader& reader) -> absl::StatusOr<std::pair<int64_t, int64_t>> {
        return std::make_pair(
            reader.SelectOne("SELECT COUNT(*) FROM event", {}, "i")->Int(0),
            reader.SelectOne("SELECT COUNT(*) FROM request_log WHERE reply_kept = 1", {}, "i")->Int(0));
      });
  ASSERT_TRUE(counts.ok()) << counts.status();
  // Each round may have committed one more than it could tell of.
  EXPECT_GE(counts->first, acknowledged);
  EXPECT_LE(counts->first, acknowledged + 5);
  EXPECT_EQ(counts->first, counts->second);
}

}  // namespace
}  // namespace aftersales::testing
