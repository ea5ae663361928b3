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

namespace aftersales {
namespace {

void Report(const std::string& entry, const std::string& resource, const std::string& what, Audit* audit) {
  v1::VolumeFault& fault = audit->faults.emplace_back();
  fault.set_entry(entry);
  fault.set_resource(resource);
  fault.set_text(absl::StrCat(resource, " ", what));
}

// The bytes that were uploaded are still there, whatever the row says that names their hash.
void CheckBytes(Reader& reader, const std::string& entry, const std::string& name, int64_t* bytes, Audit* audit) {
  const absl::StatusOr<v1::Attachment> attachment = Attachments().Get(reader, name);
  if (!attachment.ok()) return;  // told already: it is gone
  const KeptBytes kept = BytesOf(reader, name);
  *bytes += kept.size;
  if (kept.size == attachment->size() && kept.sha256 == attachment->sha256()) return;
  Report(entry, name, "was altered: its bytes are not those that were uploaded", audit);
}

// What is bound with the entry is as it was bound. Answers the items as they are now, for those that are there.
std::map<std::string, std::string> CheckItems(Reader& reader, const v1::ArchiveEntry& entry,
                                              const std::vector<BoundItem>& items, int64_t* bytes, Audit* audit) {
  std::vector<std::string> resources;
  for (const BoundItem& item : items) resources.push_back(item.resource);
  std::map<std::string, std::string> now = HashesNow(reader, resources);
  for (const BoundItem& item : items) {
    const auto found = now.find(item.resource);
    if (found == now.end()) {
      Report(entry.name(), item.resource, "is gone", audit);
    } else if (found->second != item.sha256) {
      Report(entry.name(), item.resource, "was altered", audit);
    }
    if (CollectionOf(item.resource) == "attachments") CheckBytes(reader, entry.name(), item.resource, bytes, audit);
  }
  const std::set<std::string> bound(resources.begin(), resources.end());
  for (const std::string& event : EventsBefore(reader, entry.service_case(), entry.case_version())) {
    if (bound.count(event) == 0) Report(entry.name(), event, "was added", audit);
  }
  return now;
}

// The entry says what was bound, and follows the one before.
void CheckEntry(Reader& reader, const v1::ArchiveEntry& entry, const std::string& previous_hash, int64_t* bytes,
                Audit* audit) {
  std::vector<BoundItem> items = ItemsOf(reader, entry.name());
  const std::map<std::string, std::string> now = CheckItems(reader, entry, items, bytes, audit);
  if (ContentHash(entry, items) != entry.content_hash()) {
    // Where the things themselves make the hash, it is the list of hashes kept with the entry that was altered.
    for (BoundItem& item : items) {
      if (const auto found = now.find(item.resource); found != now.end()) item.sha256 = found->second;
    }
    const bool list = ContentHash(entry, items) == entry.content_hash();
    Report(entry.name(), entry.name(),
           list ? "was altered: the hashes kept with it are not those that were bound" : "was altered", audit);
  } else if (ChainHash(entry.previous_hash(), entry.content_hash()) != entry.hash()) {
    Report(entry.name(), entry.name(), "was altered: its hash is not made of what it says", audit);
  }
  if (!previous_hash.empty() && entry.previous_hash() != previous_hash) {
    Report(entry.name(), entry.name(), "does not follow the entry before it: that one, or its link, was altered",
           audit);
  }
}

// The volume as a whole, once all its entries were looked at; `last_hash` is that of the last of them.
void CheckVolume(Reader& reader, const v1::Volume& volume, const std::string& last_hash, Audit* audit) {
  const auto report = [&](const std::string& what) { Report("", volume.name(), what, audit); };
  std::string first = NoHash();
  if (volume.number() > 1) {
    const absl::StatusOr<v1::Volume> before = Volumes().Get(reader, VolumeName(volume.number() - 1));
    if (before.ok()) first = before->seal_hash();
    if (!before.ok()) Report("", VolumeName(volume.number() - 1), "is gone", audit);
  }
  if (volume.name() != VolumeName(volume.number())) report("was altered: its number is not that of its name");
  if (volume.first_hash() != first) report("was altered: it does not start with the seal of the volume before");
  if (!last_hash.empty() && volume.last_hash() != last_hash) {
    report("was altered: its last hash is not that of its last entry");
  }
  if (volume.state() != v1::VOLUME_STATE_SEALED) {
    if (!volume.seal_hash().empty()) report("was altered: it has a seal and is not sealed");
    return;
  }
  if (SealHash(volume) != volume.seal_hash()) report("was altered: its seal is not made of what it says");
  ListQuery beyond = EntryQuery(volume.name());
  beyond.where.push_back({"number", ">", volume.entries()});
  for (const v1::ArchiveEntry& entry : ArchiveEntries().Select(reader, beyond, 1)) {
    Report(entry.name(), entry.name(), "was added after the volume was sealed", audit);
  }
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
  int64_t bytes = 0;
  while (audit.entries < most && audit.reached < volume.entries() && bytes <= most_bytes) {
    const std::string name = EntryName(volume.name(), ++audit.reached);
    ++audit.entries;
    const absl::StatusOr<v1::ArchiveEntry> entry = ArchiveEntries().Get(reader, name);
    if (!entry.ok()) {
      Report(name, name, "is gone", &audit);
      previous_hash.clear();
      continue;
    }
    CheckEntry(reader, *entry, previous_hash, &bytes, &audit);
    previous_hash = entry->hash();
  }
  audit.finished = audit.reached >= volume.entries();
  if (audit.finished) CheckVolume(reader, volume, previous_hash, &audit);
  return audit;
}

}  // namespace aftersales
