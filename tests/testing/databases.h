// Fresh databases for tests, on both engines.
//
//   class CaseTest : public ::testing::TestWithParam<TestEngine> { TestDatabase database_{GetParam()}; ... };
//   INSTANTIATE_TEST_SUITE_P(Engines, CaseTest, ::testing::ValuesIn(TestEngines()), EngineName);
#ifndef AFTERSALES_TESTS_TESTING_DATABASES_H_
#define AFTERSALES_TESTS_TESTING_DATABASES_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/call.h"
#include "server/base/clock.h"
#include "server/storage/database.h"

namespace aftersales::testing {

enum class TestEngine { kSqlite, kMySql };

std::ostream& operator<<(std::ostream& out, TestEngine engine);
std::vector<TestEngine> TestEngines();
// "Sqlite", "MySql": the last argument of INSTANTIATE_TEST_SUITE_P.
std::string EngineName(const ::testing::TestParamInfo<TestEngine>& parameter);

// A clock that stands still until it is moved.
class ManualClock : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Advance(absl::Duration by) { now_ += by; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1790000000);
};

// A database of its own, dropped with this object. Databases opened on it must be closed before.
class TestDatabase {
 public:
  explicit TestDatabase(TestEngine engine, bool migrated = true);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& address() const { return address_; }
  TestEngine engine() const { return engine_; }
  const std::string& name() const { return name_; }  // of the MySQL database
  const std::string& path() const { return path_; }  // of the SQLite file

  // Opens it: as a server does.
  std::unique_ptr<Database> Open(const Clock& clock) const;
  std::unique_ptr<Database> Open(const Clock& clock, DatabaseOptions options) const;  // the address is filled in

 private:
  TestEngine engine_;
  std::string name_;
  std::string path_;
  std::string address_;
};

// A call of a test's principal with 30 seconds to live. `request_id` may be empty.
Call TestCall(const std::string& request_id = "", const std::string& method = "test.Service/Method");

// A directory that goes with the object.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_TESTING_DATABASES_H_
