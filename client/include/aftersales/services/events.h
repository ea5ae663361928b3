// The event feed.
#ifndef AFTERSALES_SERVICES_EVENTS_H_
#define AFTERSALES_SERVICES_EVENTS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/event_subscription.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/event.pb.h"

namespace aftersales {

class EventClient : public ServiceClient {
 public:
  explicit EventClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.EventService") {}

  absl::StatusOr<v1::ListEventsResponse> ListEvents(v1::ListEventsRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::ListEventsResponse>("ListEvents", std::move(request), options);
  }
  PageRange<v1::Event> ListEventsAll(v1::ListEventsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Event, v1::ListEventsResponse>("ListEvents", std::move(request), options);
  }
  // WatchEvents, kept up through disconnections.
  std::unique_ptr<EventSubscription> Subscribe(SubscriptionOptions options = {}) const {
    return std::make_unique<EventSubscription>(connection(), std::move(options));
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_EVENTS_H_
