// What may be attached, byte by byte.
#include "server/attachments/attachment_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/escaping.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/random.h"

namespace aftersales {
namespace {

v1::Attachment Announced(const std::string& media_type) {
  v1::Attachment attachment;
  attachment.set_filename("a");
  attachment.set_media_type(media_type);
  return attachment;
}

// All of it in pieces of `step` bytes.
absl::Status Judge(const v1::Attachment& announced, const std::string& bytes, size_t step = 1'000'000,
                   int64_t limit = 1'000'000) {
  Content content(announced, limit);
  for (size_t at = 0; at < bytes.size(); at += step) {
    if (absl::Status added = content.Add(std::string_view(bytes).substr(at, step)); !added.ok()) return added;
  }
  if (absl::Status ended = content.End(); !ended.ok()) return ended;
  EXPECT_EQ(content.size(), static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(content.sha256(), ToHex(Sha256(bytes)));
  return absl::OkStatus();
}

TEST(AttachmentRulesTest, MediaTypesHaveAnOrderAndNoneTwice) {
  const std::vector<std::string> types = MediaTypes();
  EXPECT_TRUE(std::is_sorted(types.begin(), types.end()));
  EXPECT_EQ(std::set<std::string>(types.begin(), types.end()).size(), types.size());
  for (const std::string& type : types) {
    EXPECT_TRUE(CheckAnnounced(Announced(type), 100, absl::Now()).ok()) << type;
    // The bytes of a program are no file of any type but text with luck, and never with a NUL.
    EXPECT_FALSE(Judge(Announced(type), std::string("MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", 16)).ok()) << type;
  }
}

TEST(AttachmentRulesTest, TheVerdictDoesNotDependOnThePieces) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"image/jpeg", "\xff\xd8\xff\xe1 and so on, for longer than the beginning"},
      {"image/jpeg", "\xff\xd8 and so on, for longer than the beginning"},
      {"image/gif", "GIF89a"},
      {"text/plain", "\xe5\x88\xb9\xe8\xbd\xa6\xf0\x9f\x9a\x86 text"},
      {"text/plain", "text \xe5\x88 text"},
      {"text/plain", "text \xf0\x9f\x9a"},
  };
  for (const auto& [type, bytes] : files) {
    const absl::StatusCode whole = Judge(Announced(type), bytes).code();
    for (size_t step = 1; step < bytes.size(); ++step) {
      EXPECT_EQ(Judge(Announced(type), bytes, step).code(), whole) << type << " " << absl::CHexEscape(bytes) << step;
    }
  }
}

// Against the rules of RFC 3629 as one reads them: decode, and look at the value.
bool IsUtf8(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t value = length == 1 ? first : first & (0xffu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return false;
      value = value << 6 | (next & 0x3f);
    }
    static constexpr uint32_t kLeast[] = {0, 1, 0x80, 0x800, 0x10000};
    if (value < kLeast[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

TEST(AttachmentRulesTest, TextIsUtf8AsTheStandardSays) {
  std::mt19937 random(7);
  // Bytes at the borders of the rules, in random order.
  const std::string bytes(
      "\x01"
      "a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff",
      25);
  int good = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (size_t length = 1 + random() % 5; text.size() < length;) text += bytes[random() % bytes.size()];
    ASSERT_EQ(Judge(Announced("text/plain"), text, 1 + random() % 3).ok(), IsUtf8(text)) << absl::CHexEscape(text);
    good += IsUtf8(text) ? 1 : 0;
  }
  EXPECT_GT(good, 1000);
}

TEST(AttachmentRulesTest, LimitsAreExact) {
  v1::Attachment text = Announced("text/plain");
  EXPECT_TRUE(Judge(text, std::string(100, 'x'), 7, 100).ok());
  EXPECT_EQ(ReasonOf(Judge(text, std::string(101, 'x'), 7, 100)), v1::ERROR_REASON_CONTENT_INVALID);
  EXPECT_FALSE(Judge(text, "").ok());
  text.set_size(100);
  EXPECT_TRUE(CheckAnnounced(text, 100, absl::Now()).ok());
  EXPECT_FALSE(CheckAnnounced(text, 99, absl::Now()).ok());
  EXPECT_TRUE(Judge(text, std::string(100, 'x')).ok());
  EXPECT_FALSE(Judge(text, std::string(99, 'x')).ok());
  EXPECT_FALSE(Judge(text, std::string(101, 'x')).ok());
}

TEST(AttachmentRulesTest, PlacesCoverEveryByteOnce) {
  for (const int64_t offset :
       {int64_t{0}, int64_t{1}, kPieceSize - 1, kPieceSize, kPieceSize + 1, 9 * kPieceSize - 1}) {
    const Place place = PlaceOf(offset);
    EXPECT_EQ(place.piece * kPieceSize + static_cast<int64_t>(place.skip), offset);
    EXPECT_LT(static_cast<int64_t>(place.skip), kPieceSize);
  }
}

TEST(AttachmentRulesTest, EvidenceBelongsToACaseAndIsAcceptedByAnother) {
  v1::Attachment attachment;
  attachment.set_name("attachments/1");
  attachment.set_parent("visits/1");
  attachment.set_state(v1::ATTACHMENT_STATE_RECEIVED);
  attachment.set_uploaded_by("principals/engineer");
  EXPECT_TRUE(CheckAcceptable(attachment, "cases/C-1", "principals/quality").ok());
  EXPECT_EQ(ReasonOf(CheckAcceptable(attachment, "cases/C-1", "principals/engineer")), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(CheckAcceptable(attachment, "contacts/1", "principals/quality")),
            v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(ReasonOf(CheckAcceptable(attachment, "", "principals/quality")), v1::ERROR_REASON_REFERENCE_INVALID);
  attachment.set_state(v1::ATTACHMENT_STATE_ACCEPTED);
  EXPECT_EQ(ReasonOf(CheckAcceptable(attachment, "cases/C-1", "principals/quality")), v1::ERROR_REASON_STATE_FORBIDS);
}

}  // namespace
}  // namespace aftersales
