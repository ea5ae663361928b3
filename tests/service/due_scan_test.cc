// What is due fires: each warning, breach and escalation once, never early, whoever scans and whatever happens
// meanwhile.
#include "server/obligations/due_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "server/base/names.h"
#include "server/cases/case_store.h"
#include "server/obligations/obligation_store.h"
#include "tests/service/policy_desk.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TestEngine;

constexpr absl::Duration kInstant = absl::Microseconds(1);

class DueScanTest : public ::testing::TestWithParam<TestEngine> {
 protected:
  DueScanTest() : version_(desk_.PutInForce(kDeskPack)) {}

  static DueScan::Run Must(const absl::StatusOr<DueScan::Run>& run) {
    EXPECT_TRUE(run.ok()) << run.status();
    return run.value_or(DueScan::Run());
  }
  int Fire(DueScan& scan) { return Must(scan.RunOnce()).fired; }

  // "breached to quality": what was told about a case, in the feed's order.
  std::vector<std::string> Told(const std::string& service_case) {
    std::vector<std::string> told;
    for (const v1::Event& event : desk_.Events(service_case, "obligation-")) {
      if (event.type() == v1::EVENT_TYPE_OBLIGATION_OPENED) continue;
      told.push_back(absl::StrCat(Word(event.type(), '-').substr(sizeof("obligation-") - 1),
                                  event.addressee() == 0 ? "" : absl::StrCat(" to ", Word(event.addressee()))));
    }
    return told;
  }

  // An obligation that nothing handles as it should.
  void Insert(const std::string& root, absl::Time fire, v1::ObligationState state = v1::OBLIGATION_STATE_OPEN) {
    v1::Obligation owed;
    owed.set_state(state);
    owed.set_kind("strange");
    owed.set_root(root);
    owed.set_subject(root);
    owed.set_owner(v1::ROLE_QUALITY);
    *owed.mutable_due_time() = ToProto(fire);
    *owed.mutable_warn_time() = ToProto(fire);
    *owed.mutable_fire_time() = ToProto(fire);
    std::vector<v1::Obligation> rows = {owed};
    Call call = desk_.As();
    ASSERT_TRUE(desk_.db->WriteOwn(call, [&](Tx& tx) { return InsertObligations(tx, rows); }).ok());
  }

  PolicyDesk desk_{GetParam()};
  std::string version_;
};

