// How stored events become answers. Pure.
#ifndef AFTERSALES_SERVER_FEED_FEED_RULES_H_
#define AFTERSALES_SERVER_FEED_FEED_RULES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "aftersales/v1/event.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/storage/event_feed.h"

namespace aftersales {

// Bytes of events in one message: far enough below the 4 MiB that clients take.
inline constexpr size_t kMostEventBytes = 1 << 20;

// One event larger than this is told without its resource.
inline constexpr size_t kLargestEvent = 3 << 20;

// Appends the first of `stored` to `events`: at most `most` of them and about kMostEventBytes, but at least one.
// Answers how many it took.
size_t TakeEvents(const std::vector<StoredEvent>& stored, size_t most,
                  google::protobuf::RepeatedPtrField<v1::Event>* events);

// Somebody resumes after an event that this feed does not have.
absl::Status PositionError(int64_t asked, int64_t head);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_FEED_FEED_RULES_H_
