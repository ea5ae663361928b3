// An event in words.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_HAPPENED_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_HAPPENED_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"

namespace aftersales::cli {

// "Service desk as quality", or "principals/7 as quality" where the principal's name is not among `names`.
std::string Who(const v1::Event& event, const std::map<std::string, std::string>& names);

// "visit visits/7: engineer assigned: engineers/3"
std::string Happened(const v1::Event& event, absl::TimeZone zone);

// The fields a caller may give that are different now: "description, severity".
std::string ChangedFields(const v1::Case& before, const v1::Case& after);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_HAPPENED_H_
