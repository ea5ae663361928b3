// Resources go into their tables and come out the same; lists walk them without gaps.
#include "server/storage/table.h"

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "google/protobuf/reflection.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// Every resource of the API.
std::vector<const Message*> Resources() {
  std::vector<const Message*> resources;
  for (const auto* file :
       {v1::Case::descriptor()->file(), v1::Customer::descriptor()->file(), v1::Visit::descriptor()->file(),
        v1::Part::descriptor()->file(), v1::Obligation::descriptor()->file(), v1::Principal::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto* type = file->message_type(i);
      if (type->options().HasExtension(options::v1::resource)) {
        resources.push_back(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type));
      }
    }
  }
  return resources;
}

// Sets every field, nested ones too, to something that is not its default.
void FillIn(Message* message, int seed) {
  const auto* reflection = message->GetReflection();
  const auto* descriptor = message->GetDescriptor();
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    *time = ToProto(FromMicros(1790000000000000 + seed));
    return;
  }
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    const int value = seed + i + 1;
    const bool repeated = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = absl::StrCat("文", value);
        repeated ? reflection->AddString(message, field, text) : reflection->SetString(message, field, text);
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL: reflection->SetBool(message, field, true); break;
      case FieldDescriptor::CPPTYPE_ENUM:
        repeated ? reflection->AddEnumValue(message, field, 1) : reflection->SetEnumValue(message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_INT32: reflection->SetInt32(message, field, value); break;
      case FieldDescriptor::CPPTYPE_INT64: reflection->SetInt64(message, field, -value); break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        FillIn(repeated ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field),
               value * 100);
        break;
      default: FAIL() << field->full_name();
    }
  }
}

class TableTest : public StorageTest {
 protected:
  absl::Status Insert(const TableCore& table, Message& resource) {
    Call call = TestCall();
    return db_->WriteOwn(call, [&](Tx& tx) { return table.Insert(tx, resource); });
  }
  absl::Status Get(const TableCore& table, const std::string& name, Message* resource) {
    Call call = TestCall();
    return db_->WriteOwn(call, [&](Tx& tx) { return table.Get(tx, name, resource, true); });
  }
  static std::string TextOf(const Message& message, const char* field) {
    return message.GetReflection()->GetString(message, message.GetDescriptor()->FindFieldByName(field));
  }

