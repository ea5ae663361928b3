#include "server/feedback/feedback_rules.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/base/transitions.h"
#include "server/cases/case_rules.h"

namespace aftersales {
namespace {

absl::Status CheckConductOf(const v1::Feedback& feedback) {
  const bool complaint = feedback.kind() == v1::FEEDBACK_KIND_COMPLAINT;
  if (!feedback.conduct_type().empty() && !complaint) {
    return FieldError("feedback.conduct_type", "goes with a complaint only; leave it empty, or set kind to complaint");
  }
  if (!feedback.conduct_type().empty() && feedback.engineer().empty()) {
    return FieldError("feedback.engineer", "is required for a complaint about conduct; name the engineer it is about");
  }
  if (complaint && !feedback.engineer().empty() && feedback.conduct_type().empty()) {
    return FieldError("feedback.conduct_type",
                      "is required for a complaint about an engineer; say what about, such as \"attitude\"");
  }
  return absl::OkStatus();
}

absl::Status CheckScores(const v1::Feedback& feedback) {
  std::set<std::string> topics;
  for (int i = 0; i < feedback.scores_size(); ++i) {
    const std::string& topic = feedback.scores(i).topic();
    if (topics.insert(topic).second) continue;
    return FieldError(absl::StrCat("feedback.scores[", i, "].topic"),
                      absl::StrCat("\"", topic, "\" stands twice; give the points of each topic once"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string Participle(FeedbackStep step) { return step == FeedbackStep::kWithdraw ? "open again" : "verified"; }

absl::Status TakeStep(FeedbackStep step, v1::Feedback& feedback) {
  return TakeStepOf(kFeedbackTransitions, step, feedback);
}

absl::Status SettleFeedback(v1::Feedback& feedback, absl::Time now) {
  std::optional<absl::Time> told;
  if (feedback.has_feedback_time()) told = FromProto(feedback.feedback_time());
  ASSIGN_OR_RETURN(const absl::Time said, PastTime("feedback.feedback_time", told, now));
  *feedback.mutable_feedback_time() = ToProto(said);
  if (feedback.kind() == v1::FEEDBACK_KIND_SURVEY && feedback.satisfied() == v1::SATISFACTION_UNSPECIFIED) {
    return FieldError("feedback.satisfied", "is required for a survey; say satisfied or dissatisfied");
  }
  RETURN_IF_ERROR(CheckConductOf(feedback));
  return CheckScores(feedback);
}

absl::Status CheckVerifiable(const v1::Feedback& feedback) {
  if (!feedback.conduct_type().empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(feedback.name(),
                            " is no complaint about conduct, so that nothing in it can be true or not. "
                            "Record what came of it with HandleFeedback."))
      .With("resource", feedback.name())
      .With("state", Word(feedback.kind()))
      .With("allowed", "complaint with a conduct_type");
}

absl::Status CheckMoreReports(const v1::Feedback& feedback, v1::Role to) {
  const auto reports = std::count_if(feedback.reports().begin(), feedback.reports().end(),
                                     [&](const v1::FeedbackReport& report) { return report.to() == to; });
  if (reports < kMostFeedbackReports) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(feedback.name(), " has been reported to ", Word(to), " ", kMostFeedbackReports,
                            " times, which is as often as feedback is. Say what came of it instead (HandleFeedback)."))
      .With("resource", feedback.name())
      .With("most", absl::StrCat(kMostFeedbackReports));
}

absl::Status CheckUnhandled(const v1::Feedback& feedback) {
  if (feedback.result().empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat("What came of ", feedback.name(), " was recorded already, by ", feedback.handled_by(),
                            ", and stays. Record what the customer says since then as new feedback."))
      .With("resource", feedback.name())
      .With("state", "handled");
}

absl::Status CheckNotTheAccused(const v1::Feedback& feedback, const std::string& engineer, const std::string& accused,
                                const std::string& principal, const std::string& verb) {
  if (principal.empty() || (feedback.accused() != principal && accused != principal)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_OWN_SUBMISSION,
               absl::StrCat(feedback.name(), " is about ", engineer, ", who is ", principal, "; somebody else must ",
                            verb, " it."))
      .With("resource", feedback.name());
}

absl::Status SettleCallback(v1::Callback& callback, absl::Time now) {
  std::optional<absl::Time> told;
  if (callback.has_call_time()) told = FromProto(callback.call_time());
  ASSIGN_OR_RETURN(const absl::Time called, PastTime("callback.call_time", told, now));
  *callback.mutable_call_time() = ToProto(called);
  if (callback.reached()) return absl::OkStatus();
  if (callback.satisfied() != v1::SATISFACTION_UNSPECIFIED) {
    return FieldError("callback.satisfied", "cannot be known where nobody was reached; leave it empty, or set reached");
  }
  if (callback.person().empty()) return absl::OkStatus();
  return FieldError("callback.person", "was not reached; leave it empty, or set reached");
}

}  // namespace aftersales
