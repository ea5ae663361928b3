// The same trouble again: a case with the product and the non-conforming item of a corrective action that was carried
// out before it reopens the check of that action, in the same transaction and whatever became of the action's case.
// Once the case is refused, or has another product or other items, that is taken back in the same way. Here and not in
// server/improvement, because opening or changing a case is what finds it.
#ifndef AFTERSALES_SERVER_CASES_RECURRENCES_H_
#define AFTERSALES_SERVER_CASES_RECURRENCES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "server/obligations/obligations.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::CorrectiveAction>& CorrectiveActions();

// Keeps what an action that was carried out was to remove, where recurrences look for it; forgets it again.
void KeepActionItem(Tx& tx, const v1::CorrectiveAction& action);
void ForgetActionItem(Tx& tx, const v1::CorrectiveAction& action);

// The actions that one case is a recurrence of, and their cases. Made and used in one transaction.
class Recurrences {
 public:
  // Looks for the actions that the case, as it will be, may be a recurrence of, and locks their cases, and the case
  // itself where it exists already, in the order of their names. So call it before anything else is locked. One
  // statement where there are none, or none at all where the case has no product or no items.
  static absl::StatusOr<Recurrences> Lock(Tx& tx, const v1::Case& service_case, bool exists);

  // Reopens the checks of those that it is a recurrence of and was none before, links the cases and tells of it. After
  // the case is stored and its own event recorded; gives it its next etag where something was found.
  absl::Status Record(Tx& tx, Obligations& obligations, v1::Case& service_case);

 private:
  struct Found {
    v1::Case service_case;             // locked
    std::vector<std::string> actions;  // of it, by their names
  };
  bool exists_ = false;
  std::map<std::string, Found> cases_;
};

// Takes back what the case, as it is now and locked, is no longer a recurrence of, with its links, and tells of it.
// After the case is stored and its own event recorded; gives it its next etag where a link went. One statement where
// there is nothing. It is rare, so it locks the actions' cases after this one, out of the order of names.
absl::Status WithdrawRecurrences(Tx& tx, Obligations& obligations, v1::Case& service_case);

// The statements, that for a case with so many items, for the tests that explain them.
std::string ActionsByItemSql(size_t items);
extern const char kRecurrencesOfSql[];

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_RECURRENCES_H_
