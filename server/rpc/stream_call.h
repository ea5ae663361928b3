// Server-streaming calls. Their steps run on the worker pool; no thread waits for a stream.
#ifndef AFTERSALES_SERVER_RPC_STREAM_CALL_H_
#define AFTERSALES_SERVER_RPC_STREAM_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "server/rpc/call_path.h"
#include "server/rpc/worker_pool.h"

namespace aftersales::rpc {

class StreamCall;

// All open streams: bounds their number, sees to signs of life, ends them when the server drains. Thread-safe.
class Streams {
 public:
  Streams(CallPath& path, WorkerPool& pool);
  ~Streams();  // no stream may be left

  // On a thread of gRPC: queues the call or refuses it, never blocks.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const ServedMethod& method, grpc::CallbackServerContext& context,
                                                    const grpc::ByteBuffer& request);
  // Ends every stream with UNAVAILABLE; to be called when the path is draining.
  void End();
  int open() const;

 private:
  friend class StreamCall;

  // False when the principal has as many streams as it may.
  bool CountIn(const std::string& principal);
  void CountOut(const std::string& principal);
  void Remove(StreamCall* stream);
  void Tick();

  CallPath& path_;
  WorkerPool& pool_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<StreamCall*, std::weak_ptr<StreamCall>> streams_;
  absl::flat_hash_map<std::string, int> by_principal_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread ticker_;
};

// One stream. Its source is used, and destroyed, by workers only, one at a time; a wake while a worker is at it makes
// for one more round, however many wakes there are. At most one message is on its way.
class StreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public Job,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(Streams& streams, const ServedMethod& method, grpc::CallbackServerContext& context,
             const grpc::ByteBuffer& request);

  // There may be something to do.
  void Wake();
  // Wakes it when a sign of life or a look at the token is due; ends it when its caller reads nothing for too long.
  void Tick(absl::Time now);

  void Run() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { Wake(); }
  void OnDone() override;

 private:
  friend class Streams;
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
