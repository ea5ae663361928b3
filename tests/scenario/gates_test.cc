// Every step that a pack can name is a gate that the server asks: under a pack that requires something for one step, a case
// is walked through its life, and that step, and no other, is refused.
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/policy/pack.h"
#include "tests/scenario/company.h"

namespace aftersales::testing {
namespace {

std::string PackThatRequiresSomethingFor(const std::string& step) {
  return absl::StrCat(
      "name: 'gates' title: 'Gates' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
      "class { name: 'A' title: 'A' clauses: 'X-1' }\n"
      "obligation { kind: 'never-done' clauses: 'X-2' on: 'stock-received' by: 'quality' met_by { event: "
      "'stock-received' } required_for: '", step, "' }");
}

// A case's life, step by step; each call uses what the ones before have made.
class Life {
 public:
  explicit Life(Company& company) : company_(company) {}

  struct Step {
    std::string name;
    std::function<absl::Status()> take;
  };

  std::vector<Step> Steps() {
    using namespace v1;  // NOLINT: a page of role and request names
    const auto cases = [this](Role role) { return company_.As(role).cases(); };
    const auto dispatch = [this](Role role) { return company_.As(role).dispatch(); };
    const auto parts = [this](Role role) { return company_.As(role).parts(); };
    return {
        {"create-contact", [=, this] { return Keep(cases(ROLE_QUALITY).CreateContact(Contacting()), &contact_); }},
        {"answer-contact",
         [=, this] {
           AnswerContactRequest request = On<AnswerContactRequest>(contact_);
           request.set_answer("Tomorrow.");
           return cases(ROLE_QUALITY).AnswerContact(request).status();
         }},
        {"create-case", [=, this] { return Keep(cases(ROLE_CUSTOMER_SERVICE).CreateCase(Opening()), &case_); }},
        {"refuse-case",
         [=, this] {
           // Another case, since a refused one goes no further.
           std::string other;
           if (absl::Status status = Keep(cases(ROLE_CUSTOMER_SERVICE).CreateCase(Opening()), &other); !status.ok()) {
             return status;
           }
           RefuseCaseRequest request = On<RefuseCaseRequest>(other);
           request.set_reason("Not our product.");
           return cases(ROLE_QUALITY).RefuseCase(request).status();
         }},
        {"accept-case",
         [=, this] {
           AcceptCaseRequest request = On<AcceptCaseRequest>(case_);
           request.set_service_mode(SERVICE_MODE_ON_SITE);
           return cases(ROLE_QUALITY).AcceptCase(request).status();
         }},
        {"classify-case",
         [=, this] {
           ClassifyCaseRequest request = On<ClassifyCaseRequest>(case_);
           request.set_classification("A");
           request.mutable_evidence()->set_text("Seen.");
           return cases(ROLE_QUALITY).ClassifyCase(request).status();
         }},
        {"propose-solution",
         [=, this] {
           ProposeSolutionRequest request;
           request.set_parent(case_);
           request.mutable_solution()->set_text("Exchange it.");
           return Keep(cases(ROLE_TECHNOLOGY).ProposeSolution(request), &solution_);
         }},
        {"approve-solution",
         [=, this] {
           ApproveSolutionRequest request = On<ApproveSolutionRequest>(solution_);
           request.set_role(ROLE_QUALITY);
           return cases(ROLE_QUALITY).ApproveSolution(request).status();
         }},
        {"confirm-solution",
         [=, this] {
           ConfirmSolutionRequest request = On<ConfirmSolutionRequest>(solution_);
           request.mutable_evidence()->set_text("By letter.");
           return cases(ROLE_QUALITY).ConfirmSolution(request).status();
         }},
        {"create-visit",
         [=, this] {
           CreateVisitRequest request;
           static int visits = 0;  // each at another time, so that one engineer can make them all
           const absl::Time start = company_.server().Now() + absl::Hours(5) * ++visits;
           request.mutable_visit()->set_service_case(case_);
           *request.mutable_visit()->mutable_plan_start_time() = ToProto(start);
           *request.mutable_visit()->mutable_plan_end_time() = ToProto(start + absl::Hours(2));
           return Keep(dispatch(ROLE_QUALITY).CreateVisit(request), &visit_);
         }},
        {"assign-engineer",
         [=, this] {
           AssignEngineerRequest request = On<AssignEngineerRequest>(visit_);
           request.set_engineer(company_.engineer());
           return dispatch(ROLE_QUALITY).AssignEngineer(request).status();
         }},
        {"check-in-visit",
         [=, this] { return dispatch(ROLE_FIELD_ENGINEER).CheckInVisit(On<CheckInVisitRequest>(visit_)).status(); }},
        {"start-work", [=, this] { return company_.StartWork(visit_); }},
        {"record-work", [=, this] { return company_.RecordWork(visit_); }},
        {"complete-work", [=, this] { return company_.CompleteWork(visit_); }},
        {"record-satisfaction", [=, this] { return company_.Satisfied(visit_, true); }},
        {"create-picking-list", [=, this] { return Keep(parts(ROLE_QUALITY).CreatePickingList(Picking()), &list_); }},
        {"cancel-picking-list",
         [=, this] {
           CancelPickingListRequest request = On<CancelPickingListRequest>(list_);
           request.set_reason("Another part is needed.");
           const absl::Status cancelled = parts(ROLE_QUALITY).CancelPickingList(request).status();
           if (!cancelled.ok()) return cancelled;
           return Keep(parts(ROLE_QUALITY).CreatePickingList(Picking()), &list_);
         }},
        {"sign-picking-list",
         [=, this] {
           SignPickingListRequest request = On<SignPickingListRequest>(list_);
           request.set_role(ROLE_PRODUCTION);
           return parts(ROLE_PRODUCTION).SignPickingList(request).status();
         }},
        {"issue-picking-list",
         [=, this] { return parts(ROLE_WAREHOUSE).IssuePickingList(On<IssuePickingListRequest>(list_)).status(); }},
        {"create-departure-permit",
         [=, this] {
           CreateDeparturePermitRequest request;
           request.mutable_permit()->set_picking_list(list_);
           request.mutable_permit()->set_destination("Depot 1");
           request.mutable_permit()->set_product_model("BU-7");
           return Keep(parts(ROLE_WAREHOUSE).CreateDeparturePermit(request), &permit_);
         }},
        {"create-shipment",
         [=, this] {
           CreateShipmentRequest request;
           request.mutable_shipment()->set_permit(permit_);
           request.mutable_shipment()->set_transport(TRANSPORT_RAIL);
           return parts(ROLE_WAREHOUSE).CreateShipment(request).status();
         }},
        {"check-out-visit", [=, this] { return company_.CheckOut(visit_); }},
        {"create-document", [=, this] { return company_.FileDocument(case_, "letter"); }},
        {"close-case", [=, this] { return company_.Close(case_); }},
    };
  }

