// The first administrator and its token, also when the server is killed on the way or two start at once.
#include "server/access/first_admin.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/access/access_rules.h"
#include "server/access/access_store.h"
#include "server/access/token_authenticator.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using testing::TestEngine;

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& content, mode_t mode = 0600) {
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
}

class FirstAdminTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  absl::Status Ensure(const std::string& file) {
    Call call = testing::TestCall();
    call.caller.principal = kSystemPrincipal;
    return EnsureFirstAdmin(*db_, call, file);
  }

  // Who the token in the file signs in.
  absl::StatusOr<Caller> SignIn(const std::string& file) {
    TokenAuthenticator authenticator(*db_);
    Call call = testing::TestCall();
    std::string secret = Content(file);
    if (!secret.empty() && secret.back() == '\n') secret.pop_back();
    return authenticator.Authenticate(call, secret);
  }

  bool HasAdmin() {
    Call call = testing::TestCall();
    return *db_->Read<bool>(call, [](Reader& reader) -> absl::StatusOr<bool> { return HasPrincipals(reader); });
  }

  testing::ManualClock clock_;
  testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Database> db_ = database_.Open(clock_);
  testing::TestDirectory folder_;
  const std::string file_ = folder_.path() + "/admin.token";
  const std::string pending_ = file_ + ".pending";
};

INSTANTIATE_TEST_SUITE_P(Engines, FirstAdminTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(FirstAdminTest, TheFirstStartMakesAnAdminAndAPrivateFile) {
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  struct stat found;
  ASSERT_EQ(stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(pending_));
  const auto admin = SignIn(file_);
  ASSERT_TRUE(admin.ok()) << admin.status();
  EXPECT_EQ(admin->principal, kFirstAdmin);
  EXPECT_TRUE(admin->Holds(v1::ROLE_ADMIN));
}

TEST_P(FirstAdminTest, LaterStartsChangeNothing) {
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  const std::string token = Content(file_);
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  EXPECT_EQ(Content(file_), token);
  unlink(file_.c_str());
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  ASSERT_EQ(Ensure(""), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(file_)) << "a token that was put away is not made again";
}

TEST_P(FirstAdminTest, AnExistingFileIsNeverWrittenOver) {
  WriteFile(file_, "mine");
  const absl::Status refused = Ensure(file_);
  EXPECT_NE(refused.message().find(file_), absl::string_view::npos) << refused;
  EXPECT_EQ(Content(file_), "mine");
  EXPECT_FALSE(HasAdmin());
  unlink(file_.c_str());
  // Nor is a link followed, wherever it leads.
  ASSERT_EQ(symlink((folder_.path() + "/elsewhere").c_str(), file_.c_str()), 0);
  EXPECT_FALSE(Ensure(file_).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/elsewhere"));
  unlink(file_.c_str());
  ASSERT_EQ(symlink((folder_.path() + "/elsewhere").c_str(), pending_.c_str()), 0);
  EXPECT_FALSE(Ensure(file_).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/elsewhere"));
  EXPECT_FALSE(HasAdmin());
}

TEST_P(FirstAdminTest, AFolderThatIsNotThereIsNamed) {
  const std::string file = folder_.path() + "/missing/admin.token";
  EXPECT_NE(Ensure(file).message().find("missing"), absl::string_view::npos);
  EXPECT_NE(Ensure("").message().find("--admin-token-file"), absl::string_view::npos);
  EXPECT_FALSE(HasAdmin());
}

TEST_P(FirstAdminTest, AServerKilledBeforeTheCommitLeavesNothingThatHinders) {
  WriteFile(pending_, MakeSecret() + "\n");
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  EXPECT_TRUE(SignIn(file_).ok());
  EXPECT_FALSE(std::filesystem::exists(pending_));
}

TEST_P(FirstAdminTest, AServerKilledWhileWritingTheFileLeavesNothingThatHinders) {
  for (const char* rest : {"", "aft_abc", "\n\n"}) {
    WriteFile(pending_, rest);
    ASSERT_EQ(Ensure(file_), absl::OkStatus());
    ASSERT_TRUE(SignIn(file_).ok());
    EXPECT_FALSE(std::filesystem::exists(pending_));
    unlink(file_.c_str());
    Call call = testing::TestCall();
    ASSERT_TRUE(db_->WriteOwn(call,
                              [](Tx& tx) {
                                for (const char* table : {"principal", "token", "token_secret"})
                                  tx.Execute(absl::StrCat("DELETE FROM ", table), {});
                                return absl::OkStatus();
                              })
                    .ok());
  }
}

TEST_P(FirstAdminTest, ATokenRegisteredButNotDeliveredIsDeliveredByTheNextStart) {
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  std::filesystem::rename(file_, pending_);  // as a server killed just after its commit leaves it
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  EXPECT_TRUE(SignIn(file_).ok());
  EXPECT_FALSE(std::filesystem::exists(pending_));
  std::filesystem::create_hard_link(file_, pending_);  // and just after the delivery
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  EXPECT_TRUE(SignIn(file_).ok());
  EXPECT_FALSE(std::filesystem::exists(pending_));
}

TEST_P(FirstAdminTest, AnUndeliveredTokenWaitsUntilItsPlaceIsFree) {
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  std::filesystem::rename(file_, pending_);
  WriteFile(file_, "mine");
  EXPECT_FALSE(Ensure(file_).ok());
  EXPECT_EQ(Content(file_), "mine");
  unlink(file_.c_str());
  ASSERT_EQ(Ensure(file_), absl::OkStatus());
  EXPECT_TRUE(SignIn(file_).ok());
}

TEST_P(FirstAdminTest, AWaitingFileThatOthersCanReadIsNotTrusted) {
  WriteFile(pending_, MakeSecret(), 0644);
  EXPECT_NE(Ensure(file_).message().find(pending_), absl::string_view::npos);
  EXPECT_FALSE(HasAdmin());
}

TEST_P(FirstAdminTest, ServersThatStartTogetherMakeOneAdmin) {
  for (const bool one_path : {false, true}) {
    testing::TestDirectory folder;
    std::vector<absl::Status> results(4);
    std::vector<std::string> files;
    for (size_t i = 0; i < results.size(); ++i)
      files.push_back(absl::StrCat(folder.path(), "/token", one_path ? 0 : i));
    std::vector<std::thread> servers;
    for (size_t i = 0; i < results.size(); ++i) servers.emplace_back([&, i] { results[i] = Ensure(files[i]); });
    for (std::thread& server : servers) server.join();
    for (const absl::Status& result : results) EXPECT_EQ(result, absl::OkStatus());
    int delivered = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      ++delivered;
      EXPECT_TRUE(SignIn(entry.path()).ok()) << entry.path();
    }
    EXPECT_EQ(delivered, 1);
    Call call = testing::TestCall();
    const auto tokens = db_->Read<int>(call, [](Reader& reader) -> absl::StatusOr<int> {
      return static_cast<int>(Tokens().Select(reader, {}, 10).size());
    });
    EXPECT_EQ(*tokens, 1);
    ASSERT_TRUE(db_->WriteOwn(call,
                              [](Tx& tx) {
                                for (const char* table : {"principal", "token", "token_secret"})
                                  tx.Execute(absl::StrCat("DELETE FROM ", table), {});
                                return absl::OkStatus();
                              })
                    .ok());
  }
}

}  // namespace
}  // namespace aftersales
