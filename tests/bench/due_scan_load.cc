#include "tests/bench/due_scan_load.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aftersales/v1/case.pb.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/cases/case_root.h"
#include "server/cases/case_store.h"
#include "server/obligations/due_scan.h"
#include "server/obligations/obligation_store.h"
#include "server/storage/address.h"
#include "server/storage/database.h"
#include "server/storage/session.h"
#include "tests/bench/processes.h"
#include "tests/testing/mariadb.h"

namespace aftersales::bench {
namespace {

constexpr double kGoal = 1.5;
constexpr int kRowsAtOnce = 2000;  // in one transaction

// Stands still: what is due stays due, and nothing else becomes so.
class StillClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1790000000); }
};

Call OwnCall() {
  Call call;
  call.method = "bench";
  call.caller.principal = "principals/bench";
  call.deadline = absl::Now() + absl::Minutes(10);
  return call;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// The median of the rounds' ratios.
double Ratio(const std::vector<double>& these, const std::vector<double>& those) {
  std::vector<double> ratios;
  for (size_t i = 0; i < these.size(); ++i) ratios.push_back(these[i] / those[i]);
  return Median(ratios);
}

// A database with so many open cases, each of which owes one reply.
class Office {
 public:
  static absl::StatusOr<std::unique_ptr<Office>> Open(const std::string& address, int due, int open) {
    std::unique_ptr<Office> office(new Office(due, address));
    DatabaseOptions options;
    options.address = address;
    ASSIGN_OR_RETURN(office->db_, Database::Open(std::move(options), office->clock_));
    Call call = OwnCall();
    RETURN_IF_ERROR(office->db_->Migrate(call));
    RETURN_IF_ERROR(office->Fill(open));
    office->obligations_.AddRootKind("cases", LockCaseRoot);
    office->scan_ = std::make_unique<DueScan>(*office->db_, office->obligations_);
    return office;
  }

  // Lets so many be due, and says how many seconds it takes until all have fired.
  absl::StatusOr<double> Round(bool spread, double* statements) {
    RETURN_IF_ERROR(MakeDue(spread));
    Settle();
    const auto begin = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const DueScan::Run run, scan_->RunOnce());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (run.fired != due_) {
      return absl::InternalError(absl::StrCat(run.fired, " obligations fired instead of ", due_));
    }
    *statements = static_cast<double>(run.statements) / due_;
    return took.count();
  }

 private:
  Office(int due, std::string address) : due_(due), address_(std::move(address)) {}

  absl::Status Fill(int open) {
    for (int begin = 0; begin < open; begin += kRowsAtOnce) {
      if (Interrupted()) return InterruptedError();
      Call call = OwnCall();
      std::vector<std::string> names;
      RETURN_IF_ERROR(db_->WriteOwn(
          call, [&](Tx& tx) { return FillSome(tx, begin, std::min(open, begin + kRowsAtOnce), &names); }));
      names_.insert(names_.end(), names.begin(), names.end());
    }
    return absl::OkStatus();
  }

  absl::Status FillSome(Tx& tx, int begin, int end, std::vector<std::string>* names) {
    std::vector<v1::Case> cases;
    std::vector<v1::Obligation> owed;
    for (int i = begin; i < end; ++i) {
      cases.push_back(CaseOf(i));
      owed.push_back(ReplyOf(i, tx.now()));
    }
    std::vector<google::protobuf::Message*> rows;
    for (v1::Case& one : cases) rows.push_back(&one);
    RETURN_IF_ERROR(Cases().core().InsertMany(tx, rows));
    RETURN_IF_ERROR(InsertObligations(tx, owed));
    names->clear();
    for (const v1::Obligation& one : owed) names->push_back(one.name());
    return absl::OkStatus();
  }

  static v1::Case CaseOf(int number) {
    v1::Case opened;
    opened.set_name(absl::StrFormat("cases/C2026-%07d", number));
    opened.set_state(v1::CASE_STATE_ACCEPTED);
    opened.set_subject(v1::CASE_SUBJECT_PRODUCT);
    opened.set_customer(absl::StrCat("customers/", number % 997));
    opened.set_description("The brake of the second bogie does not release after a stop longer than ten minutes.");
    opened.set_policy_version("policyVersions/bench-1");
    return opened;
  }

  static v1::Obligation ReplyOf(int number, absl::Time now) {
    v1::Obligation owed;
    owed.set_state(v1::OBLIGATION_STATE_OPEN);
    owed.set_kind("first-reply");
    owed.set_title("Answer the customer");
    owed.add_clauses("T-1");
    owed.set_root(CaseOf(number).name());
    owed.set_subject(owed.root());
    owed.set_owner(v1::ROLE_QUALITY);
    owed.set_policy_version("policyVersions/bench-1");
    *owed.mutable_since_time() = ToProto(now);
    *owed.mutable_due_time() = ToProto(now + absl::Hours(1) + absl::Seconds(number % 2600000));
    *owed.mutable_warn_time() = owed.due_time();
    *owed.mutable_fire_time() = owed.due_time();
    *owed.mutable_warned_time() = ToProto(now);
    return owed;
  }

  // Lets the same ones be due again, as if nothing had been announced.
  absl::Status MakeDue(bool spread) {
    const size_t step = spread ? names_.size() / static_cast<size_t>(due_) : 1;
    Call call = OwnCall();
    return db_->WriteOwn(call, [&](Tx& tx) -> absl::Status {
      for (int i = 0; i < due_; ++i) {
        const absl::Time due = tx.now() - absl::Seconds(due_ - i);
        tx.Execute("UPDATE obligation SET due_time = ?, fire_time = ?, breached_time = NULL WHERE name = ?",
                   {due, due, names_[static_cast<size_t>(i) * step]});
      }
      return absl::OkStatus();
    });
  }

  // What making them due has written is no part of what is measured, nor is writing it back.
  void Settle() {
    const absl::StatusOr<DatabaseAddress> address = ParseAddress(address_);
    if (!address.ok() || !address->sqlite) return;
    Session(*address, SessionLimits()).Select("PRAGMA wal_checkpoint(FULL)", {}, "iii");
  }

  const int due_;
  const std::string address_;
  StillClock clock_;
  std::unique_ptr<Database> db_;
  Obligations obligations_;
  std::unique_ptr<DueScan> scan_;
  std::vector<std::string> names_;  // of all obligations
};

