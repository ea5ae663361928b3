// `aftersales import`: files read row by row, and what people are told of them.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/testing/test_server.h"
#include "client/cli/csv.h"
#include "client/cli/import_source.h"
#include "client/cli/progress.h"
#include "tests/cli/command_line.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

using cli::CsvReader;
using cli::ImportFiles;
using cli::ImportSource;

// Each record as "[cell|cell]" with its line before it; a wrong one as "LINE!", what ends the reading as "END!".
std::string Records(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  std::string all;
  while (true) {
    const auto record = reader.Next();
    if (absl::IsInvalidArgument(record.status())) {
      absl::StrAppend(&all, reader.line(), "!");
      continue;
    }
    if (!record.ok()) return all + "END!";
    if (!record->has_value()) return all;
    absl::StrAppend(&all, reader.line(), "[", absl::StrJoin(**record, "|"), "]");
  }
}

TEST(Csv, CellsAreReadAsRfc4180HasThem) {
  EXPECT_EQ(Records(""), "");
  EXPECT_EQ(Records("a,b\r\nc,d"), "1[a|b]2[c|d]");
  EXPECT_EQ(Records("a,,\n\n\n,b,\n"), "1[a||]4[|b|]");
  EXPECT_EQ(Records("\"a,b\",\"say \"\"hi\"\"\",\"\"\n"), "1[a,b|say \"hi\"|]");
  EXPECT_EQ(Records("\"two\r\nlines\",x\ny,z\n"), "1[two\nlines|x]3[y|z]");
  EXPECT_EQ(Records("five\" wide,x\n"), "1[five\" wide|x]");
  EXPECT_EQ(Records(" a , b \n"), "1[ a | b ]");
}

TEST(Csv, AWrongRecordIsPassedOverAndAnOpenQuoteEndsIt) {
  EXPECT_EQ(Records("a\n\"b\"c\nd\n"), "1[a]2!3[d]");
  EXPECT_EQ(Records("a\n\"b\nc\nd\n"), "1[a]END!");
  EXPECT_EQ(Records("a\n" + std::string(cli::kLongestRecord + 1, 'x') + "\nb\n"), "1[a]END!");
  const std::string long_line(cli::kLongestRecord / 2 + 1, 'x');
  EXPECT_EQ(Records("\"" + long_line + "\n" + long_line + "\"\n"), "END!") << "a record over several lines";
}

class ImportSourceTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) const {
    const std::string path = command_line_.folder() + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  // What comes out of the files: rows in one line each, mistakes and the end with their places.
  std::vector<std::string> Read(const std::vector<std::string>& paths, const std::string& kind = "") const {
    absl::StatusOr<std::unique_ptr<ImportSource>> source =
        ImportSource::Open({paths, kind, cli::ImportFormat::kByName, absl::FromUnixSeconds(1000), absl::UTCTimeZone()});
    if (!source.ok()) return {std::string(source.status().message())};
    std::vector<std::string> found;
    while (true) {
      const auto row = (*source)->Next();
      if (!row.ok()) {
        found.push_back(std::string(row.status().message()));
        if (!absl::IsInvalidArgument(row.status())) return found;
        found.back() = absl::StrCat((*source)->place().line, ": ", found.back());
      } else if (row->has_value()) {
        found.push_back(absl::StrCat((*source)->place().line, " ", (*row)->ShortDebugString()));
      } else {
        EXPECT_EQ((*source)->bytes_read(), (*source)->bytes());
        return found;
      }
    }
  }

  CommandLine command_line_;
};

TEST_F(ImportSourceTest, JsonLinesAndCsvBecomeRows) {
  const std::string rows = Write("rows.jsonl",
                                 "\xef\xbb\xbf{\"customer\":{\"external_id\":\"K-1\"}}\r\n\n"
                                 "{\"product\":{\"displayName\":\"Bogie\",\"requiredCertificates\":[\"welding\"]}}\n");
  const std::string products = Write("Products-2026-11.csv",
                                     "External ID,display-name,required_certificates,key_product\n"
                                     "P-1,Bogie,welding; brake-systems,true\nP-2,Door,,\n");
  EXPECT_EQ(Read({rows, products}),
            (std::vector<std::string>{
                "1 customer { external_id: \"K-1\" }",
                "3 product { display_name: \"Bogie\" required_certificates: \"welding\" }",
                "2 product { display_name: \"Bogie\" external_id: \"P-1\" required_certificates: \"welding\" "
                "required_certificates: \"brake-systems\" key_product: true }",
                "3 product { display_name: \"Door\" external_id: \"P-2\" }"}));
}

