// Every field rule, kept and broken, on message types made up here; and the API's own rules can be kept.
#include "server/rpc/validate.h"

#include <gmock/gmock.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/case.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace aftersales::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kHead[] = R"(
  syntax = "proto3";
  package trial;
  import "aftersales/options/v1/options.proto";
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/duration.proto";
)";

class ValidateTest : public testing::Test {
 protected:
  ValidateTest() : pool_(google::protobuf::DescriptorPool::generated_pool()) {
    // Otherwise the pool would not see what nothing here has used yet.
    google::protobuf::LinkMessageReflection<google::protobuf::Timestamp>();
    google::protobuf::LinkMessageReflection<google::protobuf::Duration>();
    factory_.SetDelegateToGeneratedFactory(true);
  }

  // The message "T" of a proto file with these declarations.
  const Descriptor* Type(const std::string& declarations) {
    const std::string text = absl::StrCat(kHead, declarations);
    google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    google::protobuf::io::Tokenizer tokenizer(&stream, nullptr);
    FileDescriptorProto file;
    EXPECT_TRUE(google::protobuf::compiler::Parser().Parse(&tokenizer, &file)) << declarations;
    file.set_name("trial.proto");
    const auto* built = pool_.BuildFile(file);
    EXPECT_NE(built, nullptr) << declarations;
    return built->FindMessageTypeByName("T");
  }

  // A type "T" with one field that has this rule.
  void Field(const std::string& field, const std::string& rule) {
    Use(
        absl::StrCat("enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; } message Inner { string text = 1 "
                     "[(aftersales.options.v1.field) = {required: true}]; } message T { ",
                     field, " = 1 [(aftersales.options.v1.field) = {", rule, "}]; }"));
  }

  void Use(const std::string& declarations) {
    type_ = Type(declarations);
    const auto plan = validation_.PlanFor(type_);
    ASSERT_TRUE(plan.ok()) << plan.status();
    plan_ = *plan;
  }

  std::unique_ptr<Message> Make(const std::string& text) {
    std::unique_ptr<Message> message(factory_.GetPrototype(type_)->New());
    google::protobuf::TextFormat::Parser parser;
    EXPECT_TRUE(parser.ParseFromString(text, message.get())) << text;
    return message;
  }

  std::vector<std::string> Mistakes(const std::string& text) {
    std::vector<std::string> all;
    for (const FieldMistake& mistake : FindMistakes(*plan_, *Make(text))) {
      all.push_back(absl::StrCat(mistake.field, ": ", mistake.text));
    }
    return all;
  }

  std::string BadRule(const std::string& field, const std::string& rule) {
    const auto plan = validation_.PlanFor(
        Type(absl::StrCat("message T { ", field, " = 1 [(aftersales.options.v1.field) = {", rule, "}]; }")));
    return plan.ok() ? "" : std::string(plan.status().message());
  }

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
  Validation validation_;
  const Descriptor* type_ = nullptr;
  const MessagePlan* plan_ = nullptr;
};

TEST_F(ValidateTest, RequiredText) {
  Field("string a", "required: true");
  EXPECT_THAT(Mistakes(""), ElementsAre("a: is required"));
  EXPECT_THAT(Mistakes("a: 'x'"), IsEmpty());
}

TEST_F(ValidateTest, RequiredMessageEnumListAndNumber) {
  Use(R"(enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; } message Inner { string text = 1; }
         message T {
           Inner m = 1 [(aftersales.options.v1.field) = {required: true}];
           Colour e = 2 [(aftersales.options.v1.field) = {required: true}];
           repeated string l = 3 [(aftersales.options.v1.field) = {required: true}];
           int32 n = 4 [(aftersales.options.v1.field) = {required: true}];
           optional bool b = 5 [(aftersales.options.v1.field) = {required: true}];
           repeated Colour colours = 6 [(aftersales.options.v1.field) = {required: true}];
         })");
  EXPECT_THAT(Mistakes(""),
              ElementsAre("m: is required", "e: is required", "l: is required: give at least one entry",
                          "n: is required", "b: is required", "colours: is required: give at least one entry"));
  EXPECT_THAT(Mistakes("m {} e: COLOUR_RED l: 'x' n: 1 b: false colours: COLOUR_RED"), IsEmpty());
  EXPECT_THAT(Mistakes("m {} e: COLOUR_RED l: 'x' n: 1 b: false colours: COLOUR_UNSPECIFIED"),
              ElementsAre("colours[0]: must not be COLOUR_UNSPECIFIED"));
}

