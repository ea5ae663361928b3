// What the words of a command become on the wire, and what happens around the call.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/values.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/cli/command_line.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

class Requests : public ::testing::Test {
 protected:
  Requests() {
    command_line_.environment()["AFTERSALES_ENDPOINT"] = server_.endpoint();
    server_.create_case = [this](grpc::ServerContext& context, const v1::CreateCaseRequest& request, v1::Case& reply) {
      case_ = request;
      token_ = MetadataOf(context, "authorization");
      reply = request.service_case();
      return grpc::Status::OK;
    };
  }

  // Opens a case with more words than those that it needs.
  Outcome Open(const std::string& words) {
    return command_line_.Run(absl::StrCat("case open --customer 1 --subject product --description x ", words));
  }

  ScriptedServer server_;
  CommandLine command_line_;
  v1::CreateCaseRequest case_;
  std::string token_;
};

TEST_F(Requests, FlagsFillTheResource) {
  const Outcome outcome = command_line_.Run(
      "case open --customer 7 --subject spare-part --description 'two words' --nonconforming-items a "
      "--nonconforming-items 'b, c' --emergency --type quality-complaint --equipment equipment/3 "
      "--customer-deadline 2026-11-23T08:00:00+08:00 --validate-only "
      "--request-id 6a30c8f3-3b2f-4f5e-9d3e-0a1b2c3d4e5f");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(case_.request_id(), "6a30c8f3-3b2f-4f5e-9d3e-0a1b2c3d4e5f");
  EXPECT_TRUE(case_.validate_only());
  const v1::Case& c = case_.service_case();
  EXPECT_EQ(c.customer(), "customers/7");
  EXPECT_EQ(c.equipment(), "equipment/3");
  EXPECT_EQ(c.subject(), v1::CASE_SUBJECT_SPARE_PART);
  EXPECT_EQ(c.description(), "two words");
  ASSERT_EQ(c.nonconforming_items_size(), 2);
  EXPECT_EQ(c.nonconforming_items(1), "b, c");
  EXPECT_TRUE(c.emergency());
  EXPECT_EQ(c.customer_deadline().seconds(), 1795392000);
}

TEST_F(Requests, ARequestIdIsMade) {
  ASSERT_EQ(Open("").exit_code, 0);
  EXPECT_EQ(case_.request_id().size(), 36u);
}

TEST_F(Requests, ValuesThatLookLikeFlagsOrLists) {
  ASSERT_EQ(Open("--notice-time -25m --type -odd").exit_code, 0);
  EXPECT_EQ(case_.service_case().type(), "-odd");
  EXPECT_NEAR(static_cast<double>(case_.service_case().notice_time().seconds()),
              static_cast<double>(absl::ToUnixSeconds(absl::Now())) - 25 * 60, 30);
  ASSERT_EQ(Open("--nonconforming-items '[a,b]' --nonconforming-items ''").exit_code, 0);
  ASSERT_EQ(case_.service_case().nonconforming_items_size(), 2);
  EXPECT_EQ(case_.service_case().nonconforming_items(0), "[a,b]");
  ASSERT_EQ(Open("--type=a=b").exit_code, 0);
  EXPECT_EQ(case_.service_case().type(), "a=b");
  ASSERT_EQ(Open("--type case").exit_code, 0);
  EXPECT_EQ(case_.service_case().type(), "case");
}

TEST_F(Requests, LocalTimesAreInTheZone) {
  ASSERT_EQ(Open("--notice-time '2026-03-02 09:30'").exit_code, 0);  // TZ is Asia/Shanghai
  EXPECT_EQ(case_.service_case().notice_time().seconds(), 1772415000);
}

TEST_F(Requests, FilesAndStandardInput) {
  std::ofstream(command_line_.folder() + "/text") << "from a file\nsecond line";
  ASSERT_EQ(Open("--type @text").exit_code, 0);
  EXPECT_EQ(case_.service_case().type(), "from a file\nsecond line");
  ASSERT_EQ(Open("--type @@home").exit_code, 0);
  EXPECT_EQ(case_.service_case().type(), "@home");
  ASSERT_EQ(command_line_.Run("case open --customer 1 --subject product --description @-", "typed").exit_code, 0);
  EXPECT_EQ(case_.service_case().description(), "typed");
  const Outcome nul =
      command_line_.Run("case open --customer 1 --subject product --description @-", std::string("a\0b", 3));
  EXPECT_EQ(nul.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(nul.err, "--description: the text holds a NUL byte")) << nul.err;
  const Outcome binary = command_line_.Run("case open --customer 1 --subject product --description @-", "\xff\xfe");
  EXPECT_EQ(binary.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(binary.err, "not UTF-8")) << binary.err;
  const Outcome large =
      command_line_.Run("case open --customer 1 --subject product --description @-", std::string((4 << 20) + 1, 'x'));
  EXPECT_EQ(large.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(large.err, "larger than 4 MiB")) << large.err;
  EXPECT_EQ(Open("--type @.").exit_code, 2) << "a folder";
}

