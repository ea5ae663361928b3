// What becomes of a case's obligations under another policy version.
#include "server/obligations/policy_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/clock.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kCase[] = "cases/C2026-000001";
const absl::Time kNow = absl::FromUnixSeconds(1790000000);

v1::Obligation Owed(const std::string& kind, v1::ObligationState state = v1::OBLIGATION_STATE_OPEN) {
  v1::Obligation owed;
  owed.set_name("obligations/" + kind);
  owed.set_etag("3");
  owed.set_state(state);
  owed.set_kind(kind);
  owed.set_title(kind);
  owed.set_root(kCase);
  owed.set_subject(kCase);
  owed.set_owner(v1::ROLE_QUALITY);
  owed.add_clauses("T-1");
  owed.set_policy_version("policyVersions/old");
  *owed.mutable_arise_time() = ToProto(kNow - absl::Hours(5));
  *owed.mutable_due_time() = ToProto(kNow + absl::Hours(5));
  *owed.mutable_warn_time() = ToProto(kNow + absl::Hours(3));
  if (state != v1::OBLIGATION_STATE_OPEN) *owed.mutable_close_time() = ToProto(kNow - absl::Hours(1));
  return owed;
}

v1::Obligation Would(const std::string& kind, v1::ObligationState state = v1::OBLIGATION_STATE_OPEN) {
  v1::Obligation owed = Owed(kind, state);
  owed.set_name("replayed/0");
  owed.clear_etag();
  owed.set_policy_version("policyVersions/new");
  if (state != v1::OBLIGATION_STATE_OPEN) owed.set_close_note("met by case-accepted");
  return owed;
}

PolicyChanges Changes(const std::vector<v1::Obligation>& owed, const std::vector<v1::Obligation>& would) {
  return ChangesOf(kCase, "policyVersions/old", "policyVersions/new", owed, would, kNow);
}

std::vector<v1::ObligationChange> Kinds(const PolicyChanges& changes) {
  std::vector<v1::ObligationChange> kinds;
  for (const v1::CaseChange& change : changes.changes) kinds.push_back(change.change());
  return kinds;
}

bool NothingElse(const PolicyChanges& changes, size_t opened, size_t ended, size_t changed, size_t kept) {
  const policy::Outcome& outcome = changes.outcome;
  return outcome.opened.size() == opened && outcome.ended.size() == ended && outcome.changed.size() == changed &&
         changes.kept.size() == kept;
}

TEST(PolicyChangesTest, WhatIsTheSameOnlyFollowsTheOtherVersion) {
  const PolicyChanges changes = Changes({Owed("reply")}, {Would("reply")});
  EXPECT_THAT(changes.changes, IsEmpty());
  ASSERT_TRUE(NothingElse(changes, 0, 0, 0, 1));
  EXPECT_EQ(changes.kept[0].policy_version(), "policyVersions/new");
  EXPECT_EQ(changes.kept[0].name(), "obligations/reply");
  EXPECT_EQ(changes.kept[0].etag(), "3");
}

TEST(PolicyChangesTest, WhatIsNewComesUpAndWhatHasNoRuleEnds) {
  const PolicyChanges changes = Changes({Owed("old-duty")}, {Would("new-duty")});
  EXPECT_THAT(Kinds(changes), ElementsAre(v1::OBLIGATION_CHANGE_ADDED, v1::OBLIGATION_CHANGE_REMOVED));
  ASSERT_TRUE(NothingElse(changes, 1, 1, 0, 0));
  EXPECT_EQ(changes.outcome.opened[0].name(), "");
  EXPECT_EQ(changes.outcome.opened[0].policy_version(), "policyVersions/new");
  const v1::Obligation& ended = changes.outcome.ended[0];
  EXPECT_EQ(ended.name(), "obligations/old-duty");
  EXPECT_EQ(ended.state(), v1::OBLIGATION_STATE_CANCELLED);
  EXPECT_EQ(FromProto(ended.close_time()), kNow);
  EXPECT_FALSE(ended.has_fire_time());
  EXPECT_THAT(ended.close_note(), HasSubstr("policyVersions/new"));
  const v1::CaseChange& added = changes.changes[0];
  EXPECT_EQ(added.service_case(), kCase);
  EXPECT_EQ(added.policy_version(), "policyVersions/old");
  EXPECT_EQ(added.kind(), "new-duty");
  EXPECT_EQ(added.obligation(), "");
  EXPECT_FALSE(added.has_due_time());
  EXPECT_EQ(FromProto(added.new_due_time()), kNow + absl::Hours(5));
  EXPECT_THAT(added.text(), HasSubstr("quality"));
  EXPECT_EQ(changes.changes[1].obligation(), "obligations/old-duty");
  EXPECT_EQ(FromProto(changes.changes[1].due_time()), kNow + absl::Hours(5));
}

