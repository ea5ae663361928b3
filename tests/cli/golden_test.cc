// What people and programs see, word for word. The server is scripted, so that every answer is known.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "client/cli/values.h"
#include "tests/cli/command_line.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

// In China's time, as the transcripts show it.
google::protobuf::Timestamp At(int day, int hour, int minute) {
  static const absl::TimeZone zone = absl::FixedTimeZone(8 * 3600);
  return cli::ToTimestamp(absl::FromCivil(absl::CivilMinute(2026, 3, day, hour, minute), zone));
}

class Golden : public ::testing::Test {
 protected:
  Golden() { command_line_.environment()["AFTERSALES_ENDPOINT"] = server_.endpoint(); }

  static v1::Case BrakeCase() {
    v1::Case c;
    c.set_name("cases/C2026-000001");
    c.set_etag("4");
    c.set_state(v1::CASE_STATE_ACCEPTED);
    c.set_subject(v1::CASE_SUBJECT_PRODUCT);
    c.set_customer("customers/1");
    c.set_equipment("equipment/7");
    c.set_contact("contacts/1");
    c.add_nonconforming_items("brake shoe");
    c.add_nonconforming_items("hose, left");
    c.set_classification("C");
    c.set_description("制动闸漏油，车辆停在长春站");
    c.set_service_mode(v1::SERVICE_MODE_ON_SITE);
    *c.mutable_notice_time() = At(2, 9, 30);
    c.mutable_classification_evidence()->set_text("photographs");
    c.mutable_classification_evidence()->set_person("Wang");
    return c;
  }

  ScriptedServer server_;
  CommandLine command_line_;
  Transcript transcript_{command_line_};
};

TEST_F(Golden, Help) {
  transcript_.Run("help");
  transcript_.Run("help case");
  transcript_.Run("case open --help");
  transcript_.Run("help picking-list submit");
  transcript_.Run("help token create");
  transcript_.Run("help customer");
  transcript_.Run("help customer update");
  transcript_.Run("help calendar load");
  transcript_.Run("help whoami");
  transcript_.Run("help completion");
  transcript_.Run("help version");
  transcript_.Run("help help");
  transcript_.Run("help case timeline");
  transcript_.Run("help import");
  transcript_.Run("due --help");
  transcript_.Run("help topics");
  transcript_.Run("help environment");
  transcript_.Run("help exit-codes");
  transcript_.Run("help values");
  transcript_.Run("help output");
  transcript_.ExpectGolden("help");
}

TEST_F(Golden, Mistakes) {
  transcript_.Run("case");
  transcript_.Run("cas list");
  transcript_.Run("zebra list");
  transcript_.Run("case acept");
  transcript_.Run("case list --stat open");
  transcript_.Run("case list --state opn");
  transcript_.Run("case list --page-size many");
  transcript_.Run("case list --page-size 99999999999");
  transcript_.Run("case list -o yaml");
  transcript_.Run("case list extra");
  transcript_.Run("case list --timeout soon");
  transcript_.Run("case get");
  transcript_.Run("case get 1 2");
  transcript_.Run("case open");
  transcript_.Run("case open --customer 1 --subject product --description");
  transcript_.Run("case open --customer 1 --subject product --description x --notice-time yesterday");
  transcript_.Run("case open --customer 1 --subject product --description @missing.txt");
  transcript_.Run("case open --request '{\"service_case\":{\"colour\":1}}'");
  transcript_.Run("case open --request '{'");
  transcript_.Run("case accept 1 --service-mode flying -o json");
  transcript_.Run("picking-list submit --service-case 1 --source field-opinion --lines part=1,colour=red");
  transcript_.Run("principal create --display-name x --roles king");
  transcript_.Run("customer update");
  transcript_.Run("customer update 1");
  transcript_.Run("customer update 1 --clear telefone");
  transcript_.Run("customer update 1 --clear display-name");
  transcript_.Run("customer update 1 --telephone 1 --clear region,telephone");
  transcript_.Run("customer update --request '{\"name\":\"customers/1\"}'");
  transcript_.Run("calendar load --calendar office --year 2027 --holidays 2027-02-30");
  transcript_.Run("principal create --display-name x --roles quality:tail");
  transcript_.Run("completion tcsh");
  transcript_.Run("case list --context nowhere");
  transcript_.Run("case list --endpoint nonsense");
  transcript_.Run("case list --token-file missing");
  transcript_.Run("event watch --count 0");
  transcript_.ExpectGolden("mistakes");
}

