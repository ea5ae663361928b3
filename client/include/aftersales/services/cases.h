// Contacts, cases, and what is decided on them.
#ifndef AFTERSALES_SERVICES_CASES_H_
#define AFTERSALES_SERVICES_CASES_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {

class CaseClient : public ServiceClient {
 public:
  explicit CaseClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.CaseService") {}

  absl::StatusOr<v1::Contact> CreateContact(v1::CreateContactRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contact>("CreateContact", std::move(request), options);
  }
  absl::StatusOr<v1::Contact> GetContact(v1::GetContactRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contact>("GetContact", std::move(request), options);
  }
  absl::StatusOr<v1::ListContactsResponse> ListContacts(v1::ListContactsRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListContactsResponse>("ListContacts", std::move(request), options);
  }
  PageRange<v1::Contact> ListContactsAll(v1::ListContactsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Contact, v1::ListContactsResponse>("ListContacts", std::move(request), options);
  }
  absl::StatusOr<v1::Contact> AnswerContact(v1::AnswerContactRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contact>("AnswerContact", std::move(request), options);
  }
  absl::StatusOr<v1::Case> CreateCase(v1::CreateCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("CreateCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> GetCase(v1::GetCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("GetCase", std::move(request), options);
  }
  absl::StatusOr<v1::ListCasesResponse> ListCases(v1::ListCasesRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListCasesResponse>("ListCases", std::move(request), options);
  }
  PageRange<v1::Case> ListCasesAll(v1::ListCasesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Case, v1::ListCasesResponse>("ListCases", std::move(request), options);
  }
  absl::StatusOr<v1::Case> AcceptCase(v1::AcceptCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("AcceptCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> RefuseCase(v1::RefuseCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("RefuseCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> ClassifyCase(v1::ClassifyCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("ClassifyCase", std::move(request), options);
  }
  absl::StatusOr<v1::Solution> ProposeSolution(v1::ProposeSolutionRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Solution>("ProposeSolution", std::move(request), options);
  }
  absl::StatusOr<v1::Solution> GetSolution(v1::GetSolutionRequest request, const CallOptions& options = {}) const {
    return Call<v1::Solution>("GetSolution", std::move(request), options);
  }
  absl::StatusOr<v1::ListSolutionsResponse> ListSolutions(v1::ListSolutionsRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListSolutionsResponse>("ListSolutions", std::move(request), options);
  }
  PageRange<v1::Solution> ListSolutionsAll(v1::ListSolutionsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Solution, v1::ListSolutionsResponse>("ListSolutions", std::move(request), options);
  }
  absl::StatusOr<v1::Solution> ApproveSolution(v1::ApproveSolutionRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Solution>("ApproveSolution", std::move(request), options);
  }
  absl::StatusOr<v1::Solution> ConfirmSolution(v1::ConfirmSolutionRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Solution>("ConfirmSolution", std::move(request), options);
  }
  absl::StatusOr<v1::Document> CreateDocument(v1::CreateDocumentRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Document>("CreateDocument", std::move(request), options);
  }
  absl::StatusOr<v1::Document> GetDocument(v1::GetDocumentRequest request, const CallOptions& options = {}) const {
    return Call<v1::Document>("GetDocument", std::move(request), options);
  }
  absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(v1::ListDocumentsRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListDocumentsResponse>("ListDocuments", std::move(request), options);
  }
  PageRange<v1::Document> ListDocumentsAll(v1::ListDocumentsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Document, v1::ListDocumentsResponse>("ListDocuments", std::move(request), options);
  }
  absl::StatusOr<v1::Case> CloseCase(v1::CloseCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("CloseCase", std::move(request), options);
  }
  absl::StatusOr<v1::Contact> UpdateContact(v1::UpdateContactRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contact>("UpdateContact", std::move(request), options);
  }
  absl::StatusOr<v1::Contact> TransferContact(v1::TransferContactRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Contact>("TransferContact", std::move(request), options);
  }
  absl::StatusOr<v1::Contact> JoinContact(v1::JoinContactRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contact>("JoinContact", std::move(request), options);
  }
  absl::StatusOr<v1::Contact> CloseContact(v1::CloseContactRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contact>("CloseContact", std::move(request), options);
  }
  absl::StatusOr<v1::AuditContactQueueResponse> AuditContactQueue(v1::AuditContactQueueRequest request,
                                                                  const CallOptions& options = {}) const {
    return Call<v1::AuditContactQueueResponse>("AuditContactQueue", std::move(request), options);
  }
  absl::StatusOr<v1::Case> UpdateCase(v1::UpdateCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("UpdateCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> ReopenCase(v1::ReopenCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("ReopenCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> PauseCase(v1::PauseCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("PauseCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> ResumeCase(v1::ResumeCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("ResumeCase", std::move(request), options);
  }
  absl::StatusOr<v1::Case> EscalateCase(v1::EscalateCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("EscalateCase", std::move(request), options);
  }
  absl::StatusOr<v1::ListSimilarCasesResponse> ListSimilarCases(v1::ListSimilarCasesRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ListSimilarCasesResponse>("ListSimilarCases", std::move(request), options);
  }
  PageRange<v1::SimilarCase> ListSimilarCasesAll(v1::ListSimilarCasesRequest request,
                                                 const CallOptions& options = {}) const {
    return Pages<v1::SimilarCase, v1::ListSimilarCasesResponse>("ListSimilarCases", std::move(request), options);
  }
  absl::StatusOr<v1::Case> LinkCases(v1::LinkCasesRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("LinkCases", std::move(request), options);
  }
  absl::StatusOr<v1::ListIdleCasesResponse> ListIdleCases(v1::ListIdleCasesRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListIdleCasesResponse>("ListIdleCases", std::move(request), options);
  }
  PageRange<v1::Case> ListIdleCasesAll(v1::ListIdleCasesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Case, v1::ListIdleCasesResponse>("ListIdleCases", std::move(request), options);
  }
  absl::StatusOr<v1::Case> DetermineCause(v1::DetermineCauseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("DetermineCause", std::move(request), options);
  }
  absl::StatusOr<v1::Case> DecideRemedy(v1::DecideRemedyRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("DecideRemedy", std::move(request), options);
  }
  absl::StatusOr<v1::Case> QuotePrice(v1::QuotePriceRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("QuotePrice", std::move(request), options);
  }
  absl::StatusOr<v1::Case> AgreePrice(v1::AgreePriceRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("AgreePrice", std::move(request), options);
  }
  absl::StatusOr<v1::Case> ExplainImproperUse(v1::ExplainImproperUseRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Case>("ExplainImproperUse", std::move(request), options);
  }
  absl::StatusOr<v1::Case> RecordExplanationReply(v1::RecordExplanationReplyRequest request,
                                                  const CallOptions& options = {}) const {
    return Call<v1::Case>("RecordExplanationReply", std::move(request), options);
  }
  absl::StatusOr<v1::TelephoneAttempt> CreateTelephoneAttempt(v1::CreateTelephoneAttemptRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::TelephoneAttempt>("CreateTelephoneAttempt", std::move(request), options);
  }
  absl::StatusOr<v1::ListTelephoneAttemptsResponse> ListTelephoneAttempts(v1::ListTelephoneAttemptsRequest request,
                                                                          const CallOptions& options = {}) const {
    return Call<v1::ListTelephoneAttemptsResponse>("ListTelephoneAttempts", std::move(request), options);
  }
  PageRange<v1::TelephoneAttempt> ListTelephoneAttemptsAll(v1::ListTelephoneAttemptsRequest request,
                                                           const CallOptions& options = {}) const {
    return Pages<v1::TelephoneAttempt, v1::ListTelephoneAttemptsResponse>("ListTelephoneAttempts", std::move(request),
                                                                          options);
  }
  absl::StatusOr<v1::HelpRequest> CreateHelpRequest(v1::CreateHelpRequestRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::HelpRequest>("CreateHelpRequest", std::move(request), options);
  }
  absl::StatusOr<v1::HelpRequest> GetHelpRequest(v1::GetHelpRequestRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::HelpRequest>("GetHelpRequest", std::move(request), options);
  }
  absl::StatusOr<v1::ListHelpRequestsResponse> ListHelpRequests(v1::ListHelpRequestsRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ListHelpRequestsResponse>("ListHelpRequests", std::move(request), options);
  }
  PageRange<v1::HelpRequest> ListHelpRequestsAll(v1::ListHelpRequestsRequest request,
                                                 const CallOptions& options = {}) const {
    return Pages<v1::HelpRequest, v1::ListHelpRequestsResponse>("ListHelpRequests", std::move(request), options);
  }
  absl::StatusOr<v1::HelpRequest> AnswerHelpRequest(v1::AnswerHelpRequestRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::HelpRequest>("AnswerHelpRequest", std::move(request), options);
  }
  absl::StatusOr<v1::Dispute> CreateDispute(v1::CreateDisputeRequest request, const CallOptions& options = {}) const {
    return Call<v1::Dispute>("CreateDispute", std::move(request), options);
  }
  absl::StatusOr<v1::Dispute> GetDispute(v1::GetDisputeRequest request, const CallOptions& options = {}) const {
    return Call<v1::Dispute>("GetDispute", std::move(request), options);
  }
  absl::StatusOr<v1::ListDisputesResponse> ListDisputes(v1::ListDisputesRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListDisputesResponse>("ListDisputes", std::move(request), options);
  }
  PageRange<v1::Dispute> ListDisputesAll(v1::ListDisputesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Dispute, v1::ListDisputesResponse>("ListDisputes", std::move(request), options);
  }
  absl::StatusOr<v1::Dispute> ResolveDispute(v1::ResolveDisputeRequest request, const CallOptions& options = {}) const {
    return Call<v1::Dispute>("ResolveDispute", std::move(request), options);
  }
  absl::StatusOr<v1::Document> VoidDocument(v1::VoidDocumentRequest request, const CallOptions& options = {}) const {
    return Call<v1::Document>("VoidDocument", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_CASES_H_
