#include "server/parts/parts_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_store.h"
#include "server/directory/directory_store.h"
#include "server/parts/parts_store.h"

namespace aftersales {
namespace {

// A part, warehouse or movement is its own root.
template <typename Resource>
v1::Event PlainEvent(v1::EventType type, const Resource& resource) {
  v1::Event event;
  event.set_type(type);
  event.set_root(resource.name());
  event.set_subject(resource.name());
  int64_t version = 1;
  if (absl::SimpleAtoi(resource.etag(), &version)) event.set_root_version(version);
  return event;
}

// "P2026-000001" and the like: a number that people say on the telephone, from 1 each year.
absl::StatusOr<std::string> YearlyNumber(Call& call, Database& db, const std::string& series, char letter) {
  const int64_t year = absl::ToCivilYear(db.clock().Now(), absl::UTCTimeZone()).year();
  ASSIGN_OR_RETURN(const int64_t number, db.NextNumber(call, absl::StrCat(series, "-", year)));
  return absl::StrFormat("%c%d-%06d", letter, year, number);
}

absl::Status InsertMovements(Tx& tx, std::vector<v1::StockMovement>& movements) {
  std::vector<google::protobuf::Message*> rows;
  for (v1::StockMovement& movement : movements) rows.push_back(&movement);
  return StockMovements().core().InsertMany(tx, rows);
}

// Why a line could not be reserved: a name that leads nowhere, or too little.
absl::Status WhyNotReserved(Reader& reader, const PlacedLine& wanted) {
  const v1::PickingLine& line = wanted.line;
  const std::optional<int64_t> free = FreeStock(reader, line.part(), line.warehouse());
  if (!free.has_value()) {
    const std::string field = absl::StrCat("picking_list.lines[", wanted.place, "]");
    RETURN_IF_ERROR(Referenced(reader, Parts(), absl::StrCat(field, ".part"), line.part()).status());
    RETURN_IF_ERROR(Referenced(reader, Warehouses(), absl::StrCat(field, ".warehouse"), line.warehouse()).status());
  }
  return StockShortError(line, free.value_or(0));
}

absl::Status ReserveLines(Tx& tx, const v1::PickingList& list) {
  std::vector<v1::StockMovement> movements;
  for (const PlacedLine& wanted : InStockOrder(list)) {
    if (!ReserveStock(tx, wanted.line)) return WhyNotReserved(tx, wanted);
    movements.push_back(NewMovement(tx, v1::MOVEMENT_KIND_RESERVED, wanted.line));
    movements.back().set_picking_list(list.name());
  }
  return InsertMovements(tx, movements);
}

// Ends the list's reservations: hands the pieces out, or frees them.
absl::Status SettleLines(Tx& tx, const v1::PickingList& list, v1::MovementKind kind) {
  std::vector<v1::StockMovement> movements;
  for (const PlacedLine& reserved : InStockOrder(list)) {
    const bool settled =
        kind == v1::MOVEMENT_KIND_ISSUED ? IssueStock(tx, reserved.line) : ReleaseStock(tx, reserved.line);
    if (!settled) {
      return InternalError(absl::StrCat("The reservation of ", reserved.line.part(), " in ", reserved.line.warehouse(),
                                        " for ", list.name(), " is not in the balance."));
    }
    movements.push_back(NewMovement(tx, kind, reserved.line));
    movements.back().set_picking_list(list.name());
  }
  return InsertMovements(tx, movements);
}

// Locks the case that a new picking list is for; a name that leads nowhere is a mistake in that field.
absl::StatusOr<LockedCase> LockCaseNamed(Tx& tx, const std::string& field, const std::string& name) {
  absl::StatusOr<LockedCase> locked = LockCase(tx, name, /*working=*/true, "given a picking list");
  if (!absl::IsNotFound(locked.status())) return locked;
  return ReferenceError(field, name, absl::StrCat(name, " does not exist. Check the name, or open the case first."));
}

absl::Status CheckVisit(Reader& reader, const v1::PickingList& list) {
  if (list.visit().empty()) return absl::OkStatus();
  const std::string visited = CaseOfVisit(reader, list.visit());
  if (visited == list.service_case()) return absl::OkStatus();
  return ReferenceError(
      "picking_list.visit", list.visit(),
      visited.empty() ? absl::StrCat(list.visit(), " does not exist; list the visits of the case")
                      : absl::StrCat(list.visit(), " is a visit for ", visited, ", not for ", list.service_case()));
}

}  // namespace

void PartsService::Bind(rpc::Methods& methods) {
  methods.Unary("CreatePart", this, &PartsService::CreatePart);
  methods.Unary("GetPart", this, &PartsService::GetPart);
  methods.Unary("ListParts", this, &PartsService::ListParts);
  methods.Unary("CreateWarehouse", this, &PartsService::CreateWarehouse);
  methods.Unary("ListWarehouses", this, &PartsService::ListWarehouses);
  methods.Unary("ReceiveStock", this, &PartsService::ReceiveStock);
  methods.Unary("ListStock", this, &PartsService::ListStock);
  methods.Unary("ListStockMovements", this, &PartsService::ListStockMovements);
  methods.Unary("CreatePickingList", this, &PartsService::CreatePickingList);
  methods.Unary("GetPickingList", this, &PartsService::GetPickingList);
  methods.Unary("ListPickingLists", this, &PartsService::ListPickingLists);
  methods.Unary("SignPickingList", this, &PartsService::SignPickingList);
  methods.Unary("IssuePickingList", this, &PartsService::IssuePickingList);
  methods.Unary("CancelPickingList", this, &PartsService::CancelPickingList);
  methods.Unary("CreateDeparturePermit", this, &PartsService::CreateDeparturePermit);
  methods.Unary("GetDeparturePermit", this, &PartsService::GetDeparturePermit);
  methods.Unary("CreateShipment", this, &PartsService::CreateShipment);
  methods.Unary("GetShipment", this, &PartsService::GetShipment);
  methods.Unary("ListShipments", this, &PartsService::ListShipments);
}

absl::StatusOr<v1::Part> PartsService::CreatePart(Call& call, const v1::CreatePartRequest& request) {
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "part"));
  return db_.Write<v1::Part>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Part> {
    v1::Part part = request.part();
    part.set_name(absl::StrCat("parts/", number));
    RETURN_IF_ERROR(Parts().Insert(tx, part));
    v1::Event event = PlainEvent(v1::EVENT_TYPE_DIRECTORY_CHANGED, part);
    *event.mutable_part() = part;
    Obligations::RecordPlain(tx, std::move(event));
    return part;
  });
}

