// ArchiveService: what a case's file must hold and holds, and the numbered, sealed volumes it is bound into.
#ifndef AFTERSALES_SERVER_ARCHIVE_ARCHIVE_SERVICE_H_
#define AFTERSALES_SERVER_ARCHIVE_ARCHIVE_SERVICE_H_

#include "absl/status/statusor.h"
#include "aftersales/v1/archive.pb.h"
#include "server/base/call.h"
#include "server/obligations/obligations.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database and the obligations must outlive it.
class ArchiveService {
 public:
  ArchiveService(Database& db, Obligations& obligations) : db_(db), obligations_(obligations) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::CaseFile> GetCaseFile(Call& call, const v1::GetCaseFileRequest& request);
  absl::StatusOr<v1::Case> ArchiveCase(Call& call, const v1::ArchiveCaseRequest& request);

  absl::StatusOr<v1::Volume> CreateVolume(Call& call, const v1::CreateVolumeRequest& request);
  absl::StatusOr<v1::Volume> GetVolume(Call& call, const v1::GetVolumeRequest& request);
  absl::StatusOr<v1::ListVolumesResponse> ListVolumes(Call& call, const v1::ListVolumesRequest& request);
  absl::StatusOr<v1::Volume> SealVolume(Call& call, const v1::SealVolumeRequest& request);
  absl::StatusOr<v1::AuditVolumeResponse> AuditVolume(Call& call, const v1::AuditVolumeRequest& request);
  absl::StatusOr<v1::ArchiveEntry> GetArchiveEntry(Call& call, const v1::GetArchiveEntryRequest& request);
  absl::StatusOr<v1::ListArchiveEntriesResponse> ListArchiveEntries(Call& call,
                                                                    const v1::ListArchiveEntriesRequest& request);

 private:
  Database& db_;
  Obligations& obligations_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_ARCHIVE_SERVICE_H_
