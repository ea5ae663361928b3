// Names, times, errors and randomness.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <set>

#include "aftersales/v1/event.pb.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/clock.h"
#include "server/base/currency.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/random.h"
#include "server/base/text.h"

namespace aftersales {
namespace {

TEST(NamesTest, EnumValuesAsPeopleWriteThem) {
  EXPECT_EQ(Word(v1::ROLE_FIELD_ENGINEER), "field_engineer");
  EXPECT_EQ(Word(v1::EVENT_TYPE_CASE_OPENED, '-'), "case-opened");
  EXPECT_EQ(Word(static_cast<v1::Role>(999)), "999");
  v1::Role role = v1::ROLE_UNSPECIFIED;
  EXPECT_TRUE(ParseWord("field-engineer", &role));
  EXPECT_EQ(role, v1::ROLE_FIELD_ENGINEER);
  EXPECT_FALSE(ParseWord("unspecified", &role)) << "the zero value has no word";
  EXPECT_FALSE(ParseWord("", &role));
}

TEST(NamesTest, StepsAndCollections) {
  EXPECT_EQ(StepName("CheckOutVisit"), "check-out-visit");
  EXPECT_EQ(CollectionOf("cases/C2026-000001"), "cases");
  EXPECT_EQ(CollectionOf("cases/C2026-000001/documents/7"), "cases/*/documents");
  for (const char* wrong : {"", "cases", "cases/", "/cases/1", "cases//1", "cases/1/", "cases/1/documents"}) {
    EXPECT_EQ(CollectionOf(wrong), "") << wrong;
  }
  EXPECT_EQ(ParentOf("cases/C2026-000001/documents/7"), "cases/C2026-000001");
  EXPECT_EQ(ParentOf("cases/1"), "");
}

TEST(TextTest, WhatIsWrittenInManyWaysIsComparedAsOne) {
  for (const char* same :
       {"brake pad", " Brake  PAD ", "ＢＲＡＫＥ\u3000Ｐａｄ", "brake\u00a0pad", "bra\u200bke\u2003pad\u00ad"}) {
    EXPECT_EQ(Folded(same), "brake pad") << same;
  }
  for (const char* same : {"制动阀", "制 动\u3000阀", "制动\u200b阀 "}) EXPECT_EQ(Folded(same), "制动阀") << same;
  EXPECT_EQ(Folded("阀 A 1"), "阀a 1") << "words stay apart where spaces keep them apart";
  EXPECT_EQ(Folded("ﾌﾞﾚｰｷ"), "ブレーキ") << "half width";
  EXPECT_EQ(Folded("\u2fa6属"), "金属") << "a radical that looks like the character";
  EXPECT_EQ(Folded("ÉTANCHÉITÉ"), Folded("e\u0301tanche\u0301ite\u0301"));
  EXPECT_EQ(Folded(" \u200b\t"), "");
  EXPECT_NE(Folded("brake pads"), Folded("brake pad"));
}

TEST(TextTest, ALongTextIsCutBetweenCharacters) {
  EXPECT_EQ(FirstCharacters("阀门阀", 2), "阀门");
  EXPECT_EQ(FirstCharacters("阀门", 2), "阀门");
  EXPECT_EQ(FirstCharacters("", 2), "");
  EXPECT_EQ(FirstCharacters("abc", 0), "");
}

TEST(CurrencyTest, AmountsAreToldInTheCurrencysOwnUnit) {
  const auto told = [](int64_t units, const char* code) {
    v1::Money money;
    money.set_minor_units(units);
    money.set_currency_code(code);
    return ForPeople(money);
  };
  EXPECT_EQ(told(123450, "CNY"), "CNY 1234.50");
  EXPECT_EQ(told(5, "CNY"), "CNY 0.05");
  EXPECT_EQ(told(-5, "EUR"), "EUR -0.05");
  EXPECT_EQ(told(1234, "JPY"), "JPY 1234");
  EXPECT_EQ(told(1234, "KWD"), "KWD 1.234");
  EXPECT_EQ(told(std::numeric_limits<int64_t>::min(), "JPY"), "JPY -9223372036854775808");
}

TEST(ClockTest, TimesSurviveTheirForms) {
  for (const int64_t micros : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{-1000001}, int64_t{1800000000123456}}) {
    EXPECT_EQ(ToMicros(FromProto(ToProto(FromMicros(micros)))), micros);
    EXPECT_GE(ToProto(FromMicros(micros)).nanos(), 0);
  }
}

TEST(ClockTest, TheTestClockFollowsItsFileAndIgnoresNonsense) {
  const std::string path = ::testing::TempDir() + "/clock";
  const auto offset = [&](const std::string& text) {
    std::ofstream(path) << text;
    return FileOffsetClock(path).Now() - absl::Now();
  };
  EXPECT_GT(offset("3600"), absl::Minutes(59));
  EXPECT_GT(offset("nonsense"), absl::Minutes(59)) << "an unreadable offset changed the time";
  EXPECT_LT(offset("-3600.5"), -absl::Minutes(59));
  EXPECT_LT(offset("0"), absl::Minutes(1));
  std::remove(path.c_str());
}

TEST(ErrorTest, CarriesReasonFieldsAndViolations) {
  const absl::Status status = Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN, "Shut.")
                                  .With("resource", "visits/1")
                                  .Violates({"customer-satisfied", "obligations/7", "owed"})
                                  .RetryAfter(absl::Milliseconds(1500));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_OBLIGATION_OPEN);
  const google::rpc::Status wire = ToRpcStatus(status);
  ASSERT_EQ(wire.details_size(), 3);
  google::rpc::ErrorInfo reason;
  ASSERT_TRUE(wire.details(0).UnpackTo(&reason));
  EXPECT_EQ(reason.reason(), "OBLIGATION_OPEN");
  EXPECT_EQ(reason.domain(), "aftersales");
  EXPECT_EQ(reason.metadata().at("resource"), "visits/1");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(wire.details(2).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().nanos(), 500000000);
}

