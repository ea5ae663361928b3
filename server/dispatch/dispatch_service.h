// DispatchService: engineers, and their visits from plan to departure.
#ifndef AFTERSALES_SERVER_DISPATCH_DISPATCH_SERVICE_H_
#define AFTERSALES_SERVER_DISPATCH_DISPATCH_SERVICE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/event.pb.h"
#include "server/base/call.h"
#include "server/cases/case_root.h"
#include "server/dispatch/engineer_rules.h"
#include "server/dispatch/visit_rules.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// NOT_FOUND where the visit does not exist or this caller may not see it: engineers in the field see their own.
absl::Status CheckVisitVisible(Reader& reader, const Caller& caller, const std::string& visit);

// Thread-safe. Owns neither database nor obligations; both outlive it.
class DispatchService {
 public:
  DispatchService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}

  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Engineer> CreateEngineer(Call& call, const v1::CreateEngineerRequest& request);
  absl::StatusOr<v1::Engineer> GetEngineer(Call& call, const v1::GetEngineerRequest& request);
  absl::StatusOr<v1::ListEngineersResponse> ListEngineers(Call& call, const v1::ListEngineersRequest& request);
  absl::StatusOr<v1::Engineer> UpdateEngineer(Call& call, const v1::UpdateEngineerRequest& request);

  absl::StatusOr<v1::Visit> CreateVisit(Call& call, const v1::CreateVisitRequest& request);
  absl::StatusOr<v1::Visit> GetVisit(Call& call, const v1::GetVisitRequest& request);
  absl::StatusOr<v1::ListVisitsResponse> ListVisits(Call& call, const v1::ListVisitsRequest& request);
  absl::StatusOr<v1::Visit> AssignEngineer(Call& call, const v1::AssignEngineerRequest& request);
  absl::StatusOr<v1::Visit> CheckInVisit(Call& call, const v1::CheckInVisitRequest& request);
  absl::StatusOr<v1::Visit> StartWork(Call& call, const v1::StartWorkRequest& request);
  absl::StatusOr<v1::Visit> RecordWork(Call& call, const v1::RecordWorkRequest& request);
  absl::StatusOr<v1::Visit> CompleteWork(Call& call, const v1::CompleteWorkRequest& request);
  absl::StatusOr<v1::Visit> RecordSatisfaction(Call& call, const v1::RecordSatisfactionRequest& request);
  absl::StatusOr<v1::Visit> CheckOutVisit(Call& call, const v1::CheckOutVisitRequest& request);

 private:
  // A step on a visit: in the state machine, in packs, and in the feed.
  struct Step {
    VisitStep step;
    const char* name;
    v1::EventType event;
  };
  using Change = absl::FunctionRef<absl::Status(Tx&, const LockedCase&, v1::Visit&, v1::Event&)>;

  // Takes a step: locks case and visit, asks who may and whether it is possible, lets `change` do what is special about
  // it, saves and records.
  template <typename Request>
  absl::StatusOr<v1::Visit> TakeStep(Call& call, const Request& request, const Step& step, Change change);
  // Sends `engineer` on `visit`, or says why not and who could go. Locks the engineer, so that of two assignments at
  // once the second sees the first.
  absl::Status Assign(Tx& tx, const v1::Case& service_case, const std::string& engineer, v1::Visit& visit);

  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DISPATCH_DISPATCH_SERVICE_H_
