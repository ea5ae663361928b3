#include "client/cli/settings.h"

#include "absl/strings/str_cat.h"
#include "client/cli/contexts.h"
#include "client/cli/files.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

// The context named by flag or environment, or the one in use; none is an empty one.
absl::StatusOr<Context> ChosenContext(const GlobalFlags& flags, const Terminal& terminal) {
  absl::StatusOr<Contexts> contexts = ReadContexts(ContextsPath(terminal.environment));
  if (!contexts.ok()) return contexts.status();
  std::string name = flags.context;
  if (name.empty()) name = terminal.environment("AFTERSALES_CONTEXT");
  const bool demanded = !name.empty();
  if (name.empty()) name = contexts->current;
  const auto found = contexts->by_name.find(name);
  if (found != contexts->by_name.end()) return found->second;
  if (!demanded) return Context{};
  return NoContext(name, *contexts);
}

std::string First(const std::string& flag, const std::string& environment, const std::string& context) {
  return !flag.empty() ? flag : !environment.empty() ? environment : context;
}

}  // namespace

void GlobalFlags::AddTo(CLI::App& app) {
  const std::string group = "Flags of every command";
  app.add_option("--endpoint", endpoint, "Server, HOST:PORT or unix:/PATH")->type_name("ADDRESS")->group(group);
  app.add_option("--token-file", token_file, "File that holds your token")->type_name("FILE")->group(group);
  app.add_option("--ca-file", ca_file, "Authorities to trust for TLS (PEM)")->type_name("FILE")->group(group);
  app.add_option("--certificate-file", certificate_file, "Client certificate (PEM)")->type_name("FILE")->group(group);
  app.add_option("--key-file", key_file, "Key of the client certificate (PEM)")->type_name("FILE")->group(group);
  app.add_flag("--tls", tls, "Use TLS on this machine too")->group(group);
  app.add_option("--context", context, "Named server; see 'aftersales context'")->type_name("NAME")->group(group);
  app.add_option("-o,--output", output, "table, wide, name or json")->type_name("FORMAT")->group(group);
  app.add_option("--timeout", timeout, "Longest time for one call, such as 30s")->type_name("DURATION")->group(group);
}

const std::vector<std::string>& GlobalFlags::WithValue() {
  static const auto& flags =
      *new std::vector<std::string>{"--endpoint", "--token-file", "--ca-file", "--certificate-file", "--key-file",
                                    "--context",  "--output",     "-o",        "--timeout"};
  return flags;
}

const std::vector<std::string>& GlobalFlags::Switches() {
  static const auto& flags = *new std::vector<std::string>{"--tls", "--help", "-h"};
  return flags;
}

absl::StatusOr<Format> ParseFormat(const std::string& word) {
  if (word.empty() || word == "table") return Format::kTable;
  if (word == "wide") return Format::kWide;
  if (word == "name") return Format::kName;
  if (word == "json") return Format::kJson;
  if (word == "secret") return Format::kSecret;
  return absl::InvalidArgumentError(absl::StrCat("-o '", Printable(word), "' is none of table, wide, name, json",
                                                 DidYouMean(word, {"table", "wide", "name", "json"})));
}

absl::StatusOr<ClientOptions> ResolveServer(const GlobalFlags& flags, const Terminal& terminal) {
  absl::StatusOr<Context> context = ChosenContext(flags, terminal);
  if (!context.ok()) return context.status();
  // A context asked for by flag is meant whole: what the environment says of another server or caller does not mix in.
  const auto environment = [&](const char* name) {
    return flags.context.empty() ? terminal.environment(name) : std::string();
  };
  ClientOptions options;
  options.endpoint = First(flags.endpoint, environment("AFTERSALES_ENDPOINT"), context->endpoint);
  if (options.endpoint.empty()) {
    return absl::InvalidArgumentError(
        "no server is named; give --endpoint HOST:PORT, set AFTERSALES_ENDPOINT, or choose a context "
        "('aftersales context set NAME --endpoint HOST:PORT --token-file FILE')");
  }
  options.token = flags.token_file.empty() ? environment("AFTERSALES_TOKEN") : "";
  if (options.token.empty()) {
    options.token_file = First(flags.token_file, environment("AFTERSALES_TOKEN_FILE"), context->token_file);
  }
  options.ca_file = First(flags.ca_file, environment("AFTERSALES_CA_FILE"), context->ca_file);
  options.certificate_file = flags.certificate_file;
  options.key_file = flags.key_file;
  options.user_agent = "aftersales-cli/" AFTERSALES_VERSION;
  if (flags.tls) options.encryption = Encryption::kTls;
  if (!flags.timeout.empty() && (!absl::ParseDuration(flags.timeout, &options.default_timeout) ||
                                 options.default_timeout <= absl::ZeroDuration())) {
    return absl::InvalidArgumentError(
        absl::StrCat("--timeout '", Printable(flags.timeout), "' is no duration such as 30s or 2m"));
  }
  if (!options.token_file.empty() && OthersMayRead(options.token_file)) {
    terminal.err << "aftersales: others may read the token file " << Printable(options.token_file)
                 << "; 'chmod 600' on it keeps the token yours\n";
  }
  return options;
}

}  // namespace aftersales::cli
