// ArchiveService: cases bound into volumes, and volumes opened and sealed.
//
// Locked in this order: the case, which volume is the newest, that volume. So entries and volumes are numbered without
// gaps, whoever archives at the same time.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/archive/archive_service.h"
#include "server/archive/archive_store.h"
#include "server/archive/case_file.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_store.h"

namespace aftersales {
namespace {

int64_t VersionOf(const std::string& etag) {
  int64_t version = 0;
  return absl::SimpleAtoi(etag, &version) ? version : 0;
}

v1::Event VolumeEvent(v1::EventType type, const v1::Volume& volume) {
  v1::Event event = EventOf(type);
  event.set_root(volume.name());
  event.set_root_version(VersionOf(volume.etag()));
  event.set_subject(volume.name());
  *event.mutable_volume() = volume;
  return event;
}

// Opens the volume after `newest`, which is sealed (or 0: there is none yet).
absl::StatusOr<v1::Volume> OpenVolume(Tx& tx, int64_t newest, const std::string& title) {
  v1::Volume volume;
  volume.set_number(newest + 1);
  volume.set_name(VolumeName(volume.number()));
  volume.set_state(v1::VOLUME_STATE_OPEN);
  volume.set_title(title.empty() ? absl::StrCat("Volume ", volume.number()) : title);
  volume.set_first_hash(NoHash());
  if (newest > 0) {
    ASSIGN_OR_RETURN(const v1::Volume before, Volumes().Get(tx, VolumeName(newest)));
    volume.set_first_hash(before.seal_hash());
  }
  volume.set_last_hash(volume.first_hash());
  volume.set_opened_by(tx.call().caller.principal);
  RETURN_IF_ERROR(Volumes().Insert(tx, volume));
  SetNewestVolume(tx, volume.number());
  Obligations::RecordPlain(tx, VolumeEvent(v1::EVENT_TYPE_VOLUME_OPENED, volume));
  return volume;
}

// The open volume, locked; opened where there is none.
absl::StatusOr<v1::Volume> VolumeToFill(Tx& tx) {
  const int64_t newest = LockNewestVolume(tx);
  if (newest == 0) return OpenVolume(tx, newest, "");
  ASSIGN_OR_RETURN(v1::Volume volume, Volumes().Lock(tx, VolumeName(newest)));
  if (volume.state() == v1::VOLUME_STATE_SEALED) return OpenVolume(tx, newest, "");
  return volume;
}

// Nothing is bound while something is undecided, whatever the pack demands.
absl::Status CheckFinished(Reader& reader, const std::string& service_case) {
  constexpr size_t kMostNamed = 5;
  const std::vector<Violation> unfinished = UnfinishedOf(reader, service_case);
  if (unfinished.empty()) return absl::OkStatus();
  std::vector<std::string> texts;
  for (const Violation& matter : unfinished) {
    if (texts.size() < kMostNamed) texts.push_back(matter.text);
  }
  const size_t more = unfinished.size() - texts.size();
  if (more > 0) texts.push_back(absl::StrCat("and ", more, " more"));
  Error error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
              absl::StrCat(service_case, " cannot be archived: ", absl::StrJoin(texts, "; "), "."));
  error.With("resource", service_case).With("state", "unfinished").With("allowed", "with nothing undecided");
  for (const Violation& matter : unfinished) error.Violates(matter);
  return error;
}

// Adds the entry at the end of the open volume; the case is then as it is bound.
absl::Status AddEntry(Tx& tx, v1::Case& service_case, v1::ArchiveEntry& entry) {
  ASSIGN_OR_RETURN(v1::Volume volume, VolumeToFill(tx));
  RETURN_IF_ERROR(TakeStep(VolumeStep::kAdd, volume));
  entry.set_volume(volume.name());
  entry.set_number(volume.entries() + 1);
  entry.set_name(EntryName(volume.name(), entry.number()));
  *service_case.mutable_archive_time() = entry.archive_time();
  service_case.set_volume(entry.volume());
  service_case.set_archive_entry(entry.name());
  ASSIGN_OR_RETURN(const std::vector<BoundItem> items, ItemsToBind(tx, service_case, entry.case_version()));
  entry.set_items(static_cast<int64_t>(items.size()));
  entry.set_content_hash(ContentHash(entry, items));
  entry.set_previous_hash(volume.last_hash());
  entry.set_hash(ChainHash(entry.previous_hash(), entry.content_hash()));
  RETURN_IF_ERROR(ArchiveEntries().Insert(tx, entry));
  KeepItems(tx, entry.name(), items);
  volume.set_entries(entry.number());
  volume.set_last_hash(entry.hash());
  return Volumes().Update(tx, volume);
}

}  // namespace

