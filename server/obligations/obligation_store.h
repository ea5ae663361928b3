// Obligations and policy versions in the database.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_OBLIGATION_STORE_H_
#define AFTERSALES_SERVER_OBLIGATIONS_OBLIGATION_STORE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Obligation>& ObligationTable();
const Table<v1::PolicyVersion>& PolicyVersions();
const Table<v1::CalendarVersion>& CalendarVersions();

// The root's obligations, oldest first; only the open ones when `open_only`.
std::vector<v1::Obligation> ObligationsOf(Reader& reader, const std::string& root, bool open_only);

// Everything that was recorded about a root, in the order in which it came about, whether or not it has its place in
// the feed yet; at most `limit`.
std::vector<v1::Event> EventsOf(Reader& reader, const std::string& root, int limit);

// Open cases by state and name, those after a place. Obligations know nothing of cases but that they follow a version,
// are of a type and class, and are open or not, which these columns tell. Holds what the caller sees.
struct OpenCase {
  int64_t state = 0;
  std::string name;
  std::string policy_version;
  std::string type;
  std::string classification;
};
std::vector<OpenCase> OpenCasesAfter(Reader& reader, int64_t state, const std::string& name, int limit);
// Its statement, for the tests that explain it; the values of `seen` come last but for the limit.
std::string OpenCasesSql(const std::optional<SqlText>& seen, Values* values);

// An obligation whose next warning, breach or escalation is due.
struct DueObligation {
  int64_t fire_time = 0;  // in microseconds, as stored
  std::string name;
  std::string root;
};
// Those due at reader.now(), by fire time and name, after a place.
std::vector<DueObligation> DueAfter(Reader& reader, const DueObligation& last, int limit);
// The root's open obligations of which something is due at tx.now().
std::vector<v1::Obligation> OpenAndDue(Tx& tx, const std::string& root);
// How many are due to fire, and how many are open and late; `most` is as good as more.
int64_t CountDue(Reader& reader, int most);
int64_t CountOverdue(Reader& reader, int most);

// Names and inserts them; one statement for all.
absl::Status InsertObligations(Tx& tx, std::vector<v1::Obligation>& obligations);

// A version in force, and one that waits for its time. Empty: none.
struct InForce {
  std::string version;
  std::string next;
  absl::Time next_time;

  // What is in force at a time, whether or not the change has been recorded yet.
  const std::string& At(absl::Time time) const { return !next.empty() && next_time <= time ? next : version; }
};

// Of policies. With `lock` nobody else changes it until the transaction ends.
InForce PolicyInForce(Reader& reader, bool lock);
void SetPolicyInForce(Tx& tx, const InForce& in_force);
// The policy version in force at reader.now(); "" where there is none.
std::string ActivePolicyVersion(Reader& reader);
// Since when there has been a policy version in force; InfiniteFuture where none ever was.
absl::Time FirstPolicyTime(Reader& reader);

// Of each calendar that ever had a version in force; and of one, locked.
std::map<std::string, InForce> CalendarsInForce(Reader& reader);
InForce LockCalendarInForce(Tx& tx, const std::string& calendar);
// A version waits whose time has come, of the policy or of a calendar.
bool TurnWaits(Reader& reader);
void SetCalendarInForce(Tx& tx, const std::string& calendar, const InForce& in_force);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_OBLIGATION_STORE_H_
