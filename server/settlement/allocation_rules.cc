#include "server/settlement/allocation_rules.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/policy/rules.h"
#include "server/settlement/settlement_rules.h"

namespace aftersales {
namespace {

v1::AllocationLine LineOf(const v1::Cost& cost, int64_t amount, std::string bearer, std::string rule) {
  v1::AllocationLine line;
  line.set_cost(cost.name());
  line.set_category(cost.category());
  line.mutable_amount()->set_currency_code(cost.amount().currency_code());
  line.mutable_amount()->set_minor_units(amount);
  line.set_bearer(std::move(bearer));
  line.set_rule(std::move(rule));
  return line;
}

v1::AllocationLine ByRule(const v1::Cost& cost, const policy::CostRule& rule) {
  v1::AllocationLine line =
      LineOf(cost, cost.amount().minor_units(), rule.borne_by, absl::StrCat("cost-rule ", rule.name));
  for (const std::string& clause : rule.clauses) line.add_clauses(clause);
  return line;
}

// The largest first, so that what is left over is the first's; the order of the proposal is of no consequence.
std::vector<v1::ResponsibilityShare> LargestFirst(const v1::Responsibility& decided) {
  std::vector<v1::ResponsibilityShare> shares(decided.shares().begin(), decided.shares().end());
  const auto key = [](const v1::ResponsibilityShare& share) {
    return std::make_tuple(-share.basis_points(), Word(share.department()), share.staff_member());
  };
  std::sort(shares.begin(), shares.end(), [&](const auto& one, const auto& other) { return key(one) < key(other); });
  return shares;
}

std::vector<v1::AllocationLine> ByShares(const v1::Cost& cost, const std::vector<v1::ResponsibilityShare>& shares) {
  const int64_t amount = cost.amount().minor_units();  // at most 10^12, so that the product fits
  std::vector<v1::AllocationLine> lines;
  int64_t left = amount;
  for (const v1::ResponsibilityShare& share : shares) {
    lines.push_back(LineOf(cost, amount * share.basis_points() / kWholeShare, Word(share.department()), "share"));
    lines.back().set_staff_member(share.staff_member());
    lines.back().set_basis_points(share.basis_points());
    left -= lines.back().amount().minor_units();
  }
  v1::Money& largest = *lines.front().mutable_amount();
  largest.set_minor_units(largest.minor_units() + left);
  // Of a few units a small share is nothing.
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [](const v1::AllocationLine& line) { return line.amount().minor_units() == 0; }),
              lines.end());
  return lines;
}

std::vector<v1::AllocationLine> TakenBack(const v1::Cost& reversal, const std::vector<v1::AllocationLine>& original) {
  std::vector<v1::AllocationLine> lines = original;
  for (v1::AllocationLine& line : lines) {
    line.set_cost(reversal.name());
    line.mutable_amount()->set_minor_units(-line.amount().minor_units());
    line.set_rule("reversal");
  }
  return lines;
}

const policy::CostRule* RuleFor(const v1::Cost& cost, const AllocationBasis& basis) {
  for (const policy::CostRule& rule : *basis.rules) {
    const auto& categories = rule.categories;
    if ((categories.empty() || std::find(categories.begin(), categories.end(), cost.category()) != categories.end()) &&
        policy::Holds(rule.where, basis.facts)) {
      return &rule;
    }
  }
  return nullptr;
}

// Why the cost cannot be allocated before anything is reckoned, where that is so.
v1::LeftReason LeftReasonOf(const v1::Cost& cost, const AllocationBasis& basis) {
  if (cost.state() != v1::COST_STATE_VETTED) return v1::LEFT_REASON_NOT_VETTED;
  const bool by_shares = cost.reversal_of().empty() && !cost.customer_pays() && RuleFor(cost, basis) == nullptr;
  return by_shares && basis.decided == nullptr ? v1::LEFT_REASON_NOT_DECIDED : v1::LEFT_REASON_UNSPECIFIED;
}

