#include "server/feedback/feedback_service.h"

namespace aftersales {

void FeedbackService::Bind(rpc::Methods& methods) {
  methods.Unary("CreateFeedback", this, &FeedbackService::CreateFeedback);
  methods.Unary("GetFeedback", this, &FeedbackService::GetFeedback);
  methods.Unary("ListFeedbacks", this, &FeedbackService::ListFeedbacks);
  methods.Unary("ReportFeedback", this, &FeedbackService::ReportFeedback);
  methods.Unary("HandleFeedback", this, &FeedbackService::HandleFeedback);
  methods.Unary("VerifyFeedback", this, &FeedbackService::VerifyFeedback);
  methods.Unary("WithdrawVerification", this, &FeedbackService::WithdrawVerification);
  methods.Unary("CreateCallback", this, &FeedbackService::CreateCallback);
  methods.Unary("GetCallback", this, &FeedbackService::GetCallback);
  methods.Unary("ListCallbacks", this, &FeedbackService::ListCallbacks);
  methods.Unary("ListDueCalls", this, &FeedbackService::ListDueCalls);
}

}  // namespace aftersales
