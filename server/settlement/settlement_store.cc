#include "server/settlement/settlement_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"

namespace aftersales {

const char kCountCostsSql[] =
    "SELECT COUNT(*), COUNT(CASE WHEN state <> ? THEN 1 END) FROM cost "
    "WHERE service_case = ? AND (reversal_of <> '') = ?";

// The next version of each, as Table::Update gives it: who holds the etag from before is refused.
std::string PutIntoAllocationSql(size_t costs) {
  return absl::StrCat(
      "UPDATE cost SET allocation = ?, version = version + 1, update_time = ? WHERE state = ? AND allocation = '' AND "
      "name IN (",
      absl::StrJoin(std::vector<std::string>(costs, "?"), ", "), ")");
}

const Table<v1::Responsibility>& Responsibilities() {
  static const Table<v1::Responsibility> table;
  return table;
}

const Table<v1::Cost>& Costs() {
  static const Table<v1::Cost> table;
  return table;
}

const Table<v1::Allocation>& Allocations() {
  static const Table<v1::Allocation> table;
  return table;
}

ListQuery CostQuery(const v1::CostFilter& filter, const std::string& submitter) {
  ListQuery query;
  if (!submitter.empty()) query.where.push_back({"submitted_by", "=", submitter});
  if (filter.state() != v1::COST_STATE_UNSPECIFIED) {
    query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  }
  if (!filter.service_case().empty()) query.where.push_back({"service_case", "=", filter.service_case()});
  if (filter.category() != v1::COST_CATEGORY_UNSPECIFIED) {
    query.where.push_back({"category", "=", static_cast<int>(filter.category())});
  }
  query.order.push_back({"create_time", /*descending=*/true});
  return query;
}

ListQuery OfCaseOldestFirst(const std::string& service_case) {
  ListQuery query;
  query.where.push_back({"service_case", "=", service_case});
  query.order.push_back({"create_time"});
  return query;
}

std::optional<v1::Responsibility> ResponsibilityIn(Reader& reader, const std::string& service_case,
                                                   v1::ResponsibilityState state) {
  ListQuery query;
  query.where.push_back({"service_case", "=", service_case});
  query.where.push_back({"state", "=", static_cast<int>(state)});
  std::vector<v1::Responsibility> found = Responsibilities().Select(reader, query, 1);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

bool InvestigationExists(Reader& reader, const std::string& investigation) {
  return reader.SelectOne("SELECT 1 FROM investigation WHERE name = ?", {investigation}, "i").has_value();
}

CostCount CountCosts(Reader& reader, const std::string& service_case, bool reversals) {
  const auto row = reader.SelectOne(kCountCostsSql,
                                    {static_cast<int>(v1::COST_STATE_REJECTED), service_case, reversals ? 1 : 0}, "ii");
  return {static_cast<int>(row->Int(1)), static_cast<int>(row->Int(0))};
}

std::vector<v1::Cost> CostsToAllocate(Reader& reader, const std::string& service_case, int most) {
  ListQuery query = OfCaseOldestFirst(service_case);
  query.where.push_back({"state", "<>", static_cast<int>(v1::COST_STATE_REJECTED)});
  query.where.push_back({"allocation", "=", ""});
  return Costs().Select(reader, query, most);
}

int64_t PutIntoAllocation(Tx& tx, const std::vector<std::string>& costs, const std::string& allocation) {
  Values values{allocation, ToMicros(tx.now()), static_cast<int>(v1::COST_STATE_VETTED)};
  for (const std::string& cost : costs) values.emplace_back(cost);
  return tx.Execute(PutIntoAllocationSql(costs.size()), values);
}

std::map<std::string, std::vector<v1::AllocationLine>> AllocatedLines(Reader& reader, const std::string& service_case,
                                                                      int most) {
  std::map<std::string, std::vector<v1::AllocationLine>> lines;
  for (const v1::Allocation& allocation : Allocations().Select(reader, OfCaseOldestFirst(service_case), most)) {
    for (const v1::AllocationLine& line : allocation.lines()) lines[line.cost()].push_back(line);
  }
  return lines;
}

}  // namespace aftersales
