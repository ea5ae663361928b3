#include "server/directory/directory_service.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "server/base/error.h"
#include "server/directory/directory_rules.h"
#include "server/directory/directory_store.h"
#include "server/obligations/obligations.h"

namespace aftersales {
namespace {

// A customer, product or piece of equipment is its own root.
template <typename Resource>
v1::Event Changed(const Resource& resource) {
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_DIRECTORY_CHANGED);
  event.set_root(resource.name());
  event.set_subject(resource.name());
  int64_t version = 1;
  if (absl::SimpleAtoi(resource.etag(), &version)) event.set_root_version(version);
  return event;
}

void RecordChange(Tx& tx, const v1::Customer& customer) {
  v1::Event event = Changed(customer);
  *event.mutable_customer() = customer;
  Obligations::RecordPlain(tx, event);
}

void RecordChange(Tx& tx, const v1::Product& product) {
  v1::Event event = Changed(product);
  *event.mutable_product() = product;
  Obligations::RecordPlain(tx, event);
}

void RecordChange(Tx& tx, const v1::Equipment& equipment) {
  v1::Event event = Changed(equipment);
  *event.mutable_equipment() = equipment;
  Obligations::RecordPlain(tx, event);
}

// `key` of `field` is unique and somebody else holds it.
absl::Status TakenError(const std::string& field, const std::string& key, const std::string& holder) {
  return Error(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_RESOURCE_EXISTS,
               absl::StrCat(field, ": \"", key, "\" belongs to ", holder, " already. Use that one, or another value."))
      .With("resource", holder)
      .Field(field, absl::StrCat("belongs to ", holder, " already"));
}

// A unique key stopped a write: say in which field, and who holds the key.
absl::Status Explained(absl::Status status, const std::string& field, const std::string& key,
                       const std::string& holder) {
  return absl::IsAlreadyExists(status) && !holder.empty() ? TakenError(field, key, holder) : status;
}

}  // namespace

void DirectoryService::Bind(rpc::Methods& methods) {
  methods.Unary("CreateCustomer", this, &DirectoryService::CreateCustomer);
  methods.Unary("GetCustomer", this, &DirectoryService::GetCustomer);
  methods.Unary("ListCustomers", this, &DirectoryService::ListCustomers);
  methods.Unary("UpdateCustomer", this, &DirectoryService::UpdateCustomer);
  methods.Unary("CreateProduct", this, &DirectoryService::CreateProduct);
  methods.Unary("GetProduct", this, &DirectoryService::GetProduct);
  methods.Unary("ListProducts", this, &DirectoryService::ListProducts);
  methods.Unary("CreateEquipment", this, &DirectoryService::CreateEquipment);
  methods.Unary("GetEquipment", this, &DirectoryService::GetEquipment);
  methods.Unary("ListEquipment", this, &DirectoryService::ListEquipment);
}

absl::StatusOr<v1::Customer> DirectoryService::CreateCustomer(Call& call, const v1::CreateCustomerRequest& request) {
  RETURN_IF_ERROR(CheckVisible("customer.display_name", request.customer().display_name()));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "customer"));
  return db_.Write<v1::Customer>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Customer> {
    v1::Customer customer = request.customer();
    customer.set_name(absl::StrCat("customers/", number));
    if (absl::Status inserted = Customers().Insert(tx, customer); !inserted.ok()) {
      return Explained(inserted, "customer.external_id", customer.external_id(),
                       CustomerWithExternalId(tx, customer.external_id()));
    }
    RecordChange(tx, customer);
    return customer;
  });
}

