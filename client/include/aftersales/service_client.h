// What the services of the API share: how a method with its types becomes a call over a Connection.
#ifndef AFTERSALES_SERVICE_CLIENT_H_
#define AFTERSALES_SERVICE_CLIENT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/connection.h"
#include "aftersales/pages.h"
#include "google/protobuf/message.h"

namespace aftersales {

// Base of the service classes in services.h. Cheap to copy; thread-safe.
class ServiceClient {
 public:
  // `name` is the full name of the proto service, such as "aftersales.v1.CaseService".
  ServiceClient(std::shared_ptr<Connection> connection, const char* name)
      : connection_(std::move(connection)), name_(name) {}

 protected:
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Call(const char* method, Request request, const CallOptions& options) const {
    EnsureRequestId(request);
    Reply reply;
    absl::Status status = connection_->Unary(Path(method), request, reply, options);
    if (!status.ok()) return status;
    return reply;
  }

  // A list as a range of its entries. The request's own page token is where the walk begins.
  template <typename Item, typename Response, typename Request>
  PageRange<Item> Pages(const char* method, Request request, const CallOptions& options) const {
    return PageRange<Item>([service = *this, method, request = std::move(request),
                            options](const std::string& token) -> absl::StatusOr<typename PageRange<Item>::Page> {
      Request asked = request;
      if (!token.empty()) asked.set_page_token(token);
      absl::StatusOr<Response> response = service.template Call<Response>(method, std::move(asked), options);
      if (!response.ok()) return response.status();
      typename PageRange<Item>::Page page;
      page.next_page_token = response->next_page_token();
      const google::protobuf::Reflection* reflection = response->GetReflection();
      const google::protobuf::FieldDescriptor* items = ItemsField(*response);
      for (int i = 0; i < reflection->FieldSize(*response, items); ++i) {
        page.items.push_back(std::move(static_cast<Item&>(*reflection->MutableRepeatedMessage(&*response, items, i))));
      }
      return page;
    });
  }

  const std::shared_ptr<Connection>& connection() const { return connection_; }

 private:
  std::string Path(const char* method) const { return "/" + std::string(name_) + "/" + method; }
  // The one list of messages in a list's response.
  static const google::protobuf::FieldDescriptor* ItemsField(const google::protobuf::Message& response);

  std::shared_ptr<Connection> connection_;
  const char* name_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICE_CLIENT_H_
