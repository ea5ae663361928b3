// What rpc/ asks about callers; access/ answers.
#ifndef AFTERSALES_SERVER_RPC_AUTHENTICATOR_H_
#define AFTERSALES_SERVER_RPC_AUTHENTICATOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/call.h"

namespace aftersales::rpc {

// Thread-safe. Called on worker threads; may read the database.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Who holds this bearer token; UNAUTHENTICATED when nobody does (any more).
  virtual absl::StatusOr<Caller> Authenticate(Call& call, std::string_view token) = 0;
  // The caller's roles grant the permission.
  virtual bool Grants(const Caller& caller, std::string_view permission) const = 0;
  // The roles that grant it, for the error's text.
  virtual std::vector<std::string> RolesGranting(std::string_view permission) const = 0;
  // Keeps a refusal for the auditors; rate-limited, never fails the call. `reason` is an ErrorReason without its
  // prefix.
  virtual void AuditRefusal(Call& call, const std::string& reason) = 0;
};

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_AUTHENTICATOR_H_
