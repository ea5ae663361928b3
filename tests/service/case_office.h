// A company's service office for tests of CaseService: a customer with a site, equipment sold under a contract with a
// warranty, a pack with gates, tiers, coverage and remedies, and the services called directly. On either engine.
#ifndef AFTERSALES_TESTS_SERVICE_CASE_OFFICE_H_
#define AFTERSALES_TESTS_SERVICE_CASE_OFFICE_H_

#include <memory>
#include <string>
#include <vector>

#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "server/access/token_authenticator.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/cases/case_service.h"
#include "server/directory/directory_service.h"
#include "tests/service/policy_desk.h"

namespace aftersales {

extern const char kOfficePack[];

// Somebody who calls.
struct Person {
  std::string principal;
  std::vector<v1::Role> roles;
  bool heads = false;
};
inline const Person kTelephone{"principals/telephone", {v1::ROLE_CUSTOMER_SERVICE}};
inline const Person kManager{"principals/manager", {v1::ROLE_SERVICE_MANAGER}};
inline const Person kQuality{"principals/quality", {v1::ROLE_QUALITY}};
inline const Person kDesigner{"principals/designer", {v1::ROLE_TECHNOLOGY}};
inline const Person kChiefDesigner{"principals/chief-designer", {v1::ROLE_TECHNOLOGY}, /*heads=*/true};

class CaseOffice : public PolicyDesk {
 public:
  explicit CaseOffice(testing::TestEngine engine, const char* pack = kOfficePack);

  // A call of somebody, good for one mutation (it has a request id of its own).
  Call By(const Person& person) const;
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(absl::StatusOr<Reply> (CaseService::*method)(Call&, const Request&), const Request& request,
                           const Person& person = kManager) {
    Call call = By(person);
    return (*cases.*method)(call, request);
  }

  // The notice came an hour ago, unless the test says otherwise.
  v1::CreateContactRequest Contacting() const;
  v1::CreateCaseRequest Opening() const;
  v1::Contact Contact(const v1::CreateContactRequest& request);
  v1::Contact Contact() { return Contact(Contacting()); }
  v1::Case Open(const v1::CreateCaseRequest& request);
  v1::Case Open() { return Open(Opening()); }
  v1::Case Accept(const v1::Case& service_case, v1::ServiceMode mode = v1::SERVICE_MODE_ON_SITE);
  v1::Case Accepted() { return Accept(Open()); }
  v1::Case Get(const std::string& name);
  v1::Contact GetContact(const std::string& name);
  // Accepted, with this cause, found by quality.
  v1::Case WithCause(v1::Cause cause);
  v1::Case DetermineCause(const std::string& name, const v1::DetermineCauseRequest& findings);
  absl::StatusOr<v1::Case> Decide(const std::string& name, v1::Remedy remedy, const Person& person = kManager);
  v1::Case Close(const std::string& name);

  // Types of the events recorded about a subject, in their order: "case-paused".
  std::vector<std::string> Happened(const std::string& root, const std::string& subject = "");
  // The newest event of a type about a root.
  v1::Event Newest(const std::string& root, v1::EventType type);
  // Kinds that are owed.
  std::vector<std::string> OpenKinds(const std::string& root);

  std::unique_ptr<DirectoryService> directory;
  std::unique_ptr<TokenAuthenticator> authenticator;
  std::unique_ptr<CaseService> cases;
  v1::Customer customer, stranger;
  v1::Product product, other_product;
  v1::Contract contract;
  v1::Site site;
  v1::Equipment equipment, other_equipment;
};

template <typename Request>
Request On(const std::string& name, const std::string& etag = "") {
  Request request;
  request.set_name(name);
  request.set_etag(etag);
  return request;
}

// An hour and a day: 2026-09-21, 14:13:20 UTC is the beginning of the clock.
google::protobuf::Timestamp At(absl::Time time);

// A call that succeeds, or the test ends.
template <typename Value>
Value Must(absl::StatusOr<Value> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status();
    std::abort();
  }
  return *std::move(result);
}

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_CASE_OFFICE_H_
