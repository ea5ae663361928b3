#include "server/dispatch/dispatch_service.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/directory/directory_store.h"
#include "server/dispatch/dispatch_store.h"

namespace aftersales {
namespace {

// How many engineers are looked at to name some who could go, and how many are named.
constexpr int kCandidatesLookedAt = 200;
constexpr size_t kCandidatesNamed = 5;

// The principal that the visit's engineer signs in as; empty where nobody is assigned or the engineer signs in to
// nothing.
absl::StatusOr<std::string> PrincipalOf(Reader& reader, const v1::Visit& visit) {
  if (visit.engineer().empty()) return std::string();
  ASSIGN_OR_RETURN(const v1::Engineer engineer, Engineers().Get(reader, visit.engineer()));
  return engineer.principal();
}

// What the visit asks of an engineer.
absl::StatusOr<Journey> JourneyOf(Reader& reader, const v1::Visit& visit, const v1::Case& service_case) {
  Journey journey{{}, FromProto(visit.plan_start_time()), FromProto(visit.plan_end_time()), ""};
  if (service_case.equipment().empty()) return journey;
  ASSIGN_OR_RETURN(const v1::Equipment equipment, EquipmentTable().Get(reader, service_case.equipment()));
  ASSIGN_OR_RETURN(const v1::Product product, Products().Get(reader, equipment.product()));
  journey.region = equipment.region();
  journey.certificates.assign(product.required_certificates().begin(), product.required_certificates().end());
  return journey;
}

// Some engineers who could go, those of the region first: for the text of a refusal, so only so many are looked at.
std::vector<std::string> Candidates(Reader& reader, const Journey& journey) {
  std::vector<v1::Engineer> pool = Engineers().Select(reader, ListQuery{}, kCandidatesLookedAt);
  std::stable_partition(pool.begin(), pool.end(),
                        [&](const v1::Engineer& engineer) { return engineer.region() == journey.region; });
  std::vector<std::string> fit;
  for (const v1::Engineer& engineer : pool) {
    if (!WhyUnfit(engineer, journey, std::nullopt, reader.now()).has_value()) fit.push_back(engineer.name());
  }
  const std::set<std::string> booked = BookedEngineers(reader, fit, journey.start, journey.end);
  std::vector<std::string> candidates;
  for (const std::string& name : fit) {
    if (candidates.size() < kCandidatesNamed && booked.count(name) == 0) candidates.push_back(name);
  }
  return candidates;
}

// A principal signs in as one engineer.
absl::Status CheckPrincipal(Reader& reader, const v1::Engineer& engineer) {
  const std::string holder = EngineerOfPrincipal(reader, engineer.principal());
  if (holder.empty() || holder == engineer.name()) return absl::OkStatus();
  return ExistsError(holder, absl::StrCat("engineer.principal: ", engineer.principal(), " signs in as ", holder,
                                          " already. Update that engineer, or name another principal."));
}

// Locks the case that a new visit is for; a name that leads nowhere is a mistake in that field.
absl::StatusOr<LockedCase> LockCaseNamed(Tx& tx, const std::string& field, const std::string& name) {
  absl::StatusOr<LockedCase> locked = LockCase(tx, name, /*working=*/true, "given a visit");
  if (!absl::IsNotFound(locked.status())) return locked;
  return ReferenceError(field, name, absl::StrCat(name, " does not exist. Check the name, or open the case first."));
}

void RecordEngineer(Tx& tx, const v1::Engineer& engineer) {
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_DIRECTORY_CHANGED);
  event.set_root(engineer.name());
  event.set_subject(engineer.name());
  int64_t version = 1;
  if (absl::SimpleAtoi(engineer.etag(), &version)) event.set_root_version(version);
  *event.mutable_engineer() = engineer;
  Obligations::RecordPlain(tx, std::move(event));
}

// NOT_FOUND where this caller may not see the visit.
absl::Status CheckMaySee(Reader& reader, const Caller& caller, const v1::Visit& visit) {
  if (!SeesOwnVisitsOnly(caller)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string principal, PrincipalOf(reader, visit));
  return MayWorkOn(caller, principal) ? absl::OkStatus() : NotFoundError(visit.name());
}

}  // namespace

