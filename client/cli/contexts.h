// Named servers that a person works with, kept in a file: where each is and where its token lies. Never the token
// itself.
#ifndef AFTERSALES_CLIENT_CLI_CONTEXTS_H_
#define AFTERSALES_CLIENT_CLI_CONTEXTS_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace aftersales::cli {

struct Context {
  std::string endpoint;
  std::string token_file;
  std::string ca_file;
};

struct Contexts {
  std::string current;  // the name of the one in use; may be empty
  std::map<std::string, Context> by_name;
};

// $XDG_CONFIG_HOME/aftersales/contexts.json, or below ~/.config; empty where neither variable is set.
std::string ContextsPath(const std::function<std::string(const std::string&)>& environment);

// No file is no contexts.
absl::StatusOr<Contexts> ReadContexts(const std::string& path);
// Replaces the file in one step, so that a reader sees the old or the new one; readable by its owner only.
absl::Status WriteContexts(const std::string& path, const Contexts& contexts);

// Says that there is no such context, and which there are.
absl::Status NoContext(const std::string& name, const Contexts& contexts);

// Letters, digits, '-', '_' and '.'.
bool IsContextName(const std::string& name);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_CONTEXTS_H_
