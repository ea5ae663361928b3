// Every list of the API runs on an index: no full scan, with and without a place to go on from; and no sorting, but of
// what is an engineer's own.
#include <optional>
#include <regex>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/archive.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "aftersales/v1/report.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/access/own_work_store.h"
#include "server/archive/archive_store.h"
#include "server/cases/case_store.h"
#include "server/cases/recurrences.h"
#include "server/directory/customer_search.h"
#include "server/feedback/feedback_store.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/periodic_store.h"
#include "server/reports/report_store.h"
#include "server/settlement/settlement_store.h"
#include "server/storage/table.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

struct List {
  const google::protobuf::Message* resource;
  std::vector<std::vector<std::string>> filters;  // columns that are given together
  std::vector<ListQuery::Order> order;
};

// The lists as their RPCs' comments in the protos describe them.
std::vector<List> Lists() {
  const auto of = [](const google::protobuf::Message& message) { return &message; };
  const std::vector<ListQuery::Order> newest{{"create_time", true}}, by_name{{"name", false}},
      oldest{{"create_time", false}};
  return {
      {of(v1::Contact::default_instance()),
       {{},
        {"state"},
        {"customer"},
        {"state", "customer"},
        {"unanswered"},
        {"department"},
        {"unanswered", "department"},
        {"unanswered", "customer"}},
       {{"notice_time", true}}},
      {of(v1::Case::default_instance()),
       {{}, {"state"}, {"customer"}, {"equipment"}, {"product"}, {"state", "customer"}, {"state", "product"}},
       newest},
      {of(v1::Solution::default_instance()), {{"service_case"}}, oldest},
      {of(v1::Document::default_instance()), {{"service_case"}}, oldest},
      {of(v1::TelephoneAttempt::default_instance()), {{"service_case"}}, oldest},
      {of(v1::HelpRequest::default_instance()),
       {{},
        {"department"},
        {"state"},
        {"service_case"},
        {"department", "state"},
        {"state", "service_case"},
        {"department", "service_case"},
        {"department", "state", "service_case"}},
       {{"priority", false}, {"create_time", false}}},
      {of(v1::Dispute::default_instance()), {{"service_case"}}, oldest},
      {of(v1::Meeting::default_instance()), {{"service_case"}}, oldest},
      {of(v1::CorrectiveAction::default_instance()),
       {{},
        {"state"},
        {"service_case"},
        {"owner"},
        {"owner_principal"},
        {"product"},
        {"owner", "state"},
        {"service_case", "state"},
        {"owner_principal", "state"},
        {"product", "state"}},
       {{"due_time", false}}},
      {of(v1::Responsibility::default_instance()), {{"service_case"}}, oldest},
      {of(v1::Cost::default_instance()),
       {{},
        {"submitted_by"},
        {"submitted_by", "state"},
        {"submitted_by", "service_case"},
        {"submitted_by", "category"},
        {"state"},
        {"service_case"},
        {"category"},
        {"state", "service_case"},
        {"state", "category"},
        {"service_case", "category"},
        {"state", "service_case", "category"}},
       newest},
      {of(v1::Allocation::default_instance()), {{"service_case"}}, oldest},
      {of(v1::Investigation::default_instance()), {{"service_case"}}, oldest},
      {of(v1::Feedback::default_instance()),
       {{},
        {"kind"},
        {"state"},
        {"customer"},
        {"service_case"},
        {"engineer"},
        {"engineer", "state"},
        {"kind", "state"},
        {"kind", "customer"}},
       {{"feedback_time", true}}},
      {of(v1::Callback::default_instance()),
       {{}, {"customer"}, {"reached"}, {"customer", "reached"}},
       {{"call_time", true}}},
      {of(v1::Attachment::default_instance()), {{"parent"}}, oldest},
      {of(v1::Engineer::default_instance()), {{}, {"region"}}, by_name},
      {of(v1::Visit::default_instance()), {{}, {"state"}, {"service_case"}, {"engineer"}}, newest},
      {of(v1::Customer::default_instance()), {{}, {"region"}, {"external_id"}}, by_name},
      {of(v1::Product::default_instance()), {{}, {"external_id"}}, by_name},
      {of(v1::Equipment::default_instance()), {{}, {"customer"}, {"serial_number"}}, by_name},
      {of(v1::Site::default_instance()), {{}, {"customer"}, {"external_id"}}, by_name},
      {of(v1::Contract::default_instance()), {{}, {"customer"}, {"external_id"}}, by_name},
      {of(v1::Department::default_instance()), {{}, {"external_id"}}, by_name},
      {of(v1::StaffMember::default_instance()), {{}, {"department"}, {"external_id"}}, by_name},
      {of(v1::Part::default_instance()), {{}, {"external_id"}}, by_name},
      {of(v1::Warehouse::default_instance()), {{}}, by_name},
      {of(v1::StockMovement::default_instance()), {{"part"}}, oldest},
      {of(v1::PickingList::default_instance()), {{}, {"state"}, {"service_case"}}, newest},
      {of(v1::Shipment::default_instance()), {{}, {"service_case"}}, newest},
      {of(v1::PolicyVersion::default_instance()), {{}}, newest},
      {of(v1::CalendarVersion::default_instance()), {{}, {"calendar"}}, newest},
      {of(v1::Obligation::default_instance()),
       {{}, {"state"}, {"root"}, {"owner", "state"}, {"root", "state"}},
       {{"due_time", false}}},
      {of(v1::Volume::default_instance()), {{}, {"state"}}, {{"number", true}}},
      {of(v1::ArchiveEntry::default_instance()), {{"volume"}}, {{"number", false}}},
      {of(v1::ManagementReport::default_instance()), {{}, {"state"}}, newest},
      {of(v1::Principal::default_instance()), {{}}, by_name},
      {of(v1::Token::default_instance()), {{}, {"principal"}}, by_name},
  };
}