 private:
  template <typename Request>
  static Request On(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }

  template <typename Resource>
  static absl::Status Keep(const absl::StatusOr<Resource>& made, std::string* name) {
    if (made.ok()) *name = made->name();
    return made.status();
  }

  static v1::CreateContactRequest Contacting() {
    v1::CreateContactRequest request;
    request.mutable_contact()->set_channel(v1::CHANNEL_LETTER);
    request.mutable_contact()->set_company("Example Tramway Works");
    request.mutable_contact()->set_text("A question.");
    return request;
  }

  v1::CreateCaseRequest Opening() {
    v1::CreateCaseRequest request;
    request.mutable_service_case()->set_subject(v1::CASE_SUBJECT_PRODUCT);
    request.mutable_service_case()->set_customer(company_.customer());
    request.mutable_service_case()->set_equipment(company_.equipment());
    request.mutable_service_case()->set_description("The brake does not release.");
    return request;
  }

  v1::CreatePickingListRequest Picking() {
    if (part_.empty()) {
      v1::CreatePartRequest part;
      part.mutable_part()->set_display_name("Release valve");
      part.mutable_part()->set_category(v1::PART_CATEGORY_ORDINARY);
      EXPECT_TRUE(Keep(company_.As(v1::ROLE_ADMIN).parts().CreatePart(part), &part_).ok());
      v1::CreateWarehouseRequest warehouse;
      warehouse.mutable_warehouse()->set_display_name("Main store");
      EXPECT_TRUE(Keep(company_.As(v1::ROLE_ADMIN).parts().CreateWarehouse(warehouse), &warehouse_).ok());
      v1::ReceiveStockRequest stock;
      stock.set_part(part_);
      stock.set_warehouse(warehouse_);
      stock.set_quantity(10);
      EXPECT_TRUE(company_.As(v1::ROLE_WAREHOUSE).parts().ReceiveStock(stock).ok());
    }
    v1::CreatePickingListRequest request;
    request.mutable_picking_list()->set_service_case(case_);
    request.mutable_picking_list()->set_source(v1::PICKING_SOURCE_FIELD_OPINION);
    v1::PickingLine* line = request.mutable_picking_list()->add_lines();
    line->set_part(part_);
    line->set_warehouse(warehouse_);
    line->set_quantity(1);
    return request;
  }

  Company& company_;
  std::string contact_, case_, solution_, visit_, list_, permit_, part_, warehouse_;
};

TEST(Gates, EveryStepThatAPackCanNameIsAskedFor) {
  Company company("sqlite", "");
  std::set<std::string> walked;
  for (const Life::Step& step : Life(company).Steps()) walked.insert(step.name);
  for (const std::string& step : policy::Steps()) EXPECT_EQ(walked.count(step), 1u) << step << " is not walked here";

  for (const std::string& gate : walked) {
    company.UsePack(PackThatRequiresSomethingFor(gate));
    Life life(company);
    for (const Life::Step& step : life.Steps()) {
      const absl::Status status = step.take();
      if (step.name != gate) {
        ASSERT_TRUE(status.ok()) << step.name << " under a gate for " << gate << ": " << status;
        continue;
      }
      EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_OBLIGATION_OPEN) << gate << ": " << status;
      EXPECT_EQ(ErrorMetadata(status)["transition"], gate);
      break;
    }
  }
}

}  // namespace
}  // namespace aftersales::testing
