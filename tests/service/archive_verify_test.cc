// What was bound and is altered by hand is named, whatever it is; stock and feed that do not add up too. On both
// engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "google/protobuf/descriptor.h"
#include "server/archive/archive_rules.h"
#include "server/attachments/attachment_rules.h"
#include "server/attachments/attachment_store.h"
#include "server/base/clock.h"
#include "server/base/sha256.h"
#include "server/cases/case_root.h"
#include "server/cases/recurrences.h"
#include "server/storage/event_feed.h"
#include "server/storage/table.h"
#include "tests/service/archive_office.h"

namespace aftersales {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ArchiveVerifyTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  // A closed case with one of everything that hangs on cases; all of it is decided.
  std::string FullCase() {
    const v1::Contact contact = office_.AnsweredContact();
    v1::CreateCaseRequest opening = office_.Opening();
    opening.mutable_service_case()->set_contact(contact.name());
    opening.mutable_service_case()->clear_notice_time();
    const std::string name = office_.Accept(office_.Open(opening)).name();
    office_.File(name, "letter");
    ForEachKind([&](const auto& prototype) { Put(Made(prototype, name, 1)); });
    Call call = office_.By(kManager);
    EXPECT_TRUE(office_.db->WriteOwn(call, [&](Tx& tx) { return Attach(tx, name); }).ok());
    office_.CaseOffice::Close(name);
    office_.File(name, "summary");
    return name;
  }

  // Calls `each` with one of each kind that is found by its case. (Contacts and documents are made by the service.)
  template <typename Each>
  static void ForEachKind(const Each& each) {
    each(v1::Solution());
    each(v1::TelephoneAttempt());
    each(v1::HelpRequest());
    each(v1::Dispute());
    each(v1::Visit());
    each(v1::PickingList());
    each(v1::DeparturePermit());
    each(v1::Shipment());
    each(v1::Responsibility());
    each(v1::Cost());
    each(v1::Allocation());
    each(v1::Investigation());
    each(v1::Meeting());
    each(v1::CorrectiveAction());
  }

