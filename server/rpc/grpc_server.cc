#include "server/rpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <list>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/bound_service.h"
#include "server/rpc/call_path.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/streams.h"
#include "server/rpc/tls_files.h"
#include "server/rpc/worker_pool.h"

namespace aftersales::rpc {
namespace {

constexpr absl::Duration kLastCalls = absl::Milliseconds(200);
constexpr size_t kMostMemory = size_t{512} << 20;  // of gRPC's buffers
// Reflection is served by threads of gRPC, one per open call: strangers may not have many.
constexpr int kMostReflectionThreads = 16;

// Linking gRPC's reflection turns it on for every server of the process; this takes it out of one server again.
class WithoutReflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const std::string name = grpc::reflection::ProtoServerReflectionPlugin().name();
    plugins->erase(
        std::remove_if(plugins->begin(), plugins->end(), [&](auto& plugin) { return plugin->name() == name; }),
        plugins->end());
  }
};

void SetLimits(grpc::ServerBuilder& builder) {
  const auto argument = [&](const char* name, int value) { builder.AddChannelArgument(name, value); };
  argument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // otherwise a second server would silently share the port
  argument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 128);
  argument(GRPC_ARG_MAX_METADATA_SIZE, 8 * 1024);
  argument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  argument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  argument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  argument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
  argument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 30 * 60'000);
  argument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 5 * 60'000);
  builder.SetMaxReceiveMessageSize(kMostMessageSize);
  builder.SetMaxSendMessageSize(kMostMessageSize);
  // A few compressed kilobytes can become gigabytes before any limit is asked.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  grpc::ResourceQuota quota("aftersales");
  quota.Resize(kMostMemory);
  quota.SetMaxThreads(kMostReflectionThreads);
  builder.SetResourceQuota(quota);
}