class ListPlansTest : public StorageTest {
 protected:
  static constexpr int kRows = 3000;

  static void FillIn(google::protobuf::Message* resource, const TableCore& table, int i, absl::Time time) {
    using google::protobuf::FieldDescriptor;
    const auto* reflection = resource->GetReflection();
    const auto* descriptor = resource->GetDescriptor();
    for (int f = 0; f < descriptor->field_count(); ++f) {
      const FieldDescriptor* field = descriptor->field(f);
      if (field->is_repeated()) continue;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        const std::string& name = field->name();
        const bool unique = name == "name" || name == "external_id" || name == "serial_number" ||
                            (name == "principal" && table.table() != "token");
        reflection->SetString(resource, field, absl::StrCat(name, "/", unique ? i : i % 100));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        reflection->SetEnumValue(resource, field, 1 + i % 4);
      } else if (field->name() == "number") {
        reflection->SetInt64(resource, field, i);
      } else if (field->name() == "unanswered") {
        reflection->SetBool(resource, field, i % 20 == 0);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && absl::EndsWith(field->name(), "_time")) {
        *static_cast<google::protobuf::Timestamp*>(reflection->MutableMessage(resource, field)) =
            ToProto(time + absl::Seconds(i));
      }
    }
  }

  static absl::Status FillIn(Tx& tx, const TableCore& table, const google::protobuf::Message& prototype) {
    std::vector<std::unique_ptr<google::protobuf::Message>> made;
    std::vector<google::protobuf::Message*> resources;
    for (int i = 0; i < kRows; ++i) {
      made.emplace_back(prototype.New());
      resources.push_back(made.back().get());
      FillIn(resources.back(), table, i, tx.now());
    }
    RETURN_IF_ERROR(table.InsertMany(tx, resources));
    // Spread over time, as they would be.
    for (int i = 0; i < kRows; i += 100) {
      tx.Execute(
          absl::StrCat("UPDATE ", table.table(), " SET create_time = create_time + ? WHERE name >= ? AND name < ?"),
          {i * 1000, absl::StrCat("name/", i), absl::StrCat("name/", i + 100)});
    }
    return absl::OkStatus();
  }

  // Enough rows that a scan would cost more than the index: with few, MariaDB reads them all.
  void Fill(const TableCore& table, const google::protobuf::Message& prototype) {
    Call call = TestCall();
    const absl::Status filled = db_->WriteOwn(call, [&](Tx& tx) { return FillIn(tx, table, prototype); });
    ASSERT_TRUE(filled.ok()) << table.table() << ": " << filled;
    if (!sqlite()) MariaDb::Shared().Execute(absl::StrCat("ANALYZE TABLE ", database_.name(), ".", table.table()));
  }

  static bool IsNumber(const google::protobuf::Message& resource, const std::string& column) {
    return resource.GetDescriptor()->FindFieldByName(column)->cpp_type() !=
           google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  }

  // A few items that most cases have, as it is.
  void FillItems() {
    Call call = TestCall();
    const absl::Status filled = db_->WriteOwn(call, [&](Tx& tx) {
      for (int i = 0; i < kRows; ++i) {
        tx.Execute("INSERT INTO case_item (item, service_case, product, create_time) VALUES (?, ?, ?, ?)",
                   {absl::StrCat("item/", i % 4), absl::StrCat("name/", i), absl::StrCat("product/", i % 100), i});
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(filled.ok()) << filled;
    if (!sqlite()) MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + ".case_item");
  }

  // Each of the list's filters, without and with a place to go on from.
  static void Ask(const List& list, const std::optional<SqlText>& also,
                  absl::FunctionRef<void(const std::string& sql, const Values& values)> expect) {
    const TableCore table(*list.resource);
    for (const auto& filter : list.filters) {
      ListQuery query{.where = {}, .order = list.order, .also = also};
      Values values;
      const auto ask = [&](bool with_after, Values given) {
        if (also.has_value()) given.insert(given.end(), also->values.begin(), also->values.end());
        given.emplace_back(51);
        expect(table.SelectSql(query, with_after), given);
      };
      for (const std::string& column : filter) {
        const bool number = IsNumber(*list.resource, column);
        query.where.push_back({column, "=", number ? Value(1) : Value(absl::StrCat(column, "/7"))});
        values.push_back(query.where.back().value);
      }
      ask(false, values);
      for (const ListQuery::Order& order : list.order) {
        if (order.column == "name") continue;
        const int64_t key = order.column == "priority" ? 2
                            : order.column == "number" ? 1500
                                                       : ToMicros(ManualClock().Now() + absl::Seconds(1500));
        for (int i = 0; i < 2; ++i) values.emplace_back(key);
      }
      values.emplace_back("name/1500");
      ask(true, values);
    }
  }

  // No table is read from end to end, nor an index: the statement begins at what is somebody's own or at what its
  // filter finds. So much may be sorted, since it does not grow with what the company has.
  void ExpectFromOwn(const std::string& sql, const Values& values) {
    Call call = TestCall();
    const auto plan = db_->Explain(call, sql, values, "");
    ASSERT_TRUE(plan.ok()) << plan.status();
    // What stands in <> or is called "seen" was put together from own things.
    static const std::regex kWhole(
        "(^|\\n)SCAN (?!seen)|\"table_name\": \"[^<\"][^\"]*\",\\s*\"access_type\": \"(ALL|index)\"|AUTOMATIC");
    EXPECT_FALSE(std::regex_search(*plan, kWhole)) << sql << "\n" << *plan;
  }

  // Finds its rows by an index, and may sort them.
  void ExpectSearched(const std::string& sql, const Values& values) {
    Call call = TestCall();
    const auto plan = db_->Explain(call, sql, values, "");
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_FALSE(absl::StrContains(*plan, "\"access_type\": \"ALL\"")) << sql << "\n" << *plan;
    EXPECT_FALSE(absl::StrContains(*plan, "\"access_type\": \"index\"")) << sql << "\n" << *plan;
    for (const char* sign : {"SCAN", "AUTOMATIC"}) EXPECT_FALSE(absl::StrContains(*plan, sign)) << sql << "\n" << *plan;
  }

  void ExpectOnIndex(const std::string& sql, const Values& values) {
    Call call = TestCall();
    const auto plan = db_->Explain(call, sql, values, "");
    ASSERT_TRUE(plan.ok()) << plan.status();
    for (const char* sign : {"\"access_type\": \"ALL\"", "filesort", "temporary_table"}) {
      EXPECT_FALSE(absl::StrContains(*plan, sign)) << sql << "\n" << *plan;
    }
    for (const char* sign : {"TEMP B-TREE", "AUTOMATIC"}) EXPECT_FALSE(absl::StrContains(*plan, sign)) << sql << *plan;
    // A SCAN is the whole index in its order, which LIMIT ends; of a table without its index it is a full scan.
    if (absl::StrContains(*plan, "SCAN")) {
      EXPECT_TRUE(absl::StrContains(*plan, "INDEX")) << sql << "\n" << *plan;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ListPlansTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(ListPlansTest, EveryListRunsOnAnIndex) {
  for (const List& list : Lists()) {
    const TableCore table(*list.resource);
    Fill(table, *list.resource);
    Ask(list, std::nullopt, [&](const std::string& sql, const Values& values) { ExpectOnIndex(sql, values); });
  }
}

// The same lists as an engineer in the field gets them.
TEST_P(ListPlansTest, WhatAnEngineerListsRunsOnAnIndex) {
  static const std::set<std::string> no_engineers = {"feedback",          "callback",  "volume", "archive_entry",
                                                     "management_report", "principal", "token"};
  Caller engineer{"principal/7", {}};
  engineer.roles.emplace_back().set_role(v1::ROLE_FIELD_ENGINEER);
  const OwnWorkSight sight;
  for (const List& list : Lists()) Fill(TableCore(*list.resource), *list.resource);
  Fill(TableCore(v1::DeparturePermit::default_instance()), v1::DeparturePermit::default_instance());
  // Somebody with a dozen visits, each for a case with a few other visits.
  ASSERT_TRUE(
      Execute(*db_, "UPDATE visit SET engineer = 'name/7' WHERE name >= 'name/100' AND name < 'name/101'").ok());
  // A root owes a few things, and not a hundredth of all that is owed, of which reading all would be the better plan.
  ASSERT_TRUE(Execute(*db_, "UPDATE obligation SET root = name").ok());
  if (!sqlite()) {
    for (const char* table : {".visit", ".obligation"})
      MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + table);
  }
  const auto from_own = [this](const std::string& sql, const Values& values) { ExpectFromOwn(sql, values); };
  int narrowed = 0;
  for (const List& list : Lists()) {
    const TableCore table(*list.resource);
    const std::optional<SqlText> also = sight.Rows(engineer, *list.resource->GetDescriptor());
    if (!also.has_value() || no_engineers.count(table.table()) > 0) continue;
    ++narrowed;
    Ask(list, also, from_own);
  }
  EXPECT_GT(narrowed, 15);

  FillItems();
  const auto ask = [&](auto statement, Values values, const std::optional<SqlText>& also) {
    const std::string sql = statement(also, &values);
    values.emplace_back(51);
    ExpectFromOwn(sql, values);
  };
  const auto with_item = [](bool of_product) {
    return [of_product](const auto& also, Values* values) { return CasesWithItemSql(of_product, also, values); };
  };
  ask(with_item(false), {"item/1", 1500, 1500, "name/1500"}, sight.RowsOfCases(engineer, "case_item.service_case"));
  ask(with_item(true), {"item/1", "product/7", 1500, 1500, "name/1500"},
      sight.RowsOfCases(engineer, "case_item.service_case"));
  ask(OwingCasesSql, {1, 1, 1, "name/1500"}, sight.RowsOfCases(engineer, "c.name"));
  ask(OpenCasesSql, {1, "name/7"}, sight.Rows(engineer, *v1::Case::descriptor()));
  ask(QueueSql, {ToMicros(clock_.Now()), ToMicros(clock_.Now() + absl::Seconds(100))},
      sight.Rows(engineer, *v1::Contact::descriptor()));
}

TEST_P(ListPlansTest, TheServersOwnQueriesRunOnAnIndex) {
  Call call = TestCall();
  ASSERT_TRUE(
      db_->WriteOwn(call,
                    [&](Tx& tx) -> absl::Status {
                      for (int i = 0; i < 2000; ++i) {
                        tx.Append({absl::StrCat("cases/", i % 50), i, "type", "subject", "body"});
                        tx.Execute("INSERT INTO stock_balance (part, warehouse, on_hand, reserved) VALUES (?, ?, 1, 0)",
                                   {absl::StrCat("parts/", i % 100), absl::StrCat("warehouses/", i)});
                      }
                      return absl::OkStatus();
                    })
          .ok());
  ASSERT_TRUE(Execute(*db_, "UPDATE event SET position = id WHERE id < 1950").ok());
  if (!sqlite()) {
    for (const char* table : {".event", ".stock_balance"})
      MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + table);
  }
  ExpectOnIndex("SELECT body FROM event WHERE position > ? ORDER BY position LIMIT ?", {1000, 100});
  ExpectOnIndex("SELECT body FROM event WHERE root = ? AND position > ? ORDER BY position LIMIT ?",
                {"cases/7", 100, 100});
  ExpectOnIndex("SELECT id FROM event WHERE position IS NULL LIMIT ?", {500});
  ExpectOnIndex("SELECT request_id FROM request_log WHERE expire_time < ? ORDER BY expire_time LIMIT ?", {1, 500});
  ExpectOnIndex(
      "SELECT part, warehouse, on_hand, reserved FROM stock_balance WHERE part = ? AND warehouse > ? ORDER BY "
      "warehouse LIMIT ?",
      {"parts/1", "", 50});
  ExpectOnIndex("SELECT id FROM refusal ORDER BY time DESC, id DESC LIMIT ?", {50});
}

// The due scan and the dry run: what they cost grows with what is due, or with a page, and not with what is open.
TEST_P(ListPlansTest, WhatIsDueAndWhatIsOpenIsFoundByAnIndex) {
  const TableCore obligations(v1::Obligation::default_instance());
  Fill(obligations, v1::Obligation::default_instance());
  Fill(TableCore(v1::Case::default_instance()), v1::Case::default_instance());
  const auto by = [&](const std::string& sql, const Values& values, const std::string& index) {
    ExpectOnIndex(sql, values);
    Call call = TestCall();
    EXPECT_TRUE(absl::StrContains(*db_->Explain(call, sql, values, ""), index)) << sql << " does not use " << index;
  };
  by("SELECT fire_time, name, root FROM obligation WHERE fire_time <= ? AND fire_time >= ? AND (fire_time > ? OR name "
     "> ?) "
     "ORDER BY fire_time, name LIMIT ?",
     {clock_.Now(), 1, 1, "name/1", 50}, "obligation_by_fire_time");
  // What the backlog is counted from.
  by("SELECT name FROM obligation WHERE fire_time <= ? LIMIT ?", {clock_.Now(), 1000}, "obligation_by_fire_time");
  by("SELECT name FROM obligation WHERE state = ? AND due_time <= ? LIMIT ?", {1, clock_.Now(), 1000},
     "obligation_by_state_due_time");
  ListQuery due;
  due.where = {{"root", "=", "root/7"}, {"state", "=", 1}, {"fire_time", "<=", clock_.Now()}};
  due.order = {{"due_time"}};
  by(obligations.SelectSql(due, false), {"root/7", 1, clock_.Now(), 5000}, "obligation_by_root");
  ListQuery owed;
  owed.where = {{"root", "=", "root/7"}, {"owner", ">=", 1}, {"owner", "<=", 1}, {"state", "=", 1}};
  owed.order = {{"due_time"}};
  by(obligations.SelectSql(owed, false), {"root/7", 1, 1, 1, 51}, "obligation_by_root");
  by(OpenCasesSql({}, nullptr), {1, "name/7", 51}, "service_case_by_state");
  ExpectOnIndex("SELECT root_version, id, body FROM event WHERE root = ? LIMIT ?", {"cases/7", 100});
}

TEST_P(ListPlansTest, WhatCasesAskBesidesRunsOnAnIndex) {
  for (const google::protobuf::Message* resource :
       {static_cast<const google::protobuf::Message*>(&v1::Contact::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Case::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Obligation::default_instance())}) {
    Fill(TableCore(*resource), *resource);
  }
  FillItems();
  ExpectOnIndex(CasesWithItemSql(false, {}, nullptr), {"item/1", 1500, 1500, "name/1500", 52});
  ExpectOnIndex(CasesWithItemSql(true, {}, nullptr), {"item/1", "product/7", 1500, 1500, "name/1500", 52});
  ExpectOnIndex("DELETE FROM case_item WHERE service_case = ?", {"name/7"});
  ExpectOnIndex(OwingCasesSql({}, nullptr), {1, 1, 1, "name/1500", 500});
  ExpectOnIndex(kOwingContactsSql, {"service_case/7", 1, 1000});
  ExpectOnIndex("SELECT name FROM contact WHERE service_case = ? ORDER BY name LIMIT ?", {"service_case/7", 200});
  ExpectOnIndex(QueueSql({}, nullptr), {ToMicros(clock_.Now()), ToMicros(clock_.Now() + absl::Seconds(100)), 20001});
}

TEST_P(ListPlansTest, WhatSettlingAsksBesidesRunsOnAnIndex) {
  const TableCore costs(v1::Cost::default_instance());
  const TableCore responsibilities(v1::Responsibility::default_instance());
  const TableCore investigations(v1::Investigation::default_instance());
  Fill(costs, v1::Cost::default_instance());
  Fill(responsibilities, v1::Responsibility::default_instance());
  Fill(investigations, v1::Investigation::default_instance());
  ExpectOnIndex(kCountCostsSql, {3, "service_case/7", 0});
  for (const size_t some : {1, 3, 50}) {
    Values values{"allocation/1", 1, 2};
    for (size_t i = 0; i < some; ++i) values.emplace_back(absl::StrCat("name/", i));
    ExpectOnIndex(PutIntoAllocationSql(some), values);
  }
  ListQuery unallocated;
  unallocated.where = {{"service_case", "=", "service_case/7"}, {"state", "<>", 3}, {"allocation", "=", ""}};
  unallocated.order = {{"create_time"}};
  ExpectOnIndex(costs.SelectSql(unallocated, false), {"service_case/7", 3, "", 400});
  ListQuery standing;
  standing.where = {{"service_case", "=", "service_case/7"}, {"state", "=", 1}};
  for (const TableCore* table : {&responsibilities, &investigations}) {
    ExpectOnIndex(table->SelectSql(standing, false), {"service_case/7", 1, 1});
  }
}

// Periodic duties and the calls that are owed: what they cost grows with a batch or a page.
TEST_P(ListPlansTest, WhatIsOwedToCustomersIsFoundByAnIndex) {
  for (const google::protobuf::Message* resource :
       {static_cast<const google::protobuf::Message*>(&v1::Customer::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Callback::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::PolicyVersion::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Obligation::default_instance())}) {
    Fill(TableCore(*resource), *resource);
  }
  Call call = TestCall();
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) {
                              for (int i = 0; i < kRows; ++i) {
                                PeriodicRun run{absl::StrCat("kind/", i % 4),
                                                {absl::StrCat("2026-", i), FromMicros(i), FromMicros(i + 1)}};
                                run.finished = i % 100 != 0;
                                BeginRun(tx, run);
                                NoteDuty(tx, absl::StrCat("kind/", i % 4), absl::StrCat("customers/", i), "2026-Q3");
                                tx.Insert("INSERT INTO installation_to_come (customer, install_time) VALUES (?, ?)",
                                          {absl::StrCat("customers/", i), i});
                              }
                              return absl::OkStatus();
                            })
                  .ok());
  if (!sqlite()) {
    for (const char* table : {".periodic_run", ".periodic_duty", ".installation_to_come"}) {
      MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + table);
    }
  }
  const int64_t middle = ToMicros(clock_.Now() + absl::Seconds(1500));
  ExpectOnIndex(kUsersAfterSql, {middle + 1000000000, middle, middle, "name/1500", 100});
  ExpectOnIndex(kNewestRunSql, {"kind/1"});
  ExpectOnIndex(kRunOfPeriodSql, {"kind/1", "2026-Q3"});
  ExpectOnIndex(kInstallationsToComeSql, {100, 10});
  ExpectOnIndex(kVersionsInForceSql, {100, 50});
  ExpectOnIndex(kOwedCallsSql, {"kind/7", 1, middle, middle + 1000000000, middle, "name/1500", 51});
  ExpectOnIndex(kOwedCallsOfCustomerSql, {"root/7", 1, middle, middle + 1000000000, middle, "name/1500", "kind/7", 51});
}

