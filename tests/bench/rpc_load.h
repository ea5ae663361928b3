// Callers of a gRPC server that cost little themselves: requests are bytes made beforehand, replies are not parsed, two
// threads serve all of them.
#ifndef AFTERSALES_TESTS_BENCH_RPC_LOAD_H_
#define AFTERSALES_TESTS_BENCH_RPC_LOAD_H_

#include <grpcpp/generic/generic_stub.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/rounds.h"

namespace aftersales::bench {

// Used by one thread; runs threads of its own during a round.
class RpcLoad {
 public:
  // Makes the next request; called on several threads at once.
  using Requests = std::function<grpc::ByteBuffer()>;

  // `token` may be empty.
  RpcLoad(const std::string& endpoint, std::string token);

  // So many clients call `method` ("/aftersales.v1.CaseService/GetCase").
  Round Run(const std::string& method, const Requests& requests, int clients, absl::Duration length,
            const Watch& watch);

 private:
  const std::string authorization_;
  // A connection each; clients share them.
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
};

}  // namespace aftersales::bench

#endif  // AFTERSALES_TESTS_BENCH_RPC_LOAD_H_
