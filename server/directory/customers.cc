// Customers and their sites.
#include "server/directory/directory_service.h"
#include "server/directory/entry.h"

namespace aftersales {

absl::StatusOr<v1::Customer> DirectoryService::CreateCustomer(Call& call, const v1::CreateCustomerRequest& request) {
  return AddEntry(db_, call, request, request.customer());
}

absl::StatusOr<v1::Customer> DirectoryService::GetCustomer(Call& call, const v1::GetCustomerRequest& request) {
  return ReadEntry<v1::Customer>(db_, call, request.name());
}

absl::StatusOr<v1::ListCustomersResponse> DirectoryService::ListCustomers(Call& call,
                                                                          const v1::ListCustomersRequest& request) {
  return ListEntries<v1::Customer, v1::ListCustomersResponse>(db_, call, request);
}

absl::StatusOr<v1::Customer> DirectoryService::UpdateCustomer(Call& call, const v1::UpdateCustomerRequest& request) {
  return ReplaceEntry(db_, call, request, request.customer());
}

absl::StatusOr<v1::Site> DirectoryService::CreateSite(Call& call, const v1::CreateSiteRequest& request) {
  return AddEntry(db_, call, request, request.site());
}

absl::StatusOr<v1::Site> DirectoryService::GetSite(Call& call, const v1::GetSiteRequest& request) {
  return ReadEntry<v1::Site>(db_, call, request.name());
}

absl::StatusOr<v1::ListSitesResponse> DirectoryService::ListSites(Call& call, const v1::ListSitesRequest& request) {
  return ListEntries<v1::Site, v1::ListSitesResponse>(db_, call, request);
}

absl::StatusOr<v1::Site> DirectoryService::UpdateSite(Call& call, const v1::UpdateSiteRequest& request) {
  return ReplaceEntry(db_, call, request, request.site());
}

}  // namespace aftersales
