#include "server/archive/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/archive/archive_rules.h"
#include "server/archive/archive_store.h"
#include "server/attachments/attachment_store.h"
#include "server/base/names.h"
#include "server/cases/case_store.h"

namespace aftersales {
namespace {

constexpr int kMostBeyond = 10;

using Faults = std::vector<v1::VolumeFault>;

void Report(const std::string& entry, const std::string& resource, const std::string& what, Faults* faults) {
  v1::VolumeFault& fault = faults->emplace_back();
  fault.set_entry(entry);
  fault.set_resource(resource);
  fault.set_text(absl::StrCat(resource, " ", what));
}

// However many numbers are missing: one fault.
void ReportGone(const std::string& volume, int64_t first, int64_t last, Faults* faults) {
  if (first > last) return;
  v1::VolumeFault& fault = faults->emplace_back();
  fault.set_entry(EntryName(volume, first));
  fault.set_resource(fault.entry());
  fault.set_text(GoneText(absl::StrCat(volume, "/entries"), first, last));
}

// What became of a case after it was bound with an entry.
struct Since {
  bool reopened = false;  // an event tells so
  bool archived = false;  // the case says that it is archived, with this entry
  // Only both together let it change: neither an event alone nor the case's row alone takes it out of the archive.
  bool stands() const { return archived || !reopened; }
};

// The event first: whoever reopens a case writes both at once.
Since SinceBound(Reader& reader, const v1::ArchiveEntry& entry) {
  Since since;
  since.reopened = !EventsOf(reader, entry.service_case(), entry.case_version(), v1::EVENT_TYPE_CASE_REOPENED).empty();
  const absl::StatusOr<v1::Case> now = Cases().Get(reader, entry.service_case());
  since.archived = now.ok() && now->state() == v1::CASE_STATE_ARCHIVED && now->archive_entry() == entry.name();
  return since;
}

// What one entry binds, looked at once.
class Look {
 public:
  // `stands`: the case is archived still as the entry bound it, so nothing of it has changed.
  Look(Reader& reader, const v1::ArchiveEntry& entry, bool stands) : reader_(reader), entry_(entry), stands_(stands) {}

  Faults Items(const std::vector<BoundItem>& items);
  // What the items are bound as now, for those that are there.
  const std::map<std::string, BoundItem>& now() const { return now_; }
  int64_t bytes() const { return bytes_; }

 private:
  void Found(const std::string& resource, const std::string& what) { Report(entry_.name(), resource, what, &faults_); }
  // It is what events told of it since it was bound.
  bool IsAsTold(const BoundItem& now);
  void CheckItem(const BoundItem& bound);
  void CheckBytes(const std::string& name);
  void CheckAdded(const std::vector<BoundItem>& items);