absl::StatusOr<v1::Part> PartsService::GetPart(Call& call, const v1::GetPartRequest& request) {
  return db_.Read<v1::Part>(call, [&](Reader& reader) { return Parts().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListPartsResponse> PartsService::ListParts(Call& call, const v1::ListPartsRequest& request) {
  return db_.Read<v1::ListPartsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListPartsResponse> {
    v1::ListPartsResponse response;
    RETURN_IF_ERROR(Parts().List(reader, PartQuery(request.filter()), request, &response));
    return response;
  });
}

absl::StatusOr<v1::Warehouse> PartsService::CreateWarehouse(Call& call, const v1::CreateWarehouseRequest& request) {
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "warehouse"));
  return db_.Write<v1::Warehouse>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Warehouse> {
    v1::Warehouse warehouse = request.warehouse();
    warehouse.set_name(absl::StrCat("warehouses/", number));
    RETURN_IF_ERROR(Warehouses().Insert(tx, warehouse));
    v1::Event event = PlainEvent(v1::EVENT_TYPE_DIRECTORY_CHANGED, warehouse);
    *event.mutable_warehouse() = warehouse;
    Obligations::RecordPlain(tx, std::move(event));
    return warehouse;
  });
}

absl::StatusOr<v1::ListWarehousesResponse> PartsService::ListWarehouses(Call& call,
                                                                        const v1::ListWarehousesRequest& request) {
  return db_.Read<v1::ListWarehousesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListWarehousesResponse> {
    v1::ListWarehousesResponse response;
    RETURN_IF_ERROR(Warehouses().List(reader, ListQuery{}, request, &response));
    return response;
  });
}

