#include "aftersales/client.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/src/endpoint.h"
#include "client/src/grpc_connection.h"
#include "client/src/token_source.h"

namespace aftersales {
namespace {

constexpr int kLargestReply = 64 << 20;

absl::StatusOr<std::string> ReadPem(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file || content.str().find("-----BEGIN") == std::string::npos) {
    return absl::FailedPreconditionError(
        absl::StrCat("the ", what, " ", path, " cannot be read, or is not in PEM format (-----BEGIN ...)"));
  }
  return content.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsCredentials(const ClientOptions& options) {
  grpc::SslCredentialsOptions tls;
  const struct {
    const std::string& path;
    const char* what;
    std::string& content;
  } files[] = {{options.ca_file, "CA file", tls.pem_root_certs},
               {options.certificate_file, "certificate file", tls.pem_cert_chain},
               {options.key_file, "key file", tls.pem_private_key}};
  for (const auto& file : files) {
    if (file.path.empty()) continue;
    absl::StatusOr<std::string> content = ReadPem(file.path, file.what);
    if (!content.ok()) return content.status();
    file.content = *std::move(content);
  }
  return grpc::SslCredentials(tls);
}

// Repeats of a call are safe whatever it does: they carry the same request id.
std::string ServiceConfig(int max_attempts) {
  return absl::StrFormat(
      R"({"methodConfig":[{"name":[{}],"retryPolicy":{"maxAttempts":%d,"initialBackoff":"0.1s","maxBackoff":"2s",)"
      R"("backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}}]})",
      max_attempts);
}

grpc::ChannelArguments Arguments(const ClientOptions& options, bool local) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestReply);
  arguments.SetUserAgentPrefix(options.user_agent.empty() ? "aftersales-cpp"
                                                          : absl::StrCat(options.user_agent, " aftersales-cpp"));
  if (options.max_attempts > 1) {
    arguments.SetServiceConfigJSON(ServiceConfig(options.max_attempts));
  } else {
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  }
  // A proxy named by the environment cannot reach this machine's loopback.
  if (local) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // The service config of this library counts, whatever a DNS record says.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return arguments;
}

absl::Status CheckOptions(const ClientOptions& options) {
  if (!options.token.empty() && !options.token_file.empty()) {
    return absl::InvalidArgumentError("both a token and a token file were given; give one");
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("a client certificate needs both certificate_file and key_file");
  }
  const bool tls_files = !options.ca_file.empty() || !options.certificate_file.empty();
  if (tls_files && options.encryption == Encryption::kPlaintext) {
    return absl::InvalidArgumentError("TLS files were given together with Encryption::kPlaintext");
  }
  if (options.default_timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("default_timeout must be longer than zero");
  }
  if (options.max_attempts < 1 || options.max_attempts > 5) {
    return absl::InvalidArgumentError("max_attempts must lie between 1 and 5");
  }
  return absl::OkStatus();
}

bool UsesTls(const ClientOptions& options, bool local) {
  if (options.encryption != Encryption::kAuto) return options.encryption == Encryption::kTls;
  return !local || !options.ca_file.empty() || !options.certificate_file.empty();
}

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> Connect(const ClientOptions& options) {
  absl::Status sound = CheckOptions(options);
  if (!sound.ok()) return sound;
  absl::StatusOr<Endpoint> endpoint = ParseEndpoint(options.endpoint);
  if (!endpoint.ok()) return endpoint.status();
  absl::StatusOr<std::unique_ptr<TokenSource>> token =
      options.token_file.empty() ? TokenSource::Fixed(options.token) : TokenSource::File(options.token_file);
  if (!token.ok()) return token.status();

  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (UsesTls(options, endpoint->local)) {
    absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> tls = TlsCredentials(options);
    if (!tls.ok()) return tls.status();
    credentials = *std::move(tls);
  } else if (!endpoint->local && !(*token)->IsEmpty()) {
    return absl::FailedPreconditionError(absl::StrCat("a token is not sent to ", options.endpoint,
                                                      " in plaintext, where others could read it; use TLS"));
  } else {
    credentials = grpc::InsecureChannelCredentials();
  }
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(endpoint->target, credentials, Arguments(options, endpoint->local));
  return std::make_shared<GrpcConnection>(std::move(channel), *std::move(token), options.default_timeout);
}

absl::StatusOr<Client> Client::Create(const ClientOptions& options) {
  absl::StatusOr<std::shared_ptr<Connection>> connection = Connect(options);
  if (!connection.ok()) return connection.status();
  return Client(*std::move(connection));
}

Client::Client(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)),
      cases_(connection_),
      dispatch_(connection_),
      parts_(connection_),
      directory_(connection_),
      policy_(connection_),
      events_(connection_),
      access_(connection_),
      attachments_(connection_),
      settlement_(connection_),
      improvement_(connection_),
      feedback_(connection_),
      archive_(connection_),
      reports_(connection_) {}

}  // namespace aftersales
