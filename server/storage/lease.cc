#include "server/storage/lease.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/random.h"

namespace aftersales {

Lease::Lease(std::string name, absl::Duration patience)
    : name_(std::move(name)), owner_(ToHex(RandomBytes(16))), patience_(patience) {}

absl::StatusOr<bool> Lease::Hold(Database& db, Call& call) {
  if (held_) return true;
  std::optional<Row> row;
  RETURN_IF_ERROR(db.Read<bool>(call, [&](Reader& reader) -> absl::StatusOr<bool> {
                      row = reader.SelectOne("SELECT owner, epoch, beat FROM lease WHERE name = ?", {name_}, "tii");
                      return true;
                    }).status());
  const auto now = Steady::now();
  const bool free = !row.has_value() || row->Text(0).empty();
  const int64_t epoch = row.has_value() ? row->Int(1) : 0;
  const int64_t beat = row.has_value() ? row->Int(2) : 0;
  if (!free && (!seen_any_ || epoch != epoch_ || beat != beat_)) {
    seen_any_ = true;
    seen_ = now;
    epoch_ = epoch;
    beat_ = beat;
    return false;
  }
  if (!free && absl::FromChrono(now - seen_) < patience_) return false;
  epoch_ = epoch;
  beat_ = beat;
  RETURN_IF_ERROR(TryTake(db, call));
  return held_;
}

absl::Status Lease::TryTake(Database& db, Call& call) {
  bool taken = false;
  const int64_t next = epoch_ + 1;
  RETURN_IF_ERROR(db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    // The second condition: taken by an earlier try whose commit was in doubt.
    taken = tx.Execute(
                "UPDATE lease SET owner = ?, epoch = ?, beat = ? WHERE name = ? AND ((epoch = ? AND beat = ?) OR "
                "(epoch = ? AND owner = ?))",
                {owner_, next, beat_ + 1, name_, epoch_, beat_, next, owner_}) == 1;
    if (!taken && epoch_ == 0) {
      taken = tx.Insert("INSERT INTO lease (name, owner, epoch, beat) VALUES (?, ?, ?, ?)",
                        {name_, owner_, next, beat_ + 1});
    }
    return absl::OkStatus();
  }));
  held_ = taken;
  seen_any_ = false;
  if (taken) {
    epoch_ = next;
    last_beat_ = Steady::now();
  }
  return absl::OkStatus();
}

absl::Status Lease::Beat(Tx& tx) {
  const bool mine = held_ && tx.Execute("UPDATE lease SET beat = beat + 1 WHERE name = ? AND owner = ? AND epoch = ?",
                                        {name_, owner_, epoch_}) == 1;
  if (!mine) {
    held_ = false;
    seen_any_ = false;
    return Error(absl::StatusCode::kAborted, v1::ERROR_REASON_STORAGE_UNAVAILABLE,
                 absl::StrCat("Another server has taken over the lease ", name_, "; this work is not ours any more."));
  }
  last_beat_ = Steady::now();
  return absl::OkStatus();
}

absl::Status Lease::Release(Database& db, Call& call) {
  if (!held_) return absl::OkStatus();
  held_ = false;
  return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    tx.Execute("UPDATE lease SET owner = '', beat = beat + 1 WHERE name = ? AND owner = ? AND epoch = ?",
               {name_, owner_, epoch_});
    return absl::OkStatus();
  });
}

absl::Duration Lease::SinceBeat() const { return absl::FromChrono(Steady::now() - last_beat_); }

}  // namespace aftersales