absl::StatusOr<v1::StockMovement> PartsService::ReceiveStock(Call& call, const v1::ReceiveStockRequest& request) {
  return db_.Write<v1::StockMovement>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::StockMovement> {
    // Where there is a balance, part and warehouse exist; so only the first pieces have them looked up.
    if (!AddStock(tx, request.part(), request.warehouse(), request.quantity())) {
      RETURN_IF_ERROR(Referenced(tx, Parts(), "part", request.part()).status());
      RETURN_IF_ERROR(Referenced(tx, Warehouses(), "warehouse", request.warehouse()).status());
      AddFirstStock(tx, request.part(), request.warehouse(), request.quantity());
    }
    v1::PickingLine received;
    received.set_part(request.part());
    received.set_warehouse(request.warehouse());
    received.set_quantity(request.quantity());
    v1::StockMovement movement = NewMovement(tx, v1::MOVEMENT_KIND_RECEIVED, received);
    movement.set_reference(request.reference());
    RETURN_IF_ERROR(StockMovements().Insert(tx, movement));
    v1::Event event = PlainEvent(v1::EVENT_TYPE_STOCK_RECEIVED, movement);
    *event.mutable_stock_movement() = movement;
    Obligations::RecordPlain(tx, std::move(event));
    return movement;
  });
}

absl::StatusOr<v1::ListStockResponse> PartsService::ListStock(Call& call, const v1::ListStockRequest& request) {
  return db_.Read<v1::ListStockResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListStockResponse> {
    v1::ListStockResponse response;
    RETURN_IF_ERROR(ListBalances(reader, request, &response));
    return response;
  });
}

absl::StatusOr<v1::ListStockMovementsResponse> PartsService::ListStockMovements(
    Call& call, const v1::ListStockMovementsRequest& request) {
  return db_.Read<v1::ListStockMovementsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListStockMovementsResponse> {
        v1::ListStockMovementsResponse response;
        RETURN_IF_ERROR(StockMovements().List(reader, MovementQuery(request.part()), request, &response));
        return response;
      });
}

absl::StatusOr<v1::PickingList> PartsService::CreatePickingList(Call& call,
                                                                const v1::CreatePickingListRequest& request) {
  RETURN_IF_ERROR(CheckLines(request.picking_list()));
  ASSIGN_OR_RETURN(const std::string number, YearlyNumber(call, db_, "picking-list", 'P'));
  return db_.Write<v1::PickingList>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::PickingList> {
    ASSIGN_OR_RETURN(const LockedCase locked,
                     LockCaseNamed(tx, "picking_list.service_case", request.picking_list().service_case()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-picking-list", ""));
    RETURN_IF_ERROR(CheckVisit(tx, request.picking_list()));
    v1::PickingList list;
    list.set_name(absl::StrCat("pickingLists/", number));
    list.set_state(v1::PICKING_LIST_STATE_SUBMITTED);
    list.set_service_case(locked.service_case.name());
    list.set_visit(request.picking_list().visit());
    list.set_source(request.picking_list().source());
    *list.mutable_lines() = request.picking_list().lines();
    list.set_submitted_by(call.caller.principal);
    RETURN_IF_ERROR(PickingLists().Insert(tx, list));
    RETURN_IF_ERROR(ReserveLines(tx, list));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_PICKING_LIST_SUBMITTED);
    event.set_subject(list.name());
    (*event.mutable_facts())["source"] = Word(list.source());
    *event.mutable_picking_list() = list;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return list;
  });
}

