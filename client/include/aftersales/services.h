// The API's services as C++: one method per RPC, named as it is there. api/aftersales/v1/*.proto documents each.
//
// Every method fills in an empty request_id once, so that retries of the call repeat it, and returns the reply or a
// status with the server's details (errors.h). The ...All methods walk through a list's pages.
#ifndef AFTERSALES_SERVICES_H_
#define AFTERSALES_SERVICES_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/event_subscription.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"

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
};

class DispatchClient : public ServiceClient {
 public:
  explicit DispatchClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.DispatchService") {}

  absl::StatusOr<v1::Engineer> CreateEngineer(v1::CreateEngineerRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Engineer>("CreateEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::Engineer> GetEngineer(v1::GetEngineerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Engineer>("GetEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::ListEngineersResponse> ListEngineers(v1::ListEngineersRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListEngineersResponse>("ListEngineers", std::move(request), options);
  }
  PageRange<v1::Engineer> ListEngineersAll(v1::ListEngineersRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Engineer, v1::ListEngineersResponse>("ListEngineers", std::move(request), options);
  }
  absl::StatusOr<v1::Engineer> UpdateEngineer(v1::UpdateEngineerRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Engineer>("UpdateEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CreateVisit(v1::CreateVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CreateVisit", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> GetVisit(v1::GetVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("GetVisit", std::move(request), options);
  }
  absl::StatusOr<v1::ListVisitsResponse> ListVisits(v1::ListVisitsRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::ListVisitsResponse>("ListVisits", std::move(request), options);
  }
  PageRange<v1::Visit> ListVisitsAll(v1::ListVisitsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Visit, v1::ListVisitsResponse>("ListVisits", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> AssignEngineer(v1::AssignEngineerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("AssignEngineer", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CheckInVisit(v1::CheckInVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CheckInVisit", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> StartWork(v1::StartWorkRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("StartWork", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> RecordWork(v1::RecordWorkRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("RecordWork", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CompleteWork(v1::CompleteWorkRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CompleteWork", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> RecordSatisfaction(v1::RecordSatisfactionRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Visit>("RecordSatisfaction", std::move(request), options);
  }
  absl::StatusOr<v1::Visit> CheckOutVisit(v1::CheckOutVisitRequest request, const CallOptions& options = {}) const {
    return Call<v1::Visit>("CheckOutVisit", std::move(request), options);
  }
};

class PartsClient : public ServiceClient {
 public:
  explicit PartsClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.PartsService") {}

  absl::StatusOr<v1::Part> CreatePart(v1::CreatePartRequest request, const CallOptions& options = {}) const {
    return Call<v1::Part>("CreatePart", std::move(request), options);
  }
  absl::StatusOr<v1::Part> GetPart(v1::GetPartRequest request, const CallOptions& options = {}) const {
    return Call<v1::Part>("GetPart", std::move(request), options);
  }
  absl::StatusOr<v1::ListPartsResponse> ListParts(v1::ListPartsRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListPartsResponse>("ListParts", std::move(request), options);
  }
  PageRange<v1::Part> ListPartsAll(v1::ListPartsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Part, v1::ListPartsResponse>("ListParts", std::move(request), options);
  }
  absl::StatusOr<v1::Warehouse> CreateWarehouse(v1::CreateWarehouseRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Warehouse>("CreateWarehouse", std::move(request), options);
  }
  absl::StatusOr<v1::ListWarehousesResponse> ListWarehouses(v1::ListWarehousesRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::ListWarehousesResponse>("ListWarehouses", std::move(request), options);
  }
  PageRange<v1::Warehouse> ListWarehousesAll(v1::ListWarehousesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Warehouse, v1::ListWarehousesResponse>("ListWarehouses", std::move(request), options);
  }
  absl::StatusOr<v1::StockMovement> ReceiveStock(v1::ReceiveStockRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::StockMovement>("ReceiveStock", std::move(request), options);
  }
  absl::StatusOr<v1::ListStockResponse> ListStock(v1::ListStockRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListStockResponse>("ListStock", std::move(request), options);
  }
  PageRange<v1::StockBalance> ListStockAll(v1::ListStockRequest request, const CallOptions& options = {}) const {
    return Pages<v1::StockBalance, v1::ListStockResponse>("ListStock", std::move(request), options);
  }
  absl::StatusOr<v1::ListStockMovementsResponse> ListStockMovements(v1::ListStockMovementsRequest request,
                                                                    const CallOptions& options = {}) const {
    return Call<v1::ListStockMovementsResponse>("ListStockMovements", std::move(request), options);
  }
  PageRange<v1::StockMovement> ListStockMovementsAll(v1::ListStockMovementsRequest request,
                                                     const CallOptions& options = {}) const {
    return Pages<v1::StockMovement, v1::ListStockMovementsResponse>("ListStockMovements", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> CreatePickingList(v1::CreatePickingListRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::PickingList>("CreatePickingList", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> GetPickingList(v1::GetPickingListRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::PickingList>("GetPickingList", std::move(request), options);
  }
  absl::StatusOr<v1::ListPickingListsResponse> ListPickingLists(v1::ListPickingListsRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ListPickingListsResponse>("ListPickingLists", std::move(request), options);
  }
  PageRange<v1::PickingList> ListPickingListsAll(v1::ListPickingListsRequest request,
                                                 const CallOptions& options = {}) const {
    return Pages<v1::PickingList, v1::ListPickingListsResponse>("ListPickingLists", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> SignPickingList(v1::SignPickingListRequest request,
                                                  const CallOptions& options = {}) const {
    return Call<v1::PickingList>("SignPickingList", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> IssuePickingList(v1::IssuePickingListRequest request,
                                                   const CallOptions& options = {}) const {
    return Call<v1::PickingList>("IssuePickingList", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> CancelPickingList(v1::CancelPickingListRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::PickingList>("CancelPickingList", std::move(request), options);
  }
  absl::StatusOr<v1::DeparturePermit> CreateDeparturePermit(v1::CreateDeparturePermitRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::DeparturePermit>("CreateDeparturePermit", std::move(request), options);
  }
  absl::StatusOr<v1::DeparturePermit> GetDeparturePermit(v1::GetDeparturePermitRequest request,
                                                         const CallOptions& options = {}) const {
    return Call<v1::DeparturePermit>("GetDeparturePermit", std::move(request), options);
  }
  absl::StatusOr<v1::Shipment> CreateShipment(v1::CreateShipmentRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Shipment>("CreateShipment", std::move(request), options);
  }
  absl::StatusOr<v1::Shipment> GetShipment(v1::GetShipmentRequest request, const CallOptions& options = {}) const {
    return Call<v1::Shipment>("GetShipment", std::move(request), options);
  }
  absl::StatusOr<v1::ListShipmentsResponse> ListShipments(v1::ListShipmentsRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListShipmentsResponse>("ListShipments", std::move(request), options);
  }
  PageRange<v1::Shipment> ListShipmentsAll(v1::ListShipmentsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Shipment, v1::ListShipmentsResponse>("ListShipments", std::move(request), options);
  }
};

class DirectoryClient : public ServiceClient {
 public:
  explicit DirectoryClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.DirectoryService") {}

  absl::StatusOr<v1::Customer> CreateCustomer(v1::CreateCustomerRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Customer>("CreateCustomer", std::move(request), options);
  }
  absl::StatusOr<v1::Customer> GetCustomer(v1::GetCustomerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Customer>("GetCustomer", std::move(request), options);
  }
  absl::StatusOr<v1::ListCustomersResponse> ListCustomers(v1::ListCustomersRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListCustomersResponse>("ListCustomers", std::move(request), options);
  }
  PageRange<v1::Customer> ListCustomersAll(v1::ListCustomersRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Customer, v1::ListCustomersResponse>("ListCustomers", std::move(request), options);
  }
  absl::StatusOr<v1::Customer> UpdateCustomer(v1::UpdateCustomerRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Customer>("UpdateCustomer", std::move(request), options);
  }
  absl::StatusOr<v1::Product> CreateProduct(v1::CreateProductRequest request, const CallOptions& options = {}) const {
    return Call<v1::Product>("CreateProduct", std::move(request), options);
  }
  absl::StatusOr<v1::Product> GetProduct(v1::GetProductRequest request, const CallOptions& options = {}) const {
    return Call<v1::Product>("GetProduct", std::move(request), options);
  }
  absl::StatusOr<v1::ListProductsResponse> ListProducts(v1::ListProductsRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListProductsResponse>("ListProducts", std::move(request), options);
  }
  PageRange<v1::Product> ListProductsAll(v1::ListProductsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Product, v1::ListProductsResponse>("ListProducts", std::move(request), options);
  }
  absl::StatusOr<v1::Equipment> CreateEquipment(v1::CreateEquipmentRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Equipment>("CreateEquipment", std::move(request), options);
  }
  absl::StatusOr<v1::Equipment> GetEquipment(v1::GetEquipmentRequest request, const CallOptions& options = {}) const {
    return Call<v1::Equipment>("GetEquipment", std::move(request), options);
  }
  absl::StatusOr<v1::ListEquipmentResponse> ListEquipment(v1::ListEquipmentRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListEquipmentResponse>("ListEquipment", std::move(request), options);
  }
  PageRange<v1::Equipment> ListEquipmentAll(v1::ListEquipmentRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Equipment, v1::ListEquipmentResponse>("ListEquipment", std::move(request), options);
  }
};

class PolicyClient : public ServiceClient {
 public:
  explicit PolicyClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.PolicyService") {}

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(v1::ValidatePolicyRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::ValidatePolicyResponse>("ValidatePolicy", std::move(request), options);
  }
  absl::StatusOr<v1::PolicyVersion> CreatePolicyVersion(v1::CreatePolicyVersionRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::PolicyVersion>("CreatePolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::PolicyVersion> GetPolicyVersion(v1::GetPolicyVersionRequest request,
                                                     const CallOptions& options = {}) const {
    return Call<v1::PolicyVersion>("GetPolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::ListPolicyVersionsResponse> ListPolicyVersions(v1::ListPolicyVersionsRequest request,
                                                                    const CallOptions& options = {}) const {
    return Call<v1::ListPolicyVersionsResponse>("ListPolicyVersions", std::move(request), options);
  }
  PageRange<v1::PolicyVersion> ListPolicyVersionsAll(v1::ListPolicyVersionsRequest request,
                                                     const CallOptions& options = {}) const {
    return Pages<v1::PolicyVersion, v1::ListPolicyVersionsResponse>("ListPolicyVersions", std::move(request), options);
  }
  absl::StatusOr<v1::PolicyVersion> ActivatePolicyVersion(v1::ActivatePolicyVersionRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::PolicyVersion>("ActivatePolicyVersion", std::move(request), options);
  }
  absl::StatusOr<v1::Obligation> GetObligation(v1::GetObligationRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Obligation>("GetObligation", std::move(request), options);
  }
  absl::StatusOr<v1::ListObligationsResponse> ListObligations(v1::ListObligationsRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ListObligationsResponse>("ListObligations", std::move(request), options);
  }
  PageRange<v1::Obligation> ListObligationsAll(v1::ListObligationsRequest request,
                                               const CallOptions& options = {}) const {
    return Pages<v1::Obligation, v1::ListObligationsResponse>("ListObligations", std::move(request), options);
  }
  absl::StatusOr<v1::Explanation> ExplainObligation(v1::ExplainObligationRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::Explanation>("ExplainObligation", std::move(request), options);
  }
  absl::StatusOr<v1::Obligation> WaiveObligation(v1::WaiveObligationRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::Obligation>("WaiveObligation", std::move(request), options);
  }
};

class EventClient : public ServiceClient {
 public:
  explicit EventClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.EventService") {}

  absl::StatusOr<v1::ListEventsResponse> ListEvents(v1::ListEventsRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::ListEventsResponse>("ListEvents", std::move(request), options);
  }
  PageRange<v1::Event> ListEventsAll(v1::ListEventsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Event, v1::ListEventsResponse>("ListEvents", std::move(request), options);
  }
  // WatchEvents, kept up through disconnections.
  std::unique_ptr<EventSubscription> Subscribe(SubscriptionOptions options = {}) const {
    return std::make_unique<EventSubscription>(connection(), std::move(options));
  }
};

class AccessClient : public ServiceClient {
 public:
  explicit AccessClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.AccessService") {}

  absl::StatusOr<v1::Principal> CreatePrincipal(v1::CreatePrincipalRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Principal>("CreatePrincipal", std::move(request), options);
  }
  absl::StatusOr<v1::Principal> GetPrincipal(v1::GetPrincipalRequest request, const CallOptions& options = {}) const {
    return Call<v1::Principal>("GetPrincipal", std::move(request), options);
  }
  absl::StatusOr<v1::ListPrincipalsResponse> ListPrincipals(v1::ListPrincipalsRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::ListPrincipalsResponse>("ListPrincipals", std::move(request), options);
  }
  PageRange<v1::Principal> ListPrincipalsAll(v1::ListPrincipalsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Principal, v1::ListPrincipalsResponse>("ListPrincipals", std::move(request), options);
  }
  absl::StatusOr<v1::Principal> UpdatePrincipal(v1::UpdatePrincipalRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Principal>("UpdatePrincipal", std::move(request), options);
  }
  absl::StatusOr<v1::Caller> GetCaller(v1::GetCallerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Caller>("GetCaller", std::move(request), options);
  }
  absl::StatusOr<v1::IssuedToken> CreateToken(v1::CreateTokenRequest request, const CallOptions& options = {}) const {
    return Call<v1::IssuedToken>("CreateToken", std::move(request), options);
  }
  absl::StatusOr<v1::ListTokensResponse> ListTokens(v1::ListTokensRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::ListTokensResponse>("ListTokens", std::move(request), options);
  }
  PageRange<v1::Token> ListTokensAll(v1::ListTokensRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Token, v1::ListTokensResponse>("ListTokens", std::move(request), options);
  }
  absl::StatusOr<v1::IssuedToken> RotateToken(v1::RotateTokenRequest request, const CallOptions& options = {}) const {
    return Call<v1::IssuedToken>("RotateToken", std::move(request), options);
  }
  absl::StatusOr<v1::Token> RevokeToken(v1::RevokeTokenRequest request, const CallOptions& options = {}) const {
    return Call<v1::Token>("RevokeToken", std::move(request), options);
  }
  absl::StatusOr<v1::ListRefusalsResponse> ListRefusals(v1::ListRefusalsRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListRefusalsResponse>("ListRefusals", std::move(request), options);
  }
  PageRange<v1::Refusal> ListRefusalsAll(v1::ListRefusalsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Refusal, v1::ListRefusalsResponse>("ListRefusals", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_H_
