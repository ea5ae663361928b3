#include "server/cases/contact_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/cases/case_rules.h"

namespace aftersales {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

TEST(ContactRulesTest, EveryPairOfStateAndStepIsAllowedOrRefusedAsTheTableSays) {
  std::set<std::pair<int, int>> allowed;
  for (const ContactTransition& t : kContactTransitions) allowed.insert({t.from, static_cast<int>(t.step)});
  EXPECT_EQ(allowed.size(), std::size(kContactTransitions)) << "a pair stands twice";
  size_t taken = 0;
  for (int state = v1::ContactState_MIN; state <= v1::ContactState_MAX; ++state) {
    for (const ContactStep step : kContactSteps) {
      v1::Contact contact;
      contact.set_state(static_cast<v1::ContactState>(state));
      const absl::Status status = TakeStep(step, contact);
      EXPECT_EQ(status.ok(), allowed.count({state, static_cast<int>(step)}) == 1);
      taken += status.ok() ? 1 : 0;
      if (status.ok()) {
        EXPECT_EQ(contact.unanswered(),
                  contact.state() == v1::CONTACT_STATE_OPEN || contact.state() == v1::CONTACT_STATE_TRANSFERRED)
            << contact.state();
      } else {
        EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
        EXPECT_EQ(contact.state(), state) << "a refused step changed the state";
      }
    }
  }
  EXPECT_EQ(taken, std::size(kContactTransitions));
}

TEST(ContactRulesTest, WhatHappenedDoesNotLieInTheFuture) {
  v1::Contact contact;
  EXPECT_TRUE(SettleContactTimes(contact, kNow).ok());
  EXPECT_EQ(FromProto(contact.notice_time()), kNow);
  *contact.mutable_notice_time() = ToProto(kNow + kClockSkew);
  EXPECT_TRUE(SettleContactTimes(contact, kNow).ok());
  EXPECT_EQ(FromProto(contact.notice_time()), kNow) << "nothing happens after it was entered";
  *contact.mutable_notice_time() = ToProto(kNow + kClockSkew + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(SettleContactTimes(contact, kNow)), v1::ERROR_REASON_FIELD_INVALID);
  *contact.mutable_notice_time() = ToProto(kNow - absl::Hours(1));
  *contact.mutable_fault_time() = ToProto(kNow);
  EXPECT_FALSE(SettleContactTimes(contact, kNow).ok()) << "reported before it happened";
}

TEST(ContactRulesTest, AChangeTakesWhatIsKnownAndKeepsWhatOnlyTheServerSets) {
  v1::Contact before;
  before.set_name("contacts/1");
  before.set_etag("3");
  before.set_state(v1::CONTACT_STATE_OPEN);
  before.set_channel(v1::CHANNEL_FAX);
  before.set_taken_by("principals/telephone");
  before.set_person("Ms Chen");
  *before.mutable_notice_time() = ToProto(kNow);
  v1::Contact wanted;
  wanted.set_name("contacts/2");
  wanted.set_state(v1::CONTACT_STATE_CLOSED);
  wanted.set_channel(v1::CHANNEL_FAX);
  wanted.set_taken_by("principals/somebody");
  wanted.set_answer("Never.");
  wanted.set_company("Harbour Railways");
  wanted.set_telephone("12345");
  wanted.add_nonconforming_items("Brake pad");
  const auto after = ChangedContact(before, wanted);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->name(), "contacts/1");
  EXPECT_EQ(after->etag(), "3");
  EXPECT_EQ(after->state(), v1::CONTACT_STATE_OPEN);
  EXPECT_EQ(after->taken_by(), "principals/telephone");
  EXPECT_EQ(after->answer(), "");
  EXPECT_EQ(after->person(), "") << "what is left out is cleared";
  EXPECT_EQ(after->company(), "Harbour Railways");
  EXPECT_EQ(after->telephone(), "12345");
  EXPECT_EQ(after->nonconforming_items_size(), 1);
  before.set_service_case("cases/C1");
  before.set_customer("customers/1");
  EXPECT_EQ(ReasonOf(ChangedContact(before, wanted).status()), v1::ERROR_REASON_FIELD_INVALID)
      << "the customer of a contact that belongs to a case stays";
  wanted.set_customer("customers/1");
  EXPECT_TRUE(ChangedContact(before, wanted).ok());
}

TEST(ContactRulesTest, WhoCanBeAskedIsADepartment) {
  int departments = 0, helping = 0;
  for (int role = v1::Role_MIN; role <= v1::Role_MAX; ++role) {
    const bool asked = CheckDepartment("department", static_cast<v1::Role>(role)).ok();
    const bool helps = CheckHelpingDepartment("department", static_cast<v1::Role>(role)).ok();
    EXPECT_TRUE(asked || !helps) << role;
    departments += asked ? 1 : 0;
    helping += helps ? 1 : 0;
  }
  EXPECT_EQ(departments, 11);
  EXPECT_EQ(helping, 9);
  EXPECT_FALSE(CheckDepartment("department", static_cast<v1::Role>(99)).ok());
}

TEST(ContactRulesTest, AnAnswerIsAskedForInTheFutureAndEvidenceSaysSomething) {
  EXPECT_TRUE(CheckAnswerBy("answer_by_time", nullptr, kNow).ok());
  auto time = ToProto(kNow);
  EXPECT_FALSE(CheckAnswerBy("answer_by_time", &time, kNow).ok());
  time = ToProto(kNow + absl::Microseconds(1));
  EXPECT_TRUE(CheckAnswerBy("answer_by_time", &time, kNow).ok());
  time = ToProto(kNow + kLongestAnswer);
  EXPECT_TRUE(CheckAnswerBy("answer_by_time", &time, kNow).ok());
  time = ToProto(kNow + kLongestAnswer + absl::Microseconds(1));
  EXPECT_EQ(ReasonOf(CheckAnswerBy("answer_by_time", &time, kNow)), v1::ERROR_REASON_FIELD_INVALID);
  v1::Evidence evidence;
  evidence.set_person("Ms Chen");
  EXPECT_FALSE(CheckEvidence("evidence", evidence, "what shows it?").ok());
  evidence.set_reference("letter 3");
  EXPECT_TRUE(CheckEvidence("evidence", evidence, "what shows it?").ok());
}

}  // namespace
}  // namespace aftersales
