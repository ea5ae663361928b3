// A case is archived, its volume sealed and verified; then a row is altered by hand, and `aftersalesd check` names it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/storage/database.h"
#include "tests/scenario/company.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

class ArchiveCheck : public ::testing::TestWithParam<const char*> {
 protected:
  // As somebody does who has the database's password.
  void ByHand(const std::string& sql, const Values& values) {
    const SystemClock clock;
    DatabaseOptions options;
    options.address = company_.server().database();
    auto db = Database::Open(std::move(options), clock);
    ASSERT_TRUE(db.ok()) << db.status();
    Call call = TestCall();
    EXPECT_TRUE((*db)
                    ->WriteOwn(call,
                               [&](Tx& tx) {
                                 EXPECT_EQ(tx.Execute(sql, values), 1) << sql;
                                 return absl::OkStatus();
                               })
                    .ok());
  }

  int64_t LastPosition() {
    const SystemClock clock;
    DatabaseOptions options;
    options.address = company_.server().database();
    auto db = Database::Open(std::move(options), clock);
    Call call = TestCall();
    return company_.Need((*db)->Read<int64_t>(call, [](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne("SELECT MAX(position) FROM event", {}, "i")->Int(0);
    }));
  }
  // What check says is wrong; nothing else is.
  void ExpectFaults(const std::vector<std::string>& lines) {
    const ServerProcess::Said said = company_.server().Run("check");
    EXPECT_EQ(said.code, lines.empty() ? 0 : 1) << said.text;
    for (const std::string& line : lines) EXPECT_TRUE(absl::StrContains(said.text, line)) << line << "\n" << said.text;
    const std::string count = absl::StrCat(": ", lines.size(), lines.size() == 1 ? " fault\n" : " faults\n");
    EXPECT_TRUE(absl::StrContains(said.text, count)) << said.text;
  }
  // Closed, with all that its file must hold, archived.
  v1::Case Archived() {
    const std::string name = company_.OpenCase().name();
    company_.Need(company_.Accept(name, v1::SERVICE_MODE_TELEPHONE));
    company_.Attach(company_.Lead(), name, "The customer's letter.\n");
    company_.Need(company_.Close(name));
    company_.Need(company_.FileDocument(name, "file-summary", v1::ROLE_CUSTOMER_SERVICE));
    return company_.Need(company_.Lead().archive().ArchiveCase(On<v1::ArchiveCaseRequest>(name)));
  }

  template <typename Request>
  static Request On(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }

  Company company_{GetParam(), PackText("guangtian"), v1::ROLE_SERVICE_MANAGER};
};

INSTANTIATE_TEST_SUITE_P(Engines, ArchiveCheck, ::testing::Values("sqlite", "mysql"),
                         [](const ::testing::TestParamInfo<const char*>& info) { return std::string(info.param); });

