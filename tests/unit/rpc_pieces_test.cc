// The smaller pieces of rpc/: worker pool, rate limit, addresses, binding, log, metrics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/event.pb.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/log.h"
#include "server/rpc/methods.h"
#include "server/rpc/metrics.h"
#include "server/rpc/rate_limit.h"
#include "server/rpc/worker_pool.h"

namespace aftersales::rpc {
namespace {

using testing::HasSubstr;

class Task : public Job {
 public:
  explicit Task(std::function<void()> work) : work_(std::move(work)) {}
  void Run() override { work_(); }

 private:
  std::function<void()> work_;
};

TEST(WorkerPoolTest, RefusesAtOnceWhenTheQueueIsFull) {
  WorkerPool pool(1, 2);
  absl::Notification started, go_on;
  std::atomic<int> served{0};
  Task blocker([&] {
    started.Notify();
    go_on.WaitForNotification();
  });
  Task call([&] { ++served; });
  ASSERT_TRUE(pool.TryCall(&blocker));
  started.WaitForNotification();
  EXPECT_TRUE(pool.TryCall(&call));
  EXPECT_TRUE(pool.TryCall(&call));
  EXPECT_FALSE(pool.TryCall(&call));
  EXPECT_EQ(pool.queued(), 2);
  EXPECT_EQ(pool.busy(), 1);
  // Steps of streams are bounded elsewhere.
  EXPECT_TRUE(pool.Step(std::make_shared<Task>([&] { ++served; })));
  go_on.Notify();
  pool.Stop();
  EXPECT_EQ(served, 3) << "what waits is served before the pool ends";
  EXPECT_FALSE(pool.TryCall(&call));
  EXPECT_FALSE(pool.Step(std::make_shared<Task>([] {})));
}

TEST(WorkerPoolTest, CallsAndStepsTakeTurns) {
  WorkerPool pool(1, 100);
  absl::Notification started, go_on;
  std::string order;
  Task blocker([&] {
    started.Notify();
    go_on.WaitForNotification();
  });
  Task call([&] { order += 'c'; });
  ASSERT_TRUE(pool.TryCall(&blocker));
  started.WaitForNotification();
  for (int i = 0; i < 10; ++i) pool.Step(std::make_shared<Task>([&] { order += 's'; }));
  for (int i = 0; i < 3; ++i) pool.TryCall(&call);
  go_on.Notify();
  pool.Stop();
  EXPECT_EQ(order.size(), 13u);
  EXPECT_EQ(std::count(order.begin(), order.begin() + 6, 'c'), 3) << order;
}

TEST(RateLimitTest, LetsTheBurstThroughThenTheRate) {
  RateLimit limit(10, 5);
  const absl::Time start = absl::FromUnixSeconds(1000);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.Take("a", start), absl::ZeroDuration()) << i;
  EXPECT_EQ(limit.Take("a", start), absl::Milliseconds(100));
  EXPECT_EQ(limit.Take("b", start), absl::ZeroDuration()) << "everyone has their own";
  EXPECT_EQ(limit.Take("a", start + absl::Milliseconds(101)), absl::ZeroDuration());
  EXPECT_GT(limit.Take("a", start + absl::Milliseconds(101)), absl::ZeroDuration());
  EXPECT_EQ(limit.Take("a", start + absl::Seconds(10)), absl::ZeroDuration());
}

TEST(RateLimitTest, ZeroMeansNoLimit) {
  RateLimit limit(0, 1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.Take("a", absl::FromUnixSeconds(1)), absl::ZeroDuration());
}

TEST(RateLimitTest, ForgetsRestedPrincipalsOnly) {
  RateLimit limit(1, 1);
  const absl::Time start = absl::FromUnixSeconds(1000);
  for (int i = 0; i < 5000; ++i) limit.Take(absl::StrCat("p", i), start + absl::Milliseconds(i));
  EXPECT_GT(limit.Take("p4999", start + absl::Milliseconds(5000)), absl::ZeroDuration());
}

TEST(ListenAddressTest, Forms) {
  const std::pair<const char*, bool> kGood[] = {
      {"127.0.0.1:0", true},       {"127.9.9.9:1", true},        {"localhost:50051", true},
      {"[::1]:50051", true},       {"0.0.0.0:50051", false},     {"[::]:1", false},
      {"server.example:1", false}, {"127.example.org:1", false}, {"unix:/run/x.sock", true},
  };
  for (const auto& [text, local] : kGood) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address.ok()) << text << address.status();
    EXPECT_EQ(address->local_only, local) << text;
  }
  for (const char* bad : {"", "127.0.0.1", ":50051", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                          "::1:50051", "unix:", "http://127.0.0.1:1", "a b:1", "127.0.0.1:999999999999"}) {
    EXPECT_EQ(ParseListenAddress(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_THAT(std::string(ParseListenAddress(absl::StrCat("unix:/", std::string(200, 'x'))).status().message()),
              HasSubstr("at most 107 bytes"));
}

class Directory {
 public:
  absl::StatusOr<v1::Customer> GetCustomer(Call&, const v1::GetCustomerRequest&) { return v1::Customer(); }
  absl::StatusOr<v1::ListEventsResponse> ListEvents(Call&, const v1::ListEventsRequest&) {
    return v1::ListEventsResponse();
  }
  absl::StatusOr<v1::WatchEventsResponse> WatchEvents(Call&, const v1::WatchEventsRequest&) {
    return v1::WatchEventsResponse();
  }
};

TEST(MethodsTest, EveryMistakeOfBindingIsNamed) {
  Directory directory;
  Methods methods("aftersales.v1.EventService");
  methods.Unary("ListEvents", &directory, &Directory::GetCustomer);
  methods.Unary("ListEvents", &directory, &Directory::ListEvents);
  methods.Unary("WatchEvents", &directory, &Directory::WatchEvents);
  methods.Unary("NoSuchThing", &directory, &Directory::ListEvents);
  const std::string text(methods.Check().message());
  EXPECT_THAT(text, HasSubstr("ListEvents is bound twice"));
  EXPECT_THAT(text, HasSubstr("takes part with aftersales.v1.ListEventsRequest, its method with "
                              "aftersales.v1.GetCustomerRequest"));
  EXPECT_THAT(text, HasSubstr("WatchEvents is not unary in the proto"));
  EXPECT_THAT(text, HasSubstr("has no RPC NoSuchThing"));
}

TEST(MethodsTest, MissingRpcsAndServices) {
  Directory directory;
  Methods half("aftersales.v1.EventService");
  half.Unary("ListEvents", &directory, &Directory::ListEvents);
  EXPECT_THAT(std::string(half.Check().message()), HasSubstr("WatchEvents is bound to no method"));
  EXPECT_THAT(std::string(Methods("aftersales.v1.Nothing").Check().message()), HasSubstr("is no service"));
  // Has no permissions: not ours to serve.
  EXPECT_THAT(std::string(Methods("grpc.health.v1.Health").Check().message()), HasSubstr("names no permission"));
}

TEST(LogTest, LinesAreJson) {
  std::vector<std::string> lines;
  SendLogTo([&](const std::string& line) { lines.push_back(line); });
  Log(LogLevel::kInfo, "call", {{"code", "OK"}, {"broken", "\xff\n"}});
  Log(LogLevel::kDebug, "left out");
  SendLogTo({});
  ASSERT_EQ(lines.size(), 1u);
  const auto line = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(line["event"], "call");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["code"], "OK");
  EXPECT_EQ(lines[0].find('\n'), std::string::npos);
}

TEST(LogTest, Levels) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("warning", &level).ok());
  EXPECT_EQ(level, LogLevel::kWarning);
  EXPECT_FALSE(ParseLogLevel("loud", &level).ok());
}

