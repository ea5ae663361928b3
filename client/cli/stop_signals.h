// Ctrl-C for commands that run until they are stopped.
#ifndef AFTERSALES_CLIENT_CLI_STOP_SIGNALS_H_
#define AFTERSALES_CLIENT_CLI_STOP_SIGNALS_H_

#include <functional>
#include <thread>

namespace aftersales::cli {

// Keeps SIGINT and SIGTERM for a StopOnSignal. Called before there is a connection: its threads must not take them
// either.
void HoldStopSignals();

// Calls `stop`, on a thread of its own, at the first SIGINT or SIGTERM.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::function<void()> stop);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  std::thread waiting_;
};

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_STOP_SIGNALS_H_
