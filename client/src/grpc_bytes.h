// Messages as the bytes that gRPC carries.
#ifndef AFTERSALES_CLIENT_SRC_GRPC_BYTES_H_
#define AFTERSALES_CLIENT_SRC_GRPC_BYTES_H_

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace aftersales {

inline grpc::ByteBuffer Serialize(const google::protobuf::Message& message) {
  grpc::ByteBuffer buffer;
  bool own_buffer = false;
  grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(message, &buffer, &own_buffer);
  return buffer;
}

inline bool Parse(grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  return grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(&buffer, &message).ok();
}

inline absl::Status Unreadable() {
  return absl::InternalError("the server's answer is not a message of this API; do client and server fit together?");
}

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_SRC_GRPC_BYTES_H_
