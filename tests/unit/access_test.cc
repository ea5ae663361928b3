// The decisions of access: roles, lives of tokens, secrets, and how many refusals are kept.
#include "server/access/access_rules.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1790000000);

v1::Principal With(std::initializer_list<int> roles) {
  v1::Principal principal;
  for (const int role : roles) principal.add_roles()->set_role(static_cast<v1::Role>(role));
  return principal;
}

v1::Token Lasting(absl::Duration life) {
  v1::Token token;
  *token.mutable_expire_time() = ToProto(kNow + life);
  return token;
}

TEST(AccessRules, GrantsEveryRoleButTheCustomers) {
  for (int role = v1::ROLE_CUSTOMER_SERVICE; role <= v1::ROLE_ADMIN; ++role) EXPECT_TRUE(CheckRoles(With({role})).ok());
  EXPECT_TRUE(CheckRoles(With({})).ok());
  EXPECT_EQ(ReasonOf(CheckRoles(With({v1::ROLE_CUSTOMER}))), v1::ERROR_REASON_FIELD_INVALID);
}

TEST(AccessRules, RefusesUnknownAndRepeatedRoles) {
  for (const int role : {0, 16, 99, -1, 2147483647}) EXPECT_FALSE(CheckRoles(With({role})).ok()) << role;
  const absl::Status twice = CheckRoles(With({v1::ROLE_QUALITY, v1::ROLE_ADMIN, v1::ROLE_QUALITY}));
  EXPECT_NE(twice.message().find("principal.roles[2].role"), absl::string_view::npos) << twice;
}

TEST(AccessRules, AnAdminCountsOnlyWhileEnabled) {
  v1::Principal admin = With({v1::ROLE_QUALITY, v1::ROLE_ADMIN});
  EXPECT_TRUE(IsEnabledAdmin(admin));
  admin.set_disabled(true);
  EXPECT_FALSE(IsEnabledAdmin(admin));
  EXPECT_FALSE(IsEnabledAdmin(With({v1::ROLE_QUALITY})));
}

TEST(AccessRules, ReplacingKeepsWhatIsTheServers) {
  v1::Principal current = With({v1::ROLE_ADMIN});
  current.set_name("principals/1");
  current.set_etag("3");
  v1::Principal wanted = With({});
  wanted.set_name("principals/2");
  wanted.set_etag("9");
  wanted.set_display_name("new");
  const v1::Principal replaced = Replaced(current, wanted);
  EXPECT_EQ(replaced.name(), "principals/1");
  EXPECT_EQ(replaced.etag(), "3");
  EXPECT_EQ(replaced.display_name(), "new");
  EXPECT_EQ(replaced.roles_size(), 0);
}

TEST(AccessRules, TokensLiveNinetyDaysAndAtMost366) {
  EXPECT_EQ(*ExpiryOf(v1::Token(), kNow), kNow + absl::Hours(24 * 90));
  EXPECT_EQ(*ExpiryOf(Lasting(absl::Minutes(5)), kNow), kNow + absl::Minutes(5));
  EXPECT_TRUE(ExpiryOf(Lasting(absl::Hours(24 * 366)), kNow).ok());
  EXPECT_FALSE(ExpiryOf(Lasting(absl::Hours(24 * 366) + absl::Seconds(1)), kNow).ok());
  EXPECT_FALSE(ExpiryOf(Lasting(absl::ZeroDuration()), kNow).ok());
  EXPECT_FALSE(ExpiryOf(Lasting(absl::Seconds(-1)), kNow).ok());
}

TEST(AccessRules, ARotatedTokenPassesItsLifeOnButNotACutOne) {
  v1::Token old = Lasting(absl::Hours(24 * 10));
  *old.mutable_create_time() = ToProto(kNow);
  EXPECT_EQ(LifeAfter(old), absl::Hours(24 * 10));
  *old.mutable_expire_time() = ToProto(kNow + absl::Minutes(1));
  EXPECT_EQ(LifeAfter(old), absl::Hours(24));
}

TEST(AccessRules, ATokenIsUsableUntilTheMomentItExpires) {
  v1::Token token = Lasting(absl::Seconds(1));
  EXPECT_FALSE(IsUsable(token, kNow));
  token.set_state(v1::TOKEN_STATE_VALID);
  EXPECT_TRUE(IsUsable(token, kNow));
  EXPECT_FALSE(IsUsable(token, kNow + absl::Seconds(1)));
  token.set_state(v1::TOKEN_STATE_REVOKED);
  EXPECT_FALSE(IsUsable(token, kNow));
}

TEST(AccessRules, SecretsAreRecognisedAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string secret = MakeSecret();
    EXPECT_TRUE(LooksLikeSecret(secret)) << secret;
    EXPECT_TRUE(seen.insert(secret).second);
  }
  EXPECT_EQ(HashOfSecret("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AccessRules, WhatIsNoSecretIsSeenWithoutALookUp) {
  const std::string good = MakeSecret();
  std::string with_nul = good;
  with_nul[10] = '\0';
  std::string with_quote = good;
  with_quote[10] = '\'';
  for (const std::string& bad :
       {std::string(), std::string("aft_"), good + "x", good.substr(1), "xft_" + good.substr(4), with_nul, with_quote,
        std::string(100000, 'a'), std::string("\xff\xfe")}) {
    EXPECT_FALSE(LooksLikeSecret(bad));
  }
}

TEST(AccessRules, AHostIsAPeerWithoutItsPort) {
  EXPECT_EQ(HostOf("ipv4:10.0.0.7:5123"), "ipv4:10.0.0.7");
  EXPECT_EQ(HostOf("ipv6:[::1]:5123"), "ipv6:[::1]");
  EXPECT_EQ(HostOf("unix:/run/x"), "unix:/run/x");
  EXPECT_EQ(HostOf("unix:"), "unix:");
  EXPECT_EQ(HostOf(""), "");
  EXPECT_EQ(HostOf(":::"), ":::");
}

TEST(AccessRules, RefusalsAreKeptAtALimitedRate) {
  RefusalRate rate;
  int kept = 0;
  for (int i = 0; i < 100; ++i) kept += rate.Allows("ipv4:10.0.0.7:" + std::to_string(5000 + i), kNow);
  EXPECT_EQ(kept, 5) << "of one host, whatever its port";
  for (int i = 0; i < 100; ++i) kept += rate.Allows("ipv4:10.0.1." + std::to_string(i) + ":5000", kNow);
  EXPECT_EQ(kept, 20) << "of all hosts";
  EXPECT_TRUE(rate.Allows("ipv4:10.0.0.7:1", kNow + absl::Seconds(1)));
}

}  // namespace
}  // namespace aftersales
