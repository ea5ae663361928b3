// Hongxing, sections 3.2 and 5.7: feedback is collected by quality assurance; customers are visited, asked and
// surveyed.
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/scenario/return_visits.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

// A case that was solved on the telephone and closed.
std::string ClosedCase(Company& company) {
  const std::string name = company.OpenCase().name();
  company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  company.Need(company.Close(name));
  return name;
}

std::function<void(v1::Feedback&)> About(const std::string& service_case) {
  return [service_case](v1::Feedback& feedback) {
    feedback.set_service_case(service_case);
    feedback.set_satisfied(v1::SATISFACTION_SATISFIED);
  };
}

absl::Status Report(Company& company, const std::string& feedback, v1::Role to) {
  v1::ReportFeedbackRequest request;
  request.set_name(feedback);
  request.set_to(to);
  request.set_text("Satisfied with the brake, not with the wait.");
  return company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().ReportFeedback(request).status();
}

void WalkWhoCollects(Company& company) {
  company.For("HX-3.2b");
  v1::CreateFeedbackRequest request;
  request.mutable_feedback()->set_kind(v1::FEEDBACK_KIND_SUGGESTION);
  request.mutable_feedback()->set_customer(company.customer());
  request.mutable_feedback()->set_text("Paint the lever red.");
  Client& other = company.As(v1::ROLE_SERVICE_MANAGER);
  company.Refused("HX-3.2b", other.feedback().CreateFeedback(request).status(), v1::ERROR_REASON_ROLE_MISSING);
  company.Need(company.As(v1::ROLE_FIELD_ENGINEER).feedback().CreateFeedback(request).status());
  const auto collected = company.As(v1::ROLE_QUALITY).feedback().CreateFeedback(request);
  company.Allowed("HX-3.2b", collected.status());
  v1::HandleFeedbackRequest handle;
  handle.set_name(company.Need(collected).name());
  handle.set_result("Levers are red from June on.");
  company.Refused("HX-3.2b", other.feedback().HandleFeedback(handle).status(), v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("HX-3.2b", company.As(v1::ROLE_QUALITY).feedback().HandleFeedback(handle).status());
}

void WalkVisits(Company& company) {
  ProveClock(company, {{"HX-5.7c"},
                       "visit-or-opinion",
                       absl::Hours(24 * 30),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration) { return ClosedCase(company); },
                       /*from_notice=*/false});
  for (const v1::FeedbackKind kind : {v1::FEEDBACK_KIND_VISIT, v1::FEEDBACK_KIND_OPINION}) {
    const std::string name = ClosedCase(company);
    company.Need(Say(company, v1::FEEDBACK_KIND_SUGGESTION, company.customer(), About(name)).status());
    company.Expect(company.OwedOfKind(name, "visit-or-opinion").state() == v1::OBLIGATION_STATE_OPEN,
                   "a suggestion that nobody asked for is enough");
    company.Need(Say(company, kind, company.customer(), About(name)).status());
    company.Expect(company.OwedOfKind(name, "visit-or-opinion").state() == v1::OBLIGATION_STATE_MET,
                   "a visit or an opinion does not count");
  }
}

void WalkSurvey(Company& company) {
  ProveClock(company, {{"HX-5.7d"},
                       "survey",
                       absl::Hours(24 * 7),
                       /*stated=*/false,
                       {{absl::ZeroDuration(), v1::ROLE_SERVICE_MANAGER}},
                       [&](absl::Duration) { return ClosedCase(company); },
                       /*from_notice=*/false});
  const std::string name = ClosedCase(company);
  const std::string survey =
      company.Need(Say(company, v1::FEEDBACK_KIND_SURVEY, company.customer(), About(name))).name();
  company.Expect(company.OwedOfKind(name, "survey").state() == v1::OBLIGATION_STATE_MET, "the survey does not count");
  const v1::Obligation owed = company.OwedOfKind(name, "survey-report");
  company.Expect(owed.owner() == v1::ROLE_CUSTOMER_SERVICE && !owed.stated() &&
                     FromProto(owed.due_time()) == FromProto(owed.since_time()) + absl::Hours(72) &&
                     owed.escalations_size() == 1 && owed.escalations(0).to() == v1::ROLE_QUALITY,
                 owed.ShortDebugString());
  company.Need(Report(company, survey, v1::ROLE_SERVICE_MANAGER));
  company.Expect(company.OwedOfKind(name, "survey-report").state() == v1::OBLIGATION_STATE_OPEN,
                 "reported to somebody else");
  company.Need(Report(company, survey, v1::ROLE_QUALITY));
  company.Expect(company.OwedOfKind(name, "survey-report").state() == v1::OBLIGATION_STATE_MET,
                 "the report to quality assurance does not count");
}

}  // namespace

std::vector<Walk> HongxingFeedbackWalks() {
  return {
      {"QualityCollectsWhatCustomersSay", {"HX-3.2b"}, WalkWhoCollects},
      {"CustomersAreVisitedOrAsked", {"HX-5.7c"}, WalkVisits},
      {"CustomersAreSurveyedAndQualityHearsOfIt", {"HX-5.7d"}, WalkSurvey},
  };
}

}  // namespace aftersales::testing
