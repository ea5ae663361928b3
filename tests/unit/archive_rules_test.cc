#include "server/archive/archive_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "google/protobuf/descriptor.h"

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/sha256.h"

namespace aftersales {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1790000000);

std::shared_ptr<const policy::Pack> PackOf(const std::string& rules) {
  const policy::ParsedPack parsed = policy::ParsePack(
      "name: 'files' title: 'Files' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
      "type { name: 'complaint' title: 'Complaint' clauses: 'F-1' }\n" +
      rules);
  for (const policy::Mistake& mistake : parsed.mistakes) ADD_FAILURE() << mistake.field << ": " << mistake.text;
  return parsed.pack;
}

constexpr char kRules[] = R"(
  obligation {
    kind: "opinion" title: "The opinion" clauses: "F-2" on: "case-opened" where { type: "complaint" } by: "quality"
    met_by { event: "document-filed" document: "opinion-form" } required_for: "close-case"
  }
  obligation {
    kind: "stub" clauses: "F-3" on: "shipment-departed" by: "quality"
    met_by { event: "document-filed" document: "mail-stub" } survives_close: true
  }
  obligation {
    kind: "review" clauses: "F-4" on: "case-closed" by: "quality" met_by { event: "case-escalated" }
    required_for: "archive-case" survives_close: true
  }
  obligation { kind: "reply" clauses: "F-5" on: "case-opened" by: "quality" met_by { event: "case-accepted" } }
)";

v1::Obligation Owed(const std::string& kind, v1::ObligationState state, const std::string& subject = "cases/1") {
  v1::Obligation owed;
  owed.set_name("obligations/" + kind);
  owed.set_kind(kind);
  owed.set_state(state);
  owed.set_subject(subject);
  owed.set_met_by("cases/1/documents/7");
  owed.set_close_note("waived by quality: it is lost");
  *owed.mutable_due_time() = ToProto(kNow);
  *owed.mutable_close_time() = ToProto(kNow + absl::Hours(1));
  return owed;
}

TEST(RequirementsTest, AreDocumentsAndWhatTheArchiveAsksFor) {
  const auto pack = PackOf(kRules);
  // Nothing came up yet: what the facts call for is missing, a stub is missed once something was sent.
  const auto missing = RequirementsOf(*pack, {{"type", "complaint"}}, {});
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_EQ(missing[0].kind(), "opinion");
  EXPECT_EQ(missing[0].document_kind(), "opinion-form");
  EXPECT_EQ(missing[0].state(), v1::REQUIREMENT_STATE_MISSING);
  EXPECT_EQ(missing[0].obligation(), "");
  EXPECT_EQ(missing[0].clauses(0), "F-2");
  EXPECT_EQ(missing[1].kind(), "review");
  EXPECT_EQ(missing[1].document_kind(), "");
  EXPECT_FALSE(IsComplete(missing));
  EXPECT_EQ(RequirementsOf(*pack, {}, {}).size(), 1u);

  const auto found = RequirementsOf(
      *pack, {{"type", "complaint"}},
      {Owed("opinion", v1::OBLIGATION_STATE_MET), Owed("stub", v1::OBLIGATION_STATE_LATE_MET, "shipments/1"),
       Owed("stub", v1::OBLIGATION_STATE_OPEN, "shipments/2"), Owed("review", v1::OBLIGATION_STATE_WAIVED),
       Owed("reply", v1::OBLIGATION_STATE_OPEN)});
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].state(), v1::REQUIREMENT_STATE_PRESENT);
  EXPECT_EQ(found[0].resource(), "cases/1/documents/7");
  EXPECT_EQ(FromProto(found[0].met_time()), kNow + absl::Hours(1));
  EXPECT_EQ(found[1].state(), v1::REQUIREMENT_STATE_LATE);
  EXPECT_EQ(found[2].state(), v1::REQUIREMENT_STATE_MISSING);
  EXPECT_FALSE(found[2].has_met_time());
  EXPECT_EQ(found[3].state(), v1::REQUIREMENT_STATE_WAIVED);
  EXPECT_EQ(found[3].note(), "waived by quality: it is lost");
  EXPECT_EQ(found[3].resource(), "");
}

