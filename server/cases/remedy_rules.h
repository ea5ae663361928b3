// What may be done for a customer, and what paid work and improper use ask for. Pure.
#ifndef AFTERSALES_SERVER_CASES_REMEDY_RULES_H_
#define AFTERSALES_SERVER_CASES_REMEDY_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/case.pb.h"
#include "server/policy/pack.h"

namespace aftersales {

// The remedies that the pack allows on these facts, in the order of the API. A pack without rules on remedies allows
// all.
std::vector<v1::Remedy> AllowedRemedies(const policy::Pack& pack, const policy::Facts& facts);

// A remedy as it was found to be allowed.
struct AllowedRemedy {
  bool charged = false;
  std::string rule;  // in the pack's words; empty where the pack has no rules on remedies
  std::vector<std::string> clauses;
};

// Refused where the pack does not allow it on these facts: says what its rules ask for, by which clauses, and which
// remedies are allowed.
absl::StatusOr<AllowedRemedy> AllowRemedy(const policy::Pack& pack, const std::string& resource, v1::Remedy remedy,
                                          const policy::Facts& facts);

// The case's facts without what was decided on them.
policy::Facts FactsForRemedy(const v1::Case& service_case);
// Nothing is decided any more, nor is the price named that was for it.
void TakeBackRemedy(v1::Case& service_case);
// Takes back what was decided where the pack does not give it on the facts any more, or not for the same charge.
void JudgeRemedyAgain(const policy::Pack& pack, v1::Case& service_case);

// "cause is design or manufacture, and covered is true": what a rule asks for, for people.
std::string AskedFor(const std::vector<policy::FactSet>& where);

// A price can be named: the remedy is charged, and the price is more than nothing.
absl::Status CheckQuote(const v1::Case& service_case, const v1::Money& price);
// The customer can agree to the price: one was named, and not agreed to yet.
absl::Status CheckAgreement(const v1::Case& service_case);
// Improper use can be explained: it is the cause, and the user has not accepted an explanation yet.
absl::Status CheckExplanation(const v1::Case& service_case);
// The user can reply: there is an explanation without a reply.
absl::Status CheckReply(const v1::Case& service_case);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_REMEDY_RULES_H_
