// Files, archived cases and sealed volumes, on both engines.
#include "server/archive/archive_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/archive/archive_rules.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/storage/table.h"
#include "tests/service/archive_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ArchiveServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  v1::RequirementState State(const std::string& service_case, const std::string& kind) {
    const v1::CaseFile file = office_.FileOf(service_case);
    for (const v1::FileRequirement& requirement : file.requirements()) {
      if (requirement.kind() == kind) return requirement.state();
    }
    return v1::REQUIREMENT_STATE_UNSPECIFIED;
  }

  ArchiveOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, ArchiveServiceTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(ArchiveServiceTest, AFileShowsWhatItHoldsAndMisses) {
  const v1::Contact contact = office_.Contact();
  v1::CreateCaseRequest opening = office_.Opening();
  opening.mutable_service_case()->set_contact(contact.name());
  opening.mutable_service_case()->clear_notice_time();
  const std::string name = office_.Accept(office_.Open(opening)).name();
  const std::string letter = office_.File(name, "letter").name();
  const std::string voided = office_.File(name, "letter").name();
  auto request = On<v1::VoidDocumentRequest>(voided);
  request.set_reason("Of another case.");
  Must(office_.Do(&CaseService::VoidDocument, request));
  office_.File(name, "note");
  // Nothing is missed before the close but what is owed then already; the summary has not even come up.
  v1::CaseFile file = office_.FileOf(name);
  EXPECT_FALSE(file.complete());
  EXPECT_EQ(State(name, "summary"), v1::REQUIREMENT_STATE_MISSING);
  ASSERT_EQ(file.items_size(), 3);
  EXPECT_EQ(file.item_count(), 3);
  EXPECT_EQ(file.items(0).section(), "A");
  EXPECT_EQ(file.items(0).resource(), contact.name());
  EXPECT_EQ(file.items(0).kind(), "contact");
  EXPECT_EQ(file.items(1).resource(), letter);
  EXPECT_EQ(file.items(1).kind(), "letter");
  EXPECT_EQ(file.items(1).filed_by(), kManager.principal);
  EXPECT_EQ(file.items(2).section(), "");
  EXPECT_EQ(file.items(2).kind(), "note");

  office_.CaseOffice::Close(name);
  file = office_.FileOf(name);
  EXPECT_EQ(file.state(), v1::CASE_STATE_CLOSED);
  ASSERT_EQ(file.requirements_size(), 1);
  EXPECT_EQ(file.requirements(0).document_kind(), "summary");
  EXPECT_NE(file.requirements(0).obligation(), "");
  EXPECT_TRUE(file.timely());
  office_.clock.Advance(absl::Hours(25));
  EXPECT_FALSE(office_.FileOf(name).timely());
  const std::string summary = office_.File(name, "summary").name();
  file = office_.FileOf(name);
  EXPECT_TRUE(file.complete());
  EXPECT_FALSE(file.timely());
  EXPECT_EQ(file.requirements(0).state(), v1::REQUIREMENT_STATE_LATE);
  EXPECT_EQ(file.requirements(0).resource(), summary);
  // Declared void, it is missing again.
  auto lost = On<v1::VoidDocumentRequest>(summary);
  lost.set_reason("Of another case.");
  Must(office_.Do(&CaseService::VoidDocument, lost));
  EXPECT_EQ(State(name, "summary"), v1::REQUIREMENT_STATE_MISSING);
  v1::GetCaseFileRequest unknown;
  unknown.set_name("cases/unknown");
  EXPECT_TRUE(absl::IsNotFound(office_.Do(&ArchiveService::GetCaseFile, unknown).status()));
}

