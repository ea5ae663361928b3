// The event feed through disconnections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "aftersales/client.h"
#include "aftersales/testing/mock_connection.h"
#include "server/base/error.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;

v1::WatchEventsResponse Batch(std::vector<int64_t> positions, int64_t position) {
  v1::WatchEventsResponse batch;
  for (const int64_t p : positions) batch.add_events()->set_position(p);
  batch.set_position(position);
  return batch;
}

// A server that plays one script for each time that it is watched.
class Watched {
 public:
  using Play = std::function<grpc::Status(grpc::ServerContext&, grpc::ServerWriter<v1::WatchEventsResponse>&)>;

  explicit Watched(std::vector<Play> plays) : plays_(std::move(plays)) {
    server.watch_events = [this](grpc::ServerContext& context, const v1::WatchEventsRequest& request,
                                 grpc::ServerWriter<v1::WatchEventsResponse>& writer) {
      size_t turn = 0;
      {
        absl::MutexLock lock(&mutex_);
        asked.push_back(request.after_position());
        roots.push_back(request.root());
        turn = asked.size() - 1;
      }
      return turn < plays_.size() ? plays_[turn](context, writer) : Last(context);
    };
    options.sleep = [this](absl::Duration wait) { waits.push_back(wait); };
  }

  static grpc::Status Last(grpc::ServerContext& context) {
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::CANCELLED;
  }

  std::unique_ptr<EventSubscription> Subscribe() {
    return Client::Create({.endpoint = server.endpoint(), .max_attempts = 1})->events().Subscribe(options);
  }

  ScriptedServer server;
  SubscriptionOptions options;
  std::vector<int64_t> asked;
  std::vector<std::string> roots;
  std::vector<absl::Duration> waits;

 private:
  std::vector<Play> plays_;
  absl::Mutex mutex_;
};

std::vector<int64_t> Take(EventSubscription& subscription, int count) {
  std::vector<int64_t> positions;
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<v1::Event> event = subscription.Next();
    if (!event.ok()) {
      ADD_FAILURE() << event.status();
      break;
    }
    positions.push_back(event->position());
  }
  return positions;
}

TEST(Subscription, GoesOnWhereItBroke) {
  Watched watched({
      [](auto&, auto& writer) {
        writer.Write(Batch({11, 12}, 12));
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "restarting");
      },
      [](auto&, auto& writer) {
        writer.Write(Batch({12, 13}, 13));  // 12 again
        return grpc::Status::OK;            // as a server that shuts down
      },
      [](auto& context, auto& writer) {
        writer.Write(Batch({14}, 14));
        return Watched::Last(context);
      },
  });
  watched.options.after_position = 10;
  watched.options.root = "cases/1";
  auto subscription = watched.Subscribe();
  EXPECT_EQ(subscription->position(), 10);
  EXPECT_THAT(Take(*subscription, 4), ElementsAre(11, 12, 13, 14));
  EXPECT_EQ(subscription->position(), 14);
  EXPECT_THAT(watched.asked, ElementsAre(10, 12, 13));
  EXPECT_THAT(watched.roots, ElementsAre("cases/1", "cases/1", "cases/1"));
  subscription->Stop();
  EXPECT_EQ(subscription->Next().status().code(), absl::StatusCode::kCancelled);
}

TEST(Subscription, GoesOnWhenAServerThatShutsDownMakesCallsLookCancelled) {
  Watched watched({
      [](auto&, auto& writer) {
        writer.Write(Batch({1}, 1));
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
      },
      [](auto&, auto&) { return grpc::Status(grpc::StatusCode::CANCELLED, "CANCELLED"); },
      [](auto& context, auto& writer) {
        writer.Write(Batch({2}, 2));
        return Watched::Last(context);
      },
  });
  auto subscription = watched.Subscribe();
  EXPECT_THAT(Take(*subscription, 2), ElementsAre(1, 2));
}

TEST(Subscription, PositionIsWhatWasHandedOut) {
  Watched watched({[](auto& context, auto& writer) {
    writer.Write(Batch({1, 2, 3}, 3));
    return Watched::Last(context);
  }});
  auto subscription = watched.Subscribe();
  EXPECT_THAT(Take(*subscription, 2), ElementsAre(1, 2));
  EXPECT_EQ(subscription->position(), 2);
}

TEST(Subscription, SignsOfLifeMoveThePosition) {
  Watched watched({
      [](auto&, auto& writer) {
        writer.Write(Batch({}, 500));  // nothing of this root up to 500
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "restarting");
      },
      [](auto& context, auto& writer) {
        writer.Write(Batch({501}, 501));
        return Watched::Last(context);
      },
  });
  auto subscription = watched.Subscribe();
  EXPECT_THAT(Take(*subscription, 1), ElementsAre(501));
  EXPECT_THAT(watched.asked, ElementsAre(0, 500));
}

