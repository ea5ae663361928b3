// What was bound and is altered by hand is named, whatever it is; stock and feed that do not add up too. On both
// engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/archive/archive_rules.h"
#include "server/attachments/attachment_rules.h"
#include "server/attachments/attachment_store.h"
#include "server/base/names.h"
#include "server/base/sha256.h"
#include "server/cases/case_store.h"
#include "server/storage/event_feed.h"
#include "tests/service/archive_office.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ArchiveVerifyTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  // A closed case with everything that is bound: a contact, a document, an attachment of two pieces, a cost, an
  // allocation, a shipment.
  std::string FullCase() {
    const v1::Contact contact = office_.Contact();
    v1::CreateCaseRequest opening = office_.Opening();
    opening.mutable_service_case()->set_contact(contact.name());
    opening.mutable_service_case()->clear_notice_time();
    const std::string name = office_.Accept(office_.Open(opening)).name();
    office_.File(name, "letter");
    Call call = office_.By(kManager);
    EXPECT_TRUE(office_.db
                    ->WriteOwn(call,
                               [&](Tx& tx) -> absl::Status {
                                 RETURN_IF_ERROR(Put(tx, CostOf(name)));
                                 RETURN_IF_ERROR(Put(tx, AllocationOf(name)));
                                 RETURN_IF_ERROR(Put(tx, ShipmentOf(name)));
                                 return Attach(tx, name);
                               })
                    .ok());
    office_.CaseOffice::Close(name);
    office_.File(name, "summary");
    return name;
  }

  template <typename Resource>
  static absl::Status Put(Tx& tx, Resource resource) {
    return Table<Resource>().Insert(tx, resource);
  }
  static v1::Cost CostOf(const std::string& name) {
    v1::Cost cost;
    cost.set_name(name + "/costs/1");
    cost.set_service_case(name);
    cost.set_state(v1::COST_STATE_VETTED);
    cost.set_category(v1::COST_CATEGORY_TRAVEL);
    cost.mutable_amount()->set_currency_code("CNY");
    cost.mutable_amount()->set_minor_units(12345);
    cost.set_text("By rail.");
    return cost;
  }
  static v1::Allocation AllocationOf(const std::string& name) {
    v1::Allocation allocation;
    allocation.set_name(name + "/allocations/1");
    allocation.set_service_case(name);
    allocation.add_lines()->set_cost(name + "/costs/1");
    return allocation;
  }
  static v1::Shipment ShipmentOf(const std::string& name) {
    v1::Shipment shipment;
    shipment.set_name("shipments/1");
    shipment.set_service_case(name);
    shipment.set_permit("departurePermits/1");
    shipment.set_transport(v1::TRANSPORT_RAIL);
    shipment.set_tracking_number("R 7");
    return shipment;
  }
  // Of two pieces.
  static absl::Status Attach(Tx& tx, const std::string& name) {
    const std::string first(static_cast<size_t>(kPieceSize), 'x'), second = "the end";
    ReserveUpload(tx, "attachments/1");
    StorePiece(tx, "attachments/1", 0, first);
    StorePiece(tx, "attachments/1", 1, second);
    FinishUpload(tx, "attachments/1");
    Sha256Stream digest;
    digest.Add(first + second);
    v1::Attachment attachment;
    attachment.set_name("attachments/1");
    attachment.set_state(v1::ATTACHMENT_STATE_RECEIVED);
    attachment.set_parent(name);
    attachment.set_filename("letter.txt");
    attachment.set_media_type("text/plain");
    attachment.set_size(kPieceSize + static_cast<int64_t>(second.size()));
    attachment.set_sha256(digest.Hex());
    return Attachments().Insert(tx, attachment);
  }

  // The first thing of a collection that is bound with the entry.
  std::string BoundOf(const std::string& collection, const std::string& entry = "volumes/1/entries/1") {
    for (const std::string& resource : office_.Bound(entry)) {
      if (CollectionOf(resource) == collection) return resource;
    }
    ADD_FAILURE() << "nothing of " << collection << " is bound";
    return "";
  }
  // Gives a column the value, looks, and puts it back.
  std::vector<std::string> FaultsWith(const std::string& table, const std::string& column, const Value& value,
                                      const std::string& key, const Value& name, std::string_view type = "t") {
    Call call = office_.By(kManager);
    const Value before = Must(office_.db->Read<Values>(call, [&](Reader& reader) -> absl::StatusOr<Values> {
      const auto row =
          reader.SelectOne(absl::StrCat("SELECT ", column, " FROM ", table, " WHERE ", key, " = ?"), {name}, type);
      return Values{type == "t" ? Value(row->Text(0)) : Value(row->Int(0))};
    }))[0];
    const std::string sql = absl::StrCat("UPDATE ", table, " SET ", column, " = ? WHERE ", key, " = ?");
    office_.ByHand(sql, {value, name});
    std::vector<std::string> faults = office_.Check();
    office_.ByHand(sql, {before, name});
    EXPECT_THAT(office_.Check(), IsEmpty()) << table << "." << column << " was put back";
    return faults;
  }

  ArchiveOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, ArchiveVerifyTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(ArchiveVerifyTest, EveryRowThatIsAlteredIsNamed) {
  Must(office_.Archive(FullCase()));
  office_.Archived();
  Must(office_.Seal("volumes/1"));
  CheckTotals totals;
  ASSERT_THAT(office_.Check(&totals), IsEmpty());
  EXPECT_EQ(totals.volumes, 1);
  EXPECT_EQ(totals.entries, 2);

  const std::string entry = "volumes/1/entries/1", prefix = entry + ": ";
  const std::string document = BoundOf("cases/*/documents"), contact = BoundOf("contacts"),
                    cost = BoundOf("cases/*/costs"), allocation = BoundOf("cases/*/allocations"),
                    event = BoundOf("events");
  const auto altered = [&](const std::string& resource) {
    return ElementsAre(absl::StrCat(prefix, resource, " was altered"));
  };
  EXPECT_THAT(FaultsWith("document", "text", "The lever was straight.", "name", document), altered(document));
  EXPECT_THAT(FaultsWith("contact", "taken_by", "principals/nobody", "name", contact), altered(contact));
  v1::Cost dearer;
  dearer.mutable_amount()->set_currency_code("CNY");
  dearer.mutable_amount()->set_minor_units(99999);
  EXPECT_THAT(FaultsWith("cost", "nested", dearer.SerializeAsString(), "name", cost), altered(cost));
  EXPECT_THAT(FaultsWith("allocation", "responsibility", "cases/1/responsibilities/1", "name", allocation),
              altered(allocation));
  EXPECT_THAT(FaultsWith("shipment", "tracking_number", "R 8", "name", "shipments/1"), altered("shipments/1"));
  EXPECT_THAT(FaultsWith("attachment", "filename", "other.txt", "name", "attachments/1"), altered("attachments/1"));
  EXPECT_THAT(FaultsWith("attachment_chunk", "bytes", "the END", "number", 1),
              ElementsAre(prefix + "attachments/1 was altered: its bytes are not those that were uploaded"));
  int64_t id = 0;
  ASSERT_TRUE(absl::SimpleAtoi(event.substr(event.find('/') + 1), &id));
  EXPECT_THAT(FaultsWith("event", "type", "case-refused", "id", id), altered(event));
  EXPECT_THAT(FaultsWith("event", "subject", "cases/2", "id", id), altered(event));

  EXPECT_THAT(FaultsWith("archive_entry", "timely", 0, "name", entry, "i"), altered(entry));
  EXPECT_THAT(FaultsWith("archive_entry", "archived_by", "principals/nobody", "name", entry), altered(entry));
  EXPECT_THAT(FaultsWith("archive_entry", "service_case", "cases/2", "name", entry), ::testing::Not(IsEmpty()));
  EXPECT_THAT(FaultsWith("archive_entry", "hash", NoHash(), "name", entry),
              ElementsAre(prefix + entry + " was altered: its hash is not made of what it says",
                          HasSubstr("volumes/1/entries/2 does not follow the entry before it")));
  EXPECT_THAT(FaultsWith("archive_entry", "previous_hash", std::string(64, '1'), "name", "volumes/1/entries/2"),
              ElementsAre(HasSubstr("volumes/1/entries/2 was altered"),
                          HasSubstr("volumes/1/entries/2 does not follow the entry before it")));
  const std::vector<std::string> list = FaultsWith("archive_item", "sha256", NoHash(), "resource", document);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0], prefix + document + " was altered");
  EXPECT_EQ(list[1], prefix + entry + " was altered: the hashes kept with it are not those that were bound");
  for (const auto& [column, value] : std::map<std::string, std::string>{{"title", "Valves"},
                                                                        {"first_hash", std::string(64, '1')},
                                                                        {"last_hash", NoHash()},
                                                                        {"seal_hash", NoHash()}}) {
    EXPECT_THAT(FaultsWith("volume", column, value, "name", "volumes/1"),
                ::testing::Contains(HasSubstr("volumes/1 was altered")))
        << column;
  }
  EXPECT_THAT(FaultsWith("newest_volume", "number", 2, "id", 1, "i"), ElementsAre("volumes/2: volumes/2 is gone"));
}

