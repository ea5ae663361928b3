#include "server/parts/parts_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/parts/parts_store.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Wanted {
  v1::Part part;
  v1::Warehouse warehouse;
  int64_t quantity;
};

class PartsServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  v1::CreatePickingListRequest Asking(const v1::Case& service_case, const std::vector<Wanted>& wanted) {
    v1::CreatePickingListRequest request;
    v1::PickingList& list = *request.mutable_picking_list();
    list.set_service_case(service_case.name());
    list.set_source(v1::PICKING_SOURCE_FIELD_OPINION);
    for (const Wanted& each : wanted) {
      v1::PickingLine& line = *list.add_lines();
      line.set_part(each.part.name());
      line.set_warehouse(each.warehouse.name());
      line.set_quantity(each.quantity);
    }
    return request;
  }
  absl::StatusOr<v1::PickingList> Submit(const v1::Case& service_case, const std::vector<Wanted>& wanted) {
    Call call = shop_.AsManager();
    return shop_.parts->CreatePickingList(call, Asking(service_case, wanted));
  }
  absl::StatusOr<v1::PickingList> Sign(const std::string& name, Call call, v1::Role role) {
    v1::SignPickingListRequest request;
    request.set_name(name);
    request.set_role(role);
    return shop_.parts->SignPickingList(call, request);
  }
  absl::StatusOr<v1::PickingList> Sign(const std::string& name) {
    return Sign(name, shop_.AsProductionHead(), v1::ROLE_PRODUCTION);
  }
  absl::StatusOr<v1::PickingList> Issue(const std::string& name) {
    v1::IssuePickingListRequest request;
    request.set_name(name);
    Call call = shop_.AsWarehouse();
    return shop_.parts->IssuePickingList(call, request);
  }
  absl::StatusOr<v1::PickingList> Cancel(const std::string& name) {
    v1::CancelPickingListRequest request;
    request.set_name(name);
    request.set_reason("No longer needed.");
    Call call = shop_.AsManager();
    return shop_.parts->CancelPickingList(call, request);
  }
  absl::StatusOr<v1::DeparturePermit> Permit(const std::string& list) {
    v1::CreateDeparturePermitRequest request;
    request.mutable_permit()->set_picking_list(list);
    request.mutable_permit()->set_destination("Harbour depot");
    request.mutable_permit()->set_product_model("Bogie 7");
    Call call = shop_.AsWarehouse();
    return shop_.parts->CreateDeparturePermit(call, request);
  }
  absl::StatusOr<v1::Shipment> Ship(const std::string& permit) {
    v1::CreateShipmentRequest request;
    request.mutable_shipment()->set_permit(permit);
    request.mutable_shipment()->set_transport(v1::TRANSPORT_RAIL);
    request.mutable_shipment()->set_tracking_number("R-1");
    Call call = shop_.AsWarehouse();
    return shop_.parts->CreateShipment(call, request);
  }
  // "received 5", "reserved 2", in the order of booking.
  std::vector<std::string> Ledger(const v1::Part& part) {
    v1::ListStockMovementsRequest request;
    request.set_part(part.name());
    request.set_page_size(1000);
    Call call = shop_.AsWarehouse();
    const auto response = shop_.parts->ListStockMovements(call, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> lines;
    for (const v1::StockMovement& movement : response->movements()) {
      lines.push_back(absl::StrCat(Word(movement.kind()), " ", movement.quantity()));
    }
    return lines;
  }
  void ExpectBalance(const v1::Part& part, int64_t on_hand, int64_t reserved) {
    const v1::StockBalance balance = shop_.Balance(part, store_);
    EXPECT_EQ(balance.on_hand(), on_hand);
    EXPECT_EQ(balance.reserved(), reserved);
  }

  Workshop shop_{GetParam()};
  const v1::Warehouse store_ = shop_.AddWarehouse();
  const v1::Part pad_ = shop_.AddPart("brake pad");
};

