// Holds the API to its rules by looking at every method, message and field that the protos declare.
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/case.pb.h"

namespace aftersales {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// The longest text and the longest list that any caller may send.
constexpr int kLongestText = 1'048'576;
constexpr int kLongestList = 10'000;

// Every file under api/aftersales/v1, as this program has it.
std::vector<const FileDescriptor*> Files() {
  std::vector<const FileDescriptor*> files;
  std::filesystem::path root = std::filesystem::path(AFTERSALES_SOURCE_DIR) / "api";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "aftersales" / "v1")) {
    if (entry.path().extension() != ".proto") continue;
    std::string name = std::filesystem::relative(entry.path(), root).string();
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name << " is not part of the program";
    if (file != nullptr) files.push_back(file);
  }
  return files;
}

std::vector<const MethodDescriptor*> Methods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : Files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) methods.push_back(file->service(s)->method(m));
    }
  }
  return methods;
}

void Collect(const Descriptor* message, std::vector<const Descriptor*>* messages) {
  if (message->options().map_entry()) return;
  messages->push_back(message);
  for (int i = 0; i < message->nested_type_count(); ++i) Collect(message->nested_type(i), messages);
}

std::vector<const Descriptor*> Messages() {
  std::vector<const Descriptor*> messages;
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->message_type_count(); ++i) Collect(file->message_type(i), &messages);
  }
  return messages;
}

const options::v1::MethodRule& Rule(const MethodDescriptor* method) {
  return method->options().GetExtension(options::v1::method);
}

const options::v1::FieldRule& Rule(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field);
}

bool Reads(const MethodDescriptor* method) {
  return method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

// The message that a field path ends in a field of, or nullptr.
const FieldDescriptor* FindPath(const Descriptor* message, const std::string& path) {
  const FieldDescriptor* field = nullptr;
  for (const std::string& step : std::vector<std::string>(absl::StrSplit(path, '.'))) {
    if (message == nullptr) return nullptr;
    field = message->FindFieldByName(step);
    if (field == nullptr) return nullptr;
    message = field->message_type();
  }
  return field;
}

// What a row of a method's table is: the resource returned, or an entry of the list returned.
const Descriptor* RowOf(const MethodDescriptor* method) {
  const Descriptor* response = method->output_type();
  if (!absl::EndsWith(std::string(response->name()), "Response")) return response;
  for (int i = 0; i < response->field_count(); ++i) {
    if (response->field(i)->is_repeated() && response->field(i)->message_type() != nullptr) {
      return response->field(i)->message_type();
    }
  }
  return response;
}

// Calls `visit` with every field that a caller can fill in: all that requests reach, except what the server sets.
template <typename Visit>
void VisitInputs(const Descriptor* message, std::set<const Descriptor*>* seen, const Visit& visit) {
  if (!seen->insert(message).second) return;
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (Rule(field).output_only()) continue;
    visit(field);
    if (field->message_type() != nullptr &&
        !absl::StartsWith(std::string(field->message_type()->full_name()), "google.")) {
      VisitInputs(field->message_type(), seen, visit);
    }
  }
}

TEST(Methods, ExistAndAreManifold) { EXPECT_GT(Methods().size(), 50u); }

TEST(Methods, EachNamesItsPermission) {
  for (const MethodDescriptor* method : Methods()) {
    EXPECT_TRUE(RE2::FullMatch(Rule(method).permission(), "[a-z_]+\\.[a-z_]+"))
        << method->full_name() << " demands the permission '" << Rule(method).permission()
        << "'; it must read like \"cases.accept\"";
  }
}

TEST(Methods, EachHasACommandOfItsOwn) {
  std::map<std::string, std::string> commands;
  for (const MethodDescriptor* method : Methods()) {
    const options::v1::CommandLine& command = Rule(method).command();
    // Files and rows go through commands that the command line writes by hand.
    if (command.noun().empty() && (method->client_streaming() || method->server_streaming())) continue;
    EXPECT_TRUE(RE2::FullMatch(command.noun(), "[a-z][a-z-]*"))
        << method->full_name() << ": noun '" << command.noun() << "'";
    EXPECT_TRUE(RE2::FullMatch(command.verb(), "[a-z][a-z-]*"))
        << method->full_name() << ": verb '" << command.verb() << "'";
    auto [other, is_new] = commands.emplace(absl::StrCat(command.noun(), " ", command.verb()), method->full_name());
    EXPECT_TRUE(is_new) << method->full_name() << " and " << other->second << " are both `" << other->first << "`";
  }
}

