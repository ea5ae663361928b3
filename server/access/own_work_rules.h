// Whose work is whose: an engineer in the field sees their own and nothing else. What that means in the database is in
// own_work_store.h.
#ifndef AFTERSALES_SERVER_ACCESS_OWN_WORK_RULES_H_
#define AFTERSALES_SERVER_ACCESS_OWN_WORK_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "server/base/call.h"

namespace aftersales {

// The caller's only role is that of an engineer in the field. Whoever holds a further role has work beyond their visits
// and sees what that role sees.
bool SeesOwnWorkOnly(const Caller& caller);

// The collection holds what is the same for all who may read it: the directory, the stock, the policy.
bool IsEverybodys(std::string_view collection);

// A resource that a request names, in a field that says so in its option `reference`.
struct NamedResource {
  std::string field;  // its path, "picking_list.service_case"
  std::string name;
  bool asked_for = false;  // the call is about it ("name", "parent"); otherwise it is only mentioned
};

// All that a request names, however deep, but for what is everybody's; empty fields name nothing.
std::vector<NamedResource> NamedIn(const google::protobuf::Message& request);

// What a caller is told of what is not theirs: what they are told of what does not exist.
absl::Status NotOwnError(const NamedResource& named);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_OWN_WORK_RULES_H_
