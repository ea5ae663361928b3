// FeedbackService: opinions, suggestions, complaints, surveys and visits.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/cases/contact_rules.h"
#include "server/directory/directory_rules.h"
#include "server/directory/directory_store.h"
#include "server/feedback/feedback_root.h"
#include "server/feedback/feedback_rules.h"
#include "server/feedback/feedback_service.h"
#include "server/feedback/feedback_store.h"

namespace aftersales {
namespace {

v1::Event FeedbackEvent(v1::EventType type, const v1::Feedback& feedback) {
  v1::Event event = EventOf(type);
  event.set_subject(feedback.name());
  auto& facts = *event.mutable_facts();
  facts["feedback"] = Word(feedback.kind());
  if (feedback.satisfied() != v1::SATISFACTION_UNSPECIFIED) {
    facts["satisfied"] = Truth(feedback.satisfied() == v1::SATISFACTION_SATISFIED);
  }
  if (!feedback.conduct_type().empty()) facts["conduct"] = feedback.conduct_type();
  *event.mutable_feedback() = feedback;
  return event;
}

// What it points at: a case of its customer, a visit of that case, what there is. Notes whom it is about.
absl::Status CheckReferences(Tx& tx, v1::Feedback& feedback) {
  if (!feedback.service_case().empty()) {
    ASSIGN_OR_RETURN(const v1::Case service_case,
                     Referenced(tx, Cases(), "feedback.service_case", feedback.service_case()));
    RETURN_IF_ERROR(
        CheckSameCustomer("feedback.service_case", service_case.name(), service_case.customer(), feedback.customer()));
    if (feedback.product().empty()) feedback.set_product(service_case.product());
  }
  if (!feedback.visit().empty() &&
      (feedback.service_case().empty() || CaseOfVisit(tx, feedback.visit()) != feedback.service_case())) {
    return ReferenceError("feedback.visit", feedback.visit(),
                          absl::StrCat(feedback.visit(),
                                       " is no visit of the case named. Name one of that case's, and the "
                                       "case with it."));
  }
  if (!feedback.product().empty()) {
    RETURN_IF_ERROR(Referenced(tx, Products(), "feedback.product", feedback.product()).status());
  }
  if (feedback.engineer().empty()) return absl::OkStatus();
  const std::optional<std::string> principal = PrincipalOfEngineer(tx, feedback.engineer());
  if (!principal.has_value()) {
    return ReferenceError("feedback.engineer", feedback.engineer(),
                          absl::StrCat(feedback.engineer(), " does not exist. Check the name, or create it first."));
  }
  feedback.set_accused(*principal);
  return absl::OkStatus();
}

// Nobody reports, handles or judges what is said of them.
absl::Status CheckCallerNotAccused(Tx& tx, const v1::Feedback& feedback, const std::string& verb) {
  std::string engineer = feedback.engineer();
  // A complaint about a visit is one about who went there.
  if (engineer.empty() && feedback.kind() == v1::FEEDBACK_KIND_COMPLAINT && !feedback.visit().empty()) {
    engineer = EngineerOfVisit(tx, feedback.visit());
  }
  if (engineer.empty()) return absl::OkStatus();
  return CheckNotTheAccused(feedback, engineer, PrincipalOfEngineer(tx, engineer).value_or(""),
                            tx.call().caller.principal, verb);
}

}  // namespace

absl::StatusOr<v1::Feedback> FeedbackService::CreateFeedback(Call& call, const v1::CreateFeedbackRequest& request) {
  return db_.Write<v1::Feedback>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Feedback> {
    v1::Feedback feedback = request.feedback();
    RETURN_IF_ERROR(SettleFeedback(feedback, tx.now()));
    RETURN_IF_ERROR(CheckReferences(tx, feedback));
    ASSIGN_OR_RETURN(const Root root, LockRootOf(tx, obligations_, feedback));
    RETURN_IF_ERROR(obligations_.CheckConduct(tx, root, "feedback.conduct_type", feedback.conduct_type()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-feedback", ""));
    feedback.set_name(absl::StrCat("feedbacks/", tx.NewId()));
    feedback.set_state(v1::FEEDBACK_STATE_RECORDED);
    feedback.set_recorded_by(call.caller.principal);
    RETURN_IF_ERROR(Feedbacks().Insert(tx, feedback));
    v1::Event event = FeedbackEvent(v1::EVENT_TYPE_FEEDBACK_RECORDED, feedback);
    *event.mutable_time() = feedback.feedback_time();
    RETURN_IF_ERROR(obligations_.Record(tx, root, std::move(event)));
    return feedback;
  });
}

absl::StatusOr<v1::Feedback> FeedbackService::GetFeedback(Call& call, const v1::GetFeedbackRequest& request) {
  return db_.Read<v1::Feedback>(call, [&](Reader& reader) { return Feedbacks().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListFeedbacksResponse> FeedbackService::ListFeedbacks(Call& call,
                                                                         const v1::ListFeedbacksRequest& request) {
  return db_.Read<v1::ListFeedbacksResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListFeedbacksResponse> {
    v1::ListFeedbacksResponse response;
    RETURN_IF_ERROR(Feedbacks().List(reader, FeedbackQuery(request.filter()), request, &response));
    return response;
  });
}

template <typename Request>
absl::StatusOr<v1::Feedback> FeedbackService::Change(Call& call, const Request& request, const Changing& changing) {
  return db_.Write<v1::Feedback>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Feedback> {
    // Whose it is and which case it names never change; what it counts to does, once that case is archived, and then
    // for good: what it owes is owed there, also when the case is reopened.
    ASSIGN_OR_RETURN(v1::Feedback seen, Feedbacks().Get(tx, request.name()));
    ASSIGN_OR_RETURN(const Root root, seen.root() == seen.customer()
                                          ? LockUser(tx, obligations_, "feedback.customer", seen.customer())
                                          : LockRootOf(tx, obligations_, seen));
    ASSIGN_OR_RETURN(v1::Feedback feedback, Feedbacks().Lock(tx, request.name(), request.etag()));
    feedback.set_root(seen.root());
    return changing(tx, root, feedback);
  });
}

absl::StatusOr<v1::Feedback> FeedbackService::Keep(Tx& tx, const Root& root, v1::Feedback& feedback, v1::Event event,
                                                   bool head) {
  RETURN_IF_ERROR(Feedbacks().Update(tx, feedback));
  *event.mutable_feedback() = feedback;
  RETURN_IF_ERROR(obligations_.Record(tx, root, std::move(event), head));
  return feedback;
}

absl::StatusOr<v1::Feedback> FeedbackService::ReportFeedback(Call& call, const v1::ReportFeedbackRequest& request) {
  RETURN_IF_ERROR(CheckDepartment("to", request.to()));
  return Change(call, request, [&](Tx& tx, const Root& root, v1::Feedback& feedback) -> absl::StatusOr<v1::Feedback> {
    RETURN_IF_ERROR(CheckCallerNotAccused(tx, feedback, "report"));
    RETURN_IF_ERROR(CheckMoreReports(feedback, request.to()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "report-feedback", feedback.name()));
    v1::FeedbackReport* report = feedback.add_reports();
    report->set_to(request.to());
    report->set_text(request.text());
    report->set_reported_by(call.caller.principal);
    *report->mutable_time() = ToProto(tx.now());
    v1::Event event = FeedbackEvent(v1::EVENT_TYPE_FEEDBACK_REPORTED, feedback);
    event.set_addressee(request.to());
    (*event.mutable_facts())["addressee"] = Word(request.to());
    return Keep(tx, root, feedback, std::move(event));
  });
}

absl::StatusOr<v1::Feedback> FeedbackService::HandleFeedback(Call& call, const v1::HandleFeedbackRequest& request) {
  return Change(call, request, [&](Tx& tx, const Root& root, v1::Feedback& feedback) -> absl::StatusOr<v1::Feedback> {
    RETURN_IF_ERROR(CheckCallerNotAccused(tx, feedback, "handle"));
    RETURN_IF_ERROR(CheckUnhandled(feedback));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "handle-feedback", feedback.name()));
    feedback.set_result(request.result());
    feedback.set_handled_by(call.caller.principal);
    *feedback.mutable_handle_time() = ToProto(tx.now());
    return Keep(tx, root, feedback, FeedbackEvent(v1::EVENT_TYPE_FEEDBACK_HANDLED, feedback));
  });
}

absl::StatusOr<v1::Feedback> FeedbackService::VerifyFeedback(Call& call, const v1::VerifyFeedbackRequest& request) {
  RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows whether the complaint is true?"));
  return Change(call, request, [&](Tx& tx, const Root& root, v1::Feedback& feedback) -> absl::StatusOr<v1::Feedback> {
    RETURN_IF_ERROR(CheckVerifiable(feedback));
    RETURN_IF_ERROR(TakeStep(request.confirmed() ? FeedbackStep::kConfirm : FeedbackStep::kRefute, feedback));
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, root, "verify-feedback", request.role()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "verify-feedback", feedback.name()));
    if (feedback.recorded_by() == call.caller.principal) {
      return OwnSubmissionError(feedback.name(), feedback.recorded_by(), "recorded", "verify");
    }
    RETURN_IF_ERROR(CheckCallerNotAccused(tx, feedback, "verify"));
    *feedback.mutable_verification() = ActOf(tx, request.role(), head, request.comment());
    *feedback.mutable_verification_evidence() = request.evidence();
    feedback.set_verified_by(call.caller.principal);
    v1::Event event = FeedbackEvent(v1::EVENT_TYPE_FEEDBACK_VERIFIED, feedback);
    event.set_role(request.role());
    (*event.mutable_facts())["confirmed"] = Truth(request.confirmed());
    return Keep(tx, root, feedback, std::move(event), head);
  });
}

