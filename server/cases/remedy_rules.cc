#include "server/cases/remedy_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

// The case has what the step needs, but not in this order: says what comes first.
absl::Status NotYet(const v1::Case& service_case, const std::string& state, const std::string& text,
                    const std::string& allowed) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(service_case.name(), " ", text))
      .With("resource", service_case.name())
      .With("state", state)
      .With("allowed", allowed);
}

std::string Words(const std::vector<v1::Remedy>& remedies, const std::string& joint) {
  std::vector<std::string> words;
  for (const v1::Remedy remedy : remedies) words.push_back(Word(remedy));
  return absl::StrJoin(words, joint);
}

absl::Status NotAllowed(const policy::Pack& pack, const std::string& resource, v1::Remedy remedy,
                        const policy::Facts& facts) {
  const std::vector<v1::Remedy> allowed = AllowedRemedies(pack, facts);
  const std::vector<const policy::RemedyRule*> rules = policy::RulesOfRemedy(pack, remedy);
  std::set<std::string> clauses;
  std::vector<std::string> asked;
  for (const policy::RemedyRule* rule : rules) {
    clauses.insert(rule->clauses.begin(), rule->clauses.end());
    asked.push_back(absl::StrCat(AskedFor(rule->where), " (", absl::StrJoin(rule->clauses, ", "), ")"));
  }
  Error error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_REMEDY_NOT_ALLOWED,
              absl::StrCat(Word(remedy), " is not allowed for ", resource, ": ",
                           rules.empty() ? std::string("the policy pack has no rule that gives it")
                                         : absl::StrCat("it asks that ", absl::StrJoin(asked, "; or that ")),
                           ". Allowed ", allowed.empty() ? "is nothing on these facts" : "on these facts: ",
                           Words(allowed, ", "), "."));
  error.With("resource", resource)
      .With("remedy", Word(remedy))
      .With("allowed", Words(allowed, ","))
      .With("clauses", absl::StrJoin(clauses, ","));
  for (size_t i = 0; i < rules.size(); ++i) {
    error.Violates(
        {absl::StrCat("remedy-", Word(remedy, '-')), resource, absl::StrCat(rules[i]->title, ": ", asked[i])});
  }
  return error;
}

}  // namespace

std::vector<v1::Remedy> AllowedRemedies(const policy::Pack& pack, const policy::Facts& facts) {
  std::vector<v1::Remedy> allowed;
  for (int number = v1::Remedy_MIN + 1; number <= v1::Remedy_MAX; ++number) {
    const auto remedy = static_cast<v1::Remedy>(number);
    if (pack.remedies.empty() || policy::RemedyAllowed(pack, remedy, facts) != nullptr) allowed.push_back(remedy);
  }
  return allowed;
}

absl::StatusOr<AllowedRemedy> AllowRemedy(const policy::Pack& pack, const std::string& resource, v1::Remedy remedy,
                                          const policy::Facts& facts) {
  if (pack.remedies.empty()) return AllowedRemedy{remedy == v1::REMEDY_PAID_SERVICE, "", {}};
  const policy::RemedyRule* rule = policy::RemedyAllowed(pack, remedy, facts);
  if (rule == nullptr) return NotAllowed(pack, resource, remedy, facts);
  return AllowedRemedy{rule->charged, rule->title, rule->clauses};
}

policy::Facts FactsForRemedy(const v1::Case& service_case) {
  policy::Facts facts = FactsOf(service_case);
  for (const char* decided : {"remedy", "charged"}) facts.erase(decided);
  return facts;
}

void TakeBackRemedy(v1::Case& service_case) {
  service_case.clear_remedy();
  service_case.clear_charged();
  service_case.clear_remedy_decision();
  service_case.clear_quote();
}

void JudgeRemedyAgain(const policy::Pack& pack, v1::Case& service_case) {
  if (service_case.remedy() == v1::REMEDY_UNSPECIFIED) return;
  const absl::StatusOr<AllowedRemedy> allowed =
      AllowRemedy(pack, service_case.name(), service_case.remedy(), FactsForRemedy(service_case));
  if (!allowed.ok() || allowed->charged != service_case.charged()) TakeBackRemedy(service_case);
}

std::string AskedFor(const std::vector<policy::FactSet>& where) {
  if (where.empty()) return "nothing in particular holds";
  std::vector<std::string> sets;
  for (const policy::FactSet& set : where) {
    std::vector<std::string> facts;
    for (const auto& [name, values] : set) facts.push_back(absl::StrCat(name, " is ", absl::StrJoin(values, " or ")));
    sets.push_back(absl::StrJoin(facts, " and "));
  }
  return absl::StrJoin(sets, ", or ");
}

absl::Status CheckQuote(const v1::Case& service_case, const v1::Money& price) {
  if (price.minor_units() <= 0) {
    return FieldError("price.minor_units", "is not more than nothing; give the price in the currency's smallest unit");
  }
  if (service_case.charged()) return absl::OkStatus();
  return service_case.remedy() == v1::REMEDY_UNSPECIFIED
             ? NotYet(service_case, "undecided", "has no remedy yet: decide one that the customer pays for first.",
                      "charged")
             : NotYet(service_case, "free",
                      absl::StrCat("gets ", Word(service_case.remedy()), ", for which the customer does not pay."),
                      "charged");
}

absl::Status CheckAgreement(const v1::Case& service_case) {
  if (!service_case.charged() || !service_case.has_quote()) {
    return NotYet(service_case, "unquoted", "has no price that the customer could agree to: quote one first.",
                  "quoted");
  }
  if (!service_case.quote().has_agree_time()) return absl::OkStatus();
  return NotYet(service_case, "agreed",
                "has the customer's agreement to its price already; a new quote asks for another.", "quoted");
}

absl::Status CheckExplanation(const v1::Case& service_case) {
  if (service_case.cause() != v1::CAUSE_IMPROPER_USE) {
    return NotYet(service_case, service_case.cause() == 0 ? "undetermined" : Word(service_case.cause()),
                  "has no improper use to explain: its cause is not determined as that.", "improper_use");
  }
  if (!service_case.improper_use().accepted()) return absl::OkStatus();
  return NotYet(service_case, "accepted", "needs no other explanation: the user has accepted the one given.",
                "unaccepted");
}

absl::Status CheckReply(const v1::Case& service_case) {
  if (service_case.cause() != v1::CAUSE_IMPROPER_USE || !service_case.has_improper_use()) {
    return NotYet(service_case, "unexplained",
                  "has no explanation that the user could reply to: explain improper use first.", "explained");
  }
  if (!service_case.improper_use().has_reply_time()) return absl::OkStatus();
  return NotYet(service_case, "replied",
                "has the user's reply to the last explanation already; explain it again first.", "explained");
}

}  // namespace aftersales
