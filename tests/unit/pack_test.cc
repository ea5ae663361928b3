#include "server/policy/pack.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/embedded_files.h"

namespace aftersales::policy {
namespace {

constexpr char kHead[] =
    "name: 'sample' title: 'Sample' effective_from: '2026-01-01' time_zone: 'Asia/Shanghai' owner: 'quality'\n";

// The only mistake of a pack that has this after a sound head.
Mistake OnlyMistake(const std::string& text) {
  const ParsedPack parsed = ParsePack(kHead + text);
  EXPECT_EQ(parsed.pack, nullptr);
  EXPECT_EQ(parsed.mistakes.size(), 1u) << text;
  return parsed.mistakes.empty() ? Mistake{} : parsed.mistakes.front();
}

TEST(PackTest, EveryPackThatShipsIsSound) {
  ASSERT_FALSE(Packs().empty());
  for (const EmbeddedFile& file : Packs()) {
    const ParsedPack parsed = ParsePack(std::string(file.content));
    for (const Mistake& mistake : parsed.mistakes) {
      ADD_FAILURE() << file.name << ":" << mistake.line << ": " << mistake.field << ": " << mistake.text;
    }
  }
}

TEST(PackTest, AMistakeNamesItsLineAndField) {
  const Mistake mistake = OnlyMistake(
      "obligation {\n  kind: 'reply'\n  clauses: 'X-1'\n  on: 'contact-registred'\n  by: 'quality'\n"
      "  met_by { event: 'contact-answered' }\n}\n");
  EXPECT_EQ(mistake.line, 5);
  EXPECT_EQ(mistake.field, "obligation[0].on");
  EXPECT_NE(mistake.text.find("contact-registered"), std::string::npos) << mistake.text;
}

TEST(PackTest, MistakesInNestedPlacesAreNamed) {
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality'\n"
                        "met_by { event: 'solution-approved'\n role: 'boss' } }")
                .line,
            4);
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality'\n"
                        "where { channel: 'smoke' } met_by { event: 'case-accepted' } }")
                .field,
            "obligation[0].where[0].channel[0]");
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality'\n"
                        "where { classification: 'Z' } met_by { event: 'case-accepted' } }")
                .text,
            "the pack has no class \"Z\"");
  EXPECT_EQ(OnlyMistake("only { action: 'fly' roles: 'quality' clauses: 'X-1' }").field, "only[0].action");
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality' within { hours: -2 }\n"
                        "met_by { event: 'case-accepted' } }")
                .line,
            2);
}

TEST(PackTest, WhatNothingMeetsOrNamesNoClauseIsAMistake) {
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality' }").field,
            "obligation[0].met_by");
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } }").field,
            "obligation[0].clauses");
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: "
                        "'case-accepted' } }\nobligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { "
                        "event: 'case-accepted' } }")
                .line,
            3);
}

TEST(PackTest, TheHeadIsChecked) {
  EXPECT_EQ(ParsePack("").mistakes.size(), 5u);
  for (const char* wrong : {"name: 'S P' title: 'S' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'",
                            "name: 's' title: 'S' effective_from: '2026-02-30' time_zone: 'UTC' owner: 'quality'",
                            "name: 's' title: 'S' effective_from: '2026-01-01' time_zone: 'Mars/Base' owner: 'quality'",
                            "name: 's' title: 'S' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'king'"}) {
    EXPECT_EQ(ParsePack(wrong).mistakes.size(), 1u) << wrong;
  }
}

TEST(PackTest, NoTextCrashesTheParser) {
  for (const std::string& text :
       {std::string("\0\0\0", 3), std::string("{{{{{{"), std::string(100000, '{'), std::string("name: \"\xff\xfe\""),
        std::string("obligation { obligation { } }"), std::string("name: 12"), std::string("name: 'a' name: 'b'")}) {
    EXPECT_FALSE(ParsePack(text).mistakes.empty());
  }
  std::string many = kHead;
  for (int i = 0; i < 3000; ++i) many += "only { action: 'x' }\n";
  EXPECT_LE(ParsePack(many).mistakes.size(), 100u);
}

TEST(PackTest, StepsAreTheMutatingMethods) {
  const auto& steps = Steps();
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "check-out-visit") != steps.end());
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "close-case") != steps.end());
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "get-case") == steps.end());
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "receive-stock") == steps.end());
}

}  // namespace
}  // namespace aftersales::policy
