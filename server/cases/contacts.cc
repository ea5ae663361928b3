// CaseService: the service register.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"
#include "server/cases/contact_rules.h"
#include "server/cases/queue_rules.h"
#include "server/directory/directory_store.h"

namespace aftersales {
namespace {

// Bounds of one audit of the queue.
constexpr absl::Duration kLongestAudit = absl::Hours(24 * 92);
constexpr int kMostAudited = 20000;
constexpr size_t kMostJumps = 1000;

}  // namespace

absl::StatusOr<v1::Contact> CaseService::ChangeContact(
    Call& call, const google::protobuf::Message& request, const StepOnContact& on,
    absl::FunctionRef<absl::StatusOr<v1::Event>(Tx&, v1::Contact&)> change) {
  return db_.Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    std::string archived;
    ASSIGN_OR_RETURN(v1::Contact contact, LockContact(tx, on.name, on.etag, &archived));
    if (!archived.empty()) return ArchivedError(contact.name(), archived, Participle(on.step));
    RETURN_IF_ERROR(TakeStep(on.step, contact));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(contact), on.action, contact.name()));
    ASSIGN_OR_RETURN(v1::Event event, change(tx, contact));
    RETURN_IF_ERROR(Contacts().Update(tx, contact));
    event.set_subject(contact.name());
    *event.mutable_contact() = contact;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(contact), std::move(event)));
    return contact;
  });
}

absl::Status CaseService::SettleContact(Tx& tx, v1::Contact& contact) {
  RETURN_IF_ERROR(obligations_.CheckType(tx, contact.policy_version(), "contact.type", contact.type()));
  contact.clear_facts();
  if (contact.customer().empty()) return absl::OkStatus();
  const absl::StatusOr<v1::Customer> customer = Customers().Get(tx, contact.customer());
  if (!customer.ok()) {
    return ReferenceError("contact.customer", contact.customer(),
                          "there is no such customer; check its number, or add it first");
  }
  contact.mutable_facts()->set_customer_tier(customer->tier());
  return absl::OkStatus();
}

