#include "server/attachments/attachment_service.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/attachments/attachment_rules.h"
#include "server/attachments/attachment_store.h"
#include "server/attachments/upload.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// One download: the attachment, then its bytes from a place on, one piece for each time it is asked.
class Download : public AttachmentService::DownloadSource {
 public:
  Download(Database& db, v1::Attachment attachment, int64_t offset)
      : db_(db), attachment_(std::move(attachment)), offset_(offset) {}

  // It never waits.
  void SetWake(std::function<void()>) override {}

  absl::StatusOr<rpc::Next> Produce(Call& call, v1::DownloadAttachmentResponse& reply) override {
    if (!introduced_) {
      introduced_ = true;
      *reply.mutable_attachment() = attachment_;
      return rpc::Next::kSend;
    }
    if (offset_ >= attachment_.size()) return rpc::Next::kEnd;
    const Place place = PlaceOf(offset_);
    ASSIGN_OR_RETURN(std::string piece, db_.Read<std::string>(call, [&](Reader& reader) {
      return ReadPiece(reader, attachment_.name(), place.piece);
    }));
    const int64_t expected = std::min(kPieceSize, attachment_.size() - place.piece * kPieceSize);
    if (static_cast<int64_t>(piece.size()) != expected) {
      return InternalError(
          absl::StrCat("piece ", place.piece, " of ", attachment_.name(), " has ", piece.size(), " bytes"));
    }
    piece.erase(0, place.skip);
    offset_ += static_cast<int64_t>(piece.size());
    reply.set_chunk(std::move(piece));
    return rpc::Next::kSend;
  }

 private:
  Database& db_;
  const v1::Attachment attachment_;
  int64_t offset_;
  bool introduced_ = false;
};

}  // namespace

void AttachmentService::Bind(rpc::Methods& methods) {
  methods.Sink("UploadAttachment", this, &AttachmentService::UploadAttachment);
  methods.Unary("GetAttachment", this, &AttachmentService::GetAttachment);
  methods.Unary("ListAttachments", this, &AttachmentService::ListAttachments);
  methods.Stream("DownloadAttachment", this, &AttachmentService::DownloadAttachment);
  methods.Unary("AcceptAttachment", this, &AttachmentService::AcceptAttachment);
}

absl::StatusOr<std::unique_ptr<AttachmentService::UploadSink>> AttachmentService::UploadAttachment(Call&) {
  return std::make_unique<Upload>(db_, obligations_, parents_, limit_);
}

absl::StatusOr<v1::Attachment> AttachmentService::Visible(Reader& reader, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Attachment attachment, Attachments().Get(reader, name));
  const absl::Status parent = parents_.RootOf(reader, reader.call().caller, attachment.parent()).status();
  if (absl::IsNotFound(parent) || absl::IsPermissionDenied(parent)) return NotFoundError(name);
  RETURN_IF_ERROR(parent);
  return attachment;
}

absl::StatusOr<v1::Attachment> AttachmentService::GetAttachment(Call& call, const v1::GetAttachmentRequest& request) {
  return db_.Read<v1::Attachment>(call, [&](Reader& reader) { return Visible(reader, request.name()); });
}

absl::StatusOr<v1::ListAttachmentsResponse> AttachmentService::ListAttachments(
    Call& call, const v1::ListAttachmentsRequest& request) {
  return db_.Read<v1::ListAttachmentsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListAttachmentsResponse> {
        v1::ListAttachmentsResponse response;
        RETURN_IF_ERROR(parents_.RootOf(reader, call.caller, request.parent()).status());
        RETURN_IF_ERROR(Attachments().List(reader, AttachmentQuery(request.parent()), request, &response));
        return response;
      });
}

absl::StatusOr<std::unique_ptr<AttachmentService::DownloadSource>> AttachmentService::DownloadAttachment(
    Call& call, const v1::DownloadAttachmentRequest& request) {
  ASSIGN_OR_RETURN(v1::Attachment attachment,
                   db_.Read<v1::Attachment>(call, [&](Reader& reader) { return Visible(reader, request.name()); }));
  if (request.offset() > attachment.size()) {
    return FieldError("offset",
                      absl::StrCat("lies beyond the end: ", attachment.name(), " has ", attachment.size(), " bytes"));
  }
  return std::make_unique<Download>(db_, std::move(attachment), request.offset());
}

absl::StatusOr<v1::Attachment> AttachmentService::AcceptAttachment(Call& call,
                                                                   const v1::AcceptAttachmentRequest& request) {
  return db_.Write<v1::Attachment>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Attachment> {
    // The case is locked before the attachment; which case that is never changes.
    ASSIGN_OR_RETURN(const v1::Attachment seen, Visible(tx, request.name()));
    ASSIGN_OR_RETURN(const std::string root, parents_.RootOf(tx, call.caller, seen.parent()));
    RETURN_IF_ERROR(CheckAcceptable(seen, root, call.caller.principal));
    ASSIGN_OR_RETURN(const Root locked, obligations_.LockRoot(tx, root));
    RETURN_IF_ERROR(CheckNotArchived(locked, "given evidence"));
    ASSIGN_OR_RETURN(v1::Attachment attachment, Attachments().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(CheckAcceptable(attachment, root, call.caller.principal));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, locked, "accept-attachment", attachment.name()));
    attachment.set_state(v1::ATTACHMENT_STATE_ACCEPTED);
    attachment.set_accepted_by(call.caller.principal);
    *attachment.mutable_accept_time() = ToProto(tx.now());
    attachment.set_accept_note(request.note());
    RETURN_IF_ERROR(Attachments().Update(tx, attachment));
    v1::Event event;
    event.set_type(v1::EVENT_TYPE_ATTACHMENT_ACCEPTED);
    event.set_subject(attachment.name());
    *event.mutable_attachment() = attachment;
    RETURN_IF_ERROR(obligations_.Record(tx, locked, std::move(event)));
    return attachment;
  });
}

}  // namespace aftersales
