#include "server/rpc/metrics.h"

#include <CivetServer.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <list>
#include <mutex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace aftersales::rpc {
namespace {

// As other gRPC servers spell them in this metric, so that existing dashboards fit.
constexpr std::array<const char*, 17> kCodes = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto& bounds = *new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return bounds;
}

const prometheus::Histogram::BucketBoundaries& Statements() {
  static const auto& bounds = *new prometheus::Histogram::BucketBoundaries{0, 1, 2, 3, 4, 6, 8, 10, 15, 25, 50, 100};
  return bounds;
}

class PrometheusMethod : public MethodMetrics {
 public:
  PrometheusMethod(prometheus::Family<prometheus::Counter>& handled, prometheus::Family<prometheus::Histogram>& seconds,
                   prometheus::Family<prometheus::Histogram>& statements, const Metrics::Labels& labels)
      : seconds_(&seconds.Add(labels, Seconds())), statements_(&statements.Add(labels, Statements())) {
    for (size_t code = 0; code < kCodes.size(); ++code) {
      Metrics::Labels with_code = labels;
      with_code["grpc_code"] = kCodes[code];
      by_code_[code] = &handled.Add(with_code);
    }
  }

  void Count(absl::StatusCode code, absl::Duration time, int statements) override {
    const auto number = static_cast<size_t>(code);
    by_code_[number < kCodes.size() ? number : 2]->Increment();
    seconds_->Observe(absl::ToDoubleSeconds(time));
    statements_->Observe(statements);
  }

 private:
  std::array<prometheus::Counter*, kCodes.size()> by_code_;
  prometheus::Histogram* seconds_;
  prometheus::Histogram* statements_;
};

class PrometheusDistribution : public Distribution {
 public:
  explicit PrometheusDistribution(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

struct GaugeEntry {
  std::string name;
  std::string help;
  Metrics::Labels labels;
  std::function<double()> read;
};

// HOST:PORT as civetweb wants it; a missing host means loopback, never all interfaces.
absl::StatusOr<std::string> ListenAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const std::string port = colon == std::string::npos ? address : address.substr(colon + 1);
  const bool number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (!number || std::stoi(port) > 65535 || host.find_first_of(",+ /") != std::string::npos) {
    return FieldError("metrics",
                      absl::StrCat("'", address, "' is no address; write HOST:PORT, such as 127.0.0.1:9464"));
  }
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  return absl::StrCat(host, ":", port);
}

}  // namespace

class Metrics::Board : public prometheus::Collectable, public std::enable_shared_from_this<Metrics::Board> {
 public:
  class Handle : public Gauge {
   public:
    Handle(std::shared_ptr<Board> board, std::list<GaugeEntry>::iterator entry)
        : board_(std::move(board)), entry_(entry) {}
    ~Handle() override { board_->Remove(entry_); }

   private:
    std::shared_ptr<Board> board_;
    std::list<GaugeEntry>::iterator entry_;
  };

  Board()
      : handled_(prometheus::BuildCounter()
                     .Name("grpc_server_handled_total")
                     .Help("Calls finished, by method and code.")
                     .Register(*registry_)),
        seconds_(prometheus::BuildHistogram()
                     .Name("grpc_server_handling_seconds")
                     .Help("Time from a call's arrival to its answer; of a stream, to its end.")
                     .Register(*registry_)),
        statements_(prometheus::BuildHistogram()
                        .Name("aftersales_call_statements")
                        .Help("SQL statements that a call sent.")
                        .Register(*registry_)) {}

  MethodMetrics& ForMethod(const std::string& service, const std::string& method) {
    std::lock_guard lock(mutex_);
    auto& entry = methods_[{service, method}];
    if (entry == nullptr) {
      entry = std::make_unique<PrometheusMethod>(handled_, seconds_, statements_,
                                                 Labels{{"grpc_service", service}, {"grpc_method", method}});
    }
    return *entry;
  }

  Distribution& AddDistribution(const std::string& name, const std::string& help, const Labels& labels,
                                const std::vector<double>& bounds) {
    std::lock_guard lock(mutex_);
    auto& entry = distributions_[{name, labels}];
    if (entry == nullptr) {
      // Registering a name again gives the family that there is.
      auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
      entry = std::make_unique<PrometheusDistribution>(family.Add(labels, bounds));
    }
    return *entry;
  }

  std::list<GaugeEntry>::iterator Add(GaugeEntry entry) {
    std::lock_guard lock(mutex_);
    return gauges_.insert(gauges_.end(), std::move(entry));
  }

  void Remove(std::list<GaugeEntry>::iterator entry) {
    std::lock_guard lock(mutex_);
    gauges_.erase(entry);
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families = registry_->Collect();
    std::map<std::string, prometheus::MetricFamily> by_name;
    std::lock_guard lock(mutex_);
    for (const GaugeEntry& entry : gauges_) {
      prometheus::MetricFamily& family = by_name[entry.name];
      family.name = entry.name;
      family.help = entry.help;
      family.type = prometheus::MetricType::Gauge;
      prometheus::ClientMetric metric;
      for (const auto& [key, value] : entry.labels) metric.label.push_back({key, value});
      metric.gauge.value = entry.read();
      family.metric.push_back(std::move(metric));
    }
    for (auto& [name, family] : by_name) families.push_back(std::move(family));
    return families;
  }

  absl::StatusOr<int> Expose(const std::string& address) {
    auto listen = ListenAddress(address);
    if (!listen.ok()) return listen.status();
    try {
      exposer_ = std::make_unique<prometheus::Exposer>(*listen, /*num_threads=*/2);
    } catch (const CivetException&) {
      return FieldError("metrics", absl::StrCat("cannot listen on ", *listen,
                                                ": the address is taken by another program or is not this machine's"));
    }
    exposer_->RegisterCollectable(weak_from_this());
    return exposer_->GetListeningPorts().at(0);
  }

  void Close() { exposer_.reset(); }

 private:
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Histogram>& statements_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<PrometheusMethod>> methods_;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<PrometheusDistribution>> distributions_;
  std::list<GaugeEntry> gauges_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

Metrics::Metrics() : board_(std::make_shared<Board>()) {}
Metrics::~Metrics() { board_->Close(); }

MethodMetrics& Metrics::ForMethod(const std::string& service, const std::string& method) {
  return board_->ForMethod(service, method);
}

std::unique_ptr<Metrics::Gauge> Metrics::AddGauge(std::string name, std::string help, Labels labels,
                                                  std::function<double()> read) {
  auto entry = board_->Add({std::move(name), std::move(help), std::move(labels), std::move(read)});
  return std::make_unique<Board::Handle>(board_, entry);
}

Distribution& Metrics::AddDistribution(const std::string& name, const std::string& help, const Labels& labels,
                                       const std::vector<double>& bounds) {
  return board_->AddDistribution(name, help, labels, bounds);
}

absl::StatusOr<int> Metrics::Expose(const std::string& address) { return board_->Expose(address); }

absl::Status Metrics::CheckAddress(const std::string& address) { return ListenAddress(address).status(); }

std::string Metrics::Text() const { return prometheus::TextSerializer().Serialize(board_->Collect()); }

}  // namespace aftersales::rpc
