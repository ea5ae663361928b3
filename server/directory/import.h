// An import of many entries in one stream.
#ifndef AFTERSALES_SERVER_DIRECTORY_IMPORT_H_
#define AFTERSALES_SERVER_DIRECTORY_IMPORT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/directory.pb.h"
#include "server/base/call.h"
#include "server/directory/import_batch.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

// Takes the messages of one import. As best effort each message is a transaction; an atomic import and a trial are
// collected, within limits, and are one transaction at the end. Used by one thread at a time; the database must outlive
// it.
//
// What makes a repeat harmless is that entries are found by their own keys: a row that was kept already changes
// nothing.
class DirectoryImport : public rpc::StreamSink<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse> {
 public:
  // `collecting` counts the imports of this server that wait for their end; it and the obligations must outlive this.
  DirectoryImport(Database& db, Obligations& obligations, std::atomic<int>& collecting)
      : db_(db), obligations_(obligations), collecting_(collecting) {}
  ~DirectoryImport() override;

  absl::StatusOr<rpc::Next> Take(Call& call, const v1::ImportDirectoryRequest& request,
                                 v1::ImportDirectoryResponse& reply) override;
  absl::StatusOr<rpc::Next> Finish(Call& call, v1::ImportDirectoryResponse& reply) override;

 private:
  absl::Status ReadOptions(const v1::ImportDirectoryRequest& request);
  // Rows wait for the end.
  bool collects() const { return options_->validate_only() || atomic(); }
  bool atomic() const { return options_->mode() == v1::IMPORT_MODE_ATOMIC; }
  // Counts this import among those that collect; refused when there are many already.
  absl::Status BeginToCollect();
  absl::Status Collect(std::vector<ImportRow> rows);
  absl::StatusOr<std::vector<v1::RowReport>> Apply(Call& call, const std::vector<ImportRow>& rows);
  // One try of the transaction; ABORTED or ALREADY_EXISTS: another one may do.
  absl::Status TryApply(Call& call, const std::vector<ImportRow>& rows, std::vector<v1::RowReport>* reports);
  void Count(const std::vector<v1::RowReport>& reports);

  Database& db_;
  Obligations& obligations_;
  std::atomic<int>& collecting_;
  bool counted_ = false;
  std::optional<v1::ImportOptions> options_;
  EntryNumbers numbers_;
  v1::ImportSummary summary_;
  std::vector<ImportRow> collected_;
  size_t collected_bytes_ = 0;
  std::vector<v1::RowReport> reports_;  // of what was collected
  size_t reported_ = 0;
  bool applied_ = false;
  bool summed_up_ = false;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_IMPORT_H_
