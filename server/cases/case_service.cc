#include "server/cases/case_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"
#include "server/cases/coverage_rules.h"
#include "server/cases/recurrences.h"

namespace aftersales {

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
  methods.Unary("UpdateContact", this, &CaseService::UpdateContact);
  methods.Unary("TransferContact", this, &CaseService::TransferContact);
  methods.Unary("JoinContact", this, &CaseService::JoinContact);
  methods.Unary("CloseContact", this, &CaseService::CloseContact);
  methods.Unary("AuditContactQueue", this, &CaseService::AuditContactQueue);
  methods.Unary("UpdateCase", this, &CaseService::UpdateCase);
  methods.Unary("ReopenCase", this, &CaseService::ReopenCase);
  methods.Unary("PauseCase", this, &CaseService::PauseCase);
  methods.Unary("ResumeCase", this, &CaseService::ResumeCase);
  methods.Unary("EscalateCase", this, &CaseService::EscalateCase);
  methods.Unary("ListSimilarCases", this, &CaseService::ListSimilarCases);
  methods.Unary("LinkCases", this, &CaseService::LinkCases);
  methods.Unary("ListIdleCases", this, &CaseService::ListIdleCases);
  methods.Unary("DetermineCause", this, &CaseService::DetermineCause);
  methods.Unary("DecideRemedy", this, &CaseService::DecideRemedy);
  methods.Unary("QuotePrice", this, &CaseService::QuotePrice);
  methods.Unary("AgreePrice", this, &CaseService::AgreePrice);
  methods.Unary("ExplainImproperUse", this, &CaseService::ExplainImproperUse);
  methods.Unary("RecordExplanationReply", this, &CaseService::RecordExplanationReply);
  methods.Unary("CreateTelephoneAttempt", this, &CaseService::CreateTelephoneAttempt);
  methods.Unary("ListTelephoneAttempts", this, &CaseService::ListTelephoneAttempts);
  methods.Unary("CreateHelpRequest", this, &CaseService::CreateHelpRequest);
  methods.Unary("GetHelpRequest", this, &CaseService::GetHelpRequest);
  methods.Unary("ListHelpRequests", this, &CaseService::ListHelpRequests);
  methods.Unary("AnswerHelpRequest", this, &CaseService::AnswerHelpRequest);
  methods.Unary("CreateDispute", this, &CaseService::CreateDispute);
  methods.Unary("GetDispute", this, &CaseService::GetDispute);
  methods.Unary("ListDisputes", this, &CaseService::ListDisputes);
  methods.Unary("ResolveDispute", this, &CaseService::ResolveDispute);
  methods.Unary("VoidDocument", this, &CaseService::VoidDocument);
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

absl::StatusOr<v1::Case> CaseService::ChangeCase(Call& call, const google::protobuf::Message& request, const StepOn& on,
                                                 absl::FunctionRef<absl::StatusOr<v1::Event>(Tx&, v1::Case&)> change) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) { return ChangeCaseIn(tx, on, change); });
}

absl::StatusOr<v1::Case> CaseService::ChangeCaseIn(
    Tx& tx, const StepOn& on, absl::FunctionRef<absl::StatusOr<v1::Event>(Tx&, v1::Case&)> change) {
  ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, on.name, on.etag));
  RETURN_IF_ERROR(TakeStep(on.step, service_case));
  RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), on.action, ""));
  ASSIGN_OR_RETURN(v1::Event event, change(tx, service_case));
  RETURN_IF_ERROR(Cases().Update(tx, service_case));
  event.set_subject(service_case.name());
  *event.mutable_service_case() = service_case;
  const bool head = event.head();
  RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), std::move(event), head));
  return service_case;
}

absl::Status CaseService::SettleCase(Tx& tx, v1::Case& service_case) {
  return SettleCase(tx, PartiesOf(tx, service_case.customer(), service_case.equipment(), service_case.site()),
                    service_case);
}

absl::Status CaseService::SettleCase(Tx& tx, const Parties& parties, v1::Case& service_case) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack,
                   obligations_.Version(tx, service_case.policy_version()));
  RETURN_IF_ERROR(obligations_.CheckType(tx, service_case.policy_version(), "service_case.type", service_case.type()));
  RETURN_IF_ERROR(CheckParties(parties, service_case));
  SettleParties(*pack, parties, service_case);
  return absl::OkStatus();
}

absl::StatusOr<v1::Contact> CaseService::LockOpeningContact(Tx& tx, v1::Case& service_case) {
  auto locked = Contacts().Lock(tx, service_case.contact());
  if (!locked.ok()) {
    return ReferenceError("service_case.contact", service_case.contact(), "there is no such contact; check its number");
  }
  v1::Contact contact = *std::move(locked);
  if (!contact.service_case().empty()) {
    return ReferenceError("service_case.contact", contact.name(),
                          absl::StrCat("has led to ", contact.service_case(),
                                       " already; go on with that case, or open this one without the contact"));
  }
  if (!contact.customer().empty() && contact.customer() != service_case.customer()) {
    return ReferenceError("service_case.contact", contact.name(),
                          absl::StrCat("is a contact of ", contact.customer(), ", not of ", service_case.customer(),
                                       "; open the case for that customer, or without the contact"));
  }
  RETURN_IF_ERROR(TakeStep(ContactStep::kJoin, contact));
  if (!service_case.has_notice_time()) *service_case.mutable_notice_time() = contact.notice_time();
  if (const absl::Time notice = FromProto(contact.notice_time()); FromProto(service_case.notice_time()) > notice) {
    return FieldError("service_case.notice_time",
                      absl::StrCat("lies after the notice of ", contact.name(), " (", ForPeople(notice),
                                   "), which the case is opened from; leave it empty"));
  }
  if (!service_case.has_fault_time() && contact.has_fault_time()) {
    *service_case.mutable_fault_time() = contact.fault_time();
  }
  return contact;
}

