#include "server/feedback/feedback_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

v1::Feedback Said(v1::FeedbackKind kind = v1::FEEDBACK_KIND_OPINION) {
  v1::Feedback feedback;
  feedback.set_name("feedbacks/1");
  feedback.set_state(v1::FEEDBACK_STATE_RECORDED);
  feedback.set_kind(kind);
  feedback.set_customer("customers/1");
  feedback.set_text("The pump is louder than the old one.");
  return feedback;
}

v1::Feedback AboutConduct() {
  v1::Feedback feedback = Said(v1::FEEDBACK_KIND_COMPLAINT);
  feedback.set_conduct_type("attitude");
  feedback.set_engineer("engineers/1");
  return feedback;
}

std::string Wrong(v1::Feedback feedback) {
  const absl::Status status = SettleFeedback(feedback, kNow);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID) << status;
  return std::string(status.message());
}

TEST(FeedbackRulesTest, WhatWasSaidWasSaidBefore) {
  v1::Feedback feedback = Said();
  ASSERT_TRUE(SettleFeedback(feedback, kNow).ok());
  EXPECT_EQ(FromProto(feedback.feedback_time()), kNow);
  *feedback.mutable_feedback_time() = ToProto(kNow - absl::Hours(3));
  ASSERT_TRUE(SettleFeedback(feedback, kNow).ok());
  EXPECT_EQ(FromProto(feedback.feedback_time()), kNow - absl::Hours(3));
  *feedback.mutable_feedback_time() = ToProto(kNow + absl::Hours(1));
  EXPECT_THAT(Wrong(feedback), HasSubstr("feedback.feedback_time"));
}

TEST(FeedbackRulesTest, ASurveyHasItsAnswer) {
  v1::Feedback survey = Said(v1::FEEDBACK_KIND_SURVEY);
  EXPECT_THAT(Wrong(survey), HasSubstr("feedback.satisfied"));
  survey.set_satisfied(v1::SATISFACTION_DISSATISFIED);
  for (const char* topic : {"punctuality", "tidiness"}) {
    survey.add_scores()->set_topic(topic);
    EXPECT_TRUE(SettleFeedback(survey, kNow).ok());
  }
  survey.add_scores()->set_topic("punctuality");
  EXPECT_THAT(Wrong(survey), HasSubstr("feedback.scores[2].topic"));
}

TEST(FeedbackRulesTest, AComplaintAboutConductSaysWhoAndWhat) {
  v1::Feedback complaint = AboutConduct();
  EXPECT_TRUE(SettleFeedback(complaint, kNow).ok());
  complaint.clear_engineer();
  EXPECT_THAT(Wrong(complaint), HasSubstr("feedback.engineer"));
  complaint = AboutConduct();
  complaint.clear_conduct_type();
  EXPECT_THAT(Wrong(complaint), HasSubstr("feedback.conduct_type"));
  complaint = AboutConduct();
  complaint.set_kind(v1::FEEDBACK_KIND_OPINION);
  EXPECT_THAT(Wrong(complaint), HasSubstr("feedback.conduct_type"));
  // A complaint about the pump is about nobody; an opinion may be about somebody.
  v1::Feedback pump = Said(v1::FEEDBACK_KIND_COMPLAINT);
  EXPECT_TRUE(SettleFeedback(pump, kNow).ok());
  v1::Feedback praise = Said();
  praise.set_engineer("engineers/1");
  EXPECT_TRUE(SettleFeedback(praise, kNow).ok());
}

