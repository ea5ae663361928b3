// A thread of the server's own that takes its turn again and again.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_BACKGROUND_JOB_H_
#define AFTERSALES_SERVER_OBLIGATIONS_BACKGROUND_JOB_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/call.h"

namespace aftersales {

// Start() and Stop() are for one thread; the others may be called from any.
class BackgroundJob {
 public:
  // `turn` is taken `poll` apart, in real time; what it refers to must outlive this. `name` is for the log.
  BackgroundJob(std::string name, std::function<absl::Status()> turn, absl::Duration poll);
  ~BackgroundJob();  // stops
  BackgroundJob(const BackgroundJob&) = delete;
  BackgroundJob& operator=(const BackgroundJob&) = delete;

  void Start();
  // Returns when the turn under way has ended.
  void Stop();
  // A turn that takes long looks here now and then.
  bool stopping() const;

  // A call of the server itself, under the job's name.
  Call OwnCall(absl::Duration allowed) const;

 private:
  void Loop();
  // Answers whether to stop.
  bool WaitOrStop();
  void Tell(const absl::Status& status);

  const std::string name_;
  const std::function<absl::Status()> turn_;
  const absl::Duration poll_;
  bool in_trouble_ = false;
  std::thread thread_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable woken_;
  bool stopping_ = false;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_BACKGROUND_JOB_H_
