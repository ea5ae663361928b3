#include "server/improvement/investigation_rules.h"

#include <gtest/gtest.h>

#include "server/base/error.h"

namespace aftersales {
namespace {

v1::Investigation WithOptions(const std::vector<std::string>& options) {
  v1::Investigation investigation;
  investigation.set_name("cases/C1/investigations/1");
  investigation.set_state(v1::INVESTIGATION_STATE_OPEN);
  for (const std::string& option : options) investigation.add_treatment_options(option);
  return investigation;
}

TEST(InvestigationRulesTest, OptionsCanBeToldApart) {
  EXPECT_TRUE(CheckOptions(WithOptions({"Exchange", "Repair"})).ok());
  EXPECT_EQ(ReasonOf(CheckOptions(WithOptions({"Exchange", "Exchange"}))), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(CheckOptions(WithOptions({"Exchange", ""}))), v1::ERROR_REASON_FIELD_INVALID);
}

TEST(InvestigationRulesTest, TheTreatmentIsOneOfTheOptions) {
  const v1::Investigation investigation = WithOptions({"Exchange", "Repair"});
  EXPECT_TRUE(CheckTreatment(investigation, "Repair").ok());
  for (const char* wrong : {"repair", "Repair ", ""}) {
    EXPECT_EQ(ReasonOf(CheckTreatment(investigation, wrong)), v1::ERROR_REASON_FIELD_INVALID) << wrong;
  }
}

TEST(InvestigationRulesTest, WhatIsDeterminedOrSupersededStays) {
  v1::Investigation investigation = WithOptions({"Exchange"});
  EXPECT_TRUE(TakeStep(InvestigationStep::kConsult, investigation).ok());
  EXPECT_TRUE(TakeStep(InvestigationStep::kDetermine, investigation).ok());
  EXPECT_EQ(investigation.state(), v1::INVESTIGATION_STATE_DETERMINED);
  EXPECT_EQ(ReasonOf(TakeStep(InvestigationStep::kConsult, investigation)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(TakeStep(InvestigationStep::kDetermine, investigation)), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(TakeStep(InvestigationStep::kSupersede, investigation).ok());
  EXPECT_FALSE(TakeStep(InvestigationStep::kSupersede, investigation).ok());
}

TEST(InvestigationRulesTest, ItTakesSoManyConsultations) {
  v1::Investigation investigation = WithOptions({"Exchange"});
  for (int i = 0; i < kMostConsultations; ++i) {
    EXPECT_TRUE(CheckMoreConsultations(investigation).ok());
    investigation.add_consultations();
  }
  EXPECT_EQ(ReasonOf(CheckMoreConsultations(investigation)), v1::ERROR_REASON_STATE_FORBIDS);
}

}  // namespace
}  // namespace aftersales
