// Updates change what is given and nothing else.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/values.h"
#include "tests/cli/command_line.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

class Updates : public ::testing::Test {
 protected:
  Updates() {
    command_line_.environment()["AFTERSALES_ENDPOINT"] = server_.endpoint();
    case_.set_name("cases/C2026-000001");
    case_.set_etag("4");
    case_.set_state(v1::CASE_STATE_ACCEPTED);
    case_.set_subject(v1::CASE_SUBJECT_PRODUCT);
    case_.set_customer("customers/1");
    case_.set_type("complaint");
    case_.set_severity(v1::SEVERITY_MAJOR);
    case_.set_emergency(true);
    case_.set_description("It leaks");
    case_.add_nonconforming_items("brake");
    case_.add_nonconforming_items("hose");
    case_.mutable_notice_time()->set_seconds(1772415000);
    case_.mutable_classification_evidence()->set_person("***");
    server_.get_case = [this](grpc::ServerContext&, const v1::GetCaseRequest& request, v1::Case& reply) {
      ++reads_;
      EXPECT_EQ(request.name(), case_.name());
      reply = case_;
      return grpc::Status::OK;
    };
    server_.update_case = [this](grpc::ServerContext&, const v1::UpdateCaseRequest& request, v1::Case& reply) {
      asked_ = request;
      reply = case_;
      return grpc::Status::OK;
    };
  }

  Outcome Update(const std::string& words) {
    return command_line_.Run(absl::StrCat("case update C2026-000001 ", words));
  }

  ScriptedServer server_;
  CommandLine command_line_;
  v1::Case case_;
  v1::UpdateCaseRequest asked_;
  int reads_ = 0;
};

TEST_F(Updates, WhatIsNotGivenStays) {
  const Outcome outcome = Update("--description 'It leaks more' --reason 'He called again'");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.out, "cases/C2026-000001")) << outcome.out;
  EXPECT_EQ(asked_.name(), "cases/C2026-000001");
  EXPECT_EQ(asked_.etag(), "4");
  EXPECT_EQ(asked_.reason(), "He called again");
  EXPECT_EQ(asked_.request_id().size(), 36u);
  v1::Case expected;
  expected.set_subject(v1::CASE_SUBJECT_PRODUCT);
  expected.set_customer("customers/1");
  expected.set_type("complaint");
  expected.set_severity(v1::SEVERITY_MAJOR);
  expected.set_emergency(true);
  expected.set_description("It leaks more");
  expected.add_nonconforming_items("brake");
  expected.add_nonconforming_items("hose");
  expected.mutable_notice_time()->set_seconds(1772415000);
  EXPECT_EQ(asked_.service_case().DebugString(), expected.DebugString()) << "and only what a client may set is sent";
}

TEST_F(Updates, GivenValuesReplaceAlsoListsAndSwitches) {
  ASSERT_EQ(
      Update("--nonconforming-items valve --no-emergency --notice-time 2026-03-02T09:00:00+08:00 --etag 3").exit_code,
      0);
  ASSERT_EQ(asked_.service_case().nonconforming_items_size(), 1);
  EXPECT_EQ(asked_.service_case().nonconforming_items(0), "valve");
  EXPECT_FALSE(asked_.service_case().emergency());
  EXPECT_EQ(asked_.service_case().notice_time().seconds(), 1772413200);
  EXPECT_EQ(asked_.service_case().description(), "It leaks");
  EXPECT_EQ(asked_.etag(), "3") << "the one that was given";
}

TEST_F(Updates, StandardInputIsReadOnce) {
  ASSERT_EQ(command_line_.Run("case update C2026-000001 --description @-", "typed").exit_code, 0);
  EXPECT_EQ(asked_.service_case().description(), "typed");
}

TEST_F(Updates, FieldsAreClearedByName) {
  ASSERT_EQ(Update("--clear nonconforming_items,severity --clear type").exit_code, 0);
  EXPECT_EQ(asked_.service_case().nonconforming_items_size(), 0);
  EXPECT_EQ(asked_.service_case().severity(), v1::SEVERITY_UNSPECIFIED);
  EXPECT_EQ(asked_.service_case().type(), "");
  EXPECT_EQ(asked_.service_case().description(), "It leaks");
}

