// CaseService: contacts and cases, from the customer's call to the decision and the close.
#ifndef AFTERSALES_SERVER_CASES_CASE_SERVICE_H_
#define AFTERSALES_SERVER_CASES_CASE_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/event.pb.h"
#include "google/protobuf/message.h"
#include "server/cases/case_rules.h"
#include "server/cases/contact_rules.h"
#include "server/cases/coverage_rules.h"
#include "server/cases/recurrences.h"
#include "server/obligations/obligations.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database, the obligations and the authenticator must outlive it.
class CaseService {
 public:
  CaseService(Database& db, Obligations& obligations, const rpc::Authenticator& authenticator)
      : db_(db), obligations_(obligations), authenticator_(authenticator) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Contact> CreateContact(Call& call, const v1::CreateContactRequest& request);
  absl::StatusOr<v1::Contact> GetContact(Call& call, const v1::GetContactRequest& request);
  absl::StatusOr<v1::ListContactsResponse> ListContacts(Call& call, const v1::ListContactsRequest& request);
  absl::StatusOr<v1::Contact> AnswerContact(Call& call, const v1::AnswerContactRequest& request);

  absl::StatusOr<v1::Case> CreateCase(Call& call, const v1::CreateCaseRequest& request);
  absl::StatusOr<v1::Case> GetCase(Call& call, const v1::GetCaseRequest& request);
  absl::StatusOr<v1::ListCasesResponse> ListCases(Call& call, const v1::ListCasesRequest& request);
  absl::StatusOr<v1::Case> AcceptCase(Call& call, const v1::AcceptCaseRequest& request);
  absl::StatusOr<v1::Case> RefuseCase(Call& call, const v1::RefuseCaseRequest& request);
  absl::StatusOr<v1::Case> ClassifyCase(Call& call, const v1::ClassifyCaseRequest& request);
  absl::StatusOr<v1::Case> CloseCase(Call& call, const v1::CloseCaseRequest& request);

  absl::StatusOr<v1::Solution> ProposeSolution(Call& call, const v1::ProposeSolutionRequest& request);
  absl::StatusOr<v1::Solution> GetSolution(Call& call, const v1::GetSolutionRequest& request);
  absl::StatusOr<v1::ListSolutionsResponse> ListSolutions(Call& call, const v1::ListSolutionsRequest& request);
  absl::StatusOr<v1::Solution> ApproveSolution(Call& call, const v1::ApproveSolutionRequest& request);
  absl::StatusOr<v1::Solution> ConfirmSolution(Call& call, const v1::ConfirmSolutionRequest& request);

  absl::StatusOr<v1::Document> CreateDocument(Call& call, const v1::CreateDocumentRequest& request);
  absl::StatusOr<v1::Document> GetDocument(Call& call, const v1::GetDocumentRequest& request);
  absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(Call& call, const v1::ListDocumentsRequest& request);

  absl::StatusOr<v1::Contact> UpdateContact(Call& call, const v1::UpdateContactRequest& request);
  absl::StatusOr<v1::Contact> TransferContact(Call& call, const v1::TransferContactRequest& request);
  absl::StatusOr<v1::Contact> JoinContact(Call& call, const v1::JoinContactRequest& request);
  absl::StatusOr<v1::Contact> CloseContact(Call& call, const v1::CloseContactRequest& request);
  absl::StatusOr<v1::AuditContactQueueResponse> AuditContactQueue(Call& call,
                                                                  const v1::AuditContactQueueRequest& request);

  absl::StatusOr<v1::Case> UpdateCase(Call& call, const v1::UpdateCaseRequest& request);
  absl::StatusOr<v1::Case> ReopenCase(Call& call, const v1::ReopenCaseRequest& request);
  absl::StatusOr<v1::Case> PauseCase(Call& call, const v1::PauseCaseRequest& request);
  absl::StatusOr<v1::Case> ResumeCase(Call& call, const v1::ResumeCaseRequest& request);
  absl::StatusOr<v1::Case> EscalateCase(Call& call, const v1::EscalateCaseRequest& request);

  absl::StatusOr<v1::ListSimilarCasesResponse> ListSimilarCases(Call& call, const v1::ListSimilarCasesRequest& request);
  absl::StatusOr<v1::Case> LinkCases(Call& call, const v1::LinkCasesRequest& request);
  absl::StatusOr<v1::ListIdleCasesResponse> ListIdleCases(Call& call, const v1::ListIdleCasesRequest& request);

