// aftersalesd: the server program. Exit codes: 0 stopped as asked, 1 could not start or run, or check found something
// altered, 2 wrong settings.
#include <signal.h>

#include <iostream>

#include "absl/synchronization/mutex.h"
#include "server/config.h"
#include "server/server.h"

extern char** environ;

namespace {

int Complain(const absl::Status& status, int code) {
  std::cerr << "aftersalesd: " << status.message() << "\n";
  return code;
}

// Blocked in every thread from the start, so that only the waiting below takes them.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int Serve(const aftersales::Config& config) {
  const sigset_t signals = BlockStopSignals();
  aftersales::Server server(config);
  if (absl::Status status = server.Start(); !status.ok()) {
    return absl::IsCancelled(status) ? 0 : Complain(status, 1);
  }
  int signal = 0;
  sigwait(&signals, &signal);
  server.Stop();
  return 0;
}

int Check(const aftersales::Config& config) {
  aftersales::CheckTotals totals;
  const absl::Status status = aftersales::Check(
      config, [](const std::string& fault) { std::cout << fault << "\n"; }, &totals);
  // Half a check clears nothing, so it is not summed up.
  if (!status.ok()) return Complain(status, 1);
  std::cout << aftersales::SummaryOf(totals) << "\n";
  return totals.faults == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for cycles of locks at every lock, gRPC's included: a tool for its developers, paid for by
  // each call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const absl::StatusOr<aftersales::Config> config = aftersales::ReadConfig(argc, argv, environ);
  if (!config.ok()) return Complain(config.status(), 2);
  switch (config->command) {
    case aftersales::Command::kExit: return 0;
    case aftersales::Command::kCheckConfig: {
      const absl::Status status = aftersales::CheckConfig(*config);
      if (!status.ok()) return Complain(status, 2);
      std::cout << "the settings are sound\n";
      return 0;
    }
    case aftersales::Command::kMigrate: {
      const absl::Status status = aftersales::Migrate(*config);
      if (!status.ok()) return Complain(status, 1);
      std::cout << "the schema is up to date\n";
      return 0;
    }
    case aftersales::Command::kAdminToken: {
      const absl::Status status = aftersales::WriteAdminToken(*config);
      if (!status.ok()) return Complain(status, 1);
      std::cout << "a new token of principals/admin is in " << config->admin_token_file << "\n";
      return 0;
    }
    case aftersales::Command::kCheck: return Check(*config);
    case aftersales::Command::kServe: return Serve(*config);
  }
  return 1;
}
