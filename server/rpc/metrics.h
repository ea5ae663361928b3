// What Prometheus reads: counters of calls, latencies, SQL statements, and gauges that other parts of the server offer.
#ifndef AFTERSALES_SERVER_RPC_METRICS_H_
#define AFTERSALES_SERVER_RPC_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace aftersales::rpc {

// The numbers of one method. Thread-safe; its labels are resolved once.
class MethodMetrics {
 public:
  virtual ~MethodMetrics() = default;
  virtual void Count(absl::StatusCode code, absl::Duration time, int statements) = 0;
};

// How numbers spread, such as times. Thread-safe.
class Distribution {
 public:
  virtual ~Distribution() = default;
  virtual void Observe(double value) = 0;
};

// Thread-safe. Outlives the servers that count in it.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();

  // The numbers of one RPC, "aftersales.v1.CaseService" and "GetCase"; the same object for the same names, valid as
  // long as Metrics.
  MethodMetrics& ForMethod(const std::string& service, const std::string& method);

  // Offers a number that `read` tells whenever Prometheus asks, until the handle goes. `read` must not block.
  class Gauge;
  std::unique_ptr<Gauge> AddGauge(std::string name, std::string help, Labels labels, std::function<double()> read);

  // A histogram with these upper bounds, ascending, beside those of the same name with other labels; the same object
  // for the same labels, valid as long as Metrics.
  Distribution& AddDistribution(const std::string& name, const std::string& help, const Labels& labels,
                                const std::vector<double>& bounds);

  // Serves GET /metrics on HOST:PORT, HOST: or :PORT (loopback); port 0 takes a free one. Answers the port.
  absl::StatusOr<int> Expose(const std::string& address);
  // OK when the address is well formed; binds nothing.
  static absl::Status CheckAddress(const std::string& address);
  // What GET /metrics answers.
  std::string Text() const;

 private:
  class Board;
  std::shared_ptr<Board> board_;
};

// Takes its gauge away when destroyed; waits for a reading under way.
class Metrics::Gauge {
 public:
  virtual ~Gauge() = default;
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_METRICS_H_
