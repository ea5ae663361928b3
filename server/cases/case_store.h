// Contacts, cases and what hangs on them in the database.
#ifndef AFTERSALES_SERVER_CASES_CASE_STORE_H_
#define AFTERSALES_SERVER_CASES_CASE_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/case.pb.h"
#include "server/cases/coverage_rules.h"
#include "server/cases/queue_rules.h"
#include "server/cases/similar_rules.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Contact>& Contacts();
const Table<v1::Case>& Cases();
const Table<v1::Solution>& Solutions();
const Table<v1::Document>& Documents();
const Table<v1::TelephoneAttempt>& TelephoneAttempts();
const Table<v1::HelpRequest>& HelpRequests();
const Table<v1::Dispute>& Disputes();

// The case of a visit; empty where there is no such visit. (Cases call no dispatch; this one column is all they ask.)
std::string CaseOfVisit(Reader& reader, const std::string& visit);

// What the directory knows of those whom a case concerns, in one statement.
Parties PartiesOf(Reader& reader, const std::string& customer, const std::string& equipment, const std::string& site);

// Contacts of a case that still owe something; and how many contacts it has, counting to `most`.
std::vector<std::string> OwingContactsOf(Reader& reader, const std::string& service_case);
int CountContacts(Reader& reader, const std::string& service_case, int most);

// The next three hold what the caller sees.

// Contacts whose notice came in the period, by their notice; at most `most`.
struct QueuedContact {
  Waiting waiting;
  std::string customer;
  std::string answered_by;
};
std::vector<QueuedContact> QueueOf(Reader& reader, absl::Time start, absl::Time end, int most);

// Cases with the item (and the product, where it is not empty) that come after a place, newest first.
std::vector<ItemEntry> CasesWithItem(Reader& reader, const std::string& item, const std::string& product,
                                     const ItemPlace& after, int most);

// A case in a state, and whether anything is owed for it or for its contacts.
struct OwingCase {
  std::string name;
  bool owing = false;
};
// By name, after a name; at most `most`.
std::vector<OwingCase> OwingCases(Reader& reader, v1::CaseState state, const std::string& after, int most);

// Keeps the case's items (as SearchItems has them) where similar cases are looked for. `before`: it has some there.
void KeepItems(Tx& tx, const v1::Case& service_case, const std::vector<std::string>& items, bool before);

// The statements, for the tests that explain them; the values of `seen` come last but for the limit.
std::string QueueSql(const std::optional<SqlText>& seen, Values* values);
std::string CasesWithItemSql(bool of_product, const std::optional<SqlText>& seen, Values* values);
std::string OwingCasesSql(const std::optional<SqlText>& seen, Values* values);
extern const char kOwingContactsSql[];

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_STORE_H_
