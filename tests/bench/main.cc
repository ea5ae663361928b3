// aftersales_bench: measures the real server beside its floors. tools/bench builds and starts it; docs/bench.md says
// how to read what it prints.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <fstream>
#include <iostream>

#include "server/config.h"
#include "tests/bench/empty_server.h"
#include "tests/bench/measure.h"
#include "tests/bench/processes.h"
#include "tests/bench/report.h"
#include "tests/bench/stage.h"

namespace aftersales::bench {
namespace {

constexpr int kExitInterrupted = 130;

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
  app.add_option("--loads", options.loads, "get-case, create-case or both (the default)")
      ->delimiter(',')
      ->check(CLI::IsMember({"get-case", "create-case"}));
  app.add_option("--workers", options.workers,
                 "The server's --workers, and the floors' connections; default as the server's")
      ->check(CLI::Range(1, 64));
  app.add_flag("--quick", options.quick, "Short and rough: three short rounds");
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
    const bool wanted = std::find(options.loads.begin(), options.loads.end(), NameOf(load)) != options.loads.end();
    if (wanted) plan.loads.push_back(load);
  }
  return plan;
}

absl::Status Run(const Options& options) {
  std::ofstream json;
  if (!options.json.empty()) {
    // Opened first: a mistyped path should not cost three minutes.
    json.open(options.json);
    if (!json) return absl::InvalidArgumentError("--json " + options.json + " cannot be written; name another file");
  }
  const Plan plan = PlanOf(options);
  const auto tell = [](const std::string& what) { std::cerr << "tools/bench: " << what << std::endl; };
  tell("starting the database, the server and the empty server");
  auto stage = Stage::SetUp(options.folder, options.server, plan.workers, options.quick ? 500 : 2000);
  if (!stage.ok()) return stage.status();
  const Neighbours neighbours({(*stage)->server_pid(), (*stage)->database_pid(), (*stage)->empty().pid()});
  auto results = Measure(plan, **stage, tell);
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
  CLI::App app{"Measures GetCase and CreateCase of the real server beside what the machine allows at best."};
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
