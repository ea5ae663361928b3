// The RPCs of AccessService: principals, their roles and tokens, and the trail of refusals. Thread-safe; the database
// and the authenticator must outlive it.
#ifndef AFTERSALES_SERVER_ACCESS_ACCESS_SERVICE_H_
#define AFTERSALES_SERVER_ACCESS_ACCESS_SERVICE_H_

#include "absl/status/statusor.h"
#include "aftersales/v1/access.pb.h"
#include "server/access/token_authenticator.h"
#include "server/base/call.h"
#include "server/rpc/methods.h"
#include "server/storage/database.h"

namespace aftersales {

class AccessService {
 public:
  // Tells `authenticator` of every change, so that what was taken away is refused at once.
  AccessService(Database& db, TokenAuthenticator& authenticator) : db_(db), authenticator_(authenticator) {}
  void Bind(rpc::Methods& methods);

  absl::StatusOr<v1::Principal> CreatePrincipal(Call& call, const v1::CreatePrincipalRequest& request);
  absl::StatusOr<v1::Principal> GetPrincipal(Call& call, const v1::GetPrincipalRequest& request);
  absl::StatusOr<v1::ListPrincipalsResponse> ListPrincipals(Call& call, const v1::ListPrincipalsRequest& request);
  absl::StatusOr<v1::Principal> UpdatePrincipal(Call& call, const v1::UpdatePrincipalRequest& request);
  absl::StatusOr<v1::Caller> GetCaller(Call& call, const v1::GetCallerRequest& request);
  absl::StatusOr<v1::IssuedToken> CreateToken(Call& call, const v1::CreateTokenRequest& request);
  absl::StatusOr<v1::ListTokensResponse> ListTokens(Call& call, const v1::ListTokensRequest& request);
  absl::StatusOr<v1::IssuedToken> RotateToken(Call& call, const v1::RotateTokenRequest& request);
  absl::StatusOr<v1::Token> RevokeToken(Call& call, const v1::RevokeTokenRequest& request);
  absl::StatusOr<v1::ListRefusalsResponse> ListRefusals(Call& call, const v1::ListRefusalsRequest& request);

 private:
  Database& db_;
  TokenAuthenticator& authenticator_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_ACCESS_SERVICE_H_
