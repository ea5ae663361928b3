// What `aftersalesd check` looks at: every volume's hash chain and what it binds, archived cases and events against the
// entries and volumes that they tell of, stock against its ledger, and gaps in the feed. Reads only, and may run while
// servers work on the database.
#ifndef AFTERSALES_SERVER_ARCHIVE_CHECK_H_
#define AFTERSALES_SERVER_ARCHIVE_CHECK_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "server/storage/database.h"

namespace aftersales {

struct CheckTotals {
  int64_t volumes = 0;
  int64_t entries = 0;
  int64_t balances = 0;
  int64_t events = 0;
  int64_t faults = 0;
};

// Lines that are told at most; all faults are counted.
inline constexpr int64_t kMostFaultLines = 1000;

// "checked 1 volume with 2 entries, ...".
std::string SummaryOf(const CheckTotals& totals);

// Calls `fault` with a line for each fault that is found. An error where the database could not be read to its end.
// `new_call` makes a call with time of its own for each piece of the work.
absl::Status CheckDatabase(Database& db, const std::function<Call()>& new_call,
                           absl::FunctionRef<void(const std::string&)> fault, CheckTotals* totals);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_CHECK_H_
