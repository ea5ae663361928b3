#include "server/server.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/access/access_service.h"
#include "server/access/first_admin.h"
#include "server/access/own_work.h"
#include "server/access/token_authenticator.h"
#include "server/archive/archive_service.h"
#include "server/archive/check.h"
#include "server/attachments/attachment_rules.h"
#include "server/attachments/attachment_service.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/cases/case_root.h"
#include "server/cases/case_service.h"
#include "server/directory/customer_root.h"
#include "server/directory/directory_service.h"
#include "server/directory/first_installations.h"
#include "server/dispatch/dispatch_service.h"
#include "server/feed/event_service.h"
#include "server/feedback/feedback_service.h"
#include "server/improvement/improvement_service.h"
#include "server/obligations/due_scan.h"
#include "server/obligations/obligations.h"
#include "server/obligations/periodic.h"
#include "server/obligations/policy_service.h"
#include "server/parts/parts_service.h"
#include "server/reports/report_service.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/log.h"
#include "server/rpc/metrics.h"
#include "server/settlement/settlement_service.h"
#include "server/storage/database.h"
#include "server/storage/event_feed.h"

namespace aftersales {
namespace {

constexpr absl::Duration kDatabasePatience = absl::Seconds(30);
constexpr absl::Duration kReadinessCheck = absl::Seconds(2);
// Sessions beside those of the workers: readiness, the feed's sequencer and its readers, refusals, the due scan,
// periodic duties.
constexpr int kOwnSessions = 6;

Call OwnCall(std::string method, absl::Duration patience) {
  Call call;
  call.method = std::move(method);
  call.caller.principal = "principals/system";
  call.deadline = absl::Now() + patience;
  return call;
}

std::unique_ptr<Clock> MakeClock(const Config& config) {
  if (config.test_clock.empty()) return std::make_unique<SystemClock>();
  rpc::Log(rpc::LogLevel::kWarning, "test clock: the server's time is moved; for tests only",
           {{"file", config.test_clock}});
  return std::make_unique<FileOffsetClock>(config.test_clock);
}

rpc::GrpcServerOptions ListenerOptions(const Config& config) {
  rpc::GrpcServerOptions options;
  options.listen = config.listen;
  options.tls_certificate_file = config.tls_certificate;
  options.tls_key_file = config.tls_key;
  options.reflection = !config.no_reflection;
  options.workers = config.workers;
  options.queue = config.queue;
  options.calls_per_second = config.calls_per_second;
  return options;
}

// What the due scan fires is counted by type, with how late it was.
DueScanOptions ScanOptions(rpc::Metrics& metrics) {
  std::map<v1::EventType, rpc::Distribution*> lateness;
  for (const v1::EventType type :
       {v1::EVENT_TYPE_OBLIGATION_WARNED, v1::EVENT_TYPE_OBLIGATION_BREACHED, v1::EVENT_TYPE_OBLIGATION_ESCALATED}) {
    lateness[type] = &metrics.AddDistribution("aftersales_due_scan_lateness_seconds",
                                              "Time from when a warning, breach or escalation was due to when it fired",
                                              {{"type", Word(type, '-')}},
                                              {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400});
  }
  DueScanOptions options;
  options.on_fired = [lateness = std::move(lateness)](v1::EventType type, absl::Duration late) {
    lateness.at(type)->Observe(absl::ToDoubleSeconds(late));
  };
  return options;
}

absl::StatusOr<std::unique_ptr<Database>> OpenFrom(const Config& config, const Clock& clock) {
  DatabaseOptions options;
  options.address = config.database;
  options.sessions = config.workers + kOwnSessions;
  return Database::Open(std::move(options), clock);
}

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("--data ", path, ": cannot make this folder: ", std::strerror(errno)));
}

