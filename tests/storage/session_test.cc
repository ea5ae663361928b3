// A connection is as it must be, or there is none; addresses that cannot be right are refused with a reason.
#include "server/storage/session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

FaultKind KindOf(const std::function<void()>& work) {
  try {
    work();
  } catch (const Fault& fault) {
    return fault.kind();
  }
  ADD_FAILURE() << "no fault";
  return FaultKind::kDefect;
}

class SessionTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  TestDatabase database_{GetParam()};
  DatabaseAddress address_ = *ParseAddress(database_.address());
};
INSTANTIATE_TEST_SUITE_P(Engines, SessionTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(SessionTest, HasItsSettings) {
  Session session(address_, {});
  const auto ask = [&](const std::string& sql) { return session.Select(sql, {}, "t").front().Text(0); };
  if (GetParam() == TestEngine::kSqlite) {
    EXPECT_EQ(ask("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(ask("PRAGMA synchronous"), "2");
    EXPECT_EQ(ask("PRAGMA foreign_keys"), "1");
    struct stat file;
    ASSERT_EQ(stat(database_.path().c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u);
    return;
  }
  EXPECT_EQ(ask("SELECT @@tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(ask("SELECT @@character_set_connection"), "utf8mb4");
  EXPECT_EQ(ask("SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(ask("SELECT CAST(@@innodb_lock_wait_timeout AS CHAR)"), "5");
  EXPECT_NE(ask("SELECT @@sql_mode").find("STRICT_ALL_TABLES"), std::string::npos);
  session.Expect(absl::Milliseconds(1500));
  EXPECT_EQ(ask("SELECT CAST(@@innodb_lock_wait_timeout AS CHAR)"), "2");
  session.Expect(absl::Minutes(1));
  EXPECT_EQ(ask("SELECT CAST(@@innodb_lock_wait_timeout AS CHAR)"), "5");
}

// Another process sees that the database is in use, however many sessions came and went: else it would throw the log
// away when it ends.
TEST_P(SessionTest, OtherProcessesSeeThatItIsInUse) {
  if (GetParam() != TestEngine::kSqlite) GTEST_SKIP() << "MySQL is one process";
  Session session(address_, {});
  session.Select("SELECT COUNT(*) FROM event", {}, "i");
  { Session other(address_, {}); }
  const pid_t child = fork();
  if (child == 0) {
    struct flock shared = {};
    shared.l_type = F_WRLCK;
    shared.l_whence = SEEK_SET;
    shared.l_start = 0x40000002;  // SQLite's shared bytes
    shared.l_len = 510;
    const int file = open(database_.path().c_str(), O_RDWR);
    const bool asked = file >= 0 && fcntl(file, F_GETLK, &shared) == 0;
    _exit(asked && shared.l_type == F_RDLCK ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the database looks unused";
}

TEST_P(SessionTest, ALongStatementIsEnded) {
  Session session(address_, {absl::Seconds(1), absl::Seconds(1)});
  const absl::Time begin = absl::Now();
  EXPECT_EQ(KindOf([&] {
              session.Select(
                  GetParam() == TestEngine::kSqlite
                      ? "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"
                      : "SELECT SLEEP(20) FROM number_series RIGHT JOIN (SELECT 1 AS one) o ON 1 = 1",
                  {}, "i");
            }),
            FaultKind::kStatementTime);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(session.Select("SELECT 1", {}, "i").front().Int(0), 1);
}

TEST_P(SessionTest, LocalFilesCannotBeRead) {
  if (GetParam() == TestEngine::kSqlite) GTEST_SKIP() << "there is no such statement";
  Session session(address_, {});
  EXPECT_THROW(session.Run("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE token_secret"), Fault);
}

TEST_P(SessionTest, KilledIsNoticedAsALostConnection) {
  if (GetParam() == TestEngine::kSqlite) GTEST_SKIP() << "has no connection";
  Session session(address_, {});
  const int64_t id = session.Select("SELECT CONNECTION_ID()", {}, "i").front().Int(0);
  MariaDb::Shared().Execute(absl::StrCat("KILL ", id));
  EXPECT_EQ(KindOf([&] { session.Select("SELECT 1", {}, "i"); }), FaultKind::kConnection);
}

TEST(SettingsTest, AServerThatInsistsOnNoBackslashEscapesIsRefused) {
  TestDatabase database(TestEngine::kMySql);
  MariaDb& server = MariaDb::Shared();
  // Runs at every connection of a user without the right SUPER, after our own settings have not been made yet.
  server.Execute("CREATE USER 'odd'@'localhost'; GRANT ALL ON " + database.name() + ".* TO 'odd'@'localhost'");
  server.Execute("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'");
  const std::string address = "mysql:socket=" + server.socket() + ",user=odd,database=" + database.name();
  {
    // Our own sql_mode replaces it.
    Session session(*ParseAddress(address), {});
    EXPECT_EQ(session.Select("SELECT @@sql_mode", {}, "t").front().Text(0).find("NO_BACKSLASH"), std::string::npos);
    const std::string hostile("\0' \\", 4);
    EXPECT_EQ(session.Select("SELECT ?", {hostile}, "t").front().Text(0), hostile);
  }
  server.Execute("SET GLOBAL sql_mode = DEFAULT; DROP USER 'odd'@'localhost'");
}

TEST(SettingsTest, EncryptionThatWasAskedForMustBeThere) {
  TestDatabase database(TestEngine::kMySql);
  TestDirectory directory;
  const std::string ca = directory.path() + "/ca.pem";
  std::ofstream(ca) << "";
  const std::string address = database.address() + ",tls_ca=" + ca;
  EXPECT_THROW(Session(*ParseAddress(address), {}), Fault);
}

TEST(AddressTest, GoodOnes) {
  EXPECT_EQ(ParseAddress("sqlite:/var/lib/a b.db")->path, "/var/lib/a b.db");
  const auto address = ParseAddress("mysql:host=db.example,port=3307,user=u,database=d");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->host, "db.example");
  EXPECT_EQ(address->port, 3307);
}

TEST(AddressTest, BadOnesSayWhatIsWrong) {
  TestDirectory directory;
  std::ofstream(directory.path() + "/two_lines") << "first\nsecond\n";
  for (const std::string& bad :
       {std::string(""), std::string("postgres:x"), std::string("sqlite:"), std::string("sqlite::memory:"),
        std::string("sqlite:a\"b"), std::string("mysql:"), std::string("mysql:user=u,database=d"),
        std::string("mysql:socket=s,host=h,user=u,database=d"), std::string("mysql:host=h,user=u"),
        std::string("mysql:host=h,user=u,database=d,port=0"), std::string("mysql:host=h,user=u,database=d,port=x"),
        std::string("mysql:host=h,user=u,database=d,colour=red"),
        std::string("mysql:host=h,user=u,database=d,password=p"),
        std::string("mysql:host=h,user=u,database=d,password_file=/no/such/file"),
        "mysql:host=h,user=u,database=d,password_file=" + directory.path() + "/two_lines",
        std::string("mysql:host=h\n,user=u,database=d")}) {
    const auto address = ParseAddress(bad);
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(AddressTest, DatabasesThatAreNotThereSaySo) {
  SystemClock clock;
  TestDirectory directory;
  std::ofstream(directory.path() + "/text.db") << std::string(5000, 'x');
  for (const char* address :
       {"sqlite:/no/such/directory/x.db", "sqlite:/", "mysql:socket=/no/such/socket,user=u,database=d",
        "mysql:host=127.0.0.1,port=1,user=u,database=d"}) {
    auto db = Database::Open({.address = address}, clock);
    ASSERT_TRUE(db.ok());
    Call call = TestCall();
    call.deadline = absl::Now() + absl::Seconds(5);
    const absl::Status status = (*db)->CheckSchema(call);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << address << status;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STORAGE_UNAVAILABLE);
  }
  auto text = Database::Open({.address = "sqlite:" + directory.path() + "/text.db"}, clock);
  Call call = TestCall();
  EXPECT_FALSE((*text)->CheckSchema(call).ok());
  TestDatabase real(TestEngine::kMySql, false);
  auto nobody =
      Database::Open({.address = "mysql:socket=" + MariaDb::Shared().socket() + ",user=nobody,database=none"}, clock);
  const absl::Status refused = (*nobody)->CheckSchema(call);
  EXPECT_NE(std::string(refused.message()).find("refuses"), std::string::npos) << refused;
}

TEST(AddressTest, PasswordsWithSignsOfAllKindsWork) {
  TestDatabase database(TestEngine::kMySql);
  TestDirectory directory;
  int number = 0;
  for (const std::string& password :
       {std::string("plain"), std::string("with space = and , ;"), std::string("quo'te"), std::string("bo'th\"kinds"),
        std::string("dou\"ble"), std::string("back\\slash")}) {
    const std::string user = absl::StrCat("user", ++number);
    std::string escaped;
    for (const char c : password) escaped += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    MariaDb::Shared().Execute("CREATE USER '" + user + "'@'localhost' IDENTIFIED BY '" + escaped + "'; GRANT ALL ON " +
                              database.name() + ".* TO '" + user + "'@'localhost'");
    std::ofstream(directory.path() + "/" + user) << password << "\n";
    const auto address =
        ParseAddress("mysql:socket=" + MariaDb::Shared().socket() + ",user=" + user + ",database=" + database.name() +
                     ",password_file=" + directory.path() + "/" + user);
    ASSERT_TRUE(address.ok()) << address.status();
    try {
      Session session(*address, {});
    } catch (const Fault& fault) {
      ADD_FAILURE() << password << ": " << fault.what();
    }
    MariaDb::Shared().Execute("DROP USER '" + user + "'@'localhost'");
  }
}

}  // namespace
}  // namespace aftersales::testing
