// ImprovementService: investigations, meetings of departments, corrective actions.
#ifndef AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_SERVICE_H_
#define AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_SERVICE_H_

#include "absl/status/statusor.h"
#include "aftersales/v1/improvement.pb.h"
#include "server/base/call.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

class ImprovementService {
 public:
  ImprovementService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}

  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Investigation> CreateInvestigation(Call& call, const v1::CreateInvestigationRequest& request);
  absl::StatusOr<v1::Investigation> GetInvestigation(Call& call, const v1::GetInvestigationRequest& request);
  absl::StatusOr<v1::ListInvestigationsResponse> ListInvestigations(Call& call,
                                                                    const v1::ListInvestigationsRequest& request);
  absl::StatusOr<v1::Investigation> RecordConsultation(Call& call, const v1::RecordConsultationRequest& request);
  absl::StatusOr<v1::Investigation> DetermineTreatment(Call& call, const v1::DetermineTreatmentRequest& request);
  absl::StatusOr<v1::Meeting> ConveneMeeting(Call& call, const v1::ConveneMeetingRequest& request);
  absl::StatusOr<v1::Meeting> GetMeeting(Call& call, const v1::GetMeetingRequest& request);
  absl::StatusOr<v1::ListMeetingsResponse> ListMeetings(Call& call, const v1::ListMeetingsRequest& request);
  absl::StatusOr<v1::Meeting> HoldMeeting(Call& call, const v1::HoldMeetingRequest& request);
  absl::StatusOr<v1::Meeting> CancelMeeting(Call& call, const v1::CancelMeetingRequest& request);
  absl::StatusOr<v1::CorrectiveAction> CreateCorrectiveAction(Call& call,
                                                              const v1::CreateCorrectiveActionRequest& request);
  absl::StatusOr<v1::CorrectiveAction> GetCorrectiveAction(Call& call, const v1::GetCorrectiveActionRequest& request);
  absl::StatusOr<v1::ListCorrectiveActionsResponse> ListCorrectiveActions(
      Call& call, const v1::ListCorrectiveActionsRequest& request);
  absl::StatusOr<v1::CorrectiveAction> CompleteCorrectiveAction(Call& call,
                                                                const v1::CompleteCorrectiveActionRequest& request);
  absl::StatusOr<v1::CorrectiveAction> CheckCorrectiveAction(Call& call,
                                                             const v1::CheckCorrectiveActionRequest& request);
  absl::StatusOr<v1::CorrectiveAction> CancelCorrectiveAction(Call& call,
                                                              const v1::CancelCorrectiveActionRequest& request);

 private:
  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_SERVICE_H_
