// Who sees their own work only, what a request names, and whose each kind of resource is.
#include "server/access/own_work_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "server/access/own_work_store.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

Caller Having(std::initializer_list<v1::Role> roles, bool head = false) {
  Caller caller{"principals/7", {}};
  for (const v1::Role role : roles) {
    v1::RoleGrant& grant = caller.roles.emplace_back();
    grant.set_role(role);
    grant.set_head(head);
  }
  return caller;
}

std::vector<std::string> Told(const google::protobuf::Message& request) {
  std::vector<std::string> told;
  for (const NamedResource& named : NamedIn(request)) {
    told.push_back(named.field + (named.asked_for ? " asks for " : " mentions ") + named.name);
  }
  return told;
}

TEST(OwnWorkRules, OnlyEngineersInTheFieldAndNothingElse) {
  EXPECT_TRUE(SeesOwnWorkOnly(Having({v1::ROLE_FIELD_ENGINEER})));
  EXPECT_TRUE(SeesOwnWorkOnly(Having({v1::ROLE_FIELD_ENGINEER}, /*head=*/true)));
  EXPECT_TRUE(SeesOwnWorkOnly(Having({v1::ROLE_FIELD_ENGINEER, v1::ROLE_FIELD_ENGINEER})));
  EXPECT_FALSE(SeesOwnWorkOnly(Having({})));
  for (int role = v1::ROLE_CUSTOMER_SERVICE; role <= v1::ROLE_ADMIN; ++role) {
    if (role == v1::ROLE_FIELD_ENGINEER) continue;
    EXPECT_FALSE(SeesOwnWorkOnly(Having({static_cast<v1::Role>(role)}))) << role;
    EXPECT_FALSE(SeesOwnWorkOnly(Having({v1::ROLE_FIELD_ENGINEER, static_cast<v1::Role>(role)}))) << role;
  }
}

TEST(OwnWorkRules, WhatARequestNamesIsFoundWhereverItStands) {
  v1::GetSolutionRequest get;
  get.set_name("cases/C1/solutions/2");
  EXPECT_THAT(Told(get), ElementsAre("name asks for cases/C1/solutions/2"));
  v1::CreatePickingListRequest create;
  create.mutable_picking_list()->set_service_case("cases/C1");
  create.mutable_picking_list()->set_visit("visits/3");
  create.mutable_picking_list()->add_lines()->set_part("parts/4");
  EXPECT_THAT(Told(create),
              ElementsAre("picking_list.service_case mentions cases/C1", "picking_list.visit mentions visits/3"));
  v1::UploadAttachmentRequest upload;
  upload.mutable_start()->mutable_attachment()->set_parent("contacts/5");
  EXPECT_THAT(Told(upload), ElementsAre("start.attachment.parent asks for contacts/5"));
  upload.Clear();
  upload.set_chunk("cases/C1");
  EXPECT_THAT(Told(upload), ElementsAre());
  EXPECT_EQ(ReasonOf(NotOwnError(NamedIn(get)[0])), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(NotOwnError(NamedIn(get)[0]).ToString(), NotFoundError("cases/C1/solutions/2").ToString());
  EXPECT_EQ(ReasonOf(NotOwnError(NamedIn(create)[1])), v1::ERROR_REASON_REFERENCE_INVALID);
}

// A new kind of resource is everybody's, a case's, or one of these: whoever adds one decides.
TEST(OwnWorkRules, EveryKindOfResourceIsSomebodys) {
  const OwnWorkSight sight;
  const Caller engineer = Having({v1::ROLE_FIELD_ENGINEER});
  const auto* events = v1::Event::descriptor()->file();
  std::vector<const google::protobuf::FileDescriptor*> files = {events, v1::Principal::descriptor()->file()};
  for (int i = 0; i < events->dependency_count(); ++i) files.push_back(events->dependency(i));
  std::vector<std::string> no_engineers, without_case;
  for (const auto* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto* type = file->message_type(i);
      const std::string& collection = type->options().GetExtension(options::v1::resource).collection();
      if (collection.empty()) continue;
      const std::optional<SqlText> rows = sight.Rows(engineer, *type);
      EXPECT_EQ(rows.has_value(), !IsEverybodys(collection)) << collection;
      if (!rows.has_value()) continue;
      const bool of_case = collection == "cases" || type->FindFieldByName("service_case") != nullptr;
      if (rows->sql == "0 = 1") {
        no_engineers.push_back(collection);
      } else if (!of_case) {
        without_case.push_back(collection);
      }
    }
  }
  EXPECT_THAT(no_engineers, UnorderedElementsAre("callbacks", "managementReports", "tokens", "volumes"));
  EXPECT_THAT(without_case, UnorderedElementsAre("attachments", "obligations"));
}

}  // namespace
}  // namespace aftersales
