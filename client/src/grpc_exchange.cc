#include "client/src/grpc_exchange.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include "client/src/grpc_bytes.h"
#include "client/src/grpc_connection.h"

namespace aftersales {

GrpcExchange::GrpcExchange(std::shared_ptr<grpc::Channel> channel, google::protobuf::Message& request,
                           const std::function<absl::StatusOr<bool>()>& next, google::protobuf::Message& reply,
                           const std::function<absl::Status()>& take, absl::Duration idle_timeout)
    : channel_(std::move(channel)),
      request_(request),
      next_(next),
      reply_(reply),
      take_(take),
      idle_timeout_(idle_timeout) {}

absl::Status GrpcExchange::Run(const std::string& method) {
  grpc::GenericStub stub(channel_);
  call_ = stub.PrepareCall(&context_, method, &queue_);
  call_->StartCall(Tag(kStart));
  grpc::Status status;
  int reading_or_writing = 0;
  Operation operation{};
  bool ok = false;
  while (Await(&operation, &ok) && operation != kFinish) {
    if (operation == kStart && ok) {
      call_->Read(&received_, Tag(kRead));
      SendNext();
      reading_or_writing = 2;
      continue;
    }
    if (operation == kWrite && ok && sending_) {
      SendNext();
      continue;
    }
    if (operation == kRead && ok) {
      Receive();
      call_->Read(&received_, Tag(kRead));
      continue;
    }
    // Everything is sent, or nothing more arrives, or the call is broken; once both directions rest it can be finished.
    if (operation != kStart) --reading_or_writing;
    if (operation == kRead) sending_ = false;
    if (reading_or_writing == 0) call_->Finish(&status, Tag(kFinish));
  }
  queue_.Shutdown();
  void* tag = nullptr;
  while (queue_.Next(&tag, &ok)) {
  }
  return own_ending_.ok() ? FromGrpc(status) : own_ending_;
}

// Waits for the next operation to end. After too long a silence the call is cancelled, which lets them all end.
bool GrpcExchange::Await(Operation* operation, bool* ok) {
  void* tag = nullptr;
  if (idle_timeout_ > absl::ZeroDuration() && own_ending_.ok()) {
    const auto deadline = std::chrono::system_clock::now() + absl::ToChronoNanoseconds(idle_timeout_);
    const auto result = queue_.AsyncNext(&tag, ok, deadline);
    if (result == grpc::CompletionQueue::TIMEOUT) {
      Abandon(absl::DeadlineExceededError("the server has taken and sent nothing for too long"));
    } else {
      *operation = static_cast<Operation>(reinterpret_cast<intptr_t>(tag));
      return result == grpc::CompletionQueue::GOT_EVENT;
    }
  }
  if (!queue_.Next(&tag, ok)) return false;
  *operation = static_cast<Operation>(reinterpret_cast<intptr_t>(tag));
  return true;
}

void GrpcExchange::SendNext() {
  absl::StatusOr<bool> more = false;
  if (own_ending_.ok()) {
    request_.Clear();
    more = next_();
    if (!more.ok()) Abandon(more.status());
  }
  if (more.ok() && *more) return call_->Write(Serialize(request_), Tag(kWrite));
  sending_ = false;
  call_->WritesDone(Tag(kWrite));
}

void GrpcExchange::Receive() {
  if (!own_ending_.ok()) return;
  reply_.Clear();
  if (!Parse(received_, reply_)) return Abandon(Unreadable());
  if (absl::Status taken = take_(); !taken.ok()) Abandon(std::move(taken));
}

void GrpcExchange::Abandon(absl::Status why) {
  if (own_ending_.ok()) own_ending_ = std::move(why);
  context_.TryCancel();
}

}  // namespace aftersales
