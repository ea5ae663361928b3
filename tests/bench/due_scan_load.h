// What the due scan costs: a thousand obligations fire among a million open ones, and the same among a thousand, in one
// run, on SQLite and on MariaDB. The scan must cost what is due, not what is open.
#ifndef AFTERSALES_TESTS_BENCH_DUE_SCAN_LOAD_H_
#define AFTERSALES_TESTS_BENCH_DUE_SCAN_LOAD_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace aftersales::bench {

struct DueScanPlan {
  int due = 1000;
  int open = 1000000;
  int rounds = 7;
};

// On one engine; seconds of each round.
struct DueScanResult {
  std::string engine;
  std::vector<double> few;   // only what is due is open
  std::vector<double> many;  // all are open; what is due was opened one after the other, as what falls due together is
  std::vector<double> spread;  // the same, but what is due is spread over all: each row on a page of its own
  double statements_per_firing = 0;
};

// Works in `folder`, on a disk. `tell` is told what comes next, for people who wait.
absl::StatusOr<std::vector<DueScanResult>> MeasureDueScan(const DueScanPlan& plan, const std::string& folder,
                                                          absl::FunctionRef<void(const std::string&)> tell);

std::string AsTable(const DueScanPlan& plan, const std::vector<DueScanResult>& results);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_DUE_SCAN_LOAD_H_
