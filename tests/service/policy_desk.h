// Obligations and PolicyService on a database of its own, without the capabilities around them: packs put in force,
// cases opened in the table, and what happens to them recorded as services do.
#ifndef AFTERSALES_TESTS_SERVICE_POLICY_DESK_H_
#define AFTERSALES_TESTS_SERVICE_POLICY_DESK_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/base/clock.h"
#include "server/obligations/obligations.h"
#include "server/obligations/policy_service.h"
#include "server/storage/database.h"
#include "tests/testing/databases.h"

namespace aftersales {

// Stands still until it is moved; several threads may look. Begins on Monday, 2026-09-21, 14:13:20 UTC.
class DeskClock : public Clock {
 public:
  absl::Time Now() const override { return FromMicros(micros_); }
  void Advance(absl::Duration by) { micros_ += absl::ToInt64Microseconds(by); }
  void Set(absl::Time time) { micros_ = ToMicros(time); }

 private:
  std::atomic<int64_t> micros_{1790000000'000000};
};

// "desk": a reply in ten hours, warned after five, escalated one and two hours late; its clock stands while the
// customer is waited for. Issued by an administrator.
extern const char kDeskPack[];

class PolicyDesk {
 public:
  explicit PolicyDesk(testing::TestEngine engine);

  Call As(const std::vector<v1::Role>& roles = {v1::ROLE_ADMIN}) const;
  // Loads a pack; answers the version's name.
  std::string Load(const std::string& pack);
  absl::StatusOr<v1::PolicyVersion> Activate(const std::string& version, absl::Time effective = absl::InfinitePast());
  // Both, at once.
  std::string PutInForce(const std::string& pack);

  // An accepted case under a version, opened now.
  std::string OpenCase(const std::string& version);
  // Changes a case and records what happened to it, as a service does.
  absl::Status Happens(
      const std::string& service_case, v1::EventType type,
      const std::function<void(v1::Case&)>& change = [](v1::Case&) {});
  absl::Status HappensIn(Tx& tx, const std::string& service_case, v1::EventType type,
                         const std::function<void(v1::Case&)>& change);
  absl::Status Pause(const std::string& service_case);
  absl::Status Resume(const std::string& service_case);

  v1::Case Case(const std::string& name);
  std::vector<v1::Obligation> Owed(const std::string& root);
  // The newest of this kind.
  v1::Obligation Owed(const std::string& root, const std::string& kind);
  // What was recorded about a root, in its order; with `word`, only what is of a type that begins with it.
  std::vector<v1::Event> Events(const std::string& root, const std::string& word = "");
  int64_t Number(const std::string& sql, const Values& values = {});
  void Execute(const std::string& sql, const Values& values = {});

  DeskClock clock;
  testing::TestDatabase database;
  std::unique_ptr<Database> db;
  Obligations obligations;
  std::unique_ptr<PolicyService> policy;

 private:
  int cases_ = 0;
};

// Tells an Obligations how cases, contacts and customers are locked, and cases moved.
void AddRootKinds(Obligations& obligations);

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_POLICY_DESK_H_
