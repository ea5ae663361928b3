// Calls that are owed to every user in every quarter: made once each, whoever makes them and whatever comes between.
#include "server/obligations/periodic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/clock.h"
#include "server/directory/directory_store.h"
#include "server/obligations/obligation_store.h"
#include "tests/service/callback_office.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kSettled = absl::Minutes(3);

absl::Time StartOf(const std::string& day) { return NoonOf(day) - absl::Hours(12); }

class PeriodicDutiesTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  // Users at once: rows of their own, so that many cost little.
  void AddUsers(int count, absl::Time installed) {
    Call call = office_.By(kManager);
    ASSERT_TRUE(office_.db
                    ->WriteOwn(call,
                               [&](Tx& tx) -> absl::Status {
                                 for (int i = 0; i < count; ++i) {
                                   v1::Customer customer;
                                   customer.set_name(absl::StrCat("customers/many-", ++users_));
                                   customer.set_display_name("One of many");
                                   customer.set_external_id(absl::StrCat("M-", users_));
                                   // Some at the same moment: the name decides.
                                   *customer.mutable_first_install_time() = ToProto(installed + absl::Seconds(i / 3));
                                   RETURN_IF_ERROR(Customers().Insert(tx, customer));
                                 }
                                 return absl::OkStatus();
                               })
                    .ok());
  }
  int64_t Duties(const std::string& kind = "quarterly-call") {
    return office_.Number("SELECT COUNT(*) FROM obligation WHERE kind = ?", {kind});
  }
  // The most of one kind that one customer has for one due time.
  int64_t MostForOnePeriod() {
    return office_.Number(
        "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM obligation WHERE kind = 'quarterly-call' GROUP BY root, "
        "due_time) AS "
        "counted");
  }
  void Set(absl::Time time) { office_.clock.Set(time); }

  CallbackOffice office_{GetParam()};
  int users_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Engines, PeriodicDutiesTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(PeriodicDutiesTest, WhoIsAUserWhenThePackComesInForceIsCalledInThatQuarter) {
  AddUsers(2, office_.clock.Now() - absl::Hours(24 * 400));
  EXPECT_EQ(office_.MakeDuties(), 0) << "before everybody who became a user just then has committed";
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 2);
  EXPECT_EQ(office_.MakeDuties(), 0);
  const v1::Obligation owed = office_.Owed("customers/many-1", "quarterly-call");
  EXPECT_EQ(FromProto(owed.since_time()), StartOf("2026-07-01"));
  EXPECT_EQ(FromProto(owed.due_time()), StartOf("2026-10-01"));
  EXPECT_EQ(owed.facts().at("period"), "2026-Q3");
  EXPECT_EQ(owed.subject(), "customers/many-1");
  EXPECT_TRUE(office_.Owed(office_.stranger.name()).empty()) << "no equipment, nothing owed";
}

TEST_P(PeriodicDutiesTest, AllAreMadeInBatchesAndNoneTwice) {
  AddUsers(250, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  const PeriodicDuties::Run run = Must(office_.duties->RunOnce());
  EXPECT_EQ(run.made, 250);
  EXPECT_EQ(run.batches, 3);
  EXPECT_EQ(Duties(), 250);
  EXPECT_EQ(MostForOnePeriod(), 1);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty"), 250);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM event WHERE type = 'period-began'"), 250);
}

TEST_P(PeriodicDutiesTest, AFullLastBatchIsFollowedByAnEmptyOne) {
  AddUsers(100, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 100);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_run WHERE finished = 1"), 1);
  EXPECT_EQ(office_.MakeDuties(), 0);
}

