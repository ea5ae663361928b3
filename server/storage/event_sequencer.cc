#include "server/storage/event_sequencer.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

constexpr size_t kBatch = 500;
constexpr size_t kPlacedAtOnce = 60;  // three values each: within what a session keeps prepared

// The last position given out. Events are asked as well: no position is given twice, whatever became of the row.
int64_t Head(Reader& reader) {
  const auto given = reader.SelectOne("SELECT position FROM feed_head WHERE id = ?", {1}, "i");
  const auto stands = reader.SelectOne("SELECT COALESCE(MAX(position), 0) FROM event", {}, "i");
  return std::max(given.has_value() ? given->Int(0) : 0, stands->Int(0));
}

std::string Places(size_t count) { return absl::StrJoin(std::vector<std::string>(count, "?"), ", "); }

}  // namespace

EventSequencer::EventSequencer(Database& db, absl::Duration patience)
    : db_(db), patience_(patience), lease_("event-sequencer", patience) {}

absl::StatusOr<EventSequencer::Run> EventSequencer::RunOnce(Call& call) {
  Run run;
  ASSIGN_OR_RETURN(run.holds_lease, lease_.Hold(db_, call));
  if (!run.holds_lease) return run;
  ASSIGN_OR_RETURN(run.waiting, db_.Read<int64_t>(call, [](Reader& reader) -> absl::StatusOr<int64_t> {
    const auto row = reader.SelectOne(
        "SELECT COUNT(*) FROM (SELECT id FROM event WHERE position IS NULL LIMIT 1000) AS waiting", {}, "i");
    return row->Int(0);
  }));
  const bool any = run.waiting > 0;
  // A holder with nothing to do shows that it is there, well before anybody loses patience.
  if (!any && lease_.SinceBeat() < patience_ / 3) return run;
  const absl::Status status = db_.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    run.placed = 0;
    RETURN_IF_ERROR(lease_.Beat(tx));
    if (!any) return absl::OkStatus();
    const std::vector<Pending> batch = SelectBatch(tx, &run.more);
    if (batch.empty()) return absl::OkStatus();
    // Nobody else can place events: the beat above holds the lease's row until the end of this transaction.
    const int64_t head = Head(tx);
    Place(tx, batch, head + 1);
    tx.Execute("UPDATE feed_head SET position = ? WHERE id = ?", {head + static_cast<int64_t>(batch.size()), 1});
    run.placed = static_cast<int64_t>(batch.size());
    return absl::OkStatus();
  });
  if (!lease_.held()) {
    run = Run();
    return run;
  }
  if (!status.ok()) return status;
  return run;
}

std::vector<EventSequencer::Pending> EventSequencer::SelectBatch(Tx& tx, bool* more) {
  const auto read = [](const std::vector<Row>& rows) {
    std::vector<Pending> events;
    for (const Row& row : rows) events.push_back({row.Int(0), row.Text(1), row.Int(2)});
    return events;
  };
  const int limit = static_cast<int>(kBatch);
  // In the order of the index, which is that of ids or of commits: sorting by id makes MariaDB read the whole table.
  // The inner select is answered from the index alone, so that no estimate can talk the database out of using it.
  std::vector<Pending> batch = read(tx.Select(
      "SELECT e.id, e.root, e.root_version FROM (SELECT id FROM event WHERE position IS NULL LIMIT ?) AS waiting "
      "JOIN event e ON e.id = waiting.id",
      {limit}, "iti"));
  *more = batch.size() == kBatch;
  if (!*more) return batch;
  // The limit may have cut off an event with a higher id and a lower version than one in the batch (servers reserve ids
  // in blocks). Read again by root and version: whatever is cut off there comes later in its root.
  std::vector<std::string> roots;
  for (const Pending& event : batch) roots.push_back(event.root);
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  Values values;
  for (const std::string& root : roots) values.emplace_back(root);
  values.emplace_back(limit);
  return read(tx.Select(absl::StrCat("SELECT id, root, root_version FROM event WHERE root IN (", Places(roots.size()),
                                     ") AND position IS NULL ORDER BY root, root_version, id LIMIT ?"),
                        values, "iti"));
}

void EventSequencer::Place(Tx& tx, const std::vector<Pending>& batch, int64_t position) {
  // In the order of ids, which is about the order of commits; within a root, by version.
  std::vector<Pending> ordered = batch;
  std::sort(ordered.begin(), ordered.end(), [](const Pending& a, const Pending& b) { return a.id < b.id; });
  std::map<std::string, std::vector<Pending>> by_root;
  for (const Pending& event : ordered) by_root[event.root].push_back(event);
  std::map<std::string, size_t> next;
  for (auto& [root, events] : by_root) {
    std::stable_sort(events.begin(), events.end(),
                     [](const Pending& a, const Pending& b) { return a.root_version < b.root_version; });
  }
  for (Pending& place : ordered) {
    const std::string root = place.root;
    place = by_root[root][next[root]++];
  }
  for (size_t begin = 0; begin < ordered.size(); begin += kPlacedAtOnce) {
    const size_t count = std::min(kPlacedAtOnce, ordered.size() - begin);
    Values values;
    std::string cases;
    for (size_t i = begin; i < begin + count; ++i) {
      absl::StrAppend(&cases, " WHEN ? THEN ?");
      values.insert(values.end(), {ordered[i].id, position++});
    }
    for (size_t i = begin; i < begin + count; ++i) values.emplace_back(ordered[i].id);
    tx.Execute(absl::StrCat("UPDATE event SET position = CASE id", cases, " END WHERE id IN (", Places(count), ")"),
               values);
  }
}

}  // namespace aftersales
