// What a version would change for open cases, and the cases put under it, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/service/policy_service_fixture.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PolicyMigrationTest : public PolicyServiceTest {};

INSTANTIATE_TEST_SUITE_P(Engines, PolicyMigrationTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(PolicyMigrationTest, ADryRunTellsWhatWouldChangeAndChangesNothing) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string service_case = desk_.OpenCase(first);
  ASSERT_TRUE(desk_.Happens(service_case, v1::EVENT_TYPE_CASE_CHANGED).ok());
  const std::string stricter = desk_.Load(kStricterPack);
  const auto events = desk_.Events(service_case).size();
  const std::string etag = desk_.Case(service_case).etag();
  const auto dry = DryRun(stricter);
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_EQ(dry->cases(), 1);
  EXPECT_EQ(dry->next_page_token(), "");
  EXPECT_THAT(Words(dry->changes()), ElementsAre("look added", "plan added", "reply due", "reply terms"));
  const v1::CaseChange& reply = dry->changes(2);
  EXPECT_EQ(reply.service_case(), service_case);
  EXPECT_EQ(reply.policy_version(), first);
  EXPECT_EQ(reply.obligation(), desk_.Owed(service_case, "reply").name());
  EXPECT_EQ(FromProto(reply.due_time()) - FromProto(reply.new_due_time()), absl::Hours(6));
  EXPECT_THAT(dry->changes(0).text(), HasSubstr("settled"));
  EXPECT_EQ(desk_.Events(service_case).size(), events);
  EXPECT_EQ(desk_.Case(service_case).etag(), etag);
  EXPECT_THAT(desk_.Owed(service_case), SizeIs(1));
  EXPECT_THAT(DryRun(first)->changes(), IsEmpty()) << "its own version changes nothing";
  EXPECT_EQ(ReasonOf(DryRun("policyVersions/none-1").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(PolicyMigrationTest, ADryRunPagesOverOpenCasesOfEveryState) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string stricter = desk_.Load(kStricterPack);
  std::vector<std::string> cases;
  for (int i = 0; i < 7; ++i) cases.push_back(desk_.OpenCase(first));
  const auto put = [&](int i, v1::CaseState state) {
    desk_.Execute("UPDATE service_case SET state = ? WHERE name = ?", {static_cast<int>(state), cases[i]});
  };
  put(1, v1::CASE_STATE_OPEN);
  put(5, v1::CASE_STATE_OPEN);
  put(2, v1::CASE_STATE_CLOSED);
  put(3, v1::CASE_STATE_REFUSED);
  std::vector<std::string> seen;
  std::string token;
  do {
    const auto page = DryRun(stricter, 2, token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->cases(), 2);
    for (const v1::CaseChange& change : page->changes()) {
      if (change.change() == v1::OBLIGATION_CHANGE_DUE) seen.push_back(change.service_case());
    }
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(seen, ElementsAre(cases[1], cases[5], cases[0], cases[4], cases[6]));
  EXPECT_EQ(ReasonOf(DryRun(stricter, 2, "nonsense").status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_P(PolicyMigrationTest, CasesAreMigratedWithWhatTheyOwe) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string service_case = desk_.OpenCase(first);
  const std::string other = desk_.OpenCase(first);
  const absl::Time opened = desk_.clock.Now();
  ASSERT_TRUE(desk_.Happens(service_case, v1::EVENT_TYPE_CASE_CHANGED).ok());
  const std::string stricter = desk_.PutInForce(kStricterPack);
  EXPECT_EQ(desk_.Case(service_case).policy_version(), first) << "a case keeps the version that it was opened under";
  desk_.clock.Advance(absl::Hours(1));
  const auto dry = DryRun(stricter);
  const auto migrated = Migrate(stricter, {service_case});
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  EXPECT_THAT(Words(migrated->changes()), ElementsAre("look added", "plan added", "reply due", "reply terms"));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(migrated->changes(i).text(), dry->changes(i).text());
  EXPECT_EQ(desk_.Case(service_case).policy_version(), stricter);
  const v1::Obligation reply = desk_.Owed(service_case, "reply");
  EXPECT_EQ(FromProto(reply.due_time()), opened + absl::Hours(4));
  EXPECT_EQ(FromProto(reply.fire_time()), opened + absl::Hours(2));
  EXPECT_EQ(reply.owner(), v1::ROLE_PRODUCTION);
  EXPECT_EQ(reply.policy_version(), stricter);
  EXPECT_EQ(desk_.Owed(service_case, "look").state(), v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(desk_.Owed(service_case, "plan").state(), v1::OBLIGATION_STATE_OPEN);

  const auto events = desk_.Events(service_case, "case-migrated");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].service_case().policy_version(), stricter);
  EXPECT_EQ(events[0].subject(), service_case);
  EXPECT_EQ(events[0].facts().at("from"), first);
  EXPECT_EQ(events[0].facts().at("to"), stricter);
  EXPECT_EQ(events[0].facts().at("reason"), "the contract was changed");
  EXPECT_EQ(events[0].actor(), "principals/issuer");
  EXPECT_THAT(desk_.Events(service_case, "obligation-changed"), SizeIs(1));
  EXPECT_EQ(desk_.Case(other).policy_version(), first);
  EXPECT_EQ(desk_.Owed(other, "reply").policy_version(), first);

  // It goes on by the new rules, and back again.
  ASSERT_TRUE(desk_.Happens(service_case, v1::EVENT_TYPE_CASE_CLASSIFIED).ok());
  EXPECT_EQ(desk_.Owed(service_case, "reply").state(), v1::OBLIGATION_STATE_MET);
  ASSERT_TRUE(desk_.Activate(first).ok());
  const auto back = Migrate(first, {service_case});
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_THAT(Words(back->changes()), ElementsAre("plan removed"));
  EXPECT_EQ(desk_.Owed(service_case, "plan").state(), v1::OBLIGATION_STATE_CANCELLED);
  EXPECT_EQ(desk_.Owed(service_case, "reply").state(), v1::OBLIGATION_STATE_MET) << "what is met is left alone";
}

TEST_P(PolicyMigrationTest, ACaseOfATypeOrClassThatTheVersionDoesNotKnowStaysUnderItsOwn) {
  const std::string words =
      "type { name: 'repair' title: 'Repair' clauses: 'T' } class { name: 'A' title: 'A' clauses: 'T' }";
  const std::string first = desk_.PutInForce(absl::StrCat(
      kDeskPack, words,
      "type { name: 'inquiry' title: 'Inquiry' clauses: 'T' } class { name: 'Z' title: 'Z' clauses: 'T' }"));
  const std::string sound = desk_.OpenCase(first), typed = desk_.OpenCase(first), classed = desk_.OpenCase(first);
  desk_.Execute("UPDATE service_case SET type = 'repair', classification = 'A' WHERE name = ?", {sound});
  desk_.Execute("UPDATE service_case SET type = 'inquiry' WHERE name = ?", {typed});
  desk_.Execute("UPDATE service_case SET classification = 'Z' WHERE name = ?", {classed});
  const std::string narrower = desk_.PutInForce(absl::StrCat(kStricterPack, words));
  std::map<std::string, std::string> unknown;
  const auto dry = DryRun(narrower);
  ASSERT_TRUE(dry.ok()) << dry.status();
  for (int i = 0; i < dry->changes_size(); ++i) {
    const v1::CaseChange& change = dry->changes(i);
    if (change.kind().empty()) unknown[change.service_case()] = change.text();
  }
  EXPECT_EQ(unknown.size(), 2u);
  EXPECT_THAT(unknown[typed], HasSubstr("the type \"inquiry\""));
  EXPECT_THAT(unknown[classed], HasSubstr("the class \"Z\""));
  for (const std::string& name : {typed, classed}) {
    const absl::Status refused = Migrate(narrower, {sound, name}).status();
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REFERENCE_INVALID);
    EXPECT_THAT(std::string(refused.message()), HasSubstr(name));
    EXPECT_EQ(desk_.Case(sound).policy_version(), first) << "all of them or none";
  }
  EXPECT_TRUE(Migrate(narrower, {sound}).ok());
  // A version that lists no types and classes takes any.
  const std::string open = desk_.PutInForce(kStricterPack);
  EXPECT_TRUE(Migrate(open, {typed, classed}).ok());
}

TEST_P(PolicyMigrationTest, PausesAndWaiversAreNotForgotten) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string paused = desk_.OpenCase(first);
  const std::string waived = desk_.OpenCase(first);
  const absl::Time opened = desk_.clock.Now();
  desk_.clock.Advance(absl::Hours(1));
  ASSERT_TRUE(desk_.Pause(paused).ok());
  desk_.clock.Advance(absl::Hours(30));
  ASSERT_TRUE(desk_.Resume(paused).ok());
  v1::WaiveObligationRequest waive;
  waive.set_name(desk_.Owed(waived, "reply").name());
  waive.set_role(v1::ROLE_QUALITY);
  waive.set_reason("the customer withdrew");
  Call call = desk_.As({v1::ROLE_QUALITY});
  ASSERT_TRUE(desk_.policy->WaiveObligation(call, waive).ok());
  const std::string stricter = desk_.PutInForce(kStricterPack);
  const auto migrated = Migrate(stricter, {waived, paused});
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  const v1::Obligation reply = desk_.Owed(paused, "reply");
  EXPECT_EQ(FromProto(reply.due_time()), opened + absl::Hours(30) + absl::Hours(4));
  ASSERT_EQ(reply.pauses_size(), 1);
  EXPECT_EQ(reply.pauses(0).reason(), "the customer is asked for photos");
  const v1::Obligation left = desk_.Owed(waived, "reply");
  EXPECT_EQ(left.state(), v1::OBLIGATION_STATE_WAIVED);
  EXPECT_EQ(left.policy_version(), first);
  EXPECT_THAT(left.close_note(), HasSubstr("the customer withdrew"));
}

TEST_P(PolicyMigrationTest, MigrationIsForTheIssuerAndForWhatIsInForce) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string service_case = desk_.OpenCase(first);
  const std::string loaded = desk_.Load(kStricterPack);
  EXPECT_EQ(ReasonOf(Migrate(loaded, {service_case}).status()), v1::ERROR_REASON_STATE_FORBIDS);
  const std::string office = OfficeInForce();
  EXPECT_EQ(ReasonOf(Migrate(office, {service_case}).status()), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(ReasonOf(Migrate(first, {service_case}).status()), v1::ERROR_REASON_STATE_FORBIDS) << "retired";
  EXPECT_EQ(ReasonOf(Migrate("policyVersions/none-1", {service_case}).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(desk_.Case(service_case).policy_version(), first);
  Call executive = desk_.As({v1::ROLE_EXECUTIVE});
  EXPECT_TRUE(desk_.policy->MigrateCases(executive, To(office, {service_case})).ok());
  EXPECT_EQ(desk_.Case(service_case).policy_version(), office);
}

TEST_P(PolicyMigrationTest, AllCasesAreMigratedOrNone) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string good = desk_.OpenCase(first);
  const std::string closed = desk_.OpenCase(first);
  desk_.Execute("UPDATE service_case SET state = ? WHERE name = ?", {static_cast<int>(v1::CASE_STATE_CLOSED), closed});
  const std::string stricter = desk_.PutInForce(kStricterPack);
  EXPECT_EQ(ReasonOf(Migrate(stricter, {good, closed}).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(Migrate(stricter, {good, "cases/C2026-999999"}).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Migrate(stricter, {good, good}).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(desk_.Case(good).policy_version(), first);
  EXPECT_THAT(desk_.Owed(good), SizeIs(1));
  EXPECT_THAT(desk_.Events(good, "case-migrated"), IsEmpty());
}

TEST_P(PolicyMigrationTest, MigrationTriedAndRepeated) {
  const std::string first = desk_.PutInForce(kDeskPack);
  const std::string service_case = desk_.OpenCase(first);
  const std::string stricter = desk_.PutInForce(kStricterPack);
  Call trial = desk_.As();
  trial.validate_only = true;
  EXPECT_EQ(desk_.policy->MigrateCases(trial, To(stricter, {service_case}))->changes_size(), 4);
  EXPECT_EQ(desk_.Case(service_case).policy_version(), first);
  Call call = desk_.As();
  Call repeat = call;
  ASSERT_TRUE(desk_.policy->MigrateCases(call, To(stricter, {service_case})).ok());
  EXPECT_EQ(desk_.policy->MigrateCases(repeat, To(stricter, {service_case}))->changes_size(), 4);
  EXPECT_THAT(desk_.Events(service_case, "case-migrated"), SizeIs(1));
}

}  // namespace
}  // namespace aftersales
