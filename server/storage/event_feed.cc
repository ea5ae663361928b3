#include "server/storage/event_feed.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/storage/event_sequencer.h"

namespace aftersales {
namespace {

constexpr int kReadAtOnce = 1000;
constexpr absl::Duration kForgetEvery = absl::Minutes(10);
constexpr char kColumns[] = "position, id, root, root_version, type, subject, body, record_time";
constexpr char kTypes[] = "iitittti";

StoredEvent FromRow(const Row& row) {
  StoredEvent event;
  event.position = row.Int(0);
  event.id = row.Int(1);
  event.root = row.Text(2);
  event.root_version = row.Int(3);
  event.type = row.Text(4);
  event.subject = row.Text(5);
  event.body = row.Text(6);
  event.record_time = row.Time(7);
  return event;
}

absl::StatusOr<std::vector<StoredEvent>> ReadFromDatabase(Database& db, Call& call, int64_t position,
                                                          const std::string& root, int limit) {
  return db.Read<std::vector<StoredEvent>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<StoredEvent>> {
    const std::string sql = absl::StrCat("SELECT ", kColumns, " FROM event WHERE ", root.empty() ? "" : "root = ? AND ",
                                         "position > ? ORDER BY position LIMIT ?");
    Values values;
    if (!root.empty()) values.emplace_back(root);
    values.insert(values.end(), {position, limit});
    std::vector<StoredEvent> events;
    for (const Row& row : reader.Select(sql, values, kTypes)) events.push_back(FromRow(row));
    return events;
  });
}

absl::StatusOr<int64_t> ReadHead(Database& db, Call& call) {
  return db.Read<int64_t>(call, [](Reader& reader) -> absl::StatusOr<int64_t> {
    const auto row = reader.SelectOne("SELECT COALESCE(MAX(position), 0) FROM event", {}, "i");
    return row.has_value() ? row->Int(0) : 0;
  });
}

Call OwnCall(absl::Duration allowed) {
  Call call;
  call.method = "event feed";
  call.caller.principal = "principals/system";
  call.deadline = absl::Now() + allowed;
  return call;
}

}  // namespace

// The newest events, in order and without gaps, and those who want to hear of more.
class EventFeed::Tail {
 public:
  explicit Tail(const EventFeedOptions& options) : options_(options) {}

  // Events after `position`; false when memory does not reach back so far.
  bool ReadAfter(int64_t position, const std::string& root, int limit, std::vector<StoredEvent>* events) const {
    const std::shared_lock lock(mutex_);
    if (!live_ || position < begin_) return false;
    for (size_t i = static_cast<size_t>(position - begin_); i < events_.size(); ++i) {
      if (static_cast<int>(events->size()) >= limit) break;
      if (root.empty() || events_[i].root == root) events->push_back(events_[i]);
    }
    return true;
  }

  // Memory begins after `position`.
  void Begin(int64_t position) {
    const std::lock_guard lock(mutex_);
    events_.clear();
    bytes_ = 0;
    begin_ = position;
    live_ = true;
  }

  void End() {
    const std::lock_guard lock(mutex_);
    live_ = false;
  }

  void Append(std::vector<StoredEvent> events) {
    {
      const std::lock_guard lock(mutex_);
      for (StoredEvent& event : events) {
        // Events were taken out past the server: what came before them is left to the database.
        if (event.position != begin_ + static_cast<int64_t>(events_.size()) + 1) {
          events_.clear();
          bytes_ = 0;
          begin_ = event.position - 1;
        }
        bytes_ += event.body.size();
        events_.push_back(std::move(event));
      }
      while (events_.size() > options_.kept_events || (bytes_ > options_.kept_bytes && events_.size() > 1)) {
        bytes_ -= events_.front().body.size();
        begin_ = events_.front().position;
        events_.pop_front();
      }
    }
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& [id, listener] : listeners_) listener();
  }

  int64_t newest() const {
    const std::shared_lock lock(mutex_);
    return live_ ? begin_ + static_cast<int64_t>(events_.size()) : 0;
  }

  uint64_t AddListener(std::function<void()> listener) {
    const std::lock_guard lock(listeners_mutex_);
    listeners_[++last_listener_] = std::move(listener);
    return last_listener_;
  }

  void RemoveListener(uint64_t id) {
    const std::lock_guard lock(listeners_mutex_);
    listeners_.erase(id);
  }

 private:
  const EventFeedOptions options_;
  mutable std::shared_mutex mutex_;  // guards what follows
  bool live_ = false;
  int64_t begin_ = 0;  // the position just before the first event held
  size_t bytes_ = 0;
  std::deque<StoredEvent> events_;

  // Held while listeners are called, so that none is called after it was removed.
  std::mutex listeners_mutex_;
  uint64_t last_listener_ = 0;
  std::map<uint64_t, std::function<void()>> listeners_;
};