// Written aside and renamed, so that whoever waits for the file never reads half a number.
absl::Status WritePort(const std::string& path, int port) {
  const std::string aside = absl::StrCat(path, ".new");
  {
    std::ofstream file(aside);
    file << port << "\n";
    if (!file.flush()) return absl::FailedPreconditionError(absl::StrCat("--port-file ", path, ": cannot be written"));
  }
  if (std::rename(aside.c_str(), path.c_str()) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("--port-file ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

// Waits a second; false when somebody asked the program to stop meanwhile.
bool WaitForDatabase() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const timespec second = {.tv_sec = 1, .tv_nsec = 0};
  return sigtimedwait(&signals, nullptr, &second) < 0;
}

// Repeats `attempt` while the database is not there yet. What does not pass by itself (wrong password, wrong settings)
// is final: such errors come without a word on when to repeat.
template <typename Attempt>
absl::Status WithPatience(const std::string& address, Attempt attempt) {
  const absl::Time give_up = absl::Now() + kDatabasePatience;
  while (true) {
    const absl::Status status = attempt();
    if (status.ok()) return status;
    const absl::Status told(status.code(), absl::StrCat("--database ", address, ": ", std::string(status.message())));
    if (!SaysWhenToRepeat(status) || absl::Now() > give_up) return told;
    rpc::Log(rpc::LogLevel::kWarning, "waiting for the database", {{"status", std::string(status.message())}});
    if (!WaitForDatabase()) return absl::CancelledError("stopped while waiting for the database");
  }
}

}  // namespace

// Members are destroyed from the last to the first: the listener goes before what its calls use.
struct Server::Parts {
  explicit Parts(const Config& config) : clock(MakeClock(config)) {}
  ~Parts() { StopWatching(); }

  // Tells the health service when the database goes away and comes back.
  void WatchReadiness();
  void StopWatching() {
    if (!stopping.HasBeenNotified()) stopping.Notify();
    if (readiness.joinable()) readiness.join();
  }

  std::unique_ptr<Clock> clock;
  rpc::Metrics metrics;
  std::unique_ptr<Database> db;
  std::unique_ptr<EventFeed> feed;
  std::unique_ptr<Obligations> obligations;
  std::unique_ptr<DueScan> due_scan;
  std::unique_ptr<PeriodicDuties> periodic;
  std::unique_ptr<TokenAuthenticator> authenticator;
  std::unique_ptr<OwnWork> own_work;
  std::unique_ptr<CaseService> cases;
  std::unique_ptr<DispatchService> dispatch;
  std::unique_ptr<PartsService> parts;
  std::unique_ptr<SettlementService> settlement;
  std::unique_ptr<ImprovementService> improvement;
  std::unique_ptr<ArchiveService> archive;
  std::unique_ptr<ReportService> reports;
  std::unique_ptr<FeedbackService> feedback;
  std::unique_ptr<DirectoryService> directory;
  std::unique_ptr<PolicyService> policy;
  std::unique_ptr<EventService> events;
  std::unique_ptr<AccessService> access;
  std::unique_ptr<AttachmentService> attachments;
  std::unique_ptr<rpc::Metrics::Gauge> pending_events;
  std::unique_ptr<rpc::Metrics::Gauge> dropped_refusals;
  std::unique_ptr<rpc::Metrics::Gauge> due_backlog;
  std::unique_ptr<rpc::Metrics::Gauge> overdue;
  std::unique_ptr<rpc::Metrics::Gauge> periodic_backlog;
  std::unique_ptr<rpc::GrpcServer> listener;
  absl::Notification stopping;
  std::thread readiness;
};

Server::Server(Config config) : config_(std::move(config)) {}

Server::~Server() { Stop(); }

absl::Status Server::Start() {
  rpc::LogLevel level = rpc::LogLevel::kInfo;
  RETURN_IF_ERROR(rpc::ParseLogLevel(config_.log_level, &level));
  rpc::SetLogLevel(level);
  RETURN_IF_ERROR(rpc::CheckOptions(ListenerOptions(config_)));
  RETURN_IF_ERROR(MakeFolder(config_.data));
  parts_ = std::make_unique<Parts>(config_);
  RETURN_IF_ERROR(OpenDatabase());
  return StartListening();
}

absl::Status Server::OpenDatabase() {
  Parts& p = *parts_;
  ASSIGN_OR_RETURN(p.db, OpenFrom(config_, *p.clock));
  RETURN_IF_ERROR(WithPatience(config_.database, [&] {
    Call call = OwnCall("start", kDatabasePatience);
    return p.db->is_sqlite() ? p.db->Migrate(call) : p.db->CheckSchema(call);
  }));
  Call call = OwnCall("start", kDatabasePatience);
  return EnsureFirstAdmin(*p.db, call, config_.admin_token_file);
}

absl::Status Server::StartListening() {
  Parts& p = *parts_;
  p.feed = std::make_unique<EventFeed>(*p.db);
  p.obligations = std::make_unique<Obligations>();
  p.obligations->AddRootKind(
      "cases", LockCaseRoot,
      [o = p.obligations.get()](Tx& tx, const auto& name, const auto& version, v1::Event* event) {
        return SetCasePolicy(*o, tx, name, version, event);
      });
  p.obligations->AddRootKind("contacts", LockContactRoot);
  p.obligations->AddRootKind("customers", LockCustomerRoot);
  p.obligations->AddRootKind("managementReports", LockReportRoot);
  p.due_scan = std::make_unique<DueScan>(*p.db, *p.obligations, ScanOptions(p.metrics));
  PeriodicDutiesOptions periodic;
  periodic.look_at_installations = [o = p.obligations.get()](Tx& tx, const std::vector<std::string>& customers) {
    return LookAtInstallations(tx, *o, customers);
  };
  p.periodic = std::make_unique<PeriodicDuties>(*p.db, *p.obligations, std::move(periodic));
  p.authenticator = std::make_unique<TokenAuthenticator>(*p.db);
  p.own_work = std::make_unique<OwnWork>(*p.db);
  p.cases = std::make_unique<CaseService>(*p.db, *p.obligations, *p.authenticator);
  p.dispatch = std::make_unique<DispatchService>(*p.db, *p.obligations);
  p.parts = std::make_unique<PartsService>(*p.db, *p.obligations);
  p.settlement = std::make_unique<SettlementService>(*p.db, *p.obligations, *p.authenticator);
  p.improvement = std::make_unique<ImprovementService>(*p.db, *p.obligations);
  p.archive = std::make_unique<ArchiveService>(*p.db, *p.obligations);
  p.reports = std::make_unique<ReportService>(*p.db, *p.obligations, *p.authenticator);
  p.feedback = std::make_unique<FeedbackService>(*p.db, *p.obligations);
  p.directory = std::make_unique<DirectoryService>(*p.db, *p.obligations);
  p.policy = std::make_unique<PolicyService>(*p.db, *p.obligations);
  p.events = std::make_unique<EventService>(*p.feed);
  p.access = std::make_unique<AccessService>(*p.db, *p.authenticator);
  p.attachments = std::make_unique<AttachmentService>(*p.db, *p.obligations, *p.authenticator,
                                                      config_.attachment_limit * kMebibyte);
  p.attachments->parents().AddFilter("visits", CheckVisitVisible);
  rpc::GrpcServerOptions options = ListenerOptions(config_);
  options.guard = [own = p.own_work.get()](Call& call, const auto& request) { return own->Check(call, request); };
  p.listener = std::make_unique<rpc::GrpcServer>(std::move(options), *p.authenticator, p.metrics);
  p.cases->Bind(p.listener->Service("aftersales.v1.CaseService"));
  p.dispatch->Bind(p.listener->Service("aftersales.v1.DispatchService"));
  p.parts->Bind(p.listener->Service("aftersales.v1.PartsService"));
  p.settlement->Bind(p.listener->Service("aftersales.v1.SettlementService"));
  p.improvement->Bind(p.listener->Service("aftersales.v1.ImprovementService"));
  p.archive->Bind(p.listener->Service("aftersales.v1.ArchiveService"));
  p.reports->Bind(p.listener->Service("aftersales.v1.ReportService"));
  p.feedback->Bind(p.listener->Service("aftersales.v1.FeedbackService"));
  p.directory->Bind(p.listener->Service("aftersales.v1.DirectoryService"));
  p.policy->Bind(p.listener->Service("aftersales.v1.PolicyService"));
  p.events->Bind(p.listener->Service("aftersales.v1.EventService"));
  p.access->Bind(p.listener->Service("aftersales.v1.AccessService"));
  p.attachments->Bind(p.listener->Service("aftersales.v1.AttachmentService"));
  p.dropped_refusals = p.metrics.AddGauge(
      "aftersales_refusals_dropped", "Refused calls that were not kept because there were too many", {},
      [authenticator = p.authenticator.get()] { return static_cast<double>(authenticator->refusals().dropped()); });
  p.pending_events = p.metrics.AddGauge("aftersales_feed_pending_events", "Events committed and not yet in the feed",
                                        {}, [feed = p.feed.get()] { return static_cast<double>(feed->pending()); });
  p.due_backlog = p.metrics.AddGauge("aftersales_due_scan_backlog",
                                     "Obligations whose warning, breach or escalation is due and has not fired", {},
                                     [scan = p.due_scan.get()] { return static_cast<double>(scan->backlog()); });
  p.overdue = p.metrics.AddGauge("aftersales_obligations_overdue", "Open obligations past their due time", {},
                                 [scan = p.due_scan.get()] { return static_cast<double>(scan->overdue()); });
  p.periodic_backlog = p.metrics.AddGauge(
      "aftersales_periodic_backlog", "Kinds of periodic duties that are not all made for a period that has begun", {},
      [periodic = p.periodic.get()] { return static_cast<double>(periodic->backlog()); });
  RETURN_IF_ERROR(p.listener->Start());
  if (!config_.metrics.empty()) {
    ASSIGN_OR_RETURN(const int metrics_port, p.metrics.Expose(config_.metrics));
    rpc::Log(rpc::LogLevel::kInfo, "metrics", {{"port", metrics_port}});
  }
  p.feed->Start();
  p.due_scan->Start();
  p.periodic->Start();
  p.listener->SetReady(true);
  p.readiness = std::thread([&p] { p.WatchReadiness(); });
  if (!config_.port_file.empty()) RETURN_IF_ERROR(WritePort(config_.port_file, port()));
  rpc::Log(rpc::LogLevel::kInfo, "serving", {{"listen", config_.listen}, {"port", port()}});
  return absl::OkStatus();
}

void Server::Parts::WatchReadiness() {
  bool ready = true;
  while (!stopping.WaitForNotificationWithTimeout(kReadinessCheck)) {
    Call call = OwnCall("readiness", kReadinessCheck);
    const absl::Status status = db->CheckSchema(call);
    if (status.ok() != ready) {
      ready = status.ok();
      listener->SetReady(ready);
      rpc::Log(ready ? rpc::LogLevel::kInfo : rpc::LogLevel::kError, ready ? "ready" : "not ready",
               {{"status", std::string(status.message())}});
    }
  }
}

int Server::port() const { return parts_ == nullptr || parts_->listener == nullptr ? 0 : parts_->listener->port(); }

void Server::Stop() {
  if (parts_ == nullptr) return;
  parts_->StopWatching();  // before the listener says that it is not ready any more
  if (parts_->listener != nullptr) {
    rpc::Log(rpc::LogLevel::kInfo, "draining", {{"seconds", config_.drain_seconds}});
    parts_->listener->Shutdown(absl::Seconds(config_.drain_seconds));
  }
  if (parts_->periodic != nullptr) parts_->periodic->Stop();
  if (parts_->due_scan != nullptr) parts_->due_scan->Stop();
  if (parts_->feed != nullptr) parts_->feed->Stop();
  parts_.reset();
}

absl::Status Migrate(const Config& config) {
  const SystemClock clock;
  if (config.database == absl::StrCat("sqlite:", config.data, "/aftersales.db"))
    RETURN_IF_ERROR(MakeFolder(config.data));
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> db, OpenFrom(config, clock));
  Call call = OwnCall("migrate", absl::Minutes(30));
  return db->Migrate(call);
}

absl::Status WriteAdminToken(const Config& config) {
  const SystemClock clock;
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> db, OpenFrom(config, clock));
  Call call = OwnCall("admin-token", kDatabasePatience);
  RETURN_IF_ERROR(db->CheckSchema(call));
  return IssueAdminToken(*db, call, config.admin_token_file);
}

absl::Status Check(const Config& config, absl::FunctionRef<void(const std::string&)> fault, CheckTotals* totals) {
  const SystemClock clock;
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> db, OpenFrom(config, clock));
  const auto new_call = [] { return OwnCall("check", absl::Minutes(30)); };
  Call call = new_call();
  RETURN_IF_ERROR(db->CheckSchema(call));
  return CheckDatabase(*db, new_call, fault, totals);
}

absl::Status CheckConfig(const Config& config) {
  const SystemClock clock;
  RETURN_IF_ERROR(rpc::CheckOptions(ListenerOptions(config)));
  if (!config.metrics.empty()) RETURN_IF_ERROR(rpc::Metrics::CheckAddress(config.metrics));
  return OpenFrom(config, clock).status();
}

}  // namespace aftersales
