// Values and texts as people write and see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "client/cli/render.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "client/cli/values.h"
#include "client/cli/words.h"

namespace aftersales::cli {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1772415000);  // 2026-03-02 01:30 UTC

absl::TimeZone Berlin() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &zone));
  return zone;
}

TEST(Times, AreUnderstood) {
  const absl::TimeZone china = absl::FixedTimeZone(8 * 3600);
  const struct {
    const char* text;
    absl::Time time;
  } cases[] = {
      {"now", kNow},
      {"-25m", kNow - absl::Minutes(25)},
      {"+2h", kNow + absl::Hours(2)},
      {"+2h30m", kNow + absl::Minutes(150)},
      {"-1d", kNow - absl::Hours(24)},
      {"+1w2d3h", kNow + absl::Hours(24 * 9 + 3)},
      {"2026-03-02 09:30", kNow},
      {"2026-03-02 09:30:00", kNow},
      {"2026-03-02T09:30", kNow},
      {"2026-03-02", kNow - absl::Minutes(570)},
      {"2026-03-02T01:30:00Z", kNow},
      {"2026-03-02T09:30:00+08:00", kNow},
      {"2026-03-02T01:30:00.250Z", kNow + absl::Milliseconds(250)},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<absl::Time> time = ParseTime(c.text, kNow, china);
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_EQ(*time, c.time) << c.text;
  }
}

TEST(Times, OtherwiseAreRefused) {
  for (const char* text : {"", "yesterday", "25m", "+", "-", "+5", "+-5m", "--5m", "+5x", "2026-13-01", "2026-02-30",
                           "2026-03-02 25:00", "1772415000", "+99999999999d", "2026-03-02T09:30:00 junk"}) {
    EXPECT_FALSE(ParseTime(text, kNow, absl::UTCTimeZone()).ok()) << text;
  }
}

TEST(Times, ThatTheClockSkipsOrRepeatsAreRefused) {
  EXPECT_FALSE(ParseTime("2026-03-29 02:30", kNow, Berlin()).ok());  // skipped
  EXPECT_FALSE(ParseTime("2026-10-25 02:30", kNow, Berlin()).ok());  // twice
  EXPECT_TRUE(ParseTime("2026-10-25 03:30", kNow, Berlin()).ok());
}

TEST(Times, KeepTheirFractionBeforeTheEpoch) {
  const absl::Time early = absl::UnixEpoch() - absl::Milliseconds(1);
  EXPECT_EQ(ToTimestamp(early).nanos(), 999000000);
  EXPECT_EQ(ToTime(ToTimestamp(early)), early);
}

TEST(Money, ReadsAndWritesWhatItReads) {
  const struct {
    const char* text;
    int64_t units;
  } cases[] = {{"CNY 12.50", 1250}, {"CNY 0.07", 7},     {"CNY -0.07", -7},
               {"CNY -3.00", -300}, {"JPY 500", 500},    {"KWD 1.234", 1234},
               {"UGX 500", 500},    {"IQD 1.234", 1234}, {"EUR 1000000.00", 100000000}};
  for (const auto& c : cases) {
    const absl::StatusOr<v1::Money> money = ParseMoney(c.text);
    ASSERT_TRUE(money.ok()) << money.status();
    EXPECT_EQ(money->minor_units(), c.units) << c.text;
    EXPECT_EQ(FormatMoney(*money), c.text);
  }
  EXPECT_EQ(ParseMoney("cny 5")->minor_units(), 500);
  for (const char* text : {"", "12.50", "CNY", "CNY x", "CNY 1.234", "JPY 1.5", "CNY .5", "CNY --1", "CNY 1e5",
                           "CNY 99999999999999999999", "YUAN 5", "CNY 1 2"}) {
    EXPECT_FALSE(ParseMoney(text).ok()) << text;
  }
}

TEST(Enums, GoByWords) {
  EXPECT_EQ(*ParseEnumWord(v1::Role_descriptor(), "field-engineer"), v1::ROLE_FIELD_ENGINEER);
  EXPECT_EQ(*ParseEnumWord(v1::Role_descriptor(), "FIELD_ENGINEER"), v1::ROLE_FIELD_ENGINEER);
  EXPECT_EQ(*ParseEnumWord(v1::Role_descriptor(), "ROLE_FIELD_ENGINEER"), v1::ROLE_FIELD_ENGINEER);
  for (const char* word : {"", "unspecified", "-", "ROLE_UNSPECIFIED", "5"}) {
    EXPECT_FALSE(ParseEnumWord(v1::Role_descriptor(), word).ok()) << word;
  }
}

