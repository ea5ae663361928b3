// Reckons anew what volumes bind, and names what is not as it was bound. Nothing is changed.
#ifndef AFTERSALES_SERVER_ARCHIVE_VERIFY_H_
#define AFTERSALES_SERVER_ARCHIVE_VERIFY_H_

#include <cstdint>
#include <vector>

#include "aftersales/v1/archive.pb.h"
#include "server/storage/database.h"

namespace aftersales {

struct Audit {
  std::vector<v1::VolumeFault> faults;
  int64_t entries = 0;    // looked at
  int64_t reached = 0;    // number of the last of them
  bool finished = false;  // all were looked at, and the volume itself
};

// Faults that are named of one entry, and those with which a page ends.
inline constexpr int kMostFaultsOfEntry = 100;
inline constexpr size_t kMostFaultsAPage = 1000;

// Looks at up to `most` entries after number `after` of the volume as it was read (others may be added meanwhile), and
// ends after the entry with which more than `most_bytes` of attachments were read.
Audit AuditEntries(Reader& reader, const v1::Volume& volume, int64_t after, int most, int64_t most_bytes);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_VERIFY_H_
