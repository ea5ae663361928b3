#include "server/obligations/periodic_store.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

// More than procedures are replaced in a year, which is as far back as duties are made.
constexpr int kMostVersions = 50;

PeriodicRun RunOf(const std::string& key, const Row& row) {
  return {key,        {row.Text(2), row.Time(0), row.Time(1)}, row.Int(3), row.Text(4), row.Int(5) != 0, row.Text(6),
          row.Time(7)};
}

std::optional<PeriodicRun> RunIn(const std::string& key, const std::optional<Row>& row) {
  if (!row.has_value()) return std::nullopt;
  return RunOf(key, *row);
}

constexpr char kRunTypes[] = "iitititi";

}  // namespace

const char kNewestRunSql[] =
    "SELECT period_start, period_end, period, reached_time, reached, finished, policy_version, in_force_time FROM "
    "periodic_run WHERE kind = ? ORDER BY period_start DESC LIMIT 1";
const char kRunOfPeriodSql[] =
    "SELECT period_start, period_end, period, reached_time, reached, finished, policy_version, in_force_time FROM "
    "periodic_run WHERE kind = ? AND period = ?";
const char kUsersAfterSql[] =
    "SELECT first_install_time, name FROM customer WHERE first_install_time < ? AND first_install_time >= ? AND "
    "(first_install_time > ? OR name > ?) ORDER BY first_install_time, name LIMIT ?";
const char kInstallationsToComeSql[] =
    "SELECT customer FROM installation_to_come WHERE install_time <= ? ORDER BY install_time, customer LIMIT ?";
const char kVersionsInForceSql[] =
    "SELECT name, effective_time FROM policy_version WHERE effective_time <= ? ORDER BY effective_time DESC, "
    "create_time "
    "DESC LIMIT ?";

std::string RunKey(const policy::ObligationRule& rule) {
  return absl::StrCat(rule.kind, "/", absl::AsciiStrToLower(pack::v1::Period_Name(rule.every)));
}

std::optional<PeriodicRun> NewestRun(Reader& reader, const std::string& key) {
  return RunIn(key, reader.SelectOne(kNewestRunSql, {key}, kRunTypes));
}

std::optional<PeriodicRun> RunOfPeriod(Reader& reader, const std::string& key, const std::string& period) {
  return RunIn(key, reader.SelectOne(kRunOfPeriodSql, {key, period}, kRunTypes));
}

bool BeginRun(Tx& tx, const PeriodicRun& run) {
  return tx.Insert(
      "INSERT INTO periodic_run (kind, period_start, period_end, period, reached_time, reached, finished, "
      "policy_version, in_force_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {run.kind, run.period.start, run.period.end, run.period.name, run.reached_time, run.reached, run.finished,
       run.policy_version, run.in_force});
}

void KeepRun(Tx& tx, const PeriodicRun& run) {
  tx.Execute(
      "UPDATE periodic_run SET period_start = ?, period_end = ?, reached_time = ?, reached = ?, finished = ?, "
      "policy_version = ?, in_force_time = ? WHERE kind = ? AND period = ?",
      {run.period.start, run.period.end, run.reached_time, run.reached, run.finished, run.policy_version, run.in_force,
       run.kind, run.period.name});
}

std::vector<User> UsersAfter(Reader& reader, const PeriodicRun& run, int limit) {
  std::vector<User> users;
  for (const Row& row :
       reader.Select(kUsersAfterSql, {run.period.end, run.reached_time, run.reached_time, run.reached, limit}, "it")) {
    users.push_back({row.Text(1), row.Time(0)});
  }
  return users;
}

std::set<std::string> WithDuty(Reader& reader, const std::string& kind, const std::string& period,
                               const std::vector<User>& users) {
  static const auto& sql =
      *new std::string(ByNamesSql("SELECT subject FROM periodic_duty WHERE kind = ? AND period = ? AND subject"));
  std::set<std::string> with;
  Values names;
  for (const User& user : users) names.push_back(user.name);
  SelectByNames(reader, sql, {kind, period}, names, "t", [&](const Row& row) { with.insert(row.Text(0)); });
  return with;
}

bool NoteDuty(Tx& tx, const std::string& kind, const std::string& subject, const std::string& period) {
  return tx.Insert("INSERT INTO periodic_duty (kind, subject, period, create_time) VALUES (?, ?, ?, ?)",
                   {kind, subject, period, tx.now()});
}

std::vector<std::string> InstallationsToCome(Reader& reader, absl::Time until, int limit) {
  std::vector<std::string> customers;
  for (const Row& row : reader.Select(kInstallationsToComeSql, {until, limit}, "t")) customers.push_back(row.Text(0));
  return customers;
}

void ForgetInstallationsToCome(Tx& tx, const std::string& customer, absl::Time until) {
  tx.Execute("DELETE FROM installation_to_come WHERE customer = ? AND install_time <= ?", {customer, until});
}

std::vector<VersionInForce> VersionsInForce(Reader& reader) {
  std::vector<VersionInForce> versions;
  for (const Row& row : reader.Select(kVersionsInForceSql, {reader.now(), kMostVersions}, "ti")) {
    versions.push_back({row.Text(0), row.Time(1)});
  }
  return versions;
}

}  // namespace aftersales
