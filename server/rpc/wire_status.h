// Statuses as they travel: cut to what fits into a call's trailing metadata.
#ifndef AFTERSALES_SERVER_RPC_WIRE_STATUS_H_
#define AFTERSALES_SERVER_RPC_WIRE_STATUS_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace aftersales::rpc {

// Most bytes of google.rpc.Status in grpc-status-details-bin, and of the text in grpc-message as it is encoded there.
// Together with base64 they stay well below the 8 KiB of metadata that peers accept: more would replace the status by
// RESOURCE_EXHAUSTED and hurt other calls of the connection.
constexpr size_t kMostDetailBytes = 4096;
constexpr size_t kMostMessageBytes = 1024;

// Drops what is too much: violations and fields from the end (the ErrorInfo's metadata "more" and the text say how
// many), then other details. The ErrorInfo stays, its longest values cut.
google::rpc::Status CutToFit(google::rpc::Status status);

grpc::Status ToGrpcStatus(const absl::Status& status);

// The text cut at a character's end so that its percent-encoded form has at most `limit` bytes; "..." shows a cut.
std::string CutText(std::string_view text, size_t limit);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_WIRE_STATUS_H_
