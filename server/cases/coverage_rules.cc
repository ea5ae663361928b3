#include "server/cases/coverage_rules.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/remedy_rules.h"
#include "server/policy/calendar.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

// What a warranty is counted from: in words, and when it was.
struct Beginning {
  std::string what;
  std::optional<absl::Time> time;
};

Beginning BeginningOf(const v1::Equipment& equipment, const v1::Contract& contract) {
  const auto at = [](bool known, const google::protobuf::Timestamp& time) {
    return known ? std::optional<absl::Time>(FromProto(time)) : std::nullopt;
  };
  switch (contract.warranty_start()) {
    case v1::WARRANTY_START_INSTALLATION:
      return {"the installation", at(equipment.has_install_time(), equipment.install_time())};
    case v1::WARRANTY_START_COMMISSIONING:
      return {"commissioning", at(equipment.has_commission_time(), equipment.commission_time())};
    case v1::WARRANTY_START_SIGNING:
      return {"the signing of the contract", at(contract.has_sign_time(), contract.sign_time())};
    default: return {"the delivery", at(equipment.has_delivery_time(), equipment.delivery_time())};
  }
}

std::string Day(absl::Time time, absl::TimeZone zone) { return absl::FormatTime("%Y-%m-%d", time, zone); }

void Judge(v1::Coverage& coverage, absl::Time notice, absl::TimeZone zone) {
  const absl::Time end = FromProto(coverage.end_time());
  const bool running = notice < end;
  coverage.set_warranty(running ? v1::WARRANTY_STATE_RUNNING : v1::WARRANTY_STATE_ENDED);
  const bool early = coverage.has_start_time() && notice < FromProto(coverage.start_time());
  absl::StrAppend(coverage.mutable_text(), "; the notice came on ", Day(notice, zone),
                  early     ? ", before it began."
                  : running ? ", while it ran."
                            : ", after it had ended.");
}

// Where the work is: the case's own site, else where the equipment stands, else the customer's main region.
std::string RegionOf(const Parties& parties) {
  for (const std::string* region : {&parties.site.region(), &parties.equipment_region, &parties.equipment.region()}) {
    if (!region->empty()) return *region;
  }
  return parties.customer.region();
}

}  // namespace

absl::Status CheckParties(const Parties& parties, const v1::Case& service_case) {
  if (parties.customer.name().empty()) {
    return ReferenceError(
        "service_case.customer", service_case.customer(),
        absl::StrCat(service_case.customer(), " does not exist. Check the name, or create it first."));
  }
  if (!service_case.equipment().empty()) {
    if (parties.equipment.name().empty()) {
      return ReferenceError("service_case.equipment", service_case.equipment(),
                            "there is no such equipment; only what we sold is served");
    }
    if (parties.equipment.customer() != service_case.customer()) {
      return ReferenceError(
          "service_case.equipment", service_case.equipment(),
          absl::StrCat("was sold to ", parties.equipment.customer(), ", not to ", service_case.customer(),
                       "; open the case for that customer, or correct the directory"));
    }
  }
  if (service_case.site().empty()) return absl::OkStatus();
  if (parties.site.name().empty()) {
    return ReferenceError("service_case.site", service_case.site(),
                          absl::StrCat(service_case.site(), " does not exist. Check the name, or create it first."));
  }
  if (parties.site.customer() == service_case.customer()) return absl::OkStatus();
  return ReferenceError("service_case.site", service_case.site(),
                        absl::StrCat("is a site of ", parties.site.customer(), ", not of ", service_case.customer(),
                                     "; name one of its own, or leave it empty for the main site"));
}

void SettleParties(const policy::Pack& pack, const Parties& parties, v1::Case& service_case) {
  service_case.set_product(parties.equipment.product());
  v1::CaseFacts& facts = *service_case.mutable_facts();
  facts.set_customer_tier(parties.customer.tier());
  facts.set_key_product(parties.product.key_product());
  facts.set_large_scale(parties.product.large_scale());
  facts.set_commissioned(parties.equipment.has_commission_time() &&
                         FromProto(parties.equipment.commission_time()) <= FromProto(service_case.notice_time()));
  const policy::RegionTier* tier = policy::TierOf(pack, RegionOf(parties));
  service_case.set_tier(tier == nullptr ? "" : tier->name);
  SettleCoverage(pack, parties, service_case);
}

void SettleCoverage(const policy::Pack& pack, const Parties& parties, v1::Case& service_case) {
  *service_case.mutable_coverage() = CoverageOf(pack, service_case, parties.equipment, parties.contract);
  JudgeRemedyAgain(pack, service_case);
}