absl::Status CaseService::RecordJoined(Tx& tx, const v1::Case& service_case, v1::Contact& contact) {
  contact.set_service_case(service_case.name());
  if (contact.customer().empty()) {
    contact.set_customer(service_case.customer());
    contact.mutable_facts()->set_customer_tier(service_case.facts().customer_tier());
  }
  RETURN_IF_ERROR(Contacts().Update(tx, contact));
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_CONTACT_JOINED);
  event.set_subject(contact.name());
  *event.mutable_contact() = contact;
  return obligations_.Record(tx, RootOf(contact), std::move(event));
}

absl::StatusOr<v1::Case> CaseService::CreateCase(Call& call, const v1::CreateCaseRequest& request) {
  ASSIGN_OR_RETURN(const int year, CompanyYear(call));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, absl::StrCat("case-", year)));
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    v1::Case service_case = request.service_case();
    service_case.set_name(absl::StrFormat("cases/C%d-%06d", year, number));
    service_case.set_state(v1::CASE_STATE_OPEN);
    service_case.set_opened_by(call.caller.principal);
    const Parties parties = PartiesOf(tx, service_case.customer(), service_case.equipment(), service_case.site());
    service_case.set_product(parties.equipment.product());
    ASSIGN_OR_RETURN(Recurrences recurrences, Recurrences::Lock(tx, service_case, /*exists=*/false));
    std::optional<v1::Contact> contact;
    if (!service_case.contact().empty()) {
      ASSIGN_OR_RETURN(contact, LockOpeningContact(tx, service_case));
    }
    RETURN_IF_ERROR(SettleCaseTimes(service_case, tx.now()));
    ASSIGN_OR_RETURN(*service_case.mutable_policy_version(), obligations_.ActiveVersion(tx));
    RETURN_IF_ERROR(SettleCase(tx, parties, service_case));
    RETURN_IF_ERROR(Cases().Insert(tx, service_case));
    KeepItems(tx, service_case, SearchItems(service_case), /*before=*/false);
    const Root root = RootOf(service_case);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-case", ""));
    RETURN_IF_ERROR(obligations_.Record(tx, root, CaseEvent(v1::EVENT_TYPE_CASE_OPENED, service_case)));
    if (contact.has_value()) RETURN_IF_ERROR(RecordJoined(tx, service_case, *contact));
    RETURN_IF_ERROR(recurrences.Record(tx, obligations_, service_case));
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
  if (!filter.product().empty()) query.where.push_back({"product", "=", filter.product()});
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  query.order.push_back({"create_time", /*descending=*/true});
  return db_.Read<v1::ListCasesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListCasesResponse> {
    v1::ListCasesResponse response;
    RETURN_IF_ERROR(Cases().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Case> CaseService::AcceptCase(Call& call, const v1::AcceptCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kAccept, "accept-case"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    service_case.set_service_mode(request.service_mode());
    *service_case.mutable_accept_time() = ToProto(tx.now());
    return EventOf(v1::EVENT_TYPE_CASE_ACCEPTED);
  });
}

absl::StatusOr<v1::Case> CaseService::RefuseCase(Call& call, const v1::RefuseCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kRefuse, "refuse-case"};
  const auto change = [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckNotPaused(service_case, Participle(CaseStep::kRefuse)));
    service_case.set_refuse_reason(request.reason());
    *service_case.mutable_close_time() = ToProto(tx.now());
    return EventOf(v1::EVENT_TYPE_CASE_REFUSED);
  };
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, ChangeCaseIn(tx, on, change));
    RETURN_IF_ERROR(WithdrawRecurrences(tx, obligations_, service_case));
    return service_case;
  });
}

absl::StatusOr<v1::Case> CaseService::ClassifyCase(Call& call, const v1::ClassifyCaseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kClassify, "classify-case"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(obligations_.CheckClass(tx, RootOf(service_case), request.classification()));
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows that it is of this class?"));
    service_case.set_classification(request.classification());
    *service_case.mutable_classification_evidence() = request.evidence();
    return EventOf(v1::EVENT_TYPE_CASE_CLASSIFIED);
  });
}

absl::StatusOr<v1::Case> CaseService::CloseCase(Call& call, const v1::CloseCaseRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(CheckNotPaused(service_case, Participle(CaseStep::kClose)));
    RETURN_IF_ERROR(TakeStep(CaseStep::kClose, service_case));
    // What any of its contacts still owes holds it up, not only the one it was opened from.
    Root root = RootOf(service_case);
    root.origins = OwingContactsOf(tx, service_case.name());
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "close-case", ""));
    service_case.set_resolution(request.resolution());
    *service_case.mutable_close_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), CaseEvent(v1::EVENT_TYPE_CASE_CLOSED, service_case)));
    return service_case;
  });
}

}  // namespace aftersales