INSTANTIATE_TEST_SUITE_P(Engines, DueScanTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(DueScanTest, EachLevelFiresOnceAndNeverEarly) {
  const std::string service_case = desk_.OpenCase(version_);
  const absl::Time opened = desk_.clock.Now();
  DueScan scan(*desk_.db, desk_.obligations);
  EXPECT_EQ(Fire(scan), 0);
  const std::vector<std::pair<absl::Duration, std::string>> levels = {{absl::Hours(5), "warned to quality"},
                                                                      {absl::Hours(10), "breached to quality"},
                                                                      {absl::Hours(11), "escalated to service_manager"},
                                                                      {absl::Hours(12), "escalated to executive"}};
  std::vector<std::string> expected;
  for (const auto& [after, told] : levels) {
    desk_.clock.Set(opened + after - kInstant);
    EXPECT_EQ(Fire(scan), 0) << told << ": early";
    EXPECT_EQ(Told(service_case), expected);
    desk_.clock.Advance(kInstant);
    EXPECT_EQ(Fire(scan), 1) << told;
    expected.push_back(told);
    EXPECT_EQ(Told(service_case), expected);
    EXPECT_EQ(Fire(scan), 0) << told << ": twice";
  }
  desk_.clock.Advance(absl::Hours(1000));
  EXPECT_EQ(Fire(scan), 0);
  EXPECT_EQ(Told(service_case), expected);
}

TEST_P(DueScanTest, AFiringTellsWhatWhenAndInWhichOrder) {
  const std::string service_case = desk_.OpenCase(version_);
  const absl::Time due = desk_.clock.Now() + absl::Hours(10);
  std::vector<std::pair<v1::EventType, absl::Duration>> counted;
  DueScanOptions options;
  options.on_fired = [&](v1::EventType type, absl::Duration late) { counted.emplace_back(type, late); };
  DueScan scan(*desk_.db, desk_.obligations, options);
  desk_.clock.Set(due + absl::Seconds(7));
  EXPECT_EQ(Fire(scan), 2);
  const auto events = desk_.Events(service_case, "obligation-breached");
  ASSERT_EQ(events.size(), 1u);
  const v1::Event& breach = events[0];
  const v1::Obligation owed = desk_.Owed(service_case, "reply");
  EXPECT_EQ(breach.subject(), owed.name());
  EXPECT_EQ(breach.root(), service_case);
  EXPECT_EQ(absl::StrCat(breach.root_version()), desk_.Case(service_case).etag());
  EXPECT_EQ(breach.actor(), "principals/system");
  EXPECT_EQ(FromProto(breach.time()), due);
  EXPECT_EQ(FromProto(breach.record_time()), due + absl::Seconds(7));
  EXPECT_EQ(breach.obligation().name(), owed.name());
  EXPECT_EQ(FromProto(owed.breached_time()), due + absl::Seconds(7));
  EXPECT_EQ(FromProto(owed.warned_time()), due + absl::Seconds(7));
  EXPECT_EQ(FromProto(owed.fire_time()), due + absl::Hours(1));
  EXPECT_EQ(owed.state(), v1::OBLIGATION_STATE_OPEN);
  const absl::Duration late = absl::Seconds(7);
  EXPECT_THAT(counted, ElementsAre(std::pair(v1::EVENT_TYPE_OBLIGATION_WARNED, absl::Hours(5) + late),
                                   std::pair(v1::EVENT_TYPE_OBLIGATION_BREACHED, late)));
}

TEST_P(DueScanTest, AfterDowntimeEverythingFiresInTheOrderInWhichItWasDue) {
  const std::string first = desk_.OpenCase(version_);
  desk_.clock.Advance(absl::Minutes(30));
  const std::string second = desk_.OpenCase(version_);
  desk_.clock.Advance(absl::Hours(24 * 9));
  DueScan scan(*desk_.db, desk_.obligations);
  EXPECT_EQ(Fire(scan), 8);
  for (const std::string& service_case : {first, second}) {
    EXPECT_THAT(Told(service_case), ElementsAre("warned to quality", "breached to quality",
                                                "escalated to service_manager", "escalated to executive"));
  }
  // Across cases as well: ids are given in the order of recording.
  EXPECT_EQ(desk_.Number("SELECT COUNT(*) FROM event a JOIN event b ON b.root = ? AND b.type = 'obligation-warned' "
                         "WHERE a.root = ? AND a.type = 'obligation-breached' AND a.id < b.id",
                         {second, first}),
            0)
      << "the first case's breach comes before the second's warning";
}

TEST_P(DueScanTest, WhatIsEndedBeforeDoesNotFire) {
  const std::string service_case = desk_.OpenCase(version_);
  DueScan scan(*desk_.db, desk_.obligations);
  ASSERT_TRUE(desk_.Happens(service_case, v1::EVENT_TYPE_CASE_CLASSIFIED).ok());
  desk_.clock.Advance(absl::Hours(100));
  EXPECT_EQ(Fire(scan), 0);
  EXPECT_THAT(Told(service_case), ElementsAre("ended"));
}

TEST_P(DueScanTest, APausePutsItOffAndItGoesOnExactly) {
  const std::string service_case = desk_.OpenCase(version_);
  const absl::Time opened = desk_.clock.Now();
  DueScan scan(*desk_.db, desk_.obligations);
  desk_.clock.Set(opened + absl::Hours(2));
  ASSERT_TRUE(desk_.Pause(service_case).ok());
  desk_.clock.Set(opened + absl::Hours(50));
  EXPECT_EQ(Fire(scan), 0) << "fired while its clock stood still";
  ASSERT_TRUE(desk_.Resume(service_case).ok());
  const absl::Duration paused = absl::Hours(48);
  desk_.clock.Set(opened + paused + absl::Hours(5) - kInstant);
  EXPECT_EQ(Fire(scan), 0);
  desk_.clock.Advance(kInstant);
  EXPECT_EQ(Fire(scan), 1);
  desk_.clock.Set(opened + paused + absl::Hours(10) - kInstant);
  EXPECT_EQ(Fire(scan), 0);
  desk_.clock.Advance(kInstant);
  EXPECT_EQ(Fire(scan), 1);
}

TEST_P(DueScanTest, APauseThatCommitsFirstWins) {
  const std::string service_case = desk_.OpenCase(version_);
  desk_.clock.Advance(absl::Hours(5) - kInstant);
  DueScan scan(*desk_.db, desk_.obligations);
  EXPECT_EQ(Fire(scan), 0);  // holds the lease
  std::thread other;
  absl::StatusOr<DueScan::Run> run;
  absl::Notification locked;
  Call call = desk_.As();
  const absl::Time paused_at = desk_.clock.Now();
  const absl::Status status = desk_.db->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(desk_.HappensIn(tx, service_case, v1::EVENT_TYPE_CASE_PAUSED, [&](v1::Case& paused) {
      paused.mutable_pause()->set_cause(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
      *paused.mutable_pause()->mutable_start_time() = ToProto(paused_at);
    }));
    if (!other.joinable()) {
      desk_.clock.Advance(kInstant);
      other = std::thread([&] {
        locked.Notify();
        run = scan.RunOnce();  // waits for the case, on either engine
      });
    }
    locked.WaitForNotification();
    return absl::OkStatus();
  });
  other.join();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Must(run).fired, 0);
  EXPECT_THAT(Told(service_case), ElementsAre("changed to quality"));
}

