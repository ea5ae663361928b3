#include "server/feed/feed_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

// One event that cannot be sent must not stop the feed for everybody behind it: it is told without its resource, and
// why.
v1::Event WithoutResource(const StoredEvent& row, const std::string& why) {
  v1::Event event;
  v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;
  if (ParseWord(row.type, &type)) event.set_type(type);
  event.set_id(absl::StrCat(row.id));
  event.set_root(row.root);
  event.set_root_version(row.root_version);
  event.set_subject(row.subject);
  *event.mutable_record_time() = ToProto(row.record_time);
  (*event.mutable_facts())["left_out"] = why;
  return event;
}

}  // namespace

size_t TakeEvents(const std::vector<StoredEvent>& stored, size_t most,
                  google::protobuf::RepeatedPtrField<v1::Event>* events) {
  size_t bytes = 0;
  size_t taken = 0;
  for (const StoredEvent& row : stored) {
    const bool too_large = row.body.size() > kLargestEvent;
    bytes += too_large ? 0 : row.body.size();
    if (taken == most || (taken > 0 && bytes > kMostEventBytes)) break;
    v1::Event& event = *events->Add();
    if (too_large || !event.ParseFromString(row.body)) {
      event = WithoutResource(row, too_large ? "too large to be sent; read the resource itself" : "damaged");
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
