#include "server/base/error.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/error_details.pb.h"

namespace aftersales {
namespace {

constexpr char kPayload[] = "type.googleapis.com/google.rpc.Status";
constexpr char kDomain[] = "aftersales";

std::string ReasonName(v1::ErrorReason reason) {
  // AIP-193: the reason travels without the enum's prefix.
  return v1::ErrorReason_Name(reason).substr(sizeof("ERROR_REASON_") - 1);
}

v1::ErrorReason DefaultReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated: return v1::ERROR_REASON_NOT_AUTHENTICATED;
    case absl::StatusCode::kPermissionDenied: return v1::ERROR_REASON_PERMISSION_MISSING;
    case absl::StatusCode::kInvalidArgument: return v1::ERROR_REASON_FIELD_INVALID;
    case absl::StatusCode::kNotFound: return v1::ERROR_REASON_RESOURCE_NOT_FOUND;
    case absl::StatusCode::kAlreadyExists: return v1::ERROR_REASON_RESOURCE_EXISTS;
    case absl::StatusCode::kFailedPrecondition: return v1::ERROR_REASON_STATE_FORBIDS;
    case absl::StatusCode::kResourceExhausted: return v1::ERROR_REASON_OVERLOADED;
    case absl::StatusCode::kUnavailable: return v1::ERROR_REASON_STORAGE_UNAVAILABLE;
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded: return v1::ERROR_REASON_DEADLINE_PASSED;
    default: return v1::ERROR_REASON_INTERNAL;
  }
}

}  // namespace

Error::Error(absl::StatusCode code, v1::ErrorReason reason, std::string text)
    : code_(code), reason_(reason), text_(std::move(text)) {}

Error& Error::With(std::string key, std::string value) {
  metadata_[std::move(key)] = std::move(value);
  return *this;
}

Error& Error::Field(std::string field, std::string text) {
  fields_.push_back({std::move(field), std::move(text)});
  return *this;
}

Error& Error::Fields(std::vector<FieldMistake> mistakes) {
  for (FieldMistake& mistake : mistakes) fields_.push_back(std::move(mistake));
  return *this;
}

Error& Error::Violates(Violation violation) {
  violations_.push_back(std::move(violation));
  return *this;
}

Error& Error::RetryAfter(absl::Duration wait) {
  retry_after_ = wait;
  return *this;
}

Error::operator absl::Status() const {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(code_));
  wire.set_message(text_);
  google::rpc::ErrorInfo reason;
  reason.set_reason(ReasonName(reason_));
  reason.set_domain(kDomain);
  for (const auto& [key, value] : metadata_) (*reason.mutable_metadata())[key] = value;
  wire.add_details()->PackFrom(reason);
  if (!fields_.empty()) {
    google::rpc::BadRequest bad;
    for (const FieldMistake& mistake : fields_) {
      auto* violation = bad.add_field_violations();
      violation->set_field(mistake.field);
      violation->set_description(mistake.text);
    }
    wire.add_details()->PackFrom(bad);
  }
  if (!violations_.empty()) {
    google::rpc::PreconditionFailure failure;
    for (const Violation& v : violations_) {
      auto* violation = failure.add_violations();
      violation->set_type(v.type);
      violation->set_subject(v.subject);
      violation->set_description(v.text);
    }
    wire.add_details()->PackFrom(failure);
  }
  if (retry_after_ > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    const int64_t nanos = absl::ToInt64Nanoseconds(retry_after_);
    retry.mutable_retry_delay()->set_seconds(nanos / 1000000000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1000000000));
    wire.add_details()->PackFrom(retry);
  }
  absl::Status status(code_, text_);
  status.SetPayload(kPayload, absl::Cord(wire.SerializeAsString()));
  return status;
}

absl::Status NotFoundError(const std::string& resource) {
  return Error(absl::StatusCode::kNotFound, v1::ERROR_REASON_RESOURCE_NOT_FOUND,
               absl::StrCat(resource, " does not exist. Check the name, or list the collection."))
      .With("resource", resource);
}

absl::Status ExistsError(const std::string& resource, const std::string& text) {
  return Error(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_RESOURCE_EXISTS, text).With("resource", resource);
}

absl::Status FieldError(const std::string& field, const std::string& text) {
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID, absl::StrCat(field, ": ", text))
      .Field(field, text);
}

absl::Status EtagError(const std::string& resource, const std::string& current_etag) {
  return Error(absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH,
               absl::StrCat(resource, " was changed since it was read. Read it again and repeat with its etag."))
      .With("resource", resource)
      .With("etag", current_etag);
}