absl::Status CheckVisitVisible(Reader& reader, const Caller& caller, const std::string& name) {
  ASSIGN_OR_RETURN(const v1::Visit visit, Visits().Get(reader, name));
  return CheckMaySee(reader, caller, visit);
}

void DispatchService::Bind(rpc::Methods& methods) {
  methods.Unary("CreateEngineer", this, &DispatchService::CreateEngineer);
  methods.Unary("GetEngineer", this, &DispatchService::GetEngineer);
  methods.Unary("ListEngineers", this, &DispatchService::ListEngineers);
  methods.Unary("UpdateEngineer", this, &DispatchService::UpdateEngineer);
  methods.Unary("CreateVisit", this, &DispatchService::CreateVisit);
  methods.Unary("GetVisit", this, &DispatchService::GetVisit);
  methods.Unary("ListVisits", this, &DispatchService::ListVisits);
  methods.Unary("AssignEngineer", this, &DispatchService::AssignEngineer);
  methods.Unary("CheckInVisit", this, &DispatchService::CheckInVisit);
  methods.Unary("StartWork", this, &DispatchService::StartWork);
  methods.Unary("RecordWork", this, &DispatchService::RecordWork);
  methods.Unary("CompleteWork", this, &DispatchService::CompleteWork);
  methods.Unary("RecordSatisfaction", this, &DispatchService::RecordSatisfaction);
  methods.Unary("CheckOutVisit", this, &DispatchService::CheckOutVisit);
}

absl::StatusOr<v1::Engineer> DispatchService::CreateEngineer(Call& call, const v1::CreateEngineerRequest& request) {
  RETURN_IF_ERROR(CheckEngineer(request.engineer()));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "engineer"));
  return db_.Write<v1::Engineer>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Engineer> {
    v1::Engineer engineer = request.engineer();
    engineer.set_name(absl::StrCat("engineers/", number));
    RETURN_IF_ERROR(CheckPrincipal(tx, engineer));
    RETURN_IF_ERROR(Engineers().Insert(tx, engineer));
    RecordEngineer(tx, engineer);
    return engineer;
  });
}

absl::StatusOr<v1::Engineer> DispatchService::GetEngineer(Call& call, const v1::GetEngineerRequest& request) {
  return db_.Read<v1::Engineer>(call, [&](Reader& reader) { return Engineers().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListEngineersResponse> DispatchService::ListEngineers(Call& call,
                                                                         const v1::ListEngineersRequest& request) {
  return db_.Read<v1::ListEngineersResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListEngineersResponse> {
    v1::ListEngineersResponse response;
    RETURN_IF_ERROR(Engineers().List(reader, EngineerQuery(request.filter()), request, &response));
    return response;
  });
}

absl::StatusOr<v1::Engineer> DispatchService::UpdateEngineer(Call& call, const v1::UpdateEngineerRequest& request) {
  RETURN_IF_ERROR(CheckEngineer(request.engineer()));
  return db_.Write<v1::Engineer>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Engineer> {
    ASSIGN_OR_RETURN(const v1::Engineer current, Engineers().Lock(tx, request.name(), request.etag()));
    v1::Engineer engineer = request.engineer();
    engineer.set_name(current.name());
    engineer.set_etag(current.etag());
    *engineer.mutable_create_time() = current.create_time();
    RETURN_IF_ERROR(CheckPrincipalStays(current, engineer, call.caller.principal));
    RETURN_IF_ERROR(CheckPrincipal(tx, engineer));
    RETURN_IF_ERROR(Engineers().Update(tx, engineer));
    RecordEngineer(tx, engineer);
    return engineer;
  });
}

absl::StatusOr<v1::Visit> DispatchService::CreateVisit(Call& call, const v1::CreateVisitRequest& request) {
  RETURN_IF_ERROR(CheckPlan(request.visit()));
  const int64_t year = absl::ToCivilYear(db_.clock().Now(), absl::UTCTimeZone()).year();
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, absl::StrCat("visit-", year)));
  return db_.Write<v1::Visit>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Visit> {
    ASSIGN_OR_RETURN(const LockedCase locked, LockCaseNamed(tx, "visit.service_case", request.visit().service_case()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-visit", ""));
    v1::Visit visit;
    visit.set_name(absl::StrFormat("visits/V%d-%06d", year, number));
    visit.set_state(v1::VISIT_STATE_PLANNED);
    visit.set_service_case(locked.service_case.name());
    *visit.mutable_plan_start_time() = request.visit().plan_start_time();
    *visit.mutable_plan_end_time() = request.visit().plan_end_time();
    visit.set_plan(request.visit().plan());
    RETURN_IF_ERROR(Visits().Insert(tx, visit));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_VISIT_PLANNED);
    event.set_subject(visit.name());
    *event.mutable_visit() = visit;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return visit;
  });
}