TEST_F(ValidateTest, InnerMessagesAreCheckedWhereTheyAre) {
  Field("Inner inner", "");
  EXPECT_THAT(Mistakes(""), IsEmpty());
  EXPECT_THAT(Mistakes("inner {}"), ElementsAre("inner.text: is required"));
}

TEST_F(ValidateTest, InnerMessagesOfLists) {
  Field("repeated Inner inner", "");
  EXPECT_THAT(Mistakes("inner {text: 'a'} inner {}"), ElementsAre("inner[1].text: is required"));
}

TEST_F(ValidateTest, WhatTheServiceChecksIsLeftToIt) {
  Field("repeated Inner inner", "checked_by_service: true max_items: 2");
  EXPECT_THAT(Mistakes("inner {text: 'a'} inner {}"), IsEmpty());
  EXPECT_THAT(Mistakes("inner {} inner {} inner {}"), ElementsAre(HasSubstr("inner: has 3 entries")));
}

TEST_F(ValidateTest, LengthCountsCharactersNotBytes) {
  Field("string a", "max_length: 3 min_length: 2");
  EXPECT_THAT(Mistakes("a: '故障码'"), IsEmpty());
  EXPECT_THAT(Mistakes("a: '故障码表'"), ElementsAre("a: has 4 characters; at most 3 are allowed"));
  EXPECT_THAT(Mistakes("a: '故'"), ElementsAre("a: has 1 characters; at least 2 are needed"));
  EXPECT_THAT(Mistakes(""), IsEmpty()) << "min_length is for texts that are set";
}

TEST_F(ValidateTest, DefaultLimits) {
  Use("message T { string a = 1; repeated int32 l = 2; bytes b = 3; }");
  EXPECT_THAT(Mistakes(absl::StrCat("a: '", std::string(1000, 'x'), "' b: '", std::string(1000, 'x'), "'")), IsEmpty());
  EXPECT_THAT(
      Mistakes(absl::StrCat("a: '", std::string(1001, 'x'), "' b: '", std::string(1001, 'x'), "'")),
      ElementsAre("a: has 1001 characters; at most 1000 are allowed", "b: has 1001 bytes; at most 1000 are allowed"));
  std::string list;
  for (int i = 0; i < 101; ++i) absl::StrAppend(&list, "l: 1 ");
  EXPECT_THAT(Mistakes(list), ElementsAre("l: has 101 entries; at most 100 are allowed"));
}

TEST_F(ValidateTest, ControlCharacters) {
  Use("message T { string a = 1; }");
  EXPECT_THAT(Mistakes(R"(a: 'line\n\r\ttab')"), IsEmpty());
  for (const char* bad : {R"(a: 'nul\000')", R"(a: '\001')", R"(a: '\033[2J')", R"(a: '\037')"}) {
    EXPECT_THAT(Mistakes(bad), ElementsAre(HasSubstr("a: contains a control character"))) << bad;
  }
}

TEST_F(ValidateTest, CharactersThatMakeATextLookOtherThanItIs) {
  Use("message T { string a = 1; }");
  for (const char* good :
       {"\xc3\xa9t\xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87", "a\xc2\xa0z", "a\xe2\x80\x8ez", "\xe2\x80\x94"}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", good, "'")), IsEmpty()) << good;
  }
  // U+0085, U+009B, U+2028, U+202E, U+2066, U+2069, and DEL.
  for (const char* bad :
       {"\xc2\x85", "\xc2\x9b", "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9", "\x7f"}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: 'pay", bad, "x'")), ElementsAre(HasSubstr("a: contains a"))) << bad;
  }
}

// What is required would be there and say nothing to those who rely on it.
TEST_F(ValidateTest, BlanksAreNoText) {
  Use("message T { string a = 1; repeated string l = 2; }");
  EXPECT_THAT(Mistakes("a: ''"), IsEmpty()) << "is left out";
  // A space, a line, U+00A0, U+00AD, U+200E, U+2800, U+3000, U+3164.
  for (const char* blank :
       {" ", "\\n\\t ", "\xc2\xa0", "\xc2\xad", "\xe2\x80\x8e", "\xe2\xa0\x80", "\xe3\x80\x80", "\xe3\x85\xa4"}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", blank, "'")), ElementsAre(HasSubstr("a: is blank"))) << blank;
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", blank, "x'")), IsEmpty()) << blank;
  }
  EXPECT_THAT(Mistakes("l: 'x' l: ' ' l: ''"), ElementsAre(HasSubstr("l[1]: is blank"), HasSubstr("l[2]: is blank")));
}