TEST_F(Golden, Tables) {
  server_.list_cases = [](grpc::ServerContext&, const v1::ListCasesRequest& request, v1::ListCasesResponse& reply) {
    if (request.filter().state() == v1::CASE_STATE_REFUSED) return grpc::Status::OK;
    *reply.add_cases() = BrakeCase();
    v1::Case& hostile = *reply.add_cases();
    hostile.set_name("cases/C2026-000002");
    hostile.set_state(v1::CASE_STATE_OPEN);
    hostile.set_customer("customers/2");
    hostile.set_description(
        "\x1b]0;owned\x07\x1b[2Jred\nsecond line\t\u202Etxt.exe \xC2\x9B"
        "31m");
    reply.set_next_page_token("AbC");
    return grpc::Status::OK;
  };
  server_.get_case = [](grpc::ServerContext&, const v1::GetCaseRequest&, v1::Case& reply) {
    reply = BrakeCase();
    return grpc::Status::OK;
  };
  server_.accept_case = [](grpc::ServerContext&, const v1::AcceptCaseRequest&, v1::Case& reply) {
    reply = BrakeCase();
    *reply.mutable_accept_time() = At(2, 9, 45);
    return grpc::Status::OK;
  };
  transcript_.Run("case list");
  transcript_.Run("case list -o name");
  transcript_.Run("case list -o json");
  transcript_.Run("case list --state refused");
  transcript_.Run("case list --state refused -o json");
  transcript_.Run("case get C2026-000001");
  transcript_.Run("case get C2026-000001 -o json");
  transcript_.Run("case get C2026-000001 -o name");
  transcript_.Run("case accept C2026-000001 --service-mode on-site");
  transcript_.Run("case accept C2026-000001 --service-mode ON_SITE -o wide");
  transcript_.ExpectGolden("tables");
}

TEST_F(Golden, Refusals) {
  server_.close_case = [](grpc::ServerContext&, const v1::CloseCaseRequest&, v1::Case&) {
    return Wire(Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN,
                      "close-case is refused: a list is owed; a reply is owed.")
                    .With("resource", "cases/1")
                    .Violates({"verification-list", "cases/1", "a list is owed"})
                    .Violates({"first-reply", "obligations/7", "a reply is owed"}));
  };
  server_.create_case = [](grpc::ServerContext&, const v1::CreateCaseRequest&, v1::Case&) {
    return Wire(Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID,
                      "service_case.customer: no customer; service_case.description: too long")
                    .Field("service_case.customer", "no customer")
                    .Field("service_case.description", "too \x1b[31mlong"));
  };
  server_.accept_case = [](grpc::ServerContext&, const v1::AcceptCaseRequest&, v1::Case&) {
    return Wire(Error(absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_NOT_AUTHENTICATED, "no token"));
  };
  server_.get_case = [](grpc::ServerContext&, const v1::GetCaseRequest&, v1::Case&) {
    return Wire(Error(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_OVERLOADED, "the server is busy")
                    .RetryAfter(absl::Seconds(2)));
  };
  server_.classify_case = [](grpc::ServerContext&, const v1::ClassifyCaseRequest&, v1::Case&) {
    return Wire(EtagError("cases/1", "9"));
  };
  transcript_.Run("case close 1 --resolution done");
  transcript_.Run("case close 1 --resolution done -o json");
  transcript_.Run("case open --customer 1 --subject product --description x");
  transcript_.Run("case accept 1 --service-mode telephone");
  transcript_.Run("case get 1");
  transcript_.Run("case classify 1 --classification C --evidence.text seen --etag 8");
  transcript_.Run("contact get 1");
  transcript_.ExpectGolden("refusals");
}

