// What makes an entry of the directory sound. Pure: values in, a status out. Fields are named by their path in a
// request, "customer.display_name", which is also their path in a row of an import.
#ifndef AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_
#define AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/directory.pb.h"
#include "google/protobuf/message.h"

namespace aftersales {

// A machine is delivered before it is installed, installed before it goes into operation, and its warranty ends after
// that.
absl::Status CheckEquipmentTimes(const v1::Equipment& equipment);

// No certificate is named twice.
absl::Status CheckCertificates(const v1::Product& product);

// Each provision can be told from the others, and the one on the warranty is among them.
absl::Status CheckProvisions(const v1::Contract& contract);

// Everything that can be said of an entry of any kind without looking at others, and that its fields' rules leave open.
absl::Status CheckEntry(const google::protobuf::Message& entry);

// A site or contract stays its customer's: equipment and cases rely on that.
absl::Status CheckStaysWithCustomer(const google::protobuf::Message& current, const google::protobuf::Message& wanted);

// `field` of an entry of `customer` points at a site or contract that is `holder`'s.
absl::Status CheckSameCustomer(const std::string& field, const std::string& name, const std::string& holder,
                               const std::string& customer);

// `wanted` with what only the server sets (name, etag, create_time, update_time, first_install_time) taken from
// `current`; both are entries of one kind.
void KeepServersFields(const google::protobuf::Message& current, google::protobuf::Message& wanted);

template <typename Entry>
Entry Replaced(const Entry& current, const Entry& wanted) {
  Entry replaced = wanted;
  KeepServersFields(current, replaced);
  return replaced;
}

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_
