#include "server/storage/address.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace aftersales {
namespace {

constexpr char kForms[] =
    "give sqlite:PATH or mysql:socket=PATH,user=USER,database=NAME (also host=, port=, password_file=, tls_ca=)";

absl::Status Wrong(const std::string& text) { return FieldError("database", text); }

absl::Status CheckPrintable(const std::string& key, const std::string& value) {
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return Wrong(absl::StrCat(key, " has a control character"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) {
    return Wrong(absl::StrCat("password_file ", path, " cannot be read, or is empty"));
  }
  std::string password = content.str();
  while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) password.pop_back();
  return password;
}

absl::Status Set(DatabaseAddress& address, const std::string& key, const std::string& value) {
  RETURN_IF_ERROR(CheckPrintable(key, value));
  if (value.empty()) return Wrong(absl::StrCat(key, "= has no value"));
  if (key == "host") {
    address.host = value;
  } else if (key == "socket") {
    address.socket = value;
  } else if (key == "port") {
    if (!absl::SimpleAtoi(value, &address.port) || address.port < 1 || address.port > 65535) {
      return Wrong(absl::StrCat("port=", value, " must be a number from 1 to 65535"));
    }
  } else if (key == "user") {
    address.user = value;
  } else if (key == "database") {
    const bool sound = value.size() <= 64 && std::all_of(value.begin(), value.end(), [](char c) {
                         return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '$';
                       });
    if (!sound) return Wrong("database= must be 1 to 64 letters, digits, hyphens, underscores");
    address.database = value;
  } else if (key == "tls_ca") {
    address.tls_ca = value;
  } else if (key == "password_file") {
    ASSIGN_OR_RETURN(address.password, ReadPassword(value));
    return CheckPrintable("the password", address.password);
  } else if (key == "password") {
    return Wrong("a password in the address can be read by others; put it in a file and give password_file=");
  } else {
    return Wrong(absl::StrCat("\"", key, "=\" is not known; ", kForms));
  }
  return absl::OkStatus();
}

absl::StatusOr<DatabaseAddress> ParseMySql(DatabaseAddress address, const std::string& text) {
  for (const std::string& pair : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) return Wrong(absl::StrCat("\"", pair, "\" is not KEY=VALUE; ", kForms));
    RETURN_IF_ERROR(Set(address, pair.substr(0, equals), pair.substr(equals + 1)));
  }
  if (address.host.empty() == address.socket.empty())
    return Wrong(absl::StrCat("give either socket= or host=; ", kForms));
  if (address.user.empty() || address.database.empty()) {
    return Wrong(absl::StrCat("user= and database= are needed; ", kForms));
  }
  return address;
}

}  // namespace

absl::StatusOr<DatabaseAddress> ParseAddress(const std::string& text) {
  DatabaseAddress address;
  address.text = text;
  if (text.rfind("mysql:", 0) == 0) return ParseMySql(std::move(address), text.substr(6));
  if (text.rfind("sqlite:", 0) != 0) return Wrong(absl::StrCat("\"", text, "\" is no address; ", kForms));
  address.sqlite = true;
  address.path = text.substr(7);
  if (address.path.empty()) return Wrong(absl::StrCat("the path is missing; ", kForms));
  if (address.path.find("memory:") != std::string::npos) {
    return Wrong("a database in memory is not shared between sessions; give a file");
  }
  if (address.path.find('"') != std::string::npos) return Wrong("the path must not have the sign \"");
  RETURN_IF_ERROR(CheckPrintable("the path", address.path));
  return address;
}

}  // namespace aftersales
