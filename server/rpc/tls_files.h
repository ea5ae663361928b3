// The certificate and key that the server shows.
#ifndef AFTERSALES_SERVER_RPC_TLS_FILES_H_
#define AFTERSALES_SERVER_RPC_TLS_FILES_H_

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace grpc {
class ServerCredentials;
}

namespace aftersales::rpc {

// Both files can be read and parsed, the key is not encrypted, and it is the certificate's. gRPC itself would start
// without them and refuse every handshake.
absl::Status CheckTlsFiles(const std::string& certificate_file, const std::string& key_file);

// Credentials that read the files again every second.
std::shared_ptr<grpc::ServerCredentials> TlsCredentials(const std::string& certificate_file,
                                                        const std::string& key_file);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_TLS_FILES_H_
