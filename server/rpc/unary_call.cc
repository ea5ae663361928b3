#include "server/rpc/unary_call.h"

#include <google/protobuf/arena.h>

#include "absl/time/clock.h"
#include "server/base/status_macros.h"

namespace aftersales::rpc {

grpc::ServerUnaryReactor* UnaryCall::Start(CallPath& path, WorkerPool& pool, const ServedMethod& method,
                                           grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                           grpc::ByteBuffer* reply) {
  auto* self = new UnaryCall(path, method, context, request, reply);
  const bool draining = path.draining();
  if (draining || !pool.TryCall(self)) {
    Call call = path.Begin(method, context);
    self->Finish(path.Conclude(method, call, draining ? DrainingError() : OverloadedError("calls"), self->arrived_));
  }
  return self;
}

void UnaryCall::Run() {
  Call call = path_.Begin(method_, context_);
  absl::Status status = CatchAll([&] { return Serve(call); });
  // Nothing of this object may be touched after Finish.
  Finish(path_.Conclude(method_, call, std::move(status), arrived_));
}

absl::Status UnaryCall::Serve(Call& call) {
  RETURN_IF_ERROR(path_.CheckAwaited(call));
  RETURN_IF_ERROR(path_.Identify(method_, context_, call));
  google::protobuf::Arena arena;
  google::protobuf::Message* request = method_.method.request->New(&arena);
  RETURN_IF_ERROR(path_.CheckRate(call));
  RETURN_IF_ERROR(path_.Read(method_, request_, call, request));
  absl::Status encoded;
  RETURN_IF_ERROR(method_.method.serve(
      call, *request, [&](google::protobuf::Message& reply) { encoded = path_.Encode(method_, call, reply, reply_); }));
  return encoded;
}

}  // namespace aftersales::rpc