TEST(FeedbackRulesTest, OnlyConductIsTrueOrNot) {
  EXPECT_TRUE(CheckVerifiable(AboutConduct()).ok());
  EXPECT_EQ(ReasonOf(CheckVerifiable(Said(v1::FEEDBACK_KIND_COMPLAINT))), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(CheckVerifiable(Said())), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST(FeedbackRulesTest, WhetherItIsTrueIsSaidOnceUntilItIsTakenBack) {
  v1::Feedback feedback = AboutConduct();
  ASSERT_TRUE(TakeStep(FeedbackStep::kConfirm, feedback).ok());
  EXPECT_EQ(feedback.state(), v1::FEEDBACK_STATE_CONFIRMED);
  EXPECT_EQ(ReasonOf(TakeStep(FeedbackStep::kRefute, feedback)), v1::ERROR_REASON_STATE_FORBIDS);
  ASSERT_TRUE(TakeStep(FeedbackStep::kWithdraw, feedback).ok());
  EXPECT_EQ(feedback.state(), v1::FEEDBACK_STATE_RECORDED);
  EXPECT_FALSE(TakeStep(FeedbackStep::kWithdraw, feedback).ok());
  ASSERT_TRUE(TakeStep(FeedbackStep::kRefute, feedback).ok());
  EXPECT_EQ(feedback.state(), v1::FEEDBACK_STATE_UNFOUNDED);
}

TEST(FeedbackRulesTest, BoundsAreKept) {
  v1::Feedback feedback = Said();
  for (int i = 0; i < kMostFeedbackReports; ++i) {
    EXPECT_TRUE(CheckMoreReports(feedback, v1::ROLE_QUALITY).ok());
    feedback.add_reports()->set_to(v1::ROLE_QUALITY);
  }
  EXPECT_THAT(std::string(CheckMoreReports(feedback, v1::ROLE_QUALITY).message()), HasSubstr("quality 20 times"));
  EXPECT_TRUE(CheckMoreReports(feedback, v1::ROLE_EXECUTIVE).ok()) << "nobody fills it up for the others";
  EXPECT_TRUE(CheckUnhandled(feedback).ok());
  feedback.set_result("Exchanged the bearing.");
  EXPECT_EQ(ReasonOf(CheckUnhandled(feedback)), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST(FeedbackRulesTest, TheAccusedKeepsOut) {
  EXPECT_TRUE(CheckNotTheAccused(AboutConduct(), "engineers/1", "principals/1", "principals/2", "handle").ok());
  EXPECT_TRUE(CheckNotTheAccused(AboutConduct(), "engineers/1", "", "principals/2", "handle").ok());
  EXPECT_EQ(ReasonOf(CheckNotTheAccused(AboutConduct(), "engineers/1", "principals/2", "principals/2", "handle")),
            v1::ERROR_REASON_OWN_SUBMISSION);
  // Whoever the entry leads to now: it was about whom it led to then.
  v1::Feedback complaint = AboutConduct();
  complaint.set_accused("principals/2");
  EXPECT_EQ(ReasonOf(CheckNotTheAccused(complaint, "engineers/1", "", "principals/2", "handle")),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_TRUE(CheckNotTheAccused(complaint, "engineers/1", "", "principals/3", "handle").ok());
}

TEST(FeedbackRulesTest, NobodyWhoWasNotReachedIsSatisfied) {
  v1::Callback attempt;
  ASSERT_TRUE(SettleCallback(attempt, kNow).ok());
  EXPECT_EQ(FromProto(attempt.call_time()), kNow);
  attempt.set_satisfied(v1::SATISFACTION_SATISFIED);
  EXPECT_THAT(std::string(SettleCallback(attempt, kNow).message()), HasSubstr("callback.satisfied"));
  attempt.clear_satisfied();
  attempt.set_person("Frau Li");
  EXPECT_THAT(std::string(SettleCallback(attempt, kNow).message()), HasSubstr("callback.person"));
  attempt.set_reached(true);
  attempt.set_satisfied(v1::SATISFACTION_SATISFIED);
  EXPECT_TRUE(SettleCallback(attempt, kNow).ok());
  *attempt.mutable_call_time() = ToProto(kNow + absl::Hours(1));
  EXPECT_THAT(std::string(SettleCallback(attempt, kNow).message()), HasSubstr("callback.call_time"));
}

}  // namespace
}  // namespace aftersales
