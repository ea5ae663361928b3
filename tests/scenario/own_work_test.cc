// Every RPC that an engineer in the field may call, found in the descriptors and called over the network about things
// that are not theirs: they do not exist. So an RPC that comes later and leaks fails here without a word about it.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/event.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/access/own_work_rules.h"
#include "server/access/permissions.h"
#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/storage/table.h"
#include "tests/testing/databases.h"
#include "tests/testing/server_process.h"

namespace aftersales::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr char kPack[] =
    "name: 'walk' title: 'Walk' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
    "class { name: 'A' title: 'A' clauses: 'X-1' }\n"
    "outcome { name: 'ended' title: 'Ended' clauses: 'X-1' }\n"
    "obligation { kind: 'answer' clauses: 'X-2' on: 'contact-registered' by: 'quality' met_by { event: "
    "'contact-answered' } }";

const options::v1::FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field);
}
const options::v1::ResourceRule& RuleOf(const Descriptor* type) {
  return type->options().GetExtension(options::v1::resource);
}

std::vector<const FileDescriptor*> ApiFiles() {
  const FileDescriptor* events = v1::Event::descriptor()->file();
  std::vector<const FileDescriptor*> files = {events, v1::Principal::descriptor()->file()};
  for (int i = 0; i < events->dependency_count(); ++i) files.push_back(events->dependency(i));
  return files;
}

// What engineers may call.
std::vector<const MethodDescriptor*> MethodsOfEngineers() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : ApiFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const MethodDescriptor* method = file->service(s)->method(m);
        const std::string& permission = method->options().GetExtension(options::v1::method).permission();
        if (RoleGrants(v1::ROLE_FIELD_ENGINEER, permission)) methods.push_back(method);
      }
    }
  }
  return methods;
}

bool ChangesNothing(const MethodDescriptor* method) {
  return method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

// "cases/*/documents" on the side "mine": "cases/mine/documents/mine".
std::string NameOn(const std::string& collection, const std::string& side) {
  return absl::StrCat(absl::StrReplaceAll(collection, {{"*", side}}), "/", side);
}

// A field that names what can be somebody's own, by the fields that lead to it.
using Path = std::vector<const FieldDescriptor*>;

void FindTargets(const Descriptor* type, const Path& before, std::vector<Path>* found) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (RuleOf(field).output_only() || field->is_map()) continue;
    Path path = before;
    path.push_back(field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && path.size() < 5) {
      FindTargets(field->message_type(), path, found);
    }
    for (const std::string& collection : RuleOf(field).reference()) {
      if (IsEverybodys(collection)) continue;
      found->push_back(path);
      break;
    }
  }
}

std::string TextOf(const Path& path) {
  std::string text;
  for (const FieldDescriptor* field : path) absl::StrAppend(&text, text.empty() ? "" : ".", field->name());
  return text;
}

struct Answered {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  std::string text;  // all that came: the messages, the error's text and details
};

class OwnWorkWalk : public ::testing::TestWithParam<TestEngine> {
 protected:
  OwnWorkWalk() : database_(GetParam()), server_(database_.address()), db_(database_.Open(clock_)) {
    channel_ = grpc::CreateChannel(server_.endpoint(), grpc::InsecureChannelCredentials());
    Client admin = server_.Connect();
    v1::CreatePolicyVersionRequest load;
    load.mutable_policy_version()->set_text(kPack);
    const auto version = admin.policy().CreatePolicyVersion(load);
    EXPECT_TRUE(version.ok()) << version.status();
    policy_version_ = version->name();
    v1::ActivatePolicyVersionRequest activate;
    activate.set_name(policy_version_);
    EXPECT_TRUE(admin.policy().ActivatePolicyVersion(activate).ok());
    engineer_ = SignIn(admin, {v1::ROLE_FIELD_ENGINEER});
    manager_ = SignIn(admin, {v1::ROLE_FIELD_ENGINEER, v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY});
    for (const FileDescriptor* file : ApiFiles()) {
      for (int i = 0; i < file->message_type_count(); ++i) Fill(file->message_type(i));
    }
    for (const std::string side : {"mine", "theirs"}) {
      Write("INSERT INTO case_item (item, service_case, product, create_time) VALUES (?, ?, ?, ?)",
            {"crack", NameOn("cases", side), "products/shared", clock_.Now()});
    }
  }

