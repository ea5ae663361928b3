// Investigations, meetings of departments, corrective actions.
#ifndef AFTERSALES_SERVICES_IMPROVEMENT_H_
#define AFTERSALES_SERVICES_IMPROVEMENT_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/improvement.pb.h"

namespace aftersales {

class ImprovementClient : public ServiceClient {
 public:
  explicit ImprovementClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.ImprovementService") {}

  absl::StatusOr<v1::Investigation> CreateInvestigation(v1::CreateInvestigationRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::Investigation>("CreateInvestigation", std::move(request), options);
  }
  absl::StatusOr<v1::Investigation> GetInvestigation(v1::GetInvestigationRequest request,
                                                     const CallOptions& options = {}) const {
    return Call<v1::Investigation>("GetInvestigation", std::move(request), options);
  }
  absl::StatusOr<v1::ListInvestigationsResponse> ListInvestigations(v1::ListInvestigationsRequest request,
                                                                    const CallOptions& options = {}) const {
    return Call<v1::ListInvestigationsResponse>("ListInvestigations", std::move(request), options);
  }
  PageRange<v1::Investigation> ListInvestigationsAll(v1::ListInvestigationsRequest request,
                                                     const CallOptions& options = {}) const {
    return Pages<v1::Investigation, v1::ListInvestigationsResponse>("ListInvestigations", std::move(request), options);
  }
  absl::StatusOr<v1::Investigation> RecordConsultation(v1::RecordConsultationRequest request,
                                                       const CallOptions& options = {}) const {
    return Call<v1::Investigation>("RecordConsultation", std::move(request), options);
  }
  absl::StatusOr<v1::Investigation> DetermineTreatment(v1::DetermineTreatmentRequest request,
                                                       const CallOptions& options = {}) const {
    return Call<v1::Investigation>("DetermineTreatment", std::move(request), options);
  }
  absl::StatusOr<v1::Meeting> ConveneMeeting(v1::ConveneMeetingRequest request, const CallOptions& options = {}) const {
    return Call<v1::Meeting>("ConveneMeeting", std::move(request), options);
  }
  absl::StatusOr<v1::Meeting> GetMeeting(v1::GetMeetingRequest request, const CallOptions& options = {}) const {
    return Call<v1::Meeting>("GetMeeting", std::move(request), options);
  }
  absl::StatusOr<v1::ListMeetingsResponse> ListMeetings(v1::ListMeetingsRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListMeetingsResponse>("ListMeetings", std::move(request), options);
  }
  PageRange<v1::Meeting> ListMeetingsAll(v1::ListMeetingsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Meeting, v1::ListMeetingsResponse>("ListMeetings", std::move(request), options);
  }
  absl::StatusOr<v1::Meeting> HoldMeeting(v1::HoldMeetingRequest request, const CallOptions& options = {}) const {
    return Call<v1::Meeting>("HoldMeeting", std::move(request), options);
  }
  absl::StatusOr<v1::Meeting> CancelMeeting(v1::CancelMeetingRequest request, const CallOptions& options = {}) const {
    return Call<v1::Meeting>("CancelMeeting", std::move(request), options);
  }
  absl::StatusOr<v1::CorrectiveAction> CreateCorrectiveAction(v1::CreateCorrectiveActionRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::CorrectiveAction>("CreateCorrectiveAction", std::move(request), options);
  }
  absl::StatusOr<v1::CorrectiveAction> GetCorrectiveAction(v1::GetCorrectiveActionRequest request,
                                                           const CallOptions& options = {}) const {
    return Call<v1::CorrectiveAction>("GetCorrectiveAction", std::move(request), options);
  }
  absl::StatusOr<v1::ListCorrectiveActionsResponse> ListCorrectiveActions(v1::ListCorrectiveActionsRequest request,
                                                                          const CallOptions& options = {}) const {
    return Call<v1::ListCorrectiveActionsResponse>("ListCorrectiveActions", std::move(request), options);
  }
  PageRange<v1::CorrectiveAction> ListCorrectiveActionsAll(v1::ListCorrectiveActionsRequest request,
                                                           const CallOptions& options = {}) const {
    return Pages<v1::CorrectiveAction, v1::ListCorrectiveActionsResponse>("ListCorrectiveActions", std::move(request),
                                                                          options);
  }
  absl::StatusOr<v1::CorrectiveAction> CompleteCorrectiveAction(v1::CompleteCorrectiveActionRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::CorrectiveAction>("CompleteCorrectiveAction", std::move(request), options);
  }
  absl::StatusOr<v1::CorrectiveAction> CheckCorrectiveAction(v1::CheckCorrectiveActionRequest request,
                                                             const CallOptions& options = {}) const {
    return Call<v1::CorrectiveAction>("CheckCorrectiveAction", std::move(request), options);
  }
  absl::StatusOr<v1::CorrectiveAction> CancelCorrectiveAction(v1::CancelCorrectiveActionRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::CorrectiveAction>("CancelCorrectiveAction", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_IMPROVEMENT_H_
