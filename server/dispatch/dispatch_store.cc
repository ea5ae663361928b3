#include "server/dispatch/dispatch_store.h"

#include "absl/strings/str_cat.h"

namespace aftersales {
namespace {

// Overlaps of half-open times; `state` is LEFT, after which a visit keeps nobody busy.
constexpr char kOverlaps[] = "state <> ? AND plan_start_time < ? AND plan_end_time > ?";

}  // namespace

const Table<v1::Engineer>& Engineers() {
  static const Table<v1::Engineer> table;
  return table;
}

const Table<v1::Visit>& Visits() {
  static const Table<v1::Visit> table;
  return table;
}

ListQuery EngineerQuery(const v1::EngineerFilter& filter) {
  ListQuery query;
  if (!filter.region().empty()) query.where.push_back({"region", "=", filter.region()});
  return query;
}

ListQuery VisitQuery(const v1::VisitFilter& filter, const std::optional<std::string>& own_engineer) {
  ListQuery query;
  if (own_engineer.has_value()) query.where.push_back({"engineer", "=", *own_engineer});
  if (!filter.engineer().empty()) query.where.push_back({"engineer", "=", filter.engineer()});
  if (!filter.service_case().empty()) query.where.push_back({"service_case", "=", filter.service_case()});
  if (filter.state() != v1::VISIT_STATE_UNSPECIFIED) {
    query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  }
  query.order.push_back({"create_time", /*descending=*/true});
  return query;
}

std::string EngineerOfPrincipal(Reader& reader, const std::string& principal) {
  if (principal.empty()) return "";
  const auto row = reader.SelectOne("SELECT name FROM engineer WHERE principal = ? LIMIT 1", {principal}, "t");
  return row.has_value() ? row->Text(0) : "";
}

std::optional<Booking> FindBooking(Reader& reader, const std::string& engineer, absl::Time start, absl::Time end,
                                   const std::string& except) {
  const auto row =
      reader.SelectOne(absl::StrCat("SELECT name, plan_start_time, plan_end_time FROM visit WHERE engineer = ? AND ",
                                    kOverlaps, " AND name <> ? ORDER BY plan_start_time LIMIT 1"),
                       {engineer, static_cast<int>(v1::VISIT_STATE_LEFT), end, start, except}, "tii");
  if (!row.has_value()) return std::nullopt;
  return Booking{row->Text(0), row->Time(1), row->Time(2)};
}

std::set<std::string> BookedEngineers(Reader& reader, const std::vector<std::string>& engineers, absl::Time start,
                                      absl::Time end) {
  if (engineers.empty()) return {};
  std::string sql = "SELECT DISTINCT engineer FROM visit WHERE engineer IN (";
  Values values;
  for (const std::string& engineer : engineers) {
    absl::StrAppend(&sql, values.empty() ? "?" : ", ?");
    values.push_back(engineer);
  }
  absl::StrAppend(&sql, ") AND ", kOverlaps, " LIMIT ", engineers.size());
  values.push_back(static_cast<int>(v1::VISIT_STATE_LEFT));
  values.push_back(end);
  values.push_back(start);
  std::set<std::string> booked;
  for (const Row& row : reader.Select(sql, values, "t")) booked.insert(row.Text(0));
  return booked;
}

}  // namespace aftersales
