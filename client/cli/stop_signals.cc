#include "client/cli/stop_signals.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace aftersales::cli {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);  // our own, to end the waiting thread
  return signals;
}

}  // namespace

void HoldStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

StopOnSignal::StopOnSignal(std::function<void()> stop)
    : waiting_([stop = std::move(stop)] {
        const sigset_t signals = StopSignals();
        int signal = 0;
        sigwait(&signals, &signal);
        stop();
      }) {}

StopOnSignal::~StopOnSignal() {
  pthread_kill(waiting_.native_handle(), SIGUSR1);
  waiting_.join();
}

}  // namespace aftersales::cli
