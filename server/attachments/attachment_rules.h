// What may be attached: names, sizes, media types and the bytes that files of these types begin with. Pure.
#ifndef AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_RULES_H_
#define AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_RULES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/attachment.pb.h"
#include "server/base/sha256.h"

namespace aftersales {

// Bytes are kept in pieces of this size; the last one may be shorter.
inline constexpr int64_t kPieceSize = 256 * 1024;
inline constexpr int64_t kMebibyte = 1024 * 1024;

// The media types that are taken, in the order of their names.
std::vector<std::string> MediaTypes();

// What can be told before the bytes come: file name, media type, announced size, time of origin.
absl::Status CheckAnnounced(const v1::Attachment& attachment, int64_t limit, absl::Time now);

// Watches the bytes of one upload pass by and remembers next to nothing of them. Used by one thread at a time.
class Content {
 public:
  // `announced` says what they are to be; a size of 0 and an empty SHA-256 announce nothing.
  Content(const v1::Attachment& announced, int64_t limit);

  // Refuses what is too long, or cannot be a file of this media type any more.
  absl::Status Add(std::string_view bytes);
  // Everything has come: refuses what is not as announced. Once.
  absl::Status End();

  int64_t size() const { return size_; }
  const std::string& sha256() const { return sha256_; }  // after End

 private:
  absl::Status CheckBeginning() const;
  absl::Status CheckText(std::string_view bytes);

  const std::string media_type_;
  const std::string announced_sha256_;
  const int64_t announced_size_;
  const int64_t limit_;
  const bool text_;
  int64_t size_ = 0;
  std::string beginning_;
  int continuation_ = 0;         // bytes that the character under way still needs
  unsigned char lowest_ = 0x80;  // bounds of its next byte
  unsigned char highest_ = 0xbf;
  Sha256Stream digest_;
  std::string sha256_;
};

// The attachment can be taken into the evidence by this principal.
absl::Status CheckAcceptable(const v1::Attachment& attachment, const std::string& root, const std::string& principal);

// The pieces of an attachment from a place on: which to read, and what of it to leave out.
struct Place {
  int64_t piece = 0;
  size_t skip = 0;
};
Place PlaceOf(int64_t offset);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_RULES_H_
