// Background work that one server does at a time: a row (name, owner, epoch, beat). The holder bumps the beat in every
// one of its transactions; a server that sees it stand still, by its own clock that never jumps, takes the lease over
// under the next epoch, and from then on nothing that the old holder does can commit.
#ifndef AFTERSALES_SERVER_STORAGE_LEASE_H_
#define AFTERSALES_SERVER_STORAGE_LEASE_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/storage/database.h"

namespace aftersales {

// Used by one thread at a time.
class Lease {
 public:
  Lease(std::string name, absl::Duration patience);

  // Whether this object holds the lease as far as it knows; takes it when it is free or its beat has stood still for
  // longer than the patience. Call it every now and then: a challenger learns only from what it sees between its calls.
  absl::StatusOr<bool> Hold(Database& db, Call& call);
  // Statement of every transaction made under the lease, the first one: bumps the beat. ABORTED when another has taken
  // over; the body must then return that status.
  absl::Status Beat(Tx& tx);
  // Lets others take over at once.
  absl::Status Release(Database& db, Call& call);

  bool held() const { return held_; }
  // Time since the last beat committed by Beat's caller; for holders with nothing to do.
  absl::Duration SinceBeat() const;

 private:
  using Steady = std::chrono::steady_clock;
  absl::Status TryTake(Database& db, Call& call);

  const std::string name_;
  const std::string owner_;  // made up anew by each object
  const absl::Duration patience_;
  bool held_ = false;
  int64_t epoch_ = 0;        // under which it is held, or as last seen
  int64_t beat_ = 0;         // as last seen
  Steady::time_point seen_;  // when epoch and beat were first seen as they are
  bool seen_any_ = false;
  Steady::time_point last_beat_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_LEASE_H_
