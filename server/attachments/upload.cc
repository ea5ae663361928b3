#include "server/attachments/upload.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/attachments/attachment_store.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// Left-overs of others that each upload takes along.
constexpr int kTakenAlong = 2;
constexpr absl::Duration kDiscardPatience = absl::Seconds(10);

absl::Status ExpiredError() {
  return Error(
      absl::StatusCode::kDeadlineExceeded, v1::ERROR_REASON_DEADLINE_PASSED,
      "The upload paused for too long, and what had come of it was deleted. Upload the file again, with the same "
      "request_id.");
}

// Nothing can be told of the message's place in the stream but whether it is the first.
absl::Status CheckShape(const v1::UploadAttachmentRequest& request, bool first) {
  if (first && !request.has_start()) return FieldError("start", "is missing: the first message says what is uploaded");
  if (!first && request.has_start()) return FieldError("start", "belongs into the first message only");
  if (first && !request.chunk().empty()) return FieldError("chunk", "belongs into the messages after the first");
  if (!first && request.chunk().empty()) return FieldError("chunk", "must have 1 to 1,048,576 bytes");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<rpc::Next> Upload::Take(Call& call, const v1::UploadAttachmentRequest& request, v1::Attachment&) {
  const bool first = !content_.has_value();
  RETURN_IF_ERROR(CheckShape(request, first));
  RETURN_IF_ERROR(first ? Start(call, request.start()) : Add(call, request.chunk()));
  return rpc::Next::kWait;
}

absl::Status Upload::Start(Call& call, const v1::UploadStart& start) {
  start_ = start;
  call.request_id = absl::AsciiStrToLower(start.request_id());
  call.validate_only = start.validate_only();
  start_.set_request_id(call.request_id);
  RETURN_IF_ERROR(CheckAnnounced(start.attachment(), limit_, db_.clock().Now()));
  const auto root = db_.Read<std::string>(
      call, [&](Reader& reader) { return parents_.RootOf(reader, call.caller, start.attachment().parent()); });
  RETURN_IF_ERROR(root.status());
  content_.emplace(start.attachment(), limit_);
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "attachment"));
  name_ = absl::StrCat("attachments/", number);
  if (call.validate_only) return absl::OkStatus();
  RETURN_IF_ERROR(DiscardExpiredUploads(db_, call, kTakenAlong));
  to_discard_ = true;
  return db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    ReserveUpload(tx, name_);
    return absl::OkStatus();
  });
}

absl::Status Upload::Add(Call& call, std::string_view bytes) {
  RETURN_IF_ERROR(content_->Add(bytes));
  if (call.validate_only) return absl::OkStatus();
  waiting_.append(bytes);
  return StorePieces(call, /*last=*/false);
}

// Stores what fills whole pieces; with `last`, the rest too.
absl::Status Upload::StorePieces(Call& call, bool last) {
  std::vector<std::string> pieces;
  size_t taken = 0;
  while (waiting_.size() - taken >= static_cast<size_t>(kPieceSize) || (last && taken < waiting_.size())) {
    pieces.push_back(waiting_.substr(taken, static_cast<size_t>(kPieceSize)));
    taken += pieces.back().size();
  }
  if (pieces.empty()) return absl::OkStatus();
  waiting_.erase(0, taken);
  RETURN_IF_ERROR(db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (!StorePiece(tx, name_, stored_ + static_cast<int64_t>(i), pieces[i])) return ExpiredError();
    }
    return absl::OkStatus();
  }));
  stored_ += static_cast<int64_t>(pieces.size());
  return absl::OkStatus();
}

absl::StatusOr<rpc::Next> Upload::Finish(Call& call, v1::Attachment& reply) {
  if (answered_) return rpc::Next::kEnd;
  if (!content_.has_value()) return FieldError("start", "is missing: the call ended without a message");
  RETURN_IF_ERROR(content_->End());
  if (!call.validate_only) RETURN_IF_ERROR(StorePieces(call, /*last=*/true));
  // What came stands for what was announced, so that a repeat is known by its bytes, however it announced them.
  start_.mutable_attachment()->set_size(content_->size());
  start_.mutable_attachment()->set_sha256(content_->sha256());
  ASSIGN_OR_RETURN(reply, db_.Write<v1::Attachment>(call, start_, [&](Tx& tx) { return Keep(tx); }));
  answered_ = true;
  // A repeat gets the first one's attachment; what it sent itself goes away.
  if (reply.name() == name_) to_discard_ = false;
  return rpc::Next::kSend;
}

absl::StatusOr<v1::Attachment> Upload::Keep(Tx& tx) {
  const Call& call = tx.call();
  v1::Attachment attachment = start_.attachment();
  ASSIGN_OR_RETURN(const std::string root, parents_.RootOf(tx, call.caller, attachment.parent()));
  std::optional<Root> locked;
  if (!root.empty()) {
    ASSIGN_OR_RETURN(locked, obligations_.LockRoot(tx, root));
    RETURN_IF_ERROR(CheckNotArchived(*locked, "given an attachment"));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, *locked, "upload-attachment", ""));
  }
  if (!call.validate_only && !FinishUpload(tx, name_)) return ExpiredError();
  attachment.set_name(name_);
  attachment.set_state(v1::ATTACHMENT_STATE_RECEIVED);
  attachment.set_uploaded_by(call.caller.principal);
  RETURN_IF_ERROR(Attachments().Insert(tx, attachment));
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_ATTACHMENT_ADDED);
  event.set_subject(attachment.name());
  *event.mutable_attachment() = attachment;
  if (locked.has_value()) {
    RETURN_IF_ERROR(obligations_.Record(tx, *locked, std::move(event)));
  } else {
    // Of no case or contact, it is its own root.
    event.set_root(attachment.name());
    event.set_root_version(1);
    Obligations::RecordPlain(tx, std::move(event));
  }
  return attachment;
}

void Upload::Discard() {
  if (!to_discard_) return;
  Call own;
  own.method = "aftersales.v1.AttachmentService/UploadAttachment";
  own.deadline = absl::Now() + kDiscardPatience;
  // Where it fails, the upload's time ends in an hour and a later one takes it along.
  DiscardUpload(db_, own, name_).IgnoreError();
}

}  // namespace aftersales
