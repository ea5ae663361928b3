#include "tests/bench/rounds.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tests/bench/processes.h"

namespace aftersales::bench {
namespace {

constexpr auto kLongestWarmUp = std::chrono::milliseconds(150);
constexpr auto kLook = std::chrono::milliseconds(50);

void SleepUntil(Ticks time) {
  while (!Interrupted()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= time) return;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kLook, time - now));
  }
}

struct Usage {
  Ticks time;
  double server;
  double database;
  double client;
};

Usage UsageOf(const Watch& watch) {
  return {std::chrono::steady_clock::now(), ProcessorSeconds(watch.server), ProcessorSeconds(watch.database),
          ProcessorSeconds(getpid())};
}

}  // namespace

bool Window::Over(Ticks now) const { return now >= end || Interrupted(); }

void Tally::Answered(Ticks sent, Ticks answered) {
  if (answered < window_.begin || answered >= window_.end) return;
  micros_.push_back(std::chrono::duration<float, std::micro>(answered - sent).count());
}

void Tally::Failed(const std::string& error) {
  if (failures_++ == 0) failure_ = error;
}

Round RunRound(int threads, absl::Duration length, const Watch& watch,
               absl::FunctionRef<void(int, const Window&, Tally&)> work) {
  const auto measured = absl::ToChronoNanoseconds(length);
  Window window;
  window.begin = std::chrono::steady_clock::now() + std::min<std::chrono::nanoseconds>(kLongestWarmUp, measured / 4);
  window.end = window.begin + measured;
  std::vector<Tally> tallies(static_cast<size_t>(threads), Tally(window));
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] { work(i, window, tallies[static_cast<size_t>(i)]); });
  }
  SleepUntil(window.begin);
  const Usage before = UsageOf(watch);
  SleepUntil(window.end);
  const Usage after = UsageOf(watch);
  for (std::thread& thread : running) thread.join();

  Round round;
  round.seconds = std::chrono::duration<double>(window.end - window.begin).count();
  // The counters were read a little later than the window says; what was used in it is in proportion.
  const double share = round.seconds / std::max(1e-9, std::chrono::duration<double>(after.time - before.time).count());
  round.server_seconds = (after.server - before.server) * share;
  round.database_seconds = (after.database - before.database) * share;
  round.client_seconds = (after.client - before.client) * share;
  for (Tally& tally : tallies) {
    round.micros.insert(round.micros.end(), tally.micros_.begin(), tally.micros_.end());
    round.failures += tally.failures_;
    if (round.failure.empty()) round.failure = tally.failure_;
  }
  return round;
}

}  // namespace aftersales::bench
