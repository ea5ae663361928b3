// Where and how the server listens: addresses, TLS, health, reflection, metrics over HTTP.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/service/rpc_trial_server.h"

namespace aftersales::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;
using testing::Not;

class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/rpc-listening-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

// A key and a certificate for "localhost" that vouches for itself, with this serial number.
void MakeCertificate(const std::string& certificate_file, const std::string& key_file, long serial) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  // Aside and renamed, so that no one reads half a file.
  FILE* file = std::fopen(absl::StrCat(key_file, ".new").c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  file = std::fopen(absl::StrCat(certificate_file, ".new").c_str(), "w");
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  std::filesystem::rename(absl::StrCat(key_file, ".new"), key_file);
  std::filesystem::rename(absl::StrCat(certificate_file, ".new"), certificate_file);
}

std::string Contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string StartError(GrpcServerOptions options) {
  TrialServer trial(std::move(options));
  const absl::Status status = trial.Start();
  EXPECT_FALSE(status.ok());
  return std::string(status.message());
}

grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = v1::DirectoryService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  SignIn(context, "reader-token");
  v1::GetCustomerRequest request;
  request.set_name("customers/1");
  v1::Customer reply;
  return stub->GetCustomer(&context, request, &reply);
}

TEST(ListeningTest, PlaintextStaysOnThisMachine) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "10.0.0.1:50051", "server.example:50051"}) {
    GrpcServerOptions options;
    options.listen = address;
    EXPECT_THAT(StartError(options), HasSubstr("can be reached from other machines")) << address;
  }
}

TEST(ListeningTest, WrongOptionsAreNamed) {
  GrpcServerOptions options;
  options.listen = "nonsense";
  EXPECT_THAT(StartError(options), HasSubstr("listen: 'nonsense' is no address"));
  options = {};
  options.workers = 0;
  EXPECT_THAT(StartError(options), HasSubstr("workers"));
  options = {};
  options.queue = 0;
  EXPECT_THAT(StartError(options), HasSubstr("queue"));
  options = {};
  options.tls_key_file = "/key.pem";
  EXPECT_THAT(StartError(options), HasSubstr("tls_certificate: is missing"));
  options.tls_certificate_file = "/no/certificate.pem";
  const std::string unreadable = StartError(options);
  for (const char* part : {"tls_certificate", "/no/certificate.pem: No such file", "Give --tls-cert"}) {
    EXPECT_THAT(unreadable, HasSubstr(part));
  }
  options.listen = "240.0.0.1:50051";  // nobody's
  options.tls_certificate_file = "";
  options.tls_key_file = "";
  EXPECT_THAT(StartError(options), HasSubstr("other machines"));
}

TEST(ListeningTest, ATakenPortIsToldAndNotShared) {
  TrialServer first;
  ASSERT_TRUE(first.Start().ok());
  GrpcServerOptions options;
  options.listen = first.address();
  const std::string text = StartError(options);
  EXPECT_THAT(text, HasSubstr(absl::StrCat("cannot listen on ", first.address())));
  EXPECT_THAT(text, HasSubstr("Address already in use"));
  EXPECT_TRUE(Ask(first.Connect()).ok());
}

