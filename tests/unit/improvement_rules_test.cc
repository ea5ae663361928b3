// Meetings, corrective actions and recurrences: what is possible when, by whom, and what is the same trouble again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/recurrence_rules.h"
#include "server/improvement/improvement_rules.h"

namespace aftersales {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1790000000);

// Every step in every state: taken where the table has it, and otherwise refused with the states that would do.
template <typename Resource, typename Transitions, typename Step>
void ExpectFollows(const Transitions& transitions, const std::vector<Step>& steps, int states) {
  for (const Step step : steps) {
    for (int from = 1; from <= states; ++from) {
      Resource resource;
      resource.set_name("cases/C1/things/1");
      resource.set_state(static_cast<decltype(resource.state())>(from));
      const absl::Status status = TakeStep(step, resource);
      bool possible = false;
      for (const auto& transition : transitions) {
        if (transition.from != from || transition.step != step) continue;
        possible = true;
        EXPECT_EQ(resource.state(), transition.to) << Participle(step);
      }
      EXPECT_EQ(status.ok(), possible) << Participle(step) << " " << from << ": " << status;
      if (possible) continue;
      EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
      EXPECT_THAT(std::string(status.message()), HasSubstr(Participle(step)));
      EXPECT_EQ(resource.state(), from) << "left as it was";
    }
  }
}

TEST(ImprovementRulesTest, StepsFollowTheTables) {
  ExpectFollows<v1::Meeting>(kMeetingTransitions, std::vector{MeetingStep::kHold, MeetingStep::kCancel}, 3);
  ExpectFollows<v1::CorrectiveAction>(
      kActionTransitions,
      std::vector{ActionStep::kComplete, ActionStep::kFindEffective, ActionStep::kFindNotEffective, ActionStep::kCancel,
                  ActionStep::kRecur, ActionStep::kUnrecur, ActionStep::kUnrecurEffective},
      5);
}

v1::Meeting SoundMeeting() {
  v1::Meeting meeting;
  meeting.add_departments(v1::ROLE_TECHNOLOGY);
  meeting.add_departments(v1::ROLE_PRODUCTION);
  *meeting.mutable_meeting_time() = ToProto(kNow + absl::Hours(24));
  return meeting;
}

TEST(ImprovementRulesTest, AMeetingInvitesDepartmentsOnce) {
  EXPECT_TRUE(CheckMeeting(SoundMeeting(), kNow).ok());
  v1::Meeting meeting = SoundMeeting();
  meeting.add_departments(v1::ROLE_TECHNOLOGY);
  absl::Status refused = CheckMeeting(meeting, kNow);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(refused.message()), AllOf(HasSubstr("departments[2]"), HasSubstr("twice")));
  for (const v1::Role role : {v1::ROLE_CUSTOMER, v1::ROLE_ADMIN, v1::ROLE_AUDITOR, v1::ROLE_INTEGRATION}) {
    meeting = SoundMeeting();
    meeting.set_departments(1, role);
    refused = CheckMeeting(meeting, kNow);
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID) << Word(role);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("departments[1]"));
  }
}

TEST(ImprovementRulesTest, AMeetingLiesAtMostTenYearsAhead) {
  v1::Meeting meeting = SoundMeeting();
  *meeting.mutable_meeting_time() = ToProto(kNow - absl::Hours(2));
  EXPECT_TRUE(CheckMeeting(meeting, kNow).ok()) << "called together at once, entered afterwards";
  *meeting.mutable_meeting_time() = ToProto(kNow + absl::Hours(24 * 3700));
  EXPECT_EQ(ReasonOf(CheckMeeting(meeting, kNow)), v1::ERROR_REASON_FIELD_INVALID);
}

TEST(ImprovementRulesTest, DepartmentsAttend) {
  v1::HoldMeetingRequest request;
  request.add_attendance()->set_department(v1::ROLE_QUALITY);
  EXPECT_TRUE(CheckAttendance(request).ok());
  request.add_attendance()->set_department(v1::ROLE_CUSTOMER);
  const absl::Status refused = CheckAttendance(request);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("attendance[1].department"));
}

