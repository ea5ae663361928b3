#include "server/archive/archive_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/archive/archive_store.h"
#include "server/archive/case_file.h"
#include "server/archive/verify.h"
#include "server/cases/case_store.h"

namespace aftersales {
namespace {

// Bytes of attachments that are read for one page of an audit; the entry under way is finished.
constexpr int64_t kBytesAPage = int64_t{64} << 20;

}  // namespace

void ArchiveService::Bind(rpc::Methods& methods) {
  methods.Unary("GetCaseFile", this, &ArchiveService::GetCaseFile);
  methods.Unary("ArchiveCase", this, &ArchiveService::ArchiveCase);
  methods.Unary("CreateVolume", this, &ArchiveService::CreateVolume);
  methods.Unary("GetVolume", this, &ArchiveService::GetVolume);
  methods.Unary("ListVolumes", this, &ArchiveService::ListVolumes);
  methods.Unary("SealVolume", this, &ArchiveService::SealVolume);
  methods.Unary("AuditVolume", this, &ArchiveService::AuditVolume);
  methods.Unary("GetArchiveEntry", this, &ArchiveService::GetArchiveEntry);
  methods.Unary("ListArchiveEntries", this, &ArchiveService::ListArchiveEntries);
}

absl::StatusOr<v1::CaseFile> ArchiveService::GetCaseFile(Call& call, const v1::GetCaseFileRequest& request) {
  return db_.Read<v1::CaseFile>(call, [&](Reader& reader) -> absl::StatusOr<v1::CaseFile> {
    ASSIGN_OR_RETURN(const v1::Case service_case, Cases().Get(reader, request.name()));
    return ReadCaseFile(reader, obligations_, service_case);
  });
}

absl::StatusOr<v1::Volume> ArchiveService::GetVolume(Call& call, const v1::GetVolumeRequest& request) {
  return db_.Read<v1::Volume>(call, [&](Reader& reader) { return Volumes().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListVolumesResponse> ArchiveService::ListVolumes(Call& call, const v1::ListVolumesRequest& request) {
  return db_.Read<v1::ListVolumesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListVolumesResponse> {
    v1::ListVolumesResponse response;
    RETURN_IF_ERROR(Volumes().List(reader, VolumeQuery(request.filter()), request, &response));
    return response;
  });
}

absl::StatusOr<v1::AuditVolumeResponse> ArchiveService::AuditVolume(Call& call, const v1::AuditVolumeRequest& request) {
  return db_.Read<v1::AuditVolumeResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::AuditVolumeResponse> {
    ASSIGN_OR_RETURN(const v1::Volume volume, Volumes().Get(reader, request.name()));
    ASSIGN_OR_RETURN(const Values after, ReadPageToken(request, "i"));
    const Audit audit =
        AuditEntries(reader, volume, after.empty() ? 0 : after[0].number(), PageSize(request.page_size()), kBytesAPage);
    v1::AuditVolumeResponse response;
    for (const v1::VolumeFault& fault : audit.faults) *response.add_faults() = fault;
    response.set_entries(audit.entries);
    if (!audit.finished) response.set_next_page_token(MakePageToken(request, {audit.reached}));
    return response;
  });
}

absl::StatusOr<v1::ArchiveEntry> ArchiveService::GetArchiveEntry(Call& call,
                                                                 const v1::GetArchiveEntryRequest& request) {
  return db_.Read<v1::ArchiveEntry>(call, [&](Reader& reader) { return ArchiveEntries().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListArchiveEntriesResponse> ArchiveService::ListArchiveEntries(
    Call& call, const v1::ListArchiveEntriesRequest& request) {
  return db_.Read<v1::ListArchiveEntriesResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListArchiveEntriesResponse> {
        v1::ListArchiveEntriesResponse response;
        RETURN_IF_ERROR(Volumes().Get(reader, request.parent()).status());
        RETURN_IF_ERROR(ArchiveEntries().List(reader, EntryQuery(request.parent()), request, &response));
        return response;
      });
}

}  // namespace aftersales