TEST(ListeningTest, UnixSockets) {
  const Folder folder;
  GrpcServerOptions options;
  options.listen = absl::StrCat("unix:", folder / "socket");
  {
    TrialServer first(options);
    ASSERT_TRUE(first.Start().ok());
    EXPECT_EQ(first.server->port(), 0);
    EXPECT_TRUE(Ask(first.Connect()).ok());
    EXPECT_THAT(StartError(options), HasSubstr("another server listens on"));
    EXPECT_TRUE(Ask(first.Connect()).ok()) << "the first still has its socket";
  }
  TrialServer next(options);
  EXPECT_TRUE(next.Start().ok()) << "what a stopped server left is no hindrance";
  std::ofstream(folder / "file") << "not a socket";
  options.listen = absl::StrCat("unix:", folder / "file");
  EXPECT_THAT(StartError(options), HasSubstr("is no socket"));
  EXPECT_EQ(Contents(folder / "file"), "not a socket");
  options.listen = "unix:/no/such/folder/socket";
  EXPECT_THAT(StartError(options), HasSubstr("No such file or directory"));
}

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    options.listen = "0.0.0.0:0";
    options.tls_certificate_file = folder / "certificate.pem";
    options.tls_key_file = folder / "key.pem";
    MakeCertificate(options.tls_certificate_file, options.tls_key_file, 1);
  }

  std::shared_ptr<grpc::Channel> Connect(const TrialServer& trial) {
    grpc::SslCredentialsOptions credentials;
    credentials.pem_root_certs = Contents(options.tls_certificate_file);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("localhost");
    return grpc::CreateCustomChannel(trial.address(), grpc::SslCredentials(credentials), arguments);
  }

  Folder folder;
  GrpcServerOptions options;
};

TEST_F(TlsTest, ServesWithTheCertificateAndRefusesPlaintext) {
  TrialServer trial(options);
  const absl::Status started = trial.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_TRUE(Ask(Connect(trial)).ok());
  EXPECT_EQ(Ask(trial.Connect()).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ClientsThatDoNotTrustTheCertificateGoAway) {
  TrialServer trial(options);
  ASSERT_TRUE(trial.Start().ok());
  const GrpcServerOptions own = options;
  options.tls_certificate_file = folder / "other.pem";
  MakeCertificate(options.tls_certificate_file, folder / "other-key.pem", 2);
  EXPECT_EQ(Ask(Connect(trial)).error_code(), grpc::StatusCode::UNAVAILABLE);
  options = own;
  EXPECT_TRUE(Ask(Connect(trial)).ok());
}

TEST_F(TlsTest, ANewCertificateIsTakenUpWithoutARestart) {
  TrialServer trial(options);
  ASSERT_TRUE(trial.Start().ok());
  ASSERT_TRUE(Ask(Connect(trial)).ok());
  absl::SleepFor(absl::Milliseconds(1100));  // file times count whole seconds
  MakeCertificate(options.tls_certificate_file, options.tls_key_file, 2);
  EXPECT_TRUE(Eventually([&] { return Ask(Connect(trial)).ok(); })) << "trusting the new one only";
}

TEST_F(TlsTest, FilesThatCannotWorkStopTheStart) {
  GrpcServerOptions wrong = options;
  wrong.tls_key_file = folder / "missing.pem";
  EXPECT_THAT(StartError(wrong), HasSubstr("cannot read"));
  wrong.tls_key_file = options.tls_certificate_file;
  EXPECT_THAT(StartError(wrong), HasSubstr("holds no unencrypted private key"));
  wrong = options;
  wrong.tls_certificate_file = options.tls_key_file;
  EXPECT_THAT(StartError(wrong), HasSubstr("holds no certificate"));
  wrong = options;
  wrong.tls_key_file = folder / "other-key.pem";
  MakeCertificate(folder / "other.pem", wrong.tls_key_file, 3);
  EXPECT_THAT(StartError(wrong), HasSubstr("is not the key of the certificate"));
  std::ofstream(folder / "empty.pem").flush();
  wrong.tls_key_file = folder / "empty.pem";
  EXPECT_THAT(StartError(wrong), HasSubstr("holds no unencrypted private key"));
}

TEST(HealthTest, ReadyOnlyWhenSaidSoAndWithoutAToken) {
  TrialServer trial;
  ASSERT_TRUE(trial.Start().ok());
  const auto health = grpc::health::v1::Health::NewStub(trial.Connect());
  const auto check = [&](const std::string& service) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse reply;
    const grpc::Status status = health->Check(&context, request, &reply);
    return status.ok() ? reply.status() : HealthCheckResponse::SERVICE_UNKNOWN;
  };
  EXPECT_EQ(check(""), HealthCheckResponse::NOT_SERVING);
  trial.server->SetReady(true);
  EXPECT_EQ(check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("aftersales.v1.DirectoryService"), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("aftersales.v1.NoService"), HealthCheckResponse::SERVICE_UNKNOWN);
  trial.server->SetReady(false);
  EXPECT_EQ(check("aftersales.v1.DirectoryService"), HealthCheckResponse::NOT_SERVING);
}

