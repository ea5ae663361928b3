// `aftersales due`: what is overdue or soon due, once or over and over.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "client/cli/cli.h"
#include "client/cli/commands/due.h"
#include "client/cli/refusal.h"
#include "client/cli/values.h"
#include "tests/cli/command_line.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1772415000);  // 2026-03-02 09:30 in China

TEST(TimeLeft, IsSaidInTwoUnits) {
  const auto left = [](absl::Duration d) { return cli::TimeLeft(kNow + d, kNow); };
  EXPECT_EQ(left(absl::ZeroDuration()), "now");
  EXPECT_EQ(left(absl::Seconds(59)), "now");
  EXPECT_EQ(left(absl::Seconds(-1)), "just late");
  EXPECT_EQ(left(absl::Minutes(45)), "in 45m");
  EXPECT_EQ(left(absl::Hours(-2)), "2h late");
  EXPECT_EQ(left(absl::Minutes(-150)), "2h 30m late");
  EXPECT_EQ(left(absl::Hours(28) + absl::Minutes(59)), "in 1d 4h");
  EXPECT_EQ(left(absl::Hours(48)), "in 2d");
}

class DueTest : public ::testing::Test {
 protected:
  DueTest() {
    server_.list_obligations = [this](grpc::ServerContext&, const v1::ListObligationsRequest& request,
                                      v1::ListObligationsResponse& reply) {
      asked_ = request;
      for (const v1::Obligation& owed : owed_) *reply.add_obligations() = owed;
      return grpc::Status::OK;
    };
    server_.list_events = [](grpc::ServerContext&, const v1::ListEventsRequest&, v1::ListEventsResponse&) {
      return Wire(Error(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_POSITION_INVALID, "beyond the newest event")
                      .With("head", "41"));
    };
  }

  void Owe(const std::string& name, const std::string& title, absl::Duration due, v1::Role owner) {
    v1::Obligation& o = owed_.emplace_back();
    o.set_name("obligations/" + name);
    o.set_kind("reply");
    o.set_title(title);
    o.set_root("cases/C2026-000001");
    o.set_owner(owner);
    o.add_clauses("HX-5.1a");
    *o.mutable_due_time() = cli::ToTimestamp(kNow + due);
  }

  // In this process, so that the clock stands still.
  Outcome Run(const std::vector<std::string>& words) {
    std::ostringstream out;
    std::ostringstream err;
    cli::Terminal terminal{out, err, 0, [this](const std::string& name) {
                             return name == "AFTERSALES_ENDPOINT" ? server_.endpoint() : std::string();
                           }};
    terminal.zone = absl::FixedTimeZone(8 * 3600);
    terminal.now = [] { return kNow; };
    const int exit_code = cli::Run(words, terminal);
    return {exit_code, out.str(), err.str()};
  }

  ScriptedServer server_;
  std::vector<v1::Obligation> owed_;
  v1::ListObligationsRequest asked_;
};

TEST_F(DueTest, TheMostUrgentComesFirstWithItsTimeLeft) {
  Owe("1", "Reply to the customer", -absl::Minutes(90), v1::ROLE_QUALITY);
  owed_[0].set_owner_head(true);
  Owe("2", "", absl::Hours(3), v1::ROLE_FIELD_ENGINEER);
  owed_[1].set_paused(true);
  const Outcome outcome = Run({"due"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "DUE               LEFT           WHAT                   ROOT                OWNER           CLAUSES  "
            "OBLIGATION\n"
            "2026-03-02 08:00  1h 30m late    Reply to the customer  cases/C2026-000001  quality (head)  HX-5.1a  1\n"
            "2026-03-02 12:30  in 3h, paused  reply                  cases/C2026-000001  field_engineer  HX-5.1a  2\n");
  EXPECT_EQ(asked_.filter().state(), v1::OBLIGATION_STATE_OPEN);
  EXPECT_EQ(cli::ToTime(asked_.filter().due_before()), kNow + absl::Hours(24));
  EXPECT_EQ(asked_.filter().owner(), v1::ROLE_UNSPECIFIED);
  const Outcome wide = Run({"due", "-o", "wide"});
  EXPECT_TRUE(absl::StrContains(wide.out, "obligations/2")) << wide.out;
  EXPECT_EQ(Run({"due", "-o", "name"}).out, "obligations/1\nobligations/2\n");
  const Outcome json = Run({"due", "-o", "json"});
  EXPECT_TRUE(absl::StrContains(json.out, "\"due_time\": \"2026-03-02T00:00:00Z\"")) << json.out;
}

TEST_F(DueTest, FlagsSayHowFarToLookAndForWhom) {
  EXPECT_EQ(Run({"due", "--within", "3d", "--role", "field-engineer"}).err, "Nothing is overdue or due within 3d.\n");
  EXPECT_EQ(cli::ToTime(asked_.filter().due_before()), kNow + absl::Hours(72));
  EXPECT_EQ(asked_.filter().owner(), v1::ROLE_FIELD_ENGINEER);
  EXPECT_EQ(Run({"due", "--overdue"}).err, "Nothing is overdue.\n");
  EXPECT_EQ(cli::ToTime(asked_.filter().due_before()), kNow);
}

TEST_F(DueTest, MistakesAreSaid) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"due", "--within", "soon"}, "--within 'soon' is no duration"},
      {{"due", "--within", "4h", "--overdue"}, "give one of them"},
      {{"due", "--role", "king"}, "--role: "},
      {{"due", "--count", "2"}, "goes with --watch"},
      {{"due", "--watch", "--count", "0"}, "goes with --watch"},
      {{"due", "extra"}, "words too many"},
      {{"due", "-o", "yaml"}, "none of table"},
  };
  for (const auto& [words, text] : mistakes) {
    const Outcome outcome = Run(words);
    EXPECT_EQ(outcome.exit_code, cli::kExitUsage);
    EXPECT_TRUE(absl::StrContains(outcome.err, text)) << outcome.err;
  }
  server_.list_obligations = nullptr;
  EXPECT_EQ(Run({"due"}).exit_code, 64 + 12);
}

