#include "server/rpc/streams.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

namespace aftersales::rpc {
namespace {

absl::Duration TickEvery(const GrpcServerOptions& options) {
  const absl::Duration shortest =
      std::min({options.heartbeat, options.reauthenticate, options.slowest_reader, options.slowest_writer});
  return std::clamp(shortest / 4, absl::Milliseconds(5), absl::Seconds(1));
}

}  // namespace

Streams::Streams(CallPath& path, WorkerPool& pool) : path_(path), pool_(pool), ticker_([this] { Tick(); }) {}

Streams::~Streams() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_all();
  ticker_.join();
}

bool Streams::Add(const std::shared_ptr<OpenStream>& stream) {
  std::lock_guard lock(mutex_);
  if (streams_.size() >= static_cast<size_t>(path_.options().streams)) return false;
  streams_.emplace(stream.get(), stream);
  return true;
}

void Streams::Remove(OpenStream* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

bool Streams::CountIn(const std::string& principal) {
  std::lock_guard lock(mutex_);
  int& count = by_principal_[principal];
  if (count >= path_.options().streams_per_principal) return false;
  ++count;
  return true;
}

void Streams::CountOut(const std::string& principal) {
  std::lock_guard lock(mutex_);
  if (--by_principal_[principal] == 0) by_principal_.erase(principal);
}

void Streams::End() {
  std::vector<std::shared_ptr<OpenStream>> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, stream] : streams_) all.push_back(stream.lock());
  }
  for (const auto& stream : all) {
    if (stream != nullptr) stream->Wake();
  }
}

int Streams::open() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(streams_.size());
}

void Streams::Tick() {
  const absl::Duration every = TickEvery(path_.options());
  std::vector<std::shared_ptr<OpenStream>> all;
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, absl::ToChronoMilliseconds(every), [this] { return stopped_; })) {
    for (const auto& [key, stream] : streams_) all.push_back(stream.lock());
    lock.unlock();
    const absl::Time now = absl::Now();
    for (const auto& stream : all) {
      if (stream != nullptr) stream->Tick(now);
    }
    all.clear();
    lock.lock();
  }
}

}  // namespace aftersales::rpc
