// Return visits to customers, as several procedures demand them: what is owed in every quarter, and what counts.
#ifndef AFTERSALES_TESTS_SCENARIO_RETURN_VISITS_H_
#define AFTERSALES_TESTS_SCENARIO_RETURN_VISITS_H_

#include <string>
#include <vector>

#include "tests/scenario/walks.h"

namespace aftersales::testing {

// A customer of its own at whom equipment was just installed.
std::string AddUser(Company& company);

// Customer service calls a customer.
v1::Callback CallCustomer(Company& company, const std::string& customer, bool reached);

// What a customer says, recorded by customer service, as `with` changes it.
absl::StatusOr<v1::Feedback> Say(Company& company, v1::FeedbackKind kind, const std::string& customer,
                                 const std::function<void(v1::Feedback&)>& with = {});

struct QuarterlyProof {
  std::string clause;
  std::string kind;
  bool stated = false;
  v1::Role told = v1::ROLE_UNSPECIFIED;  // when it is late
  // Brings up something that was due a moment ago: once it has fired, the server has looked at what is due.
  std::function<v1::Obligation()> overdue;
};

// Shows that a call is owed to each user until the quarter's end, and in the next quarter again, over a restart once
// each.
void ProveQuarterlyCalls(Company& company, const QuarterlyProof& proof);

// Of a kind, what a root owes, the newest last.
std::vector<v1::Obligation> AllOfKind(Company& company, const std::string& root, const std::string& kind);

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_RETURN_VISITS_H_
