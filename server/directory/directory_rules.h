// What makes an entry of the directory sound. Pure: values in, a status out. Fields are named by their path in a
// request, "customer.display_name", which is also their path in a row of an import.
#ifndef AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_
#define AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/directory.pb.h"
#include "google/protobuf/message.h"

namespace aftersales {

// Not only blanks: a name that nobody can see finds nothing. `field` is its path in the request.
absl::Status CheckVisible(const std::string& field, const std::string& text);

// A machine is delivered before it is installed, installed before it goes into operation, and its warranty ends after
// that.
absl::Status CheckEquipmentTimes(const v1::Equipment& equipment);

// The certificates named are neither empty nor named twice.
absl::Status CheckCertificates(const v1::Product& product);

// Each provision can be told from the others, and the one on the warranty is among them.
absl::Status CheckProvisions(const v1::Contract& contract);

// Everything that can be said of an entry without looking at others.
absl::Status CheckEntry(const v1::Customer& customer);
absl::Status CheckEntry(const v1::Product& product);
absl::Status CheckEntry(const v1::Equipment& equipment);
absl::Status CheckEntry(const v1::Site& site);
absl::Status CheckEntry(const v1::Contract& contract);
absl::Status CheckEntry(const v1::Department& department);
absl::Status CheckEntry(const v1::StaffMember& member);
// Of any kind of entry.
absl::Status CheckAnyEntry(const google::protobuf::Message& entry);

// A site or contract stays its customer's: equipment and cases rely on that.
absl::Status CheckStaysWithCustomer(const google::protobuf::Message& current, const google::protobuf::Message& wanted);

// `field` of an entry of `customer` points at a site or contract that is `holder`'s.
absl::Status CheckSameCustomer(const std::string& field, const std::string& name, const std::string& holder,
                               const std::string& customer);

// `wanted` with what only the server sets (name, etag, create_time, update_time, first_install_time) taken from `current`; both are entries
// of one kind.
void KeepServersFields(const google::protobuf::Message& current, google::protobuf::Message& wanted);

template <typename Entry>
Entry Replaced(const Entry& current, const Entry& wanted) {
  Entry replaced = wanted;
  KeepServersFields(current, replaced);
  return replaced;
}

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_