// What opening a case asks about: measures against the same, for any number of items.
TEST_P(ListPlansTest, RecurrencesAreFoundByAnIndex) {
  Fill(TableCore(v1::Meeting::default_instance()), v1::Meeting::default_instance());
  Fill(TableCore(v1::CorrectiveAction::default_instance()), v1::CorrectiveAction::default_instance());
  Call call = TestCall();
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) {
                              for (int i = 0; i < kRows; ++i) {
                                tx.Execute(
                                    "INSERT INTO corrective_action_item (action, product, item, service_case) VALUES "
                                    "(?, ?, ?, ?)",
                                    {absl::StrCat("name/", i), absl::StrCat("product/", i % 30),
                                     absl::StrCat("item/", i % 4), absl::StrCat("case/", i)});
                              }
                              return absl::OkStatus();
                            })
                  .ok());
  if (!sqlite()) MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + ".corrective_action_item");
  Values values{"product/7"};
  for (int items = 1; items <= 50; ++items) {
    values.emplace_back(absl::StrCat("item/", items));
    Values all = values;
    all.emplace_back(1000);
    if (items <= 3 || items == 50) ExpectOnIndex(ActionsByItemSql(items), all);
  }
  ExpectOnIndex("DELETE FROM corrective_action_item WHERE action = ?", {"name/7"});
  ExpectOnIndex(kRecurrencesOfSql, {"service_case/7", 1000});
  ExpectOnIndex("DELETE FROM corrective_action_recurrence WHERE action = ? AND service_case = ?",
                {"name/7", "service_case/7"});
  ExpectOnIndex("SELECT name FROM meeting WHERE service_case = ? LIMIT ?", {"service_case/7", 100});
  ExpectOnIndex("SELECT name FROM corrective_action WHERE service_case = ? LIMIT ?", {"service_case/7", 100});
}

