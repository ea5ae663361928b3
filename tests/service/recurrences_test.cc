// What a corrective action was to remove comes back: its check is reopened by opening or changing a case, once, in the
// same transaction, whatever became of the action's case. On both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/cases/case_rules.h"
#include "tests/service/improvement_office.h"

namespace aftersales {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RecurrencesTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  RecurrencesTest() {
    older_ = office_.Accepted().name();
    action_ = office_.Done(older_).name();
    office_.clock.Advance(absl::Hours(24));
  }

  // Cases in which the action's trouble came back, in their order.
  std::vector<std::string> Recurred(const std::string& action) {
    std::vector<std::string> cases;
    const v1::CorrectiveAction read = office_.Action(action);
    EXPECT_EQ(read.recurrence_count(), read.recurrences_size());
    for (const v1::Recurrence& recurrence : read.recurrences()) cases.push_back(recurrence.service_case());
    return cases;
  }
  std::vector<std::string> Recurred() { return Recurred(action_); }
  std::vector<std::string> Linked(const std::string& service_case) {
    std::vector<std::string> others;
    const v1::Case read = office_.Get(service_case);
    for (const v1::CaseLink& link : read.links()) others.push_back(link.service_case());
    return others;
  }
  absl::StatusOr<v1::Case> Update(const std::string& name, const std::function<void(v1::Case&)>& change,
                                  const Person& person = kManager) {
    auto request = On<v1::UpdateCaseRequest>(name);
    *request.mutable_service_case() = office_.Get(name);
    change(*request.mutable_service_case());
    request.set_reason("The customer called again.");
    return office_.Do(&CaseService::UpdateCase, request, person);
  }
  v1::CreateCaseRequest OpeningWith(const std::string& item) {
    auto opening = office_.Opening();
    opening.mutable_service_case()->set_nonconforming_items(0, item);
    return opening;
  }

  ImprovementOffice office_{GetParam()};
  std::string older_, action_;  // carried out a day ago
};

