// Hongxing, sections 5.5 and 5.7: the departments meet, set measures, contain what does not conform, and see whether it
// comes back.
#include <map>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

// A case of this type, taken on and served by telephone, so that nothing but what section 5.5 demands is owed for it.
std::string TakenOn(Company& company, const std::string& type, const std::function<void(v1::Case&)>& with = {}) {
  const std::string name = company
                               .OpenCase(absl::Minutes(20),
                                         [&](v1::Case& service_case) {
                                           service_case.set_type(type);
                                           if (with) with(service_case);
                                         })
                               .name();
  company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  return name;
}

v1::Meeting Convene(Company& company, const std::string& service_case) {
  v1::ConveneMeetingRequest request;
  request.set_parent(service_case);
  request.mutable_meeting()->set_subject("Why the valve sticks");
  request.mutable_meeting()->add_departments(v1::ROLE_TECHNOLOGY);
  request.mutable_meeting()->add_departments(v1::ROLE_PRODUCTION);
  *request.mutable_meeting()->mutable_meeting_time() = ToProto(company.Now() + absl::Hours(2));
  return company.Need(company.As(v1::ROLE_QUALITY).improvement().ConveneMeeting(request));
}

v1::CorrectiveAction Plan(Company& company, const std::string& service_case, v1::CorrectiveActionKind kind) {
  v1::CreateCorrectiveActionRequest request;
  request.set_parent(service_case);
  v1::CorrectiveAction& action = *request.mutable_corrective_action();
  action.set_kind(kind);
  action.set_text(absl::StrCat("A measure of ", Word(kind, ' ')));
  action.set_owner(v1::ROLE_PRODUCTION);
  *action.mutable_due_time() = ToProto(company.Now() + absl::Hours(24 * 7));
  return company.Need(company.As(v1::ROLE_QUALITY).improvement().CreateCorrectiveAction(request));
}

void Complete(Company& company, const std::string& action) {
  v1::CompleteCorrectiveActionRequest request;
  request.set_name(action);
  request.set_result("The spring is of another steel.");
  company.Need(company.As(v1::ROLE_PRODUCTION).improvement().CompleteCorrectiveAction(request).status());
}

absl::Status Check(Company& company, const std::string& action, bool effective, v1::Role role = v1::ROLE_QUALITY) {
  v1::CheckCorrectiveActionRequest request;
  request.set_name(action);
  request.set_role(role);
  request.set_effective(effective);
  request.mutable_evidence()->set_text("Twenty units watched for a week.");
  return company.As(role).improvement().CheckCorrectiveAction(request).status();
}

// The kinds of the case's measures, and what each says, as they are read after a restart.
std::map<v1::CorrectiveActionKind, std::string> MeasuresOf(Company& company, const std::string& service_case) {
  v1::ListCorrectiveActionsRequest request;
  request.mutable_filter()->set_service_case(service_case);
  const v1::ListCorrectiveActionsResponse listed =
      company.Need(company.As(v1::ROLE_QUALITY).improvement().ListCorrectiveActions(request));
  std::map<v1::CorrectiveActionKind, std::string> measures;
  for (const v1::CorrectiveAction& action : listed.corrective_actions()) measures[action.kind()] = action.text();
  return measures;
}

bool IsOpen(Company& company, const std::string& service_case, const std::string& kind) {
  return company.OwedOfKind(service_case, kind).state() == v1::OBLIGATION_STATE_OPEN;
}

// What it says of a duty's owner and terms; nothing of the time where there is no limit to be stated.
void ExpectTerms(Company& company, const v1::Obligation& owed, absl::Duration limit, v1::Role escalated_to) {
  company.Expect(owed.owner() == v1::ROLE_QUALITY && !owed.stated() &&
                     FromProto(owed.due_time()) == FromProto(owed.since_time()) + limit,
                 owed.ShortDebugString());
  if (escalated_to == v1::ROLE_UNSPECIFIED) return;
  company.Expect(owed.escalations_size() == 1 && owed.escalations(0).to() == escalated_to,
                 "nobody is told when it is late");
}

void WalkMeeting(Company& company) {
  ProveClock(company, {{"HX-5.5a"},
                       "departments-meet",
                       absl::Hours(72),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_EXECUTIVE}},
                       [&](absl::Duration) { return TakenOn(company, "fault"); },
                       /*from_notice=*/false});
  const std::string name = TakenOn(company, "complaint");
  company.Expect(!company.FindOwed(TakenOn(company, "suggestion"), "departments-meet").has_value(),
                 "owed for a suggestion");
  company.Expect(!company.Close(name).ok(), "closed before anybody met");
  const v1::Meeting meeting = Convene(company, name);
  company.Expect(!IsOpen(company, name, "departments-meet"), "not met by convening the departments");
  v1::HoldMeetingRequest hold;
  hold.set_name(meeting.name());
  hold.add_attendance()->set_department(v1::ROLE_TECHNOLOGY);
  hold.set_minutes("The spring is too soft.");
  company.Need(company.As(v1::ROLE_QUALITY).improvement().HoldMeeting(hold).status());
}

