// What rules may ask about a case or a contact, as facts of a policy pack. Pure.
#ifndef AFTERSALES_SERVER_CASES_CASE_FACTS_H_
#define AFTERSALES_SERVER_CASES_CASE_FACTS_H_

#include "aftersales/v1/case.pb.h"
#include "server/policy/pack.h"

namespace aftersales {

// A fact that is not known yet is left out, so that no rule takes it for "no": the findings before the cause is
// determined, whether the equipment was in operation where none is named, `charged` before a remedy is decided.
policy::Facts FactsOf(const v1::Case& service_case);
policy::Facts FactsOf(const v1::Contact& contact);

// "true" or "false".
std::string Truth(bool holds);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_FACTS_H_