absl::StatusOr<v1::Contact> CaseService::CreateContact(Call& call, const v1::CreateContactRequest& request) {
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "contact"));
  return db_.Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    v1::Contact contact = request.contact();
    RETURN_IF_ERROR(SettleContactTimes(contact, tx.now()));
    contact.set_name(absl::StrCat("contacts/", number));
    contact.set_state(v1::CONTACT_STATE_OPEN);
    contact.set_unanswered(true);
    contact.set_taken_by(call.caller.principal);
    ASSIGN_OR_RETURN(*contact.mutable_policy_version(), obligations_.ActiveVersion(tx));
    RETURN_IF_ERROR(SettleContact(tx, contact));
    RETURN_IF_ERROR(Contacts().Insert(tx, contact));
    const Root root = RootOf(contact);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-contact", contact.name()));
    v1::Event event = EventOf(v1::EVENT_TYPE_CONTACT_REGISTERED);
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
  if (filter.unanswered()) query.where.push_back({"unanswered", "=", 1});
  if (filter.department() != 0) query.where.push_back({"department", "=", static_cast<int>(filter.department())});
  query.order.push_back({"notice_time", /*descending=*/true});
  return db_.Read<v1::ListContactsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListContactsResponse> {
    v1::ListContactsResponse response;
    RETURN_IF_ERROR(Contacts().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Contact> CaseService::AnswerContact(Call& call, const v1::AnswerContactRequest& request) {
  const StepOnContact on{request.name(), request.etag(), ContactStep::kAnswer, "answer-contact"};
  return ChangeContact(call, request, on, [&](Tx& tx, v1::Contact& contact) -> absl::StatusOr<v1::Event> {
    std::optional<absl::Time> told;
    if (request.has_answer_time()) told = FromProto(request.answer_time());
    ASSIGN_OR_RETURN(const absl::Time answered, PastTime("answer_time", told, tx.now()));
    if (answered < FromProto(contact.notice_time())) {
      return FieldError("answer_time",
                        "lies before the customer's notice; give when it was answered, or leave it empty for now");
    }
    if (contact.has_answer_time() && answered < FromProto(contact.answer_time())) {
      return FieldError("answer_time", absl::StrCat("lies before the answer that ", contact.name(), " has already (",
                                                    ForPeople(FromProto(contact.answer_time())),
                                                    "); give when this one was given, or leave it empty for now"));
    }
    // A further answer replaces the one before, which stays in the feed.
    contact.set_answer(request.answer());
    // Who waited how long is told by the first answer.
    if (!contact.has_answer_time()) {
      contact.set_answered_by(call.caller.principal);
      *contact.mutable_answer_time() = ToProto(answered);
    }
    v1::Event event = EventOf(v1::EVENT_TYPE_CONTACT_ANSWERED);
    *event.mutable_time() = ToProto(answered);
    event.set_reason(request.reason());
    return event;
  });
}

absl::StatusOr<v1::Contact> CaseService::UpdateContact(Call& call, const v1::UpdateContactRequest& request) {
  const StepOnContact on{request.name(), request.etag(), ContactStep::kChange, "update-contact"};
  return ChangeContact(call, request, on, [&](Tx& tx, v1::Contact& contact) -> absl::StatusOr<v1::Event> {
    ASSIGN_OR_RETURN(contact, ChangedContact(contact, request.contact()));
    RETURN_IF_ERROR(SettleContactTimes(contact, tx.now()));
    RETURN_IF_ERROR(SettleContact(tx, contact));
    v1::Event event = EventOf(v1::EVENT_TYPE_CONTACT_CHANGED);
    event.set_reason(request.reason());
    return event;
  });
}

absl::StatusOr<v1::Contact> CaseService::TransferContact(Call& call, const v1::TransferContactRequest& request) {
  const StepOnContact on{request.name(), request.etag(), ContactStep::kTransfer, "transfer-contact"};
  return ChangeContact(call, request, on, [&](Tx& tx, v1::Contact& contact) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckDepartment("department", request.department()));
    const std::vector<std::string> answering = authenticator_.RolesGranting("contacts.answer");
    if (const std::string asked = Word(request.department()); !absl::c_linear_search(answering, asked)) {
      return FieldError("department",
                        absl::StrCat(asked, " may not answer contacts; pass it on to one of those who may (",
                                     absl::StrJoin(answering, ", "), "), who can ask ", asked,
                                     " for help with its case (CreateHelpRequest)"));
    }
    if (request.department() == contact.department()) {
      return FieldError("department", absl::StrCat(Word(contact.department()), " has ", contact.name(),
                                                   " already; pass it on to another department, or answer it"));
    }
    const auto* answer_by = request.has_answer_by_time() ? &request.answer_by_time() : nullptr;
    RETURN_IF_ERROR(CheckAnswerBy("answer_by_time", answer_by, tx.now()));
    contact.set_department(request.department());
    contact.set_transfer_reason(request.reason());
    contact.clear_answer_by_time();
    v1::Event event = EventOf(v1::EVENT_TYPE_CONTACT_TRANSFERRED);
    event.set_addressee(request.department());
    (*event.mutable_facts())["addressee"] = Word(request.department());
    if (answer_by != nullptr) {
      *contact.mutable_answer_by_time() = *answer_by;
      *event.mutable_promised_time() = *answer_by;
    }
    return event;
  });
}

absl::Status CaseService::StartWith(Tx& tx, const v1::Contact& contact, v1::Case& service_case) {
  const absl::Time notice = FromProto(contact.notice_time());
  if (notice >= FromProto(service_case.notice_time())) return absl::OkStatus();
  if (service_case.has_fault_time() && FromProto(service_case.fault_time()) > notice) {
    return ReferenceError(
        "service_case", service_case.name(),
        absl::StrCat("is about a fault of ", ForPeople(FromProto(service_case.fault_time())), ", and ", contact.name(),
                     " reached us before, at ", ForPeople(notice),
                     "; join it to another case, or correct the time of the fault first (UpdateCase)"));
  }
  *service_case.mutable_notice_time() = contact.notice_time();
  RETURN_IF_ERROR(SettleCase(tx, service_case));
  RETURN_IF_ERROR(Cases().Update(tx, service_case));
  v1::Event event = CaseEvent(v1::EVENT_TYPE_CASE_CHANGED, service_case);
  event.set_reason(absl::StrCat(contact.name(), ", which joined it, had reached us before its own notice"));
  return obligations_.Record(tx, RootOf(service_case), std::move(event));
}