TEST(Methods, CommandsNameFieldsThatExist) {
  for (const MethodDescriptor* method : Methods()) {
    const options::v1::CommandLine& command = Rule(method).command();
    std::set<std::string> seen;
    for (const std::string& column : command.columns()) {
      EXPECT_NE(FindPath(RowOf(method), column), nullptr)
          << method->full_name() << ": column '" << column << "' is no field of " << RowOf(method)->full_name();
      EXPECT_TRUE(seen.insert(column).second) << method->full_name() << ": column '" << column << "' twice";
    }
    for (int i = 0; i < command.positional_size(); ++i) {
      const FieldDescriptor* field = FindPath(method->input_type(), command.positional(i));
      ASSERT_NE(field, nullptr) << method->full_name() << ": positional '" << command.positional(i)
                                << "' is no field of " << method->input_type()->full_name();
      EXPECT_TRUE(field->message_type() == nullptr)
          << method->full_name() << ": positional '" << command.positional(i) << "' is a message";
      EXPECT_TRUE(!field->is_repeated() || i + 1 == command.positional_size())
          << method->full_name() << ": only the last positional may be repeated";
    }
  }
}

TEST(Methods, EachHasARequestTypeOfItsOwn) {
  for (const MethodDescriptor* method : Methods()) {
    EXPECT_EQ(method->input_type()->name(), absl::StrCat(method->name(), "Request")) << method->full_name();
    EXPECT_EQ(method->input_type()->file(), method->file()) << method->full_name();
  }
}

// What says what a call is about: the request, or what stands first in the first message of a stream.
const Descriptor* AskedFirst(const MethodDescriptor* method) {
  return method->client_streaming() ? method->input_type()->field(0)->message_type() : method->input_type();
}

TEST(Methods, EachChangeCanBeRepeatedAndTried) {
  for (const MethodDescriptor* method : Methods()) {
    if (Reads(method)) {
      EXPECT_EQ(method->input_type()->FindFieldByName("request_id"), nullptr)
          << method->full_name() << " changes nothing";
      continue;
    }
    const Descriptor* asked = AskedFirst(method);
    const FieldDescriptor* request_id = asked->FindFieldByName("request_id");
    ASSERT_NE(request_id, nullptr) << method->full_name();
    EXPECT_TRUE(Rule(request_id).uuid() && Rule(request_id).required()) << request_id->full_name();
    const FieldDescriptor* validate_only = asked->FindFieldByName("validate_only");
    ASSERT_NE(validate_only, nullptr) << method->full_name();
    EXPECT_EQ(validate_only->cpp_type(), FieldDescriptor::CPPTYPE_BOOL) << method->full_name();
    EXPECT_TRUE(Rule(method).audited()) << method->full_name() << ": refusals of changes are audited";
  }
}

TEST(Methods, NamesSayWhatReadsAndWhatChanges) {
  for (const MethodDescriptor* method : Methods()) {
    bool named_as_read = RE2::PartialMatch(
        std::string(method->name()),
        "^(Get|List|Watch|Download|Validate|DryRun|Audit|Export|Search|Suggest)[A-Z]|^ExplainObligation$");
    EXPECT_EQ(Reads(method), named_as_read) << method->full_name();
  }
}

TEST(Methods, EachUpdateNamesTheEtagItWasReadWith) {
  for (const MethodDescriptor* method : Methods()) {
    if (!absl::StartsWith(std::string(method->name()), "Update")) continue;
    const FieldDescriptor* etag = method->input_type()->FindFieldByName("etag");
    ASSERT_NE(etag, nullptr) << method->full_name();
    EXPECT_TRUE(Rule(etag).required()) << method->full_name()
                                       << ": an update without etag overwrites what others wrote";
  }
}

TEST(Methods, EachListPages) {
  for (const MethodDescriptor* method : Methods()) {
    if (!absl::StartsWith(std::string(method->name()), "List")) continue;
    const FieldDescriptor* page_size = method->input_type()->FindFieldByName("page_size");
    const FieldDescriptor* page_token = method->input_type()->FindFieldByName("page_token");
    const FieldDescriptor* next = method->output_type()->FindFieldByName("next_page_token");
    ASSERT_TRUE(page_size != nullptr && page_token != nullptr && next != nullptr) << method->full_name();
    EXPECT_EQ(page_size->cpp_type(), FieldDescriptor::CPPTYPE_INT32) << method->full_name();
    EXPECT_TRUE(Rule(page_size).has_min() && Rule(page_size).min() == 0) << method->full_name();
    EXPECT_EQ(page_token->cpp_type(), FieldDescriptor::CPPTYPE_STRING) << method->full_name();
    int lists = 0;
    for (int i = 0; i < method->output_type()->field_count(); ++i)
      lists += method->output_type()->field(i)->is_repeated();
    EXPECT_EQ(lists, 1) << method->full_name() << " answers with one list";
    EXPECT_TRUE(Reads(method)) << method->full_name();
  }
}

