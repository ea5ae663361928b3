// What each role may do: one table, read by everything that asks. A policy pack narrows this further (who may sign
// what); nothing widens it.
#ifndef AFTERSALES_SERVER_ACCESS_PERMISSIONS_H_
#define AFTERSALES_SERVER_ACCESS_PERMISSIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "aftersales/v1/common.pb.h"

namespace aftersales {

// Granted to every caller who signed in, with or without roles.
inline constexpr std::string_view kSelfPermission = "access.self";
// Shows fields marked personal. No pattern of the table covers it: a role has it only where it is named.
inline constexpr std::string_view kPersonalPermission = "personal.read";

// One line of the table. An entry is a permission, "AREA.*" for all of an area, or "*.read" for all reading.
struct RolePermissions {
  v1::Role role;
  std::vector<std::string_view> entries;
};
const std::vector<RolePermissions>& PermissionTable();

// The entry covers the permission.
bool Covers(std::string_view entry, std::string_view permission);

bool RoleGrants(v1::Role role, std::string_view permission);
// One of the roles does, or everybody has it.
bool AnyGrants(const std::vector<v1::RoleGrant>& roles, std::string_view permission);

// Every permission there is, in alphabetical order: those that methods name in the protos, and the personal one.
const std::vector<std::string>& KnownPermissions();

// The table for the documentation: a line per permission, a column per role.
std::string PermissionsAsMarkdown();

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_PERMISSIONS_H_
