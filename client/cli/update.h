// Updates as people mean them. The API replaces a whole resource; on the command line what is not given stays.
#ifndef AFTERSALES_CLIENT_CLI_UPDATE_H_
#define AFTERSALES_CLIENT_CLI_UPDATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/catalog.h"
#include "client/cli/request_flags.h"
#include "google/protobuf/message.h"

namespace aftersales::cli {

// What --clear may name: the flags of the resource, without dashes.
std::vector<std::string> ClearableFields(const Command& command);

// The flags that --clear names, FIELD[,FIELD] each time it is given.
absl::StatusOr<std::vector<Flag>> ReadClear(const Command& command, const std::vector<std::string>& clear,
                                            const FlagValues& values);

// Empties these fields of the request.
void Clear(const std::vector<Flag>& cleared, google::protobuf::Message& request);

// Completes a request that the flags have filled: the resource becomes what was read, but for what was given or
// cleared, and the etag that of the reading where none was given. What the caller may not see cannot be sent back; then
// nothing changes and the error names the flags.
absl::Status KeepTheRest(const Command& command, const Update& update, const FlagValues& values,
                         const std::vector<Flag>& cleared, const google::protobuf::Message& read,
                         google::protobuf::Message& request);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_UPDATE_H_