TEST(PolicyChangesTest, AnotherDueTimeKeepsTheMarks) {
  v1::Obligation owed = Owed("reply");
  *owed.mutable_warned_time() = ToProto(kNow - absl::Hours(1));
  v1::Obligation would = Would("reply");
  *would.mutable_due_time() = ToProto(kNow + absl::Hours(9));
  *would.mutable_warn_time() = ToProto(kNow + absl::Hours(8));
  const PolicyChanges changes = Changes({owed}, {would});
  ASSERT_THAT(Kinds(changes), ElementsAre(v1::OBLIGATION_CHANGE_DUE));
  EXPECT_EQ(FromProto(changes.changes[0].due_time()), kNow + absl::Hours(5));
  EXPECT_EQ(FromProto(changes.changes[0].new_due_time()), kNow + absl::Hours(9));
  ASSERT_TRUE(NothingElse(changes, 0, 0, 1, 0));
  const v1::Obligation& after = changes.outcome.changed[0];
  EXPECT_EQ(after.name(), "obligations/reply");
  EXPECT_EQ(FromProto(after.warned_time()), kNow - absl::Hours(1));
  EXPECT_EQ(FromProto(after.fire_time()), kNow + absl::Hours(9)) << "warned again";
  EXPECT_THAT(changes.outcome.announcements, IsEmpty());
}

TEST(PolicyChangesTest, AnAnnouncedBreachStaysAndIsCorrected) {
  v1::Obligation owed = Owed("reply");
  *owed.mutable_due_time() = ToProto(kNow - absl::Hours(1));
  *owed.mutable_breached_time() = ToProto(kNow - absl::Hours(1));
  v1::ObligationEscalation* level = owed.add_escalations();
  level->set_to(v1::ROLE_EXECUTIVE);
  *level->mutable_fired_time() = ToProto(kNow - absl::Hours(1));
  v1::Obligation would = Would("reply");
  v1::ObligationEscalation* same = would.add_escalations();
  same->set_to(v1::ROLE_EXECUTIVE);
  *same->mutable_time() = ToProto(kNow + absl::Hours(5));
  const PolicyChanges later = Changes({owed}, {would});
  ASSERT_TRUE(NothingElse(later, 0, 0, 1, 0));
  const v1::Obligation& after = later.outcome.changed[0];
  EXPECT_FALSE(after.has_breached_time()) << "what was announced stays in the feed; it may come to be late anew";
  EXPECT_FALSE(after.escalations(0).has_fired_time());
  EXPECT_TRUE(after.has_fire_time());
  ASSERT_THAT(later.outcome.announcements, SizeIs(1));
  EXPECT_EQ(later.outcome.announcements[0].type, v1::EVENT_TYPE_OBLIGATION_CORRECTED);
  EXPECT_EQ(later.outcome.announcements[0].to, v1::ROLE_QUALITY);

  *would.mutable_due_time() = ToProto(kNow - absl::Hours(2));
  EXPECT_THAT(Changes({owed}, {would}).outcome.announcements, IsEmpty()) << "still late";
}

TEST(PolicyChangesTest, OtherTermsAreNamed) {
  v1::Obligation would = Would("reply");
  would.set_owner(v1::ROLE_PRODUCTION);
  would.set_owner_head(true);
  would.add_required_for("close-case");
  would.add_blocks("accept-case");
  would.add_clauses("T-2");
  would.set_title("Reply to the customer");
  would.add_waivable_by(v1::ROLE_ADMIN);
  would.set_survives_close(true);
  would.set_stated(true);
  would.add_escalations()->set_to(v1::ROLE_EXECUTIVE);
  *would.mutable_warn_time() = ToProto(kNow + absl::Hours(4));
  const PolicyChanges changes = Changes({Owed("reply")}, {would});
  ASSERT_THAT(Kinds(changes), ElementsAre(v1::OBLIGATION_CHANGE_TERMS));
  for (const char* word :
       {"production (head) instead of quality", "required for close-case instead of nothing", "blocks accept-case",
        "T-1, T-2", "Reply to the customer", "may waive", "survives", "stated", "told when it is late", "warned"}) {
    EXPECT_THAT(changes.changes[0].text(), HasSubstr(word));
  }
  ASSERT_TRUE(NothingElse(changes, 0, 0, 1, 0));
  EXPECT_EQ(changes.outcome.changed[0].owner(), v1::ROLE_PRODUCTION);
}

TEST(PolicyChangesTest, DueAndTermsAreToldApart) {
  v1::Obligation would = Would("reply");
  would.clear_due_time();
  would.set_owner(v1::ROLE_PRODUCTION);
  const PolicyChanges changes = Changes({Owed("reply")}, {would});
  ASSERT_THAT(Kinds(changes), ElementsAre(v1::OBLIGATION_CHANGE_DUE, v1::OBLIGATION_CHANGE_TERMS));
  EXPECT_FALSE(changes.changes[0].has_new_due_time());
  EXPECT_THAT(changes.changes[0].text(), HasSubstr("without a due time instead of due"));
  EXPECT_TRUE(NothingElse(changes, 0, 0, 1, 0));
}

