#include "server/storage/session_pool.h"

#include <algorithm>

namespace aftersales {
namespace {

// How often a waiting call looks whether its caller is still there.
constexpr absl::Duration kLook = absl::Milliseconds(50);

}  // namespace

void CheckCall(Call& call) {
  if (call.cancelled()) throw Fault(FaultKind::kCancelled, 0, "the caller has gone");
  if (absl::Now() >= call.deadline) throw Fault(FaultKind::kDeadline, 0, "the deadline has passed");
}

std::unique_ptr<Session> SessionPool::TakeSession(Call& call) {
  {
    std::unique_lock lock(mutex_);
    while (in_use_ >= most_) {
      CheckCall(call);
      returned_.wait_for(lock, absl::ToChronoMilliseconds(std::min(call.deadline - absl::Now(), kLook)));
    }
    ++in_use_;
    if (!idle_.empty()) {
      std::unique_ptr<Session> session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  try {
    return connect_();
  } catch (...) {
    Return(nullptr);
    throw;
  }
}

void SessionPool::Return(std::unique_ptr<Session> session) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (session != nullptr) idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

void SessionPool::DropIdle() {
  std::vector<std::unique_ptr<Session>> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(idle_);
  }
  // Closed here, without holding up the others.
}

}  // namespace aftersales
