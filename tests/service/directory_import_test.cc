// Imports of the directory, as their sink takes them, on both engines.
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/directory/directory_service.h"
#include "server/directory/directory_store.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using testing::TestEngine;

v1::DirectoryRow CustomerRow(const std::string& id, const std::string& display_name = "Harbour Railways") {
  v1::DirectoryRow row;
  row.mutable_customer()->set_external_id(id);
  row.mutable_customer()->set_display_name(display_name);
  return row;
}

v1::DirectoryRow ProductRow(const std::string& id) {
  v1::DirectoryRow row;
  row.mutable_product()->set_external_id(id);
  row.mutable_product()->set_display_name("Brake unit");
  return row;
}

v1::DirectoryRow SiteRow(const std::string& id, const std::string& customer) {
  v1::DirectoryRow row;
  row.mutable_site()->set_external_id(id);
  row.mutable_site()->set_display_name("Depot");
  row.mutable_site()->set_customer(customer);
  return row;
}

v1::DirectoryRow ContractRow(const std::string& id, const std::string& customer) {
  v1::DirectoryRow row;
  row.mutable_contract()->set_external_id(id);
  row.mutable_contract()->set_number(id);
  row.mutable_contract()->set_customer(customer);
  return row;
}

v1::DirectoryRow EquipmentRow(const std::string& id, const std::string& serial) {
  v1::DirectoryRow row;
  row.mutable_equipment()->set_external_id(id);
  row.mutable_equipment()->set_serial_number(serial);
  row.mutable_equipment()->set_product("ext:P-1");
  row.mutable_equipment()->set_customer("ext:K-1");
  return row;
}

// What an import answered: a report for each row, and the sum.
struct Answer {
  std::vector<v1::RowReport> reports;
  v1::ImportSummary summary;

  // "CREATED UPDATED FAILED": what became of the rows.
  std::string Results() const {
    std::string text;
    for (const v1::RowReport& report : reports) {
      absl::StrAppend(&text, text.empty() ? "" : " ",
                      v1::RowResult_Name(report.result()).substr(sizeof("ROW_RESULT_") - 1));
    }
    return text;
  }
};

class DirectoryImportTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  using Sink = rpc::StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse>;

  Call New() { return testing::TestCall("", "aftersales.v1.DirectoryService/ImportDirectory"); }

  static v1::ImportOptions Options(v1::ImportMode mode = v1::IMPORT_MODE_BEST_EFFORT, bool trial = false) {
    v1::ImportOptions options;
    options.set_request_id(RandomUuid());
    options.set_mode(mode);
    options.set_validate_only(trial);
    return options;
  }

  // The whole of an import in messages of `at_once` rows.
  absl::StatusOr<Answer> Import(const v1::ImportOptions& options, const std::vector<v1::DirectoryRow>& rows,
                                size_t at_once = 500) {
    Call call = New();
    std::unique_ptr<Sink> sink = *service_.ImportDirectory(call);
    Answer answer;
    v1::ImportDirectoryRequest request;
    *request.mutable_options() = options;
    for (size_t at = 0; at == 0 || at < rows.size(); at += at_once) {
      for (size_t i = at; i < std::min(rows.size(), at + at_once); ++i) *request.add_rows() = rows[i];
      v1::ImportDirectoryResponse reply;
      const absl::StatusOr<rpc::Next> next = sink->Take(call, request, reply);
      if (!next.ok()) return next.status();
      answer.reports.insert(answer.reports.end(), reply.reports().begin(), reply.reports().end());
      request.Clear();
    }
    while (true) {
      v1::ImportDirectoryResponse reply;
      const absl::StatusOr<rpc::Next> next = sink->Finish(call, reply);
      if (!next.ok()) return next.status();
      if (*next == rpc::Next::kEnd) return answer;
      EXPECT_FALSE(answer.summary.rows() > 0) << "the sum comes last";
      EXPECT_LE(reply.reports_size(), 500);
      answer.reports.insert(answer.reports.end(), reply.reports().begin(), reply.reports().end());
      answer.summary = reply.summary();
    }
  }
  Answer Imported(const std::vector<v1::DirectoryRow>& rows, size_t at_once = 500) {
    absl::StatusOr<Answer> answer = Import(Options(), rows, at_once);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : Answer();
  }

  int64_t Count(const std::string& table) {
    Call call = New();
    return *db_->Read<int64_t>(call, [&](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne("SELECT COUNT(*) FROM " + table, {}, "i")->Int(0);
    });
  }

  testing::ManualClock clock_;
  testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Database> db_ = database_.Open(clock_);
  Obligations obligations_;
  DirectoryService service_{*db_, obligations_};
};

