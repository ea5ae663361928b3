#include "server/directory/directory_store.h"

#include "server/base/status_macros.h"
#include "server/directory/directory_rules.h"

namespace aftersales {
namespace {

void WhereSet(ListQuery& query, const std::string& column, const std::string& value) {
  if (!value.empty()) query.where.push_back({column, "=", value});
}

}  // namespace

absl::Status CheckReferences(Reader&, const v1::Customer&) { return absl::OkStatus(); }
absl::Status CheckReferences(Reader&, const v1::Product&) { return absl::OkStatus(); }
absl::Status CheckReferences(Reader&, const v1::Department&) { return absl::OkStatus(); }

absl::Status CheckReferences(Reader& reader, const v1::Equipment& equipment) {
  RETURN_IF_ERROR(Referenced(reader, Products(), "equipment.product", equipment.product()).status());
  RETURN_IF_ERROR(Referenced(reader, Customers(), "equipment.customer", equipment.customer()).status());
  if (!equipment.contract().empty()) {
    ASSIGN_OR_RETURN(const v1::Contract contract,
                     Referenced(reader, Contracts(), "equipment.contract", equipment.contract()));
    RETURN_IF_ERROR(
        CheckSameCustomer("equipment.contract", contract.name(), contract.customer(), equipment.customer()));
  }
  if (equipment.site().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Site site, Referenced(reader, Sites(), "equipment.site", equipment.site()));
  return CheckSameCustomer("equipment.site", site.name(), site.customer(), equipment.customer());
}

absl::Status CheckReferences(Reader& reader, const v1::Site& site) {
  return Referenced(reader, Customers(), "site.customer", site.customer()).status();
}

absl::Status CheckReferences(Reader& reader, const v1::Contract& contract) {
  return Referenced(reader, Customers(), "contract.customer", contract.customer()).status();
}

// Whether somebody can sign in as the principal yet does not matter, as with engineers.
absl::Status CheckReferences(Reader& reader, const v1::StaffMember& member) {
  if (member.department().empty()) return absl::OkStatus();
  return Referenced(reader, Departments(), "staff_member.department", member.department()).status();
}

ListQuery ListingOf(const v1::CustomerFilter& filter) {
  ListQuery query;
  WhereSet(query, "region", filter.region());
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::ProductFilter& filter) {
  ListQuery query;
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::EquipmentFilter& filter) {
  ListQuery query;
  WhereSet(query, "customer", filter.customer());
  WhereSet(query, "serial_number", filter.serial_number());
  return query;
}

ListQuery ListingOf(const v1::SiteFilter& filter) {
  ListQuery query;
  WhereSet(query, "customer", filter.customer());
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::ContractFilter& filter) {
  ListQuery query;
  WhereSet(query, "customer", filter.customer());
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::DepartmentFilter& filter) {
  ListQuery query;
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

ListQuery ListingOf(const v1::StaffMemberFilter& filter) {
  ListQuery query;
  WhereSet(query, "department", filter.department());
  WhereSet(query, "external_id", filter.external_id());
  return query;
}

}  // namespace aftersales
