// Whether the warranty covers a case: from the contract's terms, the equipment's dates, the notice and the cause, by
// the pack's rules. Nobody types it in. Pure.
#ifndef AFTERSALES_SERVER_CASES_COVERAGE_RULES_H_
#define AFTERSALES_SERVER_CASES_COVERAGE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "server/policy/pack.h"

namespace aftersales {

// What the directory knows of those whom a case concerns; what there is not has no name. Only what cases ask about is
// filled in.
struct Parties {
  v1::Customer customer;
  v1::Equipment equipment;
  v1::Product product;           // the equipment's
  v1::Contract contract;         // the equipment's
  v1::Site site;                 // the case's own
  std::string equipment_region;  // of the site on which the equipment stands
};

// The customer exists, the equipment is one that we sold to this customer (GT-2), the site is the customer's.
absl::Status CheckParties(const Parties& parties, const v1::Case& service_case);

// Takes over into the case what follows from its parties under its pack: product, region tier, what rules ask about,
// and the coverage. A decided remedy that the pack does not give on that any more has to be decided anew.
void SettleParties(const policy::Pack& pack, const Parties& parties, v1::Case& service_case);
// Of that the coverage alone, with what it makes of the remedy: what clocks follow from stays as it was.
void SettleCoverage(const policy::Pack& pack, const Parties& parties, v1::Case& service_case);

// Whether the warranty ran at the notice: state, dates, contract, provision and the reasoning. The contract's term
// counts where it has one; else the end that the directory has for the equipment. `equipment` without a name: none is
// known; `contract` without one: it was sold under none. Months are calendar months in `zone`.
v1::Coverage WarrantyAt(absl::Time notice, const v1::Equipment& equipment, const v1::Contract& contract,
                        absl::TimeZone zone);

// The case's coverage under a pack: the warranty, the coverage rule that decides on the case's facts, and the remedies
// allowed then.
v1::Coverage CoverageOf(const policy::Pack& pack, const v1::Case& service_case, const v1::Equipment& equipment,
                        const v1::Contract& contract);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_COVERAGE_RULES_H_
