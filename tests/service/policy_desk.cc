#include "tests/service/policy_desk.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/names.h"
#include "server/base/random.h"
#include "server/cases/case_root.h"
#include "server/cases/case_store.h"
#include "server/directory/customer_root.h"
#include "server/obligations/obligation_store.h"

namespace aftersales {

const char kDeskPack[] = R"(
  name: "desk" title: "Desk" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
  obligation {
    kind: "reply" title: "Reply to the customer" clauses: "T-1" on: "case-opened" by: "quality" within { hours: 10 }
    met_by { event: "case-classified" } warn_percent: 50
    escalate { overdue_minutes: 60 to: "service_manager" } escalate { overdue_minutes: 120 to: "executive" }
    pause_on: "waiting_for_customer" waivable_by: "quality"
  }
)";

void AddRootKinds(Obligations& obligations) {
  obligations.AddRootKind("cases", LockCaseRoot,
                          [&obligations](Tx& tx, const auto& name, const auto& version, v1::Event* event) {
                            return SetCasePolicy(obligations, tx, name, version, event);
                          });
  obligations.AddRootKind("contacts", LockContactRoot);
  obligations.AddRootKind("customers", LockCustomerRoot);
}

PolicyDesk::PolicyDesk(testing::TestEngine engine) : database(engine), db(database.Open(clock)) {
  AddRootKinds(obligations);
  policy = std::make_unique<PolicyService>(*db, obligations);
}

Call PolicyDesk::As(const std::vector<v1::Role>& roles) const {
  Call call = testing::TestCall(RandomUuid());
  call.caller.principal = "principals/issuer";
  for (const v1::Role role : roles) {
    v1::RoleGrant grant;
    grant.set_role(role);
    call.caller.roles.push_back(grant);
  }
  return call;
}

std::string PolicyDesk::Load(const std::string& pack) {
  v1::CreatePolicyVersionRequest request;
  request.mutable_policy_version()->set_text(pack);
  Call call = As();
  const auto version = policy->CreatePolicyVersion(call, request);
  EXPECT_TRUE(version.ok()) << version.status();
  return version.ok() ? version->name() : "";
}

absl::StatusOr<v1::PolicyVersion> PolicyDesk::Activate(const std::string& version, absl::Time effective) {
  v1::ActivatePolicyVersionRequest request;
  request.set_name(version);
  if (effective != absl::InfinitePast()) *request.mutable_effective_time() = ToProto(effective);
  // Whatever role the version names, and the one in whose place it comes.
  Call call = As({v1::ROLE_ADMIN, v1::ROLE_EXECUTIVE});
  return policy->ActivatePolicyVersion(call, request);
}

std::string PolicyDesk::PutInForce(const std::string& pack) {
  const std::string version = Load(pack);
  const auto active = Activate(version);
  EXPECT_TRUE(active.ok()) << active.status();
  return version;
}

std::string PolicyDesk::OpenCase(const std::string& version) {
  v1::Case opened;
  opened.set_name(absl::StrFormat("cases/C2026-%06d", ++cases_));
  opened.set_state(v1::CASE_STATE_ACCEPTED);
  opened.set_subject(v1::CASE_SUBJECT_PRODUCT);
  opened.set_policy_version(version);
  *opened.mutable_notice_time() = ToProto(clock.Now());
  Call call = As();
  const absl::Status status = db->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(Cases().Insert(tx, opened));
    return obligations.Record(tx, RootOf(opened), CaseEvent(v1::EVENT_TYPE_CASE_OPENED, opened));
  });
  EXPECT_TRUE(status.ok()) << status;
  return opened.name();
}

absl::Status PolicyDesk::HappensIn(Tx& tx, const std::string& service_case, v1::EventType type,
                                   const std::function<void(v1::Case&)>& change) {
  ASSIGN_OR_RETURN(v1::Case changed, Cases().Lock(tx, service_case));
  change(changed);
  RETURN_IF_ERROR(Cases().Update(tx, changed));
  return obligations.Record(tx, RootOf(changed), CaseEvent(type, changed));
}

absl::Status PolicyDesk::Happens(const std::string& service_case, v1::EventType type,
                                 const std::function<void(v1::Case&)>& change) {
  Call call = As();
  return db->WriteOwn(call, [&](Tx& tx) { return HappensIn(tx, service_case, type, change); });
}

absl::Status PolicyDesk::Pause(const std::string& service_case) {
  return Happens(service_case, v1::EVENT_TYPE_CASE_PAUSED, [&](v1::Case& paused) {
    paused.mutable_pause()->set_cause(v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER);
    paused.mutable_pause()->set_reason("the customer is asked for photos");
    *paused.mutable_pause()->mutable_start_time() = ToProto(clock.Now());
  });
}

absl::Status PolicyDesk::Resume(const std::string& service_case) {
  return Happens(service_case, v1::EVENT_TYPE_CASE_RESUMED, [](v1::Case& resumed) { resumed.clear_pause(); });
}

v1::Case PolicyDesk::Case(const std::string& name) {
  Call call = As();
  const auto found = db->Read<v1::Case>(call, [&](Reader& reader) { return Cases().Get(reader, name); });
  EXPECT_TRUE(found.ok()) << found.status();
  return found.value_or(v1::Case());
}

std::vector<v1::Obligation> PolicyDesk::Owed(const std::string& root) {
  Call call = As();
  const auto owed =
      db->Read<std::vector<v1::Obligation>>(call, [&](Reader& reader) -> absl::StatusOr<std::vector<v1::Obligation>> {
        return ObligationsOf(reader, root, /*open_only=*/false);
      });
  EXPECT_TRUE(owed.ok()) << owed.status();
  return owed.value_or(std::vector<v1::Obligation>());
}

v1::Obligation PolicyDesk::Owed(const std::string& root, const std::string& kind) {
  v1::Obligation found;
  for (const v1::Obligation& owed : Owed(root)) {
    if (owed.kind() == kind) found = owed;
  }
  return found;
}

std::vector<v1::Event> PolicyDesk::Events(const std::string& root, const std::string& word) {
  Call call = As();
  std::vector<v1::Event> events;
  const absl::Status read = db->Read<bool>(call, [&](Reader& reader) -> absl::StatusOr<bool> {
                                events = EventsOf(reader, root, 100000);
                                return true;
                              }).status();
  EXPECT_TRUE(read.ok()) << read;
  std::vector<v1::Event> wanted;
  for (const v1::Event& event : events) {
    if (absl::StartsWith(Word(event.type(), '-'), word)) wanted.push_back(event);
  }
  return wanted;
}

int64_t PolicyDesk::Number(const std::string& sql, const Values& values) {
  Call call = As();
  const auto number = db->Read<int64_t>(call, [&](Reader& reader) -> absl::StatusOr<int64_t> {
    return reader.SelectOne(sql, values, "i").value_or(Row({Value(-1)})).Int(0);
  });
  EXPECT_TRUE(number.ok()) << number.status();
  return number.value_or(-1);
}

void PolicyDesk::Execute(const std::string& sql, const Values& values) {
  Call call = As();
  const absl::Status status = db->WriteOwn(call, [&](Tx& tx) -> absl::Status {
    tx.Execute(sql, values);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace aftersales
