// One call over a real connection: request ids, deadlines, retries, tokens, errors.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "aftersales/client.h"
#include "client/src/endpoint.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

Client ClientOf(const ScriptedServer& server, ClientOptions options = {}) {
  options.endpoint = server.endpoint();
  absl::StatusOr<Client> client = Client::Create(options);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

TEST(Call, FillsInARequestIdThatIsAUuid) {
  ScriptedServer server;
  std::set<std::string> seen;
  server.accept_case = [&](grpc::ServerContext&, const v1::AcceptCaseRequest& request, v1::Case&) {
    seen.insert(request.request_id());
    return grpc::Status::OK;
  };
  const Client client = ClientOf(server);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.cases().AcceptCase({}).ok());
  EXPECT_EQ(seen.size(), 20u);
  for (const std::string& id : seen) {
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4') << id;
    EXPECT_TRUE(absl::StrContains("89ab", std::string(1, id[19]))) << id;
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos) << id;
  }
}

TEST(Call, KeepsTheCallersRequestId) {
  ScriptedServer server;
  std::string seen;
  server.accept_case = [&](grpc::ServerContext&, const v1::AcceptCaseRequest& request, v1::Case&) {
    seen = request.request_id();
    return grpc::Status::OK;
  };
  v1::AcceptCaseRequest request;
  request.set_request_id("6a30c8f3-3b2f-4f5e-9d3e-0a1b2c3d4e5f");
  EXPECT_TRUE(ClientOf(server).cases().AcceptCase(request).ok());
  EXPECT_EQ(seen, request.request_id());
}

TEST(Call, RetriesWhatIsUnavailableUnderOneRequestId) {
  ScriptedServer server;
  absl::Mutex mutex;
  std::vector<std::string> seen;
  server.accept_case = [&](grpc::ServerContext&, const v1::AcceptCaseRequest& request, v1::Case& reply) {
    absl::MutexLock lock(&mutex);
    seen.push_back(request.request_id());
    if (seen.size() < 3) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting");
    reply.set_name("cases/1");
    return grpc::Status::OK;
  };
  absl::StatusOr<v1::Case> accepted = ClientOf(server).cases().AcceptCase({});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->name(), "cases/1");
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[1], seen[2]);
}

