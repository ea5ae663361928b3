// ImprovementService: meetings of departments.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/improvement/improvement_rules.h"
#include "server/improvement/improvement_service.h"
#include "server/improvement/improvement_store.h"

namespace aftersales {
namespace {

// Told to the departments that are invited; the rules see the first of them.
v1::Event MeetingEvent(v1::EventType type, const v1::Meeting& meeting) {
  v1::Event event = EventOf(type);
  event.set_subject(meeting.name());
  event.set_addressee(meeting.departments(0));
  (*event.mutable_facts())["addressee"] = Word(meeting.departments(0));
  for (int i = 1; i < meeting.departments_size(); ++i) event.add_copies(meeting.departments(i));
  *event.mutable_meeting() = meeting;
  return event;
}

}  // namespace

absl::StatusOr<v1::Meeting> ImprovementService::ConveneMeeting(Call& call, const v1::ConveneMeetingRequest& request) {
  return db_.Write<v1::Meeting>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Meeting> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, request.parent(), kNotEnded, "given a meeting"));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "convene-meeting", ""));
    v1::Meeting meeting = request.meeting();
    RETURN_IF_ERROR(CheckMeeting(meeting, tx.now()));
    if (const absl::Time meets = FromProto(meeting.meeting_time()); meets < tx.now()) {
      RETURN_IF_ERROR(TimeAfterNotice("meeting.meeting_time", meets, tx.now(), locked.service_case).status());
    }
    if (CountMeetings(tx, locked.service_case.name(), kMostMeetings) >= kMostMeetings) {
      return FullError(locked.service_case.name(), kMostMeetings, "meetings");
    }
    meeting.set_name(absl::StrCat(locked.service_case.name(), "/meetings/", tx.NewId()));
    meeting.set_state(v1::MEETING_STATE_CONVENED);
    meeting.set_service_case(locked.service_case.name());
    meeting.set_convened_by(call.caller.principal);
    RETURN_IF_ERROR(Meetings().Insert(tx, meeting));
    v1::Event event = MeetingEvent(v1::EVENT_TYPE_MEETING_CONVENED, meeting);
    *event.mutable_promised_time() = meeting.meeting_time();
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return meeting;
  });
}

absl::StatusOr<v1::Meeting> ImprovementService::GetMeeting(Call& call, const v1::GetMeetingRequest& request) {
  return db_.Read<v1::Meeting>(call, [&](Reader& reader) { return Meetings().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListMeetingsResponse> ImprovementService::ListMeetings(Call& call,
                                                                          const v1::ListMeetingsRequest& request) {
  ListQuery query;
  query.where.push_back({"service_case", "=", request.parent()});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListMeetingsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListMeetingsResponse> {
    v1::ListMeetingsResponse response;
    RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
    RETURN_IF_ERROR(Meetings().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Meeting> ImprovementService::HoldMeeting(Call& call, const v1::HoldMeetingRequest& request) {
  return db_.Write<v1::Meeting>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Meeting> {
    RETURN_IF_ERROR(CheckAttendance(request));
    std::optional<absl::Time> told;
    if (request.has_time()) told = FromProto(request.time());
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kNotEnded, "given minutes"));
    ASSIGN_OR_RETURN(const absl::Time held, TimeAfterNotice("time", told, tx.now(), locked.service_case));
    ASSIGN_OR_RETURN(v1::Meeting meeting, Meetings().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(MeetingStep::kHold, meeting));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "hold-meeting", meeting.name()));
    *meeting.mutable_held_time() = ToProto(held);
    *meeting.mutable_attendance() = request.attendance();
    meeting.set_minutes(request.minutes());
    meeting.set_recorded_by(call.caller.principal);
    RETURN_IF_ERROR(Meetings().Update(tx, meeting));
    v1::Event event = MeetingEvent(v1::EVENT_TYPE_MEETING_HELD, meeting);
    *event.mutable_time() = meeting.held_time();
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return meeting;
  });
}

absl::StatusOr<v1::Meeting> ImprovementService::CancelMeeting(Call& call, const v1::CancelMeetingRequest& request) {
  return db_.Write<v1::Meeting>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Meeting> {
    // About a refused case too, which nobody meets about any more.
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseIn(tx, ParentOf(request.name()), kNotArchived, "changed"));
    ASSIGN_OR_RETURN(v1::Meeting meeting, Meetings().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(MeetingStep::kCancel, meeting));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "cancel-meeting", meeting.name()));
    meeting.set_cancel_reason(request.reason());
    RETURN_IF_ERROR(Meetings().Update(tx, meeting));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, MeetingEvent(v1::EVENT_TYPE_MEETING_CANCELLED, meeting)));
    return meeting;
  });
}

}  // namespace aftersales
