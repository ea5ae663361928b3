#include "server/parts/parts_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

v1::PickingList ListIn(v1::PickingListState state) {
  v1::PickingList list;
  list.set_name("pickingLists/P2026-000001");
  list.set_state(state);
  list.set_submitted_by("principals/7");
  return list;
}

void AddLine(v1::PickingList& list, const std::string& part, const std::string& warehouse, int64_t quantity) {
  v1::PickingLine& line = *list.add_lines();
  line.set_part(part);
  line.set_warehouse(warehouse);
  line.set_quantity(quantity);
}

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  google::rpc::ErrorInfo reason;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& detail : wire.details()) detail.UnpackTo(&reason);
  return {reason.metadata().begin(), reason.metadata().end()};
}

// Written out independently of the table: what each step does, and from where. Everything else is refused.
TEST(PickingListStates, EveryPairOfStateAndStep) {
  using S = v1::PickingListState;
  const S submitted = v1::PICKING_LIST_STATE_SUBMITTED, is_signed = v1::PICKING_LIST_STATE_SIGNED,
          issued = v1::PICKING_LIST_STATE_ISSUED, cancelled = v1::PICKING_LIST_STATE_CANCELLED;
  const std::map<PickingStep, std::map<S, S>> expected = {
      {PickingStep::kSign, {{submitted, is_signed}}},
      {PickingStep::kIssue, {{is_signed, issued}}},
      {PickingStep::kCancel, {{submitted, cancelled}, {is_signed, cancelled}}},
      {PickingStep::kPermit, {{issued, issued}}},
  };
  int possible = 0;
  for (PickingStep step : kPickingSteps) {
    for (int number = v1::PickingListState_MIN; number <= v1::PickingListState_MAX; ++number) {
      const S from = static_cast<S>(number);
      const absl::StatusOr<S> to = StateAfter(ListIn(from), step);
      const auto& row = expected.at(step);
      if (const auto allowed = row.find(from); allowed != row.end()) {
        ++possible;
        ASSERT_TRUE(to.ok()) << Participle(step) << " from " << number << ": " << to.status();
        EXPECT_EQ(*to, allowed->second) << Participle(step) << " from " << number;
      } else {
        EXPECT_EQ(to.status().code(), absl::StatusCode::kFailedPrecondition) << Participle(step) << " from " << number;
        EXPECT_EQ(ReasonOf(to.status()), v1::ERROR_REASON_STATE_FORBIDS);
        EXPECT_EQ(MetadataOf(to.status())["resource"], "pickingLists/P2026-000001");
      }
    }
  }
  EXPECT_EQ(possible, static_cast<int>(std::size(kPickingTransitions))) << "a transition is in the table twice";
}

TEST(PickingListStates, ASkippedStepIsNamed) {
  EXPECT_THAT(std::string(StateAfter(ListIn(v1::PICKING_LIST_STATE_SUBMITTED), PickingStep::kIssue).status().message()),
              AllOf(HasSubstr("is submitted and cannot be issued"), HasSubstr("SignPickingList")));
  EXPECT_THAT(std::string(StateAfter(ListIn(v1::PICKING_LIST_STATE_SIGNED), PickingStep::kPermit).status().message()),
              HasSubstr("IssuePickingList"));
  EXPECT_THAT(
      std::string(StateAfter(ListIn(v1::PICKING_LIST_STATE_SUBMITTED), PickingStep::kPermit).status().message()),
      AllOf(HasSubstr("SignPickingList"), HasSubstr("IssuePickingList")));
}

TEST(Signer, IsNotTheSubmitter) {
  const v1::PickingList list = ListIn(v1::PICKING_LIST_STATE_SUBMITTED);
  EXPECT_TRUE(CheckSigner(list, "principals/8").ok());
  const absl::Status status = CheckSigner(list, "principals/7");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_OWN_SUBMISSION);
}

TEST(Lines, OnePartIsTakenFromAWarehouseByOneLine) {
  v1::PickingList list;
  AddLine(list, "parts/1", "warehouses/1", 1);
  AddLine(list, "parts/1", "warehouses/2", 1);
  AddLine(list, "parts/2", "warehouses/1", 1);
  EXPECT_TRUE(CheckLines(list).ok());
  AddLine(list, "parts/1", "warehouses/2", 5);
  const absl::Status status = CheckLines(list);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("picking_list.lines[3]"), HasSubstr("lines[1]")));
}

TEST(Lines, AreTakenInOneOrderAndRememberTheirPlace) {
  v1::PickingList list;
  AddLine(list, "parts/2", "warehouses/1", 1);
  AddLine(list, "parts/1", "warehouses/2", 2);
  AddLine(list, "parts/1", "warehouses/1", 3);
  const std::vector<PlacedLine> ordered = InStockOrder(list);
  ASSERT_EQ(ordered.size(), 3u);
  EXPECT_EQ(ordered[0].place, 2);
  EXPECT_EQ(ordered[1].place, 1);
  EXPECT_EQ(ordered[2].place, 0);
  EXPECT_EQ(ordered[0].line.quantity(), 3);
}

TEST(StockShort, SaysWhatIsMissingWhere) {
  v1::PickingList list;
  AddLine(list, "parts/1", "warehouses/2", 5);
  const absl::Status status = StockShortError(list.lines(0), 3);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STOCK_SHORT);
  const auto metadata = MetadataOf(status);
  EXPECT_EQ(metadata.at("part"), "parts/1");
  EXPECT_EQ(metadata.at("warehouse"), "warehouses/2");
  EXPECT_EQ(metadata.at("free"), "3");
  EXPECT_EQ(metadata.at("wanted"), "5");
}

TEST(Permit, CountsPiecesAndKinds) {
  v1::PickingList list;
  AddLine(list, "parts/1", "warehouses/1", 3);
  AddLine(list, "parts/1", "warehouses/2", 4);
  AddLine(list, "parts/2", "warehouses/1", 1'000'000);
  const Load load = LoadOf(list);
  EXPECT_EQ(load.quantity, 1'000'007);
  EXPECT_EQ(load.variety, 2);
}

TEST(Permit, LetsPartsOutOnce) {
  v1::DeparturePermit permit;
  permit.set_name("departurePermits/D2026-000001");
  permit.set_picking_list("pickingLists/P2026-000001");
  EXPECT_TRUE(CheckUnused(permit).ok());
  EXPECT_THAT(std::string(PermitExistsError(permit).message()), HasSubstr("Send them under that permit"));
  permit.set_shipment("shipments/S2026-000001");
  const absl::Status used = CheckUnused(permit);
  EXPECT_EQ(used.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(used), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(std::string(used.message()), HasSubstr("shipments/S2026-000001"));
  EXPECT_EQ(ReasonOf(PermitExistsError(permit)), v1::ERROR_REASON_RESOURCE_EXISTS);
}

}  // namespace
}  // namespace aftersales
