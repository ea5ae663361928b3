// Where engineers and visits are kept.
#ifndef AFTERSALES_SERVER_DISPATCH_DISPATCH_STORE_H_
#define AFTERSALES_SERVER_DISPATCH_DISPATCH_STORE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/dispatch.pb.h"
#include "server/dispatch/engineer_rules.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Engineer>& Engineers();
const Table<v1::Visit>& Visits();

// The lists that are answered, each on an index.
ListQuery EngineerQuery(const v1::EngineerFilter& filter);
// `own_engineer`: visits of this engineer only.
ListQuery VisitQuery(const v1::VisitFilter& filter, const std::optional<std::string>& own_engineer);

// The engineer who signs in as the principal; empty where there is none.
std::string EngineerOfPrincipal(Reader& reader, const std::string& principal);

// A visit of the engineer that is not over and overlaps [start, end), other than `except`.
std::optional<Booking> FindBooking(Reader& reader, const std::string& engineer, absl::Time start, absl::Time end,
                                   const std::string& except);
// Those of `engineers` who have such a visit.
std::set<std::string> BookedEngineers(Reader& reader, const std::vector<std::string>& engineers, absl::Time start,
                                      absl::Time end);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DISPATCH_DISPATCH_STORE_H_