v1::Case CaseAbout(const std::vector<std::string>& items) {
  v1::Case service_case;
  service_case.set_name("cases/C2026-000009");
  service_case.set_product("products/7");
  for (const std::string& item : items) service_case.add_nonconforming_items(item);
  *service_case.mutable_notice_time() = ToProto(kNow - absl::Hours(72));
  *service_case.mutable_create_time() = ToProto(kNow);
  return service_case;
}

v1::CorrectiveAction Planned() {
  v1::CorrectiveAction action;
  action.set_owner(v1::ROLE_PRODUCTION);
  *action.mutable_due_time() = ToProto(kNow + absl::Hours(24));
  return action;
}

TEST(ImprovementRulesTest, AnActionTakesOverWhatTheCaseSays) {
  v1::CorrectiveAction action = Planned();
  ASSERT_TRUE(SettleAction(CaseAbout({"Brake pad"}), kNow, action).ok());
  EXPECT_EQ(action.product(), "products/7");
  EXPECT_EQ(action.nonconforming_item(), "Brake pad");
  action = Planned();
  ASSERT_TRUE(SettleAction(CaseAbout({"Brake pad", "Valve"}), kNow, action).ok());
  EXPECT_EQ(action.nonconforming_item(), "") << "which of them, nobody said";
  action.set_product("products/8");
  action.set_nonconforming_item("Valve");
  ASSERT_TRUE(SettleAction(CaseAbout({"Brake pad"}), kNow, action).ok());
  EXPECT_EQ(action.product(), "products/8") << "what was said stays";
  EXPECT_EQ(action.nonconforming_item(), "Valve");
}

TEST(ImprovementRulesTest, AnActionIsOwedByADepartmentForATimeToCome) {
  v1::CorrectiveAction action = Planned();
  action.set_owner(v1::ROLE_CUSTOMER);
  EXPECT_EQ(ReasonOf(SettleAction(CaseAbout({}), kNow, action)), v1::ERROR_REASON_FIELD_INVALID);
  for (const absl::Duration ahead : {-absl::Seconds(1), absl::ZeroDuration(), absl::Hours(24 * 3700)}) {
    action = Planned();
    *action.mutable_due_time() = ToProto(kNow + ahead);
    const absl::Status refused = SettleAction(CaseAbout({}), kNow, action);
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID) << ahead;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("due_time"));
  }
}

Caller Holding(const std::string& principal, v1::Role role) {
  Caller caller;
  caller.principal = principal;
  caller.roles.emplace_back().set_role(role);
  return caller;
}

TEST(ImprovementRulesTest, WhoeverOwesItOrAnswersForAllCompletesIt) {
  v1::CorrectiveAction action = Planned();
  action.set_owner_principal("principals/smith");
  EXPECT_TRUE(CheckCompleter(action, Holding("principals/a", v1::ROLE_PRODUCTION)).ok());
  EXPECT_TRUE(CheckCompleter(action, Holding("principals/smith", v1::ROLE_TECHNOLOGY)).ok());
  EXPECT_TRUE(CheckCompleter(action, Holding("principals/a", v1::ROLE_QUALITY)).ok());
  EXPECT_TRUE(CheckCompleter(action, Holding("principals/a", v1::ROLE_SERVICE_MANAGER)).ok());
  const absl::Status refused = CheckCompleter(action, Holding("principals/a", v1::ROLE_TECHNOLOGY));
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("production or quality or service_manager"));
  action.clear_owner_principal();
  Caller nobody = Holding("", v1::ROLE_TECHNOLOGY);
  EXPECT_FALSE(CheckCompleter(action, nobody).ok()) << "nobody in particular owes it";
}

