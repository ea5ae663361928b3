#include "server/access/refusal_log.h"

#include <utility>

#include "absl/time/clock.h"

namespace aftersales {
namespace {

constexpr size_t kQueued = 200;
constexpr int64_t kKept = 100000;
constexpr int64_t kBetweenPrunings = 1000;
// What a column takes; method and peer come from outside.
constexpr size_t kLongest = 200;

std::string Cut(const std::string& text) {
  std::string cut = text.substr(0, kLongest);
  for (char& c : cut) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return cut;
}

}  // namespace

// Pruning is due at the start: servers that restart often would otherwise never come to it.
RefusalLog::RefusalLog(Database& db) : db_(db), written_since_pruning_(kBetweenPrunings), thread_([this] { Run(); }) {}

RefusalLog::~RefusalLog() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void RefusalLog::Add(const Call& call, const std::string& reason) {
  const absl::Time now = db_.clock().Now();
  absl::MutexLock lock(&mutex_);
  // The rate is one of real time: a test clock that stands still must not stop the log.
  if (queue_.size() >= kQueued || !rate_.Allows(call.peer, absl::Now())) {
    ++dropped_;
    return;
  }
  queue_.push_back({now, Cut(call.caller.principal), Cut(call.method), Cut(reason), Cut(call.peer)});
}

void RefusalLog::Flush() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](RefusalLog* log) ABSL_EXCLUSIVE_LOCKS_REQUIRED(log->mutex_) { return log->queue_.empty() && !log->writing_; },
      this));
}

void RefusalLog::Run() {
  const auto due = +[](RefusalLog* log)
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(log->mutex_) { return !log->queue_.empty() || log->stopping_; };
  while (true) {
    std::vector<RefusalRow> rows;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(due, this));
      if (queue_.empty()) return;
      rows.swap(queue_);
      writing_ = true;
    }
    Write(rows);
    absl::MutexLock lock(&mutex_);
    writing_ = false;
  }
}

void RefusalLog::Write(const std::vector<RefusalRow>& rows) {
  Call call;
  call.method = "audit of refusals";
  call.caller.principal = kSystemPrincipal;
  call.deadline = absl::Now() + absl::Seconds(2);
  const absl::Status written = db_.WriteOwn(call, [&](Tx& tx) {
    KeepRefusals(tx, rows);
    return absl::OkStatus();
  });
  if (!written.ok()) {
    dropped_ += static_cast<int64_t>(rows.size());
    return;
  }
  written_since_pruning_ += static_cast<int64_t>(rows.size());
  if (written_since_pruning_ < kBetweenPrunings) return;
  call.deadline = absl::Now() + absl::Seconds(10);
  const absl::Status pruned = db_.WriteOwn(call, [](Tx& tx) {
    PruneRefusals(tx, kKept);
    return absl::OkStatus();
  });
  if (pruned.ok()) written_since_pruning_ = 0;
}

}  // namespace aftersales
