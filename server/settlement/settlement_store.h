// Where proposals of responsibility, costs and allocations are kept.
#ifndef AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_STORE_H_
#define AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_STORE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/settlement/settlement_rules.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Responsibility>& Responsibilities();
const Table<v1::Cost>& Costs();
const Table<v1::Allocation>& Allocations();

// The lists that are answered, each on an index. Of one submitter's costs only, where one is given.
ListQuery CostQuery(const v1::CostFilter& filter, const std::string& submitter);
ListQuery OfCaseOldestFirst(const std::string& service_case);

// The case's proposal in this state; there is at most one that is proposed and one that is decided.
std::optional<v1::Responsibility> ResponsibilityIn(Reader& reader, const std::string& service_case,
                                                   v1::ResponsibilityState state);
// There is such an investigation. (Settlement does not call improvement; this is all it asks.)
bool InvestigationExists(Reader& reader, const std::string& investigation);

// How many costs of its own, or reversals, a case has.
CostCount CountCosts(Reader& reader, const std::string& service_case, bool reversals);
// Costs of a case that no allocation has and that are not turned down, in the order of recording; at most `most`.
std::vector<v1::Cost> CostsToAllocate(Reader& reader, const std::string& service_case, int most);
// Makes these costs, vetted and without an allocation, part of one, in one statement; how many they were.
int64_t PutIntoAllocation(Tx& tx, const std::vector<std::string>& costs, const std::string& allocation);
// The lines of a case's allocations, by cost.
std::map<std::string, std::vector<v1::AllocationLine>> AllocatedLines(Reader& reader, const std::string& service_case,
                                                                      int most);

// The statements of some, for the tests that explain them.
extern const char kCountCostsSql[];
std::string PutIntoAllocationSql(size_t costs);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_STORE_H_