TEST_F(ValidateTest, PatternMatchesTheWhole) {
  Field("string a", "pattern: '[A-Z]{3}'");
  EXPECT_THAT(Mistakes("a: 'CNY'"), IsEmpty());
  EXPECT_THAT(Mistakes(""), IsEmpty());
  EXPECT_THAT(Mistakes("a: 'CNYX'"), ElementsAre("a: must match [A-Z]{3}"));
  EXPECT_THAT(Mistakes("a: 'xCNY'"), ElementsAre("a: must match [A-Z]{3}"));
  EXPECT_THAT(Mistakes("a: 'CNY\\n'"), ElementsAre("a: must match [A-Z]{3}"));
}

TEST_F(ValidateTest, Numbers) {
  Use(R"(message T {
           int32 a = 1 [(aftersales.options.v1.field) = {min: 1 max: 5}];
           uint64 b = 2 [(aftersales.options.v1.field) = {max: 5}];
           double c = 3 [(aftersales.options.v1.field) = {min: -1 max: 5}];
           repeated int64 d = 4 [(aftersales.options.v1.field) = {min: 2}];
           optional uint32 e = 5 [(aftersales.options.v1.field) = {min: 2}];
           float f = 6;
         })");
  EXPECT_THAT(Mistakes("a: 5 b: 5 c: -1 d: 2 e: 2 f: 0.5"), IsEmpty());
  EXPECT_THAT(Mistakes("a: 0"), ElementsAre("a: must be at least 1"));
  EXPECT_THAT(Mistakes("a: 6"), ElementsAre("a: must be at most 5"));
  EXPECT_THAT(Mistakes("a: 1 b: 18446744073709551615"), ElementsAre("b: must be at most 5"));
  EXPECT_THAT(Mistakes("a: 1 c: -1.5"), ElementsAre("c: must be at least -1"));
  EXPECT_THAT(Mistakes("a: 1 d: 2 d: 1"), ElementsAre("d[1]: must be at least 2"));
  EXPECT_THAT(Mistakes("a: 1 e: 0"), ElementsAre("e: must be at least 2"));
  EXPECT_THAT(Mistakes("a: 1 c: nan f: inf"), ElementsAre("c: must be a finite number", "f: must be a finite number"));
}

TEST_F(ValidateTest, RulesOfListsHoldForTheirEntries) {
  Field("repeated string a", "max_length: 2 max_items: 2 pattern: '[a-z]*'");
  EXPECT_THAT(Mistakes("a: 'ab' a: 'c'"), IsEmpty());
  EXPECT_THAT(Mistakes("a: 'ab' a: 'abc'"), ElementsAre("a[1]: has 3 characters; at most 2 are allowed"));
  EXPECT_THAT(Mistakes("a: 'ab' a: 'B'"), ElementsAre("a[1]: must match [a-z]*"));
  EXPECT_THAT(Mistakes("a: 'a' a: 'a' a: 'a'"), ElementsAre("a: has 3 entries; at most 2 are allowed"));
}

TEST_F(ValidateTest, Maps) {
  Use(R"(message Inner { string text = 1 [(aftersales.options.v1.field) = {required: true}]; }
         message T {
           map<string, string> facts = 1 [(aftersales.options.v1.field) = {max_length: 3 max_items: 2}];
           map<int32, Inner> inner = 2;
         })");
  EXPECT_THAT(Mistakes("facts {key: 'a' value: 'abc'} inner {key: 1 value {text: 'x'}}"), IsEmpty());
  EXPECT_THAT(Mistakes("facts {key: 'a' value: 'abcd'}"),
              ElementsAre("facts[\"a\"]: has 4 characters; at most 3 are allowed"));
  EXPECT_THAT(Mistakes(absl::StrCat("facts {key: '", std::string(201, 'k'), "' value: 'a'}")),
              ElementsAre("facts[0]: has 201 characters; at most 200 are allowed"));
  EXPECT_THAT(Mistakes(R"(facts {key: 'a\000' value: 'a'})"), ElementsAre(HasSubstr("facts[0]: contains a control")));
  EXPECT_THAT(Mistakes("facts {key: 'a'} facts {key: 'b'} facts {key: 'c'}"),
              ElementsAre("facts: has 3 entries; at most 2 are allowed"));
  EXPECT_THAT(Mistakes("inner {key: 1 value {}}"), ElementsAre("inner[0].text: is required"));
}

