// Decisions about picking lists, permits and sendings: which step is possible when, who may sign, what a permit covers.
// Pure: values in, values out.
#ifndef AFTERSALES_SERVER_PARTS_PARTS_RULES_H_
#define AFTERSALES_SERVER_PARTS_PARTS_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aftersales/v1/parts.pb.h"
#include "server/base/call.h"

namespace aftersales {

enum class PickingStep { kSign, kIssue, kCancel, kPermit };

inline constexpr PickingStep kPickingSteps[] = {PickingStep::kSign, PickingStep::kIssue, PickingStep::kCancel,
                                                PickingStep::kPermit};

struct PickingTransition {
  v1::PickingListState from;
  PickingStep step;
  v1::PickingListState to;
};

// Everything that is possible: signed before issued, issued before a permit, for every pack.
inline constexpr PickingTransition kPickingTransitions[] = {
    {v1::PICKING_LIST_STATE_SUBMITTED, PickingStep::kSign, v1::PICKING_LIST_STATE_SIGNED},
    {v1::PICKING_LIST_STATE_SUBMITTED, PickingStep::kCancel, v1::PICKING_LIST_STATE_CANCELLED},
    {v1::PICKING_LIST_STATE_SIGNED, PickingStep::kIssue, v1::PICKING_LIST_STATE_ISSUED},
    {v1::PICKING_LIST_STATE_SIGNED, PickingStep::kCancel, v1::PICKING_LIST_STATE_CANCELLED},
    {v1::PICKING_LIST_STATE_ISSUED, PickingStep::kPermit, v1::PICKING_LIST_STATE_ISSUED},
};

// What follows "cannot be" when the step is refused: "signed".
std::string Participle(PickingStep step);

// The state after `step`, or the refusal that names the states in which it is possible and what is missing.
absl::StatusOr<v1::PickingListState> StateAfter(const v1::PickingList& list, PickingStep step);

// Nobody signs what they submitted.
absl::Status CheckSigner(const v1::PickingList& list, const std::string& principal);

// Somebody who is a field engineer and nothing else cancels what they submitted, not what others did.
absl::Status CheckCanceller(const v1::PickingList& list, const Caller& caller);

// Every part is taken from a warehouse by one line only.
absl::Status CheckLines(const v1::PickingList& list);

// A line and its place in the request.
struct PlacedLine {
  v1::PickingLine line;
  int place = 0;
};

// The lines in the one order in which all transactions take stock, so that no two wait for each other.
std::vector<PlacedLine> InStockOrder(const v1::PickingList& list);

// Less is free than a line asks for.
absl::Status StockShortError(const v1::PickingLine& line, int64_t free);

// What a permit for the list's parts covers: pieces and kinds.
struct Load {
  int64_t quantity = 0;
  int64_t variety = 0;
};
Load LoadOf(const v1::PickingList& list);

// A permit lets parts out once.
absl::Status CheckUnused(const v1::DeparturePermit& permit);

// The list's parts have a permit already; a second one would let them out twice.
absl::Status PermitExistsError(const v1::DeparturePermit& permit);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_PARTS_PARTS_RULES_H_