TEST(RequirementsTest, TheNewestThatStandsCounts) {
  const auto pack = PackOf(kRules);
  const auto state = [&](const std::vector<v1::Obligation>& known) {
    return RequirementsOf(*pack, {}, known).front().state();
  };
  EXPECT_EQ(state({Owed("review", v1::OBLIGATION_STATE_MET), Owed("review", v1::OBLIGATION_STATE_OPEN)}),
            v1::REQUIREMENT_STATE_MISSING);
  EXPECT_EQ(state({Owed("review", v1::OBLIGATION_STATE_MET), Owed("review", v1::OBLIGATION_STATE_CANCELLED)}),
            v1::REQUIREMENT_STATE_PRESENT);
  EXPECT_EQ(state({Owed("review", v1::OBLIGATION_STATE_CANCELLED)}), v1::REQUIREMENT_STATE_MISSING);
}

TEST(RequirementsTest, CompleteAndWholeAreTwoThings) {
  const auto of = [](std::initializer_list<v1::RequirementState> states) {
    std::vector<v1::FileRequirement> requirements;
    for (const v1::RequirementState state : states) requirements.emplace_back().set_state(state);
    return requirements;
  };
  const auto waived = of({v1::REQUIREMENT_STATE_PRESENT, v1::REQUIREMENT_STATE_WAIVED});
  EXPECT_TRUE(IsComplete(waived));
  EXPECT_FALSE(IsWhole(waived));
  EXPECT_TRUE(IsWhole(of({v1::REQUIREMENT_STATE_PRESENT, v1::REQUIREMENT_STATE_LATE})));
  EXPECT_FALSE(IsWhole(of({v1::REQUIREMENT_STATE_MISSING})));
}

TEST(RequirementsTest, WhatCameLateOnceStaysLate) {
  const auto pack = PackOf(kRules);
  const auto timely = [&](const std::vector<v1::Obligation>& known, absl::Time now = kNow - absl::Seconds(1)) {
    return IsTimely(*pack, known, now);
  };
  EXPECT_TRUE(timely({}));
  EXPECT_TRUE(timely({Owed("review", v1::OBLIGATION_STATE_MET), Owed("stub", v1::OBLIGATION_STATE_OPEN)}));
  EXPECT_FALSE(timely({Owed("stub", v1::OBLIGATION_STATE_OPEN)}, kNow));
  EXPECT_TRUE(timely({Owed("stub", v1::OBLIGATION_STATE_WAIVED)}, kNow));
  EXPECT_FALSE(timely({Owed("review", v1::OBLIGATION_STATE_LATE_MET)}));
  // Reopened, the same is owed anew and comes in time: the file of before was late all the same.
  EXPECT_FALSE(timely({Owed("review", v1::OBLIGATION_STATE_LATE_MET), Owed("review", v1::OBLIGATION_STATE_MET)}));
  EXPECT_TRUE(timely({Owed("review", v1::OBLIGATION_STATE_CANCELLED), Owed("review", v1::OBLIGATION_STATE_MET)}, kNow));
  // No document, and nothing that the archive asks for.
  EXPECT_TRUE(timely({Owed("reply", v1::OBLIGATION_STATE_LATE_MET), Owed("reply", v1::OBLIGATION_STATE_OPEN)}, kNow));
}

TEST(SectionsTest, DocumentsAndOtherThingsHaveTheirPlace) {
  const auto pack = PackOf(
      "file_section { name: 'A' title: 'Contacts' clauses: 'F-6' holds: 'contacts' holds: 'attachments' }\n"
      "file_section { name: 'B' title: 'Forms' clauses: 'F-6' documents: 'opinion-form' holds: 'feedbacks' }");
  EXPECT_EQ(SectionOf(*pack, "attachments"), "A");
  EXPECT_EQ(SectionOf(*pack, "visits"), "");
  EXPECT_EQ(SectionOfDocument(*pack, "opinion-form"), "B");
  EXPECT_EQ(SectionOfDocument(*pack, "letter"), "");
}

