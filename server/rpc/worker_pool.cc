#include "server/rpc/worker_pool.h"

#include <utility>

namespace aftersales::rpc {

WorkerPool::WorkerPool(int workers, int queue) : queue_(static_cast<size_t>(queue)) {
  threads_.reserve(static_cast<size_t>(workers));
  for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TryCall(Job* job) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || calls_.size() >= queue_) return false;
    calls_.push_back(job);
  }
  wake_.notify_one();
  return true;
}

bool WorkerPool::Step(std::shared_ptr<Job> job) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    steps_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

int WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(calls_.size() + steps_.size());
}

int WorkerPool::busy() const {
  std::lock_guard lock(mutex_);
  return busy_;
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopped_ || !calls_.empty() || !steps_.empty(); });
    if (calls_.empty() && steps_.empty()) return;
    const bool take_step = !steps_.empty() && (calls_.empty() || step_next_);
    step_next_ = !take_step;
    Job* call = nullptr;
    std::shared_ptr<Job> step;
    if (take_step) {
      step = std::move(steps_.front());
      steps_.pop_front();
    } else {
      call = calls_.front();
      calls_.pop_front();
    }
    ++busy_;
    lock.unlock();
    if (call != nullptr) {
      call->Run();
    } else {
      step->Run();
      step.reset();
    }
    lock.lock();
    --busy_;
  }
}

}  // namespace aftersales::rpc
