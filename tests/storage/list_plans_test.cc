// Every list of the API runs on an index: no full scan, no sorting, with and without a place to go on from.
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/cases/case_store.h"
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
    for (const auto& filter : list.filters) {
      ListQuery query{.order = list.order};
      Values values;
      for (const std::string& column : filter) {
        const bool number = IsNumber(*list.resource, column);
        query.where.push_back({column, "=", number ? Value(1) : Value(absl::StrCat(column, "/7"))});
        values.push_back(query.where.back().value);
      }
      Values first = values;
      first.emplace_back(51);
      ExpectOnIndex(table.SelectSql(query, false), first);
      for (const ListQuery::Order& order : list.order) {
        if (order.column == "name") continue;
        const int64_t key = order.column == "priority" ? 2 : ToMicros(clock_.Now() + absl::Seconds(1500));
        for (int i = 0; i < 2; ++i) values.emplace_back(key);
      }
      values.emplace_back("name/1500");
      values.emplace_back(51);
      ExpectOnIndex(table.SelectSql(query, true), values);
    }
  }
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
  by("SELECT fire_time, name, root FROM obligation WHERE fire_time <= ? AND fire_time >= ? AND (fire_time > ? OR name > ?) "
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
  by("SELECT name, policy_version FROM service_case WHERE state = ? AND name > ? ORDER BY name LIMIT ?",
     {1, "name/7", 51}, "service_case_by_state");
  ExpectOnIndex("SELECT root_version, id, body FROM event WHERE root = ? LIMIT ?", {"cases/7", 100});
}

TEST_P(ListPlansTest, WhatCasesAskBesidesRunsOnAnIndex) {
  for (const google::protobuf::Message* resource :
       {static_cast<const google::protobuf::Message*>(&v1::Contact::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Case::default_instance()),
        static_cast<const google::protobuf::Message*>(&v1::Obligation::default_instance())}) {
    Fill(TableCore(*resource), *resource);
  }
  // A few items that most cases have, as it is.
  Call call = TestCall();
  ASSERT_TRUE(
      db_->WriteOwn(call,
                    [&](Tx& tx) {
                      for (int i = 0; i < kRows; ++i) {
                        tx.Execute(
                            "INSERT INTO case_item (item, service_case, product, create_time) VALUES (?, ?, ?, ?)",
                            {absl::StrCat("item/", i % 4), absl::StrCat("name/", i), absl::StrCat("product/", i % 100),
                             i});
                      }
                      return absl::OkStatus();
                    })
          .ok());
  if (!sqlite()) MariaDb::Shared().Execute("ANALYZE TABLE " + database_.name() + ".case_item");
  ExpectOnIndex(kCasesWithItemSql, {"item/1", 1500, 1500, "name/1500", 52});
  ExpectOnIndex(kCasesWithItemAndProductSql, {"item/1", "product/7", 1500, 1500, "name/1500", 52});
  ExpectOnIndex("DELETE FROM case_item WHERE service_case = ?", {"name/7"});
  ExpectOnIndex(kOwingCasesSql, {1, 1, 1, "name/1500", 500});
  ExpectOnIndex(kOwingContactsSql, {"service_case/7", 1, 1000});
  ExpectOnIndex("SELECT name FROM contact WHERE service_case = ? ORDER BY name LIMIT ?", {"service_case/7", 200});
  ExpectOnIndex(kQueueSql, {ToMicros(clock_.Now()), ToMicros(clock_.Now() + absl::Seconds(100)), 20001});
}

}  // namespace
}  // namespace aftersales::testing
