// SHA-256 of bytes that come in pieces.
#ifndef AFTERSALES_CLIENT_SRC_SHA256_H_
#define AFTERSALES_CLIENT_SRC_SHA256_H_

#include <openssl/types.h>

#include <string>

#include "absl/strings/string_view.h"

namespace aftersales {

// Used by one thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Add(absl::string_view bytes);
  // Of all that was added, in hexadecimal; empty where OpenSSL refuses, which fits no attachment. Once.
  std::string Hex();

 private:
  EVP_MD_CTX* context_;
  bool good_;
};

}  // namespace aftersales

#endif  // AFTERSALES_CLIENT_SRC_SHA256_H_