INSTANTIATE_TEST_SUITE_P(Engines, RecurrencesTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(RecurrencesTest, ACaseWithTheSameProductAndItemReopensTheCheck) {
  ASSERT_TRUE(office_.Check(action_, true).ok());
  EXPECT_THAT(office_.OpenKinds(older_), Not(Contains("effect-checked")));
  const v1::Case again = office_.Open(OpeningWith(" BRAKE pad "));
  const v1::CorrectiveAction reopened = office_.Action(action_);
  EXPECT_EQ(reopened.state(), v1::CORRECTIVE_ACTION_STATE_REOPENED);
  EXPECT_EQ(reopened.recurrence_count(), 1);
  ASSERT_EQ(reopened.recurrences_size(), 1);
  EXPECT_EQ(reopened.recurrences(0).service_case(), again.name());
  EXPECT_EQ(reopened.recurrences(0).item(), " BRAKE pad ");
  EXPECT_EQ(FromProto(reopened.recurrences(0).time()), office_.clock.Now());
  EXPECT_THAT(office_.OpenKinds(older_), Contains("effect-checked")) << "owed anew";
  const v1::Event found = office_.Newest(older_, v1::EVENT_TYPE_RECURRENCE_FOUND);
  EXPECT_EQ(found.subject(), action_);
  EXPECT_EQ(found.addressee(), v1::ROLE_PRODUCTION);
  EXPECT_EQ(found.facts().at("action"), "corrective");
  EXPECT_EQ(found.actor(), "principals/telephone");

  EXPECT_THAT(Linked(older_), ElementsAre(again.name()));
  EXPECT_THAT(Linked(again.name()), ElementsAre(older_));
  EXPECT_THAT(office_.Get(older_).links(0).reason(), HasSubstr(action_));
  EXPECT_THAT(office_.Happened(again.name()), ElementsAre("case-opened", "case-linked"));
  EXPECT_THAT(office_.Happened(older_), Contains("case-linked"));
  EXPECT_EQ(office_.Get(again.name()).SerializeAsString(), again.SerializeAsString()) << "answered as it is kept";
  // Checked anew; the next case reopens it again.
  ASSERT_TRUE(office_.Check(action_, true).ok());
  const std::string third = office_.Open().name();
  EXPECT_THAT(Recurred(), ElementsAre(again.name(), third));
  EXPECT_EQ(office_.Action(action_).state(), v1::CORRECTIVE_ACTION_STATE_REOPENED);
}

TEST_P(RecurrencesTest, OtherTroubleReopensNothing) {
  office_.Open(OpeningWith("Valve"));
  auto other_product = office_.Opening();
  other_product.mutable_service_case()->set_equipment(office_.other_equipment.name());
  office_.Open(other_product);
  auto no_equipment = office_.Opening();
  no_equipment.mutable_service_case()->clear_equipment();
  office_.Open(no_equipment);
  EXPECT_THAT(Recurred(), IsEmpty());
  EXPECT_EQ(office_.Action(action_).state(), v1::CORRECTIVE_ACTION_STATE_DONE);
  EXPECT_THAT(office_.Happened(older_), Not(Contains("recurrence-found")));
}

// What is said about the past cannot be checked: whoever checks the action says so where the trouble is older.
TEST_P(RecurrencesTest, WhenACaseIsEnteredCountsAndNotWhenItIsSaidToHaveBegun) {
  auto notice_before = office_.Opening();
  *notice_before.mutable_service_case()->mutable_notice_time() = At(office_.clock.Now() - absl::Hours(25));
  const std::string late = office_.Open(notice_before).name();
  auto fault_before = office_.Opening();
  *fault_before.mutable_service_case()->mutable_fault_time() = At(office_.clock.Now() - absl::Hours(30));
  const std::string old = office_.Open(fault_before).name();
  auto contacting = office_.Contacting();
  *contacting.mutable_contact()->mutable_fault_time() = At(office_.clock.Now() - absl::Hours(30));
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_contact(office_.Contact(contacting).name());
  opening.mutable_service_case()->clear_notice_time();
  const v1::Case of_contact = office_.Open(opening);
  EXPECT_THAT(Recurred(), ElementsAre(late, old, of_contact.name()));
  EXPECT_EQ(office_.GetContact(of_contact.contact()).service_case(), of_contact.name());
}

TEST_P(RecurrencesTest, SpellingHidesNothing) {
  std::vector<std::string> recurred;
  for (const char* spelt :
       {"ＢＲＡＫＥ ＰＡＤ", "brake\u3000pad", "Brake\u00a0\u2003pad", "bra\u200bke pad", "BRAKE\tPAD"}) {
    recurred.push_back(office_.Open(OpeningWith(spelt)).name());
    EXPECT_THAT(Recurred(), ::testing::ElementsAreArray(recurred)) << spelt;
  }
  office_.Open(OpeningWith("Brake pads"));
  EXPECT_THAT(Recurred(), SizeIs(recurred.size())) << "another item";
}

TEST_P(RecurrencesTest, ARefusedCaseIsNoRecurrence) {
  ASSERT_TRUE(office_.Check(action_, true).ok());
  const std::string wrong = office_.Open().name();
  EXPECT_THAT(office_.OpenKinds(older_), Contains("effect-checked"));
  auto refusing = On<v1::RefuseCaseRequest>(wrong);
  refusing.set_reason("Ours it is not.");
  const v1::Case refused = Must(office_.Do(&CaseService::RefuseCase, refusing));
  EXPECT_THAT(Recurred(), IsEmpty());
  EXPECT_EQ(office_.Action(action_).state(), v1::CORRECTIVE_ACTION_STATE_EFFECTIVE) << "as the check before found";
  EXPECT_THAT(office_.OpenKinds(older_), Not(Contains("effect-checked"))) << "nothing to be checked anew";
  EXPECT_THAT(Linked(older_), IsEmpty());
  EXPECT_THAT(Linked(wrong), IsEmpty());
  EXPECT_EQ(office_.Get(wrong).SerializeAsString(), refused.SerializeAsString()) << "answered as it is kept";
  const v1::Event withdrawn = office_.Newest(older_, v1::EVENT_TYPE_RECURRENCE_WITHDRAWN);
  EXPECT_EQ(withdrawn.subject(), action_);
  EXPECT_EQ(withdrawn.addressee(), v1::ROLE_PRODUCTION);
  EXPECT_EQ(withdrawn.facts().at("effective"), "true");
  EXPECT_EQ(withdrawn.reason(), wrong + " was refused");
  EXPECT_EQ(withdrawn.corrective_action().SerializeAsString(), office_.Action(action_).SerializeAsString());
  EXPECT_THAT(office_.Happened(older_), Contains("case-unlinked"));
  EXPECT_THAT(office_.Happened(wrong), ElementsAre("case-opened", "case-linked", "case-refused", "case-unlinked"));
  // Taken up again it is one again, once.
  auto reopening = On<v1::ReopenCaseRequest>(wrong);
  reopening.set_reason("It was ours.");
  const v1::Case reopened = Must(office_.Do(&CaseService::ReopenCase, reopening));
  EXPECT_THAT(Recurred(), ElementsAre(wrong));
  EXPECT_THAT(Linked(wrong), ElementsAre(older_));
  EXPECT_EQ(office_.Get(wrong).SerializeAsString(), reopened.SerializeAsString());
  EXPECT_EQ(office_.Action(action_).state(), v1::CORRECTIVE_ACTION_STATE_REOPENED);
}

TEST_P(RecurrencesTest, ACorrectedItemIsNoRecurrence) {
  auto valve = office_.Planning(older_);
  valve.mutable_corrective_action()->set_nonconforming_item("Valve");
  const std::string of_valve = office_.Plan(valve).name();
  ASSERT_TRUE(office_.Complete(of_valve).ok());
  auto both = office_.Opening();
  both.mutable_service_case()->add_nonconforming_items("valve");
  const std::string name = office_.Open(both).name();
  const std::string other = office_.Open().name();
  EXPECT_THAT(Recurred(), ElementsAre(name, other));
  EXPECT_THAT(Recurred(of_valve), ElementsAre(name));
  // It was the valve alone: the link stays, for the valve.
  const v1::Case corrected = Must(Update(name, [](v1::Case& wanted) {
    wanted.clear_nonconforming_items();
    wanted.add_nonconforming_items("Valve");
  }));
  EXPECT_EQ(office_.Get(name).SerializeAsString(), corrected.SerializeAsString());
  EXPECT_THAT(Recurred(), ElementsAre(other));
  EXPECT_EQ(office_.Action(action_).state(), v1::CORRECTIVE_ACTION_STATE_REOPENED) << "by the other";
  EXPECT_THAT(Recurred(of_valve), ElementsAre(name));
  ASSERT_THAT(Linked(name), ElementsAre(older_));
  EXPECT_EQ(corrected.links(0).corrective_action(), of_valve);
  // Nor the valve.
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.set_nonconforming_items(0, "Hose"); }).ok());
  EXPECT_THAT(Recurred(of_valve), IsEmpty());
  EXPECT_EQ(office_.Action(of_valve).state(), v1::CORRECTIVE_ACTION_STATE_DONE) << "it was not checked yet";
  EXPECT_THAT(office_.OpenKinds(older_), Contains("effect-checked"));
  EXPECT_THAT(Linked(name), IsEmpty());
  EXPECT_THAT(Linked(older_), ElementsAre(other));
  // And the pad after all: one row for a case, however often it is changed.
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.set_nonconforming_items(0, "Brake pad"); }).ok());
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.add_nonconforming_items("Hose"); }).ok());
  EXPECT_THAT(Recurred(), ElementsAre(other, name));
}

