// What makes an entry of the directory sound. Pure: values in, a status out.
#ifndef AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_
#define AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/directory.pb.h"

namespace aftersales {

// Not only blanks: a name that nobody can see finds nothing. `field` is its path in the request.
absl::Status CheckVisible(const std::string& field, const std::string& text);

// A machine is installed before it goes into operation, and its warranty ends after both.
absl::Status CheckEquipmentTimes(const v1::Equipment& equipment);

// The certificates named are neither empty nor named twice.
absl::Status CheckCertificates(const v1::Product& product);

// `current` with everything that a caller may set taken from `wanted`; name, etag and create_time stay.
v1::Customer Replaced(const v1::Customer& current, const v1::Customer& wanted);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_DIRECTORY_RULES_H_
