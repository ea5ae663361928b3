#include "server/attachments/attachment_rules.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

// How many bytes are looked at to tell a file's type.
constexpr size_t kBeginning = 16;
// How far a camera's clock may run ahead of ours.
constexpr absl::Duration kClockSkew = absl::Minutes(5);

// A run of bytes at a place in the beginning of a file.
struct Mark {
  size_t at;
  std::string_view bytes;
};

// What files of a type begin with: all marks of one of the alternatives. None: any text.
struct MediaType {
  const char* name;
  std::vector<std::vector<Mark>> beginnings;
};

constexpr std::string_view kZip("PK\x03\x04", 4);
constexpr std::string_view kOldOffice("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);

const std::vector<MediaType>& Known() {
  static const std::vector<MediaType> types = {
      {"application/msword", {{{0, kOldOffice}}}},
      {"application/pdf", {{{0, "%PDF-"}}}},
      {"application/vnd.ms-excel", {{{0, kOldOffice}}}},
      {"application/vnd.ms-powerpoint", {{{0, kOldOffice}}}},
      {"application/vnd.oasis.opendocument.presentation", {{{0, kZip}}}},
      {"application/vnd.oasis.opendocument.spreadsheet", {{{0, kZip}}}},
      {"application/vnd.oasis.opendocument.text", {{{0, kZip}}}},
      {"application/vnd.openxmlformats-officedocument.presentationml.presentation", {{{0, kZip}}}},
      {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", {{{0, kZip}}}},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", {{{0, kZip}}}},
      {"application/zip", {{{0, kZip}}}},
      {"audio/amr", {{{0, "#!AMR"}}}},
      {"audio/mp4", {{{4, "ftyp"}}}},
      {"audio/mpeg", {{{0, "ID3"}}, {{0, "\xff\xfb"}}, {{0, "\xff\xf3"}}, {{0, "\xff\xf2"}}}},
      {"audio/ogg", {{{0, "OggS"}}}},
      {"audio/wav", {{{0, "RIFF"}, {8, "WAVE"}}}},
      {"image/gif", {{{0, "GIF87a"}}, {{0, "GIF89a"}}}},
      {"image/heic", {{{4, "ftyphei"}}, {{4, "ftyphev"}}, {{4, "ftypmif1"}}, {{4, "ftypmsf1"}}}},
      {"image/jpeg", {{{0, "\xff\xd8\xff"}}}},
      {"image/png", {{{0, std::string_view("\x89PNG\r\n\x1a\n", 8)}}}},
      {"image/tiff", {{{0, std::string_view("II*\0", 4)}}, {{0, std::string_view("MM\0*", 4)}}}},
      {"image/webp", {{{0, "RIFF"}, {8, "WEBP"}}}},
      {"text/csv", {}},
      {"text/plain", {}},
      {"video/mp4", {{{4, "ftyp"}}}},
      {"video/quicktime", {{{4, "ftyp"}}, {{4, "moov"}}, {{4, "wide"}}, {{4, "mdat"}}}},
  };
  return types;
}

const MediaType* Find(const std::string& name) {
  for (const MediaType& type : Known()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

Error ContentError(std::string field, std::string text) {
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_CONTENT_INVALID, absl::StrCat(field, ": ", text))
      .Field(std::move(field), std::move(text));
}

absl::Status TooLarge(int64_t limit) {
  return ContentError("start.attachment.size", absl::StrCat("is more than ", limit / kMebibyte,
                                                            " MiB, the most that this server takes. Make the file "
                                                            "smaller, or ask the administrator for a higher "
                                                            "--attachment-limit."))
      .With("limit", absl::StrCat(limit));
}

// Characters that turn the direction of what follows: a name shown with them can end in another type than it has.
bool TurnsDirection(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kMarks = {"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
                                                             "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6",
                                                             "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9"};
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](std::string_view mark) { return name.find(mark) != std::string_view::npos; });
}

