#include "aftersales/event_subscription.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "aftersales/errors.h"

namespace aftersales {
namespace {

constexpr char kMethod[] = "/aftersales.v1.EventService/WatchEvents";

// The stream broke for a reason that passes by itself. A server that ends the stream without an error is restarting,
// and INTERNAL without a reason is the transport's, not the server's.
bool PassesByItself(const absl::Status& ending) {
  switch (ending.code()) {
    case absl::StatusCode::kOk:
    // Not by us, which is looked at before: a call that reaches a server while it shuts down looks cancelled.
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted: return true;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown: return ErrorReasonOf(ending) == v1::ERROR_REASON_UNSPECIFIED;
    default: return false;
  }
}

}  // namespace

class EventSubscription::Feed {
 public:
  Feed(std::shared_ptr<Connection> connection, SubscriptionOptions options)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        asked_position_(options_.after_position),
        position_(options_.after_position),
        wait_(options_.first_wait) {}

  absl::StatusOr<v1::Event> Next() {
    while (waiting_.empty()) {
      if (stopped()) return Stopped();
      if (!ending_.ok()) return ending_;
      if (stream_ == nullptr) Open();
      v1::WatchEventsResponse batch;
      if (stream_->Read(batch)) {
        Take(batch);
      } else {
        ending_ = Reconnect();
      }
    }
    v1::Event event = std::move(waiting_.front());
    waiting_.pop_front();
    absl::MutexLock lock(&mutex_);
    position_ = waiting_.empty() ? std::max(event.position(), asked_position_) : event.position();
    return event;
  }

  int64_t position() const {
    absl::MutexLock lock(&mutex_);
    return position_;
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }

 private:
  static absl::Status Stopped() { return absl::CancelledError("the subscription was stopped"); }

  bool stopped() const {
    absl::MutexLock lock(&mutex_);
    return stopped_;
  }

  void Open() {
    v1::WatchEventsRequest request;
    request.set_after_position(asked_position_);
    request.set_root(options_.root);
    std::unique_ptr<MessageStream> stream =
        connection_->ServerStream(kMethod, request, {.idle_timeout = options_.idle_timeout});
    absl::MutexLock lock(&mutex_);
    stream_ = std::move(stream);
    if (stopped_) stream_->Cancel();
  }

  // Keeps what is new of a batch: a server may send again what it had sent before the stream broke.
  void Take(v1::WatchEventsResponse& batch) {
    for (v1::Event& event : *batch.mutable_events()) {
      if (event.position() <= asked_position_) continue;
      asked_position_ = event.position();
      waiting_.push_back(std::move(event));
    }
    asked_position_ = std::max(asked_position_, batch.position());
    wait_ = options_.first_wait;
    if (!waiting_.empty()) return;
    absl::MutexLock lock(&mutex_);
    position_ = asked_position_;
  }

  // Lets go of a broken stream and waits before the next; an error where a next one would not help.
  absl::Status Reconnect() {
    const absl::Status why = stream_->Finish();
    {
      absl::MutexLock lock(&mutex_);
      stream_ = nullptr;
      if (stopped_) return Stopped();
    }
    if (!PassesByItself(why)) return why;
    const absl::Duration wait = std::max(wait_, RetryDelay(why).value_or(absl::ZeroDuration()));
    wait_ = std::min(wait_ * 2, options_.longest_wait);
    if (options_.on_reconnect) options_.on_reconnect(why, wait);
    if (options_.sleep) {
      options_.sleep(wait);
    } else {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopped_), wait);
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<Connection> connection_;
  const SubscriptionOptions options_;
  // What Next works with; only its thread touches it.
  std::deque<v1::Event> waiting_;
  int64_t asked_position_;
  absl::Status ending_;

  mutable absl::Mutex mutex_;
  int64_t position_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Replaced under the mutex and by Next's thread only, which may therefore read it without.
  std::unique_ptr<MessageStream> stream_;
  absl::Duration wait_;
};

EventSubscription::EventSubscription(std::shared_ptr<Connection> connection, SubscriptionOptions options)
    : feed_(std::make_unique<Feed>(std::move(connection), std::move(options))) {}

EventSubscription::~EventSubscription() { Stop(); }

absl::StatusOr<v1::Event> EventSubscription::Next() { return feed_->Next(); }

absl::Status EventSubscription::ForEach(const std::function<absl::Status(const v1::Event&)>& handle) {
  while (true) {
    absl::StatusOr<v1::Event> event = Next();
    if (!event.ok()) return event.status();
    absl::Status handled = handle(*event);
    if (!handled.ok()) return handled;
  }
}

int64_t EventSubscription::position() const { return feed_->position(); }

void EventSubscription::Stop() { feed_->Stop(); }

}  // namespace aftersales
