// A repeated request gets the first one's answer, whatever happened in between.
#include <barrier>
#include <thread>
#include <vector>

#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

class RequestLogTest : public StorageTest {};
INSTANTIATE_TEST_SUITE_P(Engines, RequestLogTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(RequestLogTest, ARepeatGetsTheStoredReply) {
  Call call = TestCall(RandomUuid());
  ASSERT_EQ(WriteOne(*db_, call, "body", "first")->text(), "first");
  EXPECT_EQ(WriteOne(*db_, call, "body", "second")->text(), "first");
  EXPECT_EQ(Count(*db_), 1);
}

TEST_P(RequestLogTest, ARepeatAtAnotherServerAndAfterARestartGetsTheStoredReply) {
  Call call = TestCall(RandomUuid());
  ASSERT_EQ(WriteOne(*db_, call, "body", "first")->text(), "first");
  db_.reset();
  db_ = database_.Open(clock_);
  EXPECT_EQ(WriteOne(*db_, call, "body", "second")->text(), "first");
}

TEST_P(RequestLogTest, TheSameRequestAtTheSameMomentIsDoneOnce) {
  for (int round = 1; round <= 20; ++round) {
    const std::string id = RandomUuid();
    constexpr int kCallers = 4;
    std::barrier together(kCallers);
    std::vector<std::thread> threads;
    std::vector<absl::StatusOr<v1::Contact>> replies(kCallers, absl::UnknownError(""));
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        Call call = TestCall(id);
        together.arrive_and_wait();
        replies[i] = WriteOne(*db_, call, "body", "by " + std::to_string(i));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& reply : replies) {
      ASSERT_TRUE(reply.ok()) << reply.status();
      EXPECT_EQ(reply->text(), replies[0]->text());
    }
    EXPECT_EQ(Count(*db_), round);
  }
}

TEST_P(RequestLogTest, AnotherBodyUnderTheSameIdIsRefused) {
  Call call = TestCall(RandomUuid());
  ASSERT_TRUE(WriteOne(*db_, call, "body", "first").ok());
  const absl::Status status = WriteOne(*db_, call, "another body", "second").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_EQ(Count(*db_), 1);
}

TEST_P(RequestLogTest, IdsOfOtherCallersAndMethodsAreOthers) {
  const std::string id = RandomUuid();
  Call call = TestCall(id);
  ASSERT_TRUE(WriteOne(*db_, call, "body", "first").ok());
  Call other_method = TestCall(id, "test.Service/Other");
  EXPECT_EQ(WriteOne(*db_, other_method, "body", "second")->text(), "second");
  Call other_caller = TestCall(id);
  other_caller.caller.principal = "principals/else";
  EXPECT_EQ(WriteOne(*db_, other_caller, "body", "third")->text(), "third");
}

TEST_P(RequestLogTest, ARefusalChangesNothingAndIsJudgedAgain) {
  Call call = TestCall(RandomUuid());
  const auto refuse = [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    EXPECT_TRUE(AddOne(tx, "").ok());
    tx.Append({"root", 1, "type", "subject", "body"});
    return NotFoundError("cases/1");
  };
  const absl::Status status = db_->Write<v1::Contact>(call, Request("body"), refuse).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Count(*db_), 0);
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM event"), 0);
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM request_log"), 0);
  EXPECT_EQ(WriteOne(*db_, call, "body", "now it goes")->text(), "now it goes");
}

TEST_P(RequestLogTest, ATrialAnswersAndKeepsNothing) {
  Call call = TestCall(RandomUuid());
  call.validate_only = true;
  const auto body = [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    tx.Append({"root", 1, "type", "subject", "body"});
    return AddOne(tx, "as if");
  };
  EXPECT_EQ(db_->Write<v1::Contact>(call, Request("body"), body)->text(), "as if");
  EXPECT_EQ(Count(*db_), 0);
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM event"), 0);
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM request_log"), 0);
}

TEST_P(RequestLogTest, AReplyWithASecretIsNotKept) {
  Call call = TestCall(RandomUuid());
  call.issues_secret = true;
  ASSERT_EQ(WriteOne(*db_, call, "body", "s3cret")->text(), "s3cret");
  const absl::Status status = WriteOne(*db_, call, "body", "again").status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_REPLY_NOT_KEPT);
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM request_log WHERE reply <> ''"), 0);
  EXPECT_EQ(Count(*db_), 1);
}

TEST_P(RequestLogTest, RepliesExpireAfterSevenDaysAndAreForgotten) {
  Call call = TestCall(RandomUuid());
  ASSERT_TRUE(WriteOne(*db_, call, "body", "first").ok());
  clock_.Advance(absl::Hours(24 * 7) - absl::Seconds(1));
  EXPECT_EQ(WriteOne(*db_, call, "body", "second")->text(), "first");
  clock_.Advance(absl::Seconds(1));
  // Another body may have the id now, too.
  EXPECT_EQ(WriteOne(*db_, call, "another body", "third")->text(), "third");
  EXPECT_EQ(WriteOne(*db_, call, "another body", "fourth")->text(), "third");
  EXPECT_EQ(*db_->ForgetReplies(call), 0);
  clock_.Advance(absl::Hours(24 * 7) + absl::Seconds(1));
  EXPECT_EQ(*db_->ForgetReplies(call), 1);
  EXPECT_EQ(Number(*db_, "SELECT COUNT(*) FROM request_log"), 0);
}

TEST_P(RequestLogTest, AnEmptyReplyAndOneOfMegabytesAreKept) {
  for (const std::string& text : {std::string(), std::string(3 << 20, 'r')}) {
    Call call = TestCall(RandomUuid());
    ASSERT_EQ(WriteOne(*db_, call, "body", text)->text(), text);
    EXPECT_EQ(WriteOne(*db_, call, "body", "else")->text(), text);
  }
}

TEST_P(RequestLogTest, AnIdThatIsNoneIsRefused) {
  Call call = TestCall(std::string(65, 'x'));
  EXPECT_EQ(WriteOne(*db_, call, "body", "first").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace aftersales::testing
