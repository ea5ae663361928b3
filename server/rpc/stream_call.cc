#include "server/rpc/stream_call.h"

#include <google/protobuf/arena.h>

#include <utility>

#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace aftersales::rpc {
grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamCall::Start(Streams& streams, const ServedMethod& method,
                                                              grpc::CallbackServerContext& context,
                                                              const grpc::ByteBuffer& request) {
  auto stream = std::make_shared<StreamCall>(streams, method, context, request);
  stream->self_ = stream;
  if (!streams.Add(stream)) {
    stream->End(OverloadedError("streams"));
  } else if (!streams.pool().TryCall(stream.get())) {
    stream->End(OverloadedError("calls"));
  }
  return stream.get();
}

StreamCall::StreamCall(Streams& streams, const ServedMethod& method, grpc::CallbackServerContext& context,
                       const grpc::ByteBuffer& request)
    : streams_(streams), path_(streams.path()), method_(method), context_(context), request_(request) {}

void StreamCall::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
    if (state_ != State::kIdle) return;
    state_ = State::kQueued;
  }
  Queue();
}

void StreamCall::Queue() { streams_.pool().Step(shared_from_this()); }

void StreamCall::Tick(absl::Time now) {
  std::unique_lock lock(mutex_);
  if (state_ == State::kWriting && now >= sent_ + path_.options().slowest_reader) {
    // Not finished yet, so the context is there; the failed write brings the end.
    context_.TryCancel();
    return;
  }
  if (state_ != State::kIdle || (now < sent_ + path_.options().heartbeat && now < identify_)) return;
  state_ = State::kQueued;
  lock.unlock();
  Queue();
}

void StreamCall::Run() {
  const std::shared_ptr<StreamCall> keep = self_;
  {
    std::lock_guard lock(mutex_);
    state_ = State::kRunning;
    woken_ = false;
  }
  Next next = Next::kEnd;
  absl::Status status = CatchAll([&]() -> absl::Status {
    ASSIGN_OR_RETURN(next, Advance());
    return absl::OkStatus();
  });
  if (!status.ok() || next == Next::kEnd) return End(std::move(status));
  if (next == Next::kWait) return SettleDown();
  {
    std::lock_guard lock(mutex_);
    state_ = State::kWriting;
  }
  StartWrite(&bytes_);
}

// Waits for the next wake, unless one came in the meantime.
void StreamCall::SettleDown() {
  {
    std::lock_guard lock(mutex_);
    state_ = woken_ ? State::kQueued : State::kIdle;
    if (state_ == State::kIdle) return;
  }
  Queue();
}

void StreamCall::OnWriteDone(bool ok) {
  {
    std::lock_guard lock(mutex_);
    broken_ = !ok;
    state_ = ok && only_alive_ && !woken_ ? State::kIdle : State::kQueued;
    if (state_ == State::kIdle) return;
  }
  Queue();
}

absl::StatusOr<Next> StreamCall::Advance() {
  if (call_.method.empty()) call_ = path_.Begin(method_, context_);
  if (path_.draining()) return DrainingError();
  if (broken_) return absl::CancelledError("The caller is gone or reads too slowly.");
  if (source_ == nullptr) {
    RETURN_IF_ERROR(Open());
  } else if (absl::Now() >= identify_) {
    call_.deadline = path_.StepDeadline(absl::FromChrono(context_.deadline()));
    RETURN_IF_ERROR(path_.Identify(method_, context_, call_));
    identify_ = absl::Now() + path_.options().reauthenticate;
  }
  return Produce();
}

absl::Status StreamCall::Open() {
  RETURN_IF_ERROR(path_.CheckAwaited(call_));
  RETURN_IF_ERROR(path_.Identify(method_, context_, call_));
  google::protobuf::Arena arena;
  google::protobuf::Message* request = method_.method.request->New(&arena);
  RETURN_IF_ERROR(path_.CheckRate(call_));
  RETURN_IF_ERROR(path_.Read(method_, request_, call_, request));
  counted_ = streams_.CountIn(call_.caller.principal);
  if (!counted_) return OverloadedError("streams of this principal");
  ASSIGN_OR_RETURN(source_, method_.method.open(call_, *request));
  reply_.reset(method_.method.reply->New());
  sent_ = absl::Now();
  identify_ = sent_ + path_.options().reauthenticate;
  source_->SetWake([stream = weak_from_this()] {
    if (const auto there = stream.lock()) there->Wake();
  });
  return absl::OkStatus();
}

absl::StatusOr<Next> StreamCall::Produce() {
  call_.deadline = path_.StepDeadline(absl::FromChrono(context_.deadline()));
  RETURN_IF_ERROR(path_.CheckAwaited(call_));
  reply_->Clear();
  ASSIGN_OR_RETURN(Next next, source_->Produce(call_, *reply_));
  only_alive_ = next == Next::kWait && absl::Now() >= sent_ + path_.options().heartbeat;
  if (only_alive_) next = Next::kSend;
  if (next != Next::kSend) return next;
  bytes_.Clear();  // of the message before
  RETURN_IF_ERROR(path_.Encode(method_, call_, *reply_, &bytes_));
  sent_ = absl::Now();
  return next;
}

void StreamCall::End(absl::Status status) {
  {
    std::lock_guard lock(mutex_);
    state_ = State::kEnded;
  }
  // Here and not in the destructor, which may run on the thread that wakes the source's listeners.
  source_.reset();
  if (counted_) streams_.CountOut(call_.caller.principal);
  if (call_.method.empty()) call_ = path_.Begin(method_, context_);
  Finish(path_.Conclude(method_, call_, std::move(status), arrived_));
}

void StreamCall::OnDone() {
  streams_.Remove(this);
  // Whoever holds the object last, even a late wake, destroys it.
  const std::shared_ptr<StreamCall> last = std::move(self_);
}

}  // namespace aftersales::rpc
