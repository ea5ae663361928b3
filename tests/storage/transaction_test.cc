// Transactions end as they must, whatever others do at the same time.
#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include "server/storage/fault.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

class TransactionTest : public StorageTest {
 protected:
  TransactionTest() {
    for (const char* name : {"a", "b"}) {
      EXPECT_TRUE(Execute(*db_, "INSERT INTO number_series (name, next_value) VALUES (?, 0)", {name}).ok());
    }
  }

  static void AddTo(Tx& tx, const char* name) {
    tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = ?", {name});
  }
  int64_t ValueOf(const char* name) {
    return Number(*db_, "SELECT next_value FROM number_series WHERE name = ?", {name});
  }

  // Holds the row "a" locked until told to end.
  class Holder {
   public:
    Holder(Database& db)
        : thread_([this, &db] {
            Call call = TestCall();
            EXPECT_TRUE(db.WriteOwn(call, [this](Tx& tx) -> absl::Status {
                            AddTo(tx, "a");
                            if (!locked_.try_wait()) locked_.count_down();
                            end_.wait();
                            return absl::OkStatus();
                          }).ok());
          }) {
      locked_.wait();
    }
    void End() {
      if (thread_.joinable()) {
        end_.count_down();
        thread_.join();
      }
    }
    ~Holder() { End(); }

   private:
    std::latch locked_{1};
    std::latch end_{1};
    std::thread thread_;
  };
};

INSTANTIATE_TEST_SUITE_P(Engines, TransactionTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(TransactionTest, RowsLockedInOppositeOrderAreResolved) {
  // Two transactions meet in the middle; one is chosen, rolled back, and run again.
  std::latch first_has_a{1}, second_has_b{1};
  const auto run = [&](const char* one, const char* two, std::latch& mine, std::latch& theirs) {
    Call call = TestCall();
    int tries = 0;
    EXPECT_TRUE(db_->WriteOwn(call,
                              [&](Tx& tx) -> absl::Status {
                                AddTo(tx, one);
                                if (++tries == 1 && !sqlite()) {
                                  mine.count_down();
                                  theirs.wait();
                                }
                                AddTo(tx, two);
                                return absl::OkStatus();
                              })
                    .ok());
    return tries;
  };
  int first = 0, second = 0;
  std::thread other([&] { second = run("b", "a", second_has_b, first_has_a); });
  first = run("a", "b", first_has_a, second_has_b);
  other.join();
  EXPECT_EQ(ValueOf("a"), 2);
  EXPECT_EQ(ValueOf("b"), 2);
  EXPECT_EQ(first + second, sqlite() ? 2 : 3);
}

TEST_P(TransactionTest, ManyWritersOfOneRowLoseNothing) {
  constexpr int kWriters = 8, kWrites = 50;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kWrites; ++k) {
        Call call = TestCall();
        EXPECT_TRUE(db_->WriteOwn(call,
                                  [&](Tx& tx) -> absl::Status {
                                    AddTo(tx, "a");
                                    return absl::OkStatus();
                                  })
                        .ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ValueOf("a"), kWriters * kWrites);
}

TEST_P(TransactionTest, ALockedRowEndsTheCallAtItsDeadline) {
  Holder holder(*db_);
  Call call = TestCall();
  call.deadline = absl::Now() + absl::Seconds(1);
  const absl::Time begin = absl::Now();
  const absl::Status status = db_->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    AddTo(tx, "a");
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DEADLINE_PASSED) << status;
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
  holder.End();
  EXPECT_EQ(ValueOf("a"), 1);
}

TEST_P(TransactionTest, ALockWaitThatEndsInTimeIsTriedAgain) {
  DatabaseOptions options;
  options.lock_wait = absl::Seconds(1);
  auto impatient = database_.Open(clock_, options);
  auto holder = std::make_unique<Holder>(*db_);
  Call call = TestCall();
  int tries = 0;
  std::thread writer([&] {
    EXPECT_TRUE(impatient
                    ->WriteOwn(call,
                               [&](Tx& tx) -> absl::Status {
                                 ++tries;
                                 AddTo(tx, "b");  // must be undone with the try
                                 AddTo(tx, "a");
                                 return absl::OkStatus();
                               })
                    .ok());
  });
  // Longer than one lock wait, so that at least one try ends with a timeout.
  absl::SleepFor(absl::Milliseconds(1500));
  holder->End();
  writer.join();
  EXPECT_EQ(ValueOf("a"), 2);
  EXPECT_EQ(ValueOf("b"), 1);
  if (!sqlite()) {
    EXPECT_GE(tries, 2);
  }
}

TEST_P(TransactionTest, ACancelledCallStopsWaiting) {
  Holder holder(*db_);
  Call call = TestCall();
  std::atomic<bool> cancelled{false};
  call.cancelled = [&] { return cancelled.load(); };
  DatabaseOptions options;
  options.lock_wait = absl::Seconds(1);
  auto impatient = database_.Open(clock_, options);
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(100));
    cancelled = true;
  });
  const absl::Time begin = absl::Now();
  EXPECT_FALSE(impatient
                   ->WriteOwn(call,
                              [&](Tx& tx) -> absl::Status {
                                AddTo(tx, "a");
                                return absl::OkStatus();
                              })
                   .ok());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(4));
  canceller.join();
}

