#include "tests/service/rpc_trial_server.h"

#include <grpcpp/create_channel.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"

namespace aftersales::rpc {

absl::StatusOr<Caller> TrialAuthenticator::Authenticate(Call&, std::string_view token) {
  std::lock_guard lock(mutex_);
  Caller caller;
  if (revoked_.count(std::string(token)) == 0) {
    if (token == "writer-token") caller.principal = "principals/writer";
    if (token == "reader-token") caller.principal = "principals/reader";
  }
  if (!caller.principal.empty()) return caller;
  return Error(absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_NOT_AUTHENTICATED, "The token is not known.");
}

bool TrialAuthenticator::Grants(const Caller& caller, std::string_view permission) const {
  if (caller.principal == "principals/writer") return true;
  return permission != "personal.read" && permission.find(".read") != std::string_view::npos;
}

std::vector<std::string> TrialAuthenticator::RolesGranting(std::string_view) const { return {"writer", "admin"}; }

void TrialAuthenticator::AuditRefusal(Call& call, const std::string& reason) {
  std::lock_guard lock(mutex_);
  audited_.push_back(absl::StrCat(call.method, " ", call.caller.principal, " ", reason));
}

void TrialAuthenticator::Revoke(const std::string& token) {
  std::lock_guard lock(mutex_);
  revoked_.insert(token);
}

std::vector<std::string> TrialAuthenticator::audited() const {
  std::lock_guard lock(mutex_);
  return audited_;
}

void TrialDirectory::Bind(Methods& methods) {
  using D = TrialDirectory;
  methods.Unary("CreateCustomer", this, &D::CreateCustomer);
  methods.Unary("GetCustomer", this, &D::GetCustomer);
  methods.Unary("ListCustomers", this, &D::Empty<v1::ListCustomersRequest, v1::ListCustomersResponse>);
  methods.Unary("UpdateCustomer", this, &D::Empty<v1::UpdateCustomerRequest, v1::Customer>);
  methods.Unary("CreateProduct", this, &D::Empty<v1::CreateProductRequest, v1::Product>);
  methods.Unary("GetProduct", this, &D::Empty<v1::GetProductRequest, v1::Product>);
  methods.Unary("ListProducts", this, &D::Empty<v1::ListProductsRequest, v1::ListProductsResponse>);
  methods.Unary("CreateEquipment", this, &D::Empty<v1::CreateEquipmentRequest, v1::Equipment>);
  methods.Unary("GetEquipment", this, &D::Empty<v1::GetEquipmentRequest, v1::Equipment>);
  methods.Unary("ListEquipment", this, &D::Empty<v1::ListEquipmentRequest, v1::ListEquipmentResponse>);
  methods.Unary("UpdateProduct", this, &D::Empty<v1::UpdateProductRequest, v1::Product>);
  methods.Unary("UpdateEquipment", this, &D::Empty<v1::UpdateEquipmentRequest, v1::Equipment>);
  methods.Unary("CreateSite", this, &D::Empty<v1::CreateSiteRequest, v1::Site>);
  methods.Unary("GetSite", this, &D::Empty<v1::GetSiteRequest, v1::Site>);
  methods.Unary("ListSites", this, &D::Empty<v1::ListSitesRequest, v1::ListSitesResponse>);
  methods.Unary("UpdateSite", this, &D::Empty<v1::UpdateSiteRequest, v1::Site>);
  methods.Unary("CreateContract", this, &D::Empty<v1::CreateContractRequest, v1::Contract>);
  methods.Unary("GetContract", this, &D::Empty<v1::GetContractRequest, v1::Contract>);
  methods.Unary("ListContracts", this, &D::Empty<v1::ListContractsRequest, v1::ListContractsResponse>);
  methods.Unary("UpdateContract", this, &D::Empty<v1::UpdateContractRequest, v1::Contract>);
  methods.Unary("CreateDepartment", this, &D::Empty<v1::CreateDepartmentRequest, v1::Department>);
  methods.Unary("GetDepartment", this, &D::Empty<v1::GetDepartmentRequest, v1::Department>);
  methods.Unary("ListDepartments", this, &D::Empty<v1::ListDepartmentsRequest, v1::ListDepartmentsResponse>);
  methods.Unary("UpdateDepartment", this, &D::Empty<v1::UpdateDepartmentRequest, v1::Department>);
  methods.Unary("CreateStaffMember", this, &D::Empty<v1::CreateStaffMemberRequest, v1::StaffMember>);
  methods.Unary("GetStaffMember", this, &D::Empty<v1::GetStaffMemberRequest, v1::StaffMember>);
  methods.Unary("ListStaffMembers", this, &D::Empty<v1::ListStaffMembersRequest, v1::ListStaffMembersResponse>);
  methods.Unary("UpdateStaffMember", this, &D::Empty<v1::UpdateStaffMemberRequest, v1::StaffMember>);
  methods.Sink("ImportDirectory", this, &D::ImportDirectory);
}

absl::StatusOr<v1::Customer> TrialDirectory::GetCustomer(Call& call, const v1::GetCustomerRequest& request) {
  if (get) return get(call, request);
  v1::Customer customer;
  customer.set_name(request.name());
  customer.set_telephone("0431-1234567");
  return customer;
}

absl::StatusOr<v1::Customer> TrialDirectory::CreateCustomer(Call& call, const v1::CreateCustomerRequest& request) {
  if (create) return create(call, request);
  return request.customer();
}

class TrialDirectory::Import : public StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse> {
 public:
  explicit Import(TrialDirectory& directory) : directory_(directory) { ++directory_.imports; }
  ~Import() override { --directory_.imports; }

