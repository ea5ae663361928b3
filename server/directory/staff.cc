// Departments and staff.
#include "server/directory/directory_service.h"
#include "server/directory/entry.h"

namespace aftersales {

absl::StatusOr<v1::Department> DirectoryService::CreateDepartment(Call& call,
                                                                  const v1::CreateDepartmentRequest& request) {
  return AddEntry(db_, call, request, request.department());
}

absl::StatusOr<v1::Department> DirectoryService::GetDepartment(Call& call, const v1::GetDepartmentRequest& request) {
  return ReadEntry<v1::Department>(db_, call, request.name());
}

absl::StatusOr<v1::ListDepartmentsResponse> DirectoryService::ListDepartments(
    Call& call, const v1::ListDepartmentsRequest& request) {
  return ListEntries<v1::Department, v1::ListDepartmentsResponse>(db_, call, request);
}

absl::StatusOr<v1::Department> DirectoryService::UpdateDepartment(Call& call,
                                                                  const v1::UpdateDepartmentRequest& request) {
  return ReplaceEntry(db_, call, request, request.department());
}

absl::StatusOr<v1::StaffMember> DirectoryService::CreateStaffMember(Call& call,
                                                                    const v1::CreateStaffMemberRequest& request) {
  return AddEntry(db_, call, request, request.staff_member());
}

absl::StatusOr<v1::StaffMember> DirectoryService::GetStaffMember(Call& call, const v1::GetStaffMemberRequest& request) {
  return ReadEntry<v1::StaffMember>(db_, call, request.name());
}

absl::StatusOr<v1::ListStaffMembersResponse> DirectoryService::ListStaffMembers(
    Call& call, const v1::ListStaffMembersRequest& request) {
  return ListEntries<v1::StaffMember, v1::ListStaffMembersResponse>(db_, call, request);
}

absl::StatusOr<v1::StaffMember> DirectoryService::UpdateStaffMember(Call& call,
                                                                    const v1::UpdateStaffMemberRequest& request) {
  return ReplaceEntry(db_, call, request, request.staff_member());
}

}  // namespace aftersales
