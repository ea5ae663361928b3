// What is measured, in which order, and what is made of it.
#ifndef AFTERSALES_TESTS_BENCH_MEASURE_H_
#define AFTERSALES_TESTS_BENCH_MEASURE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/rounds.h"
#include "tests/bench/stage.h"

namespace aftersales::bench {

enum class LoadKind { kGetCase, kCreateCase };

struct Plan {
  std::vector<LoadKind> loads = {LoadKind::kGetCase, LoadKind::kCreateCase};
  std::vector<int> clients = {1, 8, 32, 128};
  int rounds = 5;
  int workers = 8;
  absl::Duration measured = absl::Seconds(150);  // of all rounds together
};

// One thing measured under one load: the product, or a floor.
struct Series {
  std::string name;  // "product", "empty_rpc", "select", "replayed_sql"
  int clients = 0;   // at the floors of the database: its connections
  std::vector<Round> rounds;
};

// One load at one number of clients.
struct Result {
  LoadKind load = LoadKind::kGetCase;
  int clients = 0;
  std::vector<Series> series;  // the product first
  std::vector<double> ratios;  // of each round, against the floor
  double statements_per_call = 0;
};

const char* NameOf(LoadKind load);
// How long a round lasts, so that all of them together last as the plan says.
absl::Duration RoundLength(const Plan& plan);

// `tell` is told what comes next, for people who wait.
absl::StatusOr<std::vector<Result>> Measure(const Plan& plan, Stage& stage,
                                            absl::FunctionRef<void(const std::string&)> tell);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_MEASURE_H_
