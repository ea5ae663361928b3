// Server-streaming calls, over TCP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "tests/service/rpc_trial_server.h"

namespace aftersales::rpc {
namespace {

using testing::HasSubstr;
using v1::EventService;

class StreamsTest : public testing::Test {
 protected:
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader;

    // The next position; -1 at the end.
    int64_t Next() {
      v1::WatchEventsResponse reply;
      return reader->Read(&reply) ? reply.position() : -1;
    }
  };

  void Start(GrpcServerOptions options = {}) {
    trial.options = std::move(options);
    trial.options.listen = "127.0.0.1:0";
    const absl::Status started = trial.Start();
    ASSERT_TRUE(started.ok()) << started;
    stub = EventService::NewStub(trial.Connect());
  }

  Watch& Open(const std::string& token, int64_t after = 0, const std::string& root = "") {
    Watch& watch = watches.emplace_back();
    SignIn(watch.context, token);
    v1::WatchEventsRequest request;
    request.set_after_position(after);
    request.set_root(root);
    watch.reader = stub->WatchEvents(&watch.context, request);
    return watch;
  }

  TrialServer trial;
  std::unique_ptr<EventService::Stub> stub;
  std::list<Watch> watches;
};

TEST_F(StreamsTest, TheGuardRefusesBeforeThereIsAStream) {
  GrpcServerOptions options;
  options.guard = [](Call&, const google::protobuf::Message& request) {
    const std::string& root = static_cast<const v1::WatchEventsRequest&>(request).root();
    return root == "cases/2" ? NotFoundError(root) : absl::OkStatus();
  };
  Start(options);
  trial.events.Publish(1);
  EXPECT_EQ(Open("writer-token", 0, "cases/1").Next(), 1);
  Watch& refused = Open("writer-token", 0, "cases/2");
  EXPECT_EQ(refused.Next(), -1);
  EXPECT_EQ(refused.reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(StreamsTest, SendsWhatIsThereThenWhatComes) {
  Start();
  trial.events.Publish(3);
  Watch& watch = Open("writer-token", 1);
  EXPECT_EQ(watch.Next(), 2);
  EXPECT_EQ(watch.Next(), 3);
  for (int64_t i = 4; i < 200; ++i) {
    trial.events.Publish(i);
    EXPECT_EQ(watch.Next(), i);
  }
  watch.context.TryCancel();
  EXPECT_EQ(watch.Next(), -1);
  EXPECT_EQ(watch.reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([&] { return trial.events.open == 0; })) << "the source goes with the call";
  EXPECT_TRUE(Eventually([&] { return trial.metrics.Text().find("aftersales_streams_open 0") != std::string::npos; }));
}

TEST_F(StreamsTest, RefusalsComeAsTheyDoForOtherCalls) {
  Start();
  Watch& nobody = Open("nobody");
  EXPECT_EQ(nobody.Next(), -1);
  EXPECT_EQ(nobody.reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  Watch& wrong = Open("reader-token", -5);
  EXPECT_EQ(wrong.Next(), -1);
  EXPECT_EQ(wrong.reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  Watch& nothing = Open("reader-token", 0, "nothing");
  EXPECT_EQ(nothing.Next(), -1);
  EXPECT_EQ(nothing.reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(StreamsTest, PersonalFieldsAreMasked) {
  Start();
  trial.events.Publish(1);
  for (const auto& [token, telephone] : {std::pair("reader-token", "***"), std::pair("writer-token", "13800000000")}) {
    v1::WatchEventsResponse reply;
    ASSERT_TRUE(Open(token).reader->Read(&reply));
    EXPECT_EQ(reply.events(0).contact().telephone(), telephone);
    watches.back().context.TryCancel();
  }
}

TEST_F(StreamsTest, ManyWakesMakeFewQuestions) {
  Start();
  Watch& watch = Open("reader-token");
  trial.events.Publish(1);
  ASSERT_EQ(watch.Next(), 1);
  ASSERT_TRUE(Eventually([&] { return trial.events.produced >= 2; }));
  const int before = trial.events.produced;
  for (int i = 0; i < 100'000; ++i) trial.events.Publish(1);
  trial.events.Publish(2);
  EXPECT_EQ(watch.Next(), 2);
  EXPECT_LT(trial.events.produced - before, 100'000);
  watch.context.TryCancel();
}

TEST_F(StreamsTest, SilentStreamsGiveSignsOfLife) {
  GrpcServerOptions options;
  options.heartbeat = absl::Milliseconds(50);
  Start(options);
  Watch& watch = Open("reader-token");
  const absl::Time start = absl::Now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(watch.Next(), 0);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(140));
  trial.events.Publish(1);
  int64_t position = 0;
  while (position == 0) position = watch.Next();
  EXPECT_EQ(position, 1) << "and go on afterwards";
  watch.context.TryCancel();
}

TEST_F(StreamsTest, ARevokedTokenEndsTheStream) {
  GrpcServerOptions options;
  options.reauthenticate = absl::Milliseconds(50);
  Start(options);
  Watch& watch = Open("reader-token");
  trial.events.Publish(1);
  ASSERT_EQ(watch.Next(), 1);
  trial.authenticator.Revoke("reader-token");
  EXPECT_EQ(watch.Next(), -1);
  const grpc::Status status = watch.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Reason(status).reason(), "NOT_AUTHENTICATED");
  EXPECT_EQ(trial.events.open, 0);
}

TEST_F(StreamsTest, DrainingEndsStreams) {
  Start();
  trial.events.Publish(1);
  std::vector<Watch*> open;
  for (int i = 0; i < 50; ++i) open.push_back(&Open("reader-token"));
  for (Watch* watch : open) ASSERT_EQ(watch->Next(), 1);
  std::vector<std::thread> readers;
  std::atomic<int> ended{0};
  for (Watch* watch : open) {
    readers.emplace_back([watch, &ended] {
      while (watch->Next() >= 0) {
      }
      const grpc::Status status = watch->reader->Finish();
      ended += status.error_code() == grpc::StatusCode::UNAVAILABLE && Reason(status).reason() == "NOT_READY";
    });
  }
  std::thread publisher([&] {
    for (int i = 2; i < 500; ++i) trial.events.Publish(i);
  });
  trial.server->Shutdown(absl::Seconds(10));
  publisher.join();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(ended, 50);
  EXPECT_EQ(trial.events.open, 0);
}

TEST_F(StreamsTest, StreamsAreBoundedInAllAndByPrincipal) {
  GrpcServerOptions options;
  options.streams = 3;
  options.streams_per_principal = 2;
  Start(options);
  trial.events.Publish(1);
  ASSERT_EQ(Open("reader-token").Next(), 1);
  ASSERT_EQ(Open("reader-token").Next(), 1);
  Watch& third = Open("reader-token");
  EXPECT_EQ(third.Next(), -1);
  EXPECT_THAT(third.reader->Finish().error_message(), HasSubstr("streams of this principal"));
  ASSERT_TRUE(Eventually([&] { return trial.metrics.Text().find("aftersales_streams_open 2") != std::string::npos; }));
  ASSERT_EQ(Open("writer-token").Next(), 1);
  Watch& fourth = Open("writer-token");
  EXPECT_EQ(fourth.Next(), -1);
  const grpc::Status refused = fourth.reader->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(refused).reason(), "OVERLOADED");
  // A place is free again once a stream has gone.
  watches.front().context.TryCancel();
  ASSERT_TRUE(Eventually([&] { return trial.events.open == 2; }));
  EXPECT_TRUE(Eventually([&] { return Open("reader-token").Next() == 1; }));
  for (Watch& watch : watches) watch.context.TryCancel();
}

TEST_F(StreamsTest, ACallerWhoReadsNothingIsLetGo) {
  GrpcServerOptions options;
  options.slowest_reader = absl::Milliseconds(200);
  trial.events.padding = 1 << 20;
  Start(options);
  trial.events.Publish(1000);
  Watch& watch = Open("reader-token");
  EXPECT_TRUE(Eventually([&] { return trial.events.open == 1; }));
  EXPECT_TRUE(Eventually([&] { return trial.events.open == 0; })) << "though the client holds on";
  EXPECT_LT(trial.events.produced, 200) << "flow control held the rest back";
  watch.context.TryCancel();
}

TEST_F(StreamsTest, ClosedConnectionsLeaveNothingBehind) {
  Start();
  trial.events.Publish(1);
  for (int i = 0; i < 100; ++i) {
    Open("reader-token").context.TryCancel();
    trial.events.Publish(i);
  }
  EXPECT_TRUE(Eventually([&] { return trial.events.open == 0; }));
  EXPECT_TRUE(Eventually([&] { return trial.metrics.Text().find("aftersales_streams_open 0") != std::string::npos; }));
}

}  // namespace
}  // namespace aftersales::rpc
