#include "server/storage/checkpointer.h"

#include "server/storage/fault.h"

namespace aftersales {
namespace {

// So many new pages (16 MiB) are written back at once. SQLite's own number is 1,000; with more, what changes several
// times meanwhile is written once, and the disk, which the commits need too, is disturbed less often.
constexpr int kPagesBetween = 4000;
// The log begins anew only when all of it was written back and nobody writes. Under load that moment has to be made.
constexpr int kMostPages = 16000;

}  // namespace

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Checkpointer::Grown(int pages) {
  const std::lock_guard lock(mutex_);
  if (pages < last_ || next_ == 0) next_ = kPagesBetween;  // the log has begun anew
  last_ = pages;
  if (pages >= kMostPages) return true;
  if (pages < next_) return false;
  next_ = pages + kPagesBetween;
  wanted_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { Loop(); });
  woken_.notify_one();
  return false;
}

void Checkpointer::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    woken_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    WriteBack();
    lock.lock();
  }
}

void Checkpointer::WriteBack() {
  try {
    if (session_ == nullptr) session_ = connect_();
    // Passive: writes what it can without anybody waiting for it.
    session_->Select("PRAGMA wal_checkpoint(PASSIVE)", {}, "iii");
  } catch (const Fault&) {
    // The log keeps what is committed; a later commit asks again.
    session_.reset();
  }
}

}  // namespace aftersales
