#include "tests/service/workshop.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/cases/case_store.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/policy_service.h"

namespace aftersales {

const char kWorkshopPack[] = R"(
  name: "workshop" title: "Workshop" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
  class { name: "C" title: "The customer demands a solution" clauses: "T-4" }
  obligation {
    kind: "arrival" clauses: "T-1" on: "visit-planned" by: "field_engineer" from: NOTICE_TIME within { hours: 24 }
    met_by { event: "visit-checked-in" }
  }
  obligation {
    kind: "work-finished" clauses: "T-2" on: "visit-checked-in" by: "field_engineer"
    met_by { event: "work-completed" } required_for: "check-out-visit"
  }
  obligation {
    kind: "customer-satisfied" clauses: "T-3" on: "visit-checked-in" by: "field_engineer"
    met_by { event: "satisfaction-recorded" where { satisfied: "true" } } required_for: "check-out-visit"
  }
  obligation {
    kind: "production-signs" clauses: "T-5" on: "picking-list-submitted" by: "production" head: true
    met_by { event: "picking-list-signed" role: "production" head: true } required_for: "issue-picking-list"
    superseded_on: "picking-list-cancelled"
  }
  obligation {
    kind: "proof-of-sending" clauses: "T-6" on: "shipment-departed" where { transport: "rail" } by: "customer_service"
    met_by { event: "document-filed" document: "mail-stub" } survives_close: true
  }
)";

const char kLawlessPack[] = R"(
  name: "lawless" title: "No rules" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
)";

namespace {

// A call that succeeds, or the test ends.
template <typename Value>
Value Must(absl::StatusOr<Value> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status();
    std::abort();
  }
  return *std::move(result);
}

}  // namespace

Workshop::Workshop(testing::TestEngine engine, const char* pack) : database(engine), db(database.Open(clock)) {
  obligations = std::make_unique<Obligations>();
  directory = std::make_unique<DirectoryService>(*db, *obligations);
  dispatch = std::make_unique<DispatchService>(*db, *obligations);
  parts = std::make_unique<PartsService>(*db, *obligations);
  PolicyService policy(*db, *obligations);
  v1::CreatePolicyVersionRequest load;
  load.mutable_policy_version()->set_text(pack);
  Call call = As("principals/admin", {v1::ROLE_ADMIN});
  policy_version_ = Must(policy.CreatePolicyVersion(call, load)).name();
}

Call Workshop::As(const std::string& principal, const std::vector<v1::Role>& roles, bool heads) const {
  Call call;
  call.method = "aftersales.v1.TestService/Test";
  call.request_id = RandomUuid();
  call.caller.principal = principal;
  for (const v1::Role role : roles) {
    v1::RoleGrant grant;
    grant.set_role(role);
    grant.set_head(heads);
    call.caller.roles.push_back(grant);
  }
  return call;
}

v1::Case Workshop::AcceptedCase(const std::vector<std::string>& certificates) {
  Call call = AsManager();
  v1::CreateCustomerRequest customer;
  customer.mutable_customer()->set_display_name("Harbour Railways");
  const std::string customer_name = Must(directory->CreateCustomer(call, customer)).name();
  v1::CreateProductRequest product;
  product.mutable_product()->set_display_name("Bogie");
  for (const std::string& certificate : certificates) product.mutable_product()->add_required_certificates(certificate);
  call = AsManager();
  const std::string product_name = Must(directory->CreateProduct(call, product)).name();
  v1::CreateEquipmentRequest equipment;
  equipment.mutable_equipment()->set_serial_number(RandomUuid());
  equipment.mutable_equipment()->set_product(product_name);
  equipment.mutable_equipment()->set_customer(customer_name);
  equipment.mutable_equipment()->set_region("taizhou");
  call = AsManager();
  const std::string equipment_name = Must(directory->CreateEquipment(call, equipment)).name();

  v1::Case opened;
  opened.set_name("cases/C-" + RandomUuid().substr(0, 8));
  opened.set_state(v1::CASE_STATE_ACCEPTED);
  opened.set_subject(v1::CASE_SUBJECT_PRODUCT);
  opened.set_customer(customer_name);
  opened.set_equipment(equipment_name);
  opened.set_description("The brake squeals.");
  opened.set_policy_version(policy_version_);
  *opened.mutable_notice_time() = ToProto(clock.Now() - absl::Hours(1));
  call = AsManager();
  EXPECT_TRUE(db->WriteOwn(call, [&](Tx& tx) { return Cases().Insert(tx, opened); }).ok());
  return opened;
}

