#include "aftersales/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace aftersales {
namespace {

// The first detail of a kind; false where the status carries none.
template <typename Detail>
bool FindDetail(const absl::Status& status, Detail& found) {
  const auto payload = status.GetPayload(kRpcStatusPayload);
  google::rpc::Status wire;
  if (!payload.has_value() || !wire.ParseFromString(std::string(*payload))) return false;
  for (const auto& detail : wire.details()) {
    if (detail.Is<Detail>() && detail.UnpackTo(&found)) return true;
  }
  return false;
}

}  // namespace

v1::ErrorReason ErrorReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo reason;
  v1::ErrorReason value = v1::ERROR_REASON_UNSPECIFIED;
  if (FindDetail(status, reason)) v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", reason.reason()), &value);
  return value;
}

std::map<std::string, std::string> ErrorMetadata(const absl::Status& status) {
  google::rpc::ErrorInfo reason;
  if (!FindDetail(status, reason)) return {};
  return {reason.metadata().begin(), reason.metadata().end()};
}

std::vector<FieldViolation> FieldViolations(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  google::rpc::BadRequest bad;
  if (!FindDetail(status, bad)) return violations;
  for (const auto& violation : bad.field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  return violations;
}

std::vector<PreconditionViolation> PreconditionViolations(const absl::Status& status) {
  std::vector<PreconditionViolation> violations;
  google::rpc::PreconditionFailure failure;
  if (!FindDetail(status, failure)) return violations;
  for (const auto& violation : failure.violations()) {
    violations.push_back({violation.type(), violation.subject(), violation.description()});
  }
  return violations;
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  google::rpc::RetryInfo retry;
  if (!FindDetail(status, retry)) return std::nullopt;
  return absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
}

}  // namespace aftersales
