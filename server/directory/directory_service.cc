#include "server/directory/directory_service.h"

namespace aftersales {

void DirectoryService::Bind(rpc::Methods& methods) {
  methods.Unary("CreateCustomer", this, &DirectoryService::CreateCustomer);
  methods.Unary("GetCustomer", this, &DirectoryService::GetCustomer);
  methods.Unary("ListCustomers", this, &DirectoryService::ListCustomers);
  methods.Unary("UpdateCustomer", this, &DirectoryService::UpdateCustomer);
  methods.Unary("CreateProduct", this, &DirectoryService::CreateProduct);
  methods.Unary("GetProduct", this, &DirectoryService::GetProduct);
  methods.Unary("ListProducts", this, &DirectoryService::ListProducts);
  methods.Unary("UpdateProduct", this, &DirectoryService::UpdateProduct);
  methods.Unary("CreateEquipment", this, &DirectoryService::CreateEquipment);
  methods.Unary("GetEquipment", this, &DirectoryService::GetEquipment);
  methods.Unary("ListEquipment", this, &DirectoryService::ListEquipment);
  methods.Unary("UpdateEquipment", this, &DirectoryService::UpdateEquipment);
  methods.Unary("CreateSite", this, &DirectoryService::CreateSite);
  methods.Unary("GetSite", this, &DirectoryService::GetSite);
  methods.Unary("ListSites", this, &DirectoryService::ListSites);
  methods.Unary("UpdateSite", this, &DirectoryService::UpdateSite);
  methods.Unary("CreateContract", this, &DirectoryService::CreateContract);
  methods.Unary("GetContract", this, &DirectoryService::GetContract);
  methods.Unary("ListContracts", this, &DirectoryService::ListContracts);
  methods.Unary("UpdateContract", this, &DirectoryService::UpdateContract);
  methods.Unary("CreateDepartment", this, &DirectoryService::CreateDepartment);
  methods.Unary("GetDepartment", this, &DirectoryService::GetDepartment);
  methods.Unary("ListDepartments", this, &DirectoryService::ListDepartments);
  methods.Unary("UpdateDepartment", this, &DirectoryService::UpdateDepartment);
  methods.Unary("CreateStaffMember", this, &DirectoryService::CreateStaffMember);
  methods.Unary("GetStaffMember", this, &DirectoryService::GetStaffMember);
  methods.Unary("ListStaffMembers", this, &DirectoryService::ListStaffMembers);
  methods.Unary("UpdateStaffMember", this, &DirectoryService::UpdateStaffMember);
  methods.Sink("ImportDirectory", this, &DirectoryService::ImportDirectory);
}

}  // namespace aftersales
