// CaseService: cases that are like one another, and cases that nobody owes anything for.
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"
#include "server/cases/similar_rules.h"

namespace aftersales {
namespace {

// The list of similar cases has two parts, one after the other.
enum class Part { kSameProduct = 1, kOthers = 2 };

// Cases looked at on one page, at most, in each state: so much work and no more is one page of idle cases.
constexpr int kLookedAt = 500;
// Entries looked at for each item on a page of the second part, at least: those of the same product among them were in
// the first part, and are passed over.
constexpr int kLeastLookedFor = 200;

// Where a page goes on.
struct Place {
  Part part = Part::kSameProduct;
  ItemPlace after;
};

absl::StatusOr<Place> PlaceOf(const v1::ListSimilarCasesRequest& request, const v1::Case& service_case) {
  ASSIGN_OR_RETURN(const Values keys, ReadPageToken(request, "iit"));
  Place place;
  if (service_case.product().empty()) place.part = Part::kOthers;
  if (keys.empty()) return place;
  if (keys[0].number() != static_cast<int>(Part::kSameProduct)) place.part = Part::kOthers;
  place.after = {FromMicros(keys[1].number()), keys[2].text()};
  return place;
}

v1::SimilarCase SimilarCaseOf(const v1::Case& to, const std::vector<std::string>& items, const Resemblance& resemblance,
                              const v1::Case& other) {
  v1::SimilarCase similar;
  similar.set_service_case(other.name());
  similar.set_same_product(!to.product().empty() && other.product() == to.product());
  for (const size_t item : resemblance.items) {
    // In the words of the case that was asked about.
    const auto said = std::find_if(to.nonconforming_items().begin(), to.nonconforming_items().end(),
                                   [&](const std::string& text) { return SearchItem(text) == items[item]; });
    similar.add_items(said == to.nonconforming_items().end() ? items[item] : *said);
  }
  similar.set_product(other.product());
  similar.set_state(other.state());
  similar.set_cause(other.cause());
  similar.set_resolution(other.resolution());
  *similar.mutable_create_time() = other.create_time();
  similar.set_linked(std::any_of(to.links().begin(), to.links().end(),
                                 [&](const v1::CaseLink& link) { return link.service_case() == other.name(); }));
  return similar;
}

Resemblances FindSimilar(Reader& reader, const v1::Case& to, const std::vector<std::string>& items, const Place& place,
                         int most) {
  const bool others = place.part == Part::kOthers;
  // Two more than asked for: the case itself may be among them, and one tells whether there is a next page.
  const int look = others ? std::max(most + 2, kLeastLookedFor) : most + 2;
  std::vector<std::vector<ItemEntry>> entries;
  for (const std::string& item : items) {
    entries.push_back(CasesWithItem(reader, item, others ? "" : to.product(), place.after, look));
  }
  return MergeByItem(entries, static_cast<size_t>(look), {to.name(), to.product(), others}, static_cast<size_t>(most));
}

}  // namespace

absl::StatusOr<v1::ListSimilarCasesResponse> CaseService::ListSimilarCases(Call& call,
                                                                           const v1::ListSimilarCasesRequest& request) {
  return db_.Read<v1::ListSimilarCasesResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListSimilarCasesResponse> {
        ASSIGN_OR_RETURN(const v1::Case service_case, Cases().Get(reader, request.name()));
        ASSIGN_OR_RETURN(Place place, PlaceOf(request, service_case));
        const std::vector<std::string> items = SearchItems(service_case);
        const int size = PageSize(request.page_size());
        v1::ListSimilarCasesResponse response;
        for (;;) {
          const int left = size - response.similar_cases_size();
          const Resemblances resemblances = FindSimilar(reader, service_case, items, place, left);
          for (const Resemblance& resemblance : resemblances.found) {
            ASSIGN_OR_RETURN(const v1::Case other, Cases().Get(reader, resemblance.service_case));
            *response.add_similar_cases() = SimilarCaseOf(service_case, items, resemblance, other);
          }
          if (resemblances.more) {
            place.after = resemblances.reached;
          } else if (place.part == Part::kSameProduct) {
            place = {Part::kOthers, {}};
            if (response.similar_cases_size() < size) continue;
          } else {
            return response;
          }
          response.set_next_page_token(MakePageToken(
              request, {static_cast<int>(place.part), place.after.create_time, place.after.service_case}));
          return response;
        }
      });
}

absl::StatusOr<v1::Case> CaseService::LinkCases(Call& call, const v1::LinkCasesRequest& request) {
  return db_.Write<v1::Case>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Case> {
    v1::Case one, other;
    // In the order of names, so that two links of the same cases wait for one another and do not lock each other out.
    for (const std::string& name : std::set<std::string>{request.name(), request.other()}) {
      if (name == request.name()) {
        ASSIGN_OR_RETURN(one, Cases().Lock(tx, name, request.etag()));
        continue;
      }
      absl::StatusOr<v1::Case> locked = Cases().Lock(tx, name);
      if (absl::IsNotFound(locked.status()))
        return ReferenceError("other", name, "there is no such case; check its number");
      RETURN_IF_ERROR(locked.status());
      other = *std::move(locked);
    }
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(one), "link-cases", ""));
    RETURN_IF_ERROR(Link(one, request.other(), request.reason(), call.caller.principal));
    RETURN_IF_ERROR(Link(other, request.name(), request.reason(), call.caller.principal));
    for (v1::Case* linked : {&one, &other}) {
      RETURN_IF_ERROR(Cases().Update(tx, *linked));
      RETURN_IF_ERROR(obligations_.Record(tx, RootOf(*linked), CaseEvent(v1::EVENT_TYPE_CASE_LINKED, *linked)));
    }
    return one;
  });
}

absl::StatusOr<v1::ListIdleCasesResponse> CaseService::ListIdleCases(Call& call,
                                                                     const v1::ListIdleCasesRequest& request) {
  return db_.Read<v1::ListIdleCasesResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListIdleCasesResponse> {
    ASSIGN_OR_RETURN(const Values keys, ReadPageToken(request, "t"));
    const std::string after = keys.empty() ? "" : keys[0].text();
    const std::vector<OwingCase> open = OwingCases(reader, v1::CASE_STATE_OPEN, after, kLookedAt);
    const std::vector<OwingCase> accepted = OwingCases(reader, v1::CASE_STATE_ACCEPTED, after, kLookedAt);
    std::vector<OwingCase> both;
    std::merge(open.begin(), open.end(), accepted.begin(), accepted.end(), std::back_inserter(both),
               [](const OwingCase& a, const OwingCase& b) { return a.name < b.name; });
    // Beyond so many, a state that was cut off may have others in between.
    bool more = open.size() == kLookedAt || accepted.size() == kLookedAt;
    if (both.size() > kLookedAt) both.resize(kLookedAt);
    v1::ListIdleCasesResponse response;
    std::string reached;
    const int size = PageSize(request.page_size());
    for (const OwingCase& candidate : both) {
      if (response.cases_size() == size) {
        more = true;
        break;
      }
      reached = candidate.name;
      if (candidate.owing) continue;
      ASSIGN_OR_RETURN(*response.add_cases(), Cases().Get(reader, candidate.name));
    }
    if (more) response.set_next_page_token(MakePageToken(request, {reached}));
    return response;
  });
}

}  // namespace aftersales
