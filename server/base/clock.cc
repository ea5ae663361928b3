#include "server/base/clock.h"

#include <atomic>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

namespace aftersales {

absl::Time SystemClock::Now() const { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }

absl::Time FileOffsetClock::Now() const {
  static std::atomic<int64_t> last_offset_micros{0};
  std::ifstream file(path_);
  std::string text;
  double seconds = 0;
  if (file >> text && absl::SimpleAtod(text, &seconds) && seconds > -1e9 && seconds < 1e9) {
    last_offset_micros = static_cast<int64_t>(seconds * 1e6);
  }
  return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()) + last_offset_micros);
}

int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }
absl::Time FromMicros(int64_t micros) { return absl::FromUnixMicros(micros); }

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --seconds;
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(rest * 1000));
  return timestamp;
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(timestamp.seconds() * 1000000 + timestamp.nanos() / 1000);
}

std::string ForPeople(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone()); }

}  // namespace aftersales