  std::vector<std::string> ColumnsInDatabase(const std::string& table) {
    Call call = TestCall();
    auto names =
        db_->Read<std::vector<std::string>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<std::string>> {
          const std::vector<Row> rows =
              sqlite() ? reader.Select("SELECT name FROM pragma_table_info(?) ORDER BY cid", {table}, "t")
                       : reader.Select(
                             "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
                             "table_name = ? ORDER BY ordinal_position",
                             {table}, "t");
          std::vector<std::string> found;
          for (const Row& row : rows) found.push_back(row.Text(0));
          return found;
        });
    return names.value_or(std::vector<std::string>());
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, TableTest, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(TableTest, EveryResourceHasATableWithAColumnForEachField) {
  const auto resources = Resources();
  ASSERT_GE(resources.size(), 18u);
  for (const Message* resource : resources) {
    const TableCore table(*resource);
    ASSERT_FALSE(table.table().empty()) << resource->GetTypeName();
    EXPECT_EQ(ColumnsInDatabase(table.table()), table.columns()) << table.table();
  }
}

TEST_P(TableTest, EveryResourceComesOutAsItWentIn) {
  for (const Message* prototype : Resources()) {
    const TableCore table(*prototype);
    for (const bool filled : {true, false}) {
      std::unique_ptr<Message> resource(prototype->New());
      if (filled) FillIn(resource.get(), 1);
      // What has no value sorts or is unique in the table all the same, and is no value again when it comes out.
      const std::string name = filled ? "things/filled" : "things/empty";
      const auto* reflection = resource->GetReflection();
      reflection->SetString(resource.get(), resource->GetDescriptor()->FindFieldByName("name"), name);
      if (const auto* notice = resource->GetDescriptor()->FindFieldByName("notice_time")) {
        FillIn(reflection->MutableMessage(resource.get(), notice), 1);
      }
      ASSERT_TRUE(Insert(table, *resource).ok()) << table.table();
      EXPECT_EQ(TextOf(*resource, "etag"), "1");
      std::unique_ptr<Message> found(prototype->New());
      ASSERT_TRUE(Get(table, name, found.get()).ok());
      EXPECT_TRUE(MessageDifferencer::Equals(*found, *resource)) << found->DebugString() << resource->DebugString();
      EXPECT_EQ(ReasonOf(Insert(table, *resource)), v1::ERROR_REASON_RESOURCE_EXISTS);
    }
  }
}

TEST_P(TableTest, SeveralMayHaveNoExternalIdAndNoTwoTheSame) {
  const Table<v1::Customer> table;
  Call call = TestCall();
  const auto insert = [&](const std::string& name, const std::string& external_id) {
    return db_->WriteOwn(call, [&](Tx& tx) {
      v1::Customer customer;
      customer.set_name(name);
      customer.set_external_id(external_id);
      return table.Insert(tx, customer);
    });
  };
  EXPECT_TRUE(insert("customers/1", "").ok());
  EXPECT_TRUE(insert("customers/2", "").ok());
  EXPECT_TRUE(insert("customers/3", "erp-1").ok());
  const absl::Status taken = insert("customers/4", "erp-1");
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_NE(std::string(taken.message()).find("customers/3"), std::string::npos) << taken;
  // Upper case is another id.
  EXPECT_TRUE(insert("customers/5", "ERP-1").ok());
  const auto found = db_->Read<int64_t>(call, [&](Reader& reader) -> absl::StatusOr<int64_t> {
    return static_cast<int64_t>(table.Select(reader, {.where = {{"external_id", "=", ""}}}, 10).size());
  });
  EXPECT_EQ(*found, 2);
}

TEST_P(TableTest, AChangeIsRefusedWhenAnotherCameBetween) {
  const Table<v1::Customer> table;
  v1::Customer customer;
  customer.set_name("customers/1");
  ASSERT_TRUE(Insert(table.core(), customer).ok());
  Call call = TestCall();
  const auto update = [&](const std::string& etag, const std::string& display_name) {
    return db_->WriteOwn(call, [&](Tx& tx) -> absl::Status {
      v1::Customer changed = customer;
      changed.set_etag(etag);
      changed.set_display_name(display_name);
      RETURN_IF_ERROR(table.Update(tx, changed));
      EXPECT_EQ(changed.etag(), absl::StrCat(std::stoi(etag) + 1));
      return absl::OkStatus();
    });
  };
  EXPECT_TRUE(update("1", "first").ok());
  EXPECT_EQ(ReasonOf(update("1", "second")), v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_TRUE(update("2", "first").ok()) << "the same values count as a change, too";
  EXPECT_EQ(ReasonOf(db_->WriteOwn(call, [&](Tx& tx) { return table.Lock(tx, "customers/1", "2").status(); })),
            v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_TRUE(db_->WriteOwn(call, [&](Tx& tx) { return table.Lock(tx, "customers/1", "3").status(); }).ok());
  EXPECT_EQ(ReasonOf(db_->WriteOwn(call, [&](Tx& tx) { return table.Lock(tx, "customers/9").status(); })),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  customer.set_name("customers/9");
  EXPECT_EQ(ReasonOf(update("1", "none")), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  customer.set_name("customers/1");
  customer.set_etag("junk");
  EXPECT_EQ(ReasonOf(db_->WriteOwn(call, [&](Tx& tx) { return table.Update(tx, customer); })),
            v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_P(TableTest, SomeColumnsAreWrittenAlone) {
  const Table<v1::Customer> table;
  v1::Customer customer;
  customer.set_name("customers/1");
  customer.set_display_name("before");
  customer.set_region("north");
  ASSERT_TRUE(Insert(table.core(), customer).ok());
  clock_.Advance(absl::Hours(1));
  customer.set_display_name("after");
  customer.set_region("south");
  Call call = TestCall();
  const auto write = [&](const std::vector<std::string>& columns) {
    return db_->WriteOwn(call, [&](Tx& tx) {
      return columns.empty() ? table.Touch(tx, customer) : table.UpdateOnly(tx, customer, columns);
    });
  };
  const auto stored = [&] {
    return *db_->Read<v1::Customer>(call, [&](Reader& reader) { return table.Get(reader, "customers/1"); });
  };
  ASSERT_TRUE(write({}).ok());
  EXPECT_EQ(customer.etag(), "2");
  EXPECT_EQ(stored().etag(), "2");
  EXPECT_EQ(stored().display_name(), "before");
  EXPECT_EQ(FromProto(stored().update_time()), clock_.Now());
  EXPECT_EQ(FromProto(stored().create_time()), clock_.Now() - absl::Hours(1));
  ASSERT_TRUE(write({"region"}).ok());
  EXPECT_EQ(stored().etag(), "3");
  EXPECT_EQ(stored().display_name(), "before");
  EXPECT_EQ(stored().region(), "south");
  customer.set_etag("2");
  EXPECT_EQ(ReasonOf(write({"region"})), v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(ReasonOf(write({"no_such_column"})), v1::ERROR_REASON_INTERNAL);
}

TEST_P(TableTest, ListsWalkEveryRowOnceInOrder) {
  const Table<v1::Obligation> table;
  Call call = TestCall();
  // Due times with ties, and a third without one.
  ASSERT_TRUE(db_->WriteOwn(call,
                            [&](Tx& tx) -> absl::Status {
                              std::vector<v1::Obligation> made(157);
                              std::vector<Message*> resources;
                              for (size_t i = 0; i < made.size(); ++i) {
                                made[i].set_name(absl::StrCat("obligations/", 1000 + (i * 61) % made.size()));
                                made[i].set_state(i % 2 == 0 ? v1::OBLIGATION_STATE_OPEN : v1::OBLIGATION_STATE_MET);
                                if (i % 3 != 0) *made[i].mutable_due_time() = ToProto(tx.now() + absl::Seconds(i / 10));
                                resources.push_back(&made[i]);
                              }
                              return table.core().InsertMany(tx, resources);
                            })
                  .ok());
  for (const bool descending : {false, true}) {
    for (const bool filtered : {false, true}) {
      ListQuery query{.order = {{"due_time", descending}}};
      if (filtered) query.where.push_back({"state", "=", v1::OBLIGATION_STATE_OPEN});
      v1::ListObligationsRequest request;
      request.set_page_size(10);
      std::vector<v1::Obligation> walked;
      while (true) {
        v1::ListObligationsResponse response;
        const auto status = db_->Read<bool>(call, [&](Reader& reader) -> absl::StatusOr<bool> {
          RETURN_IF_ERROR(table.List(reader, query, request, &response));
          return true;
        });
        ASSERT_TRUE(status.ok()) << status.status();
        EXPECT_LE(response.obligations_size(), 10);
        for (const auto& obligation : response.obligations()) walked.push_back(obligation);
        if (response.next_page_token().empty()) break;
        request.set_page_token(response.next_page_token());
      }
      EXPECT_EQ(walked.size(), filtered ? 79u : 157u);
      std::set<std::string> names;
      const auto key = [](const v1::Obligation& o) {
        return std::make_pair(o.has_due_time() ? ToMicros(FromProto(o.due_time())) : INT64_MAX, o.name());
      };
      for (size_t i = 0; i < walked.size(); ++i) {
        names.insert(walked[i].name());
        if (i == 0) continue;
        EXPECT_TRUE(descending ? key(walked[i]) < key(walked[i - 1]) : key(walked[i - 1]) < key(walked[i]));
      }
      EXPECT_EQ(names.size(), walked.size());
    }
  }
}

TEST_P(TableTest, PageTokensOfOtherRequestsOrOthersMakingAreRefused) {
  const Table<v1::Customer> table;
  Call call = TestCall();
  for (int i = 0; i < 5; ++i) {
    v1::Customer customer;
    customer.set_name(absl::StrCat("customers/", i));
    ASSERT_TRUE(Insert(table.core(), customer).ok());
  }
  v1::ListCustomersRequest request;
  request.set_page_size(2);
  const auto list = [&](const v1::ListCustomersRequest& asked, v1::ListCustomersResponse* response) {
    return db_
        ->Read<bool>(call,
                     [&](Reader& reader) -> absl::StatusOr<bool> {
                       response->Clear();
                       RETURN_IF_ERROR(table.List(reader, {}, asked, response));
                       return true;
                     })
        .status();
  };
  v1::ListCustomersResponse response;
  ASSERT_TRUE(list(request, &response).ok());
  const std::string token = response.next_page_token();
  request.set_page_token(token);
  request.set_page_size(3);  // may change from page to page
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(response.customers_size(), 3);
  EXPECT_EQ(response.customers(0).name(), "customers/2");

  v1::ListCustomersRequest other = request;
  other.mutable_filter()->set_region("north");
  EXPECT_EQ(ReasonOf(list(other, &response)), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  v1::ListPartsRequest other_method;
  other_method.set_page_token(token);
  EXPECT_FALSE(ReadPageToken(other_method, "it").ok());

  std::vector<std::string> hostile = {"x",
                                      "====",
                                      std::string(5000, 'A'),
                                      token + "A",
                                      token.substr(0, token.size() - 4),
                                      "' OR 1=1 --",
                                      absl::WebSafeBase64Escape(std::string(13, '\x01'))};
  for (size_t i = 0; i < token.size(); ++i) {
    std::string bent = token;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    hostile.push_back(bent);
  }
  // Rightly made, but with keys that this list does not have.
  v1::ListCustomersRequest bare = request;
  bare.clear_page_token();
  for (const Values& keys : {Values{7}, Values{"a", "b"}, Values{"a\xff"}, Values{std::string("a\0b", 3)},
                             Values{std::string(1001, 'x')}, Values(9, Value("x")), Values{"\xed\xa0\x80"}}) {
    hostile.push_back(MakePageToken(bare, keys));
  }
  for (const std::string& bad : hostile) {
    request.set_page_token(bad);
    const absl::Status status = list(request, &response);
    // A bent character may mean the same bytes: base64 has bits to spare at its end.
    std::string decoded, original;
    absl::WebSafeBase64Unescape(bad, &decoded);
    absl::WebSafeBase64Unescape(token, &original);
    if (decoded == original) continue;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_PAGE_TOKEN_INVALID) << bad << status;
    EXPECT_EQ(response.customers_size(), 0);
  }
}

TEST_P(TableTest, PageSizesStayWithinBounds) {
  EXPECT_EQ(PageSize(0), 50);
  EXPECT_EQ(PageSize(-5), 50);
  EXPECT_EQ(PageSize(7), 7);
  EXPECT_EQ(PageSize(1000000), 1000);
}

TEST_P(TableTest, BalancesCannotGoBelowWhatIsPromised) {
  ASSERT_TRUE(
      Execute(*db_, "INSERT INTO stock_balance (part, warehouse, on_hand, reserved) VALUES ('p', 'w', 5, 2)").ok());
  EXPECT_FALSE(Execute(*db_, "UPDATE stock_balance SET on_hand = 1").ok());
  EXPECT_FALSE(Execute(*db_, "UPDATE stock_balance SET reserved = -1").ok());
  EXPECT_FALSE(Execute(*db_, "UPDATE stock_balance SET reserved = 6").ok());
  EXPECT_TRUE(Execute(*db_, "UPDATE stock_balance SET reserved = 5").ok());
}

TEST_P(TableTest, ViewsShowTimesAsText) {
  const Table<v1::Obligation> table;
  v1::Obligation obligation;
  obligation.set_name("obligations/1");
  obligation.set_state(v1::OBLIGATION_STATE_LATE_MET);
  obligation.set_owner(v1::ROLE_QUALITY);
  *obligation.mutable_due_time() = ToProto(absl::FromUnixSeconds(1790000000));
  ASSERT_TRUE(Insert(table.core(), obligation).ok());
  v1::Obligation undated;
  undated.set_name("obligations/2");
  ASSERT_TRUE(Insert(table.core(), undated).ok());
  Call call = TestCall();
  const auto rows = db_->Read<std::vector<Row>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<Row>> {
    for (const char* view : {"contact_view", "service_case_view", "visit_view", "event_view"}) {
      reader.Select(absl::StrCat("SELECT * FROM ", view, " LIMIT 1"), {}, "");
    }
    return reader.Select("SELECT due_time, state, owner FROM obligation_view ORDER BY name LIMIT 5", {}, "ttt");
  });
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)[0].Text(0).substr(0, 19), "2026-09-21 14:13:20");
  EXPECT_EQ((*rows)[0].Text(1), "late met");
  EXPECT_EQ((*rows)[0].Text(2), "quality");
  EXPECT_TRUE((*rows)[1].IsNull(0));
}

}  // namespace
}  // namespace aftersales::testing
