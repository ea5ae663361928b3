// Principals, tokens and refusals on both engines.
#include "server/access/access_service.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/event.pb.h"
#include "gtest/gtest.h"
#include "server/access/access_rules.h"
#include "server/access/access_store.h"
#include "server/access/token_authenticator.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using testing::TestEngine;

class AccessServiceTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  Call New() { return testing::TestCall(RandomUuid(), "aftersales.v1.AccessService/Test"); }

  absl::StatusOr<v1::Principal> Add(std::vector<v1::Role> roles) {
    v1::CreatePrincipalRequest request;
    request.mutable_principal()->set_display_name("Somebody");
    for (const v1::Role role : roles) request.mutable_principal()->add_roles()->set_role(role);
    Call call = New();
    return service_.CreatePrincipal(call, request);
  }

  absl::StatusOr<v1::Principal> Update(AccessService& service, v1::Principal principal,
                                       const std::function<void(v1::Principal&)>& change) {
    v1::UpdatePrincipalRequest request;
    request.set_name(principal.name());
    request.set_etag(principal.etag());
    change(principal);
    *request.mutable_principal() = principal;
    Call call = New();
    return service.UpdatePrincipal(call, request);
  }
  absl::StatusOr<v1::Principal> Disable(const v1::Principal& principal) {
    return Update(service_, principal, [](v1::Principal& p) { p.set_disabled(true); });
  }
  absl::StatusOr<v1::Principal> Demote(const v1::Principal& principal) {
    return Update(service_, principal, [](v1::Principal& p) { p.clear_roles(); });
  }

  absl::StatusOr<v1::IssuedToken> Issue(const std::string& principal, absl::Duration life = absl::ZeroDuration()) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal(principal);
    if (life != absl::ZeroDuration()) *request.mutable_token()->mutable_expire_time() = ToProto(clock_.Now() + life);
    Call call = New();
    call.issues_secret = true;
    return service_.CreateToken(call, request);
  }

  absl::StatusOr<v1::Token> Revoke(AccessService& service, const std::string& token) {
    v1::RevokeTokenRequest request;
    request.set_name(token);
    Call call = New();
    return service.RevokeToken(call, request);
  }

  absl::StatusOr<v1::IssuedToken> Rotate(const std::string& token, int overlap_minutes) {
    v1::RotateTokenRequest request;
    request.set_name(token);
    request.set_overlap_minutes(overlap_minutes);
    Call call = New();
    call.issues_secret = true;
    return service_.RotateToken(call, request);
  }

  absl::StatusOr<Caller> SignIn(const std::string& secret) {
    Call call = testing::TestCall();
    return authenticator_.Authenticate(call, secret);
  }

  std::vector<v1::Refusal> Refusals(int page_size = 1000) {
    std::vector<v1::Refusal> refusals;
    v1::ListRefusalsRequest request;
    request.set_page_size(page_size);
    do {
      Call call = New();
      const auto page = service_.ListRefusals(call, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      refusals.insert(refusals.end(), page->refusals().begin(), page->refusals().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return refusals;
  }

  testing::ManualClock clock_;
  testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Database> db_ = database_.Open(clock_);
  TokenAuthenticator authenticator_{*db_};
  AccessService service_{*db_, authenticator_};
};

INSTANTIATE_TEST_SUITE_P(Engines, AccessServiceTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

// --- principals

TEST_P(AccessServiceTest, APrincipalIsAddedReadListedAndChanged) {
  const v1::Principal added = *Add({v1::ROLE_QUALITY, v1::ROLE_TECHNOLOGY});
  v1::GetPrincipalRequest get;
  get.set_name(added.name());
  Call call = New();
  EXPECT_EQ(service_.GetPrincipal(call, get)->DebugString(), added.DebugString());
  const v1::Principal changed = *Update(service_, added, [](v1::Principal& p) {
    p.set_display_name("Renamed");
    p.mutable_roles(0)->set_head(true);
    p.set_name("principals/other");
  });
  EXPECT_EQ(changed.name(), added.name());
  EXPECT_TRUE(changed.roles(0).head());
  EXPECT_EQ(ReasonOf(Disable(added).status()), v1::ERROR_REASON_ETAG_MISMATCH) << "read before the change";
  const auto list = service_.ListPrincipals(call, {});
  bool found = false;
  for (const v1::Principal& principal : list->principals()) found |= principal.name() == added.name();
  EXPECT_TRUE(found);
}

TEST_P(AccessServiceTest, AnIdAskedForIsTheNamesLastPart) {
  v1::CreatePrincipalRequest request;
  request.set_principal_id("quality-desk");
  request.mutable_principal()->set_display_name("Quality");
  Call call = New();
  EXPECT_EQ(service_.CreatePrincipal(call, request)->name(), "principals/quality-desk");
  call = New();
  EXPECT_EQ(ReasonOf(service_.CreatePrincipal(call, request).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  request.set_principal_id("system");
  EXPECT_EQ(ReasonOf(service_.CreatePrincipal(call, request).status()), v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(AccessServiceTest, NobodyIsGrantedTheCustomersRoleOrOneThatDoesNotExist) {
  EXPECT_EQ(ReasonOf(Add({v1::ROLE_CUSTOMER}).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Add({static_cast<v1::Role>(77)}).status()), v1::ERROR_REASON_FIELD_INVALID);
  const v1::Principal principal = *Add({});
  EXPECT_EQ(
      ReasonOf(
          Update(service_, principal, [](v1::Principal& p) { p.add_roles()->set_role(v1::ROLE_CUSTOMER); }).status()),
      v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(AccessServiceTest, TheSystemsOwnPrincipalIsNotForChanging) {
  v1::Principal system;
  system.set_name(kSystemPrincipal);
  system.set_etag("1");
  EXPECT_EQ(ReasonOf(Disable(system).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Issue(kSystemPrincipal).status()), v1::ERROR_REASON_REFERENCE_INVALID);
}

TEST_P(AccessServiceTest, TheLastEnabledAdminStays) {
  const v1::Principal admin = *Add({v1::ROLE_ADMIN});
  for (const absl::Status& refused : {Disable(admin).status(), Demote(admin).status()}) {
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS) << refused;
  }
  v1::Principal other = *Add({v1::ROLE_ADMIN});
  other = *Disable(other);
  EXPECT_FALSE(Disable(admin).ok()) << "a disabled admin does not count";
  ASSERT_TRUE(Update(service_, other, [](v1::Principal& p) { p.set_disabled(false); }).ok());
  EXPECT_TRUE(Disable(admin).ok());
}

TEST_P(AccessServiceTest, TwoAdminsWhoDemoteEachOtherAtOnceLeaveOne) {
  for (int round = 0; round < 5; ++round) {
    const v1::Principal one = *Add({v1::ROLE_ADMIN});
    const v1::Principal two = *Add({v1::ROLE_ADMIN});
    absl::Status first, second;
    std::thread demoter([&] { first = Demote(one).status(); });
    second = Disable(two).status();
    demoter.join();
    EXPECT_NE(first.ok(), second.ok()) << first << " / " << second;
    EXPECT_EQ(ReasonOf(first.ok() ? second : first), v1::ERROR_REASON_STATE_FORBIDS);
    // The next round has admins of its own.
    Call call = New();
    ASSERT_TRUE(db_->WriteOwn(call,
                              [&](Tx& tx) {
                                tx.Execute("DELETE FROM principal WHERE name <> ?", {kSystemPrincipal});
                                return absl::OkStatus();
                              })
                    .ok());
  }
}

// --- tokens

TEST_P(AccessServiceTest, ATokenSignsItsPrincipalIn) {
  const v1::Principal principal = *Add({v1::ROLE_QUALITY});
  const v1::IssuedToken issued = *Issue(principal.name());
  EXPECT_EQ(issued.token().state(), v1::TOKEN_STATE_VALID);
  EXPECT_EQ(FromProto(issued.token().expire_time()), clock_.Now() + absl::Hours(24 * 90));
  for (int i = 0; i < 2; ++i) {
    const auto caller = SignIn(issued.secret());
    ASSERT_TRUE(caller.ok()) << caller.status();
    EXPECT_EQ(caller->principal, principal.name());
    EXPECT_TRUE(caller->Holds(v1::ROLE_QUALITY));
    EXPECT_TRUE(authenticator_.Grants(*caller, "cases.close"));
    EXPECT_FALSE(authenticator_.Grants(*caller, "access.write"));
  }
}

TEST_P(AccessServiceTest, TokensAreMadeForThoseWhoCanSignInOnly) {
  EXPECT_EQ(ReasonOf(Issue("principals/99").status()), v1::ERROR_REASON_REFERENCE_INVALID);
  const v1::Principal disabled = *Disable(*Add({}));
  EXPECT_EQ(ReasonOf(Issue(disabled.name()).status()), v1::ERROR_REASON_REFERENCE_INVALID);
  const v1::Principal principal = *Add({});
  EXPECT_EQ(ReasonOf(Issue(principal.name(), absl::Seconds(-1)).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Issue(principal.name(), absl::Hours(24 * 367)).status()), v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(AccessServiceTest, ATokenIsRefusedFromTheMomentItExpires) {
  const v1::IssuedToken issued = *Issue(Add({})->name(), absl::Minutes(10));
  EXPECT_TRUE(SignIn(issued.secret()).ok());
  clock_.Advance(absl::Minutes(10) - absl::Microseconds(1));
  EXPECT_TRUE(SignIn(issued.secret()).ok());
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(ReasonOf(SignIn(issued.secret()).status()), v1::ERROR_REASON_NOT_AUTHENTICATED);
  authenticator_.Forget();
  EXPECT_NE(SignIn(issued.secret()).status().message().find("expired"), absl::string_view::npos);
}

TEST_P(AccessServiceTest, ARevokedTokenIsRefusedAtOnce) {
  const v1::IssuedToken issued = *Issue(Add({})->name());
  ASSERT_TRUE(SignIn(issued.secret()).ok());
  const v1::Token revoked = *Revoke(service_, issued.token().name());
  EXPECT_EQ(revoked.state(), v1::TOKEN_STATE_REVOKED);
  EXPECT_EQ(ReasonOf(SignIn(issued.secret()).status()), v1::ERROR_REASON_NOT_AUTHENTICATED);
  EXPECT_EQ(Revoke(service_, issued.token().name())->etag(), revoked.etag()) << "revoking again changes nothing";
  EXPECT_EQ(ReasonOf(Revoke(service_, "tokens/99").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(AccessServiceTest, NobodySignsInAfterARevocationWhileManyTry) {
  const std::string principal = Add({})->name();
  for (int round = 0; round < 5; ++round) {
    const v1::IssuedToken issued = *Issue(principal);
    std::atomic<bool> revoked{false}, stop{false};
    std::atomic<int> signed_in{0}, too_late{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 3; ++i) {
      callers.emplace_back([&] {
        while (!stop) {
          const bool was_revoked = revoked;
          const bool ok = SignIn(issued.secret()).ok();
          if (ok) ++signed_in;
          if (ok && was_revoked) ++too_late;
          // Look it up anew now and then, so that look-ups are under way while the token is revoked.
          if (signed_in % 7 == 0) authenticator_.Forget();
        }
      });
    }
    while (signed_in < 20) std::this_thread::yield();
    ASSERT_TRUE(Revoke(service_, issued.token().name()).ok());
    revoked = true;
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(SignIn(issued.secret()).ok());
    stop = true;
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(too_late, 0);
  }
}

TEST_P(AccessServiceTest, AChangedPrincipalCountsAtOnce) {
  const v1::Principal principal = *Add({v1::ROLE_QUALITY});
  const v1::IssuedToken issued = *Issue(principal.name());
  ASSERT_TRUE(SignIn(issued.secret())->Holds(v1::ROLE_QUALITY));
  const v1::Principal demoted = *Demote(principal);
  EXPECT_FALSE(SignIn(issued.secret())->Holds(v1::ROLE_QUALITY));
  ASSERT_TRUE(Disable(demoted).ok());
  EXPECT_NE(SignIn(issued.secret()).status().message().find("disabled"), absl::string_view::npos);
}

TEST_P(AccessServiceTest, AnotherServersRevocationCountsSoon) {
  TokenAuthenticator elsewhere(*db_, absl::Milliseconds(50));
  const v1::IssuedToken issued = *Issue(Add({})->name());
  Call call = testing::TestCall();
  ASSERT_TRUE(elsewhere.Authenticate(call, issued.secret()).ok());
  ASSERT_TRUE(Revoke(service_, issued.token().name()).ok());
  const absl::Time give_up = absl::Now() + absl::Seconds(5);
  while (elsewhere.Authenticate(call, issued.secret()).ok() && absl::Now() < give_up) std::this_thread::yield();
  EXPECT_FALSE(elsewhere.Authenticate(call, issued.secret()).ok());
}

TEST_P(AccessServiceTest, ARotatedTokenOverlapsWithTheNext) {
  const std::string principal = Add({v1::ROLE_QUALITY})->name();
  const v1::IssuedToken old = *Issue(principal, absl::Hours(24 * 10));
  const v1::IssuedToken next = *Rotate(old.token().name(), 15);
  EXPECT_NE(next.token().name(), old.token().name());
  EXPECT_EQ(next.token().principal(), principal);
  EXPECT_EQ(FromProto(next.token().expire_time()), clock_.Now() + absl::Hours(24 * 10));
  EXPECT_TRUE(SignIn(old.secret()).ok());
  EXPECT_TRUE(SignIn(next.secret()).ok());
  clock_.Advance(absl::Minutes(15));
  EXPECT_FALSE(SignIn(old.secret()).ok());
  EXPECT_TRUE(SignIn(next.secret()).ok());
  EXPECT_EQ(ReasonOf(Rotate(old.token().name(), 0).status()), v1::ERROR_REASON_STATE_FORBIDS) << "expired";
  const v1::IssuedToken last = *Rotate(next.token().name(), 0);
  EXPECT_FALSE(SignIn(next.secret()).ok()) << "no overlap";
  ASSERT_TRUE(Revoke(service_, last.token().name()).ok());
  EXPECT_EQ(ReasonOf(Rotate(last.token().name(), 5).status()), v1::ERROR_REASON_STATE_FORBIDS) << "revoked";
}

TEST_P(AccessServiceTest, AnOverlapDoesNotMakeATokenLiveLonger) {
  const v1::IssuedToken old = *Issue(Add({})->name(), absl::Minutes(5));
  ASSERT_TRUE(Rotate(old.token().name(), 60).ok());
  clock_.Advance(absl::Minutes(5));
  EXPECT_FALSE(SignIn(old.secret()).ok());
}

TEST_P(AccessServiceTest, ARepeatedRequestForASecretIsRefused) {
  v1::CreateTokenRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_token()->set_principal(Add({})->name());
  Call call = testing::TestCall(request.request_id());
  call.issues_secret = true;
  ASSERT_TRUE(service_.CreateToken(call, request).ok());
  EXPECT_EQ(ReasonOf(service_.CreateToken(call, request).status()), v1::ERROR_REASON_REPLY_NOT_KEPT);
}

TEST_P(AccessServiceTest, ATokenOnlyTriedOutHasNoSecret) {
  v1::CreateTokenRequest request;
  request.mutable_token()->set_principal(Add({})->name());
  Call call = New();
  call.issues_secret = true;
  call.validate_only = true;
  const auto issued = service_.CreateToken(call, request);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->secret(), "");
  EXPECT_EQ(service_.ListTokens(call, {})->tokens_size(), 0);
}

TEST_P(AccessServiceTest, SecretsAreStoredNowhere) {
  const v1::IssuedToken issued = *Issue(Add({})->name());
  Call call = New();
  const auto stored = db_->Read<std::string>(call, [](Reader& reader) -> absl::StatusOr<std::string> {
    std::string all;
    for (const Row& row : reader.Select("SELECT body FROM event LIMIT 1000", {}, "t")) all += row.Text(0);
    for (const Row& row : reader.Select("SELECT reply FROM request_log LIMIT 1000", {}, "t")) all += row.Text(0);
    for (const Row& row : reader.Select("SELECT hash FROM token_secret LIMIT 1000", {}, "t")) all += row.Text(0);
    return all;
  });
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->find(issued.secret()), std::string::npos);
  EXPECT_NE(stored->find(HashOfSecret(issued.secret())), std::string::npos);
  const size_t random_part = 4;
  EXPECT_EQ(stored->find(issued.secret().substr(random_part)), std::string::npos);
}

TEST_P(AccessServiceTest, WhatIsNoTokenIsRefused) {
  const std::string good = Issue(Add({})->name())->secret();
  std::string swapped = good;
  swapped.back() = swapped.back() == 'A' ? 'E' : 'A';
  for (const std::string& bad : {std::string(), std::string("aft_"), swapped, good + "A", good.substr(1),
                                 std::string("aft_' OR '1'='1"), std::string(65536, 'a'), MakeSecret()}) {
    EXPECT_EQ(ReasonOf(SignIn(bad).status()), v1::ERROR_REASON_NOT_AUTHENTICATED);
  }
}

TEST_P(AccessServiceTest, TokensAreListedByPrincipal) {
  const std::string one = Add({})->name();
  const std::string two = Add({})->name();
  ASSERT_TRUE(Issue(one).ok());
  ASSERT_TRUE(Issue(two).ok());
  ASSERT_TRUE(Issue(two).ok());
  v1::ListTokensRequest request;
  Call call = New();
  EXPECT_EQ(service_.ListTokens(call, request)->tokens_size(), 3);
  request.set_principal(two);
  EXPECT_EQ(service_.ListTokens(call, request)->tokens_size(), 2);
  request.set_principal("principals/99");
  EXPECT_EQ(service_.ListTokens(call, request)->tokens_size(), 0);
}

TEST_P(AccessServiceTest, TheCallerLearnsWhoItIs) {
  const v1::Principal principal = *Add({v1::ROLE_AUDITOR});
  Call call = New();
  call.caller.principal = principal.name();
  call.caller.roles = {principal.roles().begin(), principal.roles().end()};
  const auto caller = service_.GetCaller(call, {});
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->principal().name(), principal.name());
  const std::vector<std::string> permissions(caller->permissions().begin(), caller->permissions().end());
  EXPECT_NE(std::find(permissions.begin(), permissions.end(), "audit.read"), permissions.end());
  EXPECT_EQ(std::find(permissions.begin(), permissions.end(), "cases.close"), permissions.end());
}

TEST_P(AccessServiceTest, RolesAreNamedForTheErrorsText) {
  EXPECT_EQ(authenticator_.RolesGranting("access.write"), std::vector<std::string>{"admin"});
  EXPECT_EQ(authenticator_.RolesGranting("no.such"), std::vector<std::string>{});
}

// --- refusals

TEST_P(AccessServiceTest, RefusalsAreKeptNewestFirst) {
  for (int i = 0; i < 4; ++i) {
    Call call = testing::TestCall("", absl::StrCat("aftersales.v1.CaseService/Method", i));
    call.peer = "ipv4:10.0.0.1:5000";
    authenticator_.AuditRefusal(call, "PERMISSION_MISSING");
    authenticator_.refusals().Flush();
    if (i % 2 == 1) clock_.Advance(absl::Seconds(1));
  }
  const std::vector<v1::Refusal> refusals = Refusals(1);
  ASSERT_EQ(refusals.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(refusals[i].method(), absl::StrCat("aftersales.v1.CaseService/Method", 3 - i));
  }
  EXPECT_EQ(refusals[0].principal(), "principals/tester");
  EXPECT_EQ(refusals[0].reason(), "PERMISSION_MISSING");
  EXPECT_EQ(refusals[0].peer(), "ipv4:10.0.0.1:5000");
}

TEST_P(AccessServiceTest, AFloodOfRefusalsIsCountedButNotKept) {
  for (int i = 0; i < 1000; ++i) {
    Call call = testing::TestCall();
    call.caller.principal = "";
    call.method = std::string(1000, 'm');
    call.method.replace(0, 3, "\x01\xff'");
    call.method[3] = '\0';
    call.peer = absl::StrCat("ipv4:10.0.0.", i % 200, ":5000");
    authenticator_.AuditRefusal(call, "NOT_AUTHENTICATED");
  }
  authenticator_.refusals().Flush();
  const size_t kept = Refusals().size();
  EXPECT_GT(kept, 0u);
  EXPECT_LE(kept, 60u) << "three seconds' worth at the most";
  EXPECT_EQ(authenticator_.refusals().dropped(), static_cast<int64_t>(1000 - kept));
}

TEST_P(AccessServiceTest, OldRefusalsArePruned) {
  Call call = New();
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(
        db_->WriteOwn(call,
                      [&](Tx& tx) {
                        KeepRefusals(tx, {{clock_.Now() + absl::Seconds(i), "", absl::StrCat("m", i), "r", "p"}});
                        return absl::OkStatus();
                      })
            .ok());
  }
  ASSERT_TRUE(db_->WriteOwn(call,
                            [](Tx& tx) {
                              PruneRefusals(tx, 10);
                              return absl::OkStatus();
                            })
                  .ok());
  const std::vector<v1::Refusal> refusals = Refusals();
  ASSERT_EQ(refusals.size(), 10u);
  EXPECT_EQ(refusals[9].method(), "m20");
}

TEST_P(AccessServiceTest, ADamagedPageTokenIsRefused) {
  v1::ListRefusalsRequest request;
  request.set_page_token("AAAA");
  Call call = New();
  EXPECT_EQ(ReasonOf(service_.ListRefusals(call, request).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_P(AccessServiceTest, ADatabaseThatIsAwayFailsNoCall) {
  DatabaseOptions options;
  options.address = GetParam() == TestEngine::kSqlite ? "sqlite:/nonexistent/folder/x.db"
                                                      : "mysql:socket=/nonexistent/socket,user=root,database=none";
  const auto away = Database::Open(options, clock_);
  ASSERT_TRUE(away.ok()) << away.status();
  TokenAuthenticator authenticator(**away);
  Call call = testing::TestCall();
  authenticator.AuditRefusal(call, "PERMISSION_MISSING");
  authenticator.refusals().Flush();
  EXPECT_EQ(authenticator.refusals().dropped(), 1);
  call.deadline = absl::Now() + absl::Seconds(1);
  const absl::Status status = authenticator.Authenticate(call, MakeSecret()).status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(ReasonOf(status), v1::ERROR_REASON_NOT_AUTHENTICATED) << "the token may well be good";
}

TEST_P(AccessServiceTest, EveryChangeIsAnEvent) {
  const v1::Principal principal = *Add({v1::ROLE_QUALITY});
  const v1::IssuedToken issued = *Issue(principal.name());
  ASSERT_TRUE(Revoke(service_, issued.token().name()).ok());
  ASSERT_TRUE(Revoke(service_, issued.token().name()).ok());
  ASSERT_TRUE(Disable(principal).ok());
  Call call = New();
  const auto subjects = db_->Read<std::string>(call, [](Reader& reader) -> absl::StatusOr<std::string> {
    std::string all;
    for (const Row& row :
         reader.Select("SELECT type, subject, root_version FROM event ORDER BY id LIMIT 100", {}, "tti")) {
      absl::StrAppend(&all, row.Text(0), " ", row.Text(1), " ", row.Int(2), "\n");
    }
    return all;
  });
  EXPECT_EQ(*subjects, absl::StrCat("access-changed ", principal.name(), " 1\naccess-changed ", issued.token().name(),
                                    " 1\naccess-changed ", issued.token().name(), " 2\naccess-changed ",
                                    principal.name(), " 2\n"));
  const auto bodies = db_->Read<std::string>(call, [](Reader& reader) -> absl::StatusOr<std::string> {
    std::string all;
    for (const Row& row : reader.Select("SELECT body FROM event ORDER BY id LIMIT 100", {}, "t")) {
      v1::Event event;
      EXPECT_TRUE(event.ParseFromString(row.Text(0)));
      // Only the resource is kept from those who may not read who may do what.
      EXPECT_TRUE(event.facts().empty()) << event.ShortDebugString();
      const v1::AccessChange& change = event.access_change();
      absl::StrAppend(&all, change.change(), " ", absl::StrJoin(change.roles(), ","), " ", change.disabled(), " ",
                      change.principal(), "\n");
    }
    return all;
  });
  EXPECT_EQ(*bodies, absl::StrCat("principal-created quality 0 \ntoken-created  0 ", principal.name(),
                                  "\ntoken-revoked  0 ", principal.name(), "\nprincipal-updated quality 1 \n"));
  const auto* field = v1::Event::descriptor()->FindFieldByName("access_change");
  EXPECT_EQ(field->options().GetExtension(options::v1::field).permission(), "access.read");
}

}  // namespace
}  // namespace aftersales
