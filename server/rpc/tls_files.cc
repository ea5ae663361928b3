#include "server/rpc/tls_files.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/base/error.h"
#include "server/rpc/log.h"

namespace aftersales::rpc {
namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

absl::Status Unreadable(const char* field, const std::string& path) {
  return FieldError(field, absl::StrCat("cannot read ", path, ": ", std::strerror(errno),
                                        ". Give --tls-cert and --tls-key PEM files that the server's user may read"));
}

// OpenSSL would ask the terminal for the password of an encrypted key.
int NoPassword(char*, int, int, void*) { return 0; }

}  // namespace

absl::Status CheckTlsFiles(const std::string& certificate_file, const std::string& key_file) {
  const File certificate_stream(std::fopen(certificate_file.c_str(), "re"), std::fclose);
  if (certificate_stream == nullptr) return Unreadable("tls_certificate", certificate_file);
  const File key_stream(std::fopen(key_file.c_str(), "re"), std::fclose);
  if (key_stream == nullptr) return Unreadable("tls_key", key_file);

  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_X509(certificate_stream.get(), nullptr, NoPassword, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_PrivateKey(key_stream.get(), nullptr, NoPassword, nullptr), EVP_PKEY_free);
  const bool match =
      certificate != nullptr && key != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (certificate == nullptr) {
    return FieldError("tls_certificate", absl::StrCat(certificate_file, " holds no certificate in PEM form"));
  }
  if (key == nullptr) {
    return FieldError("tls_key", absl::StrCat(key_file, " holds no unencrypted private key in PEM form"));
  }
  if (!match) {
    return FieldError("tls_key", absl::StrCat(key_file, " is not the key of the certificate in ", certificate_file));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    Log(LogLevel::kWarning, "certificate expired: clients will refuse it", {{"file", certificate_file}});
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(const std::string& certificate_file,
                                                        const std::string& key_file) {
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(key_file, certificate_file,
                                                                           /*refresh_interval_sec=*/1));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace aftersales::rpc
