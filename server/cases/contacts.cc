// CaseService, first part: the service register.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"
#include "server/directory/directory_store.h"

namespace aftersales {

absl::StatusOr<v1::Contact> CaseService::CreateContact(Call& call, const v1::CreateContactRequest& request) {
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "contact"));
  return db_.Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    v1::Contact contact = request.contact();
    RETURN_IF_ERROR(SettleContactTimes(contact, tx.now()));
    if (!contact.customer().empty() && !Customers().Get(tx, contact.customer()).ok()) {
      return ReferenceError("contact.customer", contact.customer(), "there is no such customer");
    }
    contact.set_name(absl::StrCat("contacts/", number));
    contact.set_state(v1::CONTACT_STATE_OPEN);
    contact.set_taken_by(call.caller.principal);
    ASSIGN_OR_RETURN(*contact.mutable_policy_version(), obligations_.ActiveVersion(tx));
    RETURN_IF_ERROR(Contacts().Insert(tx, contact));
    const Root root = RootOf(contact);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-contact", contact.name()));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_CONTACT_REGISTERED);
    event.set_subject(contact.name());
    *event.mutable_time() = contact.notice_time();
    *event.mutable_contact() = contact;
    RETURN_IF_ERROR(obligations_.Record(tx, root, std::move(event)));
    return contact;
  });
}

absl::StatusOr<v1::Contact> CaseService::GetContact(Call& call, const v1::GetContactRequest& request) {
  return db_.Read<v1::Contact>(call, [&](Reader& reader) { return Contacts().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListContactsResponse> CaseService::ListContacts(Call& call, const v1::ListContactsRequest& request) {
  ListQuery query;
  const v1::ContactFilter& filter = request.filter();
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  if (!filter.customer().empty()) query.where.push_back({"customer", "=", filter.customer()});
  query.order.push_back({"notice_time", /*descending=*/true});
  return db_.Read<v1::ListContactsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListContactsResponse> {
    v1::ListContactsResponse response;
    RETURN_IF_ERROR(Contacts().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Contact> CaseService::AnswerContact(Call& call, const v1::AnswerContactRequest& request) {
  return db_.Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    ASSIGN_OR_RETURN(v1::Contact contact, Contacts().Lock(tx, request.name(), request.etag()));
    if (contact.state() != v1::CONTACT_STATE_OPEN) {
      return StateError(contact.name(), Word(contact.state()), "answered", {Word(v1::CONTACT_STATE_OPEN)});
    }
    std::optional<absl::Time> told;
    if (request.has_answer_time()) told = FromProto(request.answer_time());
    ASSIGN_OR_RETURN(const absl::Time answered, PastTime("answer_time", told, tx.now()));
    if (answered < FromProto(contact.notice_time())) {
      return FieldError("answer_time", "lies before the customer's notice; an answer comes after it");
    }
    contact.set_state(v1::CONTACT_STATE_ANSWERED);
    contact.set_answer(request.answer());
    contact.set_answered_by(call.caller.principal);
    *contact.mutable_answer_time() = ToProto(answered);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(contact), "answer-contact", contact.name()));
    RETURN_IF_ERROR(Contacts().Update(tx, contact));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_CONTACT_ANSWERED);
    event.set_subject(contact.name());
    *event.mutable_time() = contact.answer_time();
    *event.mutable_contact() = contact;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(contact), std::move(event)));
    return contact;
  });
}

}  // namespace aftersales
