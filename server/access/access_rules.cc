#include "server/access/access_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/access/permissions.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/random.h"

namespace aftersales {
namespace {

constexpr std::string_view kSecretPrefix = "aft_";
constexpr size_t kSecretBytes = 32;
constexpr size_t kEncodedBytes = 43;  // 32 bytes in base64, without padding

}  // namespace

absl::Status CheckRoles(const v1::Principal& principal) {
  std::set<v1::Role> seen;
  for (int i = 0; i < principal.roles_size(); ++i) {
    const v1::Role role = principal.roles(i).role();
    const std::string field = absl::StrCat("principal.roles[", i, "].role");
    if (role == v1::ROLE_CUSTOMER) {
      return FieldError(field,
                        "the customer is a party, not a role to sign in with; staff record what the customer did");
    }
    const auto& table = PermissionTable();
    if (std::none_of(table.begin(), table.end(), [&](const RolePermissions& line) { return line.role == role; })) {
      return FieldError(field, absl::StrCat(static_cast<int>(role), " is no role; see enum Role for those there are"));
    }
    if (!seen.insert(role).second) {
      return FieldError(field, absl::StrCat(Word(role), " is granted twice; grant it once, as head or not"));
    }
  }
  return absl::OkStatus();
}

bool IsEnabledAdmin(const v1::Principal& principal) {
  return !principal.disabled() &&
         std::any_of(principal.roles().begin(), principal.roles().end(),
                     [](const v1::RoleGrant& grant) { return grant.role() == v1::ROLE_ADMIN; });
}

v1::Principal Replaced(const v1::Principal& current, const v1::Principal& wanted) {
  v1::Principal replaced = current;
  replaced.set_display_name(wanted.display_name());
  *replaced.mutable_roles() = wanted.roles();
  replaced.set_disabled(wanted.disabled());
  return replaced;
}

absl::StatusOr<absl::Time> ExpiryOf(const v1::Token& asked, absl::Time now) {
  if (!asked.has_expire_time()) return now + kTokenLife;
  const absl::Time expiry = FromProto(asked.expire_time());
  if (expiry <= now) {
    return FieldError("token.expire_time", absl::StrCat("must lie in the future; it is ", ForPeople(now),
                                                        " now. Empty means 90 days from now"));
  }
  if (expiry > now + kLongestTokenLife) {
    return FieldError("token.expire_time", absl::StrCat("must be no later than ", ForPeople(now + kLongestTokenLife),
                                                        ", 366 days from now; rotate the token before it expires"));
  }
  return expiry;
}

absl::Duration LifeAfter(const v1::Token& old) {
  const absl::Duration life = FromProto(old.expire_time()) - FromProto(old.create_time());
  // A token whose end an earlier rotation moved to the next minutes does not hand so short a life on.
  return std::clamp(life, absl::Hours(24), kLongestTokenLife);
}

bool IsUsable(const v1::Token& token, absl::Time now) {
  return token.state() == v1::TOKEN_STATE_VALID && now < FromProto(token.expire_time());
}

std::string MakeSecret() {
  return absl::StrCat(kSecretPrefix.data(), absl::WebSafeBase64Escape(RandomBytes(kSecretBytes)));
}

bool LooksLikeSecret(std::string_view text) {
  if (text.size() != kSecretPrefix.size() + kEncodedBytes || text.substr(0, kSecretPrefix.size()) != kSecretPrefix) {
    return false;
  }
  return std::all_of(text.begin() + kSecretPrefix.size(), text.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; });
}

std::string HashOfSecret(std::string_view secret) { return ToHex(Sha256(secret)); }

std::string HostOf(std::string_view peer) {
  const size_t colon = peer.rfind(':');
  // "unix:" has no port, and "ipv6:[::1]" none after the bracket.
  if (colon == std::string_view::npos || colon == peer.find(':') || colon + 1 == peer.size()) return std::string(peer);
  const bool is_port = std::all_of(peer.begin() + colon + 1, peer.end(),
                                   [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
  return std::string(is_port ? peer.substr(0, colon) : peer);
}

bool RefusalRate::Allows(const std::string& peer, absl::Time now) {
  const int64_t second = absl::ToUnixSeconds(now);
  if (second != second_) {
    second_ = second;
    allowed_ = 0;
    by_host_.clear();
  }
  if (allowed_ >= kPerSecond) return false;
  int& of_host = by_host_[HostOf(peer)];
  if (of_host >= kPerSecondOfHost) return false;
  ++of_host;
  ++allowed_;
  return true;
}

}  // namespace aftersales
