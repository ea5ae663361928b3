// What a unary call meets on its way, over TCP.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/rpc/log.h"
#include "tests/service/rpc_trial_server.h"

namespace aftersales::rpc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using v1::DirectoryService;

constexpr char kUuid[] = "6fa459ea-ee8a-4ca4-894e-db77e160355e";

class CallsTest : public testing::Test {
 protected:
  void Start(GrpcServerOptions options = {}) {
    trial.options = std::move(options);
    trial.options.listen = "127.0.0.1:0";
    const absl::Status started = trial.Start();
    ASSERT_TRUE(started.ok()) << started;
    channel = trial.Connect();
    stub = DirectoryService::NewStub(channel);
  }

  grpc::Status Get(const std::string& token, v1::Customer* reply = nullptr, const std::string& name = "customers/1") {
    grpc::ClientContext context;
    if (!token.empty()) SignIn(context, token);
    v1::GetCustomerRequest request;
    request.set_name(name);
    v1::Customer unused;
    return stub->GetCustomer(&context, request, reply == nullptr ? &unused : reply);
  }

  grpc::Status Create(const std::string& token, const v1::CreateCustomerRequest& request,
                      v1::Customer* reply = nullptr) {
    grpc::ClientContext context;
    if (!token.empty()) SignIn(context, token);
    v1::Customer unused;
    return stub->CreateCustomer(&context, request, reply == nullptr ? &unused : reply);
  }

