// What every call passes on its way to the method that serves it, and on the way back: authentication, authorization,
// rate limit, parsing, validation; masking, error details, metrics, log, audit of refusals.
#ifndef AFTERSALES_SERVER_RPC_CALL_PATH_H_
#define AFTERSALES_SERVER_RPC_CALL_PATH_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/call.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/mask.h"
#include "server/rpc/methods.h"
#include "server/rpc/metrics.h"
#include "server/rpc/rate_limit.h"
#include "server/rpc/validate.h"

namespace aftersales::rpc {

// Largest message in either direction.
constexpr int kMostMessageSize = 4 * 1024 * 1024;

// What is known of an RPC before it is called.
struct ServedMethod {
  Method method;
  std::string name;  // "aftersales.v1.CaseService/GetCase"
  std::string permission;
  bool audited = false;
  bool issues_secret = false;
  bool read_only = false;
  const google::protobuf::FieldDescriptor* request_id = nullptr;  // of the request; null where there is none
  std::vector<std::string> roles;                                 // that come with the permission, as words
  const google::protobuf::FieldDescriptor* validate_only = nullptr;
  const MessagePlan* plan = nullptr;
  const MaskPlan* mask = nullptr;  // null: nothing to mask
  MethodMetrics* metrics = nullptr;
};

// Thread-safe after the methods are prepared. What it is given must outlive it.
class CallPath {
 public:
  CallPath(const GrpcServerOptions& options, Authenticator& authenticator, Metrics& metrics);

  // Reads the method's options; an error when they cannot be kept.
  absl::StatusOr<ServedMethod> Prepare(const Method& method);

  // The call as it arrives: method, peer, deadline.
  Call Begin(const ServedMethod& method, grpc::CallbackServerContext& context) const;
  // Somebody still waits for the answer.
  absl::Status CheckAwaited(const Call& call) const;
  // Who calls, and may they. Streams ask again from time to time.
  absl::Status Identify(const ServedMethod& method, const grpc::CallbackServerContext& context, Call& call);
  // The caller makes not too many calls. Once per call.
  absl::Status CheckRate(const Call& call);
  // Parses and checks a request; last the guard looks at it.
  absl::Status Read(const ServedMethod& method, const grpc::ByteBuffer& bytes, Call& call,
                    google::protobuf::Message* request) const;
  // The reply as bytes, masked for this caller.
  absl::Status Encode(const ServedMethod& method, const Call& call, google::protobuf::Message& reply,
                      grpc::ByteBuffer* bytes) const;
  // Counts and logs the call and audits a refusal; answers the status to send. Once per call, before it is sent.
  grpc::Status Conclude(const ServedMethod& method, Call& call, absl::Status status, absl::Time arrived);

  // From now on calls are refused with DrainingError.
  void Drain();
  bool draining() const { return draining_; }

  // When this step of a call that began now must be over.
  absl::Time StepDeadline(absl::Time client_deadline) const;

  const GrpcServerOptions& options() const { return options_; }

 private:
  bool MayLog(absl::StatusCode code);
  void LogCall(const ServedMethod& method, const Call& call, const absl::Status& status, absl::Duration time);

  const GrpcServerOptions& options_;
  Authenticator& authenticator_;
  Metrics& metrics_;
  RateLimit rate_;
  Validation validation_;
  Masking masking_;
  std::atomic<bool> draining_{false};
  std::atomic<int64_t> log_second_{0};
  std::atomic<int> log_lines_{0};
};

// Runs `work`; what it throws becomes INTERNAL. Only the exception's type is told: its text may hold data.
absl::Status CatchAll(absl::FunctionRef<absl::Status()> work);

// Why calls are not taken, with how long to wait.
absl::Status OverloadedError(const std::string& what);
absl::Status DrainingError();

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_CALL_PATH_H_
