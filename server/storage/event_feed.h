// The feed of events as readers see it: gap-free positions, reads by position, and the newest events kept in memory so
// that a thousand watchers cost one query and not a thousand.
#ifndef AFTERSALES_SERVER_STORAGE_EVENT_FEED_H_
#define AFTERSALES_SERVER_STORAGE_EVENT_FEED_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/call.h"
#include "server/storage/database.h"

namespace aftersales {

// An event that has its place in the feed.
struct StoredEvent {
  int64_t position = 0;
  int64_t id = 0;
  std::string root;
  int64_t root_version = 0;
  std::string type;
  std::string subject;
  std::string body;
  absl::Time record_time;
};

struct EventFeedOptions {
  absl::Duration poll = absl::Milliseconds(50);   // how soon commits of other servers are seen
  absl::Duration breath = absl::Milliseconds(5);  // between two looks, however many commits come: they share one
  absl::Duration patience = absl::Seconds(3);  // how long a sequencer's beat may stand still before another takes over
  size_t kept_events = 10000;                  // newest events held in memory: at most so many ...
  size_t kept_bytes = 32 << 20;                // ... and bytes of bodies
};

// Thread-safe. Start() runs one thread that gives committed events their positions (where this server holds the lease;
// see event_sequencer.h), reads the new ones into memory and calls the listeners. Before Start and after Stop
// everything is read from the database.
class EventFeed {
 public:
  explicit EventFeed(Database& db, EventFeedOptions options = {});
  ~EventFeed();  // stops
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // At most `limit` events after `position`, in order; with `root`, those of that root only. Empty at the end of the
  // feed. Answered from memory where possible: a watcher that keeps up causes no query.
  absl::StatusOr<std::vector<StoredEvent>> ReadAfter(Call& call, int64_t position, const std::string& root, int limit);
  // The newest position; 0 in an empty feed. Asks the database.
  absl::StatusOr<int64_t> Head(Call& call);

  // `listener` is called on the feed's thread after new events can be read. It must be quick and may not add or remove
  // listeners. It is not called any more once RemoveListener has returned.
  uint64_t AddListener(std::function<void()> listener);
  void RemoveListener(uint64_t id);

  void Start();
  void Stop();  // hands the lease on, so that another server takes over at once

  // Where the events held in memory end; 0 before the first was read.
  int64_t newest_in_memory() const;
  // Events that wait for their positions, as the last look found them, 1,000 at most; 0 where another server holds the
  // lease. For metrics.
  int64_t pending() const;

 private:
  class Tail;
  class Worker;
  Database& db_;
  EventFeedOptions options_;
  std::unique_ptr<Tail> tail_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_EVENT_FEED_H_
