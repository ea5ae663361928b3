#include "server/obligations/obligation_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {
namespace {

// More than a case ever has; a bound, because every select has one.
constexpr int kMostOfOneRoot = 5000;
// More than packs have; a version is loaded for a calendar of the pack in force only.
constexpr int kMostCalendars = 1000;

}  // namespace

const Table<v1::Obligation>& ObligationTable() {
  static const auto* table = new Table<v1::Obligation>;
  return *table;
}

const Table<v1::CalendarVersion>& CalendarVersions() {
  static const auto* table = new Table<v1::CalendarVersion>;
  return *table;
}

const Table<v1::PolicyVersion>& PolicyVersions() {
  static const auto* table = new Table<v1::PolicyVersion>;
  return *table;
}

std::vector<v1::Obligation> ObligationsOf(Reader& reader, const std::string& root, bool open_only) {
  ListQuery query;
  query.where.push_back({"root", "=", root});
  if (open_only) query.where.push_back({"state", "=", static_cast<int>(v1::OBLIGATION_STATE_OPEN)});
  query.order.push_back({"create_time"});
  return ObligationTable().Select(reader, query, kMostOfOneRoot);
}

std::vector<v1::Event> EventsOf(Reader& reader, const std::string& root, int limit) {
  std::vector<Row> rows =
      reader.Select("SELECT root_version, id, body FROM event WHERE root = ? LIMIT ?", {root, limit}, "iit");
  // Sorted here: what has no position yet stands first in the index.
  std::sort(rows.begin(), rows.end(), [](const Row& one, const Row& other) {
    return std::pair(one.Int(0), one.Int(1)) < std::pair(other.Int(0), other.Int(1));
  });
  std::vector<v1::Event> events;
  for (const Row& row : rows) {
    // Written by Obligations::RecordPlain; an event that cannot be read tells nothing.
    if (v1::Event event; event.ParseFromString(row.Text(2))) events.push_back(std::move(event));
  }
  return events;
}

std::string OpenCasesSql(const std::optional<SqlText>& seen, Values* values) {
  return absl::StrCat(
      "SELECT name, policy_version, type, classification FROM service_case WHERE state = ? AND name > ?",
      AndAlso(seen, values), " ORDER BY name LIMIT ?");
}

std::vector<OpenCase> OpenCasesAfter(Reader& reader, int64_t state, const std::string& name, int limit) {
  std::vector<OpenCase> cases;
  std::string after = name;
  for (const v1::CaseState open : {v1::CASE_STATE_OPEN, v1::CASE_STATE_ACCEPTED}) {
    if (open < state || static_cast<int>(cases.size()) == limit) continue;
    if (open > state) after.clear();
    Values values{static_cast<int>(open), after};
    const std::string sql = OpenCasesSql(SeenRows(reader, *v1::Case::descriptor()), &values);
    values.emplace_back(limit - static_cast<int>(cases.size()));
    for (const Row& row : reader.Select(sql, values, "tttt")) {
      cases.push_back({open, row.Text(0), row.Text(1), row.Text(2), row.Text(3)});
    }
  }
  return cases;
}

std::vector<DueObligation> DueAfter(Reader& reader, const DueObligation& last, int limit) {
  std::vector<DueObligation> due;
  for (const Row& row : reader.Select(
           "SELECT fire_time, name, root FROM obligation WHERE fire_time <= ? AND fire_time >= ? AND (fire_time "
           "> ? OR name > ?) ORDER BY fire_time, name LIMIT ?",
           {reader.now(), last.fire_time, last.fire_time, last.name, limit}, "itt")) {
    due.push_back({row.Int(0), row.Text(1), row.Text(2)});
  }
  return due;
}

std::vector<v1::Obligation> OpenAndDue(Tx& tx, const std::string& root) {
  ListQuery query;
  query.where.push_back({"root", "=", root});
  query.where.push_back({"state", "=", static_cast<int>(v1::OBLIGATION_STATE_OPEN)});
  query.where.push_back({"fire_time", "<=", tx.now()});
  // The order of the index by root, so that no engine walks another instead.
  query.order.push_back({"due_time"});
  return ObligationTable().Select(tx, query, kMostOfOneRoot);
}