TEST_F(Requests, JsonAndFlagsTogether) {
  std::ofstream(command_line_.folder() + "/request.json")
      << R"({"service_case":{"customer":"customers/1","subject":"CASE_SUBJECT_SERVICE","description":"from JSON"}})";
  ASSERT_EQ(command_line_.Run("case open --request @request.json --subject product").exit_code, 0);
  EXPECT_EQ(case_.service_case().description(), "from JSON");
  EXPECT_EQ(case_.service_case().subject(), v1::CASE_SUBJECT_PRODUCT);
}

TEST_F(Requests, SwitchesCanBeTurnedOff) {
  ASSERT_EQ(Open("--emergency").exit_code, 0);
  EXPECT_TRUE(case_.service_case().emergency());
  ASSERT_EQ(Open("--emergency=false").exit_code, 0);
  EXPECT_FALSE(case_.service_case().emergency());
  ASSERT_EQ(Open("--no-emergency").exit_code, 0);
  EXPECT_FALSE(case_.service_case().emergency());
}

TEST_F(Requests, FilterFieldsAndAllPages) {
  std::vector<v1::ListCasesRequest> asked;
  server_.list_cases = [&](grpc::ServerContext&, const v1::ListCasesRequest& request, v1::ListCasesResponse& reply) {
    asked.push_back(request);
    reply.add_cases()->set_name(request.page_token().empty() ? "cases/1" : "cases/2");
    if (request.page_token().empty()) reply.set_next_page_token("two");
    return grpc::Status::OK;
  };
  const Outcome all = command_line_.Run("case list --all --state open --customer 3 -o name");
  EXPECT_EQ(all.out, "cases/1\ncases/2\n");
  EXPECT_EQ(all.err, "");
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].filter().state(), v1::CASE_STATE_OPEN);
  EXPECT_EQ(asked[1].filter().customer(), "customers/3");
  EXPECT_EQ(asked[1].page_size(), 1000);
  const Outcome first = command_line_.Run("case list -o name --page-size 1");
  EXPECT_EQ(first.out, "cases/1\n");
  EXPECT_TRUE(absl::StrContains(first.err, "--page-token two")) << first.err;
  EXPECT_EQ(asked[2].page_size(), 1);
}

TEST_F(Requests, TheTokenComesFromFlagElseEnvironmentElseContext) {
  for (const char* name : {"flag", "variable", "context"}) {
    const std::string path = command_line_.folder() + "/" + name;
    std::ofstream(path) << "of-" << name << "\n";
    ::chmod(path.c_str(), 0600);
  }
  ASSERT_EQ(command_line_.Run(absl::StrCat("context set here --endpoint ", server_.endpoint(), " --token-file context"))
                .exit_code,
            0);
  Open("");
  EXPECT_EQ(token_, "Bearer of-context");
  command_line_.environment()["AFTERSALES_TOKEN_FILE"] = "variable";
  Open("");
  EXPECT_EQ(token_, "Bearer of-variable");
  command_line_.environment()["AFTERSALES_TOKEN"] = "itself";
  Open("");
  EXPECT_EQ(token_, "Bearer itself");
  Open("--context here");
  EXPECT_EQ(token_, "Bearer of-context");
  Open("--token-file flag");
  EXPECT_EQ(token_, "Bearer of-flag");
}

TEST_F(Requests, ATokenThatOthersMayReadIsSaid) {
  const std::string path = command_line_.folder() + "/open-token";
  std::ofstream(path) << "t\n";
  ::chmod(path.c_str(), 0644);
  const Outcome outcome = Open("--token-file open-token -o json");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(absl::StrContains(outcome.err, "others may read the token file")) << outcome.err;
}

