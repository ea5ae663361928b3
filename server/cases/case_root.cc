#include "server/cases/case_root.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_store.h"
#include "server/cases/coverage_rules.h"

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
  root.facts = FactsOf(service_case);
  if (service_case.state() == v1::CASE_STATE_ARCHIVED) root.archived_case = service_case.name();
  if (!service_case.current_solution().empty()) root.facts[policy::kCurrentSolution] = service_case.current_solution();
  root.notice_time = FromProto(service_case.notice_time());
  if (service_case.has_customer_deadline()) root.customer_deadline = FromProto(service_case.customer_deadline());
  if (!service_case.contact().empty()) root.origins.push_back(service_case.contact());
  if (service_case.has_pause()) {
    const v1::CasePause& pause = service_case.pause();
    root.pause = policy::RunningPause{pause.cause(), pause.reason(), FromProto(pause.start_time())};
  }
  return root;
}

Root RootOf(const v1::Contact& contact) {
  Root root;
  root.name = contact.name();
  root.version = VersionOf(contact.etag());
  root.policy_version = contact.policy_version();
  root.facts = FactsOf(contact);
  root.notice_time = FromProto(contact.notice_time());
  return root;
}

v1::Event EventOf(v1::EventType type) {
  v1::Event event;
  event.set_type(type);
  return event;
}

v1::Event CaseEvent(v1::EventType type, const v1::Case& service_case) {
  v1::Event event = EventOf(type);
  event.set_subject(service_case.name());
  *event.mutable_service_case() = service_case;
  return event;
}

absl::StatusOr<LockedCase> LockCase(Tx& tx, const std::string& name, bool working, const std::string& step) {
  return working ? LockCaseIn(tx, name, kWorkedOn, step) : LockCaseIn(tx, name, kNotArchived, step);
}

absl::StatusOr<LockedCase> LockCaseIn(Tx& tx, const std::string& name, absl::Span<const v1::CaseState> states,
                                      const std::string& step) {
  LockedCase locked;
  ASSIGN_OR_RETURN(locked.service_case, Cases().Lock(tx, name));
  if (!states.empty() && !absl::c_linear_search(states, locked.service_case.state())) {
    if (locked.service_case.state() == v1::CASE_STATE_ARCHIVED) return ArchivedError(name, name, step);
    std::vector<std::string> allowed;
    for (const v1::CaseState state : states) allowed.push_back(Word(state));
    return StateError(name, Word(locked.service_case.state()), step, allowed);
  }
  RETURN_IF_ERROR(Cases().Touch(tx, locked.service_case));
  locked.root = RootOf(locked.service_case);
  return locked;
}

v1::Act ActOf(Tx& tx, v1::Role role, bool head, const std::string& comment) {
  v1::Act act;
  act.set_principal(tx.call().caller.principal);
  act.set_role(role);
  act.set_head(head);
  *act.mutable_time() = ToProto(tx.now());
  act.set_comment(comment);
  return act;
}

absl::StatusOr<Root> LockCaseRoot(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(LockedCase locked, LockCaseIn(tx, name, {}, "changed"));
  return std::move(locked.root);
}

absl::StatusOr<v1::Contact> LockContact(Tx& tx, const std::string& name, const std::string& etag,
                                        std::string* archived) {
  const auto look = [&](const std::string& service_case) -> absl::Status {
    if (service_case.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::Case locked, Cases().Lock(tx, service_case));
    if (locked.state() == v1::CASE_STATE_ARCHIVED) *archived = service_case;
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const v1::Contact seen, Contacts().Get(tx, name));
  RETURN_IF_ERROR(look(seen.service_case()));
  ASSIGN_OR_RETURN(v1::Contact contact, Contacts().Lock(tx, name, etag));
  // Joined to it in between, it never changes the case again; the order of locks matters to nobody else then.
  if (contact.service_case() != seen.service_case()) RETURN_IF_ERROR(look(contact.service_case()));
  return contact;
}

absl::StatusOr<Root> LockContactRoot(Tx& tx, const std::string& name) {
  std::string archived;
  ASSIGN_OR_RETURN(v1::Contact contact, LockContact(tx, name, "", &archived));
  RETURN_IF_ERROR(Contacts().Touch(tx, contact));
  Root root = RootOf(contact);
  root.archived_case = std::move(archived);
  return root;
}

absl::StatusOr<Root> SetCasePolicy(Obligations& obligations, Tx& tx, const std::string& name,
                                   const std::string& policy_version, v1::Event* event) {
  ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, name));
  if (service_case.state() != v1::CASE_STATE_OPEN && service_case.state() != v1::CASE_STATE_ACCEPTED) {
    return StateError(name, Word(service_case.state()), "put under another policy version",
                      {Word(v1::CASE_STATE_OPEN), Word(v1::CASE_STATE_ACCEPTED)});
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations.Version(tx, policy_version));
  service_case.set_policy_version(policy_version);
  SettleParties(*pack, PartiesOf(tx, service_case.customer(), service_case.equipment(), service_case.site()),
                service_case);
  RETURN_IF_ERROR(Cases().Update(tx, service_case));
  *event = CaseEvent(v1::EVENT_TYPE_CASE_MIGRATED, service_case);
  return RootOf(service_case);
}

}  // namespace aftersales
