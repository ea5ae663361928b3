// The schema comes into being once, wholly, and by one server at a time; a server that does not fit says so.
#include "server/storage/migrations.h"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/storage/session.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

class MigrationsTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  absl::Status Migrate(const std::vector<Migration>& migrations) {
    Call call = TestCall();
    return MigrateSchema(call, address_, {}, clock_, migrations);
  }
  int64_t Number(const std::string& sql) { return Session(address_, {}).Select(sql, {}, "i").front().Int(0); }

  SystemClock clock_;
  TestDatabase database_{GetParam(), /*migrated=*/false};
  DatabaseAddress address_ = *ParseAddress(database_.address());
};

INSTANTIATE_TEST_SUITE_P(Engines, MigrationsTest, ::testing::ValuesIn(TestEngines()), EngineName);

std::vector<Migration> Three(const std::string& third) {
  return {{1, "0001_a.sql", "-- A table.\nCREATE TABLE a (\n  x BIGINT NOT NULL\n) @table_options;\n"},
          {2, "0002_b.sql", "CREATE TABLE b (x @long_text NOT NULL) @table_options;\nINSERT INTO a (x) VALUES (1);\n"},
          {3, "0003_c.sql", third}};
}

TEST_P(MigrationsTest, AnEmptyDatabaseIsNotReadyAndSaysWhatToDo) {
  auto db = database_.Open(clock_);
  Call call = TestCall();
  const absl::Status before = db->CheckSchema(call);
  EXPECT_EQ(before.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(before), v1::ERROR_REASON_NOT_READY);
  EXPECT_NE(
      std::string(before.message()).find(absl::StrCat("aftersalesd migrate --database '", database_.address(), "'")),
      std::string::npos)
      << before;
  ASSERT_TRUE(db->Migrate(call).ok());
  EXPECT_TRUE(db->CheckSchema(call).ok());
  EXPECT_TRUE(db->Migrate(call).ok()) << "a second time changes nothing";
}

TEST_P(MigrationsTest, OldAndNewSchemasAreToldApart) {
  ASSERT_TRUE(Migrate({Three("")[0], Three("")[1]}).ok());
  auto db = database_.Open(clock_);
  Call call = TestCall();
  const auto check = [&](int64_t newest) {
    return db
        ->Read<bool>(call,
                     [&](Reader& reader) -> absl::StatusOr<bool> {
                       RETURN_IF_ERROR(CheckSchemaVersion(reader, address_, newest));
                       return true;
                     })
        .status();
  };
  EXPECT_TRUE(check(2).ok());
  EXPECT_NE(std::string(check(3).message()).find("aftersalesd migrate"), std::string::npos) << check(3);
  EXPECT_NE(std::string(check(1).message()).find("newer than this program"), std::string::npos) << check(1);
  // An older program does not touch it.
  const absl::Status older = Migrate({Three("")[0]});
  EXPECT_EQ(older.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(older.message()).find("newer than this program"), std::string::npos);
}

TEST_P(MigrationsTest, ABrokenOffMigrationGoesOnWhereItStopped) {
  const std::string broken = "CREATE TABLE c (x BIGINT) @table_options;\nINSERT INTO a (x) VALUES (2);\nNONSENSE;\n";
  EXPECT_FALSE(Migrate(Three(broken)).ok());
  EXPECT_EQ(Number("SELECT COALESCE(MAX(version), 0) FROM schema_version WHERE finish_time IS NOT NULL"),
            GetParam() == TestEngine::kSqlite ? 0 : 2);
  const std::string mended =
      "CREATE TABLE c (x BIGINT) @table_options;\nINSERT INTO a (x) VALUES (2);\nINSERT INTO c (x) VALUES (3);\n";
  const absl::Status status = Migrate(Three(mended));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Number("SELECT COUNT(*) FROM a"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM c"), 1);
}

TEST_P(MigrationsTest, AStepCarriedOutButNotCountedIsNoError) {
  if (GetParam() == TestEngine::kSqlite) GTEST_SKIP() << "SQLite migrates wholly or not at all";
  ASSERT_TRUE(Migrate({Three("")[0], Three("")[1]}).ok());
  {
    Session session(address_, {});
    session.Run("CREATE TABLE c (x BIGINT)");
    session.Run("INSERT INTO schema_version (version, name, statements_done) VALUES (3, '0003_c.sql', 0)");
  }
  EXPECT_TRUE(Migrate(Three("CREATE TABLE c (x BIGINT) @table_options;\n")).ok());
}

TEST_P(MigrationsTest, ServersThatStartTogetherMigrateOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto db = database_.Open(clock_);
      Call call = TestCall();
      const absl::Status status = db->Migrate(call);
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_TRUE(db->CheckSchema(call).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM schema_version"), static_cast<int64_t>(NewestSchema().size()));
}

TEST_P(MigrationsTest, ProcessesThatStartTogetherMigrateOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      auto db = database_.Open(clock_);
      Call call = TestCall();
      // Leaves without the parent's clean-up.
      _exit(db->Migrate(call).ok() && db->CheckSchema(call).ok() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int result = -1;
    waitpid(child, &result, 0);
    EXPECT_EQ(result, 0);
  }
  EXPECT_EQ(Number("SELECT COUNT(*) FROM schema_version"), static_cast<int64_t>(NewestSchema().size()));
}

TEST_P(MigrationsTest, WaitingForTheLockEndsWithTheDeadline) {
  ASSERT_TRUE(Migrate({Three("")[0]}).ok());
  Session holder(address_, {});
  holder.Begin();
  if (GetParam() == TestEngine::kMySql) holder.Select("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE", {}, "i");
  Call call = TestCall();
  call.deadline = absl::Now() + absl::Seconds(2);
  const absl::Time begin = absl::Now();
  DatabaseOptions options;
  options.lock_wait = absl::Seconds(1);
  EXPECT_FALSE(MigrateSchema(call, address_, options, clock_, {Three("")[0], Three("")[1]}).ok());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  holder.Rollback();
}

TEST(MigrationTextTest, IsCutIntoStatements) {
  const Migration migration{1, "x",
                            "-- a; comment\nCREATE TABLE a (\n  -- another;\n  x @bytes\n);\n\nDROP TABLE b;\n"};
  const auto statements = MigrationStatements(migration, Engine::kSqlite);
  ASSERT_TRUE(statements.ok());
  ASSERT_EQ(statements->size(), 2u);
  EXPECT_EQ((*statements)[0], "CREATE TABLE a (\n  x BLOB\n)");
  EXPECT_FALSE(MigrationStatements({1, "x", "DROP TABLE a"}, Engine::kSqlite).ok());
  EXPECT_FALSE(MigrationStatements({1, "x", "CREATE TABLE a (x @unheard_of);"}, Engine::kSqlite).ok());
  EXPECT_FALSE(MigrationStatements({1, "x", "SELECT @time(x;"}, Engine::kSqlite).ok());
}

TEST(MigrationTextTest, VersionsAreNumberedWithoutGaps) {
  int64_t wanted = 0;
  for (const Migration& migration : NewestSchema()) EXPECT_EQ(migration.version, ++wanted) << migration.name;
  EXPECT_GE(wanted, 1);
}

}  // namespace
}  // namespace aftersales::testing