absl::StatusOr<v1::Customer> DirectoryService::GetCustomer(Call& call, const v1::GetCustomerRequest& request) {
  return db_.Read<v1::Customer>(call, [&](Reader& reader) { return Customers().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListCustomersResponse> DirectoryService::ListCustomers(Call& call,
                                                                          const v1::ListCustomersRequest& request) {
  return db_.Read<v1::ListCustomersResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListCustomersResponse> {
        v1::ListCustomersResponse response;
        RETURN_IF_ERROR(Customers().List(reader, ListingOf(request.filter()), request, &response));
        return response;
      });
}

absl::StatusOr<v1::Customer> DirectoryService::UpdateCustomer(Call& call, const v1::UpdateCustomerRequest& request) {
  RETURN_IF_ERROR(CheckVisible("customer.display_name", request.customer().display_name()));
  return db_.Write<v1::Customer>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Customer> {
    ASSIGN_OR_RETURN(const v1::Customer current, Customers().Lock(tx, request.name(), request.etag()));
    v1::Customer customer = Replaced(current, request.customer());
    if (absl::Status updated = Customers().Update(tx, customer); !updated.ok()) {
      return Explained(updated, "customer.external_id", customer.external_id(),
                       CustomerWithExternalId(tx, customer.external_id()));
    }
    RecordChange(tx, customer);
    return customer;
  });
}

absl::StatusOr<v1::Product> DirectoryService::CreateProduct(Call& call, const v1::CreateProductRequest& request) {
  RETURN_IF_ERROR(CheckVisible("product.display_name", request.product().display_name()));
  RETURN_IF_ERROR(CheckCertificates(request.product()));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "product"));
  return db_.Write<v1::Product>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Product> {
    v1::Product product = request.product();
    product.set_name(absl::StrCat("products/", number));
    if (absl::Status inserted = Products().Insert(tx, product); !inserted.ok()) {
      return Explained(inserted, "product.external_id", product.external_id(),
                       ProductWithExternalId(tx, product.external_id()));
    }
    RecordChange(tx, product);
    return product;
  });
}

absl::StatusOr<v1::Product> DirectoryService::GetProduct(Call& call, const v1::GetProductRequest& request) {
  return db_.Read<v1::Product>(call, [&](Reader& reader) { return Products().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListProductsResponse> DirectoryService::ListProducts(Call& call,
                                                                        const v1::ListProductsRequest& request) {
  return db_.Read<v1::ListProductsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListProductsResponse> {
    v1::ListProductsResponse response;
    RETURN_IF_ERROR(Products().List(reader, ListingOf(request.filter()), request, &response));
    return response;
  });
}

absl::StatusOr<v1::Equipment> DirectoryService::CreateEquipment(Call& call,
                                                                const v1::CreateEquipmentRequest& request) {
  RETURN_IF_ERROR(CheckVisible("equipment.serial_number", request.equipment().serial_number()));
  RETURN_IF_ERROR(CheckEquipmentTimes(request.equipment()));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "equipment"));
  return db_.Write<v1::Equipment>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Equipment> {
    v1::Equipment equipment = request.equipment();
    equipment.set_name(absl::StrCat("equipment/", number));
    RETURN_IF_ERROR(Referenced(tx, Products(), "equipment.product", equipment.product()).status());
    RETURN_IF_ERROR(Referenced(tx, Customers(), "equipment.customer", equipment.customer()).status());
    if (absl::Status inserted = EquipmentTable().Insert(tx, equipment); !inserted.ok()) {
      return Explained(inserted, "equipment.serial_number", equipment.serial_number(),
                       EquipmentWithSerialNumber(tx, equipment.serial_number()));
    }
    RecordChange(tx, equipment);
    return equipment;
  });
}

absl::StatusOr<v1::Equipment> DirectoryService::GetEquipment(Call& call, const v1::GetEquipmentRequest& request) {
  return db_.Read<v1::Equipment>(call, [&](Reader& reader) { return EquipmentTable().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListEquipmentResponse> DirectoryService::ListEquipment(Call& call,
                                                                          const v1::ListEquipmentRequest& request) {
  return db_.Read<v1::ListEquipmentResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListEquipmentResponse> {
    v1::ListEquipmentResponse response;
    RETURN_IF_ERROR(EquipmentTable().List(reader, ListingOf(request.filter()), request, &response));
    return response;
  });
}

}  // namespace aftersales
