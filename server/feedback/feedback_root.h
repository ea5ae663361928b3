// What feedback and callbacks count to, locked before they change.
#ifndef AFTERSALES_SERVER_FEEDBACK_FEEDBACK_ROOT_H_
#define AFTERSALES_SERVER_FEEDBACK_FEEDBACK_ROOT_H_

#include <string>

#include "absl/status/statusor.h"
#include "aftersales/v1/feedback.pb.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"

namespace aftersales {

// Locks the customer that `field` of a request names. What is owed to a user in the periods under way is made first, so
// that nothing that is recorded now comes before the duty that it meets.
absl::StatusOr<Root> LockUser(Tx& tx, Obligations& obligations, const std::string& field, const std::string& customer);

// Locks the case that feedback is about; or the customer, where it names no case or one that is archived, whose file is
// closed. Notes which in `feedback`.
absl::StatusOr<Root> LockRootOf(Tx& tx, Obligations& obligations, v1::Feedback& feedback);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_FEEDBACK_FEEDBACK_ROOT_H_
