#include "server/base/text.h"

namespace aftersales {

bool IsBlank(std::string_view text) {
  while (!text.empty()) {
    size_t blank = 0;
    for (const std::string_view wide : {"\xe3\x80\x80", "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xef\xbb\xbf"}) {
      if (text.substr(0, wide.size()) == wide) blank = wide.size();
    }
    if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) blank = 1;
    if (blank == 0) return false;
    text.remove_prefix(blank);
  }
  return true;
}

bool HasDeceivingCharacter(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto at = [&](size_t k) { return static_cast<unsigned char>(i + k < text.size() ? text[i + k] : 0); };
    if (at(0) == 0xc2 && at(1) < 0xa0) return true;
    if (at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xa8 && at(2) <= 0xae) return true;
    if (at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9) return true;
  }
  return false;
}

}  // namespace aftersales
