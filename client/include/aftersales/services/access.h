// Principals, tokens and refusals.
#ifndef AFTERSALES_SERVICES_ACCESS_H_
#define AFTERSALES_SERVICES_ACCESS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "aftersales/pages.h"
#include "aftersales/service_client.h"
#include "aftersales/v1/access.pb.h"

namespace aftersales {

class AccessClient : public ServiceClient {
 public:
  explicit AccessClient(std::shared_ptr<Connection> connection)
      : ServiceClient(std::move(connection), "aftersales.v1.AccessService") {}

  absl::StatusOr<v1::Principal> CreatePrincipal(v1::CreatePrincipalRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Principal>("CreatePrincipal", std::move(request), options);
  }
  absl::StatusOr<v1::Principal> GetPrincipal(v1::GetPrincipalRequest request, const CallOptions& options = {}) const {
    return Call<v1::Principal>("GetPrincipal", std::move(request), options);
  }
  absl::StatusOr<v1::ListPrincipalsResponse> ListPrincipals(v1::ListPrincipalsRequest request,
                                                            const CallOptions& options = {}) const {
    return Call<v1::ListPrincipalsResponse>("ListPrincipals", std::move(request), options);
  }
  PageRange<v1::Principal> ListPrincipalsAll(v1::ListPrincipalsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Principal, v1::ListPrincipalsResponse>("ListPrincipals", std::move(request), options);
  }
  absl::StatusOr<v1::Principal> UpdatePrincipal(v1::UpdatePrincipalRequest request,
                                                const CallOptions& options = {}) const {
    return Call<v1::Principal>("UpdatePrincipal", std::move(request), options);
  }
  absl::StatusOr<v1::Caller> GetCaller(v1::GetCallerRequest request, const CallOptions& options = {}) const {
    return Call<v1::Caller>("GetCaller", std::move(request), options);
  }
  absl::StatusOr<v1::IssuedToken> CreateToken(v1::CreateTokenRequest request, const CallOptions& options = {}) const {
    return Call<v1::IssuedToken>("CreateToken", std::move(request), options);
  }
  absl::StatusOr<v1::ListTokensResponse> ListTokens(v1::ListTokensRequest request,
                                                    const CallOptions& options = {}) const {
    return Call<v1::ListTokensResponse>("ListTokens", std::move(request), options);
  }
  PageRange<v1::Token> ListTokensAll(v1::ListTokensRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Token, v1::ListTokensResponse>("ListTokens", std::move(request), options);
  }
  absl::StatusOr<v1::IssuedToken> RotateToken(v1::RotateTokenRequest request, const CallOptions& options = {}) const {
    return Call<v1::IssuedToken>("RotateToken", std::move(request), options);
  }
  absl::StatusOr<v1::Token> RevokeToken(v1::RevokeTokenRequest request, const CallOptions& options = {}) const {
    return Call<v1::Token>("RevokeToken", std::move(request), options);
  }
  absl::StatusOr<v1::ListRefusalsResponse> ListRefusals(v1::ListRefusalsRequest request,
                                                        const CallOptions& options = {}) const {
    return Call<v1::ListRefusalsResponse>("ListRefusals", std::move(request), options);
  }
  PageRange<v1::Refusal> ListRefusalsAll(v1::ListRefusalsRequest request, const CallOptions& options = {}) const {
    return Pages<v1::Refusal, v1::ListRefusalsResponse>("ListRefusals", std::move(request), options);
  }
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVICES_ACCESS_H_