v1::Coverage WarrantyAt(absl::Time notice, const v1::Equipment& equipment, const v1::Contract& contract,
                        absl::TimeZone zone) {
  v1::Coverage coverage;
  coverage.set_warranty(v1::WARRANTY_STATE_UNKNOWN);
  if (equipment.name().empty()) {
    coverage.set_text("No equipment is named, so that no warranty is known.");
    return coverage;
  }
  if (contract.warranty_months() > 0) {
    coverage.set_contract(contract.name());
    coverage.set_provision(contract.warranty_provision());
    const Beginning beginning = BeginningOf(equipment, contract);
    const std::string provision =
        contract.warranty_provision().empty() ? "" : absl::StrCat(", provision ", contract.warranty_provision());
    const std::string term = absl::StrCat("Contract ", contract.number(), provision, ": ", contract.warranty_months(),
                                          " months from ", beginning.what);
    if (!beginning.time.has_value()) {
      coverage.set_text(absl::StrCat(term,
                                     "; the directory does not say when that was, so that it is not known whether "
                                     "the warranty ran. Enter the date there, then update the case."));
      return coverage;
    }
    const absl::Time end = policy::AddMonths(*beginning.time, contract.warranty_months(), zone);
    *coverage.mutable_start_time() = ToProto(*beginning.time);
    *coverage.mutable_end_time() = ToProto(end);
    coverage.set_text(absl::StrCat(term, " on ", Day(*beginning.time, zone), ", so until ", Day(end, zone)));
    Judge(coverage, notice, zone);
    return coverage;
  }
  const std::string source = contract.name().empty()
                                 ? "It was sold under no contract that we know"
                                 : absl::StrCat("Contract ", contract.number(), " agrees no warranty");
  if (!contract.name().empty()) coverage.set_contract(contract.name());
  if (!equipment.has_warranty_end_time()) {
    coverage.set_text(absl::StrCat(source, ", and the directory has no end of a warranty for ", equipment.name(), "."));
    return coverage;
  }
  *coverage.mutable_end_time() = equipment.warranty_end_time();
  coverage.set_text(absl::StrCat(source, "; the directory has ", Day(FromProto(equipment.warranty_end_time()), zone),
                                 " as the end of the warranty of ", equipment.name()));
  Judge(coverage, notice, zone);
  return coverage;
}

v1::Coverage CoverageOf(const policy::Pack& pack, const v1::Case& service_case, const v1::Equipment& equipment,
                        const v1::Contract& contract) {
  v1::Case judged = service_case;
  *judged.mutable_coverage() = WarrantyAt(FromProto(service_case.notice_time()), equipment, contract, pack.time_zone);
  v1::Coverage& coverage = *judged.mutable_coverage();
  policy::Facts facts = FactsOf(judged);
  facts.erase("covered");  // what is to be found out
  const std::string cause = service_case.cause() == v1::CAUSE_UNSPECIFIED
                                ? "The cause is not determined yet."
                                : absl::StrCat("The cause is ", Word(service_case.cause(), ' '), ".");
  if (const policy::CoverageRule* rule = policy::CoverageOf(pack, facts); rule != nullptr) {
    coverage.set_decision(rule->covered ? v1::COVERAGE_DECISION_COVERED : v1::COVERAGE_DECISION_NOT_COVERED);
    coverage.set_rule(rule->name);
    for (const std::string& clause : rule->clauses) coverage.add_clauses(clause);
    absl::StrAppend(coverage.mutable_text(), " ", cause, " Rule \"", rule->name, "\" (",
                    absl::StrJoin(rule->clauses, ", "), "): ", rule->title, rule->title.empty() ? "" : ". ",
                    rule->covered ? "The company bears it." : "The company does not bear it.");
  } else {
    coverage.set_decision(pack.coverage.empty() ? v1::COVERAGE_DECISION_NO_RULE : v1::COVERAGE_DECISION_NOT_COVERED);
    absl::StrAppend(coverage.mutable_text(), " ", cause,
                    pack.coverage.empty()
                        ? " The policy pack has no rules on coverage, so that it is not decided who bears it."
                        : " No rule of the policy pack on coverage holds, so that the company does not bear it.");
  }
  for (const v1::Remedy remedy : AllowedRemedies(pack, FactsOf(judged))) coverage.add_remedies(remedy);
  return coverage;
}

}  // namespace aftersales