absl::StatusOr<v1::Contact> CaseService::JoinContact(Call& call, const v1::JoinContactRequest& request) {
  return db_.Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    // The case comes first and gets a version, so that its close cannot miss what the contact owes.
    absl::StatusOr<LockedCase> locked = LockCase(tx, request.service_case(), /*working=*/false, "given a contact");
    if (absl::IsNotFound(locked.status())) {
      return ReferenceError("service_case", request.service_case(), "there is no such case; check its number");
    }
    RETURN_IF_ERROR(locked.status());
    const v1::Case& service_case = locked->service_case;
    if (service_case.state() == v1::CASE_STATE_CLOSED || service_case.state() == v1::CASE_STATE_REFUSED) {
      return StateError(service_case.name(), Word(service_case.state()), "given a contact",
                        {Word(v1::CASE_STATE_OPEN), Word(v1::CASE_STATE_ACCEPTED)});
    }
    ASSIGN_OR_RETURN(v1::Contact contact, Contacts().Lock(tx, request.name(), request.etag()));
    if (!contact.service_case().empty()) {
      return ExistsError(contact.name(),
                         absl::StrCat(contact.name(), " belongs to ", contact.service_case(), " already."));
    }
    RETURN_IF_ERROR(TakeStep(ContactStep::kJoin, contact));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(contact), "join-contact", contact.name()));
    if (!contact.customer().empty() && contact.customer() != service_case.customer()) {
      return ReferenceError("service_case", service_case.name(),
                            absl::StrCat("is a case of ", service_case.customer(), "; ", contact.name(), " came from ",
                                         contact.customer()));
    }
    if (CountContacts(tx, service_case.name(), kMostContacts) >= kMostContacts) {
      return ReferenceError(
          "service_case", service_case.name(),
          absl::StrCat("has ", kMostContacts, " contacts, which is the most; open another case and link it"));
    }
    RETURN_IF_ERROR(StartWith(tx, contact, locked->service_case));
    RETURN_IF_ERROR(RecordJoined(tx, service_case, contact));
    return contact;
  });
}

absl::StatusOr<v1::Contact> CaseService::CloseContact(Call& call, const v1::CloseContactRequest& request) {
  const StepOnContact on{request.name(), request.etag(), ContactStep::kClose, "close-contact"};
  return ChangeContact(call, request, on, [&](Tx& tx, v1::Contact& contact) -> absl::StatusOr<v1::Event> {
    if (!contact.service_case().empty()) {
      return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
                   absl::StrCat(contact.name(), " belongs to ", contact.service_case(),
                                " and ends with it; answer it, and close the case when all is done."))
          .With("resource", contact.name())
          .With("state", "joined")
          .With("allowed", "without a case");
    }
    RETURN_IF_ERROR(obligations_.CheckOutcome(tx, RootOf(contact), request.outcome()));
    contact.set_outcome(request.outcome());
    contact.set_close_note(request.note());
    *contact.mutable_close_time() = ToProto(tx.now());
    v1::Event event = EventOf(v1::EVENT_TYPE_CONTACT_CLOSED);
    (*event.mutable_facts())["outcome"] = request.outcome();
    return event;
  });
}

absl::StatusOr<v1::AuditContactQueueResponse> CaseService::AuditContactQueue(
    Call& call, const v1::AuditContactQueueRequest& request) {
  const absl::Time start = FromProto(request.start_time());
  const absl::Time end = FromProto(request.end_time());
  if (end <= start) return FieldError("end_time", "does not come after start_time");
  if (end - start > kLongestAudit) {
    return FieldError("end_time", "lies more than 92 days after start_time; audit a quarter at a time");
  }
  return db_.Read<v1::AuditContactQueueResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::AuditContactQueueResponse> {
        const std::vector<QueuedContact> queue = QueueOf(reader, start, end, kMostAudited + 1);
        if (queue.size() > kMostAudited) {
          return FieldError("end_time", absl::StrCat("the period has more than ", kMostAudited,
                                                     " contacts; ask for a shorter one, such as a month"));
        }
        std::vector<Waiting> waiting;
        for (const QueuedContact& contact : queue) waiting.push_back(contact.waiting);
        const std::vector<Jump> jumps = QueueJumps(waiting);
        v1::AuditContactQueueResponse response;
        response.set_contacts(static_cast<int32_t>(queue.size()));
        response.set_total_jumps(static_cast<int32_t>(jumps.size()));
        for (size_t i = 0; i < std::min(jumps.size(), kMostJumps); ++i) {
          const QueuedContact& contact = queue[jumps[i].contact];
          v1::QueueJump& jump = *response.add_jumps();
          jump.set_contact(contact.waiting.contact);
          jump.set_customer(contact.customer);
          jump.set_answered_by(contact.answered_by);
          *jump.mutable_answer_time() = ToProto(*contact.waiting.answered);
          jump.set_overtaken(jumps[i].overtaken);
          jump.set_oldest_overtaken(waiting[jumps[i].oldest_overtaken].contact);
        }
        return response;
      });
}

}  // namespace aftersales
