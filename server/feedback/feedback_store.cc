#include "server/feedback/feedback_store.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "aftersales/v1/policy.pb.h"
#include "server/base/clock.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

void WhereSet(ListQuery& query, const std::string& column, const std::string& value) {
  if (!value.empty()) query.where.push_back({column, "=", value});
}

OwedCall OwedCallOf(const Row& row) {
  OwedCall owed;
  owed.place = {row.Int(0), row.Text(1)};
  owed.call.set_obligation(row.Text(1));
  owed.call.set_customer(row.Text(2));
  owed.call.set_kind(row.Text(3));
  owed.call.set_title(row.Text(4));
  if (row.Int(0) != std::numeric_limits<int64_t>::max()) *owed.call.mutable_due_time() = ToProto(row.Time(0));
  return owed;
}

}  // namespace

// Whatever the kinds of other packs mean, calls are owed to customers: no other root takes a callback.
const char kOwedCallsSql[] =
    "SELECT due_time, name, root, kind, title FROM obligation WHERE kind = ? AND state = ? AND due_time >= ? AND "
    "due_time <= "
    "? AND (due_time > ? OR name > ?) AND root LIKE 'customers/%' ORDER BY due_time, name LIMIT ?";
const char kOwedCallsOfCustomerSql[] =
    "SELECT due_time, name, root, kind, title FROM obligation WHERE root = ? AND state = ? AND due_time >= ? AND "
    "due_time <= "
    "? AND (due_time > ? OR name > ?) AND kind = ? ORDER BY due_time, name LIMIT ?";

const std::string& AttemptsSql() {
  static const auto& sql = *new std::string(ByNamesSql(
      "SELECT o.name, COUNT(c.name), MAX(c.call_time) FROM obligation o JOIN callback c ON c.customer = o.root "
      "AND c.call_time >= o.since_time AND c.reached = 0 WHERE o.name",
      " GROUP BY o.name"));
  return sql;
}

const Table<v1::Feedback>& Feedbacks() {
  static const Table<v1::Feedback> table;
  return table;
}

const Table<v1::Callback>& Callbacks() {
  static const Table<v1::Callback> table;
  return table;
}

ListQuery FeedbackQuery(const v1::FeedbackFilter& filter) {
  ListQuery query;
  if (filter.kind() != v1::FEEDBACK_KIND_UNSPECIFIED) {
    query.where.push_back({"kind", "=", static_cast<int>(filter.kind())});
  }
  if (filter.state() != v1::FEEDBACK_STATE_UNSPECIFIED) {
    query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  }
  WhereSet(query, "customer", filter.customer());
  WhereSet(query, "service_case", filter.service_case());
  WhereSet(query, "engineer", filter.engineer());
  query.order.push_back({"feedback_time", /*descending=*/true});
  return query;
}

ListQuery CallbackQuery(const v1::CallbackFilter& filter) {
  ListQuery query;
  WhereSet(query, "customer", filter.customer());
  if (filter.unreached()) query.where.push_back({"reached", "=", false});
  query.order.push_back({"call_time", /*descending=*/true});
  return query;
}

std::optional<std::string> PrincipalOfEngineer(Reader& reader, const std::string& engineer) {
  const auto row = reader.SelectOne("SELECT principal FROM engineer WHERE name = ?", {engineer}, "t");
  if (!row.has_value()) return std::nullopt;
  return row->Text(0);
}

std::string EngineerOfVisit(Reader& reader, const std::string& visit) {
  const auto row = reader.SelectOne("SELECT engineer FROM visit WHERE name = ?", {visit}, "t");
  return row.has_value() ? row->Text(0) : "";
}

std::vector<OwedCall> OwedCalls(Reader& reader, const std::set<std::string>& kinds, const std::string& customer,
                                const DuePlace& after, int64_t latest, int limit) {
  const int open = static_cast<int>(v1::OBLIGATION_STATE_OPEN);
  std::vector<OwedCall> calls;
  for (const std::string& kind : kinds) {
    const Values values =
        customer.empty()
            ? Values{kind, open, after.due_time, latest, after.due_time, after.obligation, limit}
            : Values{customer, open, after.due_time, latest, after.due_time, after.obligation, kind, limit};
    for (const Row& row : reader.Select(customer.empty() ? kOwedCallsSql : kOwedCallsOfCustomerSql, values, "itttt")) {
      calls.push_back(OwedCallOf(row));
    }
  }
  std::sort(calls.begin(), calls.end(), [](const OwedCall& one, const OwedCall& other) {
    return std::tie(one.place.due_time, one.place.obligation) < std::tie(other.place.due_time, other.place.obligation);
  });
  if (calls.size() > static_cast<size_t>(limit)) calls.resize(static_cast<size_t>(limit));
  return calls;
}

void AddCustomers(Reader& reader, std::vector<OwedCall>* calls) {
  static const auto& sql =
      *new std::string(ByNamesSql("SELECT name, display_name, telephone FROM customer WHERE name"));
  std::multimap<std::string, v1::DueCall*> by_customer;
  std::set<std::string> names;
  for (OwedCall& owed : *calls) {
    by_customer.emplace(owed.call.customer(), &owed.call);
    names.insert(owed.call.customer());
  }
  SelectByNames(reader, sql, {}, Values(names.begin(), names.end()), "ttt", [&](const Row& row) {
    const auto [begin, end] = by_customer.equal_range(row.Text(0));
    for (auto it = begin; it != end; ++it) {
      it->second->set_customer_name(row.Text(1));
      it->second->set_telephone(row.Text(2));
    }
  });
}

void AddAttempts(Reader& reader, std::vector<OwedCall>* calls) {
  std::map<std::string, v1::DueCall*> by_name;
  Values names;
  for (OwedCall& owed : *calls) {
    by_name[owed.call.obligation()] = &owed.call;
    names.push_back(owed.call.obligation());
  }
  SelectByNames(reader, AttemptsSql(), {}, names, "tii", [&](const Row& row) {
    v1::DueCall& call = *by_name[row.Text(0)];
    call.set_attempts(static_cast<int32_t>(row.Int(1)));
    *call.mutable_last_attempt_time() = ToProto(row.Time(2));
  });
}

}  // namespace aftersales
