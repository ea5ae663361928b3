// The RPCs of EventService: the feed as pages and as a stream. Thread-safe; the feed must outlive it and every stream.
#ifndef AFTERSALES_SERVER_FEED_EVENT_SERVICE_H_
#define AFTERSALES_SERVER_FEED_EVENT_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "aftersales/v1/event.pb.h"
#include "server/base/call.h"
#include "server/rpc/methods.h"
#include "server/storage/event_feed.h"

namespace aftersales {

class EventService {
 public:
  explicit EventService(EventFeed& feed) : feed_(feed) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::ListEventsResponse> ListEvents(Call& call, const v1::ListEventsRequest& request);
  absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::WatchEventsResponse>>> WatchEvents(
      Call& call, const v1::WatchEventsRequest& request);

 private:
  EventFeed& feed_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_FEED_EVENT_SERVICE_H_