TEST_F(ImportSourceTest, ReferencesAreNamesOrExternalIds) {
  const std::string path = Write("machines.csv",
                                 "serial_number,customer.external_id,product,site,install_time\n"
                                 "SN-1,K-1,7,ext:S-1,2026-03-02 09:30\n");
  EXPECT_EQ(
      Read({path}, "equipment"),
      (std::vector<std::string>{"2 equipment { serial_number: \"SN-1\" product: \"products/7\" customer: \"ext:K-1\" "
                                "install_time { seconds: 1772443800 } site: \"ext:S-1\" }"}));
}

TEST_F(ImportSourceTest, WhatCannotBeReadIsNamedAndPassedOver) {
  const std::string rows = Write("rows.jsonl", "nonsense\n{\"customer\":{\"colour\":1}}\n{\"customer\":{}}\n\xff\n");
  const std::vector<std::string> found = Read({rows});
  ASSERT_EQ(found.size(), 4u);
  EXPECT_TRUE(absl::StrContains(found[0], "1: is no row in JSON")) << found[0];
  EXPECT_TRUE(absl::StrContains(found[1], "colour")) << found[1];
  EXPECT_EQ(found[2], "3 customer { }");
  EXPECT_TRUE(absl::StrContains(found[3], "4: is not UTF-8")) << found[3];

  const std::string staff = Write("staff.csv", "display_name,head\nInspector\nInspector,perhaps\nInspector,true\n");
  const std::vector<std::string> cells = Read({staff});
  ASSERT_EQ(cells.size(), 3u);
  EXPECT_TRUE(absl::StrContains(cells[0], "2: has 1 cell where the first line names 2")) << cells[0];
  EXPECT_TRUE(absl::StrContains(cells[1], "3: staff_member.head: ")) << cells[1];
}

TEST_F(ImportSourceTest, FilesThatCannotBeImportedAreRefusedBeforeTheFirstRow) {
  EXPECT_TRUE(absl::StrContains(Read({command_line_.folder() + "/missing.jsonl"})[0], "cannot be read"));
  EXPECT_TRUE(absl::StrContains(Read({command_line_.folder()})[0], "cannot be read"));
  EXPECT_TRUE(absl::StrContains(Read({Write("things.csv", "a\n")})[0], "--kind"));
  EXPECT_TRUE(absl::StrContains(Read({Write("things.csv", "a\n")}, "custmer")[0], "did you mean 'customer'"));
}

TEST_F(ImportSourceTest, HeadersAreChecked) {
  EXPECT_TRUE(absl::StrContains(Read({Write("sites.csv", "")})[0], "first line"));
  const std::string unknown = Read({Write("sites.csv", "external_id,colour\n")})[0];
  EXPECT_TRUE(absl::StrContains(unknown, "sites.csv:1: the column 'colour'")) << unknown;
  EXPECT_TRUE(absl::StrContains(unknown, "customer.external_id")) << unknown;
  EXPECT_TRUE(absl::StrContains(Read({Write("sites.csv", "customer,customer.external_id\n")})[0], "two columns"));
  EXPECT_TRUE(absl::StrContains(Read({Write("sites.csv", "etag\n")})[0], "'etag'")) << "that is the server's to set";
  EXPECT_TRUE(absl::StrContains(Read({Write("contracts.csv", "provisions\n")})[0], "'provisions'"));
}

TEST(ProgressTest, IsShownOnTerminalsOnlyAndTakenAway) {
  std::ostringstream out;
  std::ostringstream err;
  absl::Time now = absl::FromUnixSeconds(1000);
  cli::Terminal terminal{out, err, 0, [](const std::string&) { return std::string(); }};
  terminal.now = [&now] { return now; };
  {
    cli::Progress progress(terminal, "rows");
    progress.Show(1, 1, 2);
  }
  EXPECT_EQ(err.str(), "");
  terminal.err_width = 60;
  {
    cli::Progress progress(terminal, "rows");
    progress.Show(0, 0, 100);
    progress.Show(5, 5, 100);  // too soon after the last
    now += absl::Seconds(2);
    progress.Show(12345, 50, 100);
  }
  EXPECT_EQ(err.str(),
            "\r\x1b[K[........................] 0%  0 rows"
            "\r\x1b[K[############............] 50%  12,345 rows  6,172/s"
            "\r\x1b[K");
  EXPECT_EQ(cli::Grouped(0), "0");
  EXPECT_EQ(cli::Grouped(999), "999");
  EXPECT_EQ(cli::Grouped(-1234567), "-1,234,567");
}

