// The feed: every event once, without gaps, each root's in its order, whoever sequences.
#include "server/storage/event_feed.h"

#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/storage/event_sequencer.h"
#include "server/storage/lease.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

class EventFeedTest : public StorageTest {
 protected:
  absl::Status Append(Database& db, const std::string& root, int64_t version, int count = 1) {
    Call call = TestCall();
    return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        tx.Append({root, version + i, "type", absl::StrCat(root, "/", i), absl::StrCat("body ", version + i)});
      }
      return absl::OkStatus();
    });
  }

  // Changes the root as services do: locks and versions it, and appends an event in the same transaction.
  absl::Status ChangeRoot(Database& db, const std::string& root) {
    Call call = TestCall();
    return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
      if (tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = ?", {root}) == 0) {
        if (!tx.Insert("INSERT INTO number_series (name, next_value) VALUES (?, 1)", {root})) {
          tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = ?", {root});
        }
      }
      const auto row = tx.SelectOne("SELECT next_value FROM number_series WHERE name = ?", {root}, "i");
      tx.Append({root, row->Int(0), "changed", root, "body"});
      tx.Append({root, row->Int(0), "followed", root, "body"});
      return absl::OkStatus();
    });
  }

  void ExpectGapFreeAndOrdered(Database& db, int64_t wanted) {
    EventFeed feed(db);
    Call call = TestCall();
    std::vector<StoredEvent> events;
    while (true) {
      auto page = feed.ReadAfter(call, events.empty() ? 0 : events.back().position, "", 500);
      ASSERT_TRUE(page.ok()) << page.status();
      if (page->empty()) break;
      events.insert(events.end(), page->begin(), page->end());
    }
    ASSERT_EQ(static_cast<int64_t>(events.size()), wanted);
    std::map<std::string, int64_t> versions;
    std::map<std::string, int64_t> ids;
    for (size_t i = 0; i < events.size(); ++i) {
      ASSERT_EQ(events[i].position, static_cast<int64_t>(i) + 1);
      ASSERT_GE(events[i].root_version, versions[events[i].root]) << events[i].root;
      if (events[i].root_version == versions[events[i].root]) {
        ASSERT_GT(events[i].id, ids[events[i].root]);
      }
      versions[events[i].root] = events[i].root_version;
      ids[events[i].root] = events[i].id;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, EventFeedTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(EventFeedTest, EventsComeOutAsTheyWentInAndOnlyAfterTheirCommit) {
  EventFeed feed(*db_);
  EventSequencer sequencer(*db_, absl::Seconds(1));
  Call call = TestCall();
  EXPECT_EQ(*feed.Head(call), 0);
  ASSERT_TRUE(Append(*db_, "cases/1", 1, 3).ok());
  EXPECT_TRUE(feed.ReadAfter(call, 0, "", 10)->empty());
  auto run = sequencer.RunOnce(call);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(run->holds_lease);
  EXPECT_EQ(run->placed, 3);
  const auto events = feed.ReadAfter(call, 1, "", 10);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0].position, 2);
  EXPECT_EQ((*events)[0].root, "cases/1");
  EXPECT_EQ((*events)[0].root_version, 2);
  EXPECT_EQ((*events)[0].subject, "cases/1/1");
  EXPECT_EQ((*events)[0].type, "type");
  EXPECT_EQ((*events)[0].body, "body 2");
  EXPECT_EQ((*events)[0].record_time, clock_.Now());
  EXPECT_EQ(*feed.Head(call), 3);
  EXPECT_TRUE(feed.ReadAfter(call, 0, "cases/2", 10)->empty());
  EXPECT_EQ(feed.ReadAfter(call, 0, "cases/1", 2)->size(), 2u);
}

TEST_P(EventFeedTest, OneTransactionMayAppendThousands) {
  EventSequencer sequencer(*db_, absl::Seconds(1));
  ASSERT_TRUE(Append(*db_, "cases/1", 1, 2345).ok());
  ASSERT_TRUE(Append(*db_, "cases/2", 1, 10).ok());
  Call call = TestCall();
  int64_t placed = 0;
  while (true) {
    auto run = sequencer.RunOnce(call);
    ASSERT_TRUE(run.ok()) << run.status();
    placed += run->placed;
    if (!run->more) break;
  }
  EXPECT_EQ(placed, 2355);
  ExpectGapFreeAndOrdered(*db_, 2355);
}

TEST_P(EventFeedTest, ARootsOrderHoldsWhenItsIdsDoNot) {
  // Two servers with blocks of ids of their own: the later version has the lower id, and a batch ends between them.
  Call call = TestCall();
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) -> absl::Status {
                              for (int64_t i = 0; i < 600; ++i) {
                                const bool late = i == 10;
                                tx.Execute(
                                    "INSERT INTO event (id, root, root_version, type, subject, body, record_time) "
                                    "VALUES (?, ?, ?, '', '', '', 0)",
                                    {1000 + i, late ? "cases/late" : absl::StrCat("cases/", i), late ? 2 : 1});
                              }
                              tx.Execute(
                                  "INSERT INTO event (id, root, root_version, type, subject, body, record_time) VALUES "
                                  "(?, ?, ?, '', '', '', 0)",
                                  {9000, "cases/late", 1});
                              return absl::OkStatus();
                            })
                  .ok());
  EventSequencer sequencer(*db_, absl::Seconds(1));
  while (sequencer.RunOnce(call)->more) {
  }
  ExpectGapFreeAndOrdered(*db_, 601);
}