  // Something with a value in every field; states are such that nothing is undecided.
  template <typename Resource>
  static Resource Made(const Resource& prototype, const std::string& service_case, int number) {
    Resource resource = prototype;
    const auto* descriptor = prototype.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) Fill(descriptor->field(i), &resource);
    const std::string collection = descriptor->options().GetExtension(options::v1::resource).collection();
    resource.set_name(absl::StrCat(
        absl::StartsWith(collection, "cases/*/") ? absl::StrCat(service_case, collection.substr(7)) : collection, "/",
        number));
    resource.set_service_case(service_case);
    if (const auto* state = descriptor->FindFieldByName("state")) {
      resource.GetReflection()->SetEnumValue(&resource, state, StateOf(collection));
    }
    return resource;
  }
  static int StateOf(const std::string& collection) {
    if (collection == "visits") return v1::VISIT_STATE_LEFT;
    if (collection == "cases/*/disputes") return v1::DISPUTE_STATE_RESOLVED;
    if (collection == "cases/*/responsibilities") return v1::RESPONSIBILITY_STATE_DECIDED;
    if (collection == "cases/*/costs") return v1::COST_STATE_VETTED;
    if (collection == "cases/*/correctiveActions") return v1::CORRECTIVE_ACTION_STATE_EFFECTIVE;
    if (collection == "pickingLists") return v1::PICKING_LIST_STATE_ISSUED;
    return 2;
  }
  static void Fill(const FieldDescriptor* field, google::protobuf::Message* message) {
    const auto* reflection = message->GetReflection();
    if (field->is_map() || field->name() == "etag") return;
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        many ? reflection->AddString(message, field, "text") : reflection->SetString(message, field, "text");
        return;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (!many) reflection->SetBool(message, field, true);
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        many ? reflection->AddEnumValue(message, field, 1) : reflection->SetEnumValue(message, field, 1);
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        if (!many) reflection->SetInt32(message, field, 7);
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        if (!many) reflection->SetInt64(message, field, 7);
        return;
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        google::protobuf::Message* part =
            many ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field);
        if (field->message_type()->full_name() == "google.protobuf.Timestamp") {
          *static_cast<google::protobuf::Timestamp*>(part) = ToProto(absl::FromUnixSeconds(1790000000));
          return;
        }
        for (int i = 0; i < field->message_type()->field_count(); ++i) Fill(field->message_type()->field(i), part);
        return;
      }
      default: ADD_FAILURE() << field->full_name();
    }
  }
  template <typename Resource>
  void Put(Resource resource) {
    Call call = office_.By(kManager);
    const absl::Status put = office_.db->WriteOwn(call, [&](Tx& tx) { return Table<Resource>().Insert(tx, resource); });
    EXPECT_TRUE(put.ok()) << put;
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

  // Alters every column of the row by hand, one after the other: each time the volume's audit names it.
  template <typename Resource>
  void ExpectEveryColumnBound(const std::string& name) {
    const TableCore core(Resource::default_instance());
    int looked_at = 0;
    for (const std::string& column : core.columns()) {
      if (column == "name" || column == "version" || column == "update_time") continue;
      const auto* field = Resource::descriptor()->FindFieldByName(column);
      const bool text = field == nullptr || field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      const Row before =
          *Read(absl::StrCat("SELECT ", column, " FROM ", core.table(), " WHERE name = ?"), name, text ? "t" : "i");
      const bool flag = field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
      const int64_t number = before.IsNull(0) ? 0 : before.Int(0);
      const Value altered = text   ? Value(field == nullptr ? "" : Altered(before.Text(0)))
                            : flag ? Value(number == 0)
                                   : Value(number + 1000000);
      if (field == nullptr && before.Text(0).empty()) continue;
      const std::string sql = absl::StrCat("UPDATE ", core.table(), " SET ", column, " = ? WHERE name = ?");
      office_.ByHand(sql, {altered, name});
      EXPECT_THAT(office_.Faults("volumes/1"), ::testing::Contains(name + " was altered")) << column;
      const Value unset = before.IsNull(0) ? Value::Null() : Value(before.Int(0));
      office_.ByHand(sql, {text ? Value(before.Text(0)) : unset, name});
      ++looked_at;
    }
    EXPECT_GT(looked_at, 2);
    EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty()) << name << " was put back";
  }
  static std::string Altered(const std::string& text) { return "!" + text.substr(text.empty() ? 0 : 1); }
  std::optional<Row> Read(const std::string& sql, const Value& key, std::string_view types) {
    Call call = office_.By(kManager);
    return Must(office_.db->Read<std::optional<Row>>(call, [&](Reader& reader) -> absl::StatusOr<std::optional<Row>> {
      return reader.SelectOne(sql, {key}, types);
    }));
  }
  // Gives all events their places in one go.
  void PlaceEvents() {
    EventFeed feed(*office_.db);
    absl::Notification placed;
    feed.AddListener([&] {
      if (!placed.HasBeenNotified()) placed.Notify();
    });
    feed.Start();
    placed.WaitForNotification();
    feed.Stop();
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
  const std::string document = office_.BoundOf("cases/*/documents"), contact = office_.BoundOf("contacts"),
                    cost = office_.BoundOf("cases/*/costs"), event = office_.BoundOf("events");
  const auto altered = [&](const std::string& resource) {
    return ElementsAre(absl::StrCat(prefix, resource, " was altered"));
  };
  EXPECT_THAT(FaultsWith("document", "text", "The lever was straight.", "name", document), altered(document));
  EXPECT_THAT(FaultsWith("contact", "text", "It never squealed.", "name", contact), altered(contact));
  EXPECT_THAT(FaultsWith("contact", "answer", "Nobody comes.", "name", contact), altered(contact));
  v1::Cost dearer;
  dearer.mutable_amount()->set_currency_code("CNY");
  dearer.mutable_amount()->set_minor_units(99999);
  EXPECT_THAT(FaultsWith("cost", "nested", dearer.SerializeAsString(), "name", cost), altered(cost));
  EXPECT_THAT(FaultsWith("cost", "customer_pays", 0, "name", cost, "i"), altered(cost));
  // Moved from its column to where no query looks for it.
  const std::string nested = Read("SELECT nested FROM document WHERE name = ?", document, "t")->Text(0);
  v1::Document moved;
  moved.set_service_case(document.substr(0, document.find("/documents")));
  const auto keep = [&](const std::string& column, const std::string& rest) {
    office_.ByHand("UPDATE document SET service_case = ?, nested = ? WHERE name = ?", {column, rest, document});
  };
  keep("", absl::StrCat(nested, moved.SerializeAsString()));
  EXPECT_THAT(office_.Check(), ::testing::Contains(HasSubstr(document)));
  keep(moved.service_case(), nested);
  EXPECT_THAT(office_.Check(), IsEmpty());
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
                                                                        {"sealed_by", "principals/nobody"},
                                                                        {"opened_by", "principals/nobody"},
                                                                        {"seal_hash", NoHash()}}) {
    EXPECT_THAT(FaultsWith("volume", column, value, "name", "volumes/1"),
                ::testing::Contains(HasSubstr("volumes/1 was altered")))
        << column;
  }
  EXPECT_THAT(FaultsWith("volume", "seal_time", 5, "name", "volumes/1", "i"),
              ElementsAre("volumes/1: volumes/1 was altered: its seal is not made of what it says"));
  EXPECT_THAT(FaultsWith("newest_volume", "number", 2, "id", 1, "i"), ElementsAre("volumes/2: volumes/2 is gone"));
  EXPECT_THAT(FaultsWith("newest_volume", "number", 0, "id", 1, "i"),
              ElementsAre("volumes/1: the counter of volumes says 0 and was altered"));
}