TEST_F(Requests, ContextsAreKeptPrivatelyAndDamageIsSaid) {
  ASSERT_EQ(command_line_.Run("context set a --endpoint 127.0.0.1:1").exit_code, 0);
  const std::string path = command_line_.folder() + "/.config/aftersales/contexts.json";
  struct stat about = {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  for (const char* damage : {"{", "[]", R"({"contexts":[]})", R"({"contexts":{"a":1}})", R"({"current":1})"}) {
    std::ofstream(path) << damage;
    const Outcome outcome = command_line_.Run("context list");
    EXPECT_EQ(outcome.exit_code, 1) << damage;
    EXPECT_TRUE(absl::StrContains(outcome.err, "is damaged")) << outcome.err;
  }
}

TEST_F(Requests, SecretsAreWrittenForTheOwnerOnly) {
  server_.create_token = [](grpc::ServerContext&, const v1::CreateTokenRequest&, v1::IssuedToken& reply) {
    reply.set_secret("s3cret");
    return grpc::Status::OK;
  };
  const std::string path = command_line_.folder() + "/secret";
  ASSERT_EQ(command_line_.Run("token create --principal 1 --secret-file secret").exit_code, 0);
  struct stat about = {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  std::string content;
  std::getline(std::ifstream(path) >> std::ws, content);
  EXPECT_EQ(content, "s3cret");
}

// A trial makes no token, and a repeated call does not tell the secret again.
TEST_F(Requests, AnAnswerWithoutASecretReplacesNone) {
  server_.create_token = [](grpc::ServerContext&, const v1::CreateTokenRequest&, v1::IssuedToken&) {
    return grpc::Status::OK;
  };
  const std::string path = command_line_.folder() + "/secret";
  std::ofstream(path) << "old\n";
  const Outcome trial = command_line_.Run("token create --principal 1 --secret-file secret --force --validate-only");
  EXPECT_EQ(trial.exit_code, 0);
  EXPECT_EQ(trial.err, "Checked only; nothing was changed.\n");
  const Outcome again = command_line_.Run("token create --principal 1 --secret-file secret --force");
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(again.err, "the answer holds no secret")) << again.err;
  EXPECT_EQ(command_line_.Run("token create --principal 1 --secret-file other --validate-only").exit_code, 0);
  struct stat about = {};
  EXPECT_NE(::stat((command_line_.folder() + "/other").c_str(), &about), 0);
  std::string content;
  std::getline(std::ifstream(path) >> std::ws, content);
  EXPECT_EQ(content, "old");
}

TEST_F(Requests, NoTokenIsMadeThatCannotBeKept) {
  int made = 0;
  server_.create_token = [&made](grpc::ServerContext&, const v1::CreateTokenRequest&, v1::IssuedToken& reply) {
    reply.set_secret("s3cret");
    return ++made > 1 ? grpc::Status::OK : grpc::Status(grpc::StatusCode::INTERNAL, "broken");
  };
  const Outcome nowhere = command_line_.Run("token create --principal 1 --secret-file /nonexistent/secret");
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(nowhere.err, "'/nonexistent/secret' cannot be written")) << nowhere.err;
  EXPECT_EQ(made, 0);
  const std::string path = command_line_.folder() + "/secret";
  EXPECT_NE(command_line_.Run("token create --principal 1 --secret-file secret").exit_code, 0);
  EXPECT_EQ(made, 1);
  struct stat about = {};
  EXPECT_NE(::stat(path.c_str(), &about), 0) << "nothing stays of a call that failed";
  std::ofstream(path) << "old\n";
  EXPECT_EQ(command_line_.Run("token create --principal 1 --secret-file secret").exit_code, 2);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(command_line_.Run("token create --principal 1 --secret-file secret --force").exit_code, 0);
  std::string content;
  std::getline(std::ifstream(path) >> std::ws, content);
  EXPECT_EQ(content, "s3cret");
}

TEST_F(Requests, AnUnreachableServerIsSaid) {
  server_.Stop();
  const Outcome outcome = Open("");
  EXPECT_EQ(outcome.exit_code, 64 + 14);
  EXPECT_TRUE(absl::StrContains(outcome.err, "The server cannot be reached.")) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.err, "--request-id ")) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Requests, ASlowServerIsSaid) {
  server_.create_case = [](grpc::ServerContext& context, const v1::CreateCaseRequest&, v1::Case&) {
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::CANCELLED;
  };
  const Outcome outcome = Open("--timeout 50ms");
  EXPECT_EQ(outcome.exit_code, 64 + 4);
  EXPECT_TRUE(absl::StrContains(outcome.err, "did not answer in time")) << outcome.err;
}

TEST_F(Requests, AFullOutputIsSaid) {
  command_line_.environment()["LC_ALL"] = "C";
  const std::string line = absl::StrCat("AFTERSALES_ENDPOINT=", server_.endpoint(), " HOME=", command_line_.folder(),
                                        " ", AFTERSALES_BUILD_DIR, "/bin/aftersales help > /dev/full 2>/dev/null");
  EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 1);
}

}  // namespace
}  // namespace aftersales
