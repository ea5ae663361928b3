// What the tests of storage share: a database per test on either engine, and a table of their own beside the product's.
#ifndef AFTERSALES_TESTS_STORAGE_STORAGE_FIXTURE_H_
#define AFTERSALES_TESTS_STORAGE_STORAGE_FIXTURE_H_

#include <memory>
#include <string>

#include "aftersales/v1/case.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/storage/database.h"
#include "tests/testing/databases.h"
#include "tests/testing/mariadb.h"

namespace aftersales::testing {

class StorageTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  StorageTest() : database_(GetParam()), db_(database_.Open(clock_)) {}

  bool sqlite() const { return GetParam() == TestEngine::kSqlite; }

  // Any message serves as a request; two of different text are different bodies.
  static v1::CreateContactRequest Request(const std::string& text) {
    v1::CreateContactRequest request;
    request.mutable_contact()->set_text(text);
    return request;
  }

  // A write that adds one to the number series "probe" and answers a contact with `answer` as its text: what was done,
  // and how often, can be read back.
  static absl::StatusOr<v1::Contact> AddOne(Tx& tx, const std::string& answer) {
    if (tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = ?", {"probe"}) == 0) {
      tx.Execute("INSERT INTO number_series (name, next_value) VALUES (?, ?)", {"probe", 1});
    }
    v1::Contact contact;
    contact.set_text(answer);
    return contact;
  }

  absl::StatusOr<v1::Contact> WriteOne(Database& db, Call& call, const std::string& body, const std::string& answer) {
    return db.Write<v1::Contact>(call, Request(body), [&](Tx& tx) { return AddOne(tx, answer); });
  }

  // How often AddOne has been committed.
  int64_t Count(Database& db) {
    return Number(db, "SELECT COALESCE(MAX(next_value), 0) FROM number_series WHERE name = ?", {"probe"});
  }

  int64_t Number(Database& db, const std::string& sql, const Values& values = {}) {
    Call call = TestCall();
    const absl::StatusOr<int64_t> number = db.Read<int64_t>(call, [&](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne(sql, values, "i").value_or(Row({Value(-1)})).Int(0);
    });
    EXPECT_TRUE(number.ok()) << number.status();
    return number.value_or(-1);
  }

  absl::Status Execute(Database& db, const std::string& sql, const Values& values = {}) {
    Call call = TestCall();
    return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
      tx.Execute(sql, values);
      return absl::OkStatus();
    });
  }

  ManualClock clock_;
  TestDatabase database_;
  std::unique_ptr<Database> db_;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_STORAGE_STORAGE_FIXTURE_H_
