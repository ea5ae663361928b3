// What the tests of PolicyService share: packs, and calls on a PolicyDesk.
#ifndef AFTERSALES_TESTS_SERVICE_POLICY_SERVICE_FIXTURE_H_
#define AFTERSALES_TESTS_SERVICE_POLICY_SERVICE_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/policy_service.h"
#include "tests/service/policy_desk.h"

namespace aftersales {

// Two working days for a plan, counted in office hours; no reply is asked for.
inline constexpr char kWorkingHoursPack[] = R"(
  name: "desk" title: "Office" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality" issued_by: "executive"
  calendar {
    name: "office"
    hours { days: "monday" days: "tuesday" days: "wednesday" days: "thursday" days: "friday" from: "08:00" to: "16:00" }
    holidays: "2026-09-22" working_days: "2026-09-26" holidays: "2027-01-01"
  }
  obligation {
    kind: "plan" title: "Plan the work" clauses: "T-2" on: "case-opened" by: "production"
    within { calendar: "office" hours: 8 } met_by { event: "case-classified" }
  }
)";

// The desk's reply in another time, owed by others, and a survey that accepting met already.
inline constexpr char kStricterPack[] = R"(
  name: "desk" title: "Desk" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
  obligation {
    kind: "reply" title: "Reply to the customer" clauses: "T-1" on: "case-opened" by: "production" within { hours: 4 }
    met_by { event: "case-classified" } warn_percent: 50
    escalate { overdue_minutes: 60 to: "service_manager" } escalate { overdue_minutes: 120 to: "executive" }
    pause_on: "waiting_for_customer"
  }
  obligation {
    kind: "plan" title: "Plan the work" clauses: "T-2" on: "case-opened" by: "production" met_by { event: "visit-planned" }
    blocks: "close-case"
  }
  obligation {
    kind: "look" title: "Look at it" clauses: "T-3" on: "case-opened" by: "quality" met_by { event: "case-changed" }
    required_for: "close-case"
  }
)";

inline v1::Date DateOf(int year, int month, int day) {
  v1::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

inline std::vector<std::string> Days(const google::protobuf::RepeatedPtrField<v1::Date>& dates) {
  std::vector<std::string> days;
  for (const v1::Date& date : dates) days.push_back(absl::StrCat(date.year(), "-", date.month(), "-", date.day()));
  return days;
}

class PolicyServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  v1::PolicyVersionState StateOf(const std::string& version) {
    v1::GetPolicyVersionRequest get;
    get.set_name(version);
    Call call = desk_.As();
    const auto found = desk_.policy->GetPolicyVersion(call, get);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? found->state() : v1::POLICY_VERSION_STATE_UNSPECIFIED;
  }

  // What new cases follow.
  std::string InForceNow() {
    Call call = desk_.As();
    const auto name =
        desk_.db->Read<std::string>(call, [&](Reader& reader) { return desk_.obligations.ActiveVersion(reader); });
    return name.ok() ? *name : std::string(name.status().message());
  }

  v1::CreateCalendarVersionRequest Office(int year = 0) {
    v1::CreateCalendarVersionRequest request;
    request.mutable_calendar_version()->set_calendar("office");
    request.mutable_calendar_version()->set_year(year);
    return request;
  }
  absl::StatusOr<v1::CalendarVersion> Load(const v1::CreateCalendarVersionRequest& request) {
    Call call = desk_.As();
    return desk_.policy->CreateCalendarVersion(call, request);
  }
  absl::StatusOr<v1::CalendarVersion> Activate(const std::string& name, absl::Time effective = absl::InfinitePast(),
                                               v1::Role role = v1::ROLE_EXECUTIVE) {
    v1::ActivateCalendarVersionRequest request;
    request.set_name(name);
    if (effective != absl::InfinitePast()) *request.mutable_effective_time() = ToProto(effective);
    Call call = desk_.As({role});
    return desk_.policy->ActivateCalendarVersion(call, request);
  }
  std::string OfficeInForce() { return desk_.PutInForce(kWorkingHoursPack); }

  absl::StatusOr<v1::DryRunPolicyVersionResponse> DryRun(const std::string& version, int size = 0,
                                                         const std::string& token = "") {
    v1::DryRunPolicyVersionRequest request;
    request.set_name(version);
    request.set_page_size(size);
    request.set_page_token(token);
    Call call = desk_.As();
    return desk_.policy->DryRunPolicyVersion(call, request);
  }
  static v1::MigrateCasesRequest To(const std::string& version, const std::vector<std::string>& cases) {
    v1::MigrateCasesRequest request;
    request.set_name(version);
    for (const std::string& service_case : cases) request.add_service_cases(service_case);
    request.set_reason("the contract was changed");
    return request;
  }
  absl::StatusOr<v1::MigrateCasesResponse> Migrate(const std::string& version, const std::vector<std::string>& cases) {
    Call call = desk_.As();
    return desk_.policy->MigrateCases(call, To(version, cases));
  }

  template <typename Changes>
  static std::vector<std::string> Words(const Changes& changes) {
    std::vector<std::string> words;
    for (const v1::CaseChange& change : changes) {
      words.push_back(absl::StrCat(change.kind(), " ", Word(change.change())));
    }
    return words;
  }

  PolicyDesk desk_{GetParam()};
};

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_POLICY_SERVICE_FIXTURE_H_
