// Feedback and callbacks in the database, and the calls that are owed.
#ifndef AFTERSALES_SERVER_FEEDBACK_FEEDBACK_STORE_H_
#define AFTERSALES_SERVER_FEEDBACK_FEEDBACK_STORE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aftersales/v1/feedback.pb.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Feedback>& Feedbacks();
const Table<v1::Callback>& Callbacks();

// Newest first.
ListQuery FeedbackQuery(const v1::FeedbackFilter& filter);
ListQuery CallbackQuery(const v1::CallbackFilter& filter);

// Whom an engineer signs in as, "" where nobody; none where there is no such engineer. (Feedback calls no dispatch;
// this one column is all it asks.)
std::optional<std::string> PrincipalOfEngineer(Reader& reader, const std::string& engineer);
// The engineer who leads a visit, "" where nobody is assigned.
std::string EngineerOfVisit(Reader& reader, const std::string& visit);

// Where a list of due calls goes on.
struct DuePlace {
  int64_t due_time = 0;  // as stored
  std::string obligation;
};
// A page of the open obligations of these kinds that customers are owed, by due time and name, after a place; those due
// at `latest` (as stored) or before.
struct OwedCall {
  DuePlace place;
  v1::DueCall call;
};
std::vector<OwedCall> OwedCalls(Reader& reader, const std::set<std::string>& kinds, const std::string& customer,
                                const DuePlace& after, int64_t latest, int limit);
// Adds what is known of the customers, and how often they were called in vain since it is owed.
void AddCustomers(Reader& reader, std::vector<OwedCall>* calls);
void AddAttempts(Reader& reader, std::vector<OwedCall>* calls);

// The statements, for the test that explains them.
extern const char kOwedCallsSql[];
extern const char kOwedCallsOfCustomerSql[];
const std::string& AttemptsSql();

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_FEEDBACK_FEEDBACK_STORE_H_
