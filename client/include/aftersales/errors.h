// What a refusal says, for programs: every status that this library returns from a server carries the server's details.
#ifndef AFTERSALES_ERRORS_H_
#define AFTERSALES_ERRORS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/error_reason.pb.h"

namespace aftersales {

// The payload under which a status carries the serialized google.rpc.Status that the server sent.
inline constexpr char kRpcStatusPayload[] = "type.googleapis.com/google.rpc.Status";

// A field of the request that is wrong: its path, such as "service_case.customer", and what would be right.
struct FieldViolation {
  std::string field;
  std::string description;
};

// Something that must be put right first, such as an obligation that holds a step shut.
struct PreconditionViolation {
  std::string type;     // what kind of thing, such as the obligation's kind
  std::string subject;  // the resource, such as the obligation's name; may be empty
  std::string description;
};

// Why the call was refused. ERROR_REASON_UNSPECIFIED where no server said so: the network failed, or the reason is
// newer than this library.
v1::ErrorReason ErrorReasonOf(const absl::Status& status);

// Facts that go with the reason, as aftersales/v1/error_reason.proto documents them.
std::map<std::string, std::string> ErrorMetadata(const absl::Status& status);

std::vector<FieldViolation> FieldViolations(const absl::Status& status);
std::vector<PreconditionViolation> PreconditionViolations(const absl::Status& status);

// How long to wait before a repeat, where the server said.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

}  // namespace aftersales

#endif  // AFTERSALES_ERRORS_H_
