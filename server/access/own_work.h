// Keeps engineers in the field to their own work, for all methods at once: the guard stands before every method
// (rpc::Guard) and refuses requests that name what is not theirs, and its sight narrows every list (storage/sight.h).
// For anybody else neither costs a statement.
#ifndef AFTERSALES_SERVER_ACCESS_OWN_WORK_H_
#define AFTERSALES_SERVER_ACCESS_OWN_WORK_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "server/access/own_work_store.h"
#include "server/base/call.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database must outlive it, and it the calls.
class OwnWork {
 public:
  explicit OwnWork(Database& db) : db_(db) {}

  // For rpc::Guard: NOT_FOUND or REFERENCE_INVALID where the request names what the caller does not see.
  absl::Status Check(Call& call, const google::protobuf::Message& request) const;

 private:
  Database& db_;
  const OwnWorkSight sight_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_OWN_WORK_H_
