#include "client/cli/catalog.h"

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.pb.h"
#include "server/embedded_files.h"

namespace aftersales {

// The API's protos with their comments, as protoc describes them; made at build time.
const std::vector<EmbeddedFile>& ApiDescription();

}  // namespace aftersales

namespace aftersales::cli {
namespace {

using google::protobuf::DescriptorPool;

// The API's files as they were written, with the comments that the linked descriptors lack.
const google::protobuf::FileDescriptorSet& Files() {
  static const auto& files = *[] {
    auto* set = new google::protobuf::FileDescriptorSet();
    for (const EmbeddedFile& file : ApiDescription())
      set->ParseFromArray(file.content.data(), static_cast<int>(file.content.size()));
    return set;
  }();
  return files;
}

const DescriptorPool& CommentedPool() {
  static const auto& pool = *[] {
    auto* made = new DescriptorPool();
    for (const auto& file : Files().file()) made->BuildFile(file);
    return made;
  }();
  return pool;
}

std::string CleanComment(std::string text) {
  text = absl::StrReplaceAll(text, {{"\n", " "}});
  std::string result(absl::StripAsciiWhitespace(text));
  absl::RemoveExtraAsciiWhitespace(&result);
  return result;
}

template <typename Descriptor>
std::string Comment(const Descriptor* descriptor) {
  google::protobuf::SourceLocation location;
  if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return "";
  return CleanComment(location.leading_comments);
}

std::vector<Command> MakeCatalog() {
  std::vector<Command> commands;
  for (const auto& file : Files().file()) {
    for (const auto& service : file.service()) {
      const auto* linked =
          DescriptorPool::generated_pool()->FindServiceByName(absl::StrCat(file.package(), ".", service.name()));
      for (int i = 0; linked != nullptr && i < linked->method_count(); ++i) {
        const options::v1::MethodRule& rule = linked->method(i)->options().GetExtension(options::v1::method);
        if (rule.command().noun().empty()) continue;
        commands.push_back({rule.command().noun(), rule.command().verb(), linked->method(i), &rule});
      }
    }
  }
  std::stable_sort(commands.begin(), commands.end(),
                   [](const Command& a, const Command& b) { return a.noun < b.noun; });
  return commands;
}

std::string PathOf(const google::protobuf::MethodDescriptor* method) {
  return absl::StrCat("/", method->service()->full_name(), "/", method->name());
}

}  // namespace

std::string Command::Path() const { return PathOf(method); }

std::string Update::GetPath() const { return PathOf(get); }

std::optional<Update> UpdateOf(const Command& command) {
  const std::string verb = "Update";
  const std::string& name = command.method->name();
  if (!absl::StartsWith(name, verb)) return std::nullopt;
  const auto* request = command.method->input_type();
  Update update{.get = command.method->service()->FindMethodByName(absl::StrCat("Get", name.substr(verb.size())))};
  for (int i = 0; i < request->field_count(); ++i) {
    const auto* field = request->field(i);
    if (field->is_repeated() || field->message_type() == nullptr || !IsResource(field->message_type())) continue;
    update.resource = field;
  }
  const bool fits = update.get != nullptr && update.resource != nullptr &&
                    update.get->output_type() == update.resource->message_type() &&
                    update.get->input_type()->FindFieldByName("name") != nullptr &&
                    request->FindFieldByName("name") != nullptr && request->FindFieldByName("etag") != nullptr;
  return fits ? std::optional(update) : std::nullopt;
}

const std::vector<Command>& Catalog() {
  static const auto& commands = *new std::vector<Command>(MakeCatalog());
  return commands;
}

const Command* FindCommand(std::string_view noun, std::string_view verb) {
  for (const Command& command : Catalog()) {
    if (command.noun == noun && command.verb == verb) return &command;
  }
  return nullptr;
}

std::vector<std::string> Nouns() {
  std::vector<std::string> nouns;
  for (const Command& command : Catalog()) {
    if (nouns.empty() || nouns.back() != command.noun) nouns.push_back(command.noun);
  }
  return nouns;
}

std::vector<std::string> VerbsOf(std::string_view noun) {
  std::vector<std::string> verbs;
  for (const Command& command : Catalog()) {
    if (command.noun == noun) verbs.push_back(command.verb);
  }
  return verbs;
}

std::string CommentOf(const google::protobuf::MethodDescriptor* method) {
  return Comment(CommentedPool().FindMethodByName(method->full_name()));
}

std::string CommentOf(const google::protobuf::FieldDescriptor* field) {
  return Comment(CommentedPool().FindFieldByName(field->full_name()));
}

std::string Summary(const std::string& comment) {
  const size_t end = comment.find(". ");
  std::string sentence = end == std::string::npos ? comment : comment.substr(0, end);
  if (absl::EndsWith(sentence, ".") && !absl::EndsWith(sentence, "...")) sentence.pop_back();
  return sentence;
}

const options::v1::FieldRule& RuleOf(const google::protobuf::FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field);
}

bool IsResource(const google::protobuf::Descriptor* type) {
  return !type->options().GetExtension(options::v1::resource).collection().empty();
}

const google::protobuf::FieldDescriptor* ItemsField(const google::protobuf::Descriptor* response) {
  // What is no resource is named after its call: "ListCasesResponse".
  if (!absl::EndsWith(response->name(), "Response")) return nullptr;
  for (int i = 0; i < response->field_count(); ++i) {
    const auto* field = response->field(i);
    if (field->is_repeated() && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) return field;
  }
  return nullptr;
}

bool IsPaged(const google::protobuf::Descriptor* response) {
  return response->FindFieldByName("next_page_token") != nullptr;
}

}  // namespace aftersales::cli