// A field that is added to a message later is bound by itself.
TEST_P(ArchiveVerifyTest, EveryColumnOfEveryRowIsBound) {
  const std::string name = FullCase();
  Must(office_.Archive(name));
  ASSERT_THAT(office_.Faults("volumes/1"), IsEmpty());
  ExpectEveryColumnBound<v1::Case>(name);
  ExpectEveryColumnBound<v1::Contact>(office_.BoundOf("contacts"));
  ExpectEveryColumnBound<v1::Document>(office_.BoundOf("cases/*/documents"));
  ExpectEveryColumnBound<v1::Attachment>("attachments/1");
  ForEachKind([&](const auto& prototype) {
    using Resource = std::decay_t<decltype(prototype)>;
    ExpectEveryColumnBound<Resource>(Made(prototype, name, 1).name());
  });
}

TEST_P(ArchiveVerifyTest, WhateverIsAddedToOrTakenFromABoundCaseIsNamed) {
  const std::string name = FullCase();
  Must(office_.Archive(name));
  ForEachKind([&](const auto& prototype) {
    const auto added = Made(prototype, name, 2);
    Put(added);
    EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(added.name() + " was added"));
    const std::string table = TableCore(prototype).table();
    office_.ByHand(absl::StrCat("DELETE FROM ", table, " WHERE name = ?"), {added.name()});
    const auto bound = Made(prototype, name, 1);
    office_.ByHand(absl::StrCat("UPDATE ", table, " SET name = ? WHERE name = ?"), {"elsewhere/1", bound.name()});
    EXPECT_THAT(office_.Faults("volumes/1"),
                ::testing::UnorderedElementsAre(bound.name() + " is gone", "elsewhere/1 was added"));
    office_.ByHand(absl::StrCat("UPDATE ", table, " SET name = ? WHERE name = ?"), {bound.name(), "elsewhere/1"});
  });
  // A contact that is joined past the server, an event of the contact, an attachment of something bound.
  const std::string contact = office_.Contact().name();
  office_.ByHand("UPDATE contact SET service_case = ? WHERE name = ?", {name, contact});
  EXPECT_THAT(office_.Faults("volumes/1"), ::testing::Contains(contact + " was added"));
  office_.ByHand("UPDATE contact SET service_case = ? WHERE name = ?", {"", contact});
  office_.ByHand(
      "INSERT INTO event (id, root, root_version, type, subject, body, record_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {78, office_.BoundOf("contacts"), 1, "contact-answered", "", "", 0});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre("events/78 was added"));
  office_.ByHand("DELETE FROM event WHERE id = ?", {78});
  office_.ByHand("UPDATE attachment SET parent = ? WHERE name = ?", {"cases/elsewhere", "attachments/1"});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre("attachments/1 was altered"));
  office_.ByHand("UPDATE attachment SET name = ?, parent = ? WHERE name = ?",
                 {"attachments/2", office_.BoundOf("contacts"), "attachments/1"});
  EXPECT_THAT(office_.Faults("volumes/1"),
              ::testing::UnorderedElementsAre("attachments/1 is gone", "attachments/2 was added"));
}

