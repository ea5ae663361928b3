// Volumes and their entries in the database, and what of a case's rows is bound with them.
// (The archive calls neither dispatch, parts nor the rest of what hangs on a case: it reads their rows and knows none
// of their rules.)
#ifndef AFTERSALES_SERVER_ARCHIVE_ARCHIVE_STORE_H_
#define AFTERSALES_SERVER_ARCHIVE_ARCHIVE_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/v1/archive.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/event.pb.h"
#include "server/archive/archive_rules.h"
#include "server/base/error.h"
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
// What that row says, for whoever compares it with the volumes.
int64_t CountedVolumes(Reader& reader);

// A case's entries, oldest first.
std::vector<std::string> EntriesOfCase(Reader& reader, const std::string& service_case);

// Everything that hangs on a case now and is bound with it, besides its events: contacts, solutions, documents, costs
// and so on, what is attached to any of them, and what it and its contacts owe. By name, each once.
std::vector<std::string> ThingsOf(Reader& reader, const std::string& service_case);
// While its case stays archived: more may be said of it, or come, and what it is then is no fault; or it is what events
// told of it last; or it may come, and is what they told.
bool GoesOn(const std::string& resource);
bool ChangesAreTold(const std::string& resource);
bool MayComeTold(const std::string& resource);
// The events of a case before a version of it, as "events/{id}"; and all events of its contacts.
std::vector<std::string> EventsBefore(Reader& reader, const std::string& service_case, int64_t case_version);
std::vector<std::string> EventsOfContacts(Reader& reader, const std::string& service_case);
// All of these, and the case itself, as it will be. Refused beyond kMostBound.
absl::StatusOr<std::vector<BoundItem>> ItemsToBind(Reader& reader, const v1::Case& service_case, int64_t case_version);
void KeepItems(Tx& tx, const std::string& entry, const std::vector<BoundItem>& items);
std::vector<BoundItem> ItemsOf(Reader& reader, const std::string& entry);
// What these resources would be bound as now; those that are gone are left out.
std::map<std::string, BoundItem> BoundNow(Reader& reader, const std::vector<std::string>& resources);

// A root's events of a type from a version on, oldest first.
std::vector<v1::Event> EventsOf(Reader& reader, const std::string& root, int64_t from_version, v1::EventType type);
// What the resource was when the newest event of a root from a version on told of it; nothing where none did.
std::optional<BoundItem> LastToldOf(Reader& reader, const std::string& root, int64_t from_version,
                                    const std::string& resource);
// An event of the root that stands in the feed before one of an earlier version; nothing where none does.
std::optional<int64_t> EventOutOfOrder(Reader& reader, const std::string& root);

// What is undecided on a case, each with what to do: nobody archives it.
std::vector<Violation> UnfinishedOf(Reader& reader, const std::string& service_case);

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
  // Only of those that the caller sees; the statement calls their table by its name. Null: all.
  const google::protobuf::Descriptor* seen = nullptr;
};
const std::vector<FileKind>& FileKinds();
std::vector<v1::FileItem> ItemsOfKind(Reader& reader, const FileKind& kind, const std::string& service_case, int most);

// The statements by which things of a case are found, for the test that explains them: each is given case and limit.
std::vector<std::string> FileStatements();
// The same of those that are given a hundred names.
std::vector<std::string> FileStatementsByNames();

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_ARCHIVE_STORE_H_
