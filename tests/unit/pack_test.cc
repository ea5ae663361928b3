#include "server/policy/pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

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
  EXPECT_EQ(mistake.field, "obligation[0].on[0]");
  EXPECT_NE(mistake.text.find("contact-registered"), std::string::npos) << mistake.text;
}

TEST(PackTest, AMistakeNamesTheWordThatWasMeant) {
  const auto text = [](const std::string& rest) {
    return OnlyMistake("class { name: 'major' title: 'Major' clauses: 'X' }\n" + rest).text;
  };
  const auto rule = [&](const std::string& on, const std::string& by, const std::string& more = "") {
    return text("obligation { kind: 'a' clauses: 'X-1' on: '" + on + "' by: '" + by +
                "' met_by { event: 'case-accepted' } " + more + " }");
  };
  EXPECT_EQ(
      rule("case-opend", "quality").find("\"case-opend\" is no event; did you mean \"case-opened\"? The events are "),
      0u);
  EXPECT_EQ(rule("case_opend", "quality").find("\"case_opend\" is no event; did you mean \"case-opened\"?"), 0u);
  EXPECT_EQ(rule("gossip", "quality").find("\"gossip\" is no event; the events are "), 0u);
  EXPECT_NE(rule("case-opened", "service-manger").find("did you mean \"service_manager\"?"), std::string::npos);
  EXPECT_NE(rule("case-opened", "quality", "blocks: 'close-cases'").find("did you mean \"close-case\"?"),
            std::string::npos);
  EXPECT_EQ(rule("case-opened", "quality", "where { classification: 'mayor' }"),
            "the pack has no classification \"mayor\"; it has major; did you mean \"major\"?");
  EXPECT_NE(rule("case-opened", "quality", "where { severity: 'minr' }").find("did you mean \"minor\"?"),
            std::string::npos);
}

TEST(PackTest, TheKindsOfDocumentsAreThoseThatRulesAndSectionsName) {
  const ParsedPack parsed =
      ParsePack(std::string(kHead) +
                "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'document-filed' "
                "document: 'report' } }\n"
                "obligation { kind: 'b' clauses: 'X' on: 'document-filed' where { document: 'list' } by: 'quality' "
                "met_by { event: 'case-accepted' } }\n"
                "file_section { name: 'A' clauses: 'X' documents: 'letter' }");
  ASSERT_NE(parsed.pack, nullptr);
  EXPECT_EQ(DocumentKinds(*parsed.pack), (std::set<std::string>{"letter", "list", "report"}));
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
            "the pack has no classification \"Z\"; it has none");
  EXPECT_EQ(OnlyMistake("only { action: 'fly' roles: 'quality' clauses: 'X-1' }").field, "only[0].action");
  EXPECT_EQ(OnlyMistake("only { action: 'accept-case' roles: 'quality' clauses: 'X-1' different_persons: true }").field,
            "only[0].different_persons");
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality' within { hours: -2 }\n"
                        "met_by { event: 'case-accepted' } }")
                .line,
            2);
}