  absl::StatusOr<Next> Take(Call& call, const v1::ImportDirectoryRequest& request,
                            v1::ImportDirectoryResponse& reply) override {
    if (request.has_options()) {
      options_ = request.options();
      call.request_id = options_.request_id();
    }
    directory_.imported += request.rows_size();
    if (options_.mode() == v1::IMPORT_MODE_ATOMIC) {
      held_ += request.rows_size();
      return Next::kWait;
    }
    for (int i = 0; i < request.rows_size(); ++i) Report(reply);
    return request.rows_size() > 0 ? Next::kSend : Next::kWait;
  }

  absl::StatusOr<Next> Finish(Call&, v1::ImportDirectoryResponse& reply) override {
    if (ended_) return Next::kEnd;
    if (held_ > 0) {
      --held_;
      Report(reply);
      return Next::kSend;
    }
    ended_ = true;
    reply.mutable_summary()->set_rows(reported_);
    return Next::kSend;
  }

 private:
  void Report(v1::ImportDirectoryResponse& reply) {
    auto* report = reply.add_reports();
    report->set_row(++reported_);
    report->set_error(std::string(directory_.padding, 'x'));
  }

  TrialDirectory& directory_;
  v1::ImportOptions options_;
  int64_t held_ = 0;
  int64_t reported_ = 0;
  bool ended_ = false;
};

absl::StatusOr<std::unique_ptr<StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse>>>
TrialDirectory::ImportDirectory(Call&) {
  return std::make_unique<Import>(*this);
}

class TrialAttachments::Upload : public StreamSink<v1::UploadAttachmentRequest, v1::Attachment> {
 public:
  explicit Upload(TrialAttachments& attachments) : attachments_(attachments) { ++attachments_.open; }
  ~Upload() override { --attachments_.open; }

  absl::StatusOr<Next> Take(Call& call, const v1::UploadAttachmentRequest& request, v1::Attachment&) override {
    ++attachments_.taken;
    size_ += static_cast<int64_t>(request.chunk().size());
    return attachments_.take ? attachments_.take(call, request) : Next::kWait;
  }

  absl::StatusOr<Next> Finish(Call& call, v1::Attachment& reply) override {
    if (answered_) return Next::kEnd;
    answered_ = true;
    ++attachments_.finished;
    reply.set_size(size_);
    return attachments_.finish ? attachments_.finish(call, reply) : Next::kSend;
  }

