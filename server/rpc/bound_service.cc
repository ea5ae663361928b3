#include "server/rpc/bound_service.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/sink_call.h"
#include "server/rpc/stream_call.h"
#include "server/rpc/unary_call.h"

namespace aftersales::rpc {

void BoundService::Add(ServedMethod method) {
  using grpc::ByteBuffer;
  using grpc::internal::RpcMethod;
  Entry& entry = entries_.emplace_back();
  entry.path = absl::StrCat("/", method.name);
  entry.method = std::move(method);
  const int index = static_cast<int>(entries_.size()) - 1;
  const ServedMethod& served = entry.method;
  const Method& bound = served.method;
  const auto kind = bound.accept != nullptr ? RpcMethod::BIDI_STREAMING
                    : bound.open != nullptr ? RpcMethod::SERVER_STREAMING
                                            : RpcMethod::NORMAL_RPC;
  AddMethod(new grpc::internal::RpcServiceMethod(entry.path.c_str(), kind, nullptr));
  if (bound.accept != nullptr) {
    // A client-streaming call looks the same on the wire, with one answer.
    MarkMethodRawCallback(index, new grpc::internal::CallbackBidiHandler<ByteBuffer, ByteBuffer>(
                                     [this, &served](grpc::CallbackServerContext* context) {
                                       return SinkCall::Start(streams_, served, *context);
                                     }));
  } else if (bound.open != nullptr) {
    MarkMethodRawCallback(index, new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
                                     [this, &served](grpc::CallbackServerContext* context, const ByteBuffer* request) {
                                       return StreamCall::Start(streams_, served, *context, *request);
                                     }));
  } else {
    MarkMethodRawCallback(
        index, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
                   [this, &served](grpc::CallbackServerContext* context, const ByteBuffer* request, ByteBuffer* reply) {
                     return UnaryCall::Start(path_, pool_, served, *context, *request, reply);
                   }));
  }
}

}  // namespace aftersales::rpc
