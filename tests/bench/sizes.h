// Whether a large database slows single calls: the same calls against a server with ten thousand cases and one with a
// million, in turns, in one run.
#ifndef AFTERSALES_TESTS_BENCH_SIZES_H_
#define AFTERSALES_TESTS_BENCH_SIZES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "tests/bench/rounds.h"
#include "tests/bench/stage.h"

namespace aftersales::bench {

struct SizePlan {
  int64_t small = 10'000;
  int64_t large = 1'000'000;
  int clients = 4;
  int rounds = 5;
  int pool_mib = 4096;  // the buffer pool of each database; docs/operations.md says how large it should be
  absl::Duration measured = absl::Seconds(100);  // of all rounds together
};

// One call on both.
struct SizeResult {
  std::string call;
  std::vector<Round> small;
  std::vector<Round> large;
  std::vector<double> ratios;  // of each round: how many times as long the call takes with the large database
};

// `small` and `large` are stages of these sizes (Stage::SetUpForSize).
absl::StatusOr<std::vector<SizeResult>> MeasureSizes(const SizePlan& plan, Stage& small, Stage& large,
                                                     absl::FunctionRef<void(const std::string&)> tell);

// How large the databases have become, in a sentence.
absl::StatusOr<std::string> DatabaseSizes(const SizePlan& plan, Stage& small, Stage& large);

// As a table for people, with the goal of at most 1.3.
std::string AsTable(const SizePlan& plan, const std::vector<SizeResult>& results);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_SIZES_H_
