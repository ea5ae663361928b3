// The figures, for people and for programs.
#ifndef AFTERSALES_TESTS_BENCH_REPORT_H_
#define AFTERSALES_TESTS_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace aftersales::bench {

// Under which circumstances the figures came about.
struct Circumstances {
  std::string time;  // UTC
  std::string commit;
  std::string build;  // how the programs were compiled
  std::string processor;
  int cores = 0;
  std::string kernel;
  std::string database;       // its version
  double used_by_others = 0;  // share of the processors' time
};

Circumstances CircumstancesOf(const std::string& commit, const std::string& build, const Stage& stage);

// What the goals are measured by, and what came out.
std::string AsTable(const Plan& plan, const Circumstances& circumstances, const std::vector<Result>& results);
std::string AsJson(const Plan& plan, const Circumstances& circumstances, const Stage& stage,
                   const std::vector<Result>& results);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_REPORT_H_