 private:
  TrialAttachments& attachments_;
  int64_t size_ = 0;
  bool answered_ = false;
};

void TrialAttachments::Bind(Methods& methods) {
  using A = TrialAttachments;
  methods.Sink("UploadAttachment", this, &A::UploadAttachment);
  methods.Unary("GetAttachment", this, &A::Empty<v1::GetAttachmentRequest, v1::Attachment>);
  methods.Unary("ListAttachments", this, &A::Empty<v1::ListAttachmentsRequest, v1::ListAttachmentsResponse>);
  methods.Stream("DownloadAttachment", this, &A::DownloadAttachment);
  methods.Unary("AcceptAttachment", this, &A::Empty<v1::AcceptAttachmentRequest, v1::Attachment>);
}

absl::StatusOr<std::unique_ptr<StreamSink<v1::UploadAttachmentRequest, v1::Attachment>>>
TrialAttachments::UploadAttachment(Call&) {
  return std::make_unique<Upload>(*this);
}

absl::StatusOr<std::unique_ptr<StreamSource<v1::DownloadAttachmentResponse>>> TrialAttachments::DownloadAttachment(
    Call&, const v1::DownloadAttachmentRequest& request) {
  return NotFoundError(request.name());
}

class TrialEvents::Source : public StreamSource<v1::WatchEventsResponse> {
 public:
  Source(TrialEvents& events, int64_t position) : events_(events), position_(position) { ++events_.open; }
  ~Source() override {
    std::lock_guard lock(events_.mutex_);
    events_.wakes_.erase(key_);
    --events_.open;
  }

  void SetWake(std::function<void()> wake) override {
    std::lock_guard lock(events_.mutex_);
    key_ = ++events_.next_;
    events_.wakes_[key_] = std::move(wake);
  }

  absl::StatusOr<Next> Produce(Call&, v1::WatchEventsResponse& reply) override {
    ++events_.produced;
    reply.set_position(position_);
    if (position_ >= events_.head_) return Next::kWait;
    reply.set_position(++position_);
    auto* event = reply.add_events();
    event->set_subject(std::string(events_.padding, 'x'));
    event->mutable_contact()->set_telephone("13800000000");
    return Next::kSend;
  }

 private:
  TrialEvents& events_;
  int64_t position_;
  int key_ = 0;
};

void TrialEvents::Bind(Methods& methods) {
  methods.Unary("ListEvents", this, &TrialEvents::ListEvents);
  methods.Stream("WatchEvents", this, &TrialEvents::WatchEvents);
}

void TrialEvents::Publish(int64_t position) {
  head_ = position;
  // As a real feed may do: under its own lock.
  std::lock_guard lock(mutex_);
  for (const auto& [key, wake] : wakes_) wake();
}

absl::StatusOr<v1::ListEventsResponse> TrialEvents::ListEvents(Call&, const v1::ListEventsRequest& request) {
  v1::ListEventsResponse response;
  // Asked for nothing sensible: an answer larger than a message may be.
  if (request.page_size() == 1000) {
    for (int i = 0; i < 5000; ++i) response.add_events()->set_subject(std::string(1000, 'x'));
  }
  return response;
}

absl::StatusOr<std::unique_ptr<StreamSource<v1::WatchEventsResponse>>> TrialEvents::WatchEvents(
    Call&, const v1::WatchEventsRequest& request) {
  if (request.root() == "nothing") return NotFoundError("nothing");
  return std::make_unique<Source>(*this, request.after_position());
}

TrialServer::TrialServer(GrpcServerOptions given) : options(std::move(given)) {
  if (options.listen == GrpcServerOptions().listen) options.listen = "127.0.0.1:0";
}

absl::Status TrialServer::Start() {
  server = std::make_unique<GrpcServer>(options, authenticator, metrics);
  directory.Bind(server->Service("aftersales.v1.DirectoryService"));
  events.Bind(server->Service("aftersales.v1.EventService"));
  attachments.Bind(server->Service("aftersales.v1.AttachmentService"));
  return server->Start();
}

std::string TrialServer::address() const {
  return server->port() == 0 ? options.listen : absl::StrCat("127.0.0.1:", server->port());
}

std::shared_ptr<grpc::Channel> TrialServer::Connect() const {
  // A connection of its own, not one shared with other channels to the same address.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments);
}

void SignIn(grpc::ClientContext& context, const std::string& token) {
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
}

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  return details;
}

google::rpc::ErrorInfo Reason(const grpc::Status& status) {
  const google::rpc::Status details = Details(status);
  google::rpc::ErrorInfo reason;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&reason)) break;
  }
  return reason;
}

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (!condition()) {
    if (absl::Now() > give_up) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace aftersales::rpc