// What goes on after the archive is no fault: links, what a corrective action is found to be, what customers say.
TEST_P(ArchiveVerifyTest, WhatGoesOnAfterTheArchiveIsNoFault) {
  const std::string name = FullCase(), other = office_.Accepted().name();
  Must(office_.Archive(name));
  auto link = On<v1::LinkCasesRequest>(other);
  link.set_other(name);
  link.set_reason("The same lever.");
  Must(office_.Do(&CaseService::LinkCases, link));
  v1::Feedback feedback;
  feedback.set_name("feedbacks/1");
  feedback.set_service_case(name);
  feedback.set_text("It squeals.");
  Put(feedback);
  EXPECT_THAT(office_.Check(), IsEmpty());
  // It is what its last event tells, and nothing else.
  const std::string action = office_.BoundOf("cases/*/correctiveActions");
  Call call = office_.By(kManager);
  ASSERT_TRUE(office_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) -> absl::Status {
                               ASSIGN_OR_RETURN(const Root root, office_.obligations.LockRoot(tx, name));
                               ASSIGN_OR_RETURN(v1::CorrectiveAction changed, CorrectiveActions().Lock(tx, action));
                               changed.set_state(v1::CORRECTIVE_ACTION_STATE_REOPENED);
                               RETURN_IF_ERROR(CorrectiveActions().Update(tx, changed));
                               v1::Event event = EventOf(v1::EVENT_TYPE_RECURRENCE_FOUND);
                               event.set_subject(action);
                               *event.mutable_corrective_action() = changed;
                               return office_.obligations.Record(tx, root, std::move(event));
                             })
                  .ok());
  EXPECT_THAT(office_.Check(), IsEmpty());
  EXPECT_THAT(FaultsWith("corrective_action", "result", "It was nothing.", "name", action),
              ElementsAre(HasSubstr(action + " was altered")));
  EXPECT_THAT(FaultsWith("corrective_action", "text", "Do nothing.", "name", action),
              ElementsAre(HasSubstr(action + " was altered")));
}

// Feedback that was there when the file was bound was said: how it is dealt with goes on.
TEST_P(ArchiveVerifyTest, WhatACustomerSaidStays) {
  const std::string name = office_.ReadyForArchive().name();
  v1::Feedback feedback;
  feedback.set_name("feedbacks/1");
  feedback.set_service_case(name);
  feedback.set_text("It squeals.");
  Put(feedback);
  Must(office_.Archive(name));
  office_.ByHand("UPDATE feedback SET result = ? WHERE name = ?", {"It was oiled.", "feedbacks/1"});
  EXPECT_THAT(office_.Check(), IsEmpty());
  for (const char* column : {"text", "conduct_type", "product", "accused"}) {
    EXPECT_THAT(FaultsWith("feedback", column, "All is well.", "name", "feedbacks/1"),
                ElementsAre(HasSubstr("feedbacks/1 was altered")))
        << column;
  }
}

