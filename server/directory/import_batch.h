// Rows of an import inside one transaction: which are new, which change something, which point at nothing.
#ifndef AFTERSALES_SERVER_DIRECTORY_IMPORT_BATCH_H_
#define AFTERSALES_SERVER_DIRECTORY_IMPORT_BATCH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/directory.pb.h"
#include "google/protobuf/message.h"
#include "server/directory/entry.h"
#include "server/directory/first_installations.h"
#include "server/directory/import_rows.h"
#include "server/storage/database.h"

namespace aftersales {

// Numbers for new entries, reserved before the transaction that uses them. A transaction that runs again takes the
// same.
class EntryNumbers {
 public:
  // Sees to it that there is a number for each of these rows whose entry does not exist.
  absl::Status Stock(Database& db, Call& call, const std::vector<ImportRow>& rows);
  // The next one of the series; none where they are used up.
  std::optional<int64_t> Take(const std::string& series);
  void Rewind();  // what was taken is free again: the transaction did not commit
  void Keep();    // what was taken is used
  void Drop();    // nothing is known of what was taken

 private:
  struct Stocked {
    std::vector<int64_t> numbers;
    size_t taken = 0;
  };
  std::map<std::string, Stocked> series_;
};

// One run of the body of a transaction; made anew when the body runs again. Rows are treated as if they came one after
// another; statements are for many rows at once where that makes no difference.
class ImportBatch {
 public:
  // With no numbers nothing of it will be kept, and new entries get names of no consequence.
  ImportBatch(Tx& tx, EntryNumbers* numbers, Obligations& obligations)
      : tx_(tx), numbers_(numbers), obligations_(obligations), installations_(obligations) {}

  // A report for each row. ALREADY_EXISTS when another transaction has just taken a key, ABORTED when numbers are
  // missing: then the whole transaction is worth another try.
  absl::StatusOr<std::vector<v1::RowReport>> Apply(const std::vector<ImportRow>& rows);

 private:
  // A row that is still in the running.
  struct Item {
    int64_t number;
    v1::RowReport* report;
    std::unique_ptr<google::protobuf::Message> entry;
    std::unique_ptr<google::protobuf::Message> before;  // of one that is changed
  };
  // What a reference leads to.
  struct Target {
    std::string name;
    std::string customer;  // whose it is; empty for kinds that are nobody's
  };
  // Unique field and value -> name of the entry that has it.
  using Holders = std::map<std::pair<std::string, std::string>, std::string>;
  // What was decided and not yet written.
  struct Wave {
    std::set<std::pair<std::string, std::string>> keys;  // unique values that it takes, gives up or confirms
    std::vector<Item*> created;
    std::vector<Item*> updated;
  };

  void FindTargets(const EntryKind& target, const std::set<std::string>& texts);
  void Resolve(const EntryKind& kind, std::vector<Item>& items);
  absl::Status ResolveItem(const EntryKind& kind, Item& item) const;
  absl::Status Write(const EntryKind& kind, std::vector<Item>& items);
  // False when the item must wait for the next wave.
  absl::StatusOr<bool> Decide(const EntryKind& kind, const Holders& holders, Item& item, Wave& wave);
  absl::Status DecideUpdate(const EntryKind& kind, const std::string& name, Item& item, Wave& wave);
  absl::Status Flush(const EntryKind& kind, const Wave& wave);
  absl::Status Tell(const Item& item);
  absl::Status GiveNames(const EntryKind& kind, const std::vector<Item*>& created);

  Tx& tx_;
  EntryNumbers* numbers_;
  Obligations& obligations_;
  FirstInstallations installations_;
  std::map<std::pair<std::string, std::string>, Target> targets_;  // by collection and text
  std::map<std::string, int64_t> created_;                         // name -> the row that added it
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_IMPORT_BATCH_H_