TEST(PolicyChangesTest, WhatIsMetOrWaivedIsLeftAlone) {
  for (const auto settled : {v1::OBLIGATION_STATE_MET, v1::OBLIGATION_STATE_LATE_MET, v1::OBLIGATION_STATE_WAIVED}) {
    EXPECT_TRUE(NothingElse(Changes({Owed("reply", settled)}, {Would("reply")}), 0, 0, 0, 0));
    EXPECT_TRUE(NothingElse(Changes({Owed("reply", settled)}, {}), 0, 0, 0, 0));
    EXPECT_TRUE(NothingElse(Changes({Owed("reply", settled)}, {Would("reply", v1::OBLIGATION_STATE_MET)}), 0, 0, 0, 0));
  }
}

TEST(PolicyChangesTest, WhatFellAwayDoesNotCount) {
  EXPECT_TRUE(NothingElse(Changes({Owed("reply", v1::OBLIGATION_STATE_CANCELLED)}, {}), 0, 0, 0, 0));
  EXPECT_TRUE(NothingElse(Changes({}, {Would("reply", v1::OBLIGATION_STATE_CANCELLED)}), 0, 0, 0, 0));
  EXPECT_TRUE(NothingElse(Changes({Owed("reply", v1::OBLIGATION_STATE_CANCELLED)}, {Would("reply")}), 1, 0, 0, 0));
}

TEST(PolicyChangesTest, WhatTheEventsMetComesUpAsMetSoThatGatesFindIt) {
  const PolicyChanges changes = Changes({}, {Would("survey", v1::OBLIGATION_STATE_LATE_MET)});
  ASSERT_THAT(Kinds(changes), ElementsAre(v1::OBLIGATION_CHANGE_ADDED));
  EXPECT_THAT(changes.changes[0].text(), HasSubstr("settled: met by case-accepted"));
  ASSERT_TRUE(NothingElse(changes, 1, 0, 0, 0));
  EXPECT_EQ(changes.outcome.opened[0].state(), v1::OBLIGATION_STATE_LATE_MET);
}

TEST(PolicyChangesTest, WhatTheOtherVersionHoldsMetEndsAsMet) {
  const PolicyChanges changes = Changes({Owed("reply")}, {Would("reply", v1::OBLIGATION_STATE_MET)});
  ASSERT_THAT(Kinds(changes), ElementsAre(v1::OBLIGATION_CHANGE_REMOVED));
  ASSERT_TRUE(NothingElse(changes, 0, 1, 0, 0));
  const v1::Obligation& ended = changes.outcome.ended[0];
  EXPECT_EQ(ended.name(), "obligations/reply");
  EXPECT_EQ(ended.state(), v1::OBLIGATION_STATE_MET);
  EXPECT_EQ(FromProto(ended.close_time()), kNow - absl::Hours(1));
  EXPECT_FALSE(ended.has_fire_time());
}

TEST(PolicyChangesTest, SubjectsAreToldApart) {
  v1::Obligation one = Owed("approval");
  one.set_subject("cases/C2026-000001/solutions/1");
  v1::Obligation other = Would("approval");
  other.set_subject("cases/C2026-000001/solutions/2");
  EXPECT_TRUE(NothingElse(Changes({one}, {other}), 1, 1, 0, 0));
}

TEST(PolicyChangesTest, OnesOfAKindCorrespondByWhenTheyArose) {
  v1::Obligation first = Owed("call", v1::OBLIGATION_STATE_MET);
  v1::Obligation second = Owed("call");
  second.set_name("obligations/second");
  *second.mutable_arise_time() = ToProto(kNow - absl::Minutes(30));
  v1::Obligation would_first = Would("call", v1::OBLIGATION_STATE_MET);
  v1::Obligation would_second = Would("call");
  *would_second.mutable_arise_time() = second.arise_time();
  for (const auto& would : {std::vector{would_first, would_second}, std::vector{would_second, would_first}}) {
    const PolicyChanges changes = Changes({first, second}, would);
    ASSERT_TRUE(NothingElse(changes, 0, 0, 0, 1));
    EXPECT_EQ(changes.kept[0].name(), "obligations/second");
  }
  // Under the other version it arises from another event: still the same matter.
  *would_second.mutable_arise_time() = ToProto(kNow - absl::Minutes(20));
  EXPECT_TRUE(NothingElse(Changes({first, second}, {would_first, would_second}), 0, 0, 0, 1));
  // What was met before it came up again does not meet it.
  EXPECT_TRUE(NothingElse(Changes({first}, {would_first, would_second}), 1, 0, 0, 0));
  EXPECT_TRUE(NothingElse(Changes({first}, {would_second}), 1, 0, 0, 0));
}

}  // namespace
}  // namespace aftersales
