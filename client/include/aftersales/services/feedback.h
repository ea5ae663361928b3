// Feedback of customers and telephone return visits.
#ifndef AFTERSALES_SERVICES_FEEDBACK_H_
#define AFTERSALES_SERVICES_FEEDBACK_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/feedback.pb.h"

namespace aftersales {

class FeedbackClient : public ServiceClient {
 public:
  explicit FeedbackClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.FeedbackService") {}

  absl::StatusOr<v1::Feedback> CreateFeedback(v1::CreateFeedbackRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Feedback>("CreateFeedback", std::move(request), options);
  }
  absl::StatusOr<v1::Feedback> GetFeedback(v1::GetFeedbackRequest request, const CallOptions& options = {}) const {
    return Call<v1::Feedback>("GetFeedback", std::move(request), options);
  }
  absl::StatusOr<v1::ListFeedbacksResponse> ListFeedbacks(v1::ListFeedbacksRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListFeedbacksResponse>("ListFeedbacks", std::move(request), options);
  }
  PageRange<v1::Feedback> ListFeedbacksAll(v1::ListFeedbacksRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Feedback, v1::ListFeedbacksResponse>("ListFeedbacks", std::move(request), options);
  }
  absl::StatusOr<v1::Feedback> ReportFeedback(v1::ReportFeedbackRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Feedback>("ReportFeedback", std::move(request), options);
  }
  absl::StatusOr<v1::Feedback> HandleFeedback(v1::HandleFeedbackRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Feedback>("HandleFeedback", std::move(request), options);
  }
  absl::StatusOr<v1::Feedback> VerifyFeedback(v1::VerifyFeedbackRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Feedback>("VerifyFeedback", std::move(request), options);
  }
  absl::StatusOr<v1::Feedback> WithdrawVerification(v1::WithdrawVerificationRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::Feedback>("WithdrawVerification", std::move(request), options);
  }
  absl::StatusOr<v1::Callback> CreateCallback(v1::CreateCallbackRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Callback>("CreateCallback", std::move(request), options);
  }
  absl::StatusOr<v1::Callback> GetCallback(v1::GetCallbackRequest request, const CallOptions& options = {}) const {
    return Call<v1::Callback>("GetCallback", std::move(request), options);
  }
  absl::StatusOr<v1::ListCallbacksResponse> ListCallbacks(v1::ListCallbacksRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListCallbacksResponse>("ListCallbacks", std::move(request), options);
  }
  PageRange<v1::Callback> ListCallbacksAll(v1::ListCallbacksRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Callback, v1::ListCallbacksResponse>("ListCallbacks", std::move(request), options);
  }
  absl::StatusOr<v1::ListDueCallsResponse> ListDueCalls(v1::ListDueCallsRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListDueCallsResponse>("ListDueCalls", std::move(request), options);
  }
  PageRange<v1::DueCall> ListDueCallsAll(v1::ListDueCallsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::DueCall, v1::ListDueCallsResponse>("ListDueCalls", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_FEEDBACK_H_
