// The RPCs of DirectoryService. Thread-safe; database and obligations must outlive it, and it its imports.
#ifndef AFTERSALES_SERVER_DIRECTORY_DIRECTORY_SERVICE_H_
#define AFTERSALES_SERVER_DIRECTORY_DIRECTORY_SERVICE_H_

#include <atomic>

#include "absl/status/statusor.h"
#include "aftersales/v1/directory.pb.h"
#include "server/base/call.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

class DirectoryService {
 public:
  DirectoryService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Customer> CreateCustomer(Call& call, const v1::CreateCustomerRequest& request);
  absl::StatusOr<v1::Customer> GetCustomer(Call& call, const v1::GetCustomerRequest& request);
  absl::StatusOr<v1::ListCustomersResponse> ListCustomers(Call& call, const v1::ListCustomersRequest& request);
  absl::StatusOr<v1::Customer> UpdateCustomer(Call& call, const v1::UpdateCustomerRequest& request);

  absl::StatusOr<v1::Product> CreateProduct(Call& call, const v1::CreateProductRequest& request);
  absl::StatusOr<v1::Product> GetProduct(Call& call, const v1::GetProductRequest& request);
  absl::StatusOr<v1::ListProductsResponse> ListProducts(Call& call, const v1::ListProductsRequest& request);

  absl::StatusOr<v1::Equipment> CreateEquipment(Call& call, const v1::CreateEquipmentRequest& request);
  absl::StatusOr<v1::Equipment> GetEquipment(Call& call, const v1::GetEquipmentRequest& request);
  absl::StatusOr<v1::ListEquipmentResponse> ListEquipment(Call& call, const v1::ListEquipmentRequest& request);

  absl::StatusOr<v1::Product> UpdateProduct(Call& call, const v1::UpdateProductRequest& request);
  absl::StatusOr<v1::Equipment> UpdateEquipment(Call& call, const v1::UpdateEquipmentRequest& request);
  absl::StatusOr<v1::Site> CreateSite(Call& call, const v1::CreateSiteRequest& request);
  absl::StatusOr<v1::Site> GetSite(Call& call, const v1::GetSiteRequest& request);
  absl::StatusOr<v1::ListSitesResponse> ListSites(Call& call, const v1::ListSitesRequest& request);
  absl::StatusOr<v1::Site> UpdateSite(Call& call, const v1::UpdateSiteRequest& request);
  absl::StatusOr<v1::Contract> CreateContract(Call& call, const v1::CreateContractRequest& request);
  absl::StatusOr<v1::Contract> GetContract(Call& call, const v1::GetContractRequest& request);
  absl::StatusOr<v1::ListContractsResponse> ListContracts(Call& call, const v1::ListContractsRequest& request);
  absl::StatusOr<v1::Contract> UpdateContract(Call& call, const v1::UpdateContractRequest& request);
  absl::StatusOr<v1::Department> CreateDepartment(Call& call, const v1::CreateDepartmentRequest& request);
  absl::StatusOr<v1::Department> GetDepartment(Call& call, const v1::GetDepartmentRequest& request);
  absl::StatusOr<v1::ListDepartmentsResponse> ListDepartments(Call& call, const v1::ListDepartmentsRequest& request);
  absl::StatusOr<v1::Department> UpdateDepartment(Call& call, const v1::UpdateDepartmentRequest& request);
  absl::StatusOr<v1::StaffMember> CreateStaffMember(Call& call, const v1::CreateStaffMemberRequest& request);
  absl::StatusOr<v1::StaffMember> GetStaffMember(Call& call, const v1::GetStaffMemberRequest& request);
  absl::StatusOr<v1::ListStaffMembersResponse> ListStaffMembers(Call& call, const v1::ListStaffMembersRequest& request);
  absl::StatusOr<v1::StaffMember> UpdateStaffMember(Call& call, const v1::UpdateStaffMemberRequest& request);
  absl::StatusOr<std::unique_ptr<rpc::StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse>>>
  ImportDirectory(Call& call);

 private:
  Database& db_;
  Obligations& obligations_;
  std::atomic<int> collecting_imports_{0};
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_SERVICE_H_