// The thread that places events and reads the new ones.
class EventFeed::Worker {
 public:
  Worker(Database& db, const EventFeedOptions& options, Tail& tail)
      : db_(db), options_(options), tail_(tail), sequencer_(db, options.patience) {}

  void Start() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = false;
    }
    db_.OnCommit([this] {
      {
        const std::lock_guard lock(mutex_);
        committed_ = true;
      }
      woken_.notify_one();
    });
    thread_ = std::thread([this] { Loop(); });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    db_.OnCommit({});
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
    tail_.End();
    begun_ = false;
    Call call = OwnCall(absl::Seconds(2));
    // When the database cannot be reached, others take over once their patience ends.
    sequencer_.Release(call).IgnoreError();
  }

  int64_t pending() const { return pending_.load(std::memory_order_relaxed); }

 private:
  void Loop() {
    while (true) {
      Call call = OwnCall(absl::Seconds(10));
      const absl::StatusOr<EventSequencer::Run> run = sequencer_.RunOnce(call);
      // Errors pass with the database's trouble; readiness tells of it.
      if (run.ok()) Refresh(call);
      ForgetRepliesSometimes(run.ok() && run->holds_lease);
      const bool at_once = run.ok() && run->more;
      if (run.ok()) pending_ = std::max<int64_t>(0, run->waiting - run->placed);
      if (WaitOrStop(at_once)) return;
    }
  }

  // Answers whether to stop.
  bool WaitOrStop(bool at_once) {
    std::unique_lock lock(mutex_);
    if (!at_once) {
      woken_.wait_for(lock, absl::ToChronoMilliseconds(options_.breath), [this] { return stopping_; });
      woken_.wait_for(lock, absl::ToChronoMilliseconds(options_.poll), [this] { return stopping_ || committed_; });
    }
    committed_ = false;
    return stopping_;
  }

  // Reads what has come since, whoever placed it.
  void Refresh(Call& call) {
    if (!begun_) {
      const absl::StatusOr<int64_t> head = ReadHead(db_, call);
      if (!head.ok()) return;
      // The newest events are what watchers who come back after a restart ask for.
      last_ = std::max<int64_t>(0, *head - static_cast<int64_t>(options_.kept_events) / 2);
      tail_.Begin(last_);
      begun_ = true;
    }
    while (true) {
      absl::StatusOr<std::vector<StoredEvent>> events = ReadFromDatabase(db_, call, last_, "", kReadAtOnce);
      if (!events.ok() || events->empty()) return;
      last_ = events->back().position;
      const bool more = events->size() == kReadAtOnce;
      tail_.Append(*std::move(events));
      if (!more) return;
    }
  }

  void ForgetRepliesSometimes(bool holds_lease) {
    if (!holds_lease || absl::Now() < next_forget_) return;
    next_forget_ = absl::Now() + kForgetEvery;
    Call call = OwnCall(absl::Seconds(30));
    db_.ForgetReplies(call).IgnoreError();  // tried again in a while
  }

  Database& db_;
  const EventFeedOptions options_;
  Tail& tail_;
  EventSequencer sequencer_;
  std::thread thread_;
  bool begun_ = false;
  int64_t last_ = 0;
  absl::Time next_forget_ = absl::InfinitePast();
  std::atomic<int64_t> pending_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable woken_;
  bool stopping_ = false;
  bool committed_ = false;
};

EventFeed::EventFeed(Database& db, EventFeedOptions options)
    : db_(db),
      options_(options),
      tail_(std::make_unique<Tail>(options)),
      worker_(std::make_unique<Worker>(db, options, *tail_)) {}

EventFeed::~EventFeed() { Stop(); }

absl::StatusOr<std::vector<StoredEvent>> EventFeed::ReadAfter(Call& call, int64_t position, const std::string& root,
                                                              int limit) {
  std::vector<StoredEvent> events;
  if (tail_->ReadAfter(position, root, limit, &events)) return events;
  return ReadFromDatabase(db_, call, position, root, limit);
}

absl::StatusOr<int64_t> EventFeed::Head(Call& call) { return ReadHead(db_, call); }

uint64_t EventFeed::AddListener(std::function<void()> listener) { return tail_->AddListener(std::move(listener)); }
void EventFeed::RemoveListener(uint64_t id) { tail_->RemoveListener(id); }
void EventFeed::Start() { worker_->Start(); }
void EventFeed::Stop() { worker_->Stop(); }
int64_t EventFeed::newest_in_memory() const { return tail_->newest(); }
int64_t EventFeed::pending() const { return worker_->pending(); }

}  // namespace aftersales