int64_t CountDue(Reader& reader, int most) {
  return reader
      .SelectOne("SELECT COUNT(*) FROM (SELECT name FROM obligation WHERE fire_time <= ? LIMIT ?) AS due",
                 {reader.now(), most}, "i")
      ->Int(0);
}

int64_t CountOverdue(Reader& reader, int most) {
  return reader
      .SelectOne("SELECT COUNT(*) FROM (SELECT name FROM obligation WHERE state = ? AND due_time <= ? LIMIT ?) AS late",
                 {static_cast<int>(v1::OBLIGATION_STATE_OPEN), reader.now(), most}, "i")
      ->Int(0);
}

absl::Status InsertObligations(Tx& tx, std::vector<v1::Obligation>& obligations) {
  if (obligations.empty()) return absl::OkStatus();
  std::vector<google::protobuf::Message*> rows;
  for (v1::Obligation& obligation : obligations) {
    obligation.set_name(absl::StrCat("obligations/", tx.NewId()));
    rows.push_back(&obligation);
  }
  return ObligationTable().core().InsertMany(tx, rows);
}

InForce PolicyInForce(Reader& reader, bool lock) {
  const auto row =
      reader.SelectOne(absl::StrCat("SELECT policy_version, next_version, next_time FROM active_policy WHERE id = ?",
                                    lock ? std::string(reader.ForUpdate()) : std::string()),
                       {1}, "tti");
  return row.has_value() ? InForce{row->Text(0), row->Text(1), row->Time(2)} : InForce();
}

void SetPolicyInForce(Tx& tx, const InForce& in_force) {
  tx.Execute("UPDATE active_policy SET policy_version = ?, next_version = ?, next_time = ? WHERE id = ?",
             {in_force.version, in_force.next, in_force.next_time, 1});
}

std::string ActivePolicyVersion(Reader& reader) { return PolicyInForce(reader, /*lock=*/false).At(reader.now()); }

absl::Time FirstPolicyTime(Reader& reader) {
  // A few dozen rows in a database's life.
  const auto row =
      reader.SelectOne("SELECT MIN(effective_time) FROM policy_version WHERE effective_time <= ?", {reader.now()}, "i");
  return row.has_value() && !row->IsNull(0) ? row->Time(0) : absl::InfiniteFuture();
}

std::map<std::string, InForce> CalendarsInForce(Reader& reader) {
  std::map<std::string, InForce> calendars;
  for (const Row& row :
       reader.Select("SELECT calendar, calendar_version, next_version, next_time FROM active_calendar LIMIT ?",
                     {kMostCalendars}, "ttti")) {
    calendars[row.Text(0)] = {row.Text(1), row.Text(2), row.Time(3)};
  }
  return calendars;
}

InForce LockCalendarInForce(Tx& tx, const std::string& calendar) {
  const auto find = [&] {
    return tx.SelectOne(
        absl::StrCat("SELECT calendar_version, next_version, next_time FROM active_calendar WHERE calendar = ?",
                     std::string(tx.ForUpdate())),
        {calendar}, "tti");
  };
  auto row = find();
  if (!row.has_value()) {
    // Another may insert it at the same time: then there is one to lock.
    tx.Insert("INSERT INTO active_calendar (calendar, calendar_version, next_version, next_time) VALUES (?, '', '', 0)",
              {calendar});
    row = find();
  }
  return row.has_value() ? InForce{row->Text(0), row->Text(1), row->Time(2)} : InForce();
}

bool TurnWaits(Reader& reader) {
  return reader
      .SelectOne(
          "SELECT 1 FROM active_policy WHERE next_version <> '' AND next_time <= ? UNION ALL SELECT 1 FROM "
          "active_calendar WHERE next_version <> '' AND next_time <= ? LIMIT 1",
          {reader.now(), reader.now()}, "i")
      .has_value();
}

void SetCalendarInForce(Tx& tx, const std::string& calendar, const InForce& in_force) {
  tx.Execute("UPDATE active_calendar SET calendar_version = ?, next_version = ?, next_time = ? WHERE calendar = ?",
             {in_force.version, in_force.next, in_force.next_time, calendar});
}

}  // namespace aftersales