TEST(ErrorTest, WhatForbidsTheSameIsToldTogether) {
  const absl::Status owed = Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN, "Owed.")
                                .With("resource", "cases/1")
                                .Violates({"summary", "obligations/7", "owed"});
  const absl::Status undecided = Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS, "Open.")
                                     .Violates({"meeting", "cases/1/meetings/2", "convened"});
  EXPECT_EQ(Together(absl::OkStatus(), undecided), undecided);
  EXPECT_EQ(Together(owed, absl::OkStatus()), owed);
  EXPECT_EQ(Together(owed, absl::NotFoundError("gone")), owed) << "is another matter";
  const absl::Status both = Together(owed, undecided);
  EXPECT_EQ(ReasonOf(both), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_EQ(both.message(), "Owed. Open.");
  const google::rpc::Status wire = ToRpcStatus(both);
  ASSERT_EQ(wire.details_size(), 2);
  google::rpc::PreconditionFailure violations;
  ASSERT_TRUE(wire.details(1).UnpackTo(&violations));
  ASSERT_EQ(violations.violations_size(), 2);
  EXPECT_EQ(violations.violations(0).subject(), "obligations/7");
  EXPECT_EQ(violations.violations(1).subject(), "cases/1/meetings/2");
}

TEST(ErrorTest, EveryStatusGetsAReason) {
  EXPECT_EQ(ReasonOf(absl::UnavailableError("gone")), v1::ERROR_REASON_STORAGE_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(absl::UnknownError("?")), v1::ERROR_REASON_INTERNAL);
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(RandomTest, UuidsAreOfVersion4AndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = RandomUuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(RandomTest, DigestOfTheStandardsExample) {
  // FIPS 180-4, example "abc".
  EXPECT_EQ(ToHex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace aftersales