TEST(Messages, GoByFieldsJsonOrShortForms) {
  v1::PickingLine line;
  ASSERT_TRUE(ParseMessage("part=parts/1,warehouse=warehouses/2,quantity=3", kNow, absl::UTCTimeZone(), line).ok());
  EXPECT_EQ(line.part(), "parts/1");
  EXPECT_EQ(line.quantity(), 3);
  v1::PickingLine json;
  ASSERT_TRUE(ParseMessage(R"({"part":"parts/1","quantity":"3"})", kNow, absl::UTCTimeZone(), json).ok());
  EXPECT_EQ(json.quantity(), 3);
  v1::Evidence evidence;
  ASSERT_TRUE(ParseMessage(R"(text=a\, b,person=Wang)", kNow, absl::UTCTimeZone(), evidence).ok());
  EXPECT_EQ(evidence.text(), "a, b");
  v1::RoleGrant grant;
  ASSERT_TRUE(ParseMessage("quality:head", kNow, absl::UTCTimeZone(), grant).ok());
  EXPECT_TRUE(grant.head());
  v1::RoleGrant long_form;
  ASSERT_TRUE(ParseMessage("role=field-engineer,head=true", kNow, absl::UTCTimeZone(), long_form).ok());
  EXPECT_EQ(long_form.role(), v1::ROLE_FIELD_ENGINEER);
  v1::CalendarVersion calendar;
  const auto* holidays = calendar.GetDescriptor()->FindFieldByName("holidays");
  ASSERT_TRUE(SetField(holidays, "2027-01-01", kNow, absl::UTCTimeZone(), calendar).ok());
  ASSERT_TRUE(SetField(holidays, "year=2028,month=2,day=29", kNow, absl::UTCTimeZone(), calendar).ok());
  EXPECT_EQ(Cell(calendar, "holidays", absl::UTCTimeZone()), "2027-01-01, 2028-02-29");
  for (const char* wrong : {"", "2027-1-1", "2027-02-30", "2027-01-01T00:00:00", "tomorrow"}) {
    v1::Date refused;
    EXPECT_FALSE(ParseMessage(wrong, kNow, absl::UTCTimeZone(), refused).ok()) << wrong;
  }
  for (const char* wrong : {"", "part", "colour=red", "quantity=many", "=1", "{", R"({"colour":1})", "quantity=1,,"}) {
    v1::PickingLine refused;
    EXPECT_FALSE(ParseMessage(wrong, kNow, absl::UTCTimeZone(), refused).ok()) << wrong;
  }
}

TEST(Names, MayLeaveOutWhereTheyBegin) {
  v1::PickingLine line;
  ASSERT_TRUE(ParseMessage("part=7,warehouse=warehouses/2", kNow, absl::UTCTimeZone(), line).ok());
  EXPECT_EQ(line.part(), "parts/7");
  EXPECT_EQ(line.warehouse(), "warehouses/2");
  const auto filled = [](const std::string& text) {
    v1::ApproveSolutionRequest request;
    const auto* name = request.GetDescriptor()->FindFieldByName("name");
    EXPECT_TRUE(SetField(name, text, kNow, absl::UTCTimeZone(), request).ok());
    return request.name();
  };
  EXPECT_EQ(filled("C1/solutions/2"), "cases/C1/solutions/2");
  EXPECT_EQ(filled("cases/C1/solutions/2"), "cases/C1/solutions/2");
  EXPECT_EQ(filled("C1"), "C1");
  EXPECT_EQ(filled(""), "");
  const auto* parent = v1::Attachment::descriptor()->FindFieldByName("parent");  // many kinds of names
  EXPECT_EQ(WholeName(parent, "C2026-000005"), "cases/C2026-000005");
  EXPECT_EQ(WholeName(parent, "C2026-000005/documents/7"), "cases/C2026-000005/documents/7");
  for (const char* whole : {"cases/C2026-000005", "visits/12", "7", "C", "Caretaker-1", "C2026-5/more/of/it", ""}) {
    EXPECT_EQ(WholeName(parent, whole), whole);
  }
}

