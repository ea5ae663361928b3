#include "server/archive/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/parts.pb.h"
#include "server/archive/archive_store.h"
#include "server/archive/verify.h"

namespace aftersales {
namespace {

constexpr int kEntriesAPage = 200;
constexpr int64_t kBytesAPage = int64_t{256} << 20;
constexpr int kBalancesAPage = 200;
constexpr int kEventsAPage = 10000;

// A balance and what its movements make it, in one statement, so that both are of one moment.
constexpr char kBalances[] =
    "SELECT b.part, b.warehouse, b.on_hand, b.reserved, "
    "(SELECT SUM(CASE m.kind WHEN ? THEN m.quantity WHEN ? THEN -m.quantity ELSE 0 END) FROM stock_movement m WHERE "
    "m.part = b.part AND m.warehouse = b.warehouse), "
    "(SELECT SUM(CASE m.kind WHEN ? THEN m.quantity WHEN ? THEN -m.quantity WHEN ? THEN -m.quantity ELSE 0 END) FROM "
    "stock_movement m WHERE m.part = b.part AND m.warehouse = b.warehouse) "
    "FROM stock_balance b WHERE b.part >= ? AND (b.part > ? OR b.warehouse > ?) ORDER BY b.part, b.warehouse LIMIT ?";

class Check {
 public:
  Check(Database& db, const std::function<Call()>& new_call, absl::FunctionRef<void(const std::string&)> fault,
        CheckTotals* totals)
      : db_(db), new_call_(new_call), fault_(fault), totals_(totals) {}

  absl::Status Volumes();
  absl::Status Stock();
  absl::Status Feed();

 private:
  template <typename Result>
  absl::StatusOr<Result> Read(absl::FunctionRef<absl::StatusOr<Result>(Reader&)> body) {
    Call call = new_call_();
    return db_.Read<Result>(call, body);
  }
  void Found(const std::string& line) {
    ++totals_->faults;
    fault_(line);
  }

  Database& db_;
  const std::function<Call()>& new_call_;
  absl::FunctionRef<void(const std::string&)> fault_;
  CheckTotals* totals_;
};

absl::Status Check::Volumes() {
  ASSIGN_OR_RETURN(const int64_t newest,
                   Read<int64_t>([](Reader& reader) -> absl::StatusOr<int64_t> { return NewestVolume(reader); }));
  for (int64_t number = 1; number <= newest; ++number) {
    const std::string name = VolumeName(number);
    absl::StatusOr<v1::Volume> volume =
        Read<v1::Volume>([&](Reader& reader) { return aftersales::Volumes().Get(reader, name); });
    if (absl::IsNotFound(volume.status())) {
      Found(absl::StrCat(name, ": ", name, " is gone"));
      continue;
    }
    RETURN_IF_ERROR(volume.status());
    ++totals_->volumes;
    Audit audit;
    while (!audit.finished) {
      ASSIGN_OR_RETURN(audit, Read<Audit>([&](Reader& reader) -> absl::StatusOr<Audit> {
                         return AuditEntries(reader, *volume, audit.reached, kEntriesAPage, kBytesAPage);
                       }));
      totals_->entries += audit.entries;
      for (const v1::VolumeFault& fault : audit.faults) {
        Found(absl::StrCat(fault.entry().empty() ? name : fault.entry(), ": ", fault.text()));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Check::Stock() {
  const int received = v1::MOVEMENT_KIND_RECEIVED, reserved = v1::MOVEMENT_KIND_RESERVED,
            released = v1::MOVEMENT_KIND_RELEASED, issued = v1::MOVEMENT_KIND_ISSUED;
  std::string part, warehouse;
  for (;;) {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows, Read<std::vector<Row>>([&](Reader& reader) -> absl::StatusOr<std::vector<Row>> {
          return reader.Select(kBalances,
                               {received, issued, reserved, released, issued, part, part, warehouse, kBalancesAPage},
                               "ttiiii");
        }));
    for (const Row& row : rows) {
      part = row.Text(0);
      warehouse = row.Text(1);
      ++totals_->balances;
      if (row.Int(2) == row.Int(4) && row.Int(3) == row.Int(5)) continue;
      Found(absl::StrCat("stock of ", part, " in ", warehouse, ": ", row.Int(2), " on hand and ", row.Int(3),
                         " reserved, but its movements make ", row.Int(4), " and ", row.Int(5)));
    }
    if (rows.size() < static_cast<size_t>(kBalancesAPage)) return absl::OkStatus();
  }
}

absl::Status Check::Feed() {
  int64_t position = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     Read<std::vector<Row>>([&](Reader& reader) -> absl::StatusOr<std::vector<Row>> {
                       return reader.Select("SELECT position FROM event WHERE position > ? ORDER BY position LIMIT ?",
                                            {position, kEventsAPage}, "i");
                     }));
    for (const Row& row : rows) {
      if (row.Int(0) != position + 1) {
        Found(absl::StrCat("feed: nothing stands at position ", position + 1,
                           row.Int(0) > position + 2 ? absl::StrCat(" to ", row.Int(0) - 1) : "",
                           "; an event was taken out"));
      }
      position = row.Int(0);
      ++totals_->events;
    }
    if (rows.size() < static_cast<size_t>(kEventsAPage)) return absl::OkStatus();
  }
}

}  // namespace

absl::Status CheckDatabase(Database& db, const std::function<Call()>& new_call,
                           absl::FunctionRef<void(const std::string&)> fault, CheckTotals* totals) {
  Check check(db, new_call, fault, totals);
  RETURN_IF_ERROR(check.Volumes());
  RETURN_IF_ERROR(check.Stock());
  return check.Feed();
}

}  // namespace aftersales
