// One proto service as gRPC sees it: its methods by name, handled as bytes.
#ifndef AFTERSALES_SERVER_RPC_BOUND_SERVICE_H_
#define AFTERSALES_SERVER_RPC_BOUND_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <list>
#include <string>

#include "server/rpc/call_path.h"
#include "server/rpc/streams.h"
#include "server/rpc/worker_pool.h"

namespace aftersales::rpc {

// Does what generated service classes do, for methods known at run time only. Messages stay bytes on gRPC's threads;
// the workers parse them. What it is given must outlive it.
class BoundService : public grpc::Service {
 public:
  BoundService(CallPath& path, WorkerPool& pool, Streams& streams) : path_(path), pool_(pool), streams_(streams) {}

  void Add(ServedMethod method);

 private:
  struct Entry {
    std::string path;  // gRPC keeps a pointer to it
    ServedMethod method;
  };

  CallPath& path_;
  WorkerPool& pool_;
  Streams& streams_;
  std::list<Entry> entries_;
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_BOUND_SERVICE_H_
