// The table of roles and permissions against the protos.
#include "server/access/permissions.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "aftersales/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

std::set<v1::Role> RolesWith(std::string_view permission) {
  std::set<v1::Role> roles;
  for (const RolePermissions& line : PermissionTable()) {
    if (RoleGrants(line.role, permission)) roles.insert(line.role);
  }
  return roles;
}

// Every proto file there is, found by its name: a new one cannot be forgotten.
std::vector<const google::protobuf::FileDescriptor*> ProtoFiles() {
  std::vector<const google::protobuf::FileDescriptor*> files;
  const std::filesystem::path api = std::filesystem::path(AFTERSALES_SOURCE_DIR) / "api";
  for (const auto& entry : std::filesystem::directory_iterator(api / "aftersales/v1")) {
    const std::string name = std::filesystem::relative(entry.path(), api);
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name << " is not linked";
    if (file != nullptr) files.push_back(file);
  }
  return files;
}

std::set<std::string> PermissionsInProtos() {
  std::set<std::string> permissions;
  for (const google::protobuf::FileDescriptor* file : ProtoFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        permissions.insert(file->service(s)->method(m)->options().GetExtension(options::v1::method).permission());
      }
    }
  }
  return permissions;
}

TEST(Permissions, KnowsEveryPermissionOfTheProtos) {
  std::set<std::string> expected = PermissionsInProtos();
  expected.insert("personal.read");
  const std::vector<std::string>& known = KnownPermissions();
  EXPECT_EQ(std::set<std::string>(known.begin(), known.end()), expected);
  EXPECT_EQ(expected.count(""), 0u) << "a method without a permission";
}

// A field that takes a permission nobody has would be left out for all, without anybody noticing.
TEST(Permissions, WhatFieldsTakeIsKnown) {
  const std::set<std::string> known(KnownPermissions().begin(), KnownPermissions().end());
  int guarded = 0;
  const auto expect_known = [&](const google::protobuf::FieldDescriptor* field, const std::string& permission) {
    ++guarded;
    EXPECT_EQ(known.count(permission), 1u) << field->full_name() << ": " << permission;
  };
  for (const google::protobuf::FileDescriptor* file : ProtoFiles()) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      for (int f = 0; f < file->message_type(m)->field_count(); ++f) {
        const auto* field = file->message_type(m)->field(f);
        const options::v1::FieldRule& rule = field->options().GetExtension(options::v1::field);
        if (!rule.permission().empty()) expect_known(field, rule.permission());
        for (const auto& [key, permission] : rule.entry_permissions()) expect_known(field, permission);
      }
    }
  }
  EXPECT_GT(guarded, 10);
}

TEST(Permissions, EveryPermissionIsGrantedToSomebody) {
  for (const std::string& permission : KnownPermissions()) EXPECT_FALSE(RolesWith(permission).empty()) << permission;
}

TEST(Permissions, EveryEntryOfTheTableMeansSomething) {
  for (const RolePermissions& line : PermissionTable()) {
    for (const std::string_view entry : line.entries) {
      EXPECT_TRUE(std::any_of(KnownPermissions().begin(), KnownPermissions().end(),
                              [&](const std::string& permission) { return Covers(entry, permission); }))
          << Word(line.role) << ": " << entry;
    }
  }
}

TEST(Permissions, EveryRoleHasOneLineButTheCustomer) {
  std::set<v1::Role> seen;
  for (const RolePermissions& line : PermissionTable()) EXPECT_TRUE(seen.insert(line.role).second) << Word(line.role);
  for (int role = v1::Role_MIN; role <= v1::Role_MAX; ++role) {
    const bool expected = role != v1::ROLE_UNSPECIFIED && role != v1::ROLE_CUSTOMER;
    EXPECT_EQ(seen.count(static_cast<v1::Role>(role)), expected ? 1u : 0u) << role;
  }
}

TEST(Permissions, TheAuditorReadsEverythingAndChangesNothing) {
  for (const std::string& permission : KnownPermissions()) {
    const bool reads = permission.size() > 5 && permission.substr(permission.size() - 5) == ".read";
    const bool expected = (reads && permission != "personal.read") || permission == "access.self";
    EXPECT_EQ(RoleGrants(v1::ROLE_AUDITOR, permission), expected) << permission;
  }
}

TEST(Permissions, OnlyTheAdminDealsInAccess) {
  EXPECT_EQ(RolesWith("access.write"), std::set<v1::Role>{v1::ROLE_ADMIN});
}

TEST(Permissions, PersonalDataIsForThoseWhoNeedIt) {
  EXPECT_EQ(RolesWith("personal.read"),
            (std::set<v1::Role>{v1::ROLE_CUSTOMER_SERVICE, v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY,
                                v1::ROLE_FIELD_ENGINEER, v1::ROLE_INTEGRATION, v1::ROLE_ADMIN}));
}

TEST(Permissions, EverybodyMayAskWhoTheyAre) {
  EXPECT_TRUE(AnyGrants({}, "access.self"));
  EXPECT_FALSE(AnyGrants({}, "cases.read"));
}

TEST(Permissions, PatternsCoverWholeAreasOnly) {
  EXPECT_TRUE(Covers("cases.*", "cases.close"));
  EXPECT_FALSE(Covers("cases.*", "case.close"));
  EXPECT_FALSE(Covers("cases.*", "casesX.close"));
  EXPECT_TRUE(Covers("*.read", "cases.read"));
  EXPECT_FALSE(Covers("*.read", "cases.write"));
  EXPECT_FALSE(Covers("*.read", "personal.read"));
  EXPECT_FALSE(Covers("personal.*", "personal.read"));
  EXPECT_TRUE(Covers("personal.read", "personal.read"));
  EXPECT_FALSE(Covers("cases.*", ""));
  EXPECT_FALSE(Covers("", "cases.read"));
  EXPECT_FALSE(RoleGrants(static_cast<v1::Role>(99), "cases.read"));
  EXPECT_FALSE(RoleGrants(v1::ROLE_CUSTOMER, "access.self"));
}

TEST(Permissions, TheDocumentIsPrintedFromTheTable) {
  const std::string path = absl::StrCat(AFTERSALES_SOURCE_DIR, "/docs/permissions.md");
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::string document = text.str();
  if (std::getenv("AFTERSALES_UPDATE") != nullptr) {
    const size_t begin = document.find("| permission |");
    ASSERT_NE(begin, std::string::npos);
    const size_t end = document.find("\n\n", begin);
    document.replace(begin, end == std::string::npos ? end : end + 1 - begin, PermissionsAsMarkdown());
    std::ofstream(path) << document;
  }
  EXPECT_NE(document.find(PermissionsAsMarkdown()), std::string::npos)
      << "docs/permissions.md is out of date: run the unit tests with AFTERSALES_UPDATE=1";
}

}  // namespace
}  // namespace aftersales
