#include "server/cases/case_root.h"

#include "absl/strings/numbers.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_store.h"

namespace aftersales {
namespace {

int64_t VersionOf(const std::string& etag) {
  int64_t version = 0;
  return absl::SimpleAtoi(etag, &version) ? version : 0;
}

}  // namespace

Root RootOf(const v1::Case& service_case) {
  Root root;
  root.name = service_case.name();
  root.version = VersionOf(service_case.etag());
  root.policy_version = service_case.policy_version();
  root.facts["subject"] = Word(service_case.subject());
  root.facts["emergency"] = service_case.emergency() ? "true" : "false";
  if (!service_case.type().empty()) root.facts["type"] = service_case.type();
  if (service_case.service_mode() != 0) root.facts["service_mode"] = Word(service_case.service_mode());
  if (!service_case.classification().empty()) root.facts["classification"] = service_case.classification();
  root.notice_time = FromProto(service_case.notice_time());
  if (service_case.has_customer_deadline()) root.customer_deadline = FromProto(service_case.customer_deadline());
  if (!service_case.contact().empty()) root.origins.push_back(service_case.contact());
  return root;
}

Root RootOf(const v1::Contact& contact) {
  Root root;
  root.name = contact.name();
  root.version = VersionOf(contact.etag());
  root.policy_version = contact.policy_version();
  root.facts["channel"] = Word(contact.channel());
  root.notice_time = FromProto(contact.notice_time());
  return root;
}

absl::StatusOr<LockedCase> LockCase(Tx& tx, const std::string& name, bool working, const std::string& step) {
  LockedCase locked;
  ASSIGN_OR_RETURN(locked.service_case, Cases().Lock(tx, name));
  if (working && locked.service_case.state() != v1::CASE_STATE_ACCEPTED) {
    return StateError(name, Word(locked.service_case.state()), step, {Word(v1::CASE_STATE_ACCEPTED)});
  }
  RETURN_IF_ERROR(Cases().Update(tx, locked.service_case));
  locked.root = RootOf(locked.service_case);
  return locked;
}

absl::StatusOr<Root> LockCaseRoot(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(LockedCase locked, LockCase(tx, name, /*working=*/false, "changed"));
  return std::move(locked.root);
}

absl::StatusOr<Root> LockContactRoot(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Contact contact, Contacts().Lock(tx, name));
  RETURN_IF_ERROR(Contacts().Update(tx, contact));
  return RootOf(contact);
}

}  // namespace aftersales