TEST_P(EventFeedTest, EightWritersAndTwoCompetingServersLeaveNoGap) {
  auto other = database_.Open(clock_);
  EventFeedOptions options;
  options.poll = absl::Milliseconds(5);
  options.patience = absl::Milliseconds(300);
  EventFeed first(*db_, options), second(*other, options);
  first.Start();
  second.Start();
  const int writes = sqlite() ? 25 : 100;
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      for (int k = 0; k < writes; ++k) {
        EXPECT_TRUE(ChangeRoot(i % 2 == 0 ? *db_ : *other, absl::StrCat("cases/", k % 5)).ok());
        // The lease changes hands in the middle of it all.
        if (i == 0 && k % 20 == 10) first.Stop();
        if (i == 0 && k % 20 == 15) first.Start();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  first.Stop();
  const int64_t wanted = 8 * writes * 2;
  Call call = TestCall();
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (*second.Head(call) < wanted && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(10));
  second.Stop();
  ExpectGapFreeAndOrdered(*db_, wanted);
}

TEST_P(EventFeedTest, ListenersHearOfEventsAndReadThemFromMemory) {
  EventFeed feed(*db_);
  feed.Start();
  std::atomic<int> heard{0};
  const uint64_t id = feed.AddListener([&] {
    ++heard;
    heard.notify_all();
  });
  ASSERT_TRUE(Append(*db_, "cases/1", 1, 5).ok());
  heard.wait(0);
  Call call = TestCall();
  EXPECT_EQ(feed.newest_in_memory(), 5);
  EXPECT_EQ(feed.ReadAfter(call, 0, "", 100)->size(), 5u);
  EXPECT_EQ(feed.ReadAfter(call, 3, "cases/1", 1)->front().position, 4);
  EXPECT_TRUE(feed.ReadAfter(call, 5, "", 100)->empty());
  EXPECT_EQ(call.statements, 0);
  feed.RemoveListener(id);
  feed.Stop();
  EXPECT_EQ(feed.ReadAfter(call, 0, "", 100)->size(), 5u);
  EXPECT_GT(call.statements, 0);
}

// Somebody takes events out past the server: no position is given twice, and watchers go on behind the gap.
TEST_P(EventFeedTest, AGapThatWasMadeByHandStaysAndStopsNobody) {
  EventSequencer sequencer(*db_, absl::Seconds(1));
  Call call = TestCall();
  const auto take_out = [&](int64_t position) {
    return db_->WriteOwn(call, [&](Tx& tx) {
      EXPECT_EQ(tx.Execute("DELETE FROM event WHERE position = ?", {position}), 1);
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(Append(*db_, "cases/1", 1, 3).ok());
  ASSERT_EQ(sequencer.RunOnce(call)->placed, 3);
  ASSERT_TRUE(take_out(3).ok());
  ASSERT_TRUE(sequencer.Release(call).ok());
  EventFeed feed(*db_);
  feed.Start();
  ASSERT_TRUE(Append(*db_, "cases/1", 4, 2).ok());
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (feed.newest_in_memory() < 5 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(1));
  const auto positions = [&](int64_t after) {
    std::vector<int64_t> found;
    const auto events = feed.ReadAfter(call, after, "", 100);
    for (const StoredEvent& event : *events) found.push_back(event.position);
    return found;
  };
  EXPECT_EQ(positions(0), (std::vector<int64_t>{1, 2, 4, 5}));
  EXPECT_EQ(positions(2), (std::vector<int64_t>{4, 5}));
  EXPECT_EQ(positions(4), std::vector<int64_t>{5});
  EXPECT_TRUE(positions(5).empty());
}

TEST_P(EventFeedTest, WhatMemoryHasForgottenComesFromTheDatabase) {
  EventFeedOptions options;
  options.kept_events = 10;
  EventFeed feed(*db_, options);
  feed.Start();
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(Append(*db_, "cases/1", 1 + i * 10, 10).ok());
    while (feed.newest_in_memory() < 10 + i * 10 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(1));
  }
  Call call = TestCall();
  EXPECT_EQ(feed.ReadAfter(call, 0, "", 100)->size(), 50u);
  EXPECT_EQ(call.statements, 1);
  EXPECT_EQ(feed.ReadAfter(call, 40, "", 100)->size(), 10u);
  EXPECT_EQ(call.statements, 1);
}

TEST_P(EventFeedTest, ALeaseIsTakenOverWhenItsBeatStandsStillAndTheOldHolderCannotCommit) {
  auto other = database_.Open(clock_);
  const absl::Duration patience = absl::Milliseconds(200);
  Lease first("work", patience), second("work", patience);
  Call call = TestCall();
  ASSERT_TRUE(*first.Hold(*db_, call));
  const auto work = [&](Lease& lease, Database& db) {
    return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
      RETURN_IF_ERROR(lease.Beat(tx));
      return AddOne(tx, "").status();
    });
  };
  EXPECT_TRUE(work(first, *db_).ok());
  // As long as the beat moves, nobody takes over.
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(*second.Hold(*other, call));
    absl::SleepFor(absl::Milliseconds(60));
    EXPECT_TRUE(work(first, *db_).ok());
  }
  EXPECT_EQ(work(second, *other).code(), absl::StatusCode::kAborted);
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (!*second.Hold(*other, call) && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(20));
  ASSERT_TRUE(second.held());
  EXPECT_TRUE(first.held()) << "does not know yet";
  const int64_t before = Count(*db_);
  EXPECT_EQ(work(first, *db_).code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(first.held());
  EXPECT_EQ(Count(*db_), before);
  EXPECT_TRUE(work(second, *other).ok());
  // Given up by its holder, it is free at once.
  ASSERT_TRUE(second.Release(*other, call).ok());
  EXPECT_TRUE(*first.Hold(*db_, call));
}

}  // namespace
}  // namespace aftersales::testing
