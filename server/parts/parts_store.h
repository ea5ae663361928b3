// Where parts, stock, picking lists, permits and shipments are kept.
#ifndef AFTERSALES_SERVER_PARTS_PARTS_STORE_H_
#define AFTERSALES_SERVER_PARTS_PARTS_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "aftersales/v1/parts.pb.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Part>& Parts();
const Table<v1::Warehouse>& Warehouses();
const Table<v1::StockMovement>& StockMovements();
const Table<v1::PickingList>& PickingLists();
const Table<v1::DeparturePermit>& DeparturePermits();
const Table<v1::Shipment>& Shipments();

// The lists that are answered, each on an index.
ListQuery PartQuery(const v1::PartFilter& filter);
ListQuery MovementQuery(const std::string& part);
ListQuery PickingListQuery(const v1::PickingListFilter& filter);
ListQuery ShipmentQuery(const v1::ShipmentFilter& filter);

// The permit for a picking list's parts.
std::optional<v1::DeparturePermit> PermitOf(Reader& reader, const std::string& picking_list);

// Pieces come in; false, and nothing changed, where the warehouse never held the part.
bool AddStock(Tx& tx, const std::string& part, const std::string& warehouse, int64_t quantity);
// The same for the first pieces: makes the balance.
void AddFirstStock(Tx& tx, const std::string& part, const std::string& warehouse, int64_t quantity);
// Promises pieces if so many are free; false, and nothing changed, if not.
bool ReserveStock(Tx& tx, const v1::PickingLine& line);
// Gives a promise up, or hands promised pieces out; false where they were not promised.
bool ReleaseStock(Tx& tx, const v1::PickingLine& line);
bool IssueStock(Tx& tx, const v1::PickingLine& line);
// Free pieces; nothing where the warehouse never held the part.
std::optional<int64_t> FreeStock(Reader& reader, const std::string& part, const std::string& warehouse);

// One page of balances in the order of part and warehouse.
absl::Status ListBalances(Reader& reader, const v1::ListStockRequest& request, v1::ListStockResponse* response);
// The SELECT that it sends, for the tests that explain it.
std::string BalancesSql(bool of_one_part, bool with_after);

// A line of the ledger, in the order of booking. Inserts nothing yet.
v1::StockMovement NewMovement(Tx& tx, v1::MovementKind kind, const v1::PickingLine& line);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_PARTS_PARTS_STORE_H_