INSTANTIATE_TEST_SUITE_P(Engines, DirectoryImportTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(DirectoryImportTest, EveryKindIsImportedWithReferencesByExternalId) {
  v1::DirectoryRow department;
  department.mutable_department()->set_external_id("D-1");
  department.mutable_department()->set_display_name("Quality assurance");
  v1::DirectoryRow member;
  member.mutable_staff_member()->set_external_id("M-1");
  member.mutable_staff_member()->set_display_name("Inspector");
  member.mutable_staff_member()->set_department("ext:D-1");
  v1::DirectoryRow equipment = EquipmentRow("E-1", "SN-1");
  equipment.mutable_equipment()->set_contract("ext:C-1");
  equipment.mutable_equipment()->set_site("ext:S-1");
  const std::vector<v1::DirectoryRow> rows = {CustomerRow("K-1"),
                                              ProductRow("P-1"),
                                              SiteRow("S-1", "ext:K-1"),
                                              ContractRow("C-1", "ext:K-1"),
                                              department,
                                              member,
                                              equipment};
  const Answer answer = Imported(rows);
  EXPECT_EQ(answer.Results(), "CREATED CREATED CREATED CREATED CREATED CREATED CREATED");
  EXPECT_EQ(answer.summary.rows(), 7);
  EXPECT_EQ(answer.summary.created(), 7);
  EXPECT_FALSE(answer.summary.nothing_kept());
  EXPECT_EQ(answer.reports[6].row(), 7);
  EXPECT_EQ(answer.reports[6].external_id(), "E-1");
  Call call = New();
  v1::GetEquipmentRequest get;
  get.set_name(answer.reports[6].name());
  const v1::Equipment kept = *service_.GetEquipment(call, get);
  EXPECT_EQ(kept.customer(), answer.reports[0].name());
  EXPECT_EQ(kept.product(), answer.reports[1].name());
  EXPECT_EQ(kept.site(), answer.reports[2].name());
  EXPECT_EQ(kept.contract(), answer.reports[3].name());
  EXPECT_EQ(Count("event"), 7);
}

TEST_P(DirectoryImportTest, ARepeatChangesNothingAndAChangeIsAnUpdate) {
  const v1::ImportOptions options = Options();
  const std::vector<v1::DirectoryRow> rows = {CustomerRow("K-1"), ProductRow("P-1"), SiteRow("S-1", "ext:K-1"),
                                              EquipmentRow("E-1", "SN-1")};
  const Answer first = *Import(options, rows);
  const Answer again = *Import(options, rows);
  EXPECT_EQ(again.Results(), "UNCHANGED UNCHANGED UNCHANGED UNCHANGED");
  EXPECT_EQ(again.summary.unchanged(), 4);
  EXPECT_EQ(again.reports[3].name(), first.reports[3].name());
  EXPECT_EQ(Count("event"), 4) << "what is as it was is no event";

  v1::DirectoryRow changed = CustomerRow("K-1", "Harbour Railways Ltd");
  changed.mutable_customer()->set_region("jilin");
  EXPECT_EQ(Imported({changed}).Results(), "UPDATED");
  EXPECT_EQ(Count("event"), 5);
  Call call = New();
  v1::GetCustomerRequest get;
  get.set_name(first.reports[0].name());
  EXPECT_EQ(service_.GetCustomer(call, get)->etag(), "2");
  EXPECT_EQ(service_.GetCustomer(call, get)->region(), "jilin");
  // A row is the whole entry: what it does not say is empty.
  EXPECT_EQ(Imported({CustomerRow("K-1")}).Results(), "UPDATED");
  EXPECT_EQ(service_.GetCustomer(call, get)->region(), "");
}

TEST_P(DirectoryImportTest, TimesFinerThanTheDatabaseKeepsAreNoChange) {
  ASSERT_EQ(Imported({CustomerRow("K-1"), ProductRow("P-1")}).summary.created(), 2);
  v1::DirectoryRow row = EquipmentRow("E-1", "SN-1");
  row.mutable_equipment()->mutable_install_time()->set_seconds(1000);
  row.mutable_equipment()->mutable_install_time()->set_nanos(123456789);
  EXPECT_EQ(Imported({row}).Results(), "CREATED");
  EXPECT_EQ(Imported({row}).Results(), "UNCHANGED");
}

TEST_P(DirectoryImportTest, WrongRowsAreReportedAndLeftOutTheOthersKept) {
  v1::DirectoryRow nameless = CustomerRow("K-2", "");
  v1::DirectoryRow long_id = CustomerRow(std::string(101, 'x'));
  v1::DirectoryRow without_key;
  without_key.mutable_customer()->set_display_name("Harbour Railways");
  v1::DirectoryRow wrong_form = SiteRow("S-2", "products/1");
  v1::DirectoryRow bad_external = SiteRow("S-3", "ext:");
  v1::DirectoryRow times = EquipmentRow("E-1", "SN-1");
  times.mutable_equipment()->mutable_install_time()->set_seconds(2000);
  times.mutable_equipment()->mutable_commission_time()->set_seconds(1000);
  const Answer answer = Imported({CustomerRow("K-1"), nameless, long_id, without_key, v1::DirectoryRow(), wrong_form,
                                  bad_external, SiteRow("S-4", "ext:K-9"), SiteRow("S-5", "customers/99"), times,
                                  CustomerRow("K-3", "\xe3\x80\x80"), SiteRow("S-1", "ext:K-1")});
  EXPECT_EQ(answer.Results(), "CREATED FAILED FAILED FAILED FAILED FAILED FAILED FAILED FAILED FAILED FAILED CREATED");
  EXPECT_EQ(answer.summary.failed(), 10);
  EXPECT_EQ(answer.summary.created(), 2);
  const std::vector<std::string> fields = {"",
                                           "customer.display_name",
                                           "customer.external_id",
                                           "customer.external_id",
                                           "entry",
                                           "site.customer",
                                           "site.customer",
                                           "site.customer",
                                           "site.customer",
                                           "equipment.commission_time",
                                           "customer.display_name",
                                           ""};
  for (size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(answer.reports[i].field(), fields[i]) << answer.reports[i].DebugString();
    EXPECT_EQ(answer.reports[i].error().empty(), fields[i].empty()) << i;
    EXPECT_EQ(answer.reports[i].name().empty(), !fields[i].empty()) << i;
  }
  EXPECT_EQ(answer.reports[1].reason(), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(answer.reports[7].reason(), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_NE(answer.reports[7].error().find("K-9"), std::string::npos) << answer.reports[7].error();
  EXPECT_EQ(Count("customer"), 1);
}

TEST_P(DirectoryImportTest, ReferencesLeadToRowsBeforeNotAfter) {
  EXPECT_EQ(Imported({SiteRow("S-1", "ext:K-1"), CustomerRow("K-1"), SiteRow("S-2", "ext:K-1")}).Results(),
            "FAILED CREATED CREATED");
  EXPECT_EQ(Imported({SiteRow("S-1", "ext:K-1")}).Results(), "CREATED") << "of an import before";
  EXPECT_EQ(Imported({CustomerRow("K-2"), SiteRow("S-3", "ext:K-2")}, /*at_once=*/1).Results(), "CREATED CREATED");
  EXPECT_EQ(Imported({CustomerRow("K-3", ""), SiteRow("S-4", "ext:K-3")}).Results(), "FAILED FAILED");
}

TEST_P(DirectoryImportTest, KeysOfAnotherEntryAreTaken) {
  const Answer first = Imported({CustomerRow("K-1"), ProductRow("P-1"), SiteRow("K-1", "ext:K-1"),
                                 EquipmentRow("E-1", "SN-1"), EquipmentRow("E-2", "SN-1")});
  EXPECT_EQ(first.Results(), "CREATED CREATED CREATED CREATED FAILED");
  EXPECT_EQ(first.reports[4].field(), "equipment.serial_number");
  EXPECT_EQ(first.reports[4].reason(), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_NE(first.reports[4].error().find(first.reports[3].name()), std::string::npos) << first.reports[4].error();
  EXPECT_EQ(Imported({EquipmentRow("E-3", "SN-3"), EquipmentRow("E-1", "SN-3")}).Results(), "CREATED FAILED");
  // One gives a number up and another takes it, in one message and in that order only.
  EXPECT_EQ(Imported({EquipmentRow("E-1", "SN-9"), EquipmentRow("E-4", "SN-1")}).Results(), "UPDATED CREATED");
  EXPECT_EQ(Imported({EquipmentRow("E-5", "SN-9"), EquipmentRow("E-1", "SN-10")}).Results(), "FAILED UPDATED");
}

TEST_P(DirectoryImportTest, EquipmentWithoutAnExternalIdIsFoundByItsSerialNumber) {
  ASSERT_EQ(Imported({CustomerRow("K-1"), ProductRow("P-1")}).summary.created(), 2);
  EXPECT_EQ(Imported({EquipmentRow("", "SN-1"), EquipmentRow("", "SN-1")}).Results(), "CREATED UNCHANGED");
  EXPECT_EQ(Imported({EquipmentRow("E-2", "SN-2")}).Results(), "CREATED");
  v1::DirectoryRow by_serial = EquipmentRow("", "SN-2");
  EXPECT_EQ(Imported({by_serial}).Results(), "UNCHANGED") << "saying no external id is not taking it away";
  by_serial.mutable_equipment()->set_region("jilin");
  const Answer answer = Imported({by_serial});
  EXPECT_EQ(answer.Results(), "UPDATED");
  Call call = New();
  v1::GetEquipmentRequest get;
  get.set_name(answer.reports[0].name());
  EXPECT_EQ(service_.GetEquipment(call, get)->external_id(), "E-2");
  v1::DirectoryRow keyless = EquipmentRow("", "");
  EXPECT_EQ(Imported({keyless}).reports[0].field(), "equipment.serial_number");
}

TEST_P(DirectoryImportTest, TheSameEntryTwiceIsAddedAndThenChanged) {
  const Answer answer = Imported({CustomerRow("K-1", "One"), CustomerRow("K-1", "Two"), CustomerRow("K-1", "Two"),
                                  CustomerRow("K-2", "One"), CustomerRow("K-1", "Three")});
  EXPECT_EQ(answer.Results(), "CREATED UPDATED UNCHANGED CREATED UPDATED");
  EXPECT_EQ(answer.reports[4].name(), answer.reports[0].name());
  EXPECT_EQ(Count("event"), 4);
  std::vector<v1::DirectoryRow> often;
  for (int i = 0; i < 300; ++i) often.push_back(CustomerRow("K-1", absl::StrCat("Name ", i)));
  EXPECT_EQ(Imported(often).summary.updated(), 300);
}

TEST_P(DirectoryImportTest, CustomersOfContractsAndSitesAgreeWithTheEquipments) {
  v1::DirectoryRow equipment = EquipmentRow("E-1", "SN-1");
  equipment.mutable_equipment()->set_contract("ext:C-2");
  v1::DirectoryRow on_site = EquipmentRow("E-2", "SN-2");
  on_site.mutable_equipment()->set_site("ext:S-2");
  const Answer answer =
      Imported({CustomerRow("K-1"), CustomerRow("K-2"), ProductRow("P-1"), ContractRow("C-2", "ext:K-2"),
                SiteRow("S-2", "ext:K-2"), equipment, on_site, SiteRow("S-2", "ext:K-1")});
  EXPECT_EQ(answer.Results(), "CREATED CREATED CREATED CREATED CREATED FAILED FAILED FAILED");
  EXPECT_EQ(answer.reports[5].field(), "equipment.contract");
  EXPECT_EQ(answer.reports[6].field(), "equipment.site");
  EXPECT_EQ(answer.reports[7].field(), "site.customer") << "a site stays with its customer";
}

TEST_P(DirectoryImportTest, OnlySoManyImportsCollectRowsAtOnce) {
  const auto begin = [&](std::unique_ptr<Sink>& sink, const v1::ImportOptions& options) {
    Call call = New();
    sink = *service_.ImportDirectory(call);
    v1::ImportDirectoryRequest request;
    *request.mutable_options() = options;
    v1::ImportDirectoryResponse reply;
    return sink->Take(call, request, reply).status();
  };
  std::vector<std::unique_ptr<Sink>> open(8);
  for (auto& sink : open) ASSERT_TRUE(begin(sink, Options(v1::IMPORT_MODE_ATOMIC)).ok());
  std::unique_ptr<Sink> another;
  EXPECT_EQ(ReasonOf(begin(another, Options(v1::IMPORT_MODE_ATOMIC))), v1::ERROR_REASON_OVERLOADED);
  EXPECT_EQ(ReasonOf(begin(another, Options(v1::IMPORT_MODE_BEST_EFFORT, /*trial=*/true))),
            v1::ERROR_REASON_OVERLOADED);
  EXPECT_TRUE(begin(another, Options()).ok()) << "best effort keeps nothing in memory";
  open.pop_back();
  EXPECT_TRUE(begin(another, Options(v1::IMPORT_MODE_ATOMIC)).ok());
}

TEST_P(DirectoryImportTest, AnAtomicImportKeepsAllOrNothing) {
  const v1::ImportOptions atomic = Options(v1::IMPORT_MODE_ATOMIC);
  const std::vector<v1::DirectoryRow> wrong = {CustomerRow("K-1"), SiteRow("S-1", "ext:K-1"),
                                               SiteRow("S-2", "ext:K-9")};
  const Answer refused = *Import(atomic, wrong, /*at_once=*/1);
  EXPECT_EQ(refused.Results(), "ROLLED_BACK ROLLED_BACK FAILED");
  EXPECT_TRUE(refused.summary.nothing_kept());
  EXPECT_EQ(refused.summary.created(), 0);
  EXPECT_EQ(refused.summary.failed(), 1);
  EXPECT_EQ(refused.reports[0].name(), "");
  EXPECT_EQ(Count("customer") + Count("site") + Count("event"), 0);

  std::vector<v1::DirectoryRow> right = {CustomerRow("K-1")};
  for (int i = 0; i < 1200; ++i) right.push_back(SiteRow(absl::StrCat("S-", i), "ext:K-1"));
  const Answer kept = *Import(Options(v1::IMPORT_MODE_ATOMIC), right);
  EXPECT_EQ(kept.summary.created(), 1201);
  EXPECT_FALSE(kept.summary.nothing_kept());
  EXPECT_EQ(kept.reports.size(), 1201u);
  EXPECT_EQ(kept.reports[1200].row(), 1201);
  EXPECT_EQ(Count("event"), 1201);
}

TEST_P(DirectoryImportTest, ATrialSaysWhatWouldHappenAndChangesNothing) {
  ASSERT_EQ(Imported({CustomerRow("K-1"), CustomerRow("K-2")}).summary.created(), 2);
  const std::vector<v1::DirectoryRow> rows = {CustomerRow("K-1"), CustomerRow("K-2", "Renamed"), CustomerRow("K-3"),
                                              SiteRow("S-3", "ext:K-3"), SiteRow("S-4", "ext:K-9")};
  for (const v1::ImportMode mode : {v1::IMPORT_MODE_BEST_EFFORT, v1::IMPORT_MODE_UNSPECIFIED}) {
    const Answer trial = *Import(Options(mode, /*trial=*/true), rows, /*at_once=*/2);
    EXPECT_EQ(trial.Results(), "UNCHANGED UPDATED CREATED CREATED FAILED");
    EXPECT_TRUE(trial.summary.nothing_kept());
    EXPECT_EQ(trial.reports[2].name(), "") << "there is no such entry";
  }
  const Answer atomic = *Import(Options(v1::IMPORT_MODE_ATOMIC, /*trial=*/true), rows);
  EXPECT_EQ(atomic.Results(), "ROLLED_BACK ROLLED_BACK ROLLED_BACK ROLLED_BACK FAILED");
  EXPECT_EQ(Count("customer"), 2);
  EXPECT_EQ(Count("site"), 0);
  EXPECT_EQ(Count("event"), 2);
  EXPECT_EQ(Imported(rows).Results(), "UNCHANGED UPDATED CREATED CREATED FAILED");
}

TEST_P(DirectoryImportTest, WhatIsCollectedIsBounded) {
  Call call = New();
  std::unique_ptr<Sink> sink = *service_.ImportDirectory(call);
  v1::ImportDirectoryRequest request;
  *request.mutable_options() = Options(v1::IMPORT_MODE_ATOMIC);
  v1::ImportDirectoryResponse reply;
  ASSERT_TRUE(sink->Take(call, request, reply).ok());
  request.clear_options();
  for (int i = 0; i < 500; ++i) *request.add_rows() = CustomerRow("K-1");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(sink->Take(call, request, reply).ok()) << i;
  const absl::Status too_many = sink->Take(call, request, reply).status();
  EXPECT_EQ(ReasonOf(too_many), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_NE(std::string(too_many.message()).find("10000"), std::string::npos) << too_many;

  v1::DirectoryRow large = ContractRow("C-1", "customers/1");
  for (int i = 0; i < 200; ++i) {
    v1::ContractProvision& provision = *large.mutable_contract()->add_provisions();
    provision.set_number(absl::StrCat(i));
    provision.set_text(std::string(2000, 'x'));
  }
  sink = *service_.ImportDirectory(call);
  v1::ImportDirectoryRequest heavy;
  *heavy.mutable_options() = Options(v1::IMPORT_MODE_BEST_EFFORT, /*trial=*/true);
  for (int i = 0; i < 8; ++i) *heavy.add_rows() = large;
  absl::Status status;
  int taken = 0;
  for (; status.ok() && taken < 10; ++taken) {
    status = sink->Take(call, heavy, reply).status();
    heavy.clear_options();
  }
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID) << status;
  EXPECT_EQ(taken, 6);
}

TEST_P(DirectoryImportTest, LargeEntriesGoIntoStatementsOfTheirOwn) {
  // Together more than one packet to MariaDB may hold.
  std::vector<v1::DirectoryRow> rows = {CustomerRow("K-1")};
  for (int i = 0; i < 13; ++i) {
    rows.push_back(ContractRow(absl::StrCat("C-", i), "ext:K-1"));
    for (int n = 0; n < 200; ++n) {
      v1::ContractProvision& provision = *rows.back().mutable_contract()->add_provisions();
      provision.set_number(absl::StrCat(n));
      for (int c = 0; c < 2000; ++c) provision.mutable_text()->append("\xe8\xb4\xa8");
    }
  }
  const absl::StatusOr<Answer> answer = Import(Options(v1::IMPORT_MODE_ATOMIC), rows, /*at_once=*/3);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->summary.created(), 14);
  EXPECT_EQ(Count("event"), 14);
}

TEST_P(DirectoryImportTest, OptionsComeFirstAndOnce) {
  Call call = New();
  v1::ImportDirectoryRequest request;
  *request.add_rows() = CustomerRow("K-1");
  v1::ImportDirectoryResponse reply;
  std::unique_ptr<Sink> sink = *service_.ImportDirectory(call);
  EXPECT_EQ(ReasonOf(sink->Take(call, request, reply).status()), v1::ERROR_REASON_FIELD_INVALID);
  sink = *service_.ImportDirectory(call);
  EXPECT_EQ(ReasonOf(sink->Finish(call, reply).status()), v1::ERROR_REASON_FIELD_INVALID);
  sink = *service_.ImportDirectory(call);
  *request.mutable_options() = Options();
  EXPECT_TRUE(sink->Take(call, request, reply).ok());
  EXPECT_EQ(ReasonOf(sink->Take(call, request, reply).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(call.request_id, request.options().request_id());
  EXPECT_EQ(Imported({}).summary.rows(), 0) << "nothing is little, and no mistake";
}

TEST_P(DirectoryImportTest, EventsNameTheImport) {
  v1::ImportOptions options = Options();
  ASSERT_TRUE(Import(options, {CustomerRow("K-1")}).ok());
  Call call = New();
  const std::string body = *db_->Read<std::string>(call, [](Reader& reader) -> absl::StatusOr<std::string> {
    return reader.SelectOne("SELECT body FROM event LIMIT 1", {}, "t")->Text(0);
  });
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString(body));
  EXPECT_EQ(event.request_id(), options.request_id());
  EXPECT_EQ(event.actor(), "principals/tester");
  EXPECT_EQ(event.customer().external_id(), "K-1");
}

TEST_P(DirectoryImportTest, ImportsAtOnceOfTheSameRowsAddEachEntryOnce) {
  std::vector<std::vector<v1::DirectoryRow>> parts(4);
  for (size_t part = 0; part < parts.size(); ++part) {
    for (int i = 0; i < 300; ++i) {
      // Each in another order.
      parts[part].push_back(CustomerRow(absl::StrCat("K-", part % 2 == 0 ? i : 299 - i)));
    }
    for (int i = 0; i < 100; ++i) parts[part].push_back(SiteRow(absl::StrCat("S-", i), absl::StrCat("ext:K-", i)));
  }
  std::vector<absl::StatusOr<Answer>> answers(parts.size(), absl::UnknownError("not run"));
  std::vector<std::thread> imports;
  for (size_t part = 0; part < parts.size(); ++part) {
    imports.emplace_back([&, part] { answers[part] = Import(Options(), parts[part], /*at_once=*/50); });
  }
  for (std::thread& import : imports) import.join();
  int64_t created = 0;
  for (const absl::StatusOr<Answer>& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->summary.failed(), 0);
    EXPECT_EQ(answer->summary.updated(), 0);
    created += answer->summary.created();
  }
  EXPECT_EQ(created, 400);
  EXPECT_EQ(Count("customer"), 300);
  EXPECT_EQ(Count("site"), 100);
  EXPECT_EQ(Count("event"), 400);
}

TEST_P(DirectoryImportTest, NumbersStayDenseBesideOtherCallers) {
  ASSERT_EQ(Imported({CustomerRow("K-1"), CustomerRow("K-2")}).summary.created(), 2);
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_display_name("Acme");
  Call call = testing::TestCall(RandomUuid());
  EXPECT_EQ(service_.CreateCustomer(call, request)->name(), "customers/3");
  EXPECT_EQ(Imported({CustomerRow("K-1"), CustomerRow("K-2")}).summary.unchanged(), 2);
  EXPECT_EQ(Imported({CustomerRow("K-3")}).reports[0].name(), "customers/23") << "a repeat reserves no numbers";
}

}  // namespace
}  // namespace aftersales
