// Contracts.
#include "server/directory/directory_service.h"
#include "server/directory/entry.h"

namespace aftersales {

absl::StatusOr<v1::Contract> DirectoryService::CreateContract(Call& call, const v1::CreateContractRequest& request) {
  return AddEntry(db_, call, request, request.contract());
}

absl::StatusOr<v1::Contract> DirectoryService::GetContract(Call& call, const v1::GetContractRequest& request) {
  return ReadEntry<v1::Contract>(db_, call, request.name());
}

absl::StatusOr<v1::ListContractsResponse> DirectoryService::ListContracts(Call& call,
                                                                          const v1::ListContractsRequest& request) {
  return ListEntries<v1::Contract, v1::ListContractsResponse>(db_, call, request);
}

absl::StatusOr<v1::Contract> DirectoryService::UpdateContract(Call& call, const v1::UpdateContractRequest& request) {
  return ReplaceEntry(db_, call, request, request.contract());
}

}  // namespace aftersales
