#include "server/parts/parts_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

// What has to be done first, for a step tried too early; empty where it is too late.
std::string Missing(v1::PickingListState state, PickingStep step) {
  if (state == v1::PICKING_LIST_STATE_SUBMITTED && step == PickingStep::kIssue) {
    return "Nobody has signed it yet: have it signed (SignPickingList) by somebody other than its submitter.";
  }
  if (state == v1::PICKING_LIST_STATE_SUBMITTED && step == PickingStep::kPermit) {
    return "Its parts have not been handed out: have it signed (SignPickingList) and issued (IssuePickingList) first.";
  }
  if (state == v1::PICKING_LIST_STATE_SIGNED && step == PickingStep::kPermit) {
    return "Its parts have not been handed out: issue it (IssuePickingList) first.";
  }
  return "";
}

}  // namespace

std::string Participle(PickingStep step) {
  switch (step) {
    case PickingStep::kSign: return "signed";
    case PickingStep::kIssue: return "issued";
    case PickingStep::kCancel: return "cancelled";
    case PickingStep::kPermit: return "given a departure permit";
  }
  return "changed";
}

absl::StatusOr<v1::PickingListState> StateAfter(const v1::PickingList& list, PickingStep step) {
  std::vector<std::string> allowed;
  for (const PickingTransition& transition : kPickingTransitions) {
    if (transition.step != step) continue;
    if (transition.from == list.state()) return transition.to;
    allowed.push_back(Word(transition.from));
  }
  const std::string missing = Missing(list.state(), step);
  if (missing.empty()) return StateError(list.name(), Word(list.state()), Participle(step), allowed);
  return Error(
             absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
             absl::StrCat(list.name(), " is ", Word(list.state()), " and cannot be ", Participle(step), ". ", missing))
      .With("resource", list.name())
      .With("state", Word(list.state()))
      .With("allowed", absl::StrJoin(allowed, ","));
}

absl::Status CheckSigner(const v1::PickingList& list, const std::string& principal) {
  if (list.submitted_by() != principal) return absl::OkStatus();
  return OwnSubmissionError(list.name(), list.submitted_by(), "submitted", "sign");
}

absl::Status CheckCanceller(const v1::PickingList& list, const Caller& caller) {
  const bool only_engineer = std::all_of(caller.roles.begin(), caller.roles.end(), [](const v1::RoleGrant& grant) {
    return grant.role() == v1::ROLE_FIELD_ENGINEER;
  });
  if (!only_engineer || list.submitted_by() == caller.principal) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
               absl::StrCat(list.name(), " was submitted by ", list.submitted_by(),
                            "; a field engineer cancels their own picking lists only."))
      .With("permission", "picking_lists.submit")
      .With("resource", list.name());
}

absl::Status CheckLines(const v1::PickingList& list) {
  std::map<std::pair<std::string, std::string>, int> first;
  for (int i = 0; i < list.lines_size(); ++i) {
    const v1::PickingLine& line = list.lines(i);
    const auto [seen, is_new] = first.try_emplace({line.part(), line.warehouse()}, i);
    if (is_new) continue;
    return FieldError(absl::StrCat("picking_list.lines[", i, "]"),
                      absl::StrCat("takes ", line.part(), " from ", line.warehouse(), " as lines[", seen->second,
                                   "] does; make it one line with both quantities"));
  }
  return absl::OkStatus();
}

std::vector<PlacedLine> InStockOrder(const v1::PickingList& list) {
  std::vector<PlacedLine> lines;
  for (int i = 0; i < list.lines_size(); ++i) lines.push_back({list.lines(i), i});
  std::sort(lines.begin(), lines.end(), [](const PlacedLine& a, const PlacedLine& b) {
    return std::tie(a.line.part(), a.line.warehouse()) < std::tie(b.line.part(), b.line.warehouse());
  });
  return lines;
}

absl::Status StockShortError(const v1::PickingLine& line, int64_t free) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STOCK_SHORT,
               absl::StrCat(line.warehouse(), " has ", free, " free pieces of ", line.part(), ", and ", line.quantity(),
                            " are wanted; nothing was reserved. Take fewer, take them from another warehouse, or "
                            "receive stock first."))
      .With("part", line.part())
      .With("warehouse", line.warehouse())
      .With("free", absl::StrCat(free))
      .With("wanted", absl::StrCat(line.quantity()));
}

Load LoadOf(const v1::PickingList& list) {
  Load load;
  std::set<std::string> parts;
  for (const v1::PickingLine& line : list.lines()) {
    load.quantity += line.quantity();
    parts.insert(line.part());
  }
  load.variety = static_cast<int64_t>(parts.size());
  return load;
}

absl::Status CheckUnused(const v1::DeparturePermit& permit) {
  if (permit.shipment().empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(permit.name(), " was used by ", permit.shipment(),
                            ", and a permit lets parts out once. Further parts need a picking list and a permit of "
                            "their own."))
      .With("resource", permit.name())
      .With("state", "used")
      .With("allowed", "unused");
}

absl::Status PermitExistsError(const v1::DeparturePermit& permit) {
  const std::string advice =
      permit.shipment().empty()
          ? "Send them under that permit."
          : absl::StrCat("They left with ", permit.shipment(), "; further parts need a picking list of their own.");
  return ExistsError(permit.name(), absl::StrCat("The parts of ", permit.picking_list(), " have ", permit.name(),
                                                 " already. ", advice));
}

}  // namespace aftersales
