// A small company for service tests: a database of its own on either engine, a pack in force, a clock that stands where
// the test puts it, and the services of directory, dispatch and parts, called directly.
#ifndef AFTERSALES_TESTS_SERVICE_WORKSHOP_H_
#define AFTERSALES_TESTS_SERVICE_WORKSHOP_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "server/directory/directory_service.h"
#include "server/dispatch/dispatch_service.h"
#include "server/obligations/obligations.h"
#include "server/parts/parts_service.h"
#include "server/storage/database.h"
#include "tests/testing/databases.h"

namespace aftersales {

// Rules enough to try gates, clocks and roles: the engineer leaves when the work is done and the customer satisfied,
// and the head of production signs picking lists.
extern const char kWorkshopPack[];
// No rules: what is refused under it is refused by the code.
extern const char kLawlessPack[];

class Workshop {
 public:
  explicit Workshop(testing::TestEngine engine, const char* pack = kWorkshopPack);

  // A call of somebody with these roles, good for one mutation (it has a request id of its own).
  Call As(const std::string& principal, const std::vector<v1::Role>& roles, bool heads = false) const;
  Call AsManager() const { return As("principals/manager", {v1::ROLE_SERVICE_MANAGER}); }
  Call AsWarehouse() const { return As("principals/keeper", {v1::ROLE_WAREHOUSE}); }
  Call AsProductionHead() const { return As("principals/producer", {v1::ROLE_PRODUCTION}, /*heads=*/true); }

  // An accepted case about equipment that demands these certificates; the notice came an hour ago.
  v1::Case AcceptedCase(const std::vector<std::string>& certificates = {});
  void Close(const v1::Case& service_case);
  v1::Engineer AddEngineer(const v1::Engineer& engineer);
  v1::Visit PlanVisit(const v1::Case& service_case, absl::Duration start = absl::Hours(1),
                      absl::Duration length = absl::Hours(8));
  absl::StatusOr<v1::Visit> Assign(const v1::Visit& visit, const v1::Engineer& engineer);
  // Planned, assigned and arrived at.
  v1::Visit VisitOnSite(const v1::Case& service_case, const v1::Engineer& engineer);
  v1::Part AddPart(const std::string& display_name = "brake pad");
  v1::Warehouse AddWarehouse();
  void Receive(const v1::Part& part, const v1::Warehouse& warehouse, int64_t quantity);
  v1::StockBalance Balance(const v1::Part& part, const v1::Warehouse& warehouse);

  // Types of the events recorded about a subject, in their order: "visit-planned".
  std::vector<std::string> EventsAbout(const std::string& subject);
  // The kinds of the case's obligations that are open.
  std::set<std::string> Owed(const std::string& root);

  testing::ManualClock clock;
  testing::TestDatabase database;
  std::unique_ptr<Database> db;
  std::unique_ptr<Obligations> obligations;
  std::unique_ptr<DirectoryService> directory;
  std::unique_ptr<DispatchService> dispatch;
  std::unique_ptr<PartsService> parts;

 private:
  std::string policy_version_;
};

// What a refusal carries in its google.rpc.ErrorInfo.
std::map<std::string, std::string> MetadataOf(const absl::Status& status);
// The types (kinds of obligations) in its google.rpc.PreconditionFailure.
std::set<std::string> ViolationsOf(const absl::Status& status);

}  // namespace aftersales

#endif  // AFTERSALES_TESTS_SERVICE_WORKSHOP_H_