TEST(PackTest, WhatNothingMeetsOrNamesNoClauseIsAMistake) {
  EXPECT_EQ(OnlyMistake("obligation { kind: 'a' clauses: 'X-1' on: 'case-opened' by: 'quality' }").field,
            "obligation[0].met_by");
  EXPECT_EQ(
      OnlyMistake("obligation { kind: 'a' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } }").field,
      "obligation[0].clauses");
  EXPECT_EQ(
      OnlyMistake("obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: "
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

TEST(PackTest, ATimeZoneIsANameAndNoPath) {
  for (const std::string zone : {"/proc/self/fd/2", "/etc/localtime", "../../../etc/localtime", "localtime",
                                 "Asia/../UTC", "Asia/Shanghai/", "a b"}) {
    const ParsedPack parsed =
        ParsePack("name: 's' title: 'S' effective_from: '2026-01-01' owner: 'quality' time_zone: '" + zone + "'");
    ASSERT_EQ(parsed.mistakes.size(), 1u) << zone;
    EXPECT_EQ(parsed.mistakes[0].field, "time_zone");
  }
  const ParsedPack huge = ParsePack("name: 's' title: 'S' effective_from: '2026-01-01' owner: 'quality' time_zone: '" +
                                    std::string(290000, 'x') + "'");
  ASSERT_EQ(huge.mistakes.size(), 1u);
  EXPECT_LT(huge.mistakes[0].text.size(), 300u);
}

TEST(PackTest, ManyMistakesCostNoMoreThanTheFirst) {
  std::string text = kHead;
  for (int i = 0; i < 5000; ++i) text += "class { name: '" + std::to_string(i) + "' clauses: 'X' }\n";
  text +=
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } where { "
      "classification: [";
  for (int i = 0; i < 20000; ++i) text += "'',";
  text += "''] } }";
  const ParsedPack parsed = ParsePack(text);
  EXPECT_EQ(parsed.mistakes.size(), 100u);
  for (const Mistake& mistake : parsed.mistakes) EXPECT_LT(mistake.text.size(), 400u);
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

std::string Rule(const std::string& more) {
  return "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' } " +
         more + " }";
}

TEST(PackTest, ClocksAreChecked) {
  EXPECT_EQ(OnlyMistake(Rule("within { }")).field, "obligation[0].within[0].hours");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 calendar_months: 1 }")).field, "obligation[0].within[0].hours");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 calendar: 'office' }")).field, "obligation[0].within[0].calendar");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 } within { hours: 2 }")).field, "obligation[0].within[1].where");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 } escalate { overdue_minutes: 5 to: 'executive' } escalate { "
                             "overdue_minutes: 5 to: 'executive' }"))
                .field,
            "obligation[0].escalate[1].overdue_minutes");
  EXPECT_EQ(OnlyMistake(Rule("escalate { to: 'executive' }")).field, "obligation[0].escalate[0]");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 } pause_on: 'lunch'")).field, "obligation[0].pause_on[0]");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 } pause_at_most { days: 1 }")).field, "obligation[0].pause_at_most");
  EXPECT_EQ(
      OnlyMistake("obligation { kind: 'a' clauses: 'X' on: 'case-reopened' by: 'quality' on_reopen: ANEW met_by { "
                  "event: 'case-accepted' } }")
          .field,
      "obligation[0].on_reopen");
  EXPECT_EQ(OnlyMistake(Rule("within { hours: 1 where { tier: 'near' } }")).field,
            "obligation[0].within[0].where[0].tier[0]");
}

TEST(PackTest, CalendarsAreRead) {
  const ParsedPack parsed =
      ParsePack(std::string(kHead) +
                "calendar { name: 'office' hours { days: ['monday', 'tuesday'] from: '08:00' to: '12:00' "
                "} hours { days: 'monday' from: '22:00' to: '06:00' } holidays: '2026-10-01' "
                "working_days: '2026-10-10' }");
  ASSERT_NE(parsed.pack, nullptr);
  const CalendarSpec& office = parsed.pack->calendars.at("office");
  ASSERT_EQ(office.week.size(), 3u);
  EXPECT_EQ(office.week[0].start_minute, 8 * 60);
  EXPECT_EQ(office.week[2].end_minute, 30 * 60) << "on the next day";
  EXPECT_EQ(office.holidays.at(0), absl::CivilDay(2026, 10, 1));
  EXPECT_EQ(OnlyMistake("calendar { name: 'x' hours { days: 'mon' from: '08:00' to: '12:00' } }").field,
            "calendar[0].hours[0].days[0]");
  EXPECT_EQ(OnlyMistake("calendar { name: 'x' hours { days: 'monday' from: '8:00' to: '12:00' } }").field,
            "calendar[0].hours[0].from");
  EXPECT_EQ(OnlyMistake("calendar { name: 'x' }").field, "calendar[0].hours");
  EXPECT_EQ(
      OnlyMistake("calendar { name: 'x' hours { days: 'monday' from: '08:00' to: '12:00' } holidays: '2026-02-30' }")
          .field,
      "calendar[0].holidays[0]");
}

