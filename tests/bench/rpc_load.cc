#include "tests/bench/rpc_load.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace aftersales::bench {
namespace {

constexpr int kMostThreads = 2;
constexpr int kConnections = 8;
constexpr auto kDeadline = std::chrono::seconds(30);

// One client: at most one call under way.
struct Caller {
  grpc::GenericStub* stub = nullptr;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
  grpc::ByteBuffer reply;
  grpc::Status status;
  Ticks sent;

  void Send(const std::string& method, const std::string& authorization, const RpcLoad::Requests& requests,
            grpc::CompletionQueue* queue, Ticks now) {
    context.emplace();
    context->set_deadline(std::chrono::system_clock::now() + kDeadline);
    if (!authorization.empty()) context->AddMetadata("authorization", authorization);
    sent = now;
    call = stub->PrepareUnaryCall(&*context, method, requests(), queue);
    call->StartCall();
    call->Finish(&reply, &status, this);
  }
};

}  // namespace

RpcLoad::RpcLoad(const std::string& endpoint, std::string token)
    : authorization_(token.empty() ? "" : absl::StrCat("Bearer ", token)) {
  for (int i = 0; i < kConnections; ++i) {
    grpc::ChannelArguments arguments;
    // Without this, all channels would share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs_.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(), arguments)));
  }
}

Round RpcLoad::Run(const std::string& method, const Requests& requests, int clients, absl::Duration length,
                   const Watch& watch) {
  const int threads = std::min(clients, kMostThreads);
  return RunRound(threads, length, watch, [&](int thread, const Window& window, Tally& tally) {
    grpc::CompletionQueue queue;
    std::vector<Caller> callers(static_cast<size_t>((clients - thread + threads - 1) / threads));
    for (size_t i = 0; i < callers.size(); ++i) {
      callers[i].stub = stubs_[(i * static_cast<size_t>(threads) + static_cast<size_t>(thread)) % stubs_.size()].get();
      callers[i].Send(method, authorization_, requests, &queue, std::chrono::steady_clock::now());
    }
    void* tag = nullptr;
    bool ok = false;
    for (size_t open = callers.size(); open > 0 && queue.Next(&tag, &ok);) {
      Caller& caller = *static_cast<Caller*>(tag);
      const Ticks now = std::chrono::steady_clock::now();
      if (caller.status.ok()) {
        tally.Answered(caller.sent, now);
      } else {
        tally.Failed(absl::StrCat("code ", caller.status.error_code(), ": ", caller.status.error_message()));
      }
      if (window.Over(now)) {
        --open;
      } else {
        caller.Send(method, authorization_, requests, &queue, now);
      }
    }
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
  });
}

}  // namespace aftersales::bench
