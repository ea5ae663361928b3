#include "tests/bench/empty_server.h"

#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/case.grpc.pb.h"
#include "server/base/status_macros.h"

namespace aftersales::bench {
namespace {

class SameAnswer : public v1::CaseService::CallbackService {
 public:
  explicit SameAnswer(v1::Case answer) : answer_(std::move(answer)) {}

  grpc::ServerUnaryReactor* GetCase(grpc::CallbackServerContext* context, const v1::GetCaseRequest*,
                                    v1::Case* reply) override {
    return Answer(context, reply);
  }
  grpc::ServerUnaryReactor* CreateCase(grpc::CallbackServerContext* context, const v1::CreateCaseRequest*,
                                       v1::Case* reply) override {
    return Answer(context, reply);
  }

 private:
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, v1::Case* reply) {
    *reply = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const v1::Case answer_;
};

}  // namespace

int ServeEmpty(const std::string& folder) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  v1::Case answer;
  if (!answer.ParseFromString(ReadFile(folder + "/case"))) return 1;
  SameAnswer service(std::move(answer));
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "the empty server cannot listen\n";
    return 1;
  }
  std::ofstream(folder + "/port.new") << port;
  std::filesystem::rename(folder + "/port.new", folder + "/port");
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

absl::StatusOr<EmptyServer> EmptyServer::Start(const std::string& folder, const v1::Case& answer) {
  std::ofstream(folder + "/case", std::ios::binary) << answer.SerializeAsString();
  ASSIGN_OR_RETURN(ChildProcess process,
                   ChildProcess::Start({"/proc/self/exe", "--serve-empty", folder}, folder + "/empty.log"));
  RETURN_IF_ERROR(process.Await([&] { return std::filesystem::exists(folder + "/port"); }, absl::Seconds(20)));
  return EmptyServer(std::move(process), absl::StrCat("127.0.0.1:", ReadFile(folder + "/port")));
}

}  // namespace aftersales::bench
