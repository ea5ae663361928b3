// Files to and from the real server by the command line.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "aftersales/testing/test_server.h"
#include "tests/cli/command_line.h"

namespace aftersales {
namespace {

std::string Photo(size_t size) {
  std::string bytes("\xff\xd8\xff\xe0", 4);
  while (bytes.size() < size) bytes += static_cast<char>(bytes.size() * 7 % 256);
  return bytes;
}

// The most memory that a process ever had, in MiB.
int64_t MostMemory(pid_t process) {
  std::ifstream status(absl::StrCat("/proc/", process, "/status"));
  std::string line;
  while (std::getline(status, line)) {
    int64_t kibibytes = 0;
    if (absl::StartsWith(line, "VmHWM:") && absl::SimpleAtoi(line.substr(6, line.find("kB") - 6), &kibibytes)) {
      return kibibytes / 1024;
    }
  }
  return -1;
}

class Attachments : public ::testing::Test {
 protected:
  void SetUp() override { Start("1"); }

  void Start(const std::string& limit) {
    absl::StatusOr<std::unique_ptr<testing::TestServer>> server = testing::TestServer::Start(
        {.program = AFTERSALES_BUILD_DIR "/bin/aftersalesd", .flags = {"--attachment-limit", limit}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    command_line_.environment()["AFTERSALES_ENDPOINT"] = server_->endpoint();
    command_line_.environment()["AFTERSALES_TOKEN_FILE"] = server_->token_file();
    customer_ = FirstLine("customer create --display-name Rail -o name");
    FirstLine("principal create --principal-id desk --display-name Desk --roles customer-service");
    FirstLine("token create --principal principals/desk --secret-file desk.token");
    command_line_.environment()["AFTERSALES_TOKEN_FILE"] = Path("desk.token");
  }

  std::string FirstLine(const std::string& line) {
    const Outcome outcome = command_line_.Run(line);
    EXPECT_EQ(outcome.exit_code, 0) << line << "\n" << outcome.err;
    return outcome.out.substr(0, outcome.out.find('\n'));
  }
  std::string Path(const std::string& name) const { return absl::StrCat(command_line_.folder(), "/", name); }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::unique_ptr<testing::TestServer> server_;
  CommandLine command_line_;
  std::string customer_;
};

TEST_F(Attachments, GoUpAndComeDownUnchanged) {
  Write("brake.jpg", Photo(700'000));
  Write("letter.txt", "The brake squeals.\n");
  const Outcome uploaded =
      command_line_.Run(absl::StrCat("attachment upload ", customer_, " brake.jpg letter.txt --title Brake"));
  ASSERT_EQ(uploaded.exit_code, 0) << uploaded.err;
  EXPECT_TRUE(absl::StrContains(uploaded.out, "brake.jpg")) << uploaded.out;
  EXPECT_TRUE(absl::StrContains(uploaded.out, "image/jpeg")) << uploaded.out;
  EXPECT_TRUE(absl::StrContains(uploaded.out, "letter.txt")) << uploaded.out;
  EXPECT_EQ(uploaded.err, "") << "nobody watches, so no progress is shown";
  const std::string photo = FirstLine(absl::StrCat("attachment list ", customer_, " -o name"));
  EXPECT_TRUE(absl::StrContains(FirstLine(absl::StrCat("attachment get ", photo, " -o json")), "{"));
  const Outcome saved = command_line_.Run(absl::StrCat("attachment download ", photo, " -O copy.jpg"));
  ASSERT_EQ(saved.exit_code, 0) << saved.err;
  EXPECT_EQ(saved.out, "");
  EXPECT_EQ(saved.err, "copy.jpg: 700,000 bytes.\n");
  EXPECT_EQ(Read("copy.jpg"), Photo(700'000));
  const Outcome streamed = command_line_.Run(absl::StrCat("attachment download ", photo, " --file -"));
  EXPECT_EQ(streamed.exit_code, 0) << streamed.err;
  EXPECT_EQ(streamed.out, Photo(700'000));
  // Under its own name it would replace what is there.
  const Outcome again = command_line_.Run(absl::StrCat("attachment download ", photo));
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(again.err, "'brake.jpg' exists already; --force replaces it")) << again.err;
  Write("brake.jpg", "old");
  EXPECT_EQ(command_line_.Run(absl::StrCat("attachment download ", photo, " --force")).exit_code, 0);
  EXPECT_EQ(Read("brake.jpg"), Photo(700'000));
  for (const auto& left : std::filesystem::directory_iterator(command_line_.folder())) {
    EXPECT_NE(left.path().extension(), ".part") << left.path();
  }
}

TEST_F(Attachments, WhatWasNotSentIsSaid) {
  Write("brake.jpg", Photo(1000));
  Write("brake.unheard-of", "what is it");
  Write("letter.txt", "The brake squeals.\n");
  const Outcome stopped =
      command_line_.Run(absl::StrCat("attachment upload ", customer_, " brake.jpg brake.unheard-of letter.txt"));
  EXPECT_EQ(stopped.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(stopped.out, "brake.jpg")) << stopped.out;
  EXPECT_TRUE(absl::StrContains(stopped.err, "give --media-type TYPE")) << stopped.err;
  EXPECT_TRUE(absl::EndsWith(stopped.err, "Not sent: letter.txt\n")) << stopped.err;
}

TEST(AttachmentHelp, TellsHowFilesGoUpAndDown) {
  const CommandLine command_line;
  const std::string verbs = command_line.Run("help attachment").out;
  for (const char* verb : {"accept", "download", "get", "list", "upload"}) {
    EXPECT_TRUE(absl::StrContains(verbs, absl::StrCat("  ", verb, " "))) << verbs;
  }
  const Outcome upload = command_line.Run("attachment upload --help");
  EXPECT_EQ(upload.exit_code, 0);
  for (const char* said : {"aftersales attachment upload PARENT FILE...", "--title TEXT", "--media-type TYPE"}) {
    EXPECT_TRUE(absl::StrContains(upload.out, said)) << said << "\n" << upload.out;
  }
  const Outcome download = command_line.Run("attachment download --help");
  for (const char* said : {"aftersales attachment download NAME", "--file FILE", "-O for short", "--force"}) {
    EXPECT_TRUE(absl::StrContains(download.out, said)) << said << "\n" << download.out;
  }
}

TEST_F(Attachments, SurviveARestartOfTheServer) {
  Write("brake.jpg", Photo(300'000));
  const std::string name = FirstLine(absl::StrCat("attachment upload ", customer_, " brake.jpg -o name"));
  server_->Kill();
  ASSERT_TRUE(server_->Restart().ok());
  EXPECT_EQ(command_line_.Run(absl::StrCat("attachment download ", name, " -O copy.jpg")).exit_code, 0);
  EXPECT_EQ(Read("copy.jpg"), Photo(300'000));
}

TEST_F(Attachments, MistakesAreToldAndNothingIsSent) {
  Write("brake.jpg", Photo(100));
  Write("strange.xyz", "x");
  const auto run = [&](const std::string& line) { return command_line_.Run(line); };
  EXPECT_EQ(run("attachment upload").exit_code, 2);
  EXPECT_EQ(run(absl::StrCat("attachment upload ", customer_)).exit_code, 2);
  EXPECT_EQ(run("attachment download").exit_code, 2);
  EXPECT_EQ(run("attachment download attachments/1 attachments/2").exit_code, 2);
  EXPECT_EQ(run(absl::StrCat("attachment upload ", customer_, " none.jpg")).exit_code, 1);
  const Outcome untyped = run(absl::StrCat("attachment upload ", customer_, " strange.xyz"));
  EXPECT_EQ(untyped.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(untyped.err, "give --media-type TYPE")) << untyped.err;
  const Outcome unknown = run(absl::StrCat("attachment upload ", customer_, " strange.xyz --media-type x/y"));
  EXPECT_TRUE(absl::StrContains(unknown.err, "  - --media-type: x/y is not taken here")) << unknown.err;
  const Outcome nowhere = run("attachment upload C2026-000999 strange.xyz --media-type text/plain");
  EXPECT_TRUE(absl::StrContains(nowhere.err, "cases/C2026-000999")) << nowhere.err;
  EXPECT_EQ(FirstLine(absl::StrCat("attachment list ", customer_, " -o name")), "");
}

TEST_F(Attachments, RefusalsNameTheFileAndEndTheCommand) {
  Write("brake.jpg", Photo(100));
  Write("large.jpg", Photo((1 << 20) + 1));
  Write("fake.png", Photo(100));
  const Outcome large =
      command_line_.Run(absl::StrCat("attachment upload ", customer_, " brake.jpg large.jpg fake.png -o name"));
  EXPECT_EQ(large.exit_code, 64 + 3);
  EXPECT_TRUE(absl::StrContains(large.err, "large.jpg:\n")) << large.err;
  EXPECT_TRUE(absl::StrContains(large.err, "CONTENT_INVALID")) << large.err;
  EXPECT_TRUE(absl::StrContains(large.err, "1 MiB")) << large.err;
  EXPECT_TRUE(absl::StartsWith(large.out, "attachments/")) << "the first has arrived: " << large.out;
  const Outcome fake = command_line_.Run(absl::StrCat("attachment upload ", customer_, " fake.png"));
  EXPECT_TRUE(absl::StrContains(fake.err, "does not begin as such files do")) << fake.err;
  EXPECT_EQ(command_line_.Run("attachment upload customers/999 brake.jpg").exit_code, 64 + 5);
  EXPECT_EQ(command_line_.Run("attachment download attachments/999").exit_code, 64 + 5);
}

#ifndef __SANITIZE_ADDRESS__  // which keeps memory that was freed
#ifndef __SANITIZE_THREAD__

class LargeAttachments : public Attachments {
 protected:
  void SetUp() override { Start("100"); }
};

TEST_F(LargeAttachments, TakeLittleMemory) {
  const int64_t before = MostMemory(server_->process());
  ASSERT_GT(before, 0);
  Write("large.jpg", Photo(100 << 20));
  const std::string name = FirstLine(absl::StrCat("attachment upload ", customer_, " large.jpg -o name --timeout 5m"));
  EXPECT_LT(MostMemory(server_->process()) - before, 60) << "MiB for taking in 100 MiB";
  ASSERT_EQ(command_line_.Run(absl::StrCat("attachment download ", name, " -O copy.jpg")).exit_code, 0);
  EXPECT_LT(MostMemory(server_->process()) - before, 60) << "MiB for giving it out";
  EXPECT_EQ(std::filesystem::file_size(Path("copy.jpg")), uintmax_t{100} << 20);
}

#endif
#endif

}  // namespace
}  // namespace aftersales
