#include "server/rpc/methods.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/options/v1/options.pb.h"
#include "server/base/error.h"

namespace aftersales::rpc {
namespace {

std::string Kind(const Method& method) {
  if (method.accept != nullptr) return "client-streaming or bidirectional";
  return method.open != nullptr ? "server-streaming" : "unary";
}

bool IsOfItsKind(const Method& method) {
  if (method.accept != nullptr) return method.descriptor->client_streaming();
  return !method.descriptor->client_streaming() && method.descriptor->server_streaming() == (method.open != nullptr);
}

}  // namespace

Methods::Methods(std::string service)
    : service_(std::move(service)),
      descriptor_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service_)) {
  if (descriptor_ == nullptr) mistakes_.push_back(absl::StrCat(service_, " is no service of the linked API"));
}

void Methods::Add(const char* name, Method method) {
  if (descriptor_ == nullptr) return;
  method.descriptor = descriptor_->FindMethodByName(name);
  if (method.descriptor == nullptr) {
    mistakes_.push_back(absl::StrCat(service_, " has no RPC ", name));
    return;
  }
  const std::string& full_name = method.descriptor->full_name();
  for (const Method& other : methods_) {
    if (other.descriptor == method.descriptor) mistakes_.push_back(absl::StrCat(full_name, " is bound twice"));
  }
  if (!IsOfItsKind(method)) mistakes_.push_back(absl::StrCat(full_name, " is not ", Kind(method), " in the proto"));
  for (const auto& [declared, bound] : {std::pair(method.descriptor->input_type(), method.request->GetDescriptor()),
                                        std::pair(method.descriptor->output_type(), method.reply->GetDescriptor())}) {
    if (declared == bound) continue;
    mistakes_.push_back(
        absl::StrCat(full_name, " takes part with ", declared->full_name(), ", its method with ", bound->full_name()));
  }
  methods_.push_back(std::move(method));
}

absl::Status Methods::Check() const {
  std::vector<std::string> mistakes = mistakes_;
  for (int i = 0; descriptor_ != nullptr && i < descriptor_->method_count(); ++i) {
    const auto* rpc = descriptor_->method(i);
    bool bound = false;
    for (const Method& method : methods_) bound = bound || method.descriptor == rpc;
    if (!bound) mistakes.push_back(absl::StrCat(rpc->full_name(), " is bound to no method"));
    if (rpc->options().GetExtension(options::v1::method).permission().empty()) {
      mistakes.push_back(
          absl::StrCat(rpc->full_name(), " names no permission in its option (aftersales.options.v1.method)"));
    }
  }
  if (mistakes.empty()) return absl::OkStatus();
  return InternalError(absl::StrCat("The API cannot be served: ", absl::StrJoin(mistakes, "; "), "."));
}

}  // namespace aftersales::rpc