absl::StatusOr<v1::Feedback> FeedbackService::WithdrawVerification(Call& call,
                                                                   const v1::WithdrawVerificationRequest& request) {
  return Change(call, request, [&](Tx& tx, const Root& root, v1::Feedback& feedback) -> absl::StatusOr<v1::Feedback> {
    const bool confirmed = feedback.state() == v1::FEEDBACK_STATE_CONFIRMED;
    RETURN_IF_ERROR(TakeStep(FeedbackStep::kWithdraw, feedback));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "withdraw-verification", feedback.name()));
    RETURN_IF_ERROR(CheckCallerNotAccused(tx, feedback, "open"));
    // Who entered it could not verify it, and so does not undo what another found.
    if (feedback.recorded_by() == call.caller.principal) {
      return OwnSubmissionError(feedback.name(), feedback.recorded_by(), "recorded", "open");
    }
    // Who had said so, and on what grounds, stays in the event of then.
    feedback.clear_verification();
    feedback.clear_verification_evidence();
    feedback.clear_verified_by();
    feedback.set_withdraw_reason(request.reason());
    feedback.set_withdrawn_by(call.caller.principal);
    *feedback.mutable_withdraw_time() = ToProto(tx.now());
    v1::Event event = FeedbackEvent(v1::EVENT_TYPE_FEEDBACK_VERIFICATION_WITHDRAWN, feedback);
    (*event.mutable_facts())["confirmed"] = Truth(confirmed);
    return Keep(tx, root, feedback, std::move(event));
  });
}

}  // namespace aftersales
