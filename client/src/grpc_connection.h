// The Connection that reaches a server over gRPC.
#ifndef AFTERSALES_CLIENT_SRC_GRPC_CONNECTION_H_
#define AFTERSALES_CLIENT_SRC_GRPC_CONNECTION_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "aftersales/connection.h"
#include "client/src/token_source.h"

namespace aftersales {

// Thread-safe; owns the token source and shares the channel.
class GrpcConnection : public Connection {
 public:
  GrpcConnection(std::shared_ptr<grpc::Channel> channel, std::unique_ptr<TokenSource> token,
                 absl::Duration default_timeout);

  absl::Status Unary(const std::string& method, const google::protobuf::Message& request,
                     google::protobuf::Message& reply, const CallOptions& options) override;
  std::unique_ptr<MessageStream> ServerStream(const std::string& method, const google::protobuf::Message& request,
                                              const CallOptions& options) override;
  absl::Status Exchange(const std::string& method, google::protobuf::Message& request,
                        const std::function<absl::StatusOr<bool>()>& next, google::protobuf::Message& reply,
                        const std::function<absl::Status()>& take, const CallOptions& options) override;

 private:
  void Prepare(grpc::ClientContext& context, absl::Duration timeout);

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TokenSource> token_;
  absl::Duration default_timeout_;
};

// The same status with gRPC's details as payload; see kRpcStatusPayload.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_SRC_GRPC_CONNECTION_H_