TEST_P(RecurrencesTest, ALinkThatPeopleMadeStays) {
  const std::string name = office_.Open(OpeningWith("Valve")).name();
  auto linking = On<v1::LinkCasesRequest>(name);
  linking.set_other(older_);
  linking.set_reason("The same workshop.");
  Must(office_.Do(&CaseService::LinkCases, linking));
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.set_nonconforming_items(0, "Brake pad"); }).ok());
  EXPECT_THAT(Recurred(), ElementsAre(name));
  EXPECT_THAT(Linked(name), ElementsAre(older_)) << "linked already";
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.set_nonconforming_items(0, "Valve"); }).ok());
  EXPECT_THAT(Recurred(), IsEmpty());
  EXPECT_THAT(Linked(name), ElementsAre(older_));
}

TEST_P(RecurrencesTest, WhatIsNotCarriedOutOrNotEffectiveDoesNotRecur) {
  const std::string planned = office_.Plan(older_).name();
  ASSERT_TRUE(office_.Check(action_, false).ok());
  office_.Open();
  EXPECT_THAT(Recurred(), IsEmpty());
  EXPECT_THAT(Recurred(planned), IsEmpty());
  ASSERT_TRUE(office_.Complete(action_).ok());
  office_.clock.Advance(absl::Hours(24));
  EXPECT_THAT(office_.Open().links(), SizeIs(1)) << "carried out again, it does";
}

TEST_P(RecurrencesTest, WhateverBecameOfTheOlderCase) {
  std::vector<std::string> recurred;
  for (const v1::CaseState state :
       {v1::CASE_STATE_OPEN, v1::CASE_STATE_CLOSED, v1::CASE_STATE_ARCHIVED, v1::CASE_STATE_REFUSED}) {
    office_.Put(older_, state);
    recurred.push_back(office_.Open().name());
    EXPECT_THAT(Recurred(), ::testing::ElementsAreArray(recurred)) << state;
    EXPECT_EQ(office_.Get(older_).state(), state);
  }
  // Where it is now, refused, it is checked all the same.
  EXPECT_EQ(Must(office_.Check(action_, true)).state(), v1::CORRECTIVE_ACTION_STATE_EFFECTIVE);
}

