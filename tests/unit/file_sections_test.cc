// Sections of a case's file in a pack's text, and the gate before the archive.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"

namespace aftersales::policy {
namespace {

constexpr char kHead[] =
    "name: 'sample' title: 'Sample' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n";

TEST(FileSectionsTest, AreRead) {
  const ParsedPack parsed =
      ParsePack(absl::StrCat(kHead,
                             "file_section { name: 'B' title: 'Forms' clauses: 'X-1' documents: ['opinion', 'letter'] "
                             "holds: ['feedbacks', 'visits'] }"));
  ASSERT_NE(parsed.pack, nullptr);
  ASSERT_EQ(parsed.pack->file_sections.size(), 1u);
  const FileSection& section = parsed.pack->file_sections.front();
  EXPECT_EQ(section.name, "B");
  EXPECT_EQ(section.documents, (std::vector<std::string>{"opinion", "letter"}));
  EXPECT_EQ(section.holds, (std::vector<std::string>{"feedbacks", "visits"}));
  EXPECT_EQ(parsed.rules, 1);
}

TEST(FileSectionsTest, MistakesAreNamed) {
  const std::pair<const char*, const char*> wrong[] = {
      {"file_section { clauses: 'X-1' holds: 'visits' }", "file_section[0].name"},
      {"file_section { name: 'A' holds: 'visits' }", "file_section[0].clauses"},
      {"file_section { name: 'A' clauses: 'X-1' holds: 'wheels' }", "file_section[0].holds[0]"},
      {"file_section { name: 'A' clauses: 'X-1' documents: 'Opinion form' }", "file_section[0].documents"},
      {"file_section { name: 'A' clauses: 'X-1' holds: 'visits' } file_section { name: 'A' clauses: 'X-1' }",
       "file_section[1].name"},
      {"file_section { name: 'A' clauses: 'X-1' holds: 'visits' } file_section { name: 'B' clauses: 'X-1' holds: "
       "['costs', 'visits'] }",
       "file_section[1].holds[1]"},
      {"file_section { name: 'A' clauses: 'X-1' documents: 'letter' } file_section { name: 'B' clauses: 'X-1' "
       "documents: 'letter' }",
       "file_section[1].documents[0]"},
  };
  for (const auto& [text, field] : wrong) {
    const ParsedPack parsed = ParsePack(absl::StrCat(kHead, text));
    EXPECT_EQ(parsed.pack, nullptr) << text;
    ASSERT_EQ(parsed.mistakes.size(), 1u) << text;
    EXPECT_EQ(parsed.mistakes.front().field, field) << text;
  }
}

v1::Obligation Open(const std::string& kind, bool survives_close) {
  v1::Obligation owed;
  owed.set_name("obligations/" + kind);
  owed.set_kind(kind);
  owed.set_title(kind);
  owed.set_owner(v1::ROLE_QUALITY);
  owed.set_subject("cases/1");
  owed.set_state(v1::OBLIGATION_STATE_OPEN);
  owed.set_survives_close(survives_close);
  return owed;
}

TEST(ArchiveGateTest, EverythingOpenHoldsItUp) {
  const ParsedPack parsed = ParsePack(absl::StrCat(
      kHead,
      "obligation { kind: 'summary' clauses: 'X-2' on: 'case-closed' by: 'quality' met_by { event: 'document-filed' "
      "document: 'summary' } required_for: 'archive-case' survives_close: true }"));
  ASSERT_NE(parsed.pack, nullptr);
  const Pack& pack = *parsed.pack;
  EXPECT_TRUE(HasGate(pack, "archive-case"));
  EXPECT_TRUE(HasGate(pack, "close-case"));
  EXPECT_FALSE(HasGate(pack, "pause-case"));
  const auto kinds = [&](const std::string& step, const std::vector<v1::Obligation>& all) {
    std::vector<std::string> kinds;
    for (const Obstacle& obstacle : Obstacles(pack, step, "cases/1", {}, all)) kinds.push_back(obstacle.kind);
    return kinds;
  };
  v1::Obligation done = Open("summary", true);
  done.set_state(v1::OBLIGATION_STATE_MET);
  // A duty of a rule that the pack does not even have any more, too.
  const std::vector<v1::Obligation> all = {done, Open("survey", true), Open("call", false)};
  EXPECT_EQ(kinds("archive-case", all), (std::vector<std::string>{"survey", "call"}));
  EXPECT_EQ(kinds("close-case", all), (std::vector<std::string>{"call"}));
  EXPECT_EQ(kinds("archive-case", {done}), std::vector<std::string>{});
  // What has not come up is missed, and what is open is told once.
  EXPECT_EQ(kinds("archive-case", {}), (std::vector<std::string>{"summary"}));
  EXPECT_EQ(kinds("archive-case", {Open("summary", true)}), (std::vector<std::string>{"summary"}));
}

TEST(ArchiveGateTest, WhatIsRequiredOfACaseIsToldByItsFacts) {
  const ParsedPack parsed = ParsePack(absl::StrCat(
      kHead,
      "obligation { kind: 'form' clauses: 'X-3' on: 'case-opened' where { emergency: 'true' } by: 'quality' met_by { "
      "event: 'document-filed' document: 'form' } required_for: 'archive-case' }"));
  ASSERT_NE(parsed.pack, nullptr);
  const ObligationRule& rule = parsed.pack->obligations.front();
  EXPECT_TRUE(IsRequired(rule, "archive-case", {{"emergency", "true"}}));
  EXPECT_FALSE(IsRequired(rule, "archive-case", {{"emergency", "false"}}));
  EXPECT_FALSE(IsRequired(rule, "close-case", {{"emergency", "true"}}));
}

}  // namespace
}  // namespace aftersales::policy
