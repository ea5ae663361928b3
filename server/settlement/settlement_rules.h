// Decisions about proposals of responsibility and about costs: which step is possible when, and what they must satisfy.
// Pure: values in, values out.
#ifndef AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_RULES_H_
#define AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_RULES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/settlement.pb.h"

namespace aftersales {

enum class ResponsibilityStep { kReport, kDecide, kReject, kSupersede };

struct ResponsibilityTransition {
  v1::ResponsibilityState from;
  ResponsibilityStep step;
  v1::ResponsibilityState to;
};

// Everything that is possible. A new proposal supersedes the one before, a new decision the decision before; so a case
// has at most one of each.
inline constexpr ResponsibilityTransition kResponsibilityTransitions[] = {
    {v1::RESPONSIBILITY_STATE_PROPOSED, ResponsibilityStep::kReport, v1::RESPONSIBILITY_STATE_PROPOSED},
    {v1::RESPONSIBILITY_STATE_PROPOSED, ResponsibilityStep::kDecide, v1::RESPONSIBILITY_STATE_DECIDED},
    {v1::RESPONSIBILITY_STATE_PROPOSED, ResponsibilityStep::kReject, v1::RESPONSIBILITY_STATE_REJECTED},
    {v1::RESPONSIBILITY_STATE_PROPOSED, ResponsibilityStep::kSupersede, v1::RESPONSIBILITY_STATE_SUPERSEDED},
    {v1::RESPONSIBILITY_STATE_DECIDED, ResponsibilityStep::kSupersede, v1::RESPONSIBILITY_STATE_SUPERSEDED},
};

enum class CostStep { kAgree, kVet, kReject, kReverse, kAllocate };

struct CostTransition {
  v1::CostState from;
  CostStep step;
  v1::CostState to;
};

// Everything that is possible; a cost is never edited.
inline constexpr CostTransition kCostTransitions[] = {
    {v1::COST_STATE_SUBMITTED, CostStep::kAgree, v1::COST_STATE_SUBMITTED},
    {v1::COST_STATE_SUBMITTED, CostStep::kVet, v1::COST_STATE_VETTED},
    {v1::COST_STATE_SUBMITTED, CostStep::kReject, v1::COST_STATE_REJECTED},
    {v1::COST_STATE_VETTED, CostStep::kReverse, v1::COST_STATE_VETTED},
    {v1::COST_STATE_VETTED, CostStep::kAllocate, v1::COST_STATE_VETTED},
};

// What follows "cannot be" when the step is refused: "vetted".
std::string Participle(ResponsibilityStep step);
std::string Participle(CostStep step);

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(ResponsibilityStep step, v1::Responsibility& responsibility);
absl::Status TakeStep(CostStep step, v1::Cost& cost);

// All shares of a proposal together: a hundred percent in hundredths of a percent.
inline constexpr int kWholeShare = 10000;
inline constexpr int kMostReports = 20;

// Departments answer, each of them and each person once, and the shares are the whole.
absl::Status CheckShares(const v1::Responsibility& responsibility);
// A proposal takes so many reports and no more.
absl::Status CheckMoreReports(const v1::Responsibility& responsibility);

inline constexpr int64_t kLargestCost = 1'000'000'000'000;
// Costs of a case that are not turned down, without reversals, of which at most one for each cost stands.
inline constexpr int kMostCosts = 200;
// Costs, and as many reversals, with those turned down.
inline constexpr int kMostCostsEver = 1000;
// What one run of the allocation finds at most: each cost and its reversal.
inline constexpr int kMostAllocated = 2 * kMostCosts;

// How many costs, or reversals, a case has: those that are not turned down, and all.
struct CostCount {
  int standing = 0;
  int ever = 0;
};

// Settles when a new cost arose: now where it is not said. Its amount is more than nothing and within bounds.
absl::Status SettleCost(v1::Cost& cost, absl::Time now);
// A case takes one more cost, or one more reversal, when it has so many of them.
absl::Status CheckMoreCosts(const std::string& service_case, const CostCount& costs);

// The customer can agree to it: is to pay it, and has not agreed yet.
absl::Status CheckAgreeable(const v1::Cost& cost);
// It can be taken back: it takes none back itself, and no other does.
absl::Status CheckReversible(const v1::Cost& cost);
// The cost that takes `cost` back: the opposite amount, of the same kind.
v1::Cost ReversalOf(const v1::Cost& cost, const std::string& reason, absl::Time now);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_SETTLEMENT_SETTLEMENT_RULES_H_
