// By what customers are found besides their keys: the text of their name, so that two Chinese characters find theirs on
// all engines, and their telephone number.
#ifndef AFTERSALES_SERVER_DIRECTORY_CUSTOMER_SEARCH_H_
#define AFTERSALES_SERVER_DIRECTORY_CUSTOMER_SEARCH_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/v1/directory.pb.h"
#include "server/storage/database.h"
#include "server/storage/sight.h"

namespace aftersales {

// Everything the customer is found by, as it stands in the table.
std::set<std::string> SearchTerms(const v1::Customer& customer);
// Those that a customer must have to be what the filter asks for; none where it asks neither for text nor for a number.
// Refused where too little is left to search by.
absl::StatusOr<std::vector<std::string>> WantedTerms(const v1::CustomerFilter& filter);
// The customer is what the filter asks for in every respect; the terms alone find a few more.
bool Fits(const v1::CustomerFilter& filter, const v1::Customer& customer);

// Keeps what the customer is found by.
void KeepSearchTerms(Tx& tx, const v1::Customer& customer);
// The names of customers with all these terms, in order, those after a place.
std::vector<std::string> CustomersWithTerms(Reader& reader, const std::vector<std::string>& terms,
                                            const std::string& after, int limit);
// Its statement for so many terms, for the tests that explain it; the values of `seen` come last but for the limit.
std::string CustomersWithTermsSql(size_t terms, const std::optional<SqlText>& seen, Values* values);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DIRECTORY_CUSTOMER_SEARCH_H_
