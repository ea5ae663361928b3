#include "server/reports/report_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/directory/directory_store.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

constexpr int kMostKinds = 200;
constexpr int kMostItems = 100;
// Costs read in one statement, and added up for one report at most.
constexpr int kCostsAtOnce = 1000;
constexpr int kMostCosts = 200000;

std::map<std::string, std::string> DisplayNames(Reader& reader, const std::string& table, const Values& names) {
  std::map<std::string, std::string> found;
  const std::string sql = ByNamesSql(absl::StrCat("SELECT name, display_name FROM ", table, " WHERE name"));
  SelectByNames(reader, sql, {}, names, "tt", [&](const Row& row) { found[row.Text(0)] = row.Text(1); });
  return found;
}

void CreatedWithin(bool has_start, const google::protobuf::Timestamp& start, bool has_end,
                   const google::protobuf::Timestamp& end, ListQuery* query) {
  if (has_start) query->where.push_back({"create_time", ">=", FromProto(start)});
  if (has_end) query->where.push_back({"create_time", "<", FromProto(end)});
}

constexpr char kResponses[] =
    "SELECT channel, COUNT(*), COUNT(answer_time), COUNT(CASE WHEN unanswered = 1 THEN 1 END), "
    "SUM(answer_time - notice_time), MAX(answer_time - notice_time) FROM contact WHERE notice_time >= ? AND "
    "notice_time < ? GROUP BY channel ORDER BY channel";
constexpr char kLongestWaiting[] =
    "SELECT name FROM contact WHERE notice_time >= ? AND notice_time < ? AND unanswered = 1 ORDER BY notice_time, name "
    "LIMIT 1";
constexpr char kFeedback[] =
    "SELECT COUNT(*), COUNT(CASE WHEN satisfied = ? THEN 1 END), COUNT(CASE WHEN satisfied = ? THEN 1 END) FROM "
    "feedback WHERE feedback_time >= ? AND feedback_time < ?";
constexpr char kFeedbackByKind[] =
    "SELECT kind, product, COUNT(*), COUNT(CASE WHEN satisfied = ? THEN 1 END), COUNT(CASE WHEN satisfied = ? THEN 1 "
    "END), COUNT(handle_time) FROM feedback WHERE feedback_time >= ? AND feedback_time < ? GROUP BY kind, product "
    "ORDER BY COUNT(*) DESC, kind, product LIMIT ?";
constexpr char kCases[] = "SELECT COUNT(*) FROM service_case WHERE create_time >= ? AND create_time < ?";
constexpr char kCasesByProduct[] =
    "SELECT product, cause, COUNT(*), COUNT(CASE WHEN state IN (?, ?) THEN 1 END) FROM service_case WHERE create_time "
    ">= ? AND create_time < ? GROUP BY product, cause ORDER BY COUNT(*) DESC, product, cause LIMIT ?";
constexpr char kCasesByItem[] =
    "SELECT i.item, COUNT(*) FROM service_case c JOIN case_item i ON i.service_case = c.name WHERE c.create_time >= ? "
    "AND c.create_time < ? GROUP BY i.item ORDER BY COUNT(*) DESC, i.item LIMIT ?";
constexpr char kCasesClosed[] = "SELECT COUNT(*) FROM service_case WHERE close_time >= ? AND close_time < ?";
constexpr char kObligations[] =
    "SELECT COUNT(CASE WHEN state = ? THEN 1 END), COUNT(CASE WHEN state = ? OR (state = ? AND due_time <= ?) THEN 1 "
    "END) FROM obligation WHERE due_time >= ? AND due_time < ?";
constexpr char kActions[] =
    "SELECT COUNT(*), COUNT(CASE WHEN recurrence_count > 0 THEN 1 END) FROM corrective_action WHERE create_time >= ? "
    "AND create_time < ?";
// Said so that the first comparison bounds the key's range.
constexpr char kVettedCosts[] =
    "SELECT decide_time, name, nested FROM cost WHERE state = ? AND decide_time >= ? AND decide_time < ? AND "
    "(decide_time > ? OR name > ?) ORDER BY decide_time, name LIMIT ?";

int Int(const Row& row, size_t column) { return static_cast<int>(row.Int(column)); }

absl::StatusOr<std::map<std::string, int64_t>> VettedCosts(Reader& reader, const ReportPeriod& period) {
  std::map<std::string, int64_t> by_currency;
  absl::Time from = period.start;
  std::string after;
  for (int read = 0;; read += kCostsAtOnce) {
    if (read == kMostCosts) {
      return FieldError("report.end_time", absl::StrCat("is too far off: more than ", kMostCosts,
                                                        " costs were vetted in that time; take a shorter period"));
    }
    const std::vector<Row> rows = reader.Select(
        kVettedCosts, {static_cast<int>(v1::COST_STATE_VETTED), from, period.end, from, after, kCostsAtOnce}, "itt");
    for (const Row& row : rows) {
      from = row.Time(0);
      after = row.Text(1);
      v1::Cost cost;
      if (!cost.ParseFromString(row.Text(2))) return InternalError(absl::StrCat(after, " cannot be read"));
      by_currency[cost.amount().currency_code()] += cost.amount().minor_units();
    }
    if (rows.size() < static_cast<size_t>(kCostsAtOnce)) return by_currency;
  }
}

}  // namespace

