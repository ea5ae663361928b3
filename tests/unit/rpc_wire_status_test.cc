// Statuses are cut to what fits into trailing metadata, and keep what programs need.
#include "server/rpc/wire_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"

namespace aftersales::rpc {
namespace {

using testing::HasSubstr;

template <typename Detail>
bool Find(const google::rpc::Status& status, Detail* detail) {
  for (const auto& any : status.details()) {
    if (any.UnpackTo(detail)) return true;
  }
  return false;
}

google::rpc::Status Wire(const absl::Status& status) {
  const grpc::Status sent = ToGrpcStatus(status);
  google::rpc::Status wire;
  EXPECT_TRUE(wire.ParseFromString(sent.error_details()));
  EXPECT_LE(sent.error_details().size(), kMostDetailBytes);
  EXPECT_LE(sent.error_message().size(), kMostMessageBytes);
  EXPECT_EQ(wire.message(), sent.error_message());
  EXPECT_EQ(wire.code(), sent.error_code());
  return wire;
}

TEST(WireStatusTest, SmallOnesGoAsTheyAre) {
  const absl::Status status = NotFoundError("cases/C2026-000001");
  EXPECT_EQ(Wire(status).SerializeAsString(), ToRpcStatus(status).SerializeAsString());
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST(WireStatusTest, ViolationsBeyondTheRoomAreCounted) {
  Error error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN, "Something is owed.");
  error.With("resource", "cases/C1").RetryAfter(absl::Seconds(2));
  for (int i = 0; i < 500; ++i) error.Violates({"arrival", absl::StrCat("obligations/", i), std::string(50, 'x')});
  const google::rpc::Status wire = Wire(error);

  google::rpc::ErrorInfo reason;
  ASSERT_TRUE(Find(wire, &reason));
  EXPECT_EQ(reason.reason(), "OBLIGATION_OPEN");
  EXPECT_EQ(reason.metadata().at("resource"), "cases/C1");
  google::rpc::PreconditionFailure failure;
  ASSERT_TRUE(Find(wire, &failure));
  EXPECT_GT(failure.violations_size(), 20);
  EXPECT_EQ(failure.violations(0).subject(), "obligations/0");
  const int more = 500 - failure.violations_size();
  EXPECT_EQ(reason.metadata().at("more"), absl::StrCat(more));
  EXPECT_THAT(wire.message(), HasSubstr(absl::StrCat("and ", more, " more")));
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(Find(wire, &retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
}

TEST(WireStatusTest, FieldsBeyondTheRoomAreCounted) {
  Error error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID, "Fields are wrong.");
  for (int i = 0; i < 200; ++i) error.Field(absl::StrCat("lines[", i, "]"), std::string(100, 'y'));
  const google::rpc::Status wire = Wire(error);
  google::rpc::BadRequest bad;
  ASSERT_TRUE(Find(wire, &bad));
  EXPECT_GT(bad.field_violations_size(), 10);
  EXPECT_THAT(wire.message(), HasSubstr("more)"));
}

TEST(WireStatusTest, LongTextsAreCutAtCharacters) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "障";
  const google::rpc::Status wire = Wire(FieldError("description", text));
  EXPECT_THAT(wire.message(), testing::EndsWith("..."));
  const std::string kept = wire.message().substr(0, wire.message().size() - 3);
  EXPECT_EQ((kept.size() - std::string("description: ").size()) % 3, 0u) << "only whole characters of three bytes";
  google::rpc::Status again;
  EXPECT_TRUE(again.ParseFromString(wire.SerializeAsString())) << "not UTF-8";
}

TEST(WireStatusTest, MonstrousMetadata) {
  Error error(absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH, std::string(5000, 'z'));
  for (int i = 0; i < 100; ++i) error.With(absl::StrCat("key", i), std::string(1000, 'v'));
  error.Violates({"a", "b", std::string(10000, 'w')});
  const google::rpc::Status wire = Wire(error);
  google::rpc::ErrorInfo reason;
  ASSERT_TRUE(Find(wire, &reason));
  EXPECT_EQ(reason.reason(), "ETAG_MISMATCH");
}

TEST(WireStatusTest, CutText) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("abcd", 3), "...");
  EXPECT_EQ(CutText("abcdef", 5), "ab...");
  EXPECT_EQ(CutText("障碍", 18), "障碍");
  EXPECT_EQ(CutText("障碍", 17), "障...");
}

}  // namespace
}  // namespace aftersales::rpc