// One forged row of the feed does not open a case to whoever alters it.
TEST_P(ArchiveVerifyTest, AForgedReopeningIsNamedAndOpensNothing) {
  const std::string name = office_.Archived().name();
  const v1::Event archived = office_.Newest(name, v1::EVENT_TYPE_CASE_ARCHIVED);
  v1::Event forged;
  const auto insert = [&](int64_t id) {
    office_.ByHand(
        "INSERT INTO event (id, root, root_version, type, subject, body, record_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
        {id, name, archived.root_version() + 1, "case-reopened", name, forged.SerializeAsString(), int64_t{1}});
  };
  insert(999999);
  EXPECT_THAT(FaultsWith("service_case", "description", "Nothing was wrong.", "name", name),
              ElementsAre(HasSubstr(name + " was altered")));
  forged = archived;
  forged.set_type(v1::EVENT_TYPE_CASE_REOPENED);
  insert(999998);
  EXPECT_THAT(office_.Check(), ::testing::Contains(HasSubstr("tells that it was reopened")));
}

// Whether a file is complete and timely is seen from what was owed.
TEST_P(ArchiveVerifyTest, WhatWasOwedIsBound) {
  const std::string name = office_.Archived().name();
  Must(office_.Seal("volumes/1"));
  ASSERT_THAT(office_.Check(), IsEmpty());
  const std::string owed = office_.BoundOf("obligations");
  const auto altered = ElementsAre(absl::StrCat("volumes/1/entries/1: ", owed, " was altered"));
  EXPECT_THAT(FaultsWith("obligation", "state", v1::OBLIGATION_STATE_LATE_MET, "name", owed, "i"), altered);
  EXPECT_THAT(FaultsWith("obligation", "close_time", 1, "name", owed, "i"), altered);
  EXPECT_THAT(FaultsWith("obligation", "title", "Something else", "name", owed), altered);
  EXPECT_THAT(FaultsWith("obligation", "root", "cases/2", "name", owed), altered);
  v1::Obligation forged;
  forged.set_name("obligations/99999");
  forged.set_root(name);
  forged.set_subject(name);
  forged.set_kind("summary");
  forged.set_state(v1::OBLIGATION_STATE_MET);
  *forged.mutable_since_time() = ToProto(office_.clock.Now());
  Put(forged);
  EXPECT_THAT(office_.Check(), ElementsAre("volumes/1/entries/1: obligations/99999 was added"));
  office_.ByHand("DELETE FROM obligation WHERE name = ?", {forged.name()});
  office_.ByHand("DELETE FROM obligation WHERE name = ?", {owed});
  EXPECT_THAT(office_.Check(), ElementsAre(absl::StrCat("volumes/1/entries/1: ", owed, " is gone")));
}

TEST_P(ArchiveVerifyTest, EventsThatChangedPlacesAreNamed) {
  const std::string name = office_.Archived().name();
  PlaceEvents();
  ASSERT_THAT(office_.Check(), IsEmpty());
  const int64_t first = Read("SELECT MIN(position) FROM event WHERE root = ?", name, "i")->Int(0),
                last = Read("SELECT MAX(position) FROM event WHERE root = ?", name, "i")->Int(0);
  const auto move = [&](int64_t from, int64_t to) {
    office_.ByHand("UPDATE event SET position = ? WHERE position = ?", {to, from});
  };
  move(first, 1000000);
  move(last, first);
  move(1000000, last);
  EXPECT_THAT(office_.Check(), ElementsAre(HasSubstr("stands in the feed after what came later")));
}

