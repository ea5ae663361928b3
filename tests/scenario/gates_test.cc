// Every step that a pack can name is a gate that the server asks: under a pack that requires something for one step, a
// case is walked through its life, and that step, and no other, is refused.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/policy/pack.h"
#include "tests/scenario/company.h"

namespace aftersales::testing {
namespace {

std::string PackThatRequiresSomethingFor(const std::string& step) {
  return absl::StrCat(
      "name: 'gates' title: 'Gates' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
      "class { name: 'A' title: 'A' clauses: 'X-1' }\n"
      "outcome { name: 'ended' title: 'Ended' clauses: 'X-1' }\n"
      "obligation { kind: 'never-done' clauses: 'X-2' on: 'stock-received' by: 'quality' met_by { event: "
      "'stock-received' } required_for: '",
      step, "' }");
}

// A case's life, step by step; each call uses what the ones before have made.
class Life {
 public:
  explicit Life(Company& company) : company_(company) {}

  struct Step {
    std::string name;
    std::function<absl::Status()> take;
  };

  std::vector<Step> Steps() {
    using namespace v1;  // NOLINT: a page of role and request names
    using absl::Status, absl::StatusOr;
    const auto cases = [this](Role role) { return company_.As(role).cases(); };
    const auto dispatch = [this](Role role) { return company_.As(role).dispatch(); };
    const auto parts = [this](Role role) { return company_.As(role).parts(); };
    const auto settlement = [this](Role role) { return company_.As(role).settlement(); };
    const auto improvement = [this](Role role) { return company_.As(role).improvement(); };
    const auto feedback = [this](Role role) { return company_.As(role).feedback(); };
    const auto archive = [this](Role role) { return company_.As(role).archive(); };
    const auto reports = [this](Role role) { return company_.As(role).reports(); };
    return {
        {"create-contact", [=, this] { return Keep(cases(ROLE_QUALITY).CreateContact(Contacting()), &contact_); }},
        {"update-contact",
         [=, this] {
           const StatusOr<Contact> contact = cases(ROLE_QUALITY).GetContact(On<GetContactRequest>(contact_));
           if (!contact.ok()) return contact.status();
           UpdateContactRequest request = On<UpdateContactRequest>(contact_);
           request.set_etag(contact->etag());
           *request.mutable_contact() = Contacting().contact();
           return cases(ROLE_QUALITY).UpdateContact(request).status();
         }},
        {"transfer-contact",
         [=, this] {
           TransferContactRequest request = On<TransferContactRequest>(contact_);
           request.set_department(ROLE_TECHNOLOGY);
           request.set_reason("A question of design.");
           return cases(ROLE_QUALITY).TransferContact(request).status();
         }},
        {"answer-contact",
         [=, this] {
           AnswerContactRequest request = On<AnswerContactRequest>(contact_);
           request.set_answer("Tomorrow.");
           return cases(ROLE_QUALITY).AnswerContact(request).status();
         }},
        {"close-contact",
         [=, this] {
           // Another contact, since this one is to lead to a case.
           std::string other;
           if (Status status = Keep(cases(ROLE_QUALITY).CreateContact(Contacting()), &other); !status.ok())
             return status;
           CloseContactRequest request = On<CloseContactRequest>(other);
           request.set_outcome("ended");
           return cases(ROLE_QUALITY).CloseContact(request).status();
         }},
        {"create-case", [=, this] { return Keep(cases(ROLE_CUSTOMER_SERVICE).CreateCase(Opening()), &case_); }},
        {"join-contact",
         [=, this] {
           JoinContactRequest request = On<JoinContactRequest>(contact_);
           request.set_service_case(case_);
           return cases(ROLE_QUALITY).JoinContact(request).status();
         }},
        {"update-case",
         [=, this] {
           const StatusOr<Case> service_case = cases(ROLE_QUALITY).GetCase(On<GetCaseRequest>(case_));
           if (!service_case.ok()) return service_case.status();
           UpdateCaseRequest request = On<UpdateCaseRequest>(case_);
           request.set_etag(service_case->etag());
           *request.mutable_service_case() = Opening().service_case();
           return cases(ROLE_QUALITY).UpdateCase(request).status();
         }},
        {"refuse-case",
         [=, this] {
           // Another case, since a refused one goes no further.
           if (Status status = Keep(cases(ROLE_CUSTOMER_SERVICE).CreateCase(Opening()), &other_case_); !status.ok()) {
             return status;
           }
           RefuseCaseRequest request = On<RefuseCaseRequest>(other_case_);
           request.set_reason("Not our product.");
           return cases(ROLE_QUALITY).RefuseCase(request).status();
         }},
        {"reopen-case",
         [=, this] {
           ReopenCaseRequest request = On<ReopenCaseRequest>(other_case_);
           request.set_reason("It is ours.");
           return cases(ROLE_QUALITY).ReopenCase(request).status();
         }},
        {"link-cases",
         [=, this] {
           LinkCasesRequest request = On<LinkCasesRequest>(case_);
           request.set_other(other_case_);
           request.set_reason("The same batch.");
           return cases(ROLE_QUALITY).LinkCases(request).status();
         }},
        {"escalate-case",
         [=, this] {
           EscalateCaseRequest request = On<EscalateCaseRequest>(case_);
           request.set_to(ROLE_EXECUTIVE);
           request.set_reason("A doubt.");
           return cases(ROLE_QUALITY).EscalateCase(request).status();
         }},
        {"pause-case",
         [=, this] {
           PauseCaseRequest request = On<PauseCaseRequest>(case_);
           request.set_cause(PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
           request.set_reason("The depot is closed.");
           return cases(ROLE_QUALITY).PauseCase(request).status();
         }},
        {"resume-case", [=, this] { return cases(ROLE_QUALITY).ResumeCase(On<ResumeCaseRequest>(case_)).status(); }},
        {"create-telephone-attempt",
         [=, this] {
           CreateTelephoneAttemptRequest request;
           request.set_parent(case_);
           request.mutable_telephone_attempt()->set_text("Nobody answered.");
           return cases(ROLE_QUALITY).CreateTelephoneAttempt(request).status();
         }},
        {"create-help-request",
         [=, this] {
           CreateHelpRequestRequest request;
           request.set_parent(case_);
           request.mutable_help_request()->set_department(ROLE_TECHNOLOGY);
           request.mutable_help_request()->set_form(HELP_FORM_ORAL);
           request.mutable_help_request()->set_text("A drawing.");
           return Keep(cases(ROLE_QUALITY).CreateHelpRequest(request), &help_);
         }},
        {"answer-help-request",
         [=, this] {
           AnswerHelpRequestRequest request = On<AnswerHelpRequestRequest>(help_);
           request.set_answer("Sent.");
           return cases(ROLE_TECHNOLOGY).AnswerHelpRequest(request).status();
         }},
        {"accept-case",
         [=, this] {
           AcceptCaseRequest request = On<AcceptCaseRequest>(case_);
           request.set_service_mode(SERVICE_MODE_ON_SITE);
           return cases(ROLE_QUALITY).AcceptCase(request).status();
         }},
        {"classify-case",
         [=, this] {
           ClassifyCaseRequest request = On<ClassifyCaseRequest>(case_);
           request.set_classification("A");
           request.mutable_evidence()->set_text("Seen.");
           return cases(ROLE_QUALITY).ClassifyCase(request).status();
         }},
        {"determine-cause",
         [=, this] {
           DetermineCauseRequest request = On<DetermineCauseRequest>(case_);
           request.set_cause(CAUSE_IMPROPER_USE);
           request.mutable_findings()->mutable_evidence()->set_text("The lever is bent.");
           return cases(ROLE_TECHNOLOGY).DetermineCause(request).status();
         }},
        {"explain-improper-use",
         [=, this] {
           ExplainImproperUseRequest request = On<ExplainImproperUseRequest>(case_);
           request.set_explanation("The lever was forced.");
           request.set_guidance("Release it first.");
           return cases(ROLE_QUALITY).ExplainImproperUse(request).status();
         }},
        {"record-explanation-reply",
         [=, this] {
           RecordExplanationReplyRequest request = On<RecordExplanationReplyRequest>(case_);
           request.set_accepted(true);
           request.mutable_evidence()->set_text("By letter.");
           return cases(ROLE_QUALITY).RecordExplanationReply(request).status();
         }},
        {"decide-remedy",
         [=, this] {
           DecideRemedyRequest request = On<DecideRemedyRequest>(case_);
           request.set_remedy(REMEDY_PAID_SERVICE);
           request.set_role(ROLE_QUALITY);
           request.mutable_evidence()->set_text("The report.");
           return cases(ROLE_QUALITY).DecideRemedy(request).status();
         }},
        {"quote-price",
         [=, this] {
           QuotePriceRequest request = On<QuotePriceRequest>(case_);
           request.mutable_price()->set_currency_code("CNY");
           request.mutable_price()->set_minor_units(90000);
           request.set_text("A lever and an hour.");
           return cases(ROLE_QUALITY).QuotePrice(request).status();
         }},
        {"agree-price",
         [=, this] {
           AgreePriceRequest request = On<AgreePriceRequest>(case_);
           request.mutable_evidence()->set_text("By letter.");
           return cases(ROLE_QUALITY).AgreePrice(request).status();
         }},
        {"create-dispute",
         [=, this] {
           CreateDisputeRequest request;
           request.set_parent(case_);
           request.mutable_dispute()->set_contract(company_.AddContract(company_.customer(), 12));
           request.mutable_dispute()->add_provisions("8.2");
           request.mutable_dispute()->set_text("They say that it is under warranty.");
           return Keep(cases(ROLE_QUALITY).CreateDispute(request), &dispute_);
         }},
        {"resolve-dispute",
         [=, this] {
           ResolveDisputeRequest request = On<ResolveDisputeRequest>(dispute_);
           request.set_resolution("Half each.");
           request.mutable_evidence()->set_text("By letter.");
           return cases(ROLE_SERVICE_MANAGER).ResolveDispute(request).status();
         }},
        {"propose-solution",
         [=, this] {
           ProposeSolutionRequest request;
           request.set_parent(case_);
           request.mutable_solution()->set_text("Exchange it.");
           return Keep(cases(ROLE_TECHNOLOGY).ProposeSolution(request), &solution_);
         }},
        {"approve-solution",
         [=, this] {
           ApproveSolutionRequest request = On<ApproveSolutionRequest>(solution_);
           request.set_role(ROLE_QUALITY);
           return cases(ROLE_QUALITY).ApproveSolution(request).status();
         }},
        {"confirm-solution",
         [=, this] {
           ConfirmSolutionRequest request = On<ConfirmSolutionRequest>(solution_);
           request.mutable_evidence()->set_text("By letter.");
           return cases(ROLE_QUALITY).ConfirmSolution(request).status();
         }},
        {"create-visit",
         [=, this] {
           CreateVisitRequest request;
           static int visits = 0;  // each at another time, so that one engineer can make them all
           const absl::Time start = company_.server().Now() + absl::Hours(5) * ++visits;
           request.mutable_visit()->set_service_case(case_);
           *request.mutable_visit()->mutable_plan_start_time() = ToProto(start);
           *request.mutable_visit()->mutable_plan_end_time() = ToProto(start + absl::Hours(2));
           return Keep(dispatch(ROLE_QUALITY).CreateVisit(request), &visit_);
         }},
        {"assign-engineer",
         [=, this] {
           AssignEngineerRequest request = On<AssignEngineerRequest>(visit_);
           request.set_engineer(company_.engineer());
           return dispatch(ROLE_QUALITY).AssignEngineer(request).status();
         }},
        {"check-in-visit",
         [=, this] { return dispatch(ROLE_FIELD_ENGINEER).CheckInVisit(On<CheckInVisitRequest>(visit_)).status(); }},
        {"start-work", [=, this] { return company_.StartWork(visit_); }},
        {"record-work", [=, this] { return company_.RecordWork(visit_); }},
        {"complete-work", [=, this] { return company_.CompleteWork(visit_); }},
        {"record-satisfaction", [=, this] { return company_.Satisfied(visit_, true); }},
        {"create-picking-list", [=, this] { return Keep(parts(ROLE_QUALITY).CreatePickingList(Picking()), &list_); }},
        {"cancel-picking-list",
         [=, this] {
           CancelPickingListRequest request = On<CancelPickingListRequest>(list_);
           request.set_reason("Another part is needed.");
           const absl::Status cancelled = parts(ROLE_QUALITY).CancelPickingList(request).status();
           if (!cancelled.ok()) return cancelled;
           return Keep(parts(ROLE_QUALITY).CreatePickingList(Picking()), &list_);
         }},
        {"sign-picking-list",
         [=, this] {
           SignPickingListRequest request = On<SignPickingListRequest>(list_);
           request.set_role(ROLE_PRODUCTION);
           return parts(ROLE_PRODUCTION).SignPickingList(request).status();
         }},
        {"issue-picking-list",
         [=, this] { return parts(ROLE_WAREHOUSE).IssuePickingList(On<IssuePickingListRequest>(list_)).status(); }},
        {"create-departure-permit",
         [=, this] {
           CreateDeparturePermitRequest request;
           request.mutable_permit()->set_picking_list(list_);
           request.mutable_permit()->set_destination("Depot 1");
           request.mutable_permit()->set_product_model("BU-7");
           return Keep(parts(ROLE_WAREHOUSE).CreateDeparturePermit(request), &permit_);
         }},
        {"create-shipment",
         [=, this] {
           CreateShipmentRequest request;
           request.mutable_shipment()->set_permit(permit_);
           request.mutable_shipment()->set_transport(TRANSPORT_RAIL);
           return parts(ROLE_WAREHOUSE).CreateShipment(request).status();
         }},
        {"check-out-visit", [=, this] { return company_.CheckOut(visit_); }},
        {"create-document",
         [=, this] {
           CreateDocumentRequest request;
           request.set_parent(case_);
           request.mutable_document()->set_kind("letter");
           request.mutable_document()->set_title("Letter");
           request.mutable_document()->set_text("To the customer.");
           return Keep(cases(ROLE_QUALITY).CreateDocument(request), &document_);
         }},
        {"void-document",
         [=, this] {
           VoidDocumentRequest request = On<VoidDocumentRequest>(document_);
           request.set_reason("Of another case.");
           return cases(ROLE_QUALITY).VoidDocument(request).status();
         }},
        {"upload-attachment",
         [=, this] {
           UploadStart start;
           start.mutable_attachment()->set_parent(case_);
           start.mutable_attachment()->set_filename("note.txt");
           start.mutable_attachment()->set_media_type("text/plain");
           std::string left = "The lever is bent.\n";
           const ByteSource source = [&left](size_t) -> StatusOr<std::string> { return std::exchange(left, ""); };
           return Keep(company_.As(ROLE_QUALITY).attachments().Upload(start, source), &attachment_);
         }},
        {"accept-attachment",
         [=, this] {
           AcceptAttachmentRequest request = On<AcceptAttachmentRequest>(attachment_);
           request.set_note("Evidence of the cause.");
           return company_.As(ROLE_SERVICE_MANAGER).attachments().AcceptAttachment(request).status();
         }},
        {"create-investigation",
         [=, this] {
           CreateInvestigationRequest request;
           request.set_parent(case_);
           request.mutable_investigation()->set_analysis("The lever was forced.");
           request.mutable_investigation()->set_countermeasures("A sign beside it.");
           request.mutable_investigation()->add_treatment_options("Exchange it.");
           return Keep(improvement(ROLE_TECHNOLOGY).CreateInvestigation(request), &investigation_);
         }},
        {"record-consultation",
         [=, this] {
           RecordConsultationRequest request = On<RecordConsultationRequest>(investigation_);
           request.set_department(ROLE_CUSTOMER_SERVICE);
           request.set_text("They agree.");
           return improvement(ROLE_TECHNOLOGY).RecordConsultation(request).status();
         }},
        {"determine-treatment",
         [=, this] {
           DetermineTreatmentRequest request = On<DetermineTreatmentRequest>(investigation_);
           request.set_role(ROLE_QUALITY);
           request.set_treatment("Exchange it.");
           return improvement(ROLE_QUALITY).DetermineTreatment(request).status();
         }},
        {"propose-responsibility",
         [=, this] { return Keep(settlement(ROLE_CUSTOMER_SERVICE).ProposeResponsibility(Proposing()), &answering_); }},
        {"report-responsibility",
         [=, this] {
           ReportResponsibilityRequest request = On<ReportResponsibilityRequest>(answering_);
           request.set_to(ROLE_EXECUTIVE);
           request.set_text("Production alone.");
           return settlement(ROLE_CUSTOMER_SERVICE).ReportResponsibility(request).status();
         }},
        {"reject-responsibility",
         [=, this] {
           RejectResponsibilityRequest request = On<RejectResponsibilityRequest>(answering_);
           request.set_role(ROLE_EXECUTIVE);
           request.set_reason("Ask supply.");
           const absl::Status rejected = settlement(ROLE_EXECUTIVE).RejectResponsibility(request).status();
           if (!rejected.ok()) return rejected;
           return Keep(settlement(ROLE_CUSTOMER_SERVICE).ProposeResponsibility(Proposing()), &answering_);
         }},
        {"decide-responsibility",
         [=, this] {
           DecideResponsibilityRequest request = On<DecideResponsibilityRequest>(answering_);
           request.set_role(ROLE_EXECUTIVE);
           return settlement(ROLE_EXECUTIVE).DecideResponsibility(request).status();
         }},
        {"create-cost", [=, this] { return Keep(settlement(ROLE_CUSTOMER_SERVICE).CreateCost(Costing()), &cost_); }},
        {"agree-cost",
         [=, this] {
           AgreeCostRequest request = On<AgreeCostRequest>(cost_);
           request.mutable_evidence()->set_text("By letter.");
           return settlement(ROLE_CUSTOMER_SERVICE).AgreeCost(request).status();
         }},
        {"reject-cost",
         [=, this] {
           RejectCostRequest request = On<RejectCostRequest>(cost_);
           request.set_role(ROLE_FINANCE);
           request.set_reason("No receipt.");
           const absl::Status rejected = settlement(ROLE_FINANCE).RejectCost(request).status();
           if (!rejected.ok()) return rejected;
           return Keep(settlement(ROLE_CUSTOMER_SERVICE).CreateCost(Costing()), &cost_);
         }},
        {"vet-cost",
         [=, this] {
           VetCostRequest request = On<VetCostRequest>(cost_);
           request.set_role(ROLE_FINANCE);
           return settlement(ROLE_FINANCE).VetCost(request).status();
         }},
        {"allocate-costs",
         [=, this] {
           AllocateCostsRequest request;
           request.set_parent(case_);
           request.set_role(ROLE_FINANCE);
           return settlement(ROLE_FINANCE).AllocateCosts(request).status();
         }},
        {"reverse-cost",
         [=, this] {
           ReverseCostRequest request = On<ReverseCostRequest>(cost_);
           request.set_reason("Entered twice.");
           std::string reversal;
           Status status = Keep(settlement(ROLE_CUSTOMER_SERVICE).ReverseCost(request), &reversal);
           if (!status.ok()) return status;
           // Nothing undecided is archived.
           VetCostRequest vet = On<VetCostRequest>(reversal);
           vet.set_role(ROLE_FINANCE);
           return settlement(ROLE_FINANCE).VetCost(vet).status();
         }},
        {"convene-meeting",
         [=, this] { return Keep(improvement(ROLE_QUALITY).ConveneMeeting(Convening()), &meeting_); }},
        {"hold-meeting",
         [=, this] {
           HoldMeetingRequest request = On<HoldMeetingRequest>(meeting_);
           request.add_attendance()->set_department(ROLE_TECHNOLOGY);
           request.set_minutes("A sign is enough.");
           return improvement(ROLE_QUALITY).HoldMeeting(request).status();
         }},
        {"cancel-meeting",
         [=, this] {
           // Another meeting, since this one was held.
           std::string other;
           if (Status status = Keep(improvement(ROLE_QUALITY).ConveneMeeting(Convening()), &other); !status.ok()) {
             return status;
           }
           CancelMeetingRequest request = On<CancelMeetingRequest>(other);
           request.set_reason("All was said.");
           return improvement(ROLE_QUALITY).CancelMeeting(request).status();
         }},
        {"create-corrective-action",
         [=, this] { return Keep(improvement(ROLE_QUALITY).CreateCorrectiveAction(Planning()), &action_); }},
        {"complete-corrective-action",
         [=, this] {
           CompleteCorrectiveActionRequest request = On<CompleteCorrectiveActionRequest>(action_);
           request.set_result("The sign is there.");
           return improvement(ROLE_PRODUCTION).CompleteCorrectiveAction(request).status();
         }},
        {"check-corrective-action",
         [=, this] {
           CheckCorrectiveActionRequest request = On<CheckCorrectiveActionRequest>(action_);
           request.set_role(ROLE_QUALITY);
           request.set_effective(true);
           request.mutable_evidence()->set_text("No lever was bent since.");
           return improvement(ROLE_QUALITY).CheckCorrectiveAction(request).status();
         }},
        {"cancel-corrective-action",
         [=, this] {
           // Another one, since this one was carried out.
           std::string other;
           const Status made = Keep(improvement(ROLE_QUALITY).CreateCorrectiveAction(Planning()), &other);
           if (!made.ok()) return made;
           CancelCorrectiveActionRequest request = On<CancelCorrectiveActionRequest>(other);
           request.set_reason("The sign is enough.");
           return improvement(ROLE_QUALITY).CancelCorrectiveAction(request).status();
         }},
        {"close-case", [=, this] { return company_.Close(case_); }},
        {"archive-case",
         [=, this] {
           const StatusOr<Case> archived = archive(ROLE_QUALITY).ArchiveCase(On<ArchiveCaseRequest>(case_));
           if (archived.ok()) volume_ = archived->volume();
           return archived.status();
         }},
        {"seal-volume",
         [=, this] {
           SealVolumeRequest request = On<SealVolumeRequest>(volume_);
           request.set_role(ROLE_QUALITY);
           return archive(ROLE_QUALITY).SealVolume(request).status();
         }},
        {"create-volume",
         [=, this] {
           CreateVolumeRequest request;
           request.mutable_volume()->set_title("Levers");
           return archive(ROLE_QUALITY).CreateVolume(request).status();
         }},
        {"create-feedback",
         [=, this] {
           CreateFeedbackRequest request;
           request.mutable_feedback()->set_kind(FEEDBACK_KIND_COMPLAINT);
           request.mutable_feedback()->set_customer(company_.customer());
           request.mutable_feedback()->set_service_case(case_);
           request.mutable_feedback()->set_text("He laughed at our lever.");
           request.mutable_feedback()->set_conduct_type("attitude");
           request.mutable_feedback()->set_engineer(company_.engineer());
           return Keep(feedback(ROLE_CUSTOMER_SERVICE).CreateFeedback(request), &feedback_);
         }},
        {"report-feedback",
         [=, this] {
           ReportFeedbackRequest request = On<ReportFeedbackRequest>(feedback_);
           request.set_to(ROLE_QUALITY);
           request.set_text("Somebody should talk to him.");
           return feedback(ROLE_CUSTOMER_SERVICE).ReportFeedback(request).status();
         }},
        {"verify-feedback",
         [=, this] {
           VerifyFeedbackRequest request = On<VerifyFeedbackRequest>(feedback_);
           request.set_role(ROLE_QUALITY);
           request.set_confirmed(true);
           request.mutable_evidence()->set_text("Two saw it.");
           return feedback(ROLE_QUALITY).VerifyFeedback(request).status();
         }},
        {"withdraw-verification",
         [=, this] {
           WithdrawVerificationRequest request = On<WithdrawVerificationRequest>(feedback_);
           request.set_reason("They saw somebody else.");
           return feedback(ROLE_QUALITY).WithdrawVerification(request).status();
         }},
        {"handle-feedback",
         [=, this] {
           HandleFeedbackRequest request = On<HandleFeedbackRequest>(feedback_);
           request.set_result("The manager called the customer.");
           return feedback(ROLE_QUALITY).HandleFeedback(request).status();
         }},
        {"create-callback",
         [=, this] {
           CreateCallbackRequest request;
           request.mutable_callback()->set_customer(company_.customer());
           request.mutable_callback()->set_reached(true);
           request.mutable_callback()->set_text("The lever holds.");
           return feedback(ROLE_CUSTOMER_SERVICE).CreateCallback(request).status();
         }},
        {"create-management-report",
         [=, this] {
           CreateManagementReportRequest request;
           *request.mutable_report() = Report();
           return Keep(reports(ROLE_QUALITY).CreateManagementReport(request), &report_);
         }},
        {"update-management-report", [=, this] { return UpdateReport(); }},
        {"submit-management-report", [=, this] { return SubmitReport(); }},
        {"withdraw-management-report",
         [=, this] {
           const Status withdrawn =
               reports(ROLE_QUALITY).WithdrawManagementReport(On<WithdrawManagementReportRequest>(report_)).status();
           return withdrawn.ok() ? SubmitReport() : withdrawn;
         }},
        {"return-management-report",
         [=, this] {
           ReturnManagementReportRequest request = On<ReturnManagementReportRequest>(report_);
           request.set_role(ROLE_EXECUTIVE);
           request.set_reason("Which levers?");
           Status status = reports(ROLE_EXECUTIVE).ReturnManagementReport(request).status();
           if (status.ok()) status = UpdateReport();
           return status.ok() ? SubmitReport() : status;
         }},
        {"approve-management-report",
         [=, this] {
           ApproveManagementReportRequest request = On<ApproveManagementReportRequest>(report_);
           request.set_role(ROLE_EXECUTIVE);
           return reports(ROLE_EXECUTIVE).ApproveManagementReport(request).status();
         }},
    };
  }

 private:
  template <typename Request>
  static Request On(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }

  template <typename Resource>
  static absl::Status Keep(const absl::StatusOr<Resource>& made, std::string* name) {
    if (made.ok()) *name = made->name();
    return made.status();
  }

  static v1::CreateContactRequest Contacting() {
    v1::CreateContactRequest request;
    request.mutable_contact()->set_channel(v1::CHANNEL_LETTER);
    request.mutable_contact()->set_company("Example Tramway Works");
    request.mutable_contact()->set_text("A question.");
    return request;
  }

  v1::CreateCaseRequest Opening() {
    v1::CreateCaseRequest request;
    request.mutable_service_case()->set_subject(v1::CASE_SUBJECT_PRODUCT);
    request.mutable_service_case()->set_customer(company_.customer());
    request.mutable_service_case()->set_equipment(company_.equipment());
    request.mutable_service_case()->set_description("The brake does not release.");
    return request;
  }

  v1::ConveneMeetingRequest Convening() {
    v1::ConveneMeetingRequest request;
    request.set_parent(case_);
    request.mutable_meeting()->set_subject("Bent levers");
    request.mutable_meeting()->add_departments(v1::ROLE_TECHNOLOGY);
    *request.mutable_meeting()->mutable_meeting_time() = ToProto(company_.Now() + absl::Hours(2));
    return request;
  }

  v1::CreateCorrectiveActionRequest Planning() {
    v1::CreateCorrectiveActionRequest request;
    request.set_parent(case_);
    request.mutable_corrective_action()->set_kind(v1::CORRECTIVE_ACTION_KIND_PREVENTIVE);
    request.mutable_corrective_action()->set_text("A sign beside the lever.");
    request.mutable_corrective_action()->set_owner(v1::ROLE_PRODUCTION);
    *request.mutable_corrective_action()->mutable_due_time() = ToProto(company_.Now() + absl::Hours(24));
    return request;
  }

  v1::ProposeResponsibilityRequest Proposing() {
    v1::ProposeResponsibilityRequest request;
    request.set_parent(case_);
    request.mutable_responsibility()->set_text("The sign was missing.");
    v1::ResponsibilityShare& share = *request.mutable_responsibility()->add_shares();
    share.set_department(v1::ROLE_PRODUCTION);
    share.set_basis_points(10000);
    return request;
  }

  v1::CreateCostRequest Costing() {
    v1::CreateCostRequest request;
    request.set_parent(case_);
    request.mutable_cost()->set_category(v1::COST_CATEGORY_PARTS);
    request.mutable_cost()->mutable_amount()->set_currency_code("CNY");
    request.mutable_cost()->mutable_amount()->set_minor_units(90000);
    request.mutable_cost()->set_text("A lever.");
    request.mutable_cost()->set_customer_pays(true);
    return request;
  }

  v1::ManagementReport Report() {
    v1::ManagementReport report;
    report.set_title("Bent levers");
    *report.mutable_start_time() = ToProto(company_.Now() - absl::Hours(24));
    *report.mutable_end_time() = ToProto(company_.Now());
    report.set_analysis("Levers are forced.");
    report.add_proposals("A sign beside each.");
    return report;
  }

  absl::Status UpdateReport() {
    const auto report =
        company_.As(v1::ROLE_QUALITY).reports().GetManagementReport(On<v1::GetManagementReportRequest>(report_));
    if (!report.ok()) return report.status();
    auto request = On<v1::UpdateManagementReportRequest>(report_);
    request.set_etag(report->etag());
    *request.mutable_report() = Report();
    return company_.As(v1::ROLE_QUALITY).reports().UpdateManagementReport(request).status();
  }

  absl::Status SubmitReport() {
    auto request = On<v1::SubmitManagementReportRequest>(report_);
    request.set_to(v1::ROLE_EXECUTIVE);
    return company_.As(v1::ROLE_QUALITY).reports().SubmitManagementReport(request).status();
  }

  v1::CreatePickingListRequest Picking() {
    if (part_.empty()) {
      v1::CreatePartRequest part;
      part.mutable_part()->set_display_name("Release valve");
      part.mutable_part()->set_category(v1::PART_CATEGORY_ORDINARY);
      EXPECT_TRUE(Keep(company_.As(v1::ROLE_ADMIN).parts().CreatePart(part), &part_).ok());
      v1::CreateWarehouseRequest warehouse;
      warehouse.mutable_warehouse()->set_display_name("Main store");
      EXPECT_TRUE(Keep(company_.As(v1::ROLE_ADMIN).parts().CreateWarehouse(warehouse), &warehouse_).ok());
      v1::ReceiveStockRequest stock;
      stock.set_part(part_);
      stock.set_warehouse(warehouse_);
      stock.set_quantity(10);
      EXPECT_TRUE(company_.As(v1::ROLE_WAREHOUSE).parts().ReceiveStock(stock).ok());
    }
    v1::CreatePickingListRequest request;
    request.mutable_picking_list()->set_service_case(case_);
    request.mutable_picking_list()->set_source(v1::PICKING_SOURCE_FIELD_OPINION);
    v1::PickingLine* line = request.mutable_picking_list()->add_lines();
    line->set_part(part_);
    line->set_warehouse(warehouse_);
    line->set_quantity(1);
    return request;
  }

  Company& company_;
  std::string contact_, case_, other_case_, help_, dispute_, solution_, visit_, list_, permit_, document_, attachment_;
  std::string part_, warehouse_, investigation_, meeting_, action_, answering_, cost_;
  std::string volume_, report_, feedback_;
};

TEST(Gates, EveryStepThatAPackCanNameIsAskedFor) {
  Company company("sqlite", "");
  std::set<std::string> walked;
  for (const Life::Step& step : Life(company).Steps()) walked.insert(step.name);
  for (const std::string& step : policy::Steps()) EXPECT_EQ(walked.count(step), 1u) << step << " is not walked here";

  for (const std::string& gate : walked) {
    company.UsePack(PackThatRequiresSomethingFor(gate));
    Life life(company);
    for (const Life::Step& step : life.Steps()) {
      const absl::Status status = step.take();
      if (step.name != gate) {
        ASSERT_TRUE(status.ok()) << step.name << " under a gate for " << gate << ": " << status;
        continue;
      }
      EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_OBLIGATION_OPEN) << gate << ": " << status;
      EXPECT_EQ(ErrorMetadata(status)["transition"], gate);
      break;
    }
  }
}

}  // namespace
}  // namespace aftersales::testing