TEST(ImprovementRulesTest, NobodyChecksWhatTheyDidOrOwed) {
  v1::CorrectiveAction action = Planned();
  SetDoneBy("principals/foreman", action);
  action.set_owner_principal("principals/smith");
  EXPECT_EQ(ReasonOf(CheckChecker(action, "principals/foreman")), v1::ERROR_REASON_OWN_SUBMISSION);
  // Done again by another: who did it first has a hand in it still.
  action.clear_done_by();
  SetDoneBy("principals/fitter", action);
  SetDoneBy("principals/foreman", action);
  EXPECT_EQ(action.completers_size(), 2) << "each once";
  EXPECT_EQ(ReasonOf(CheckChecker(action, "principals/fitter")), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(CheckChecker(action, "principals/smith")), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_TRUE(CheckChecker(action, "principals/quality").ok());
}

TEST(ImprovementRulesTest, AnActionIsCarriedOutAfterTheNoticeAndAfterTheCheckThatUndidIt) {
  v1::Case service_case = CaseAbout({});
  const absl::Time notice = FromProto(service_case.notice_time());
  v1::CorrectiveAction action = Planned();
  EXPECT_EQ(*DoneTime(service_case, action, std::nullopt, kNow), kNow);
  EXPECT_EQ(*DoneTime(service_case, action, notice, kNow), notice);
  const absl::Status before = DoneTime(service_case, action, notice - absl::Microseconds(1), kNow).status();
  EXPECT_EQ(ReasonOf(before), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(before.message()), AllOf(HasSubstr("time"), HasSubstr("the notice of cases/C2026-000009")));
  EXPECT_EQ(ReasonOf(DoneTime(service_case, action, kNow + absl::Hours(1), kNow).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  *action.add_checks()->mutable_act()->mutable_time() = ToProto(kNow - absl::Hours(5));
  EXPECT_TRUE(DoneTime(service_case, action, kNow - absl::Hours(5), kNow).ok());
  EXPECT_EQ(ReasonOf(DoneTime(service_case, action, kNow - absl::Hours(6), kNow).status()),
            v1::ERROR_REASON_FIELD_INVALID);
}

v1::CorrectiveAction Done(absl::Time done) {
  v1::CorrectiveAction action = Planned();
  action.set_name("cases/C2026-000001/correctiveActions/3");
  action.set_service_case("cases/C2026-000001");
  action.set_state(v1::CORRECTIVE_ACTION_STATE_DONE);
  action.set_product("products/7");
  action.set_nonconforming_item("Brake pad");
  *action.mutable_done_time() = ToProto(done);
  return action;
}

TEST(RecurrenceRulesTest, TheSameProductAndItemAfterItWasDone) {
  const v1::CorrectiveAction action = Done(kNow - absl::Hours(24));
  EXPECT_TRUE(IsRecurrence(action, CaseAbout({"Valve", " brake PAD "}))) << "as items are compared";
  EXPECT_TRUE(IsRecurrence(action, CaseAbout({"ＢＲＡＫＥ\u3000\u00a0Ｐａｄ\u200b"})))
      << "whatever its width and spaces";
  EXPECT_FALSE(IsRecurrence(action, CaseAbout({"Valve"})));
  EXPECT_FALSE(IsRecurrence(action, CaseAbout({})));
  v1::Case other = CaseAbout({"Brake pad"});
  other.set_product("products/8");
  EXPECT_FALSE(IsRecurrence(action, other));
  other = CaseAbout({"Brake pad"});
  other.set_name(action.service_case());
  EXPECT_FALSE(IsRecurrence(action, other)) << "the case that it follows from";
  other = CaseAbout({"Brake pad"});
  other.clear_product();
  v1::CorrectiveAction of_none = action;
  of_none.clear_product();
  EXPECT_FALSE(IsRecurrence(of_none, other)) << "no product is not the same product";
  v1::CorrectiveAction without_item = action;
  without_item.clear_nonconforming_item();
  EXPECT_FALSE(IsRecurrence(without_item, CaseAbout({"", "Brake pad"})));
}

TEST(RecurrenceRulesTest, WhatWasEnteredBeforeItWasDoneIsNone) {
  v1::Case service_case = CaseAbout({"Brake pad"});
  EXPECT_TRUE(IsRecurrence(Done(kNow), service_case));
  EXPECT_FALSE(IsRecurrence(Done(kNow + absl::Seconds(1)), service_case));
  *service_case.mutable_fault_time() = ToProto(kNow - absl::Hours(2400));
  EXPECT_TRUE(IsRecurrence(Done(kNow - absl::Hours(24)), service_case)) << "whatever is said of the past";
  service_case.set_state(v1::CASE_STATE_REFUSED);
  EXPECT_FALSE(IsRecurrence(Done(kNow - absl::Hours(24)), service_case)) << "there is no such trouble";
}

TEST(RecurrenceRulesTest, OnlyWhatIsCarriedOutRecurs) {
  for (int state = 1; state <= 5; ++state) {
    v1::CorrectiveAction action = Done(kNow - absl::Hours(1));
    action.set_state(static_cast<v1::CorrectiveActionState>(state));
    const bool done = state == v1::CORRECTIVE_ACTION_STATE_DONE || state == v1::CORRECTIVE_ACTION_STATE_EFFECTIVE ||
                      state == v1::CORRECTIVE_ACTION_STATE_REOPENED;
    EXPECT_EQ(IsRecurrence(action, CaseAbout({"Brake pad"})), done) << Word(action.state());
  }
}

TEST(RecurrenceRulesTest, ARecurrenceReopensTheCheck) {
  v1::CorrectiveAction action = Done(kNow - absl::Hours(1));
  const v1::Case service_case = CaseAbout({"Valve", "BRAKE PAD"});
  ASSERT_TRUE(AddRecurrence(service_case, kNow, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_REOPENED);
  EXPECT_EQ(action.recurrence_count(), 1);
  ASSERT_EQ(action.recurrences_size(), 1);
  EXPECT_EQ(action.recurrences(0).service_case(), service_case.name());
  EXPECT_EQ(action.recurrences(0).item(), "BRAKE PAD") << "in the words of that case";
  EXPECT_EQ(FromProto(action.recurrences(0).time()), kNow);
}

TEST(RecurrenceRulesTest, ARecurrenceTakenBackLeavesWhatTheCheckBeforeSaid) {
  const v1::Case one = CaseAbout({"Brake pad"});
  v1::Case other = one;
  other.set_name("cases/C2026-000010");
  const auto recurring = [&](std::optional<bool> checked) {
    v1::CorrectiveAction action = Done(kNow - absl::Hours(9));
    if (checked.has_value()) {
      action.add_checks()->set_effective(*checked);
      *action.mutable_checks(0)->mutable_act()->mutable_time() = ToProto(kNow - absl::Hours(5));
      if (*checked) action.set_state(v1::CORRECTIVE_ACTION_STATE_EFFECTIVE);
    }
    EXPECT_TRUE(AddRecurrence(one, kNow - absl::Hours(2), action).ok());
    return action;
  };
  v1::CorrectiveAction action = recurring(std::nullopt);
  ASSERT_TRUE(WithdrawRecurrence(one, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_DONE);
  EXPECT_EQ(action.recurrence_count(), 0);
  EXPECT_EQ(action.recurrences_size(), 0);
  action = recurring(false);  // not effective, done anew, not checked since
  ASSERT_TRUE(WithdrawRecurrence(one, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_DONE);
  action = recurring(true);
  ASSERT_TRUE(WithdrawRecurrence(one, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_EFFECTIVE);
  // Another that has come since the check keeps it open; one from before the check does not.
  action = recurring(true);
  ASSERT_TRUE(AddRecurrence(other, kNow, action).ok());
  ASSERT_TRUE(WithdrawRecurrence(one, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_REOPENED);
  EXPECT_EQ(action.recurrence_count(), 1);
  *action.mutable_checks(0)->mutable_act()->mutable_time() = ToProto(kNow + absl::Hours(1));
  ASSERT_TRUE(AddRecurrence(one, kNow + absl::Hours(2), action).ok());
  ASSERT_TRUE(WithdrawRecurrence(one, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_EFFECTIVE);
  // What is open is open for another reason.
  action.set_state(v1::CORRECTIVE_ACTION_STATE_OPEN);
  ASSERT_TRUE(WithdrawRecurrence(other, action).ok());
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_OPEN);
}

TEST(RecurrenceRulesTest, TheNewestAreKeptAndAllAreCounted) {
  v1::CorrectiveAction action = Done(kNow - absl::Hours(1));
  for (int i = 0; i < kMostRecurrences + 5; ++i) {
    v1::Case service_case = CaseAbout({"Brake pad"});
    service_case.set_name(absl::StrCat("cases/C2026-1", i));
    ASSERT_TRUE(AddRecurrence(service_case, kNow, action).ok());
  }
  EXPECT_EQ(action.recurrence_count(), kMostRecurrences + 5);
  ASSERT_EQ(action.recurrences_size(), kMostRecurrences);
  EXPECT_EQ(action.recurrences(0).service_case(), "cases/C2026-15");
  EXPECT_EQ(action.recurrences(kMostRecurrences - 1).service_case(),
            absl::StrCat("cases/C2026-1", kMostRecurrences + 4));
}

}  // namespace
}  // namespace aftersales
