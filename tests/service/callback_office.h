// A service office that calls its customers back: first installations, quarterly duties, and the service that records
// what customers say. On either engine; the clock begins on Monday, 2026-09-21.
#ifndef AFTERSALES_TESTS_SERVICE_CALLBACK_OFFICE_H_
#define AFTERSALES_TESTS_SERVICE_CALLBACK_OFFICE_H_

#include <memory>
#include <string>
#include <vector>

#include "server/feedback/feedback_service.h"
#include "server/obligations/periodic.h"
#include "tests/service/case_office.h"

namespace aftersales {

// "callbacks": a call in a month after the first installation, and one in every quarter; in UTC.
extern const char kCallbackPack[];

class CallbackOffice : public CaseOffice {
 public:
  explicit CallbackOffice(testing::TestEngine engine, const char* pack = kCallbackPack);

  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (FeedbackService::*method)(Call&, const Request&),
                           const Request& request, const Person& person = kTelephone) {
    Call call = By(person);
    return (*feedback.*method)(call, request);
  }
  using CaseOffice::Do;

  // Another customer; and one at whom equipment was installed then.
  std::string AddCustomer(const std::string& tier = "");
  std::string AddUser(absl::Time installed);
  std::string AddUser() { return AddUser(clock.Now()); }
  v1::Equipment Install(const std::string& customer, absl::Time installed);
  v1::Customer ReadCustomer(const std::string& name);
  // Replaces what is known, whatever was read before.
  absl::StatusOr<v1::Equipment> Change(v1::Equipment equipment, const std::string& reason = "");
  absl::StatusOr<v1::Customer> SetTier(const std::string& customer, const std::string& tier,
                                       const std::string& reason = "");

  v1::CreateCallbackRequest Calling(const std::string& customer, bool reached) const;
  v1::Callback CallBack(const std::string& customer, bool reached = true);

  // "open", "met" ...: what became of a customer's duties of a kind, by the time from which they were owed.
  std::vector<std::string> StatesOf(const std::string& customer, const std::string& kind);
  // Everything that is to be made now; how many duties that was.
  int MakeDuties();

  std::unique_ptr<FeedbackService> feedback;
  std::unique_ptr<PeriodicDuties> duties;
};

// Noon of a day of the clock's years: "2026-10-01".
absl::Time NoonOf(const std::string& day);

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_CALLBACK_OFFICE_H_