absl::StatusOr<DueScanResult> MeasureOn(const std::string& engine, const std::string& few_address,
                                        const std::string& many_address, const DueScanPlan& plan,
                                        absl::FunctionRef<void(const std::string&)> tell) {
  DueScanResult result;
  result.engine = engine;
  tell(absl::StrCat("due scan: filling ", engine, " with ", plan.open, " open cases"));
  ASSIGN_OR_RETURN(const std::unique_ptr<Office> many, Office::Open(many_address, plan.due, plan.open));
  ASSIGN_OR_RETURN(const std::unique_ptr<Office> few, Office::Open(few_address, plan.due, plan.due));
  tell(absl::StrCat("due scan: measuring ", engine));
  struct Turn {
    Office* office;
    bool spread;
    std::vector<double>* seconds;
  };
  std::vector<Turn> turns = {
      {few.get(), false, &result.few}, {many.get(), false, &result.many}, {many.get(), true, &result.spread}};
  // The first round warms up and does not count. They take turns, forth and back.
  for (int round = 0; round <= plan.rounds; ++round) {
    for (const Turn& turn : turns) {
      if (Interrupted()) return InterruptedError();
      ASSIGN_OR_RETURN(const double seconds, turn.office->Round(turn.spread, &result.statements_per_firing));
      if (round > 0) turn.seconds->push_back(seconds);
    }
    std::reverse(turns.begin(), turns.end());
  }
  return result;
}

}  // namespace

absl::StatusOr<std::vector<DueScanResult>> MeasureDueScan(const DueScanPlan& plan, const std::string& folder,
                                                          absl::FunctionRef<void(const std::string&)> tell) {
  std::vector<DueScanResult> results;
  ASSIGN_OR_RETURN(DueScanResult sqlite, MeasureOn("SQLite", absl::StrCat("sqlite:", folder, "/few.db"),
                                                   absl::StrCat("sqlite:", folder, "/many.db"), plan, tell));
  results.push_back(std::move(sqlite));
  // A pool that holds the indexes, as whoever has a million open obligations would set it.
  testing::MariaDb database(folder, {"--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=1",
                                     "--innodb-log-file-size=256M", "--innodb-buffer-pool-size=1G"});
  std::vector<std::string> addresses;
  for (const char* name : {"few", "many"}) {
    database.Execute(absl::StrCat("CREATE DATABASE ", name, " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"));
    addresses.push_back(absl::StrCat("mysql:socket=", database.socket(), ",user=root,database=", name));
  }
  ASSIGN_OR_RETURN(DueScanResult mariadb, MeasureOn("MariaDB", addresses[0], addresses[1], plan, tell));
  results.push_back(std::move(mariadb));
  return results;
}

std::string AsTable(const DueScanPlan& plan, const std::vector<DueScanResult>& results) {
  std::string text =
      absl::StrFormat("due-scan: milliseconds until %d due have fired, where only these are open and among %d open\n",
                      plan.due, plan.open);
  absl::StrAppend(&text, absl::StrFormat("%8s %10s %16s %22s %24s\n", "engine", "alone", "neighbours",
                                         "spread over all", "statements per firing"));
  bool met = true;
  for (const DueScanResult& result : results) {
    met = met && Ratio(result.many, result.few) <= kGoal;
    absl::StrAppend(&text, absl::StrFormat("%8s %10.1f %8.1f (%5.2f) %14.1f (%5.2f) %24.2f\n", result.engine,
                                           Median(result.few) * 1000, Median(result.many) * 1000,
                                           Ratio(result.many, result.few), Median(result.spread) * 1000,
                                           Ratio(result.spread, result.few), result.statements_per_firing));
  }
  return absl::StrCat(text,
                      absl::StrFormat("goal: ratio of neighbours at most %.1f: %s\n", kGoal, met ? "met" : "not met"));
}

}  // namespace aftersales::bench
