// The threads that serve calls. gRPC's own few threads only hand work over to them.
#ifndef AFTERSALES_SERVER_RPC_WORKER_POOL_H_
#define AFTERSALES_SERVER_RPC_WORKER_POOL_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace aftersales::rpc {

// Something for a worker to do. Run may destroy the job and must not throw.
class Job {
 public:
  virtual ~Job() = default;
  virtual void Run() = 0;
};

// Thread-safe. New calls wait in a bounded queue; steps of open streams, bounded by the number of streams, in another.
// Workers take from both in turn, so that neither a thousand woken streams nor a rush of calls starves the other.
class WorkerPool {
 public:
  WorkerPool(int workers, int queue);
  ~WorkerPool();  // stops

  // False, at once, when as many calls wait as may, or the pool is stopped; the job is not touched then. The job must
  // live until it has run.
  bool TryCall(Job* job);
  // False when the pool is stopped.
  bool Step(std::shared_ptr<Job> job);
  // Lets the jobs waiting run, then ends the threads. Repeated calls do nothing.
  void Stop();

  int queued() const;
  int busy() const;

 private:
  void Work();

  const size_t queue_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> calls_;
  std::deque<std::shared_ptr<Job>> steps_;
  bool step_next_ = false;
  bool stopped_ = false;
  int busy_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_WORKER_POOL_H_
