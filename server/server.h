// The whole server: database, services, background work and the listener, put together from a Config. The one place
// that knows every module.
#ifndef AFTERSALES_SERVER_SERVER_H_
#define AFTERSALES_SERVER_SERVER_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/archive/check.h"
#include "server/config.h"

namespace aftersales {

// Used by one thread.
class Server {
 public:
  explicit Server(Config config);
  ~Server();  // stops

  // Opens the database (waits up to half a minute for it), brings an embedded one to the newest schema, makes the first
  // administrator, listens. Errors are for the person who started the program; CANCELLED when SIGTERM or SIGINT (which
  // the caller has blocked) came while it waited.
  absl::Status Start();
  // The port listened on; 0 on a unix socket.
  int port() const;
  // Lets running calls finish, then stops everything.
  void Stop();

 private:
  struct Parts;
  absl::Status OpenDatabase();
  absl::Status StartListening();

  Config config_;
  std::unique_ptr<Parts> parts_;
};

// `aftersalesd migrate`.
absl::Status Migrate(const Config& config);

// `aftersalesd admin-token`: a new token of the first administrator in the file of --admin-token-file.
absl::Status WriteAdminToken(const Config& config);

// `aftersalesd check`: calls `fault` with a line for each thing in the database that is not as it was written.
absl::Status Check(const Config& config, absl::FunctionRef<void(const std::string&)> fault, CheckTotals* totals);

// `aftersalesd --check-config`: what can be checked without binding or changing anything.
absl::Status CheckConfig(const Config& config);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_SERVER_H_
