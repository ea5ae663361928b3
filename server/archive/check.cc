#include "server/archive/check.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "google/protobuf/descriptor.h"
#include "server/archive/archive_rules.h"
#include "server/archive/archive_store.h"
#include "server/archive/verify.h"
#include "server/base/names.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

constexpr int kVolumesAPage = 100;
constexpr int kEntriesAPage = 200;
constexpr int kCasesAPage = 500;
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

// The part with movements that comes after another one; and where it has movements without a balance.
constexpr char kNextPart[] = "SELECT part FROM stock_movement WHERE part > ? ORDER BY part LIMIT ?";
constexpr char kWithoutBalance[] =
    "SELECT DISTINCT m.warehouse FROM stock_movement m WHERE m.part = ? AND NOT EXISTS (SELECT 1 FROM stock_balance b "
    "WHERE b.part = m.part AND b.warehouse = m.warehouse) LIMIT ?";

constexpr char kArchivedCases[] =
    "SELECT name, archive_entry FROM service_case WHERE state = ? AND name > ? ORDER BY name LIMIT ?";

std::string Counted(int64_t number, const std::string& one, const std::string& many) {
  return absl::StrCat(number, " ", number == 1 ? one : many);
}

bool TellsOfArchive(const std::string& type) {
  static const auto* types =
      new std::set<std::string>{Word(v1::EVENT_TYPE_CASE_ARCHIVED, '-'), Word(v1::EVENT_TYPE_VOLUME_OPENED, '-'),
                                Word(v1::EVENT_TYPE_VOLUME_SEALED, '-')};
  return types->count(type) != 0;
}

class Check {
 public:
  Check(Database& db, const std::function<Call()>& new_call, absl::FunctionRef<void(const std::string&)> fault,
        CheckTotals* totals)
      : db_(db), new_call_(new_call), fault_(fault), totals_(totals) {}

  absl::Status Volumes();
  absl::Status ArchivedCases();
  absl::Status Stock();
  absl::Status StockWithoutBalance();
  absl::Status Feed();

 private:
  template <typename Result>
  absl::StatusOr<Result> Read(absl::FunctionRef<absl::StatusOr<Result>(Reader&)> body) {
    Call call = new_call_();
    return db_.Read<Result>(call, body);
  }
  absl::StatusOr<std::vector<Row>> Select(std::string_view sql, const Values& values, std::string_view types) {
    return Read<std::vector<Row>>(
        [&](Reader& reader) -> absl::StatusOr<std::vector<Row>> { return reader.Select(sql, values, types); });
  }
  void Found(const std::string& line) {
    if (++totals_->faults <= kMostFaultLines) fault_(line);
    if (totals_->faults == kMostFaultLines + 1) fault_("more faults were found; from here on they are only counted");
  }
  absl::Status AuditVolume(const v1::Volume& volume);
  absl::Status Told(const std::vector<int64_t>& events);
  // The last position given out; -1 where the row that says so is gone.
  absl::StatusOr<int64_t> FeedHead();
  void NothingStands(int64_t first, int64_t last);

  Database& db_;
  const std::function<Call()>& new_call_;
  absl::FunctionRef<void(const std::string&)> fault_;
  CheckTotals* totals_;
};

absl::Status Check::AuditVolume(const v1::Volume& volume) {
  ++totals_->volumes;
  Audit audit;
  while (!audit.finished) {
    ASSIGN_OR_RETURN(audit, Read<Audit>([&](Reader& reader) -> absl::StatusOr<Audit> {
                       return AuditEntries(reader, volume, audit.reached, kEntriesAPage, kBytesAPage);
                     }));
    totals_->entries += audit.entries;
    for (const v1::VolumeFault& fault : audit.faults) {
      Found(absl::StrCat(fault.entry().empty() ? volume.name() : fault.entry(), ": ", fault.text()));
    }
  }
  return absl::OkStatus();
}

