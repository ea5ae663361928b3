// A server with made-up services behind the real RPC layer, reached over TCP: for what the real services cannot show.
#ifndef AFTERSALES_TESTS_SERVICE_RPC_TRIAL_SERVER_H_
#define AFTERSALES_TESTS_SERVICE_RPC_TRIAL_SERVER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "aftersales/v1/attachment.grpc.pb.h"
#include "aftersales/v1/directory.grpc.pb.h"
#include "aftersales/v1/event.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/rpc/grpc_server.h"

namespace aftersales::rpc {

// Knows "writer-token" (may do everything), "reader-token" (reads, sees nothing personal), until they are revoked.
// Thread-safe.
class TrialAuthenticator : public Authenticator {
 public:
  absl::StatusOr<Caller> Authenticate(Call& call, std::string_view token) override;
  bool Grants(const Caller& caller, std::string_view permission) const override;
  std::vector<std::string> RolesGranting(std::string_view permission) const override;
  void AuditRefusal(Call& call, const std::string& reason) override;

  void Revoke(const std::string& token);
  // "method principal reason" of each refusal.
  std::vector<std::string> audited() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> revoked_;
  std::vector<std::string> audited_;
};

// Serves DirectoryService; what GetCustomer and CreateCustomer do can be set before the server starts. An import
// reports the rows of each message at once, or with IMPORT_MODE_ATOMIC all at the end.
class TrialDirectory {
 public:
  void Bind(Methods& methods);

  std::function<absl::StatusOr<v1::Customer>(Call&, const v1::GetCustomerRequest&)> get;
  std::function<absl::StatusOr<v1::Customer>(Call&, const v1::CreateCustomerRequest&)> create;
  std::atomic<int> imports{0};       // sinks that exist
  std::atomic<int64_t> imported{0};  // rows taken
  size_t padding = 0;                // bytes added to each report

 private:
  class Import;
  absl::StatusOr<std::unique_ptr<StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse>>> ImportDirectory(
      Call& call);
  absl::StatusOr<v1::Customer> GetCustomer(Call& call, const v1::GetCustomerRequest& request);
  absl::StatusOr<v1::Customer> CreateCustomer(Call& call, const v1::CreateCustomerRequest& request);
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Empty(Call&, const Request&) {
    return Reply();
  }
};

// Serves EventService: a stream of numbers, as positions. Thread-safe.
class TrialEvents {
 public:
  void Bind(Methods& methods);
  // The streams may count up to this.
  void Publish(int64_t position);

  std::atomic<int> open{0};      // sources that exist
  std::atomic<int> produced{0};  // questions for more
  size_t padding = 0;            // bytes added to each message

 private:
  class Source;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(Call& call, const v1::ListEventsRequest& request);
  absl::StatusOr<std::unique_ptr<StreamSource<v1::WatchEventsResponse>>> WatchEvents(
      Call& call, const v1::WatchEventsRequest& request);

  std::mutex mutex_;
  std::atomic<int64_t> head_{0};
  int next_ = 0;
  std::map<int, std::function<void()>> wakes_;
};

// Serves AttachmentService: counts what is uploaded. What is done with messages and at the end can be set before the
// server starts. Thread-safe.
class TrialAttachments {
 public:
  void Bind(Methods& methods);

  std::function<absl::StatusOr<Next>(Call&, const v1::UploadAttachmentRequest&)> take;
  std::function<absl::StatusOr<Next>(Call&, v1::Attachment&)> finish;
  std::atomic<int> open{0};      // sinks that exist
  std::atomic<int> taken{0};     // messages
  std::atomic<int> finished{0};  // calls whose end was told

 private:
  class Upload;
  absl::StatusOr<std::unique_ptr<StreamSink<v1::UploadAttachmentRequest, v1::Attachment>>> UploadAttachment(Call& call);
  absl::StatusOr<std::unique_ptr<StreamSource<v1::DownloadAttachmentResponse>>> DownloadAttachment(
      Call& call, const v1::DownloadAttachmentRequest& request);
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Empty(Call&, const Request&) {
    return Reply();
  }
};

struct TrialServer {
  explicit TrialServer(GrpcServerOptions options = {});

  absl::Status Start();
  std::string address() const;
  std::shared_ptr<grpc::Channel> Connect() const;

  GrpcServerOptions options;
  Metrics metrics;
  TrialAuthenticator authenticator;
  TrialDirectory directory;
  TrialEvents events;
  TrialAttachments attachments;
  std::unique_ptr<GrpcServer> server;
};

// Sends the token with the call.
void SignIn(grpc::ClientContext& context, const std::string& token);
google::rpc::Status Details(const grpc::Status& status);
google::rpc::ErrorInfo Reason(const grpc::Status& status);
// Waits until `condition` holds; false after ten seconds.
bool Eventually(const std::function<bool()>& condition);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_TESTS_SERVICE_RPC_TRIAL_SERVER_H_
