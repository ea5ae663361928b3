// The server's time, and time in its forms: absl::Time in code, microseconds UTC in the database, Timestamp in the API.
#ifndef AFTERSALES_SERVER_BASE_CLOCK_H_
#define AFTERSALES_SERVER_BASE_CLOCK_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace aftersales {

// What time it is. Thread-safe. Times are cut to whole microseconds, so that what is stored equals what was answered.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
};

// The system's time plus an offset read from a file anew at each call (seconds, may be fractional or negative; a file
// that cannot be read or parsed leaves the offset as it was). For tests only: `aftersalesd --test-clock`.
class FileOffsetClock : public Clock {
 public:
  explicit FileOffsetClock(std::string path) : path_(std::move(path)) {}
  absl::Time Now() const override;

 private:
  std::string path_;
};

int64_t ToMicros(absl::Time time);
absl::Time FromMicros(int64_t micros);
google::protobuf::Timestamp ToProto(absl::Time time);
// Timestamps from callers are checked by rpc/ before they come here.
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);
// "2026-11-22 14:05:00 UTC", for texts that people read.
std::string ForPeople(absl::Time time);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_CLOCK_H_
