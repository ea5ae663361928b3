#include "server/rpc/wire_status.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"

namespace aftersales::rpc {
namespace {

constexpr size_t kMostEntryText = 600;      // of one violation or field
constexpr size_t kMostMetadataValue = 250;  // of one value of the ErrorInfo
constexpr int kMostMetadata = 8;            // entries of the ErrorInfo
constexpr size_t kRoomForMore = 64;         // for saying how many entries are missing

size_t EncodedSize(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3; }

google::rpc::ErrorInfo CutReason(google::rpc::ErrorInfo reason) {
  auto& metadata = *reason.mutable_metadata();
  std::vector<std::string> keys;
  for (auto& [key, value] : metadata) {
    value = CutText(value, kMostMetadataValue);
    keys.push_back(key);
  }
  for (size_t i = kMostMetadata; i < keys.size(); ++i) metadata.erase(keys[i]);
  return reason;
}

// Moves entries over while they fit into `room` bytes; answers how many did not.
template <typename Entries, typename Cut>
int Take(const Entries& from, Entries* to, size_t room, Cut cut) {
  size_t used = 0;
  for (int i = 0; i < from.size(); ++i) {
    auto entry = from.Get(i);
    cut(entry);
    used += entry.ByteSizeLong() + 3;
    if (used > room) return from.size() - i;
    *to->Add() = std::move(entry);
  }
  return 0;
}

// The detail with as many of its entries as fit; adds those left out to `more`. False when nothing of it fits.
bool CutDetail(const google::protobuf::Any& detail, size_t room, google::protobuf::Any* cut, int* more) {
  constexpr size_t kFrame = 80;  // type URL and lengths
  if (room < kFrame) return false;
  google::rpc::BadRequest fields;
  google::rpc::PreconditionFailure violations;
  if (detail.UnpackTo(&fields)) {
    google::rpc::BadRequest kept;
    *more += Take(fields.field_violations(), kept.mutable_field_violations(), room - kFrame, [](auto& entry) {
      entry.set_field(CutText(entry.field(), kMostEntryText));
      entry.set_description(CutText(entry.description(), kMostEntryText));
    });
    cut->PackFrom(kept);
    return true;
  }
  if (detail.UnpackTo(&violations)) {
    google::rpc::PreconditionFailure kept;
    *more += Take(violations.violations(), kept.mutable_violations(), room - kFrame, [](auto& entry) {
      entry.set_type(CutText(entry.type(), kMostEntryText));
      entry.set_subject(CutText(entry.subject(), kMostEntryText));
      entry.set_description(CutText(entry.description(), kMostEntryText));
    });
    cut->PackFrom(kept);
    return true;
  }
  *cut = detail;
  return detail.ByteSizeLong() + 3 <= room;
}

}  // namespace

std::string CutText(std::string_view text, size_t limit) {
  constexpr std::string_view kCut = "...";
  size_t encoded = 0;
  size_t last_fit = 0;  // where the text may end so that the mark still fits
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    if (starts_character && encoded + kCut.size() <= limit) last_fit = i;
    encoded += EncodedSize(static_cast<unsigned char>(text[i]));
    if (encoded > limit) return absl::StrCat(std::string(text.substr(0, last_fit)), std::string(kCut));
  }
  return std::string(text);
}

google::rpc::Status CutToFit(google::rpc::Status status) {
  const bool fits = status.ByteSizeLong() <= kMostDetailBytes;
  const std::string message = CutText(status.message(), kMostMessageBytes);
  if (fits && message.size() == status.message().size()) return status;

  google::rpc::Status cut;
  cut.set_code(status.code());
  cut.set_message(CutText(status.message(), kMostMessageBytes - kRoomForMore));
  google::rpc::ErrorInfo reason;
  bool has_reason = false;
  std::vector<const google::protobuf::Any*> others;
  for (const auto& detail : status.details()) {
    if (!has_reason && detail.UnpackTo(&reason)) {
      has_reason = true;
    } else {
      others.push_back(&detail);
    }
  }
  if (has_reason) {
    reason = CutReason(std::move(reason));
    cut.add_details()->PackFrom(reason);
  }
  // Small details (how long to wait) first: long lists take the room that is left.
  for (const bool small : {true, false}) {
    for (const auto* detail : others) {
      if ((detail->ByteSizeLong() <= 100) != small) continue;
      const size_t used = cut.ByteSizeLong() + kRoomForMore;
      google::protobuf::Any kept;
      int more = 0;
      if (used >= kMostDetailBytes || !CutDetail(*detail, kMostDetailBytes - used, &kept, &more)) continue;
      *cut.add_details() = std::move(kept);
      if (more == 0) continue;
      cut.set_message(absl::StrCat(cut.message(), " (and ", more, " more)"));
      if (has_reason) {
        (*reason.mutable_metadata())["more"] = absl::StrCat(more);
        cut.mutable_details(0)->PackFrom(reason);
      }
    }
  }
  while (cut.ByteSizeLong() > kMostDetailBytes) cut.mutable_details()->RemoveLast();  // a monstrous metadata key
  return cut;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status wire = CutToFit(ToRpcStatus(status));
  return grpc::Status(static_cast<grpc::StatusCode>(wire.code()), wire.message(), wire.SerializeAsString());
}

}  // namespace aftersales::rpc