absl::StatusOr<v1::Visit> DispatchService::GetVisit(Call& call, const v1::GetVisitRequest& request) {
  return db_.Read<v1::Visit>(call, [&](Reader& reader) -> absl::StatusOr<v1::Visit> {
    ASSIGN_OR_RETURN(v1::Visit visit, Visits().Get(reader, request.name()));
    RETURN_IF_ERROR(CheckMaySee(reader, call.caller, visit));
    return visit;
  });
}

absl::StatusOr<v1::ListVisitsResponse> DispatchService::ListVisits(Call& call, const v1::ListVisitsRequest& request) {
  return db_.Read<v1::ListVisitsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListVisitsResponse> {
    v1::ListVisitsResponse response;
    std::optional<std::string> own;
    if (SeesOwnVisitsOnly(call.caller)) {
      own = EngineerOfPrincipal(reader, call.caller.principal);
      if (own->empty()) return response;  // nobody's: visits without an engineer are not theirs either
    }
    RETURN_IF_ERROR(Visits().List(reader, VisitQuery(request.filter(), own), request, &response));
    return response;
  });
}

template <typename Request>
absl::StatusOr<v1::Visit> DispatchService::TakeStep(Call& call, const Request& request, const Step& step,
                                                    Change change) {
  return db_.Write<v1::Visit>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Visit> {
    // The case is locked before the visit; which case that is never changes.
    ASSIGN_OR_RETURN(const v1::Visit seen, Visits().Get(tx, request.name()));
    ASSIGN_OR_RETURN(const LockedCase locked, LockCase(tx, seen.service_case(), /*working=*/true, "worked on"));
    ASSIGN_OR_RETURN(v1::Visit visit, Visits().Lock(tx, request.name()));
    RETURN_IF_ERROR(CheckMaySee(tx, call.caller, visit));
    if (!request.etag().empty() && request.etag() != visit.etag()) return EtagError(visit.name(), visit.etag());
    ASSIGN_OR_RETURN(const v1::VisitState state, StateAfter(visit, step.step));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, step.name, visit.name()));
    visit.set_state(state);
    v1::Event event;
    event.set_type(step.event);
    event.set_subject(visit.name());
    RETURN_IF_ERROR(change(tx, locked, visit, event));
    RETURN_IF_ERROR(Visits().Update(tx, visit));
    *event.mutable_visit() = visit;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return visit;
  });
}

absl::Status DispatchService::Assign(Tx& tx, const v1::Case& service_case, const std::string& engineer_name,
                                     v1::Visit& visit) {
  ASSIGN_OR_RETURN(const Journey journey, JourneyOf(tx, visit, service_case));
  absl::StatusOr<v1::Engineer> engineer = Engineers().Lock(tx, engineer_name);
  if (absl::IsNotFound(engineer.status())) {
    return ReferenceError("engineer", engineer_name,
                          absl::StrCat(engineer_name, " does not exist; list the engineers"));
  }
  RETURN_IF_ERROR(engineer.status());
  const std::optional<Booking> booking =
      FindBooking(tx, engineer->name(), journey.start, journey.end, /*except=*/visit.name());
  const std::optional<Unfitness> unfit = WhyUnfit(*engineer, journey, booking, tx.now());
  if (unfit.has_value()) {
    return EngineerUnavailableError(engineer->name(), *unfit, Candidates(tx, journey));
  }
  visit.set_engineer(engineer->name());
  return absl::OkStatus();
}