// Sends a request for the list of services, or for the file that describes a symbol, and answers the reply's bytes.
grpc::Status Reflect(const std::shared_ptr<grpc::Channel>& channel, const std::string& request, std::string* reply) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto wait = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  wait();
  const grpc::Slice slice(request);
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  wait();
  grpc::ByteBuffer buffer;
  call->Read(&buffer, nullptr);
  if (wait()) {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(buffer.Dump(&slices).ok());
    for (const auto& part : slices) reply->append(reinterpret_cast<const char*>(part.begin()), part.size());
    call->WritesDone(nullptr);
    wait();
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  return status;
}

constexpr char kListServices[] = "\x3a\x01*";

TEST(ReflectionTest, ListsAndDescribesTheServices) {
  TrialServer trial;
  ASSERT_TRUE(trial.Start().ok());
  std::string services;
  ASSERT_TRUE(Reflect(trial.Connect(), kListServices, &services).ok());
  for (const char* name : {"aftersales.v1.DirectoryService", "aftersales.v1.EventService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(services, HasSubstr(name));
    std::string file;
    const std::string symbol = absl::StrCat("\x22", std::string(1, static_cast<char>(std::strlen(name))), name);
    ASSERT_TRUE(Reflect(trial.Connect(), symbol, &file).ok());
    EXPECT_THAT(file, HasSubstr("proto3")) << name;
  }
}

TEST(ReflectionTest, CanBeTurnedOffForOneServer) {
  GrpcServerOptions options;
  options.reflection = false;
  TrialServer trial(options);
  ASSERT_TRUE(trial.Start().ok());
  std::string services;
  EXPECT_EQ(Reflect(trial.Connect(), kListServices, &services).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

std::string HttpGet(int port, const std::string& path) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(write(socket, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string reply;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(socket, buffer, sizeof(buffer))) > 0;) reply.append(buffer, size);
  close(socket);
  return reply;
}

TEST(MetricsOverHttpTest, OnAPortOfItsOwn) {
  TrialServer trial;
  ASSERT_TRUE(trial.Start().ok());
  const auto port = trial.metrics.Expose("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  ASSERT_TRUE(Ask(trial.Connect()).ok());
  const std::string reply = HttpGet(*port, "/metrics");
  EXPECT_THAT(reply, HasSubstr("200 OK"));
  EXPECT_THAT(reply, HasSubstr(R"(grpc_code="OK",grpc_method="GetCustomer")"));
  for (const char* path : {"/", "/etc/passwd", "/../../etc/passwd"}) {
    EXPECT_THAT(HttpGet(*port, path), Not(HasSubstr("200 OK"))) << path;
  }
}

TEST(InProcessTest, WithoutAPort) {
  GrpcServerOptions options;
  TrialServer trial(options);
  trial.options.listen = "";
  ASSERT_TRUE(trial.Start().ok());
  EXPECT_EQ(trial.server->port(), 0);
  EXPECT_TRUE(Ask(trial.server->InProcessChannel()).ok());
  trial.server->Shutdown(absl::Seconds(5));
  trial.server->Shutdown(absl::Seconds(5));
}

TEST(StartTest, UnboundMethodsStopIt) {
  TrialAuthenticator authenticator;
  Metrics metrics;
  GrpcServerOptions options;
  options.listen = "127.0.0.1:0";
  GrpcServer server(options, authenticator, metrics);
  server.Service("aftersales.v1.EventService");
  const absl::Status status = server.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("aftersales.v1.EventService.WatchEvents is bound to no method"));
}

}  // namespace
}  // namespace aftersales::rpc
