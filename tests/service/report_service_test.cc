// Reports over a period and reports to the management, on both engines.
#include "server/reports/report_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/cases/case_store.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Cases owe something, reports are approved by the executives once they were submitted to them.
constexpr char kPack[] = R"(
  name: "reports" title: "Reports" effective_from: "2026-01-01" time_zone: "UTC" owner: "service_manager"
  type { name: "complaint" title: "Complaint" clauses: "R-1" }
  obligation {
    kind: "accept" clauses: "R-2" on: "case-opened" by: "service_manager" within { hours: 10 }
    met_by { event: "case-accepted" }
  }
  obligation {
    kind: "cause" clauses: "R-3" on: "case-opened" by: "quality" met_by { event: "cause-determined" } survives_close: true
  }
  obligation {
    kind: "to-executives" clauses: "R-4" on: ["management-report-written", "management-report-withdrawn"]
    by: "service_manager"
    met_by { event: "management-report-submitted" where { addressee: "executive" } }
    required_for: "approve-management-report"
  }
  only { action: "approve-management-report" roles: "executive" clauses: "R-5" }
)";

const Person kWriter{"principals/writer", {v1::ROLE_SERVICE_MANAGER}};
const Person kPresident{"principals/president", {v1::ROLE_EXECUTIVE}, /*heads=*/true};
const Person kWritingPresident{"principals/writer", {v1::ROLE_SERVICE_MANAGER, v1::ROLE_EXECUTIVE}};

class ReportServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (ReportService::*method)(Call&, const Request&),
                           const Request& request, const Person& person = kWriter) {
    Call call = office_.By(person);
    return (reports_.*method)(call, request);
  }
  absl::Time Now() const { return office_.clock.Now(); }

  // Puts rows into tables as their services would.
  void Put(const std::function<absl::Status(Tx&)>& rows) {
    Call call = office_.By(kManager);
    ASSERT_TRUE(office_.db->WriteOwn(call, rows).ok());
  }
  template <typename Resource>
  void Insert(Resource resource) {
    Put([&](Tx& tx) { return Table<Resource>().Insert(tx, resource); });
  }

  v1::ListTrackedCasesResponse Tracked(const v1::ListTrackedCasesRequest& request = {}) {
    return Must(Do(&ReportService::ListTrackedCases, request));
  }
  // Names of all pages.
  std::vector<std::string> TrackedNames(v1::ListTrackedCasesRequest request) {
    std::vector<std::string> names;
    do {
      const v1::ListTrackedCasesResponse page = Tracked(request);
      for (const v1::TrackedCase& tracked : page.tracked_cases()) names.push_back(tracked.service_case());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  v1::ListDowntimesResponse Downtimes(const v1::ListDowntimesRequest& request = {}) {
    return Must(Do(&ReportService::ListDowntimes, request));
  }
  template <typename Request>
  Request Over(absl::Duration before, absl::Duration after = absl::Seconds(1)) {
    Request request;
    *request.mutable_start_time() = ToProto(Now() - before);
    *request.mutable_end_time() = ToProto(Now() + after);
    return request;
  }

  v1::CreateManagementReportRequest Writing() {
    v1::CreateManagementReportRequest request;
    v1::ManagementReport& report = *request.mutable_report();
    report.set_title("September");
    *report.mutable_start_time() = ToProto(Now() - absl::Hours(24));
    *report.mutable_end_time() = ToProto(Now());
    report.set_analysis("Levers bend.");
    report.add_proposals("Longer levers.");
    return request;
  }
  v1::ManagementReport Write() { return Must(Do(&ReportService::CreateManagementReport, Writing())); }
  v1::SubmitManagementReportRequest Submitting(const std::string& name, v1::Role to = v1::ROLE_EXECUTIVE) {
    auto request = On<v1::SubmitManagementReportRequest>(name);
    request.set_to(to);
    return request;
  }
  v1::ManagementReport Submitted() {
    return Must(Do(&ReportService::SubmitManagementReport, Submitting(Write().name())));
  }
  v1::ApproveManagementReportRequest Approving(const std::string& name, v1::Role role = v1::ROLE_EXECUTIVE) {
    auto request = On<v1::ApproveManagementReportRequest>(name);
    request.set_role(role);
    return request;
  }
  v1::ReturnManagementReportRequest Returning(const std::string& name) {
    auto request = On<v1::ReturnManagementReportRequest>(name);
    request.set_role(v1::ROLE_EXECUTIVE);
    request.set_reason("Which levers?");
    return request;
  }

  CaseOffice office_{GetParam(), kPack};
  ReportService reports_{*office_.db, office_.obligations, *office_.authenticator};
};

INSTANTIATE_TEST_SUITE_P(Engines, ReportServiceTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(ReportServiceTest, TheTrackingTableHasALineForEachCase) {
  const std::string first = office_.Open().name();
  office_.clock.Advance(absl::Hours(1));
  v1::CreateCaseRequest other = office_.Opening();
  other.mutable_service_case()->set_type("complaint");
  std::string long_text;
  for (int i = 0; i < 300; ++i) long_text += "\xc3\xa9";  // two bytes each
  other.mutable_service_case()->set_description("x" + long_text);
  const std::string second = office_.Accept(office_.Open(other)).name();
  v1::Responsibility decided;
  decided.set_name(second + "/responsibilities/1");
  decided.set_service_case(second);
  decided.set_state(v1::RESPONSIBILITY_STATE_DECIDED);
  for (const v1::Role role : {v1::ROLE_PRODUCTION, v1::ROLE_SUPPLY, v1::ROLE_PRODUCTION}) {
    decided.add_shares()->set_department(role);
  }
  Insert(decided);
  office_.clock.Advance(absl::Hours(9));

  const v1::ListTrackedCasesResponse table = Tracked();
  ASSERT_EQ(table.tracked_cases_size(), 2);
  const v1::TrackedCase& newest = table.tracked_cases(0);
  EXPECT_EQ(newest.service_case(), second);
  EXPECT_EQ(newest.state(), v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(newest.type(), "complaint");
  EXPECT_EQ(newest.customer_name(), "Harbour Railways");
  EXPECT_EQ(newest.description().size(), 399u);  // not cut inside a character
  EXPECT_TRUE(newest.has_accept_time());
  EXPECT_THAT(newest.responsible(), ElementsAre(v1::ROLE_PRODUCTION, v1::ROLE_SUPPLY));
  EXPECT_EQ(newest.owed(), 1);
  EXPECT_EQ(newest.overdue(), 0);
  const v1::TrackedCase& oldest = table.tracked_cases(1);
  EXPECT_EQ(oldest.service_case(), first);
  EXPECT_EQ(oldest.owed(), 2);
  EXPECT_EQ(oldest.overdue(), 1);
  EXPECT_THAT(oldest.responsible(), IsEmpty());

  v1::ListTrackedCasesRequest filter;
  filter.set_page_size(1);
  EXPECT_THAT(TrackedNames(filter), ElementsAre(second, first));
  filter.mutable_filter()->set_state(v1::CASE_STATE_OPEN);
  EXPECT_THAT(TrackedNames(filter), ElementsAre(first));
  filter.mutable_filter()->clear_state();
  filter.mutable_filter()->set_customer(office_.stranger.name());
  EXPECT_THAT(TrackedNames(filter), IsEmpty());
  filter.mutable_filter()->set_customer(office_.customer.name());
  *filter.mutable_filter()->mutable_end_time() = ToProto(Now() - absl::Hours(9));
  EXPECT_THAT(TrackedNames(filter), ElementsAre(first));
  filter.mutable_filter()->clear_end_time();
  *filter.mutable_filter()->mutable_start_time() = ToProto(Now() - absl::Hours(9));
  EXPECT_THAT(TrackedNames(filter), ElementsAre(second));
  filter.set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(Do(&ReportService::ListTrackedCases, filter).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_P(ReportServiceTest, MoreCasesThanOneStatementAsksForAreAllTold) {
  std::vector<v1::Case> cases;
  for (int i = 0; i < 250; ++i) {
    v1::Case& one = cases.emplace_back();
    one.set_name(absl::StrCat("cases/C-", 1000 + i));
    one.set_state(v1::CASE_STATE_ACCEPTED);
    one.set_customer(office_.customer.name());
    one.set_equipment(i % 3 == 0 ? office_.equipment.name() : "");
    *one.mutable_notice_time() = ToProto(Now());
  }
  Put([&](Tx& tx) {
    std::vector<google::protobuf::Message*> rows;
    for (v1::Case& one : cases) rows.push_back(&one);
    return Cases().core().InsertMany(tx, rows);
  });
  v1::ListTrackedCasesRequest request;
  request.set_page_size(1000);
  const v1::ListTrackedCasesResponse table = Tracked(request);
  ASSERT_EQ(table.tracked_cases_size(), 250);
  for (const v1::TrackedCase& tracked : table.tracked_cases()) {
    EXPECT_EQ(tracked.customer_name(), "Harbour Railways");
  }
  // Those without equipment are passed over, some on each page.
  std::vector<std::string> down;
  v1::ListDowntimesRequest downtimes;
  downtimes.set_page_size(50);
  do {
    const v1::ListDowntimesResponse page = Downtimes(downtimes);
    EXPECT_LE(page.downtimes_size(), 50);
    for (const v1::Downtime& downtime : page.downtimes()) down.push_back(downtime.service_case());
    downtimes.set_page_token(page.next_page_token());
  } while (!downtimes.page_token().empty());
  EXPECT_EQ(down.size(), 84u);
  EXPECT_TRUE(std::is_sorted(down.rbegin(), down.rend()));
}

TEST_P(ReportServiceTest, DowntimeLastsUntilTheWorkIsDone) {
  v1::CreateCaseRequest opening = office_.Opening();
  *opening.mutable_service_case()->mutable_fault_time() = ToProto(Now() - absl::Hours(5));
  const std::string name = office_.Accept(office_.Open(opening)).name();
  v1::Visit visit;
  visit.set_name("visits/1");
  visit.set_service_case(name);
  *visit.mutable_check_in_time() = ToProto(Now() - absl::Hours(1));
  Insert(visit);
  v1::Downtime downtime = Downtimes().downtimes(0);
  EXPECT_EQ(downtime.service_case(), name);
  EXPECT_EQ(downtime.equipment(), office_.equipment.name());
  EXPECT_EQ(FromProto(downtime.arrival_time()), Now() - absl::Hours(1));
  EXPECT_FALSE(downtime.has_restore_time());
  EXPECT_EQ(downtime.downtime_seconds(), 5 * 3600);
  visit.set_name("visits/2");
  *visit.mutable_complete_time() = ToProto(Now() - absl::Minutes(30));
  Insert(visit);
  EXPECT_FALSE(Downtimes().downtimes(0).has_restore_time());  // the first is under way still
  Put([&](Tx& tx) {
    tx.Execute("UPDATE visit SET complete_time = ? WHERE name = ?", {Now() - absl::Hours(1), "visits/1"});
    return absl::OkStatus();
  });
  downtime = Downtimes().downtimes(0);
  EXPECT_EQ(downtime.downtime_seconds(), 4 * 3600 + 1800);
  v1::ListDowntimesRequest other;
  other.mutable_filter()->set_equipment(office_.other_equipment.name());
  EXPECT_THAT(Downtimes(other).downtimes(), IsEmpty());
  other.mutable_filter()->set_equipment(office_.equipment.name());
  other.mutable_filter()->set_customer(office_.customer.name());
  EXPECT_EQ(Downtimes(other).downtimes_size(), 1);
}

TEST_P(ReportServiceTest, AnswersAreCountedByChannel) {
  // Notices an hour ago: one answered at once, one answered now after an hour, one ended without an answer, two
  // waiting.
  const auto register_by = [&](v1::Channel channel, absl::Duration ago) {
    v1::CreateContactRequest request = office_.Contacting();
    request.mutable_contact()->set_channel(channel);
    *request.mutable_contact()->mutable_notice_time() = ToProto(Now() - ago);
    return office_.Contact(request).name();
  };
  const auto answer = [&](const std::string& name) {
    auto request = On<v1::AnswerContactRequest>(name);
    request.set_answer("Tomorrow.");
    Must(office_.Do(&CaseService::AnswerContact, request));
  };
  answer(register_by(v1::CHANNEL_TELEPHONE, absl::Hours(1)));
  answer(register_by(v1::CHANNEL_TELEPHONE, absl::Hours(3)));
  answer(register_by(v1::CHANNEL_LETTER, absl::Hours(2)));
  register_by(v1::CHANNEL_LETTER, absl::Hours(5));
  const std::string waiting = register_by(v1::CHANNEL_LETTER, absl::Hours(6));
  const std::string opened = register_by(v1::CHANNEL_TELEPHONE, absl::Hours(4));
  Put([&](Tx& tx) {
    tx.Execute("UPDATE contact SET unanswered = 0 WHERE name = ?", {opened});  // as when it ended without an answer
    return absl::OkStatus();
  });
  register_by(v1::CHANNEL_LETTER, absl::Hours(30));  // before the period
  const v1::ResponseReport report =
      Must(Do(&ReportService::GetResponseReport, Over<v1::GetResponseReportRequest>(absl::Hours(24))));
  EXPECT_EQ(report.contacts(), 6);
  EXPECT_EQ(report.answered(), 3);
  EXPECT_EQ(report.ended_unanswered(), 1);
  EXPECT_EQ(report.unanswered(), 2);
  EXPECT_EQ(report.average_seconds(), 2 * 3600);
  EXPECT_EQ(report.longest_seconds(), 3 * 3600);
  EXPECT_EQ(report.longest_waiting(), waiting);
  ASSERT_EQ(report.channels_size(), 2);
  std::map<std::string, v1::ChannelResponse> channels;
  for (const v1::ChannelResponse& channel : report.channels()) channels[channel.channel()] = channel;
  EXPECT_EQ(channels["telephone"].contacts(), 3);
  EXPECT_EQ(channels["telephone"].answered(), 2);
  EXPECT_EQ(channels["telephone"].unanswered(), 0);
  EXPECT_EQ(channels["telephone"].average_seconds(), 2 * 3600);
  EXPECT_EQ(channels["letter"].unanswered(), 2);
  EXPECT_EQ(channels["letter"].longest_seconds(), 2 * 3600);

  const v1::ResponseReport empty =
      Must(Do(&ReportService::GetResponseReport, Over<v1::GetResponseReportRequest>(absl::Seconds(1))));
  EXPECT_EQ(empty.contacts(), 0);
  EXPECT_EQ(empty.longest_waiting(), "");
  EXPECT_EQ(
      ReasonOf(
          Do(&ReportService::GetResponseReport, Over<v1::GetResponseReportRequest>(absl::Hours(24 * 366))).status()),
      v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(ReportServiceTest, FeedbackAndCasesAreSorted) {
  int made = 0;
  const auto say = [&](v1::FeedbackKind kind, v1::Satisfaction satisfied, bool handled, absl::Duration ago) {
    v1::Feedback feedback;
    feedback.set_name(absl::StrCat("feedbacks/", ++made));
    feedback.set_kind(kind);
    feedback.set_satisfied(satisfied);
    feedback.set_product(office_.product.name());
    *feedback.mutable_feedback_time() = ToProto(Now() - ago);
    if (handled) *feedback.mutable_handle_time() = ToProto(Now());
    Insert(feedback);
  };
  say(v1::FEEDBACK_KIND_OPINION, v1::SATISFACTION_SATISFIED, true, absl::Hours(1));
  say(v1::FEEDBACK_KIND_OPINION, v1::SATISFACTION_DISSATISFIED, false, absl::Hours(1));
  say(v1::FEEDBACK_KIND_COMPLAINT, v1::SATISFACTION_UNSPECIFIED, false, absl::Hours(1));
  say(v1::FEEDBACK_KIND_COMPLAINT, v1::SATISFACTION_UNSPECIFIED, false, absl::Hours(25));
  office_.WithCause(v1::CAUSE_DESIGN);
  const std::string closed = office_.WithCause(v1::CAUSE_DESIGN).name();
  office_.CaseOffice::Close(closed);
  v1::CreateCaseRequest bent = office_.Opening();
  bent.mutable_service_case()->add_nonconforming_items("Lever ");
  office_.Open(bent);
  const v1::FeedbackDigest digest =
      Must(Do(&ReportService::GetFeedbackDigest, Over<v1::GetFeedbackDigestRequest>(absl::Hours(24))));
  EXPECT_EQ(digest.feedbacks(), 3);
  EXPECT_EQ(digest.satisfied(), 1);
  EXPECT_EQ(digest.dissatisfied(), 1);
  EXPECT_EQ(digest.cases(), 3);
  ASSERT_EQ(digest.by_kind_size(), 2);
  EXPECT_EQ(digest.by_kind(0).kind(), v1::FEEDBACK_KIND_OPINION);
  EXPECT_EQ(digest.by_kind(0).feedbacks(), 2);
  EXPECT_EQ(digest.by_kind(0).handled(), 1);
  EXPECT_EQ(digest.by_kind(1).feedbacks(), 1);
  ASSERT_EQ(digest.by_product_size(), 2);
  EXPECT_EQ(digest.by_product(0).cause(), v1::CAUSE_DESIGN);
  EXPECT_EQ(digest.by_product(0).product_name(), "Brake unit");
  EXPECT_EQ(digest.by_product(0).cases(), 2);
  EXPECT_EQ(digest.by_product(0).closed(), 1);
  int levers = 0;
  for (const v1::ItemCount& item : digest.by_item()) levers += item.item() == "lever" ? item.cases() : 0;
  EXPECT_EQ(levers, 1);
  EXPECT_EQ(ReasonOf(Do(&ReportService::GetFeedbackDigest, v1::GetFeedbackDigestRequest()).status()),
            v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(ReportServiceTest, TheFiguresOfAReportAreReckoned) {
  office_.Accept(office_.Open());
  office_.CaseOffice::Close(office_.Accepted().name());
  office_.Contact();
  const std::string late = office_.Open().name();
  for (int i = 0; i < 3; ++i) {
    v1::Cost cost;
    cost.set_name(absl::StrCat(late, "/costs/", i));
    cost.set_service_case(late);
    cost.set_state(i < 2 ? v1::COST_STATE_VETTED : v1::COST_STATE_SUBMITTED);
    cost.mutable_amount()->set_currency_code("CNY");
    cost.mutable_amount()->set_minor_units(100);
    if (i < 2) *cost.mutable_decide_time() = ToProto(Now());
    Insert(cost);
    v1::CorrectiveAction action;
    action.set_name(absl::StrCat(late, "/correctiveActions/", i));
    action.set_service_case(late);
    action.set_recurrence_count(i == 0 ? 2 : 0);
    *action.mutable_due_time() = ToProto(Now());
    Insert(action);
  }
  // Whatever was done with it since, it belongs to the report of the time in which it was vetted.
  v1::Cost before;
  before.set_name(late + "/costs/before");
  before.set_service_case(late);
  before.set_state(v1::COST_STATE_VETTED);
  before.mutable_amount()->set_currency_code("EUR");
  before.mutable_amount()->set_minor_units(7);
  *before.mutable_decide_time() = ToProto(Now() - absl::Hours(24 * 100));
  Insert(before);
  office_.clock.Advance(absl::Hours(11));
  const v1::ManagementReport report = Write();
  EXPECT_EQ(report.state(), v1::MANAGEMENT_REPORT_STATE_DRAFT);
  EXPECT_EQ(report.author(), kWriter.principal);
  const v1::ManagementFigures& figures = report.figures();
  EXPECT_EQ(figures.contacts(), 1);
  EXPECT_EQ(figures.unanswered(), 1);
  EXPECT_EQ(figures.cases(), 3);
  EXPECT_EQ(figures.cases_closed(), 1);
  EXPECT_EQ(figures.obligations_met(), 2);
  EXPECT_EQ(figures.obligations_late(), 1);
  EXPECT_EQ(figures.feedback().cases(), 3);
  ASSERT_EQ(figures.costs_size(), 1);
  EXPECT_EQ(figures.costs(0).minor_units(), 200);
  EXPECT_EQ(figures.corrective_actions(), 3);
  EXPECT_EQ(figures.recurrences(), 1);
  // What somebody claims the figures to be does not count.
  v1::CreateManagementReportRequest claiming = Writing();
  claiming.mutable_report()->mutable_figures()->set_cases(99);
  EXPECT_EQ(Must(Do(&ReportService::CreateManagementReport, claiming)).figures().cases(), 3);
}

TEST_P(ReportServiceTest, AReportIsWrittenAboutThePastAndAboutCasesThatThereAre) {
  v1::CreateManagementReportRequest request = Writing();
  *request.mutable_report()->mutable_end_time() = ToProto(Now() + absl::Hours(1));
  EXPECT_EQ(ReasonOf(Do(&ReportService::CreateManagementReport, request).status()), v1::ERROR_REASON_FIELD_INVALID);
  request = Writing();
  *request.mutable_report()->mutable_start_time() = ToProto(Now() - absl::Hours(24 * 367));
  EXPECT_EQ(ReasonOf(Do(&ReportService::CreateManagementReport, request).status()), v1::ERROR_REASON_FIELD_INVALID);
  request = Writing();
  request.mutable_report()->add_cases("cases/unknown");
  const absl::Status unknown = Do(&ReportService::CreateManagementReport, request).status();
  EXPECT_EQ(ReasonOf(unknown), v1::ERROR_REASON_REFERENCE_INVALID) << unknown;
  request.mutable_report()->set_cases(0, office_.Open().name());
  Call trial = office_.By(kWriter);
  trial.validate_only = true;
  EXPECT_TRUE(reports_.CreateManagementReport(trial, request).ok());
  EXPECT_EQ(Must(Do(&ReportService::ListManagementReports, v1::ListManagementReportsRequest())).reports_size(), 0);
  Call call = office_.By(kWriter);
  Call repeated = call;
  const v1::ManagementReport report = Must(reports_.CreateManagementReport(call, request));
  EXPECT_EQ(Must(reports_.CreateManagementReport(repeated, request)).name(), report.name());
  v1::GetManagementReportRequest get;
  get.set_name(report.name());
  EXPECT_THAT(Must(Do(&ReportService::GetManagementReport, get)).cases(), ElementsAre(request.report().cases(0)));
  v1::ListManagementReportsRequest list;
  list.mutable_filter()->set_state(v1::MANAGEMENT_REPORT_STATE_DRAFT);
  EXPECT_EQ(Must(Do(&ReportService::ListManagementReports, list)).reports_size(), 1);
  list.mutable_filter()->set_state(v1::MANAGEMENT_REPORT_STATE_APPROVED);
  EXPECT_EQ(Must(Do(&ReportService::ListManagementReports, list)).reports_size(), 0);
}

TEST_P(ReportServiceTest, AReportGoesFromDraftToApproval) {
  const v1::ManagementReport draft = Write();
  EXPECT_EQ(office_.OpenKinds(draft.name()), (std::vector<std::string>{"to-executives"}));
  // Changed by another, who is its author then.
  auto update = On<v1::UpdateManagementReportRequest>(draft.name(), "7");
  *update.mutable_report() = Writing().report();
  update.mutable_report()->clear_proposals();
  EXPECT_EQ(ReasonOf(Do(&ReportService::UpdateManagementReport, update).status()), v1::ERROR_REASON_ETAG_MISMATCH);
  update.set_etag(draft.etag());
  const v1::ManagementReport changed = Must(Do(&ReportService::UpdateManagementReport, update, kQuality));
  EXPECT_EQ(changed.author(), kQuality.principal);
  EXPECT_EQ(ReasonOf(Do(&ReportService::SubmitManagementReport, Submitting(draft.name())).status()),
            v1::ERROR_REASON_STATE_FORBIDS);  // it proposes nothing
  update.set_etag(changed.etag());
  *update.mutable_report() = Writing().report();
  Must(Do(&ReportService::UpdateManagementReport, update));
  const absl::Status skipped =
      Do(&ReportService::ApproveManagementReport, Approving(draft.name()), kPresident).status();
  EXPECT_EQ(ReasonOf(skipped), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_EQ(ViolationsOf(skipped), std::set<std::string>{"to-executives"});
  EXPECT_EQ(ReasonOf(Do(&ReportService::ReturnManagementReport, Returning(draft.name()), kPresident).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
  Call call = office_.By(kWriter);
  Call repeated = call;
  const v1::ManagementReport submitted = Must(reports_.SubmitManagementReport(call, Submitting(draft.name())));
  EXPECT_EQ(Must(reports_.SubmitManagementReport(repeated, Submitting(draft.name()))).etag(), submitted.etag());
  EXPECT_EQ(submitted.submitted_to(), v1::ROLE_EXECUTIVE);
  EXPECT_EQ(submitted.submitted_by(), kWriter.principal);
  EXPECT_THAT(office_.OpenKinds(draft.name()), IsEmpty());
  EXPECT_EQ(office_.Newest(draft.name(), v1::EVENT_TYPE_MANAGEMENT_REPORT_SUBMITTED).addressee(), v1::ROLE_EXECUTIVE);

  // Its authors and submitter do not decide on it, in whatever role; nor does who only changed it once.
  EXPECT_THAT(submitted.authors(), ElementsAre(kWriter.principal, kQuality.principal));
  const Person changer{kQuality.principal, {v1::ROLE_QUALITY, v1::ROLE_EXECUTIVE}};
  EXPECT_EQ(ReasonOf(Do(&ReportService::ApproveManagementReport, Approving(draft.name()), changer).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Do(&ReportService::ApproveManagementReport, Approving(draft.name()), kWritingPresident).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Do(&ReportService::ReturnManagementReport, Returning(draft.name()), kWritingPresident).status()),
            v1::ERROR_REASON_OWN_SUBMISSION);
  const absl::Status manager =
      Do(&ReportService::ApproveManagementReport, Approving(draft.name(), v1::ROLE_SERVICE_MANAGER), kManager).status();
  EXPECT_EQ(ReasonOf(manager), v1::ERROR_REASON_ROLE_MISSING);
  EXPECT_EQ(MetadataOf(manager)["clauses"], "R-5");
  const v1::ManagementReport returned =
      Must(Do(&ReportService::ReturnManagementReport, Returning(draft.name()), kPresident));
  EXPECT_EQ(returned.state(), v1::MANAGEMENT_REPORT_STATE_RETURNED);
  EXPECT_EQ(returned.return_reason(), "Which levers?");
  EXPECT_EQ(returned.decision().role(), v1::ROLE_EXECUTIVE);
  update.set_etag(returned.etag());
  Must(Do(&ReportService::UpdateManagementReport, update));
  Must(Do(&ReportService::SubmitManagementReport, Submitting(draft.name())));
  Call trial = office_.By(kPresident);
  trial.validate_only = true;
  EXPECT_TRUE(reports_.ApproveManagementReport(trial, Approving(draft.name())).ok());
  Call approving = office_.By(kPresident);
  Call again = approving;
  const v1::ManagementReport approved = Must(reports_.ApproveManagementReport(approving, Approving(draft.name())));
  EXPECT_EQ(approved.state(), v1::MANAGEMENT_REPORT_STATE_APPROVED);
  EXPECT_EQ(approved.decided_by(), kPresident.principal);
  EXPECT_TRUE(approved.decision().head());
  EXPECT_EQ(approved.return_reason(), "");
  EXPECT_EQ(Must(reports_.ApproveManagementReport(again, Approving(draft.name()))).etag(), approved.etag());
  EXPECT_EQ(ReasonOf(Do(&ReportService::ReturnManagementReport, Returning(draft.name()), kPresident).status()),
            v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(office_.Happened(draft.name(), draft.name()),
              ElementsAre("management-report-written", "management-report-written", "management-report-written",
                          "management-report-submitted", "management-report-returned", "management-report-written",
                          "management-report-submitted", "management-report-approved"));
}

TEST_P(ReportServiceTest, AReportGoesToThoseWhoApproveReports) {
  const std::string name = Write().name();
  for (const v1::Role role : {v1::ROLE_QUALITY, v1::ROLE_SERVICE_MANAGER, v1::ROLE_AUDITOR}) {
    const absl::Status refused = Do(&ReportService::SubmitManagementReport, Submitting(name, role)).status();
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID) << role;
    EXPECT_NE(refused.message().find("executive"), std::string::npos) << refused;
  }
  EXPECT_TRUE(Do(&ReportService::SubmitManagementReport, Submitting(name)).ok());
}

TEST_P(ReportServiceTest, ItsAuthorsTakeASubmittedReportBack) {
  const std::string name = Write().name();
  const auto withdraw = [&](const Person& person) {
    return Do(&ReportService::WithdrawManagementReport, On<v1::WithdrawManagementReportRequest>(name), person);
  };
  EXPECT_EQ(ReasonOf(withdraw(kWriter).status()), v1::ERROR_REASON_STATE_FORBIDS) << "it is with nobody";
  Must(Do(&ReportService::SubmitManagementReport, Submitting(name), kManager));
  EXPECT_THAT(office_.OpenKinds(name), IsEmpty());
  EXPECT_EQ(ReasonOf(withdraw(kQuality).status()), v1::ERROR_REASON_PERMISSION_MISSING) << "had no hand in it";
  Call call = office_.By(kWriter);
  Call repeated = call;
  const auto request = On<v1::WithdrawManagementReportRequest>(name);
  const v1::ManagementReport back = Must(reports_.WithdrawManagementReport(call, request));
  EXPECT_EQ(Must(reports_.WithdrawManagementReport(repeated, request)).etag(), back.etag());
  EXPECT_EQ(back.state(), v1::MANAGEMENT_REPORT_STATE_DRAFT);
  EXPECT_EQ(back.submitted_to(), v1::ROLE_UNSPECIFIED);
  EXPECT_EQ(back.submitted_by(), "");
  EXPECT_FALSE(back.has_submit_time());
  EXPECT_EQ(office_.OpenKinds(name), (std::vector<std::string>{"to-executives"})) << "to be submitted again";
  EXPECT_EQ(ReasonOf(Do(&ReportService::ApproveManagementReport, Approving(name), kPresident).status()),
            v1::ERROR_REASON_OBLIGATION_OPEN);
  Must(Do(&ReportService::SubmitManagementReport, Submitting(name), kManager));
  EXPECT_TRUE(withdraw(kManager).ok()) << "who submitted it, too";
  Must(Do(&ReportService::SubmitManagementReport, Submitting(name)));
  EXPECT_TRUE(Do(&ReportService::ApproveManagementReport, Approving(name), kPresident).ok());
  EXPECT_EQ(ReasonOf(withdraw(kWriter).status()), v1::ERROR_REASON_STATE_FORBIDS);
}

}  // namespace
}  // namespace aftersales