  // Sends bytes as they are.
  grpc::Status Raw(const std::string& method, const std::string& bytes, const std::string& token,
                   std::optional<grpc_compression_algorithm> compression = std::nullopt) {
    grpc::GenericStub generic(channel);
    grpc::ClientContext context;
    SignIn(context, token);
    if (compression.has_value()) context.set_compression_algorithm(*compression);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(bytes);
    const auto call = generic.PrepareUnaryCall(&context, method, grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    call->Finish(&reply, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  static v1::CreateCustomerRequest GoodCreate() {
    v1::CreateCustomerRequest request;
    request.set_request_id(kUuid);
    request.mutable_customer()->set_display_name("Jilin Railway");
    request.mutable_customer()->set_telephone("0431-1234567");
    return request;
  }

  TrialServer trial;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<DirectoryService::Stub> stub;
};

TEST_F(CallsTest, ServesAndTellsTheMethodAboutTheCall) {
  std::optional<Call> seen;
  v1::CreateCustomerRequest received;
  trial.directory.create = [&](Call& call, const v1::CreateCustomerRequest& request) -> absl::StatusOr<v1::Customer> {
    seen = call;
    received = request;
    return request.customer();
  };
  Start();
  v1::CreateCustomerRequest request = GoodCreate();
  request.set_validate_only(true);
  request.mutable_customer()->set_name("customers/of-the-caller's-choice");
  v1::Customer reply;
  const absl::Time before = absl::Now();
  const grpc::Status status = Create("writer-token", request, &reply);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reply.display_name(), "Jilin Railway");
  EXPECT_EQ(seen->method, "aftersales.v1.DirectoryService/CreateCustomer");
  EXPECT_EQ(seen->request_id, kUuid);
  EXPECT_TRUE(seen->validate_only);
  EXPECT_EQ(seen->caller.principal, "principals/writer");
  EXPECT_THAT(seen->peer, HasSubstr("127.0.0.1"));
  EXPECT_GE(seen->deadline, before + absl::Seconds(29)) << "the server's own, as the client set none";
  EXPECT_LE(seen->deadline, absl::Now() + absl::Seconds(30));
  EXPECT_EQ(received.customer().name(), "") << "output only";
}

TEST_F(CallsTest, TheGuardIsAskedLastBeforeTheMethod) {
  std::atomic<int> asked{0}, served{0};
  trial.directory.get = [&](Call&, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    ++served;
    return v1::Customer();
  };
  GrpcServerOptions options;
  options.guard = [&](Call& call, const google::protobuf::Message& request) {
    ++asked;
    EXPECT_EQ(call.caller.principal, "principals/reader");
    const std::string& name = static_cast<const v1::GetCustomerRequest&>(request).name();
    return name == "customers/2" ? NotFoundError(name) : absl::OkStatus();
  };
  Start(options);
  EXPECT_EQ(Get("").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Create("reader-token", GoodCreate()).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Get("reader-token", nullptr, "2").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(Get("reader-token", nullptr, "customers/2").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(served, 0);
  EXPECT_TRUE(Get("reader-token", nullptr, "customers/1").ok());
  EXPECT_EQ(served, 1);
  EXPECT_EQ(asked, 2);
}

TEST_F(CallsTest, DeadlinesOfClientsAreKeptAndCapped) {
  std::vector<absl::Duration> left;
  trial.directory.get = [&](Call& call, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    left.push_back(call.deadline - absl::Now());
    return v1::Customer();
  };
  Start();
  for (const absl::Duration wish : {absl::Seconds(3), absl::Hours(24 * 365)}) {
    grpc::ClientContext context;
    SignIn(context, "reader-token");
    context.set_deadline(absl::ToChronoTime(absl::Now() + wish));
    v1::GetCustomerRequest request;
    request.set_name("customers/1");
    v1::Customer reply;
    ASSERT_TRUE(stub->GetCustomer(&context, request, &reply).ok());
  }
  EXPECT_LE(left[0], absl::Seconds(3.5)) << "gRPC rounds it on the way";
  EXPECT_GT(left[0], absl::Seconds(1));
  EXPECT_LE(left[1], absl::Minutes(5)) << "capped";
  EXPECT_GT(left[1], absl::Minutes(4));
}

TEST_F(CallsTest, NobodyIsServedWithoutAToken) {
  Start();
  const grpc::Status none = Get("");
  EXPECT_EQ(none.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Reason(none).reason(), "NOT_AUTHENTICATED");
  EXPECT_EQ(Reason(none).domain(), "aftersales");
  EXPECT_THAT(none.error_message(), HasSubstr("authorization: Bearer"));
  EXPECT_EQ(Get("wrong").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  trial.authenticator.Revoke("reader-token");
  EXPECT_EQ(Get("reader-token").error_code(), grpc::StatusCode::UNAUTHENTICATED);

  for (const auto& headers : std::vector<std::vector<std::string>>{
           {"Basic d3JpdGVyLXRva2Vu"}, {"Bearer "}, {"writer-token"}, {"Bearer writer-token", "Bearer writer-token"}}) {
    grpc::ClientContext context;
    for (const std::string& header : headers) context.AddMetadata("authorization", header);
    v1::GetCustomerRequest request;
    v1::Customer reply;
    EXPECT_EQ(stub->GetCustomer(&context, request, &reply).error_code(), grpc::StatusCode::UNAUTHENTICATED)
        << headers[0];
  }
  grpc::ClientContext lower;
  lower.AddMetadata("authorization", "bearer writer-token");
  v1::GetCustomerRequest request;
  request.set_name("customers/1");
  v1::Customer reply;
  EXPECT_TRUE(stub->GetCustomer(&lower, request, &reply).ok()) << "the scheme's case does not matter";
}

TEST_F(CallsTest, ForbiddenBeforeValidationAndExistence) {
  bool served = false;
  trial.directory.create = [&](Call&, const v1::CreateCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    served = true;
    return NotFoundError("customers/1");
  };
  Start();
  const grpc::Status status = Create("reader-token", v1::CreateCustomerRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Reason(status).reason(), "PERMISSION_MISSING");
  EXPECT_EQ(Reason(status).metadata().at("permission"), "customers.write");
  EXPECT_EQ(Reason(status).metadata().at("roles"), "writer,admin");
  EXPECT_EQ(Raw("/aftersales.v1.DirectoryService/CreateCustomer", "\xff\xff garbage", "reader-token").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_FALSE(served);
  EXPECT_THAT(trial.authenticator.audited(),
              Contains("aftersales.v1.DirectoryService/CreateCustomer principals/reader PERMISSION_MISSING"));
}

TEST_F(CallsTest, RefusalsOfMethodsAreAuditedToo) {
  trial.directory.create = [&](Call&, const v1::CreateCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    return OwnSubmissionError("pickingLists/1", "principals/writer", "submitted", "sign");
  };
  Start();
  EXPECT_EQ(Create("writer-token", GoodCreate()).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Create("nobody", GoodCreate()).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Get("nobody").error_code(), grpc::StatusCode::UNAUTHENTICATED) << "not audited: the method is not marked";
  EXPECT_THAT(trial.authenticator.audited(),
              ElementsAre("aftersales.v1.DirectoryService/CreateCustomer principals/writer OWN_SUBMISSION",
                          "aftersales.v1.DirectoryService/CreateCustomer  NOT_AUTHENTICATED"));
}

TEST_F(CallsTest, WrongFieldsAreAllNamed) {
  Start();
  v1::CreateCustomerRequest request;
  request.set_request_id("1");
  request.mutable_customer()->set_tier(std::string(51, 'x'));
  const grpc::Status status = Create("writer-token", request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Reason(status).reason(), "FIELD_INVALID");
  std::vector<std::string> fields;
  const google::rpc::Status details = Details(status);
  for (const auto& detail : details.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  }
  EXPECT_THAT(fields, ElementsAre("request_id", "customer.display_name", "customer.tier"));
}

TEST_F(CallsTest, DamagedRequestsAreRefused) {
  Start();
  for (const std::string& bytes : {std::string("\x0a\x7f"), std::string("\x0a\x02\xff\xfe"), std::string(10, '\xff')}) {
    const grpc::Status status = Raw("/aftersales.v1.DirectoryService/GetCustomer", bytes, "reader-token");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("cannot be read"));
  }
  EXPECT_EQ(Raw("/aftersales.v1.DirectoryService/Nothing", "", "reader-token").error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(Get("reader-token").ok());
}

TEST_F(CallsTest, OversizedAndCompressedRequestsAreRefused) {
  Start();
  const std::string big(5 << 20, 'x');
  EXPECT_EQ(Raw("/aftersales.v1.DirectoryService/GetCustomer", big, "reader-token").error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Raw("/aftersales.v1.DirectoryService/GetCustomer", big, "reader-token", GRPC_COMPRESS_GZIP).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(Get("reader-token").ok()) << "the connection lives on";
}

TEST_F(CallsTest, OversizedMetadataIsRefusedAndHurtsNobodyElse) {
  Start();
  const auto offender = DirectoryService::NewStub(trial.Connect());
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", std::string(9000, 'x')));
  v1::GetCustomerRequest request;
  v1::Customer reply;
  EXPECT_EQ(offender->GetCustomer(&context, request, &reply).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Get("reader-token").ok());
}

TEST_F(CallsTest, RepliesTooLargeForAMessageSayWhatToDo) {
  Start();
  const auto events = v1::EventService::NewStub(channel);
  grpc::ClientContext context;
  SignIn(context, "reader-token");
  v1::ListEventsRequest request;
  request.set_page_size(1000);
  v1::ListEventsResponse reply;
  const grpc::Status status = events->ListEvents(&context, request, &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("page_size"));
}

TEST_F(CallsTest, PersonalFieldsAreMaskedByPermission) {
  Start();
  v1::Customer reply;
  ASSERT_TRUE(Get("writer-token", &reply).ok());
  EXPECT_EQ(reply.telephone(), "0431-1234567");
  ASSERT_TRUE(Get("reader-token", &reply).ok());
  EXPECT_EQ(reply.telephone(), "***");
  EXPECT_EQ(reply.name(), "customers/1");
}

TEST_F(CallsTest, OverloadIsRefusedAtOnce) {
  absl::Notification go_on;
  std::atomic<int> inside{0};
  trial.directory.get = [&](Call&, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    ++inside;
    go_on.WaitForNotification();
    return v1::Customer();
  };
  GrpcServerOptions options;
  options.workers = 2;
  options.queue = 3;
  Start(options);
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  const auto call = [&](int count) {
    for (int i = 0; i < count; ++i) clients.emplace_back([&] { good += Get("reader-token").ok(); });
  };
  call(2);
  EXPECT_TRUE(Eventually([&] { return inside == 2; }));
  call(3);
  EXPECT_TRUE(Eventually([&] { return trial.metrics.Text().find("aftersales_queue_length 3") != std::string::npos; }));

  const absl::Time asked = absl::Now();
  grpc::ClientContext context;
  SignIn(context, "reader-token");
  context.set_deadline(absl::ToChronoTime(asked + absl::Seconds(10)));
  v1::GetCustomerRequest request;
  request.set_name("customers/1");
  v1::Customer reply;
  const grpc::Status refused = stub->GetCustomer(&context, request, &reply);
  EXPECT_LT(absl::Now() - asked, absl::Seconds(2));
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(refused).reason(), "OVERLOADED");
  google::rpc::RetryInfo retry;
  EXPECT_TRUE(Details(refused).details(1).UnpackTo(&retry));
  EXPECT_GT(retry.retry_delay().seconds(), 0);

  go_on.Notify();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 5) << "what was taken in is served";
}

TEST_F(CallsTest, WaitingCallsThatNobodyWaitsForAreNotServed) {
  absl::Notification go_on;
  std::atomic<int> inside{0};
  trial.directory.get = [&](Call&, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    if (++inside == 1) go_on.WaitForNotification();
    return v1::Customer();
  };
  GrpcServerOptions options;
  options.workers = 1;
  Start(options);
  std::thread blocker([&] { EXPECT_TRUE(Get("reader-token").ok()); });
  ASSERT_TRUE(Eventually([&] { return inside == 1; }));

  v1::GetCustomerRequest request;
  request.set_name("customers/2");
  v1::Customer reply;
  grpc::ClientContext late;
  SignIn(late, "reader-token");
  late.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(100)));
  EXPECT_EQ(stub->GetCustomer(&late, request, &reply).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  grpc::ClientContext cancelled;
  SignIn(cancelled, "reader-token");
  std::thread canceller([&] {
    EXPECT_TRUE(
        Eventually([&] { return trial.metrics.Text().find("aftersales_queue_length 2") != std::string::npos; }));
    cancelled.TryCancel();
  });
  EXPECT_EQ(stub->GetCustomer(&cancelled, request, &reply).error_code(), grpc::StatusCode::CANCELLED);
  canceller.join();
  absl::SleepFor(absl::Milliseconds(100));  // the cancellation travels to the server
  go_on.Notify();
  blocker.join();
  EXPECT_TRUE(Get("reader-token").ok());
  EXPECT_EQ(inside, 2) << "the first and the last";
  EXPECT_THAT(trial.metrics.Text(), HasSubstr(R"({grpc_code="DeadlineExceeded",grpc_method="GetCustomer",)"
                                              R"(grpc_service="aftersales.v1.DirectoryService"} 1)"));
}

TEST_F(CallsTest, RunningMethodsLearnThatTheCallerIsGone) {
  absl::Notification inside, noticed;
  trial.directory.get = [&](Call& call, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    inside.Notify();
    if (Eventually([&] { return call.cancelled(); })) noticed.Notify();
    return absl::CancelledError("gone");
  };
  Start();
  grpc::ClientContext context;
  SignIn(context, "reader-token");
  std::thread canceller([&] {
    inside.WaitForNotification();
    context.TryCancel();
  });
  v1::GetCustomerRequest request;
  request.set_name("customers/1");
  v1::Customer reply;
  EXPECT_EQ(stub->GetCustomer(&context, request, &reply).error_code(), grpc::StatusCode::CANCELLED);
  canceller.join();
  EXPECT_TRUE(noticed.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_F(CallsTest, DefectsGiveAnIncidentAndNoSecrets) {
  trial.directory.get = [&](Call&, const v1::GetCustomerRequest& request) -> absl::StatusOr<v1::Customer> {
    if (request.name() == "customers/throws") throw std::runtime_error("SELECT telephone = '0431-1234567'");
    if (request.name() == "customers/throws-int") throw 5;
    if (request.name() == "customers/unknown") return absl::UnknownError("odd");
    return InternalError("the shelf is empty");
  };
  std::mutex mutex;
  std::vector<nlohmann::json> lines;
  SendLogTo([&](const std::string& line) {
    std::lock_guard lock(mutex);
    lines.push_back(nlohmann::json::parse(line));
  });
  Start();
  for (const char* name : {"customers/throws", "customers/throws-int", "customers/unknown", "customers/internal"}) {
    const grpc::Status status = Get("reader-token", nullptr, name);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL) << name;
    EXPECT_EQ(Reason(status).reason(), "INTERNAL");
    const std::string incident = Reason(status).metadata().at("incident");
    EXPECT_THAT(status.error_message(), HasSubstr(incident));
    EXPECT_THAT(status.error_message(), Not(HasSubstr("SELECT")));
    std::lock_guard lock(mutex);
    bool found = false;
    for (const auto& line : lines) found = found || (line["event"] == "incident" && line["incident"] == incident);
    EXPECT_TRUE(found) << name;
  }
  SendLogTo({});
  for (const auto& line : lines) {
    EXPECT_THAT(line.dump(), Not(HasSubstr("1234567")));
    EXPECT_THAT(line.dump(), Not(HasSubstr("reader-token")));
  }
}

TEST_F(CallsTest, TheLogTellsMutationsAndFailures) {
  std::mutex mutex;
  std::vector<nlohmann::json> calls;
  SendLogTo([&](const std::string& line) {
    std::lock_guard lock(mutex);
    const auto parsed = nlohmann::json::parse(line);
    if (parsed["event"] == "call") calls.push_back(parsed);
  });
  Start();
  ASSERT_TRUE(Get("reader-token").ok());
  ASSERT_TRUE(Create("writer-token", GoodCreate()).ok());
  ASSERT_FALSE(Create("reader-token", GoodCreate()).ok());
  SendLogTo({});
  ASSERT_EQ(calls.size(), 2u) << "successful reads are for debugging only";
  EXPECT_EQ(calls[0]["method"], "aftersales.v1.DirectoryService/CreateCustomer");
  EXPECT_EQ(calls[0]["principal"], "principals/writer");
  EXPECT_EQ(calls[0]["request_id"], kUuid);
  EXPECT_EQ(calls[0]["code"], "OK");
  EXPECT_GE(calls[0]["ms"].get<double>(), 0);
  EXPECT_EQ(calls[1]["code"], "PERMISSION_DENIED");
  EXPECT_EQ(calls[1]["reason"], "PERMISSION_MISSING");
  for (const auto& line : calls) EXPECT_THAT(line.dump(), Not(HasSubstr("1234567")));
}

TEST_F(CallsTest, FiveHundredViolationsDoNotHurtTheConnection) {
  trial.directory.get = [&](Call&, const v1::GetCustomerRequest& request) -> absl::StatusOr<v1::Customer> {
    if (request.name() == "customers/good") return v1::Customer();
    Error error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN, std::string(5000, 'x'));
    for (int i = 0; i < 500; ++i) error.Violates({"到达", absl::StrCat("obligations/", i), "客户尚未确认。"});
    return error;
  };
  Start();
  for (int round = 0; round < 20; ++round) {
    const grpc::Status status = Get("reader-token");
    ASSERT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << status.error_message();
    EXPECT_EQ(Reason(status).reason(), "OBLIGATION_OPEN");
    EXPECT_GT(std::stoi(Reason(status).metadata().at("more")), 300);
    ASSERT_TRUE(Get("reader-token", nullptr, "customers/good").ok());
  }
}

TEST_F(CallsTest, MetricsCountCalls) {
  Start();
  ASSERT_TRUE(Get("reader-token").ok());
  ASSERT_TRUE(Get("reader-token").ok());
  ASSERT_FALSE(Get("").ok());
  const std::string text = trial.metrics.Text();
  const std::string labels = R"(grpc_method="GetCustomer",grpc_service="aftersales.v1.DirectoryService"})";
  EXPECT_THAT(text, HasSubstr(absl::StrCat(R"(grpc_server_handled_total{grpc_code="OK",)", labels, " 2")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat(R"(grpc_server_handled_total{grpc_code="Unauthenticated",)", labels, " 1")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("grpc_server_handling_seconds_count{", labels, " 3")));
  EXPECT_THAT(text, HasSubstr("aftersales_workers 8"));
  EXPECT_THAT(text, HasSubstr("aftersales_streams_open 0"));
}

TEST_F(CallsTest, PrincipalsAreLimitedOneByOne) {
  GrpcServerOptions options;
  options.calls_per_second = 0.01;
  options.burst = 3;
  Start(options);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Get("reader-token").ok());
  const grpc::Status refused = Get("reader-token");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(refused).reason(), "RATE_EXCEEDED");
  EXPECT_TRUE(Get("writer-token").ok());
}

TEST_F(CallsTest, DrainsUnderLoadWithoutLosingACall) {
  std::atomic<int> served{0};
  trial.directory.get = [&](Call&, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    absl::SleepFor(absl::Milliseconds(1));
    ++served;
    return v1::Customer();
  };
  Start();
  std::atomic<int> good{0};
  std::atomic<int> unavailable{0};
  std::atomic<int> other{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      for (;;) {
        const grpc::Status status = Get("reader-token");
        if (status.ok()) {
          ++good;
        } else {
          const bool expected = status.error_code() == grpc::StatusCode::UNAVAILABLE;
          ++(expected ? unavailable : other);
          EXPECT_TRUE(expected) << status.error_code() << " " << status.error_message();
          return;
        }
      }
    });
  }
  ASSERT_TRUE(Eventually([&] { return good > 200; }));
  trial.server->Shutdown(absl::Seconds(10));
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(other, 0);
  EXPECT_EQ(unavailable, 16);
  EXPECT_EQ(served, good) << "every call that was served got its answer";
}

TEST_F(CallsTest, ShutdownCancelsWhatTakesTooLong) {
  absl::Notification inside;
  trial.directory.get = [&](Call& call, const v1::GetCustomerRequest&) -> absl::StatusOr<v1::Customer> {
    inside.Notify();
    Eventually([&] { return call.cancelled(); });
    return absl::CancelledError("gone");
  };
  Start();
  std::thread client([&] { EXPECT_FALSE(Get("reader-token").ok()); });
  inside.WaitForNotification();
  const absl::Time asked = absl::Now();
  trial.server->Shutdown(absl::Milliseconds(50));
  EXPECT_LT(absl::Now() - asked, absl::Seconds(5));
  client.join();
}

}  // namespace
}  // namespace aftersales::rpc
