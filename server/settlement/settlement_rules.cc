#include "server/settlement/settlement_rules.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/currency.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/base/transitions.h"
#include "server/cases/case_rules.h"
#include "server/cases/contact_rules.h"

namespace aftersales {
namespace {

// A step that the state allows and something else about the resource does not.
absl::Status ForbiddenError(const std::string& resource, const std::string& text) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS, absl::StrCat(resource, " ", text))
      .With("resource", resource);
}

}  // namespace

std::string Participle(ResponsibilityStep step) {
  switch (step) {
    case ResponsibilityStep::kReport: return "reported";
    case ResponsibilityStep::kDecide: return "decided";
    case ResponsibilityStep::kReject: return "turned down";
    case ResponsibilityStep::kSupersede: return "superseded";
  }
  return "changed";
}

std::string Participle(CostStep step) {
  switch (step) {
    case CostStep::kAgree: return "agreed to";
    case CostStep::kVet: return "vetted";
    case CostStep::kReject: return "turned down";
    case CostStep::kReverse: return "reversed";
    case CostStep::kAllocate: return "allocated";
  }
  return "changed";
}

absl::Status TakeStep(ResponsibilityStep step, v1::Responsibility& responsibility) {
  return TakeStepOf(kResponsibilityTransitions, step, responsibility);
}

absl::Status TakeStep(CostStep step, v1::Cost& cost) { return TakeStepOf(kCostTransitions, step, cost); }

absl::Status CheckShares(const v1::Responsibility& responsibility) {
  int64_t sum = 0;
  std::set<std::pair<int, std::string>> named;
  for (int i = 0; i < responsibility.shares_size(); ++i) {
    const v1::ResponsibilityShare& share = responsibility.shares(i);
    const std::string field = absl::StrCat("responsibility.shares[", i, "]");
    RETURN_IF_ERROR(CheckDepartment(absl::StrCat(field, ".department"), share.department()));
    if (!named.insert({share.department(), share.staff_member()}).second) {
      return FieldError(field, absl::StrCat(Word(share.department()), share.staff_member().empty() ? "" : " with ",
                                            share.staff_member(), " has a share already; make one of the two"));
    }
    sum += share.basis_points();
  }
  if (sum == kWholeShare) return absl::OkStatus();
  return FieldError("responsibility.shares",
                    absl::StrCat("sum to ", sum, " hundredths of a percent; they must be ", kWholeShare, " together"));
}

absl::Status CheckMoreReports(const v1::Responsibility& responsibility) {
  if (responsibility.reports_size() < kMostReports) return absl::OkStatus();
  return ForbiddenError(responsibility.name(),
                        absl::StrCat("was reported ", kMostReports, " times, which is all that is kept."));
}

absl::Status SettleCost(v1::Cost& cost, absl::Time now) {
  const int64_t amount = cost.amount().minor_units();
  if (amount < 1 || amount > kLargestCost) {
    return FieldError("cost.amount.minor_units",
                      absl::StrCat("must lie between 1 and ", kLargestCost,
                                   "; what was recorded wrongly is taken back by a reversal, not by an amount below "
                                   "zero"));
  }
  std::optional<absl::Time> told;
  if (cost.has_incur_time()) told = FromProto(cost.incur_time());
  ASSIGN_OR_RETURN(const absl::Time arose, PastTime("cost.incur_time", told, now));
  *cost.mutable_incur_time() = ToProto(arose);
  return absl::OkStatus();
}

absl::Status CheckMoreCosts(const std::string& service_case, const CostCount& costs) {
  if (costs.standing >= kMostCosts) {
    return ForbiddenError(service_case, absl::StrCat("has ", kMostCosts,
                                                     " costs, which is all that a case takes. Record several in one."));
  }
  if (costs.ever < kMostCostsEver) return absl::OkStatus();
  return ForbiddenError(service_case,
                        absl::StrCat("has had ", kMostCostsEver,
                                     " costs with those turned down, which is all that a case takes. Record what is "
                                     "left under another case."));
}

absl::Status CheckAgreeable(const v1::Cost& cost) {
  if (!cost.customer_pays()) {
    return ForbiddenError(cost.name(), absl::StrCat("(", ForPeople(cost.amount()),
                                                    ") is not to be paid by the customer, so there is nothing to agree "
                                                    "to."));
  }
  if (!cost.reversal_of().empty()) {
    return ForbiddenError(cost.name(), absl::StrCat("takes ", cost.reversal_of(),
                                                    " back, which the customer does not have to agree to."));
  }
  if (!cost.has_agreement()) return absl::OkStatus();
  return ForbiddenError(cost.name(), absl::StrCat("was agreed to already, as ", cost.agreement_recorded_by(),
                                                  " recorded at ", ForPeople(FromProto(cost.agree_time())), "."));
}

absl::Status CheckReversible(const v1::Cost& cost) {
  if (!cost.reversal_of().empty()) {
    return ForbiddenError(cost.name(), absl::StrCat("takes ", cost.reversal_of(),
                                                    " back and is not taken back itself. Record the cost again."));
  }
  if (cost.reversed_by().empty()) return absl::OkStatus();
  return ForbiddenError(cost.name(), absl::StrCat("is taken back by ", cost.reversed_by(), " already."));
}

v1::Cost ReversalOf(const v1::Cost& cost, const std::string& reason, absl::Time now) {
  v1::Cost reversal;
  reversal.set_state(v1::COST_STATE_SUBMITTED);
  reversal.set_service_case(cost.service_case());
  reversal.set_category(cost.category());
  reversal.mutable_amount()->set_currency_code(cost.amount().currency_code());
  reversal.mutable_amount()->set_minor_units(-cost.amount().minor_units());
  reversal.set_text(reason);
  reversal.set_visit(cost.visit());
  *reversal.mutable_incur_time() = ToProto(now);
  reversal.set_customer_pays(cost.customer_pays());
  reversal.set_reversal_of(cost.name());
  return reversal;
}

}  // namespace aftersales