  absl::StatusOr<v1::Case> DetermineCause(Call& call, const v1::DetermineCauseRequest& request);
  absl::StatusOr<v1::Case> DecideRemedy(Call& call, const v1::DecideRemedyRequest& request);
  absl::StatusOr<v1::Case> QuotePrice(Call& call, const v1::QuotePriceRequest& request);
  absl::StatusOr<v1::Case> AgreePrice(Call& call, const v1::AgreePriceRequest& request);
  absl::StatusOr<v1::Case> ExplainImproperUse(Call& call, const v1::ExplainImproperUseRequest& request);
  absl::StatusOr<v1::Case> RecordExplanationReply(Call& call, const v1::RecordExplanationReplyRequest& request);

  absl::StatusOr<v1::TelephoneAttempt> CreateTelephoneAttempt(Call& call,
                                                              const v1::CreateTelephoneAttemptRequest& request);
  absl::StatusOr<v1::ListTelephoneAttemptsResponse> ListTelephoneAttempts(
      Call& call, const v1::ListTelephoneAttemptsRequest& request);
  absl::StatusOr<v1::HelpRequest> CreateHelpRequest(Call& call, const v1::CreateHelpRequestRequest& request);
  absl::StatusOr<v1::HelpRequest> GetHelpRequest(Call& call, const v1::GetHelpRequestRequest& request);
  absl::StatusOr<v1::ListHelpRequestsResponse> ListHelpRequests(Call& call, const v1::ListHelpRequestsRequest& request);
  absl::StatusOr<v1::HelpRequest> AnswerHelpRequest(Call& call, const v1::AnswerHelpRequestRequest& request);

  absl::StatusOr<v1::Dispute> CreateDispute(Call& call, const v1::CreateDisputeRequest& request);
  absl::StatusOr<v1::Dispute> GetDispute(Call& call, const v1::GetDisputeRequest& request);
  absl::StatusOr<v1::ListDisputesResponse> ListDisputes(Call& call, const v1::ListDisputesRequest& request);
  absl::StatusOr<v1::Dispute> ResolveDispute(Call& call, const v1::ResolveDisputeRequest& request);

  absl::StatusOr<v1::Document> VoidDocument(Call& call, const v1::VoidDocumentRequest& request);

 private:
  // Locks the case, takes the step, asks whether the pack allows it as `action`, lets `change` make the change and tell
  // the event (its type and facts; role, addressee, times where it has them), stores the case and records the event.
  struct StepOn {
    const std::string& name;
    const std::string& etag;
    CaseStep step;
    const char* action;
  };
  absl::StatusOr<v1::Case> ChangeCase(Call& call, const google::protobuf::Message& request, const StepOn& on,
                                      absl::FunctionRef<absl::StatusOr<v1::Event>(Tx&, v1::Case&)> change);
  absl::StatusOr<v1::Case> ChangeCaseIn(Tx& tx, const StepOn& on,
                                        absl::FunctionRef<absl::StatusOr<v1::Event>(Tx&, v1::Case&)> change);
  // Locks what the case may be a recurrence of once it is changed so.
  absl::StatusOr<Recurrences> LockRecurrences(Tx& tx, const v1::UpdateCaseRequest& request);
  // Gives the case another service mode, which only those decide who could accept it.
  absl::Status ChangeMode(Tx& tx, v1::ServiceMode mode, v1::Case& service_case);
  // What the directory says of the case's parties, taken over into it under its pack.
  absl::Status SettleCase(Tx& tx, v1::Case& service_case);
  absl::Status SettleCase(Tx& tx, const Parties& parties, v1::Case& service_case);
  // Whether the case's pack knows the document's kind; refused where it is a known one with a slip of the pen.
  absl::Status SettleKind(Tx& tx, const v1::Case& service_case, v1::Document& document);
  // Takes over what the directory says of the contact's customer, and checks its type under its pack.
  absl::Status SettleContact(Tx& tx, v1::Contact& contact);
  // As ChangeCase, for a contact.
  struct StepOnContact {
    const std::string& name;
    const std::string& etag;
    ContactStep step;
    const char* action;
  };
  absl::StatusOr<v1::Contact> ChangeContact(Call& call, const google::protobuf::Message& request,
                                            const StepOnContact& on,
                                            absl::FunctionRef<absl::StatusOr<v1::Event>(Tx&, v1::Contact&)> change);
  // Locks the contact that a case is opened from; takes over into the case when the notice came.
  absl::StatusOr<v1::Contact> LockOpeningContact(Tx& tx, v1::Case& service_case);
  // Where the contact that joins the case reached us before the case's notice, that is the case's notice from now on.
  absl::Status StartWith(Tx& tx, const v1::Contact& contact, v1::Case& service_case);
  // Ties the contact to the case and stores that.
  absl::Status RecordJoined(Tx& tx, const v1::Case& service_case, v1::Contact& contact);

  // The year of a tracking number, as the company's calendar has it.
  absl::StatusOr<int> CompanyYear(Call& call);

  Database& db_;
  Obligations& obligations_;
  const rpc::Authenticator& authenticator_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_SERVICE_H_
