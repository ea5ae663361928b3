// What the server program is told: by flags, by environment variables, by a file; a flag wins over the environment, the
// environment over the file.
#ifndef AFTERSALES_SERVER_CONFIG_H_
#define AFTERSALES_SERVER_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace aftersales {

enum class Command {
  kServe,        // serve until SIGTERM or SIGINT
  kMigrate,      // bring the database's schema to this program's version, then exit
  kAdminToken,   // write a new token of the first administrator to the token file, then exit
  kCheck,        // say whether what is in the database is as it was written, then exit
  kCheckConfig,  // say whether the configuration is sound, then exit
  kExit,         // help or version was asked for and printed
};

struct Config {
  Command command = Command::kServe;
  std::string data = "aftersales-data";  // folder of the embedded database and the first admin token
  std::string database;                  // empty: sqlite in `data`
  std::string listen = "127.0.0.1:7443";
  std::string port_file;
  std::string admin_token_file;  // empty: admin.token in `data`
  std::string test_clock;
  std::string tls_certificate;
  std::string tls_key;
  std::string metrics;  // empty: none
  std::string log_level = "info";
  bool no_reflection = false;
  int workers = 8;
  int queue = 1000;
  double calls_per_second = 0;
  int drain_seconds = 20;
  int attachment_limit = 32;  // most MiB of one attachment
};

// Reads what the program was started with. Errors name the flag, variable or line and say what to do. `environment` has
// "NAME=value" entries.
absl::StatusOr<Config> ReadConfig(int argc, const char* const* argv, const char* const* environment);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CONFIG_H_
