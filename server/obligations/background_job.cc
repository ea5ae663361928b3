#include "server/obligations/background_job.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/rpc/log.h"

namespace aftersales {

BackgroundJob::BackgroundJob(std::string name, std::function<absl::Status()> turn, absl::Duration poll)
    : name_(std::move(name)), turn_(std::move(turn)), poll_(poll) {}

BackgroundJob::~BackgroundJob() { Stop(); }

void BackgroundJob::Start() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] { Loop(); });
}

void BackgroundJob::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool BackgroundJob::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Call BackgroundJob::OwnCall(absl::Duration allowed) const {
  Call call;
  call.method = name_;
  call.caller.principal = "principals/system";
  call.deadline = absl::Now() + allowed;
  return call;
}

void BackgroundJob::Loop() {
  do {
    Tell(turn_());
  } while (!WaitOrStop());
}

bool BackgroundJob::WaitOrStop() {
  std::unique_lock lock(mutex_);
  return woken_.wait_for(lock, absl::ToChronoMilliseconds(poll_), [this] { return stopping_; });
}

// Trouble passes with the database's; it is told once when it comes and once when it has gone.
void BackgroundJob::Tell(const absl::Status& status) {
  if (status.ok() == !in_trouble_) return;
  in_trouble_ = !status.ok();
  rpc::Log(in_trouble_ ? rpc::LogLevel::kError : rpc::LogLevel::kInfo,
           absl::StrCat(name_, in_trouble_ ? ": nothing is done at the moment" : ": goes on"),
           {{"status", std::string(status.message())}});
}

}  // namespace aftersales