TEST_F(Updates, AWholeRequestIsTakenAsItIs) {
  const Outcome outcome = command_line_.Run(
      "case update --request '{\"name\":\"cases/C2026-000001\",\"etag\":\"2\",\"service_case\":"
      "{\"subject\":\"CASE_SUBJECT_PRODUCT\",\"customer\":\"customers/1\",\"description\":\"x\"}}' "
      "--severity minor");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(asked_.etag(), "2");
  EXPECT_EQ(asked_.service_case().type(), "");
  EXPECT_EQ(asked_.service_case().severity(), v1::SEVERITY_MINOR);
}

TEST_F(Updates, NothingIsSentWhereNothingChanges) {
  for (const char* words : {"", "--etag 4", "--validate-only", "--clear ''"}) {
    const Outcome outcome = Update(words);
    EXPECT_EQ(outcome.exit_code, 2) << words;
    EXPECT_TRUE(absl::StrContains(outcome.err, "needs something to change")) << outcome.err;
  }
  EXPECT_EQ(reads_, 0);
}

TEST_F(Updates, WhatIsRefusedInReadingIsSaid) {
  server_.get_case = nullptr;
  const Outcome outcome = Update("--type x");
  EXPECT_EQ(outcome.exit_code, 64 + 12);
  EXPECT_EQ(asked_.name(), "");
}

TEST_F(Updates, AnOpenOutcomeIsRepeatedWithItsEtag) {
  server_.update_case = [](grpc::ServerContext&, const v1::UpdateCaseRequest&, v1::Case&) {
    return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "too slow");
  };
  const Outcome outcome = Update("--type x");
  EXPECT_TRUE(absl::StrContains(outcome.err, " --etag 4, and it is done once only")) << outcome.err;
}

TEST_F(Updates, RolesStay) {
  v1::UpdatePrincipalRequest asked;
  server_.get_principal = [](grpc::ServerContext&, const v1::GetPrincipalRequest&, v1::Principal& reply) {
    reply.set_name("principals/3");
    reply.set_etag("5");
    reply.set_display_name("Wang");
    reply.add_roles()->set_role(v1::ROLE_QUALITY);
    reply.mutable_roles(0)->set_head(true);
    return grpc::Status::OK;
  };
  server_.update_principal = [&](grpc::ServerContext&, const v1::UpdatePrincipalRequest& request,
                                 v1::Principal& reply) {
    asked = request;
    reply = request.principal();
    return grpc::Status::OK;
  };
  ASSERT_EQ(command_line_.Run("principal update 3 --disabled").exit_code, 0);
  EXPECT_TRUE(asked.principal().disabled());
  EXPECT_EQ(asked.principal().display_name(), "Wang");
  ASSERT_EQ(asked.principal().roles_size(), 1);
  EXPECT_TRUE(asked.principal().roles(0).head());
  ASSERT_EQ(command_line_.Run("principal update 3 --clear roles").exit_code, 0);
  EXPECT_EQ(asked.principal().roles_size(), 0);
}

// The reader sees stars in the place of a telephone number; written back they would be the number.
TEST_F(Updates, MasksAreNeverWrittenBack) {
  v1::UpdateCustomerRequest asked;
  server_.get_customer = [](grpc::ServerContext&, const v1::GetCustomerRequest&, v1::Customer& reply) {
    reply.set_name("customers/1");
    reply.set_etag("5");
    reply.set_display_name("Rail");
    reply.set_telephone("***");
    return grpc::Status::OK;
  };
  server_.update_customer = [&](grpc::ServerContext&, const v1::UpdateCustomerRequest& request, v1::Customer& reply) {
    asked = request;
    reply = request.customer();
    return grpc::Status::OK;
  };
  const Outcome outcome = command_line_.Run("customer update 1 --region jilin");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(outcome.err, "--telephone")) << outcome.err;
  EXPECT_TRUE(absl::StrContains(outcome.err, "--clear telephone")) << outcome.err;
  EXPECT_EQ(asked.name(), "");
  ASSERT_EQ(command_line_.Run("customer update 1 --region jilin --telephone 0431").exit_code, 0);
  EXPECT_EQ(asked.customer().telephone(), "0431");
  EXPECT_EQ(asked.customer().display_name(), "Rail");
  ASSERT_EQ(command_line_.Run("customer update 1 --clear telephone").exit_code, 0);
  EXPECT_EQ(asked.customer().telephone(), "");
}

}  // namespace
}  // namespace aftersales
