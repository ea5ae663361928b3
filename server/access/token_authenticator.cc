#include "server/access/token_authenticator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/access/access_rules.h"
#include "server/access/access_store.h"
#include "server/access/permissions.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

constexpr size_t kMostKnown = 10000;

absl::Status NotAuthenticated(const std::string& text) {
  return Error(absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_NOT_AUTHENTICATED, text);
}

absl::Status ExpiredError(absl::Time expiry) {
  return NotAuthenticated(
      absl::StrCat("The token expired at ", ForPeople(expiry), ". Ask an administrator for a new one."));
}

absl::Status UnknownTokenError() {
  return NotAuthenticated("The token is not known here. Send a token that this server's administrator issued.");
}

}  // namespace

absl::StatusOr<Caller> TokenAuthenticator::Authenticate(Call& call, std::string_view token) {
  // What is no token of ours costs no look-up; the rest costs the same whether or not somebody holds it.
  if (!LooksLikeSecret(token)) return UnknownTokenError();
  const std::string hash = HashOfSecret(token);
  int64_t forgotten = 0;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = known_.find(hash);
    if (found != known_.end() && std::chrono::steady_clock::now() - found->second.looked_up < kept_) {
      if (db_.clock().Now() < found->second.expiry) return found->second.caller;
      return ExpiredError(found->second.expiry);
    }
    forgotten = forgotten_;
  }
  ASSIGN_OR_RETURN(Known known, LookUp(call, hash));
  absl::MutexLock lock(&mutex_);
  if (forgotten == forgotten_) {
    if (known_.size() >= kMostKnown) known_.clear();
    known_.insert_or_assign(hash, known);
  }
  return std::move(known.caller);
}

absl::StatusOr<TokenAuthenticator::Known> TokenAuthenticator::LookUp(Call& call, const std::string& hash) {
  const auto looked_up = std::chrono::steady_clock::now();
  v1::Token token;
  v1::Principal principal;
  ASSIGN_OR_RETURN(const bool found, db_.Read<bool>(call, [&](Reader& reader) -> absl::StatusOr<bool> {
    const std::string name = TokenOfHash(reader, hash);
    if (name.empty()) return false;
    ASSIGN_OR_RETURN(token, Tokens().Get(reader, name));
    ASSIGN_OR_RETURN(principal, Principals().Get(reader, token.principal()));
    return true;
  }));
  if (!found) return UnknownTokenError();
  if (token.state() != v1::TOKEN_STATE_VALID) {
    return NotAuthenticated("The token was revoked. Ask an administrator for a new one.");
  }
  const absl::Time expiry = FromProto(token.expire_time());
  if (!IsUsable(token, db_.clock().Now())) return ExpiredError(expiry);
  if (principal.disabled()) {
    return NotAuthenticated(absl::StrCat(principal.name(), " is disabled. Ask an administrator to enable it."));
  }
  return Known{Caller{principal.name(), {principal.roles().begin(), principal.roles().end()}}, expiry, looked_up};
}

bool TokenAuthenticator::Grants(const Caller& caller, std::string_view permission) const {
  return AnyGrants(caller.roles, permission);
}

std::vector<std::string> TokenAuthenticator::RolesGranting(std::string_view permission) const {
  std::vector<std::string> roles;
  for (const RolePermissions& line : PermissionTable()) {
    if (RoleGrants(line.role, permission)) roles.push_back(Word(line.role));
  }
  return roles;
}

void TokenAuthenticator::AuditRefusal(Call& call, const std::string& reason) { refusals_.Add(call, reason); }

void TokenAuthenticator::Forget() {
  absl::MutexLock lock(&mutex_);
  ++forgotten_;
  known_.clear();
}

}  // namespace aftersales
