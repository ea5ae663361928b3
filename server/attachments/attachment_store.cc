#include "server/attachments/attachment_store.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// Pieces deleted in one transaction.
constexpr int kPiecesAtOnce = 32;

// Deletes some pieces of an upload that nobody goes on with; the upload itself with the last of them. Answers how many.
int DeletePieces(Tx& tx, const std::string& attachment) {
  const std::vector<Row> pieces = tx.Select(
      absl::StrCat("SELECT number FROM attachment_chunk WHERE attachment = ? ORDER BY number LIMIT ", kPiecesAtOnce),
      {attachment}, "i");
  if (!pieces.empty()) {
    tx.Execute("DELETE FROM attachment_chunk WHERE attachment = ? AND number <= ?", {attachment, pieces.back().Int(0)});
  }
  const int count = static_cast<int>(pieces.size());
  if (count < kPiecesAtOnce) tx.Execute("DELETE FROM attachment_upload WHERE attachment = ?", {attachment});
  return count;
}

}  // namespace

const Table<v1::Attachment>& Attachments() {
  static const Table<v1::Attachment> table;
  return table;
}

ListQuery AttachmentQuery(const std::string& parent) {
  ListQuery query;
  query.where.push_back({"parent", "=", parent});
  query.order.push_back({"create_time"});
  return query;
}

void ReserveUpload(Tx& tx, const std::string& attachment) {
  tx.Insert("INSERT INTO attachment_upload (attachment, expire_time) VALUES (?, ?)",
            {attachment, tx.now() + kUploadKept});
}

bool StorePiece(Tx& tx, const std::string& attachment, int64_t number, const std::string& bytes) {
  // An upload whose time is over may be under deletion: it never comes back.
  if (tx.Execute("UPDATE attachment_upload SET expire_time = ? WHERE attachment = ? AND expire_time > ?",
                 {tx.now() + kUploadKept, attachment, tx.now()}) != 1) {
    return false;
  }
  tx.Insert("INSERT INTO attachment_chunk (attachment, number, bytes) VALUES (?, ?, ?)", {attachment, number, bytes});
  return true;
}

bool FinishUpload(Tx& tx, const std::string& attachment) {
  return tx.Execute("DELETE FROM attachment_upload WHERE attachment = ? AND expire_time > ?", {attachment, tx.now()}) ==
         1;
}

absl::Status DiscardUpload(Database& db, Call& call, const std::string& attachment) {
  for (bool more = true; more;) {
    RETURN_IF_ERROR(db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
      more = false;
      // From now on it can be neither continued nor finished. Gone already, when it was finished or discarded.
      if (tx.Execute("UPDATE attachment_upload SET expire_time = 0 WHERE attachment = ?", {attachment}) != 1) {
        return absl::OkStatus();
      }
      more = DeletePieces(tx, attachment) == kPiecesAtOnce;
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status DiscardExpiredUploads(Database& db, Call& call, int most) {
  using Names = std::vector<std::string>;
  ASSIGN_OR_RETURN(const Names expired, db.Read<Names>(call, [&](Reader& reader) -> absl::StatusOr<Names> {
    Names names;
    for (const Row& row : reader.Select(
             "SELECT attachment FROM attachment_upload WHERE expire_time <= ? ORDER BY expire_time, attachment LIMIT ?",
             {reader.now(), most}, "t")) {
      names.push_back(row.Text(0));
    }
    return names;
  }));
  for (const std::string& attachment : expired) RETURN_IF_ERROR(DiscardUpload(db, call, attachment));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadPiece(Reader& reader, const std::string& attachment, int64_t number) {
  const std::optional<Row> row = reader.SelectOne(
      "SELECT bytes FROM attachment_chunk WHERE attachment = ? AND number = ?", {attachment, number}, "t");
  if (row.has_value()) return row->Text(0);
  return InternalError(absl::StrCat("piece ", number, " of ", attachment, " is not in the database"));
}

}  // namespace aftersales
