// What a dispute about a contract must satisfy. Pure.
#ifndef AFTERSALES_SERVER_CASES_DISPUTE_RULES_H_
#define AFTERSALES_SERVER_CASES_DISPUTE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"

namespace aftersales {

// The contract is with the case's customer, and has every provision that the dispute is about.
absl::Status CheckDispute(const v1::Dispute& dispute, const v1::Contract& contract, const std::string& customer);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_DISPUTE_RULES_H_
