// The floor of every call: a gRPC server that answers GetCase and CreateCase with the same case always. No sign-in, no
// validation, no worker, no database.
#ifndef AFTERSALES_TESTS_BENCH_EMPTY_SERVER_H_
#define AFTERSALES_TESTS_BENCH_EMPTY_SERVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "aftersales/v1/case.pb.h"
#include "tests/bench/processes.h"

namespace aftersales::bench {

// That server, as a process of its own. Used by the main thread.
class EmptyServer {
 public:
  static absl::StatusOr<EmptyServer> Start(const std::string& folder, const v1::Case& answer);

  const std::string& endpoint() const { return endpoint_; }
  pid_t pid() const { return process_.pid(); }

 private:
  EmptyServer(ChildProcess process, std::string endpoint)
      : process_(std::move(process)), endpoint_(std::move(endpoint)) {}
  ChildProcess process_;
  std::string endpoint_;
};

// What that process runs, with the folder it was given; returns its exit code after SIGTERM.
int ServeEmpty(const std::string& folder);

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_EMPTY_SERVER_H_
