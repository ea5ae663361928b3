#include "server/cases/dispute_rules.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// Numbers named in an error, at most: a contract may have hundreds.
constexpr size_t kMostNamed = 20;

}  // namespace

absl::Status CheckDispute(const v1::Dispute& dispute, const v1::Contract& contract, const std::string& customer) {
  if (contract.customer() != customer) {
    return ReferenceError("dispute.contract", contract.name(),
                          absl::StrCat("is a contract with ", contract.customer(), ", not with ", customer));
  }
  std::vector<std::string> numbers;
  for (const v1::ContractProvision& provision : contract.provisions()) numbers.push_back(provision.number());
  for (int i = 0; i < dispute.provisions_size(); ++i) {
    if (std::find(numbers.begin(), numbers.end(), dispute.provisions(i)) != numbers.end()) continue;
    const bool more = numbers.size() > kMostNamed;
    if (more) numbers.resize(kMostNamed);
    return FieldError(absl::StrCat("dispute.provisions[", i, "]"),
                      numbers.empty() ? absl::StrCat("no provisions are entered of contract ", contract.number())
                                      : absl::StrCat("is no provision of contract ", contract.number(), "; it has ",
                                                     absl::StrJoin(numbers, ", "), more ? " ..." : ""));
  }
  return absl::OkStatus();
}

}  // namespace aftersales