TEST_P(DueScanTest, AFiringThatCommitsFirstStays) {
  const std::string service_case = desk_.OpenCase(version_);
  desk_.clock.Advance(absl::Hours(10));
  DueScan scan(*desk_.db, desk_.obligations);
  EXPECT_EQ(Fire(scan), 2);
  ASSERT_TRUE(desk_.Happens(service_case, v1::EVENT_TYPE_CASE_CLASSIFIED).ok());
  desk_.clock.Advance(absl::Hours(100));
  EXPECT_EQ(Fire(scan), 0);
  EXPECT_EQ(desk_.Events(service_case, "obligation-breached").size(), 1u);
  EXPECT_TRUE(desk_.Owed(service_case, "reply").has_breached_time());
}

TEST_P(DueScanTest, TwoServersFireEachOnce) {
  const std::unique_ptr<Database> other_db = desk_.database.Open(desk_.clock);
  Obligations other_obligations;
  AddRootKinds(other_obligations);
  std::vector<std::string> cases;
  for (int i = 0; i < 30; ++i) cases.push_back(desk_.OpenCase(version_));
  absl::Mutex mutex;
  int fired = 0;
  DueScanOptions options;
  options.poll = absl::Milliseconds(1);
  options.patience = absl::Milliseconds(30);  // so that the lease changes hands under load
  options.batch = 4;
  options.on_fired = [&](v1::EventType, absl::Duration) {
    absl::MutexLock lock(&mutex);
    ++fired;
  };
  DueScan one(*desk_.db, desk_.obligations, options);
  DueScan two(*other_db, other_obligations, options);
  one.Start();
  two.Start();
  int expected = 0;
  for (const absl::Duration step : {absl::Hours(5), absl::Hours(5), absl::Hours(1), absl::Hours(1)}) {
    desk_.clock.Advance(step);
    expected += 30;
    absl::MutexLock lock(&mutex);
    const auto all = [&] { return fired >= expected; };
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(60))) << fired << " of " << expected;
  }
  one.Stop();
  two.Stop();
  EXPECT_EQ(fired, 120);
  for (const std::string& service_case : cases) {
    EXPECT_THAT(Told(service_case), ElementsAre("warned to quality", "breached to quality",
                                                "escalated to service_manager", "escalated to executive"));
  }
}

