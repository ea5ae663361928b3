// Where the database is: "sqlite:PATH" or "mysql:socket=PATH,user=U,database=D" (also host=, port=, password_file=,
// tls_ca=).
#ifndef AFTERSALES_SERVER_STORAGE_ADDRESS_H_
#define AFTERSALES_SERVER_STORAGE_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace aftersales {

struct DatabaseAddress {
  std::string text;  // as given; holds no secret
  bool sqlite = false;
  std::string path;  // of the SQLite file
  std::string host;
  std::string socket;
  int port = 3306;
  std::string user;
  std::string database;
  std::string password;  // read from password_file
  std::string tls_ca;
};

// INVALID_ARGUMENT for what cannot be an address, and when the password file cannot be read. Touches no database.
absl::StatusOr<DatabaseAddress> ParseAddress(const std::string& text);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_ADDRESS_H_
