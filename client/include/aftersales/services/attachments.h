// Files that belong to other resources.
#ifndef AFTERSALES_SERVICES_ATTACHMENTS_H_
#define AFTERSALES_SERVICES_ATTACHMENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/transfer.h"
#include "aftersales/v1/attachment.pb.h"

namespace aftersales {

class AttachmentClient : public ServiceClient {
 public:
  explicit AttachmentClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.AttachmentService") {}

  // UploadAttachment, from any source. `start` says what it is; an empty request_id is filled in.
  absl::StatusOr<v1::Attachment> Upload(v1::UploadStart start, const ByteSource& source,
                                        const TransferOptions& options = {}) const;
  // The same from a file, with its size and SHA-256 announced, so that the server keeps exactly these bytes. Fills in
  // an empty filename with the file's, and an empty media type by what the file's name ends with.
  absl::StatusOr<v1::Attachment> UploadFile(v1::UploadStart start, const std::string& path,
                                            const TransferOptions& options = {}) const;
  absl::StatusOr<v1::Attachment> GetAttachment(v1::GetAttachmentRequest request,
                                               const CallOptions& options = {}) const {
    return Call<v1::Attachment>("GetAttachment", std::move(request), options);
  }
  absl::StatusOr<v1::ListAttachmentsResponse> ListAttachments(v1::ListAttachmentsRequest request,
                                                              const CallOptions& options = {}) const {
    return Call<v1::ListAttachmentsResponse>("ListAttachments", std::move(request), options);
  }
  PageRange<v1::Attachment> ListAttachmentsAll(v1::ListAttachmentsRequest request,
                                               const CallOptions& options = {}) const {
    return Pages<v1::Attachment, v1::ListAttachmentsResponse>("ListAttachments", std::move(request), options);
  }
  // DownloadAttachment from the request's offset on; answers what the attachment is.
  absl::StatusOr<v1::Attachment> Download(v1::DownloadAttachmentRequest request, const ByteSink& sink,
                                          const TransferOptions& options = {}) const;
  // The same into a file, which appears under its name only when it is complete and its SHA-256 is right. What a broken
  // download of the same bytes left beside it (PATH.HASH.part) is gone on with.
  absl::StatusOr<v1::Attachment> DownloadFile(const std::string& name, const std::string& path,
                                              const TransferOptions& options = {}) const;
  absl::StatusOr<v1::Attachment> AcceptAttachment(v1::AcceptAttachmentRequest request,
                                                  const CallOptions& options = {}) const {
    return Call<v1::Attachment>("AcceptAttachment", std::move(request), options);
  }

 private:
  absl::StatusOr<v1::Attachment> SendUpload(const v1::UploadStart& start, const ByteSource& source,
                                            const TransferOptions& options, const CallOptions& call) const;
  // From the offset on, to the end of a file that holds what comes before.
  absl::Status FetchInto(const v1::Attachment& attachment, const std::string& path, int64_t offset,
                         const TransferOptions& options) const;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_ATTACHMENTS_H_
