// What the bench starts and measures from outside: processes and their use of the processor.
#ifndef AFTERSALES_TESTS_BENCH_PROCESSES_H_
#define AFTERSALES_TESTS_BENCH_PROCESSES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace aftersales::bench {

// From now on SIGINT and SIGTERM only make Interrupted() true, so that everything started is stopped in order.
void CatchInterrupts();
bool Interrupted();
absl::Status InterruptedError();

// Seconds of processor time that a process has used so far, in user and in kernel mode; 0 for pid 0 and for dead ones.
double ProcessorSeconds(pid_t pid);

// Tells how much of the machine's processors others have used since it was made: whatever is left after the processes
// named and this one. Used by one thread.
class Neighbours {
 public:
  explicit Neighbours(std::vector<pid_t> own);
  double Share() const;

 private:
  double OwnSeconds() const;

  std::vector<pid_t> own_;
  absl::Time begin_;
  double busy_before_;
  double own_before_;
};

// A program that this one started. It is in a process group of its own, so that Ctrl-C does not reach it, and the
// kernel ends it should the bench die without stopping it. Used by the main thread.
class ChildProcess {
 public:
  // Starts argv[0], looked up in PATH; what it prints goes to `log`.
  static absl::StatusOr<ChildProcess> Start(std::vector<std::string> argv, const std::string& log);
  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();  // stops

  pid_t pid() const { return pid_; }
  // Waits until `ready`; an error with the end of its log when it ends first or takes longer than `patience`.
  absl::Status Await(absl::FunctionRef<bool()> ready, absl::Duration patience);
  // Waits for its own end; OK when its exit code is 0.
  absl::Status AwaitEnd(absl::Duration patience);
  // SIGTERM, and SIGKILL when it has not ended after half a minute.
  void Stop();

 private:
  ChildProcess(pid_t pid, std::string program, std::string log)
      : pid_(pid), program_(std::move(program)), log_(std::move(log)) {}
  bool Ended(int* status);
  absl::Status Failure(const std::string& what) const;

  pid_t pid_ = 0;
  std::string program_;
  std::string log_;
};

std::string ReadFile(const std::string& path);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_PROCESSES_H_
