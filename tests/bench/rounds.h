// A round: some clients in a closed loop (each sends its next call when its last is answered) for a fixed time, and
// what came of it. The same for calls over gRPC and for SQL, so that both are measured alike.
#ifndef AFTERSALES_TESTS_BENCH_ROUNDS_H_
#define AFTERSALES_TESTS_BENCH_ROUNDS_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace aftersales::bench {

using Ticks = std::chrono::steady_clock::time_point;

// Whose processor time a round measures; 0 for none.
struct Watch {
  pid_t server = 0;
  pid_t database = 0;
};

struct Round {
  double seconds = 0;
  std::vector<float> micros;  // how long each call took that was answered within the round
  int64_t failures = 0;
  std::string failure;        // the first one's error
  double server_seconds = 0;  // processor time
  double database_seconds = 0;
  double client_seconds = 0;

  double calls() const { return static_cast<double>(micros.size()); }
  double per_second() const { return seconds > 0 ? calls() / seconds : 0; }
};

// The measured stretch of a round; calls answered before it warm up only.
struct Window {
  Ticks begin;
  Ticks end;
  // True when no further call is to be sent.
  bool Over(Ticks now) const;
};

// What one thread saw. Used by that thread.
class Tally {
 public:
  explicit Tally(const Window& window) : window_(window) {}
  void Answered(Ticks sent, Ticks answered);
  void Failed(const std::string& error);

 private:
  friend Round RunRound(int, absl::Duration, const Watch&, absl::FunctionRef<void(int, const Window&, Tally&)>);
  const Window& window_;
  std::vector<float> micros_;
  int64_t failures_ = 0;
  std::string failure_;
};

// Runs `work(thread, window, tally)` on so many threads; it must return soon after the window is over.
Round RunRound(int threads, absl::Duration length, const Watch& watch,
               absl::FunctionRef<void(int, const Window&, Tally&)> work);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_ROUNDS_H_