void Workshop::Close(const v1::Case& service_case) {
  Call call = AsManager();
  EXPECT_TRUE(db->WriteOwn(call, [&](Tx& tx) -> absl::Status {
                  ASSIGN_OR_RETURN(v1::Case closed, Cases().Lock(tx, service_case.name()));
                  closed.set_state(v1::CASE_STATE_CLOSED);
                  return Cases().Update(tx, closed);
                }).ok());
}

v1::Engineer Workshop::AddEngineer(const v1::Engineer& engineer) {
  v1::CreateEngineerRequest request;
  *request.mutable_engineer() = engineer;
  if (engineer.display_name().empty()) request.mutable_engineer()->set_display_name("Engineer");
  Call call = AsManager();
  return Must(dispatch->CreateEngineer(call, request));
}

v1::Visit Workshop::PlanVisit(const v1::Case& service_case, absl::Duration start, absl::Duration length) {
  v1::CreateVisitRequest request;
  request.mutable_visit()->set_service_case(service_case.name());
  *request.mutable_visit()->mutable_plan_start_time() = ToProto(clock.Now() + start);
  *request.mutable_visit()->mutable_plan_end_time() = ToProto(clock.Now() + start + length);
  Call call = AsManager();
  return Must(dispatch->CreateVisit(call, request));
}

absl::StatusOr<v1::Visit> Workshop::Assign(const v1::Visit& visit, const v1::Engineer& engineer) {
  v1::AssignEngineerRequest request;
  request.set_name(visit.name());
  request.set_engineer(engineer.name());
  Call call = AsManager();
  return dispatch->AssignEngineer(call, request);
}

v1::Visit Workshop::VisitOnSite(const v1::Case& service_case, const v1::Engineer& engineer) {
  const v1::Visit visit = Must(Assign(PlanVisit(service_case), engineer));
  v1::CheckInVisitRequest request;
  request.set_name(visit.name());
  Call call = AsManager();
  return Must(dispatch->CheckInVisit(call, request));
}

v1::Part Workshop::AddPart(const std::string& display_name) {
  v1::CreatePartRequest request;
  request.mutable_part()->set_display_name(display_name);
  request.mutable_part()->set_category(v1::PART_CATEGORY_ORDINARY);
  Call call = AsWarehouse();
  return Must(parts->CreatePart(call, request));
}

v1::Warehouse Workshop::AddWarehouse() {
  v1::CreateWarehouseRequest request;
  request.mutable_warehouse()->set_display_name("Main store");
  Call call = AsWarehouse();
  return Must(parts->CreateWarehouse(call, request));
}

void Workshop::Receive(const v1::Part& part, const v1::Warehouse& warehouse, int64_t quantity) {
  v1::ReceiveStockRequest request;
  request.set_part(part.name());
  request.set_warehouse(warehouse.name());
  request.set_quantity(quantity);
  Call call = AsWarehouse();
  Must(parts->ReceiveStock(call, request));
}

v1::StockBalance Workshop::Balance(const v1::Part& part, const v1::Warehouse& warehouse) {
  v1::ListStockRequest request;
  request.mutable_filter()->set_part(part.name());
  Call call = AsWarehouse();
  const v1::ListStockResponse response = Must(parts->ListStock(call, request));
  for (const v1::StockBalance& balance : response.balances()) {
    if (balance.warehouse() == warehouse.name()) return balance;
  }
  return {};
}

std::vector<std::string> Workshop::EventsAbout(const std::string& subject) {
  Call call = AsManager();
  std::vector<std::string> types;
  EXPECT_TRUE(db->WriteOwn(call, [&](Tx& tx) {
                  types.clear();
                  for (const Row& row :
                       tx.Select("SELECT type FROM event WHERE subject = ? ORDER BY id LIMIT 100", {subject}, "t")) {
                    types.push_back(row.Text(0));
                  }
                  return absl::OkStatus();
                }).ok());
  return types;
}

std::set<std::string> Workshop::Owed(const std::string& root) {
  Call call = AsManager();
  std::set<std::string> kinds;
  EXPECT_TRUE(db->WriteOwn(call, [&](Tx& tx) {
                  for (const v1::Obligation& owed : ObligationsOf(tx, root, /*open_only=*/true)) {
                    kinds.insert(owed.kind());
                  }
                  return absl::OkStatus();
                }).ok());
  return kinds;
}

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  google::rpc::ErrorInfo reason;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& detail : wire.details()) detail.UnpackTo(&reason);
  return {reason.metadata().begin(), reason.metadata().end()};
}

std::set<std::string> ViolationsOf(const absl::Status& status) {
  google::rpc::PreconditionFailure failure;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& detail : wire.details()) detail.UnpackTo(&failure);
  std::set<std::string> kinds;
  for (const auto& violation : failure.violations()) kinds.insert(violation.type());
  return kinds;
}

}  // namespace aftersales
