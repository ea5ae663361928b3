// Errors as callers see them: a status with a reason that programs can tell apart, the fields or obligations concerned,
// and a text that says what happened, to which resource, and what to do.
//
// Every refusal in the server is made by one of the functions below, so that no error leaves without its
// google.rpc.ErrorInfo. rpc/ turns the status into what travels on the wire.
#ifndef AFTERSALES_SERVER_BASE_ERROR_H_
#define AFTERSALES_SERVER_BASE_ERROR_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/error_reason.pb.h"
#include "google/rpc/status.pb.h"

namespace aftersales {

// A wrong field: its path in the request ("service_case.customer"), and what would be right.
struct FieldMistake {
  std::string field;
  std::string text;
};

// Something that must be put right first, as google.rpc.PreconditionFailure.Violation lists it.
struct Violation {
  std::string type;     // what kind of thing, such as the obligation's kind
  std::string subject;  // the resource concerned, such as the obligation's name; empty where there is none
  std::string text;
};

// Builds a status with details. Convertible to absl::Status, so that `return Error(...).With("part", name);` reads
// well.
class Error {
 public:
  Error(absl::StatusCode code, v1::ErrorReason reason, std::string text);

  Error& With(std::string key, std::string value);
  Error& Field(std::string field, std::string text);
  Error& Fields(std::vector<FieldMistake> mistakes);
  Error& Violates(Violation violation);
  Error& RetryAfter(absl::Duration wait);

  operator absl::Status() const;  // NOLINT: implicit on purpose

 private:
  absl::StatusCode code_;
  v1::ErrorReason reason_;
  std::string text_;
  std::map<std::string, std::string> metadata_;
  std::vector<FieldMistake> fields_;
  std::vector<Violation> violations_;
  absl::Duration retry_after_ = absl::ZeroDuration();
};

// The errors that occur in many places.
absl::Status NotFoundError(const std::string& resource);
absl::Status ExistsError(const std::string& resource, const std::string& text);
absl::Status FieldError(const std::string& field, const std::string& text);
absl::Status EtagError(const std::string& resource, const std::string& current_etag);
// `step` is what was attempted ("accepted"), `allowed` the states in which it is possible.
absl::Status StateError(const std::string& resource, const std::string& state, const std::string& step,
                        const std::vector<std::string>& allowed);
// The same where the reason is that `service_case`, whose file is bound, is or holds the resource.
absl::Status ArchivedError(const std::string& resource, const std::string& service_case, const std::string& step);
// A name that is well formed but leads to nothing that can be used.
absl::Status ReferenceError(const std::string& field, const std::string& resource, const std::string& text);
// `deed` is what the submitter did ("proposed"), `step` what somebody else must do with it ("approve").
absl::Status OwnSubmissionError(const std::string& resource, const std::string& submitter, const std::string& deed,
                                const std::string& step);
absl::Status RoleMissingError(const std::string& role, bool head, const std::string& step,
                              const std::vector<std::string>& clauses);
absl::Status InternalError(const std::string& what_happened);
// The refusal with what else forbids the same, so that all of it is told at once; either of them where the other is OK.
absl::Status Together(const absl::Status& refusal, const absl::Status& also);

// The status carries a word on when to repeat the call: what it tells of passes.
bool SaysWhenToRepeat(const absl::Status& status);
// The reason of a status made above; ERROR_REASON_UNSPECIFIED for any other.
v1::ErrorReason ReasonOf(const absl::Status& status);
// The status as it travels: code, message, details. Statuses without details get an ErrorInfo fitting their code.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_ERROR_H_
