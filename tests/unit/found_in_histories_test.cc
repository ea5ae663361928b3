// Mistakes that random histories brought to light, each as short as it gets.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"
#include "tests/unit/rule_desk.h"

namespace aftersales::policy {
namespace {

class FoundInHistories : public ::testing::Test {
 protected:
  void Rules(const std::string& rules) {
    pack_ = Parsed("name: 'p' title: 'P' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n" + rules);
    book_ = BookOf(*pack_);
    desk_ = std::make_unique<Desk>(book_);
  }
  // So many hours after the start.
  void Happens(int hour, v1::EventType type, const std::map<std::string, std::string>& facts = {}) {
    v1::Event event = EventAt(type, kStart + absl::Hours(hour));
    event.mutable_facts()->insert(facts.begin(), facts.end());
    if (type == v1::EVENT_TYPE_CASE_PAUSED)
      event.mutable_service_case()->mutable_pause()->set_cause(v1::PAUSE_CAUSE_OTHER);
    desk_->Take(event);
  }
  const v1::Obligation& Newest() const { return desk_->owed().back(); }
  static int HourOf(const google::protobuf::Timestamp& time) {
    return static_cast<int>(absl::ToInt64Hours(FromProto(time) - kStart));
  }

  static constexpr absl::Time kStart = absl::FromUnixSeconds(1790000000);
  std::shared_ptr<const Pack> pack_;
  Book book_;
  std::unique_ptr<Desk> desk_;
};

TEST_F(FoundInHistories, TheTimeThatACaseWasClosedUsesUpNoPause) {
  Rules(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 100 } met_by { event: "
      "'case-accepted' } "
      "pause_on: 'other' pause_at_most { hours: 10 } on_reopen: GO_ON }");
  Happens(0, v1::EVENT_TYPE_CASE_OPENED);
  Happens(1, v1::EVENT_TYPE_CASE_ACCEPTED);
  Happens(51, v1::EVENT_TYPE_CASE_REOPENED);
  EXPECT_EQ(HourOf(Newest().due_time()), 150);
  Happens(60, v1::EVENT_TYPE_CASE_PAUSED);
  Happens(64, v1::EVENT_TYPE_CASE_RESUMED);
  EXPECT_EQ(HourOf(Newest().due_time()), 154);
}

TEST_F(FoundInHistories, WhatWasMetBeforeItsClockBeganGoesOnFromItsBeginning) {
  Rules(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 100 } met_by { event: "
      "'case-accepted' } "
      "on_reopen: GO_ON }");
  Happens(5, v1::EVENT_TYPE_CASE_OPENED);
  Happens(2, v1::EVENT_TYPE_CASE_ACCEPTED);
  Happens(15, v1::EVENT_TYPE_CASE_REOPENED);
  ASSERT_EQ(Newest().pauses_size(), 1);
  EXPECT_EQ(HourOf(Newest().pauses(0).start_time()), 5);
  EXPECT_EQ(HourOf(Newest().due_time()), 115);
}

TEST_F(FoundInHistories, WhatTheReopeningItselfEndedIsOwedAgain) {
  Rules(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 100 } met_by { event: "
      "'case-accepted' } "
      "superseded_on: 'case-reopened' on_reopen: ANEW }");
  Happens(0, v1::EVENT_TYPE_CASE_OPENED);
  Happens(10, v1::EVENT_TYPE_CASE_REOPENED);
  ASSERT_EQ(desk_->owed().size(), 2u);
  EXPECT_EQ(HourOf(Newest().due_time()), 110);
}

TEST_F(FoundInHistories, ALimitThatComesBackIsNotEscalatedAgain) {
  Rules(
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' within { where { emergency: 'true' } hours: "
      "10 } "
      "met_by { event: 'case-accepted' } escalate { overdue_minutes: 60 to: 'executive' } }");
  Happens(0, v1::EVENT_TYPE_CASE_OPENED, {{"emergency", "true"}});
  desk_->Scan(kStart + absl::Hours(12));
  Happens(13, v1::EVENT_TYPE_CASE_CHANGED, {{"emergency", "false"}});
  EXPECT_FALSE(Newest().has_due_time());
  Happens(14, v1::EVENT_TYPE_CASE_CHANGED, {{"emergency", "true"}});
  EXPECT_EQ(HourOf(Newest().due_time()), 10);
  EXPECT_FALSE(Newest().has_fire_time());
  EXPECT_TRUE(Newest().escalations(0).has_fired_time());
}

TEST_F(FoundInHistories, ADeadlineThatHadPassedIsNotPutOffByAPause) {
  Rules(
      "obligation { kind: 'a' clauses: 'X' on: 'case-accepted' by: 'quality' within { customer_deadline: true } "
      "met_by { event: 'visit-checked-in' } pause_on: 'other' }");
  Happens(0, v1::EVENT_TYPE_CASE_OPENED);
  Happens(9, v1::EVENT_TYPE_CASE_PAUSED);
  v1::Event accepted = EventAt(v1::EVENT_TYPE_CASE_ACCEPTED, kStart + absl::Hours(20));
  *accepted.mutable_customer_deadline() = ToProto(kStart + absl::Hours(8));
  desk_->Take(accepted);
  EXPECT_EQ(HourOf(Newest().due_time()), 8);
}

TEST_F(FoundInHistories, ADutyDoesNotTakeOverWhatWasToldOfTheOneBeforeIt) {
  Rules(
      "obligation { kind: 'a' clauses: 'X' on: 'satisfaction-recorded' where { satisfied: 'false' } by: 'quality' "
      "within { hours: 10 } met_by { event: 'document-filed' } superseded_on: 'satisfaction-recorded' }");
  Happens(0, v1::EVENT_TYPE_SATISFACTION_RECORDED, {{"satisfied", "false"}});
  desk_->Scan(kStart + absl::Hours(11));
  Happens(12, v1::EVENT_TYPE_SATISFACTION_RECORDED, {{"satisfied", "false"}});
  const std::vector<v1::Obligation> replayed = Replay(book_, "cases/1", desk_->recorded());
  ASSERT_EQ(replayed.size(), 2u);
  EXPECT_TRUE(replayed[0].has_breached_time());
  EXPECT_FALSE(replayed[1].has_breached_time());
}

}  // namespace
}  // namespace aftersales::policy
