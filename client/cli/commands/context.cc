#include "client/cli/commands/context.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/contexts.h"
#include "client/cli/refusal.h"
#include "client/cli/settings.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "nlohmann/json.hpp"

namespace aftersales::cli {
namespace {

// What a context command was told, and the contexts as they are.
struct Asked {
  GlobalFlags globals;
  std::vector<std::string> name;
  Format format = Format::kTable;
  std::string path;
  Contexts contexts;
};

// Parses the words and reads the file; the exit code, or kExitOk to go on.
int Prepare(const Words& words, bool named, const Terminal& terminal, Asked& asked) {
  CLI::App app;
  app.set_help_flag();
  asked.globals.AddTo(app);
  if (named) AddValueFlag(app, "name,--name", asked.name, false);
  absl::Status parsed = Parse(app, words);
  if (parsed.ok() && named && asked.name.empty()) parsed = absl::InvalidArgumentError("the context's NAME is missing");
  if (parsed.ok() && named && !IsContextName(asked.name[0])) {
    parsed = absl::InvalidArgumentError(
        absl::StrCat("'", Printable(asked.name[0]), "' is no name; it takes letters, digits, '-', '_' and '.'"));
  }
  if (parsed.ok()) parsed = ParseFormat(asked.globals.output).status();
  if (!parsed.ok()) return ReportUsage(parsed, PeekFormat(words), terminal);
  asked.format = *ParseFormat(asked.globals.output);
  asked.path = ContextsPath(terminal.environment);
  absl::StatusOr<Contexts> contexts = ReadContexts(asked.path);
  if (!contexts.ok()) return ReportFailure(contexts.status(), asked.format, terminal);
  asked.contexts = *std::move(contexts);
  return kExitOk;
}

int Keep(const Asked& asked, const std::string& said, const Terminal& terminal) {
  absl::Status written = WriteContexts(asked.path, asked.contexts);
  if (!written.ok()) return ReportFailure(written, asked.format, terminal);
  terminal.err << said << "\n";
  return kExitOk;
}

// The context named by the words; null after a report.
Context* Named(Asked& asked, const Terminal& terminal) {
  const auto found = asked.contexts.by_name.find(asked.name[0]);
  if (found != asked.contexts.by_name.end()) return &found->second;
  ReportUsage(NoContext(asked.name[0], asked.contexts), asked.format, terminal);
  return nullptr;
}

// Whoever chooses a context, or looks which one it is, ought to know that something else counts.
void WarnOfVariables(const Terminal& terminal) {
  std::vector<std::string> set;
  for (const char* name : {"AFTERSALES_CONTEXT", "AFTERSALES_ENDPOINT", "AFTERSALES_TOKEN", "AFTERSALES_TOKEN_FILE",
                           "AFTERSALES_CA_FILE"}) {
    if (!terminal.environment(name).empty()) set.emplace_back(name);
  }
  if (set.empty()) return;
  terminal.err << "But the environment counts first: " << absl::StrJoin(set, ", ")
               << (set.size() == 1 ? " is set; unset it" : " are set; unset them")
               << ", or give --context NAME with the command.\n";
}

std::string Absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

void Print(const Asked& asked, bool only_current, const Terminal& terminal) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table table({"CURRENT", "NAME", "ENDPOINT", "TOKEN FILE", "CA FILE"});
  for (const auto& [name, context] : asked.contexts.by_name) {
    const bool current = name == asked.contexts.current;
    if (only_current && !current) continue;
    json.push_back({{"name", name},
                    {"current", current},
                    {"endpoint", context.endpoint},
                    {"token_file", context.token_file},
                    {"ca_file", context.ca_file}});
    table.Add({current ? "*" : " ", Printable(name), Printable(context.endpoint), Printable(context.token_file),
               Printable(context.ca_file)});
  }
  if (asked.format == Format::kJson) {
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    terminal.out << PrintableJson(nlohmann::ordered_json{{"contexts", json}}.dump(1, ' ', false, replace)) << "\n";
  } else if (asked.format == Format::kName) {
    for (const auto& context : json) terminal.out << Printable(context["name"].get<std::string>()) << "\n";
  } else if (table.empty()) {
    terminal.err << (only_current
                         ? "No context is in use; 'aftersales context use NAME' chooses one.\n"
                         : "No context yet; 'aftersales context set NAME --endpoint ADDRESS --token-file FILE' "
                           "makes one.\n");
  } else {
    table.Print(terminal.out, asked.format == Format::kWide ? 0 : terminal.width);
  }
}

}  // namespace

int RunContextSet(const Words& words, const Terminal& terminal) {
  Asked asked;
  if (const int code = Prepare(words, true, terminal, asked); code != kExitOk) return code;
  Context& context = asked.contexts.by_name[asked.name[0]];
  if (!asked.globals.endpoint.empty()) context.endpoint = asked.globals.endpoint;
  if (!asked.globals.token_file.empty()) context.token_file = Absolute(asked.globals.token_file);
  if (!asked.globals.ca_file.empty()) context.ca_file = Absolute(asked.globals.ca_file);
  if (context.endpoint.empty()) {
    return ReportUsage(absl::InvalidArgumentError("--endpoint is missing"), asked.format, terminal);
  }
  // Making a connection checks the address, the token file and the CA file; nothing is sent.
  ClientOptions options{.endpoint = context.endpoint, .token_file = context.token_file, .ca_file = context.ca_file};
  if (absl::Status sound = Connect(options).status(); !sound.ok()) return ReportUsage(sound, asked.format, terminal);
  if (asked.contexts.current.empty()) asked.contexts.current = asked.name[0];
  return Keep(asked, absl::StrCat("Context '", asked.name[0], "' is ", Printable(context.endpoint), "."), terminal);
}

int RunContextUse(const Words& words, const Terminal& terminal) {
  Asked asked;
  if (const int code = Prepare(words, true, terminal, asked); code != kExitOk) return code;
  if (Named(asked, terminal) == nullptr) return kExitUsage;
  asked.contexts.current = asked.name[0];
  const int kept = Keep(asked, absl::StrCat("Using context '", asked.name[0], "'."), terminal);
  if (kept == kExitOk) WarnOfVariables(terminal);
  return kept;
}

int RunContextList(const Words& words, const Terminal& terminal) {
  Asked asked;
  if (const int code = Prepare(words, false, terminal, asked); code != kExitOk) return code;
  Print(asked, false, terminal);
  return kExitOk;
}

int RunContextShow(const Words& words, const Terminal& terminal) {
  Asked asked;
  if (const int code = Prepare(words, false, terminal, asked); code != kExitOk) return code;
  Print(asked, true, terminal);
  WarnOfVariables(terminal);
  return kExitOk;
}

int RunContextRemove(const Words& words, const Terminal& terminal) {
  Asked asked;
  if (const int code = Prepare(words, true, terminal, asked); code != kExitOk) return code;
  if (Named(asked, terminal) == nullptr) return kExitUsage;
  asked.contexts.by_name.erase(asked.name[0]);
  if (asked.contexts.current == asked.name[0]) asked.contexts.current.clear();
  return Keep(asked, absl::StrCat("Context '", asked.name[0], "' is forgotten."), terminal);
}

}  // namespace aftersales::cli
