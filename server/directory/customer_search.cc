#include "server/directory/customer_search.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/text.h"

namespace aftersales {
namespace {

// Of a longer text the first pairs find it; the rest is compared.
constexpr size_t kMostWanted = 8;
constexpr size_t kFewestDigits = 3;
// More pairs than a name has.
constexpr int kMostTerms = 1000;

// The text as it is searched: without blanks, which people set as they like in names.
std::string Searched(const std::string& text) {
  std::string searched = Folded(text);
  searched.erase(std::remove(searched.begin(), searched.end(), ' '), searched.end());
  return searched;
}

// "n" and two characters that follow each other, for all of the text.
std::vector<std::string> PairsOf(const std::string& text) {
  const std::string folded = Searched(text);
  std::vector<size_t> begins;
  for (size_t i = 0; i < folded.size(); ++i) {
    if ((static_cast<unsigned char>(folded[i]) & 0xc0) != 0x80) begins.push_back(i);
  }
  begins.push_back(folded.size());
  std::vector<std::string> pairs;
  for (size_t i = 0; i + 2 < begins.size(); ++i) {
    pairs.push_back(absl::StrCat("n", folded.substr(begins[i], begins[i + 2] - begins[i])));
  }
  return pairs;
}

std::string DigitsOf(const std::string& telephone) {
  std::string digits;
  for (const char c : Folded(telephone)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

}  // namespace

std::set<std::string> SearchTerms(const v1::Customer& customer) {
  const std::vector<std::string> pairs = PairsOf(customer.display_name());
  std::set<std::string> terms(pairs.begin(), pairs.end());
  const std::string digits = DigitsOf(customer.telephone());
  if (!digits.empty()) terms.insert(absl::StrCat("t", digits));
  return terms;
}

absl::StatusOr<std::vector<std::string>> WantedTerms(const v1::CustomerFilter& filter) {
  std::vector<std::string> wanted;
  if (!filter.telephone().empty()) {
    const std::string digits = DigitsOf(filter.telephone());
    if (digits.size() < kFewestDigits) {
      return FieldError("filter.telephone", absl::StrCat("must have at least ", kFewestDigits, " digits"));
    }
    wanted.push_back(absl::StrCat("t", digits));
  }
  if (filter.query().empty()) return wanted;
  const std::vector<std::string> pairs = PairsOf(filter.query());
  if (pairs.empty()) return FieldError("filter.query", "must have at least two characters besides blanks");
  for (const std::string& pair : pairs) {
    if (wanted.size() == kMostWanted) break;
    if (std::find(wanted.begin(), wanted.end(), pair) == wanted.end()) wanted.push_back(pair);
  }
  return wanted;
}

bool Fits(const v1::CustomerFilter& filter, const v1::Customer& customer) {
  const auto same = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
  return same(filter.region(), customer.region()) && same(filter.external_id(), customer.external_id()) &&
         (filter.telephone().empty() || DigitsOf(filter.telephone()) == DigitsOf(customer.telephone())) &&
         Searched(customer.display_name()).find(Searched(filter.query())) != std::string::npos;
}

void KeepSearchTerms(Tx& tx, const v1::Customer& customer) {
  std::set<std::string> missing = SearchTerms(customer);
  for (const Row& row :
       tx.Select("SELECT term FROM customer_search WHERE customer = ? LIMIT ?", {customer.name(), kMostTerms}, "t")) {
    if (missing.erase(row.Text(0)) > 0) continue;
    tx.Execute("DELETE FROM customer_search WHERE term = ? AND customer = ?", {row.Text(0), customer.name()});
  }
  if (missing.empty()) return;
  Values values;
  for (const std::string& term : missing) {
    values.emplace_back(term);
    values.emplace_back(customer.name());
  }
  const std::string places = absl::StrJoin(std::vector<std::string>(missing.size(), "(?, ?)"), ", ");
  tx.Execute(absl::StrCat("INSERT INTO customer_search (term, customer) VALUES ", places), values);
}

std::string CustomersWithTermsSql(size_t terms, const std::optional<SqlText>& seen, Values* values) {
  // The first term's rows in the order of names, each looked up among the others. CROSS JOIN, so that SQLite keeps to
  // it.
  std::string sql = "SELECT s.customer FROM customer_search s";
  for (size_t i = 1; i < terms; ++i) {
    absl::StrAppend(&sql, " CROSS JOIN customer_search s", i, " ON s", i, ".term = ? AND s", i,
                    ".customer = s.customer");
  }
  absl::StrAppend(&sql, " WHERE s.term = ? AND s.customer > ?");
  if (seen.has_value()) {
    absl::StrAppend(&sql, " AND s.customer IN (SELECT customer.name FROM customer WHERE ", seen->sql, ")");
    values->insert(values->end(), seen->values.begin(), seen->values.end());
  }
  return absl::StrCat(sql, " ORDER BY s.customer LIMIT ?");
}

std::vector<std::string> CustomersWithTerms(Reader& reader, const std::vector<std::string>& terms,
                                            const std::string& after, int limit) {
  Values values(terms.begin() + 1, terms.end());
  values.emplace_back(terms.front());
  values.emplace_back(after);
  const std::string sql = CustomersWithTermsSql(terms.size(), SeenRows(reader, *v1::Customer::descriptor()), &values);
  values.emplace_back(limit);
  std::vector<std::string> names;
  for (const Row& row : reader.Select(sql, values, "t")) names.push_back(row.Text(0));
  return names;
}

}  // namespace aftersales