absl::Status CheckNumbers(const GrpcServerOptions& options) {
  if (options.workers < 1 || options.workers > 256) return FieldError("workers", "must be 1 to 256");
  if (options.queue < 1 || options.queue > 1'000'000) return FieldError("queue", "must be 1 to 1,000,000");
  if (options.streams < 0 || options.streams_per_principal < 0) return FieldError("streams", "must not be negative");
  if (!(options.calls_per_second >= 0)) return FieldError("calls_per_second", "must be 0 (no limit) or more");
  if (options.burst < 1) return FieldError("burst", "must be at least 1");
  for (const absl::Duration time : {options.default_deadline, options.longest_deadline, options.heartbeat,
                                    options.reauthenticate, options.slowest_reader, options.slowest_writer}) {
    if (time <= absl::ZeroDuration()) return FieldError("deadline", "times must be longer than nothing");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOptions(const GrpcServerOptions& options) {
  RETURN_IF_ERROR(CheckNumbers(options));
  const bool certificate = !options.tls_certificate_file.empty();
  if (certificate != !options.tls_key_file.empty()) {
    return FieldError(certificate ? "tls_key" : "tls_certificate",
                      "is missing: TLS takes a certificate and its key, plaintext neither");
  }
  if (certificate) RETURN_IF_ERROR(CheckTlsFiles(options.tls_certificate_file, options.tls_key_file));
  if (options.listen.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(options.listen));
  if (!certificate && !address.local_only) {
    return FieldError("listen", absl::StrCat(options.listen,
                                             " can be reached from other machines, and without TLS everything would "
                                             "travel readable, tokens too. Give tls_certificate and tls_key, or listen "
                                             "on 127.0.0.1 or on unix:PATH."));
  }
  return absl::OkStatus();
}

class GrpcServer::Core {
 public:
  Core(GrpcServerOptions options, Authenticator& authenticator, Metrics& metrics)
      : options_(std::move(options)), metrics_(metrics), path_(options_, authenticator, metrics) {}
  ~Core() { Shutdown(absl::ZeroDuration()); }

  Methods& Service(const std::string& full_name) {
    for (Methods& service : bound_) {
      if (service.service() == full_name) return service;
    }
    return bound_.emplace_back(full_name);
  }

  absl::Status Start() {
    if (server_ != nullptr) return InternalError("the server was started twice");
    RETURN_IF_ERROR(CheckOptions(options_));
    for (const Methods& service : bound_) RETURN_IF_ERROR(service.Check());
    ListenAddress address;
    if (!options_.listen.empty()) {
      ASSIGN_OR_RETURN(address, ParseListenAddress(options_.listen));
      RETURN_IF_ERROR(CheckSocketPath(address));
    }
    pool_ = std::make_unique<WorkerPool>(options_.workers, options_.queue);
    streams_ = std::make_unique<Streams>(path_, *pool_);
    const absl::Status listening = Listen(address);
    if (!listening.ok()) {
      streams_.reset();
      pool_.reset();
      return listening;
    }
    AddGauges();
    return absl::OkStatus();
  }

  int port() const { return port_; }

  void SetReady(bool ready) {
    auto* health = server_ == nullptr ? nullptr : server_->GetHealthCheckService();
    if (health == nullptr) return;
    health->SetServingStatus(ready);
    for (const Methods& service : bound_) health->SetServingStatus(service.service(), ready);
  }

  void Shutdown(absl::Duration patience) {
    if (server_ == nullptr || down_) return;
    down_ = true;
    if (auto* health = server_->GetHealthCheckService()) health->Shutdown();
    path_.Drain();
    streams_->End();
    // Calls that reach gRPC in the moment of its shutdown look cancelled to their callers: let those that are under way
    // be refused properly first.
    absl::SleepFor(std::min(kLastCalls, patience));
    // Comes back when every call has finished, cancelled ones too.
    server_->Shutdown(absl::ToChronoTime(absl::Now() + patience));
    server_->Wait();
    gauges_.clear();
    pool_->Stop();
    streams_.reset();
  }

  std::shared_ptr<grpc::Channel> InProcessChannel() { return server_->InProcessChannel(grpc::ChannelArguments()); }

 private:
  absl::Status Listen(const ListenAddress& address) {
    // Named here so that its descriptor is linked: reflection describes the health service with it.
    grpc::health::v1::HealthCheckRequest::descriptor();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    SetLimits(builder);
    if (!options_.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
    for (const Methods& service : bound_) {
      auto bound = std::make_unique<BoundService>(path_, *pool_, *streams_);
      for (const Method& method : service.methods()) {
        ASSIGN_OR_RETURN(ServedMethod served, path_.Prepare(method));
        bound->Add(std::move(served));
      }
      builder.RegisterService(bound.get());
      services_.push_back(std::move(bound));
    }
    int port = -1;
    if (!options_.listen.empty()) {
      const bool tls = !options_.tls_certificate_file.empty();
      builder.AddListeningPort(address.text,
                               tls ? TlsCredentials(options_.tls_certificate_file, options_.tls_key_file)
                                   : grpc::InsecureServerCredentials(),
                               &port);
    }
    server_ = builder.BuildAndStart();
    const bool bound = server_ != nullptr && (options_.listen.empty() || port > 0);
    if (!bound) {
      server_.reset();
      const std::string why = WhyNotBound(address);
      return FieldError("listen", absl::StrCat("cannot listen on ", address.text, why.empty() ? "" : ": ", why));
    }
    port_ = address.unix_path.empty() && port > 0 ? port : 0;
    SetReady(false);
    return absl::OkStatus();
  }

  void AddGauges() {
    gauges_.push_back(metrics_.AddGauge("aftersales_queue_length", "Calls that wait for a worker.", {},
                                        [this] { return static_cast<double>(pool_->queued()); }));
    gauges_.push_back(metrics_.AddGauge("aftersales_workers_busy", "Workers that serve a call.", {},
                                        [this] { return static_cast<double>(pool_->busy()); }));
    gauges_.push_back(metrics_.AddGauge("aftersales_workers", "Workers that there are.", {},
                                        [this] { return static_cast<double>(options_.workers); }));
    gauges_.push_back(metrics_.AddGauge("aftersales_streams_open", "Streams open.", {},
                                        [this] { return static_cast<double>(streams_->open()); }));
  }

  const GrpcServerOptions options_;
  Metrics& metrics_;
  CallPath path_;
  std::list<Methods> bound_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<Streams> streams_;
  std::vector<std::unique_ptr<BoundService>> services_;
  std::vector<std::unique_ptr<Metrics::Gauge>> gauges_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  bool down_ = false;
};

GrpcServer::GrpcServer(GrpcServerOptions options, Authenticator& authenticator, Metrics& metrics)
    : core_(std::make_unique<Core>(std::move(options), authenticator, metrics)) {}
GrpcServer::~GrpcServer() = default;

Methods& GrpcServer::Service(const std::string& full_name) { return core_->Service(full_name); }
absl::Status GrpcServer::Start() { return core_->Start(); }
int GrpcServer::port() const { return core_->port(); }
void GrpcServer::SetReady(bool ready) { core_->SetReady(ready); }
void GrpcServer::Shutdown(absl::Duration patience) { core_->Shutdown(patience); }
std::shared_ptr<grpc::Channel> GrpcServer::InProcessChannel() { return core_->InProcessChannel(); }

}  // namespace aftersales::rpc
