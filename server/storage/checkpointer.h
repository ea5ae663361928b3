// Writes SQLite's log back into the database file, on a thread of its own. What is committed is safe in the log; by
// itself SQLite makes the commit that fills the log's thousandth page write all of them back, each to its place on the
// disk, and whoever sent that commit waits for it, a due scan several times. Here nobody does, unless the log grows
// faster than it can be written back.
#ifndef AFTERSALES_SERVER_STORAGE_CHECKPOINTER_H_
#define AFTERSALES_SERVER_STORAGE_CHECKPOINTER_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "server/storage/session.h"

namespace aftersales {

// Thread-safe. The thread begins when there is something to write back for the first time.
class Checkpointer {
 public:
  explicit Checkpointer(std::function<std::unique_ptr<Session>()> connect) : connect_(std::move(connect)) {}
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Told after each commit how many pages the log has. Answers whether the committing thread must write them back
  // itself: the log has become so long that it is time to begin it anew, which only a moment without other writers
  // allows.
  bool Grown(int pages);

 private:
  void Loop();
  void WriteBack();

  const std::function<std::unique_ptr<Session>()> connect_;
  std::unique_ptr<Session> session_;  // the thread's
  std::thread thread_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable woken_;
  bool stopping_ = false;
  bool wanted_ = false;
  int last_ = 0;  // pages at the last commit
  int next_ = 0;  // at how many pages to write back next
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_CHECKPOINTER_H_
