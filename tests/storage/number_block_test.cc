// Blocks of numbers taken from the series that single numbers come from.
#include "server/storage/number_block.h"

#include <set>
#include <thread>
#include <vector>

#include "tests/storage/storage_fixture.h"

namespace aftersales {
namespace {

class NumberBlockTest : public testing::StorageTest {};

INSTANTIATE_TEST_SUITE_P(Engines, NumberBlockTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(NumberBlockTest, NobodyGetsANumberTwice) {
  const std::unique_ptr<Database> other = database_.Open(clock_);
  std::vector<std::vector<int64_t>> taken(4);
  std::vector<std::thread> takers;
  for (size_t taker = 0; taker < taken.size(); ++taker) {
    takers.emplace_back([&, taker] {
      Database& db = taker % 2 == 0 ? *db_ : *other;
      for (int i = 0; i < 10; ++i) {
        Call call = testing::TestCall();
        if (taker < 2) {
          const absl::StatusOr<int64_t> number = db.NextNumber(call, "customer");
          ASSERT_TRUE(number.ok()) << number.status();
          taken[taker].push_back(*number);
          continue;
        }
        const absl::StatusOr<int64_t> first = ReserveNumbers(db, call, "customer", 7);
        ASSERT_TRUE(first.ok()) << first.status();
        for (int64_t n = 0; n < 7; ++n) taken[taker].push_back(*first + n);
      }
    });
  }
  for (std::thread& taker : takers) taker.join();
  std::set<int64_t> all;
  for (const std::vector<int64_t>& numbers : taken) all.insert(numbers.begin(), numbers.end());
  EXPECT_EQ(all.size(), 2u * 10 + 2u * 70);
  EXPECT_GE(*all.begin(), 1);
}

TEST_P(NumberBlockTest, ATrialsNumbersAreReservedAllTheSame) {
  Call call = testing::TestCall();
  call.validate_only = true;
  EXPECT_EQ(*ReserveNumbers(*db_, call, "site", 5), 1);
  EXPECT_EQ(*ReserveNumbers(*db_, call, "site", 1), 6);
}

}  // namespace
}  // namespace aftersales
