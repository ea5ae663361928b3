// What a customer said of whom is read by those who read feedback, over the network, wherever else it is told: in the
// feed as pages and as a stream, among what is owed, and in the answers to those who only record.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

constexpr char kPack[] =
    "name: 'secrecy' title: 'Secrecy' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
    "conduct { name: 'rudeness' title: 'Rudeness' clauses: 'X-1' }\n"
    "obligation { kind: 'look-into-it' clauses: 'X-2' on: 'feedback-recorded' where { conduct: 'rudeness' } by: "
    "'quality'\n"
    "  within { days: 2 } met_by { event: 'feedback-verified' } }";

class FeedbackSecrecy : public ::testing::TestWithParam<const char*> {
 protected:
  FeedbackSecrecy() : company_(GetParam(), kPack) { company_.For("X-1"); }

  // Everything that is told of the customer, as this role gets it.
  std::string Told(v1::Role role) {
    Client& client = company_.As(role);
    SubscriptionOptions options;
    options.root = company_.customer();
    std::string text;
    const auto stream = client.events().Subscribe(options);
    for (std::string type; !absl::StrContains(type, "CALLBACK_HELD");) {
      const v1::Event event = company_.Need(stream->Next());
      text += event.DebugString();
      type = v1::EventType_Name(event.type());
    }
    v1::ListEventsRequest events;
    events.set_root(company_.customer());
    text += company_.Need(client.events().ListEvents(events)).DebugString();
    v1::ListObligationsRequest owed;
    owed.mutable_filter()->set_root(company_.customer());
    const v1::ListObligationsResponse obligations = company_.Need(client.policy().ListObligations(owed));
    EXPECT_EQ(obligations.obligations_size(), 1);
    text += obligations.DebugString();
    v1::ExplainObligationRequest explain;
    explain.set_name(obligations.obligations(0).name());
    text += company_.Need(client.policy().ExplainObligation(explain)).DebugString();
    return text;
  }

  Company company_;
};

INSTANTIATE_TEST_SUITE_P(Engines, FeedbackSecrecy, ::testing::Values("sqlite", "mysql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(FeedbackSecrecy, WhatWasSaidOfWhomIsToldToThoseWhoReadFeedback) {
  v1::CreateFeedbackRequest request;
  v1::Feedback& complaint = *request.mutable_feedback();
  complaint.set_kind(v1::FEEDBACK_KIND_COMPLAINT);
  complaint.set_customer(company_.customer());
  complaint.set_person("Frau Li");
  complaint.set_text("He shouted at us.");
  complaint.set_conduct_type("rudeness");
  complaint.set_engineer(company_.engineer());
  const v1::Feedback recorded =
      company_.Need(company_.As(v1::ROLE_CUSTOMER_SERVICE).feedback().CreateFeedback(request));
  EXPECT_EQ(recorded.text(), "He shouted at us.");
  EXPECT_EQ(recorded.accused(), company_.PrincipalOf(v1::ROLE_FIELD_ENGINEER));
  v1::CreateCallbackRequest call;
  call.mutable_callback()->set_customer(company_.customer());
  call.mutable_callback()->set_reached(true);
  call.mutable_callback()->set_text("She is angry still.");
  company_.Need(company_.As(v1::ROLE_CUSTOMER_SERVICE).feedback().CreateCallback(call));
  for (const v1::Role role : {v1::ROLE_WAREHOUSE, v1::ROLE_SUPPLY, v1::ROLE_INTEGRATION, v1::ROLE_ADMIN}) {
    const std::string told = Told(role);
    for (const std::string& hidden : {std::string("shouted"), std::string("Frau Li"), std::string("rudeness\""),
                                      std::string("angry"), company_.engineer()}) {
      EXPECT_FALSE(absl::StrContains(told, hidden)) << v1::Role_Name(role) << " is told " << hidden << ":\n" << told;
    }
    EXPECT_TRUE(absl::StrContains(told, recorded.name())) << v1::Role_Name(role);
  }
  for (const v1::Role role : {v1::ROLE_QUALITY, v1::ROLE_AUDITOR}) {
    const std::string told = Told(role);
    EXPECT_TRUE(absl::StrContains(told, "shouted") && absl::StrContains(told, "rudeness")) << v1::Role_Name(role);
  }
}

TEST_P(FeedbackSecrecy, WhoOnlyRecordsIsNotToldByTheAnswer) {
  v1::CreateFeedbackRequest request;
  request.mutable_feedback()->set_kind(v1::FEEDBACK_KIND_OPINION);
  request.mutable_feedback()->set_customer(company_.customer());
  request.mutable_feedback()->set_text("The new pump is quiet.");
  const v1::Feedback answer = company_.Need(company_.As(v1::ROLE_FIELD_ENGINEER).feedback().CreateFeedback(request));
  EXPECT_EQ(answer.text(), "");
  EXPECT_FALSE(answer.name().empty());
  v1::GetFeedbackRequest get;
  get.set_name(answer.name());
  EXPECT_EQ(company_.Need(company_.As(v1::ROLE_QUALITY).feedback().GetFeedback(get)).text(), "The new pump is quiet.");
}

}  // namespace
}  // namespace aftersales::testing
