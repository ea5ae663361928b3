// What went wrong in the database, sorted by what is to be done about it. Thrown by Session; Database catches it.
// Carries the database's error number and the statement's text with its placeholders, never a value.
#ifndef AFTERSALES_SERVER_STORAGE_FAULT_H_
#define AFTERSALES_SERVER_STORAGE_FAULT_H_

#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace aftersales {

enum class FaultKind {
  kDuplicate,      // a unique key is taken; the transaction goes on
  kDeadlock,       // rolled back by the database: run it again
  kLockTimeout,    // waited too long for a lock: roll back, run it again
  kConnection,     // the session is gone
  kStatementTime,  // the statement ran longer than allowed
  kDeadline,       // the call's deadline passed
  kCancelled,      // the caller has gone
  kNoIds,          // the reserved ids were used up inside a transaction: reserve more, run it again
  kFull,           // no room on the disk
  kReadOnly,       // the database does not take writes
  kData,           // a value does not fit its column
  kRefused,        // the database refuses this user, or the database is not there
  kSettings,       // the connection is not as it must be
  kSchema,         // a table or column is missing: the schema is not this program's
  kDefect,         // anything else: a mistake in the program
};

class Fault : public std::exception {
 public:
  // `code` is the error number of MySQL's protocol or SQLite, 0 where there is none.
  Fault(FaultKind kind, int code, std::string text) : kind_(kind), code_(code), text_(std::move(text)) {}

  FaultKind kind() const { return kind_; }
  int code() const { return code_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  FaultKind kind_;
  int code_;
  std::string text_;
};

// The error as callers get it.
absl::Status ToStatus(const Fault& fault);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_FAULT_H_
