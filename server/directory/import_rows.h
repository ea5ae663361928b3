// The rows of an import before any database is asked: what is in them, and whether it is sound by itself.
#ifndef AFTERSALES_SERVER_DIRECTORY_IMPORT_ROWS_H_
#define AFTERSALES_SERVER_DIRECTORY_IMPORT_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/directory.pb.h"
#include "google/protobuf/message.h"
#include "server/directory/entry.h"

namespace aftersales {

// One row as it came.
struct ImportRow {
  int64_t number = 0;  // from 1
  v1::DirectoryRow row;
  absl::Status mistake;  // of the row by itself; not OK: it is left out
};

// What the row adds or changes; null where it is empty.
const google::protobuf::Message* EntryIn(const v1::DirectoryRow& row);

// The row's external id as given; empty where there is none.
std::string ExternalIdIn(const v1::DirectoryRow& row);

// The field by which an import finds the entry again: "external_id", or "serial_number" where that alone is given.
std::string KeyField(const EntryKind& kind, const google::protobuf::Message& entry);

// A reference of the form "ext:ID" and its ID; false for any other text.
bool ReadExternalReference(const std::string& text, std::string* external_id);

// Checks a row like a unary request: first its fields by their rules, then what the directory demands of it. References
// may be "ext:ID". Thread-safe.
absl::Status CheckRow(const v1::DirectoryRow& row);

// The report on a row that is left out: the first wrong field, what is wrong and what to do.
void FillFailure(const absl::Status& mistake, v1::RowReport& report);

// Times as the database keeps them, in microseconds, and nothing that this server does not know: so that an entry can
// be compared with the one kept.
void MakeComparable(google::protobuf::Message& entry);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_IMPORT_ROWS_H_
