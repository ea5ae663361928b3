// A connection for the tests of programs that use the client library: no server, no network. Needs gMock.
//
//   auto connection = std::make_shared<testing::NiceMock<aftersales::testing::MockConnection>>();
//   EXPECT_CALL(*connection, Unary("/aftersales.v1.CaseService/AcceptCase", _, _, _))
//       .WillOnce(aftersales::testing::Answer(accepted_case));
//   aftersales::Client client(connection);
#ifndef AFTERSALES_TESTING_MOCK_CONNECTION_H_
#define AFTERSALES_TESTING_MOCK_CONNECTION_H_

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "aftersales/connection.h"
#include "google/protobuf/message.h"

namespace aftersales::testing {

class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::Status, Unary,
              (const std::string& method, const google::protobuf::Message& request, google::protobuf::Message& reply,
               const CallOptions& options),
              (override));
  MOCK_METHOD(std::unique_ptr<MessageStream>, ServerStream,
              (const std::string& method, const google::protobuf::Message& request, const CallOptions& options),
              (override));
  MOCK_METHOD(absl::Status, Exchange,
              (const std::string& method, google::protobuf::Message& request,
               const std::function<absl::StatusOr<bool>()>& next, google::protobuf::Message& reply,
               const std::function<absl::Status()>& take, const CallOptions& options),
              (override));
};

// An action for Unary: answers with this message. The reply must be of its type.
template <typename Reply>
auto Answer(Reply reply) {
  return [reply = std::move(reply)](const std::string&, const google::protobuf::Message&,
                                    google::protobuf::Message& filled, const CallOptions&) {
    filled.CopyFrom(reply);
    return absl::OkStatus();
  };
}

// An action for Unary: refuses with this status.
inline auto Refuse(absl::Status status) {
  return [status = std::move(status)](const std::string&, const google::protobuf::Message&, google::protobuf::Message&,
                                      const CallOptions&) { return status; };
}

// A stream of messages known beforehand, for ServerStream. Cancel ends it before the next message.
template <typename Message>
class ScriptedStream : public MessageStream {
 public:
  explicit ScriptedStream(std::vector<Message> messages, absl::Status ending = absl::OkStatus())
      : messages_(std::move(messages)), ending_(std::move(ending)) {}

  bool Read(google::protobuf::Message& message) override {
    if (next_ >= messages_.size()) return false;
    message.CopyFrom(messages_[next_++]);
    return true;
  }
  absl::Status Finish() override { return ending_; }
  void Cancel() override {
    next_ = messages_.size();
    ending_ = absl::CancelledError("cancelled");
  }

 private:
  std::vector<Message> messages_;
  size_t next_ = 0;
  absl::Status ending_;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTING_MOCK_CONNECTION_H_
