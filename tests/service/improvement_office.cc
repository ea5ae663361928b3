#include "tests/service/improvement_office.h"

#include <gtest/gtest.h>

#include "server/base/clock.h"
#include "server/cases/case_store.h"

namespace aftersales {
namespace {

constexpr char kPack[] = R"(
  name: "improving" title: "Improving" effective_from: "2026-01-01" time_zone: "UTC" owner: "service_manager"
  type { name: "complaint" title: "Complaint" clauses: "T-1" }
  only { action: "convene-meeting" roles: "quality" clauses: "T-2" }
  only { action: "check-corrective-action" roles: "quality" clauses: "T-3" }
  obligation {
    kind: "meeting" clauses: "T-2" on: "case-opened" by: "quality" within { hours: 72 }
    met_by { event: "meeting-convened" }
  }
  obligation {
    kind: "contained" clauses: "T-4" on: "case-opened" by: "quality" within { hours: 4 }
    met_by { event: "corrective-action-planned" where { action: "containment" } }
  }
  obligation {
    kind: "effect-checked" clauses: "T-3" on: "corrective-action-done" on: "recurrence-found" by: "quality"
    within { days: 30 } met_by { event: "corrective-action-checked" role: "quality" }
    met_by { event: "recurrence-withdrawn" where { effective: "true" } } survives_close: true
  }
  obligation {
    kind: "done-again" clauses: "T-5" on: "corrective-action-checked" where { effective: "false" } by: "quality"
    within { days: 7 } met_by { event: "corrective-action-done" } survives_close: true
  }
)";

}  // namespace

ImprovementOffice::ImprovementOffice(testing::TestEngine engine) : CaseOffice(engine, kPack) {}

v1::ConveneMeetingRequest ImprovementOffice::Convening(const std::string& service_case) const {
  v1::ConveneMeetingRequest request;
  request.set_parent(service_case);
  request.mutable_meeting()->set_subject("Why pads wear out");
  request.mutable_meeting()->add_departments(v1::ROLE_TECHNOLOGY);
  request.mutable_meeting()->add_departments(v1::ROLE_PRODUCTION);
  *request.mutable_meeting()->mutable_meeting_time() = At(clock.Now() + absl::Hours(24));
  return request;
}

v1::Meeting ImprovementOffice::Convene(const std::string& service_case) {
  return Must(Do(&ImprovementService::ConveneMeeting, Convening(service_case)));
}

v1::HoldMeetingRequest ImprovementOffice::Holding(const std::string& meeting) const {
  auto request = On<v1::HoldMeetingRequest>(meeting);
  request.add_attendance()->set_department(v1::ROLE_TECHNOLOGY);
  request.set_minutes("The pads are too soft.");
  return request;
}

v1::CreateCorrectiveActionRequest ImprovementOffice::Planning(const std::string& service_case) const {
  v1::CreateCorrectiveActionRequest request;
  request.set_parent(service_case);
  v1::CorrectiveAction& action = *request.mutable_corrective_action();
  action.set_kind(v1::CORRECTIVE_ACTION_KIND_CORRECTIVE);
  action.set_text("Harder pads.");
  action.set_owner(v1::ROLE_PRODUCTION);
  *action.mutable_due_time() = At(clock.Now() + absl::Hours(24 * 7));
  return request;
}

v1::CorrectiveAction ImprovementOffice::Plan(const v1::CreateCorrectiveActionRequest& request) {
  return Must(Do(&ImprovementService::CreateCorrectiveAction, request));
}

absl::StatusOr<v1::CorrectiveAction> ImprovementOffice::Complete(const std::string& action, const Person& person,
                                                                 absl::Duration ago) {
  auto request = On<v1::CompleteCorrectiveActionRequest>(action);
  request.set_result("Pads of grade 3 are fitted.");
  *request.mutable_time() = At(clock.Now() - ago);
  return Do(&ImprovementService::CompleteCorrectiveAction, request, person);
}

absl::StatusOr<v1::CorrectiveAction> ImprovementOffice::Check(const std::string& action, bool effective,
                                                              const Person& person) {
  auto request = On<v1::CheckCorrectiveActionRequest>(action);
  request.set_role(person.roles.front());
  request.set_effective(effective);
  request.mutable_evidence()->set_text("Ten units run for a month.");
  return Do(&ImprovementService::CheckCorrectiveAction, request, person);
}

v1::CorrectiveAction ImprovementOffice::Action(const std::string& name) {
  v1::GetCorrectiveActionRequest request;
  request.set_name(name);
  return Must(Do(&ImprovementService::GetCorrectiveAction, request));
}

v1::CorrectiveAction ImprovementOffice::Done(const std::string& service_case) {
  return Must(Complete(Plan(service_case).name()));
}

void ImprovementOffice::Put(const std::string& service_case, v1::CaseState state) {
  Call call = By(kManager);
  EXPECT_TRUE(db->WriteOwn(call, [&](Tx& tx) -> absl::Status {
                  ASSIGN_OR_RETURN(v1::Case put, Cases().Lock(tx, service_case));
                  put.set_state(state);
                  return Cases().Update(tx, put);
                }).ok());
}

}  // namespace aftersales