// Whoever takes away the end takes away what counts it as well.
TEST_P(ArchiveVerifyTest, AnEndThatWasCutOffIsNamed) {
  const std::string first = office_.Archived().name(), second = office_.Archived().name();
  PlaceEvents();
  ASSERT_THAT(office_.Check(), IsEmpty());
  const std::string entry = "volumes/1/entries/2";
  office_.ByHand("DELETE FROM archive_entry WHERE name = ?", {entry});
  office_.ByHand("UPDATE volume SET entries = ?, last_hash = ? WHERE name = ?",
                 {1, office_.Entry("volumes/1/entries/1").hash(), "volumes/1"});
  EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty()) << "the volume alone cannot tell";
  EXPECT_THAT(office_.Check(), ElementsAre(second + ": its entry " + entry + " is gone",
                                           HasSubstr(entry + ", which it tells of, is gone")));
  // The case is made one that never was archived, and the event is taken out: the feed misses it.
  office_.ByHand("UPDATE service_case SET state = ? WHERE name = ?", {v1::CASE_STATE_CLOSED, second});
  office_.ByHand("DELETE FROM event WHERE root = ? AND type = ?", {second, "case-archived"});
  EXPECT_THAT(office_.Check(), ElementsAre(StartsWith("feed: nothing stands at position ")));
  // The same of the whole volume.
  office_.ByHand("DELETE FROM volume WHERE name = ?", {"volumes/1"});
  office_.ByHand("UPDATE newest_volume SET number = ? WHERE id = ?", {0, 1});
  EXPECT_THAT(office_.Check(), ::testing::UnorderedElementsAre(HasSubstr(": volumes/1, which it tells of, is gone"),
                                                               StartsWith("feed: nothing stands at position ")));
  office_.ByHand("DELETE FROM archive_entry WHERE name = ?", {"volumes/1/entries/1"});
  EXPECT_THAT(office_.Check(), ::testing::Contains(first + ": its entry volumes/1/entries/1 is gone"));
}

TEST_P(ArchiveVerifyTest, EventsThatAreTakenOutAtTheEndAreMissedAndNoPositionIsGivenTwice) {
  office_.Archived();
  Must(office_.Seal("volumes/1"));
  PlaceEvents();
  CheckTotals totals;
  ASSERT_THAT(office_.Check(&totals), IsEmpty());
  const int64_t last = totals.events;
  office_.ByHand("DELETE FROM event WHERE position = ?", {last});
  // The last of them sealed the volume.
  EXPECT_THAT(office_.Check(),
              ElementsAre("volumes/1: volumes/1 is told of by no event: that event was taken out or altered",
                          absl::StrCat("feed: nothing stands at position ", last, "; an event was taken out")));
  office_.ByHand("DELETE FROM event WHERE position = ?", {last - 1});
  EXPECT_THAT(office_.Check(), ::testing::Contains(absl::StrCat("feed: nothing stands at position ", last - 1, " to ",
                                                                last, "; events were taken out")));
  office_.Open();
  PlaceEvents();
  EXPECT_THAT(office_.Check(), ::testing::Contains(absl::StrCat("feed: nothing stands at position ", last - 1, " to ",
                                                                last, "; events were taken out")));
  EXPECT_FALSE(Read("SELECT id FROM event WHERE position = ?", last, "i").has_value());
  // And those that are put in behind the end.
  office_.ByHand("UPDATE feed_head SET position = ? WHERE id = ?", {last, 1});
  EXPECT_THAT(office_.Check(), ::testing::Contains(HasSubstr("was never given out")));
  office_.ByHand("DELETE FROM feed_head WHERE id = ?", {1});
  EXPECT_THAT(office_.Check(), ::testing::Contains("feed: the row that keeps the last position is gone"));
  office_.ByHand("UPDATE event SET position = ? WHERE position = ?", {-1, 1});
  EXPECT_THAT(office_.Check(), ::testing::Contains(HasSubstr("stands at a position that is never given out")));
}

