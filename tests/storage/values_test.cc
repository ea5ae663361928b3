// What goes in comes out again: all bytes, all numbers, NULL, long texts.
#include <limits>

#include "server/storage/fault.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

class ValuesTest : public StorageTest {
 protected:
  // Through the event table: it has text, bytes, numbers and a column that may be NULL.
  Row RoundTrip(const Values& values) {
    EXPECT_TRUE(Execute(*db_,
                        "INSERT INTO event (id, position, root, root_version, type, subject, body, record_time) "
                        "VALUES (?, ?, ?, ?, 'type', 'subject', ?, 0)",
                        values)
                    .ok());
    Call call = TestCall();
    auto row = db_->Read<std::optional<Row>>(call, [&](Reader& reader) -> absl::StatusOr<std::optional<Row>> {
      return reader.SelectOne("SELECT id, position, root, root_version, body FROM event WHERE id = ?", {values[0]},
                              "iitit");
    });
    EXPECT_TRUE(row.ok()) << row.status();
    EXPECT_TRUE(row->has_value());
    return **row;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ValuesTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(ValuesTest, All256BytesSurvive) {
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  }
  EXPECT_EQ(RoundTrip({1, 1, "root", 1, bytes}).Text(4), bytes);
  for (int i = 0; i < 256; ++i) {
    const std::string one(1, static_cast<char>(i));
    EXPECT_EQ(RoundTrip({100 + i, Value::Null(), "root", 1, one}).Text(4), one) << i;
  }
}

TEST_P(ValuesTest, NulBytesAndQuotesStayInTheirValue) {
  const std::string hostile("a\0'; DELETE FROM event; -- \\\" :v0 ?", 36);
  const Row row = RoundTrip({1, 1, "o'root\\ :v1 ? \"x\"", 1, hostile});
  EXPECT_EQ(row.Text(2), "o'root\\ :v1 ? \"x\"");
  EXPECT_EQ(row.Text(4), hostile);
}

TEST_P(ValuesTest, TextOfAllPlanesSurvives) {
  const std::string text = "弘兴 售后 \xF0\x9F\x9A\x82 é Ж";
  EXPECT_EQ(RoundTrip({1, 1, text, 1, text}).Text(2), text);
}

TEST_P(ValuesTest, TextIsComparedByteByByte) {
  for (const char* key : {"abc", "ABC", "abc ", "äbc"}) {
    EXPECT_TRUE(Execute(*db_, "INSERT INTO number_series (name, next_value) VALUES (?, ?)", {key, 1}).ok()) << key;
  }
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM number_series WHERE name = ?", {"abc"}), 1);
}

TEST_P(ValuesTest, NumbersReachTheirLimits) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(RoundTrip({most, least, "root", most, ""}).Int(3), most);
  const Row row = RoundTrip({least, most, "root", least, ""});
  EXPECT_EQ(row.Int(0), least);
  EXPECT_EQ(row.Int(1), most);
  EXPECT_EQ(row.Int(3), least);
  EXPECT_EQ(Number(*db_, "SELECT MAX(position) FROM event"), most);
}

TEST_P(ValuesTest, NullIsToldApartAndDoesNotInheritTheRowBefore) {
  RoundTrip({1, 7, "first", 1, "body"});
  EXPECT_TRUE(RoundTrip({2, Value::Null(), "second", 1, "body"}).IsNull(1));
  Call call = TestCall();
  auto rows = db_->Read<std::vector<Row>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<Row>> {
    return reader.Select("SELECT position FROM event ORDER BY id LIMIT ?", {10}, "i");
  });
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].Int(0), 7);
  EXPECT_TRUE((*rows)[1].IsNull(0));
  EXPECT_EQ((*rows)[1].Int(0), 0);
}

TEST_P(ValuesTest, HugeTextSurvives) {
  const std::string huge(6 << 20, 'x');
  EXPECT_EQ(RoundTrip({1, 1, "root", 1, huge}).Text(4), huge);
}

TEST_P(ValuesTest, AStatementIsRunAgainWithOtherValuesAndKinds) {
  for (int64_t i = 0; i < 50; ++i)
    RoundTrip({i, i % 2 == 0 ? Value(i) : Value::Null(), "root", i, std::string(i, 'b')});
  Call call = TestCall();
  // The same text with a number, then with text, in one place.
  auto counts = db_->Read<std::vector<int64_t>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<int64_t>> {
    std::vector<int64_t> found;
    for (const Value& value : {Value(3), Value("root"), Value(4), Value::Null()}) {
      found.push_back(reader.SelectOne("SELECT COUNT(*) FROM event WHERE root = ? OR id = 1000", {value}, "i")->Int(0));
    }
    return found;
  });
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ((*counts)[1], 50);
  EXPECT_EQ((*counts)[3], 0);
}

TEST_P(ValuesTest, TextTooLongForItsColumnIsRefusedOnMySql) {
  const absl::Status status =
      Execute(*db_, "INSERT INTO number_series (name, next_value) VALUES (?, ?)", {std::string(101, 'x'), 1});
  if (sqlite()) {
    EXPECT_TRUE(status.ok());  // has no such limit; the API's own limits hold
  } else {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message().find("xxx"), std::string::npos);
  }
}

TEST_P(ValuesTest, ErrorsCarryNoValues) {
  const absl::Status status = Execute(*db_, "INSERT INTO no_such_table (secret) VALUES (?)", {"hunter2"});
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(std::string(status.message()).find("hunter2"), std::string::npos) << status;
}

TEST_P(ValuesTest, StatementsThatSociWouldMisreadAreRefused) {
  for (const char* sql :
       {"SELECT \"a\" FROM event", "SELECT 1 -- why", "SELECT `id` FROM event", "SELECT :a FROM event"}) {
    EXPECT_EQ(Execute(*db_, sql).code(), absl::StatusCode::kInternal) << sql;
  }
  EXPECT_EQ(Execute(*db_, "UPDATE lease SET beat = ? WHERE name = ?", {1}).code(), absl::StatusCode::kInternal);
}

TEST_P(ValuesTest, ManyDifferentStatementsDoNotCollect) {
  Call call = TestCall();
  const auto status = db_->Read<int64_t>(call, [&](Reader& reader) -> absl::StatusOr<int64_t> {
    int64_t sum = 0;
    for (int i = 0; i < 2000; ++i) {
      sum += reader.SelectOne("SELECT ? + " + std::to_string(i % 700), {i}, "i")->Int(0);
    }
    return sum;
  });
  ASSERT_TRUE(status.ok()) << status.status();
  int64_t wanted = 0;
  for (int i = 0; i < 2000; ++i) wanted += i + i % 700;
  EXPECT_EQ(*status, wanted);
}

}  // namespace
}  // namespace aftersales::testing