TEST_P(RecurrencesTest, AChangedCaseIsFoundToo) {
  auto opening = OpeningWith("Valve");
  opening.mutable_service_case()->clear_equipment();
  const std::string name = office_.Open(opening).name();
  const auto unchanged = Update(name, [](v1::Case& wanted) { wanted.set_description("It squeals."); });
  ASSERT_TRUE(unchanged.ok()) << unchanged.status();
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.add_nonconforming_items("brake pad"); }).ok());
  EXPECT_THAT(Recurred(), IsEmpty()) << "of which product, nobody knows yet";
  const v1::Case known = Must(Update(name, [&](v1::Case& wanted) { wanted.set_equipment(office_.equipment.name()); }));
  EXPECT_THAT(Recurred(), ElementsAre(name));
  EXPECT_THAT(known.links(), SizeIs(1));
  EXPECT_EQ(office_.Get(name).SerializeAsString(), known.SerializeAsString());
  EXPECT_THAT(office_.Happened(name), Contains("case-linked"));
  // Once only, whatever is changed after.
  ASSERT_TRUE(Update(name, [](v1::Case& wanted) { wanted.add_nonconforming_items("Hose"); }).ok());
  EXPECT_THAT(Recurred(), ElementsAre(name));
}

TEST_P(RecurrencesTest, ARefusedChangeReopensNothing) {
  const std::string name = office_.Open(OpeningWith("Valve")).name();
  auto stale = On<v1::UpdateCaseRequest>(name, "77");
  *stale.mutable_service_case() = office_.Get(name);
  stale.mutable_service_case()->add_nonconforming_items("Brake pad");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::UpdateCase, stale).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_FALSE(Update(name, [&](v1::Case& wanted) {
                 wanted.add_nonconforming_items("Brake pad");
                 wanted.set_customer(office_.stranger.name());
               }).ok());
  office_.Put(name, v1::CASE_STATE_CLOSED);
  EXPECT_FALSE(Update(name, [](v1::Case& wanted) { wanted.add_nonconforming_items("Brake pad"); }).ok());
  EXPECT_THAT(Recurred(), IsEmpty());
}

TEST_P(RecurrencesTest, ARepeatReopensOnceAndATrialNotAtAll) {
  Call trial = office_.By(kTelephone);
  trial.validate_only = true;
  EXPECT_TRUE(office_.cases->CreateCase(trial, office_.Opening()).ok());
  EXPECT_THAT(Recurred(), IsEmpty());
  Call first = office_.By(kTelephone), second = first;
  const v1::Case again = Must(office_.cases->CreateCase(first, office_.Opening()));
  EXPECT_EQ(Must(office_.cases->CreateCase(second, office_.Opening())).SerializeAsString(), again.SerializeAsString());
  EXPECT_THAT(Recurred(), ElementsAre(again.name()));
}

TEST_P(RecurrencesTest, EveryActionOfEveryCaseIsFound) {
  const std::string same_case = office_.Done(older_).name();
  auto valve = office_.Planning(older_);
  valve.mutable_corrective_action()->set_nonconforming_item("Valve");
  const std::string of_valve = office_.Plan(valve).name();
  ASSERT_TRUE(office_.Complete(of_valve).ok());
  office_.clock.Advance(absl::Hours(1));
  auto opening = OpeningWith("Hose");
  const std::string other_case = office_.Open(opening).name();
  auto hose = office_.Planning(other_case);
  hose.mutable_corrective_action()->set_nonconforming_item("Brake Pad ");
  const std::string of_other = office_.Plan(hose).name();
  ASSERT_TRUE(office_.Complete(of_other).ok());
  office_.clock.Advance(absl::Hours(24));
  opening = office_.Opening();
  opening.mutable_service_case()->add_nonconforming_items("valve");
  const v1::Case again = office_.Open(opening);
  for (const std::string& action : {action_, same_case, of_valve, of_other}) {
    EXPECT_THAT(Recurred(action), ElementsAre(again.name())) << action;
  }
  EXPECT_THAT(Linked(again.name()), ElementsAre(older_, other_case)) << "each once";
  EXPECT_THAT(Linked(older_), ElementsAre(again.name()));
}

