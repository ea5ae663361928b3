// FeedbackService: telephone return visits, and those that are owed.
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_root.h"
#include "server/directory/directory_rules.h"
#include "server/directory/directory_store.h"
#include "server/feedback/feedback_root.h"
#include "server/feedback/feedback_rules.h"
#include "server/feedback/feedback_service.h"
#include "server/feedback/feedback_store.h"
#include "server/obligations/periodic_store.h"

namespace aftersales {
namespace {

v1::Event CallbackEvent(const v1::Callback& callback) {
  v1::Event event = EventOf(v1::EVENT_TYPE_CALLBACK_HELD);
  event.set_subject(callback.name());
  *event.mutable_time() = callback.call_time();
  (*event.mutable_facts())["reached"] = Truth(callback.reached());
  if (callback.satisfied() != v1::SATISFACTION_UNSPECIFIED) {
    (*event.mutable_facts())["satisfied"] = Truth(callback.satisfied() == v1::SATISFACTION_SATISFIED);
  }
  *event.mutable_callback() = callback;
  return event;
}

bool IsMetByCalls(const policy::ObligationRule& rule) {
  for (const policy::Meeting& way : rule.met_by) {
    for (const policy::MeetingEvent& part : way) {
      if (part.event == v1::EVENT_TYPE_CALLBACK_HELD) return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<v1::Callback> FeedbackService::CreateCallback(Call& call, const v1::CreateCallbackRequest& request) {
  return db_.Write<v1::Callback>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Callback> {
    v1::Callback callback = request.callback();
    RETURN_IF_ERROR(SettleCallback(callback, tx.now()));
    ASSIGN_OR_RETURN(const Root root, LockUser(tx, obligations_, "callback.customer", callback.customer()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-callback", ""));
    if (!callback.equipment().empty()) {
      ASSIGN_OR_RETURN(const v1::Equipment equipment,
                       Referenced(tx, EquipmentTable(), "callback.equipment", callback.equipment()));
      RETURN_IF_ERROR(
          CheckSameCustomer("callback.equipment", equipment.name(), equipment.customer(), callback.customer()));
    }
    callback.set_name(absl::StrCat("callbacks/", tx.NewId()));
    callback.set_called_by(call.caller.principal);
    RETURN_IF_ERROR(Callbacks().Insert(tx, callback));
    RETURN_IF_ERROR(obligations_.Record(tx, root, CallbackEvent(callback)));
    return callback;
  });
}

absl::StatusOr<v1::Callback> FeedbackService::GetCallback(Call& call, const v1::GetCallbackRequest& request) {
  return db_.Read<v1::Callback>(call, [&](Reader& reader) { return Callbacks().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListCallbacksResponse> FeedbackService::ListCallbacks(Call& call,
                                                                         const v1::ListCallbacksRequest& request) {
  return db_.Read<v1::ListCallbacksResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListCallbacksResponse> {
    v1::ListCallbacksResponse response;
    RETURN_IF_ERROR(Callbacks().List(reader, CallbackQuery(request.filter()), request, &response));
    return response;
  });
}

std::set<std::string> FeedbackService::KindsMetByCalls(Reader& reader) {
  std::set<std::string> kinds;
  // What arose under a former version is owed still.
  for (const VersionInForce& version : VersionsInForce(reader)) {
    const absl::StatusOr<std::shared_ptr<const policy::Pack>> pack = obligations_.Version(reader, version.name);
    if (!pack.ok()) continue;  // of another time; this server's list is of what it can judge
    for (const policy::ObligationRule& rule : (*pack)->obligations) {
      if (IsMetByCalls(rule)) kinds.insert(rule.kind);
    }
  }
  return kinds;
}

absl::StatusOr<v1::ListDueCallsResponse> FeedbackService::ListDueCalls(Call& call,
                                                                       const v1::ListDueCallsRequest& request) {
  ASSIGN_OR_RETURN(const Values place, ReadPageToken(request, "it"));
  DuePlace after{std::numeric_limits<int64_t>::min(), ""};
  if (!place.empty()) after = {place[0].number(), place[1].text()};
  int64_t latest = std::numeric_limits<int64_t>::max();
  if (request.filter().has_due_before_time()) latest = ToMicros(FromProto(request.filter().due_before_time())) - 1;
  const int size = PageSize(request.page_size());
  return db_.Read<v1::ListDueCallsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListDueCallsResponse> {
    v1::ListDueCallsResponse response;
    std::vector<OwedCall> calls =
        OwedCalls(reader, KindsMetByCalls(reader), request.filter().customer(), after, latest, size + 1);
    if (static_cast<int>(calls.size()) > size) {
      calls.resize(static_cast<size_t>(size));
      response.set_next_page_token(
          MakePageToken(request, {calls.back().place.due_time, calls.back().place.obligation}));
    }
    AddCustomers(reader, &calls);
    AddAttempts(reader, &calls);
    for (OwedCall& owed : calls) *response.add_due_calls() = std::move(owed.call);
    return response;
  });
}

}  // namespace aftersales