  Reader& reader_;
  const v1::ArchiveEntry& entry_;
  const bool stands_;
  std::map<std::string, BoundItem> now_;
  int64_t bytes_ = 0;
  Faults faults_;
};

// The bytes that were uploaded are still there, whatever the row says that names their hash.
void Look::CheckBytes(const std::string& name) {
  const absl::StatusOr<v1::Attachment> attachment = Attachments().Get(reader_, name);
  if (!attachment.ok()) return;  // told already: it is gone
  const KeptBytes kept = BytesOf(reader_, name);
  bytes_ += kept.size;
  if (kept.size == attachment->size() && kept.sha256 == attachment->sha256()) return;
  Found(name, "was altered: its bytes are not those that were uploaded");
}

bool Look::IsAsTold(const BoundItem& now) {
  const auto told = LastToldOf(reader_, entry_.service_case(), entry_.case_version(), now.resource);
  return told.has_value() && told->whole_sha256 == now.whole_sha256;
}

void Look::CheckItem(const BoundItem& bound) {
  const auto found = now_.find(bound.resource);
  if (found == now_.end()) return Found(bound.resource, "is gone");
  const BoundItem& now = found->second;
  bool same = now.sha256 == bound.sha256;
  if (same && stands_ && now.whole_sha256 != bound.whole_sha256) {
    same = ChangesAreTold(bound.resource) && IsAsTold(now);
  }
  if (!same) Found(bound.resource, "was altered");
}

void Look::CheckAdded(const std::vector<BoundItem>& items) {
  std::set<std::string> bound;
  for (const BoundItem& item : items) bound.insert(item.resource);
  std::vector<std::string> came;
  std::vector<std::string> there = EventsBefore(reader_, entry_.service_case(), entry_.case_version());
  if (stands_) {
    for (std::vector<std::string>& more :
         std::vector{EventsOfContacts(reader_, entry_.service_case()), ThingsOf(reader_, entry_.service_case())}) {
      std::move(more.begin(), more.end(), std::back_inserter(there));
    }
  }
  for (const std::string& resource : there) {
    if (bound.count(resource) > 0 || GoesOn(resource)) continue;
    if (MayComeTold(resource)) {
      came.push_back(resource);
    } else {
      Found(resource, "was added");
    }
  }
  for (const auto& [resource, now] : BoundNow(reader_, came)) {
    if (!IsAsTold(now)) Found(resource, "was added");
  }
}

Faults Look::Items(const std::vector<BoundItem>& items) {
  std::vector<std::string> resources;
  for (const BoundItem& item : items) resources.push_back(item.resource);
  now_ = BoundNow(reader_, resources);
  for (const BoundItem& item : items) {
    CheckItem(item);
    if (CollectionOf(item.resource) == "attachments") CheckBytes(item.resource);
  }
  CheckAdded(items);
  return std::move(faults_);
}

// What is wrong with what the entry itself says; empty where it is as its hashes and its event tell.
std::string WrongWithEntry(Reader& reader, const v1::ArchiveEntry& entry, std::vector<BoundItem> items,
                           const std::map<std::string, BoundItem>& now) {
  if (entry.name() != EntryName(entry.volume(), entry.number())) {
    return "was altered: its number is not that of its name";
  }
  if (ContentHash(entry, items) != entry.content_hash()) {
    // Where the things themselves make the hash, it is the list of hashes kept with the entry that was altered.
    for (BoundItem& item : items) {
      if (const auto found = now.find(item.resource); found != now.end()) item = found->second;
    }
    return ContentHash(entry, items) == entry.content_hash()
               ? "was altered: the hashes kept with it are not those that were bound"
               : "was altered";
  }
  if (ChainHash(entry.previous_hash(), entry.content_hash()) != entry.hash()) {
    return "was altered: its hash is not made of what it says";
  }
  const std::vector<v1::Event> told =
      EventsOf(reader, entry.service_case(), entry.case_version(), v1::EVENT_TYPE_CASE_ARCHIVED);
  if (told.empty() || told.front().root_version() != entry.case_version()) {
    return "is told of by no event: that event was taken out or altered";
  }
  const std::set<std::string> aside{"etag", "update_time"};
  return FieldsOf(told.front().archive_entry(), aside) == FieldsOf(entry, aside) ? "" : "is not what its event tells";
}

// The entry says what was bound, and follows the one before.
void CheckEntry(Reader& reader, const v1::ArchiveEntry& entry, const std::string& previous_hash, int64_t* bytes,
                Audit* audit) {
  const std::vector<BoundItem> items = ItemsOf(reader, entry.name());
  const Since since = SinceBound(reader, entry);
  Look look(reader, entry, since.stands());
  Faults faults = look.Items(items);
  std::map<std::string, BoundItem> now = look.now();
  *bytes += look.bytes();
  if (!faults.empty() && since.stands() && !SinceBound(reader, entry).stands()) {
    // It was reopened while it was looked at, so that what it holds may change.
    Look again(reader, entry, /*stands=*/false);
    faults = again.Items(items);
    now = again.now();
  }
  if (faults.size() > static_cast<size_t>(kMostFaultsOfEntry)) {
    const size_t more = faults.size() - kMostFaultsOfEntry;
    faults.resize(kMostFaultsOfEntry);
    Report(entry.name(), entry.name(), absl::StrCat("has ", more, " more things that are not as they were bound"),
           &faults);
  }
  if (const std::string wrong = WrongWithEntry(reader, entry, items, now); !wrong.empty()) {
    Report(entry.name(), entry.name(), wrong, &faults);
  }
  if (const auto event = EventOutOfOrder(reader, entry.service_case()); event.has_value()) {
    Report(entry.name(), absl::StrCat("events/", *event), "stands in the feed after what came later", &faults);
  }
  if (since.reopened && since.archived) {
    Report(entry.name(), entry.service_case(), "is archived, but an event tells that it was reopened: one was altered",
           &faults);
  }
  if (!previous_hash.empty() && entry.previous_hash() != previous_hash) {
    Report(entry.name(), entry.name(), "does not follow the entry before it: that one, or its link, was altered",
           &faults);
  }
  std::move(faults.begin(), faults.end(), std::back_inserter(audit->faults));
}

// Its events tell what the volume was when it was opened and sealed.
std::string WrongWithVolume(Reader& reader, const v1::Volume& volume) {
  const std::vector<v1::Event> opened = EventsOf(reader, volume.name(), 0, v1::EVENT_TYPE_VOLUME_OPENED);
  const std::vector<v1::Event> sealed = EventsOf(reader, volume.name(), 0, v1::EVENT_TYPE_VOLUME_SEALED);
  if (opened.empty() || (volume.state() == v1::VOLUME_STATE_SEALED && sealed.empty())) {
    return "is told of by no event: that event was taken out or altered";
  }
  if (OpenedFields(opened.front().volume()) != OpenedFields(volume)) return "was altered: it is not what was opened";
  // It may have been sealed since it was read.
  const absl::StatusOr<v1::Volume> now = Volumes().Get(reader, volume.name());
  if (!now.ok() || sealed.empty() || now->seal_hash() == sealed.front().volume().seal_hash()) return "";
  return "was altered: it is not what was sealed";
}

// Entries that the volume does not count. It is read again after them, since others may have been added meanwhile.
void CheckBeyond(Reader& reader, const v1::Volume& volume, Faults* faults) {
  ListQuery beyond = EntryQuery(volume.name());
  beyond.where.push_back({"number", ">", volume.entries()});
  const std::vector<v1::ArchiveEntry> entries = ArchiveEntries().Select(reader, beyond, kMostBeyond);
  if (entries.empty()) return;
  const absl::StatusOr<v1::Volume> now = Volumes().Get(reader, volume.name());
  for (const v1::ArchiveEntry& entry : entries) {
    if (now.ok() && entry.number() <= now->entries()) continue;
    Report(entry.name(), entry.name(),
           volume.state() == v1::VOLUME_STATE_SEALED
               ? "was added after the volume was sealed"
               : absl::StrCat("was added: the volume says that it holds ", volume.entries()),
           faults);
  }
}

// The volume as a whole, once all its entries were looked at; `last_hash` is that of the last of them.
void CheckVolume(Reader& reader, const v1::Volume& volume, const std::string& last_hash, Faults* faults) {
  const auto report = [&](const std::string& what) { Report("", volume.name(), what, faults); };
  std::string first = NoHash();
  if (volume.number() > 1) {
    const absl::StatusOr<v1::Volume> before = Volumes().Get(reader, VolumeName(volume.number() - 1));
    if (before.ok()) first = before->seal_hash();
    if (!before.ok()) Report("", VolumeName(volume.number() - 1), "is gone", faults);
  }
  if (volume.name() != VolumeName(volume.number())) report("was altered: its number is not that of its name");
  if (volume.first_hash() != first) report("was altered: it does not start with the seal of the volume before");
  if (!last_hash.empty() && volume.last_hash() != last_hash) {
    report("was altered: its last hash is not that of its last entry");
  }
  if (volume.state() == v1::VOLUME_STATE_SEALED && SealHash(volume) != volume.seal_hash()) {
    report("was altered: its seal is not made of what it says");
  } else if (volume.state() != v1::VOLUME_STATE_SEALED && !volume.seal_hash().empty()) {
    report("was altered: it has a seal and is not sealed");
  } else if (const std::string wrong = WrongWithVolume(reader, volume); !wrong.empty()) {
    report(wrong);
  }
  CheckBeyond(reader, volume, faults);
}

// The hash that the entry after number `after` follows; empty where that entry is gone, which was told when it was
// looked for.
std::string HashAt(Reader& reader, const v1::Volume& volume, int64_t after) {
  if (after == 0) return volume.first_hash();
  const absl::StatusOr<v1::ArchiveEntry> entry = ArchiveEntries().Get(reader, EntryName(volume.name(), after));
  return entry.ok() ? entry->hash() : "";
}

}  // namespace

Audit AuditEntries(Reader& reader, const v1::Volume& volume, int64_t after, int most, int64_t most_bytes) {
  Audit audit;
  audit.reached = std::max<int64_t>(after, 0);
  std::string previous_hash = HashAt(reader, volume, audit.reached);
  // The entries that are there, not all that the volume counts: whoever alters the database alters that as well.
  ListQuery query = EntryQuery(volume.name());
  query.where.push_back({"number", ">", audit.reached});
  query.where.push_back({"number", "<=", volume.entries()});
  const std::vector<v1::ArchiveEntry> entries = ArchiveEntries().Select(reader, query, most + 1);
  int64_t bytes = 0;
  for (const v1::ArchiveEntry& entry : entries) {
    if (audit.entries >= most || bytes > most_bytes || audit.faults.size() >= kMostFaultsAPage) return audit;
    ++audit.entries;
    if (entry.number() > audit.reached + 1) {
      ReportGone(volume.name(), audit.reached + 1, entry.number() - 1, &audit.faults);
      previous_hash.clear();
    }
    audit.reached = entry.number();
    CheckEntry(reader, entry, previous_hash, &bytes, &audit);
    previous_hash = entry.hash();
  }
  if (audit.reached < volume.entries()) previous_hash.clear();
  ReportGone(volume.name(), audit.reached + 1, volume.entries(), &audit.faults);
  CheckVolume(reader, volume, previous_hash, &audit.faults);
  audit.finished = true;
  return audit;
}

}  // namespace aftersales
