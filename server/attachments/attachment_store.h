// Where attachments and their bytes are kept. The bytes of an upload are stored piece by piece, each in a transaction
// of its own, under the name that the attachment will have; a row in attachment_upload says so until the upload is
// finished. What a broken upload leaves is deleted when that row's time is over, and never belongs to any attachment.
#ifndef AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_STORE_H_
#define AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/attachment.pb.h"
#include "server/storage/database.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Attachment>& Attachments();
ListQuery AttachmentQuery(const std::string& parent);

// How long an upload may pause before what it sent is deleted.
inline constexpr absl::Duration kUploadKept = absl::Hours(1);

// Reserves the name for an upload; of no harm twice.
void ReserveUpload(Tx& tx, const std::string& attachment);
// Stores the next piece, and keeps the upload for another hour. False when its time was over before. Of no harm twice.
bool StorePiece(Tx& tx, const std::string& attachment, int64_t number, const std::string& bytes);
// The upload is finished: its pieces are the attachment's from now on. False when its time was over before.
bool FinishUpload(Tx& tx, const std::string& attachment);
// Deletes an upload that is not finished and everything it stored, in short transactions.
absl::Status DiscardUpload(Database& db, Call& call, const std::string& attachment);
// Discards up to `most` uploads whose time is over. Any number of servers may do so at once.
absl::Status DiscardExpiredUploads(Database& db, Call& call, int most);

// A piece of a finished attachment.
absl::StatusOr<std::string> ReadPiece(Reader& reader, const std::string& attachment, int64_t number);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_STORE_H_
