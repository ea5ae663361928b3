// The audit trail of refused calls: a short queue and one thread that writes it. Never holds up a call and never fails
// one; when more come than the rate allows, or the database is away, refusals are counted and dropped.
#ifndef AFTERSALES_SERVER_ACCESS_REFUSAL_LOG_H_
#define AFTERSALES_SERVER_ACCESS_REFUSAL_LOG_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/access/access_rules.h"
#include "server/access/access_store.h"
#include "server/base/call.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database must outlive it.
class RefusalLog {
 public:
  explicit RefusalLog(Database& db);
  ~RefusalLog();  // writes what is queued, as far as that goes quickly

  void Add(const Call& call, const std::string& reason);
  // Waits until everything added before is written or given up: for tests.
  void Flush();
  int64_t dropped() const { return dropped_; }

 private:
  void Run();
  void Write(const std::vector<RefusalRow>& rows);

  Database& db_;
  absl::Mutex mutex_;
  RefusalRate rate_ ABSL_GUARDED_BY(mutex_);
  std::vector<RefusalRow> queue_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<int64_t> dropped_{0};
  int64_t written_since_pruning_;  // used by the thread only
  std::thread thread_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_REFUSAL_LOG_H_