INSTANTIATE_TEST_SUITE_P(Engines, PartsServiceTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(PartsServiceTest, FromStockToTheCustomer) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  v1::PickingList list = *Submit(service_case, {{pad_, store_, 4}});
  EXPECT_EQ(list.name(), "pickingLists/P2026-000001");
  EXPECT_EQ(list.submitted_by(), "principals/manager");
  ExpectBalance(pad_, 10, 4);
  EXPECT_THAT(shop_.Owed(service_case.name()), ElementsAre("production-signs"));
  list = *Sign(list.name());
  EXPECT_EQ(list.state(), v1::PICKING_LIST_STATE_SIGNED);
  EXPECT_EQ(list.signature().role(), v1::ROLE_PRODUCTION);
  EXPECT_TRUE(list.signature().head());
  EXPECT_EQ(list.signed_by(), "principals/producer");
  EXPECT_THAT(shop_.Owed(service_case.name()), IsEmpty());
  list = *Issue(list.name());
  EXPECT_EQ(list.state(), v1::PICKING_LIST_STATE_ISSUED);
  EXPECT_EQ(list.issued_by(), "principals/keeper");
  ExpectBalance(pad_, 6, 0);
  const v1::DeparturePermit permit = *Permit(list.name());
  EXPECT_EQ(permit.quantity(), 4);
  EXPECT_EQ(permit.variety(), 1);
  EXPECT_EQ(permit.service_case(), service_case.name());
  const v1::Shipment shipment = *Ship(permit.name());
  EXPECT_EQ(shipment.state(), v1::SHIPMENT_STATE_DEPARTED);
  EXPECT_EQ(shipment.picking_list(), list.name());
  EXPECT_THAT(shop_.Owed(service_case.name()), ElementsAre("proof-of-sending"));
  v1::GetDeparturePermitRequest get;
  get.set_name(permit.name());
  Call call = shop_.AsWarehouse();
  EXPECT_EQ(shop_.parts->GetDeparturePermit(call, get)->shipment(), shipment.name());
  EXPECT_THAT(Ledger(pad_), ElementsAre("received 10", "reserved 4", "issued 4"));
  EXPECT_THAT(shop_.EventsAbout(list.name()),
              ElementsAre("picking-list-submitted", "picking-list-signed", "picking-list-issued"));
  EXPECT_THAT(shop_.EventsAbout(permit.name()), ElementsAre("permit-issued"));
  EXPECT_THAT(shop_.EventsAbout(shipment.name()), ElementsAre("shipment-departed"));
}