TEST(Methods, SecretsAreIssuedOnlyByThoseThatSaySo) {
  for (const MethodDescriptor* method : Methods()) {
    bool has_secret = false;
    for (int i = 0; i < method->output_type()->field_count(); ++i) {
      has_secret |= Rule(method->output_type()->field(i)).secret();
    }
    EXPECT_EQ(has_secret, Rule(method).issues_secret()) << method->full_name();
  }
}

TEST(Resources, EachHasNameEtagAndTable) {
  std::set<std::string> collections;
  std::set<std::string> tables;
  for (const Descriptor* message : Messages()) {
    if (!message->options().HasExtension(options::v1::resource)) continue;
    const options::v1::ResourceRule& rule = message->options().GetExtension(options::v1::resource);
    EXPECT_TRUE(RE2::FullMatch(rule.collection(), "[a-z][A-Za-z]*(/\\*/[a-z][A-Za-z]*)*")) << message->full_name();
    EXPECT_TRUE(RE2::FullMatch(rule.table(), "[a-z][a-z_]*")) << message->full_name();
    EXPECT_TRUE(collections.insert(rule.collection()).second) << rule.collection() << " twice";
    EXPECT_TRUE(tables.insert(rule.table()).second) << rule.table() << " twice";
    for (const char* name : {"name", "etag"}) {
      const FieldDescriptor* field = message->FindFieldByName(name);
      ASSERT_NE(field, nullptr) << message->full_name() << " has no " << name;
      EXPECT_EQ(field->cpp_type(), FieldDescriptor::CPPTYPE_STRING) << field->full_name();
      EXPECT_TRUE(Rule(field).output_only()) << field->full_name();
    }
  }
  EXPECT_GT(collections.size(), 10u);
}

TEST(Resources, EachCanBeReadByItsName) {
  std::set<std::string> readable;
  for (const MethodDescriptor* method : Methods()) {
    if (absl::StartsWith(std::string(method->name()), "Get") || absl::StartsWith(std::string(method->name()), "List")) {
      readable.insert(RowOf(method)->full_name());
    }
  }
  for (const Descriptor* message : Messages()) {
    if (!message->options().HasExtension(options::v1::resource)) continue;
    EXPECT_TRUE(readable.contains(message->full_name()))
        << message->full_name() << " has neither a Get nor a List method";
  }
}

TEST(Resources, StatesAreNeverSent) {
  std::set<const Descriptor*> seen;
  for (const MethodDescriptor* method : Methods()) {
    VisitInputs(method->input_type(), &seen, [](const FieldDescriptor* field) {
      bool of_resource = field->containing_type()->options().HasExtension(options::v1::resource);
      EXPECT_FALSE(of_resource && field->name() == "state")
          << field->full_name() << ": states change by methods of their own";
    });
  }
}

TEST(Fields, ReferencesNameCollectionsThatExist) {
  std::set<std::string> collections;
  for (const Descriptor* message : Messages()) {
    const options::v1::ResourceRule& rule = message->options().GetExtension(options::v1::resource);
    if (!rule.collection().empty()) collections.insert(rule.collection());
  }
  for (const Descriptor* message : Messages()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      for (const std::string& reference : Rule(field).reference()) {
        EXPECT_TRUE(collections.contains(reference))
            << field->full_name() << ": '" << reference << "' is no collection";
        EXPECT_EQ(field->cpp_type(), FieldDescriptor::CPPTYPE_STRING) << field->full_name();
      }
    }
  }
}

TEST(Fields, NamesAndParentsOfRequestsSayWhatTheyName) {
  for (const MethodDescriptor* method : Methods()) {
    for (const char* name : {"name", "parent"}) {
      const FieldDescriptor* field = method->input_type()->FindFieldByName(name);
      if (field == nullptr) continue;
      EXPECT_GT(Rule(field).reference_size(), 0) << field->full_name();
      EXPECT_TRUE(Rule(field).required()) << field->full_name();
    }
  }
}

