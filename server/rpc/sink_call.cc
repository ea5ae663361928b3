#include "server/rpc/sink_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace aftersales::rpc {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SinkCall::Start(Streams& streams,
                                                                             const ServedMethod& method,
                                                                             grpc::CallbackServerContext& context) {
  auto call = std::make_shared<SinkCall>(streams, method, context);
  call->self_ = call;
  if (!streams.Add(call)) {
    call->End(OverloadedError("streams"));
  } else if (!streams.pool().TryCall(call.get())) {
    call->End(OverloadedError("calls"));
  }
  return call.get();
}

void SinkCall::Queue() { streams_.pool().Step(shared_from_this()); }

void SinkCall::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
    if (scheduled_) return;
    scheduled_ = true;
  }
  Queue();
}

void SinkCall::OnReadDone(bool ok) { Went(ok ? Phase::kTake : Phase::kFinish, true); }

void SinkCall::OnSendInitialMetadataDone(bool ok) { Went(Phase::kFinish, ok); }

void SinkCall::OnWriteDone(bool ok) {
  Phase phase;
  {
    std::lock_guard lock(mutex_);
    phase = phase_;
  }
  Went(phase, ok);
}

// gRPC is done with what it was asked for.
void SinkCall::Went(Phase phase, bool ok) {
  {
    std::lock_guard lock(mutex_);
    waits_ = Waits::kNothing;
    phase_ = phase;
    broken_ = broken_ || !ok;
  }
  Wake();
}

void SinkCall::Tick(absl::Time now) {
  {
    std::lock_guard lock(mutex_);
    if (ended_ || waits_ == Waits::kNothing) return;
    if (waits_ != Waits::kForMessage) {
      // Not finished yet, so the context is there; what gRPC is at fails, which brings the end.
      if (now >= since_ + path_.options().slowest_reader) context_.TryCancel();
      return;
    }
    if (expired_ || now < since_ + path_.options().slowest_writer) return;
    expired_ = true;
  }
  Wake();
}

void SinkCall::Run() {
  const std::shared_ptr<SinkCall> keep = self_;
  Waits waits;
  Phase phase;
  {
    std::lock_guard lock(mutex_);
    woken_ = false;
    waits = waits_;
    phase = phase_;
  }
  Move move = Move::kClose;
  absl::Status status = CatchAll([&]() -> absl::Status {
    ASSIGN_OR_RETURN(move, Step(waits, phase));
    return absl::OkStatus();
  });
  if (!status.ok()) return End(std::move(status));
  // Until Settle no other worker can be at it: what gRPC is asked for here is asked for before the call can end.
  switch (move) {
    case Move::kRest: break;
    case Move::kRead:
      Begin(Waits::kForMessage, Phase::kRead);
      incoming_.Clear();
      StartRead(&incoming_);
      break;
    case Move::kProveLife:
      Begin(Waits::kForProofOfLife, Phase::kFinish);
      StartSendInitialMetadata();
      break;
    case Move::kAnswer:
      Begin(Waits::kForAnswerTaken, phase == Phase::kFinish ? Phase::kFinish : Phase::kRead);
      StartWrite(&outgoing_);
      break;
    case Move::kClose: return End(absl::OkStatus());
  }
  Settle();
}

void SinkCall::Begin(Waits waits, Phase phase) {
  std::lock_guard lock(mutex_);
  waits_ = waits;
  phase_ = phase;
  since_ = absl::Now();
}

// Leaves the call to gRPC, unless something happened in the meantime.
void SinkCall::Settle() {
  {
    std::lock_guard lock(mutex_);
    scheduled_ = woken_;
    if (!scheduled_) return;
  }
  Queue();
}

absl::StatusOr<SinkCall::Move> SinkCall::Step(Waits waits, Phase phase) {
  if (call_.method.empty()) call_ = path_.Begin(method_, context_);
  // What is on its way out must arrive or fail first.
  if (waits == Waits::kForAnswerTaken || waits == Waits::kForProofOfLife) return Move::kRest;
  RETURN_IF_ERROR(Hindrance(phase));
  if (waits == Waits::kForMessage) return Move::kRest;
  switch (phase) {
    case Phase::kOpen: RETURN_IF_ERROR(Open()); return Move::kRead;
    case Phase::kRead: return Move::kRead;
    case Phase::kTake: return Take();
    case Phase::kFinish: break;
  }
  // Where answers were taken before, the call was there a moment ago, and nothing more can be asked of it.
  if (!alive_ && answers_ == 0) {
    alive_ = true;
    return Move::kProveLife;
  }
  return FinishSink();
}