  struct Signed {
    std::string principal, token;
  };
  static Signed SignIn(Client& admin, const std::vector<v1::Role>& roles) {
    v1::CreatePrincipalRequest create;
    create.mutable_principal()->set_display_name("Somebody");
    for (const v1::Role role : roles) create.mutable_principal()->add_roles()->set_role(role);
    Signed made;
    made.principal = admin.access().CreatePrincipal(create)->name();
    v1::CreateTokenRequest token;
    token.mutable_token()->set_principal(made.principal);
    made.token = admin.access().CreateToken(token)->secret();
    return made;
  }

  void Write(const std::string& sql, const Values& values) {
    Call call = TestCall();
    const absl::Status written = db_->WriteOwn(call, [&](Tx& tx) {
      tx.Execute(sql, values);
      return absl::OkStatus();
    });
    ASSERT_TRUE(written.ok()) << sql << ": " << written;
  }

  // One of each kind of resource that belongs to the engineer and one that belongs to a colleague; one for all of what
  // is everybody's.
  void Fill(const Descriptor* type) {
    static const std::set<std::string> elsewhere = {"principals", "tokens", "policyVersions"};
    const std::string& collection = RuleOf(type).collection();
    if (collection.empty() || elsewhere.count(collection) > 0) return;
    const TableCore table(*google::protobuf::MessageFactory::generated_factory()->GetPrototype(type));
    std::vector<std::string> sides = {"mine", "theirs"};
    if (IsEverybodys(collection)) sides = {"shared"};
    if (collection == "engineers") sides = {"mine", "colleague"};
    for (const std::string& side : sides) {
      const std::unique_ptr<Message> row(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
      FillRow(row.get(), side);
      Call call = TestCall();
      const absl::Status written = db_->WriteOwn(call, [&](Tx& tx) { return table.Insert(tx, *row); });
      ASSERT_TRUE(written.ok()) << type->name() << ": " << written;
    }
  }

  void FillRow(Message* row, const std::string& side) {
    const auto* reflection = row->GetReflection();
    const Descriptor* type = row->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (field->is_repeated()) continue;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        reflection->SetString(row, field, TextFor(*type, *field, side));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        // Nothing is owed, so that cases are idle.
        const int number = type->name() == "Obligation" && field->name() == "state" ? v1::OBLIGATION_STATE_MET : 1;
        reflection->SetEnumValue(row, field, number);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        if (field->name() == "number") reflection->SetInt64(row, field, side == "mine" ? 1 : 2);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && absl::EndsWith(field->name(), "_time")) {
        *static_cast<google::protobuf::Timestamp*>(reflection->MutableMessage(row, field)) = ToProto(clock_.Now());
      }
    }
    if (auto* service_case = dynamic_cast<v1::Case*>(row)) service_case->add_nonconforming_items("crack");
  }

  std::string TextFor(const Descriptor& type, const FieldDescriptor& field, const std::string& side) const {
    const std::string& name = field.name();
    if (name == "name") return NameOn(RuleOf(&type).collection(), side);
    if (name == "etag") return "";
    if (name == "service_case" || name == "root") return NameOn("cases", side);
    if (name == "parent") return NameOn("contacts", side);
    if (name == "engineer") return NameOn("engineers", side == "mine" ? "mine" : "colleague");
    if (name == "product") return "products/shared";
    if (name == "policy_version") return policy_version_;
    if (absl::EndsWith(name, "_by") || absl::EndsWith(name, "principal")) {
      return side == "mine" ? engineer_.principal : "principals/colleague";
    }
    if (RuleOf(&field).reference_size() > 0) return Named(RuleOf(&field).reference(0), side);
    return absl::StrCat(name, " of ", side);
  }

  std::string Named(const std::string& collection, const std::string& side) const {
    if (collection == "policyVersions") return policy_version_;
    if (collection == "principals") return engineer_.principal;
    return NameOn(collection, IsEverybodys(collection) && collection != "engineers" ? "shared" : side);
  }

  // Sets what the message must have, about the engineer's own things.
  void Complete(Message* message) const {
    const auto* reflection = message->GetReflection();
    const Descriptor* type = message->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (field->name() == "validate_only") reflection->SetBool(message, field, true);
      const bool set =
          field->is_repeated() ? reflection->FieldSize(*message, field) > 0 : reflection->HasField(*message, field);
      if (!RuleOf(field).required() || set) continue;
      Set(message, field, ValueFor(*field));
    }
  }

  std::string ValueFor(const FieldDescriptor& field) const {
    const options::v1::FieldRule& rule = RuleOf(&field);
    if (rule.uuid()) return NewUuid();
    if (rule.reference_size() > 0) return Named(rule.reference(0), "mine");
    if (field.name() == "media_type") return "text/plain";
    if (rule.currency()) return "CNY";
    return "word";
  }

  static std::string NewUuid() {
    const std::string hex = ToHex(RandomBytes(16));
    return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                        hex.substr(20));
  }

  // One value of any kind; `text` where it is a string.
  void Set(Message* message, const FieldDescriptor* field, const std::string& text) const {
    const auto* reflection = message->GetReflection();
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        many ? reflection->AddString(message, field, text) : reflection->SetString(message, field, text);
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        many ? reflection->AddEnumValue(message, field, 1) : reflection->SetEnumValue(message, field, 1);
        return;
      case FieldDescriptor::CPPTYPE_INT64: reflection->SetInt64(message, field, 1); return;
      case FieldDescriptor::CPPTYPE_INT32: reflection->SetInt32(message, field, 1); return;
      case FieldDescriptor::CPPTYPE_BOOL: reflection->SetBool(message, field, true); return;
      case FieldDescriptor::CPPTYPE_MESSAGE: break;
      default: ADD_FAILURE() << field->full_name() << " is of a kind that this test does not know"; return;
    }
    Message* inside = many ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field);
    if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(inside)) {
      *time = ToProto(server_.Now() - absl::Hours(absl::StartsWith(field->name(), "start") ? 2 : 1));
    } else {
      Complete(inside);
    }
  }

  // A request that is valid but for what the path's field names.
  std::unique_ptr<Message> RequestNaming(const MethodDescriptor* method, const Path& path, const std::string& name) {
    std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type())->New());
    Message* message = request.get();
    for (const FieldDescriptor* field : path) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        Set(message, field, name);
      } else {
        message = field->is_repeated() ? message->GetReflection()->AddMessage(message, field)
                                       : message->GetReflection()->MutableMessage(message, field);
      }
    }
    message = request.get();
    for (const FieldDescriptor* field : path) {
      Complete(message);
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) break;
      const auto* reflection = message->GetReflection();
      message = field->is_repeated() ? reflection->MutableRepeatedMessage(message, field, 0)
                                     : reflection->MutableMessage(message, field);
    }
    if (path.empty()) Complete(request.get());
    // A visit is named with its case.
    const auto* of_case = message->GetDescriptor()->FindFieldByName("service_case");
    if (!path.empty() && path.back()->name() == "visit" && of_case != nullptr) {
      message->GetReflection()->SetString(message, of_case, NameOn("cases", "mine"));
    }
    return request;
  }

  // Sends one message, whatever kind of call it is, and takes all that comes.
  Answered Ask(const MethodDescriptor* method, const Message& request, const std::string& token) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    grpc::CompletionQueue queue;
    const auto done = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    const auto stream =
        stub.PrepareCall(&context, absl::StrCat("/", method->service()->full_name(), "/", method->name()), &queue);
    void* const tag = nullptr;
    stream->StartCall(tag);
    Answered answered;
    bool alive = done();
    if (alive) {
      const grpc::Slice bytes(request.SerializeAsString());
      stream->Write(grpc::ByteBuffer(&bytes, 1), tag);
      alive = done();
    }
    if (alive) {
      stream->WritesDone(tag);
      alive = done();
    }
    for (;;) {
      grpc::ByteBuffer reply;
      stream->Read(&reply, tag);
      if (!done()) break;
      const std::unique_ptr<Message> message(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->output_type())->New());
      std::vector<grpc::Slice> slices;
      EXPECT_TRUE(reply.Dump(&slices).ok());
      std::string bytes;
      for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      EXPECT_TRUE(message->ParseFromString(bytes));
      absl::StrAppend(&answered.text, message->DebugString());
    }
    grpc::Status status;
    stream->Finish(&status, tag);
    done();
    answered.code = status.error_code();
    absl::StrAppend(&answered.text, status.error_message());
    google::rpc::Status details;
    details.ParseFromString(status.error_details());
    for (const auto& detail : details.details()) {
      google::rpc::ErrorInfo info;
      if (detail.UnpackTo(&info)) answered.reason = info.reason();
    }
    return answered;
  }

  ManualClock clock_;
  TestDatabase database_;
  ServerProcess server_;
  std::unique_ptr<Database> db_;
  std::shared_ptr<grpc::Channel> channel_;
  std::string policy_version_;
  Signed engineer_, manager_;
};

