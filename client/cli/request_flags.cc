#include "client/cli/request_flags.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/text.h"
#include "client/cli/values.h"
#include "google/protobuf/util/json_util.h"

namespace aftersales::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsMessage(const FieldDescriptor* field) { return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

// A message whose fields are given one by one.
bool IsNested(const FieldDescriptor* field) {
  return IsMessage(field) && !field->is_repeated() && !IsTimestamp(field) && !IsMoney(field) && !IsDate(field);
}

std::string Kebab(const std::string& name) { return absl::StrReplaceAll(name, {{"_", "-"}}); }

// Collects the flags of a message; `prefix` stands before their names.
void Collect(const Descriptor* type, const std::string& prefix, const std::vector<const FieldDescriptor*>& path,
             bool required, std::vector<Flag>& flags) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (RuleOf(field).output_only() || field->is_map()) continue;
    std::vector<const FieldDescriptor*> here = path;
    here.push_back(field);
    const bool needed = required && RuleOf(field).required();
    if (!IsNested(field)) {
      flags.push_back({.name = prefix + Kebab(field->name()), .path = here, .required = needed});
      continue;
    }
    // A message within itself has no end; the API has none, and --request could still give it.
    if (std::count_if(path.begin(), path.end(),
                      [&](const auto* f) { return f->message_type() == field->message_type(); }) > 0)
      continue;
    const bool lifted = path.empty() && (IsResource(field->message_type()) || field->name() == "filter");
    const std::string below = lifted ? prefix : absl::StrCat(prefix, Kebab(field->name()), ".");
    const size_t first = flags.size();
    Collect(field->message_type(), below, here, needed, flags);
    if (!needed || lifted ||
        std::any_of(flags.begin() + first, flags.end(), [](const Flag& f) { return f.required; })) {
      continue;
    }
    for (size_t i = first; i < flags.size(); ++i) flags[i].one_of = absl::StrCat("--", below, "*");
  }
}

// Two fields of one name cannot both be the short flag: the deeper one gets its whole path.
void Disambiguate(std::vector<Flag>& flags) {
  std::set<std::string> taken;
  std::stable_sort(flags.begin(), flags.end(),
                   [](const Flag& a, const Flag& b) { return a.path.size() == 1 && b.path.size() != 1; });
  for (Flag& flag : flags) {
    if (!taken.insert(flag.name).second) flag.name = absl::StrReplaceAll(flag.FieldPath(), {{"_", "-"}});
    taken.insert(flag.name);
  }
}

absl::Status FromJson(const std::string& json, Message& request) {
  absl::StatusOr<std::string> text = ReadValue(json);
  if (!text.ok()) return text.status();
  if (text->size() > kLongestValue) return absl::InvalidArgumentError("--request is longer than 4 MiB");
  const auto parsed = google::protobuf::util::JsonStringToMessage(*text, &request);
  if (parsed.ok()) return absl::OkStatus();
  // Protobuf's parser shows the place below its first line.
  const std::string reason(parsed.message());
  std::vector<std::string> fields;
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i)
    fields.push_back(request.GetDescriptor()->field(i)->name());
  return absl::InvalidArgumentError(absl::StrCat("--request is no ", request.GetDescriptor()->name(),
                                                 " in JSON: ", Printable(reason.substr(0, reason.find('\n'))),
                                                 " (its fields are ", absl::StrJoin(fields, ", "), ")"));
}

absl::Status Fill(const Flag& flag, const std::vector<std::string>& values, absl::Time now, absl::TimeZone zone,
                  Message& request) {
  Message* parent = &request;
  for (size_t i = 0; i + 1 < flag.path.size(); ++i)
    parent = parent->GetReflection()->MutableMessage(parent, flag.path[i]);
  const FieldDescriptor* field = flag.field();
  if (field->is_repeated()) parent->GetReflection()->ClearField(parent, field);
  for (const std::string& given : values) {
    absl::StatusOr<std::string> value = given;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING || IsMessage(field)) value = ReadValue(given);
    if (!value.ok()) return value.status();
    absl::Status set = SetField(field, *value, now, zone, *parent);
    if (!set.ok()) return set;
  }
  return absl::OkStatus();
}

bool IsSet(const Flag& flag, const Message& request) {
  const Message* parent = &request;
  for (size_t i = 0; i + 1 < flag.path.size(); ++i) {
    if (!parent->GetReflection()->HasField(*parent, flag.path[i])) return false;
    parent = &parent->GetReflection()->GetMessage(*parent, flag.path[i]);
  }
  if (flag.field()->is_repeated()) return parent->GetReflection()->FieldSize(*parent, flag.field()) > 0;
  return parent->GetReflection()->HasField(*parent, flag.field());
}

std::string Shown(const Flag& flag) { return flag.positional ? absl::StrCat(flag.ValueName()) : "--" + flag.name; }

}  // namespace

