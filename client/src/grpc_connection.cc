#include "client/src/grpc_connection.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <chrono>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/synchronization/notification.h"
#include "aftersales/errors.h"
#include "client/src/grpc_bytes.h"
#include "client/src/grpc_exchange.h"

namespace aftersales {
namespace {

using google::protobuf::Message;

// A server-streaming call. The completion queue is this call's own, so that a wait for a message can have an end.
class GrpcStream : public MessageStream {
 public:
  GrpcStream(std::shared_ptr<grpc::Channel> channel, absl::Duration idle_timeout)
      : channel_(std::move(channel)), idle_timeout_(idle_timeout) {}

  ~GrpcStream() override {
    if (!finished_) Finish().IgnoreError();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  grpc::ClientContext& context() { return context_; }

  void Start(const std::string& method, const Message& request) {
    grpc::GenericStub stub(channel_);
    call_ = stub.PrepareCall(&context_, method, &queue_);
    call_->StartCall(nullptr);
    if (!Wait(false)) return;
    call_->WriteLast(Serialize(request), grpc::WriteOptions(), nullptr);
    Wait(false);
  }

  bool Read(Message& message) override {
    if (ended_) return false;
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, nullptr);
    if (!Wait(true)) {
      ended_ = true;
      return false;
    }
    if (Parse(buffer, message)) return true;
    own_ending_ = Unreadable();
    context_.TryCancel();
    ended_ = true;
    return false;
  }

  absl::Status Finish() override {
    if (!ended_) context_.TryCancel();
    finished_ = true;
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait(false);
    return own_ending_.ok() ? FromGrpc(status) : own_ending_;
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  // Waits for the one operation under way; false where it failed. After too long a silence the call is cancelled, which
  // lets the operation fail.
  bool Wait(bool watch_silence) {
    void* tag = nullptr;
    bool ok = false;
    if (watch_silence && idle_timeout_ > absl::ZeroDuration()) {
      const auto deadline = std::chrono::system_clock::now() + absl::ToChronoNanoseconds(idle_timeout_);
      if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT) return ok;
      own_ending_ = absl::DeadlineExceededError("the server has been silent for too long");
      context_.TryCancel();
    }
    return queue_.Next(&tag, &ok) && ok && own_ending_.ok();
  }

  std::shared_ptr<grpc::Channel> channel_;
  const absl::Duration idle_timeout_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  absl::Status own_ending_;
  bool ended_ = false;
  bool finished_ = false;
};

}  // namespace

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status converted(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) {
    converted.SetPayload(kRpcStatusPayload, absl::Cord(status.error_details()));
  }
  return converted;
}

GrpcConnection::GrpcConnection(std::shared_ptr<grpc::Channel> channel, std::unique_ptr<TokenSource> token,
                               absl::Duration default_timeout)
    : channel_(std::move(channel)), token_(std::move(token)), default_timeout_(default_timeout) {}

void GrpcConnection::Prepare(grpc::ClientContext& context, absl::Duration timeout) {
  const std::string token = token_->Token();
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  if (timeout > absl::ZeroDuration() && timeout < absl::Hours(24 * 365)) {
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(timeout));
  }
}

absl::Status GrpcConnection::Unary(const std::string& method, const Message& request, Message& reply,
                                   const CallOptions& options) {
  grpc::ClientContext context;
  Prepare(context, options.timeout > absl::ZeroDuration() ? options.timeout : default_timeout_);
  const grpc::ByteBuffer sent = Serialize(request);
  grpc::ByteBuffer received;
  grpc::Status status;
  absl::Notification done;
  grpc::GenericStub stub(channel_);
  stub.UnaryCall(&context, method, grpc::StubOptions(), &sent, &received, [&](grpc::Status answered) {
    status = std::move(answered);
    done.Notify();
  });
  done.WaitForNotification();
  if (!status.ok()) return FromGrpc(status);
  return Parse(received, reply) ? absl::OkStatus() : Unreadable();
}

std::unique_ptr<MessageStream> GrpcConnection::ServerStream(const std::string& method, const Message& request,
                                                            const CallOptions& options) {
  auto stream = std::make_unique<GrpcStream>(channel_, options.idle_timeout);
  Prepare(stream->context(), options.timeout);
  stream->Start(method, request);
  return stream;
}

absl::Status GrpcConnection::Exchange(const std::string& method, Message& request,
                                      const std::function<absl::StatusOr<bool>()>& next, Message& reply,
                                      const std::function<absl::Status()>& take, const CallOptions& options) {
  GrpcExchange exchange(channel_, request, next, reply, take, options.idle_timeout);
  Prepare(exchange.context(), options.timeout);
  return exchange.Run(method);
}

}  // namespace aftersales
