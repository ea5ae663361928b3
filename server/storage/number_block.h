// Blocks of numbers of a series, for work that needs many at once.
#ifndef AFTERSALES_SERVER_STORAGE_NUMBER_BLOCK_H_
#define AFTERSALES_SERVER_STORAGE_NUMBER_BLOCK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/call.h"
#include "server/storage/database.h"

namespace aftersales {

// The first of `count` numbers of a series that nobody else gets, once the transaction commits; none where the series
// has gone.
absl::StatusOr<int64_t> TakeNumbers(Tx& tx, const std::string& series, int64_t count);

// TakeNumbers in a transaction of its own. Never call it in another's body. What is not used is lost.
absl::StatusOr<int64_t> ReserveNumbers(Database& db, const Call& call, const std::string& series, int64_t count);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_NUMBER_BLOCK_H_
