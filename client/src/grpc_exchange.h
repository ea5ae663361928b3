// One client-streaming or bidirectional call.
#ifndef AFTERSALES_CLIENT_SRC_GRPC_EXCHANGE_H_
#define AFTERSALES_CLIENT_SRC_GRPC_EXCHANGE_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace aftersales {

// Connection::Exchange over gRPC: while one message is on its way out, one is awaited, all on the caller's thread. A
// server that waits for its answers to be read therefore never waits for ever.
class GrpcExchange {
 public:
  // All of it must outlive Run.
  GrpcExchange(std::shared_ptr<grpc::Channel> channel, google::protobuf::Message& request,
               const std::function<absl::StatusOr<bool>()>& next, google::protobuf::Message& reply,
               const std::function<absl::Status()>& take, absl::Duration idle_timeout);

  grpc::ClientContext& context() { return context_; }

  // Makes the call, once, and answers how it ended.
  absl::Status Run(const std::string& method);

 private:
  enum Operation : intptr_t { kStart = 1, kWrite, kRead, kFinish };

  static void* Tag(Operation operation) { return reinterpret_cast<void*>(operation); }  // NOLINT: numbers as tags
  bool Await(Operation* operation, bool* ok);
  void SendNext();
  void Receive();
  // Ends the call from our side; the first reason counts.
  void Abandon(absl::Status why);

  const std::shared_ptr<grpc::Channel> channel_;
  google::protobuf::Message& request_;
  const std::function<absl::StatusOr<bool>()>& next_;
  google::protobuf::Message& reply_;
  const std::function<absl::Status()>& take_;
  const absl::Duration idle_timeout_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer received_;
  absl::Status own_ending_;
  bool sending_ = true;  // not everything is sent
};

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_SRC_GRPC_EXCHANGE_H_