TEST_F(Golden, Updates) {
  v1::Customer customer;
  customer.set_name("customers/1");
  customer.set_etag("7");
  customer.set_display_name("Rail");
  customer.set_region("jilin");
  customer.set_telephone("0431");
  *customer.mutable_create_time() = At(2, 9, 30);
  server_.get_customer = [&](grpc::ServerContext&, const v1::GetCustomerRequest&, v1::Customer& reply) {
    reply = customer;
    return grpc::Status::OK;
  };
  server_.update_customer = [&](grpc::ServerContext&, const v1::UpdateCustomerRequest& request, v1::Customer& reply) {
    if (request.etag() != "7") return Wire(EtagError("customers/1", "9"));
    reply = request.customer();
    reply.set_name(request.name());
    reply.set_etag("8");
    return grpc::Status::OK;
  };
  transcript_.Run("customer update 1 --region hebei");
  transcript_.Run("customer update 1 --clear region,telephone -o json");
  customer.set_telephone("***");
  transcript_.Run("customer update 1 --region hebei");
  transcript_.Run("customer update --name customers/1 --region hebei --clear telephone -o json");
  customer.set_etag("6");
  transcript_.Run("customer update 1 --telephone 0432");
  server_.get_customer = [](grpc::ServerContext&, const v1::GetCustomerRequest&, v1::Customer&) {
    return Wire(
        Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING, "customers.read is missing"));
  };
  transcript_.Run("customer update 1 --telephone 0432");
  transcript_.ExpectGolden("updates");
}

TEST_F(Golden, TokensAndPolicies) {
  server_.create_token = [](grpc::ServerContext&, const v1::CreateTokenRequest& request, v1::IssuedToken& reply) {
    *reply.mutable_token() = request.token();
    reply.mutable_token()->set_name("tokens/3");
    reply.set_secret("s3cret");
    return grpc::Status::OK;
  };
  server_.create_principal = [](grpc::ServerContext&, const v1::CreatePrincipalRequest& request, v1::Principal& reply) {
    reply = request.principal();
    reply.set_name("principals/3");
    return grpc::Status::OK;
  };
  server_.get_caller = [](grpc::ServerContext&, const v1::GetCallerRequest&, v1::Caller& reply) {
    reply.mutable_principal()->set_name("principals/3");
    reply.mutable_principal()->add_roles()->set_role(v1::ROLE_AUDITOR);
    reply.add_permissions("cases.read");
    return grpc::Status::OK;
  };
  server_.validate_policy = [](grpc::ServerContext&, const v1::ValidatePolicyRequest& request,
                               v1::ValidatePolicyResponse& reply) {
    reply.set_rules(12);
    if (request.text() == "good") return grpc::Status::OK;
    v1::PolicyMistake& mistake = *reply.add_mistakes();
    mistake.set_line(7);
    mistake.set_field("obligation[3].met_by.event");
    mistake.set_text("there is no event 'case-opend'; did you mean 'case-opened'?");
    return grpc::Status::OK;
  };
  server_.explain_obligation = [](grpc::ServerContext&, const v1::ExplainObligationRequest&, v1::Explanation& reply) {
    reply.mutable_obligation()->set_name("obligations/7");
    reply.mutable_obligation()->set_kind("first-reply");
    reply.mutable_obligation()->set_title("Reply to the customer");
    reply.mutable_obligation()->set_state(v1::OBLIGATION_STATE_OPEN);
    reply.add_lines("HX-5.1a asks for a reply within two hours.");
    reply.add_lines("The notice came at 10:30 +09:00.");
    reply.set_time_zone("Asia/Tokyo");  // the company's, not the reader's
    v1::ExplanationSegment& segment = *reply.add_segments();
    *segment.mutable_start_time() = At(2, 9, 30);
    *segment.mutable_end_time() = At(2, 11, 30);
    segment.set_counted(true);
    segment.set_cause("elapsed hours");
    return grpc::Status::OK;
  };
  transcript_.Run("principal create --display-name Wang --roles quality:head --roles field-engineer");
  transcript_.Run("token create --principal 3");
  transcript_.Run("token create --principal 3 -o secret");
  transcript_.Run("token create --principal 3 --secret-file secret -o name");
  transcript_.Run("token create --principal 3 --secret-file secret");
  transcript_.Run("token create --principal 3 --secret-file secret --force -o json");
  transcript_.Run("case list -o secret");
  transcript_.Run("whoami");
  transcript_.Run("policy validate --text good");
  transcript_.Run("policy validate --text @-", "bad");
  transcript_.Run("obligation explain 7");
  transcript_.ExpectGolden("tokens_and_policies");
}

