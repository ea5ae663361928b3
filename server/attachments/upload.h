// One upload from its first message to the attachment it becomes.
#ifndef AFTERSALES_SERVER_ATTACHMENTS_UPLOAD_H_
#define AFTERSALES_SERVER_ATTACHMENTS_UPLOAD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/attachment.pb.h"
#include "server/attachments/attachment_parents.h"
#include "server/attachments/attachment_rules.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Holds at most one piece and one message. What it stored is deleted with it unless it became an attachment. What it is
// given must outlive it.
class Upload : public rpc::StreamSink<v1::UploadAttachmentRequest, v1::Attachment> {
 public:
  Upload(Database& db, Obligations& obligations, const AttachmentParents& parents, int64_t limit)
      : db_(db), obligations_(obligations), parents_(parents), limit_(limit) {}
  ~Upload() override { Discard(); }

  absl::StatusOr<rpc::Next> Take(Call& call, const v1::UploadAttachmentRequest& request,
                                 v1::Attachment& reply) override;
  absl::StatusOr<rpc::Next> Finish(Call& call, v1::Attachment& reply) override;

 private:
  absl::Status Start(Call& call, const v1::UploadStart& start);
  absl::Status Add(Call& call, std::string_view bytes);
  absl::Status StorePieces(Call& call, bool last);
  absl::StatusOr<v1::Attachment> Keep(Tx& tx);
  void Discard();

  Database& db_;
  Obligations& obligations_;
  const AttachmentParents& parents_;
  const int64_t limit_;

  v1::UploadStart start_;
  std::optional<Content> content_;  // once started
  std::string name_;                // that the attachment will have
  std::string waiting_;             // bytes that do not fill a piece yet
  int64_t stored_ = 0;              // pieces
  bool to_discard_ = false;         // there is something under the name that no attachment owns
  bool answered_ = false;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ATTACHMENTS_UPLOAD_H_