absl::Status CheckFilename(const std::string& name) {
  const char* const field = "start.attachment.filename";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return FieldError(field, "contains a control character");
    if (c == '/' || c == '\\') return FieldError(field, "contains a path; send the file's own name only");
  }
  if (TurnsDirection(name))
    return FieldError(field, "contains marks that turn the direction of writing; leave them out");
  if (name == "." || name == ".." || name.find_first_not_of(' ') == std::string::npos) {
    return FieldError(field, "is no file name");
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> MediaTypes() {
  std::vector<std::string> names;
  for (const MediaType& type : Known()) names.emplace_back(type.name);
  return names;
}

absl::Status CheckAnnounced(const v1::Attachment& attachment, int64_t limit, absl::Time now) {
  if (absl::Status name = CheckFilename(attachment.filename()); !name.ok()) return name;
  if (Find(attachment.media_type()) == nullptr) {
    return ContentError("start.attachment.media_type",
                        absl::StrCat(attachment.media_type(), " is not taken here; send one of ",
                                     absl::StrJoin(MediaTypes(), ", ")))
        .With("media_type", attachment.media_type());
  }
  if (attachment.size() > limit) return TooLarge(limit);
  if (attachment.has_origin_time() && FromProto(attachment.origin_time()) > now + kClockSkew) {
    return FieldError("start.attachment.origin_time", "lies in the future; leave it out where it is not known");
  }
  return absl::OkStatus();
}

Content::Content(const v1::Attachment& announced, int64_t limit)
    : media_type_(announced.media_type()),
      announced_sha256_(announced.sha256()),
      announced_size_(announced.size()),
      limit_(limit),
      text_(absl::StartsWith(announced.media_type(), "text/")) {}

absl::Status Content::Add(std::string_view bytes) {
  size_ += static_cast<int64_t>(bytes.size());
  if (size_ > limit_) return TooLarge(limit_);
  if (announced_size_ > 0 && size_ > announced_size_) {
    return ContentError("start.attachment.size",
                        absl::StrCat("was announced as ", announced_size_, ", and more bytes came"))
        .With("limit", absl::StrCat(announced_size_));
  }
  if (beginning_.size() < kBeginning) {
    beginning_.append(bytes.substr(0, kBeginning - beginning_.size()));
    if (beginning_.size() == kBeginning) {
      if (absl::Status begins = CheckBeginning(); !begins.ok()) return begins;
    }
  }
  if (text_) {
    if (absl::Status text = CheckText(bytes); !text.ok()) return text;
  }
  digest_.Add(bytes);
  return absl::OkStatus();
}

absl::Status Content::End() {
  sha256_ = digest_.Hex();
  if (size_ == 0) return ContentError("chunk", "is missing: an attachment has at least one byte").With("limit", "1");
  if (announced_size_ > 0 && size_ != announced_size_) {
    return ContentError("start.attachment.size", absl::StrCat("was announced as ", announced_size_, ", and ", size_,
                                                              " bytes came. Nothing was kept; upload the file anew."))
        .With("limit", absl::StrCat(announced_size_));
  }
  if (!announced_sha256_.empty() && sha256_ != announced_sha256_) {
    return ContentError("start.attachment.sha256",
                        absl::StrCat("was announced as ", announced_sha256_, ", but that of the bytes that came is ",
                                     sha256_, ". Nothing was kept; upload the file anew."))
        .With("sha256", sha256_);
  }
  if (beginning_.size() < kBeginning) {
    if (absl::Status begins = CheckBeginning(); !begins.ok()) return begins;
  }
  if (continuation_ == 0) return absl::OkStatus();
  return ContentError("chunk", "ends within a character: the text is not complete").With("media_type", media_type_);
}

absl::Status Content::CheckBeginning() const {
  const MediaType* type = Find(media_type_);
  if (type == nullptr) return InternalError(absl::StrCat(media_type_, " was let through"));
  if (type->beginnings.empty()) return absl::OkStatus();
  for (const std::vector<Mark>& marks : type->beginnings) {
    if (std::all_of(marks.begin(), marks.end(), [&](const Mark& mark) {
          return beginning_.size() >= mark.at && beginning_.compare(mark.at, mark.bytes.size(), mark.bytes) == 0;
        })) {
      return absl::OkStatus();
    }
  }
  return ContentError(
             "start.attachment.media_type",
             absl::StrCat("is ", media_type_, ", but the file does not begin as such files do. Name its real type."))
      .With("media_type", media_type_);
}

// UTF-8 (RFC 3629) without NUL, across the borders of what Add is given.
absl::Status Content::CheckText(std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    bool good = byte != 0;
    if (continuation_ > 0) {
      good = byte >= lowest_ && byte <= highest_;
      --continuation_;
      lowest_ = 0x80;
      highest_ = 0xbf;
    } else if (byte >= 0x80) {
      good = byte >= 0xc2 && byte <= 0xf4;
      continuation_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      // No longer form than needed, no surrogates, nothing above U+10FFFF.
      lowest_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
      highest_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    }
    if (good) continue;
    return ContentError("start.attachment.media_type",
                        absl::StrCat("is ", media_type_,
                                     ", but the file is no text in UTF-8. Save it as UTF-8, or name "
                                     "its real type."))
        .With("media_type", media_type_);
  }
  return absl::OkStatus();
}

absl::Status CheckAcceptable(const v1::Attachment& attachment, const std::string& root, const std::string& principal) {
  if (CollectionOf(root) != "cases") {
    return ReferenceError(
        "name", attachment.name(),
        absl::StrCat("is attached to ", attachment.parent(), "; only what belongs to a case is evidence"));
  }
  if (attachment.state() != v1::ATTACHMENT_STATE_RECEIVED) {
    return StateError(attachment.name(), Word(attachment.state()), "taken into the evidence",
                      {Word(v1::ATTACHMENT_STATE_RECEIVED)});
  }
  if (attachment.uploaded_by() == principal) {
    return OwnSubmissionError(attachment.name(), principal, "brought in", "accept");
  }
  return absl::OkStatus();
}

Place PlaceOf(int64_t offset) { return {offset / kPieceSize, static_cast<size_t>(offset % kPieceSize)}; }

}  // namespace aftersales
