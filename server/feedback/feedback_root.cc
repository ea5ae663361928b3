#include "server/feedback/feedback_root.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/cases/case_root.h"
#include "server/cases/case_store.h"
#include "server/directory/customer_root.h"
#include "server/obligations/periodic.h"

namespace aftersales {

absl::StatusOr<Root> LockUser(Tx& tx, Obligations& obligations, const std::string& field, const std::string& customer) {
  absl::StatusOr<LockedCustomer> locked = LockCustomer(tx, customer);
  if (absl::IsNotFound(locked.status())) {
    return ReferenceError(field, customer,
                          absl::StrCat(customer, " does not exist. Check the name, or create it first."));
  }
  RETURN_IF_ERROR(locked.status());
  if (locked->customer.has_first_install_time()) {
    const absl::Time since = FromProto(locked->customer.first_install_time());
    RETURN_IF_ERROR(MakeDutiesUnderWay(tx, obligations, locked->root, since));
  }
  return std::move(locked->root);
}

absl::StatusOr<Root> LockRootOf(Tx& tx, Obligations& obligations, v1::Feedback& feedback) {
  if (!feedback.service_case().empty()) {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, feedback.service_case()));
    if (service_case.state() != v1::CASE_STATE_ARCHIVED) {
      RETURN_IF_ERROR(Cases().Touch(tx, service_case));
      feedback.set_root(service_case.name());
      return RootOf(service_case);
    }
  }
  feedback.set_root(feedback.customer());
  return LockUser(tx, obligations, "feedback.customer", feedback.customer());
}

}  // namespace aftersales
