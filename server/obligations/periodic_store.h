// How far periodic duties have been made, in the database.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_PERIODIC_STORE_H_
#define AFTERSALES_SERVER_OBLIGATIONS_PERIODIC_STORE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/policy/pack.h"
#include "server/policy/periods.h"
#include "server/storage/database.h"

namespace aftersales {

// A user: a customer at whom equipment was installed.
struct User {
  std::string name;
  absl::Time since;
};

// How far the duties of a kind have been made for one period.
struct PeriodicRun {
  std::string kind;  // RunKey
  policy::CalendarPeriod period;
  int64_t reached_time = 0;  // of the last user's first installation, in microseconds as stored
  std::string reached;       // the last user's name
  bool finished = false;
  std::string policy_version;  // by which they were made last, and since when that was in force then
  absl::Time in_force;
};

// The kind, with how often it is owed: another rhythm under the same kind has its own runs.
std::string RunKey(const policy::ObligationRule& rule);

// The run of the newest period; none where there is none.
std::optional<PeriodicRun> NewestRun(Reader& reader, const std::string& key);
// The run of the period of this name; none where there is none. In another time zone it begins at another time.
std::optional<PeriodicRun> RunOfPeriod(Reader& reader, const std::string& key, const std::string& period);
// A run that has reached nobody yet. False where another server has just begun it.
bool BeginRun(Tx& tx, const PeriodicRun& run);
void KeepRun(Tx& tx, const PeriodicRun& run);

// The users whom the run has not reached, in the order of their first installation.
std::vector<User> UsersAfter(Reader& reader, const PeriodicRun& run, int limit);
// Those of them for whom the period's duty is made already.
std::set<std::string> WithDuty(Reader& reader, const std::string& kind, const std::string& period,
                               const std::vector<User>& users);
// Notes that a duty is made; false where it was already.
bool NoteDuty(Tx& tx, const std::string& kind, const std::string& subject, const std::string& period);

// The customers of whom it is to be looked at again by then what was installed first, as the directory has noted, and
// that they have been looked at.
std::vector<std::string> InstallationsToCome(Reader& reader, absl::Time until, int limit);
void ForgetInstallationsToCome(Tx& tx, const std::string& customer, absl::Time until);

// The versions that are or were in force, the newest first: each with the time from when it was, last.
struct VersionInForce {
  std::string name;
  absl::Time since;
};
std::vector<VersionInForce> VersionsInForce(Reader& reader);

// The statements, for the test that explains them.
extern const char kNewestRunSql[];
extern const char kRunOfPeriodSql[];
extern const char kUsersAfterSql[];
extern const char kVersionsInForceSql[];
extern const char kInstallationsToComeSql[];

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_PERIODIC_STORE_H_
