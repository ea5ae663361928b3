#include "server/cases/case_service.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/directory/directory_store.h"

namespace aftersales {
namespace {

v1::Event CaseEvent(v1::EventType type, const v1::Case& service_case) {
  v1::Event event;
  event.set_type(type);
  event.set_subject(service_case.name());
  *event.mutable_service_case() = service_case;
  return event;
}

// The customer exists, and the equipment is one that we sold to this customer (GT-2).
absl::Status CheckParties(Reader& reader, const v1::Case& service_case) {
  // Equipment was sold to a customer that exists, so that one look does for both.
  if (service_case.equipment().empty()) {
    return Referenced(reader, Customers(), "service_case.customer", service_case.customer()).status();
  }
  const absl::StatusOr<v1::Equipment> equipment = EquipmentTable().Get(reader, service_case.equipment());
  if (!equipment.ok()) {
    return ReferenceError("service_case.equipment", service_case.equipment(),
                          "there is no such equipment; only what we sold is served");
  }
  if (equipment->customer() != service_case.customer()) {
    return ReferenceError("service_case.equipment", service_case.equipment(),
                          absl::StrCat("was sold to ", equipment->customer(), ", not to ", service_case.customer()));
  }
  return absl::OkStatus();
}

// Ties the case to the contact it is opened from and takes over when the notice came.
absl::Status JoinContact(Tx& tx, v1::Case& service_case) {
  auto locked = Contacts().Lock(tx, service_case.contact());
  if (!locked.ok()) return ReferenceError("service_case.contact", service_case.contact(), "there is no such contact");
  v1::Contact contact = *std::move(locked);
  if (!contact.service_case().empty()) {
    return ReferenceError("service_case.contact", contact.name(),
                          absl::StrCat("has led to ", contact.service_case(), " already"));
  }
  if (!service_case.has_notice_time()) *service_case.mutable_notice_time() = contact.notice_time();
  if (!service_case.has_fault_time() && contact.has_fault_time()) {
    *service_case.mutable_fault_time() = contact.fault_time();
  }
  contact.set_service_case(service_case.name());
  return Contacts().Update(tx, contact);
}

}  // namespace

void CaseService::Bind(rpc::Methods& methods) {
  methods.Unary("CreateContact", this, &CaseService::CreateContact);
  methods.Unary("GetContact", this, &CaseService::GetContact);
  methods.Unary("ListContacts", this, &CaseService::ListContacts);
  methods.Unary("AnswerContact", this, &CaseService::AnswerContact);
  methods.Unary("CreateCase", this, &CaseService::CreateCase);
  methods.Unary("GetCase", this, &CaseService::GetCase);
  methods.Unary("ListCases", this, &CaseService::ListCases);
  methods.Unary("AcceptCase", this, &CaseService::AcceptCase);
  methods.Unary("RefuseCase", this, &CaseService::RefuseCase);
  methods.Unary("ClassifyCase", this, &CaseService::ClassifyCase);
  methods.Unary("ProposeSolution", this, &CaseService::ProposeSolution);
  methods.Unary("GetSolution", this, &CaseService::GetSolution);
  methods.Unary("ListSolutions", this, &CaseService::ListSolutions);
  methods.Unary("ApproveSolution", this, &CaseService::ApproveSolution);
  methods.Unary("ConfirmSolution", this, &CaseService::ConfirmSolution);
  methods.Unary("CreateDocument", this, &CaseService::CreateDocument);
  methods.Unary("GetDocument", this, &CaseService::GetDocument);
  methods.Unary("ListDocuments", this, &CaseService::ListDocuments);
  methods.Unary("CloseCase", this, &CaseService::CloseCase);
}

absl::StatusOr<int> CaseService::CompanyYear(Call& call) {
  const auto year = [](absl::Time now, const policy::Pack& pack) {
    return static_cast<int>(absl::ToCivilYear(now, pack.time_zone).year());
  };
  if (const auto pack = obligations_.LastActive(); pack != nullptr) return year(db_.clock().Now(), *pack);
  return db_.Read<int>(call, [&](Reader& reader) -> absl::StatusOr<int> {
    ASSIGN_OR_RETURN(const std::string active, obligations_.ActiveVersion(reader));
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(reader, active));
    return year(reader.now(), *pack);
  });
}

absl::StatusOr<v1::Case> CaseService::CreateCase(Call& call, const v1::CreateCaseRequest& request) {
  ASSIGN_OR_RETURN(const int year, CompanyYear(call));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, absl::StrCat("case-", year)));
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    v1::Case service_case = request.service_case();
    service_case.set_name(absl::StrFormat("cases/C%d-%06d", year, number));
    service_case.set_state(v1::CASE_STATE_OPEN);
    service_case.set_opened_by(call.caller.principal);
    if (!service_case.contact().empty()) RETURN_IF_ERROR(JoinContact(tx, service_case));
    RETURN_IF_ERROR(SettleCaseTimes(service_case, tx.now()));
    RETURN_IF_ERROR(CheckParties(tx, service_case));
    ASSIGN_OR_RETURN(*service_case.mutable_policy_version(), obligations_.ActiveVersion(tx));
    RETURN_IF_ERROR(Cases().Insert(tx, service_case));
    const Root root = RootOf(service_case);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-case", ""));
    RETURN_IF_ERROR(obligations_.Record(tx, root, CaseEvent(v1::EVENT_TYPE_CASE_OPENED, service_case)));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::GetCase(Call& call, const v1::GetCaseRequest& request) {
  return db_.Read<v1::Case>(call, [&](Reader& reader) { return Cases().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListCasesResponse> CaseService::ListCases(Call& call, const v1::ListCasesRequest& request) {
  ListQuery query;
  const v1::CaseFilter& filter = request.filter();
  if (!filter.customer().empty()) query.where.push_back({"customer", "=", filter.customer()});
  if (!filter.equipment().empty()) query.where.push_back({"equipment", "=", filter.equipment()});
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  query.order.push_back({"create_time", /*descending=*/true});
  return db_.Read<v1::ListCasesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListCasesResponse> {
    v1::ListCasesResponse response;
    RETURN_IF_ERROR(Cases().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Case> CaseService::AcceptCase(Call& call, const v1::AcceptCaseRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kAccept, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "accept-case", ""));
    service_case.set_service_mode(request.service_mode());
    *service_case.mutable_accept_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_ACCEPTED, service_case)));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::RefuseCase(Call& call, const v1::RefuseCaseRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kRefuse, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "refuse-case", ""));
    service_case.set_refuse_reason(request.reason());
    *service_case.mutable_close_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_REFUSED, service_case)));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::ClassifyCase(Call& call, const v1::ClassifyCaseRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kClassify, service_case));
    RETURN_IF_ERROR(obligations_.CheckClass(tx, RootOf(service_case), request.classification()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "classify-case", ""));
    service_case.set_classification(request.classification());
    *service_case.mutable_classification_evidence() = request.evidence();
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_CLASSIFIED, service_case)));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::CloseCase(Call& call, const v1::CloseCaseRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kClose, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "close-case", ""));
    service_case.set_resolution(request.resolution());
    *service_case.mutable_close_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    RETURN_IF_ERROR(
        obligations_.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_CLOSED, service_case)));
    return service_case;
  });
}

}  // namespace aftersales
