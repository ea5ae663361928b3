// A client of the after-sales server.
//
//   absl::StatusOr<aftersales::Client> client = aftersales::Client::Create({.endpoint = "127.0.0.1:7400"});
//   if (!client.ok()) return client.status();
//   absl::StatusOr<aftersales::v1::Case> accepted = client->cases().AcceptCase(request);
//
// Nothing here throws or aborts: what can go wrong is an absl::Status, which errors.h reads.
#ifndef AFTERSALES_CLIENT_H_
#define AFTERSALES_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/connection.h"
#include "aftersales/errors.h"
#include "aftersales/event_subscription.h"
#include "aftersales/services.h"

namespace aftersales {

// Whether the connection is encrypted.
enum class Encryption {
  kAuto,       // plaintext to loopback addresses and unix sockets, TLS to everything else or when TLS files are given
  kTls,        // always TLS
  kPlaintext,  // never TLS; refused together with a token for any other machine
};

struct ClientOptions {
  // "host:port", "[::1]:port" or "unix:/path/to/socket".
  std::string endpoint;
  // Proves who calls: the token itself, or a file that holds it. The file is read again when it changes, so that a
  // rotated token needs no restart. At most one of the two; neither is possible for methods that need none.
  std::string token;
  std::string token_file;
  // TLS: the authorities to trust (PEM file; empty means the system's), and a client's own certificate and key.
  Encryption encryption = Encryption::kAuto;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  // How long a unary call may take, retries included, unless its CallOptions say otherwise.
  absl::Duration default_timeout = absl::Seconds(30);
  // How often a call is sent at most while the server is UNAVAILABLE, from 1 (no retry) to 5.
  int max_attempts = 4;
  // Added to the "user-agent" that the server logs, such as "our-erp/3.1".
  std::string user_agent;
};

// A connection to one server. Cheap to copy (copies share the connection); thread-safe.
class Client {
 public:
  // Checks the options and prepares a connection. The server is reached with the first call, not here.
  static absl::StatusOr<Client> Create(const ClientOptions& options);
  // A client over another connection, such as a mock.
  explicit Client(std::shared_ptr<Connection> connection);

  const CaseClient& cases() const { return cases_; }
  const DispatchClient& dispatch() const { return dispatch_; }
  const PartsClient& parts() const { return parts_; }
  const DirectoryClient& directory() const { return directory_; }
  const PolicyClient& policy() const { return policy_; }
  const EventClient& events() const { return events_; }
  const AccessClient& access() const { return access_; }
  const AttachmentClient& attachments() const { return attachments_; }
  const SettlementClient& settlement() const { return settlement_; }
  const ImprovementClient& improvement() const { return improvement_; }
  const FeedbackClient& feedback() const { return feedback_; }
  const ArchiveClient& archive() const { return archive_; }
  const ReportClient& reports() const { return reports_; }

  // For calls by name, such as a generic tool makes them.
  const std::shared_ptr<Connection>& connection() const { return connection_; }

 private:
  std::shared_ptr<Connection> connection_;
  CaseClient cases_;
  DispatchClient dispatch_;
  PartsClient parts_;
  DirectoryClient directory_;
  PolicyClient policy_;
  EventClient events_;
  AccessClient access_;
  AttachmentClient attachments_;
  SettlementClient settlement_;
  ImprovementClient improvement_;
  FeedbackClient feedback_;
  ArchiveClient archive_;
  ReportClient reports_;
};

// A connection as Client::Create makes it.
absl::StatusOr<std::shared_ptr<Connection>> Connect(const ClientOptions& options);

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_H_