TEST_P(PeriodicDutiesTest, AnotherServerGoesOnBetweenBatches) {
  AddUsers(250, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(Must(office_.duties->RunOnce(/*most=*/1)).made, 100);
  EXPECT_EQ(office_.duties->backlog(), 1);
  office_.duties->Stop();  // hands the lease on
  Obligations obligations;
  AddRootKinds(obligations);
  PeriodicDuties other(*office_.db, obligations);
  EXPECT_EQ(Must(other.RunOnce()).made, 150);
  EXPECT_EQ(other.backlog(), 0);
  EXPECT_EQ(Duties(), 250);
  EXPECT_EQ(MostForOnePeriod(), 1);
}

TEST_P(PeriodicDutiesTest, OfTwoServersAtOnceOneMakesThem) {
  AddUsers(250, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  const std::unique_ptr<Database> second = office_.database.Open(office_.clock);
  Obligations obligations;
  AddRootKinds(obligations);
  PeriodicDuties other(*second, obligations, {.patience = absl::Hours(1)});
  int made[2] = {0, 0};
  std::thread one([&] {
    for (int i = 0; i < 5; ++i) made[0] += Must(office_.duties->RunOnce()).made;
  });
  std::thread two([&] {
    for (int i = 0; i < 5; ++i) made[1] += Must(other.RunOnce()).made;
  });
  one.join();
  two.join();
  EXPECT_EQ(made[0] + made[1], 250);
  EXPECT_EQ(Duties(), 250);
  EXPECT_EQ(MostForOnePeriod(), 1);
}

// A customer becomes a user, is called and has the duty made, all while batches run.
TEST_P(PeriodicDutiesTest, WhoIsCalledMeanwhileHasOneDutyAndItIsMet) {
  AddUsers(150, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  std::thread batches([&] { EXPECT_TRUE(office_.duties->RunOnce().ok()); });
  std::vector<std::string> called;
  for (int i = 0; i < 10; ++i) {
    called.push_back(absl::StrCat("customers/many-", 1 + i * 15));
    office_.CallBack(called.back());
    called.push_back(office_.AddUser());
    office_.CallBack(called.back());
  }
  batches.join();
  EXPECT_EQ(office_.MakeDuties(), 0);
  EXPECT_EQ(Duties(), 160);
  EXPECT_EQ(MostForOnePeriod(), 1);
  for (const std::string& customer : called) {
    EXPECT_THAT(office_.StatesOf(customer, "quarterly-call"), ElementsAre("met")) << customer;
  }
}

TEST_P(PeriodicDutiesTest, ACallBeforeTheBatchComesIsNotLost) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  Set(StartOf("2026-10-01") + absl::Seconds(1));
  EXPECT_EQ(office_.MakeDuties(), 0) << "the quarter has hardly begun";
  office_.CallBack("customers/many-1");
  EXPECT_THAT(office_.StatesOf("customers/many-1", "quarterly-call"), ElementsAre("late_met", "met"));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 0);
  EXPECT_THAT(office_.StatesOf("customers/many-1", "quarterly-call"), ElementsAre("late_met", "met"));
}

TEST_P(PeriodicDutiesTest, WhoJoinsInTheMiddleHasTheRestOfTheQuarter) {
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  Set(NoonOf("2026-11-15"));
  office_.MakeDuties();
  const std::string customer = office_.AddUser();
  const v1::Obligation owed = office_.Owed(customer, "quarterly-call");
  EXPECT_EQ(FromProto(owed.since_time()), NoonOf("2026-11-15"));
  EXPECT_EQ(FromProto(owed.due_time()), StartOf("2027-01-01"));
  EXPECT_EQ(office_.MakeDuties(), 0);
  // One call meets the first one and the quarter's; an attempt meets none.
  office_.CallBack(customer, /*reached=*/false);
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
  office_.CallBack(customer);
  EXPECT_THAT(office_.OpenKinds(customer), IsEmpty());
}

// Nothing ran from the middle of the third quarter until February: the fourth quarter, New Year and the first one.
TEST_P(PeriodicDutiesTest, NothingIsLostOverDowntimeAndAYearsEnd) {
  AddUsers(120, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 120);
  office_.duties->Stop();
  Set(NoonOf("2027-02-03"));
  PeriodicDuties after(*office_.db, office_.obligations);
  EXPECT_EQ(Must(after.RunOnce()).made, 240);
  EXPECT_EQ(Must(after.RunOnce()).made, 0);
  EXPECT_EQ(MostForOnePeriod(), 1);
  std::vector<std::string> periods;
  for (const v1::Obligation& owed : office_.Owed("customers/many-7")) periods.push_back(owed.facts().at("period"));
  EXPECT_THAT(periods, UnorderedElementsAre("2026-Q3", "2026-Q4", "2027-Q1"));
  // One call does for all of them: in time for the quarter that runs.
  office_.CallBack("customers/many-7");
  EXPECT_THAT(office_.StatesOf("customers/many-7", "quarterly-call"), ElementsAre("late_met", "late_met", "met"));
}

TEST_P(PeriodicDutiesTest, WhoBecameAUserWhileNothingRanIsOwedFromThenOn) {
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  AddUsers(1, NoonOf("2026-11-20"));
  Set(NoonOf("2027-02-03"));
  EXPECT_EQ(office_.MakeDuties(), 2);
  std::vector<absl::Time> since;
  for (const v1::Obligation& owed : office_.Owed("customers/many-1")) since.push_back(FromProto(owed.since_time()));
  EXPECT_THAT(since, UnorderedElementsAre(NoonOf("2026-11-20"), StartOf("2027-01-01")));
}

// After years of standing still, not every quarter since then is made.
TEST_P(PeriodicDutiesTest, AtMostAYearIsMadeUpFor) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  Set(NoonOf("2029-08-15"));
  EXPECT_EQ(office_.MakeDuties(), 5);  // from 2028-Q3 on
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2028-Q2'"), 0);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2029-Q3'"), 1);
}

