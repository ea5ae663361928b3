#include "server/improvement/improvement_store.h"

#include "server/directory/directory_store.h"

namespace aftersales {

const Table<v1::Investigation>& Investigations() { return TableOf<v1::Investigation>(); }
const Table<v1::Meeting>& Meetings() { return TableOf<v1::Meeting>(); }

int CountMeetings(Reader& reader, const std::string& service_case, int most) {
  return static_cast<int>(
      reader.Select("SELECT name FROM meeting WHERE service_case = ? LIMIT ?", {service_case, most}, "t").size());
}

int CountCorrectiveActions(Reader& reader, const std::string& service_case, int most) {
  return static_cast<int>(
      reader.Select("SELECT name FROM corrective_action WHERE service_case = ? LIMIT ?", {service_case, most}, "t")
          .size());
}

ListQuery CorrectiveActionQuery(const v1::CorrectiveActionFilter& filter) {
  ListQuery query;
  const auto equal = [&](const std::string& column, const std::string& value) {
    if (!value.empty()) query.where.push_back({column, "=", value});
  };
  equal("service_case", filter.service_case());
  equal("owner_principal", filter.owner_principal());
  equal("product", filter.product());
  if (filter.owner() != 0) query.where.push_back({"owner", "=", static_cast<int>(filter.owner())});
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  query.order.push_back({"due_time"});
  return query;
}

}  // namespace aftersales