absl::Status Check::Volumes() {
  const auto counted = [this] {
    return Read<int64_t>([](Reader& reader) -> absl::StatusOr<int64_t> { return CountedVolumes(reader); });
  };
  const auto gone = [this](int64_t first, int64_t last) {
    if (first <= last) Found(absl::StrCat(VolumeName(first), ": ", GoneText("volumes", first, last)));
  };
  // The volumes that are there, not all that their counter tells: whoever alters the database alters that as well.
  ASSIGN_OR_RETURN(const int64_t before, counted());
  ListQuery query;
  query.order.push_back({"number"});
  int64_t last = 0;
  std::string last_name;
  for (;;) {
    ASSIGN_OR_RETURN(
        const std::vector<v1::Volume> volumes,
        Read<std::vector<v1::Volume>>([&](Reader& reader) -> absl::StatusOr<std::vector<v1::Volume>> {
          std::vector<v1::Volume> page;
          const Values after = last_name.empty() ? Values{} : Values{last, last_name};
          for (const auto& volume : aftersales::Volumes().core().Select(reader, query, after, kVolumesAPage)) {
            page.push_back(static_cast<const v1::Volume&>(*volume));
          }
          return page;
        }));
    for (const v1::Volume& volume : volumes) {
      gone(last + 1, volume.number() - 1);
      last = volume.number();
      last_name = volume.name();
      RETURN_IF_ERROR(AuditVolume(volume));
    }
    if (volumes.size() < static_cast<size_t>(kVolumesAPage)) break;
  }
  gone(last + 1, before);
  ASSIGN_OR_RETURN(const int64_t after, counted());
  if (after < last) Found(absl::StrCat(VolumeName(last), ": the counter of volumes says ", after, " and was altered"));
  return absl::OkStatus();
}

absl::Status Check::ArchivedCases() {
  std::string last;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     Select(kArchivedCases, {v1::CASE_STATE_ARCHIVED, last, kCasesAPage}, "tt"));
    std::vector<std::string> entries;
    for (const Row& row : rows) entries.push_back(row.Text(1));
    using Cases = std::map<std::string, std::string>;
    ASSIGN_OR_RETURN(const Cases bound, Read<Cases>([&](Reader& reader) -> absl::StatusOr<Cases> {
                       Cases cases;
                       const auto keep = [&](const google::protobuf::Message& message) {
                         const auto& entry = static_cast<const v1::ArchiveEntry&>(message);
                         cases[entry.name()] = entry.service_case();
                       };
                       ArchiveEntries().core().SelectNamed(reader, entries, keep);
                       return cases;
                     }));
    for (const Row& row : rows) {
      last = row.Text(0);
      const auto entry = bound.find(row.Text(1));
      if (entry == bound.end()) {
        Found(absl::StrCat(last, ": its entry ", row.Text(1), " is gone"));
      } else if (entry->second != last) {
        Found(absl::StrCat(last, ": its entry ", row.Text(1), " is that of ", entry->second));
      }
    }
    if (rows.size() < static_cast<size_t>(kCasesAPage)) return absl::OkStatus();
  }
}

absl::Status Check::Stock() {
  const int received = v1::MOVEMENT_KIND_RECEIVED, reserved = v1::MOVEMENT_KIND_RESERVED,
            released = v1::MOVEMENT_KIND_RELEASED, issued = v1::MOVEMENT_KIND_ISSUED;
  std::string part, warehouse;
  for (;;) {
    const Values values{received, issued, reserved, released, issued, part, part, warehouse, kBalancesAPage};
    ASSIGN_OR_RETURN(const std::vector<Row> rows, Select(kBalances, values, "ttiiii"));
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

absl::Status Check::StockWithoutBalance() {
  std::string part;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<Row> next, Select(kNextPart, {part, 1}, "t"));
    if (next.empty()) return absl::OkStatus();
    part = next[0].Text(0);
    ASSIGN_OR_RETURN(const std::vector<Row> rows, Select(kWithoutBalance, {part, kBalancesAPage}, "t"));
    for (const Row& row : rows) {
      Found(absl::StrCat("stock of ", part, " in ", row.Text(0), ": there are movements and no balance"));
    }
  }
}

