#include "server/storage/number_block.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/storage/fault.h"

namespace aftersales {

absl::StatusOr<int64_t> TakeNumbers(Tx& tx, const std::string& series, int64_t count) {
  const auto advance = [&] {
    return tx.Execute("UPDATE number_series SET next_value = next_value + ? WHERE name = ?", {count, series}) == 1;
  };
  if (!advance()) {
    if (tx.Insert("INSERT INTO number_series (name, next_value) VALUES (?, ?)", {series, 1 + count})) return 1;
    if (!advance()) throw Fault(FaultKind::kDeadlock, 0, "another server is starting the same series");
  }
  const std::optional<Row> row = tx.SelectOne("SELECT next_value FROM number_series WHERE name = ?", {series}, "i");
  if (!row.has_value()) return InternalError(absl::StrCat("number series ", series, " has gone"));
  return row->Int(0) - count;
}

absl::StatusOr<int64_t> ReserveNumbers(Database& db, const Call& call, const std::string& series, int64_t count) {
  // Has nothing to do with whether the call itself is a trial only.
  Call own = call;
  own.validate_only = false;
  int64_t first = 0;
  RETURN_IF_ERROR(db.WriteOwn(own, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(first, TakeNumbers(tx, series, count));
    return absl::OkStatus();
  }));
  return first;
}

}  // namespace aftersales
