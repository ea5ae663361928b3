// With the first equipment that is installed at a customer's, the customer is a user: from then on calls are owed.
#ifndef AFTERSALES_SERVER_DIRECTORY_FIRST_INSTALLATIONS_H_
#define AFTERSALES_SERVER_DIRECTORY_FIRST_INSTALLATIONS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/directory.pb.h"
#include "google/protobuf/message.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"

namespace aftersales {

// Gathers the equipment that one transaction writes, and records at its end who became a user by it: customers are
// locked last and in the order of their names, as roots are. Made anew when the transaction's body runs again.
class FirstInstallations {
 public:
  explicit FirstInstallations(Obligations& obligations) : obligations_(obligations) {}

  // Any entry that was written, changed by it or not; those that are no equipment, or are not installed, are left
  // alone.
  void Note(const google::protobuf::Message& entry);
  // What is to be installed in the future counts when it is written again after that time.
  absl::Status Record(Tx& tx);

 private:
  // The customer's first equipment may be this one.
  absl::Status RecordFirst(Tx& tx, const std::string& name, const v1::Equipment& equipment);

  Obligations& obligations_;
  std::map<std::string, v1::Equipment> first_;  // by customer: of what was noted, the one installed first
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_FIRST_INSTALLATIONS_H_
