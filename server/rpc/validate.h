// Checks requests against what their fields demand (aftersales.options.v1.field), before any service sees them.
//
// What is demanded of every field, with or without an option: strings have no control characters other than tab, line
// feed and carriage return and at most 1,000 characters; lists and maps have at most 100 entries; enum values are
// known; timestamps lie in the years 1970 to 2200; numbers are no NaN. Fields this server does not know are passed
// over, so that newer clients can call it. A field's rule holds for each entry of a list and for the values of a map;
// `required` and `max_items` hold for the list itself. Demands on the fields of a message hold where the message is
// present; those on rows that a service checks one by one (`checked_by_service`) it checks with a Validation of its
// own.
#ifndef AFTERSALES_SERVER_RPC_VALIDATE_H_
#define AFTERSALES_SERVER_RPC_VALIDATE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/base/error.h"

namespace aftersales::rpc {

// What is demanded of the messages of one type, worked out once.
class MessagePlan;

// The plans of all request types. Made before the server starts, by one thread; its plans are read by many.
class Validation {
 public:
  Validation();
  ~Validation();

  // The plan of the type and of all it contains; an error when a rule makes no sense, such as a pattern that RE2 cannot
  // read. The plan lives as long as this object.
  absl::StatusOr<const MessagePlan*> PlanFor(const google::protobuf::Descriptor* type);

 private:
  MessagePlan* PlanOf(const google::protobuf::Descriptor* type, std::vector<std::string>* mistakes);

  std::map<const google::protobuf::Descriptor*, std::unique_ptr<MessagePlan>> plans_;
};

// Most mistakes reported of one request.
constexpr size_t kMostMistakes = 20;

// Clears what only the server sets.
void ClearOutputOnly(const MessagePlan& plan, google::protobuf::Message* message);

// Every mistake of the message, up to kMostMistakes, by field path such as "service_case.nonconforming_items[2]".
// Values are never repeated in the texts.
std::vector<FieldMistake> FindMistakes(const MessagePlan& plan, const google::protobuf::Message& message);

// INVALID_ARGUMENT that lists the mistakes.
absl::Status MistakesError(std::vector<FieldMistake> mistakes);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_VALIDATE_H_
