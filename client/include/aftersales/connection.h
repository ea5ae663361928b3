// How calls reach a server: the one seam between the services of this library and the network. Programs use a
// Connection through aftersales::Client; tests put their own in its place (aftersales/testing/mock_connection.h).
#ifndef AFTERSALES_CONNECTION_H_
#define AFTERSALES_CONNECTION_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace aftersales {

// What one call may demand beyond the client's defaults.
struct CallOptions {
  // How long the call may take, retries included. Zero: the client's default for a unary call, no limit for a stream.
  absl::Duration timeout = absl::ZeroDuration();
  // For streams: the longest time in which no message comes or goes before the stream counts as broken
  // (DEADLINE_EXCEEDED). Zero: no limit.
  absl::Duration idle_timeout = absl::ZeroDuration();
};

// The messages that a server sends in one call. Read and Finish are used by one thread at a time; Cancel by any.
class MessageStream {
 public:
  virtual ~MessageStream() = default;
  // Waits for the next message. False when there is none; Finish then tells why.
  virtual bool Read(google::protobuf::Message& message) = 0;
  // How the stream ended. Called once, after Read has answered false or Cancel was called.
  virtual absl::Status Finish() = 0;
  // Ends the stream early; a waiting Read answers false.
  virtual void Cancel() = 0;
};

// Thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  // Calls `method` ("/aftersales.v1.CaseService/AcceptCase") and waits for its reply, which is filled in on OK only.
  virtual absl::Status Unary(const std::string& method, const google::protobuf::Message& request,
                             google::protobuf::Message& reply, const CallOptions& options) = 0;
  // Starts a server-streaming call. Never null; a call that cannot start is a stream that ends at once.
  virtual std::unique_ptr<MessageStream> ServerStream(const std::string& method,
                                                      const google::protobuf::Message& request,
                                                      const CallOptions& options) = 0;
  // Makes a client-streaming or bidirectional call from its beginning to its end: sends what `next` fills in until it
  // answers false, and hands what arrives to `take`. Both are called on this thread, `next` only when the message
  // before is on its way. An error of theirs cancels the call and is the answer. `request` and `reply` are room for one
  // message.
  virtual absl::Status Exchange(const std::string& method, google::protobuf::Message& request,
                                const std::function<absl::StatusOr<bool>()>& next, google::protobuf::Message& reply,
                                const std::function<absl::Status()>& take, const CallOptions& options) = 0;
};

// Fills in the request's `request_id` with a new UUID where the message has such a field and it is empty.
void EnsureRequestId(google::protobuf::Message& request);

}  // namespace aftersales

#endif  // AFTERSALES_CONNECTION_H_