TEST_P(ArchiveCheck, NamesTheRowThatWasAltered) {
  company_.For("GT-4.9.2b");
  const v1::Case archived = Archived();
  const std::string& name = archived.name();
  auto seal = On<v1::SealVolumeRequest>(archived.volume());
  seal.set_role(v1::ROLE_SERVICE_MANAGER);
  company_.Need(company_.Lead().archive().SealVolume(seal).status());

  // It may be run while the server works.
  ServerProcess::Said said = company_.server().Run("check");
  EXPECT_EQ(said.code, 0) << said.text;
  EXPECT_TRUE(absl::StrContains(said.text, "checked 1 volume with 1 entry, ")) << said.text;
  EXPECT_TRUE(absl::StrContains(said.text, ": 0 faults")) << said.text;

  // Reopening the case is no alteration, and what the server writes after a check is there after a restart.
  company_.Need(company_.Reopen(name));
  EXPECT_EQ(company_.server().Run("check").code, 0);
  company_.Restart();
  EXPECT_EQ(company_.Read(name).state(), v1::CASE_STATE_ACCEPTED);

  v1::ListDocumentsRequest documents;
  documents.set_parent(name);
  const std::string document = company_.Need(company_.Lead().cases().ListDocuments(documents)).documents(0).name();
  ByHand("UPDATE document SET text = ? WHERE name = ?", {"Nothing happened.", document});
  said = company_.server().Run("check");
  EXPECT_EQ(said.code, 1) << said.text;
  EXPECT_TRUE(absl::StrContains(said.text, absl::StrCat(archived.archive_entry(), ": ", document, " was altered\n")))
      << said.text;
  EXPECT_TRUE(absl::StrContains(said.text, ": 1 fault\n")) << said.text;
  const v1::AuditVolumeResponse audit =
      company_.Need(company_.Lead().archive().AuditVolume(On<v1::AuditVolumeRequest>(archived.volume())));
  ASSERT_EQ(audit.faults_size(), 1);
  EXPECT_EQ(audit.faults(0).resource(), document);

  ByHand("UPDATE event SET body = ? WHERE root = ? AND type = ?", {"", name, "case-closed"});
  said = company_.server().Run("check");
  EXPECT_EQ(said.code, 1);
  EXPECT_TRUE(absl::StrContains(said.text, ": events/")) << said.text;
  EXPECT_TRUE(absl::StrContains(said.text, ": 2 faults")) << said.text;
}

TEST_P(ArchiveCheck, NamesWhatWasAlteredDeletedAddedOrCutOff) {
  company_.For("GT-4.9.2b");
  const v1::Case first = Archived(), second = Archived();
  ExpectFaults({});
  const std::string prefix = first.archive_entry() + ": ";
  // Altered: the case's own row.
  ByHand("UPDATE service_case SET resolution = ? WHERE name = ?", {"Nothing was done.", first.name()});
  ExpectFaults({prefix + first.name() + " was altered\n"});
  ByHand("UPDATE service_case SET resolution = ? WHERE name = ?", {first.resolution(), first.name()});
  ExpectFaults({});
  // Deleted and added: a document under another name is another document.
  v1::ListDocumentsRequest documents;
  documents.set_parent(first.name());
  const std::string document = company_.Need(company_.Lead().cases().ListDocuments(documents)).documents(0).name();
  const std::string other = first.name() + "/documents/1";
  ByHand("UPDATE document SET name = ? WHERE name = ?", {other, document});
  ExpectFaults({prefix + document + " is gone\n", prefix + other + " was added\n"});
  ByHand("UPDATE document SET name = ? WHERE name = ?", {document, other});
  ExpectFaults({});
  // The last entry, and what counts it.
  const v1::ArchiveEntry entry =
      company_.Need(company_.Lead().archive().GetArchiveEntry(On<v1::GetArchiveEntryRequest>(second.archive_entry())));
  ByHand("DELETE FROM archive_entry WHERE name = ?", {entry.name()});
  ByHand("UPDATE volume SET entries = ?, last_hash = ? WHERE name = ?", {1, entry.previous_hash(), first.volume()});
  ExpectFaults({second.name() + ": its entry " + entry.name() + " is gone\n",
                ": " + entry.name() + ", which it tells of, is gone\n"});
  // The last event.
  const int64_t last = LastPosition();
  ByHand("DELETE FROM event WHERE position = ?", {last});
  const ServerProcess::Said said = company_.server().Run("check");
  EXPECT_TRUE(absl::StrContains(said.text, absl::StrCat("feed: nothing stands at position ", last, ";"))) << said.text;
}

TEST(ArchiveCheckProgram, SaysWhyItCannotLook) {
  const TestDirectory folder;
  const std::string command = absl::StrCat("'", AFTERSALES_BUILD_DIR, "/bin/aftersalesd' check --data '", folder.path(),
                                           "' >'", folder.path(), "/said' 2>&1");
  const int status = system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace aftersales::testing
