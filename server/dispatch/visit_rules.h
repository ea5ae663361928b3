// Decisions about visits: which step is possible when, how a visit may be planned, when somebody arrived, and whose
// visits a caller works on. Pure: values in, values out.
#ifndef AFTERSALES_SERVER_DISPATCH_VISIT_RULES_H_
#define AFTERSALES_SERVER_DISPATCH_VISIT_RULES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/dispatch.pb.h"
#include "server/base/call.h"

namespace aftersales {

enum class VisitStep { kAssign, kCheckIn, kStartWork, kRecordWork, kCompleteWork, kRecordSatisfaction, kCheckOut };

inline constexpr VisitStep kVisitSteps[] = {VisitStep::kAssign,       VisitStep::kCheckIn,
                                            VisitStep::kStartWork,    VisitStep::kRecordWork,
                                            VisitStep::kCompleteWork, VisitStep::kRecordSatisfaction,
                                            VisitStep::kCheckOut};

struct VisitTransition {
  v1::VisitState from;
  VisitStep step;
  v1::VisitState to;
};

// Everything that is possible. Whether a visit may be left before its work is done is not for this table but for the
// pack.
inline constexpr VisitTransition kVisitTransitions[] = {
    {v1::VISIT_STATE_PLANNED, VisitStep::kAssign, v1::VISIT_STATE_ASSIGNED},
    {v1::VISIT_STATE_ASSIGNED, VisitStep::kAssign, v1::VISIT_STATE_ASSIGNED},
    {v1::VISIT_STATE_ASSIGNED, VisitStep::kCheckIn, v1::VISIT_STATE_ON_SITE},
    {v1::VISIT_STATE_ON_SITE, VisitStep::kStartWork, v1::VISIT_STATE_WORKING},
    {v1::VISIT_STATE_ON_SITE, VisitStep::kRecordSatisfaction, v1::VISIT_STATE_ON_SITE},
    {v1::VISIT_STATE_ON_SITE, VisitStep::kCheckOut, v1::VISIT_STATE_LEFT},
    {v1::VISIT_STATE_WORKING, VisitStep::kRecordWork, v1::VISIT_STATE_WORKING},
    {v1::VISIT_STATE_WORKING, VisitStep::kCompleteWork, v1::VISIT_STATE_WORK_DONE},
    {v1::VISIT_STATE_WORKING, VisitStep::kRecordSatisfaction, v1::VISIT_STATE_WORKING},
    {v1::VISIT_STATE_WORKING, VisitStep::kCheckOut, v1::VISIT_STATE_LEFT},
    {v1::VISIT_STATE_WORK_DONE, VisitStep::kRecordWork, v1::VISIT_STATE_WORK_DONE},
    {v1::VISIT_STATE_WORK_DONE, VisitStep::kRecordSatisfaction, v1::VISIT_STATE_WORK_DONE},
    {v1::VISIT_STATE_WORK_DONE, VisitStep::kCheckOut, v1::VISIT_STATE_LEFT},
    // A customer's opinion may come in writing after the engineer has left.
    {v1::VISIT_STATE_LEFT, VisitStep::kRecordSatisfaction, v1::VISIT_STATE_LEFT},
};

// What follows "cannot be" when the step is refused: "checked in".
std::string Participle(VisitStep step);

// The state after `step`, or the refusal that names the states in which it is possible.
absl::StatusOr<v1::VisitState> StateAfter(const v1::Visit& visit, VisitStep step);

inline constexpr absl::Duration kLongestVisit = absl::Hours(24 * 90);

// The planned time is possible: it ends after it starts and is no longer than 90 days.
absl::Status CheckPlan(const v1::Visit& visit);

// How far a device's clock may run ahead of ours.
inline constexpr absl::Duration kDeviceClockSkew = absl::Minutes(5);

// When the engineer arrived: what the device says, or now where it says nothing. Refused when it lies in the future or
// before the customer's notice. A device that is slightly ahead means now, so that nothing happens after it was
// entered.
absl::StatusOr<absl::Time> ArrivalTime(std::optional<absl::Time> device_time, absl::Time now, absl::Time notice_time);

inline constexpr int kMostWorkRecords = 200;

// Adds a piece of work to the visit's records, as recorded by `principal` at `now`.
absl::Status AddWork(const v1::WorkRecord& work, const std::string& principal, absl::Time now, v1::Visit& visit);

// What shows the customer's opinion says something: words, where it is kept, or who gave it.
absl::Status CheckConfirmation(const v1::Evidence& evidence);

// The caller is an engineer in the field and nothing more, so that only their own visits concern them.
bool SeesOwnVisitsOnly(const Caller& caller);

// The caller may take steps on a visit whose engineer signs in as `engineer_principal` (empty: nobody does).
bool MayWorkOn(const Caller& caller, const std::string& engineer_principal);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DISPATCH_VISIT_RULES_H_
