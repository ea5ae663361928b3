// Customers as roots of what is owed: callbacks, visits, surveys that belong to no case.
#ifndef AFTERSALES_SERVER_DIRECTORY_CUSTOMER_ROOT_H_
#define AFTERSALES_SERVER_DIRECTORY_CUSTOMER_ROOT_H_

#include <string>

#include "absl/status/statusor.h"
#include "aftersales/v1/directory.pb.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"

namespace aftersales {

struct LockedCustomer {
  v1::Customer customer;
  Root root;
};

// A customer follows the policy version that is in force, whatever that was before; none where there is none. What came
// to be owed under another goes on under that one.
Root RootOf(Reader& reader, const v1::Customer& customer);

// Locks a customer, gives it its next version, and answers it with its root.
absl::StatusOr<LockedCustomer> LockCustomer(Tx& tx, const std::string& name);

// Records an event of a customer that tells what is so, and is told even where the customer owes as much as can be
// owed: then without what rules would make of it.
absl::Status RecordOfCustomer(Tx& tx, Obligations& obligations, const Root& root, const v1::Event& event);

// Tells the feed of a customer that was changed, and judges what the customer is owed by the facts that have become
// others. `reason` says why; it may not be missing where something falls away or is put off.
absl::Status RecordCustomerChange(Tx& tx, Obligations& obligations, const v1::Customer& before,
                                  const v1::Customer& customer, const std::string& reason);

// For Obligations::AddRootKind.
absl::StatusOr<Root> LockCustomerRoot(Tx& tx, const std::string& name);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_CUSTOMER_ROOT_H_
