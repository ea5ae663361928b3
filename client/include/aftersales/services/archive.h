// Case files, the archive and its volumes.
#ifndef AFTERSALES_SERVICES_ARCHIVE_H_
#define AFTERSALES_SERVICES_ARCHIVE_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/archive.pb.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {

class ArchiveClient : public ServiceClient {
 public:
  explicit ArchiveClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.ArchiveService") {}

  absl::StatusOr<v1::CaseFile> GetCaseFile(v1::GetCaseFileRequest request, const CallOptions& options = {}) const {
    return Call<v1::CaseFile>("GetCaseFile", std::move(request), options);
  }
  absl::StatusOr<v1::Case> ArchiveCase(v1::ArchiveCaseRequest request, const CallOptions& options = {}) const {
    return Call<v1::Case>("ArchiveCase", std::move(request), options);
  }
  absl::StatusOr<v1::Volume> CreateVolume(v1::CreateVolumeRequest request, const CallOptions& options = {}) const {
    return Call<v1::Volume>("CreateVolume", std::move(request), options);
  }
  absl::StatusOr<v1::Volume> GetVolume(v1::GetVolumeRequest request, const CallOptions& options = {}) const {
    return Call<v1::Volume>("GetVolume", std::move(request), options);
  }
  absl::StatusOr<v1::ListVolumesResponse> ListVolumes(v1::ListVolumesRequest request,
                                                      const CallOptions& options = {}) const {
    return Call<v1::ListVolumesResponse>("ListVolumes", std::move(request), options);
  }
  PageRange<v1::Volume> ListVolumesAll(v1::ListVolumesRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Volume, v1::ListVolumesResponse>("ListVolumes", std::move(request), options);
  }
  absl::StatusOr<v1::Volume> SealVolume(v1::SealVolumeRequest request, const CallOptions& options = {}) const {
    return Call<v1::Volume>("SealVolume", std::move(request), options);
  }
  absl::StatusOr<v1::AuditVolumeResponse> AuditVolume(v1::AuditVolumeRequest request,
                                                      const CallOptions& options = {}) const {
    return Call<v1::AuditVolumeResponse>("AuditVolume", std::move(request), options);
  }
  PageRange<v1::VolumeFault> AuditVolumeAll(v1::AuditVolumeRequest request, const CallOptions& options = {}) const {
    return Pages<v1::VolumeFault, v1::AuditVolumeResponse>("AuditVolume", std::move(request), options);
  }
  absl::StatusOr<v1::ArchiveEntry> GetArchiveEntry(v1::GetArchiveEntryRequest request,
                                                   const CallOptions& options = {}) const {
    return Call<v1::ArchiveEntry>("GetArchiveEntry", std::move(request), options);
  }
  absl::StatusOr<v1::ListArchiveEntriesResponse> ListArchiveEntries(v1::ListArchiveEntriesRequest request,
                                                                    const CallOptions& options = {}) const {
    return Call<v1::ListArchiveEntriesResponse>("ListArchiveEntries", std::move(request), options);
  }
  PageRange<v1::ArchiveEntry> ListArchiveEntriesAll(v1::ListArchiveEntriesRequest request,
                                                    const CallOptions& options = {}) const {
    return Pages<v1::ArchiveEntry, v1::ListArchiveEntriesResponse>("ListArchiveEntries", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_ARCHIVE_H_
