// Personal fields are hidden wherever they stand in a reply.
#include "server/rpc/mask.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/policy.pb.h"

namespace aftersales::rpc {
namespace {

// As it is shown to somebody who holds all permissions but these.
template <typename T>
T Masked(T message, const std::set<std::string>& missing = {kPersonalPermission}) {
  Masking masking;
  const MaskPlan* plan = masking.PlanFor(T::descriptor());
  EXPECT_NE(plan, nullptr);
  const auto grants = [&](const std::string& permission) { return missing.count(permission) == 0; };
  if (plan != nullptr) Mask(*plan, grants, &message);
  return message;
}

TEST(MaskTest, PersonalTextIsReplacedTheRestStays) {
  v1::Customer customer;
  customer.set_display_name("Jilin Railway");
  customer.set_telephone("0431-1234567");
  const v1::Customer masked = Masked(customer);
  EXPECT_EQ(masked.telephone(), "***");
  EXPECT_EQ(masked.display_name(), "Jilin Railway");
}

TEST(MaskTest, EmptyStaysEmpty) {
  v1::Customer customer;
  customer.set_display_name("Jilin Railway");
  EXPECT_EQ(Masked(customer).telephone(), "");
}

TEST(MaskTest, InListsOfReplies) {
  v1::ListCustomersResponse response;
  response.add_customers()->set_telephone("1");
  response.add_customers()->set_telephone("2");
  const auto masked = Masked(response);
  EXPECT_EQ(masked.customers(0).telephone(), "***");
  EXPECT_EQ(masked.customers(1).telephone(), "***");
}

TEST(MaskTest, InEventsOfEveryKindOfResource) {
  v1::WatchEventsResponse response;
  response.add_events()->mutable_contact()->set_telephone("13800000000");
  response.add_events()->mutable_customer()->set_telephone("13800000000");
  response.add_events()->mutable_service_case()->mutable_classification_evidence()->set_person("Li");
  (*response.mutable_events(0)->mutable_facts())["classification"] = "C";
  const auto masked = Masked(response);
  EXPECT_EQ(masked.events(0).contact().telephone(), "***");
  EXPECT_EQ(masked.events(1).customer().telephone(), "***");
  EXPECT_EQ(masked.events(2).service_case().classification_evidence().person(), "***");
  EXPECT_EQ(masked.events(0).facts().at("classification"), "C");
}

// Looks for a personal text in a message in which every text is set; independent of how masking finds its way.
void FillTexts(google::protobuf::Message* message, int depth) {
  if (depth > 6) return;
  const auto* descriptor = message->GetDescriptor();
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->is_map() || field->real_containing_oneof() != nullptr) continue;
    if (field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
      field->is_repeated() ? reflection->AddString(message, field, "text")
                           : reflection->SetString(message, field, "text");
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      FillTexts(
          field->is_repeated() ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field),
          depth + 1);
    }
  }
}

TEST(MaskTest, EvidencePersonsInWholeCasesAndContacts) {
  v1::Case filled;
  FillTexts(&filled, 0);
  const std::string text = Masked(filled).DebugString();
  EXPECT_EQ(text.find("person: \"text\""), std::string::npos) << text;
  v1::Contact contact;
  FillTexts(&contact, 0);
  EXPECT_EQ(Masked(contact).DebugString().find("telephone: \"text\""), std::string::npos);
}

v1::WatchEventsResponse ToldOfAComplaint() {
  v1::WatchEventsResponse response;
  v1::Event& recorded = *response.add_events();
  recorded.set_subject("feedbacks/1");
  (*recorded.mutable_facts())["feedback"] = "complaint";
  (*recorded.mutable_facts())["conduct"] = "attitude";
  (*recorded.mutable_facts())["satisfied"] = "false";
  v1::Feedback& feedback = *recorded.mutable_feedback();
  feedback.set_name("feedbacks/1");
  feedback.set_person("Frau Li");
  feedback.set_text("He shouted.");
  feedback.set_conduct_type("attitude");
  feedback.set_engineer("engineers/1");
  feedback.set_accused("principals/1");
  feedback.add_reports()->set_text("He shouted.");
  (*response.add_events()->mutable_obligation()->mutable_facts())["conduct"] = "attitude";
  response.add_events()->mutable_callback()->set_text("She is content.");
  return response;
}

TEST(MaskTest, WhatTakesAPermissionIsLeftOutWithoutIt) {
  const v1::WatchEventsResponse masked = Masked(ToldOfAComplaint(), {"feedback.read"});
  EXPECT_EQ(masked.events(0).feedback().ShortDebugString(), "name: \"feedbacks/1\"");
  EXPECT_EQ(masked.events(0).facts().size(), 2u);
  EXPECT_EQ(masked.events(0).facts().count("conduct"), 0u);
  EXPECT_EQ(masked.events(0).facts().at("feedback"), "complaint");
  EXPECT_EQ(masked.events(1).obligation().facts_size(), 0);
  EXPECT_EQ(masked.events(2).callback().text(), "");
}

TEST(MaskTest, AndShownWithIt) {
  const v1::WatchEventsResponse told = ToldOfAComplaint();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Masked(told, {}), told));
  const v1::WatchEventsResponse masked = Masked(told);
  EXPECT_EQ(masked.events(0).feedback().person(), "***");
  EXPECT_EQ(masked.events(0).feedback().text(), "He shouted.");
  EXPECT_EQ(masked.events(0).facts().at("conduct"), "attitude");
}

TEST(MaskTest, MoneyAndWhoAnswersAreLeftOutOfEventsAndReports) {
  v1::ListEventsResponse told;
  told.add_events()->mutable_cost()->mutable_amount()->set_minor_units(5);
  told.add_events()->mutable_allocation()->add_totals()->set_bearer("supply");
  told.add_events()->mutable_responsibility()->add_shares()->set_basis_points(10000);
  told.add_events()->mutable_management_report()->mutable_figures()->add_costs()->set_minor_units(5);
  told.mutable_events(3)->mutable_management_report()->mutable_figures()->set_cases(7);
  for (v1::Event& event : *told.mutable_events()) event.set_subject("it");
  const v1::ListEventsResponse masked = Masked(told, {"costs.read", "responsibilities.read"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(masked.events(i).resource_case(), v1::Event::RESOURCE_NOT_SET) << i;
    EXPECT_EQ(masked.events(i).subject(), "it") << "that it happened is told";
  }
  EXPECT_EQ(masked.events(3).management_report().figures().costs_size(), 0);
  EXPECT_EQ(masked.events(3).management_report().figures().cases(), 7);
  EXPECT_EQ(Masked(told, {}).SerializeAsString(), told.SerializeAsString());
  EXPECT_EQ(Masked(told, {"costs.read"}).events(2).SerializeAsString(), told.events(2).SerializeAsString());
}

TEST(MaskTest, AWholeResourceOfAnEventIsLeftOut) {
  v1::Event event;
  event.set_subject("cases/1/costs/2");
  event.mutable_cost()->set_name("cases/1/costs/2");
  EXPECT_TRUE(Masked(event, {"feedback.read"}).has_cost());
  const v1::Event masked = Masked(event, {"costs.read"});
  EXPECT_FALSE(masked.has_cost());
  EXPECT_EQ(masked.subject(), "cases/1/costs/2");
}

TEST(MaskTest, TypesWithoutPersonalFieldsCostNothing) {
  Masking masking;
  EXPECT_EQ(masking.PlanFor(v1::Product::descriptor()), nullptr);
  EXPECT_EQ(masking.PlanFor(v1::ListProductsResponse::descriptor()), nullptr);
}

}  // namespace
}  // namespace aftersales::rpc