TEST(Subscription, WaitsLongerEachTimeAndNotForEver) {
  const auto broken = [](auto&, auto&) { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "down"); };
  Watched watched({broken, broken, broken, broken,
                   [](auto&, auto& writer) {
                     writer.Write(Batch({1}, 1));
                     return grpc::Status(grpc::StatusCode::UNAVAILABLE, "down");
                   },
                   [](auto& context, auto& writer) {
                     writer.Write(Batch({2}, 2));
                     return Watched::Last(context);
                   }});
  watched.options.first_wait = absl::Seconds(1);
  watched.options.longest_wait = absl::Seconds(4);
  std::vector<std::string> told;
  watched.options.on_reconnect = [&](const absl::Status& why, absl::Duration) { told.emplace_back(why.message()); };
  auto subscription = watched.Subscribe();
  EXPECT_THAT(Take(*subscription, 2), ElementsAre(1, 2));
  EXPECT_THAT(watched.waits,
              ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(4), absl::Seconds(4), absl::Seconds(1)));
  EXPECT_EQ(told.size(), 5u);
}

TEST(Subscription, HeedsTheServersWait) {
  Watched watched({[](auto&, auto&) {
                     return Wire(Error(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_OVERLOADED, "full")
                                     .RetryAfter(absl::Seconds(7)));
                   },
                   [](auto& context, auto& writer) {
                     writer.Write(Batch({1}, 1));
                     return Watched::Last(context);
                   }});
  auto subscription = watched.Subscribe();
  Take(*subscription, 1);
  EXPECT_THAT(watched.waits, ElementsAre(absl::Seconds(7)));
}

TEST(Subscription, EndsWithWhatNoRepeatCanMend) {
  for (const auto code : {grpc::StatusCode::UNAUTHENTICATED, grpc::StatusCode::PERMISSION_DENIED,
                          grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::OUT_OF_RANGE}) {
    Watched watched({[code](auto&, auto&) { return grpc::Status(code, "no"); }});
    auto subscription = watched.Subscribe();
    EXPECT_EQ(static_cast<int>(subscription->Next().status().code()), static_cast<int>(code));
    EXPECT_EQ(static_cast<int>(subscription->Next().status().code()), static_cast<int>(code));
    EXPECT_EQ(watched.asked.size(), 1u);
  }
}

TEST(Subscription, StopsWhileItWaitsForEvents) {
  absl::Notification watching;
  Watched watched({[&](auto& context, auto&) {
    watching.Notify();
    return Watched::Last(context);
  }});
  auto subscription = watched.Subscribe();
  std::thread stopper([&] {
    watching.WaitForNotification();
    subscription->Stop();
  });
  EXPECT_EQ(subscription->Next().status().code(), absl::StatusCode::kCancelled);
  stopper.join();
}

TEST(Subscription, StopsWhileItWaitsToReconnect) {
  SubscriptionOptions options;
  options.first_wait = absl::Hours(1);
  absl::Notification broken;
  options.on_reconnect = [&](const absl::Status&, absl::Duration) { broken.Notify(); };
  auto subscription = Client::Create({.endpoint = "127.0.0.1:1", .max_attempts = 1})->events().Subscribe(options);
  std::thread stopper([&] {
    broken.WaitForNotification();
    subscription->Stop();
  });
  EXPECT_EQ(subscription->Next().status().code(), absl::StatusCode::kCancelled);
  stopper.join();
}

TEST(Subscription, OpensASilentStreamAnew) {
  Watched watched({[](auto& context, auto&) { return Watched::Last(context); },
                   [](auto& context, auto& writer) {
                     writer.Write(Batch({1}, 1));
                     return Watched::Last(context);
                   }});
  watched.options.idle_timeout = absl::Milliseconds(200);
  auto subscription = watched.Subscribe();
  EXPECT_THAT(Take(*subscription, 1), ElementsAre(1));
  EXPECT_EQ(watched.waits.size(), 1u);
}

TEST(Subscription, ForEachEndsWithTheHandlersError) {
  auto connection = std::make_shared<::testing::NiceMock<testing::MockConnection>>();
  ON_CALL(*connection, ServerStream).WillByDefault([](const auto&, const auto&, const auto&) {
    return std::make_unique<testing::ScriptedStream<v1::WatchEventsResponse>>(
        std::vector<v1::WatchEventsResponse>{Batch({1, 2, 3}, 3)});
  });
  auto subscription = Client(connection).events().Subscribe();
  std::vector<int64_t> seen;
  const absl::Status ended = subscription->ForEach([&](const v1::Event& event) {
    seen.push_back(event.position());
    return event.position() == 2 ? absl::DataLossError("disk full") : absl::OkStatus();
  });
  EXPECT_EQ(ended, absl::DataLossError("disk full"));
  EXPECT_THAT(seen, ElementsAre(1, 2));
}

}  // namespace
}  // namespace aftersales
