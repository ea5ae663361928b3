#include "server/access/access_service.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/event.pb.h"
#include "server/access/access_rules.h"
#include "server/access/access_store.h"
#include "server/access/permissions.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/obligations.h"

namespace aftersales {
namespace {

// Whose token or which principal changed, and how; secrets and their hashes never get here.
v1::Event AccessChanged(const std::string& name, const std::string& etag, const std::string& change) {
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_ACCESS_CHANGED);
  event.set_root(name);
  event.set_subject(name);
  int64_t version = 1;
  if (absl::SimpleAtoi(etag, &version)) event.set_root_version(version);
  event.mutable_access_change()->set_change(change);
  return event;
}

void RecordChange(Tx& tx, const v1::Principal& principal, const std::string& change) {
  v1::Event event = AccessChanged(principal.name(), principal.etag(), change);
  for (const v1::RoleGrant& grant : principal.roles()) {
    event.mutable_access_change()->add_roles(absl::StrCat(Word(grant.role()), grant.head() ? " (head)" : ""));
  }
  event.mutable_access_change()->set_disabled(principal.disabled());
  Obligations::RecordPlain(tx, event);
}

void RecordChange(Tx& tx, const v1::Token& token, const std::string& change) {
  v1::Event event = AccessChanged(token.name(), token.etag(), change);
  event.mutable_access_change()->set_principal(token.principal());
  *event.mutable_access_change()->mutable_expire_time() = token.expire_time();
  Obligations::RecordPlain(tx, event);
}

// A token may be made for it: it exists and can sign in.
absl::Status CheckCanSignIn(Reader& reader, const std::string& field, const std::string& name) {
  const absl::StatusOr<v1::Principal> principal = Principals().Get(reader, name);
  if (absl::IsNotFound(principal.status())) {
    return ReferenceError(field, name, absl::StrCat(name, " does not exist. Check the name, or create it first."));
  }
  RETURN_IF_ERROR(principal.status());
  if (name == kSystemPrincipal) return ReferenceError(field, name, "the server itself needs no token and gets none");
  if (principal->disabled()) {
    return ReferenceError(field, name, absl::StrCat(name, " is disabled. Enable it first."));
  }
  return absl::OkStatus();
}

absl::Status LastAdminError(const std::string& name) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(name,
                            " is the last enabled admin: without one nobody could grant access any more. Make "
                            "somebody else an admin first."))
      .With("resource", name)
      .With("state", "last enabled admin")
      .With("allowed", "another enabled admin exists");
}

v1::IssuedToken Issued(const Call& call, const v1::Token& token, const std::string& secret) {
  v1::IssuedToken issued;
  *issued.mutable_token() = token;
  // A secret of a token that was only tried out would look as if it worked.
  if (!call.validate_only) issued.set_secret(secret);
  return issued;
}

}  // namespace

void AccessService::Bind(rpc::Methods& methods) {
  methods.Unary("CreatePrincipal", this, &AccessService::CreatePrincipal);
  methods.Unary("GetPrincipal", this, &AccessService::GetPrincipal);
  methods.Unary("ListPrincipals", this, &AccessService::ListPrincipals);
  methods.Unary("UpdatePrincipal", this, &AccessService::UpdatePrincipal);
  methods.Unary("GetCaller", this, &AccessService::GetCaller);
  methods.Unary("CreateToken", this, &AccessService::CreateToken);
  methods.Unary("ListTokens", this, &AccessService::ListTokens);
  methods.Unary("RotateToken", this, &AccessService::RotateToken);
  methods.Unary("RevokeToken", this, &AccessService::RevokeToken);
  methods.Unary("ListRefusals", this, &AccessService::ListRefusals);
}

absl::StatusOr<v1::Principal> AccessService::CreatePrincipal(Call& call, const v1::CreatePrincipalRequest& request) {
  RETURN_IF_ERROR(CheckRoles(request.principal()));
  std::string id = request.principal_id();
  if (id == "system") return FieldError("principal_id", "\"system\" is the server itself; choose another");
  if (id.empty()) {
    ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "principal"));
    id = absl::StrCat(number);
  }
  return db_.Write<v1::Principal>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Principal> {
    v1::Principal principal = request.principal();
    principal.set_name(absl::StrCat("principals/", id));
    RETURN_IF_ERROR(Principals().Insert(tx, principal));
    RecordChange(tx, principal, "principal-created");
    return principal;
  });
}