TEST(Call, GivesUpAfterTheAttemptsAllowed) {
  ScriptedServer server;
  std::atomic<int> calls = 0;
  server.accept_case = [&](grpc::ServerContext&, const v1::AcceptCaseRequest&, v1::Case&) {
    ++calls;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "down");
  };
  EXPECT_EQ(ClientOf(server, {.max_attempts = 2}).cases().AcceptCase({}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 2);
  calls = 0;
  EXPECT_EQ(ClientOf(server, {.max_attempts = 1}).cases().AcceptCase({}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST(Call, RetriesNothingElse) {
  ScriptedServer server;
  for (int code = 1; code <= 16; ++code) {
    if (code == static_cast<int>(grpc::StatusCode::UNAVAILABLE)) continue;
    std::atomic<int> calls = 0;
    server.accept_case = [&](grpc::ServerContext&, const v1::AcceptCaseRequest&, v1::Case&) {
      ++calls;
      return grpc::Status(static_cast<grpc::StatusCode>(code), "no");
    };
    EXPECT_EQ(static_cast<int>(ClientOf(server).cases().AcceptCase({}).status().code()), code);
    EXPECT_EQ(calls, 1) << code;
  }
}

TEST(Call, AlwaysHasADeadline) {
  ScriptedServer server;
  std::chrono::system_clock::time_point deadline;
  server.get_case = [&](grpc::ServerContext& context, const v1::GetCaseRequest&, v1::Case&) {
    deadline = context.deadline();
    return grpc::Status::OK;
  };
  const auto seconds_left = [&] { return absl::ToDoubleSeconds(absl::FromChrono(deadline) - absl::Now()); };
  ASSERT_TRUE(ClientOf(server).cases().GetCase({}).ok());
  EXPECT_NEAR(seconds_left(), 30, 5);
  ASSERT_TRUE(ClientOf(server, {.default_timeout = absl::Seconds(100)}).cases().GetCase({}).ok());
  EXPECT_NEAR(seconds_left(), 100, 5);
  ASSERT_TRUE(ClientOf(server).cases().GetCase({}, {.timeout = absl::Seconds(1000)}).ok());
  EXPECT_NEAR(seconds_left(), 1000, 15);  // long timeouts travel rounded
}

TEST(Call, EndsAtItsDeadline) {
  ScriptedServer server;
  server.get_case = [](grpc::ServerContext& context, const v1::GetCaseRequest&, v1::Case&) {
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::CANCELLED;
  };
  const absl::Status status = ClientOf(server).cases().GetCase({}, {.timeout = absl::Milliseconds(50)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Call, SaysWhatTheServerSaid) {
  ScriptedServer server;
  server.accept_case = [](grpc::ServerContext&, const v1::AcceptCaseRequest&, v1::Case&) {
    const absl::Status refusal =
        Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN, "owed first")
            .With("resource", "cases/1")
            .Field("name", "wrong")
            .Violates({"first-reply", "obligations/7", "a reply is owed"})
            .RetryAfter(absl::Milliseconds(1500));
    return Wire(refusal);
  };
  const absl::Status status = ClientOf(server).cases().AcceptCase({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "owed first");
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_EQ(ErrorMetadata(status).at("resource"), "cases/1");
  ASSERT_EQ(FieldViolations(status).size(), 1u);
  EXPECT_EQ(FieldViolations(status)[0].field, "name");
  ASSERT_EQ(PreconditionViolations(status).size(), 1u);
  EXPECT_EQ(PreconditionViolations(status)[0].subject, "obligations/7");
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(1500));
}

TEST(Call, AnswersNoDetailsWhereThereAreNone) {
  for (const absl::Status& status : {absl::OkStatus(), absl::NotFoundError("x")}) {
    EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_UNSPECIFIED);
    EXPECT_TRUE(ErrorMetadata(status).empty());
    EXPECT_TRUE(FieldViolations(status).empty());
    EXPECT_TRUE(PreconditionViolations(status).empty());
    EXPECT_EQ(RetryDelay(status), std::nullopt);
  }
  absl::Status damaged = absl::NotFoundError("x");
  damaged.SetPayload(kRpcStatusPayload, absl::Cord("\xff\xff\xff"));
  EXPECT_EQ(ErrorReasonOf(damaged), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(Token, TravelsAsBearerToken) {
  ScriptedServer server;
  std::string seen;
  server.get_case = [&](grpc::ServerContext& context, const v1::GetCaseRequest&, v1::Case&) {
    seen = MetadataOf(context, "authorization");
    return grpc::Status::OK;
  };
  ASSERT_TRUE(ClientOf(server, {.token = "abc123"}).cases().GetCase({}).ok());
  EXPECT_EQ(seen, "Bearer abc123");
  ASSERT_TRUE(ClientOf(server).cases().GetCase({}).ok());
  EXPECT_EQ(seen, "");
}

TEST(Token, IsReadAgainWhenItsFileChanges) {
  ScriptedServer server;
  std::string seen;
  server.get_case = [&](grpc::ServerContext& context, const v1::GetCaseRequest&, v1::Case&) {
    seen = MetadataOf(context, "authorization");
    return grpc::Status::OK;
  };
  const std::string path = ::testing::TempDir() + "/client_token";
  std::ofstream(path) << "first\n";
  const Client client = ClientOf(server, {.token_file = path});
  ASSERT_TRUE(client.cases().GetCase({}).ok());
  EXPECT_EQ(seen, "Bearer first");
  std::ofstream(path) << "second\n";
  ASSERT_TRUE(client.cases().GetCase({}).ok());
  EXPECT_EQ(seen, "Bearer second");
  std::remove(path.c_str());
  ASSERT_TRUE(client.cases().GetCase({}).ok());
  EXPECT_EQ(seen, "Bearer second") << "a file that vanished leaves the token read last";
}

TEST(Create, RefusesWhatCannotWork) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/empty_token") << "\n";
  std::ofstream(folder + "/bad_token") << "two words\n";
  std::ofstream(folder + "/no.pem") << "hello\n";
  const struct {
    ClientOptions options;
    const char* says;
  } cases[] = {
      {{.endpoint = ""}, "HOST:PORT"},
      {{.endpoint = "somewhere"}, "has no port"},
      {{.endpoint = "somewhere:0"}, "between 1 and 65535"},
      {{.endpoint = "somewhere:99999999999"}, "between 1 and 65535"},
      {{.endpoint = "http://somewhere:80"}, "neither a host"},
      {{.endpoint = "some\nwhere:80"}, "control character"},
      {{.endpoint = "127.0.0.1:1", .token = "a", .token_file = "b"}, "give one"},
      {{.endpoint = "127.0.0.1:1", .token = "a\nb"}, "blank"},
      {{.endpoint = "127.0.0.1:1", .token = std::string(5000, 'a')}, "longer"},
      {{.endpoint = "127.0.0.1:1", .token_file = folder + "/missing"}, "No such file"},
      {{.endpoint = "127.0.0.1:1", .token_file = folder + "/empty_token"}, "empty"},
      {{.endpoint = "127.0.0.1:1", .token_file = folder + "/bad_token"}, "visible ASCII"},
      {{.endpoint = "127.0.0.1:1", .ca_file = folder + "/no.pem"}, "PEM"},
      {{.endpoint = "127.0.0.1:1", .ca_file = folder + "/missing.pem"}, "cannot be read"},
      {{.endpoint = "127.0.0.1:1", .certificate_file = "x"}, "both certificate_file and key_file"},
      {{.endpoint = "127.0.0.1:1", .encryption = Encryption::kPlaintext, .ca_file = "x"}, "kPlaintext"},
      {{.endpoint = "127.0.0.1:1", .default_timeout = absl::ZeroDuration()}, "default_timeout"},
      {{.endpoint = "127.0.0.1:1", .max_attempts = 9}, "between 1 and 5"},
      {{.endpoint = "192.0.2.1:443", .token = "secret", .encryption = Encryption::kPlaintext}, "plaintext"},
      {{.endpoint = "example.test:443", .token = "secret", .encryption = Encryption::kPlaintext}, "plaintext"},
  };
  for (const auto& c : cases) {
    const absl::Status status = Client::Create(c.options).status();
    EXPECT_FALSE(status.ok()) << c.options.endpoint << " " << c.says;
    EXPECT_TRUE(absl::StrContains(status.message(), c.says)) << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "secret")) << status;
  }
}

TEST(Create, NeedsNoServer) {
  absl::StatusOr<Client> client = Client::Create({.endpoint = "127.0.0.1:1", .max_attempts = 1});
  ASSERT_TRUE(client.ok());
  const absl::Status status = client->cases().GetCase({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(Endpoint, KnowsWhatNobodyElseCanHear) {
  for (const char* local : {"127.0.0.1:80", "127.9.9.9:80", "[::1]:80", "localhost:80", "unix:/run/x.sock"}) {
    absl::StatusOr<Endpoint> endpoint = ParseEndpoint(local);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_TRUE(endpoint->local) << local;
  }
  for (const char* remote : {"128.0.0.1:80", "[::2]:80", "localhost.example:80", "host:80", "0.0.0.0:80"}) {
    absl::StatusOr<Endpoint> endpoint = ParseEndpoint(remote);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_FALSE(endpoint->local) << remote;
  }
  for (const char* wrong : {":80", "a:b:80", "unix:x", "unix:", "host:", "[::1", "127.0.0.1:-1"}) {
    EXPECT_FALSE(ParseEndpoint(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace aftersales
