// Personal fields are hidden wherever they stand in a reply.
#include "server/rpc/mask.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/policy.pb.h"

namespace aftersales::rpc {
namespace {

template <typename T>
T Masked(T message) {
  Masking masking;
  const MaskPlan* plan = masking.PlanFor(T::descriptor());
  EXPECT_NE(plan, nullptr);
  if (plan != nullptr) MaskPersonal(*plan, &message);
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
      field->is_repeated() ? reflection->AddString(message, field, "text") : reflection->SetString(message, field, "text");
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      FillTexts(field->is_repeated() ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field),
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

TEST(MaskTest, TypesWithoutPersonalFieldsCostNothing) {
  Masking masking;
  EXPECT_EQ(masking.PlanFor(v1::Product::descriptor()), nullptr);
  EXPECT_EQ(masking.PlanFor(v1::ListProductsResponse::descriptor()), nullptr);
}

}  // namespace
}  // namespace aftersales::rpc