TEST_P(ArchiveVerifyTest, EntriesAndVolumesAreWhatTheirEventsTell) {
  const std::string name = office_.Archived().name();
  EXPECT_THAT(FaultsWith("volume", "title", "Valves", "name", "volumes/1"),
              ElementsAre("volumes/1: volumes/1 was altered: it is not what was opened"));
  // One entry more in an open volume than it counts.
  office_.ByHand("UPDATE volume SET entries = ?, last_hash = ? WHERE name = ?", {0, NoHash(), "volumes/1"});
  EXPECT_THAT(office_.Faults("volumes/1"),
              ElementsAre("volumes/1/entries/1 was added: the volume says that it holds 0"));
  office_.ByHand("UPDATE volume SET entries = ?, last_hash = ? WHERE name = ?",
                 {1, office_.Entry("volumes/1/entries/1").hash(), "volumes/1"});
  Must(office_.Seal("volumes/1"));
  // A seal that is broken, so that more can be added.
  const std::string seal = office_.GetVolume("volumes/1").seal_hash();
  office_.ByHand("UPDATE volume SET state = ?, seal_hash = ? WHERE name = ?", {v1::VOLUME_STATE_OPEN, "", "volumes/1"});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre("volumes/1 was altered: it is not what was sealed"));
  office_.ByHand("UPDATE volume SET state = ?, seal_hash = ? WHERE name = ?",
                 {v1::VOLUME_STATE_SEALED, seal, "volumes/1"});
  EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty());
  EXPECT_THAT(FaultsWith("archive_entry", "create_time", 5, "name", "volumes/1/entries/1", "i"),
              ElementsAre("volumes/1/entries/1: volumes/1/entries/1 is not what its event tells"));
  office_.ByHand("DELETE FROM event WHERE root = ? AND type = ?", {name, "case-archived"});
  EXPECT_THAT(office_.Faults("volumes/1"),
              ElementsAre("volumes/1/entries/1 is told of by no event: that event was taken out or altered"));
}

TEST_P(ArchiveVerifyTest, HoweverMuchIsWrongTheLinesAreBounded) {
  office_.Archived();
  office_.ByHand("UPDATE newest_volume SET number = ? WHERE id = ?", {int64_t{1000000000000}, 1});
  EXPECT_THAT(office_.Check(), ElementsAre("volumes/2: volumes/2 to volumes/1000000000000 are gone"));
  office_.ByHand("UPDATE newest_volume SET number = ? WHERE id = ?", {1, 1});
  office_.ByHand("UPDATE volume SET entries = ? WHERE name = ?", {int64_t{1000000000000}, "volumes/1"});
  EXPECT_THAT(office_.Check(), ElementsAre("volumes/1/entries/2: volumes/1/entries/2 to "
                                           "volumes/1/entries/1000000000000 are gone"));
  office_.ByHand("UPDATE volume SET entries = ? WHERE name = ?", {1, "volumes/1"});
  // Many things of one entry.
  const std::string name = office_.Entry("volumes/1/entries/1").service_case();
  Call call = office_.By(kManager);
  ASSERT_TRUE(office_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) -> absl::Status {
                               for (int i = 0; i < 150; ++i) tx.Append({name, 1, "case-changed", name, ""});
                               return absl::OkStatus();
                             })
                  .ok());
  const std::vector<std::string> faults = office_.Faults("volumes/1");
  ASSERT_EQ(faults.size(), 101u);
  EXPECT_EQ(faults.back(), "volumes/1/entries/1 has 50 more things that are not as they were bound");
  // Many faults in all.
  Call more = office_.By(kManager);
  ASSERT_TRUE(office_.db
                  ->WriteOwn(more,
                             [&](Tx& tx) -> absl::Status {
                               for (int i = 0; i < 1000; ++i) {
                                 tx.Execute(
                                     "INSERT INTO stock_balance (part, warehouse, on_hand, reserved) VALUES "
                                     "(?, ?, ?, ?)",
                                     {absl::StrCat("parts/", i), "warehouses/1", 1, 0});
                               }
                               return absl::OkStatus();
                             })
                  .ok());
  CheckTotals totals;
  const std::vector<std::string> lines = office_.Check(&totals);
  EXPECT_EQ(lines.size(), 1001u);
  EXPECT_EQ(totals.faults, 1101);
  EXPECT_EQ(lines.back(), "more faults were found; from here on they are only counted");
}

