#include "tests/service/archive_office.h"

#include <gtest/gtest.h>

#include "server/base/names.h"

namespace aftersales {
namespace {

// A file needs its summary; an escalated case (there is nothing about it otherwise) a statement as well, in a day.
constexpr char kArchivePack[] = R"(
  name: "archive" title: "Archive" effective_from: "2026-01-01" time_zone: "UTC" owner: "service_manager"
  file_section { name: "A" title: "Letters" clauses: "V-1" documents: "letter" holds: ["contacts", "attachments"] }
  file_section { name: "B" title: "Summaries" clauses: "V-1" documents: "summary" }
  only { action: "seal-volume" roles: "executive" clauses: "V-2" }
  obligation {
    kind: "summary" title: "Summarise the file" clauses: "V-3" on: "case-closed" by: "service_manager"
    within { days: 1 }
    met_by { event: "document-filed" document: "summary" } required_for: "archive-case" survives_close: true
    superseded_on: "case-reopened" waivable_by: "executive"
  }
  obligation {
    kind: "statement" title: "State what was escalated" clauses: "V-4" on: "case-escalated" by: "service_manager"
    met_by { event: "document-filed" document: "statement" } survives_close: true
  }
)";

}  // namespace

ArchiveOffice::ArchiveOffice(testing::TestEngine engine) : CaseOffice(engine, kArchivePack) {}

v1::Document ArchiveOffice::File(const std::string& service_case, const std::string& kind) {
  v1::CreateDocumentRequest request;
  request.set_parent(service_case);
  request.mutable_document()->set_kind(kind);
  request.mutable_document()->set_title("The " + kind);
  request.mutable_document()->set_text("The lever was bent.");
  return Must(Do(&CaseService::CreateDocument, request));
}

v1::Contact ArchiveOffice::AnsweredContact() {
  auto answer = On<v1::AnswerContactRequest>(Contact().name());
  answer.set_answer("Somebody comes.");
  return Must(Do(&CaseService::AnswerContact, answer));
}

absl::Status ArchiveOffice::GiveToRoot(const std::string& name) {
  Call call = By(kManager);
  return db->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Root root, obligations.LockRoot(tx, name));
    return CheckNotArchived(root, "given an attachment");
  });
}

v1::Case ArchiveOffice::ReadyWith(const std::string& contact) {
  v1::CreateCaseRequest opening = Opening();
  opening.mutable_service_case()->set_contact(contact);
  opening.mutable_service_case()->clear_notice_time();
  const std::string name = Accept(Open(opening)).name();
  CaseOffice::Close(name);
  File(name, "summary");
  return Get(name);
}

v1::Case ArchiveOffice::Closed() {
  const std::string name = Accepted().name();
  File(name, "letter");
  return CaseOffice::Close(name);
}

v1::Case ArchiveOffice::ReadyForArchive() {
  const std::string name = Closed().name();
  File(name, "summary");
  return Get(name);
}

absl::StatusOr<v1::Case> ArchiveOffice::Archive(const std::string& service_case, const Person& person) {
  return Do(&ArchiveService::ArchiveCase, On<v1::ArchiveCaseRequest>(service_case), person);
}

v1::ArchiveEntry ArchiveOffice::Entry(const std::string& name) {
  v1::GetArchiveEntryRequest request;
  request.set_name(name);
  return Must(Do(&ArchiveService::GetArchiveEntry, request));
}

v1::Volume ArchiveOffice::GetVolume(const std::string& name) {
  v1::GetVolumeRequest request;
  request.set_name(name);
  return Must(Do(&ArchiveService::GetVolume, request));
}

absl::StatusOr<v1::Volume> ArchiveOffice::Seal(const std::string& volume, const Person& person, v1::Role role) {
  auto request = On<v1::SealVolumeRequest>(volume);
  request.set_role(role);
  return Do(&ArchiveService::SealVolume, request, person);
}

v1::CaseFile ArchiveOffice::FileOf(const std::string& service_case) {
  v1::GetCaseFileRequest request;
  request.set_name(service_case);
  return Must(Do(&ArchiveService::GetCaseFile, request));
}

std::vector<std::string> ArchiveOffice::Faults(const std::string& volume, int page_size) {
  v1::AuditVolumeRequest request;
  request.set_name(volume);
  request.set_page_size(page_size);
  std::vector<std::string> faults;
  int64_t entries = 0;
  do {
    const v1::AuditVolumeResponse page = Must(Do(&ArchiveService::AuditVolume, request));
    for (const v1::VolumeFault& fault : page.faults()) {
      EXPECT_EQ(fault.text().find(fault.resource()), 0u) << fault.ShortDebugString();
      faults.push_back(fault.text());
    }
    entries += page.entries();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_LE(entries, GetVolume(volume).entries());
  return faults;
}

std::vector<std::string> ArchiveOffice::Check(CheckTotals* totals) {
  CheckTotals unused;
  std::vector<std::string> faults;
  const absl::Status status = CheckDatabase(
      *db, [this] { return By(kArchivist); }, [&](const std::string& fault) { faults.push_back(fault); },
      totals == nullptr ? &unused : totals);
  EXPECT_TRUE(status.ok()) << status;
  return faults;
}

void ArchiveOffice::ByHand(const std::string& sql, const Values& values) {
  Call call = By(kManager);
  ASSERT_TRUE(db->WriteOwn(call, [&](Tx& tx) {
                  EXPECT_EQ(tx.Execute(sql, values), 1) << sql;
                  return absl::OkStatus();
                }).ok());
}

std::vector<std::string> ArchiveOffice::Bound(const std::string& entry) {
  Call call = By(kManager);
  return Must(db->Read<std::vector<std::string>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<std::string>> {
    std::vector<std::string> resources;
    for (const Row& row :
         reader.Select("SELECT resource FROM archive_item WHERE entry = ? ORDER BY number LIMIT 1000", {entry}, "t")) {
      resources.push_back(row.Text(0));
    }
    return resources;
  }));
}

std::string ArchiveOffice::BoundOf(const std::string& collection, const std::string& entry) {
  for (const std::string& resource : Bound(entry)) {
    if (CollectionOf(resource) == collection) return resource;
  }
  ADD_FAILURE() << "nothing of " << collection << " is bound";
  return "";
}

}  // namespace aftersales