absl::StatusOr<v1::Principal> AccessService::GetPrincipal(Call& call, const v1::GetPrincipalRequest& request) {
  return db_.Read<v1::Principal>(call, [&](Reader& reader) { return Principals().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListPrincipalsResponse> AccessService::ListPrincipals(Call& call,
                                                                         const v1::ListPrincipalsRequest& request) {
  return db_.Read<v1::ListPrincipalsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListPrincipalsResponse> {
    v1::ListPrincipalsResponse response;
    RETURN_IF_ERROR(Principals().List(reader, ListingOfPrincipals(), request, &response));
    return response;
  });
}

absl::StatusOr<v1::Principal> AccessService::UpdatePrincipal(Call& call, const v1::UpdatePrincipalRequest& request) {
  RETURN_IF_ERROR(CheckRoles(request.principal()));
  if (request.name() == kSystemPrincipal) {
    return FieldError("name", "principals/system is the server itself and cannot be changed");
  }
  const absl::Cleanup forget = [this] { authenticator_.Forget(); };
  return db_.Write<v1::Principal>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Principal> {
    RETURN_IF_ERROR(LockPrincipals(tx));
    ASSIGN_OR_RETURN(const v1::Principal current, Principals().Lock(tx, request.name(), request.etag()));
    v1::Principal principal = Replaced(current, request.principal());
    if (IsEnabledAdmin(current) && !IsEnabledAdmin(principal) && !HasOtherAdmin(tx, current.name())) {
      return LastAdminError(current.name());
    }
    RETURN_IF_ERROR(Principals().Update(tx, principal));
    RecordChange(tx, principal, "principal-updated");
    return principal;
  });
}

absl::StatusOr<v1::Caller> AccessService::GetCaller(Call& call, const v1::GetCallerRequest&) {
  return db_.Read<v1::Caller>(call, [&](Reader& reader) -> absl::StatusOr<v1::Caller> {
    v1::Caller caller;
    ASSIGN_OR_RETURN(*caller.mutable_principal(), Principals().Get(reader, call.caller.principal));
    for (const std::string& permission : KnownPermissions()) {
      if (AnyGrants(call.caller.roles, permission)) caller.add_permissions(permission);
    }
    return caller;
  });
}

absl::StatusOr<v1::IssuedToken> AccessService::CreateToken(Call& call, const v1::CreateTokenRequest& request) {
  ASSIGN_OR_RETURN(const absl::Time expiry, ExpiryOf(request.token(), db_.clock().Now()));
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "token"));
  const std::string secret = MakeSecret();
  return db_.Write<v1::IssuedToken>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::IssuedToken> {
    RETURN_IF_ERROR(CheckCanSignIn(tx, "token.principal", request.token().principal()));
    v1::Token token = request.token();
    token.set_name(absl::StrCat("tokens/", number));
    token.set_state(v1::TOKEN_STATE_VALID);
    *token.mutable_expire_time() = ToProto(expiry);
    RETURN_IF_ERROR(Tokens().Insert(tx, token));
    KeepSecretHash(tx, token.name(), HashOfSecret(secret));
    RecordChange(tx, token, "token-created");
    return Issued(call, token, secret);
  });
}

absl::StatusOr<v1::ListTokensResponse> AccessService::ListTokens(Call& call, const v1::ListTokensRequest& request) {
  return db_.Read<v1::ListTokensResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListTokensResponse> {
    v1::ListTokensResponse response;
    RETURN_IF_ERROR(Tokens().List(reader, ListingOfTokens(request.principal()), request, &response));
    return response;
  });
}

absl::StatusOr<v1::IssuedToken> AccessService::RotateToken(Call& call, const v1::RotateTokenRequest& request) {
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "token"));
  const std::string secret = MakeSecret();
  const absl::Cleanup forget = [this] { authenticator_.Forget(); };
  return db_.Write<v1::IssuedToken>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::IssuedToken> {
    ASSIGN_OR_RETURN(v1::Token old, Tokens().Lock(tx, request.name()));
    if (!IsUsable(old, tx.now())) {
      return StateError(old.name(), old.state() == v1::TOKEN_STATE_REVOKED ? "revoked" : "expired", "rotated",
                        {"valid"});
    }
    RETURN_IF_ERROR(CheckCanSignIn(tx, "name", old.principal()));
    v1::Token token;
    token.set_name(absl::StrCat("tokens/", number));
    token.set_principal(old.principal());
    token.set_description(old.description());
    token.set_state(v1::TOKEN_STATE_VALID);
    *token.mutable_expire_time() = ToProto(tx.now() + LifeAfter(old));
    const absl::Time old_end =
        std::min(FromProto(old.expire_time()), tx.now() + absl::Minutes(request.overlap_minutes()));
    *old.mutable_expire_time() = ToProto(old_end);
    RETURN_IF_ERROR(Tokens().Update(tx, old));
    RETURN_IF_ERROR(Tokens().Insert(tx, token));
    KeepSecretHash(tx, token.name(), HashOfSecret(secret));
    RecordChange(tx, old, "token-rotated");
    RecordChange(tx, token, "token-created");
    return Issued(call, token, secret);
  });
}

absl::StatusOr<v1::Token> AccessService::RevokeToken(Call& call, const v1::RevokeTokenRequest& request) {
  const absl::Cleanup forget = [this] { authenticator_.Forget(); };
  return db_.Write<v1::Token>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Token> {
    RETURN_IF_ERROR(LockPrincipals(tx));
    ASSIGN_OR_RETURN(v1::Token token, Tokens().Lock(tx, request.name()));
    if (token.state() == v1::TOKEN_STATE_REVOKED) return token;
    ASSIGN_OR_RETURN(const v1::Principal holder, Principals().Get(tx, token.principal()));
    if (IsEnabledAdmin(holder) && IsUsable(token, tx.now()) && !HasOtherAdminToken(tx, token.name(), tx.now())) {
      return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
                   absl::StrCat(token.name(),
                                " is the last token by which an admin can sign in. Create or rotate another "
                                "admin's token first."))
          .With("resource", token.name());
    }
    token.set_state(v1::TOKEN_STATE_REVOKED);
    RETURN_IF_ERROR(Tokens().Update(tx, token));
    RecordChange(tx, token, "token-revoked");
    return token;
  });
}

absl::StatusOr<v1::ListRefusalsResponse> AccessService::ListRefusals(Call& call,
                                                                     const v1::ListRefusalsRequest& request) {
  return db_.Read<v1::ListRefusalsResponse>(call, [&](Reader& reader) { return ListRefusalRows(reader, request); });
}

}  // namespace aftersales