// Customers by what stands in their names: as many look-ups as are asked for, in the order of names.
TEST_P(ListPlansTest, CustomersAreFoundByTheirTerms) {
  Call call = TestCall();
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) {
                              for (int i = 0; i < kRows; ++i) {
                                tx.Execute("INSERT INTO customer_search (term, customer) VALUES (?, ?)",
                                           {absl::StrCat("n", i % 30), absl::StrCat("customers/", i)});
                              }
                              return absl::OkStatus();
                            })
                  .ok());
  if (!sqlite()) MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + ".customer_search");
  for (const size_t terms : {1, 2, 8}) {
    Values values;
    for (size_t i = 1; i < terms; ++i) values.emplace_back(absl::StrCat("n", i));
    values.emplace_back("n0");
    values.emplace_back("customers/1500");
    const std::string sql = CustomersWithTermsSql(terms, std::nullopt, &values);
    values.emplace_back(51);
    ExpectOnIndex(sql, values);
  }
  ExpectOnIndex("SELECT term FROM customer_search WHERE customer = ? LIMIT ?", {"customers/7", 1000});
}

// What a file holds is found by its case, whatever else there is.
TEST_P(ListPlansTest, FilesAreFoundByTheirCase) {
  for (const google::protobuf::Message* resource :
       {static_cast<const google::protobuf::Message*>(&v1::Contact::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Document::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Attachment::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Visit::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Shipment::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Cost::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Allocation::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Feedback::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::CorrectiveAction::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Solution::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::TelephoneAttempt::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::HelpRequest::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Dispute::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::PickingList::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::DeparturePermit::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Responsibility::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Investigation::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Meeting::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::ArchiveEntry::default_instance())}) {
    Fill(TableCore(*resource), *resource);
  }
  // What hangs on something else of the case is sorted: there is little of it.
  for (const std::string& sql : FileStatements()) ExpectSearched(sql, {"service_case/7", 2001});
  ExpectOnIndex("SELECT name FROM archive_entry WHERE service_case = ? ORDER BY create_time, name LIMIT ?",
                {"service_case/7", 100});
  ExpectOnIndex("SELECT resource, sha256 FROM archive_item WHERE entry = ? ORDER BY number LIMIT ?",
                {"volumes/1", 100});
  for (const std::string& sql : FileStatementsByNames()) ExpectSearched(sql, Values(100, "parent/7"));
}

