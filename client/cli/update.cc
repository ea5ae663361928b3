#include "client/cli/update.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// How the server shows personal texts to callers without the permission to read them.
constexpr char kMasked[] = "***";

bool IsGiven(const Flag& flag, const FlagValues& values) {
  const auto given = values.find(flag.name);
  return given != values.end() && !given->second.empty();
}

std::vector<Flag> ResourceFlags(const Command& command) {
  const std::optional<Update> update = UpdateOf(command);
  std::vector<Flag> flags = FlagsOf(command);
  flags.erase(std::remove_if(flags.begin(), flags.end(),
                             [&](const Flag& flag) { return !update || flag.path[0] != update->resource; }),
              flags.end());
  return flags;
}

// Empties what the path of a flag leads to, without making messages on the way.
void ClearPath(const Flag& flag, Message& request) {
  Message* parent = &request;
  for (size_t i = 0; i + 1 < flag.path.size(); ++i) {
    if (!parent->GetReflection()->HasField(*parent, flag.path[i])) return;
    parent = parent->GetReflection()->MutableMessage(parent, flag.path[i]);
  }
  parent->GetReflection()->ClearField(parent, flag.field());
}

// Only what a client may set is sent back.
void DropOutputOnly(Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (RuleOf(field).output_only()) {
      reflection->ClearField(&message, field);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        DropOutputOnly(*reflection->MutableRepeatedMessage(&message, field, i));
      }
    } else {
      DropOutputOnly(*reflection->MutableMessage(&message, field));
    }
  }
}

// Something in the field, or in what it contains, is masked.
bool IsMasked(const Message& message, const FieldDescriptor* field) {
  const auto* reflection = message.GetReflection();
  const int count =
      !field->is_repeated() ? reflection->HasField(message, field) : reflection->FieldSize(message, field);
  for (int i = 0; i < count; ++i) {
    if (field->type() == FieldDescriptor::TYPE_STRING && RuleOf(field).personal()) {
      const std::string text = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                    : reflection->GetString(message, field);
      if (text == kMasked) return true;
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Message& inner = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                  : reflection->GetMessage(message, field);
      std::vector<const FieldDescriptor*> fields;
      inner.GetReflection()->ListFields(inner, &fields);
      for (const FieldDescriptor* one : fields) {
        if (IsMasked(inner, one)) return true;
      }
    }
  }
  return false;
}

bool LeadsToMask(const Flag& flag, const Message& request) {
  const Message* parent = &request;
  for (size_t i = 0; i + 1 < flag.path.size(); ++i) {
    parent = &parent->GetReflection()->GetMessage(*parent, flag.path[i]);
  }
  return IsMasked(*parent, flag.field());
}

std::string Joined(const std::vector<std::string>& names, const char* prefix, const char* separator) {
  return absl::StrJoin(names, separator,
                       [prefix](std::string* out, const std::string& name) { absl::StrAppend(out, prefix, name); });
}

}  // namespace

std::vector<std::string> ClearableFields(const Command& command) {
  std::vector<std::string> names;
  for (const Flag& flag : ResourceFlags(command)) {
    if (!flag.required) names.push_back(flag.name);
  }
  return names;
}

absl::StatusOr<std::vector<Flag>> ReadClear(const Command& command, const std::vector<std::string>& clear,
                                            const FlagValues& values) {
  const std::vector<Flag> flags = ResourceFlags(command);
  std::vector<Flag> cleared;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(absl::StrJoin(clear, ","), ','))) {
    std::string name(absl::StripAsciiWhitespace(absl::StrReplaceAll(word, {{"_", "-"}})));
    name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
    if (name.empty()) continue;
    const auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.name == name; });
    if (found == flags.end()) {
      const std::vector<std::string> names = ClearableFields(command);
      const std::string near = DidYouMean(name, names);
      return absl::InvalidArgumentError(
          absl::StrCat("--clear: '", Printable(name), "' is none of: ", absl::StrJoin(names, ", "), near));
    }
    if (found->required) return absl::InvalidArgumentError(absl::StrCat("--clear: ", name, " cannot be empty"));
    if (IsGiven(*found, values)) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " is given and cleared; do one of them"));
    }
    cleared.push_back(*found);
  }
  return cleared;
}

void Clear(const std::vector<Flag>& cleared, Message& request) {
  for (const Flag& flag : cleared) ClearPath(flag, request);
}

absl::Status KeepTheRest(const Command& command, const Update& update, const FlagValues& values,
                         const std::vector<Flag>& cleared, const Message& read, Message& request) {
  std::unique_ptr<Message> whole(request.New());
  Message* resource = whole->GetReflection()->MutableMessage(whole.get(), update.resource);
  resource->CopyFrom(read);
  DropOutputOnly(*resource);
  Clear(cleared, *whole);
  std::vector<std::string> masked;
  for (const Flag& flag : ResourceFlags(command)) {
    // Emptied also where the new value is one that merging would leave out: false, 0, no entries.
    if (IsGiven(flag, values)) ClearPath(flag, *whole);
    if (LeadsToMask(flag, *whole)) masked.push_back(flag.name);
  }
  if (!masked.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", command.noun, " ", command.verb, "' needs ", Joined(masked, "--", ", "),
                     ": you may not see what is there (", kMasked,
                     "), so it cannot be kept. Give it, or empty it with --clear ", Joined(masked, "", ",")));
  }
  whole->MergeFrom(request);
  const FieldDescriptor* etag = whole->GetDescriptor()->FindFieldByName("etag");
  const FieldDescriptor* read_etag = read.GetDescriptor()->FindFieldByName("etag");
  if (whole->GetReflection()->GetString(*whole, etag).empty() && read_etag != nullptr) {
    whole->GetReflection()->SetString(whole.get(), etag, read.GetReflection()->GetString(read, read_etag));
  }
  request.GetReflection()->Swap(&request, whole.get());
  return absl::OkStatus();
}

}  // namespace aftersales::cli
