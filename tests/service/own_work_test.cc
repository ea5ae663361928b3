// An engineer in the field sees their own work and nothing else, everywhere, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/access/own_work.h"
#include "server/archive/archive_service.h"
#include "server/attachments/attachment_rules.h"
#include "server/attachments/attachment_service.h"
#include "server/base/clock.h"
#include "server/dispatch/dispatch_service.h"
#include "server/feedback/feedback_store.h"
#include "server/parts/parts_service.h"
#include "tests/service/case_office.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

const Person kLi{"principals/li", {v1::ROLE_FIELD_ENGINEER}};
const Person kWang{"principals/wang", {v1::ROLE_FIELD_ENGINEER}};
const Person kNobody{"principals/nobody", {v1::ROLE_FIELD_ENGINEER}};  // signs in as no engineer

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// A case with one of everything that can belong to it.
struct File {
  std::string service_case, contact, document, solution, help, dispute, list, permit, shipment;
  std::string photo, letter, note;  // attached to the case, the document and the contact
  std::string owed, owed_by_contact;
};

class OwnWorkTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  OwnWorkTest() {
    attachments_.parents().AddFilter("visits", CheckVisitVisible);
    li_ = Engineer(kLi);
    wang_ = Engineer(kWang);
    v1::CreatePartRequest part;
    part.mutable_part()->set_display_name("Brake pad");
    stock_.set_part(Must(Ask(parts_, &PartsService::CreatePart, part, kManager)).name());
    v1::CreateWarehouseRequest warehouse;
    warehouse.mutable_warehouse()->set_display_name("Main store");
    stock_.set_warehouse(Must(Ask(parts_, &PartsService::CreateWarehouse, warehouse, kManager)).name());
    stock_.set_quantity(100);
    Must(Ask(parts_, &PartsService::ReceiveStock, stock_, kManager));
  }

  template <typename Service, typename Request, typename Reply>
  absl::StatusOr<Reply> Ask(Service& service, absl::StatusOr<Reply> (Service::*method)(Call&, const Request&),
                            const Request& request, const Person& person) {
    Call call = office_.By(person);
    return Ask(call, service, method, request);
  }
  // As the call comes from the network: the guard first.
  template <typename Service, typename Request, typename Reply>
  absl::StatusOr<Reply> Ask(Call& call, Service& service,
                            absl::StatusOr<Reply> (Service::*method)(Call&, const Request&), const Request& request) {
    RETURN_IF_ERROR(own_work_.Check(call, request));
    return (service.*method)(call, request);
  }
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (CaseService::*method)(Call&, const Request&), const Request& request,
                           const Person& person) {
    return Ask(*office_.cases, method, request, person);
  }

  std::string Engineer(const Person& person) {
    v1::CreateEngineerRequest request;
    request.mutable_engineer()->set_display_name("Engineer");
    request.mutable_engineer()->set_principal(person.principal);
    return Must(Ask(dispatch_, &DispatchService::CreateEngineer, request, kManager)).name();
  }
  v1::Visit Plan(const std::string& service_case) {
    v1::CreateVisitRequest request;
    const absl::Time start = office_.clock.Now() + absl::Hours(10) * ++visits_;
    request.mutable_visit()->set_service_case(service_case);
    *request.mutable_visit()->mutable_plan_start_time() = At(start);
    *request.mutable_visit()->mutable_plan_end_time() = At(start + absl::Hours(4));
    return Must(Ask(dispatch_, &DispatchService::CreateVisit, request, kManager));
  }
  v1::Visit Assign(const std::string& visit, const std::string& engineer) {
    auto request = On<v1::AssignEngineerRequest>(visit);
    request.set_engineer(engineer);
    return Must(Ask(dispatch_, &DispatchService::AssignEngineer, request, kManager));
  }
  std::string Send(const std::string& engineer, const std::string& service_case) {
    return Assign(Plan(service_case).name(), engineer).name();
  }

  absl::StatusOr<v1::Attachment> Attach(const std::string& parent, const Person& person) {
    Call call = office_.By(person);
    v1::UploadAttachmentRequest message;
    message.mutable_start()->set_request_id(call.request_id);
    v1::Attachment& attachment = *message.mutable_start()->mutable_attachment();
    attachment.set_parent(parent);
    attachment.set_filename("note.txt");
    attachment.set_media_type("text/plain");
    ASSIGN_OR_RETURN(const auto upload, attachments_.UploadAttachment(call));
    RETURN_IF_ERROR(own_work_.Check(call, message));
    v1::Attachment reply;
    RETURN_IF_ERROR(upload->Take(call, message, reply).status());
    message.Clear();
    message.set_chunk("3.1 kN");
    RETURN_IF_ERROR(upload->Take(call, message, reply).status());
    RETURN_IF_ERROR(upload->Finish(call, reply).status());
    return reply;
  }

  v1::CreateDocumentRequest Filing(const std::string& service_case) {
    v1::CreateDocumentRequest request;
    request.set_parent(service_case);
    request.mutable_document()->set_kind("letter");
    request.mutable_document()->set_title("Letter");
    request.mutable_document()->set_text("As agreed.");
    return request;
  }
  v1::ProposeSolutionRequest Proposing(const std::string& service_case) {
    v1::ProposeSolutionRequest request;
    request.set_parent(service_case);
    request.mutable_solution()->set_text("Exchange the pads.");
    return request;
  }
  v1::CreateTelephoneAttemptRequest Calling(const std::string& service_case) {
    v1::CreateTelephoneAttemptRequest request;
    request.set_parent(service_case);
    request.mutable_telephone_attempt()->set_text("Nobody answered.");
    return request;
  }
  v1::CreateHelpRequestRequest AskingHelp(const std::string& service_case) {
    v1::CreateHelpRequestRequest request;
    request.set_parent(service_case);
    request.mutable_help_request()->set_department(v1::ROLE_TECHNOLOGY);
    request.mutable_help_request()->set_form(v1::HELP_FORM_ORAL);
    request.mutable_help_request()->set_text("A drawing.");
    return request;
  }
  v1::CreatePickingListRequest Picking(const std::string& service_case) {
    v1::CreatePickingListRequest request;
    request.mutable_picking_list()->set_service_case(service_case);
    request.mutable_picking_list()->set_source(v1::PICKING_SOURCE_FIELD_OPINION);
    v1::PickingLine& line = *request.mutable_picking_list()->add_lines();
    line.set_part(stock_.part());
    line.set_warehouse(stock_.warehouse());
    line.set_quantity(1);
    return request;
  }
  v1::EscalateCaseRequest Escalating(const std::string& service_case) {
    auto request = On<v1::EscalateCaseRequest>(service_case);
    request.set_to(v1::ROLE_EXECUTIVE);
    request.set_reason("A doubt.");
    return request;
  }
  v1::AnswerContactRequest Answering(const std::string& contact) {
    auto request = On<v1::AnswerContactRequest>(contact);
    request.set_answer("Tomorrow.");
    return request;
  }
  v1::CancelPickingListRequest Cancelling(const std::string& list) {
    auto request = On<v1::CancelPickingListRequest>(list);
    request.set_reason("Another part is needed.");
    return request;
  }
  v1::ConfirmSolutionRequest Confirming(const std::string& solution) {
    auto request = On<v1::ConfirmSolutionRequest>(solution);
    request.mutable_evidence()->set_text("By letter.");
    return request;
  }
  v1::Contact PassOn(const std::string& contact, v1::Role department) {
    auto request = On<v1::TransferContactRequest>(contact);
    request.set_department(department);
    request.set_reason("A question about the work on site.");
    return Must(Do(&CaseService::TransferContact, request, kTelephone));
  }

  File MakeFile() {
    File file;
    file.service_case = office_.Accepted().name();
    file.contact = office_.Contact().name();
    auto join = On<v1::JoinContactRequest>(file.contact);
    join.set_service_case(file.service_case);
    Must(Do(&CaseService::JoinContact, join, kTelephone));
    file.document = Must(Do(&CaseService::CreateDocument, Filing(file.service_case), kManager)).name();
    file.solution = Must(Do(&CaseService::ProposeSolution, Proposing(file.service_case), kManager)).name();
    Must(Do(&CaseService::CreateTelephoneAttempt, Calling(file.service_case), kManager));
    file.help = Must(Do(&CaseService::CreateHelpRequest, AskingHelp(file.service_case), kManager)).name();
    v1::CreateDisputeRequest dispute;
    dispute.set_parent(file.service_case);
    dispute.mutable_dispute()->add_provisions("8.2");
    dispute.mutable_dispute()->set_text("They say that it is under warranty.");
    file.dispute = Must(Do(&CaseService::CreateDispute, dispute, kManager)).name();
    file.list = Must(Ask(parts_, &PartsService::CreatePickingList, Picking(file.service_case), kManager)).name();
    auto sign = On<v1::SignPickingListRequest>(file.list);
    sign.set_role(v1::ROLE_QUALITY);
    Must(Ask(parts_, &PartsService::SignPickingList, sign, kQuality));
    Must(Ask(parts_, &PartsService::IssuePickingList, On<v1::IssuePickingListRequest>(file.list), kManager));
    v1::CreateDeparturePermitRequest permit;
    permit.mutable_permit()->set_picking_list(file.list);
    permit.mutable_permit()->set_destination("Depot 1");
    permit.mutable_permit()->set_product_model("BU-7");
    file.permit = Must(Ask(parts_, &PartsService::CreateDeparturePermit, permit, kManager)).name();
    v1::CreateShipmentRequest shipment;
    shipment.mutable_shipment()->set_permit(file.permit);
    shipment.mutable_shipment()->set_transport(v1::TRANSPORT_RAIL);
    file.shipment = Must(Ask(parts_, &PartsService::CreateShipment, shipment, kManager)).name();
    file.photo = Must(Attach(file.service_case, kManager)).name();
    file.letter = Must(Attach(file.document, kManager)).name();
    file.note = Must(Attach(file.contact, kManager)).name();
    file.owed = office_.Owed(file.service_case, "help").name();
    file.owed_by_contact = office_.Owed(file.contact, "answer").name();
    return file;
  }

  // Every way to read a single thing of the file, by what it is called on.
  std::vector<std::pair<std::string, absl::Status>> ReadAll(const File& file, const Person& who) {
    std::vector<std::pair<std::string, absl::Status>> read;
    const auto get = [&]<typename Service, typename Request, typename Reply>(
                         Service& service, absl::StatusOr<Reply> (Service::*method)(Call&, const Request&),
                         const std::string& name) {
      Request request;
      request.set_name(name);
      read.emplace_back(name, Ask(service, method, request, who).status());
    };
    const auto list = [&]<typename Service, typename Request, typename Reply>(
                          Service& service, absl::StatusOr<Reply> (Service::*method)(Call&, const Request&),
                          const std::string& parent) {
      Request request;
      request.set_parent(parent);
      read.emplace_back(parent, Ask(service, method, request, who).status());
    };
    CaseService& cases = *office_.cases;
    get(cases, &CaseService::GetCase, file.service_case);
    get(cases, &CaseService::GetContact, file.contact);
    get(cases, &CaseService::GetDocument, file.document);
    get(cases, &CaseService::GetSolution, file.solution);
    get(cases, &CaseService::GetHelpRequest, file.help);
    get(cases, &CaseService::GetDispute, file.dispute);
    get(cases, &CaseService::ListSimilarCases, file.service_case);
    list(cases, &CaseService::ListDocuments, file.service_case);
    list(cases, &CaseService::ListSolutions, file.service_case);
    list(cases, &CaseService::ListTelephoneAttempts, file.service_case);
    list(cases, &CaseService::ListDisputes, file.service_case);
    get(parts_, &PartsService::GetPickingList, file.list);
    get(parts_, &PartsService::GetDeparturePermit, file.permit);
    get(parts_, &PartsService::GetShipment, file.shipment);
    for (const std::string& attachment : {file.photo, file.letter, file.note}) {
      get(attachments_, &AttachmentService::GetAttachment, attachment);
      get(attachments_, &AttachmentService::DownloadAttachment, attachment);
    }
    for (const std::string& parent : {file.service_case, file.document, file.contact, file.list}) {
      list(attachments_, &AttachmentService::ListAttachments, parent);
    }
    for (const std::string& owed : {file.owed, file.owed_by_contact}) {
      get(*office_.policy, &PolicyService::GetObligation, owed);
      get(*office_.policy, &PolicyService::ExplainObligation, owed);
    }
    return read;
  }

  // Pages of two, to the end. Each page but the last is full.
  template <typename Service, typename Request, typename Response, typename Rows>
  std::vector<std::string> Pages(Service& service, absl::StatusOr<Response> (Service::*method)(Call&, const Request&),
                                 Rows rows, const Person& who, Request request = {}) {
    std::vector<std::string> names;
    request.set_page_size(2);
    for (;;) {
      const Response page = Must(Ask(service, method, request, who));
      for (const auto& row : (page.*rows)()) names.push_back(row.name());
      if (page.next_page_token().empty()) return names;
      EXPECT_EQ((page.*rows)().size(), 2) << "a page that is not full tells that something was left out of it";
      request.set_page_token(page.next_page_token());
    }
  }
  std::vector<std::string> ListedCases(const Person& who, const v1::ListCasesRequest& request = {}) {
    using Rows = const google::protobuf::RepeatedPtrField<v1::Case>& (v1::ListCasesResponse::*)() const;
    return Pages(*office_.cases, &CaseService::ListCases, Rows(&v1::ListCasesResponse::cases), who, request);
  }
  std::vector<std::string> ListedContacts(const Person& who, const v1::ListContactsRequest& request = {}) {
    using Rows = const google::protobuf::RepeatedPtrField<v1::Contact>& (v1::ListContactsResponse::*)() const;
    return Pages(*office_.cases, &CaseService::ListContacts, Rows(&v1::ListContactsResponse::contacts), who, request);
  }
  std::vector<std::string> ListedHelp(const Person& who, const v1::ListHelpRequestsRequest& request = {}) {
    using Rows = const google::protobuf::RepeatedPtrField<v1::HelpRequest>& (v1::ListHelpRequestsResponse::*)() const;
    return Pages(*office_.cases, &CaseService::ListHelpRequests, Rows(&v1::ListHelpRequestsResponse::help_requests),
                 who, request);
  }
  std::vector<std::string> ListedPicking(const Person& who, const v1::ListPickingListsRequest& request = {}) {
    using Rows = const google::protobuf::RepeatedPtrField<v1::PickingList>& (v1::ListPickingListsResponse::*)() const;
    return Pages(parts_, &PartsService::ListPickingLists, Rows(&v1::ListPickingListsResponse::picking_lists), who,
                 request);
  }
  std::vector<std::string> ListedShipments(const Person& who) {
    using Rows = const google::protobuf::RepeatedPtrField<v1::Shipment>& (v1::ListShipmentsResponse::*)() const;
    return Pages(parts_, &PartsService::ListShipments, Rows(&v1::ListShipmentsResponse::shipments), who);
  }
  std::vector<std::string> ListedOwed(const Person& who, const v1::ListObligationsRequest& request = {}) {
    using Rows = const google::protobuf::RepeatedPtrField<v1::Obligation>& (v1::ListObligationsResponse::*)() const;
    return Pages(*office_.policy, &PolicyService::ListObligations, Rows(&v1::ListObligationsResponse::obligations), who,
                 request);
  }

  CaseOffice office_{GetParam()};
  DispatchService dispatch_{*office_.db, office_.obligations};
  PartsService parts_{*office_.db, office_.obligations};
  AttachmentService attachments_{*office_.db, office_.obligations, *office_.authenticator, kMebibyte};
  ArchiveService archive_{*office_.db, office_.obligations};
  OwnWork own_work_{*office_.db};
  std::string li_, wang_;
  v1::ReceiveStockRequest stock_;
  int visits_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Engines, OwnWorkTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(OwnWorkTest, OwnThingsAreReadAndOthersDoNotExist) {
  const File mine = MakeFile();
  const File others = MakeFile();
  Send(li_, mine.service_case);
  Send(wang_, others.service_case);
  for (const auto& [name, status] : ReadAll(mine, kLi)) EXPECT_TRUE(status.ok()) << name << ": " << status;
  for (const Person& who :
       {kManager, kTelephone, Person{"principals/li", {v1::ROLE_FIELD_ENGINEER, v1::ROLE_AUDITOR}}}) {
    for (const auto& [name, status] : ReadAll(others, who)) EXPECT_TRUE(status.ok()) << name << ": " << status;
  }
  // The words are those for what was never there.
  File never;
  never.service_case = "cases/C2026-999999";
  never.contact = "contacts/999999";
  never.document = never.service_case + "/documents/1";
  never.solution = never.service_case + "/solutions/1";
  never.help = never.service_case + "/helpRequests/1";
  never.dispute = never.service_case + "/disputes/1";
  never.list = "pickingLists/P2026-999999";
  never.permit = "departurePermits/D2026-999999";
  never.shipment = "shipments/S2026-999999";
  never.photo = never.letter = never.note = "attachments/999999";
  never.owed = never.owed_by_contact = "obligations/999999";
  const auto missing = ReadAll(never, kManager);
  for (const Person& who : {kLi, kNobody}) {
    const auto refused = ReadAll(others, who);
    ASSERT_EQ(refused.size(), missing.size());
    for (size_t i = 0; i < refused.size(); ++i) {
      const auto& [name, status] = refused[i];
      EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_RESOURCE_NOT_FOUND) << name << ": " << status;
      EXPECT_EQ(absl::StrReplaceAll(status.message(), {{name, "it"}}),
                absl::StrReplaceAll(missing[i].second.message(), {{missing[i].first, "it"}}));
    }
  }
}