TEST_F(Golden, Contexts) {
  command_line_.environment().erase("AFTERSALES_ENDPOINT");
  transcript_.Run("case list");
  transcript_.Run("context list");
  transcript_.Run("context set home --endpoint 127.0.0.1:7443");
  transcript_.Run("context set plant --endpoint plant.example:7443");
  transcript_.Run("context set broken --endpoint nonsense");
  transcript_.Run("context set '../evil' --endpoint 127.0.0.1:1");
  transcript_.Run("context use plant");
  transcript_.Run("context list");
  transcript_.Run("context list -o json");
  transcript_.Run("context use plan");
  transcript_.Run("context use nobody");
  transcript_.Run("context show");
  command_line_.environment()["AFTERSALES_ENDPOINT"] = "127.0.0.1:1";
  transcript_.Run("context show");
  command_line_.environment()["AFTERSALES_TOKEN"] = "t";
  transcript_.Run("context use home");
  command_line_.environment().erase("AFTERSALES_ENDPOINT");
  command_line_.environment().erase("AFTERSALES_TOKEN");
  command_line_.Run("context use plant");
  transcript_.Run("context remove plant");
  transcript_.Run("context show");
  transcript_.ExpectGolden("contexts");
}

// A case with a contact, told in events and obligations.
class Story {
 public:
  explicit Story(const v1::Case& service_case) : case_(service_case) {}

  void Play(ScriptedServer& server) {
    server.get_case = [this](grpc::ServerContext&, const v1::GetCaseRequest&, v1::Case& reply) {
      reply = case_;
      return grpc::Status::OK;
    };
    server.list_events = [](grpc::ServerContext&, const v1::ListEventsRequest& request, v1::ListEventsResponse& reply) {
      const bool of_contact = request.root() == "contacts/1";
      for (const v1::Event& event : Events()) {
        if ((event.root() == "contacts/1") == of_contact) *reply.add_events() = event;
      }
      return grpc::Status::OK;
    };
    server.list_obligations = [](grpc::ServerContext&, const v1::ListObligationsRequest& request,
                                 v1::ListObligationsResponse& reply) {
      if (request.filter().root() == "contacts/1") {
        *reply.add_obligations() = FirstReply();
      } else {
        *reply.add_obligations() = OnSite();
      }
      return grpc::Status::OK;
    };
  }

  static v1::Obligation FirstReply() {
    v1::Obligation o;
    o.set_name("obligations/1");
    o.set_kind("first-reply");
    o.set_title("Reply to the customer");
    o.set_state(v1::OBLIGATION_STATE_LATE_MET);
    o.add_clauses("HX-5.1a");
    o.set_owner(v1::ROLE_QUALITY);
    *o.mutable_since_time() = At(2, 9, 30);
    *o.mutable_due_time() = At(2, 11, 30);
    *o.mutable_close_time() = At(2, 12, 0);
    return o;
  }

  static v1::Obligation OnSite() {
    v1::Obligation o;
    o.set_name("obligations/2");
    o.set_kind("on-site");
    o.set_title("Be on site");
    o.set_state(v1::OBLIGATION_STATE_OPEN);
    o.add_clauses("HX-5.1c");
    o.set_owner(v1::ROLE_FIELD_ENGINEER);
    o.set_owner_head(true);
    *o.mutable_since_time() = At(2, 12, 5);
    *o.mutable_due_time() = At(3, 9, 30);
    return o;
  }

