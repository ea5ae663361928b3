#include "server/storage/fault.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using absl::StatusCode;

absl::Status Unavailable(const std::string& text) {
  return Error(StatusCode::kUnavailable, v1::ERROR_REASON_STORAGE_UNAVAILABLE, text).RetryAfter(absl::Seconds(1));
}

}  // namespace

absl::Status ToStatus(const Fault& fault) {
  switch (fault.kind()) {
    case FaultKind::kDeadlock:
    case FaultKind::kLockTimeout:
      return Unavailable(
          "Others are changing the same resources, and this call did not get its turn in time; nothing was changed. "
          "Repeat with the same request_id.");
    case FaultKind::kConnection:
      return Unavailable("The database cannot be reached or did not answer. Repeat with the same request_id.");
    case FaultKind::kStatementTime:
      return Unavailable("The database took too long to answer; nothing was changed. Repeat with the same request_id.");
    case FaultKind::kDeadline:
      return Error(StatusCode::kDeadlineExceeded, v1::ERROR_REASON_DEADLINE_PASSED,
                   "The call's deadline passed before the work was done. Repeat with the same request_id and a longer "
                   "deadline.");
    case FaultKind::kCancelled:
      return Error(StatusCode::kCancelled, v1::ERROR_REASON_DEADLINE_PASSED, "The caller cancelled the call.");
    case FaultKind::kFull:
      return Error(StatusCode::kResourceExhausted, v1::ERROR_REASON_STORAGE_FULL,
                   "The database has no room left; nothing was changed. An administrator must make room.");
    case FaultKind::kReadOnly:
      return Unavailable(
          "The database is read-only for this server. An administrator must make it writable, or point the server at "
          "the node that takes writes.");
    case FaultKind::kData:
      return Error(StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID,
                   absl::StrCat("A value is too long or not of the kind that its column takes (database error ",
                                fault.code(), ")."));
    case FaultKind::kRefused:
      return Error(
          StatusCode::kUnavailable, v1::ERROR_REASON_STORAGE_UNAVAILABLE,
          absl::StrCat("The database refuses this server (", fault.what(),
                       "). Check the address (--data, --database); for SQLite that it is a database file which "
                       "this server may write; for MySQL the user, its rights and the password file."));
    case FaultKind::kSettings:
      return Error(StatusCode::kUnavailable, v1::ERROR_REASON_STORAGE_UNAVAILABLE, fault.what());
    case FaultKind::kSchema:
      return Error(StatusCode::kFailedPrecondition, v1::ERROR_REASON_NOT_READY,
                   absl::StrCat("The database's schema is not the one this server needs (", fault.what(),
                                "). Run: aftersalesd migrate"));
    case FaultKind::kDuplicate:
      return Error(StatusCode::kAlreadyExists, v1::ERROR_REASON_RESOURCE_EXISTS,
                   "A unique key of this change is taken already.");
    case FaultKind::kNoIds:
    case FaultKind::kDefect: break;
  }
  return InternalError(absl::StrCat("The database refused a statement (", fault.what(), ")."));
}

}  // namespace aftersales
