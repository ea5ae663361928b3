// The commands that the API itself makes: one for each method that has a command line option in its proto.
#ifndef AFTERSALES_CLIENT_CLI_CATALOG_H_
#define AFTERSALES_CLIENT_CLI_CATALOG_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aftersales/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"

namespace aftersales::cli {

struct Command {
  std::string noun;
  std::string verb;
  const google::protobuf::MethodDescriptor* method = nullptr;
  const options::v1::MethodRule* rule = nullptr;

  const options::v1::CommandLine& line() const { return rule->command(); }
  // "/aftersales.v1.CaseService/AcceptCase"
  std::string Path() const;
};

// All commands, by noun and verb. Made once; never changes.
const std::vector<Command>& Catalog();
// Null where there is none.
const Command* FindCommand(std::string_view noun, std::string_view verb);
std::vector<std::string> Nouns();
std::vector<std::string> VerbsOf(std::string_view noun);

// The comment above a method, field or enum value in its proto, as one paragraph; empty where there is none.
std::string CommentOf(const google::protobuf::MethodDescriptor* method);
std::string CommentOf(const google::protobuf::FieldDescriptor* field);
// Its first sentence, without the full stop.
std::string Summary(const std::string& comment);

// What a method that replaces a whole resource has to do with it.
struct Update {
  const google::protobuf::MethodDescriptor* get = nullptr;      // reads the resource
  const google::protobuf::FieldDescriptor* resource = nullptr;  // of the request: what it becomes

  std::string GetPath() const;
};
// Nothing where the command does not replace a resource that its service also reads.
std::optional<Update> UpdateOf(const Command& command);

const options::v1::FieldRule& RuleOf(const google::protobuf::FieldDescriptor* field);
bool IsResource(const google::protobuf::Descriptor* type);

// The list of messages that a response is made of; null where the answer is one resource or something else.
const google::protobuf::FieldDescriptor* ItemsField(const google::protobuf::Descriptor* response);
// The list comes in pages.
bool IsPaged(const google::protobuf::Descriptor* response);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_CATALOG_H_