std::map<std::string, v1::LeftReason> LeftOf(const std::vector<v1::Cost>& costs, const AllocationBasis& basis) {
  std::map<std::string, v1::LeftReason> left;
  for (const v1::Cost& cost : costs) {
    if (const v1::LeftReason reason = LeftReasonOf(cost, basis); reason != v1::LEFT_REASON_UNSPECIFIED) {
      left[cost.name()] = reason;
    }
  }
  for (const v1::Cost& cost : costs) {
    if (left.count(cost.reversal_of()) > 0) left.emplace(cost.name(), v1::LEFT_REASON_ORIGINAL_LEFT);
  }
  return left;
}

}  // namespace

absl::StatusOr<Allocated> Allocate(const std::vector<v1::Cost>& costs, const AllocationBasis& basis) {
  std::vector<v1::ResponsibilityShare> shares;
  if (basis.decided != nullptr) shares = LargestFirst(*basis.decided);
  Allocated allocated;
  const std::map<std::string, v1::LeftReason> left = LeftOf(costs, basis);
  LinesByCost lines = basis.allocated;
  for (const v1::Cost& cost : costs) {
    if (left.count(cost.name()) > 0) continue;
    if (!cost.reversal_of().empty()) continue;  // after what they take back
    std::vector<v1::AllocationLine>& of_cost = lines[cost.name()];
    if (cost.customer_pays()) {
      of_cost = {LineOf(cost, cost.amount().minor_units(), Word(v1::ROLE_CUSTOMER), "customer-pays")};
    } else if (const policy::CostRule* rule = RuleFor(cost, basis); rule != nullptr) {
      of_cost = {ByRule(cost, *rule)};
    } else {
      of_cost = ByShares(cost, shares);
      allocated.by_shares = true;
    }
  }
  for (const v1::Cost& cost : costs) {
    if (cost.reversal_of().empty() || left.count(cost.name()) > 0) continue;
    const auto original = lines.find(cost.reversal_of());
    if (original == lines.end()) {
      return InternalError(absl::StrCat(cost.name(), " takes ", cost.reversal_of(), " back, which is not allocated."));
    }
    lines[cost.name()] = TakenBack(cost, original->second);
  }
  for (const v1::Cost& cost : costs) {
    if (const auto reason = left.find(cost.name()); reason != left.end()) {
      v1::LeftCost& left_cost = allocated.left.emplace_back();
      left_cost.set_cost(cost.name());
      left_cost.set_reason(reason->second);
      allocated.complete = allocated.complete && reason->second == v1::LEFT_REASON_NOT_VETTED;
      continue;
    }
    const std::vector<v1::AllocationLine>& of_cost = lines[cost.name()];
    allocated.lines.insert(allocated.lines.end(), of_cost.begin(), of_cost.end());
    allocated.costs.push_back(cost.name());
  }
  return allocated;
}

absl::Status CheckAllocated(const std::string& service_case, const Allocated& allocated) {
  if (!allocated.costs.empty()) return absl::OkStatus();
  std::string text =
      absl::StrCat(service_case, " has no vetted costs that are not allocated. Have its costs vetted first.");
  for (const v1::LeftCost& left : allocated.left) {
    if (left.reason() != v1::LEFT_REASON_NOT_DECIDED) continue;
    text = absl::StrCat(left.cost(),
                        " goes by the shares of those who answer for the case, and nothing is decided about these. "
                        "Propose the responsibility and have it decided, then allocate.");
    break;
  }
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS, text)
      .With("resource", service_case);
}

std::vector<v1::BearerTotal> TotalsOf(const std::vector<v1::AllocationLine>& lines) {
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> sums;
  for (const v1::AllocationLine& line : lines) {
    sums[{line.amount().currency_code(), line.bearer(), line.staff_member()}] += line.amount().minor_units();
  }
  std::vector<v1::BearerTotal> totals;
  for (const auto& [key, sum] : sums) {
    v1::BearerTotal& total = totals.emplace_back();
    total.mutable_amount()->set_currency_code(std::get<0>(key));
    total.set_bearer(std::get<1>(key));
    total.set_staff_member(std::get<2>(key));
    total.mutable_amount()->set_minor_units(sum);
  }
  return totals;
}

}  // namespace aftersales