TEST_P(PeriodicDutiesTest, ACallCountsToTheQuarterInWhichItWasHeld) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  Set(NoonOf("2026-12-01"));
  office_.MakeDuties();
  Set(NoonOf("2027-01-04"));
  office_.MakeDuties();
  v1::CreateCallbackRequest request = office_.Calling("customers/many-1", true);
  *request.mutable_callback()->mutable_call_time() = ToProto(StartOf("2027-01-01") - absl::Minutes(5));
  Must(office_.Do(&FeedbackService::CreateCallback, request));
  EXPECT_THAT(office_.StatesOf("customers/many-1", "quarterly-call"), ElementsAre("late_met", "met", "open"));
}

// Calls come in while nothing was made up for yet: each counts to the quarter in which it was held.
TEST_P(PeriodicDutiesTest, ACallThatIsEnteredBeforeTheQuartersAreMadeUpForIsNotLost) {
  AddUsers(3, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 3);
  Set(NoonOf("2027-02-03"));
  v1::CreateCallbackRequest request = office_.Calling("customers/many-1", true);
  *request.mutable_callback()->mutable_call_time() = ToProto(NoonOf("2026-12-15"));
  Must(office_.Do(&FeedbackService::CreateCallback, request));
  EXPECT_THAT(office_.StatesOf("customers/many-1", "quarterly-call"), ElementsAre("late_met", "met", "open"));
  // One of now does for all, and when some of it is made already.
  EXPECT_EQ(Must(office_.duties->RunOnce(/*most=*/1)).made, 2);
  office_.CallBack("customers/many-2");
  EXPECT_THAT(office_.StatesOf("customers/many-2", "quarterly-call"), ElementsAre("late_met", "late_met", "met"));
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_EQ(Duties(), 9);
  EXPECT_EQ(MostForOnePeriod(), 1);
  EXPECT_THAT(office_.StatesOf("customers/many-1", "quarterly-call"), ElementsAre("late_met", "met", "open"));
}

