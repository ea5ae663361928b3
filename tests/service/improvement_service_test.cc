// Meetings of departments and corrective actions, on both engines. What comes back: recurrences_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aftersales/v1/access.pb.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/directory/directory_store.h"
#include "tests/service/improvement_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ImprovementServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  template <typename Request, typename Reply>
  v1::ErrorReason Refused(absl::StatusOr<Reply> (ImprovementService::*method)(Call&, const Request&),
                          const Request& request, const Person& person = kQuality) {
    return ReasonOf(office_.Do(method, request, person).status());
  }
  // The same request thrice: as a trial, for good, and repeated.
  template <typename Request, typename Reply>
  Reply DoneOnce(absl::StatusOr<Reply> (ImprovementService::*method)(Call&, const Request&), const Request& request,
                 const Person& person = kQuality) {
    const int64_t before = office_.Number("SELECT COUNT(*) FROM event");
    Call trial = office_.By(person);
    trial.validate_only = true;
    EXPECT_TRUE((office_.improvement.*method)(trial, request).ok());
    EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM event"), before) << "a trial changes nothing";
    Call first = office_.By(person), second = first, other = first;
    const Reply reply = Must((office_.improvement.*method)(first, request));
    const int64_t after = office_.Number("SELECT COUNT(*) FROM event");
    EXPECT_GT(after, before);
    EXPECT_EQ(Must((office_.improvement.*method)(second, request)).SerializeAsString(), reply.SerializeAsString());
    EXPECT_EQ(office_.Number("SELECT COUNT(*) FROM event"), after) << "a repeat is done once";
    EXPECT_EQ(ReasonOf((office_.improvement.*method)(other, Request()).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
    return reply;
  }
  std::vector<std::string> Listed(const v1::CorrectiveActionFilter& filter, int page_size = 0) {
    v1::ListCorrectiveActionsRequest request;
    *request.mutable_filter() = filter;
    request.set_page_size(page_size);
    std::vector<std::string> names;
    do {
      const v1::ListCorrectiveActionsResponse page =
          Must(office_.Do(&ImprovementService::ListCorrectiveActions, request));
      for (const v1::CorrectiveAction& action : page.corrective_actions()) names.push_back(action.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  void AddPrincipal(const std::string& name) {
    v1::Principal principal;
    principal.set_name(name);
    Call call = office_.By(kManager);
    ASSERT_TRUE(
        office_.db->WriteOwn(call, [&](Tx& tx) { return TableOf<v1::Principal>().Insert(tx, principal); }).ok());
  }

  ImprovementOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, ImprovementServiceTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(ImprovementServiceTest, AMeetingIsConvenedAndHeld) {
  const std::string name = office_.Open().name();
  EXPECT_THAT(office_.OpenKinds(name), Contains("meeting"));
  v1::ConveneMeetingRequest before = office_.Convening(name);
  *before.mutable_meeting()->mutable_meeting_time() =
      ToProto(FromProto(office_.Get(name).notice_time()) - absl::Hours(1));
  EXPECT_EQ(Refused(&ImprovementService::ConveneMeeting, before), v1::ERROR_REASON_FIELD_INVALID)
      << "nobody knew of it then";
  const v1::Meeting convened = DoneOnce(&ImprovementService::ConveneMeeting, office_.Convening(name));
  EXPECT_TRUE(absl::StartsWith(convened.name(), name + "/meetings/"));
  EXPECT_EQ(convened.state(), v1::MEETING_STATE_CONVENED);
  EXPECT_EQ(convened.service_case(), name);
  EXPECT_EQ(convened.convened_by(), "principals/quality");
  const v1::Event told = office_.Newest(name, v1::EVENT_TYPE_MEETING_CONVENED);
  EXPECT_EQ(told.subject(), convened.name());
  EXPECT_EQ(told.addressee(), v1::ROLE_TECHNOLOGY);
  EXPECT_THAT(told.copies(), ElementsAre(v1::ROLE_PRODUCTION)) << "all who are invited are told";
  EXPECT_EQ(FromProto(told.promised_time()), FromProto(convened.meeting_time()));
  EXPECT_THAT(office_.OpenKinds(name), Not(Contains("meeting")));

  office_.clock.Advance(absl::Hours(25));
  auto holding = office_.Holding(convened.name());
  holding.mutable_attendance(0)->set_person("Li Na");
  *holding.mutable_time() = At(office_.clock.Now() - absl::Hours(1));
  const v1::Meeting held = DoneOnce(&ImprovementService::HoldMeeting, holding, kManager);
  EXPECT_EQ(held.state(), v1::MEETING_STATE_HELD);
  EXPECT_EQ(held.attendance(0).person(), "Li Na");
  EXPECT_EQ(held.minutes(), "The pads are too soft.");
  EXPECT_EQ(held.recorded_by(), "principals/manager");
  EXPECT_EQ(FromProto(office_.Newest(name, v1::EVENT_TYPE_MEETING_HELD).time()), FromProto(held.held_time()));
  v1::GetMeetingRequest get;
  get.set_name(held.name());
  EXPECT_EQ(Must(office_.Do(&ImprovementService::GetMeeting, get)).SerializeAsString(), held.SerializeAsString());
}

TEST_P(ImprovementServiceTest, AMeetingIsCalledOffAndTheyAreListedInTheirOrder) {
  const std::string name = office_.Open().name();
  const v1::Meeting first = office_.Convene(name);
  office_.clock.Advance(absl::Minutes(1));
  const v1::Meeting second = office_.Convene(name);
  auto cancelling = On<v1::CancelMeetingRequest>(first.name());
  cancelling.set_reason("Nobody has time.");
  const v1::Meeting cancelled = DoneOnce(&ImprovementService::CancelMeeting, cancelling);
  EXPECT_EQ(cancelled.state(), v1::MEETING_STATE_CANCELLED);
  EXPECT_EQ(cancelled.cancel_reason(), "Nobody has time.");
  EXPECT_EQ(office_.Newest(name, v1::EVENT_TYPE_MEETING_CANCELLED).addressee(), v1::ROLE_TECHNOLOGY);
  v1::ListMeetingsRequest list;
  list.set_parent(name);
  const v1::ListMeetingsResponse listed = Must(office_.Do(&ImprovementService::ListMeetings, list));
  ASSERT_EQ(listed.meetings_size(), 2);
  EXPECT_EQ(listed.meetings(0).name(), first.name());
  EXPECT_EQ(listed.meetings(1).name(), second.name());
  list.set_parent("cases/C2026-999999");
  EXPECT_EQ(Refused(&ImprovementService::ListMeetings, list), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(ImprovementServiceTest, MeetingsThatCannotBe) {
  const std::string name = office_.Open().name();
  const absl::Status status =
      office_.Do(&ImprovementService::ConveneMeeting, office_.Convening(name), kDesigner).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(MetadataOf(status)["clauses"], "T-2");
  auto convening = office_.Convening(name);
  convening.mutable_meeting()->add_departments(v1::ROLE_CUSTOMER);
  EXPECT_EQ(Refused(&ImprovementService::ConveneMeeting, convening), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(Refused(&ImprovementService::ConveneMeeting, office_.Convening("cases/C2026-999999")),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);

  const std::string meeting = office_.Convene(name).name();
  auto holding = office_.Holding(meeting);
  *holding.mutable_time() = At(office_.clock.Now() + absl::Hours(1));
  EXPECT_EQ(Refused(&ImprovementService::HoldMeeting, holding), v1::ERROR_REASON_FIELD_INVALID) << "in the future";
  *holding.mutable_time() = At(FromProto(office_.Get(name).notice_time()) - absl::Seconds(1));
  EXPECT_EQ(Refused(&ImprovementService::HoldMeeting, holding), v1::ERROR_REASON_FIELD_INVALID) << "before the notice";
  holding = office_.Holding(meeting);
  holding.set_etag("77");
  EXPECT_EQ(Refused(&ImprovementService::HoldMeeting, holding), v1::ERROR_REASON_ETAG_MISMATCH);
  holding = office_.Holding(meeting);
  holding.mutable_attendance(0)->set_department(v1::ROLE_CUSTOMER);
  EXPECT_EQ(Refused(&ImprovementService::HoldMeeting, holding), v1::ERROR_REASON_FIELD_INVALID);
  Must(office_.Do(&ImprovementService::HoldMeeting, office_.Holding(meeting)));
  EXPECT_EQ(Refused(&ImprovementService::HoldMeeting, office_.Holding(meeting)), v1::ERROR_REASON_STATE_FORBIDS);
  auto cancelling = On<v1::CancelMeetingRequest>(meeting);
  cancelling.set_reason("Too late.");
  EXPECT_EQ(Refused(&ImprovementService::CancelMeeting, cancelling), v1::ERROR_REASON_STATE_FORBIDS);
  cancelling.set_name(office_.Convene(name).name());
  for (const v1::CaseState state : {v1::CASE_STATE_REFUSED, v1::CASE_STATE_ARCHIVED}) {
    office_.Put(name, state);
    EXPECT_EQ(Refused(&ImprovementService::ConveneMeeting, office_.Convening(name)), v1::ERROR_REASON_STATE_FORBIDS);
    const auto cancelled = office_.Do(&ImprovementService::CancelMeeting, cancelling);
    EXPECT_EQ(cancelled.ok(), state == v1::CASE_STATE_REFUSED) << "nobody meets about it any more";
  }
  office_.Put(name, v1::CASE_STATE_CLOSED);
  EXPECT_TRUE(office_.Do(&ImprovementService::ConveneMeeting, office_.Convening(name)).ok());
}

TEST_P(ImprovementServiceTest, AnActionIsPlannedForACase) {
  const std::string name = office_.Open().name();
  auto planning = office_.Planning(name);
  planning.mutable_corrective_action()->set_kind(v1::CORRECTIVE_ACTION_KIND_CONTAINMENT);
  planning.mutable_corrective_action()->set_meeting(office_.Convene(name).name());
  EXPECT_THAT(office_.OpenKinds(name), Contains("contained"));
  const v1::CorrectiveAction action = DoneOnce(&ImprovementService::CreateCorrectiveAction, planning);
  EXPECT_TRUE(absl::StartsWith(action.name(), name + "/correctiveActions/"));
  EXPECT_EQ(action.state(), v1::CORRECTIVE_ACTION_STATE_OPEN);
  EXPECT_EQ(action.product(), office_.product.name()) << "the case's";
  EXPECT_EQ(action.nonconforming_item(), "Brake pad") << "the case's only one";
  EXPECT_EQ(action.set_by(), "principals/quality");
  const v1::Event event = office_.Newest(name, v1::EVENT_TYPE_CORRECTIVE_ACTION_PLANNED);
  EXPECT_EQ(event.facts().at("action"), "containment");
  EXPECT_EQ(event.facts().at("addressee"), "production");
  EXPECT_EQ(event.addressee(), v1::ROLE_PRODUCTION);
  EXPECT_EQ(FromProto(event.promised_time()), FromProto(action.due_time()));
  EXPECT_THAT(office_.OpenKinds(name), Not(Contains("contained")));
  EXPECT_EQ(office_.Action(action.name()).SerializeAsString(), action.SerializeAsString());
}

TEST_P(ImprovementServiceTest, ActionsThatCannotBe) {
  const std::string name = office_.Open().name();
  using Spoil = std::function<void(v1::CorrectiveAction&)>;
  const auto refused = [&](const Spoil& spoil) {
    auto planning = office_.Planning(name);
    spoil(*planning.mutable_corrective_action());
    const absl::Status status = office_.Do(&ImprovementService::CreateCorrectiveAction, planning).status();
    return absl::StrCat(v1::ErrorReason_Name(ReasonOf(status)), " ", std::string(status.message()));
  };
  EXPECT_THAT(refused([](auto& action) { action.set_owner(v1::ROLE_AUDITOR); }), HasSubstr("FIELD_INVALID"));
  EXPECT_THAT(refused([&](auto& action) { *action.mutable_due_time() = At(office_.clock.Now()); }),
              HasSubstr("FIELD_INVALID"));
  EXPECT_THAT(refused([](auto& action) { action.set_product("products/999"); }), HasSubstr("REFERENCE_INVALID"));
  EXPECT_THAT(refused([](auto& action) { action.set_owner_principal("principals/nobody"); }),
              HasSubstr("REFERENCE_INVALID"));
  const std::string elsewhere = office_.Convene(office_.Open().name()).name();
  EXPECT_THAT(refused([&](auto& action) { action.set_meeting(elsewhere); }), HasSubstr("no meeting about " + name));
  EXPECT_THAT(refused([&](auto& action) { action.set_meeting(name + "/meetings/1"); }), HasSubstr("REFERENCE_INVALID"));
  for (const v1::CaseState state : {v1::CASE_STATE_REFUSED, v1::CASE_STATE_ARCHIVED}) {
    office_.Put(name, state);
    EXPECT_THAT(refused([](auto&) {}), HasSubstr("STATE_FORBIDS"));
  }
}

TEST_P(ImprovementServiceTest, ACaseHasAHundredActionsAtMost) {
  const std::string name = office_.Open().name();
  for (int i = 0; i < 100; ++i) office_.Plan(name);
  const absl::Status status = office_.Do(&ImprovementService::CreateCorrectiveAction, office_.Planning(name)).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(status.message()), HasSubstr("100 corrective actions"));
}

TEST_P(ImprovementServiceTest, AnActionIsDoneByWhoeverOwesItAndFoundEffectiveByAnother) {
  AddPrincipal("principals/designer");
  const std::string name = office_.Accepted().name();
  auto planning = office_.Planning(name);
  planning.mutable_corrective_action()->set_owner_principal("principals/designer");
  const std::string action = office_.Plan(planning).name();
  EXPECT_EQ(ReasonOf(office_.Check(action, true).status()), v1::ERROR_REASON_STATE_FORBIDS) << "not done yet";
  const Person stranger{"principals/keeper", {v1::ROLE_WAREHOUSE}};
  EXPECT_EQ(ReasonOf(office_.Complete(action, stranger).status()), v1::ERROR_REASON_ROLE_MISSING);
  auto completing = On<v1::CompleteCorrectiveActionRequest>(action);
  completing.set_result("Pads of grade 3 are fitted.");
  completing.mutable_evidence()->set_reference("order 12");
  const v1::CorrectiveAction done = DoneOnce(&ImprovementService::CompleteCorrectiveAction, completing, kForeman);
  EXPECT_EQ(done.state(), v1::CORRECTIVE_ACTION_STATE_DONE);
  EXPECT_EQ(done.done_by(), "principals/foreman");
  EXPECT_EQ(FromProto(done.done_time()), office_.clock.Now());
  EXPECT_EQ(done.evidence().reference(), "order 12");
  EXPECT_EQ(office_.Newest(name, v1::EVENT_TYPE_CORRECTIVE_ACTION_DONE).facts().at("action"), "corrective");
  EXPECT_THAT(office_.OpenKinds(name), Contains("effect-checked"));
  EXPECT_EQ(ReasonOf(office_.Complete(action).status()), v1::ERROR_REASON_STATE_FORBIDS) << "done already";

  EXPECT_EQ(ReasonOf(office_.Check(action, true, kForeman).status()), v1::ERROR_REASON_ROLE_MISSING);
  const Person did{"principals/foreman", {v1::ROLE_QUALITY}}, owed{"principals/designer", {v1::ROLE_QUALITY}};
  EXPECT_EQ(ReasonOf(office_.Check(action, true, did).status()), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(office_.Check(action, true, owed).status()), v1::ERROR_REASON_OWN_SUBMISSION);
  auto checking = On<v1::CheckCorrectiveActionRequest>(action);
  checking.set_role(v1::ROLE_QUALITY);
  checking.set_effective(true);
  EXPECT_EQ(Refused(&ImprovementService::CheckCorrectiveAction, checking), v1::ERROR_REASON_FIELD_INVALID)
      << "on nothing";
  checking.mutable_evidence()->set_text("Ten units run for a month.");
  checking.set_comment("As expected.");
  const v1::CorrectiveAction checked = DoneOnce(&ImprovementService::CheckCorrectiveAction, checking);
  EXPECT_EQ(checked.state(), v1::CORRECTIVE_ACTION_STATE_EFFECTIVE);
  EXPECT_EQ(checked.checked_by(), "principals/quality");
  ASSERT_EQ(checked.checks_size(), 1);
  EXPECT_TRUE(checked.checks(0).effective());
  EXPECT_EQ(checked.checks(0).act().role(), v1::ROLE_QUALITY);
  EXPECT_EQ(checked.checks(0).act().comment(), "As expected.");
  const v1::Event event = office_.Newest(name, v1::EVENT_TYPE_CORRECTIVE_ACTION_CHECKED);
  EXPECT_EQ(event.facts().at("effective"), "true");
  EXPECT_EQ(event.role(), v1::ROLE_QUALITY);
  EXPECT_THAT(office_.OpenKinds(name), Not(Contains("effect-checked")));
  EXPECT_EQ(ReasonOf(office_.Check(action, true).status()), v1::ERROR_REASON_STATE_FORBIDS) << "checked already";
}

TEST_P(ImprovementServiceTest, WhatIsNotEffectiveIsDoneAgain) {
  const std::string name = office_.Accepted().name();
  const std::string action = office_.Done(name).name();
  const v1::CorrectiveAction open = Must(office_.Check(action, false));
  EXPECT_EQ(open.state(), v1::CORRECTIVE_ACTION_STATE_OPEN);
  EXPECT_EQ(open.done_by(), "") << "it is to be done again";
  EXPECT_FALSE(open.has_done_time());
  EXPECT_FALSE(open.checks(0).effective());
  EXPECT_THAT(office_.OpenKinds(name), Contains("done-again"));
  const v1::CorrectiveAction done = Must(office_.Complete(action));
  EXPECT_EQ(done.state(), v1::CORRECTIVE_ACTION_STATE_DONE);
  EXPECT_THAT(office_.OpenKinds(name), Not(Contains("done-again")));
  EXPECT_EQ(Must(office_.Check(action, true)).checks_size(), 2);
}

TEST_P(ImprovementServiceTest, WhoeverEverDidItDoesNotCheckIt) {
  const std::string name = office_.Accepted().name();
  const std::string action = office_.Plan(name).name();
  const Person both{"principals/first", {v1::ROLE_QUALITY, v1::ROLE_PRODUCTION}};
  ASSERT_TRUE(office_.Complete(action, both).ok());
  ASSERT_TRUE(office_.Check(action, false).ok());
  const v1::CorrectiveAction again = Must(office_.Complete(action));
  EXPECT_THAT(again.completers(), ElementsAre("principals/first", again.done_by()));
  EXPECT_EQ(ReasonOf(office_.Check(action, true, both).status()), v1::ERROR_REASON_OWN_SUBMISSION)
      << "did it before another did it again";
  EXPECT_TRUE(office_.Check(action, true).ok());
}

TEST_P(ImprovementServiceTest, AnActionIsNotDoneBeforeTheNoticeOrBeforeItWasFoundNotEffective) {
  const std::string action = office_.Plan(office_.Accepted().name()).name();
  EXPECT_EQ(ReasonOf(office_.Complete(action, kForeman, absl::Hours(2)).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_TRUE(office_.Complete(action, kForeman, absl::Minutes(30)).ok()) << "before it was entered";
  ASSERT_TRUE(office_.Check(action, false).ok());
  office_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(ReasonOf(office_.Complete(action, kForeman, absl::Minutes(90)).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_TRUE(office_.Complete(action, kForeman, absl::Minutes(30)).ok());
}

TEST_P(ImprovementServiceTest, ActionsAreCarriedOutAndCheckedAfterTheCaseWasClosedAndFiled) {
  const std::string name = office_.Accepted().name();
  const std::string closed = office_.Plan(name).name(), filed = office_.Plan(name).name();
  office_.Put(name, v1::CASE_STATE_CLOSED);
  EXPECT_TRUE(office_.Complete(closed).ok());
  office_.Put(name, v1::CASE_STATE_ARCHIVED);
  EXPECT_TRUE(office_.Check(closed, true).ok());
  EXPECT_TRUE(office_.Complete(filed).ok());
  const std::string refused = office_.Open().name();
  const std::string given_up = office_.Plan(refused).name();
  office_.Put(refused, v1::CASE_STATE_REFUSED);
  EXPECT_EQ(ReasonOf(office_.Complete(given_up).status()), v1::ERROR_REASON_STATE_FORBIDS);
  // It cannot be carried out any more, so it is given up.
  auto cancelling = On<v1::CancelCorrectiveActionRequest>(given_up);
  cancelling.set_reason("The case was refused.");
  EXPECT_EQ(Must(office_.Do(&ImprovementService::CancelCorrectiveAction, cancelling)).state(),
            v1::CORRECTIVE_ACTION_STATE_CANCELLED);
}

TEST_P(ImprovementServiceTest, AnActionIsGivenUpWhileItIsOpen) {
  const std::string name = office_.Accepted().name();
  const v1::CorrectiveAction action = office_.Plan(name);
  auto cancelling = On<v1::CancelCorrectiveActionRequest>(action.name(), "99");
  cancelling.set_reason("The product is not made any more.");
  EXPECT_EQ(Refused(&ImprovementService::CancelCorrectiveAction, cancelling), v1::ERROR_REASON_ETAG_MISMATCH);
  cancelling.set_etag(action.etag());
  const v1::CorrectiveAction cancelled = DoneOnce(&ImprovementService::CancelCorrectiveAction, cancelling);
  EXPECT_EQ(cancelled.state(), v1::CORRECTIVE_ACTION_STATE_CANCELLED);
  EXPECT_EQ(cancelled.cancel_reason(), "The product is not made any more.");
  EXPECT_EQ(ReasonOf(office_.Complete(action.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  auto again = On<v1::CancelCorrectiveActionRequest>(office_.Done(name).name());
  again.set_reason("Too late.");
  EXPECT_EQ(Refused(&ImprovementService::CancelCorrectiveAction, again), v1::ERROR_REASON_STATE_FORBIDS);
}

TEST_P(ImprovementServiceTest, WhatIsDueFirstIsListedFirst) {
  AddPrincipal("principals/foreman");
  const std::string one = office_.Open().name(), other = office_.Open().name();
  const auto plan = [&](const std::string& service_case, int days, v1::Role owner = v1::ROLE_PRODUCTION) {
    auto planning = office_.Planning(service_case);
    *planning.mutable_corrective_action()->mutable_due_time() = At(office_.clock.Now() + absl::Hours(24 * days));
    planning.mutable_corrective_action()->set_owner(owner);
    if (days == 9) planning.mutable_corrective_action()->set_owner_principal("principals/foreman");
    if (days == 3) planning.mutable_corrective_action()->set_product(office_.other_product.name());
    return office_.Plan(planning).name();
  };
  const std::string late = plan(one, 9), soon = plan(other, 1), middle = plan(one, 3, v1::ROLE_TECHNOLOGY);
  v1::CorrectiveActionFilter filter;
  for (const int page_size : {1, 2, 50}) EXPECT_THAT(Listed(filter, page_size), ElementsAre(soon, middle, late));
  filter.set_service_case(one);
  EXPECT_THAT(Listed(filter), ElementsAre(middle, late));
  filter.set_owner(v1::ROLE_PRODUCTION);
  EXPECT_THAT(Listed(filter), ElementsAre(late));
  filter.clear_service_case();
  EXPECT_THAT(Listed(filter), ElementsAre(soon, late));
  ASSERT_TRUE(office_.Complete(soon).ok());
  filter.set_state(v1::CORRECTIVE_ACTION_STATE_OPEN);
  EXPECT_THAT(Listed(filter), ElementsAre(late));
  filter.Clear();
  filter.set_product(office_.other_product.name());
  EXPECT_THAT(Listed(filter), ElementsAre(middle));
  filter.Clear();
  filter.set_owner_principal("principals/foreman");
  EXPECT_THAT(Listed(filter), ElementsAre(late));
  filter.set_owner_principal("principals/nobody");
  EXPECT_THAT(Listed(filter), IsEmpty());
}

}  // namespace
}  // namespace aftersales
