// Follows the event feed through disconnections.
#ifndef AFTERSALES_EVENT_SUBSCRIPTION_H_
#define AFTERSALES_EVENT_SUBSCRIPTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/connection.h"
#include "aftersales/v1/event.pb.h"

namespace aftersales {

struct SubscriptionOptions {
  // Events after this position; 0 begins at the first. To resume, the position last worked off.
  int64_t after_position = 0;
  // Events of this root only, such as "cases/C2026-000123"; empty means all.
  std::string root;
  // Waits between attempts to reconnect: doubled from the first to the longest, begun anew after each event.
  absl::Duration first_wait = absl::Milliseconds(200);
  absl::Duration longest_wait = absl::Seconds(30);
  // The server gives a sign of life at least every 15 s; a stream silent for longer than this is opened anew.
  absl::Duration idle_timeout = absl::Seconds(45);
  // Told each time the stream broke: why, and after which wait it is opened again.
  std::function<void(const absl::Status& why, absl::Duration wait)> on_reconnect;
  // How to wait; tests put in their own. Empty: a wait that Stop() ends early.
  std::function<void(absl::Duration)> sleep;
};

// Hands out the events of the feed one by one, each once and in order, and reconnects by itself. Keep position() with
// what was done for the event, and a restarted program goes on where it stopped. Next by one thread at a time; the
// other methods from any thread. It shares the client's connection and may outlive the client.
class EventSubscription {
 public:
  EventSubscription(std::shared_ptr<Connection> connection, SubscriptionOptions options);
  ~EventSubscription();
  EventSubscription(const EventSubscription&) = delete;
  EventSubscription& operator=(const EventSubscription&) = delete;

  // Waits for the next event. An error is final: CANCELLED after Stop(), or what no repeat can mend (such as a token
  // that was revoked).
  absl::StatusOr<v1::Event> Next();

  // Calls `handle` for each event until it returns an error or the subscription ends; answers which.
  absl::Status ForEach(const std::function<absl::Status(const v1::Event&)>& handle);

  // The position up to which everything was handed out.
  int64_t position() const;

  // Ends the subscription; a waiting Next answers CANCELLED.
  void Stop();

 private:
  class Feed;
  std::unique_ptr<Feed> feed_;
};

}  // namespace aftersales

#endif  // AFTERSALES_EVENT_SUBSCRIPTION_H_
