// With the first equipment that is installed at a customer's, the customer is a user: from then on calls are owed.
#ifndef AFTERSALES_SERVER_DIRECTORY_FIRST_INSTALLATIONS_H_
#define AFTERSALES_SERVER_DIRECTORY_FIRST_INSTALLATIONS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"

namespace aftersales {

// Gathers whose equipment one transaction writes, and records at its end whose first installation is another by it:
// customers are locked last and in the order of their names, as roots are. Made anew when the transaction's body runs
// again.
class FirstInstallations {
 public:
  explicit FirstInstallations(Obligations& obligations) : obligations_(obligations) {}

  // Any entry as it is written, changed by it or not, and as it was before; those that are no equipment, or are not
  // installed, are left alone.
  void Note(const google::protobuf::Message& entry);
  void NoteCustomer(const std::string& customer) { customers_.insert(customer); }
  // Of all that a customer has, what was installed first counts; what is to be installed in the future, once that time
  // has come. `reason` says why it is another; it may not be missing where something falls away or is put off.
  absl::Status Record(Tx& tx, const std::string& reason);

 private:
  absl::Status RecordOf(Tx& tx, const std::string& customer, const std::string& reason);

  Obligations& obligations_;
  std::set<std::string> customers_;
};

// For PeriodicDutiesOptions: times that were to come have come.
absl::Status LookAtInstallations(Tx& tx, Obligations& obligations, const std::vector<std::string>& customers);

// The statements, for the test that explains them.
const std::string& InstallationTimesSql();
extern const char kFirstInstalledSql[];

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_FIRST_INSTALLATIONS_H_
