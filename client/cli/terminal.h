// Where the program reads and writes, and what surrounds it; tests put in their own.
#ifndef AFTERSALES_CLIENT_CLI_TERMINAL_H_
#define AFTERSALES_CLIENT_CLI_TERMINAL_H_

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace aftersales::cli {

// Data goes to `out`, messages to `err`. The streams must outlive it.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  // Columns of the terminal that `out` is; 0 where it is none, and nothing is cut.
  size_t width = 0;
  // An environment variable; empty where it is not set.
  std::function<std::string(const std::string&)> environment;
  absl::TimeZone zone = absl::LocalTimeZone();
  std::function<absl::Time()> now = absl::Now;
  // Columns of the terminal that `err` is; 0 where it is none, and no progress is shown.
  size_t err_width = 0;
};

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_TERMINAL_H_