TEST_P(PartsServiceTest, SkippedStepsAreRefused) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  const v1::PickingList list = *Submit(service_case, {{pad_, store_, 4}});
  const absl::Status unsigned_list = Issue(list.name()).status();
  EXPECT_EQ(ReasonOf(unsigned_list), v1::ERROR_REASON_OBLIGATION_OPEN) << "the gate is asked before the state";
  EXPECT_THAT(std::string(unsigned_list.message()), HasSubstr("T-5"));
  EXPECT_EQ(ReasonOf(Permit(list.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  ASSERT_TRUE(Sign(list.name()).ok());
  EXPECT_EQ(ReasonOf(Permit(list.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(Ship("departurePermits/D2026-000001").status()), v1::ERROR_REASON_REFERENCE_INVALID);
  ASSERT_TRUE(Issue(list.name()).ok());
  EXPECT_EQ(ReasonOf(Issue(list.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(ReasonOf(Cancel(list.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  ExpectBalance(pad_, 6, 0);
}

TEST_P(PartsServiceTest, OnePermitForAListAndOneShipmentForAPermit) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  const v1::PickingList list = *Submit(service_case, {{pad_, store_, 4}});
  ASSERT_TRUE(Sign(list.name()).ok());
  ASSERT_TRUE(Issue(list.name()).ok());
  const v1::DeparturePermit permit = *Permit(list.name());
  EXPECT_EQ(ReasonOf(Permit(list.name()).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  const v1::Shipment shipment = *Ship(permit.name());
  const absl::Status again = Ship(permit.name()).status();
  EXPECT_EQ(ReasonOf(again), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(again.message()), HasSubstr(shipment.name()));
  EXPECT_EQ(ReasonOf(Permit(list.name()).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
}

TEST_P(PartsServiceTest, SignaturesNeedTheRoleAndAnotherPerson) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  const v1::PickingList list = *Submit(service_case, {{pad_, store_, 4}});
  const auto own = Sign(list.name(), shop_.AsManager(), v1::ROLE_SERVICE_MANAGER);
  EXPECT_EQ(ReasonOf(own.status()), v1::ERROR_REASON_OWN_SUBMISSION);
  const auto without_role = Sign(list.name(), shop_.AsWarehouse(), v1::ROLE_PRODUCTION);
  EXPECT_EQ(ReasonOf(without_role.status()), v1::ERROR_REASON_ROLE_MISSING);
  // The pack wants the head of production: somebody else's signature does not open its gate.
  const auto by_other = Sign(list.name(), shop_.As("principals/fin", {v1::ROLE_FINANCE}), v1::ROLE_FINANCE);
  ASSERT_TRUE(by_other.ok()) << by_other.status();
  const absl::Status refused = Issue(list.name()).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_OBLIGATION_OPEN);
  EXPECT_THAT(ViolationsOf(refused), ElementsAre("production-signs"));
  ExpectBalance(pad_, 10, 4);
}

TEST_P(PartsServiceTest, ShortStockIsNamedAndNothingHalfDone) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Part disc = shop_.AddPart("brake disc");
  const v1::Part bolt = shop_.AddPart("bolt");
  shop_.Receive(pad_, store_, 10);
  shop_.Receive(disc, store_, 3);
  absl::Status refused = Submit(service_case, {{pad_, store_, 4}, {disc, store_, 5}}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STOCK_SHORT);
  EXPECT_EQ(MetadataOf(refused)["part"], disc.name());
  EXPECT_EQ(MetadataOf(refused)["warehouse"], store_.name());
  EXPECT_EQ(MetadataOf(refused)["free"], "3");
  EXPECT_EQ(MetadataOf(refused)["wanted"], "5");
  ExpectBalance(pad_, 10, 0);
  EXPECT_THAT(Ledger(pad_), ElementsAre("received 10"));
  refused = Submit(service_case, {{bolt, store_, 1}}).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STOCK_SHORT);
  EXPECT_EQ(MetadataOf(refused)["free"], "0");
  v1::ListPickingListsRequest request;
  request.mutable_filter()->set_service_case(service_case.name());
  Call call = shop_.AsManager();
  EXPECT_EQ(shop_.parts->ListPickingLists(call, request)->picking_lists_size(), 0);
}

TEST_P(PartsServiceTest, WrongLinesAndNamesAreNamed) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  absl::Status refused = Submit(service_case, {{pad_, store_, 1}, {pad_, store_, 1}}).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("picking_list.lines[1]"));
  v1::Part unknown;
  unknown.set_name("parts/999");
  refused = Submit(service_case, {{pad_, store_, 1}, {unknown, store_, 1}}).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("picking_list.lines[1].part"));
  v1::CreatePickingListRequest request = Asking(service_case, {{pad_, store_, 1}});
  request.mutable_picking_list()->set_visit(shop_.PlanVisit(shop_.AcceptedCase()).name());
  Call call = shop_.AsManager();
  refused = shop_.parts->CreatePickingList(call, request).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("picking_list.visit"));
  request.mutable_picking_list()->set_visit(shop_.PlanVisit(service_case).name());
  call = shop_.AsManager();
  EXPECT_TRUE(shop_.parts->CreatePickingList(call, request).ok());
  v1::ReceiveStockRequest receive;
  receive.set_part("parts/999");
  receive.set_warehouse(store_.name());
  receive.set_quantity(1);
  call = shop_.AsWarehouse();
  EXPECT_EQ(ReasonOf(shop_.parts->ReceiveStock(call, receive).status()), v1::ERROR_REASON_REFERENCE_INVALID);
}

TEST_P(PartsServiceTest, CancellingFreesWhatWasReservedAlsoAfterTheCasesClose) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  const v1::PickingList submitted = *Submit(service_case, {{pad_, store_, 4}});
  const v1::PickingList signed_list = *Submit(service_case, {{pad_, store_, 6}});
  ASSERT_TRUE(Sign(signed_list.name()).ok());
  EXPECT_EQ(Cancel(submitted.name())->state(), v1::PICKING_LIST_STATE_CANCELLED);
  ExpectBalance(pad_, 10, 6);
  shop_.Close(service_case);
  EXPECT_EQ(ReasonOf(Issue(signed_list.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_EQ(Cancel(signed_list.name())->state(), v1::PICKING_LIST_STATE_CANCELLED);
  ExpectBalance(pad_, 10, 0);
  EXPECT_EQ(ReasonOf(Cancel(signed_list.name()).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(Ledger(pad_), ElementsAre("received 10", "reserved 4", "reserved 6", "released 4", "released 6"));
}

TEST_P(PartsServiceTest, TheLastPiecesAreHandedOutExactlyOnce) {
  constexpr int kThreads = 16;
  constexpr int kEach = 5;
  constexpr int64_t kPieces = 37;  // of the 80 wanted
  shop_.Receive(pad_, store_, kPieces);
  std::vector<v1::Case> cases;
  for (int i = 0; i < kThreads; ++i) cases.push_back(shop_.AcceptedCase());
  std::atomic<int> reserved{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        const absl::Status status = Submit(cases[i], {{pad_, store_, 1}}).status();
        if (status.ok()) {
          ++reserved;
        } else {
          ++refused;
          EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STOCK_SHORT) << status;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reserved, kPieces);
  EXPECT_EQ(refused, kThreads * kEach - kPieces);
  ExpectBalance(pad_, kPieces, kPieces);
  EXPECT_EQ(Ledger(pad_).size(), static_cast<size_t>(kPieces) + 1);
}

TEST_P(PartsServiceTest, ListsThatCrossEachOtherDoNotBlockEachOther) {
  constexpr int kThreads = 8;
  constexpr int kEach = 5;
  const v1::Part disc = shop_.AddPart("brake disc");
  shop_.Receive(pad_, store_, 1000);
  shop_.Receive(disc, store_, 1000);
  std::vector<v1::Case> cases;
  for (int i = 0; i < kThreads; ++i) cases.push_back(shop_.AcceptedCase());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        const std::vector<Wanted> wanted = i % 2 == 0 ? std::vector<Wanted>{{pad_, store_, 2}, {disc, store_, 1}}
                                                      : std::vector<Wanted>{{disc, store_, 1}, {pad_, store_, 2}};
        const auto list = Submit(cases[i], wanted);
        ASSERT_TRUE(list.ok()) << list.status();
        if (n % 2 != 0) continue;
        ASSERT_TRUE(Cancel(list->name()).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectBalance(pad_, 1000, kThreads * 2 * 2);
  ExpectBalance(disc, 1000, kThreads * 2);
}

TEST_P(PartsServiceTest, TheFirstReceiptsAtOnceAddUp) {
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&] { shop_.Receive(pad_, store_, 3); });
  for (std::thread& thread : threads) thread.join();
  ExpectBalance(pad_, 3 * kThreads, 0);
}

TEST_P(PartsServiceTest, ARepeatedRequestReservesOnce) {
  const v1::Case service_case = shop_.AcceptedCase();
  shop_.Receive(pad_, store_, 10);
  v1::CreatePickingListRequest request = Asking(service_case, {{pad_, store_, 4}});
  const Call call = shop_.AsManager();
  Call first_call = call, second_call = call, third_call = call;
  const auto first = shop_.parts->CreatePickingList(first_call, request);
  const auto second = shop_.parts->CreatePickingList(second_call, request);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  ExpectBalance(pad_, 10, 4);
  request.mutable_picking_list()->mutable_lines(0)->set_quantity(5);
  EXPECT_EQ(ReasonOf(shop_.parts->CreatePickingList(third_call, request).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_P(PartsServiceTest, APartNumberIsOneParts) {
  v1::CreatePartRequest request;
  request.mutable_part()->set_display_name("Disc");
  request.mutable_part()->set_external_id("D-7");
  request.mutable_part()->set_category(v1::PART_CATEGORY_IMPORTANT);
  Call call = shop_.AsWarehouse();
  const auto disc = shop_.parts->CreatePart(call, request);
  ASSERT_TRUE(disc.ok()) << disc.status();
  call = shop_.AsWarehouse();
  const absl::Status refused = shop_.parts->CreatePart(call, request).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(MetadataOf(refused)["resource"], disc->name());
  v1::ListPartsRequest list;
  list.mutable_filter()->set_external_id("D-7");
  call = shop_.AsWarehouse();
  const auto found = shop_.parts->ListParts(call, list);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->parts_size(), 1);
  EXPECT_EQ(found->parts(0).name(), disc->name());
}

TEST_P(PartsServiceTest, BalancesComeInPagesInTheOrderOfPartAndWarehouse) {
  const v1::Warehouse second = shop_.AddWarehouse();
  std::vector<std::pair<std::string, std::string>> expected;
  for (int i = 0; i < 3; ++i) {
    const v1::Part part = shop_.AddPart();
    for (const v1::Warehouse& warehouse : {second, store_}) {
      shop_.Receive(part, warehouse, i + 1);
      expected.emplace_back(part.name(), warehouse.name());
    }
  }
  std::sort(expected.begin(), expected.end());
  for (const int page_size : {1, 2, 4, 6, 100}) {
    v1::ListStockRequest request;
    request.set_page_size(page_size);
    std::vector<std::pair<std::string, std::string>> seen;
    do {
      Call call = shop_.AsWarehouse();
      const auto page = shop_.parts->ListStock(call, request);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->balances_size(), page_size);
      for (const v1::StockBalance& balance : page->balances()) seen.emplace_back(balance.part(), balance.warehouse());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(seen, expected) << page_size;
  }
  v1::ListStockRequest of_one;
  of_one.set_page_size(1);
  of_one.mutable_filter()->set_part(expected[0].first);
  Call call = shop_.AsWarehouse();
  auto page = shop_.parts->ListStock(call, of_one);
  ASSERT_TRUE(page.ok() && !page->next_page_token().empty());
  of_one.set_page_token(page->next_page_token());
  call = shop_.AsWarehouse();
  page = shop_.parts->ListStock(call, of_one);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->balances_size(), 1);
  EXPECT_EQ(page->balances(0).warehouse(), expected[1].second);
  EXPECT_EQ(page->next_page_token(), "");
  of_one.mutable_filter()->set_part(expected[2].first);  // the token belongs to another question
  call = shop_.AsWarehouse();
  EXPECT_EQ(ReasonOf(shop_.parts->ListStock(call, of_one).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_P(PartsServiceTest, ListsRunOnIndexes) {
  std::vector<std::pair<std::string, Values>> selects = {
      {BalancesSql(false, false), {51}},
      {BalancesSql(false, true), {"parts/1", "parts/1", "warehouses/1", 51}},
      {BalancesSql(true, true), {"parts/1", "warehouses/1", 51}}};
  v1::PickingListFilter of_case, in_state;
  of_case.set_service_case("cases/C1");
  in_state.set_state(v1::PICKING_LIST_STATE_SUBMITTED);
  v1::ShipmentFilter shipments;
  shipments.set_service_case("cases/C1");
  const auto add = [&](const TableCore& table, const ListQuery& query) {
    Values values;
    for (const Condition& condition : query.where) values.push_back(condition.value);
    values.push_back(51);
    selects.emplace_back(table.SelectSql(query, /*with_after=*/false), values);
  };
  for (const v1::PickingListFilter& filter : {v1::PickingListFilter(), of_case, in_state}) {
    add(PickingLists().core(), PickingListQuery(filter));
  }
  for (const v1::ShipmentFilter& filter : {v1::ShipmentFilter(), shipments}) {
    add(Shipments().core(), ShipmentQuery(filter));
  }
  add(StockMovements().core(), MovementQuery("parts/1"));
  for (const auto& [sql, values] : selects) {
    Call call = shop_.AsWarehouse();
    const absl::StatusOr<std::string> plan = shop_.db->Explain(call, sql, values, "");
    ASSERT_TRUE(plan.ok()) << sql << ": " << plan.status();
    EXPECT_THAT(*plan, ::testing::Not(::testing::AnyOf(HasSubstr("filesort"), HasSubstr("TEMP B-TREE")))) << sql;
  }
}

}  // namespace
}  // namespace aftersales