TEST_P(OwnWorkTest, ACasesFileShowsNothingOfAColleaguesVisit) {
  const File file = MakeFile();
  const std::string mine = Send(li_, file.service_case), colleagues = Send(wang_, file.service_case);
  const std::string photo = Must(Attach(mine, kLi)).name(), hidden = Must(Attach(colleagues, kWang)).name();
  const auto shown = [&](const Person& person) {
    std::set<std::string> names;
    const v1::CaseFile read =
        Must(Ask(archive_, &ArchiveService::GetCaseFile, Named<v1::GetCaseFileRequest>(file.service_case), person));
    for (const v1::FileItem& item : read.items()) names.insert(item.resource());
    EXPECT_EQ(read.item_count(), static_cast<int>(names.size()));
    return names;
  };
  EXPECT_THAT(shown(kLi), ::testing::IsSupersetOf({mine, photo, file.document}));
  EXPECT_EQ(shown(kLi).count(colleagues) + shown(kLi).count(hidden), 0u);
  EXPECT_THAT(shown(kManager), ::testing::IsSupersetOf({mine, photo, colleagues, hidden}));
}

// It may be about them, and is not to be found out by what they are refused: all of it but their own is as if it did
// not exist.
TEST_P(OwnWorkTest, FeedbackIsTheirsOnlyWhereTheyWroteItDown) {
  const File file = MakeFile();
  Send(li_, file.service_case);
  const auto put = [&](const std::string& name, const Person& by, const std::string& accused) {
    v1::Feedback feedback;
    feedback.set_name(name);
    feedback.set_service_case(file.service_case);
    feedback.set_recorded_by(by.principal);
    feedback.set_accused(accused);
    *feedback.mutable_feedback_time() = At(office_.clock.Now());
    Call call = office_.By(kManager);
    EXPECT_TRUE(office_.db->WriteOwn(call, [&](Tx& tx) { return Feedbacks().Insert(tx, feedback); }).ok());
    return name;
  };
  const std::string own = put("feedbacks/1", kLi, ""), others = put("feedbacks/2", kManager, ""),
                    accusing = put("feedbacks/3", kManager, kLi.principal);
  const auto asked = [&](const std::string& name) {
    Call call = office_.By(kLi);
    auto request = On<v1::ReportFeedbackRequest>(name, "999");
    request.set_to(v1::ROLE_QUALITY);
    request.set_text("Please have a look.");
    return own_work_.Check(call, request);
  };
  EXPECT_TRUE(asked(own).ok());
  EXPECT_EQ(ReasonOf(asked(others)), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(asked(accusing)), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  const auto shown = [&](const Person& person) {
    std::set<std::string> names;
    const v1::CaseFile read =
        Must(Ask(archive_, &ArchiveService::GetCaseFile, Named<v1::GetCaseFileRequest>(file.service_case), person));
    for (const v1::FileItem& item : read.items()) {
      if (item.kind() == "feedback") names.insert(item.resource());
    }
    return names;
  };
  EXPECT_THAT(shown(kLi), ElementsAre(own));
  EXPECT_THAT(shown(kManager), ElementsAre(own, others, accusing));
}

TEST_P(OwnWorkTest, ListsHoldOwnThingsInFullPages) {
  std::vector<File> mine;
  std::vector<std::string> cases, contacts, help, lists, shipments;
  for (int i = 0; i < 10; ++i) {
    office_.clock.Advance(absl::Minutes(1));
    const File file = MakeFile();
    if (i % 2 == 0) {
      Send(wang_, file.service_case);
      continue;
    }
    Send(li_, file.service_case);
    // A second visit makes nothing appear twice.
    if (i == 3) Send(li_, file.service_case);
    mine.push_back(file);
  }
  for (const File& file : mine) {
    cases.insert(cases.begin(), file.service_case);
    contacts.insert(contacts.begin(), file.contact);
    help.push_back(file.help);
    lists.insert(lists.begin(), file.list);
    shipments.insert(shipments.begin(), file.shipment);
  }
  EXPECT_THAT(ListedCases(kLi), ElementsAreArray(cases));
  EXPECT_THAT(ListedContacts(kLi), ElementsAreArray(contacts));
  EXPECT_THAT(ListedHelp(kLi), ElementsAreArray(help));
  EXPECT_THAT(ListedPicking(kLi), ElementsAreArray(lists));
  EXPECT_THAT(ListedShipments(kLi), ElementsAreArray(shipments));
  const std::vector<std::string> owed = ListedOwed(kLi);
  EXPECT_EQ(owed.size(), 2 * mine.size());
  EXPECT_EQ(std::set<std::string>(owed.begin(), owed.end()).size(), owed.size());
  for (const File& file : mine) {
    EXPECT_THAT(owed, ::testing::IsSupersetOf({file.owed, file.owed_by_contact}));
  }
  EXPECT_EQ(ListedCases(kManager).size(), 10u);
  EXPECT_EQ(ListedContacts(kManager).size(), 10u);
  EXPECT_EQ(ListedOwed(kManager).size(), 20u);

  // Filters narrow further and widen nothing.
  v1::ListCasesRequest accepted;
  accepted.mutable_filter()->set_state(v1::CASE_STATE_ACCEPTED);
  accepted.mutable_filter()->set_customer(office_.customer.name());
  EXPECT_THAT(ListedCases(kLi, accepted), ElementsAreArray(cases));
  v1::ListContactsRequest unanswered;
  unanswered.mutable_filter()->set_unanswered(true);
  EXPECT_THAT(ListedContacts(kLi, unanswered), ElementsAreArray(contacts));
  v1::ListObligationsRequest owed_by;
  owed_by.mutable_filter()->set_owner(v1::ROLE_TECHNOLOGY);
  owed_by.mutable_filter()->set_state(v1::OBLIGATION_STATE_OPEN);
  EXPECT_EQ(ListedOwed(kLi, owed_by).size(), mine.size());
  const std::string others = ListedCases(kWang).front();
  v1::ListHelpRequestsRequest help_of;
  help_of.mutable_filter()->set_service_case(others);
  const auto refused = [&](const auto& status) { return ReasonOf(status) == v1::ERROR_REASON_REFERENCE_INVALID; };
  EXPECT_TRUE(refused(Do(&CaseService::ListHelpRequests, help_of, kLi).status()));
  EXPECT_THAT(ListedHelp(kWang, help_of), ::testing::SizeIs(1));
  v1::ListPickingListsRequest lists_of;
  lists_of.mutable_filter()->set_service_case(others);
  EXPECT_TRUE(refused(Ask(parts_, &PartsService::ListPickingLists, lists_of, kLi).status()));
  v1::ListObligationsRequest owed_for;
  owed_for.mutable_filter()->set_root(others);
  EXPECT_TRUE(refused(Ask(*office_.policy, &PolicyService::ListObligations, owed_for, kLi).status()));

  EXPECT_THAT(ListedCases(kNobody), IsEmpty());
  EXPECT_THAT(ListedContacts(kNobody), IsEmpty());
  EXPECT_THAT(ListedOwed(kNobody), IsEmpty());
}

// What looks at all of a company's cases at once looks at the engineer's.
TEST_P(OwnWorkTest, SurveysAreOfOwnWork) {
  std::vector<std::string> mine;
  std::string others;
  for (int i = 0; i < 4; ++i) {
    office_.clock.Advance(absl::Minutes(1));
    const std::string name = office_.Accepted().name();
    if (i % 2 == 0) {
      Send(li_, name);
      mine.push_back(name);
    } else {
      Send(wang_, name);
      others = name;
    }
  }
  auto similar = Named<v1::ListSimilarCasesRequest>(mine[0]);
  const auto alike = Must(Do(&CaseService::ListSimilarCases, similar, kLi));
  ASSERT_EQ(alike.similar_cases_size(), 1);
  EXPECT_EQ(alike.similar_cases(0).service_case(), mine[1]);
  EXPECT_EQ(Must(Do(&CaseService::ListSimilarCases, similar, kManager)).similar_cases_size(), 3);

  const auto idle = Must(Do(&CaseService::ListIdleCases, v1::ListIdleCasesRequest(), kLi));
  std::vector<std::string> names;
  for (const v1::Case& service_case : idle.cases()) names.push_back(service_case.name());
  EXPECT_THAT(names, ElementsAreArray(mine));
  EXPECT_EQ(Must(Do(&CaseService::ListIdleCases, v1::ListIdleCasesRequest(), kManager)).cases_size(), 4);

  const std::string contact = office_.Contact().name();
  office_.Contact();
  auto join = On<v1::JoinContactRequest>(contact);
  join.set_service_case(mine[0]);
  Must(Do(&CaseService::JoinContact, join, kTelephone));
  v1::AuditContactQueueRequest audit;
  *audit.mutable_start_time() = At(office_.clock.Now() - absl::Hours(24));
  *audit.mutable_end_time() = At(office_.clock.Now());
  EXPECT_EQ(Must(Do(&CaseService::AuditContactQueue, audit, kLi)).contacts(), 1);
  EXPECT_EQ(Must(Do(&CaseService::AuditContactQueue, audit, kManager)).contacts(), 2);

  const auto dry_run = Named<v1::DryRunPolicyVersionRequest>(office_.Get(others).policy_version());
  EXPECT_EQ(Must(Ask(*office_.policy, &PolicyService::DryRunPolicyVersion, dry_run, kLi)).cases(), 2);
  EXPECT_EQ(Must(Ask(*office_.policy, &PolicyService::DryRunPolicyVersion, dry_run, kManager)).cases(), 4);
}

TEST_P(OwnWorkTest, OthersThingsCannotBeChanged) {
  const File mine = MakeFile();
  const File others = MakeFile();
  Send(li_, mine.service_case);
  const std::string foreign_visit = Send(wang_, others.service_case);
  const auto steps = [&](const File& file) {
    std::map<std::string, absl::Status> taken;
    const std::string& name = file.service_case;
    taken["answer-contact"] = Do(&CaseService::AnswerContact, Answering(file.contact), kLi).status();
    taken["create-document"] = Do(&CaseService::CreateDocument, Filing(name), kLi).status();
    taken["confirm-solution"] = Do(&CaseService::ConfirmSolution, Confirming(file.solution), kLi).status();
    taken["propose-solution"] = Do(&CaseService::ProposeSolution, Proposing(name), kLi).status();
    taken["telephone"] = Do(&CaseService::CreateTelephoneAttempt, Calling(name), kLi).status();
    taken["help"] = Do(&CaseService::CreateHelpRequest, AskingHelp(name), kLi).status();
    taken["escalate"] = Do(&CaseService::EscalateCase, Escalating(name), kLi).status();
    for (const std::string& parent : {name, file.document, file.solution, file.dispute, file.list, file.contact}) {
      taken["attach to " + parent] = Attach(parent, kLi).status();
    }
    return taken;
  };
  for (const auto& [step, status] : steps(others)) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_RESOURCE_NOT_FOUND) << step << ": " << status;
  }
  for (const auto& [step, status] : steps(mine)) EXPECT_TRUE(status.ok()) << step << ": " << status;
  // A wrong etag and a state that forbids it tell nothing either.
  auto outdated = Escalating(others.service_case);
  outdated.set_etag("999");
  EXPECT_EQ(ReasonOf(Do(&CaseService::EscalateCase, outdated, kLi).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  const auto cancel = Ask(parts_, &PartsService::CancelPickingList, Cancelling(others.list), kLi).status();
  EXPECT_EQ(ReasonOf(cancel), v1::ERROR_REASON_RESOURCE_NOT_FOUND) << cancel;

  // A picking list names its case in a field, so that a case that is not seen is a mistake there.
  const auto never = Ask(parts_, &PartsService::CreatePickingList, Picking("cases/C2026-999999"), kLi).status();
  const auto picking = Ask(parts_, &PartsService::CreatePickingList, Picking(others.service_case), kLi).status();
  EXPECT_EQ(ReasonOf(picking), v1::ERROR_REASON_REFERENCE_INVALID) << picking;
  EXPECT_EQ(absl::StrReplaceAll(picking.message(), {{others.service_case, "it"}}),
            absl::StrReplaceAll(never.message(), {{"cases/C2026-999999", "it"}}));
  auto with_visit = Picking(mine.service_case);
  with_visit.mutable_picking_list()->set_visit(foreign_visit);
  const auto told = Ask(parts_, &PartsService::CreatePickingList, with_visit, kLi).status();
  EXPECT_EQ(ReasonOf(told), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(told.message().find(others.service_case), absl::string_view::npos) << told;
  const v1::PickingList own = Must(Ask(parts_, &PartsService::CreatePickingList, Picking(mine.service_case), kLi));
  EXPECT_TRUE(Ask(parts_, &PartsService::CancelPickingList, Cancelling(own.name()), kLi).ok());

  // A step on somebody's visit does not tell that its case is closed.
  const std::string closed = office_.Accepted().name();
  const std::string visit = Send(wang_, closed);
  office_.Close(closed);
  EXPECT_EQ(ReasonOf(Ask(dispatch_, &DispatchService::CheckInVisit, On<v1::CheckInVisitRequest>(visit), kLi).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(OwnWorkTest, ACaseStaysTheirsAfterTheVisitAndGoesWithAVisitGivenToAnother) {
  const std::string name = office_.Accepted().name();
  const auto sees = [&](const Person& who) {
    const bool got = Do(&CaseService::GetCase, Named<v1::GetCaseRequest>(name), who).ok();
    EXPECT_EQ(ListedCases(who).size(), got ? 1u : 0u);
    return got;
  };
  const std::string visit = Plan(name).name();
  EXPECT_FALSE(sees(kLi)) << "nobody is sent yet";
  EXPECT_FALSE(sees(kNobody));
  Assign(visit, li_);
  EXPECT_TRUE(sees(kLi));
  EXPECT_FALSE(sees(kWang));
  Assign(visit, wang_);
  EXPECT_FALSE(sees(kLi)) << "another goes";
  EXPECT_TRUE(sees(kWang));
  Must(Ask(dispatch_, &DispatchService::CheckInVisit, On<v1::CheckInVisitRequest>(visit), kWang));
  Must(Ask(dispatch_, &DispatchService::CheckOutVisit, On<v1::CheckOutVisitRequest>(visit), kWang));
  EXPECT_TRUE(sees(kWang));
  EXPECT_TRUE(Do(&CaseService::CreateDocument, Filing(name), kWang).ok()) << "the list is filed after the visit";
  office_.Close(name);
  EXPECT_TRUE(sees(kWang));
}

TEST_P(OwnWorkTest, AContactPassedOnToTheFieldIsSeenUntilItIsAnswered) {
  const std::string contact = office_.Contact().name();
  const auto sees = [&](const Person& who) {
    const bool got = Do(&CaseService::GetContact, Named<v1::GetContactRequest>(contact), who).ok();
    EXPECT_THAT(ListedContacts(who), ::testing::SizeIs(got ? 1 : 0));
    EXPECT_EQ(ListedOwed(who).empty(), !got) << "what is owed for it comes with it";
    return got;
  };
  EXPECT_FALSE(sees(kLi));
  EXPECT_EQ(ReasonOf(Do(&CaseService::AnswerContact, Answering(contact), kLi).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  PassOn(contact, v1::ROLE_TECHNOLOGY);
  EXPECT_FALSE(sees(kLi)) << "passed on to others";
  PassOn(contact, v1::ROLE_FIELD_ENGINEER);
  EXPECT_TRUE(sees(kLi));
  EXPECT_TRUE(sees(kNobody)) << "every engineer's until one answers";
  EXPECT_TRUE(Attach(contact, kLi).ok());
  v1::ListContactsRequest waiting;
  waiting.mutable_filter()->set_department(v1::ROLE_FIELD_ENGINEER);
  waiting.mutable_filter()->set_unanswered(true);
  EXPECT_THAT(ListedContacts(kWang, waiting), ElementsAre(contact));

  Call call = office_.By(kLi);
  Call repeat = call;
  CaseService& cases = *office_.cases;
  const v1::Contact answered = Must(Ask(call, cases, &CaseService::AnswerContact, Answering(contact)));
  EXPECT_EQ(answered.answered_by(), kLi.principal);
  EXPECT_EQ(Must(Ask(repeat, cases, &CaseService::AnswerContact, Answering(contact))).SerializeAsString(),
            answered.SerializeAsString())
      << "a repeat gets the first answer, though the contact is seen no more";
  EXPECT_FALSE(sees(kLi));
  EXPECT_FALSE(sees(kWang));
  // Nothing but the repeat gets through under its id.
  const std::string other = office_.Contact().name();
  Call reused = call;
  EXPECT_EQ(ReasonOf(Ask(reused, cases, &CaseService::AnswerContact, Answering(other)).status()),
            v1::ERROR_REASON_REQUEST_ID_REUSED);
  Call only_checked = call;
  only_checked.validate_only = true;
  EXPECT_EQ(ReasonOf(Ask(only_checked, cases, &CaseService::AnswerContact, Answering(other)).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  // With a case of their own it is theirs again, and nobody else's.
  const std::string name = office_.Accepted().name();
  Send(wang_, name);
  auto join = On<v1::JoinContactRequest>(contact);
  join.set_service_case(name);
  Must(Do(&CaseService::JoinContact, join, kTelephone));
  EXPECT_TRUE(sees(kWang));
  EXPECT_FALSE(sees(kLi));
}

TEST_P(OwnWorkTest, OthersPayNothingForIt) {
  const File file = MakeFile();
  Send(li_, file.service_case);
  const auto statements = [&](const std::function<absl::Status(Call&)>& read, const Person& who) {
    Call call = office_.By(who);
    const absl::Status status = read(call);
    EXPECT_TRUE(status.ok()) << status;
    return call.statements;
  };
  const auto by = [this](auto& service, auto method, const auto& request) {
    return [this, &service, method, request](Call& call) { return Ask(call, service, method, request).status(); };
  };
  CaseService& cases = *office_.cases;
  const std::map<std::string, std::function<absl::Status(Call&)>> reads = {
      {"case", by(cases, &CaseService::GetCase, Named<v1::GetCaseRequest>(file.service_case))},
      {"contact", by(cases, &CaseService::GetContact, Named<v1::GetContactRequest>(file.contact))},
      {"document", by(cases, &CaseService::GetDocument, Named<v1::GetDocumentRequest>(file.document))},
      {"list", by(parts_, &PartsService::GetPickingList, Named<v1::GetPickingListRequest>(file.list))},
      {"owed", by(*office_.policy, &PolicyService::GetObligation, Named<v1::GetObligationRequest>(file.owed))},
      {"attachment", by(attachments_, &AttachmentService::GetAttachment, Named<v1::GetAttachmentRequest>(file.photo))},
  };
  for (const auto& [what, read] : reads) {
    const int needed = what == "attachment" ? 2 : 1;
    EXPECT_EQ(statements(read, kManager), needed) << what;
    EXPECT_EQ(statements(read, kLi), needed + 1) << what;
  }
  // A list is narrowed within its own statement.
  const auto list = by(cases, &CaseService::ListCases, v1::ListCasesRequest());
  EXPECT_EQ(statements(list, kManager), 1);
  EXPECT_EQ(statements(list, kLi), 1);
}

}  // namespace
}  // namespace aftersales
