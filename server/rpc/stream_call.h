// Server-streaming calls.
#ifndef AFTERSALES_SERVER_RPC_STREAM_CALL_H_
#define AFTERSALES_SERVER_RPC_STREAM_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>

#include "server/rpc/call_path.h"
#include "server/rpc/streams.h"

namespace aftersales::rpc {

// One stream. Its source is used, and destroyed, by workers only, one at a time; a wake while a worker is at it makes
// for one more round, however many wakes there are. At most one message is on its way.
class StreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public OpenStream,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  // On a thread of gRPC: queues the call or refuses it, never blocks.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(Streams& streams, const ServedMethod& method,
                                                           grpc::CallbackServerContext& context,
                                                           const grpc::ByteBuffer& request);

  StreamCall(Streams& streams, const ServedMethod& method, grpc::CallbackServerContext& context,
             const grpc::ByteBuffer& request);

  void Wake() override;
  // Wakes it when a sign of life or a look at the token is due; ends it when its caller reads nothing for too long.
  void Tick(absl::Time now) override;

  void Run() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { Wake(); }
  void OnDone() override;

 private:
  enum class State { kQueued, kRunning, kIdle, kWriting, kEnded };

  absl::StatusOr<Next> Advance();
  absl::Status Open();
  absl::StatusOr<Next> Produce();
  void Queue();
  void SettleDown();
  void End(absl::Status status);

  Streams& streams_;
  CallPath& path_;
  const ServedMethod& method_;
  grpc::CallbackServerContext& context_;
  const grpc::ByteBuffer& request_;
  const absl::Time arrived_ = absl::Now();
  std::shared_ptr<StreamCall> self_;  // held until gRPC's last callback

  std::mutex mutex_;
  State state_ = State::kQueued;
  bool woken_ = false;

  // Of the worker that is at it; the mutex passes them on from one to the next.
  Call call_;
  std::unique_ptr<UntypedStream> source_;
  std::unique_ptr<google::protobuf::Message> reply_;
  grpc::ByteBuffer bytes_;
  bool counted_ = false;
  bool only_alive_ = false;  // the message on its way is a sign of life: nothing more is known to wait
  bool broken_ = false;      // a write failed
  absl::Time sent_ = absl::InfiniteFuture();
  absl::Time identify_ = absl::InfiniteFuture();
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_STREAM_CALL_H_
