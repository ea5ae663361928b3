// One unary call from its arrival to its answer.
#ifndef AFTERSALES_SERVER_RPC_UNARY_CALL_H_
#define AFTERSALES_SERVER_RPC_UNARY_CALL_H_

#include <grpcpp/support/server_callback.h>

#include "server/rpc/call_path.h"
#include "server/rpc/worker_pool.h"

namespace aftersales::rpc {

// Owns itself: gRPC's last callback deletes it.
class UnaryCall final : public grpc::ServerUnaryReactor, public Job {
 public:
  // On a thread of gRPC: queues the call or refuses it, never blocks.
  static grpc::ServerUnaryReactor* Start(CallPath& path, WorkerPool& pool, const ServedMethod& method,
                                         grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                         grpc::ByteBuffer* reply);

  void Run() override;
  void OnDone() override { delete this; }
  // OnDone may run where the call ends, instead of on a thread of gRPC that would be woken for it: it blocks nothing.
  // gRPC keeps this switch for itself so far; without it each call costs a tenth more of the server's processor time.
  bool InternalInlineable() override { return true; }

 private:
  UnaryCall(CallPath& path, const ServedMethod& method, grpc::CallbackServerContext& context,
            const grpc::ByteBuffer& request, grpc::ByteBuffer* reply)
      : path_(path), method_(method), context_(context), request_(request), reply_(reply) {}

  absl::Status Serve(Call& call);

  CallPath& path_;
  const ServedMethod& method_;
  grpc::CallbackServerContext& context_;
  const grpc::ByteBuffer& request_;
  grpc::ByteBuffer* reply_;
  const absl::Time arrived_ = absl::Now();
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_UNARY_CALL_H_