void WalkMeasures(Company& company) {
  company.For("HX-5.5b");
  const std::string name = TakenOn(company, "suggestion");
  company.Expect(!company.FindOwed(name, "measures").has_value(), "owed before the cause is known");
  company.Need(company.DetermineCause(name, v1::CAUSE_MANUFACTURE).status());
  ExpectTerms(company, company.OwedOfKind(name, "measures"), absl::Hours(24 * 7), v1::ROLE_UNSPECIFIED);
  company.ExpectRefused(company.Close(name), v1::ERROR_REASON_OBLIGATION_OPEN);
  // All three of them, and none stands for another.
  std::map<v1::CorrectiveActionKind, std::string> set;
  for (const v1::CorrectiveActionKind kind :
       {v1::CORRECTIVE_ACTION_KIND_PREVENTIVE, v1::CORRECTIVE_ACTION_KIND_CONTAINMENT,
        v1::CORRECTIVE_ACTION_KIND_RECTIFICATION, v1::CORRECTIVE_ACTION_KIND_CORRECTIVE}) {
    company.Expect(IsOpen(company, name, "measures"), absl::StrCat("met before measures of ", Word(kind), " were set"));
    set[kind] = Plan(company, name, kind).text();
  }
  company.Expect(!IsOpen(company, name, "measures"), "not met by the three kinds of measures");
  company.Need(company.Close(name));
  company.Restart();
  company.Shown("HX-5.5b", "read-back", MeasuresOf(company, name) == set, "the measures are not kept");
}

// Reads the measure's case anew: what came back is found without anybody asking.
bool IsReopened(Company& company, const v1::CorrectiveAction& action) {
  v1::GetCorrectiveActionRequest request;
  request.set_name(action.name());
  return company.Need(company.As(v1::ROLE_QUALITY).improvement().GetCorrectiveAction(request)).state() ==
         v1::CORRECTIVE_ACTION_STATE_REOPENED;
}

void WalkRecurrence(Company& company) {
  company.For("HX-5.5c");
  const std::string machine = company.AddEquipment(company.customer()).name();
  const auto about = [&](const std::string& item) {
    return [&machine, item](v1::Case& service_case) {
      service_case.set_equipment(machine);
      service_case.set_nonconforming_items(0, item);
    };
  };
  const std::string name = TakenOn(company, "suggestion", about("spring"));
  const v1::CorrectiveAction action = Plan(company, name, v1::CORRECTIVE_ACTION_KIND_CORRECTIVE);
  company.OpenCase(absl::ZeroDuration(), about("spring"));  // there before it was done
  Complete(company, action.name());
  const v1::Obligation check = company.OwedOfKind(name, "effect-check");
  ExpectTerms(company, check, absl::Hours(24 * 30), v1::ROLE_EXECUTIVE);
  company.Need(company.Close(name));  // the case need not wait for it
  company.Expect(company.OwedOfKind(name, "effect-check").state() == v1::OBLIGATION_STATE_OPEN,
                 "it falls away with the close");
  company.ExpectRefused(Check(company, action.name(), true, v1::ROLE_SERVICE_MANAGER), v1::ERROR_REASON_ROLE_MISSING);
  // What did not work is done again.
  company.Need(Check(company, action.name(), false));
  ExpectTerms(company, company.OwedOfKind(name, "measure-again"), absl::Hours(24 * 30), v1::ROLE_UNSPECIFIED);
  Complete(company, action.name());
  company.Expect(!IsOpen(company, name, "measure-again"), "not met by carrying it out anew");
  company.Need(Check(company, action.name(), true));
  company.Expect(!IsOpen(company, name, "effect-check"), "not met by the check");

  // Something else, and what was there before, is no recurrence.
  company.PassTime(absl::Hours(1));
  company.OpenCase(absl::ZeroDuration(), about("hose"));
  company.Shown(
      "HX-5.5c", "not",
      !IsReopened(company, action) && !IsOpen(company, name, "effect-check") && company.Read(name).links().empty(),
      "the check is reopened by other trouble");
  // The same product and item after it was done: reopened by itself, on the case that was closed.
  const v1::Case again = company.OpenCase(absl::ZeroDuration(), about("Spring"));
  company.Shown("HX-5.5c", "holds",
                IsReopened(company, action) && IsOpen(company, name, "effect-check") && again.links_size() == 1 &&
                    again.links(0).service_case() == name,
                "the check is not reopened by a recurrence");
  // A case that is refused is none, and the check before stands.
  v1::RefuseCaseRequest refusing;
  refusing.set_name(again.name());
  refusing.set_reason("Ours it is not.");
  company.Need(company.As(v1::ROLE_SERVICE_MANAGER).cases().RefuseCase(refusing));
  company.Expect(!IsReopened(company, action) && !IsOpen(company, name, "effect-check"),
                 "a refused case keeps the check open");
}

void WalkContainment(Company& company) {
  company.For("HX-5.7b");
  company.Expect(!company.FindOwed(TakenOn(company, "fault"), "containment").has_value(), "owed for any fault");
  const std::string name = TakenOn(company, "complaint");
  ExpectTerms(company, company.OwedOfKind(name, "containment"), absl::Hours(4), v1::ROLE_SERVICE_MANAGER);
  Plan(company, name, v1::CORRECTIVE_ACTION_KIND_CORRECTIVE);
  company.Expect(IsOpen(company, name, "containment"), "met by another measure");
  const v1::CorrectiveAction contained = Plan(company, name, v1::CORRECTIVE_ACTION_KIND_CONTAINMENT);
  company.Expect(!IsOpen(company, name, "containment"), "not met by containing it");
  company.Restart();
  company.Shown("HX-5.7b", "read-back",
                MeasuresOf(company, name)[v1::CORRECTIVE_ACTION_KIND_CONTAINMENT] == contained.text(),
                "what contains it is not kept");
}

}  // namespace

std::vector<Walk> HongxingImprovementWalks() {
  return {
      {"TheDepartmentsMeetInTime", {"HX-5.5a"}, WalkMeeting},
      {"MeasuresOfThreeKindsAreSet", {"HX-5.5b"}, WalkMeasures},
      {"ARecurrenceReopensTheCheckByItself", {"HX-5.5c"}, WalkRecurrence},
      {"WhatDoesNotConformIsContainedAtTheBeginning", {"HX-5.7b"}, WalkContainment},
  };
}

}  // namespace aftersales::testing