const Table<v1::ManagementReport>& ManagementReports() { return TableOf<v1::ManagementReport>(); }

ListQuery ManagementReportQuery(const v1::ManagementReportFilter& filter) {
  ListQuery query;
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  query.order.push_back({"create_time", /*descending=*/true});
  return query;
}

ListQuery TrackedCaseQuery(const v1::TrackedCaseFilter& filter) {
  ListQuery query;
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  if (!filter.customer().empty()) query.where.push_back({"customer", "=", filter.customer()});
  CreatedWithin(filter.has_start_time(), filter.start_time(), filter.has_end_time(), filter.end_time(), &query);
  query.order.push_back({"create_time", /*descending=*/true});
  return query;
}

ListQuery DowntimeQuery(const v1::DowntimeFilter& filter) {
  ListQuery query;
  if (!filter.customer().empty()) query.where.push_back({"customer", "=", filter.customer()});
  if (!filter.equipment().empty()) query.where.push_back({"equipment", "=", filter.equipment()});
  CreatedWithin(filter.has_start_time(), filter.start_time(), filter.has_end_time(), filter.end_time(), &query);
  query.order.push_back({"create_time", /*descending=*/true});
  return query;
}

std::map<std::string, TrackedDetails> TrackedDetailsOf(Reader& reader, const Values& cases) {
  static const auto* owed = new std::string(ByNamesSql(
      "SELECT root, COUNT(*), COUNT(CASE WHEN due_time <= ? THEN 1 END) FROM obligation WHERE state = ? AND root",
      " GROUP BY root"));
  static const auto* decided =
      new std::string(ByNamesSql("SELECT service_case, nested FROM responsibility WHERE state = ? AND service_case"));
  std::map<std::string, TrackedDetails> details;
  SelectByNames(reader, *owed, {reader.now(), static_cast<int>(v1::OBLIGATION_STATE_OPEN)}, cases, "tii",
                [&](const Row& row) {
                  details[row.Text(0)].owed = Int(row, 1);
                  details[row.Text(0)].overdue = Int(row, 2);
                });
  SelectByNames(reader, *decided, {static_cast<int>(v1::RESPONSIBILITY_STATE_DECIDED)}, cases, "tt",
                [&](const Row& row) {
                  v1::Responsibility responsibility;
                  if (!responsibility.ParseFromString(row.Text(1))) return;
                  std::vector<v1::Role>& roles = details[row.Text(0)].responsible;
                  for (const v1::ResponsibilityShare& share : responsibility.shares()) {
                    if (std::find(roles.begin(), roles.end(), share.department()) == roles.end())
                      roles.push_back(share.department());
                  }
                });
  return details;
}

std::map<std::string, VisitTimes> VisitTimesOf(Reader& reader, const Values& cases) {
  static const auto* sql = new std::string(ByNamesSql(
      "SELECT service_case, MIN(check_in_time), MAX(complete_time), COUNT(*), COUNT(complete_time) FROM visit "
      "WHERE service_case",
      " GROUP BY service_case"));
  std::map<std::string, VisitTimes> times;
  SelectByNames(reader, *sql, {}, cases, "tiiii", [&](const Row& row) {
    VisitTimes& visits = times[row.Text(0)];
    if (!row.IsNull(1)) visits.arrived = row.Time(1);
    if (!row.IsNull(2)) visits.completed = row.Time(2);
    visits.working = row.Int(4) < row.Int(3);
  });
  return times;
}

std::map<std::string, std::string> CustomerNames(Reader& reader, const Values& customers) {
  return DisplayNames(reader, "customer", customers);
}

