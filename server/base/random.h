// Randomness from the operating system, and the digest that secrets are stored as.
#ifndef AFTERSALES_SERVER_BASE_RANDOM_H_
#define AFTERSALES_SERVER_BASE_RANDOM_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace aftersales {

std::string RandomBytes(size_t count);
std::string RandomUuid();                    // version 4, RFC 9562
std::string Sha256(std::string_view bytes);  // 32 bytes
std::string ToHex(std::string_view bytes);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_RANDOM_H_
