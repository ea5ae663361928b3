#include "server/dispatch/dispatch_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/dispatch/dispatch_store.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DispatchServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  v1::Engineer EngineerWith(const std::string& skill, absl::Duration good_for, const std::string& region = "") {
    v1::Engineer engineer;
    engineer.set_display_name("Engineer");
    engineer.set_region(region);
    v1::Certificate& certificate = *engineer.add_certificates();
    certificate.set_skill(skill);
    certificate.set_number("77");
    *certificate.mutable_expire_time() = ToProto(shop_.clock.Now() + good_for);
    return engineer;
  }
  v1::Engineer SigningInAs(const std::string& principal) {
    v1::Engineer engineer;
    engineer.set_principal(principal);
    return shop_.AddEngineer(engineer);
  }
  Call AsEngineer(const std::string& principal) { return shop_.As(principal, {v1::ROLE_FIELD_ENGINEER}); }

  absl::StatusOr<v1::Visit> CheckIn(const std::string& visit, std::optional<absl::Time> device_time = std::nullopt) {
    v1::CheckInVisitRequest request;
    request.set_name(visit);
    if (device_time.has_value()) *request.mutable_device_time() = ToProto(*device_time);
    Call call = shop_.AsManager();
    return shop_.dispatch->CheckInVisit(call, request);
  }
  absl::StatusOr<v1::Visit> StartWork(const std::string& visit) {
    v1::StartWorkRequest request;
    request.set_name(visit);
    Call call = shop_.AsManager();
    return shop_.dispatch->StartWork(call, request);
  }
  absl::StatusOr<v1::Visit> RecordWork(const std::string& visit, const std::string& text) {
    v1::RecordWorkRequest request;
    request.set_name(visit);
    request.mutable_work()->set_text(text);
    Call call = shop_.AsManager();
    return shop_.dispatch->RecordWork(call, request);
  }
  absl::StatusOr<v1::Visit> CompleteWork(const std::string& visit) {
    v1::CompleteWorkRequest request;
    request.set_name(visit);
    request.set_summary("Pads exchanged, brake tested.");
    Call call = shop_.AsManager();
    return shop_.dispatch->CompleteWork(call, request);
  }
  absl::StatusOr<v1::Visit> RecordSatisfaction(const std::string& visit, bool satisfied) {
    v1::RecordSatisfactionRequest request;
    request.set_name(visit);
    request.set_satisfied(satisfied);
    request.mutable_evidence()->set_person("Ms Chen");
    Call call = shop_.AsManager();
    return shop_.dispatch->RecordSatisfaction(call, request);
  }
  absl::StatusOr<v1::Visit> CheckOut(const std::string& visit) {
    v1::CheckOutVisitRequest request;
    request.set_name(visit);
    Call call = shop_.AsManager();
    return shop_.dispatch->CheckOutVisit(call, request);
  }

  Workshop shop_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, DispatchServiceTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

TEST_P(DispatchServiceTest, AVisitFromPlanToDeparture) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Engineer engineer = shop_.AddEngineer({});
  v1::Visit visit = shop_.PlanVisit(service_case);
  EXPECT_EQ(visit.name(), "visits/V2026-000001");
  EXPECT_EQ(visit.state(), v1::VISIT_STATE_PLANNED);
  EXPECT_THAT(shop_.Owed(service_case.name()), ElementsAre("arrival"));
  visit = *shop_.Assign(visit, engineer);
  EXPECT_EQ(visit.state(), v1::VISIT_STATE_ASSIGNED);
  EXPECT_EQ(visit.engineer(), engineer.name());
  const absl::Time arrival = shop_.clock.Now() - absl::Minutes(20);
  visit = *CheckIn(visit.name(), arrival);
  EXPECT_EQ(visit.state(), v1::VISIT_STATE_ON_SITE);
  EXPECT_EQ(FromProto(visit.check_in_time()), arrival);
  EXPECT_EQ(FromProto(visit.check_in_record_time()), shop_.clock.Now());
  EXPECT_THAT(shop_.Owed(service_case.name()), UnorderedElementsAre("work-finished", "customer-satisfied"));
  visit = *StartWork(visit.name());
  visit = *RecordWork(visit.name(), "Pads exchanged");
  visit = *CompleteWork(visit.name());
  EXPECT_EQ(visit.state(), v1::VISIT_STATE_WORK_DONE);
  ASSERT_EQ(visit.work_records_size(), 1);
  EXPECT_EQ(visit.work_records(0).recorded_by(), "principals/manager");
  EXPECT_EQ(visit.summary(), "Pads exchanged, brake tested.");
  visit = *RecordSatisfaction(visit.name(), true);
  EXPECT_TRUE(visit.satisfied());
  shop_.clock.Advance(absl::Minutes(5));
  visit = *CheckOut(visit.name());
  EXPECT_EQ(visit.state(), v1::VISIT_STATE_LEFT);
  EXPECT_EQ(FromProto(visit.check_out_time()), shop_.clock.Now());
  EXPECT_THAT(shop_.Owed(service_case.name()), IsEmpty());
  EXPECT_THAT(shop_.EventsAbout(visit.name()),
              ElementsAre("visit-planned", "engineer-assigned", "visit-checked-in", "work-started", "work-recorded",
                          "work-completed", "satisfaction-recorded", "visit-checked-out"));

  v1::GetVisitRequest get;
  get.set_name(visit.name());
  Call call = shop_.AsManager();
  EXPECT_EQ(shop_.dispatch->GetVisit(call, get)->SerializeAsString(), visit.SerializeAsString());
}