v1::FeedbackDigest DigestOf(Reader& reader, const ReportPeriod& period) {
  const int satisfied = v1::SATISFACTION_SATISFIED, dissatisfied = v1::SATISFACTION_DISSATISFIED;
  v1::FeedbackDigest digest;
  *digest.mutable_start_time() = ToProto(period.start);
  *digest.mutable_end_time() = ToProto(period.end);
  const std::optional<Row> all =
      reader.SelectOne(kFeedback, {satisfied, dissatisfied, period.start, period.end}, "iii");
  digest.set_feedbacks(Int(*all, 0));
  digest.set_satisfied(Int(*all, 1));
  digest.set_dissatisfied(Int(*all, 2));
  for (const Row& row :
       reader.Select(kFeedbackByKind, {satisfied, dissatisfied, period.start, period.end, kMostKinds}, "itiiii")) {
    v1::FeedbackCount* count = digest.add_by_kind();
    count->set_kind(static_cast<v1::FeedbackKind>(row.Int(0)));
    count->set_product(row.Text(1));
    count->set_feedbacks(Int(row, 2));
    count->set_satisfied(Int(row, 3));
    count->set_dissatisfied(Int(row, 4));
    count->set_handled(Int(row, 5));
  }
  digest.set_cases(Int(*reader.SelectOne(kCases, {period.start, period.end}, "i"), 0));
  const int closed = v1::CASE_STATE_CLOSED, archived = v1::CASE_STATE_ARCHIVED;
  Values products;
  for (const Row& row :
       reader.Select(kCasesByProduct, {closed, archived, period.start, period.end, kMostKinds}, "tiii")) {
    v1::CaseCount* count = digest.add_by_product();
    count->set_product(row.Text(0));
    count->set_cause(static_cast<v1::Cause>(row.Int(1)));
    count->set_cases(Int(row, 2));
    count->set_closed(Int(row, 3));
    if (!row.Text(0).empty()) products.push_back(row.Text(0));
  }
  std::map<std::string, std::string> names = DisplayNames(reader, "product", products);
  for (v1::CaseCount& count : *digest.mutable_by_product()) count.set_product_name(names[count.product()]);
  for (const Row& row : reader.Select(kCasesByItem, {period.start, period.end, kMostItems}, "ti")) {
    v1::ItemCount* count = digest.add_by_item();
    count->set_item(row.Text(0));
    count->set_cases(Int(row, 1));
  }
  return digest;
}

v1::ResponseReport ResponsesOf(Reader& reader, const ReportPeriod& period) {
  constexpr int64_t kMicros = 1000000;
  v1::ResponseReport report;
  *report.mutable_start_time() = ToProto(period.start);
  *report.mutable_end_time() = ToProto(period.end);
  int64_t sum = 0;
  for (const Row& row : reader.Select(kResponses, {period.start, period.end}, "iiiiii")) {
    v1::ChannelResponse* channel = report.add_channels();
    channel->set_channel(Word(static_cast<v1::Channel>(row.Int(0))));
    channel->set_contacts(Int(row, 1));
    channel->set_answered(Int(row, 2));
    channel->set_unanswered(Int(row, 3));
    if (row.Int(2) > 0) channel->set_average_seconds(row.Int(4) / row.Int(2) / kMicros);
    channel->set_longest_seconds(row.Int(5) / kMicros);
    report.set_contacts(report.contacts() + channel->contacts());
    report.set_answered(report.answered() + channel->answered());
    report.set_unanswered(report.unanswered() + channel->unanswered());
    report.set_longest_seconds(std::max(report.longest_seconds(), channel->longest_seconds()));
    sum += row.Int(4);
  }
  report.set_ended_unanswered(report.contacts() - report.answered() - report.unanswered());
  if (report.answered() > 0) report.set_average_seconds(sum / report.answered() / kMicros);
  if (const auto row = reader.SelectOne(kLongestWaiting, {period.start, period.end}, "t"); row.has_value()) {
    report.set_longest_waiting(row->Text(0));
  }
  return report;
}

absl::StatusOr<v1::ManagementFigures> FiguresOf(Reader& reader, const ReportPeriod& period) {
  v1::ManagementFigures figures;
  const v1::ResponseReport responses = ResponsesOf(reader, period);
  figures.set_contacts(responses.contacts());
  figures.set_unanswered(responses.unanswered());
  *figures.mutable_feedback() = DigestOf(reader, period);
  figures.set_cases(figures.feedback().cases());
  figures.set_cases_closed(Int(*reader.SelectOne(kCasesClosed, {period.start, period.end}, "i"), 0));
  const int met = v1::OBLIGATION_STATE_MET, late = v1::OBLIGATION_STATE_LATE_MET, open = v1::OBLIGATION_STATE_OPEN;
  const std::optional<Row> obligations =
      reader.SelectOne(kObligations, {met, late, open, reader.now(), period.start, period.end}, "ii");
  figures.set_obligations_met(Int(*obligations, 0));
  figures.set_obligations_late(Int(*obligations, 1));
  const std::optional<Row> actions = reader.SelectOne(kActions, {period.start, period.end}, "ii");
  figures.set_corrective_actions(Int(*actions, 0));
  figures.set_recurrences(Int(*actions, 1));
  ASSIGN_OR_RETURN(const auto costs, VettedCosts(reader, period));
  for (const auto& [currency, minor_units] : costs) {
    v1::Money* money = figures.add_costs();
    money->set_currency_code(currency);
    money->set_minor_units(minor_units);
  }
  return figures;
}

std::vector<ReportStatement> ReportStatements() {
  return {{kResponses, "se", false},
          {kLongestWaiting, "se", false},
          {kFeedback, "iise", false},
          {kFeedbackByKind, "iisei", false},
          {kCases, "se", true},
          {kCasesByProduct, "iisei", true},
          {kCasesByItem, "sei", true},
          {kCasesClosed, "se", false},
          {kObligations, "iiiese", false},
          {kActions, "se", true},
          {kVettedCosts, "isesti", false}};
}

}  // namespace aftersales