// Why the call cannot go on.
absl::Status SinkCall::Hindrance(Phase phase) {
  bool broken = false;
  bool expired = false;
  {
    std::lock_guard lock(mutex_);
    broken = broken_;
    expired = expired_;
  }
  if (broken || context_.IsCancelled()) return absl::CancelledError("The caller is gone or takes no answers.");
  // A caller who has sent everything is served like any call that is under way.
  if (path_.draining() && phase != Phase::kFinish) return DrainingError();
  if (!expired) return absl::OkStatus();
  return Error(absl::StatusCode::kDeadlineExceeded, v1::ERROR_REASON_DEADLINE_PASSED,
               absl::StrCat("The caller sent nothing for ", absl::FormatDuration(path_.options().slowest_writer),
                            ", and the server waits no longer. Repeat the call with the same request_id, and send "
                            "without such pauses."));
}

absl::Status SinkCall::Open() {
  RETURN_IF_ERROR(path_.CheckAwaited(call_));
  RETURN_IF_ERROR(path_.Identify(method_, context_, call_));
  RETURN_IF_ERROR(path_.CheckRate(call_));
  counted_ = streams_.CountIn(call_.caller.principal);
  if (!counted_) return OverloadedError("streams of this principal");
  identify_ = absl::Now() + path_.options().reauthenticate;
  return absl::OkStatus();
}

// Before the sink is asked: the step's deadline, who calls, the sink itself.
absl::Status SinkCall::Prepare() {
  call_.deadline = path_.StepDeadline(absl::FromChrono(context_.deadline()));
  RETURN_IF_ERROR(path_.CheckAwaited(call_));
  if (absl::Now() >= identify_) {
    RETURN_IF_ERROR(path_.Identify(method_, context_, call_));
    identify_ = absl::Now() + path_.options().reauthenticate;
  }
  if (sink_ != nullptr) {
    reply_->Clear();
    return absl::OkStatus();
  }
  request_.reset(method_.method.request->New());
  reply_.reset(method_.method.reply->New());
  ASSIGN_OR_RETURN(sink_, method_.method.accept(call_));
  return absl::OkStatus();
}

absl::StatusOr<SinkCall::Move> SinkCall::Take() {
  RETURN_IF_ERROR(Prepare());
  request_->Clear();
  RETURN_IF_ERROR(path_.Read(method_, incoming_, call_, request_.get()));
  incoming_.Clear();
  ASSIGN_OR_RETURN(const Next next, sink_->Take(call_, *request_, *reply_));
  if (next == Next::kWait) return Move::kRead;
  if (next == Next::kSend && method_.method.descriptor->server_streaming()) return Answer();
  return InternalError(absl::StrCat(method_.name, " ended or answered before its caller had sent everything"));
}

absl::StatusOr<SinkCall::Move> SinkCall::FinishSink() {
  RETURN_IF_ERROR(Prepare());
  ASSIGN_OR_RETURN(const Next next, sink_->Finish(call_, *reply_));
  const bool one_answer = !method_.method.descriptor->server_streaming();
  if (next == Next::kSend && !(one_answer && answers_ > 0)) return Answer();
  if (next == Next::kEnd && !(one_answer && answers_ == 0)) return Move::kClose;
  return InternalError(absl::StrCat(method_.name, " did not end with the answers that it owes"));
}

absl::StatusOr<SinkCall::Move> SinkCall::Answer() {
  RETURN_IF_ERROR(path_.Encode(method_, call_, *reply_, &outgoing_));
  ++answers_;
  return Move::kAnswer;
}

void SinkCall::End(absl::Status status) {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  // Here and not in the destructor, which may run on a thread of gRPC.
  sink_.reset();
  if (counted_) streams_.CountOut(call_.caller.principal);
  if (call_.method.empty()) call_ = path_.Begin(method_, context_);
  Finish(path_.Conclude(method_, call_, std::move(status), arrived_));
}

void SinkCall::OnDone() {
  streams_.Remove(this);
  // Whoever holds the object last, even a late wake, destroys it.
  const std::shared_ptr<SinkCall> last = std::move(self_);
}

}  // namespace aftersales::rpc