TEST(PackTest, TiersTypesOutcomesCoverageAndRemediesAreChecked) {
  EXPECT_EQ(OnlyMistake("region_tier { name: 'a' clauses: 'X' } region_tier { name: 'b' clauses: 'X' }").field,
            "region_tier[1].regions");
  EXPECT_EQ(OnlyMistake("region_tier { name: 'a' regions: ['x', 'x'] clauses: 'X' }").field,
            "region_tier[0].regions[1]");
  EXPECT_EQ(OnlyMistake("type { name: 'a' clauses: 'X' } type { name: 'a' clauses: 'X' }").field, "type[1].name");
  EXPECT_EQ(OnlyMistake("outcome { name: 'a' }").field, "outcome[0].clauses");
  EXPECT_EQ(OnlyMistake("remedy { remedy: 'magic' title: 'M' clauses: 'X' }").field, "remedy[0].remedy");
  EXPECT_EQ(OnlyMistake("coverage { name: 'a' clauses: 'X' where { in_warranty: 'maybe' } }").field,
            "coverage[0].where[0].in_warranty[0]");
}

TEST(PackTest, AConjunctionStandsInsteadOfAnEvent) {
  EXPECT_EQ(
      OnlyMistake("obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { event: 'case-accepted' "
                  "all { event: 'case-closed' } } }")
          .field,
      "obligation[0].met_by[0].all");
  EXPECT_EQ(
      OnlyMistake("obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' met_by { all { event: 'x' } } }")
          .field,
      "obligation[0].met_by[0].all[0].event");
}

TEST(PackTest, StepsAreTheMutatingMethods) {
  const auto& steps = Steps();
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "check-out-visit") != steps.end());
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "close-case") != steps.end());
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "get-case") == steps.end());
  EXPECT_TRUE(std::find(steps.begin(), steps.end(), "receive-stock") == steps.end());
}

TEST(PackTest, CostRulesAreChecked) {
  const auto rule = [](const std::string& more) { return "cost_rule { name: 'staff' clauses: 'X' " + more + " }\n"; };
  EXPECT_EQ(OnlyMistake(rule("categories: 'tea' borne_by: 'company'")).field, "cost_rule[0].categories[0]");
  EXPECT_EQ(OnlyMistake(rule("")).field, "cost_rule[0].borne_by");
  EXPECT_EQ(OnlyMistake(rule("borne_by: 'The Company'")).field, "cost_rule[0].borne_by");
  EXPECT_EQ(OnlyMistake(rule("borne_by: 'customer'")).field, "cost_rule[0].borne_by");
  EXPECT_EQ(OnlyMistake("cost_rule { name: 'staff' borne_by: 'company' }").field, "cost_rule[0].clauses");
  EXPECT_EQ(OnlyMistake(rule("borne_by: 'company'") + rule("borne_by: 'company'")).field, "cost_rule[1].name");
  // A cost is no event: what only an event tells never holds.
  EXPECT_EQ(OnlyMistake(rule("borne_by: 'company' where { customer_pays: 'true' }")).field, "cost_rule[0].where[0]");
  const ParsedPack parsed = ParsePack(
      kHead + rule("categories: ['travel', 'lodging'] borne_by: 'service_manager' where { cause: 'manufacture' }"));
  ASSERT_NE(parsed.pack, nullptr) << parsed.mistakes.front().text;
  ASSERT_EQ(parsed.pack->cost_rules.size(), 1u);
  EXPECT_EQ(parsed.rules, 1);
  EXPECT_EQ(parsed.pack->cost_rules[0].categories,
            (std::vector<v1::CostCategory>{v1::COST_CATEGORY_TRAVEL, v1::COST_CATEGORY_LODGING}));
  EXPECT_EQ(parsed.pack->cost_rules[0].borne_by, "service_manager");
}

}  // namespace
}  // namespace aftersales::policy
