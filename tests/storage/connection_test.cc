// The connection to MySQL is lost at every moment that matters; each change is made once, or not at all and said so.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/storage/storage_fixture.h"
#include "tests/testing/cut_proxy.h"

namespace aftersales::testing {
namespace {

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    auto db = Database::Open({.address = absl::StrCat("mysql:host=127.0.0.1,port=", proxy_.port(),
                                                      ",user=root,database=", database_.name())},
                             clock_);
    db_ = *std::move(db);
    Call call = TestCall();
    // Ids are reserved and sessions made before the cuts.
    EXPECT_TRUE(db_->WriteOwn(call,
                              [](Tx& tx) -> absl::Status {
                                tx.Execute("INSERT INTO number_series (name, next_value) VALUES ('probe', 0)", {});
                                return absl::OkStatus();
                              })
                    .ok());
  }

  absl::StatusOr<v1::Contact> AddOne(Call& call, const std::string& answer = "done") {
    v1::CreateContactRequest request;
    request.mutable_contact()->set_text("body");
    return db_->Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
      ++tries_;
      tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = 'probe'", {});
      tx.Append({"root", 1, "type", "subject", "body"});
      v1::Contact contact;
      contact.set_text(answer);
      return contact;
    });
  }
  int64_t Count() {
    return std::stoll(
        MariaDb::Shared().Ask("SELECT next_value FROM " + database_.name() + ".number_series WHERE name = 'probe'"));
  }
  int64_t Events() { return std::stoll(MariaDb::Shared().Ask("SELECT COUNT(*) FROM " + database_.name() + ".event")); }

  SystemClock clock_;
  TestDatabase database_{TestEngine::kMySql};
  CutProxy proxy_{MariaDb::Shared().socket()};
  std::unique_ptr<Database> db_;
  std::atomic<int> tries_{0};
};

TEST_F(ConnectionTest, LostBeforeCommitItIsDoneAgain) {
  proxy_.CutCommits(CutProxy::Cut::kBeforeCommit, 1);
  Call call = TestCall(RandomUuid());
  ASSERT_TRUE(AddOne(call).ok());
  EXPECT_EQ(proxy_.cuts_made(), 1);
  EXPECT_EQ(tries_, 2);
  EXPECT_EQ(Count(), 1);
  EXPECT_EQ(Events(), 1);
}

TEST_F(ConnectionTest, LostAfterCommitTheStoredReplyIsTheAnswer) {
  proxy_.CutCommits(CutProxy::Cut::kAfterCommit, 1);
  Call call = TestCall(RandomUuid());
  const auto reply = AddOne(call, "the one");
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text(), "the one");
  EXPECT_EQ(proxy_.cuts_made(), 1);
  EXPECT_EQ(tries_, 1);
  EXPECT_EQ(Count(), 1);
  EXPECT_EQ(Events(), 1);
}

TEST_F(ConnectionTest, LostAtCommitAgainAndAgain) {
  for (const auto cut : {CutProxy::Cut::kBeforeCommit, CutProxy::Cut::kAfterCommit}) {
    const int64_t before = Count();
    proxy_.CutCommits(cut, 7);
    Call call = TestCall(RandomUuid());
    EXPECT_TRUE(AddOne(call).ok());
    EXPECT_EQ(Count(), before + 1);
    proxy_.CutCommits(cut, 0);
  }
}

TEST_F(ConnectionTest, WhatStaysUnknownUntilTheDeadlineIsSaidAndSettledByTheRepeat) {
  proxy_.CutCommits(CutProxy::Cut::kAfterCommit, 1);
  Call call = TestCall(RandomUuid());
  call.deadline = absl::Now() + absl::Seconds(2);
  // Nothing gets through after the cut.
  std::thread closer([&] {
    while (proxy_.cuts_made() == 0) absl::SleepFor(absl::Milliseconds(1));
    proxy_.Close();
  });
  const absl::Status unknown = AddOne(call, "the one").status();
  closer.join();
  if (!unknown.ok()) {  // unless the second try was quicker than the closing
    EXPECT_EQ(unknown.code(), absl::StatusCode::kUnavailable);
    EXPECT_NE(std::string(unknown.message()).find("same request_id"), std::string::npos) << unknown;
  }
  proxy_.Open();
  Call repeat = TestCall(call.request_id);
  EXPECT_EQ(AddOne(repeat, "another")->text(), "the one");
  EXPECT_EQ(Count(), 1);
}

TEST_F(ConnectionTest, ASessionKilledInTheMiddleIsReplaced) {
  Call call = TestCall(RandomUuid());
  v1::CreateContactRequest request;
  int tries = 0;
  const auto reply = db_->Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = 'probe'", {});
    if (++tries == 1) {
      const int64_t id = tx.SelectOne("SELECT CONNECTION_ID()", {}, "i")->Int(0);
      MariaDb::Shared().Execute(absl::StrCat("KILL ", id));
    }
    tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = 'probe'", {});
    return v1::Contact();
  });
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(Count(), 2);
}

TEST_F(ConnectionTest, ASessionKilledJustBeforeCommitIsReplaced) {
  Call call = TestCall(RandomUuid());
  v1::CreateContactRequest request;
  int tries = 0;
  const auto reply = db_->Write<v1::Contact>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Contact> {
    tx.Execute("UPDATE number_series SET next_value = next_value + 1 WHERE name = 'probe'", {});
    if (++tries == 1) {
      MariaDb::Shared().Execute(absl::StrCat("KILL ", tx.SelectOne("SELECT CONNECTION_ID()", {}, "i")->Int(0)));
    }
    return v1::Contact();
  });
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(Count(), 1);
}

TEST_F(ConnectionTest, AKilledStatementIsTriedAgain) {
  Call call = TestCall(RandomUuid());
  std::atomic<int64_t> id{0};
  std::thread killer([&] {
    id.wait(0);
    // Until the sleep below is under way.
    for (int i = 0; i < 100; ++i) {
      MariaDb::Shared().TryExecute(absl::StrCat("KILL QUERY ", id.load()));
      absl::SleepFor(absl::Milliseconds(20));
      if (tries_ > 1) return;
    }
  });
  const auto status = db_->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    if (++tries_ > 1) return absl::OkStatus();
    id = tx.SelectOne("SELECT CONNECTION_ID()", {}, "i")->Int(0);
    id.notify_all();
    tx.Select("SELECT SLEEP(5) FROM number_series LIMIT 1", {}, "i");
    tx.Select("SELECT SLEEP(5) FROM number_series LIMIT 1", {}, "i");
    return absl::OkStatus();
  });
  killer.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GE(tries_, 2);
}

TEST_F(ConnectionTest, ReadsGoOnAfterALostConnection) {
  const auto read = [&] {
    Call call = TestCall();
    return db_->Read<int64_t>(call, [](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne("SELECT COUNT(*) FROM number_series", {}, "i")->Int(0);
    });
  };
  ASSERT_TRUE(read().ok());
  proxy_.Close();
  EXPECT_EQ(ReasonOf(read().status()), v1::ERROR_REASON_STORAGE_UNAVAILABLE);
  proxy_.Open();
  EXPECT_TRUE(read().ok());
}

}  // namespace
}  // namespace aftersales::testing
