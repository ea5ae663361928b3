// What all kinds of entries of the directory have in common: where they lie, which keys are theirs alone, what is told
// of a change; and adding and replacing one.
#ifndef AFTERSALES_SERVER_DIRECTORY_ENTRY_H_
#define AFTERSALES_SERVER_DIRECTORY_ENTRY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "google/protobuf/message.h"
#include "server/base/status_macros.h"
#include "server/directory/directory_rules.h"
#include "server/directory/directory_store.h"
#include "server/storage/database.h"
#include "server/storage/table.h"

namespace aftersales {

// A field that points at entries of another kind.
struct EntryReference {
  const google::protobuf::FieldDescriptor* field;
  std::string collection;  // "customers"
};

// One kind of entry. Made once, never changed.
struct EntryKind {
  const google::protobuf::Message* prototype;
  const TableCore* table;
  std::string word;                 // "staff_member": in requests and rows, of its table and its series of numbers
  std::string collection;           // "staff": in names
  std::vector<std::string> unique;  // fields that no two entries share: "external_id", "serial_number"
  std::vector<EntryReference> references;

  std::string Text(const google::protobuf::Message& entry, const std::string& field) const;
};

// All kinds, those that others point at first.
const std::vector<EntryKind>& EntryKinds();
const EntryKind& KindOf(const google::protobuf::Message& entry);

// The event that tells of an entry as it is now.
v1::Event ChangeEvent(const google::protobuf::Message& entry);
// Tells the feed of an entry as it is now, and has it found by what it says now.
void RecordChange(Tx& tx, const google::protobuf::Message& entry);
inline absl::Status RecordReplaced(Tx& tx, const google::protobuf::Message&, const google::protobuf::Message& entry) {
  RecordChange(tx, entry);
  return absl::OkStatus();
}

// `key` of `field` belongs to `holder` already.
absl::Status TakenError(const std::string& field, const std::string& key, const std::string& holder);

// A unique key stopped a write of the entry: says in which field, and who holds the key. Other statuses pass through.
absl::Status ExplainTaken(absl::Status status, Reader& reader, const google::protobuf::Message& entry);

// Nothing more to be done once an entry is written.
inline absl::Status NothingMore(Tx&, const google::protobuf::Message&) { return absl::OkStatus(); }

// `after` ends the transaction: what else the entry, as written, gives rise to.
template <typename Entry, typename Request>
absl::StatusOr<Entry> AddEntry(Database& db, Call& call, const Request& request, const Entry& wanted,
                               absl::FunctionRef<absl::Status(Tx&, const Entry&)> after = NothingMore) {
  RETURN_IF_ERROR(CheckEntry(wanted));
  const EntryKind& kind = KindOf(wanted);
  ASSIGN_OR_RETURN(const int64_t number, db.NextNumber(call, kind.word));
  return db.Write<Entry>(call, request, [&](Tx& tx) -> absl::StatusOr<Entry> {
    Entry entry = wanted;
    entry.set_name(absl::StrCat(kind.collection, "/", number));
    RETURN_IF_ERROR(CheckReferences(tx, entry));
    if (absl::Status inserted = TableOf<Entry>().Insert(tx, entry); !inserted.ok()) {
      return ExplainTaken(std::move(inserted), tx, entry);
    }
    RecordChange(tx, entry);
    RETURN_IF_ERROR(after(tx, entry));
    return entry;
  });
}

// `told` ends the transaction: tells the feed, and does what else it gives rise to that the entry was and is so.
template <typename Entry, typename Request>
absl::StatusOr<Entry> ReplaceEntry(
    Database& db, Call& call, const Request& request, const Entry& wanted,
    absl::FunctionRef<absl::Status(Tx&, const Entry& before, const Entry& entry)> told = RecordReplaced) {
  RETURN_IF_ERROR(CheckEntry(wanted));
  return db.Write<Entry>(call, request, [&](Tx& tx) -> absl::StatusOr<Entry> {
    ASSIGN_OR_RETURN(const Entry current, TableOf<Entry>().Lock(tx, request.name(), request.etag()));
    Entry entry = Replaced(current, wanted);
    RETURN_IF_ERROR(CheckStaysWithCustomer(current, entry));
    RETURN_IF_ERROR(CheckReferences(tx, entry));
    if (absl::Status updated = TableOf<Entry>().Update(tx, entry); !updated.ok()) {
      return ExplainTaken(std::move(updated), tx, entry);
    }
    RETURN_IF_ERROR(told(tx, current, entry));
    return entry;
  });
}

template <typename Entry>
absl::StatusOr<Entry> ReadEntry(Database& db, Call& call, const std::string& name) {
  return db.Read<Entry>(call, [&](Reader& reader) { return TableOf<Entry>().Get(reader, name); });
}

template <typename Entry, typename Response, typename Request>
absl::StatusOr<Response> ListEntries(Database& db, Call& call, const Request& request) {
  return db.Read<Response>(call, [&](Reader& reader) -> absl::StatusOr<Response> {
    Response response;
    RETURN_IF_ERROR(TableOf<Entry>().List(reader, ListingOf(request.filter()), request, &response));
    return response;
  });
}

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_ENTRY_H_