  static v1::Event Made(int64_t position, v1::EventType type, const std::string& root, const std::string& subject,
                        google::protobuf::Timestamp time) {
    v1::Event event;
    event.set_position(position);
    event.set_type(type);
    event.set_root(root);
    event.set_subject(subject);
    event.set_actor("principals/2");
    *event.mutable_time() = time;
    return event;
  }

  static std::vector<v1::Event> Events() {
    const std::string name = "cases/C2026-000001";
    std::vector<v1::Event> events;
    events.push_back(Made(1, v1::EVENT_TYPE_CONTACT_REGISTERED, "contacts/1", "contacts/1", At(2, 9, 30)));
    events.back().mutable_contact()->set_channel(v1::CHANNEL_TELEPHONE);
    events.back().mutable_contact()->set_company("长春铁路");
    events.back().mutable_contact()->set_text("It leaks");
    events.push_back(Made(2, v1::EVENT_TYPE_OBLIGATION_OPENED, "contacts/1", "obligations/1", At(2, 9, 40)));
    *events.back().mutable_obligation() = FirstReply();
    events.push_back(Made(3, v1::EVENT_TYPE_CONTACT_ANSWERED, "contacts/1", "contacts/1", At(2, 12, 0)));
    events.back().mutable_contact()->set_answer("We come\x1b[1m today");
    events.push_back(Made(4, v1::EVENT_TYPE_OBLIGATION_ENDED, "contacts/1", "obligations/1", At(2, 12, 0)));
    *events.back().mutable_obligation() = FirstReply();
    events.push_back(Made(5, v1::EVENT_TYPE_CASE_OPENED, name, name, At(2, 12, 5)));
    events.back().mutable_service_case()->set_description("It leaks");
    events.push_back(Made(6, v1::EVENT_TYPE_SOLUTION_APPROVED, name, name + "/solutions/1", At(2, 14, 0)));
    events.back().set_role(v1::ROLE_TECHNOLOGY);
    events.back().mutable_solution()->add_approvals()->set_role(v1::ROLE_TECHNOLOGY);
    events.push_back(Made(8, v1::EVENT_TYPE_PICKING_LIST_SUBMITTED, name, "pickingLists/1", At(2, 15, 0)));
    events.back().mutable_picking_list()->add_lines()->set_part("parts/1");
    events.back().mutable_picking_list()->mutable_lines(0)->set_quantity(2);
    // Entered last, happened earlier.
    events.push_back(Made(9, v1::EVENT_TYPE_VISIT_CHECKED_IN, name, "visits/1", At(2, 13, 0)));
    events.back().mutable_visit()->set_name("visits/1");
    return events;
  }

 private:
  v1::Case case_;
};

TEST_F(Golden, Timeline) {
  Story story(BrakeCase());
  story.Play(server_);
  transcript_.Run("case timeline C2026-000001");
  transcript_.Run("case timeline");
  transcript_.Run("case timeline 1 2");
  transcript_.ExpectGolden("timeline");
}

TEST_F(Golden, Watch) {
  std::atomic<int> calls = 0;
  server_.watch_events = [&](grpc::ServerContext& context, const v1::WatchEventsRequest& request,
                             grpc::ServerWriter<v1::WatchEventsResponse>& writer) {
    ++calls;
    v1::WatchEventsResponse batch;
    for (const v1::Event& event : Story::Events()) {
      if (event.position() > request.after_position()) *batch.add_events() = event;
    }
    batch.set_position(9);
    writer.Write(batch);
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::OK;
  };
  transcript_.Run("event watch --count 3");
  transcript_.Run("event watch --count 2 --after-position 6 -o name");
  transcript_.Run("event watch --count 1 --after-position 8 -o json");
  transcript_.ExpectGolden("watch");
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace aftersales
