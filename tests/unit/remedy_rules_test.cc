#include "server/cases/remedy_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

policy::RemedyRule Rule(v1::Remedy remedy, const std::string& clause, std::vector<policy::FactSet> where,
                        bool charged) {
  policy::RemedyRule rule;
  rule.remedy = remedy;
  rule.title = "A rule";
  rule.clauses = {clause};
  rule.where = std::move(where);
  rule.charged = charged;
  return rule;
}

TEST(RemedyRulesTest, TheFirstRuleThatHoldsSaysWhoPays) {
  policy::Pack pack;
  pack.remedies.push_back(Rule(v1::REMEDY_REPAIR, "X-1", {{{"covered", {"true"}}}}, false));
  pack.remedies.push_back(Rule(v1::REMEDY_REPAIR, "X-2", {}, true));
  EXPECT_FALSE(AllowRemedy(pack, "cases/C1", v1::REMEDY_REPAIR, {{"covered", "true"}})->charged);
  const auto paid = AllowRemedy(pack, "cases/C1", v1::REMEDY_REPAIR, {{"covered", "false"}});
  EXPECT_TRUE(paid->charged);
  EXPECT_THAT(paid->clauses, ElementsAre("X-2"));
  EXPECT_THAT(AllowedRemedies(pack, {}), ElementsAre(v1::REMEDY_REPAIR));
}

TEST(RemedyRulesTest, ARefusalSaysWhatEachRuleAsksAndWhatIsAllowed) {
  policy::Pack pack;
  pack.remedies.push_back(
      Rule(v1::REMEDY_REPLACE, "X-1", {{{"cause", {"design", "manufacture"}}, {"irreparable", {"true"}}}}, false));
  pack.remedies.push_back(
      Rule(v1::REMEDY_REPLACE, "X-2", {{{"large_loss", {"true"}}}, {{"severity", {"critical"}}}}, false));
  const absl::Status refused = AllowRemedy(pack, "cases/C1", v1::REMEDY_REPLACE, {{"cause", "design"}}).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REMEDY_NOT_ALLOWED);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("cause is design or manufacture and irreparable is true (X-1); or that large_loss is true, or "
                        "severity is critical (X-2). Allowed is nothing on these facts"));
}

TEST(RemedyRulesTest, WhatThePackDoesNotGiveAnyMoreIsTakenBack) {
  policy::Pack pack;
  pack.remedies.push_back(Rule(v1::REMEDY_REPAIR, "X-1", {{{"covered", {"true"}}}}, false));
  pack.remedies.push_back(Rule(v1::REMEDY_REPAIR, "X-2", {{{"emergency", {"false"}}}}, true));
  v1::Case service_case;
  JudgeRemedyAgain(pack, service_case);
  EXPECT_EQ(service_case.ByteSizeLong(), 0u) << "nothing was decided";
  service_case.set_remedy(v1::REMEDY_REPAIR);
  service_case.mutable_remedy_decision()->set_rule("A rule");
  service_case.mutable_quote()->set_text("Two pads.");
  const v1::Case decided = service_case;
  service_case.mutable_coverage()->set_decision(v1::COVERAGE_DECISION_COVERED);
  JudgeRemedyAgain(pack, service_case);
  EXPECT_EQ(service_case.remedy(), v1::REMEDY_REPAIR);
  EXPECT_TRUE(service_case.has_remedy_decision());
  const auto taken_back = [&pack](v1::Case changed) {
    JudgeRemedyAgain(pack, changed);
    return changed.remedy() == v1::REMEDY_UNSPECIFIED && !changed.charged() && !changed.has_remedy_decision() &&
           !changed.has_quote();
  };
  EXPECT_TRUE(taken_back(decided)) << "not free any more";
  service_case.set_charged(true);
  EXPECT_TRUE(taken_back(service_case)) << "not paid for any more";
  service_case = decided;
  service_case.set_emergency(true);
  EXPECT_TRUE(taken_back(service_case)) << "not given any more";
}

TEST(RemedyRulesTest, WhatComesFirstComesFirst) {
  v1::Case service_case;
  v1::Money price;
  price.set_minor_units(1);
  EXPECT_EQ(ReasonOf(CheckQuote(service_case, price)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(CheckAgreement(service_case)), v1::ERROR_REASON_STATE_FORBIDS);
  service_case.set_remedy(v1::REMEDY_PAID_SERVICE);
  service_case.set_charged(true);
  EXPECT_TRUE(CheckQuote(service_case, price).ok());
  price.set_minor_units(0);
  EXPECT_EQ(ReasonOf(CheckQuote(service_case, price)), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(CheckAgreement(service_case)), v1::ERROR_REASON_STATE_FORBIDS);
  service_case.mutable_quote()->mutable_price()->set_minor_units(1);
  EXPECT_TRUE(CheckAgreement(service_case).ok());
  service_case.mutable_quote()->mutable_agree_time()->set_seconds(1);
  EXPECT_EQ(ReasonOf(CheckAgreement(service_case)), v1::ERROR_REASON_STATE_FORBIDS);

  EXPECT_EQ(ReasonOf(CheckExplanation(service_case)), v1::ERROR_REASON_STATE_FORBIDS);
  service_case.set_cause(v1::CAUSE_IMPROPER_USE);
  EXPECT_TRUE(CheckExplanation(service_case).ok());
  EXPECT_EQ(ReasonOf(CheckReply(service_case)), v1::ERROR_REASON_STATE_FORBIDS);
  service_case.mutable_improper_use()->set_explanation("The lever was forced.");
  EXPECT_TRUE(CheckReply(service_case).ok());
  service_case.mutable_improper_use()->mutable_reply_time()->set_seconds(1);
  EXPECT_EQ(ReasonOf(CheckReply(service_case)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(CheckExplanation(service_case).ok()) << "until it is accepted";
  service_case.mutable_improper_use()->set_accepted(true);
  EXPECT_EQ(ReasonOf(CheckExplanation(service_case)), v1::ERROR_REASON_STATE_FORBIDS);
}

}  // namespace
}  // namespace aftersales
