#include "server/reports/report_service.h"

#include <algorithm>
#include <utility>

#include "server/base/clock.h"
#include "server/cases/case_store.h"
#include "server/reports/report_store.h"

namespace aftersales {
namespace {

// Bytes of long texts in the tracking table, which is one line a case.
constexpr size_t kShortText = 400;
// Cases looked at on one page of downtimes, at least: those that concern no equipment are passed over.
constexpr int kLookedAt = 200;

// Not cut inside a character.
std::string Shortened(const std::string& text) {
  size_t end = std::min(text.size(), kShortText);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

v1::TrackedCase TrackedCaseOf(const v1::Case& service_case, const TrackedDetails& details,
                              const std::string& customer) {
  v1::TrackedCase tracked;
  tracked.set_service_case(service_case.name());
  tracked.set_state(service_case.state());
  tracked.set_subject(service_case.subject());
  tracked.set_type(service_case.type());
  tracked.set_classification(service_case.classification());
  tracked.set_customer(service_case.customer());
  tracked.set_customer_name(customer);
  tracked.set_product(service_case.product());
  tracked.set_description(Shortened(service_case.description()));
  *tracked.mutable_notice_time() = service_case.notice_time();
  if (service_case.has_accept_time()) *tracked.mutable_accept_time() = service_case.accept_time();
  tracked.set_cause(service_case.cause());
  tracked.set_remedy(service_case.remedy());
  for (const v1::Role role : details.responsible) tracked.add_responsible(role);
  if (service_case.has_close_time()) *tracked.mutable_close_time() = service_case.close_time();
  tracked.set_resolution(Shortened(service_case.resolution()));
  tracked.set_volume(service_case.volume());
  tracked.set_owed(details.owed);
  tracked.set_overdue(details.overdue);
  *tracked.mutable_create_time() = service_case.create_time();
  return tracked;
}

// Cases after the place that the page token names, newest first, and one more to see whether there are others.
absl::StatusOr<std::vector<v1::Case>> CasesAfter(Reader& reader, const ListQuery& query,
                                                 const google::protobuf::Message& request, int most) {
  ASSIGN_OR_RETURN(const Values after, ReadPageToken(request, "it"));
  std::vector<v1::Case> cases;
  for (const auto& message : Cases().core().Select(reader, query, after, most + 1)) {
    cases.push_back(static_cast<const v1::Case&>(*message));
  }
  return cases;
}

std::string TokenAfter(const google::protobuf::Message& request, const v1::Case& last) {
  return MakePageToken(request, {FromProto(last.create_time()), last.name()});
}

}  // namespace

void ReportService::Bind(rpc::Methods& methods) {
  methods.Unary("ListTrackedCases", this, &ReportService::ListTrackedCases);
  methods.Unary("GetFeedbackDigest", this, &ReportService::GetFeedbackDigest);
  methods.Unary("GetResponseReport", this, &ReportService::GetResponseReport);
  methods.Unary("ListDowntimes", this, &ReportService::ListDowntimes);
  methods.Unary("CreateManagementReport", this, &ReportService::CreateManagementReport);
  methods.Unary("GetManagementReport", this, &ReportService::GetManagementReport);
  methods.Unary("ListManagementReports", this, &ReportService::ListManagementReports);
  methods.Unary("UpdateManagementReport", this, &ReportService::UpdateManagementReport);
  methods.Unary("SubmitManagementReport", this, &ReportService::SubmitManagementReport);
  methods.Unary("WithdrawManagementReport", this, &ReportService::WithdrawManagementReport);
  methods.Unary("ApproveManagementReport", this, &ReportService::ApproveManagementReport);
  methods.Unary("ReturnManagementReport", this, &ReportService::ReturnManagementReport);
}

absl::StatusOr<v1::ListTrackedCasesResponse> ReportService::ListTrackedCases(
    Call& call, const v1::ListTrackedCasesRequest& request) {
  return db_.Read<v1::ListTrackedCasesResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListTrackedCasesResponse> {
        const size_t size = static_cast<size_t>(PageSize(request.page_size()));
        ASSIGN_OR_RETURN(std::vector<v1::Case> cases,
                         CasesAfter(reader, TrackedCaseQuery(request.filter()), request, static_cast<int>(size)));
        v1::ListTrackedCasesResponse response;
        if (cases.size() > size) {
          cases.resize(size);
          response.set_next_page_token(TokenAfter(request, cases.back()));
        }
        Values names, customers;
        for (const v1::Case& service_case : cases) {
          names.emplace_back(service_case.name());
          customers.emplace_back(service_case.customer());
        }
        std::map<std::string, TrackedDetails> details = TrackedDetailsOf(reader, names);
        std::map<std::string, std::string> called = CustomerNames(reader, customers);
        for (const v1::Case& service_case : cases) {
          *response.add_tracked_cases() =
              TrackedCaseOf(service_case, details[service_case.name()], called[service_case.customer()]);
        }
        return response;
      });
}

absl::StatusOr<v1::FeedbackDigest> ReportService::GetFeedbackDigest(Call& call,
                                                                    const v1::GetFeedbackDigestRequest& request) {
  ASSIGN_OR_RETURN(const ReportPeriod period, ReadPeriod("", request.start_time(), request.end_time()));
  return db_.Read<v1::FeedbackDigest>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::FeedbackDigest> { return DigestOf(reader, period); });
}

absl::StatusOr<v1::ResponseReport> ReportService::GetResponseReport(Call& call,
                                                                    const v1::GetResponseReportRequest& request) {
  ASSIGN_OR_RETURN(const ReportPeriod period, ReadPeriod("", request.start_time(), request.end_time()));
  return db_.Read<v1::ResponseReport>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ResponseReport> { return ResponsesOf(reader, period); });
}

absl::StatusOr<v1::ListDowntimesResponse> ReportService::ListDowntimes(Call& call,
                                                                       const v1::ListDowntimesRequest& request) {
  return db_.Read<v1::ListDowntimesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListDowntimesResponse> {
    const int size = PageSize(request.page_size());
    const int look = std::max(size, kLookedAt);
    ASSIGN_OR_RETURN(const std::vector<v1::Case> cases,
                     CasesAfter(reader, DowntimeQuery(request.filter()), request, look));
    std::vector<const v1::Case*> down;
    Values names;
    v1::ListDowntimesResponse response;
    for (size_t i = 0; i < cases.size(); ++i) {
      if (down.size() == static_cast<size_t>(size) || i == static_cast<size_t>(look)) {
        response.set_next_page_token(TokenAfter(request, cases[i - 1]));
        break;
      }
      if (cases[i].equipment().empty()) continue;
      down.push_back(&cases[i]);
      names.emplace_back(cases[i].name());
    }
    std::map<std::string, VisitTimes> visits = VisitTimesOf(reader, names);
    for (const v1::Case* service_case : down) {
      *response.add_downtimes() = DowntimeOf(*service_case, visits[service_case->name()], reader.now());
    }
    return response;
  });
}

}  // namespace aftersales
