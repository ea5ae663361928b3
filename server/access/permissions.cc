#include "server/access/permissions.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/event.pb.h"
#include "google/protobuf/descriptor.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

// What everybody who works on cases reads: the cases themselves with all that hangs on them, and the directory.
constexpr std::string_view kWork[] = {"contacts.read",  "cases.read",       "visits.read",       "engineers.read",
                                      "parts.read",     "obligations.read", "customers.read",    "products.read",
                                      "equipment.read", "policies.read",    "events.read",       "contracts.read",
                                      "staff.read",     "attachments.read", "attachments.write", "cases.escalate"};

std::vector<std::string_view> WorkAnd(std::vector<std::string_view> more) {
  more.insert(more.begin(), std::begin(kWork), std::end(kWork));
  return more;
}

std::vector<std::string_view> WithoutFeed(std::vector<std::string_view> more) {
  std::vector<std::string_view> entries = WorkAnd(std::move(more));
  entries.erase(std::remove(entries.begin(), entries.end(), "events.read"), entries.end());
  return entries;
}

std::vector<RolePermissions> MakeTable() {
  return {
      // The telephone: takes notices, answers them, opens cases, writes down what the customer said.
      {v1::ROLE_CUSTOMER_SERVICE, WorkAnd({"contacts.*",
                                           "cases.write",
                                           "cases.pause",
                                           "cases.explain",
                                           "cases.close",
                                           "customers.write",
                                           "equipment.write",
                                           "solutions.propose",
                                           "solutions.confirm",
                                           "documents.write",
                                           "calls.write",
                                           "help.request",
                                           "prices.write",
                                           "disputes.write",
                                           "visits.plan",
                                           "picking_lists.submit",
                                           "shipments.write",
                                           "responsibilities.read",
                                           "responsibilities.propose",
                                           "costs.read",
                                           "costs.write",
                                           "costs.agree",
                                           "costs.reverse",
                                           "meetings.write",
                                           "actions.work",
                                           "feedback.read",
                                           "feedback.write",
                                           "callbacks.write",
                                           "archive.read",
                                           "archive.write",
                                           "reports.read",
                                           "reports.write",
                                           "personal.read"})},
      // Decides about cases and sends people.
      {v1::ROLE_SERVICE_MANAGER, WorkAnd({"contacts.*",
                                          "cases.*",
                                          "solutions.*",
                                          "documents.*",
                                          "calls.write",
                                          "help.*",
                                          "remedies.*",
                                          "prices.*",
                                          "disputes.*",
                                          "attachments.*",
                                          "visits.*",
                                          "engineers.write",
                                          "picking_lists.submit",
                                          "picking_lists.sign",
                                          "permits.write",
                                          "shipments.write",
                                          "customers.write",
                                          "contracts.write",
                                          "equipment.write",
                                          "responsibilities.*",
                                          "costs.read",
                                          "costs.write",
                                          "costs.agree",
                                          "costs.reverse",
                                          "investigations.decide",
                                          "meetings.write",
                                          "actions.*",
                                          "feedback.*",
                                          "callbacks.write",
                                          "archive.*",
                                          "reports.read",
                                          "reports.write",
                                          "obligations.waive",
                                          "policies.activate",
                                          "personal.read"})},
      // At Hongxing and others the owner of the whole procedure.
      {v1::ROLE_QUALITY, WorkAnd({"contacts.*",         "cases.*",         "solutions.*",        "documents.*",
                                  "calls.write",        "help.*",          "remedies.*",         "prices.*",
                                  "disputes.*",         "attachments.*",   "visits.*",           "picking_lists.submit",
                                  "picking_lists.sign", "permits.write",   "shipments.write",    "customers.write",
                                  "contracts.write",    "equipment.write", "responsibilities.*", "costs.read",
                                  "costs.write",        "costs.agree",     "costs.reverse",      "investigations.*",
                                  "meetings.write",     "actions.*",       "feedback.*",         "callbacks.write",
                                  "archive.*",          "reports.read",    "reports.write",      "obligations.waive",
                                  "policies.activate",  "personal.read"})},
      {v1::ROLE_TECHNOLOGY, WorkAnd({"contacts.answer", "cases.classify", "cases.explain", "calls.write", "help.*",
                                     "remedies.decide", "solutions.propose", "solutions.approve", "documents.write",
                                     "picking_lists.submit", "investigations.*", "meetings.write", "actions.*",
                                     "costs.write", "responsibilities.read", "feedback.read", "reports.read"})},
      {v1::ROLE_PRODUCTION,
       WorkAnd({"contacts.answer", "help.*", "solutions.propose", "solutions.approve", "documents.write",
                "picking_lists.submit", "picking_lists.sign", "investigations.write", "meetings.write", "actions.work",
                "costs.write", "responsibilities.read", "feedback.read", "reports.read"})},
      {v1::ROLE_SUPPLY, WorkAnd({"help.answer", "parts.write", "documents.write", "picking_lists.submit",
                                 "picking_lists.sign", "actions.work", "costs.write"})},
      {v1::ROLE_WAREHOUSE,
       WorkAnd({"help.answer", "parts.write", "stock.receive", "picking_lists.issue", "permits.write",
                "shipments.write", "documents.write", "actions.work", "costs.write"})},
      {v1::ROLE_PURCHASING, WorkAnd({"help.answer", "parts.write", "documents.write", "actions.work", "costs.write"})},
      // Vets money; needs no customer's telephone for that, and does not say for the customer that a cost is agreed.
      {v1::ROLE_FINANCE, WorkAnd({"help.answer", "solutions.approve", "documents.write", "responsibilities.read",
                                  "costs.read", "costs.write", "costs.reverse", "costs.vet", "costs.allocate",
                                  "actions.work", "archive.read", "reports.read", "obligations.waive"})},
      {v1::ROLE_EXECUTIVE, WorkAnd({"cases.accept",
                                    "cases.close",
                                    "help.answer",
                                    "remedies.decide",
                                    "disputes.resolve",
                                    "solutions.approve",
                                    "documents.write",
                                    "picking_lists.sign",
                                    "permits.write",
                                    "responsibilities.read",
                                    "responsibilities.decide",
                                    "costs.read",
                                    "investigations.decide",
                                    "actions.check",
                                    "feedback.read",
                                    "feedback.verify",
                                    "archive.read",
                                    "archive.seal",
                                    "reports.read",
                                    "reports.approve",
                                    "obligations.waive",
                                    "policies.activate",
                                    "audit.read"})},
      // Works at the customer's site, so must be able to call there.
      // Without the feed, which tells of everybody's visits: an engineer sees their own.
      {v1::ROLE_FIELD_ENGINEER,
       WithoutFeed({"visits.work", "contacts.answer", "cases.explain", "calls.write", "help.request", "documents.write",
                    "picking_lists.submit", "solutions.propose", "solutions.confirm", "costs.write", "actions.work",
                    "feedback.write", "personal.read"})},
      // Reads everything and changes nothing; what it audits does not depend on anybody's telephone number.
      {v1::ROLE_AUDITOR, {"*.read"}},
      // The ERP keeps the directory and stock, and opens cases. It gave us the personal data that it reads back:
      // masked,
      // its next update would overwrite them with the mask.
      {v1::ROLE_INTEGRATION,
       WorkAnd({"customers.*", "products.*", "equipment.*", "contracts.*", "staff.*", "directory.import", "engineers.*",
                "parts.*", "warehouses.write", "stock.receive", "contacts.write", "cases.write", "documents.write",
                "responsibilities.read", "costs.read", "reports.read", "personal.read"})},
      // Runs the installation: who may sign in, which pack is loaded, what the directory holds. Takes no part in cases.
      {v1::ROLE_ADMIN,
       WorkAnd({"access.*", "policies.*", "audit.read", "customers.*", "products.*", "equipment.*", "contracts.*",
                "staff.*", "directory.import", "engineers.*", "parts.*", "warehouses.write", "personal.read"})},
  };
}

