// A service office with an archive: cases that are closed with what their files must hold, and hands that alter rows.
// For tests of ArchiveService and of what verifies it.
#ifndef AFTERSALES_TESTS_SERVICE_ARCHIVE_OFFICE_H_
#define AFTERSALES_TESTS_SERVICE_ARCHIVE_OFFICE_H_

#include <string>
#include <vector>

#include "server/archive/archive_service.h"
#include "server/archive/check.h"
#include "tests/service/case_office.h"

namespace aftersales {

inline const Person kArchivist{"principals/archivist", {v1::ROLE_SERVICE_MANAGER}};
inline const Person kPresident{"principals/president", {v1::ROLE_EXECUTIVE}, /*heads=*/true};

class ArchiveOffice : public CaseOffice {
 public:
  explicit ArchiveOffice(testing::TestEngine engine);

  using CaseOffice::Do;
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (ArchiveService::*method)(Call&, const Request&),
                           const Request& request, const Person& person = kArchivist) {
    Call call = By(person);
    return (archive.*method)(call, request);
  }

  v1::Document File(const std::string& service_case, const std::string& kind);
  // One that was answered.
  v1::Contact AnsweredContact();
  // Tries to attach something to a contact or case, as an upload does.
  absl::Status GiveToRoot(const std::string& name);
  // Closed, with the summary, opened for the contact.
  v1::Case ReadyWith(const std::string& contact);
  // Accepted, with a letter in its file, and closed; what is owed then is the summary of the file.
  v1::Case Closed();
  // The same, with the summary.
  v1::Case ReadyForArchive();
  absl::StatusOr<v1::Case> Archive(const std::string& service_case, const Person& person = kArchivist);
  v1::Case Archived() { return Must(Archive(ReadyForArchive().name())); }
  v1::ArchiveEntry Entry(const std::string& name);
  v1::Volume GetVolume(const std::string& name);
  absl::StatusOr<v1::Volume> Seal(const std::string& volume, const Person& person = kPresident,
                                  v1::Role role = v1::ROLE_EXECUTIVE);
  v1::CaseFile FileOf(const std::string& service_case);
  // What is wrong with a volume, "resource what" each, read in pages of this size.
  std::vector<std::string> Faults(const std::string& volume, int page_size = 0);
  // What `aftersalesd check` would say.
  std::vector<std::string> Check(CheckTotals* totals = nullptr);

  // Alters the database as somebody with a database client would.
  void ByHand(const std::string& sql, const Values& values);
  // Resources bound with an entry, in their order.
  std::vector<std::string> Bound(const std::string& entry);
  // The first of a collection that is.
  std::string BoundOf(const std::string& collection, const std::string& entry = "volumes/1/entries/1");

  ArchiveService archive{*db, obligations};
};

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_ARCHIVE_OFFICE_H_