TEST_P(ArchiveVerifyTest, WhatIsGoneOrAddedIsNamed) {
  Must(office_.Archive(FullCase()));
  office_.Archived();
  Must(office_.Seal("volumes/1"));
  const std::string entry = "volumes/1/entries/1";
  const std::string document = office_.BoundOf("cases/*/documents");
  office_.ByHand("DELETE FROM document WHERE name = ?", {document});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(document + " is gone"));
  // Its line is taken out of the list as well: then the list is not what was bound.
  office_.ByHand("DELETE FROM archive_item WHERE entry = ? AND resource = ?", {entry, document});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(entry + " was altered"));
  const std::string event = office_.BoundOf("events", "volumes/1/entries/2");
  const std::string name = office_.Entry("volumes/1/entries/2").service_case();
  office_.ByHand(
      "INSERT INTO event (id, root, root_version, type, subject, body, record_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {77, name, 2, "case-changed", name, "", 0});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre(entry + " was altered", "events/77 was added"));
  office_.ByHand("DELETE FROM archive_entry WHERE name = ?", {entry});
  EXPECT_THAT(office_.Faults("volumes/1", 1), ElementsAre(entry + " is gone", "events/77 was added"));
  office_.ByHand("UPDATE event SET root = ? WHERE id = ?", {"cases/other", 77});
  office_.ByHand("UPDATE archive_entry SET number = ? WHERE name = ?", {1, "volumes/1/entries/2"});
  EXPECT_THAT(office_.Faults("volumes/1"),
              ::testing::Contains("volumes/1/entries/2 was altered: its number is not that of its name"));
  office_.ByHand("UPDATE archive_entry SET name = ? WHERE name = ?", {"volumes/1/entries/3", "volumes/1/entries/2"});
  office_.ByHand("UPDATE archive_entry SET number = ? WHERE name = ?", {3, "volumes/1/entries/3"});
  EXPECT_THAT(office_.Faults("volumes/1"), ElementsAre("volumes/1/entries/1 to volumes/1/entries/2 are gone",
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

  // Movements of a part in a warehouse that no balance knows.
  office_.ByHand("UPDATE stock_movement SET warehouse = ? WHERE name = ?", {"warehouses/2", "stockMovements/4"});
  office_.ByHand("UPDATE stock_balance SET reserved = ? WHERE part = ?", {3, "parts/1"});
  EXPECT_THAT(office_.Check(), ElementsAre("stock of parts/1 in warehouses/2: there are movements and no balance"));
  office_.ByHand("UPDATE stock_movement SET warehouse = ? WHERE name = ?", {"warehouses/1", "stockMovements/4"});
  office_.ByHand("UPDATE stock_balance SET reserved = ? WHERE part = ?", {2, "parts/1"});

  office_.Open();
  PlaceEvents();
  EXPECT_THAT(office_.Check(), IsEmpty());
  office_.ByHand("DELETE FROM event WHERE position = ?", {3});
  EXPECT_THAT(office_.Check(), ElementsAre(StartsWith("feed: nothing stands at position 3; ")));
  office_.ByHand("DELETE FROM event WHERE position = ?", {4});
  EXPECT_THAT(office_.Check(), ElementsAre(StartsWith("feed: nothing stands at position 3 to 4; ")));
}

}  // namespace
}  // namespace aftersales
