// The command line and the client library against the real server.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "aftersales/testing/test_server.h"
#include "tests/cli/command_line.h"

namespace aftersales {
namespace {

class WithServer : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<testing::TestServer>> server =
        testing::TestServer::Start({.program = AFTERSALES_BUILD_DIR "/bin/aftersalesd"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    command_line_.environment()["AFTERSALES_ENDPOINT"] = server_->endpoint();
    command_line_.environment()["AFTERSALES_TOKEN_FILE"] = server_->token_file();
  }

  // Runs a line that must succeed, and answers the first word of what it printed: with -o name, the name.
  std::string Do(const std::string& line) {
    const Outcome outcome = command_line_.Run(line);
    EXPECT_EQ(outcome.exit_code, 0) << line << "\n" << outcome.err;
    return outcome.out.substr(0, outcome.out.find('\n'));
  }

  // A person with these roles; answers the flag that lets a command be theirs.
  std::string Person(const std::string& name, const std::string& roles) {
    const std::string principal = Do(absl::StrCat("principal create --display-name ", name, " ", roles, " -o name"));
    Do(absl::StrCat("token create --principal ", principal, " --secret-file ", name, ".token"));
    return absl::StrCat(" --token-file ", name, ".token");
  }

  std::unique_ptr<testing::TestServer> server_;
  CommandLine command_line_;
};

TEST_F(WithServer, ACaseIsOpenedAndCannotBeClosedWhileSomethingIsOwed) {
  Do("policy load --text @" AFTERSALES_SOURCE_DIR "/server/packs/hongxing.textproto -o name");
  Do("policy activate hongxing-1");
  const std::string customer = Do("customer create --display-name 长春铁路 --region jilin -o name");
  const std::string office = Person("office", "--roles customer-service --roles service-manager --roles quality:head");
  const std::string contact =
      Do(absl::StrCat("contact register --channel telephone --company Rail --text 'It leaks' "
                      "--notice-time -25m -o name --customer ",
                      customer, office));
  Do(absl::StrCat("contact answer ", contact, " --answer 'We come today'", office));
  const std::string name = Do(absl::StrCat("case open --subject product --description 'It leaks' -o name --customer ",
                                           customer, " --contact ", contact, office));
  Do(absl::StrCat("case accept ", name, " --service-mode on-site", office));
  const Outcome closed = command_line_.Run(absl::StrCat("case close ", name, " --resolution done", office));
  EXPECT_EQ(closed.exit_code, 64 + 9) << closed.err;
  EXPECT_TRUE(absl::StrContains(closed.err, "Refused (OBLIGATION_OPEN)")) << closed.err;
  EXPECT_TRUE(absl::StrContains(closed.err, "HX-5.1c")) << closed.err;

  const Outcome timeline = command_line_.Run(absl::StrCat("case timeline ", name));
  ASSERT_EQ(timeline.exit_code, 0) << timeline.err;
  for (const char* said :
       {"office", "contact registered: telephone, Rail, \"It leaks\"", "met: ", "case accepted: on_site"}) {
    EXPECT_TRUE(absl::StrContains(timeline.out, said)) << said << "\n" << timeline.out;
  }
  EXPECT_TRUE(absl::EndsWith(timeline.out,
                             absl::StrCat("case ", name.substr(name.find('/') + 1), " ACCEPTED, 1 obligation open\n")))
      << timeline.out;
  const Outcome json = command_line_.Run(absl::StrCat("case timeline ", name, " -o json"));
  EXPECT_TRUE(absl::EndsWith(json.out, "\"open\":1}\n")) << json.out;
}

TEST_F(WithServer, AnUpdateChangesWhatIsGivenOnly) {
  const std::string customer = Do("customer create --display-name Rail --region jilin --telephone 0431 -o name");
  Do(absl::StrCat("customer update ", customer, " --region hebei"));
  std::string json = command_line_.Run(absl::StrCat("customer get ", customer, " -o json")).out;
  for (const char* said : {"\"display_name\": \"Rail\"", "\"region\": \"hebei\"", "\"telephone\": \"0431\""}) {
    EXPECT_TRUE(absl::StrContains(json, said)) << json;
  }
  Do(absl::StrCat("customer update ", customer, " --clear telephone"));
  json = command_line_.Run(absl::StrCat("customer get ", customer, " -o json")).out;
  EXPECT_TRUE(absl::StrContains(json, "\"telephone\": \"\"")) << json;
  const Outcome late = command_line_.Run(absl::StrCat("customer update ", customer, " --region x --etag 1"));
  EXPECT_EQ(late.exit_code, 64 + 10) << late.err;
}

TEST_F(WithServer, ListsGoOverPages) {
  for (int i = 0; i < 7; ++i) Do(absl::StrCat("customer create --display-name c", i));
  EXPECT_EQ(
      std::vector<std::string>(absl::StrSplit(command_line_.Run("customer list --all --page-size 3 -o name").out, '\n'))
          .size(),
      8u);
  const Outcome first = command_line_.Run("customer list --page-size 3 -o name");
  EXPECT_TRUE(absl::StrContains(first.err, "There is more")) << first.err;
  const Outcome wrong = command_line_.Run("customer list --page-token nonsense");
  EXPECT_EQ(wrong.exit_code, 64 + 3);
  EXPECT_TRUE(absl::StrContains(wrong.err, "--all")) << wrong.err;
}

TEST_F(WithServer, WrongTokensAreRefused) {
  std::ofstream(command_line_.folder() + "/wrong") << "nonsense\n";
  const Outcome outcome = command_line_.Run("customer list --token-file wrong");
  EXPECT_EQ(outcome.exit_code, 64 + 16);
  EXPECT_TRUE(absl::StrContains(outcome.err, "AFTERSALES_TOKEN_FILE")) << outcome.err;
}

TEST_F(WithServer, TheSameRequestIdAnswersTheSame) {
  const std::string line =
      "customer create --display-name once --request-id 6a30c8f3-3b2f-4f5e-9d3e-0a1b2c3d4e5f -o name";
  const std::string first = Do(line);
  EXPECT_EQ(Do(line), first);
  const Outcome reused =
      command_line_.Run("customer create --display-name other --request-id 6a30c8f3-3b2f-4f5e-9d3e-0a1b2c3d4e5f");
  EXPECT_TRUE(absl::StrContains(reused.err, "REQUEST_ID_REUSED")) << reused.err;
}

TEST_F(WithServer, TheFeedGoesOnThroughARestart) {
  absl::StatusOr<Client> client = server_->Connect();
  ASSERT_TRUE(client.ok()) << client.status();
  Do("customer create --display-name before");
  std::unique_ptr<EventSubscription> feed = client->events().Subscribe({.first_wait = absl::Milliseconds(20)});
  int64_t position = 0;
  const auto next = [&] {
    absl::StatusOr<v1::Event> event = feed->Next();
    if (!event.ok()) ADD_FAILURE() << event.status();
    if (event.ok()) EXPECT_EQ(event->position(), ++position);
    return event.ok() ? event->customer().display_name() : "";
  };
  while (next() != "before" && !::testing::Test::HasFailure()) {
  }
  ASSERT_TRUE(server_->Restart().ok());
  Do("customer create --display-name after");
  EXPECT_EQ(next(), "after");
}

}  // namespace
}  // namespace aftersales
