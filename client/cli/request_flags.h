// A request message as flags: which there are, and how their values become a message.
#ifndef AFTERSALES_CLIENT_CLI_REQUEST_FLAGS_H_
#define AFTERSALES_CLIENT_CLI_REQUEST_FLAGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cli/catalog.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace aftersales::cli {

// One field that can be given.
struct Flag {
  std::string name;  // "customer-deadline", "evidence.text"; without dashes
  // The way from the request to the field.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  bool required = false;
  std::string one_of;  // "--evidence.*" where one of these is required, and none of them alone
  bool positional = false;
  bool kept = false;  // an update takes it from what there is, where it is not given

  const google::protobuf::FieldDescriptor* field() const { return path.back(); }
  // The path as errors of the server name it: "service_case.customer".
  std::string FieldPath() const;
  bool IsSwitch() const;  // a bool: given without a value
  // What stands for the value in help: "TIME", "NAME", "A|B".
  std::string ValueName() const;
  std::string Description() const;
};

// The flags of a command's request, positional ones first, in the order of the proto. The fields of the resource in a
// request and of a list's filter are flags of their own; other messages in it give dotted flags.
std::vector<Flag> FlagsOf(const Command& command);

// Values by flag name, each as often as it was given.
using FlagValues = std::map<std::string, std::vector<std::string>>;

// Fills the request from --request (JSON; may be empty) and then from the flags, and checks that nothing required is
// missing; without --request an update may lack what is kept. Errors name the flag.
absl::Status FillRequest(const Command& command, const std::string& json, const FlagValues& values, absl::Time now,
                         absl::TimeZone zone, google::protobuf::Message& request);

// The flag that a field path of the request belongs to, "--customer"; empty where there is none.
std::string FlagForField(const Command& command, const std::string& field_path);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_REQUEST_FLAGS_H_