// What a customer owes is read whole up to a bound, and never grows past it.
TEST_P(PeriodicDutiesTest, WhoOwesAsMuchAsCanBeOwedKeepsNobodyWaiting) {
  AddUsers(3, office_.clock.Now() - absl::Hours(24 * 100));
  Call call = office_.By(kManager);
  ASSERT_TRUE(office_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) -> absl::Status {
                               std::vector<v1::Obligation> owed(4000);
                               for (v1::Obligation& one : owed) {
                                 one.set_kind("former");
                                 one.set_root("customers/many-2");
                                 one.set_subject("customers/many-2");
                                 one.set_state(v1::OBLIGATION_STATE_MET);
                                 *one.mutable_arise_time() = ToProto(tx.now());
                                 *one.mutable_since_time() = ToProto(tx.now());
                                 *one.mutable_close_time() = ToProto(tx.now());
                               }
                               return InsertObligations(tx, owed);
                             })
                  .ok());
  office_.Execute("UPDATE customer SET version = 5000 WHERE name = ?", {"customers/many-2"});
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 2);
  EXPECT_EQ(office_.MakeDuties(), 0);
  for (const char* other : {"customers/many-1", "customers/many-3"}) {
    EXPECT_THAT(office_.OpenKinds(other), ElementsAre("quarterly-call")) << other;
  }
  EXPECT_THAT(office_.OpenKinds("customers/many-2"), IsEmpty());
  // Nor does it keep the customer's own calls from being recorded, but for what would come to be owed by them.
  office_.CallBack("customers/many-2");
  v1::CreateCallbackRequest request = office_.Calling("customers/many-2", true);
  request.mutable_callback()->set_satisfied(v1::SATISFACTION_DISSATISFIED);
  const absl::Status refused = office_.Do(&FeedbackService::CreateCallback, request).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("count to a case of this customer"));
  // What is installed there is entered all the same.
  office_.Install("customers/many-2", office_.clock.Now() - absl::Hours(24 * 300));
}

// --- The pack is replaced ---

std::string Replacing(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kCallbackPack, {{from, to}});
}

TEST_P(PeriodicDutiesTest, TheSameKindGoesOnUnderAnotherVersion) {
  AddUsers(3, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 3);
  const std::string later = office_.PutInForce(Replacing("B-4", "B-4b"));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 0) << "the quarter's duties were made already";
  Set(NoonOf("2026-10-02"));
  EXPECT_EQ(office_.MakeDuties(), 3);
  // One call meets the duties of both versions, each by its own rule.
  office_.CallBack("customers/many-1");
  std::vector<std::string> versions;
  for (const v1::Obligation& owed : office_.Owed("customers/many-1")) {
    EXPECT_NE(owed.state(), v1::OBLIGATION_STATE_OPEN);
    versions.push_back(owed.policy_version());
  }
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_NE(versions[0], versions[1]);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM event WHERE type = 'callback-held'"), 1);
}

TEST_P(PeriodicDutiesTest, WhatTheNewVersionDoesNotHaveIsOwedToItsEndAndNotAnew) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  office_.PutInForce(Replacing("quarterly-call", "quarterly-letter"));
  office_.clock.Advance(kSettled);
  // A new kind begins with the quarter in which it came in force.
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_THAT(office_.OpenKinds("customers/many-1"), UnorderedElementsAre("quarterly-call", "quarterly-letter"));
  Set(NoonOf("2026-10-02"));
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_EQ(Duties(), 1) << "the former kind is not owed anew";
  // It is listed and met still.
  EXPECT_EQ(Must(office_.Do(&FeedbackService::ListDueCalls, v1::ListDueCallsRequest())).due_calls_size(), 3);
  office_.CallBack("customers/many-1");
  EXPECT_THAT(office_.OpenKinds("customers/many-1"), IsEmpty());
}

