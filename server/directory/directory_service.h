// The RPCs of DirectoryService: customers, products and equipment. Thread-safe; keeps nothing but the database's address,
// which must outlive it.
#ifndef AFTERSALES_SERVER_DIRECTORY_DIRECTORY_SERVICE_H_
#define AFTERSALES_SERVER_DIRECTORY_DIRECTORY_SERVICE_H_

#include "absl/status/statusor.h"
#include "aftersales/v1/directory.pb.h"
#include "server/base/call.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

class DirectoryService {
 public:
  explicit DirectoryService(Database& db) : db_(db) {}
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

 private:
  Database& db_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_SERVICE_H_