TEST_P(TransactionTest, ACallPastItsDeadlineSendsNothing) {
  Call call = TestCall();
  call.deadline = absl::Now() - absl::Seconds(1);
  bool ran = false;
  const absl::Status status = db_->WriteOwn(call, [&](Tx&) -> absl::Status {
    ran = true;
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(ran);
}

TEST_P(TransactionTest, TheTimeStaysTheSameWhenATransactionIsRunAgain) {
  Call call = TestCall();
  std::vector<absl::Time> times;
  EXPECT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) -> absl::Status {
                              times.push_back(tx.now());
                              clock_.Advance(absl::Hours(1));
                              if (times.size() < 3) throw Fault(FaultKind::kDeadlock, 1213, "made up");
                              return absl::OkStatus();
                            })
                  .ok());
  EXPECT_EQ(times, std::vector<absl::Time>(3, times[0]));
}

TEST_P(TransactionTest, TryingEndsAfterFiveTimes) {
  Call call = TestCall();
  int tries = 0;
  const absl::Status status = db_->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    ++tries;
    AddTo(tx, "a");
    throw Fault(FaultKind::kDeadlock, 1213, "made up");
  });
  EXPECT_EQ(tries, 5);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STORAGE_UNAVAILABLE);
  EXPECT_EQ(ValueOf("a"), 0);
}

TEST_P(TransactionTest, ADuplicateKeyLeavesTheTransactionGoingOn) {
  Call call = TestCall();
  EXPECT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) -> absl::Status {
                              EXPECT_FALSE(
                                  tx.Insert("INSERT INTO number_series (name, next_value) VALUES (?, 0)", {"a"}));
                              AddTo(tx, "b");
                              return absl::OkStatus();
                            })
                  .ok());
  EXPECT_EQ(ValueOf("b"), 1);
}

TEST_P(TransactionTest, StatementsAreCounted) {
  Call call = TestCall(RandomUuid());
  ASSERT_TRUE(WriteOne(*db_, call, "body", "first").ok());  // reserves ids as well
  Call next = TestCall(RandomUuid());
  ASSERT_TRUE(db_->Write<v1::Contact>(next, Request("body"),
                                      [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
                                        tx.Append({"root", 1, "type", "subject", "body"});
                                        tx.Append({"root", 2, "type", "subject", "body"});
                                        return AddOne(tx, "reply");
                                      })
                  .ok());
  EXPECT_EQ(next.statements, 6);  // begin, request log, update, events, reply, commit
}

TEST_P(TransactionTest, IdsNeverRepeatAndMoreThanABlockGoIntoOneTransaction) {
  Call call = TestCall();
  std::vector<int64_t> ids;
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) -> absl::Status {
                              ids.clear();
                              for (int i = 0; i < 25000; ++i) ids.push_back(tx.NewId());
                              return absl::OkStatus();
                            })
                  .ok());
  for (size_t i = 1; i < ids.size(); ++i) ASSERT_GT(ids[i], ids[i - 1]);
}

TEST_P(TransactionTest, FewSessionsServeManyThreads) {
  DatabaseOptions options;
  options.sessions = 2;
  auto small = database_.Open(clock_, options);
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) EXPECT_GE(Number(*small, "SELECT COUNT(*) FROM number_series"), 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(TransactionTest, WaitingForASessionEndsWithTheDeadline) {
  DatabaseOptions options;
  options.sessions = 1;
  auto small = database_.Open(clock_, options);
  Holder holder(*small);
  Call call = TestCall();
  call.deadline = absl::Now() + absl::Milliseconds(200);
  const auto status = small->Read<int64_t>(
      call, [](Reader& reader) -> absl::StatusOr<int64_t> { return reader.SelectOne("SELECT 1", {}, "i")->Int(0); });
  EXPECT_EQ(status.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_P(TransactionTest, ReadersDoNotWaitForAWriterAndSeeWhatWasCommitted) {
  Holder holder(*db_);
  EXPECT_EQ(ValueOf("a"), 0);
  holder.End();
  EXPECT_EQ(ValueOf("a"), 1);
}

TEST_P(TransactionTest, NothingLeaksFromAFailedTransactionIntoTheNext) {
  for (int i = 0; i < 30; ++i) {
    Call call = TestCall();
    const absl::Status status = db_->WriteOwn(call, [&](Tx& tx) -> absl::Status {
      AddTo(tx, "a");
      if (i % 3 == 0) tx.Execute("UPDATE no_such_table SET x = 1", {});
      if (i % 3 == 1) tx.Execute("INSERT INTO number_series (name, next_value) VALUES (?, 0)", {"a"});
      return InternalError("refused");
    });
    EXPECT_FALSE(status.ok());
    EXPECT_TRUE(Execute(*db_, "UPDATE number_series SET next_value = next_value + 1 WHERE name = ?", {"b"}).ok());
  }
  EXPECT_EQ(ValueOf("a"), 0);
  EXPECT_EQ(ValueOf("b"), 30);
}

TEST_P(TransactionTest, NumberSeriesOfTwoServersNeverCollide) {
  auto other = database_.Open(clock_);
  std::vector<int64_t> numbers;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 100; ++k) {
        Call call = TestCall();
        auto number = (i % 2 == 0 ? *db_ : *other).NextNumber(call, "case-2026");
        ASSERT_TRUE(number.ok()) << number.status();
        const std::lock_guard lock(mutex);
        numbers.push_back(*number);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(std::unique(numbers.begin(), numbers.end()), numbers.end());
  EXPECT_EQ(numbers.front(), 1);
}

TEST_P(TransactionTest, UnusedNumbersAreGivenBackWhenAServerEnds) {
  for (int64_t wanted = 1; wanted <= 3; ++wanted) {
    auto server = database_.Open(clock_);
    Call call = TestCall();
    EXPECT_EQ(*server->NextNumber(call, "case-2027"), wanted);
  }
}

}  // namespace
}  // namespace aftersales::testing
