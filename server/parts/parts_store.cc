#include "server/parts/parts_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// All three change a balance only where the result is possible: that no other transaction came between shows in the
// rows they match.
constexpr char kReserve[] =
    "UPDATE stock_balance SET reserved = reserved + ? WHERE part = ? AND warehouse = ? AND on_hand - reserved >= ?";
constexpr char kRelease[] =
    "UPDATE stock_balance SET reserved = reserved - ? WHERE part = ? AND warehouse = ? AND reserved >= ?";
constexpr char kIssue[] =
    "UPDATE stock_balance SET on_hand = on_hand - ?, reserved = reserved - ? "
    "WHERE part = ? AND warehouse = ? AND reserved >= ? AND on_hand >= ?";
constexpr char kAdd[] = "UPDATE stock_balance SET on_hand = on_hand + ? WHERE part = ? AND warehouse = ?";

ListQuery NewestFirst() {
  ListQuery query;
  query.order.push_back({"create_time", /*descending=*/true});
  return query;
}

}  // namespace

const Table<v1::Part>& Parts() {
  static const Table<v1::Part> table;
  return table;
}

const Table<v1::Warehouse>& Warehouses() {
  static const Table<v1::Warehouse> table;
  return table;
}

const Table<v1::StockMovement>& StockMovements() {
  static const Table<v1::StockMovement> table;
  return table;
}

const Table<v1::PickingList>& PickingLists() {
  static const Table<v1::PickingList> table;
  return table;
}

const Table<v1::DeparturePermit>& DeparturePermits() {
  static const Table<v1::DeparturePermit> table;
  return table;
}

const Table<v1::Shipment>& Shipments() {
  static const Table<v1::Shipment> table;
  return table;
}

ListQuery PartQuery(const v1::PartFilter& filter) {
  ListQuery query;
  if (!filter.external_id().empty()) query.where.push_back({"external_id", "=", filter.external_id()});
  return query;
}

ListQuery MovementQuery(const std::string& part) {
  ListQuery query;
  query.where.push_back({"part", "=", part});
  query.order.push_back({"create_time", /*descending=*/false});
  return query;
}

ListQuery PickingListQuery(const v1::PickingListFilter& filter) {
  ListQuery query = NewestFirst();
  if (!filter.service_case().empty()) query.where.push_back({"service_case", "=", filter.service_case()});
  if (filter.state() != v1::PICKING_LIST_STATE_UNSPECIFIED) {
    query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  }
  return query;
}

ListQuery ShipmentQuery(const v1::ShipmentFilter& filter) {
  ListQuery query = NewestFirst();
  if (!filter.service_case().empty()) query.where.push_back({"service_case", "=", filter.service_case()});
  return query;
}

std::optional<v1::DeparturePermit> PermitOf(Reader& reader, const std::string& picking_list) {
  ListQuery query;
  query.where.push_back({"picking_list", "=", picking_list});
  std::vector<v1::DeparturePermit> permits = DeparturePermits().Select(reader, query, 1);
  if (permits.empty()) return std::nullopt;
  return std::move(permits.front());
}

bool AddStock(Tx& tx, const std::string& part, const std::string& warehouse, int64_t quantity) {
  return tx.Execute(kAdd, {quantity, part, warehouse}) > 0;
}

void AddFirstStock(Tx& tx, const std::string& part, const std::string& warehouse, int64_t quantity) {
  if (tx.Insert("INSERT INTO stock_balance (part, warehouse, on_hand, reserved) VALUES (?, ?, ?, 0)",
                {part, warehouse, quantity})) {
    return;
  }
  AddStock(tx, part, warehouse, quantity);  // another transaction was first by a moment
}

bool ReserveStock(Tx& tx, const v1::PickingLine& line) {
  return tx.Execute(kReserve, {line.quantity(), line.part(), line.warehouse(), line.quantity()}) > 0;
}

bool ReleaseStock(Tx& tx, const v1::PickingLine& line) {
  return tx.Execute(kRelease, {line.quantity(), line.part(), line.warehouse(), line.quantity()}) > 0;
}

bool IssueStock(Tx& tx, const v1::PickingLine& line) {
  return tx.Execute(kIssue, {line.quantity(), line.quantity(), line.part(), line.warehouse(), line.quantity(),
                             line.quantity()}) > 0;
}

std::optional<int64_t> FreeStock(Reader& reader, const std::string& part, const std::string& warehouse) {
  const auto row = reader.SelectOne("SELECT on_hand - reserved FROM stock_balance WHERE part = ? AND warehouse = ?",
                                    {part, warehouse}, "i");
  if (!row.has_value()) return std::nullopt;
  return row->Int(0);
}

std::string BalancesSql(bool of_one_part, bool with_after) {
  std::string sql = "SELECT part, warehouse, on_hand, reserved FROM stock_balance";
  if (of_one_part) absl::StrAppend(&sql, " WHERE part = ?", with_after ? " AND warehouse > ?" : "");
  // Said so that the first comparison bounds the key's range.
  if (!of_one_part && with_after) absl::StrAppend(&sql, " WHERE part >= ? AND (part > ? OR warehouse > ?)");
  absl::StrAppend(&sql, " ORDER BY ", of_one_part ? "" : "part, ", "warehouse LIMIT ?");
  return sql;
}

absl::Status ListBalances(Reader& reader, const v1::ListStockRequest& request, v1::ListStockResponse* response) {
  ASSIGN_OR_RETURN(const Values after, ReadPageToken(request, "tt"));
  const std::string& part = request.filter().part();
  const size_t page_size = static_cast<size_t>(PageSize(request.page_size()));
  Values values;
  if (!part.empty()) values.push_back(part);
  if (!after.empty() && part.empty()) {
    values.push_back(after[0]);
    values.push_back(after[0]);
  }
  if (!after.empty()) values.push_back(after[1]);
  values.push_back(static_cast<int64_t>(page_size) + 1);  // one more, to see whether there is a next page
  const std::vector<Row> rows = reader.Select(BalancesSql(!part.empty(), !after.empty()), values, "ttii");
  for (const Row& row : rows) {
    if (static_cast<size_t>(response->balances_size()) == page_size) break;
    v1::StockBalance& balance = *response->add_balances();
    balance.set_part(row.Text(0));
    balance.set_warehouse(row.Text(1));
    balance.set_on_hand(row.Int(2));
    balance.set_reserved(row.Int(3));
  }
  if (rows.size() > page_size) {
    const v1::StockBalance& last = response->balances(response->balances_size() - 1);
    response->set_next_page_token(MakePageToken(request, {last.part(), last.warehouse()}));
  }
  return absl::OkStatus();
}

v1::StockMovement NewMovement(Tx& tx, v1::MovementKind kind, const v1::PickingLine& line) {
  v1::StockMovement movement;
  // Of one width, so that names made in the same microsecond sort in the order of their numbers.
  movement.set_name(absl::StrFormat("stockMovements/%012d", tx.NewId()));
  movement.set_kind(kind);
  movement.set_part(line.part());
  movement.set_warehouse(line.warehouse());
  movement.set_quantity(line.quantity());
  movement.set_booked_by(tx.call().caller.principal);
  return movement;
}

}  // namespace aftersales
