// What attachments can belong to. Whoever may read the resource may read what is attached to it, nobody else.
#ifndef AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_PARENTS_H_
#define AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_PARENTS_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/call.h"
#include "server/rpc/authenticator.h"
#include "server/storage/database.h"

namespace aftersales {

// Whether a caller who has the collection's permission may see this one of it: NOT_FOUND where not.
using ParentFilter = std::function<absl::Status(Reader& reader, const Caller& caller, const std::string& name)>;

// Thread-safe once the filters are added. The authenticator must outlive it.
class AttachmentParents {
 public:
  explicit AttachmentParents(const rpc::Authenticator& authenticator) : authenticator_(authenticator) {}

  // For a collection whose capability shows some callers less than all. Before the server serves.
  void AddFilter(const std::string& collection, ParentFilter filter) { filters_[collection] = std::move(filter); }

  // The case or contact that the parent counts to; empty where it counts to none. PERMISSION_DENIED where the caller
  // may not read the collection, NOT_FOUND where the parent does not exist or the caller may not see it.
  absl::StatusOr<std::string> RootOf(Reader& reader, const Caller& caller, const std::string& parent) const;

  // The collections and the permission that reads each, for the test that compares them with the API.
  static std::map<std::string, std::string> Permissions();

 private:
  const rpc::Authenticator& authenticator_;
  std::map<std::string, ParentFilter> filters_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ATTACHMENTS_ATTACHMENT_PARENTS_H_
