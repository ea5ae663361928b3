// Engineers and their visits.
#ifndef AFTERSALES_SERVICES_DISPATCH_H_
#define AFTERSALES_SERVICES_DISPATCH_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/dispatch.pb.h"

namespace aftersales {

class DispatchClient : public ServiceClient {
 public:
  explicit DispatchClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.DispatchService") {}

  absl::StatusOr<v1::Engineer> CreateEngineer(v1::CreateEngineerRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Engineer>("CreateEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::Engineer> GetEngineer(v1::GetEngineerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Engineer>("GetEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::ListEngineersResponse> ListEngineers(v1::ListEngineersRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListEngineersResponse>("ListEngineers", std::move(request), options);
  }
  PageRange<v1::Engineer> ListEngineersAll(v1::ListEngineersRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Engineer, v1::ListEngineersResponse>("ListEngineers", std::move(request), options);
  }
  absl::StatusOr<v1::Engineer> UpdateEngineer(v1::UpdateEngineerRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Engineer>("UpdateEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CreateVisit(v1::CreateVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CreateVisit", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> GetVisit(v1::GetVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("GetVisit", std::move(request), options);
  }
  absl::StatusOr<v1::ListVisitsResponse> ListVisits(v1::ListVisitsRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::ListVisitsResponse>("ListVisits", std::move(request), options);
  }
  PageRange<v1::Visit> ListVisitsAll(v1::ListVisitsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Visit, v1::ListVisitsResponse>("ListVisits", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> AssignEngineer(v1::AssignEngineerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("AssignEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CheckInVisit(v1::CheckInVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CheckInVisit", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> StartWork(v1::StartWorkRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("StartWork", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> RecordWork(v1::RecordWorkRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("RecordWork", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CompleteWork(v1::CompleteWorkRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CompleteWork", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> RecordSatisfaction(v1::RecordSatisfactionRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Visit>("RecordSatisfaction", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CheckOutVisit(v1::CheckOutVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CheckOutVisit", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_DISPATCH_H_