// What these events tell of is there. (What it says is compared with them where it is looked at itself.)
absl::Status Check::Told(const std::vector<int64_t>& ids) {
  if (ids.empty()) return absl::OkStatus();
  using Lines = std::vector<std::string>;
  ASSIGN_OR_RETURN(
      const Lines lines, Read<Lines>([&](Reader& reader) -> absl::StatusOr<Lines> {
        std::map<std::string, int64_t> told;
        static const auto* sql = new std::string(ByNamesSql("SELECT id, body FROM event WHERE id"));
        SelectByNames(reader, *sql, {}, {ids.begin(), ids.end()}, "it", [&](const Row& row) {
          v1::Event event;
          if (!event.ParseFromString(row.Text(1))) return;
          told[event.has_archive_entry() ? event.archive_entry().name() : event.volume().name()] = row.Int(0);
        });
        std::vector<std::string> names;
        for (const auto& [name, id] : told) names.push_back(name);
        const auto there = [&](const google::protobuf::Message& message) {
          told.erase(message.GetReflection()->GetString(message, message.GetDescriptor()->FindFieldByName("name")));
        };
        ArchiveEntries().core().SelectNamed(reader, names, there);
        aftersales::Volumes().core().SelectNamed(reader, names, there);
        Lines gone;
        for (const auto& [name, id] : told) {
          gone.push_back(absl::StrCat("events/", id, ": ", name, ", which it tells of, is gone"));
        }
        return gone;
      }));
  for (const std::string& line : lines) Found(line);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Check::FeedHead() {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, Select("SELECT position FROM feed_head WHERE id = ?", {1}, "i"));
  return rows.empty() ? -1 : rows[0].Int(0);
}

void Check::NothingStands(int64_t first, int64_t last) {
  if (first > last) return;
  Found(absl::StrCat("feed: nothing stands at position ", first, first == last ? "" : absl::StrCat(" to ", last),
                     first == last ? "; an event was taken out" : "; events were taken out"));
}

absl::Status Check::Feed() {
  // Asked before and after: events are given their places meanwhile.
  ASSIGN_OR_RETURN(const int64_t before, FeedHead());
  if (before < 0) Found("feed: the row that keeps the last position is gone");
  // Positions begin at 1; what stood before would be in no feed.
  ASSIGN_OR_RETURN(const std::vector<Row> outside,
                   Select("SELECT id FROM event WHERE position < ? ORDER BY position LIMIT ?", {1, kEventsAPage}, "i"));
  for (const Row& row : outside) {
    Found(absl::StrCat("events/", row.Int(0), ": stands at a position that is never given out"));
  }
  int64_t position = 0;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     Select("SELECT position, id, type FROM event WHERE position > ? ORDER BY position LIMIT ?",
                            {position, kEventsAPage}, "iit"));
    std::vector<int64_t> archive;
    for (const Row& row : rows) {
      NothingStands(position + 1, row.Int(0) - 1);
      position = row.Int(0);
      ++totals_->events;
      if (TellsOfArchive(row.Text(2))) archive.push_back(row.Int(1));
    }
    RETURN_IF_ERROR(Told(archive));
    more = rows.size() == static_cast<size_t>(kEventsAPage);
  }
  NothingStands(position + 1, before);
  ASSIGN_OR_RETURN(const int64_t after, FeedHead());
  if (after >= 0 && position > after) {
    Found(absl::StrCat("feed: position ", position, " was never given out, the last is ", after,
                       "; events were added, or that row was altered"));
  }
  // Those that wait for their places; there are few, unless no server runs.
  ASSIGN_OR_RETURN(const std::vector<Row> waiting,
                   Select("SELECT id, type FROM event WHERE position IS NULL LIMIT ?", {kEventsAPage}, "it"));
  std::vector<int64_t> archive;
  for (const Row& row : waiting) {
    if (TellsOfArchive(row.Text(1))) archive.push_back(row.Int(0));
  }
  return Told(archive);
}

}  // namespace

std::string SummaryOf(const CheckTotals& totals) {
  return absl::StrCat("checked ", Counted(totals.volumes, "volume", "volumes"), " with ",
                      Counted(totals.entries, "entry", "entries"), ", ",
                      Counted(totals.balances, "balance of stock", "balances of stock"), ", ",
                      Counted(totals.events, "event", "events"), ": ", Counted(totals.faults, "fault", "faults"));
}

absl::Status CheckDatabase(Database& db, const std::function<Call()>& new_call,
                           absl::FunctionRef<void(const std::string&)> fault, CheckTotals* totals) {
  Check check(db, new_call, fault, totals);
  RETURN_IF_ERROR(check.Volumes());
  RETURN_IF_ERROR(check.ArchivedCases());
  RETURN_IF_ERROR(check.Stock());
  RETURN_IF_ERROR(check.StockWithoutBalance());
  return check.Feed();
}

}  // namespace aftersales