TEST_P(DispatchServiceTest, LeavingIsRefusedUntilThePackIsContent) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit visit = shop_.VisitOnSite(service_case, shop_.AddEngineer({}));
  absl::Status refused = CheckOut(visit.name()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_THAT(ViolationsOf(refused), UnorderedElementsAre("work-finished", "customer-satisfied"));
  ASSERT_TRUE(StartWork(visit.name()).ok());
  ASSERT_TRUE(CompleteWork(visit.name()).ok());
  ASSERT_TRUE(RecordSatisfaction(visit.name(), false).ok());
  refused = CheckOut(visit.name()).status();
  EXPECT_THAT(ViolationsOf(refused), ElementsAre("customer-satisfied"));
  ASSERT_TRUE(RecordSatisfaction(visit.name(), true).ok());
  EXPECT_TRUE(CheckOut(visit.name()).ok());
}

TEST_P(DispatchServiceTest, StepsOutOfOrderAreRefusedAndChangeNothing) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit planned = shop_.PlanVisit(service_case);
  for (const absl::Status& status :
       {CheckIn(planned.name()).status(), StartWork(planned.name()).status(), RecordWork(planned.name(), "x").status(),
        CompleteWork(planned.name()).status(), RecordSatisfaction(planned.name(), true).status(),
        CheckOut(planned.name()).status()}) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STATE_FORBIDS) << status;
  }
  const v1::Visit visit = shop_.VisitOnSite(service_case, shop_.AddEngineer({}));
  EXPECT_EQ(ReasonOf(CheckIn(visit.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(shop_.Assign(visit, shop_.AddEngineer({})).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(shop_.EventsAbout(planned.name()), ElementsAre("visit-planned"));
}

TEST_P(DispatchServiceTest, ArrivalsAreNeitherInTheFutureNorBeforeTheNotice) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit visit = *shop_.Assign(shop_.PlanVisit(service_case), shop_.AddEngineer({}));
  const absl::Time notice = FromProto(service_case.notice_time());
  EXPECT_EQ(ReasonOf(CheckIn(visit.name(), shop_.clock.Now() + absl::Hours(1)).status()),
            v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(CheckIn(visit.name(), notice - absl::Seconds(1)).status()), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_TRUE(CheckIn(visit.name(), notice).ok());
}

TEST_P(DispatchServiceTest, NothingIsDoneForACaseThatIsNotWorkedOn) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit visit = shop_.VisitOnSite(service_case, shop_.AddEngineer({}));
  shop_.Close(service_case);
  EXPECT_EQ(ReasonOf(StartWork(visit.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  v1::CreateVisitRequest request;
  *request.mutable_visit() = visit;
  Call call = shop_.AsManager();
  EXPECT_EQ(ReasonOf(shop_.dispatch->CreateVisit(call, request).status()), v1::ERROR_REASON_STATE_FORBIDS);
  request.mutable_visit()->set_service_case("cases/C2026-999999");
  call = shop_.AsManager();
  EXPECT_EQ(ReasonOf(shop_.dispatch->CreateVisit(call, request).status()), v1::ERROR_REASON_REFERENCE_INVALID);
}

TEST_P(DispatchServiceTest, TheUnfitAreRefusedWithTheReasonAndWhoCouldGo) {
  const v1::Case service_case = shop_.AcceptedCase({"brakes"});
  const v1::Visit visit = shop_.PlanVisit(service_case);
  const v1::Engineer unskilled = shop_.AddEngineer({});
  const v1::Engineer expired = shop_.AddEngineer(EngineerWith("brakes", -absl::Hours(1)));
  const v1::Engineer far = shop_.AddEngineer(EngineerWith("brakes", absl::Hours(1000), "beijing"));
  const v1::Engineer near = shop_.AddEngineer(EngineerWith("brakes", absl::Hours(1000), "taizhou"));
  v1::Engineer absent = EngineerWith("brakes", absl::Hours(1000));
  v1::Absence& absence = *absent.add_absences();
  *absence.mutable_start_time() = ToProto(shop_.clock.Now());
  *absence.mutable_end_time() = ToProto(shop_.clock.Now() + absl::Hours(2));
  absent = shop_.AddEngineer(absent);
  const v1::Engineer busy = shop_.AddEngineer(EngineerWith("brakes", absl::Hours(1000)));
  const v1::Visit other = *shop_.Assign(shop_.PlanVisit(service_case, absl::Hours(4), absl::Hours(1)), busy);

  const std::map<std::string, v1::Engineer> unfit = {
      {"unqualified", unskilled}, {"certificate_expired", expired}, {"absent", absent}, {"double_booked", busy}};
  for (const auto& [cause, engineer] : unfit) {
    const absl::Status status = shop_.Assign(visit, engineer).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << cause;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ENGINEER_UNAVAILABLE);
    EXPECT_EQ(MetadataOf(status)["cause"], cause);
    EXPECT_EQ(MetadataOf(status)["candidates"], absl::StrCat(near.name(), ",", far.name())) << cause;
  }
  EXPECT_THAT(std::string(shop_.Assign(visit, busy).status().message()), HasSubstr(other.name()));
  v1::Engineer nobody;
  nobody.set_name("engineers/999");
  EXPECT_EQ(ReasonOf(shop_.Assign(visit, nobody).status()), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_TRUE(shop_.Assign(visit, near).ok());
}

TEST_P(DispatchServiceTest, ReassignedWhileNobodyIsThereAndFreedWhenTheVisitIsOver) {
  Workshop lawless(GetParam(), kLawlessPack);
  const v1::Case service_case = lawless.AcceptedCase();
  const v1::Engineer first = lawless.AddEngineer({});
  const v1::Engineer second = lawless.AddEngineer({});
  const v1::Visit visit = *lawless.Assign(lawless.PlanVisit(service_case), first);
  EXPECT_EQ(lawless.Assign(visit, first)->engineer(), first.name());  // does not collide with itself
  EXPECT_EQ(lawless.Assign(visit, second)->engineer(), second.name());
  const v1::Visit next = lawless.PlanVisit(service_case);
  EXPECT_TRUE(lawless.Assign(next, first).ok());
  const v1::Visit third = lawless.PlanVisit(service_case);
  EXPECT_EQ(MetadataOf(lawless.Assign(third, second).status())["cause"], "double_booked");
  v1::CheckInVisitRequest in;
  in.set_name(visit.name());
  Call call = lawless.AsManager();
  ASSERT_TRUE(lawless.dispatch->CheckInVisit(call, in).ok());
  v1::CheckOutVisitRequest out;
  out.set_name(visit.name());
  call = lawless.AsManager();
  ASSERT_TRUE(lawless.dispatch->CheckOutVisit(call, out).ok()) << "without rules nothing holds anybody on site";
  EXPECT_TRUE(lawless.Assign(third, second).ok());
}

TEST_P(DispatchServiceTest, OfAssignmentsAtOnceOneGetsTheEngineer) {
  constexpr int kAtOnce = 6;
  const v1::Engineer engineer = shop_.AddEngineer({});
  std::vector<v1::Visit> visits;
  for (int i = 0; i < kAtOnce; ++i) visits.push_back(shop_.PlanVisit(shop_.AcceptedCase()));
  std::vector<absl::Status> results(kAtOnce);
  std::vector<std::thread> threads;
  for (int i = 0; i < kAtOnce; ++i) {
    threads.emplace_back([&, i] { results[i] = shop_.Assign(visits[i], engineer).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  int assigned = 0;
  for (const absl::Status& status : results) {
    if (status.ok()) {
      ++assigned;
    } else {
      EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ENGINEER_UNAVAILABLE) << status;
    }
  }
  EXPECT_EQ(assigned, 1);
}

TEST_P(DispatchServiceTest, AnEngineerWorksOnAndSeesOwnVisitsOnly) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Engineer own = SigningInAs("principals/li");
  const v1::Engineer other = SigningInAs("principals/wang");
  const v1::Visit mine = *shop_.Assign(shop_.PlanVisit(service_case), own);
  const v1::Visit foreign = *shop_.Assign(shop_.PlanVisit(service_case), other);
  const v1::Visit nobodys = shop_.PlanVisit(service_case);

  v1::CheckInVisitRequest in;
  in.set_name(foreign.name());
  Call call = AsEngineer("principals/li");
  const absl::Status refused = shop_.dispatch->CheckInVisit(call, in).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  in.set_name(nobodys.name());
  call = AsEngineer("principals/li");
  EXPECT_EQ(shop_.dispatch->CheckInVisit(call, in).status().code(), absl::StatusCode::kNotFound);
  in.set_name(mine.name());
  call = AsEngineer("principals/li");
  EXPECT_TRUE(shop_.dispatch->CheckInVisit(call, in).ok());

  const auto seen = [&](Call caller, const std::string& engineer) {
    v1::ListVisitsRequest list;
    list.mutable_filter()->set_engineer(engineer);
    std::vector<std::string> names;
    const auto response = shop_.dispatch->ListVisits(caller, list);
    for (const v1::Visit& visit : response->visits()) names.push_back(visit.name());
    return names;
  };
  EXPECT_THAT(seen(AsEngineer("principals/li"), ""), ElementsAre(mine.name()));
  EXPECT_THAT(seen(AsEngineer("principals/li"), other.name()), IsEmpty());
  EXPECT_THAT(seen(AsEngineer("principals/unknown"), ""), IsEmpty());
  EXPECT_EQ(seen(shop_.AsManager(), "").size(), 3u);
  EXPECT_THAT(seen(shop_.AsManager(), other.name()), ElementsAre(foreign.name()));

  v1::GetVisitRequest get;
  get.set_name(foreign.name());
  call = AsEngineer("principals/li");
  EXPECT_EQ(shop_.dispatch->GetVisit(call, get).status().code(), absl::StatusCode::kNotFound);
  get.set_name(mine.name());
  call = AsEngineer("principals/li");
  EXPECT_TRUE(shop_.dispatch->GetVisit(call, get).ok());
}

TEST_P(DispatchServiceTest, ARepeatedRequestIsAnsweredAndAnotherOneRefused) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit visit = *shop_.Assign(shop_.PlanVisit(service_case), shop_.AddEngineer({}));
  v1::CheckInVisitRequest request;
  request.set_name(visit.name());
  Call call = shop_.AsManager();
  const Call repeat = call;
  const absl::StatusOr<v1::Visit> first = shop_.dispatch->CheckInVisit(call, request);
  ASSERT_TRUE(first.ok()) << first.status();
  call = repeat;
  shop_.clock.Advance(absl::Minutes(1));
  const absl::StatusOr<v1::Visit> again = shop_.dispatch->CheckInVisit(call, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(ReasonOf(CheckIn(visit.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(shop_.EventsAbout(visit.name()).back(), "visit-checked-in");
  EXPECT_EQ(shop_.EventsAbout(visit.name()).size(), 3u);
}

TEST_P(DispatchServiceTest, AnOutdatedEtagIsRefusedAndAValidationChangesNothing) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit visit = *shop_.Assign(shop_.PlanVisit(service_case), shop_.AddEngineer({}));
  v1::CheckInVisitRequest request;
  request.set_name(visit.name());
  request.set_etag("1");
  Call call = shop_.AsManager();
  EXPECT_EQ(ReasonOf(shop_.dispatch->CheckInVisit(call, request).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  request.set_etag(visit.etag());
  request.set_validate_only(true);
  call = shop_.AsManager();
  call.validate_only = true;
  EXPECT_TRUE(shop_.dispatch->CheckInVisit(call, request).ok());
  request.set_validate_only(false);
  call = shop_.AsManager();
  EXPECT_TRUE(shop_.dispatch->CheckInVisit(call, request).ok());
}

TEST_P(DispatchServiceTest, EngineersAreUpdatedWholeAndKeepTheirKeysToThemselves) {
  v1::Engineer li;
  li.set_external_id("E-1");
  li.set_principal("principals/li");
  li = shop_.AddEngineer(li);
  v1::CreateEngineerRequest twin;
  twin.mutable_engineer()->set_display_name("Twin");
  twin.mutable_engineer()->set_external_id("E-1");
  Call call = shop_.AsManager();
  absl::Status refused = shop_.dispatch->CreateEngineer(call, twin).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(MetadataOf(refused)["resource"], li.name());
  twin.mutable_engineer()->set_external_id("");
  twin.mutable_engineer()->set_principal("principals/li");
  call = shop_.AsManager();
  refused = shop_.dispatch->CreateEngineer(call, twin).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_RESOURCE_EXISTS) << refused;
  shop_.AddEngineer({});  // without keys there is no collision
  const v1::Engineer other = shop_.AddEngineer({});

  v1::UpdateEngineerRequest update;
  update.set_name(other.name());
  update.set_etag(other.etag());
  update.mutable_engineer()->set_display_name("Other");
  update.mutable_engineer()->set_external_id("E-1");
  call = shop_.AsManager();
  EXPECT_EQ(ReasonOf(shop_.dispatch->UpdateEngineer(call, update).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  update.mutable_engineer()->set_external_id("E-2");
  update.mutable_engineer()->set_region("taizhou");
  call = shop_.AsManager();
  const absl::StatusOr<v1::Engineer> updated = shop_.dispatch->UpdateEngineer(call, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->name(), other.name());
  EXPECT_EQ(updated->region(), "taizhou");
  EXPECT_EQ(FromProto(updated->create_time()), FromProto(other.create_time()));
  call = shop_.AsManager();
  EXPECT_EQ(ReasonOf(shop_.dispatch->UpdateEngineer(call, update).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_THAT(shop_.EventsAbout(other.name()), ElementsAre("directory-changed", "directory-changed"));
}

TEST_P(DispatchServiceTest, ListsComeInPages) {
  const v1::Case service_case = shop_.AcceptedCase();
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    shop_.clock.Advance(absl::Seconds(1));
    expected.insert(expected.begin(), shop_.PlanVisit(service_case).name());
  }
  v1::ListVisitsRequest request;
  request.set_page_size(2);
  request.mutable_filter()->set_service_case(service_case.name());
  std::vector<std::string> names;
  do {
    Call call = shop_.AsManager();
    const auto page = shop_.dispatch->ListVisits(call, request);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->visits_size(), 2);
    for (const v1::Visit& visit : page->visits()) names.push_back(visit.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names, expected);
}

TEST_P(DispatchServiceTest, ListsRunOnIndexes) {
  v1::VisitFilter of_engineer, of_case, in_state;
  of_engineer.set_engineer("engineers/1");
  of_case.set_service_case("cases/C1");
  in_state.set_state(v1::VISIT_STATE_PLANNED);
  for (const ListQuery& query : {VisitQuery({}, std::nullopt), VisitQuery(of_engineer, std::nullopt),
                                 VisitQuery(of_case, std::nullopt), VisitQuery(in_state, std::nullopt)}) {
    const std::string sql = Visits().core().SelectSql(query, /*with_after=*/false);
    Values values;
    for (const Condition& condition : query.where) values.push_back(condition.value);
    values.push_back(51);
    Call call = shop_.AsManager();
    const absl::StatusOr<std::string> plan = shop_.db->Explain(call, sql, values, "");
    ASSERT_TRUE(plan.ok()) << sql << ": " << plan.status();
    EXPECT_THAT(*plan, ::testing::Not(::testing::AnyOf(HasSubstr("filesort"), HasSubstr("TEMP B-TREE")))) << sql;
  }
}

}  // namespace
}  // namespace aftersales