TEST_F(ValidateTest, Uuid) {
  Field("string a", "uuid: true");
  EXPECT_THAT(Mistakes("a: '6fa459ea-ee8a-4ca4-894e-db77e160355e'"), IsEmpty());
  EXPECT_THAT(Mistakes("a: '6FA459EA-EE8A-4CA4-894E-DB77E160355E'"), IsEmpty());
  for (const char* bad : {"1", "6fa459ea-ee8a-4ca4-894e-db77e160355", "6fa459ea-ee8a-4ca4-894e-db77e160355e0",
                          "6fa459eaxee8a-4ca4-894e-db77e160355e", "6fa459ea-ee8a-4ca4-894e-db77e160355g"}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", bad, "'")), ElementsAre(HasSubstr("a: must be a UUID"))) << bad;
  }
}

TEST_F(ValidateTest, Currency) {
  Field("string a", "currency: true");
  for (const char* good : {"CNY", "EUR", "JPY", "KWD", "XOF"}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", good, "'")), IsEmpty()) << good;
  }
  // No currency, a fund, a metal, a test code, one that was given up, and what is no code at all.
  for (const char* bad : {"ZZZ", "CLF", "XAU", "XTS", "XXX", "DEM", "cny", "CN", "CNYX", "¥"}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", bad, "'")), ElementsAre(HasSubstr("a: must be the code of a currency")))
        << bad;
  }
}

TEST_F(ValidateTest, References) {
  Use(R"(message T { string a = 1
           [(aftersales.options.v1.field) = {reference: "cases" reference: "cases/*/documents"}]; })");
  const std::string longest(80, 'x');
  for (const std::string& good :
       {std::string("cases/C2026-000123"), std::string("cases/a.b_c~d/documents/7"), absl::StrCat("cases/", longest)}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", good, "'")), IsEmpty()) << good;
  }
  for (const std::string& bad :
       {std::string("C2026-000123"), std::string("cases/"), std::string("cases"), std::string("visits/1"),
        std::string("cases/1/"), std::string("cases/1/documents"), std::string("cases/1/solutions/2"),
        std::string("/cases/1"), std::string("cases//1"), std::string("cases/a b"), std::string("cases/é"),
        std::string("cases/%2e/documents/1"), absl::StrCat("cases/", longest, "x")}) {
    EXPECT_THAT(Mistakes(absl::StrCat("a: '", bad, "'")),
                ElementsAre(HasSubstr("a: must be a resource name of the form cases/* or cases/*/documents/*")))
        << bad;
  }
}

TEST_F(ValidateTest, UnknownEnumNumbers) {
  Field("Colour a", "");
  auto message = Make("a: COLOUR_RED");
  EXPECT_THAT(FindMistakes(*plan_, *message), IsEmpty());
  message->GetReflection()->SetEnumValue(message.get(), type_->field(0), 77);
  const auto mistakes = FindMistakes(*plan_, *message);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_EQ(mistakes[0].text, "has the value 77, which Colour does not know");
}

TEST_F(ValidateTest, Times) {
  Use("message T { google.protobuf.Timestamp t = 1; repeated google.protobuf.Duration d = 2; }");
  EXPECT_THAT(Mistakes("t {} d {seconds: -3 nanos: -5}"), IsEmpty());
  EXPECT_THAT(Mistakes("t {seconds: 7258118399 nanos: 999999999}"), IsEmpty());
  EXPECT_THAT(Mistakes("t {seconds: 7258118400}"), ElementsAre("t: must lie in the years 1970 to 2199"));
  EXPECT_THAT(Mistakes("t {seconds: -1}"), ElementsAre("t: must lie in the years 1970 to 2199"));
  EXPECT_THAT(Mistakes("t {nanos: -1}"), ElementsAre("t: has nanoseconds outside 0 to 999,999,999"));
  EXPECT_THAT(Mistakes("t {nanos: 1000000000}"), ElementsAre("t: has nanoseconds outside 0 to 999,999,999"));
  EXPECT_THAT(Mistakes("d {seconds: 1 nanos: -1}"), ElementsAre("d[0]: is no valid duration"));
  EXPECT_THAT(Mistakes("d {seconds: -9223372036854775808}"), ElementsAre("d[0]: is no valid duration"));
}

TEST_F(ValidateTest, TypesThatContainThemselvesAreBounded) {
  Use("message T { T t = 1; string a = 2 [(aftersales.options.v1.field) = {max_length: 1}]; }");
  std::string text;
  for (int i = 0; i < 31; ++i) text = absl::StrCat("t {", text, "}");
  EXPECT_THAT(Mistakes(text), IsEmpty());
  EXPECT_THAT(Mistakes(absl::StrCat("t {", text, "}")), ElementsAre(HasSubstr("lies deeper than 32 messages")));
  EXPECT_THAT(Mistakes("t {t {a: 'xx'}}"), ElementsAre("t.t.a: has 2 characters; at most 1 are allowed"));
}

