#include "tests/bench/report.h"

#include <sys/utsname.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace aftersales::bench {
namespace {

constexpr double kReadGoal = 0.7;
constexpr double kCreateGoal = 0.8;
// Others who use more of the machine than this disturb even ratios.
constexpr double kQuiet = 0.05;

double GoalOf(LoadKind load) { return load == LoadKind::kGetCase ? kReadGoal : kCreateGoal; }

const char* FloorOf(LoadKind load) {
  return load == LoadKind::kGetCase ? "1/(1/empty_rpc + 1/select)" : "replayed_sql";
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// What a series' rounds say together.
struct Figures {
  double per_second = 0;  // median of the rounds
  double p50_micros = 0;
  double p99_micros = 0;
  double server_micros = 0;  // processor time per call
  double database_micros = 0;
  double client_micros = 0;
  int64_t calls = 0;
  int64_t failures = 0;
  std::string failure;
};

Figures FiguresOf(const Series& series) {
  Figures figures;
  std::vector<double> per_second;
  std::vector<float> micros;
  double server = 0;
  double database = 0;
  double client = 0;
  for (const Round& round : series.rounds) {
    per_second.push_back(round.per_second());
    micros.insert(micros.end(), round.micros.begin(), round.micros.end());
    server += round.server_seconds;
    database += round.database_seconds;
    client += round.client_seconds;
    figures.failures += round.failures;
    if (figures.failure.empty()) figures.failure = round.failure;
  }
  const auto percentile = [&micros](double part) -> double {
    if (micros.empty()) return 0;
    const auto place = micros.begin() + static_cast<long>(part * static_cast<double>(micros.size() - 1));
    std::nth_element(micros.begin(), place, micros.end());
    return *place;
  };
  figures.per_second = Median(per_second);
  figures.p50_micros = percentile(0.5);
  figures.p99_micros = percentile(0.99);
  figures.calls = static_cast<int64_t>(micros.size());
  const double micros_per_call = 1e6 / std::max<double>(1, static_cast<double>(figures.calls));
  figures.server_micros = server * micros_per_call;
  figures.database_micros = database * micros_per_call;
  figures.client_micros = client * micros_per_call;
  return figures;
}

std::string ProcessorName() {
  for (const auto line : absl::StrSplit(ReadFile("/proc/cpuinfo"), '\n')) {
    if (!absl::StartsWith(line, "model name")) continue;
    return std::string(absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
  }
  return "unknown";
}

std::string Micros(double value) { return value < 0.05 ? "-" : absl::StrFormat("%.1f", value); }

std::string RowsOf(const Result& result) {
  std::string text;
  for (const Series& series : result.series) {
    const Figures f = FiguresOf(series);
    absl::StrAppend(
        &text, absl::StrFormat("%7d  %-12s %10.0f %9.3f %9.3f %9s %9s %9s\n", series.clients, series.name, f.per_second,
                               f.p50_micros / 1000, f.p99_micros / 1000, Micros(f.server_micros),
                               Micros(f.database_micros), Micros(f.client_micros)));
    if (f.failures > 0) {
      absl::StrAppend(&text, absl::StrFormat("         %d calls FAILED, the first: %s\n", f.failures, f.failure));
    }
  }
  absl::StrAppend(
      &text,
      absl::StrFormat("         ratio %.2f of %s (rounds %.2f to %.2f); %.2f SQL statements per call\n\n",
                      Median(result.ratios), FloorOf(result.load),
                      *std::min_element(result.ratios.begin(), result.ratios.end()),
                      *std::max_element(result.ratios.begin(), result.ratios.end()), result.statements_per_call));
  return text;
}

// "get-case: goal 0.70 of ..., ratios 0.81 at 1, 0.76 at 8 clients: met"
std::string SummaryOf(LoadKind load, const std::vector<Result>& results) {
  std::vector<std::string> ratios;
  bool met = true;
  for (const Result& result : results) {
    if (result.load != load) continue;
    const double ratio = Median(result.ratios);
    met = met && ratio >= GoalOf(load);
    ratios.push_back(absl::StrFormat("%.2f at %d", ratio, result.clients));
  }
  if (ratios.empty()) return "";
  return absl::StrFormat("%s: ratio %s; goal at least %.1f of %s: %s\n", NameOf(load), absl::StrJoin(ratios, ", "),
                         GoalOf(load), FloorOf(load), met ? "met" : "not met");
}

nlohmann::ordered_json JsonOf(const Series& series) {
  const Figures f = FiguresOf(series);
  nlohmann::ordered_json rounds = nlohmann::ordered_json::array();
  for (const Round& round : series.rounds) rounds.push_back(round.per_second());
  nlohmann::ordered_json json = {{"name", series.name},
                                 {"clients", series.clients},
                                 {"calls_per_second", f.per_second},
                                 {"calls_per_second_of_rounds", rounds},
                                 {"p50_us", f.p50_micros},
                                 {"p99_us", f.p99_micros},
                                 {"server_cpu_us_per_call", f.server_micros},
                                 {"database_cpu_us_per_call", f.database_micros},
                                 {"client_cpu_us_per_call", f.client_micros},
                                 {"calls", f.calls},
                                 {"failures", f.failures}};
  if (f.failures > 0) json["first_failure"] = f.failure;
  return json;
}

nlohmann::ordered_json JsonOf(const Result& result) {
  const double ratio = Median(result.ratios);
  nlohmann::ordered_json json = {{"load", NameOf(result.load)},
                                 {"clients", result.clients},
                                 {"floor", FloorOf(result.load)},
                                 {"ratio", ratio},
                                 {"ratio_of_rounds", result.ratios},
                                 {"goal", GoalOf(result.load)},
                                 {"met", ratio >= GoalOf(result.load)},
                                 {"statements_per_call", result.statements_per_call},
                                 {"series", nlohmann::ordered_json::array()}};
  for (const Series& series : result.series) json["series"].push_back(JsonOf(series));
  return json;
}

}  // namespace

Circumstances CircumstancesOf(const std::string& commit, const std::string& build, const Stage& stage) {
  utsname system = {};
  uname(&system);
  return {.time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()),
          .commit = commit,
          .build = build,
          .processor = ProcessorName(),
          .cores = static_cast<int>(std::thread::hardware_concurrency()),
          .kernel = absl::StrCat(system.sysname, " ", system.release),
          .database = stage.database_version()};
}

std::string AsTable(const Plan& plan, const Circumstances& c, const std::vector<Result>& results) {
  std::string text =
      absl::StrFormat("\n%s, %d cores, %s; database %s\ncommit %s, %s; %d workers; %d rounds of %s each, medians\n\n",
                      c.processor, c.cores, c.kernel, c.database, c.commit, c.build, plan.workers, plan.rounds,
                      absl::FormatDuration(absl::Trunc(RoundLength(plan), absl::Milliseconds(1))));
  for (const LoadKind load : plan.loads) {
    absl::StrAppend(&text,
                    absl::StrFormat("%s\n%7s  %-12s %10s %9s %9s %9s %9s %9s\n%7s  %-12s %10s %9s %9s %9s %9s %9s\n",
                                    NameOf(load), "", "", "", "p50", "p99", "CPU us per call:", "", "", "clients", "",
                                    "calls/s", "ms", "ms", "server", "database", "client"));
    for (const Result& result : results) {
      if (result.load == load) absl::StrAppend(&text, RowsOf(result));
    }
  }
  for (const LoadKind load : plan.loads) absl::StrAppend(&text, SummaryOf(load, results));
  if (c.used_by_others > kQuiet) {
    absl::StrAppend(
        &text, absl::StrFormat("Other programs used %.0f %% of the processors meanwhile: measure again on a quieter "
                               "machine before you rely on these figures.\n",
                               100 * c.used_by_others));
  }
  return text;
}

std::string AsJson(const Plan& plan, const Circumstances& c, const Stage& stage, const std::vector<Result>& results) {
  nlohmann::ordered_json json = {
      {"time", c.time},
      {"commit", c.commit},
      {"build", c.build},
      {"machine",
       {{"processor", c.processor}, {"cores", c.cores}, {"kernel", c.kernel}, {"used_by_others", c.used_by_others}}},
      {"settings",
       {{"workers", plan.workers},
        {"rounds", plan.rounds},
        {"round_seconds", absl::ToDoubleSeconds(RoundLength(plan))},
        {"cases", stage.cases().size()},
        {"database", c.database},
        {"innodb_flush_log_at_trx_commit", 1},
        {"statements_replayed_per_create", stage.create_script().size()},
        {"bytes_replayed_per_create", stage.create_script().bytes()},
        {"statements_per_select_floor", stage.get_script().size()}}},
      {"results", nlohmann::ordered_json::array()}};
  for (const Result& result : results) json["results"].push_back(JsonOf(result));
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace aftersales::bench
