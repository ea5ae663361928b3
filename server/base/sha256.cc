#include "server/base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "server/base/random.h"

namespace aftersales {

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  // As everywhere: no digest is better than a wrong one.
  if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) std::abort();
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

void Sha256Stream::Add(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) std::abort();
}

std::string Sha256Stream::Hex() {
  std::string digest(32, '\0');
  if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) != 1) std::abort();
  return ToHex(digest);
}

}  // namespace aftersales