// Reports read the rows of their period and no others; groups of them may be sorted.
TEST_P(ListPlansTest, ReportsReadTheirPeriodOnly) {
  for (const google::protobuf::Message* resource :
       {static_cast<const google::protobuf::Message*>(&v1::Contact::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Case::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Feedback::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Obligation::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Cost::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::CorrectiveAction::default_instance())}) {
    Fill(TableCore(*resource), *resource);
  }
  Call call = TestCall();
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) {
                              for (int i = 0; i < kRows; ++i) {
                                tx.Execute(
                                    "INSERT INTO case_item (item, service_case, product, create_time) VALUES (?, ?, ?, "
                                    "?)",
                                    {absl::StrCat("item/", i % 4), absl::StrCat("name/", i), "product/1", i});
                              }
                              return absl::OkStatus();
                            })
                  .ok());
  if (!sqlite()) MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + ".case_item");
  // create_time was spread over milliseconds, all other times over seconds.
  const absl::Time begin = clock_.Now();
  const std::pair<absl::Time, absl::Time> entered{begin + absl::Milliseconds(1500), begin + absl::Milliseconds(1550)},
      told{begin + absl::Seconds(1500), begin + absl::Seconds(1550)};
  for (const ReportStatement& statement : ReportStatements()) {
    const auto& [start, end] = statement.by_create_time ? entered : told;
    Values values;
    for (const char place : std::string_view(statement.places)) {
      values.push_back(place == 's' ? Value(start) : place == 'e' ? Value(end) : place == 't' ? Value("") : Value(2));
    }
    ExpectSearched(std::string(statement.sql), values);
  }
}

}  // namespace
}  // namespace aftersales::testing
