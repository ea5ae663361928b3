// Client-streaming and bidirectional calls.
#ifndef AFTERSALES_SERVER_RPC_SINK_CALL_H_
#define AFTERSALES_SERVER_RPC_SINK_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>

#include "server/rpc/call_path.h"
#include "server/rpc/streams.h"

namespace aftersales::rpc {

// One call. Its sink is used, and destroyed, by workers only, one at a time. One message is read only after the one
// before was taken in and answered, so that a caller who sends faster than the server takes is held back by flow
// control; at most one message of either direction is in memory. A client-streaming call is one that gets one answer.
//
// The caller's end ("half-close") and a broken connection look alike to a reading server. The sink's Finish, which may
// commit, is called only after the call has shown that it is still there: it takes our initial metadata.
class SinkCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                       public OpenStream,
                       public std::enable_shared_from_this<SinkCall> {
 public:
  // On a thread of gRPC: queues the call or refuses it, never blocks.
  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(Streams& streams,
                                                                            const ServedMethod& method,
                                                                            grpc::CallbackServerContext& context);

  SinkCall(Streams& streams, const ServedMethod& method, grpc::CallbackServerContext& context)
      : streams_(streams), path_(streams.path()), method_(method), context_(context) {}

  void Wake() override;
  // Ends the call when its caller neither sends nor takes anything for too long.
  void Tick(absl::Time now) override;

  void Run() override;
  void OnReadDone(bool ok) override;
  void OnSendInitialMetadataDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { Wake(); }
  void OnDone() override;

 private:
  // What gRPC is doing for the call.
  enum class Waits { kNothing, kForMessage, kForProofOfLife, kForAnswerTaken };
  // What a worker does once gRPC is done.
  enum class Phase { kOpen, kRead, kTake, kFinish };
  // What it leaves for gRPC to do.
  enum class Move { kRest, kRead, kProveLife, kAnswer, kClose };

  void Went(Phase phase, bool ok);
  void Queue();
  absl::StatusOr<Move> Step(Waits waits, Phase phase);
  absl::Status Hindrance(Phase phase);
  absl::Status Open();
  absl::Status Prepare();
  absl::StatusOr<Move> Take();
  absl::StatusOr<Move> FinishSink();
  absl::StatusOr<Move> Answer();
  void Begin(Waits waits, Phase phase);
  void Settle();
  void End(absl::Status status);

  Streams& streams_;
  CallPath& path_;
  const ServedMethod& method_;
  grpc::CallbackServerContext& context_;
  const absl::Time arrived_ = absl::Now();
  std::shared_ptr<SinkCall> self_;  // held until gRPC's last callback

  std::mutex mutex_;
  bool scheduled_ = true;  // a worker is at it or will be; for ever, once the call has ended
  bool woken_ = false;
  bool ended_ = false;
  bool broken_ = false;   // the other side is gone
  bool expired_ = false;  // the caller sent nothing for too long
  Waits waits_ = Waits::kNothing;
  Phase phase_ = Phase::kOpen;
  absl::Time since_ = absl::InfiniteFuture();  // that gRPC has been at it

  // Of the worker that is at it; the mutex passes them on from one to the next.
  Call call_;
  std::unique_ptr<UntypedSink> sink_;
  std::unique_ptr<google::protobuf::Message> request_;
  std::unique_ptr<google::protobuf::Message> reply_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  bool counted_ = false;
  bool alive_ = false;  // the caller's end was seen to be no broken connection
  int answers_ = 0;
  absl::Time identify_ = absl::InfiniteFuture();
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_SINK_CALL_H_
