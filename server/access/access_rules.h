// Who may hold what, how long a token lives, and how many refusals are kept. Pure: values in, decisions out.
#ifndef AFTERSALES_SERVER_ACCESS_ACCESS_RULES_H_
#define AFTERSALES_SERVER_ACCESS_ACCESS_RULES_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/access.pb.h"

namespace aftersales {

// The server itself, as the actor of its own work. Never signs in, is never changed.
inline constexpr char kSystemPrincipal[] = "principals/system";
// Made by the first start.
inline constexpr char kFirstAdmin[] = "principals/admin";

inline constexpr absl::Duration kTokenLife = absl::Hours(90 * 24);
inline constexpr absl::Duration kLongestTokenLife = absl::Hours(366 * 24);

// The roles can be granted: known, each named once, and none that belongs to no principal (the customer's).
absl::Status CheckRoles(const v1::Principal& principal);
// Can sign in and grants roles to others.
bool IsEnabledAdmin(const v1::Principal& principal);
// `current` with everything that a caller may set taken from `wanted`.
v1::Principal Replaced(const v1::Principal& current, const v1::Principal& wanted);

// When a token made now expires: as asked for, within bounds.
absl::StatusOr<absl::Time> ExpiryOf(const v1::Token& asked, absl::Time now);
// How long the token that follows `old` lives: as long as the old one was meant to.
absl::Duration LifeAfter(const v1::Token& old);
bool IsUsable(const v1::Token& token, absl::Time now);

// A token's secret: "aft_" and 32 random bytes in base64 for URLs.
std::string MakeSecret();
// Could be one of ours; everything else needs no look-up.
bool LooksLikeSecret(std::string_view text);
// What is stored in its place. A plain digest suffices: 256 random bits cannot be guessed from it.
std::string HashOfSecret(std::string_view secret);

// "ipv4:10.0.0.7:5123" -> "ipv4:10.0.0.7": who knocks, whatever the connection.
std::string HostOf(std::string_view peer);

// Decides which refusals are kept when many come: at most 20 a second, and 5 of them from one host. Not thread-safe.
class RefusalRate {
 public:
  bool Allows(const std::string& peer, absl::Time now);

 private:
  static constexpr int kPerSecond = 20;
  static constexpr int kPerSecondOfHost = 5;
  int64_t second_ = 0;
  int allowed_ = 0;
  std::map<std::string, int> by_host_;  // of this second; never longer than kPerSecond
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_ACCESS_RULES_H_