// Against the real server.
class ImportTest : public ImportSourceTest {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<testing::TestServer>> server =
        testing::TestServer::Start({.program = AFTERSALES_BUILD_DIR "/bin/aftersalesd"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    command_line_.environment()["AFTERSALES_ENDPOINT"] = server_->endpoint();
    command_line_.environment()["AFTERSALES_TOKEN_FILE"] = server_->token_file();
  }

  std::unique_ptr<testing::TestServer> server_;
};

TEST_F(ImportTest, FilesOfSeveralKindsAreImportedInTheirOrder) {
  Write("customers.csv", "external_id,display_name\nK-1,Harbour Railways\nK-2,\"Northern, Ltd\"\n");
  Write("sites.csv", "external_id,display_name,customer.external_id\nS-1,Depot,K-1\n");
  const Outcome first = command_line_.Run("import customers.csv sites.csv");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "3 rows: 3 added, 0 changed, 0 as they were, 0 wrong.\n");
  Write("sites.csv", "external_id,display_name,customer.external_id\nS-1,North depot,K-1\n");
  EXPECT_EQ(command_line_.Run("import customers.csv sites.csv").out,
            "3 rows: 0 added, 1 changed, 2 as they were, 0 wrong.\n");
  EXPECT_EQ(command_line_.Run("import sites.csv -o name").out, "sites/1\n");
  EXPECT_TRUE(absl::StrContains(command_line_.Run("site list").out, "North depot"));
}

TEST_F(ImportTest, WrongRowsAreListedByFileAndLine) {
  const std::string rows =
      "{\"customer\":{\"external_id\":\"K-1\",\"display_name\":\"Harbour Railways\"}}\n"
      "{\"customer\":{\"external_id\":\"K-2\"}}\n"
      "nonsense\n"
      "{\"site\":{\"external_id\":\"S-1\",\"display_name\":\"Depot\",\"customer\":\"ext:K-9\"}}\n";
  const Outcome outcome = command_line_.Run("import -", rows);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "4 rows: 1 added, 0 changed, 0 as they were, 3 wrong.\n");
  EXPECT_TRUE(absl::StrContains(outcome.err, "-:2: customer.display_name: is required\n")) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.err, "-:3: is no row in JSON")) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.err, "-:4: site.customer: there is no customer")) << outcome.err;
  const Outcome json = command_line_.Run("import - -o json", rows);
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(json.out,
            "{\"rows\":\"4\",\"created\":\"0\",\"updated\":\"0\",\"unchanged\":\"1\",\"failed\":\"3\",\"nothing_kept\":"
            "false}\n");
  EXPECT_TRUE(absl::StrContains(json.err,
                                "{\"error\":\"is required\",\"field\":\"customer.display_name\",\"file\":\"-\","
                                "\"line\":2,\"reason\":\"ERROR_REASON_FIELD_INVALID\"}\n"))
      << json.err;
}

TEST_F(ImportTest, NothingIsKeptOfADryRunOrAnAtomicImportWithAWrongRow) {
  Write("customers.csv", "external_id,display_name\nK-1,Harbour Railways\nK-2,\n");
  const Outcome dry = command_line_.Run("import --dry-run customers.csv");
  EXPECT_EQ(dry.exit_code, 1);
  EXPECT_EQ(dry.out, "Dry run: nothing was kept. 2 rows: 1 added, 0 changed, 0 as they were, 1 wrong.\n");
  const Outcome atomic = command_line_.Run("import --atomic customers.csv");
  EXPECT_EQ(atomic.exit_code, 1);
  EXPECT_EQ(atomic.out,
            "Nothing was kept, since not every row is right. 2 rows: 0 added, 0 changed, 0 as they were, 1 wrong.\n");
  Write("rows.jsonl", "{\"customer\":{\"external_id\":\"K-1\",\"display_name\":\"Harbour Railways\"}}\nnonsense\n");
  const Outcome unreadable = command_line_.Run("import --atomic rows.jsonl");
  EXPECT_EQ(unreadable.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(unreadable.err, "nothing was kept")) << unreadable.err;
  EXPECT_EQ(command_line_.Run("customer list -o name").out, "");
}