absl::Status StateError(const std::string& resource, const std::string& state, const std::string& step,
                        const std::vector<std::string>& allowed) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(resource, " is ", state, " and cannot be ", step, "; that is possible while it is ",
                            absl::StrJoin(allowed, " or "), "."))
      .With("resource", resource)
      .With("state", state)
      .With("allowed", absl::StrJoin(allowed, ","));
}

absl::Status ArchivedError(const std::string& resource, const std::string& service_case, const std::string& step) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(resource, " cannot be ", step, ": ",
                            resource == service_case ? "it" : absl::StrCat("it belongs to ", service_case, ", which"),
                            " is archived. Reopen the case first (ReopenCase)."))
      .With("resource", resource)
      .With("state", "archived")
      .With("allowed", "accepted,closed");
}

absl::Status ReferenceError(const std::string& field, const std::string& resource, const std::string& text) {
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_REFERENCE_INVALID, absl::StrCat(field, ": ", text))
      .Field(field, text)
      .With("resource", resource);
}

absl::Status OwnSubmissionError(const std::string& resource, const std::string& submitter, const std::string& deed,
                                const std::string& step) {
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_OWN_SUBMISSION,
               absl::StrCat(resource, " was ", deed, " by ", submitter, ", so somebody else must ", step, " it."))
      .With("resource", resource)
      .With("submitter", submitter);
}

absl::Status RoleMissingError(const std::string& role, bool head, const std::string& step,
                              const std::vector<std::string>& clauses) {
  std::string text =
      absl::StrCat("To ", step, ", the caller needs the role ", role, head ? " as head" : "", " and does not hold it");
  if (!clauses.empty()) absl::StrAppend(&text, " (", absl::StrJoin(clauses, ", "), ")");
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_ROLE_MISSING, absl::StrCat(text, "."))
      .With("role", role)
      .With("head", head ? "true" : "false")
      .With("clauses", absl::StrJoin(clauses, ","));
}

absl::Status InternalError(const std::string& what_happened) {
  return Error(absl::StatusCode::kInternal, v1::ERROR_REASON_INTERNAL, what_happened);
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status wire;
  if (auto payload = status.GetPayload(kPayload); payload.has_value()) {
    wire.ParseFromString(std::string(*payload));
    return wire;
  }
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(status.message()));
  if (!status.ok()) {
    google::rpc::ErrorInfo reason;
    reason.set_reason(ReasonName(DefaultReason(status.code())));
    reason.set_domain(kDomain);
    wire.add_details()->PackFrom(reason);
  }
  return wire;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  if (status.ok()) return v1::ERROR_REASON_UNSPECIFIED;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& detail : wire.details()) {
    google::rpc::ErrorInfo reason;
    v1::ErrorReason value = v1::ERROR_REASON_UNSPECIFIED;
    if (detail.UnpackTo(&reason) && v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", reason.reason()), &value)) {
      return value;
    }
  }
  return v1::ERROR_REASON_UNSPECIFIED;
}

absl::Status Together(const absl::Status& refusal, const absl::Status& also) {
  if (refusal.ok()) return also;
  if (also.code() != refusal.code()) return refusal;
  google::rpc::Status wire = ToRpcStatus(refusal);
  wire.set_message(absl::StrCat(wire.message(), " ", std::string(also.message())));
  google::rpc::PreconditionFailure violations;
  const google::rpc::Status other = ToRpcStatus(also);
  for (const google::protobuf::Any& detail : other.details()) {
    if (detail.Is<google::rpc::PreconditionFailure>()) detail.UnpackTo(&violations);
  }
  google::protobuf::Any* place = nullptr;
  for (google::protobuf::Any& detail : *wire.mutable_details()) {
    if (!detail.Is<google::rpc::PreconditionFailure>()) continue;
    google::rpc::PreconditionFailure before;
    detail.UnpackTo(&before);
    before.MergeFrom(violations);
    violations = before;
    place = &detail;
  }
  if (place == nullptr) place = wire.add_details();
  place->PackFrom(violations);
  absl::Status both(refusal.code(), wire.message());
  both.SetPayload(kPayload, absl::Cord(wire.SerializeAsString()));
  return both;
}

bool SaysWhenToRepeat(const absl::Status& status) {
  const google::rpc::Status wire = ToRpcStatus(status);
  return std::any_of(wire.details().begin(), wire.details().end(),
                     [](const auto& detail) { return detail.template Is<google::rpc::RetryInfo>(); });
}

}  // namespace aftersales
