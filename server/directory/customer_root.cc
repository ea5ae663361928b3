#include "server/directory/customer_root.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "server/base/status_macros.h"
#include "server/directory/directory_store.h"
#include "server/obligations/obligation_store.h"

namespace aftersales {

Root RootOf(Reader& reader, const v1::Customer& customer) {
  Root root;
  root.name = customer.name();
  if (!absl::SimpleAtoi(customer.etag(), &root.version)) root.version = 0;
  root.policy_version = ActivePolicyVersion(reader);
  if (!customer.tier().empty()) root.facts["customer_tier"] = customer.tier();
  root.notice_time = reader.now();
  return root;
}

absl::StatusOr<LockedCustomer> LockCustomer(Tx& tx, const std::string& name) {
  LockedCustomer locked;
  ASSIGN_OR_RETURN(locked.customer, Customers().Lock(tx, name));
  RETURN_IF_ERROR(Customers().Touch(tx, locked.customer));
  locked.root = RootOf(tx, locked.customer);
  return locked;
}

absl::StatusOr<Root> LockCustomerRoot(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(LockedCustomer locked, LockCustomer(tx, name));
  return std::move(locked.root);
}

}  // namespace aftersales