const RolePermissions* LineOf(v1::Role role) {
  for (const RolePermissions& line : PermissionTable()) {
    if (line.role == role) return &line;
  }
  return nullptr;
}

void AddPermissionsOf(const google::protobuf::FileDescriptor* file, std::set<std::string>& permissions) {
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto& options = file->service(s)->method(m)->options();
      if (options.HasExtension(options::v1::method)) {
        permissions.insert(options.GetExtension(options::v1::method).permission());
      }
    }
  }
}

}  // namespace

const std::vector<RolePermissions>& PermissionTable() {
  static const std::vector<RolePermissions> table = MakeTable();
  return table;
}

bool Covers(std::string_view entry, std::string_view permission) {
  if (entry == permission) return true;
  if (permission == kPersonalPermission) return false;
  const size_t dot = permission.find('.');
  if (dot == std::string_view::npos) return false;
  if (entry == "*.read") return permission.substr(dot) == ".read";
  return entry.size() > 2 && entry.substr(entry.size() - 2) == ".*" &&
         permission.substr(0, dot) == entry.substr(0, entry.size() - 2);
}

bool RoleGrants(v1::Role role, std::string_view permission) {
  const RolePermissions* line = LineOf(role);
  if (line == nullptr) return false;
  return permission == kSelfPermission ||
         std::any_of(line->entries.begin(), line->entries.end(),
                     [&](std::string_view entry) { return Covers(entry, permission); });
}

bool AnyGrants(const std::vector<v1::RoleGrant>& roles, std::string_view permission) {
  return permission == kSelfPermission || std::any_of(roles.begin(), roles.end(), [&](const v1::RoleGrant& grant) {
           return RoleGrants(grant.role(), permission);
         });
}

const std::vector<std::string>& KnownPermissions() {
  static const std::vector<std::string> known = [] {
    std::set<std::string> permissions = {std::string(kPersonalPermission)};
    // The event's file uses the files of every service whose changes it tells; access stands beside it.
    const auto* events = v1::Event::descriptor()->file();
    AddPermissionsOf(events, permissions);
    AddPermissionsOf(v1::Principal::descriptor()->file(), permissions);
    for (int i = 0; i < events->dependency_count(); ++i) AddPermissionsOf(events->dependency(i), permissions);
    return std::vector<std::string>(permissions.begin(), permissions.end());
  }();
  return known;
}

std::string PermissionsAsMarkdown() {
  std::string text = "| permission |";
  std::string rule = "|---|";
  for (const RolePermissions& line : PermissionTable()) {
    absl::StrAppend(&text, " ", Word(line.role), " |");
    absl::StrAppend(&rule, ":-:|");
  }
  absl::StrAppend(&text, "\n", rule, "\n");
  for (const std::string& permission : KnownPermissions()) {
    absl::StrAppend(&text, "| ", permission, " |");
    for (const RolePermissions& line : PermissionTable()) {
      absl::StrAppend(&text, RoleGrants(line.role, permission) ? " x |" : " |");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace aftersales
