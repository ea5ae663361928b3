#include "server/cases/case_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/v1/policy.pb.h"
#include "server/base/clock.h"

namespace aftersales {
namespace {

// More than any case has; a bound, because every select has one.
constexpr int kMostOwed = 1000;

template <typename Resource>
const Table<Resource>& TableOf() {
  static const auto* table = new Table<Resource>;
  return *table;
}

}  // namespace

const Table<v1::Contact>& Contacts() { return TableOf<v1::Contact>(); }
const Table<v1::Case>& Cases() { return TableOf<v1::Case>(); }
const Table<v1::Solution>& Solutions() { return TableOf<v1::Solution>(); }
const Table<v1::Document>& Documents() { return TableOf<v1::Document>(); }
const Table<v1::TelephoneAttempt>& TelephoneAttempts() { return TableOf<v1::TelephoneAttempt>(); }
const Table<v1::HelpRequest>& HelpRequests() { return TableOf<v1::HelpRequest>(); }
const Table<v1::Dispute>& Disputes() { return TableOf<v1::Dispute>(); }

std::string CaseOfVisit(Reader& reader, const std::string& visit) {
  const auto row = reader.SelectOne("SELECT service_case FROM visit WHERE name = ?", {visit}, "t");
  return row.has_value() ? row->Text(0) : "";
}

Parties PartiesOf(Reader& reader, const std::string& customer, const std::string& equipment, const std::string& site) {
  Parties parties;
  const auto row = reader.SelectOne(
      "SELECT u.name, u.tier, u.region, "
      "e.name, e.customer, e.product, e.region, e.site, e.delivery_time, e.install_time, e.commission_time, "
      "e.warranty_end_time, p.name, p.key_product, p.large_scale, "
      "k.name, k.number, k.sign_time, k.warranty_months, k.warranty_start, k.warranty_provision, "
      "h.region, s.name, s.customer, s.region "
      "FROM customer u LEFT JOIN equipment e ON e.name = ? LEFT JOIN product p ON p.name = e.product "
      "LEFT JOIN contract k ON k.name = e.contract LEFT JOIN site h ON h.name = e.site LEFT JOIN site s ON s.name = ? "
      "WHERE u.name = ?",
      {equipment, site, customer},
      "tttttttt"
      "iiii"
      "tii"
      "ttiiit"
      "tttt");
  if (!row.has_value()) return parties;
  const auto time = [&](size_t column, auto mutable_time) {
    if (!row->IsNull(column)) *mutable_time() = ToProto(row->Time(column));
  };
  parties.customer.set_name(row->Text(0));
  parties.customer.set_tier(row->Text(1));
  parties.customer.set_region(row->Text(2));
  v1::Equipment& sold = parties.equipment;
  sold.set_name(row->Text(3));
  sold.set_customer(row->Text(4));
  sold.set_product(row->Text(5));
  sold.set_region(row->Text(6));
  sold.set_site(row->Text(7));
  time(8, [&] { return sold.mutable_delivery_time(); });
  time(9, [&] { return sold.mutable_install_time(); });
  time(10, [&] { return sold.mutable_commission_time(); });
  time(11, [&] { return sold.mutable_warranty_end_time(); });
  parties.product.set_name(row->Text(12));
  parties.product.set_key_product(row->Int(13) != 0);
  parties.product.set_large_scale(row->Int(14) != 0);
  v1::Contract& contract = parties.contract;
  contract.set_name(row->Text(15));
  contract.set_number(row->Text(16));
  time(17, [&] { return contract.mutable_sign_time(); });
  contract.set_warranty_months(static_cast<int32_t>(row->Int(18)));
  contract.set_warranty_start(static_cast<v1::WarrantyStart>(row->Int(19)));
  contract.set_warranty_provision(row->Text(20));
  sold.set_contract(contract.name());
  parties.equipment_region = row->Text(21);
  parties.site.set_name(row->Text(22));
  parties.site.set_customer(row->Text(23));
  parties.site.set_region(row->Text(24));
  return parties;
}

const char kOwingContactsSql[] =
    "SELECT c.name FROM contact c JOIN obligation o ON o.root = c.name WHERE c.service_case = ? AND o.state = ? LIMIT "
    "?";

std::vector<std::string> OwingContactsOf(Reader& reader, const std::string& service_case) {
  std::vector<std::string> names;
  for (const Row& row :
       reader.Select(kOwingContactsSql, {service_case, static_cast<int>(v1::OBLIGATION_STATE_OPEN), kMostOwed}, "t")) {
    if (names.empty() || names.back() != row.Text(0)) names.push_back(row.Text(0));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

int CountContacts(Reader& reader, const std::string& service_case, int most) {
  return static_cast<int>(
      reader.Select("SELECT name FROM contact WHERE service_case = ? ORDER BY name LIMIT ?", {service_case, most}, "t")
          .size());
}

std::string QueueSql(const std::optional<SqlText>& seen, Values* values) {
  return absl::StrCat(
      "SELECT name, customer, severity, notice_time, answer_time, close_time, answered_by FROM contact "
      "WHERE notice_time >= ? AND notice_time < ?",
      AndAlso(seen, values), " ORDER BY notice_time, name LIMIT ?");
}

std::vector<QueuedContact> QueueOf(Reader& reader, absl::Time start, absl::Time end, int most) {
  Values values{start, end};
  const std::string sql = QueueSql(SeenRows(reader, *v1::Contact::descriptor()), &values);
  values.emplace_back(most);
  std::vector<QueuedContact> queue;
  for (const Row& row : reader.Select(sql, values, "ttiiiit")) {
    QueuedContact& contact = queue.emplace_back();
    contact.waiting.contact = row.Text(0);
    contact.customer = row.Text(1);
    contact.waiting.severity = static_cast<v1::Severity>(row.Int(2));
    contact.waiting.notice = row.Time(3);
    if (!row.IsNull(4)) contact.waiting.answered = row.Time(4);
    if (!row.IsNull(5)) contact.waiting.ended = row.Time(5);
    contact.answered_by = row.Text(6);
  }
  return queue;
}

void KeepItems(Tx& tx, const v1::Case& service_case, const std::vector<std::string>& items, bool before) {
  if (before) tx.Execute("DELETE FROM case_item WHERE service_case = ?", {service_case.name()});
  if (items.empty()) return;
  Values values;
  for (const std::string& item : items) {
    values.emplace_back(item);
    values.emplace_back(service_case.name());
    values.emplace_back(service_case.product());
    values.emplace_back(FromProto(service_case.create_time()));
  }
  const std::string places = absl::StrJoin(std::vector<std::string>(items.size(), "(?, ?, ?, ?)"), ", ");
  tx.Execute(absl::StrCat("INSERT INTO case_item (item, service_case, product, create_time) VALUES ", places), values);
}

std::string CasesWithItemSql(bool of_product, const std::optional<SqlText>& seen, Values* values) {
  return absl::StrCat("SELECT service_case, product, create_time FROM case_item WHERE item = ?",
                      of_product ? " AND product = ?" : "",
                      " AND create_time <= ? AND (create_time < ? OR service_case < ?)", AndAlso(seen, values),
                      " ORDER BY create_time DESC, service_case DESC LIMIT ?");
}

std::vector<ItemEntry> CasesWithItem(Reader& reader, const std::string& item, const std::string& product,
                                     const ItemPlace& after, int most) {
  Values values{item};
  if (!product.empty()) values.emplace_back(product);
  for (int i = 0; i < 2; ++i) values.emplace_back(after.create_time);
  values.emplace_back(after.service_case);
  const std::string sql =
      CasesWithItemSql(/*of_product=*/!product.empty(), SeenCases(reader, "case_item.service_case"), &values);
  values.emplace_back(most);
  std::vector<ItemEntry> entries;
  for (const Row& row : reader.Select(sql, values, "tti")) {
    entries.push_back({row.Text(0), row.Text(1), row.Time(2)});
  }
  return entries;
}

// Scalar subqueries with LIMIT, which no optimizer turns into a join with all that is owed.
std::string OwingCasesSql(const std::optional<SqlText>& seen, Values* values) {
  return absl::StrCat(
      "SELECT c.name, (SELECT 1 FROM obligation o WHERE o.root = c.name AND o.state = ? LIMIT 1), "
      "(SELECT 1 FROM contact k JOIN obligation q ON q.root = k.name WHERE k.service_case = c.name AND q.state = ? "
      "LIMIT 1) FROM service_case c WHERE c.state = ? AND c.name > ?",
      AndAlso(seen, values), " ORDER BY c.name LIMIT ?");
}

std::vector<OwingCase> OwingCases(Reader& reader, v1::CaseState state, const std::string& after, int most) {
  const int open = v1::OBLIGATION_STATE_OPEN;
  Values values{open, open, static_cast<int>(state), after};
  const std::string sql = OwingCasesSql(SeenCases(reader, "c.name"), &values);
  values.emplace_back(most);
  std::vector<OwingCase> cases;
  for (const Row& row : reader.Select(sql, values, "tii")) {
    cases.push_back({row.Text(0), row.Int(1) != 0 || row.Int(2) != 0});
  }
  return cases;
}

}  // namespace aftersales
