// The gRPC server: listens, and passes every call of the bound services through authentication, authorization, limits
// and validation to the method that serves it. Health and reflection come with it.
//
//   rpc::Metrics metrics;
//   rpc::GrpcServer server(options, authenticator, metrics);
//   case_service.Bind(server.Service("aftersales.v1.CaseService"));
//   RETURN_IF_ERROR(server.Start());
//   server.SetReady(true);
//   ...
//   server.Shutdown(absl::Seconds(20));
#ifndef AFTERSALES_SERVER_RPC_GRPC_SERVER_H_
#define AFTERSALES_SERVER_RPC_GRPC_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/methods.h"
#include "server/rpc/metrics.h"

namespace grpc {
class Channel;
}

namespace aftersales::rpc {

// Looks at a call whose caller may make it and whose request is valid, before it is served: refuses it, or says in the
// call what the caller sees. Thread-safe; may read the database.
using Guard = std::function<absl::Status(Call& call, const google::protobuf::Message& request)>;

struct GrpcServerOptions {
  // HOST:PORT (port 0 takes a free one) or unix:PATH. Empty: reached by InProcessChannel only.
  std::string listen = "127.0.0.1:50051";
  // PEM files; both or none. Without them only loopback addresses and unix sockets are allowed. Read again every
  // second.
  std::string tls_certificate_file;
  std::string tls_key_file;
  bool reflection = true;

  int workers = 8;                                      // threads that serve calls
  int queue = 1000;                                     // calls that may wait for a worker; more are refused at once
  absl::Duration default_deadline = absl::Seconds(30);  // for calls that come without one
  absl::Duration longest_deadline = absl::Minutes(5);   // later ones are cut to this
  double calls_per_second = 0;                          // of one principal, in the long run; 0 means no limit
  int burst = 100;                                      // calls of one principal at once, where there is a limit

  int streams = 2000;  // open at once
  int streams_per_principal = 200;
  absl::Duration heartbeat = absl::Seconds(15);       // a silent stream sends a sign of life this often
  absl::Duration reauthenticate = absl::Seconds(30);  // a stream's token is checked again this often
  absl::Duration slowest_reader = absl::Minutes(1);   // a stream whose caller takes nothing for so long is ended
  absl::Duration slowest_writer = absl::Minutes(1);   // one whose caller sends nothing for so long, likewise

  Guard guard;  // asked about every request, also each message that is streamed in; none where empty
};

// Used by one thread but for SetReady; the calls run on threads of its own. The authenticator, the metrics and the
// bound services must outlive it.
class GrpcServer {
 public:
  GrpcServer(GrpcServerOptions options, Authenticator& authenticator, Metrics& metrics);
  ~GrpcServer();  // shuts down at once

  // Where to bind the methods of a service, "aftersales.v1.CaseService"; before Start. The reference stays valid.
  Methods& Service(const std::string& full_name);

  // Checks the bound methods and the options, and listens. Says clearly what is wrong otherwise.
  absl::Status Start();
  // The port bound; 0 for unix sockets and before Start.
  int port() const;
  // What the health service answers, for "" and for every service; not ready at first. Thread-safe after Start.
  void SetReady(bool ready);
  // Health says NOT_SERVING, no new calls are taken, running ones finish until `patience` is over and are cancelled
  // then; streams end with UNAVAILABLE (NOT_READY). Returns when no call is left. Repeated calls do nothing.
  void Shutdown(absl::Duration patience);
  // A channel without network, for tests.
  std::shared_ptr<grpc::Channel> InProcessChannel();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

// OK when these options could start: address well formed, TLS files present and matching. Binds nothing.
absl::Status CheckOptions(const GrpcServerOptions& options);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_GRPC_SERVER_H_
