// Cases and contacts as roots of what is owed: how they are locked before anything that belongs to them changes.
#ifndef AFTERSALES_SERVER_CASES_CASE_ROOT_H_
#define AFTERSALES_SERVER_CASES_CASE_ROOT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/event.pb.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"

namespace aftersales {

struct LockedCase {
  v1::Case service_case;
  Root root;
};

// The root of a case or contact as it stands, in the version that its etag tells.
Root RootOf(const v1::Case& service_case);
Root RootOf(const v1::Contact& contact);

// What happened to a case; Record fills in the rest.
v1::Event CaseEvent(v1::EventType type, const v1::Case& service_case);
v1::Event EventOf(v1::EventType type);

// Locks a case, gives it its next version, and answers it with its root. With `working` it must be accepted and not
// closed, otherwise not archived: refused with `step` as the word for what was attempted ("visited").
absl::StatusOr<LockedCase> LockCase(Tx& tx, const std::string& name, bool working, const std::string& step);
// The same for a case that must be in one of these states; in any where there are none.
absl::StatusOr<LockedCase> LockCaseIn(Tx& tx, const std::string& name, absl::Span<const v1::CaseState> states,
                                      const std::string& step);
// Locks a contact, and before it its case, so that the case is not archived meanwhile. `archived` becomes the case
// where it is. A non-empty etag must be the contact's.
absl::StatusOr<v1::Contact> LockContact(Tx& tx, const std::string& name, const std::string& etag,
                                        std::string* archived);
inline constexpr v1::CaseState kWorkedOn[] = {v1::CASE_STATE_ACCEPTED};
// Once, and not archived.
inline constexpr v1::CaseState kAccepted[] = {v1::CASE_STATE_ACCEPTED, v1::CASE_STATE_CLOSED};
inline constexpr v1::CaseState kNotEnded[] = {v1::CASE_STATE_OPEN, v1::CASE_STATE_ACCEPTED, v1::CASE_STATE_CLOSED};
inline constexpr v1::CaseState kNotArchived[] = {v1::CASE_STATE_OPEN, v1::CASE_STATE_ACCEPTED, v1::CASE_STATE_REFUSED,
                                                 v1::CASE_STATE_CLOSED};
inline constexpr v1::CaseState kNotRefused[] = {v1::CASE_STATE_OPEN, v1::CASE_STATE_ACCEPTED, v1::CASE_STATE_CLOSED,
                                                v1::CASE_STATE_ARCHIVED};

// What the caller decides in a role, as its head or not, now.
v1::Act ActOf(Tx& tx, v1::Role role, bool head, const std::string& comment);

// For Obligations::AddRootKind.
absl::StatusOr<Root> LockCaseRoot(Tx& tx, const std::string& name);
absl::StatusOr<Root> LockContactRoot(Tx& tx, const std::string& name);
// Locks an open case and puts it under another policy version; its region tier and coverage are then those of that
// pack. `event` becomes the one that tells of it.
absl::StatusOr<Root> SetCasePolicy(Obligations& obligations, Tx& tx, const std::string& name,
                                   const std::string& policy_version, v1::Event* event);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_ROOT_H_