absl::StatusOr<v1::PickingList> PartsService::GetPickingList(Call& call, const v1::GetPickingListRequest& request) {
  return db_.Read<v1::PickingList>(call, [&](Reader& reader) { return PickingLists().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListPickingListsResponse> PartsService::ListPickingLists(
    Call& call, const v1::ListPickingListsRequest& request) {
  return db_.Read<v1::ListPickingListsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListPickingListsResponse> {
        v1::ListPickingListsResponse response;
        RETURN_IF_ERROR(PickingLists().List(reader, PickingListQuery(request.filter()), request, &response));
        return response;
      });
}

template <typename Request>
absl::StatusOr<v1::PickingList> PartsService::TakeStep(Call& call, const Request& request, const Step& step,
                                                       Change change) {
  return db_.Write<v1::PickingList>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::PickingList> {
    // The case is locked before the list; which case that is never changes.
    ASSIGN_OR_RETURN(const v1::PickingList seen, PickingLists().Get(tx, request.name()));
    ASSIGN_OR_RETURN(const LockedCase locked, LockCase(tx, seen.service_case(), step.working, "worked on"));
    ASSIGN_OR_RETURN(v1::PickingList list, PickingLists().Lock(tx, request.name(), request.etag()));
    // The gate first: a refusal that names the clause and what is owed says more than the state does.
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, step.name, list.name()));
    ASSIGN_OR_RETURN(const v1::PickingListState state, StateAfter(list, step.step));
    v1::Event event;
    event.set_type(step.event);
    event.set_subject(list.name());
    list.set_state(state);
    ASSIGN_OR_RETURN(const bool as_head, change(tx, locked, list, event));
    RETURN_IF_ERROR(PickingLists().Update(tx, list));
    *event.mutable_picking_list() = list;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event), as_head));
    return list;
  });
}

absl::StatusOr<v1::PickingList> PartsService::SignPickingList(Call& call, const v1::SignPickingListRequest& request) {
  return TakeStep(
      call, request, {PickingStep::kSign, "sign-picking-list", v1::EVENT_TYPE_PICKING_LIST_SIGNED},
      [&](Tx& tx, const LockedCase& locked, v1::PickingList& list, v1::Event& event) -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(CheckSigner(list, call.caller.principal));
        ASSIGN_OR_RETURN(const bool as_head,
                         obligations_.CheckRole(tx, locked.root, "sign-picking-list", request.role()));
        v1::Act& signature = *list.mutable_signature();
        signature.set_principal(call.caller.principal);
        signature.set_role(request.role());
        signature.set_head(as_head);
        *signature.mutable_time() = ToProto(tx.now());
        signature.set_comment(request.comment());
        list.set_signed_by(call.caller.principal);
        event.set_role(request.role());
        return as_head;
      });
}

absl::StatusOr<v1::PickingList> PartsService::IssuePickingList(Call& call, const v1::IssuePickingListRequest& request) {
  return TakeStep(call, request, {PickingStep::kIssue, "issue-picking-list", v1::EVENT_TYPE_PICKING_LIST_ISSUED},
                  [&](Tx& tx, const LockedCase&, v1::PickingList& list, v1::Event&) -> absl::StatusOr<bool> {
                    RETURN_IF_ERROR(SettleLines(tx, list, v1::MOVEMENT_KIND_ISSUED));
                    list.set_issued_by(call.caller.principal);
                    *list.mutable_issue_time() = ToProto(tx.now());
                    return false;
                  });
}

absl::StatusOr<v1::PickingList> PartsService::CancelPickingList(Call& call,
                                                                const v1::CancelPickingListRequest& request) {
  // Possible after the case's close too: otherwise what the list holds would be lost to everybody else.
  return TakeStep(
      call, request,
      {PickingStep::kCancel, "cancel-picking-list", v1::EVENT_TYPE_PICKING_LIST_CANCELLED, /*working=*/false},
      [&](Tx& tx, const LockedCase&, v1::PickingList& list, v1::Event&) -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(CheckCanceller(list, call.caller));
        RETURN_IF_ERROR(SettleLines(tx, list, v1::MOVEMENT_KIND_RELEASED));
        list.set_cancel_reason(request.reason());
        return false;
      });
}

