// A service office that also improves: meetings, corrective actions, and cases in which what they were to remove comes
// back. For tests of ImprovementService and of recurrences.
#ifndef AFTERSALES_TESTS_SERVICE_IMPROVEMENT_OFFICE_H_
#define AFTERSALES_TESTS_SERVICE_IMPROVEMENT_OFFICE_H_

#include <string>
#include <vector>

#include "server/improvement/improvement_service.h"
#include "tests/service/case_office.h"

namespace aftersales {

inline const Person kForeman{"principals/foreman", {v1::ROLE_PRODUCTION}};
inline const Person kAuditor{"principals/second-quality", {v1::ROLE_QUALITY}};

class ImprovementOffice : public CaseOffice {
 public:
  explicit ImprovementOffice(testing::TestEngine engine);

  using CaseOffice::Do;
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (ImprovementService::*method)(Call&, const Request&),
                           const Request& request, const Person& person = kQuality) {
    Call call = By(person);
    return (improvement.*method)(call, request);
  }

  // Technology and production, tomorrow.
  v1::ConveneMeetingRequest Convening(const std::string& service_case) const;
  v1::Meeting Convene(const std::string& service_case);
  v1::HoldMeetingRequest Holding(const std::string& meeting) const;
  // A corrective action that production owes in a week.
  v1::CreateCorrectiveActionRequest Planning(const std::string& service_case) const;
  v1::CorrectiveAction Plan(const v1::CreateCorrectiveActionRequest& request);
  v1::CorrectiveAction Plan(const std::string& service_case) { return Plan(Planning(service_case)); }
  absl::StatusOr<v1::CorrectiveAction> Complete(const std::string& action, const Person& person = kForeman,
                                                absl::Duration ago = absl::ZeroDuration());
  absl::StatusOr<v1::CorrectiveAction> Check(const std::string& action, bool effective,
                                             const Person& person = kAuditor);
  v1::CorrectiveAction Action(const std::string& name);
  // Planned and carried out.
  v1::CorrectiveAction Done(const std::string& service_case);
  // Puts a case into a state that its own calls do not lead to here.
  void Put(const std::string& service_case, v1::CaseState state);

  ImprovementService improvement{*db, obligations};
};

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_IMPROVEMENT_OFFICE_H_
