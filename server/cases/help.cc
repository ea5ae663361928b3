// CaseService: telephone attempts and help from other departments.
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"

namespace aftersales {

absl::StatusOr<v1::TelephoneAttempt> CaseService::CreateTelephoneAttempt(
    Call& call, const v1::CreateTelephoneAttemptRequest& request) {
  return db_.Write<v1::TelephoneAttempt>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::TelephoneAttempt> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.parent()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kCall, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "create-telephone-attempt", ""));
    v1::TelephoneAttempt attempt = request.telephone_attempt();
    RETURN_IF_ERROR(SettleAttempt(service_case, attempt, tx.now()));
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    attempt.set_name(absl::StrCat(service_case.name(), "/telephoneAttempts/", tx.NewId()));
    attempt.set_service_case(service_case.name());
    attempt.set_called_by(call.caller.principal);
    RETURN_IF_ERROR(TelephoneAttempts().Insert(tx, attempt));
    v1::Event event = EventOf(v1::EVENT_TYPE_TELEPHONE_ATTEMPTED);
    event.set_subject(attempt.name());
    *event.mutable_time() = attempt.time();
    (*event.mutable_facts())["reached"] = Truth(attempt.reached());
    (*event.mutable_facts())["solved"] = Truth(attempt.solved());
    *event.mutable_telephone_attempt() = attempt;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), std::move(event)));
    return attempt;
  });
}

absl::StatusOr<v1::ListTelephoneAttemptsResponse> CaseService::ListTelephoneAttempts(
    Call& call, const v1::ListTelephoneAttemptsRequest& request) {
  ListQuery query;
  query.where.push_back({"service_case", "=", request.parent()});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListTelephoneAttemptsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListTelephoneAttemptsResponse> {
        v1::ListTelephoneAttemptsResponse response;
        RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
        RETURN_IF_ERROR(TelephoneAttempts().List(reader, query, request, &response));
        return response;
      });
}

absl::StatusOr<v1::HelpRequest> CaseService::CreateHelpRequest(Call& call,
                                                               const v1::CreateHelpRequestRequest& request) {
  return db_.Write<v1::HelpRequest>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::HelpRequest> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.parent()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kAskHelp, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "create-help-request", ""));
    v1::HelpRequest help = request.help_request();
    RETURN_IF_ERROR(CheckHelpingDepartment("help_request.department", help.department()));
    const auto* answer_by = help.has_answer_by_time() ? &help.answer_by_time() : nullptr;
    RETURN_IF_ERROR(CheckAnswerBy("help_request.answer_by_time", answer_by, tx.now()));
    if (help.priority() == v1::PRIORITY_UNSPECIFIED) {
      help.set_priority(service_case.emergency() ? v1::PRIORITY_URGENT : v1::PRIORITY_NORMAL);
    }
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    help.set_name(absl::StrCat(service_case.name(), "/helpRequests/", tx.NewId()));
    help.set_state(v1::HELP_STATE_OPEN);
    help.set_service_case(service_case.name());
    help.set_requester(call.caller.principal);
    RETURN_IF_ERROR(HelpRequests().Insert(tx, help));
    v1::Event event = EventOf(v1::EVENT_TYPE_HELP_REQUESTED);
    event.set_subject(help.name());
    event.set_addressee(help.department());
    if (answer_by != nullptr) *event.mutable_promised_time() = *answer_by;
    (*event.mutable_facts())["priority"] = Word(help.priority());
    (*event.mutable_facts())["form"] = Word(help.form());
    (*event.mutable_facts())["addressee"] = Word(help.department());
    *event.mutable_help_request() = help;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), std::move(event)));
    return help;
  });
}

absl::StatusOr<v1::HelpRequest> CaseService::GetHelpRequest(Call& call, const v1::GetHelpRequestRequest& request) {
  return db_.Read<v1::HelpRequest>(call, [&](Reader& reader) { return HelpRequests().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListHelpRequestsResponse> CaseService::ListHelpRequests(Call& call,
                                                                           const v1::ListHelpRequestsRequest& request) {
  ListQuery query;
  const v1::HelpRequestFilter& filter = request.filter();
  if (filter.department() != 0) query.where.push_back({"department", "=", static_cast<int>(filter.department())});
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  if (!filter.service_case().empty()) query.where.push_back({"service_case", "=", filter.service_case()});
  query.order.push_back({"priority"});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListHelpRequestsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListHelpRequestsResponse> {
        v1::ListHelpRequestsResponse response;
        RETURN_IF_ERROR(HelpRequests().List(reader, query, request, &response));
        return response;
      });
}

absl::StatusOr<v1::HelpRequest> CaseService::AnswerHelpRequest(Call& call,
                                                               const v1::AnswerHelpRequestRequest& request) {
  return db_.Write<v1::HelpRequest>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::HelpRequest> {
    ASSIGN_OR_RETURN(const LockedCase locked,
                     LockCase(tx, ParentOf(request.name()), /*working=*/false, "answered for"));
    ASSIGN_OR_RETURN(v1::HelpRequest help, HelpRequests().Lock(tx, request.name(), request.etag()));
    if (help.state() != v1::HELP_STATE_OPEN) {
      return StateError(help.name(), Word(help.state()), "answered", {Word(v1::HELP_STATE_OPEN)});
    }
    // Whoever answers does so for the department that was asked.
    ASSIGN_OR_RETURN(const bool head,
                     obligations_.CheckRole(tx, locked.root, "answer-help-request", help.department()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "answer-help-request", help.name()));
    if (help.requester() == call.caller.principal) {
      return OwnSubmissionError(help.name(), help.requester(), "asked", "answer");
    }
    help.set_state(v1::HELP_STATE_ANSWERED);
    help.set_answer(request.answer());
    help.set_answered_by(call.caller.principal);
    *help.mutable_answer_time() = ToProto(tx.now());
    RETURN_IF_ERROR(HelpRequests().Update(tx, help));
    v1::Event event = EventOf(v1::EVENT_TYPE_HELP_ANSWERED);
    event.set_subject(help.name());
    event.set_role(help.department());
    event.set_head(head);
    (*event.mutable_facts())["priority"] = Word(help.priority());
    *event.mutable_help_request() = help;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return help;
  });
}

}  // namespace aftersales