TEST_P(ArchiveServiceTest, ACaseIsArchivedOnceItsFileIsComplete) {
  const v1::Case closed = office_.Closed();
  const absl::Status early = office_.Archive(closed.name()).status();
  EXPECT_EQ(ReasonOf(early), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_EQ(MetadataOf(early)["clauses"], "V-3");
  EXPECT_EQ(ViolationsOf(early), std::set<std::string>{"summary"});
  office_.File(closed.name(), "summary");
  auto request = On<v1::ArchiveCaseRequest>(closed.name(), office_.Get(closed.name()).etag());
  Call trial = office_.By(kArchivist);
  trial.validate_only = true;
  EXPECT_TRUE(office_.archive.ArchiveCase(trial, request).ok());
  EXPECT_EQ(office_.Get(closed.name()).state(), v1::CASE_STATE_CLOSED);
  Call call = office_.By(kArchivist);
  Call repeated = call;
  const v1::Case archived = Must(office_.archive.ArchiveCase(call, request));
  EXPECT_EQ(archived.state(), v1::CASE_STATE_ARCHIVED);
  EXPECT_EQ(archived.volume(), "volumes/1");
  EXPECT_EQ(archived.archive_entry(), "volumes/1/entries/1");
  EXPECT_EQ(FromProto(archived.archive_time()), office_.clock.Now());
  EXPECT_EQ(Must(office_.archive.ArchiveCase(repeated, request)).etag(), archived.etag());
  const v1::ArchiveEntry entry = office_.Entry(archived.archive_entry());
  EXPECT_EQ(entry.service_case(), closed.name());
  EXPECT_TRUE(entry.complete());
  EXPECT_TRUE(entry.timely());
  EXPECT_FALSE(entry.supplement());
  EXPECT_EQ(absl::StrCat(entry.case_version()), archived.etag());
  EXPECT_EQ(entry.previous_hash(), NoHash());
  EXPECT_EQ(entry.archived_by(), kArchivist.principal);
  const std::vector<std::string> bound = office_.Bound(entry.name());
  EXPECT_EQ(static_cast<int64_t>(bound.size()), entry.items());
  std::map<std::string, int> kinds;
  for (const std::string& resource : bound) ++kinds[CollectionOf(resource)];
  EXPECT_EQ(kinds["cases/*/documents"], 2);
  EXPECT_GE(kinds["events"], 6);
  EXPECT_EQ(office_.Happened(closed.name(), closed.name()).back(), "case-archived");
  EXPECT_THAT(office_.FileOf(closed.name()).archive_entries(), ElementsAre("volumes/1/entries/1"));
  // Once.
  EXPECT_EQ(ReasonOf(office_.Archive(closed.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(office_.Archive(office_.Accepted().name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_TRUE(absl::IsNotFound(office_.Archive("cases/unknown").status()));
  auto stale = On<v1::ArchiveCaseRequest>(office_.ReadyForArchive().name(), "1");
  EXPECT_EQ(ReasonOf(office_.Do(&ArchiveService::ArchiveCase, stale).status()), v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_P(ArchiveServiceTest, WhatSurvivesTheCloseHoldsUpTheArchiveToo) {
  const std::string name = office_.Accepted().name();
  auto escalate = On<v1::EscalateCaseRequest>(name);
  escalate.set_to(v1::ROLE_EXECUTIVE);
  escalate.set_reason("A doubt.");
  Must(office_.Do(&CaseService::EscalateCase, escalate));
  office_.CaseOffice::Close(name);
  office_.File(name, "summary");
  const absl::Status refused = office_.Archive(name).status();
  EXPECT_EQ(ViolationsOf(refused), std::set<std::string>{"statement"});
  office_.File(name, "statement");
  EXPECT_TRUE(office_.Archive(name).ok());
}

TEST_P(ArchiveServiceTest, WhatWasWaivedIsBoundAsNotComplete) {
  const std::string name = office_.Closed().name();
  auto waive = On<v1::WaiveObligationRequest>(office_.FileOf(name).requirements(0).obligation());
  waive.set_role(v1::ROLE_EXECUTIVE);
  waive.set_reason("The papers burnt.");
  Call call = office_.By(kPresident);
  ASSERT_TRUE(office_.policy->WaiveObligation(call, waive).ok());
  EXPECT_TRUE(office_.FileOf(name).complete());
  EXPECT_EQ(State(name, "summary"), v1::REQUIREMENT_STATE_WAIVED);
  const v1::ArchiveEntry entry = office_.Entry(Must(office_.Archive(name)).archive_entry());
  EXPECT_FALSE(entry.complete());
  EXPECT_TRUE(entry.timely());
}

TEST_P(ArchiveServiceTest, AnArchivedCaseTakesNothingMore) {
  const v1::Case archived = office_.Archived();
  const std::string& name = archived.name();
  v1::CreateDocumentRequest file;
  file.set_parent(name);
  file.mutable_document()->set_kind("letter");
  file.mutable_document()->set_title("Late");
  file.mutable_document()->set_text("It came late.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::CreateDocument, file).status()), v1::ERROR_REASON_STATE_FORBIDS);
  v1::CreateDisputeRequest dispute;
  dispute.set_parent(name);
  dispute.mutable_dispute()->set_contract(office_.contract.name());
  dispute.mutable_dispute()->set_text("It was under warranty.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::CreateDispute, dispute).status()), v1::ERROR_REASON_STATE_FORBIDS);
  auto join = On<v1::JoinContactRequest>(office_.Contact().name());
  join.set_service_case(name);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::JoinContact, join).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(ArchiveServiceTest, AContactOfAnArchivedCaseIsChangedAsLittleAsTheCase) {
  const std::string contact = office_.AnsweredContact().name();
  const std::string name = Must(office_.Archive(office_.ReadyWith(contact).name())).name();
  const std::string etag = office_.GetContact(contact).etag();
  auto answer = On<v1::AnswerContactRequest>(contact);
  answer.set_answer("We told you something else.");
  auto update = On<v1::UpdateContactRequest>(contact);
  *update.mutable_contact() = office_.GetContact(contact);
  update.mutable_contact()->set_text("It never squealed.");
  auto transfer = On<v1::TransferContactRequest>(contact);
  transfer.set_department(v1::ROLE_QUALITY);
  transfer.set_reason("Ask them.");
  const auto attempts = [&] {
    return std::vector<absl::Status>{office_.Do(&CaseService::AnswerContact, answer).status(),
                                     office_.Do(&CaseService::UpdateContact, update).status(),
                                     office_.Do(&CaseService::TransferContact, transfer).status(),
                                     office_.GiveToRoot(contact)};
  };
  for (const absl::Status& refused : attempts()) {
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS) << refused;
    EXPECT_EQ(MetadataOf(refused)["state"], "archived");
    EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("belongs to " + name));
    EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("ReopenCase"));
  }
  EXPECT_EQ(office_.GetContact(contact).etag(), etag);
  EXPECT_THAT(office_.Check(), IsEmpty());

  auto reopen = On<v1::ReopenCaseRequest>(name);
  reopen.set_reason("It squeals again.");
  Must(office_.Do(&CaseService::ReopenCase, reopen));
  EXPECT_TRUE(office_.Do(&CaseService::AnswerContact, answer).ok());
  update.mutable_contact()->clear_etag();
  update.set_reason("As they said on the telephone.");
  EXPECT_TRUE(office_.Do(&CaseService::UpdateContact, update).ok());
  EXPECT_TRUE(office_.GiveToRoot(contact).ok());
  EXPECT_THAT(office_.Check(), IsEmpty()) << "what changes after a reopening is no fault";
}

TEST_P(ArchiveServiceTest, ATrialShowsNoSeal) {
  office_.Archived();
  auto request = On<v1::SealVolumeRequest>("volumes/1");
  request.set_role(v1::ROLE_EXECUTIVE);
  Call trial = office_.By(kPresident);
  trial.validate_only = true;
  const v1::Volume tried = Must(office_.archive.SealVolume(trial, request));
  EXPECT_EQ(tried.seal_hash(), "") << "somebody might write it down";
  EXPECT_EQ(office_.GetVolume("volumes/1").state(), v1::VOLUME_STATE_OPEN);
  EXPECT_NE(Must(office_.Seal("volumes/1")).seal_hash(), "");
}

// All of it at once: whoever settles what is owed does not find out about the rest afterwards.
TEST_P(ArchiveServiceTest, WhatIsOwedAndWhatIsUndecidedAreToldTogether) {
  const v1::Case closed = office_.Closed();
  v1::Meeting meeting;
  meeting.set_name(closed.name() + "/meetings/1");
  meeting.set_service_case(closed.name());
  meeting.set_state(v1::MEETING_STATE_CONVENED);
  meeting.mutable_meeting_time()->set_seconds(1'900'000'000);
  Call call = office_.By(kManager);
  ASSERT_TRUE(office_.db->WriteOwn(call, [&](Tx& tx) { return Table<v1::Meeting>().Insert(tx, meeting); }).ok());
  const absl::Status refused = office_.Archive(closed.name()).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_EQ(ViolationsOf(refused), (std::set<std::string>{"summary", "meeting"}));
}

// Whatever the pack demands: in this one, nothing of it.
TEST_P(ArchiveServiceTest, WhatIsUndecidedIsNotArchived) {
  const std::string contact = office_.Contact().name();
  const std::string name = office_.ReadyWith(contact).name();
  const auto put = [&](auto resource) {
    Call call = office_.By(kManager);
    EXPECT_TRUE(
        office_.db->WriteOwn(call, [&](Tx& tx) { return Table<decltype(resource)>().Insert(tx, resource); }).ok());
  };
  v1::Cost cost;
  cost.set_name(name + "/costs/1");
  cost.set_service_case(name);
  cost.set_state(v1::COST_STATE_SUBMITTED);
  put(cost);
  v1::Responsibility responsibility;
  responsibility.set_name(name + "/responsibilities/1");
  responsibility.set_service_case(name);
  responsibility.set_state(v1::RESPONSIBILITY_STATE_PROPOSED);
  put(responsibility);
  v1::CorrectiveAction action;
  action.set_name(name + "/correctiveActions/1");
  action.set_service_case(name);
  action.set_state(v1::CORRECTIVE_ACTION_STATE_OPEN);
  put(action);
  action.set_name(name + "/correctiveActions/2");
  action.set_state(v1::CORRECTIVE_ACTION_STATE_REOPENED);
  put(action);
  v1::Meeting meeting;
  meeting.set_name(name + "/meetings/1");
  meeting.set_service_case(name);
  meeting.set_state(v1::MEETING_STATE_CONVENED);
  meeting.mutable_meeting_time()->set_seconds(1'900'000'000);
  put(meeting);
  v1::PickingList list;
  list.set_name("pickingLists/1");
  list.set_service_case(name);
  list.set_state(v1::PICKING_LIST_STATE_SIGNED);
  put(list);
  v1::Dispute dispute;
  dispute.set_name(name + "/disputes/1");
  dispute.set_service_case(name);
  dispute.set_state(v1::DISPUTE_STATE_OPEN);
  put(dispute);
  v1::Visit visit;
  visit.set_name("visits/1");
  visit.set_service_case(name);
  visit.set_state(v1::VISIT_STATE_WORK_DONE);
  put(visit);
  visit.set_name("visits/2");
  visit.set_state(v1::VISIT_STATE_ASSIGNED);
  *visit.mutable_plan_end_time() = At(office_.clock.Now() + absl::Hours(1));
  put(visit);

  const absl::Status refused = office_.Archive(name).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS) << refused;
  EXPECT_EQ(MetadataOf(refused)["resource"], name);
  EXPECT_EQ(ViolationsOf(refused), (std::set<std::string>{"contact", "visit", "dispute", "cost", "responsibility",
                                                          "meeting", "picking-list", "corrective-action"}));
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(contact + " is not answered (AnswerContact)"));
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("and 5 more"));

  // One after the other is decided; the last of them lets it through.
  auto answer = On<v1::AnswerContactRequest>(contact);
  answer.set_answer("Somebody comes.");
  Must(office_.Do(&CaseService::AnswerContact, answer));
  const auto decide = [&](const std::string& table, int state, const std::string& row) {
    EXPECT_FALSE(office_.Archive(name).ok()) << row;
    office_.ByHand(absl::StrCat("UPDATE ", table, " SET state = ? WHERE name = ?"), {state, row});
  };
  decide("cost", v1::COST_STATE_REJECTED, name + "/costs/1");
  decide("responsibility", v1::RESPONSIBILITY_STATE_REJECTED, name + "/responsibilities/1");
  decide("corrective_action", v1::CORRECTIVE_ACTION_STATE_DONE, name + "/correctiveActions/1");
  decide("corrective_action", v1::CORRECTIVE_ACTION_STATE_EFFECTIVE, name + "/correctiveActions/2");
  decide("picking_list", v1::PICKING_LIST_STATE_CANCELLED, "pickingLists/1");
  decide("meeting", v1::MEETING_STATE_CANCELLED, name + "/meetings/1");
  decide("dispute", v1::DISPUTE_STATE_RESOLVED, name + "/disputes/1");
  decide("visit", v1::VISIT_STATE_LEFT, "visits/1");
  EXPECT_EQ(ViolationsOf(office_.Archive(name).status()), std::set<std::string>{"visit"});
  // Nobody went, and its time is over.
  office_.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(office_.Archive(name).ok());
  EXPECT_THAT(office_.Check(), IsEmpty());
}

TEST_P(ArchiveServiceTest, ALateFileIsNotMadeTimelyByReopeningIt) {
  const std::string name = office_.Closed().name();
  office_.clock.Advance(absl::Hours(25));
  office_.File(name, "summary");
  EXPECT_FALSE(office_.Entry(Must(office_.Archive(name)).archive_entry()).timely());
  auto reopen = On<v1::ReopenCaseRequest>(name);
  reopen.set_reason("It squeals again.");
  Must(office_.Do(&CaseService::ReopenCase, reopen));
  office_.CaseOffice::Close(name);
  office_.File(name, "summary");
  EXPECT_EQ(State(name, "summary"), v1::REQUIREMENT_STATE_PRESENT);
  EXPECT_FALSE(office_.FileOf(name).timely());
  EXPECT_FALSE(office_.Entry(Must(office_.Archive(name)).archive_entry()).timely());
}

TEST_P(ArchiveServiceTest, AReopenedCaseLeavesTheSealIntactAndIsBoundAgain) {
  const v1::Case first = office_.Archived();
  const v1::Volume sealed = Must(office_.Seal("volumes/1"));
  auto reopen = On<v1::ReopenCaseRequest>(first.name());
  reopen.set_reason("It squeals again.");
  const v1::Case reopened = Must(office_.Do(&CaseService::ReopenCase, reopen));
  EXPECT_EQ(reopened.state(), v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(reopened.archive_entry(), first.archive_entry());
  EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty());
  // What is declared void or added now is no part of what was bound.
  auto voided = On<v1::VoidDocumentRequest>(office_.BoundOf("cases/*/documents", first.archive_entry()));
  voided.set_reason("Of another case.");
  Must(office_.Do(&CaseService::VoidDocument, voided));
  office_.File(first.name(), "letter");
  // A contact that reached us before the case's own notice makes it begin earlier.
  v1::CreateContactRequest before = office_.Contacting();
  *before.mutable_contact()->mutable_notice_time() = At(office_.clock.Now() - absl::Hours(30));
  auto join = On<v1::JoinContactRequest>(office_.Contact(before).name());
  join.set_service_case(first.name());
  Must(office_.Do(&CaseService::JoinContact, join));
  EXPECT_NE(ToMicros(FromProto(office_.Get(first.name()).notice_time())), ToMicros(FromProto(first.notice_time())));
  auto answer = On<v1::AnswerContactRequest>(join.name());
  answer.set_answer("Somebody comes.");
  Must(office_.Do(&CaseService::AnswerContact, answer));
  office_.CaseOffice::Close(first.name());
  EXPECT_EQ(ReasonOf(office_.Archive(first.name()).status()), v1::ERROR_REASON_OBLIGATION_OPEN);  // summarised anew
  office_.File(first.name(), "summary");
  const v1::Case again = Must(office_.Archive(first.name()));
  EXPECT_EQ(again.archive_entry(), "volumes/2/entries/1");
  const v1::ArchiveEntry supplement = office_.Entry(again.archive_entry());
  EXPECT_TRUE(supplement.supplement());
  EXPECT_EQ(supplement.previous_hash(), sealed.seal_hash());
  EXPECT_EQ(office_.GetVolume("volumes/2").first_hash(), sealed.seal_hash());
  EXPECT_EQ(office_.GetVolume("volumes/1").seal_hash(), sealed.seal_hash());
  EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty());
  EXPECT_THAT(office_.Faults("volumes/2"), IsEmpty());
  EXPECT_THAT(office_.FileOf(first.name()).archive_entries(),
              ElementsAre("volumes/1/entries/1", "volumes/2/entries/1"));
}

TEST_P(ArchiveServiceTest, VolumesAreOpenedOneAfterAnother) {
  v1::CreateVolumeRequest request;
  request.mutable_volume()->set_title("Brakes 2026");
  Call call = office_.By(kArchivist);
  Call repeated = call;
  const v1::Volume volume = Must(office_.archive.CreateVolume(call, request));
  EXPECT_EQ(volume.name(), "volumes/1");
  EXPECT_EQ(volume.state(), v1::VOLUME_STATE_OPEN);
  EXPECT_EQ(volume.title(), "Brakes 2026");
  EXPECT_EQ(volume.opened_by(), kArchivist.principal);
  EXPECT_EQ(Must(office_.archive.CreateVolume(repeated, request)).name(), "volumes/1");
  const absl::Status second = office_.Do(&ArchiveService::CreateVolume, request).status();
  EXPECT_EQ(ReasonOf(second), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(MetadataOf(second)["allowed"], "sealed");
  EXPECT_EQ(office_.Archived().volume(), "volumes/1");
  Must(office_.Seal("volumes/1"));
  request.mutable_volume()->clear_title();
  EXPECT_EQ(Must(office_.Do(&ArchiveService::CreateVolume, request)).title(), "Volume 2");
  v1::ListVolumesRequest list;
  v1::ListVolumesResponse listed = Must(office_.Do(&ArchiveService::ListVolumes, list));
  ASSERT_EQ(listed.volumes_size(), 2);
  EXPECT_EQ(listed.volumes(0).name(), "volumes/2");
  list.mutable_filter()->set_state(v1::VOLUME_STATE_SEALED);
  listed = Must(office_.Do(&ArchiveService::ListVolumes, list));
  ASSERT_EQ(listed.volumes_size(), 1);
  EXPECT_EQ(listed.volumes(0).name(), "volumes/1");
  EXPECT_THAT(office_.Happened("volumes/1"), ElementsAre("volume-opened", "volume-sealed"));
}

TEST_P(ArchiveServiceTest, AVolumeIsSealedByWhomThePackNamesOnceItHoldsACase) {
  v1::CreateVolumeRequest open;
  Must(office_.Do(&ArchiveService::CreateVolume, open));
  EXPECT_EQ(ReasonOf(office_.Seal("volumes/1").status()), v1::ERROR_REASON_STATE_FORBIDS);  // empty
  office_.Archived();
  const absl::Status other = office_.Seal("volumes/1", kArchivist, v1::ROLE_SERVICE_MANAGER).status();
  EXPECT_EQ(ReasonOf(other), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(MetadataOf(other)["clauses"], "V-2");
  EXPECT_EQ(ReasonOf(office_.Seal("volumes/1", kArchivist).status()), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_TRUE(absl::IsNotFound(office_.Seal("volumes/2").status()));
  auto stale = On<v1::SealVolumeRequest>("volumes/1", "1");
  stale.set_role(v1::ROLE_EXECUTIVE);
  EXPECT_EQ(ReasonOf(office_.Do(&ArchiveService::SealVolume, stale, kPresident).status()),
            v1::ERROR_REASON_ETAG_MISMATCH);
  auto request = On<v1::SealVolumeRequest>("volumes/1");
  request.set_role(v1::ROLE_EXECUTIVE);
  request.set_comment("Bound.");
  Call trial = office_.By(kPresident);
  trial.validate_only = true;
  EXPECT_TRUE(office_.archive.SealVolume(trial, request).ok());
  Call call = office_.By(kPresident);
  Call repeated = call;
  const v1::Volume sealed = Must(office_.archive.SealVolume(call, request));
  EXPECT_EQ(sealed.state(), v1::VOLUME_STATE_SEALED);
  EXPECT_EQ(sealed.sealed_by(), kPresident.principal);
  EXPECT_EQ(sealed.seal().role(), v1::ROLE_EXECUTIVE);
  EXPECT_TRUE(sealed.seal().head());
  EXPECT_EQ(sealed.seal_hash(), SealHash(sealed));
  EXPECT_EQ(sealed.last_hash(), office_.Entry("volumes/1/entries/1").hash());
  EXPECT_EQ(Must(office_.archive.SealVolume(repeated, request)).etag(), sealed.etag());
  EXPECT_EQ(ReasonOf(office_.Seal("volumes/1").status()), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(ArchiveServiceTest, EntriesAreReadInOrderAndAuditedInPages) {
  std::vector<std::string> cases;
  for (int i = 0; i < 3; ++i) cases.push_back(office_.Archived().name());
  v1::ListArchiveEntriesRequest list;
  list.set_parent("volumes/1");
  list.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const v1::ListArchiveEntriesResponse page = Must(office_.Do(&ArchiveService::ListArchiveEntries, list));
    for (const v1::ArchiveEntry& entry : page.entries()) listed.push_back(entry.service_case());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(listed, cases);
  EXPECT_THAT(office_.Faults("volumes/1", 1), IsEmpty());
  EXPECT_THAT(office_.Faults("volumes/1", 2), IsEmpty());
  EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty());
  list.set_parent("volumes/9");
  EXPECT_TRUE(absl::IsNotFound(office_.Do(&ArchiveService::ListArchiveEntries, list).status()));
  v1::AuditVolumeRequest audit;
  audit.set_name("volumes/1");
  audit.set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(office_.Do(&ArchiveService::AuditVolume, audit).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_P(ArchiveServiceTest, WhoeverArchivesAtTheSameTimeNumbersHaveNoGaps) {
  constexpr int kThreads = 4, kEach = 3;
  std::vector<std::string> names;
  for (int i = 0; i < kThreads * kEach; ++i) names.push_back(office_.ReadyForArchive().name());
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!office_.Archive(names[static_cast<size_t>(t * kEach + i)]).ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(office_.GetVolume("volumes/1").entries(), kThreads * kEach);
  EXPECT_THAT(office_.Faults("volumes/1"), IsEmpty());
  Must(office_.Seal("volumes/1"));
  EXPECT_THAT(office_.Check(), IsEmpty());
}

}  // namespace
}  // namespace aftersales
