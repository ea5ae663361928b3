#include "server/directory/customer_root.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "nlohmann/json.hpp"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/directory/customer_search.h"
#include "server/directory/directory_store.h"
#include "server/directory/entry.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/periodic.h"
#include "server/rpc/log.h"

namespace aftersales {

Root RootOf(Reader& reader, const v1::Customer& customer) {
  Root root;
  root.name = customer.name();
  if (!absl::SimpleAtoi(customer.etag(), &root.version)) root.version = 0;
  root.policy_version = ActivePolicyVersion(reader);
  if (!customer.tier().empty()) root.facts["customer_tier"] = customer.tier();
  if (customer.has_first_install_time()) {
    const absl::Time since = FromProto(customer.first_install_time());
    root.facts[policy::kUserSince] = absl::FormatTime(absl::RFC3339_full, since, absl::UTCTimeZone());
    // What was installed before there was any procedure here is history: nobody is late with it.
    if (since >= FirstPolicyTime(reader)) root.facts[policy::kUserUnderProcedure] = "true";
  }
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

absl::Status RecordOfCustomer(Tx& tx, Obligations& obligations, const Root& root, const v1::Event& event) {
  const absl::Status recorded = obligations.Record(tx, root, event);
  if (!absl::IsFailedPrecondition(recorded)) return recorded;
  rpc::Log(rpc::LogLevel::kError, "what a customer owes cannot be judged anew",
           {{"customer", root.name}, {"event", Word(event.type(), '-')}, {"status", std::string(recorded.message())}});
  Root unjudged = root;
  unjudged.policy_version.clear();
  return obligations.Record(tx, unjudged, event);
}

absl::Status RecordCustomerChange(Tx& tx, Obligations& obligations, const v1::Customer& before,
                                  const v1::Customer& customer, const std::string& reason) {
  if (before.tier() == customer.tier()) {
    RecordChange(tx, customer);
    return absl::OkStatus();
  }
  KeepSearchTerms(tx, customer);
  const Root root = RootOf(tx, customer);
  const auto make_duties = [&](const std::string& tier) -> absl::Status {
    if (!customer.has_first_install_time()) return absl::OkStatus();
    Root judged = root;
    judged.facts.erase("customer_tier");
    if (!tier.empty()) judged.facts["customer_tier"] = tier;
    return MakeDutiesUnderWay(tx, obligations, judged, FromProto(customer.first_install_time()));
  };
  // What was owed by what the customer was is there to fall away, with its reason.
  RETURN_IF_ERROR(make_duties(before.tier()));
  v1::Event event = ChangeEvent(customer);
  event.set_reason(reason);
  RETURN_IF_ERROR(RecordOfCustomer(tx, obligations, root, event));
  return make_duties(customer.tier());
}

absl::StatusOr<Root> LockCustomerRoot(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(LockedCustomer locked, LockCustomer(tx, name));
  return std::move(locked.root);
}

}  // namespace aftersales