absl::StatusOr<v1::DeparturePermit> PartsService::CreateDeparturePermit(
    Call& call, const v1::CreateDeparturePermitRequest& request) {
  ASSIGN_OR_RETURN(const std::string number, YearlyNumber(call, db_, "departure-permit", 'D'));
  return db_.Write<v1::DeparturePermit>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::DeparturePermit> {
    const v1::DeparturePermit& wanted = request.permit();
    ASSIGN_OR_RETURN(const v1::PickingList seen,
                     Referenced(tx, PickingLists(), "permit.picking_list", wanted.picking_list()));
    ASSIGN_OR_RETURN(const LockedCase locked,
                     LockCase(tx, seen.service_case(), /*working=*/true, "given a departure permit"));
    ASSIGN_OR_RETURN(const v1::PickingList list, PickingLists().Lock(tx, seen.name()));
    RETURN_IF_ERROR(StateAfter(list, PickingStep::kPermit).status());
    if (const auto earlier = PermitOf(tx, list.name()); earlier.has_value()) return PermitExistsError(*earlier);
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-departure-permit", list.name()));
    const Load load = LoadOf(list);
    v1::DeparturePermit permit;
    permit.set_name(absl::StrCat("departurePermits/", number));
    permit.set_picking_list(list.name());
    permit.set_service_case(list.service_case());
    permit.set_destination(wanted.destination());
    permit.set_product_model(wanted.product_model());
    permit.set_quantity(load.quantity);
    permit.set_variety(load.variety);
    permit.set_issued_by(call.caller.principal);
    RETURN_IF_ERROR(DeparturePermits().Insert(tx, permit));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_PERMIT_ISSUED);
    event.set_subject(permit.name());
    *event.mutable_permit() = permit;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return permit;
  });
}

absl::StatusOr<v1::DeparturePermit> PartsService::GetDeparturePermit(Call& call,
                                                                     const v1::GetDeparturePermitRequest& request) {
  return db_.Read<v1::DeparturePermit>(call,
                                       [&](Reader& reader) { return DeparturePermits().Get(reader, request.name()); });
}

absl::StatusOr<v1::Shipment> PartsService::CreateShipment(Call& call, const v1::CreateShipmentRequest& request) {
  ASSIGN_OR_RETURN(const std::string number, YearlyNumber(call, db_, "shipment", 'S'));
  return db_.Write<v1::Shipment>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Shipment> {
    const v1::Shipment& wanted = request.shipment();
    ASSIGN_OR_RETURN(const v1::DeparturePermit seen,
                     Referenced(tx, DeparturePermits(), "shipment.permit", wanted.permit()));
    ASSIGN_OR_RETURN(const LockedCase locked, LockCase(tx, seen.service_case(), /*working=*/true, "sent parts for"));
    ASSIGN_OR_RETURN(v1::DeparturePermit permit, DeparturePermits().Lock(tx, seen.name()));
    RETURN_IF_ERROR(CheckUnused(permit));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked.root, "create-shipment", permit.name()));
    v1::Shipment shipment;
    shipment.set_name(absl::StrCat("shipments/", number));
    shipment.set_state(v1::SHIPMENT_STATE_DEPARTED);
    shipment.set_permit(permit.name());
    shipment.set_service_case(permit.service_case());
    shipment.set_picking_list(permit.picking_list());
    shipment.set_transport(wanted.transport());
    shipment.set_tracking_number(wanted.tracking_number());
    shipment.set_sent_by(call.caller.principal);
    RETURN_IF_ERROR(Shipments().Insert(tx, shipment));
    permit.set_shipment(shipment.name());
    RETURN_IF_ERROR(DeparturePermits().Update(tx, permit));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_SHIPMENT_DEPARTED);
    event.set_subject(shipment.name());
    (*event.mutable_facts())["transport"] = Word(shipment.transport());
    *event.mutable_shipment() = shipment;
    RETURN_IF_ERROR(obligations_.Record(tx, locked.root, std::move(event)));
    return shipment;
  });
}

absl::StatusOr<v1::Shipment> PartsService::GetShipment(Call& call, const v1::GetShipmentRequest& request) {
  return db_.Read<v1::Shipment>(call, [&](Reader& reader) { return Shipments().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListShipmentsResponse> PartsService::ListShipments(Call& call,
                                                                      const v1::ListShipmentsRequest& request) {
  return db_.Read<v1::ListShipmentsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListShipmentsResponse> {
    v1::ListShipmentsResponse response;
    RETURN_IF_ERROR(Shipments().List(reader, ShipmentQuery(request.filter()), request, &response));
    return response;
  });
}

}  // namespace aftersales
