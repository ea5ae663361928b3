// Customers, sites, products, equipment, contracts, departments and staff.
#ifndef AFTERSALES_SERVICES_DIRECTORY_H_
#define AFTERSALES_SERVICES_DIRECTORY_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/transfer.h"
#include "aftersales/v1/directory.pb.h"

namespace aftersales {

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
  absl::StatusOr<v1::Product> UpdateProduct(v1::UpdateProductRequest request, const CallOptions& options = {}) const {
    return Call<v1::Product>("UpdateProduct", std::move(request), options);
  }
  absl::StatusOr<v1::Equipment> UpdateEquipment(v1::UpdateEquipmentRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Equipment>("UpdateEquipment", std::move(request), options);
  }
  absl::StatusOr<v1::Site> CreateSite(v1::CreateSiteRequest request, const CallOptions& options = {}) const {
    return Call<v1::Site>("CreateSite", std::move(request), options);
  }
  absl::StatusOr<v1::Site> GetSite(v1::GetSiteRequest request, const CallOptions& options = {}) const {
    return Call<v1::Site>("GetSite", std::move(request), options);
  }
  absl::StatusOr<v1::ListSitesResponse> ListSites(v1::ListSitesRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListSitesResponse>("ListSites", std::move(request), options);
  }
  PageRange<v1::Site> ListSitesAll(v1::ListSitesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Site, v1::ListSitesResponse>("ListSites", std::move(request), options);
  }
  absl::StatusOr<v1::Site> UpdateSite(v1::UpdateSiteRequest request, const CallOptions& options = {}) const {
    return Call<v1::Site>("UpdateSite", std::move(request), options);
  }
  absl::StatusOr<v1::Contract> CreateContract(v1::CreateContractRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Contract>("CreateContract", std::move(request), options);
  }
  absl::StatusOr<v1::Contract> GetContract(v1::GetContractRequest request, const CallOptions& options = {}) const {
    return Call<v1::Contract>("GetContract", std::move(request), options);
  }
  absl::StatusOr<v1::ListContractsResponse> ListContracts(v1::ListContractsRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListContractsResponse>("ListContracts", std::move(request), options);
  }
  PageRange<v1::Contract> ListContractsAll(v1::ListContractsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Contract, v1::ListContractsResponse>("ListContracts", std::move(request), options);
  }
  absl::StatusOr<v1::Contract> UpdateContract(v1::UpdateContractRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Contract>("UpdateContract", std::move(request), options);
  }
  absl::StatusOr<v1::Department> CreateDepartment(v1::CreateDepartmentRequest request,
                                                  const CallOptions& options = {}) const {
    return Call<v1::Department>("CreateDepartment", std::move(request), options);
  }
  absl::StatusOr<v1::Department> GetDepartment(v1::GetDepartmentRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Department>("GetDepartment", std::move(request), options);
  }
  absl::StatusOr<v1::ListDepartmentsResponse> ListDepartments(v1::ListDepartmentsRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ListDepartmentsResponse>("ListDepartments", std::move(request), options);
  }
  PageRange<v1::Department> ListDepartmentsAll(v1::ListDepartmentsRequest request,
                                               const CallOptions& options = {}) const {
    return Pages<v1::Department, v1::ListDepartmentsResponse>("ListDepartments", std::move(request), options);
  }
  absl::StatusOr<v1::Department> UpdateDepartment(v1::UpdateDepartmentRequest request,
                                                  const CallOptions& options = {}) const {
    return Call<v1::Department>("UpdateDepartment", std::move(request), options);
  }
  absl::StatusOr<v1::StaffMember> CreateStaffMember(v1::CreateStaffMemberRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::StaffMember>("CreateStaffMember", std::move(request), options);
  }
  absl::StatusOr<v1::StaffMember> GetStaffMember(v1::GetStaffMemberRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::StaffMember>("GetStaffMember", std::move(request), options);
  }
  absl::StatusOr<v1::ListStaffMembersResponse> ListStaffMembers(v1::ListStaffMembersRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ListStaffMembersResponse>("ListStaffMembers", std::move(request), options);
  }
  PageRange<v1::StaffMember> ListStaffMembersAll(v1::ListStaffMembersRequest request,
                                                 const CallOptions& options = {}) const {
    return Pages<v1::StaffMember, v1::ListStaffMembersResponse>("ListStaffMembers", std::move(request), options);
  }
  absl::StatusOr<v1::StaffMember> UpdateStaffMember(v1::UpdateStaffMemberRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::StaffMember>("UpdateStaffMember", std::move(request), options);
  }
  // ImportDirectory: sends the rows as the server takes them, hands over what became of each, and answers the sum. What
  // is under way at a time is bounded, however many rows there are. An empty request_id is filled in.
  absl::StatusOr<v1::ImportSummary> ImportDirectory(v1::ImportOptions import, const RowSource& rows,
                                                    const ReportSink& reports,
                                                    const TransferOptions& options = {}) const;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_DIRECTORY_H_