INSTANTIATE_TEST_SUITE_P(Engines, OwnWorkWalk, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(OwnWorkWalk, WhatIsNotTheirsDoesNotExistForAnyMethod) {
  int asked = 0;
  for (const MethodDescriptor* method : MethodsOfEngineers()) {
    std::vector<Path> targets;
    FindTargets(method->input_type(), {}, &targets);
    for (const Path& target : targets) {
      const bool asked_for = target.back()->name() == "name" || target.back()->name() == "parent";
      const std::string expected = asked_for ? "RESOURCE_NOT_FOUND" : "REFERENCE_INVALID";
      for (const std::string& collection : RuleOf(target.back()).reference()) {
        if (IsEverybodys(collection)) continue;
        SCOPED_TRACE(absl::StrCat(method->full_name(), " with ", TextOf(target), " of ", collection));
        const auto naming = [&](const std::string& side) {
          return Ask(method, *RequestNaming(method, target, NameOn(collection, side)), engineer_.token);
        };
        const Answered refused = naming("theirs");
        EXPECT_EQ(refused.reason, expected) << refused.text;
        const Answered missing = naming("missing");
        EXPECT_EQ(missing.reason, expected) << missing.text;
        EXPECT_EQ(absl::StrReplaceAll(refused.text, {{"theirs", "missing"}}), missing.text);
        ++asked;
        if (!ChangesNothing(method)) continue;
        // It is there: for whoever has another role besides.
        const Answered given =
            Ask(method, *RequestNaming(method, target, NameOn(collection, "theirs")), manager_.token);
        EXPECT_EQ(given.code, grpc::StatusCode::OK) << given.text;
      }
    }
  }
  EXPECT_GT(asked, 60);
}

TEST_P(OwnWorkWalk, WhatIsTheirsIsThereAndComesAlone) {
  int listed = 0;
  for (const MethodDescriptor* method : MethodsOfEngineers()) {
    std::vector<Path> targets;
    FindTargets(method->input_type(), {}, &targets);
    for (const Path& target : targets) {
      for (const std::string& collection : RuleOf(target.back()).reference()) {
        if (IsEverybodys(collection) || collection == "managementReports") continue;  // reports are no engineer's
        SCOPED_TRACE(absl::StrCat(method->full_name(), " with ", TextOf(target), " of ", collection));
        const Answered answered =
            Ask(method, *RequestNaming(method, target, NameOn(collection, "mine")), engineer_.token);
        EXPECT_FALSE(absl::StrContains(answered.text, "theirs")) << answered.text;
        EXPECT_NE(answered.reason, "RESOURCE_NOT_FOUND") << answered.text;
        EXPECT_NE(answered.reason, "REFERENCE_INVALID") << answered.text;
        if (ChangesNothing(method)) EXPECT_EQ(answered.code, grpc::StatusCode::OK) << answered.text;
      }
    }
    // A request that names nothing but what it must.
    SCOPED_TRACE(method->full_name());
    const Answered answered = Ask(method, *RequestNaming(method, {}, ""), engineer_.token);
    EXPECT_FALSE(absl::StrContains(answered.text, "theirs")) << answered.text;
    EXPECT_NE(answered.reason, "PERMISSION_MISSING") << answered.text;
    if (ChangesNothing(method)) {
      EXPECT_EQ(answered.code, grpc::StatusCode::OK) << answered.text;
      const Descriptor* reply = method->output_type();
      for (int i = 0; i < reply->field_count(); ++i) {
        const FieldDescriptor* rows = reply->field(i);
        if (!rows->is_repeated() || rows->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        const std::string& kind = RuleOf(rows->message_type()).collection();
        if (kind.empty() || IsEverybodys(kind)) continue;
        EXPECT_TRUE(absl::StrContains(answered.text, absl::StrCat("\"", NameOn(kind, "mine"), "\""))) << answered.text;
        ++listed;
      }
    }
  }
  EXPECT_GT(listed, 15);
}

// The walk above is of the engineer's permissions; without one of these, nothing is said of what there is.
TEST_P(OwnWorkWalk, WhoLacksThePermissionIsToldSoFirst) {
  v1::AcceptCaseRequest accept;
  accept.set_request_id(NewUuid());
  accept.set_name(NameOn("cases", "theirs"));
  const auto* service = v1::Case::descriptor()->file()->FindServiceByName("CaseService");
  const Answered refused = Ask(service->FindMethodByName("AcceptCase"), accept, engineer_.token);
  EXPECT_EQ(refused.code, grpc::StatusCode::PERMISSION_DENIED) << refused.text;
}

}  // namespace
}  // namespace aftersales::testing
