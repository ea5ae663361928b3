// The feed as pages and as a stream, while others write, on both engines.
#include "server/feed/event_service.h"

#include <limits>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/directory/directory_service.h"
#include "server/storage/event_feed.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using testing::TestEngine;

class FeedServiceTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  FeedServiceTest() { feed_.Start(); }
  ~FeedServiceTest() override { feed_.Stop(); }

  std::string AddCustomer() {
    v1::CreateCustomerRequest request;
    request.mutable_customer()->set_display_name("Acme");
    Call call = testing::TestCall(RandomUuid());
    const auto customer = directory_.CreateCustomer(call, request);
    EXPECT_TRUE(customer.ok()) << customer.status();
    return customer.ok() ? customer->name() : "";
  }

  // Events have their place, and this server knows of them, a moment after the commit.
  void AwaitHead(int64_t position) {
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (feed_.newest_in_memory() < position && absl::Now() < give_up) std::this_thread::yield();
    ASSERT_GE(feed_.newest_in_memory(), position);
  }

  // Follows the feed as an RPC does: asks, and where there is nothing waits for the wake-up.
  class Watcher {
   public:
    Watcher(EventService& service, int64_t position, const std::string& root = "") {
      v1::WatchEventsRequest request;
      request.set_after_position(position);
      request.set_root(root);
      Call call = testing::TestCall();
      source_ = *service.WatchEvents(call, request);
      source_->SetWake([this] {
        absl::MutexLock lock(&mutex_);
        woken_ = true;
      });
    }

    // The next message with events; an empty one when none came in time.
    v1::WatchEventsResponse Next() {
      const absl::Time give_up = absl::Now() + absl::Seconds(20);
      while (absl::Now() < give_up) {
        {
          absl::MutexLock lock(&mutex_);
          woken_ = false;
        }
        Call call = testing::TestCall();
        v1::WatchEventsResponse response;
        const auto next = source_->Produce(call, response);
        EXPECT_TRUE(next.ok()) << next.status();
        if (!next.ok()) break;
        position_ = response.position();
        if (*next == rpc::Next::kSend) return response;
        absl::MutexLock lock(&mutex_);
        mutex_.AwaitWithTimeout(absl::Condition(&woken_), absl::Seconds(20));
      }
      ADD_FAILURE() << "no event came";
      return {};
    }

    int64_t position() const { return position_; }
    rpc::StreamSource<v1::WatchEventsResponse>& source() { return *source_; }

   private:
    absl::Mutex mutex_;
    bool woken_ = false;
    int64_t position_ = 0;
    std::unique_ptr<rpc::StreamSource<v1::WatchEventsResponse>> source_;  // ends before what its wake-up uses
  };

  testing::ManualClock clock_;
  testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Database> db_ = database_.Open(clock_);
  EventFeed feed_{*db_};
  EventService service_{feed_};
  Obligations obligations_;
  DirectoryService directory_{*db_, obligations_};
};

INSTANTIATE_TEST_SUITE_P(Engines, FeedServiceTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(FeedServiceTest, EventsAreListedInTheirOrderPageByPage) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(AddCustomer());
  AwaitHead(5);
  v1::ListEventsRequest request;
  request.set_page_size(2);
  std::vector<std::string> seen;
  int64_t position = 0;
  do {
    Call call = testing::TestCall();
    const auto page = service_.ListEvents(call, request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->events_size(), 2);
    for (const v1::Event& event : page->events()) {
      EXPECT_EQ(event.position(), ++position);
      EXPECT_EQ(event.type(), v1::EVENT_TYPE_DIRECTORY_CHANGED);
      EXPECT_EQ(event.customer().name(), event.root());
      seen.push_back(event.root());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, names);
}

TEST_P(FeedServiceTest, EventsAreListedAfterAPositionAndOfOneRoot) {
  AddCustomer();
  const std::string second = AddCustomer();
  AddCustomer();
  AwaitHead(3);
  v1::ListEventsRequest request;
  request.set_after_position(1);
  Call call = testing::TestCall();
  EXPECT_EQ(service_.ListEvents(call, request)->events_size(), 2);
  request.set_after_position(0);
  request.set_root(second);
  const auto of_root = service_.ListEvents(call, request);
  ASSERT_EQ(of_root->events_size(), 1);
  EXPECT_EQ(of_root->events(0).position(), 2);
  request.set_root("customers/' OR 1=1");
  EXPECT_EQ(service_.ListEvents(call, request)->events_size(), 0);
}

TEST_P(FeedServiceTest, APositionBeyondTheFeedIsRefused) {
  AddCustomer();
  AwaitHead(1);
  Call call = testing::TestCall();
  v1::ListEventsRequest list;
  list.set_after_position(1);
  EXPECT_EQ(service_.ListEvents(call, list)->events_size(), 0) << "the end is no mistake";
  list.set_after_position(2);
  EXPECT_EQ(ReasonOf(service_.ListEvents(call, list).status()), v1::ERROR_REASON_POSITION_INVALID);
  list.set_after_position(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ReasonOf(service_.ListEvents(call, list).status()), v1::ERROR_REASON_POSITION_INVALID);
  v1::WatchEventsRequest watch;
  watch.set_after_position(2);
  const absl::Status status = service_.WatchEvents(call, watch).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_POSITION_INVALID);
  EXPECT_NE(status.message().find("1"), absl::string_view::npos);
}

