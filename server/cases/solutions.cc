// CaseService: solutions, approved by departments and confirmed by the customer.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"

namespace aftersales {
namespace {

v1::Event SolutionEvent(v1::EventType type, const v1::Solution& solution) {
  v1::Event event;
  event.set_type(type);
  event.set_subject(solution.name());
  *event.mutable_solution() = solution;
  return event;
}

absl::Status Supersede(Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Solution before, Solutions().Lock(tx, name));
  before.set_state(v1::SOLUTION_STATE_SUPERSEDED);
  return Solutions().Update(tx, before);
}

absl::Status CheckProposed(const v1::Solution& solution, const std::string& step) {
  if (solution.state() == v1::SOLUTION_STATE_PROPOSED) return absl::OkStatus();
  return StateError(solution.name(), Word(solution.state()), step, {Word(v1::SOLUTION_STATE_PROPOSED)});
}

// A department may come to owe its approval after the customer has confirmed.
absl::Status CheckCurrent(const v1::Solution& solution, const std::string& step) {
  if (solution.state() == v1::SOLUTION_STATE_PROPOSED || solution.state() == v1::SOLUTION_STATE_CONFIRMED) {
    return absl::OkStatus();
  }
  return StateError(solution.name(), Word(solution.state()), step,
                    {Word(v1::SOLUTION_STATE_PROPOSED), Word(v1::SOLUTION_STATE_CONFIRMED)});
}

}  // namespace

absl::StatusOr<v1::Solution> CaseService::ProposeSolution(Call& call, const v1::ProposeSolutionRequest& request) {
  return db_.Write<v1::Solution>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Solution> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.parent()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kPropose, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "propose-solution", ""));
    if (!service_case.current_solution().empty()) RETURN_IF_ERROR(Supersede(tx, service_case.current_solution()));
    v1::Solution solution = request.solution();
    solution.set_name(absl::StrCat(service_case.name(), "/solutions/", tx.NewId()));
    solution.set_state(v1::SOLUTION_STATE_PROPOSED);
    solution.set_service_case(service_case.name());
    solution.set_proposer(call.caller.principal);
    service_case.set_current_solution(solution.name());
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    RETURN_IF_ERROR(Solutions().Insert(tx, solution));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(service_case), SolutionEvent(v1::EVENT_TYPE_SOLUTION_PROPOSED, solution)));
    return solution;
  });
}

absl::StatusOr<v1::Solution> CaseService::GetSolution(Call& call, const v1::GetSolutionRequest& request) {
  return db_.Read<v1::Solution>(call, [&](Reader& reader) { return Solutions().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListSolutionsResponse> CaseService::ListSolutions(Call& call,
                                                                     const v1::ListSolutionsRequest& request) {
  ListQuery query;
  query.where.push_back({"service_case", "=", request.parent()});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListSolutionsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListSolutionsResponse> {
    v1::ListSolutionsResponse response;
    RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
    RETURN_IF_ERROR(Solutions().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Solution> CaseService::ApproveSolution(Call& call, const v1::ApproveSolutionRequest& request) {
  return db_.Write<v1::Solution>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Solution> {
    ASSIGN_OR_RETURN(const LockedCase locked,
                     LockCase(tx, ParentOf(request.name()), /*working=*/true, "given an approval"));
    ASSIGN_OR_RETURN(v1::Solution solution, Solutions().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(CheckCurrent(solution, "approved"));
    ASSIGN_OR_RETURN(const bool head,
                     obligations_.CheckRole(tx, locked.root, policy::kApproveSolution, request.role()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, policy::kApproveSolution, solution.name()));
    if (solution.proposer() == call.caller.principal) {
      return OwnSubmissionError(solution.name(), solution.proposer(), "proposed", "approve");
    }
    for (const v1::Act& approval : solution.approvals()) {
      if (approval.role() == request.role()) {
        return ExistsError(solution.name(), absl::StrCat(solution.name(), " has the approval of ", Word(request.role()),
                                                         " already, by ", approval.principal(), "."));
      }
    }
    RETURN_IF_ERROR(obligations_.CheckAnotherPerson(tx, locked.root, policy::kApproveSolution, solution.name(),
                                                    solution.approvals()));
    v1::Act* approval = solution.add_approvals();
    approval->set_principal(call.caller.principal);
    approval->set_role(request.role());
    approval->set_head(head);
    *approval->mutable_time() = ToProto(tx.now());
    approval->set_comment(request.comment());
    RETURN_IF_ERROR(Solutions().Update(tx, solution));
    v1::Event event = SolutionEvent(v1::EVENT_TYPE_SOLUTION_APPROVED, solution);
    event.set_role(request.role());
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), head));
    return solution;
  });
}

absl::StatusOr<v1::Solution> CaseService::ConfirmSolution(Call& call, const v1::ConfirmSolutionRequest& request) {
  return db_.Write<v1::Solution>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Solution> {
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows that the customer confirmed?"));
    ASSIGN_OR_RETURN(const LockedCase locked,
                     LockCase(tx, ParentOf(request.name()), /*working=*/true, "given a confirmation"));
    ASSIGN_OR_RETURN(v1::Solution solution, Solutions().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(CheckProposed(solution, "confirmed"));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "confirm-solution", solution.name()));
    solution.set_state(v1::SOLUTION_STATE_CONFIRMED);
    *solution.mutable_confirmation() = request.evidence();
    solution.set_confirmation_recorded_by(call.caller.principal);
    *solution.mutable_confirm_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Solutions().Update(tx, solution));
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, SolutionEvent(v1::EVENT_TYPE_SOLUTION_CONFIRMED, solution)));
    return solution;
  });
}

}  // namespace aftersales
