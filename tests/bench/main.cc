// aftersales_bench: measures the real server beside its floors. tools/bench builds and starts it; docs/bench.md says
// how to read what it prints.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/config.h"
#include "tests/bench/due_scan_load.h"
#include "tests/bench/empty_server.h"
#include "tests/bench/measure.h"
#include "tests/bench/processes.h"
#include "tests/bench/report.h"
#include "tests/bench/sizes.h"
#include "tests/bench/stage.h"

namespace aftersales::bench {
namespace {

constexpr int kExitInterrupted = 130;
constexpr char kDueScan[] = "due-scan";

struct Options {
  std::string folder;
  std::string server = AFTERSALES_BUILD_DIR "/bin/aftersalesd";
  std::string json;
  std::string commit = "unknown";
  std::string build = "unknown";
  double seconds = 0;
  int workers = Config().workers;
  std::vector<int> clients = Plan().clients;
  std::vector<std::string> loads;
  bool quick = false;
  std::vector<int64_t> sizes;  // small and large: measure these instead
  int pool_mib = SizePlan().pool_mib;
};

void AddTo(CLI::App& app, Options& options) {
  app.add_option("--folder", options.folder, "Folder on a disk for the private database; tools/bench makes it")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--server", options.server, "The aftersalesd to measure")->check(CLI::ExistingFile);
  app.add_option("--json", options.json, "File to write all figures to");
  app.add_option("--commit", options.commit, "What was built, for the report");
  app.add_option("--build", options.build, "How it was built, for the report");
  app.add_option("--seconds", options.seconds, "How long to measure in all; default 150, with --quick 18")
      ->check(CLI::Range(1.0, 86400.0));
  app.add_option("--clients", options.clients, "Numbers of clients, such as 1,8,32,128")
      ->delimiter(',')
      ->check(CLI::Range(1, 1000));
  app.add_option("--loads", options.loads, "get-case and create-case (the default), and due-scan")
      ->delimiter(',')
      ->check(CLI::IsMember({"get-case", "create-case", kDueScan}));
  app.add_option("--workers", options.workers,
                 "The server's --workers, and the floors' connections; default as the server's")
      ->check(CLI::Range(1, 64));
  app.add_option("--sizes", options.sizes,
                 "Instead: the same calls with so many cases and with so many, such as 10000,1000000")
      ->delimiter(',')
      ->expected(2)
      ->check(CLI::Range(int64_t{100}, int64_t{10'000'000}));
  app.add_option("--buffer-pool", options.pool_mib, "With --sizes: MiB of memory for each database's pages")
      ->check(CLI::Range(16, 1048576));
  app.add_flag("--quick", options.quick, "Short and rough: three short rounds");
}

bool Wants(const Options& options, const std::string& load) {
  return std::find(options.loads.begin(), options.loads.end(), load) != options.loads.end();
}

Plan PlanOf(const Options& options) {
  Plan plan;
  plan.clients = options.clients;
  plan.rounds = options.quick ? 3 : 5;
  plan.workers = options.workers;
  plan.measured = absl::Seconds(options.seconds > 0 ? options.seconds : options.quick ? 18 : 150);
  if (options.loads.empty()) return plan;
  plan.loads.clear();
  for (const LoadKind load : {LoadKind::kGetCase, LoadKind::kCreateCase}) {
    if (Wants(options, NameOf(load))) plan.loads.push_back(load);
  }
  return plan;
}

void Tell(const std::string& what) { std::cerr << "tools/bench: " << what << std::endl; }

absl::Status RunDueScan(const Options& options) {
  DueScanPlan plan;
  if (options.quick) plan = {.due = 1000, .open = 100000, .rounds = 3};
  const auto results = MeasureDueScan(plan, options.folder, Tell);
  if (!results.ok()) return results.status();
  std::cout << AsTable(plan, *results) << std::flush;
  return absl::OkStatus();
}

absl::Status RunSizes(const Options& options) {
  SizePlan plan;
  plan.small = std::min(options.sizes[0], options.sizes[1]);
  plan.large = std::max(options.sizes[0], options.sizes[1]);
  plan.pool_mib = options.pool_mib;
  if (options.seconds > 0) plan.measured = absl::Seconds(options.seconds);
  std::vector<std::unique_ptr<Stage>> stages;
  for (const int64_t size : {plan.small, plan.large}) {
    Tell(absl::StrCat("filling a database with ", size, " cases"));
    const std::string folder = absl::StrCat(options.folder, "/", size);
    std::filesystem::create_directory(folder);
    ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage,
                     Stage::SetUpForSize(folder, options.server, options.workers, size, plan.pool_mib));
    stages.push_back(std::move(stage));
  }
  ASSIGN_OR_RETURN(const std::vector<SizeResult> results, MeasureSizes(plan, *stages[0], *stages[1], Tell));
  ASSIGN_OR_RETURN(const std::string databases, DatabaseSizes(plan, *stages[0], *stages[1]));
  std::cout << databases << AsTable(plan, results) << std::flush;
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  if (!options.sizes.empty()) return RunSizes(options);
  std::ofstream json;
  if (!options.json.empty()) {
    // Opened first: a mistyped path should not cost three minutes.
    json.open(options.json);
    if (!json) return absl::InvalidArgumentError("--json " + options.json + " cannot be written; name another file");
  }
  if (Wants(options, kDueScan)) {
    if (const absl::Status status = RunDueScan(options); !status.ok() || options.loads.size() == 1) return status;
  }
  const Plan plan = PlanOf(options);
  Tell("starting the database, the server and the empty server");
  auto stage = Stage::SetUp(options.folder, options.server, plan.workers, options.quick ? 500 : 2000);
  if (!stage.ok()) return stage.status();
  const Neighbours neighbours({(*stage)->server_pid(), (*stage)->database_pid(), (*stage)->empty().pid()});
  auto results = Measure(plan, **stage, Tell);
  if (!results.ok()) return results.status();
  Circumstances circumstances = CircumstancesOf(options.commit, options.build, **stage);
  circumstances.used_by_others = neighbours.Share();
  std::cout << AsTable(plan, circumstances, *results) << std::flush;
  if (json.is_open() && !(json << AsJson(plan, circumstances, **stage, *results) << std::flush)) {
    return absl::InternalError("--json " + options.json + " could not be written to its end");
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Measures GetCase and CreateCase of the real server beside what the machine allows at best; and the due scan."};
  app.name("tools/bench");
  AddTo(app, options);
  CLI11_PARSE(app, argc, argv);
  CatchInterrupts();
  const absl::Status status = Run(options);
  if (Interrupted()) return kExitInterrupted;
  if (status.ok()) return 0;
  std::cerr << "tools/bench: " << status.message() << std::endl;
  return 1;
}

}  // namespace
}  // namespace aftersales::bench

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--serve-empty") == 0) return aftersales::bench::ServeEmpty(argv[2]);
  return aftersales::bench::Main(argc, argv);
}
