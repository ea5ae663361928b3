// A small gRPC server in the test's process that answers as the test says: what a client sends can be looked at, and
// every kind of answer can be made, failures of the network included.
#ifndef AFTERSALES_TESTS_CLIENT_SCRIPTED_SERVER_H_
#define AFTERSALES_TESTS_CLIENT_SCRIPTED_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "aftersales/v1/access.grpc.pb.h"
#include "aftersales/v1/attachment.grpc.pb.h"
#include "aftersales/v1/case.grpc.pb.h"
#include "aftersales/v1/directory.grpc.pb.h"
#include "aftersales/v1/event.grpc.pb.h"
#include "aftersales/v1/policy.grpc.pb.h"

namespace aftersales {

// Answers one method; the default refuses it as unimplemented.
template <typename Request, typename Reply>
using Script = std::function<grpc::Status(grpc::ServerContext&, const Request&, Reply&)>;

// Scripts are set before the call that they answer; they run on gRPC's threads.
class ScriptedServer {
 public:
  Script<v1::GetCaseRequest, v1::Case> get_case;
  Script<v1::CreateCaseRequest, v1::Case> create_case;
  Script<v1::AcceptCaseRequest, v1::Case> accept_case;
  Script<v1::ClassifyCaseRequest, v1::Case> classify_case;
  Script<v1::CloseCaseRequest, v1::Case> close_case;
  Script<v1::UpdateCaseRequest, v1::Case> update_case;
  Script<v1::ListCasesRequest, v1::ListCasesResponse> list_cases;
  Script<v1::GetCustomerRequest, v1::Customer> get_customer;
  Script<v1::UpdateCustomerRequest, v1::Customer> update_customer;
  Script<v1::CreateTokenRequest, v1::IssuedToken> create_token;
  Script<v1::CreatePrincipalRequest, v1::Principal> create_principal;
  Script<v1::GetPrincipalRequest, v1::Principal> get_principal;
  Script<v1::UpdatePrincipalRequest, v1::Principal> update_principal;
  Script<v1::GetCallerRequest, v1::Caller> get_caller;
  Script<v1::ListObligationsRequest, v1::ListObligationsResponse> list_obligations;
  Script<v1::ExplainObligationRequest, v1::Explanation> explain_obligation;
  Script<v1::ValidatePolicyRequest, v1::ValidatePolicyResponse> validate_policy;
  Script<v1::CreatePolicyVersionRequest, v1::PolicyVersion> load_policy;
  Script<v1::ListEventsRequest, v1::ListEventsResponse> list_events;
  std::function<grpc::Status(grpc::ServerContext&, const v1::WatchEventsRequest&,
                             grpc::ServerWriter<v1::WatchEventsResponse>&)>
      watch_events;
  std::function<grpc::Status(grpc::ServerContext&, grpc::ServerReader<v1::UploadAttachmentRequest>&, v1::Attachment&)>
      upload_attachment;
  std::function<grpc::Status(grpc::ServerContext&, const v1::DownloadAttachmentRequest&,
                             grpc::ServerWriter<v1::DownloadAttachmentResponse>&)>
      download_attachment;
  Script<v1::GetAttachmentRequest, v1::Attachment> get_attachment;
  std::function<grpc::Status(grpc::ServerContext&,
                             grpc::ServerReaderWriter<v1::ImportDirectoryResponse, v1::ImportDirectoryRequest>&)>
      import_directory;

  ScriptedServer()
      : cases_(*this), events_(*this), access_(*this), policy_(*this), attachments_(*this), directory_(*this) {
    Start(0);
  }
  ~ScriptedServer() { Stop(); }

  std::string endpoint() const { return absl::StrCat("127.0.0.1:", port_); }
  void Stop() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_ = nullptr;
  }
  void Restart() {
    Stop();
    Start(port_);
  }

 private:
  template <typename Request, typename Reply>
  static grpc::Status Play(const Script<Request, Reply>& script, grpc::ServerContext* context, const Request* request,
                           Reply* reply) {
    return script ? script(*context, *request, *reply) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not scripted");
  }

