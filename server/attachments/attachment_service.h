// The RPCs of AttachmentService: files in and out of the database, for any resource that they belong to.
#ifndef AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_SERVICE_H_
#define AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_SERVICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "aftersales/v1/attachment.pb.h"
#include "server/attachments/attachment_parents.h"
#include "server/base/call.h"
#include "server/obligations/obligations.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe once the filters are added. What it is given must outlive it.
class AttachmentService {
 public:
  using UploadSink = rpc::StreamSink<v1::UploadAttachmentRequest, v1::Attachment>;
  using DownloadSource = rpc::StreamSource<v1::DownloadAttachmentResponse>;

  // `limit`: most bytes of one attachment.
  AttachmentService(Database& db, Obligations& obligations, const rpc::Authenticator& authenticator, int64_t limit)
      : db_(db), obligations_(obligations), parents_(authenticator), limit_(limit) {}

  void Bind(rpc::Methods& methods);
  AttachmentParents& parents() { return parents_; }

  absl::StatusOr<std::unique_ptr<UploadSink>> UploadAttachment(Call& call);
  absl::StatusOr<v1::Attachment> GetAttachment(Call& call, const v1::GetAttachmentRequest& request);
  absl::StatusOr<v1::ListAttachmentsResponse> ListAttachments(Call& call, const v1::ListAttachmentsRequest& request);
  absl::StatusOr<std::unique_ptr<DownloadSource>> DownloadAttachment(Call& call,
                                                                     const v1::DownloadAttachmentRequest& request);
  absl::StatusOr<v1::Attachment> AcceptAttachment(Call& call, const v1::AcceptAttachmentRequest& request);

 private:
  // The attachment, where the caller may read what it belongs to; otherwise NOT_FOUND.
  absl::StatusOr<v1::Attachment> Visible(Reader& reader, const std::string& name);

  Database& db_;
  Obligations& obligations_;
  AttachmentParents parents_;
  const int64_t limit_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_SERVICE_H_
