// Volumes and their entries in the database, and what of a case's rows is bound with them.
// (The archive calls neither dispatch, parts nor the rest of what hangs on a case; the columns named here are all it
// asks.)
#ifndef AFTERSALES_SERVER_ARCHIVE_ARCHIVE_STORE_H_
#define AFTERSALES_SERVER_ARCHIVE_ARCHIVE_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/v1/archive.pb.h"
#include "server/archive/archive_rules.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Volume>& Volumes();
const Table<v1::ArchiveEntry>& ArchiveEntries();

std::string VolumeName(int64_t number);
std::string EntryName(const std::string& volume, int64_t number);

// The lists that are answered, each on an index.
ListQuery VolumeQuery(const v1::VolumeFilter& filter);
ListQuery EntryQuery(const std::string& volume);

// The number of the newest volume, 0 where there is none; whoever opens, fills or seals one holds it locked until the
// transaction ends, so that numbers have no gaps.
int64_t LockNewestVolume(Tx& tx);
void SetNewestVolume(Tx& tx, int64_t number);
int64_t NewestVolume(Reader& reader);

// A case's entries, oldest first.
std::vector<std::string> EntriesOfCase(Reader& reader, const std::string& service_case);

// Everything of a case that is bound as it stands: documents that are not void, attachments, contacts, costs,
// allocations, shipments, and the events up to its version. Refused beyond kMostBound.
absl::StatusOr<std::vector<BoundItem>> ItemsToBind(Reader& reader, const std::string& service_case,
                                                   int64_t case_version);
void KeepItems(Tx& tx, const std::string& entry, const std::vector<BoundItem>& items);
std::vector<BoundItem> ItemsOf(Reader& reader, const std::string& entry);
// What these resources would be bound as now; those that are gone are left out.
std::map<std::string, std::string> HashesNow(Reader& reader, const std::vector<std::string>& resources);
// The events of a case before a version of it, as "events/{id}".
std::vector<std::string> EventsBefore(Reader& reader, const std::string& service_case, int64_t case_version);

// SHA-256 and size of the bytes that are kept for an attachment.
struct KeptBytes {
  std::string sha256;
  int64_t size = 0;
};
KeptBytes BytesOf(Reader& reader, const std::string& attachment);

// What a case's file shows: all of one kind, oldest first, at most `most`.
struct FileKind {
  const char* holds;  // "contacts"; null for documents, which have kinds of their own
  const char* kind;   // "contact"
  const char* sql;    // name, title, who, time, kind of a document; given case and limit
};
const std::vector<FileKind>& FileKinds();
std::vector<v1::FileItem> ItemsOfKind(Reader& reader, const FileKind& kind, const std::string& service_case, int most);

// The statements by which things of a case are found, for the test that explains them: each is given case and limit.
std::vector<std::string> FileStatements();

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_ARCHIVE_STORE_H_
