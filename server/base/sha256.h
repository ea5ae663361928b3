// SHA-256 of bytes that come in pieces.
#ifndef AFTERSALES_SERVER_BASE_SHA256_H_
#define AFTERSALES_SERVER_BASE_SHA256_H_

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

namespace aftersales {

// Used by one thread at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Add(std::string_view bytes);
  // Of all that was added, in hexadecimal; nothing may be added afterwards.
  std::string Hex();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const;
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_SHA256_H_