TEST_P(DueScanTest, OneScansUntilItStandsStillAndAStaleOneFiresNothing) {
  const std::unique_ptr<Database> other_db = desk_.database.Open(desk_.clock);
  Obligations other_obligations;
  AddRootKinds(other_obligations);
  const std::string service_case = desk_.OpenCase(version_);
  DueScanOptions options;
  options.patience = absl::Seconds(1);
  DueScan one(*desk_.db, desk_.obligations, options);
  options.patience = absl::Milliseconds(1);
  DueScan two(*other_db, other_obligations, options);
  EXPECT_TRUE(Must(one.RunOnce()).holds_lease);
  EXPECT_FALSE(Must(two.RunOnce()).holds_lease) << "its beat was seen for the first time only now";
  desk_.clock.Advance(absl::Hours(5));
  // The first stands still from here on.
  DueScan::Run run;
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (!run.holds_lease && absl::Now() < give_up) run = Must(two.RunOnce());
  EXPECT_TRUE(run.holds_lease);
  EXPECT_EQ(run.fired, 1);
  desk_.clock.Advance(absl::Hours(5));
  const DueScan::Run stale = Must(one.RunOnce());
  EXPECT_FALSE(stale.holds_lease);
  EXPECT_EQ(stale.fired, 0);
  EXPECT_EQ(one.backlog(), 0);
  EXPECT_EQ(Fire(two), 1);
  EXPECT_THAT(Told(service_case), ElementsAre("warned to quality", "breached to quality"));
}

TEST_P(DueScanTest, WhoeverStopsHandsOverAtOnce) {
  const std::unique_ptr<Database> other_db = desk_.database.Open(desk_.clock);
  Obligations other_obligations;
  AddRootKinds(other_obligations);
  desk_.OpenCase(version_);
  DueScanOptions options;
  options.patience = absl::Hours(1);
  DueScan two(*other_db, other_obligations, options);
  {
    absl::Mutex mutex;
    int fired = 0;
    options.on_fired = [&](v1::EventType, absl::Duration) {
      absl::MutexLock lock(&mutex);
      ++fired;
    };
    DueScan one(*desk_.db, desk_.obligations, options);
    one.Start();
    desk_.clock.Advance(absl::Hours(5));
    {
      absl::MutexLock lock(&mutex);
      const auto any = [&] { return fired > 0; };
      ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&any), absl::Seconds(60)));
    }
    EXPECT_FALSE(Must(two.RunOnce()).holds_lease);
    one.Stop();
    one.Stop();  // of no harm
  }
  desk_.clock.Advance(absl::Hours(5));
  const DueScan::Run run = Must(two.RunOnce());
  EXPECT_TRUE(run.holds_lease);
  EXPECT_EQ(run.fired, 1);
}

TEST_P(DueScanTest, ARowThatCannotBeHandledStopsNoOther) {
  Insert("visits/V1", desk_.clock.Now());           // nobody locks visits
  Insert("cases/C2026-999999", desk_.clock.Now());  // there is no such case
  std::vector<std::string> cases;
  for (int i = 0; i < 3; ++i) cases.push_back(desk_.OpenCase(version_));
  desk_.clock.Advance(absl::Hours(5));
  DueScanOptions options;
  options.batch = 2;
  DueScan scan(*desk_.db, desk_.obligations, options);
  DueScan::Run run = Must(scan.RunOnce());
  EXPECT_EQ(run.fired, 3);
  EXPECT_EQ(run.failed, 2);
  run = Must(scan.RunOnce());
  EXPECT_EQ(run.failed, 0) << "tried again at once";
  desk_.clock.Advance(absl::Hours(5));
  EXPECT_EQ(Fire(scan), 3);
  for (const std::string& service_case : cases) {
    EXPECT_THAT(Told(service_case), ElementsAre("warned to quality", "breached to quality"));
  }
}

TEST_P(DueScanTest, WhatFailedIsTriedAgain) {
  Insert("visits/V1", desk_.clock.Now());
  DueScanOptions options;
  options.rest = absl::ZeroDuration();
  DueScan scan(*desk_.db, desk_.obligations, options);
  EXPECT_EQ(Must(scan.RunOnce()).failed, 1);
  EXPECT_EQ(Must(scan.RunOnce()).failed, 1);
}

// A row as only damage leaves it: it must not have its case versioned with every look.
TEST_P(DueScanTest, AnEndedRowWithATimeToFireIsLeftAlone) {
  const std::string service_case = desk_.OpenCase(version_);
  Insert(service_case, desk_.clock.Now(), v1::OBLIGATION_STATE_MET);
  DueScan scan(*desk_.db, desk_.obligations);
  EXPECT_EQ(Fire(scan), 0);
  const std::string etag = desk_.Case(service_case).etag();
  EXPECT_EQ(Fire(scan), 0);
  EXPECT_EQ(desk_.Case(service_case).etag(), etag);
  EXPECT_THAT(Told(service_case), IsEmpty());
}

