// Parts, stock, picking lists, departure permits and shipments.
#ifndef AFTERSALES_SERVICES_PARTS_H_
#define AFTERSALES_SERVICES_PARTS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/parts.pb.h"

namespace aftersales {

class PartsClient : public ServiceClient {
 public:
  explicit PartsClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.PartsService") {}

  absl::StatusOr<v1::Part> CreatePart(v1::CreatePartRequest request, const CallOptions& options = {}) const {
    return Call<v1::Part>("CreatePart", std::move(request), options);
  }
  absl::StatusOr<v1::Part> GetPart(v1::GetPartRequest request, const CallOptions& options = {}) const {
    return Call<v1::Part>("GetPart", std::move(request), options);
  }
  absl::StatusOr<v1::ListPartsResponse> ListParts(v1::ListPartsRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListPartsResponse>("ListParts", std::move(request), options);
  }
  PageRange<v1::Part> ListPartsAll(v1::ListPartsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Part, v1::ListPartsResponse>("ListParts", std::move(request), options);
  }
  absl::StatusOr<v1::Warehouse> CreateWarehouse(v1::CreateWarehouseRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Warehouse>("CreateWarehouse", std::move(request), options);
  }
  absl::StatusOr<v1::ListWarehousesResponse> ListWarehouses(v1::ListWarehousesRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::ListWarehousesResponse>("ListWarehouses", std::move(request), options);
  }
  PageRange<v1::Warehouse> ListWarehousesAll(v1::ListWarehousesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Warehouse, v1::ListWarehousesResponse>("ListWarehouses", std::move(request), options);
  }
  absl::StatusOr<v1::StockMovement> ReceiveStock(v1::ReceiveStockRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::StockMovement>("ReceiveStock", std::move(request), options);
  }
  absl::StatusOr<v1::ListStockResponse> ListStock(v1::ListStockRequest request, const CallOptions& options = {}) const {
    return Call<v1::ListStockResponse>("ListStock", std::move(request), options);
  }
  PageRange<v1::StockBalance> ListStockAll(v1::ListStockRequest request, const CallOptions& options = {}) const {
    return Pages<v1::StockBalance, v1::ListStockResponse>("ListStock", std::move(request), options);
  }
  absl::StatusOr<v1::ListStockMovementsResponse> ListStockMovements(v1::ListStockMovementsRequest request,
                                                                    const CallOptions& options = {}) const {
    return Call<v1::ListStockMovementsResponse>("ListStockMovements", std::move(request), options);
  }
  PageRange<v1::StockMovement> ListStockMovementsAll(v1::ListStockMovementsRequest request,
                                                     const CallOptions& options = {}) const {
    return Pages<v1::StockMovement, v1::ListStockMovementsResponse>("ListStockMovements", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> CreatePickingList(v1::CreatePickingListRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::PickingList>("CreatePickingList", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> GetPickingList(v1::GetPickingListRequest request,
                                                 const CallOptions& options = {}) const {
    return Call<v1::PickingList>("GetPickingList", std::move(request), options);
  }
  absl::StatusOr<v1::ListPickingListsResponse> ListPickingLists(v1::ListPickingListsRequest request,
                                                                const CallOptions& options = {}) const {
    return Call<v1::ListPickingListsResponse>("ListPickingLists", std::move(request), options);
  }
  PageRange<v1::PickingList> ListPickingListsAll(v1::ListPickingListsRequest request,
                                                 const CallOptions& options = {}) const {
    return Pages<v1::PickingList, v1::ListPickingListsResponse>("ListPickingLists", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> SignPickingList(v1::SignPickingListRequest request,
                                                  const CallOptions& options = {}) const {
    return Call<v1::PickingList>("SignPickingList", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> IssuePickingList(v1::IssuePickingListRequest request,
                                                   const CallOptions& options = {}) const {
    return Call<v1::PickingList>("IssuePickingList", std::move(request), options);
  }
  absl::StatusOr<v1::PickingList> CancelPickingList(v1::CancelPickingListRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::PickingList>("CancelPickingList", std::move(request), options);
  }
  absl::StatusOr<v1::DeparturePermit> CreateDeparturePermit(v1::CreateDeparturePermitRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::DeparturePermit>("CreateDeparturePermit", std::move(request), options);
  }
  absl::StatusOr<v1::DeparturePermit> GetDeparturePermit(v1::GetDeparturePermitRequest request,
                                                         const CallOptions& options = {}) const {
    return Call<v1::DeparturePermit>("GetDeparturePermit", std::move(request), options);
  }
  absl::StatusOr<v1::Shipment> CreateShipment(v1::CreateShipmentRequest request,
                                              const CallOptions& options = {}) const {
    return Call<v1::Shipment>("CreateShipment", std::move(request), options);
  }
  absl::StatusOr<v1::Shipment> GetShipment(v1::GetShipmentRequest request, const CallOptions& options = {}) const {
    return Call<v1::Shipment>("GetShipment", std::move(request), options);
  }
  absl::StatusOr<v1::ListShipmentsResponse> ListShipments(v1::ListShipmentsRequest request,
                                                          const CallOptions& options = {}) const {
    return Call<v1::ListShipmentsResponse>("ListShipments", std::move(request), options);
  }
  PageRange<v1::Shipment> ListShipmentsAll(v1::ListShipmentsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Shipment, v1::ListShipmentsResponse>("ListShipments", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_PARTS_H_