TEST_F(ValidateTest, OutputOnlyIsClearedAndNotChecked) {
  Use(R"(message Inner { string name = 1 [(aftersales.options.v1.field) = {output_only: true max_length: 1}];
                         string text = 2; }
         message T {
           string name = 1 [(aftersales.options.v1.field) = {output_only: true required: true max_length: 1}];
           Inner one = 2;
           repeated Inner many = 3;
           map<string, Inner> keyed = 4;
         })");
  const std::string text =
      "name: 'xx' one {name: 'xx' text: 'a'} many {name: 'xx' text: 'b'} keyed {key: 'k' value {name: 'xx' text: 'c'}}";
  EXPECT_THAT(Mistakes(text), IsEmpty());
  auto message = Make(text);
  ClearOutputOnly(*plan_, message.get());
  EXPECT_EQ(message->ShortDebugString(),
            Make("one {text: 'a'} many {text: 'b'} keyed {key: 'k' value {text: 'c'}}")->ShortDebugString());
}

TEST_F(ValidateTest, AllMistakesAtOnceButNotEndlessly) {
  Use("message T { string a = 1 [(aftersales.options.v1.field) = {required: true}]; repeated string b = 2 "
      "[(aftersales.options.v1.field) = {max_length: 1}]; }");
  EXPECT_EQ(Mistakes("b: 'xx' b: 'xx'").size(), 3u);
  std::string many;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&many, "b: 'xx' ");
  EXPECT_EQ(Mistakes(many).size(), kMostMistakes);
  const absl::Status error = MistakesError({{"a", "is required"}, {"b", "is odd"}});
  EXPECT_EQ(error.message(), "2 fields are wrong: a is required; b is odd");
  EXPECT_EQ(MistakesError({{"a", "is required"}}).message(), "a: is required");
}

TEST_F(ValidateTest, UnknownFieldsAreIgnored) {
  Use("message T { string a = 1; }");
  auto message = Make("");
  message->GetReflection()->MutableUnknownFields(message.get())->AddVarint(77, 1);
  EXPECT_THAT(FindMistakes(*plan_, *message), IsEmpty());
}

TEST(ValidateRulesTest, RulesThatCannotBeKeptStopTheStart) {
  const std::pair<const char*, const char*> kBad[] = {
      {"string a", "pattern: '['"},
      {"int32 a", "max_length: 3"},
      {"int32 a", "pattern: 'x'"},
      {"string a", "min: 1"},
      {"string a", "max_items: 3"},
      {"bool a", "required: true"},
      {"int32 a", "min: 3 max: 2"},
      {"string a", "max_length: -1"},
      {"string a", "min_length: 5 max_length: 4"},
      {"bytes a", "uuid: true"},
      {"int32 a", "currency: true"},
      {"int64 a", "reference: 'cases'"},
      {"string a", "checked_by_service: true"},
  };
  for (const auto& [field, rule] : kBad) {
    class Trial : public ValidateTest {
     public:
      using ValidateTest::BadRule;
      void TestBody() override {}
    } trial;
    EXPECT_THAT(trial.BadRule(field, rule), HasSubstr("trial.T.a")) << field << " " << rule;
  }
}

TEST(ValidateApiTest, PathsReadAsInTheRequest) {
  Validation validation;
  const auto plan = validation.PlanFor(v1::CreateCaseRequest::descriptor());
  ASSERT_TRUE(plan.ok()) << plan.status();
  v1::CreateCaseRequest request;
  request.set_request_id("6fa459ea-ee8a-4ca4-894e-db77e160355e");
  request.mutable_service_case()->set_customer("nobody");
  const auto mistakes = FindMistakes(**plan, request);
  EXPECT_THAT(mistakes, testing::Contains(testing::Field(&FieldMistake::field, "service_case.customer")));
}

TEST(ValidateApiTest, EveryRequestOfTheApiHasAPlan) {
  Validation validation;
  for (const char* name : {"CaseService", "DispatchService", "PartsService", "DirectoryService", "PolicyService",
                           "EventService", "AccessService", "AttachmentService", "SettlementService",
                           "ImprovementService", "FeedbackService", "ArchiveService", "ReportService"}) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(absl::StrCat("aftersales.v1.", name));
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto plan = validation.PlanFor(service->method(i)->input_type());
      EXPECT_TRUE(plan.ok()) << plan.status();
    }
  }
}

}  // namespace
}  // namespace aftersales::rpc