TEST(HashesTest, TheTextHasOneReadingOnly) {
  EXPECT_EQ(CanonicalText({{"name", "cases/1"}, {"text", "a=1:b\nc"}}), "name=7:cases/1\ntext=7:a=1:b\nc\n");
  EXPECT_EQ(CanonicalText({}), "");
  EXPECT_NE(CanonicalText({{"a", "b\nc=1:d"}}), CanonicalText({{"a", "b"}, {"c", "d"}}));
  // What `printf 'name=7:cases/1\n' | sha256sum` answers: the texts can be checked without this program.
  EXPECT_EQ(HashOf({{"name", "cases/1"}}), "fdc6369ed7321ecfebfa38fed46b2de611e903d528c2cb59aeeea3a247800f51");
}

TEST(HashesTest, EveryFieldThatIsSetIsBound) {
  v1::Cost cost;
  cost.set_name("cases/1/costs/1");
  cost.set_etag("7");
  cost.set_state(v1::COST_STATE_VETTED);
  cost.set_customer_pays(true);
  cost.mutable_amount()->set_currency_code("CNY");
  cost.mutable_amount()->set_minor_units(-5);
  EXPECT_EQ(CanonicalText(FieldsOf(cost, {"etag"})),
            absl::StrCat("name=15:cases/1/costs/1\nstate=1:", static_cast<int>(v1::COST_STATE_VETTED),
                         "\namount=37:currency_code=3:CNY\nminor_units=2:-5\n\ncustomer_pays=4:true\n"));
  EXPECT_EQ(OnlyFieldsOf(cost, {"name", "text"}), HashedFields({{"name", "cases/1/costs/1"}}));
  v1::Meeting meeting;
  meeting.add_departments(v1::ROLE_QUALITY);
  meeting.add_departments(v1::ROLE_FINANCE);
  EXPECT_EQ(FieldsOf(meeting, {}).size(), 2u);
  // Maps are read in any order.
  v1::Event one, other;
  for (const char* fact : {"a", "b", "c", "d"}) (*one.mutable_facts())[fact] = "x";
  for (const char* fact : {"d", "c", "b", "a"}) (*other.mutable_facts())[fact] = "x";
  EXPECT_EQ(FieldsOf(one, {}), FieldsOf(other, {}));
}

// What FieldsOf does not know would be bound as nothing.
void ExpectKnown(const google::protobuf::Descriptor& message, std::set<std::string>& seen) {
  using google::protobuf::FieldDescriptor;
  if (!seen.insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const auto type = field.cpp_type();
    EXPECT_TRUE(type == FieldDescriptor::CPPTYPE_STRING || type == FieldDescriptor::CPPTYPE_BOOL ||
                type == FieldDescriptor::CPPTYPE_ENUM || type == FieldDescriptor::CPPTYPE_INT32 ||
                type == FieldDescriptor::CPPTYPE_INT64 || type == FieldDescriptor::CPPTYPE_MESSAGE)
        << field.full_name();
    if (field.message_type() != nullptr) ExpectKnown(*field.message_type(), seen);
  }
}

TEST(HashesTest, NoResourceHasFieldsOfAnotherKind) {
  std::set<std::string> seen;
  const google::protobuf::Descriptor& event = *v1::Event::descriptor();  // it holds all of them
  ExpectKnown(event, seen);
  EXPECT_EQ(seen.count("aftersales.v1.Cost"), 1u);
  EXPECT_EQ(seen.count("aftersales.v1.Case"), 1u);
}

TEST(NamesTest, HoweverManyAreGoneItIsOneText) {
  EXPECT_EQ(GoneText("volumes", 3, 3), "volumes/3 is gone");
  EXPECT_EQ(GoneText("volumes/1/entries", 2, 900), "volumes/1/entries/2 to volumes/1/entries/900 are gone");
}

v1::ArchiveEntry Entry() {
  v1::ArchiveEntry entry;
  entry.set_name("volumes/1/entries/2");
  entry.set_volume("volumes/1");
  entry.set_number(2);
  entry.set_service_case("cases/1");
  entry.set_complete(true);
  entry.set_timely(true);
  entry.set_case_version(9);
  entry.set_items(2);
  entry.set_archived_by("principals/1");
  *entry.mutable_archive_time() = ToProto(kNow);
  return entry;
}