TEST_P(ArchiveVerifyTest, WhatIsGoneOrAddedIsNamed) {
  Must(office_.Archive(FullCase()));
  office_.Archived();
  Must(office_.Seal("volumes/1"));
  const std::string entry = "volumes/1/entries/1";
  const std::string document = BoundOf("cases/*/documents");
  office_.ByHand("DELETE FROM document WHERE name = ?", {document});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(document + " is gone"));
  // Its line is taken out of the list as well: then the list is not what was bound.
  office_.ByHand("DELETE FROM archive_item WHERE entry = ? AND resource = ?", {entry, document});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(entry + " was altered"));
  const std::string event = BoundOf("events", "volumes/1/entries/2");
  const std::string name = office_.Entry("volumes/1/entries/2").service_case();
  office_.ByHand(
      "INSERT INTO event (id, root, root_version, type, subject, body, record_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {77, name, 2, "case-changed", name, "", 0});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(entry + " was altered", "events/77 was added"));
  office_.ByHand("DELETE FROM archive_entry WHERE name = ?", {entry});
  EXPECT_THAT(office_.Faults("volumes/1", 1), ElementsAre(entry + " is gone", "events/77 was added"));
  office_.ByHand("UPDATE event SET root = ? WHERE id = ?", {"cases/other", 77});
  office_.ByHand("UPDATE archive_entry SET name = ? WHERE name = ?", {"volumes/1/entries/3", "volumes/1/entries/2"});
  office_.ByHand("UPDATE archive_entry SET number = ? WHERE name = ?", {3, "volumes/1/entries/3"});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(entry + " is gone", "volumes/1/entries/2 is gone",
                                                       "volumes/1/entries/3 was added after the volume was sealed"));
}

