#include "tests/testing/databases.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/testing/mariadb.h"

namespace aftersales::testing {

std::ostream& operator<<(std::ostream& out, TestEngine engine) {
  return out << (engine == TestEngine::kSqlite ? "Sqlite" : "MySql");
}

std::vector<TestEngine> TestEngines() { return {TestEngine::kSqlite, TestEngine::kMySql}; }

std::string EngineName(const ::testing::TestParamInfo<TestEngine>& parameter) {
  return parameter.param == TestEngine::kSqlite ? "Sqlite" : "MySql";
}

TestDirectory::TestDirectory() {
  const char* given = std::getenv("TMPDIR");
  std::string pattern = absl::StrCat(given != nullptr ? given : "/tmp", "/aftersales-test-XXXXXX");
  if (mkdtemp(pattern.data()) == nullptr) {
    std::fprintf(stderr, "cannot make a directory at %s\n", pattern.c_str());
    std::abort();
  }
  path_ = pattern;
}

TestDirectory::~TestDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestDatabase::TestDatabase(TestEngine engine, bool migrated) : engine_(engine) {
  static std::atomic<int> last{0};
  static TestDirectory directory;
  const int number = ++last;
  if (engine == TestEngine::kSqlite) {
    path_ = absl::StrCat(directory.path(), "/", number, ".db");
    address_ = absl::StrCat("sqlite:", path_);
  } else {
    name_ = absl::StrCat("test_", number);
    MariaDb::Shared().Execute(absl::StrCat("CREATE DATABASE ", name_));
    address_ = absl::StrCat("mysql:socket=", MariaDb::Shared().socket(), ",user=root,database=", name_);
  }
  if (!migrated) return;
  SystemClock clock;
  Call call = TestCall();
  const absl::Status status = Open(clock)->Migrate(call);
  if (!status.ok()) {
    std::fprintf(stderr, "cannot migrate %s: %s\n", address_.c_str(), std::string(status.message()).c_str());
    std::abort();
  }
}

TestDatabase::~TestDatabase() {
  if (engine_ == TestEngine::kMySql) {
    MariaDb::Shared().Execute(absl::StrCat("DROP DATABASE IF EXISTS ", name_));
    return;
  }
  for (const char* suffix : {"", "-wal", "-shm"}) unlink(absl::StrCat(path_, suffix).c_str());
}

std::unique_ptr<Database> TestDatabase::Open(const Clock& clock) const { return Open(clock, {}); }

std::unique_ptr<Database> TestDatabase::Open(const Clock& clock, DatabaseOptions options) const {
  options.address = address_;
  auto database = Database::Open(std::move(options), clock);
  if (!database.ok()) {
    std::fprintf(stderr, "cannot open %s: %s\n", address_.c_str(), std::string(database.status().message()).c_str());
    std::abort();
  }
  return *std::move(database);
}

Call TestCall(const std::string& request_id, const std::string& method) {
  Call call;
  call.method = method;
  call.request_id = request_id;
  call.caller.principal = "principals/tester";
  call.deadline = absl::Now() + absl::Seconds(30);
  return call;
}

}  // namespace aftersales::testing
