// What every command needs to know: which server, as whom, how to print. From flags, else the environment, else the
// context.
#ifndef AFTERSALES_CLIENT_CLI_SETTINGS_H_
#define AFTERSALES_CLIENT_CLI_SETTINGS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/client.h"
#include "client/cli/render.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

// The flags that stand with every command.
struct GlobalFlags {
  std::string endpoint;
  std::string token_file;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string context;
  std::string output;
  std::string timeout;
  bool tls = false;

  // Adds them to a command; they must outlive it.
  void AddTo(CLI::App& app);
  // All flags that take a value and those that do not, with dashes, for finding the noun among the words.
  static const std::vector<std::string>& WithValue();
  static const std::vector<std::string>& Switches();
};

absl::StatusOr<Format> ParseFormat(const std::string& word);

// How to reach the server. Says on `err` when others may read the token.
absl::StatusOr<ClientOptions> ResolveServer(const GlobalFlags& flags, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_SETTINGS_H_
