#include "client/cli/contexts.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/files.h"
#include "client/cli/text.h"
#include "nlohmann/json.hpp"

namespace aftersales::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kLargestFile = 1 << 20;

absl::Status Damaged(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat("'", Printable(path), "' is damaged (", why,
                                                    "); repair it, or remove it and set the contexts again"));
}

// The string under a key, "" where there is none; false where it is something else.
bool ReadText(const Json& object, const char* key, std::string& text) {
  const auto found = object.find(key);
  if (found == object.end()) return true;
  if (!found->is_string()) return false;
  text = found->get<std::string>();
  return true;
}

}  // namespace

std::string ContextsPath(const std::function<std::string(const std::string&)>& environment) {
  if (const std::string config = environment("XDG_CONFIG_HOME"); !config.empty() && config[0] == '/') {
    return config + "/aftersales/contexts.json";
  }
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.config/aftersales/contexts.json";
}

absl::StatusOr<Contexts> ReadContexts(const std::string& path) {
  Contexts contexts;
  std::error_code error;
  if (path.empty() || !fs::exists(path, error)) return contexts;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::FailedPreconditionError(absl::StrCat("'", Printable(path), "' cannot be read"));
  if (const auto size = fs::file_size(path, error); error || size > kLargestFile)
    return Damaged(path, "it is no file or too large");
  std::ostringstream content;
  content << file.rdbuf();
  const Json json = Json::parse(content.str(), nullptr, false);
  if (!json.is_object()) return Damaged(path, "it is not JSON");
  if (!ReadText(json, "current", contexts.current)) return Damaged(path, "'current' is no text");
  const auto listed = json.find("contexts");
  if (listed == json.end()) return contexts;
  if (!listed->is_object()) return Damaged(path, "'contexts' is no object");
  for (const auto& [name, value] : listed->items()) {
    Context context;
    if (!value.is_object() || !ReadText(value, "endpoint", context.endpoint) ||
        !ReadText(value, "token_file", context.token_file) || !ReadText(value, "ca_file", context.ca_file)) {
      return Damaged(path, absl::StrCat("context '", Printable(name), "' is no object of texts"));
    }
    contexts.by_name[name] = context;
  }
  return contexts;
}

absl::Status WriteContexts(const std::string& path, const Contexts& contexts) {
  if (path.empty())
    return absl::FailedPreconditionError("neither XDG_CONFIG_HOME nor HOME says where to keep contexts");
  Json json;
  json["current"] = contexts.current;
  json["contexts"] = Json::object();
  for (const auto& [name, context] : contexts.by_name) {
    json["contexts"][name] = {
        {"endpoint", context.endpoint}, {"token_file", context.token_file}, {"ca_file", context.ca_file}};
  }
  const fs::path directory = fs::path(path).parent_path();
  std::error_code error;
  const bool made = fs::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", Printable(directory.string()), "' cannot be made: ", error.message()));
  }
  if (made) fs::permissions(directory, fs::perms::owner_all, error);
  return WritePrivateFile(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

absl::Status NoContext(const std::string& name, const Contexts& contexts) {
  std::vector<std::string> names;
  for (const auto& [known, context] : contexts.by_name) names.push_back(known);
  return absl::InvalidArgumentError(absl::StrCat("there is no context '", Printable(name), "'", DidYouMean(name, names),
                                                 names.empty()
                                                     ? "; 'aftersales context set' makes one"
                                                     : absl::StrCat(" (known: ", absl::StrJoin(names, ", "), ")")));
}

bool IsContextName(const std::string& name) {
  if (name.empty() || name.size() > 100) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

}  // namespace aftersales::cli