TEST_P(ArchiveVerifyTest, StockAndFeedMustAddUp) {
  office_.ByHand("INSERT INTO stock_balance (part, warehouse, on_hand, reserved) VALUES (?, ?, ?, ?)",
                 {"parts/1", "warehouses/1", 7, 2});
  const auto move = [&](int number, v1::MovementKind kind, int quantity) {
    office_.ByHand(
        "INSERT INTO stock_movement (name, version, kind, part, warehouse, quantity, picking_list, reference, "
        "booked_by, "
        "create_time, nested) VALUES (?, 1, ?, 'parts/1', 'warehouses/1', ?, '', '', '', 0, '')",
        {absl::StrCat("stockMovements/", number), static_cast<int>(kind), quantity});
  };
  move(1, v1::MOVEMENT_KIND_RECEIVED, 10);
  move(2, v1::MOVEMENT_KIND_RESERVED, 6);
  move(3, v1::MOVEMENT_KIND_ISSUED, 3);
  move(4, v1::MOVEMENT_KIND_RELEASED, 1);
  EXPECT_THAT(office_.Check(), IsEmpty());
  office_.ByHand("UPDATE stock_balance SET on_hand = ? WHERE part = ?", {8, "parts/1"});
  EXPECT_THAT(
      office_.Check(),
      ElementsAre("stock of parts/1 in warehouses/1: 8 on hand and 2 reserved, but its movements make 7 and 2"));
  office_.ByHand("UPDATE stock_balance SET on_hand = ? WHERE part = ?", {7, "parts/1"});

  office_.Open();
  {
    // Gives all events their places in one go.
    EventFeed feed(*office_.db);
    absl::Notification placed;
    feed.AddListener([&] {
      if (!placed.HasBeenNotified()) placed.Notify();
    });
    feed.Start();
    placed.WaitForNotification();
    feed.Stop();
  }
  EXPECT_THAT(office_.Check(), IsEmpty());
  office_.ByHand("DELETE FROM event WHERE position = ?", {3});
  EXPECT_THAT(office_.Check(), ElementsAre(StartsWith("feed: nothing stands at position 3; ")));
  office_.ByHand("DELETE FROM event WHERE position = ?", {4});
  EXPECT_THAT(office_.Check(), ElementsAre(StartsWith("feed: nothing stands at position 3 to 4; ")));
}

}  // namespace
}  // namespace aftersales
