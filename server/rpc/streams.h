// The streaming calls that are open: how many there may be, and who looks after them while nothing happens.
#ifndef AFTERSALES_SERVER_RPC_STREAMS_H_
#define AFTERSALES_SERVER_RPC_STREAMS_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/rpc/call_path.h"
#include "server/rpc/worker_pool.h"

namespace aftersales::rpc {

// A streaming call of any kind. Its steps run on the worker pool; no thread waits for it.
class OpenStream : public Job {
 public:
  // There may be something to do. From any thread.
  virtual void Wake() = 0;
  // Looks whether something is due by time. From one thread, often.
  virtual void Tick(absl::Time now) = 0;
};

// All open streams: bounds their number, sees to signs of life, ends them when the server drains. Thread-safe. The path
// and the pool must outlive it.
class Streams {
 public:
  Streams(CallPath& path, WorkerPool& pool);
  ~Streams();  // no stream may be left

  // False when there are as many as there may be.
  bool Add(const std::shared_ptr<OpenStream>& stream);
  void Remove(OpenStream* stream);
  // False when the principal has as many streams as it may.
  bool CountIn(const std::string& principal);
  void CountOut(const std::string& principal);
  // Wakes every stream, which ends those that the draining of the path ends.
  void End();
  int open() const;

  CallPath& path() const { return path_; }
  WorkerPool& pool() const { return pool_; }

 private:
  void Tick();

  CallPath& path_;
  WorkerPool& pool_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<OpenStream*, std::weak_ptr<OpenStream>> streams_;
  absl::flat_hash_map<std::string, int> by_principal_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread ticker_;
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_STREAMS_H_