TEST_P(PeriodicDutiesTest, AKindThatWasAwayIsNotOwedForTheTimeBetween) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  office_.PutInForce(Replacing("every: QUARTER for_each: \"customer\"", "on: \"case-opened\""));
  Set(NoonOf("2027-05-05"));
  EXPECT_EQ(office_.MakeDuties(), 0);
  office_.PutInForce(kCallbackPack);
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2027-Q2'"), 1);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2027-Q1'"), 0);
}

TEST_P(PeriodicDutiesTest, AnotherRhythmUnderTheSameKindStartsAnew) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  office_.MakeDuties();
  office_.PutInForce(Replacing("every: QUARTER", "every: MONTH"));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2026-09'"), 1);
  Set(NoonOf("2026-10-02"));
  EXPECT_EQ(office_.MakeDuties(), 1);
}

const char* const kWithoutCalls = "every: QUARTER for_each: \"customer\"";

// Packs that are loaded and never put in force are none of those that were.
TEST_P(PeriodicDutiesTest, PacksThatWereOnlyLoadedDoNotHideThoseInForce) {
  AddUsers(1, office_.clock.Now() - absl::Hours(24 * 100));
  for (int i = 0; i < 51; ++i) office_.Load(Replacing("B-4", absl::StrCat("B-4.", i)));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 1);
}

// Dropped and brought back within the quarter: those who had the duty have that one, those who came meanwhile get
// theirs.
TEST_P(PeriodicDutiesTest, AKindThatComesBackInItsQuarterIsOwedOnceByAll) {
  AddUsers(2, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 2);
  office_.CallBack("customers/many-1");
  office_.PutInForce(Replacing(kWithoutCalls, "on: \"case-opened\""));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 0);
  const std::string customer = office_.AddUser();
  EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("first-call"));
  office_.PutInForce(kCallbackPack);
  EXPECT_EQ(office_.MakeDuties(), 0) << "the version has hardly come in force";
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_EQ(office_.MakeDuties(), 0);
  EXPECT_THAT(office_.StatesOf("customers/many-1", "quarterly-call"), ElementsAre("met"));
  EXPECT_THAT(office_.StatesOf("customers/many-2", "quarterly-call"), ElementsAre("open"));
  EXPECT_THAT(office_.OpenKinds(customer), UnorderedElementsAre("first-call", "quarterly-call"));
  office_.CallBack("customers/many-2");
  EXPECT_EQ(Duties(), 3);
}

TEST_P(PeriodicDutiesTest, WhomTheBatchesHadNotReachedWhenAKindWentAwayAreReachedWhenItIsBack) {
  AddUsers(150, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(Must(office_.duties->RunOnce(/*most=*/1)).made, 100);
  office_.PutInForce(Replacing(kWithoutCalls, "on: \"case-opened\""));
  Set(NoonOf("2026-10-05"));
  EXPECT_EQ(office_.MakeDuties(), 0);
  office_.PutInForce(kCallbackPack);
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 200);
  EXPECT_EQ(MostForOnePeriod(), 1);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2026-Q3'"), 150);
}

// The same version once more, after one without the kind: users who came in between are owed, too.
TEST_P(PeriodicDutiesTest, AVersionThatIsPutInForceAgainReachesWhoCameMeanwhile) {
  const std::string first = office_.PutInForce(kCallbackPack);
  AddUsers(2, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 2);
  office_.PutInForce(Replacing(kWithoutCalls, "on: \"case-opened\""));
  office_.clock.Advance(kSettled);
  AddUsers(1, office_.clock.Now());
  EXPECT_EQ(office_.MakeDuties(), 0);
  ASSERT_TRUE(office_.Activate(first).ok());
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 1);
  EXPECT_EQ(office_.MakeDuties(), 0);
  EXPECT_EQ(Duties(), 3);
  EXPECT_EQ(MostForOnePeriod(), 1);
}