  struct Cases : v1::CaseService::Service {
    explicit Cases(ScriptedServer& server) : s(server) {}
    grpc::Status GetCase(grpc::ServerContext* c, const v1::GetCaseRequest* q, v1::Case* r) override {
      return Play(s.get_case, c, q, r);
    }
    grpc::Status CreateCase(grpc::ServerContext* c, const v1::CreateCaseRequest* q, v1::Case* r) override {
      return Play(s.create_case, c, q, r);
    }
    grpc::Status AcceptCase(grpc::ServerContext* c, const v1::AcceptCaseRequest* q, v1::Case* r) override {
      return Play(s.accept_case, c, q, r);
    }
    grpc::Status ClassifyCase(grpc::ServerContext* c, const v1::ClassifyCaseRequest* q, v1::Case* r) override {
      return Play(s.classify_case, c, q, r);
    }
    grpc::Status CloseCase(grpc::ServerContext* c, const v1::CloseCaseRequest* q, v1::Case* r) override {
      return Play(s.close_case, c, q, r);
    }
    grpc::Status UpdateCase(grpc::ServerContext* c, const v1::UpdateCaseRequest* q, v1::Case* r) override {
      return Play(s.update_case, c, q, r);
    }
    grpc::Status ListCases(grpc::ServerContext* c, const v1::ListCasesRequest* q, v1::ListCasesResponse* r) override {
      return Play(s.list_cases, c, q, r);
    }
    ScriptedServer& s;
  };
  struct Events : v1::EventService::Service {
    explicit Events(ScriptedServer& server) : s(server) {}
    grpc::Status ListEvents(grpc::ServerContext* c, const v1::ListEventsRequest* q,
                            v1::ListEventsResponse* r) override {
      return Play(s.list_events, c, q, r);
    }
    grpc::Status WatchEvents(grpc::ServerContext* c, const v1::WatchEventsRequest* q,
                             grpc::ServerWriter<v1::WatchEventsResponse>* w) override {
      return s.watch_events ? s.watch_events(*c, *q, *w)
                            : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not scripted");
    }
    ScriptedServer& s;
  };
  struct Access : v1::AccessService::Service {
    explicit Access(ScriptedServer& server) : s(server) {}
    grpc::Status CreateToken(grpc::ServerContext* c, const v1::CreateTokenRequest* q, v1::IssuedToken* r) override {
      return Play(s.create_token, c, q, r);
    }
    grpc::Status CreatePrincipal(grpc::ServerContext* c, const v1::CreatePrincipalRequest* q,
                                 v1::Principal* r) override {
      return Play(s.create_principal, c, q, r);
    }
    grpc::Status GetPrincipal(grpc::ServerContext* c, const v1::GetPrincipalRequest* q, v1::Principal* r) override {
      return Play(s.get_principal, c, q, r);
    }
    grpc::Status UpdatePrincipal(grpc::ServerContext* c, const v1::UpdatePrincipalRequest* q,
                                 v1::Principal* r) override {
      return Play(s.update_principal, c, q, r);
    }
    grpc::Status GetCaller(grpc::ServerContext* c, const v1::GetCallerRequest* q, v1::Caller* r) override {
      return Play(s.get_caller, c, q, r);
    }
    ScriptedServer& s;
  };
  struct Policy : v1::PolicyService::Service {
    explicit Policy(ScriptedServer& server) : s(server) {}
    grpc::Status ListObligations(grpc::ServerContext* c, const v1::ListObligationsRequest* q,
                                 v1::ListObligationsResponse* r) override {
      return Play(s.list_obligations, c, q, r);
    }
    grpc::Status ExplainObligation(grpc::ServerContext* c, const v1::ExplainObligationRequest* q,
                                   v1::Explanation* r) override {
      return Play(s.explain_obligation, c, q, r);
    }
    grpc::Status ValidatePolicy(grpc::ServerContext* c, const v1::ValidatePolicyRequest* q,
                                v1::ValidatePolicyResponse* r) override {
      return Play(s.validate_policy, c, q, r);
    }
    grpc::Status CreatePolicyVersion(grpc::ServerContext* c, const v1::CreatePolicyVersionRequest* q,
                                     v1::PolicyVersion* r) override {
      return Play(s.load_policy, c, q, r);
    }
    ScriptedServer& s;
  };

  struct Attachments : v1::AttachmentService::Service {
    explicit Attachments(ScriptedServer& server) : s(server) {}
    grpc::Status UploadAttachment(grpc::ServerContext* c, grpc::ServerReader<v1::UploadAttachmentRequest>* q,
                                  v1::Attachment* r) override {
      return s.upload_attachment ? s.upload_attachment(*c, *q, *r)
                                 : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not scripted");
    }
    grpc::Status DownloadAttachment(grpc::ServerContext* c, const v1::DownloadAttachmentRequest* q,
                                    grpc::ServerWriter<v1::DownloadAttachmentResponse>* w) override {
      return s.download_attachment ? s.download_attachment(*c, *q, *w)
                                   : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not scripted");
    }
    grpc::Status GetAttachment(grpc::ServerContext* c, const v1::GetAttachmentRequest* q, v1::Attachment* r) override {
      return Play(s.get_attachment, c, q, r);
    }
    ScriptedServer& s;
  };
  struct Directory : v1::DirectoryService::Service {
    explicit Directory(ScriptedServer& server) : s(server) {}
    grpc::Status GetCustomer(grpc::ServerContext* c, const v1::GetCustomerRequest* q, v1::Customer* r) override {
      return Play(s.get_customer, c, q, r);
    }
    grpc::Status UpdateCustomer(grpc::ServerContext* c, const v1::UpdateCustomerRequest* q, v1::Customer* r) override {
      return Play(s.update_customer, c, q, r);
    }
    grpc::Status ImportDirectory(
        grpc::ServerContext* c,
        grpc::ServerReaderWriter<v1::ImportDirectoryResponse, v1::ImportDirectoryRequest>* stream) override {
      return s.import_directory ? s.import_directory(*c, *stream)
                                : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not scripted");
    }
    ScriptedServer& s;
  };

  void Start(int port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials(), &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    for (grpc::Service* service :
         std::vector<grpc::Service*>{&cases_, &events_, &access_, &policy_, &attachments_, &directory_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
  }

  Cases cases_;
  Events events_;
  Access access_;
  Policy policy_;
  Attachments attachments_;
  Directory directory_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// The value of a call's metadata; empty where it has none.
inline std::string MetadataOf(const grpc::ServerContext& context, const std::string& key) {
  const auto found = context.client_metadata().find(key);
  return found == context.client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
}

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_CLIENT_SCRIPTED_SERVER_H_
