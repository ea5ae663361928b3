// FeedbackService: what customers say of us, and the calls by which we ask them.
#ifndef AFTERSALES_SERVER_FEEDBACK_FEEDBACK_SERVICE_H_
#define AFTERSALES_SERVER_FEEDBACK_FEEDBACK_SERVICE_H_

#include <set>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/feedback.pb.h"
#include "server/base/call.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

class FeedbackService {
 public:
  FeedbackService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}

  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Feedback> CreateFeedback(Call& call, const v1::CreateFeedbackRequest& request);
  absl::StatusOr<v1::Feedback> GetFeedback(Call& call, const v1::GetFeedbackRequest& request);
  absl::StatusOr<v1::ListFeedbacksResponse> ListFeedbacks(Call& call, const v1::ListFeedbacksRequest& request);
  absl::StatusOr<v1::Feedback> ReportFeedback(Call& call, const v1::ReportFeedbackRequest& request);
  absl::StatusOr<v1::Feedback> HandleFeedback(Call& call, const v1::HandleFeedbackRequest& request);
  absl::StatusOr<v1::Feedback> VerifyFeedback(Call& call, const v1::VerifyFeedbackRequest& request);
  absl::StatusOr<v1::Feedback> WithdrawVerification(Call& call, const v1::WithdrawVerificationRequest& request);
  absl::StatusOr<v1::Callback> CreateCallback(Call& call, const v1::CreateCallbackRequest& request);
  absl::StatusOr<v1::Callback> GetCallback(Call& call, const v1::GetCallbackRequest& request);
  absl::StatusOr<v1::ListCallbacksResponse> ListCallbacks(Call& call, const v1::ListCallbacksRequest& request);
  absl::StatusOr<v1::ListDueCallsResponse> ListDueCalls(Call& call, const v1::ListDueCallsRequest& request);

 private:
  // What a step makes of feedback that is locked, after what it counts to.
  using Changing = absl::FunctionRef<absl::StatusOr<v1::Feedback>(Tx&, const Root&, v1::Feedback&)>;
  template <typename Request>
  absl::StatusOr<v1::Feedback> Change(Call& call, const Request& request, const Changing& changing);
  absl::StatusOr<v1::Feedback> Keep(Tx& tx, const Root& root, v1::Feedback& feedback, v1::Event event,
                                    bool head = false);
  // The kinds of what is owed that a call can meet.
  std::set<std::string> KindsMetByCalls(Reader& reader);

  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_FEEDBACK_FEEDBACK_SERVICE_H_