TEST(Text, IsHarmless) {
  EXPECT_EQ(Printable("plain 你好"), "plain 你好");
  EXPECT_EQ(Printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(Printable("a\nb\tc\r\x7f"), "a\\nb\\tc\\x0d\\x7f");
  EXPECT_EQ(Printable(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\x9b");  // CSI in one code point
  EXPECT_EQ(Printable("\u202e\u2066\u2028"), "\\u202e\\u2066\\u2028");
  EXPECT_EQ(Printable("\xff\xc0\xaf\xed\xa0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(Printable("\xe4\xbd"), "\\xe4\\xbd");  // cut in the middle
  EXPECT_EQ(PrintableJson("{\"a\": \"\xc2\x9b\u202e\x7f\"}"), "{\"a\": \"\\u009b\\u202e\\u007f\"}");
  EXPECT_EQ(PrintableJson("{\n \"a\": \"\xF3\xA0\x80\x81\"}"), "{\n \"a\": \"\\udb40\\udc01\"}");
}

TEST(Text, KnowsItsWidth) {
  EXPECT_EQ(Width("abc"), 3u);
  EXPECT_EQ(Width("长春"), 4u);
  EXPECT_EQ(Width("e\u0301"), 1u);
  EXPECT_EQ(Width("ｶ"), 1u);   // half width
  EXPECT_EQ(Width("，"), 2u);  // full width
  EXPECT_EQ(Cut("abcdef", 4), "abc…");
  EXPECT_EQ(Cut("长春铁路", 5), "长春…");
  EXPECT_EQ(Cut("abc", 3), "abc");
  EXPECT_EQ(Padded("长", 4), "长  ");
}

TEST(Text, FindsWhatWasMeant) {
  EXPECT_THAT(Closest("acept", {"accept", "close", "open"}), ElementsAre("accept"));
  EXPECT_THAT(Closest("zebra", {"accept", "close", "open"}), ElementsAre());
  EXPECT_EQ(DidYouMean("opne", {"open"}), "; did you mean 'open'?");
}

TEST(Tables, AreCutToTheTerminal) {
  Table table({"NAME", "TEXT"});
  table.Add({"cases/C2026-000001", "a long description of what happened"});
  table.Add({"cases/1", ""});
  std::ostringstream wide;
  table.Print(wide, 0);
  EXPECT_EQ(wide.str(),
            "NAME                TEXT\n"
            "cases/C2026-000001  a long description of what happened\n"
            "cases/1             -\n");
  std::ostringstream narrow;
  table.Print(narrow, 32);
  EXPECT_EQ(narrow.str(),
            "NAME                TEXT\n"
            "cases/C2026-000001  a long desc…\n"
            "cases/1             -\n");
  std::ostringstream tiny;
  table.Print(tiny, 5);  // names stay whole
  EXPECT_TRUE(tiny.str().find("cases/C2026-000001") != std::string::npos);
}

TEST(Words, TellNounAndVerbFromFlags) {
  const CommandWords split = SplitWords({"-o", "json", "--endpoint=x:1", "case", "--context", "here", "list", "--all"});
  EXPECT_EQ(split.noun, "case");
  EXPECT_EQ(split.verb, "list");
  EXPECT_THAT(split.rest, ElementsAre("-o", "json", "--endpoint=x:1", "--context", "here", "--all"));
  EXPECT_TRUE(SplitWords({"case", "-h"}).help);
  EXPECT_TRUE(SplitWords({"--version"}).version);
  EXPECT_EQ(SplitWords({}).noun, "");
  EXPECT_EQ(PeekFormat({"case", "-o", "json"}), Format::kJson);
  EXPECT_EQ(PeekFormat({"--output=wide"}), Format::kWide);
  EXPECT_EQ(PeekFormat({"-ojson"}), Format::kJson);
  EXPECT_EQ(PeekFormat({"-o", "nonsense"}), Format::kTable);
  EXPECT_EQ(PeekFormat({"-o"}), Format::kTable);
}

}  // namespace
}  // namespace aftersales::cli