absl::StatusOr<v1::Visit> DispatchService::AssignEngineer(Call& call, const v1::AssignEngineerRequest& request) {
  return TakeStep(call, request, {VisitStep::kAssign, "assign-engineer", v1::EVENT_TYPE_ENGINEER_ASSIGNED},
                  [&](Tx& tx, const LockedCase& locked, v1::Visit& visit, v1::Event&) {
                    return Assign(tx, locked.service_case, request.engineer(), visit);
                  });
}

absl::StatusOr<v1::Visit> DispatchService::CheckInVisit(Call& call, const v1::CheckInVisitRequest& request) {
  return TakeStep(call, request, {VisitStep::kCheckIn, "check-in-visit", v1::EVENT_TYPE_VISIT_CHECKED_IN},
                  [&](Tx& tx, const LockedCase& locked, v1::Visit& visit, v1::Event& event) -> absl::Status {
                    std::optional<absl::Time> device_time;
                    if (request.has_device_time()) device_time = FromProto(request.device_time());
                    ASSIGN_OR_RETURN(const absl::Time arrival,
                                     ArrivalTime(device_time, tx.now(), locked.root.notice_time));
                    *visit.mutable_check_in_time() = ToProto(arrival);
                    *visit.mutable_check_in_record_time() = ToProto(tx.now());
                    *event.mutable_time() = ToProto(arrival);
                    return absl::OkStatus();
                  });
}

absl::StatusOr<v1::Visit> DispatchService::StartWork(Call& call, const v1::StartWorkRequest& request) {
  return TakeStep(call, request, {VisitStep::kStartWork, "start-work", v1::EVENT_TYPE_WORK_STARTED},
                  [](Tx&, const LockedCase&, v1::Visit&, v1::Event&) { return absl::OkStatus(); });
}

absl::StatusOr<v1::Visit> DispatchService::RecordWork(Call& call, const v1::RecordWorkRequest& request) {
  return TakeStep(call, request, {VisitStep::kRecordWork, "record-work", v1::EVENT_TYPE_WORK_RECORDED},
                  [&](Tx& tx, const LockedCase&, v1::Visit& visit, v1::Event&) {
                    return AddWork(request.work(), call.caller.principal, tx.now(), visit);
                  });
}

absl::StatusOr<v1::Visit> DispatchService::CompleteWork(Call& call, const v1::CompleteWorkRequest& request) {
  return TakeStep(call, request, {VisitStep::kCompleteWork, "complete-work", v1::EVENT_TYPE_WORK_COMPLETED},
                  [&](Tx& tx, const LockedCase&, v1::Visit& visit, v1::Event&) {
                    *visit.mutable_complete_time() = ToProto(tx.now());
                    visit.set_summary(request.summary());
                    return absl::OkStatus();
                  });
}

absl::StatusOr<v1::Visit> DispatchService::RecordSatisfaction(Call& call,
                                                              const v1::RecordSatisfactionRequest& request) {
  RETURN_IF_ERROR(CheckConfirmation(request.evidence()));
  return TakeStep(call, request,
                  {VisitStep::kRecordSatisfaction, "record-satisfaction", v1::EVENT_TYPE_SATISFACTION_RECORDED},
                  [&](Tx&, const LockedCase&, v1::Visit& visit, v1::Event& event) {
                    visit.set_satisfied(request.satisfied());
                    *visit.mutable_satisfaction() = request.evidence();
                    (*event.mutable_facts())["satisfied"] = request.satisfied() ? "true" : "false";
                    return absl::OkStatus();
                  });
}

absl::StatusOr<v1::Visit> DispatchService::CheckOutVisit(Call& call, const v1::CheckOutVisitRequest& request) {
  return TakeStep(call, request, {VisitStep::kCheckOut, "check-out-visit", v1::EVENT_TYPE_VISIT_CHECKED_OUT},
                  [](Tx& tx, const LockedCase&, v1::Visit& visit, v1::Event&) {
                    *visit.mutable_check_out_time() = ToProto(tx.now());
                    return absl::OkStatus();
                  });
}

}  // namespace aftersales
