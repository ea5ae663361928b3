// Steps that several walks through Guangtian's procedure share.
#ifndef AFTERSALES_TESTS_SCENARIO_GUANGTIAN_STEPS_H_
#define AFTERSALES_TESTS_SCENARIO_GUANGTIAN_STEPS_H_

#include <string>

#include "tests/scenario/company.h"

namespace aftersales::testing {

// A picking list for one valve, which the store has.
v1::PickingList SubmittedList(Company& company, const std::string& service_case);

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_GUANGTIAN_STEPS_H_
