// Who bears the costs of a case, exact to the last unit. Pure: values in, values out.
#ifndef AFTERSALES_SERVER_SETTLEMENT_ALLOCATION_RULES_H_
#define AFTERSALES_SERVER_SETTLEMENT_ALLOCATION_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/policy/pack.h"

namespace aftersales {

// Lines by the cost that they are of.
using LinesByCost = std::map<std::string, std::vector<v1::AllocationLine>>;

// What an allocation rests on.
struct AllocationBasis {
  const std::vector<policy::CostRule>* rules = nullptr;  // in their order; the first that holds counts
  policy::Facts facts;                                   // of the case
  const v1::Responsibility* decided = nullptr;           // null: nobody's responsibility is decided
  LinesByCost allocated;                                 // what is allocated already, of costs that are taken back now
};

struct Allocated {
  std::vector<v1::AllocationLine> lines;  // cost by cost
  std::vector<std::string> costs;         // that are allocated
  std::vector<v1::LeftCost> left;         // the others
  bool by_shares = false;                 // the shares decided counted for some cost
  bool complete = true;                   // no vetted cost is left
};

// Each vetted cost in turn, in the order given:
//   a reversal       exactly minus what its original was allocated, by an earlier allocation or by this one;
//   customer_pays    the customer;
//   a cost rule      the first whose categories and facts hold: the bearer it names;
//   otherwise        the shares decided, each rounded down, and what is left over all to the largest of them; of equal
//   ones
//                    to the first by department, then by person.
// The lines of a cost sum to its amount. Left is what is not vetted, what goes by shares while nothing is decided, and
// a reversal of what is left.
absl::StatusOr<Allocated> Allocate(const std::vector<v1::Cost>& costs, const AllocationBasis& basis);
// Something is allocated; otherwise FAILED_PRECONDITION, which says what to do first.
absl::Status CheckAllocated(const std::string& service_case, const Allocated& allocated);

// What each bearer bears of these lines, by currency, bearer and person.
std::vector<v1::BearerTotal> TotalsOf(const std::vector<v1::AllocationLine>& lines);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_SETTLEMENT_ALLOCATION_RULES_H_
