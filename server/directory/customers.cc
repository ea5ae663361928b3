// Customers and their sites.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/directory/customer_root.h"
#include "server/directory/customer_search.h"
#include "server/directory/directory_service.h"
#include "server/directory/entry.h"
#include "server/storage/table.h"

namespace aftersales {
namespace {

absl::Status PersonalError() {
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
               "To search by a telephone number takes the permission personal.read. Search by the customer's name "
               "instead "
               "(filter.query).")
      .With("permission", "personal.read");
}

}  // namespace

absl::StatusOr<v1::Customer> DirectoryService::CreateCustomer(Call& call, const v1::CreateCustomerRequest& request) {
  return AddEntry(db_, call, request, request.customer());
}

absl::StatusOr<v1::Customer> DirectoryService::GetCustomer(Call& call, const v1::GetCustomerRequest& request) {
  return ReadEntry<v1::Customer>(db_, call, request.name());
}

absl::StatusOr<v1::ListCustomersResponse> DirectoryService::ListCustomers(Call& call,
                                                                          const v1::ListCustomersRequest& request) {
  const v1::CustomerFilter& filter = request.filter();
  ASSIGN_OR_RETURN(const std::vector<std::string> terms, WantedTerms(filter));
  if (terms.empty()) return ListEntries<v1::Customer, v1::ListCustomersResponse>(db_, call, request);
  // Whoever is not shown a number could otherwise guess it by searching.
  if (!filter.telephone().empty() && !call.reads_personal) return PersonalError();
  ASSIGN_OR_RETURN(const Values place, ReadPageToken(request, "t"));
  const int size = PageSize(request.page_size());
  return db_.Read<v1::ListCustomersResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListCustomersResponse> {
    std::vector<std::string> names = CustomersWithTerms(reader, terms, place.empty() ? "" : place[0].text(), size + 1);
    v1::ListCustomersResponse response;
    if (names.size() > static_cast<size_t>(size)) {
      names.pop_back();
      response.set_next_page_token(MakePageToken(request, {names.back()}));
    }
    std::map<std::string, v1::Customer> found;
    Customers().core().SelectNamed(reader, names, [&](const google::protobuf::Message& message) {
      v1::Customer customer;
      customer.CopyFrom(message);
      if (Fits(filter, customer)) found[customer.name()] = std::move(customer);
    });
    for (auto& [name, customer] : found) *response.add_customers() = std::move(customer);
    return response;
  });
}

absl::StatusOr<v1::Customer> DirectoryService::UpdateCustomer(Call& call, const v1::UpdateCustomerRequest& request) {
  return ReplaceEntry<v1::Customer>(db_, call, request, request.customer(),
                                    [&](Tx& tx, const v1::Customer& before, const v1::Customer& customer) {
                                      return RecordCustomerChange(tx, obligations_, before, customer, request.reason());
                                    });
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
