#include "client/src/sha256.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"

namespace aftersales {

Sha256::Sha256() : context_(EVP_MD_CTX_new()), good_(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1) {}

Sha256::~Sha256() { EVP_MD_CTX_free(context_); }

void Sha256::Add(absl::string_view bytes) {
  good_ = good_ && EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1;
}

std::string Sha256::Hex() {
  unsigned char digest[32];
  if (!good_ || EVP_DigestFinal_ex(context_, digest, nullptr) != 1) return "";
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

}  // namespace aftersales