TEST_P(DueScanTest, WhatIsOwedToContactsFiresToo) {
  v1::Contact contact;
  contact.set_name("contacts/1");
  contact.set_policy_version(version_);
  *contact.mutable_notice_time() = ToProto(desk_.clock.Now());
  Call call = desk_.As();
  ASSERT_TRUE(desk_.db->WriteOwn(call, [&](Tx& tx) { return Contacts().Insert(tx, contact); }).ok());
  Insert("contacts/1", desk_.clock.Now());
  DueScan scan(*desk_.db, desk_.obligations);
  EXPECT_EQ(Fire(scan), 2);
  EXPECT_EQ(Told("contacts/1"), (std::vector<std::string>{"warned to quality", "breached to quality"}));
}

TEST_P(DueScanTest, AFiringCostsFewStatements) {
  constexpr int kCases = 100;
  for (int i = 0; i < kCases; ++i) desk_.OpenCase(version_);
  DueScan scan(*desk_.db, desk_.obligations);
  Must(scan.RunOnce());
  const DueScan::Run idle = Must(scan.RunOnce());
  EXPECT_LE(idle.statements, 2);
  desk_.clock.Advance(absl::Hours(5));
  const DueScan::Run run = Must(scan.RunOnce());
  EXPECT_EQ(run.fired, kCases);
  // Per case: lock, version, what is due, the mark. Per batch of fifty: find, begin, beat, two inserts of events,
  // commit.
  EXPECT_LE(run.statements, kCases * 4 + 2 * 6 + 4);
  RecordProperty("statements_per_firing", absl::StrCat(static_cast<double>(run.statements) / run.fired));
}

TEST_P(DueScanTest, BacklogAndLateObligationsAreCounted) {
  for (int i = 0; i < 3; ++i) desk_.OpenCase(version_);
  Insert("visits/V1", desk_.clock.Now() + absl::Hours(10));
  DueScanOptions options;
  options.count_every = absl::ZeroDuration();
  DueScan scan(*desk_.db, desk_.obligations, options);
  Must(scan.RunOnce());
  EXPECT_EQ(scan.backlog(), 0);
  EXPECT_EQ(scan.overdue(), 0);
  desk_.clock.Advance(absl::Hours(10));
  Must(scan.RunOnce());
  EXPECT_EQ(scan.backlog(), 1) << "what cannot fire waits";
  EXPECT_EQ(scan.overdue(), 4);
}

TEST_P(DueScanTest, ADatabaseThatIsAwayIsNoEndOfIt) {
  const std::string service_case = desk_.OpenCase(version_);
  DueScan scan(*desk_.db, desk_.obligations);
  Must(scan.RunOnce());
  desk_.clock.Advance(absl::Hours(5));
  desk_.Execute("ALTER TABLE obligation RENAME TO obligation_away");
  EXPECT_FALSE(scan.RunOnce().ok());
  desk_.Execute("ALTER TABLE obligation_away RENAME TO obligation");
  EXPECT_EQ(Fire(scan), 1);
}

TEST_P(DueScanTest, VersionsComeInForceAtTheirTime) {
  const std::string next = desk_.Load(kDeskPack);
  const absl::Time effective = desk_.clock.Now() + absl::Hours(3);
  ASSERT_TRUE(desk_.Activate(next, effective).ok());
  DueScan scan(*desk_.db, desk_.obligations);
  desk_.clock.Set(effective - kInstant);
  EXPECT_EQ(Must(scan.RunOnce()).turns, 0);
  desk_.clock.Advance(absl::Seconds(2));
  EXPECT_EQ(Must(scan.RunOnce()).turns, 1);
  EXPECT_EQ(Must(scan.RunOnce()).turns, 0);
  const auto events = desk_.Events(next, "policy-activated");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(FromProto(events[0].time()), effective);
  EXPECT_EQ(events[0].actor(), "principals/system");
  EXPECT_EQ(events[0].policy_version().state(), v1::POLICY_VERSION_STATE_ACTIVE);
  EXPECT_EQ(FromProto(events[0].policy_version().activate_time()), effective);
  EXPECT_EQ(desk_.Number("SELECT state FROM policy_version WHERE name = ?", {version_}),
            v1::POLICY_VERSION_STATE_RETIRED);
}

}  // namespace
}  // namespace aftersales