TEST(MetricsTest, CountsAndGauges) {
  Metrics metrics;
  metrics.ForMethod("s", "m").Count(absl::StatusCode::kNotFound, absl::Milliseconds(3), 2);
  EXPECT_EQ(&metrics.ForMethod("s", "m"), &metrics.ForMethod("s", "m"));
  auto gauge = metrics.AddGauge("trial_gauge", "A trial.", {{"kind", "x"}}, [] { return 7.0; });
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr(R"(grpc_server_handled_total{grpc_code="NotFound",grpc_method="m",grpc_service="s"} 1)"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count"));
  EXPECT_THAT(text, HasSubstr("aftersales_call_statements_sum"));
  EXPECT_THAT(text, HasSubstr(R"(trial_gauge{kind="x"} 7)"));
  gauge.reset();
  EXPECT_THAT(metrics.Text(), testing::Not(HasSubstr("trial_gauge")));
}

TEST(MetricsTest, Addresses) {
  Metrics metrics;
  const auto port = metrics.Expose("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_GT(*port, 0);
  Metrics second;
  EXPECT_THAT(std::string(second.Expose(absl::StrCat("127.0.0.1:", *port)).status().message()),
              HasSubstr("taken by another program"));
  for (const char* bad : {"x:y", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:1,0.0.0.0:2", "127.0.0.1:9r"}) {
    EXPECT_EQ(second.Expose(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace aftersales::rpc