std::string Flag::FieldPath() const {
  return absl::StrJoin(path, ".", [](std::string* out, const FieldDescriptor* f) { absl::StrAppend(out, f->name()); });
}

bool Flag::IsSwitch() const {
  // Where a no must be told from nothing, it is said: --effective no.
  return field()->cpp_type() == FieldDescriptor::CPPTYPE_BOOL && !field()->is_repeated() && !field()->has_presence();
}

std::string Flag::ValueName() const {
  const FieldDescriptor* f = field();
  if (IsTimestamp(f)) return "TIME";
  if (IsMoney(f)) return "MONEY";
  if (IsDate(f)) return "DATE";
  if (positional) return absl::AsciiStrToUpper(Kebab(f->name()));
  if (RuleOf(f).reference_size() > 0) return "NAME";
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM: return "WORD";
    case FieldDescriptor::CPPTYPE_STRING: return "TEXT";
    case FieldDescriptor::CPPTYPE_BOOL: return "yes|no";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return f->message_type()->name() == "RoleGrant" ? "ROLE[:head]" : "FIELD=VALUE,...";
    default: return "NUMBER";
  }
}

std::string Flag::Description() const {
  std::string text = CommentOf(field());
  if (field()->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    absl::StrAppend(&text, " One of: ", absl::StrJoin(EnumWords(field()->enum_type()), ", "), ".");
  } else if (IsMessage(field()) && field()->is_repeated() && !IsDate(field()) &&
             field()->message_type()->name() != "RoleGrant") {
    std::vector<std::string> names;
    for (int i = 0; i < field()->message_type()->field_count(); ++i) {
      names.push_back(field()->message_type()->field(i)->name());
    }
    absl::StrAppend(&text, " Fields: ", absl::StrJoin(names, ", "), ".");
  }
  if (field()->is_repeated()) absl::StrAppend(&text, " May be repeated.");
  return text;
}

std::vector<Flag> FlagsOf(const Command& command) {
  std::vector<Flag> flags;
  Collect(command.method->input_type(), "", {}, true, flags);
  Disambiguate(flags);
  std::vector<std::string> positional(command.line().positional().begin(), command.line().positional().end());
  if (const std::optional<Update> update = UpdateOf(command)) {
    for (Flag& flag : flags) flag.kept = flag.path[0] == update->resource || flag.FieldPath() == "etag";
    if (positional.empty()) positional.push_back("name");
  }
  std::vector<Flag> ordered;
  for (const std::string& name : positional) {
    const auto found =
        std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.FieldPath() == name; });
    if (found == flags.end()) continue;
    ordered.push_back(*found);
    ordered.back().positional = true;
    flags.erase(found);
  }
  ordered.insert(ordered.end(), flags.begin(), flags.end());
  return ordered;
}

absl::Status FillRequest(const Command& command, const std::string& json, const FlagValues& values, absl::Time now,
                         absl::TimeZone zone, Message& request) {
  if (!json.empty()) {
    absl::Status parsed = FromJson(json, request);
    if (!parsed.ok()) return parsed;
  }
  std::vector<std::string> missing;
  for (const Flag& flag : FlagsOf(command)) {
    if (const auto given = values.find(flag.name); given != values.end() && !given->second.empty()) {
      absl::Status filled = Fill(flag, given->second, now, zone, request);
      if (!filled.ok())
        return absl::Status(filled.code(), absl::StrCat(Shown(flag), ": ", std::string(filled.message())));
    }
    // A request id is made anew when none is given.
    const bool needed = flag.required && flag.name != "request-id" && !(flag.kept && json.empty());
    if (needed && !IsSet(flag, request)) missing.push_back(Shown(flag));
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", command.noun, " ", command.verb, "' needs ", absl::StrJoin(missing, ", ")));
}

std::string FlagForField(const Command& command, const std::string& field_path) {
  for (const Flag& flag : FlagsOf(command)) {
    const std::string own = flag.FieldPath();
    if (own == field_path) return Shown(flag);
    // A part with flags of its own, none of which is the one: "--evidence.*".
    if (absl::StartsWith(own, field_path + ".")) {
      std::string shown = Shown(flag);
      for (auto i = std::count(own.begin() + field_path.size(), own.end(), '.'); i > 0; --i) {
        const size_t dot = shown.rfind('.');
        if (dot == std::string::npos) return Shown(flag);  // the whole resource, whose flags go without its name
        shown.resize(dot);
      }
      return absl::StrCat(shown, ".*");
    }
    // A place within what the flag gave: "--lines[0].part".
    if (absl::StartsWith(field_path, own + "[") || absl::StartsWith(field_path, own + ".")) {
      return absl::StrCat(Shown(flag), field_path.substr(own.size()));
    }
  }
  return "";
}

}  // namespace aftersales::cli
