// Products and the equipment made of them.
#include "server/directory/directory_service.h"
#include "server/directory/entry.h"
#include "server/directory/first_installations.h"

namespace aftersales {

absl::StatusOr<v1::Product> DirectoryService::CreateProduct(Call& call, const v1::CreateProductRequest& request) {
  return AddEntry(db_, call, request, request.product());
}

absl::StatusOr<v1::Product> DirectoryService::GetProduct(Call& call, const v1::GetProductRequest& request) {
  return ReadEntry<v1::Product>(db_, call, request.name());
}

absl::StatusOr<v1::ListProductsResponse> DirectoryService::ListProducts(Call& call,
                                                                        const v1::ListProductsRequest& request) {
  return ListEntries<v1::Product, v1::ListProductsResponse>(db_, call, request);
}

absl::StatusOr<v1::Product> DirectoryService::UpdateProduct(Call& call, const v1::UpdateProductRequest& request) {
  return ReplaceEntry(db_, call, request, request.product());
}

absl::StatusOr<v1::Equipment> DirectoryService::CreateEquipment(Call& call, const v1::CreateEquipmentRequest& request) {
  return AddEntry<v1::Equipment>(db_, call, request, request.equipment(), [&](Tx& tx, const v1::Equipment& equipment) {
    FirstInstallations installations(obligations_);
    installations.Note(equipment);
    return installations.Record(tx, /*reason=*/"");
  });
}

absl::StatusOr<v1::Equipment> DirectoryService::GetEquipment(Call& call, const v1::GetEquipmentRequest& request) {
  return ReadEntry<v1::Equipment>(db_, call, request.name());
}

absl::StatusOr<v1::ListEquipmentResponse> DirectoryService::ListEquipment(Call& call,
                                                                          const v1::ListEquipmentRequest& request) {
  return ListEntries<v1::Equipment, v1::ListEquipmentResponse>(db_, call, request);
}

absl::StatusOr<v1::Equipment> DirectoryService::UpdateEquipment(Call& call, const v1::UpdateEquipmentRequest& request) {
  return ReplaceEntry<v1::Equipment>(db_, call, request, request.equipment(),
                                     [&](Tx& tx, const v1::Equipment& before, const v1::Equipment& equipment) {
                                       RecordChange(tx, equipment);
                                       FirstInstallations installations(obligations_);
                                       installations.Note(before);
                                       installations.Note(equipment);
                                       return installations.Record(tx, request.reason());
                                     });
}

}  // namespace aftersales