TEST(Fields, AllThatCallersSendIsBounded) {
  std::set<const Descriptor*> seen;
  int strings = 0;
  for (const MethodDescriptor* method : Methods()) {
    VisitInputs(method->input_type(), &seen, [&](const FieldDescriptor* field) {
      const options::v1::FieldRule& rule = Rule(field);
      EXPECT_GE(rule.max_length(), 0) << field->full_name();
      EXPECT_LE(rule.max_length(), kLongestText) << field->full_name();
      EXPECT_GE(rule.max_items(), 0) << field->full_name();
      EXPECT_LE(rule.max_items(), kLongestList) << field->full_name();
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        ++strings;
        // Names, UUIDs and currencies have their own form; a pattern of fixed length bounds by itself; all else says
        // its length.
        const bool bounded = rule.max_length() > 0 || rule.uuid() || rule.currency() || rule.reference_size() > 0 ||
                             !rule.pattern().empty();
        EXPECT_TRUE(bounded) << field->full_name() << " does not say how long it may be";
      }
      if (field->type() == FieldDescriptor::TYPE_BYTES) {
        EXPECT_GT(rule.max_length(), 0) << field->full_name() << " does not say how many bytes it may have";
      }
    });
  }
  EXPECT_GT(strings, 100);
}

TEST(Fields, RulesFitTheirTypes) {
  for (const Descriptor* message : Messages()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const options::v1::FieldRule& rule = Rule(field);
      bool text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      bool number =
          field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 || field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
      if (rule.max_length() != 0 || rule.min_length() != 0 || !rule.pattern().empty() || rule.uuid() || rule.secret() ||
          rule.currency()) {
        EXPECT_TRUE(text) << field->full_name() << ": a rule for text on a field that is none";
      }
      if (rule.has_min() || rule.has_max())
        EXPECT_TRUE(number) << field->full_name() << ": a range on a field that is no number";
      if (rule.max_items() != 0)
        EXPECT_TRUE(field->is_repeated()) << field->full_name() << ": max_items on a single value";
      EXPECT_FALSE(rule.required() && rule.output_only()) << field->full_name();
      if (rule.max_length() != 0) EXPECT_LE(rule.min_length(), rule.max_length()) << field->full_name();
      if (rule.has_min() && rule.has_max()) EXPECT_LE(rule.min(), rule.max()) << field->full_name();
      if (!rule.pattern().empty()) {
        RE2 pattern(rule.pattern(), RE2::Quiet);
        EXPECT_TRUE(pattern.ok()) << field->full_name() << ": " << pattern.error();
      }
    }
  }
}

TEST(Fields, NumbersAreSignedAndTimesAreTimestamps) {
  for (const Descriptor* message : Messages()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_UINT64)
          << field->full_name() << ": the databases hold no unsigned numbers";
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_UINT32) << field->full_name();
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_FLOAT) << field->full_name();
      if (absl::EndsWith(std::string(field->name()), "_time")) {
        ASSERT_NE(field->message_type(), nullptr) << field->full_name();
        EXPECT_EQ(field->message_type()->full_name(), "google.protobuf.Timestamp") << field->full_name();
      }
    }
  }
}

std::string UpperSnake(const std::string& camel) {
  std::string snake;
  for (size_t i = 0; i < camel.size(); ++i) {
    if (i > 0 && isupper(static_cast<unsigned char>(camel[i]))) snake += '_';
    snake += static_cast<char>(toupper(static_cast<unsigned char>(camel[i])));
  }
  return snake;
}

TEST(Enums, EachBeginsUnspecified) {
  int enums = 0;
  for (const FileDescriptor* file : Files()) {
    std::vector<const EnumDescriptor*> all;
    for (int i = 0; i < file->enum_type_count(); ++i) all.push_back(file->enum_type(i));
    for (const Descriptor* message : Messages()) {
      if (message->file() != file) continue;
      for (int i = 0; i < message->enum_type_count(); ++i) all.push_back(message->enum_type(i));
    }
    for (const EnumDescriptor* type : all) {
      ++enums;
      const auto* zero = type->FindValueByNumber(0);
      ASSERT_NE(zero, nullptr) << type->full_name();
      EXPECT_EQ(zero->name(), absl::StrCat(UpperSnake(std::string(type->name())), "_UNSPECIFIED"));
    }
  }
  EXPECT_GT(enums, 10);
}

}  // namespace
}  // namespace aftersales