TEST_P(RecurrencesTest, WithoutRoomForALinkTheCheckIsReopenedAllTheSame) {
  v1::Case full = office_.Get(older_);
  Call call = office_.By(kManager);
  ASSERT_TRUE(office_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) -> absl::Status {
                               for (int i = 0; i < kMostRecurrenceLinks; ++i) {
                                 v1::CaseLink& link = *full.add_links();
                                 link.set_service_case(absl::StrCat("cases/C2025-", i));
                                 link.set_corrective_action(action_);
                               }
                               return Table<v1::Case>().Update(tx, full);
                             })
                  .ok());
  const v1::Case again = office_.Open();
  EXPECT_THAT(Recurred(), ElementsAre(again.name()));
  EXPECT_THAT(again.links(), IsEmpty()) << "on neither side";
  EXPECT_THAT(Linked(older_), SizeIs(kMostRecurrenceLinks));
  // People link it all the same.
  auto linking = On<v1::LinkCasesRequest>(again.name());
  linking.set_other(older_);
  linking.set_reason("The same workshop.");
  EXPECT_TRUE(office_.Do(&CaseService::LinkCases, linking).ok());
}

TEST_P(RecurrencesTest, CasesOpenedAtOnceAllCount) {
  constexpr int kCallers = 6;
  std::vector<std::thread> callers;
  std::vector<absl::Status> statuses(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      Call call = office_.By(kTelephone);
      statuses[i] = office_.cases->CreateCase(call, office_.Opening()).status();
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(office_.Action(action_).recurrence_count(), kCallers);
  EXPECT_THAT(Recurred(), SizeIs(kCallers));
  EXPECT_THAT(Linked(older_), SizeIs(kCallers));
}

TEST_P(RecurrencesTest, CasesRefusedWhileOthersAreOpenedLeaveTheRightCount) {
  constexpr int kEach = 4;
  std::vector<std::string> wrong;
  for (int i = 0; i < kEach; ++i) wrong.push_back(office_.Open().name());
  std::vector<std::thread> callers;
  std::vector<absl::Status> statuses(2 * kEach);
  for (int i = 0; i < kEach; ++i) {
    callers.emplace_back([&, i] {
      auto refusing = On<v1::RefuseCaseRequest>(wrong[i]);
      refusing.set_reason("Ours it is not.");
      statuses[i] = office_.Do(&CaseService::RefuseCase, refusing).status();
    });
    callers.emplace_back([&, i] {
      Call call = office_.By(kTelephone);
      statuses[kEach + i] = office_.cases->CreateCase(call, office_.Opening()).status();
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Recurred(), SizeIs(kEach));
  EXPECT_THAT(Linked(older_), SizeIs(kEach));
  for (const std::string& name : wrong) EXPECT_THAT(Linked(name), IsEmpty());
}

// Each is a recurrence of what was done for the other: they lock each other's case.
TEST_P(RecurrencesTest, CasesThatRecurInOneAnotherDoNotLockEachOtherOut) {
  for (int round = 0; round < 5; ++round) {
    const std::string one_item = absl::StrCat("One ", round), other_item = absl::StrCat("Other ", round);
    const auto opened = [&](const std::string& item) {
      auto opening = OpeningWith(item);
      *opening.mutable_service_case()->mutable_notice_time() = At(office_.clock.Now() - absl::Hours(48));
      return office_.Open(opening).name();
    };
    const std::string one = opened(one_item), other = opened(other_item);
    const auto done = [&](const std::string& service_case) {
      const std::string action = office_.Plan(service_case).name();
      EXPECT_TRUE(office_.Complete(action, kForeman, absl::Hours(20)).ok());
      return action;
    };
    const std::string of_one = done(one), of_other = done(other);
    absl::Status first, second;
    std::thread changer(
        [&] { first = Update(one, [&](v1::Case& wanted) { wanted.add_nonconforming_items(other_item); }).status(); });
    second = Update(other, [&](v1::Case& wanted) { wanted.add_nonconforming_items(one_item); }).status();
    changer.join();
    EXPECT_TRUE(first.ok()) << first;
    EXPECT_TRUE(second.ok()) << second;
    EXPECT_THAT(Recurred(of_other), ElementsAre(one));
    EXPECT_THAT(Recurred(of_one), ElementsAre(other));
    EXPECT_THAT(Linked(one), ElementsAre(other)) << "linked once, whoever found it first";
    EXPECT_THAT(Linked(other), ElementsAre(one));
  }
}

}  // namespace
}  // namespace aftersales
