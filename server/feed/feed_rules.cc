#include "server/feed/feed_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace aftersales {

absl::StatusOr<size_t> TakeEvents(const std::vector<StoredEvent>& stored, size_t most,
                                  google::protobuf::RepeatedPtrField<v1::Event>* events) {
  size_t bytes = 0;
  size_t taken = 0;
  for (const StoredEvent& row : stored) {
    bytes += row.body.size();
    if (taken == most || (taken > 0 && bytes > kMostEventBytes)) break;
    v1::Event& event = *events->Add();
    if (!event.ParseFromString(row.body)) {
      return InternalError(absl::StrCat("The event at position ", row.position, " cannot be read: its bytes are damaged."));
    }
    event.set_position(row.position);
    ++taken;
  }
  return taken;
}

absl::Status PositionError(int64_t asked, int64_t head) {
  return Error(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_POSITION_INVALID,
               absl::StrCat("after_position: ", asked, " lies beyond the newest event, which is at ", head,
                            ". This is not the feed that the position came from; begin again at 0."))
      .With("head", absl::StrCat(head))
      .Field("after_position", absl::StrCat("must be at most ", head));
}

}  // namespace aftersales
