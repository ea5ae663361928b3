// PartsService: parts and their stock, picking lists, permits to leave and shipments.
#ifndef AFTERSALES_SERVER_PARTS_PARTS_SERVICE_H_
#define AFTERSALES_SERVER_PARTS_PARTS_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "server/base/call.h"
#include "server/cases/case_root.h"
#include "server/obligations/obligations.h"
#include "server/parts/parts_rules.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. Owns neither database nor obligations; both outlive it.
class PartsService {
 public:
  PartsService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}

  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Part> CreatePart(Call& call, const v1::CreatePartRequest& request);
  absl::StatusOr<v1::Part> GetPart(Call& call, const v1::GetPartRequest& request);
  absl::StatusOr<v1::ListPartsResponse> ListParts(Call& call, const v1::ListPartsRequest& request);
  absl::StatusOr<v1::Warehouse> CreateWarehouse(Call& call, const v1::CreateWarehouseRequest& request);
  absl::StatusOr<v1::ListWarehousesResponse> ListWarehouses(Call& call, const v1::ListWarehousesRequest& request);

  absl::StatusOr<v1::StockMovement> ReceiveStock(Call& call, const v1::ReceiveStockRequest& request);
  absl::StatusOr<v1::ListStockResponse> ListStock(Call& call, const v1::ListStockRequest& request);
  absl::StatusOr<v1::ListStockMovementsResponse> ListStockMovements(Call& call,
                                                                    const v1::ListStockMovementsRequest& request);

  absl::StatusOr<v1::PickingList> CreatePickingList(Call& call, const v1::CreatePickingListRequest& request);
  absl::StatusOr<v1::PickingList> GetPickingList(Call& call, const v1::GetPickingListRequest& request);
  absl::StatusOr<v1::ListPickingListsResponse> ListPickingLists(Call& call, const v1::ListPickingListsRequest& request);
  absl::StatusOr<v1::PickingList> SignPickingList(Call& call, const v1::SignPickingListRequest& request);
  absl::StatusOr<v1::PickingList> IssuePickingList(Call& call, const v1::IssuePickingListRequest& request);
  absl::StatusOr<v1::PickingList> CancelPickingList(Call& call, const v1::CancelPickingListRequest& request);

  absl::StatusOr<v1::DeparturePermit> CreateDeparturePermit(Call& call,
                                                            const v1::CreateDeparturePermitRequest& request);
  absl::StatusOr<v1::DeparturePermit> GetDeparturePermit(Call& call, const v1::GetDeparturePermitRequest& request);
  absl::StatusOr<v1::Shipment> CreateShipment(Call& call, const v1::CreateShipmentRequest& request);
  absl::StatusOr<v1::Shipment> GetShipment(Call& call, const v1::GetShipmentRequest& request);
  absl::StatusOr<v1::ListShipmentsResponse> ListShipments(Call& call, const v1::ListShipmentsRequest& request);

 private:
  // A step on a picking list: in the state machine, in packs, and in the feed.
  struct Step {
    PickingStep step;
    const char* name;
    v1::EventType event;
    bool working = true;  // only while the case is worked on
  };
  // What is special about a step; answers whether the role recorded in the event is held as head.
  using Change = absl::FunctionRef<absl::StatusOr<bool>(Tx&, const LockedCase&, v1::PickingList&, v1::Event&)>;

  // Takes a step: locks case and list, asks whether it is possible, lets `change` do what is special, saves and
  // records.
  template <typename Request>
  absl::StatusOr<v1::PickingList> TakeStep(Call& call, const Request& request, const Step& step, Change change);

  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_PARTS_PARTS_SERVICE_H_
