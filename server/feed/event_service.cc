#include "server/feed/event_service.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/feed/feed_rules.h"
#include "server/storage/table.h"

namespace aftersales {
namespace {

constexpr int kEventsInMessage = 100;

absl::Status CheckPosition(EventFeed& feed, Call& call, int64_t position) {
  if (position == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t head, feed.Head(call));
  return position <= head ? absl::OkStatus() : PositionError(position, head);
}

// One watcher's place in the feed. It holds no events of its own: a slow watcher costs a position, not memory.
class Watch : public rpc::StreamSource<v1::WatchEventsResponse> {
 public:
  Watch(EventFeed& feed, int64_t position, std::string root)
      : feed_(feed), position_(position), root_(std::move(root)) {}
  ~Watch() override {
    if (listener_.has_value()) feed_.RemoveListener(*listener_);
  }

  void SetWake(std::function<void()> wake) override { listener_ = feed_.AddListener(std::move(wake)); }

  absl::StatusOr<rpc::Next> Produce(Call& call, v1::WatchEventsResponse& reply) override {
    const int64_t newest = feed_.newest_in_memory();
    ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, feed_.ReadAfter(call, position_, root_, kEventsInMessage));
    if (events.empty()) {
      // Nothing of this root up to what was the newest before the read: no need to look there again, or to resume
      // there.
      position_ = std::max(position_, newest);
      reply.set_position(position_);
      return rpc::Next::kWait;
    }
    const size_t taken = TakeEvents(events, kEventsInMessage, reply.mutable_events());
    position_ = events[taken - 1].position;
    reply.set_position(position_);
    return rpc::Next::kSend;
  }

 private:
  EventFeed& feed_;
  int64_t position_;
  const std::string root_;
  std::optional<uint64_t> listener_;
};

}  // namespace

void EventService::Bind(rpc::Methods& methods) {
  methods.Unary("ListEvents", this, &EventService::ListEvents);
  methods.Stream("WatchEvents", this, &EventService::WatchEvents);
}

absl::StatusOr<v1::ListEventsResponse> EventService::ListEvents(Call& call, const v1::ListEventsRequest& request) {
  ASSIGN_OR_RETURN(const Values token, ReadPageToken(request, "i"));
  const int64_t after = token.empty() ? request.after_position() : token[0].number();
  const int size = PageSize(request.page_size());
  // One more than wanted shows whether there is another page.
  ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, feed_.ReadAfter(call, after, request.root(), size + 1));
  if (events.empty()) RETURN_IF_ERROR(CheckPosition(feed_, call, after));
  v1::ListEventsResponse response;
  const size_t taken = TakeEvents(events, static_cast<size_t>(size), response.mutable_events());
  if (taken < events.size()) response.set_next_page_token(MakePageToken(request, {events[taken - 1].position}));
  return response;
}

absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::WatchEventsResponse>>> EventService::WatchEvents(
    Call& call, const v1::WatchEventsRequest& request) {
  RETURN_IF_ERROR(CheckPosition(feed_, call, request.after_position()));
  return std::make_unique<Watch>(feed_, request.after_position(), request.root());
}

}  // namespace aftersales