// Quarters begin at another time there: each is owed once all the same, and those that follow are.
TEST_P(PeriodicDutiesTest, AnotherTimeZoneNeitherStopsNorRepeatsThem) {
  AddUsers(2, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 2);
  for (const char* zone : {"Asia/Shanghai", "America/Los_Angeles", "Asia/Shanghai", "UTC"}) {
    office_.PutInForce(Replacing("\"UTC\"", absl::StrCat("\"", zone, "\"")));
    office_.clock.Advance(kSettled);
    EXPECT_EQ(office_.MakeDuties(), 0) << zone << ": the quarter's duties were made already";
    EXPECT_EQ(office_.duties->backlog(), 0) << zone;
    const int64_t before = Duties();
    Set(office_.clock.Now() + absl::Hours(24 * 92));
    EXPECT_EQ(office_.MakeDuties(), 2) << zone;
    EXPECT_EQ(office_.MakeDuties(), 0) << zone;
    EXPECT_EQ(Duties(), before + 2);
    EXPECT_EQ(office_.duties->backlog(), 0) << zone;
  }
}

// Where it is the former quarter still while the next one has begun by the zone of before.
TEST_P(PeriodicDutiesTest, AQuarterThatHadBegunByTheFormerZoneGoesOnWhenItBegins) {
  office_.PutInForce(Replacing("\"UTC\"", "\"Asia/Shanghai\""));
  AddUsers(2, office_.clock.Now() - absl::Hours(24 * 100));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 2);
  Set(StartOf("2026-10-01") - absl::Hours(7));  // an hour into Shanghai's fourth quarter
  EXPECT_EQ(office_.MakeDuties(), 2);
  office_.PutInForce(Replacing("\"UTC\"", "\"America/Los_Angeles\""));
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 0);
  Set(StartOf("2026-10-01") + absl::Hours(8));
  AddUsers(1, office_.clock.Now() - absl::Hours(24));
  office_.clock.Advance(kSettled);
  EXPECT_GE(office_.MakeDuties(), 1) << "the new user's; the others have theirs";
  EXPECT_EQ(office_.duties->backlog(), 0);
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE period = '2026-Q4'"), 3);
  Set(NoonOf("2027-01-02"));
  EXPECT_EQ(office_.MakeDuties(), 3);
}

// --- For some customers only ---

class TieredDutiesTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  static const std::string& Pack() {
    static const auto& pack = *new std::string(
        Replacing("for_each: \"customer\"", "for_each: \"customer\" where { customer_tier: \"key\" }"));
    return pack;
  }
  std::string AddKeyUser() {
    const std::string customer = office_.AddCustomer("key");
    office_.Install(customer, office_.clock.Now());
    office_.CallBack(customer);
    Set(NoonOf("2026-10-02"));
    office_.MakeDuties();
    EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("quarterly-call"));
    return customer;
  }
  void Set(absl::Time time) { office_.clock.Set(time); }

  CallbackOffice office_{GetParam(), Pack().c_str()};
};

INSTANTIATE_TEST_SUITE_P(Engines, TieredDutiesTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

// A duty that did not arise has not used up its quarter.
TEST_P(TieredDutiesTest, WhoComesToBeCalledForInTheQuarterIsCalledInIt) {
  const std::string customer = office_.AddUser();
  office_.CallBack(customer);
  office_.clock.Advance(kSettled);
  EXPECT_EQ(office_.MakeDuties(), 0);
  EXPECT_THAT(office_.OpenKinds(customer), IsEmpty());
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM periodic_duty WHERE subject = ?", {customer}), 0);
  Must(office_.SetTier(customer, "key"));
  EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("quarterly-call"));
  EXPECT_EQ(office_.MakeDuties(), 0);
  EXPECT_THAT(office_.StatesOf(customer, "quarterly-call"), ElementsAre("open"));
}