TEST(HashesTest, EverythingBoundMakesTheContent) {
  const std::vector<BoundItem> items = {{"cases/1/documents/1", "aa"}, {"events/7", "bb"}};
  const std::string content = ContentHash(Entry(), items);
  EXPECT_EQ(content.size(), 64u);
  EXPECT_EQ(ContentHash(Entry(), items), content);
  const std::function<void(v1::ArchiveEntry&)> changes[] = {
      [](v1::ArchiveEntry& e) { e.set_volume("volumes/2"); },
      [](v1::ArchiveEntry& e) { e.set_number(3); },
      [](v1::ArchiveEntry& e) { e.set_service_case("cases/2"); },
      [](v1::ArchiveEntry& e) { e.set_supplement(true); },
      [](v1::ArchiveEntry& e) { e.set_complete(false); },
      [](v1::ArchiveEntry& e) { e.set_timely(false); },
      [](v1::ArchiveEntry& e) { e.set_case_version(10); },
      [](v1::ArchiveEntry& e) { e.set_items(3); },
      [](v1::ArchiveEntry& e) { e.set_archived_by("principals/2"); },
      [](v1::ArchiveEntry& e) { *e.mutable_archive_time() = ToProto(kNow + absl::Microseconds(1)); },
  };
  for (const auto& change : changes) {
    v1::ArchiveEntry entry = Entry();
    change(entry);
    EXPECT_NE(ContentHash(entry, items), content) << entry.ShortDebugString();
  }
  EXPECT_NE(ContentHash(Entry(), {items[0]}), content);
  EXPECT_NE(ContentHash(Entry(), {items[1], items[0]}), content);
  EXPECT_NE(ContentHash(Entry(), {items[0], {"events/7", "bc"}}), content);
  EXPECT_NE(ContentHash(Entry(), {items[0], {"events/7", "bb", "cc"}}), content);
}

TEST(HashesTest, EachEntryFollowsTheOneBefore) {
  EXPECT_EQ(NoHash().size(), 64u);
  const std::string first = ChainHash(NoHash(), std::string(64, 'a'));
  EXPECT_NE(ChainHash(first, std::string(64, 'a')), first);
  Sha256Stream digest;
  digest.Add(NoHash() + std::string(64, 'a'));
  EXPECT_EQ(first, digest.Hex());
}

TEST(HashesTest, TheSealIsOfTheWholeVolume) {
  v1::Volume volume;
  volume.set_name("volumes/1");
  volume.set_number(1);
  volume.set_title("Brakes");
  volume.set_entries(3);
  volume.set_last_hash(std::string(64, 'b'));
  const std::string seal = SealHash(volume);
  const std::function<void(v1::Volume&)> changes[] = {[](v1::Volume& v) { v.set_number(2); },
                                                      [](v1::Volume& v) { v.set_title("Valves"); },
                                                      [](v1::Volume& v) { v.set_entries(2); },
                                                      [](v1::Volume& v) { v.set_last_hash(std::string(64, 'c')); },
                                                      [](v1::Volume& v) { v.set_sealed_by("principals/2"); },
                                                      [](v1::Volume& v) { v.mutable_seal()->set_head(true); },
                                                      [](v1::Volume& v) { *v.mutable_seal_time() = ToProto(kNow); }};
  for (const auto& change : changes) {
    v1::Volume other = volume;
    change(other);
    EXPECT_NE(SealHash(other), seal);
  }
}

TEST(VolumeStepsTest, ASealedVolumeIsDoneWith) {
  v1::Volume volume;
  volume.set_name("volumes/1");
  volume.set_state(v1::VOLUME_STATE_OPEN);
  EXPECT_TRUE(TakeStep(VolumeStep::kAdd, volume).ok());
  EXPECT_TRUE(TakeStep(VolumeStep::kSeal, volume).ok());
  EXPECT_EQ(volume.state(), v1::VOLUME_STATE_SEALED);
  for (const VolumeStep step : kVolumeSteps) {
    EXPECT_EQ(ReasonOf(TakeStep(step, volume)), v1::ERROR_REASON_STATE_FORBIDS) << Participle(step);
  }
}

}  // namespace
}  // namespace aftersales