absl::StatusOr<v1::Case> ArchiveService::ArchiveCase(Call& call, const v1::ArchiveCaseRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kArchive, service_case));
    // What any of its contacts still owes holds it up, as it holds up the close.
    Root before = RootOf(service_case);
    before.origins = OwingContactsOf(tx, service_case.name());
    const absl::Status owed = obligations_.CheckStep(tx, before, policy::kArchiveCase, "");
    RETURN_IF_ERROR(Together(owed, CheckFinished(tx, service_case.name())));
    ASSIGN_OR_RETURN(const FileJudgement judged, JudgeFile(tx, obligations_, service_case));
    v1::ArchiveEntry entry;
    entry.set_service_case(service_case.name());
    entry.set_supplement(!service_case.archive_entry().empty());
    entry.set_complete(IsWhole(judged.requirements));
    entry.set_timely(judged.timely);
    entry.set_case_version(before.version + 1);  // what this change makes it
    entry.set_archived_by(call.caller.principal);
    *entry.mutable_archive_time() = ToProto(tx.now());
    RETURN_IF_ERROR(AddEntry(tx, service_case, entry));
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    v1::Event event = EventOf(v1::EVENT_TYPE_CASE_ARCHIVED);
    event.set_subject(service_case.name());
    event.set_reason(request.comment());
    *event.mutable_archive_entry() = entry;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), std::move(event)));
    return service_case;
  });
}

absl::StatusOr<v1::Volume> ArchiveService::CreateVolume(Call& call, const v1::CreateVolumeRequest& request) {
  return db_.Write<v1::Volume>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Volume> {
    const int64_t newest = LockNewestVolume(tx);
    Root root;
    root.name = VolumeName(newest + 1);
    ASSIGN_OR_RETURN(root.policy_version, obligations_.ActiveVersion(tx));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "create-volume", ""));
    if (newest > 0) {
      ASSIGN_OR_RETURN(const v1::Volume volume, Volumes().Lock(tx, VolumeName(newest)));
      if (volume.state() != v1::VOLUME_STATE_SEALED) {
        return StateError(volume.name(), Word(volume.state()), "followed by another", {Word(v1::VOLUME_STATE_SEALED)});
      }
    }
    return OpenVolume(tx, newest, request.volume().title());
  });
}

absl::StatusOr<v1::Volume> ArchiveService::SealVolume(Call& call, const v1::SealVolumeRequest& request) {
  return db_.Write<v1::Volume>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Volume> {
    LockNewestVolume(tx);
    ASSIGN_OR_RETURN(v1::Volume volume, Volumes().Lock(tx, request.name(), request.etag()));
    RETURN_IF_ERROR(TakeStep(VolumeStep::kSeal, volume));
    Root root;
    root.name = volume.name();
    ASSIGN_OR_RETURN(root.policy_version, obligations_.ActiveVersion(tx));
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, root, "seal-volume", request.role()));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, root, "seal-volume", ""));
    if (volume.entries() == 0) {
      return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
                   absl::StrCat(volume.name(), " is empty and cannot be sealed: archive a case first (ArchiveCase)."))
          .With("resource", volume.name())
          .With("state", "empty")
          .With("allowed", "filled");
    }
    *volume.mutable_seal() = ActOf(tx, request.role(), head, request.comment());
    volume.set_sealed_by(call.caller.principal);
    *volume.mutable_seal_time() = ToProto(tx.now());
    volume.set_seal_hash(SealHash(volume));
    RETURN_IF_ERROR(Volumes().Update(tx, volume));
    v1::Event event = VolumeEvent(v1::EVENT_TYPE_VOLUME_SEALED, volume);
    event.set_role(request.role());
    event.set_head(head);
    Obligations::RecordPlain(tx, std::move(event));
    // The seal of a trial is none: it is not made again at another time.
    if (call.validate_only) volume.clear_seal_hash();
    return volume;
  });
}

}  // namespace aftersales
