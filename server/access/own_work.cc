#include "server/access/own_work.h"

#include <string>
#include <vector>

#include "server/access/own_work_rules.h"

namespace aftersales {

absl::Status OwnWork::Check(Call& call, const google::protobuf::Message& request) const {
  // Set anew each time: a stream's caller may have another role than when it began.
  call.sight = SeesOwnWorkOnly(call.caller) ? &sight_ : nullptr;
  if (call.sight == nullptr) return absl::OkStatus();
  const std::vector<NamedResource> named = NamedIn(request);
  if (named.empty()) return absl::OkStatus();
  std::vector<std::string> names;
  for (const NamedResource& resource : named) names.push_back(resource.name);
  ASSIGN_OR_RETURN(const OwnWorkSight::Answer answer,
                   db_.Read<OwnWorkSight::Answer>(call, [&](Reader& reader) -> absl::StatusOr<OwnWorkSight::Answer> {
                     return sight_.Ask(reader, names);
                   }));
  // What is only checked is carried out anew each time, and so is no repeat.
  if (answer.repeated && !call.validate_only) return absl::OkStatus();
  for (size_t i = 0; i < named.size(); ++i) {
    if (!answer.own[i]) return NotOwnError(named[i]);
  }
  return absl::OkStatus();
}

}  // namespace aftersales
