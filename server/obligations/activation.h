// How versions of policies and calendars come in force, at once or from a time on.
//
// What is in force is judged by time at every read (InForce::At). The versions' states follow: when another version is
// activated, and by the due scan soon after the time has come.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_ACTIVATION_H_
#define AFTERSALES_SERVER_OBLIGATIONS_ACTIVATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/obligations/obligation_store.h"
#include "server/storage/database.h"

namespace aftersales {

// From when a version shall be in force: now where the request names no time, or one that is past by no more than
// clocks differ.
template <typename Request>
absl::StatusOr<absl::Time> EffectiveTime(const Request& request, absl::Time now);

// Puts `version`, which is locked, in force from `effective` on. One that waited for its time gives way; activating
// what is in force already just calls off what waited. Writes the versions, and changes `in_force`, which the caller
// has locked and stores.
template <typename Version>
absl::Status PutInForce(Tx& tx, const Table<Version>& table, const std::string& by, absl::Time effective,
                        Version& version, InForce& in_force);

// Records that what waited is in force now, where its time has come.
absl::Status TakePolicyTurn(Tx& tx, InForce& in_force);
absl::Status TakeCalendarTurn(Tx& tx, const std::string& calendar, InForce& in_force);
// All turns whose time has come; answers how many. Two selects where there is none.
absl::StatusOr<int> TakeTurns(Tx& tx);

// `time` is when it came to be so.
void RecordVersion(Tx& tx, v1::EventType type, absl::Time time, v1::PolicyVersion version);
void RecordVersion(Tx& tx, v1::EventType type, absl::Time time, v1::CalendarVersion version);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_ACTIVATION_H_