TEST_P(TieredDutiesTest, NobodyIsRidOfACallWithoutAReason) {
  const std::string customer = AddKeyUser();
  const v1::Obligation owed = office_.Owed(customer, "quarterly-call");
  const absl::Status refused = office_.SetTier(customer, "plain").status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("reason"));
  EXPECT_EQ(office_.ReadCustomer(customer).tier(), "key");
  Must(office_.SetTier(customer, "plain", "They buy nothing any more."));
  EXPECT_THAT(office_.StatesOf(customer, "quarterly-call"), ElementsAre("met", "cancelled"));
  EXPECT_EQ(office_.Events(customer, "directory-changed").back().reason(), "They buy nothing any more.");
  office_.clock.Advance(absl::Hours(24));
  Must(office_.SetTier(customer, "key"));
  EXPECT_EQ(office_.MakeDuties(), 0);
  const v1::Obligation again = office_.Owed(customer, "quarterly-call");
  EXPECT_EQ(again.state(), v1::OBLIGATION_STATE_OPEN);
  EXPECT_EQ(FromProto(again.due_time()), FromProto(owed.due_time()));
  EXPECT_EQ(FromProto(again.since_time()), FromProto(owed.since_time()));
  EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM obligation WHERE root = ? AND kind = 'quarterly-call' AND state = ?",
                           {customer, static_cast<int>(v1::OBLIGATION_STATE_OPEN)}),
            1);
}

TEST_P(TieredDutiesTest, AQuarterThatEndedMeanwhileIsNotOwedAfterwards) {
  const std::string customer = AddKeyUser();
  Must(office_.SetTier(customer, "plain", "They buy nothing any more."));
  Set(NoonOf("2027-01-05"));
  office_.MakeDuties();
  Must(office_.SetTier(customer, "key"));
  EXPECT_THAT(office_.OpenKinds(customer), ElementsAre("quarterly-call"));
  EXPECT_EQ(FromProto(office_.Owed(customer, "quarterly-call").due_time()), StartOf("2027-04-01"));
}

// What nobody has made yet falls away with its reason as well.
TEST_P(TieredDutiesTest, NorByBeingFasterThanTheBatches) {
  const std::string customer = AddKeyUser();
  office_.CallBack(customer);
  Set(NoonOf("2027-01-02"));
  EXPECT_EQ(ReasonOf(office_.SetTier(customer, "plain").status()), v1::ERROR_REASON_FIELD_INVALID);
  Must(office_.SetTier(customer, "plain", "They buy nothing any more."));
  EXPECT_THAT(office_.StatesOf(customer, "quarterly-call"), ElementsAre("met", "met", "cancelled"));
}

TEST_P(TieredDutiesTest, AnotherNameNeedsNoReason) {
  const std::string customer = AddKeyUser();
  Must(office_.SetTier(customer, "key"));
  EXPECT_THAT(office_.StatesOf(customer, "quarterly-call"), ElementsAre("met", "open"));
}

TEST_P(TieredDutiesTest, AnImportSaysThatItWasOne) {
  const std::string customer = AddKeyUser();
  office_.Execute("UPDATE customer SET external_id = ? WHERE name = ?", {"E-7", customer});
  Call call = office_.By(kManager);
  auto sink = Must(office_.directory->ImportDirectory(call));
  v1::ImportDirectoryRequest request;
  request.mutable_options()->set_request_id(RandomUuid());
  request.mutable_options()->set_mode(v1::IMPORT_MODE_BEST_EFFORT);
  v1::Customer& row = *request.add_rows()->mutable_customer();
  row.set_external_id("E-7");
  row.set_display_name("Canal Works");
  row.set_tier("plain");
  v1::ImportDirectoryResponse reply;
  ASSERT_TRUE(sink->Take(call, request, reply).ok());
  ASSERT_EQ(reply.reports(0).result(), v1::ROW_RESULT_UPDATED) << reply.ShortDebugString();
  EXPECT_THAT(office_.StatesOf(customer, "quarterly-call"), ElementsAre("met", "cancelled"));
  EXPECT_EQ(office_.Events(customer, "directory-changed").back().reason(), "imported by principals/manager");
}

}  // namespace
}  // namespace aftersales