TEST_F(DueTest, HostileTextsAreHarmless) {
  Owe("1", "\x1b[2Jgone", absl::Hours(1), v1::ROLE_QUALITY);
  const Outcome outcome = Run({"due"});
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << outcome.out;
}

// As a program of its own: signals are the process's.
class DueWatchTest : public DueTest {
 protected:
  DueWatchTest() {
    command_line_.environment()["AFTERSALES_ENDPOINT"] = server_.endpoint();
    server_.watch_events = [this](grpc::ServerContext& context, const v1::WatchEventsRequest& request,
                                  grpc::ServerWriter<v1::WatchEventsResponse>& writer) {
      after_ = request.after_position();
      v1::WatchEventsResponse batch;
      v1::Event& event = *batch.add_events();
      event.set_position(42);
      if (news_) event.mutable_obligation()->set_name("obligations/1");
      batch.set_position(42);
      writer.Write(batch);
      if (!watching_.HasBeenNotified()) watching_.Notify();
      while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
      return grpc::Status::OK;
    };
    Owe("1", "Reply to the customer", -absl::Minutes(90), v1::ROLE_QUALITY);
  }

  CommandLine command_line_;
  std::atomic<int64_t> after_ = 0;
  std::atomic<bool> news_ = true;
  absl::Notification watching_;
};

TEST_F(DueWatchTest, WhatChangesIsPrintedAnew) {
  const Outcome outcome = command_line_.Run("due --watch --count 2 -o json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const size_t line = outcome.out.find('\n');
  ASSERT_NE(line, std::string::npos);
  EXPECT_EQ(outcome.out.substr(0, line), outcome.out.substr(line + 1, line)) << "one document a line";
  EXPECT_EQ(after_, 41) << "from the newest event on";
}

TEST_F(DueWatchTest, CallersWhoMayNotFollowTheFeedSeeItAllTheSame) {
  server_.list_events = [](grpc::ServerContext&, const v1::ListEventsRequest&, v1::ListEventsResponse&) {
    return Wire(
        Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING, "events.read is missing"));
  };
  const Outcome outcome = command_line_.Run("due --watch --count 1");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "You may not read events, so this looks every 30s instead of whenever something changes.\n");
  EXPECT_TRUE(absl::StrContains(outcome.out, "Reply to the customer")) << outcome.out;
  EXPECT_FALSE(watching_.HasBeenNotified());
}

TEST_F(DueWatchTest, ItEndsWithCtrlC) {
  news_ = false;
  const std::string endpoint = "AFTERSALES_ENDPOINT=" + server_.endpoint();
  const std::string home = "HOME=" + command_line_.folder();
  const std::string out = command_line_.folder() + "/out";
  std::vector<char*> argv = {const_cast<char*>("aftersales"), const_cast<char*>("due"), const_cast<char*>("--watch"),
                             nullptr};
  std::vector<char*> envp = {const_cast<char*>(endpoint.c_str()), const_cast<char*>(home.c_str()), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t process = -1;
  ASSERT_EQ(::posix_spawn(&process, AFTERSALES_BUILD_DIR "/bin/aftersales", &files, nullptr, argv.data(), envp.data()),
            0);
  posix_spawn_file_actions_destroy(&files);
  watching_.WaitForNotification();
  ASSERT_EQ(::kill(process, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(process, &status, 0), process);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by a signal";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace aftersales
