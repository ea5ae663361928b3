#include "server/cases/case_facts.h"

#include "server/base/names.h"

namespace aftersales {
namespace {

void SetWord(policy::Facts& facts, const std::string& name, const std::string& value) {
  if (!value.empty()) facts[name] = value;
}

template <typename Enum>
void SetEnum(policy::Facts& facts, const std::string& name, Enum value) {
  if (value != 0) facts[name] = Word(value);
}

std::string InWarranty(v1::WarrantyState state) {
  switch (state) {
    case v1::WARRANTY_STATE_RUNNING: return "true";
    case v1::WARRANTY_STATE_ENDED: return "false";
    default: return "unknown";
  }
}

}  // namespace

std::string Truth(bool holds) { return holds ? "true" : "false"; }

policy::Facts FactsOf(const v1::Case& service_case) {
  policy::Facts facts;
  facts["subject"] = Word(service_case.subject());
  facts["emergency"] = Truth(service_case.emergency());
  SetWord(facts, "type", service_case.type());
  SetEnum(facts, "service_mode", service_case.service_mode());
  SetWord(facts, "classification", service_case.classification());
  SetEnum(facts, "severity", service_case.severity());
  SetWord(facts, "tier", service_case.tier());
  SetWord(facts, "customer_tier", service_case.facts().customer_tier());
  facts["key_product"] = Truth(service_case.facts().key_product());
  facts["large_scale"] = Truth(service_case.facts().large_scale());
  facts["equipment_known"] = Truth(!service_case.equipment().empty());
  if (!service_case.equipment().empty()) facts["commissioned"] = Truth(service_case.facts().commissioned());
  facts["in_warranty"] = InWarranty(service_case.coverage().warranty());
  if (const v1::CoverageDecision decision = service_case.coverage().decision();
      decision == v1::COVERAGE_DECISION_COVERED || decision == v1::COVERAGE_DECISION_NOT_COVERED) {
    facts["covered"] = Truth(decision == v1::COVERAGE_DECISION_COVERED);
  }
  if (service_case.cause() != v1::CAUSE_UNSPECIFIED) {
    const v1::Findings& findings = service_case.findings();
    facts["cause"] = Word(service_case.cause());
    facts["endangers_safety"] = Truth(findings.endangers_safety());
    facts["irreparable"] = Truth(findings.irreparable());
    facts["not_as_contract"] = Truth(findings.not_as_contract());
    facts["large_loss"] = Truth(findings.large_loss());
  }
  if (service_case.remedy() != v1::REMEDY_UNSPECIFIED) {
    facts["remedy"] = Word(service_case.remedy());
    facts["charged"] = Truth(service_case.charged());
  }
  return facts;
}

policy::Facts FactsOf(const v1::Contact& contact) {
  policy::Facts facts;
  facts["channel"] = Word(contact.channel());
  SetWord(facts, "type", contact.type());
  SetEnum(facts, "severity", contact.severity());
  SetWord(facts, "customer_tier", contact.facts().customer_tier());
  return facts;
}

}  // namespace aftersales