TEST_P(FeedServiceTest, APageTokenIsBoundToItsRequest) {
  AddCustomer();
  AddCustomer();
  AwaitHead(2);
  v1::ListEventsRequest request;
  request.set_page_size(1);
  Call call = testing::TestCall();
  const std::string token = service_.ListEvents(call, request)->next_page_token();
  ASSERT_NE(token, "");
  request.set_page_token(token);
  request.set_root("customers/1");
  EXPECT_EQ(ReasonOf(service_.ListEvents(call, request).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_P(FeedServiceTest, AWatcherSeesWhatWasAndWhatComes) {
  AddCustomer();
  AwaitHead(1);
  Watcher watcher(service_, 0);
  EXPECT_EQ(watcher.Next().events(0).position(), 1);
  std::thread writer([&] { AddCustomer(); });
  const v1::WatchEventsResponse later = watcher.Next();
  writer.join();
  ASSERT_EQ(later.events_size(), 1);
  EXPECT_EQ(later.events(0).position(), 2);
  EXPECT_EQ(later.position(), 2);
}

TEST_P(FeedServiceTest, AWatcherOfOneRootMovesOnPastTheOthersEvents) {
  for (int i = 0; i < 3; ++i) AddCustomer();
  AwaitHead(3);
  Watcher watcher(service_, 0, "customers/none");
  Call call = testing::TestCall();
  v1::WatchEventsResponse response;
  EXPECT_EQ(*watcher.source().Produce(call, response), rpc::Next::kWait);
  EXPECT_EQ(response.position(), 3) << "resuming does not search again";
  EXPECT_EQ(response.events_size(), 0);
}

TEST_P(FeedServiceTest, AMessageHoldsAtMostAHundredEvents) {
  for (int i = 0; i < 130; ++i) AddCustomer();
  AwaitHead(130);
  Watcher watcher(service_, 0);
  EXPECT_EQ(watcher.Next().events_size(), 100);
  EXPECT_EQ(watcher.Next().events_size(), 30);
}

TEST_P(FeedServiceTest, WatchersThatBreakOffAndResumeSeeEverythingOnceWhileManyWrite) {
  constexpr int kWriters = 4, kEach = 25, kAll = kWriters * kEach;
  std::vector<std::vector<std::string>> written(kWriters);
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) written[w].push_back(AddCustomer());
    });
  }
  std::vector<std::vector<std::string>> seen(3);
  for (std::vector<std::string>& roots : seen) {
    threads.emplace_back([&] {
      int64_t position = 0;
      while (roots.size() < kAll && !::testing::Test::HasFailure()) {
        Watcher watcher(service_, position);
        for (int messages = 0; messages < 3 && roots.size() < kAll; ++messages) {
          const v1::WatchEventsResponse message = watcher.Next();
          for (const v1::Event& event : message.events()) {
            EXPECT_EQ(event.position(), static_cast<int64_t>(roots.size()) + 1);
            roots.push_back(event.root());
          }
        }
        position = watcher.position();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& names : written) all.insert(names.begin(), names.end());
  EXPECT_EQ(all.size(), static_cast<size_t>(kAll));
  for (const std::vector<std::string>& roots : seen) {
    EXPECT_EQ(std::set<std::string>(roots.begin(), roots.end()), all);
    EXPECT_EQ(roots.size(), static_cast<size_t>(kAll));
  }
}

}  // namespace
}  // namespace aftersales
