#include "server/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "server/rpc/listen_address.h"

namespace aftersales {
namespace {

constexpr char kPrefix[] = "AFTERSALESD_";

// "--tls-cert" -> "AFTERSALESD_TLS_CERT"
std::string Variable(std::string flag) {
  std::string variable = kPrefix;
  for (const char c : flag.substr(2)) {
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return variable;
}

// Environment variables as flags that stand before the real ones, so that these win; a variable that means nothing is
// an error, because it was meant to mean something.
absl::StatusOr<std::vector<std::string>> FlagsOf(const char* const* environment, const CLI::App& app) {
  std::map<std::string, std::string> flag_of;
  for (const CLI::Option* option : app.get_options()) {
    const std::string flag = option->get_name(false, true).substr(0, option->get_name(false, true).find(','));
    if (absl::StartsWith(flag, "--")) flag_of[Variable(flag)] = flag;
  }
  std::vector<std::string> flags;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string entry = *environment;
    if (!absl::StartsWith(entry, kPrefix)) continue;
    const size_t equals = entry.find('=');
    const auto flag = flag_of.find(entry.substr(0, equals));
    if (flag == flag_of.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(entry.substr(0, equals), " in the environment is no setting; see aftersalesd --help"));
    }
    flags.push_back(absl::StrCat(flag->second, "=", entry.substr(equals + 1)));
  }
  return flags;
}

bool IsLocal(const std::string& listen) {
  return absl::StartsWith(listen, "unix:") || absl::StartsWith(listen, "127.") ||
         absl::StartsWith(listen, "localhost:") || absl::StartsWith(listen, "[::1]:");
}

absl::Status Check(const Config& config) {
  if (!config.test_clock.empty()) {
    std::ifstream file(config.test_clock);
    double offset = 0;
    if (!(file >> offset)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--test-clock ", config.test_clock, ": the file must be there and hold a number of seconds"));
    }
  }
  if (!config.test_clock.empty() && !IsLocal(config.listen)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--test-clock moves the server's time and is for tests on this machine only: --listen must be a "
                     "loopback address or a unix socket, not ",
                     config.listen));
  }
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return absl::InvalidArgumentError("--tls-cert and --tls-key go together: give both or none");
  }
  // What is no address at all is told by whoever listens.
  const absl::StatusOr<rpc::ListenAddress> address = rpc::ParseListenAddress(config.listen);
  if (config.tls_certificate.empty() && address.ok() && !address->local_only) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", config.listen,
                     " can be reached from other machines, and without TLS everything would travel readable, tokens "
                     "too. Give --tls-cert and --tls-key, or listen on 127.0.0.1 or on unix:PATH."));
  }
  return absl::OkStatus();
}

// What is wrong with the file given by --config, in our words.
std::string FileMistake(const CLI::ConfigError& error, const CLI::App& app) {
  const std::string unknown = "INI was not able to parse ";
  const std::string text = error.what();
  if (!absl::StartsWith(text, unknown)) return absl::StrCat(absl::CHexEscape(text), ".");
  const std::string name = text.substr(unknown.size());
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_configurable() && !option->get_lnames().empty()) known.push_back(option->get_lnames()[0]);
  }
  const std::string nearest = NearestOf(name, known);
  return absl::StrCat("there is no setting '", absl::CHexEscape(name), "'",
                      nearest.empty() ? "." : absl::StrCat("; did you mean '", nearest, "'?"));
}

}  // namespace

absl::StatusOr<Config> ReadConfig(int argc, const char* const* argv, const char* const* environment) {
  Config config;
  std::string command = "serve";
  bool check = false;
  CLI::App app{
      "aftersalesd: the server of the after-sales service system.\n"
      "Every flag can also stand in the file named by --config (workers = 8) or in the environment "
      "(AFTERSALESD_WORKERS=8);\na flag wins over the environment, the environment over the file."};
  app.set_version_flag("--version", std::string("aftersalesd ") + AFTERSALES_VERSION);
  app.add_option(
         "command", command,
         "serve (default); migrate: bring the schema up to date; admin-token: a new token when the last is lost; "
         "check: verify the archive's volumes, the stock and the feed, and name what was altered")
      ->check(CLI::IsMember({"serve", "migrate", "admin-token", "check"}));
  app.set_config("--config", "", "Settings in a file, one `name = value` a line")->check(CLI::ExistingFile);
  app.allow_config_extras(false);
  app.add_flag("--check-config", check, "Say whether the settings are sound, then exit")->configurable(false);
  app.add_option("--data", config.data, "Folder of the embedded database and of the first admin token")
      ->capture_default_str();
  app.add_option("--database", config.database,
                 "sqlite:PATH, or mysql:socket=PATH,user=U,database=D (also host=, port=, password_file=, tls_ca=); "
                 "default: sqlite in --data");
  app.add_option("--listen", config.listen, "HOST:PORT (port 0 takes a free one) or unix:PATH")->capture_default_str();
  app.add_option("--port-file", config.port_file, "File to write the port to once the server listens");
  app.add_option("--admin-token-file", config.admin_token_file,
                 "File that the first start writes the administrator's token to; default: admin.token in --data");
  app.add_option("--test-clock", config.test_clock,
                 "For tests: file with an offset in seconds to the server's time; loopback or unix socket only");
  app.add_option("--tls-cert", config.tls_certificate, "PEM file with the server's certificate chain");
  app.add_option("--tls-key", config.tls_key, "PEM file with its private key");
  app.add_option("--metrics", config.metrics, "HOST:PORT to serve Prometheus metrics on; default: nowhere");
  app.add_option("--log-level", config.log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_flag("--no-reflection", config.no_reflection, "Do not describe the API to callers without a token");
  app.add_option("--workers", config.workers, "Threads that serve calls, each with a database session")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--queue", config.queue, "Calls that may wait for a worker; more are refused at once")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--rate", config.calls_per_second, "Calls a second that one principal may make; 0: no limit")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--drain-seconds", config.drain_seconds, "How long running calls may finish after SIGTERM")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_option("--attachment-limit", config.attachment_limit, "Most MiB of one attachment")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  for (CLI::Option* option : app.get_options()) {
    if (option->get_expected_max() == 1) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  absl::StatusOr<std::vector<std::string>> args = FlagsOf(environment, app);
  if (!args.ok()) return args.status();
  args->insert(args->end(), argv + 1, argv + argc);
  std::reverse(args->begin(), args->end());  // CLI11 takes its vector from the back
  try {
    app.parse(*args);
  } catch (const CLI::Success& asked) {
    app.exit(asked);
    config.command = Command::kExit;
    return config;
  } catch (const CLI::ConfigError& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file given by --config cannot be used: ", FileMistake(error, app),
                     " It has one `name = value` a line, with the names of the flags, such as `workers = 8`; see "
                     "aftersalesd --help"));
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(absl::StrCat(absl::CHexEscape(error.what()), "; see aftersalesd --help"));
  }
  config.command = check                      ? Command::kCheckConfig
                   : command == "migrate"     ? Command::kMigrate
                   : command == "admin-token" ? Command::kAdminToken
                   : command == "check"       ? Command::kCheck
                                              : Command::kServe;
  if (config.database.empty()) config.database = absl::StrCat("sqlite:", config.data, "/aftersales.db");
  if (config.admin_token_file.empty()) config.admin_token_file = absl::StrCat(config.data, "/admin.token");
  if (absl::Status status = Check(config); !status.ok()) return status;
  return config;
}

}  // namespace aftersales
