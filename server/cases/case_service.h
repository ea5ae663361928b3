// CaseService: contacts, cases, solutions and documents.
#ifndef AFTERSALES_SERVER_CASES_CASE_SERVICE_H_
#define AFTERSALES_SERVER_CASES_CASE_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/case.pb.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database and the obligations must outlive it.
class CaseService {
 public:
  CaseService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}
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

 private:
  // The year of a tracking number, as the company's calendar has it.
  absl::StatusOr<int> CompanyYear(Call& call);

  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_SERVICE_H_