TEST_F(ImportTest, ADryRunListsWhatWouldChange) {
  Write("customers.csv", "external_id,display_name\nK-1,Harbour Railways\nK-2,Northern\n");
  ASSERT_EQ(command_line_.Run("import customers.csv").exit_code, 0);
  Write("customers.csv", "external_id,display_name\nK-1,Harbour Railways\nK-2,Southern\nK-3,Western\n");
  const std::string sum = "3 rows: 1 added, 1 changed, 1 as they were, 0 wrong.\n";
  EXPECT_EQ(command_line_.Run("import --dry-run customers.csv").out, "Dry run: nothing was kept. " + sum);
  EXPECT_EQ(command_line_.Run("import --dry-run -o wide customers.csv").out,
            "customers.csv:3: changed, customers/2\ncustomers.csv:4: added, K-3\nDry run: nothing was kept. " + sum);
  const Outcome json = command_line_.Run("import --dry-run -o json customers.csv");
  EXPECT_TRUE(absl::StartsWith(json.out,
                               "{\"file\":\"customers.csv\",\"line\":3,\"result\":\"changed\",\"external_id\":\"K-2\","
                               "\"name\":\"customers/2\"}\n"
                               "{\"file\":\"customers.csv\",\"line\":4,\"result\":\"added\",\"external_id\":\"K-3\"}\n"
                               "{\"rows\":\"3\","))
      << json.out;
}

TEST_F(ImportTest, ManyRowsAreStreamed) {
  std::string rows = "external_id,display_name\n";
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&rows, "K-", i, ",Customer ", i, "\n");
  Write("customers.csv", rows);
  EXPECT_EQ(command_line_.Run("import customers.csv").out,
            "5,000 rows: 5,000 added, 0 changed, 0 as they were, 0 wrong.\n");
}

TEST_F(ImportTest, WhatIsWrongOnTheCommandLineIsSaid) {
  const Outcome none = command_line_.Run("import");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(none.err, "needs FILE")) << none.err;
  EXPECT_EQ(command_line_.Run("import missing.jsonl").exit_code, 2);
  EXPECT_EQ(command_line_.Run("import --format xml x").exit_code, 2);
  const Outcome flag = command_line_.Run("import --atomc x");
  EXPECT_TRUE(absl::StrContains(flag.err, "did you mean '--atomic'")) << flag.err;
  const Outcome auditor = command_line_.Run("principal create --display-name a --roles auditor -o name");
  const std::string name = auditor.out.substr(0, auditor.out.find('\n'));
  ASSERT_EQ(command_line_.Run("token create --secret-file auditor.token --principal " + name).exit_code, 0);
  Write("customers.csv", "external_id,display_name\nK-1,Harbour Railways\n");
  const Outcome refused = command_line_.Run("import customers.csv --token-file auditor.token");
  EXPECT_EQ(refused.exit_code, 64 + 7) << refused.err;
  EXPECT_TRUE(absl::StrContains(refused.err, "directory.import")) << refused.err;
}

TEST(ImportBrokenOff, SaysHowFarItCame) {
  ScriptedServer server;
  server.import_directory = [](grpc::ServerContext&, auto& stream) {
    v1::ImportDirectoryRequest request;
    v1::ImportDirectoryResponse response;
    while (stream.Read(&request) && request.rows().empty()) {
    }
    for (int i = 1; i <= 2; ++i) {
      v1::RowReport& report = *response.add_reports();
      report.set_row(i);
      report.set_result(v1::ROW_RESULT_CREATED);
    }
    stream.Write(response);
    return Wire(Error(absl::StatusCode::kUnavailable, v1::ERROR_REASON_STORAGE_UNAVAILABLE, "the database is gone"));
  };
  CommandLine command_line;
  command_line.environment()["AFTERSALES_ENDPOINT"] = server.endpoint();
  const std::string row = "{\"customer\":{\"external_id\":\"K-1\"}}\n";
  const Outcome outcome = command_line.Run("import -", row + row + row);
  EXPECT_EQ(outcome.exit_code, 64 + 14) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.err, "the database is gone")) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.err, "Rows up to -:2 were dealt with.")) << outcome.err;
}

}  // namespace
}  // namespace aftersales
